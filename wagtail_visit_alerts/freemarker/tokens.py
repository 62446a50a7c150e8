"""The words of a Freemarker expression: strings, numbers, names and operators, up to the tag's end.

``read_tokens`` takes the whole template and the place where an expression begins, and finds its end as Freemarker
does: ``>`` ends a tag outside parentheses only, ``}`` an interpolation where no hash literal is open. Guarantees to
end.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from django.utils.translation import gettext

from wagtail_visit_alerts.freemarker.told import SyntaxFault


class Token(NamedTuple):
    """One word. ``text`` of an operator is its plain form (``<=`` for ``lte``), that of a string as it is written."""

    kind: str
    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Opened:
    """The words of an expression, and where the text goes on behind it; ``fault`` says why it is none."""

    tokens: tuple[Token, ...]
    end: int
    fault: SyntaxFault | None = None


#: More words make no expression that a person has written, and would exhaust Jinja2's own parser.
MOST_TOKENS = 500

_TOKEN = re.compile(
    r"""
    (?P<space>[ \t\n\r]+)
    | (?P<comment>[<\[][#!]--)
    | (?P<raw>r"[^"]*"|r'[^']*')
    | (?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    | (?P<number>[0-9]+(?:\.[0-9]+)?)
    | (?P<misplaced>[$\#]\{)
    | (?P<operator>
        &lt;=? | &gt;=? | &amp;&amp; | -&gt; | \\lte?\b | \\gte?\b | \\and\b
        | \.\.[<!*]? | -> | \?\? | == | != | <= | >= | && | \|\| | [-+*/%]= | \+\+ | -- | \*\*
        | [?=<>!&|+\-*/%.,;:()\[\]{}]
      )
    | (?P<name>(?:[^\W\d]|[$@]|\\[-.:\#])(?:\w|[$@]|\\[-.:\#])*)
    """,
    re.VERBOSE | re.DOTALL,
)
_ANOTHER = re.compile(r"[$#]\{|</?[#@]|\[/?[#@]")
_COMMENT_END = re.compile(r"--[>\]]")

#: Operators that have more than one spelling.
_PLAIN = {
    "lt": "<", "\\lt": "<", "&lt;": "<", "lte": "<=", "\\lte": "<=", "&lt;=": "<=",
    "gt": ">", "\\gt": ">", "&gt;": ">", "gte": ">=", "\\gte": ">=", "&gt;=": ">=",
    "&": "&&", "&amp;&amp;": "&&", "\\and": "&&", "|": "||", "-&gt;": "->", "..!": "..<", "==": "=",
}  # fmt: skip
_PAIRS = {")": "(", "]": "[", "}": "{"}


def read_tokens(source: str, start: int, closing: str) -> Opened:
    """Read the words from an offset up to the closing character, which is ``>``, ``]`` or ``}``."""
    reader = _Reader(source, start, closing)
    try:
        tokens = tuple(reader.read())
    except SyntaxFault as fault:
        return Opened((), _end_of_broken(source, start, fault.offset, closing), fault)
    return Opened(tokens, reader.end)


class _Reader:
    """Goes over one expression, and counts what it has opened."""

    def __init__(self, source: str, start: int, closing: str) -> None:
        self._source = source
        self._start = start
        self._closing = closing
        self._open = {"(": 0, "[": 0, "{": 0}
        self.end = start

    def read(self) -> Iterator[Token]:
        position, count = self._start, 0
        while (length := self._closes(position)) == 0:
            match = self._match(position)
            position = match.end()
            if match.lastgroup == "comment":
                position = self._after_comment(match.start())
            elif match.lastgroup != "space":
                count += 1
                if count > MOST_TOKENS:
                    raise SyntaxFault(match.start(), gettext("It is too long: cut it into several."))
                yield self._token(match)
        self.end = position + length

    def _match(self, position: int) -> re.Match[str]:
        match = _TOKEN.match(self._source, position)
        if match is None and position >= len(self._source):
            raise SyntaxFault(
                self._start, gettext("Its end is missing: add “%(end)s”.") % {"end": self._closing}
            )
        if match is None or match.lastgroup == "misplaced":
            raise SyntaxFault(
                position,
                gettext("“%(text)s” can't stand here: mend the Freemarker template first.")
                % {"text": self._source[position : position + (2 if match else 1)]},
            )
        return match

    def _after_comment(self, position: int) -> int:
        end = _COMMENT_END.search(self._source, position)
        if end is None:
            raise SyntaxFault(position, gettext("The comment inside it has no end: add “-->”."))
        return end.end()

    def _closes(self, position: int) -> int:
        """How many characters close the expression here; none while it goes on."""
        length = 2 if self._source.startswith("/" + self._closing, position) and self._closing != "}" else 1
        if not self._source.startswith(self._closing, position + length - 1):
            return 0
        opening = {">": "(", "]": "[", "}": "{"}[self._closing]
        return 0 if self._open[opening] else length

    def _token(self, match: re.Match[str]) -> Token:
        kind, text = match.lastgroup or "", match.group()
        if kind == "operator" or text in _PLAIN:
            kind, text = "operator", _PLAIN.get(text, text)
            self._count(text, match.start())
        elif kind == "name":
            text = text.replace("\\", "")
        return Token(kind, text, match.start(), match.end())

    def _count(self, operator: str, position: int) -> None:
        if operator in self._open:
            self._open[operator] += 1
        elif operator in _PAIRS:
            self._open[_PAIRS[operator]] -= 1
            if self._open[_PAIRS[operator]] < 0:
                raise SyntaxFault(
                    position,
                    gettext("“%(text)s” closes nothing: mend the Freemarker template first.")
                    % {"text": operator},
                )


def _end_of_broken(source: str, start: int, offset: int, closing: str) -> int:
    """Where the text goes on behind what is no expression: at its likely end, but before anything else begins.

    A tag may go over several lines; an interpolation that does has probably no end.
    """
    line_end = source.find("\n", start if closing == "}" else max(start, offset))
    limit = len(source) if line_end < 0 else line_end
    begin = max(start, offset - 1) if offset <= limit else start
    another = _ANOTHER.search(source, begin, limit)
    limit = another.start() if another else limit
    found = source.find(closing, begin, limit)
    return max(start, limit if found < 0 else found + 1)
