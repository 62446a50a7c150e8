"""Puts the pieces of a Jinja2 template together so that it prints what it should, and reads like the original.

Text that looks like Jinja2 is printed as it is (``{% raw %}``: a value would be escaped by the attachment's format).
Line breaks and indents that Freemarker drops stay in the template where Jinja2's ``trim_blocks`` and
``lstrip_blocks`` drop them too; what these would drop and must not gets a plus sign.
"""

import enum
import re
from dataclasses import dataclass


class Kind(enum.Enum):
    """What a piece of a template is."""

    #: Text that is printed.
    PRINTED = enum.auto()
    #: White space that is not printed: a tag's line break, or its indent.
    DROPPED = enum.auto()
    #: Text that looks like Jinja2, and is printed as it stands.
    RAW = enum.auto()
    VALUE = enum.auto()
    BLOCK = enum.auto()
    COMMENT = enum.auto()


@dataclass
class Piece:
    kind: Kind
    text: str


#: What Jinja2 would take for the beginning of something, up to what would be its end.
_LOOKS_LIKE_JINJA = re.compile(r"(\{(?:\{+[%#]?|[%#]))(?:[^\n{}]*[%#}]\})?")
#: How Jinja2 ends a tag, and how it begins one, by the kind of piece.
_ENDS = {Kind.BLOCK: " %}", Kind.COMMENT: "#}", Kind.RAW: "{% endraw %}"}
_BEGINNINGS = {Kind.BLOCK: ("{%", " "), Kind.COMMENT: ("{#", ""), Kind.RAW: ("{%", " raw %}")}


class Layout:
    """Takes the pieces in the order of the template, and gives the whole."""

    def __init__(self) -> None:
        self._pieces: list[Piece] = []

    def __len__(self) -> int:
        return len(self._pieces)

    def printed(self, text: str) -> None:
        """Add text that is printed as it stands."""
        if self._pieces and self._pieces[-1].kind == Kind.PRINTED:
            self._pieces[-1].text += text
        elif text:
            self._pieces.append(Piece(Kind.PRINTED, text))

    def dropped(self, text: str) -> None:
        """Add white space that is not printed."""
        if text:
            self._pieces.append(Piece(Kind.DROPPED, text))

    def value(self, expression: str) -> None:
        """Add an expression whose value is printed."""
        self._pieces.append(Piece(Kind.VALUE, expression))

    def block(self, statement: str) -> None:
        """Add a statement."""
        self._pieces.append(Piece(Kind.BLOCK, statement))

    def insert_block(self, at: int, statement: str) -> None:
        """Put a statement before a piece that is there already."""
        self._pieces.insert(at, Piece(Kind.BLOCK, statement))

    def begin_with(self, statement: str) -> None:
        """Put a statement on a line of its own before everything."""
        self._pieces[:0] = [Piece(Kind.BLOCK, statement), Piece(Kind.DROPPED, "\n")]

    def comment(self, text: str) -> None:
        """Add what is neither printed nor run."""
        # With a space at either end, no sign in the text is one for white space.
        inner = text.replace("#}", "# }").strip(" ")
        self._pieces.append(Piece(Kind.COMMENT, f" {inner} "))

    def template(self) -> str:
        """Return the whole template."""
        return _Assembly().put_together(self._escaped())

    def _escaped(self) -> list[Piece]:
        """The pieces, with a value in place of each text that Jinja2 would take for something else."""
        pieces: list[Piece] = []
        for number, piece in enumerate(self._pieces):
            if piece.kind == Kind.PRINTED:
                pieces += _as_literals(piece.text, before_code=self._is_before_code(number))
            else:
                pieces.append(piece)
        return pieces

    def _is_before_code(self, number: int) -> bool:
        return any(piece.kind != Kind.DROPPED for piece in self._pieces[number + 1 : number + 3])


def _as_literals(text: str, *, before_code: bool) -> list[Piece]:
    """Text cut at what looks like Jinja2; a brace right before something of Jinja2's would become part of it."""
    pieces, position = [], 0
    while match := _LOOKS_LIKE_JINJA.search(text, position):
        # What says “endraw” itself would end before its end.
        raw = match[1].rstrip("%#") if "endraw" in match.group() else match.group()
        pieces += [Piece(Kind.PRINTED, text[position : match.start()]), Piece(Kind.RAW, raw)]
        position = match.start() + len(raw)
    rest = text[position:]
    if before_code and rest.endswith("{"):
        pieces += [Piece(Kind.PRINTED, rest[:-1]), Piece(Kind.RAW, "{")]
    else:
        pieces.append(Piece(Kind.PRINTED, rest))
    return [piece for piece in pieces if piece.text]


class _Assembly:
    """Follows what Jinja2's lexer will do with the white space around each piece."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        #: The text since the last tag, and whether a line begins right after that tag.
        self._text = ""
        self._begins_line = True
        #: Dropped white space that has to wait for what follows it.
        self._indent = ""
        #: The end of the last tag, if nothing stands behind it yet and it would swallow a line break.
        self._end = ""

    def put_together(self, pieces: list[Piece]) -> str:
        for piece in pieces:
            if piece.kind == Kind.DROPPED:
                self._drop(piece.text)
            elif piece.kind == Kind.PRINTED:
                self._print(piece.text)
            else:
                self._tag(piece)
        self._close("")
        return "".join(self._parts)

    def _drop(self, text: str) -> None:
        if self._end and "\n" in text:
            self._close("\n")
        elif "\n" not in text:
            self._indent = text

    def _close(self, following: str) -> None:
        """Write the end of the last tag, as what follows it needs it."""
        if self._end:
            self._parts.append(self._end + ("\n" if following == "\n" else ""))
            self._begins_line = following == "\n"
            self._text, self._end = "", ""

    def _print(self, text: str) -> None:
        if self._end and text.startswith("\n"):
            self._end = f"{self._end[:-2]}+{self._end[-2:]}"
        self._close("")
        self._indent = ""
        self._parts.append(text)
        self._text += text

    def _tag(self, piece: Piece) -> None:
        self._close("")
        if piece.kind == Kind.VALUE:
            self._parts.append(f"{{{{ {piece.text} }}}}")
            self._text, self._begins_line, self._indent = "", False, ""
            return
        beginning, rest = _BEGINNINGS[piece.kind]
        line = self._text.rpartition("\n")[2]
        begins_line = self._begins_line or "\n" in self._text
        if begins_line and line and not line.strip():
            beginning += "+"
        elif begins_line and not line:
            self._parts.append(self._indent)
        self._indent = ""
        self._parts.append(beginning + rest + piece.text)
        self._end = _ENDS[piece.kind]
