"""Freemarker's rule for white space: a line that holds tags and blanks only leaves nothing behind.

``strip`` takes the pieces of a template and notes in each text what Freemarker drops at its beginning (the line break
after a tag) and at its end (the indent before one).
"""

import re
from collections.abc import Iterator, Sequence

from wagtail_visit_alerts.freemarker.syntax_tree import Comment, EndTag, Interpolation, Literal, Piece, Tag
from wagtail_visit_alerts.freemarker.told import Findings

_FIRST_LINE = re.compile(r"[^\S\n]*\n")
_LAST_LINE = re.compile(r"[^\n]*\Z")
#: Between these, white space is dropped whole, empty lines too.
_SILENT_TAGS = {"assign", "global", "local", "macro", "function", "import", "setting"}
#: Blocks that print nothing where they stand: what is inside them is on another line, wherever it is.
_ELSEWHERE = {"assign", "global", "local", "macro", "function"}
_MACROS = {"macro", "function"}


def strip(source: str, pieces: Sequence[Piece]) -> None:
    """Note in the texts among the pieces what is not printed of them."""
    stripping = _Stripping(source, pieces)
    for number, piece in enumerate(pieces):
        if isinstance(piece, Literal):
            stripping.strip(number, piece)


class _Stripping:
    """Looks at each text among its neighbours."""

    def __init__(self, source: str, pieces: Sequence[Piece]) -> None:
        self._pieces = pieces
        self._lines = Findings(source)
        self._partners = _partners(pieces)
        self._has_header = bool(pieces) and isinstance(pieces[0], Tag) and pieces[0].name == "ftl"

    def strip(self, number: int, text: Literal) -> None:
        if self._is_ignorable(number):
            text.dropped_start = text.text
        elif number == 0:
            pass  # Freemarker leaves the very beginning alone
        elif number == 1 and self._has_header:
            text.dropped_start = self._dropped_start(number, text)
        else:
            text.dropped_end = self._dropped_end(number, text)
            text.dropped_start = self._dropped_start(number, text)

    def _dropped_start(self, number: int, text: Literal) -> str:
        """The line break that ends a line of tags only; empty where the line prints something."""
        match = _FIRST_LINE.match(text.text)
        if match is None:
            return ""
        line = self._line(text.start)
        for before in self._before(number):
            if self._line(self._pieces[before].end - 1) != line:
                break
            if self._prints(before, on_last_line=True):
                return ""
        return match.group()

    def _dropped_end(self, number: int, text: Literal) -> str:
        """The indent of a line of tags only."""
        match = _LAST_LINE.search(text.text)
        indent = match.group() if match else ""
        begins_line = len(indent) < len(text.text) or self._lines.place(text.start)[1] == 1
        if not indent or not begins_line or indent.strip():
            return ""
        line = self._line(text.end - 1)
        for after in self._after(number):
            if self._line(self._pieces[after].start) != line:
                break
            if self._prints(after, on_last_line=False):
                return ""
        return indent

    def _before(self, number: int) -> Iterator[int]:
        """What stands before a piece, the nearest first, without the insides of what prints nothing there."""
        number -= 1
        while number >= 0:
            yield number
            number = (self._partners.get(number, number) if self._is_end(number) else number) - 1

    def _after(self, number: int) -> Iterator[int]:
        number += 1
        while number < len(self._pieces):
            yield number
            number = (number if self._is_end(number) else self._partners.get(number, number)) + 1

    def _is_end(self, number: int) -> bool:
        return isinstance(self._pieces[number], EndTag)

    def _prints(self, number: int, *, on_last_line: bool) -> bool:
        """Whether something of a piece is printed on its last line, or on its first one."""
        piece = self._pieces[number]
        if isinstance(piece, Literal) and piece.printed and not self._is_ignorable(number):
            lines = piece.printed.split("\n")
            return len(lines) == 1 or bool(lines[-1 if on_last_line else 0].strip())
        return isinstance(piece, Interpolation)

    def _is_ignorable(self, number: int) -> bool:
        """Whether a text is white space between things that print nothing."""
        piece = self._pieces[number]
        if not isinstance(piece, Literal) or piece.text.strip() or len(self._pieces) == 1:
            return False
        before, after = number - 1, number + 1
        if before >= 0 and _is_switch(self._pieces[before]):
            return True
        is_first = before < 0 or (before == 0 and self._has_header)
        return (is_first or _ends_silent(self._pieces[before])) and (
            after == len(self._pieces) or _begins_silent(self._pieces[after])
        )

    def _line(self, offset: int) -> int:
        return self._lines.place(offset)[0]


def _partners(pieces: Sequence[Piece]) -> dict[int, int]:
    """Beginning and end of each block that prints nothing where it stands, by each other."""
    found: dict[int, int] = {}
    waiting: list[int] = []
    for number, piece in enumerate(pieces):
        if isinstance(piece, Tag) and piece.name in _ELSEWHERE and not piece.is_closed:
            waiting.append(number)
        elif isinstance(piece, EndTag) and piece.name in _ELSEWHERE and waiting:
            begin = waiting.pop()
            found |= {begin: number, number: begin}
    return found


def _is_switch(piece: Piece) -> bool:
    """Whether what follows, up to the first case, is dropped."""
    return isinstance(piece, Tag) and piece.name == "switch"


def _ends_silent(piece: Piece) -> bool:
    """Whether a piece is the end of something between whose likes white space is dropped."""
    if isinstance(piece, EndTag):
        return piece.name in _MACROS
    return isinstance(piece, Comment) or (
        isinstance(piece, Tag) and piece.name in _SILENT_TAGS and piece.is_closed
    )


def _begins_silent(piece: Piece) -> bool:
    if isinstance(piece, Tag):
        return piece.name in _SILENT_TAGS and (piece.is_closed or piece.name in _MACROS)
    return isinstance(piece, Comment)
