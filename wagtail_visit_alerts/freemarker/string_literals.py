"""Freemarker's string literals: their escapes, and the interpolations inside them."""

import re
from collections.abc import Iterator

from django.utils.translation import gettext

from wagtail_visit_alerts.freemarker.tokens import Opened, read_tokens
from wagtail_visit_alerts.freemarker.told import SyntaxFault

_ESCAPE = re.compile(r"\\(?:x([0-9A-Fa-f]{1,4})|(.))", re.DOTALL)
_INTERPOLATION = re.compile(r"[$#]\{")
_MEANINGS = {
    "n": "\n", "r": "\r", "t": "\t", "f": "\f", "b": "\b", "g": ">", "l": "<", "a": "&",
    "\\": "\\", "'": "'", '"': '"', "{": "{", "=": "=", "$": "$",
}  # fmt: skip


def without_escapes(written: str, at: int) -> str:
    """Return the text that a literal stands for; raises ``SyntaxFault`` for an escape that there isn't."""

    def meaning(match: re.Match[str]) -> str:
        if match[1]:
            return chr(int(match[1], 16))
        if match[2] not in _MEANINGS:
            raise SyntaxFault(
                at + match.start(),
                gettext("“%(text)s” is no escape: mend the Freemarker template first.")
                % {"text": match.group()},
            )
        return _MEANINGS[match[2]]

    text = _ESCAPE.sub(meaning, written)
    # Characters beyond 16 bits are written as a pair of surrogates; half a pair is no text.
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def has_interpolations(written: str) -> bool:
    """Whether Freemarker looks for interpolations in a literal, as it is written."""
    return "${" in written or "#{" in written


def parts_of(text: str, at: int) -> Iterator[str | Opened]:
    """Cut a literal without its escapes into texts and interpolations; ``at`` is where the literal stands."""
    position = 0
    while match := _INTERPOLATION.search(text, position):
        if match.start() > position:
            yield text[position : match.start()]
        opened = read_tokens(text, match.end(), "}")
        if opened.fault:
            raise SyntaxFault(at, str(opened.fault))
        yield opened
        position = opened.end
    if position < len(text):
        yield text[position:]
