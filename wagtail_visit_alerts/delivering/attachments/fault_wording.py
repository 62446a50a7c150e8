"""What a child process answers of a fault, in plain words and the language of the reader.

Jinja's own messages are put into words of ours as far as they are known; their English stays for the rest.
"""

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext, gettext_lazy

from wagtail_visit_alerts.delivering.attachments.attachment_fault import AttachmentFault, FaultKind

_KINDS = {
    FaultKind.UNKNOWN: gettext_lazy("there is no “%(name)s”: see the list of variables."),
    FaultKind.TAG: gettext_lazy("the tag “%(name)s” can't be used in an attachment."),
    FaultKind.FILTER: gettext_lazy("there is no filter “%(name)s”."),
    FaultKind.TEST: gettext_lazy("there is no test “%(name)s”."),
    FaultKind.FORBIDDEN: gettext_lazy("this reaches for something that a template may not use."),
    FaultKind.TIME: gettext_lazy("the attachment takes too long to make: have the template do less."),
    FaultKind.MEMORY: gettext_lazy("the attachment needs too much memory: have the template do less."),
    FaultKind.OUTPUT: gettext_lazy("the attachment gets larger than 1 MB."),
    FaultKind.RECURSION: gettext_lazy("the template is nested too deeply, or calls itself without end."),
    FaultKind.PROCESS: gettext_lazy("the program that makes attachments did not answer."),
}
_RUN = {
    "ZeroDivisionError": gettext_lazy("a number is divided by zero."),
    "TypeError": gettext_lazy("a value is of another kind than what is done with it here."),
    "ValueError": gettext_lazy("a value is not what is expected here."),
    "OverflowError": gettext_lazy("a number or a range is too large."),
    "FilterArgumentError": gettext_lazy("a filter is given a value that it can't take."),
}
_RESULT = {
    "json": gettext_lazy("the content is not valid JSON: check quotes, commas and brackets."),
    "csv": gettext_lazy("the content is not valid CSV: check the quotes."),
    "vcard": gettext_lazy("the content is not a valid vCard: each line is a name, a colon and a value."),
    "vcard-none": gettext_lazy(
        "the content is not a vCard: it begins with BEGIN:VCARD and ends with END:VCARD."
    ),
    "vcard-version": gettext_lazy("the vCard has no version: add the line VERSION:3.0."),
    "vcard-fn": gettext_lazy("the vCard has no name: add a line that begins with FN:."),
}
#: Jinja's messages (its parser.py, lexer.py and compiler.py), and what they mean.
_SYNTAX = [
    (r"(?s:.*) '(?:end of template|eof)'", gettext_lazy("the template ends too early.")),
    (r"unexpected end of template.*", gettext_lazy("the template ends too early.")),
    (
        r"Unexpected end of template\. .*block that needs to be closed is '(?P<name>\w+)'\.",
        gettext_lazy("the tag “%(name)s” is not closed."),
    ),
    (
        r"Encountered unknown tag '(?P<name>\w+)'\. .*block that needs to be closed is '(?P<open>\w+)'\.",
        gettext_lazy(
            "unexpected tag “%(name)s”: the tag “%(open)s” is not closed yet, or this one is mistyped."
        ),
    ),
    (
        r"Encountered unknown tag '(?P<name>\w+)'\.",
        gettext_lazy("unexpected tag “%(name)s”: there is no such tag, or none that it could close."),
    ),
    (r"expected token 'name', got '(?P<name>.+)'", gettext_lazy("a name is missing before “%(name)s”.")),
    (
        r"expected token '(?P<expected>.+)', got '(?P<name>.+)'",
        gettext_lazy("unexpected “%(name)s”, where “%(expected)s” is expected."),
    ),
    (
        r"unexpected '(?P<name>.+)', expected '(?P<expected>.+)'",
        gettext_lazy("unexpected “%(name)s”, where “%(expected)s” is expected."),
    ),
    (r"unexpected char ['\"](?P<name>.+)['\"] at \d+", gettext_lazy("unexpected “%(name)s”.")),
    (r"unexpected '(?P<name>.+)'", gettext_lazy("unexpected “%(name)s”.")),
    (r"Expected an expression, got '(?P<name>.+)'", gettext_lazy("a value is missing before “%(name)s”.")),
    (r"expected name or number", gettext_lazy("a name is missing.")),
    (r"tag name expected", gettext_lazy("a tag has no name.")),
    (r"Missing end of comment tag", gettext_lazy("a comment is not closed: it ends with “#}”.")),
    (r"Missing end of raw directive", gettext_lazy("the tag “raw” is not closed.")),
]
#: Jinja's names of what stands in a template, as the editor writes it.
_TOKENS = {
    "end of print statement": "}}",
    "begin of print statement": "{{",
    "end of statement block": "%}",
    "begin of statement block": "{%",
    "end of comment": "#}",
    "begin of comment": "{#",
}


def fault_of(answer: Mapping[str, Any]) -> AttachmentFault:
    """Return the fault that an answer of a child process tells of."""
    kind = FaultKind(answer["kind"])
    line = answer.get("line")
    sentence = _sentence(kind, answer.get("name", ""))
    shown = (
        gettext("Line %(line)d: %(fault)s") % {"line": line, "fault": sentence} if line else _capital(sentence)
    )
    return AttachmentFault(shown, line, kind=kind, field=answer.get("field", "body"))


def _sentence(kind: FaultKind, name: str) -> str:
    if kind is FaultKind.SYNTAX:
        return _syntax(name)
    if kind is FaultKind.RUN:
        unknown = gettext("the calculation fails (%(name)s).") % {"name": name}
        return str(_RUN.get(name, unknown))
    if kind is FaultKind.RESULT:
        return str(_RESULT[name])
    return str(_KINDS[kind]) % {"name": name}


def _syntax(message: str) -> str:
    """Say Jinja's message about a template that it can't read in our words, if they are known."""
    for pattern, sentence in _SYNTAX:
        if found := re.fullmatch(pattern, message, re.DOTALL):
            return str(sentence) % {
                name: _TOKENS.get(token, token) for name, token in found.groupdict().items()
            }
    return gettext("the template can't be read (%(message)s).") % {"message": message.rstrip(".")}


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
