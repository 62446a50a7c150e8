"""Cuts a Freemarker template into its pieces: text, interpolations, tags, comments.

``scan`` takes the template and gives the pieces one after the other; put together, their places are the whole text.
Guarantees to give a piece for anything: what Freemarker would refuse is a piece with a fault.
"""

import re
from collections.abc import Iterator

from django.utils.translation import gettext

from wagtail_visit_alerts.freemarker.expression_parser import ExpressionParser, with_underscores
from wagtail_visit_alerts.freemarker.syntax_tree import Comment, EndTag, Interpolation, Literal, Piece, Tag
from wagtail_visit_alerts.freemarker.tag_arguments import MACRO_CALL, read_tag
from wagtail_visit_alerts.freemarker.tokens import Opened, read_tokens
from wagtail_visit_alerts.freemarker.told import SyntaxFault

#: Tags that Freemarker has; of another one it would say that it is unknown.
SECTIONS = {"elseif", "else", "case", "default", "recover"}
SINGLE = {
    "break", "call", "continue", "fallback", "flush", "ftl", "import", "include", "lt", "nested", "nt", "recurse",
    "return", "rt", "setting", "stop", "t", "visit",
}  # fmt: skip
BLOCKS = {
    "assign", "attempt", "autoesc", "compress", "escape", "foreach", "function", "global", "if", "items", "list",
    "local", "macro", "noautoesc", "noescape", "outputformat", "sep", "switch", "transform", MACRO_CALL,
}  # fmt: skip
_VERBATIM = {"comment", "noparse"}
DIRECTIVES = SECTIONS | SINGLE | BLOCKS | _VERBATIM

_ANGLE_OPENER = re.compile(r"<#--|</?#[A-Za-z_]+|</?@|[$#]\{")
_SQUARE_OPENER = re.compile(r"\[#--|\[/?#[A-Za-z_]+|\[/?@|[$#]\{|\[=")
_FIRST_TAG = re.compile(r"([<\[])(?:#--|/?#([A-Za-z_]+))")


def scan(source: str) -> Iterator[Piece]:
    """Cut a template into its pieces, in the order of the text."""
    square = is_square(source)
    opener = _SQUARE_OPENER if square else _ANGLE_OPENER
    position = 0
    while match := opener.search(source, position):
        if match.start() > position:
            yield Literal(position, match.start(), source[position : match.start()])
        for piece in _opened(source, match, "]" if square else ">"):
            yield piece
            position = piece.end
    if position < len(source):
        yield Literal(position, len(source), source[position:])


def is_square(source: str) -> bool:
    """Whether a template has its tags in square brackets: its first tag decides.

    Without any tag, ``[=`` is an interpolation where there is no other one.
    """
    for match in _FIRST_TAG.finditer(source):
        if match[1] == "<" or match[2] is None or _directive(match[2]) in DIRECTIVES:
            return match[1] == "["
    return not re.search(r"[$#]\{|</?[#@]", source)


def _directive(name: str) -> str:
    """The name of a directive without the differences of Freemarker's two spellings: ``elseIf`` is ``elseif``."""
    return with_underscores(name).replace("_", "") if not name.islower() else name


def _opened(source: str, match: re.Match[str], closing: str) -> Iterator[Piece]:
    opener = match.group()
    if opener in {"${", "#{", "[="}:
        yield _interpolation(source, match, "]" if opener == "[=" else "}")
    elif opener.endswith("--"):
        yield _comment(source, match, "--" + closing)
    elif opener[1] == "/":
        yield _end_tag(source, match, closing)
    elif _directive(opener[2:]) in _VERBATIM:
        yield from _verbatim(source, match, closing)
    else:
        yield _tag(source, match, closing)


def _interpolation(source: str, match: re.Match[str], closing: str) -> Interpolation:
    opened = read_tokens(source, match.end(), closing)
    start = match.start()
    if opened.fault:
        return Interpolation(start, opened.end, fault=opened.fault)
    words, number_format = opened, ""
    if match.group() == "#{" and len(opened.tokens) > 2 and opened.tokens[-2].text == ";":
        words, number_format = Opened(opened.tokens[:-2], opened.tokens[-2].start), opened.tokens[-1].text
    try:
        parser = ExpressionParser(source, words)
        expression = parser.parse()
        parser.expects_end()
    except SyntaxFault as fault:
        return Interpolation(start, opened.end, fault=fault)
    return Interpolation(start, opened.end, expression, number_format)


def _comment(source: str, match: re.Match[str], closing: str) -> Comment | Tag:
    end = source.find(closing, match.end())
    if end < 0:
        fault = SyntaxFault(match.start(), gettext("Its end is missing: add “%(end)s”.") % {"end": closing})
        return Tag(match.start(), len(source), "#--", fault=fault)
    return Comment(match.start(), end + len(closing), source[match.end() : end])


def _end_tag(source: str, match: re.Match[str], closing: str) -> EndTag:
    """An end tag reaches to its bracket; where something else stands before that, to the end of its name."""
    name = MACRO_CALL if match.group().endswith("@") else _directive(match.group()[3:])
    rest = re.compile(r"[\w.$]*\s*" + re.escape(closing)).match(source, match.end())
    return EndTag(match.start(), rest.end() if rest else match.end(), name)


def _verbatim(source: str, match: re.Match[str], closing: str) -> Iterator[Piece]:
    """Text that Freemarker does not look into."""
    name = _directive(match.group()[2:])
    head = re.compile(r"\s*" + re.escape(closing)).match(source, match.end())
    bracket = re.escape(match.group()[0])
    tail = re.compile(rf"{bracket}/#?{name}\s*{re.escape(closing)}", re.IGNORECASE).search(
        source, head.end() if head else match.end()
    )
    if head is None or tail is None:
        end = source.find(closing, match.end()) + 1 or len(source)
        written = f"{match.group()[0]}/#{name}{closing}"
        advice = gettext("Its end is missing: add “%(end)s”.") % {"end": written}
        yield Tag(match.start(), end, name, fault=SyntaxFault(match.start(), advice))
    elif name == "comment":
        yield Comment(match.start(), tail.end(), source[head.end() : tail.start()])
    else:
        yield Literal(match.start(), tail.end(), source[head.end() : tail.start()])


def _tag(source: str, match: re.Match[str], closing: str) -> Tag:
    name = MACRO_CALL if match.group().endswith("@") else _directive(match.group()[2:])
    opened = read_tokens(source, match.end(), closing)
    is_closed = source.startswith("/" + closing, opened.end - 2)
    tag = Tag(match.start(), opened.end, name, is_closed=is_closed or name in SINGLE)
    return read_tag(source, tag, opened)
