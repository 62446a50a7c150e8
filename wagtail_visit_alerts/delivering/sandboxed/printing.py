"""How each kind of text prints the values of a template, so that no value changes what stands around it.

A printer is the ``finalize`` of a Jinja environment: it gets whatever stands between ``{{`` and ``}}``. ``finish``
then makes the whole text right, or raises ``NotInFormatError``. CSV, JSON and vCard print the characters that
structure them as characters that Unicode will never assign, which ``finish`` turns back in the light of what is
around them: so a value is the same inside and outside of quotes, and survives being printed twice by a macro.
"""

import csv
import io
import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

import jinja2
from markupsafe import Markup

#: Unicode's noncharacters (Unicode Standard, section 23.7): free for use inside a program.
RESERVED = [chr(code) for code in range(0xFDD0, 0xFDF0)]
_NO_RESERVED = str.maketrans(dict.fromkeys(RESERVED, ""))
#: What a spreadsheet takes for the beginning of a formula.
FORMULA_SIGNS = ("=", "+", "-", "@")
#: Numbers and phone numbers, which begin with a sign and are no formulas.
_NUMBER = re.compile(r"[+-]?[0-9]+(?:[ \u00a0][0-9]+)*(?:[.,][0-9]+)?")
_LINE_END = re.compile("\r\n|\r|\n")
#: What Excel reads as the delimiter of the file.
_DELIMITER_LINE = re.compile(r"sep=(.)[ \t]*(?:\r\n|\n)", re.IGNORECASE)


class NotInFormatError(Exception):
    """A text is not what its format asks for. The reason is a word for the parent, which has the sentence."""

    def __init__(self, reason: str, *, line: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line


class Ready(str):
    """Text that a template has put together: what is in it was printed already."""

    __slots__ = ()


def without_reserved(text: str) -> str:
    """Return text without the characters that printers use for themselves."""
    return text.translate(_NO_RESERVED)


class TextPrinter:
    """Prints values as a person writes them: nothing is escaped."""

    autoescape: ClassVar[bool] = False

    def __init__(self, words: Mapping[str, str]) -> None:
        #: "yes" and "no" in the language of the reader.
        self.words = words

    def show(self, value: Any) -> Any:
        """Return what ``{{ value }}`` prints. Raises where the value is not defined."""
        return self.text(value)

    def finish(self, text: str) -> str:
        """Return the whole text as it is attached. Raises ``NotInFormatError``."""
        return text

    def moment(self, parts: Mapping[str, str]) -> str:
        """Return how a point in time prints; parts are "iso", "date", "time" and "datetime"."""
        return parts["datetime"]

    def text(self, value: Any) -> str:
        """Return a value in words: nothing for None, a list with commas."""
        if value is None:
            return ""
        if isinstance(value, bool):
            return self.words["yes" if value else "no"]
        if isinstance(value, dict):
            return ", ".join(f"{key}: {self.text(item)}" for key, item in value.items())
        if isinstance(value, list | tuple | set):
            return ", ".join(self.text(item) for item in value)
        return str(value)


class HtmlPrinter(TextPrinter):
    """Prints values as text inside HTML; Jinja itself escapes what is not marked as HTML."""

    autoescape = True

    def show(self, value: Any) -> Any:
        return value if isinstance(value, Markup) else self.text(value)


class CsvPrinter(TextPrinter):
    """A value stays in the cell in which it is printed, and no spreadsheet takes it for a formula."""

    _hidden: ClassVar[dict[str, str]] = dict(zip(',;\t"\n ', RESERVED, strict=False))
    _hide = str.maketrans({**_hidden, "\r": ""})
    _reveal = str.maketrans({hidden: sign for sign, hidden in _hidden.items()})

    def show(self, value: Any) -> Any:
        return value if isinstance(value, Ready) else self.text(value).translate(self._hide)

    def moment(self, parts: Mapping[str, str]) -> str:
        # What spreadsheets of all languages read as a date.
        return parts["iso"][:19].replace("T", " ")

    def finish(self, text: str) -> str:
        head, delimiter, body = self._delimiter(text)
        lines = csv.reader(
            io.StringIO(body, newline=""), delimiter=delimiter, strict=True, skipinitialspace=True
        )
        written = io.StringIO(newline="")
        writer = csv.writer(written, delimiter=delimiter, lineterminator="\r\n")
        csv.field_size_limit(len(body) + 1)
        try:
            # An empty line is left where a tag stood.
            writer.writerows([self._cell(cell) for cell in cells] for cells in lines if cells)
        except csv.Error as error:
            raise NotInFormatError("csv", line=lines.line_num + head.count("\n")) from error
        return head + written.getvalue()

    def _delimiter(self, text: str) -> tuple[str, str, str]:
        """Return Excel's own first line if there is one, the sign between the cells, and the lines."""
        if found := _DELIMITER_LINE.match(text):
            return f"sep={found[1]}\r\n", found[1], text[found.end() :]
        first = next(filter(str.strip, text.split("\n")), "")
        return "", max(",;\t", key=first.count), text

    def _cell(self, cell: str) -> str:
        return without_formula(cell.translate(self._reveal))


def without_formula(cell: str) -> str:
    """Return a cell that no spreadsheet calculates: behind an apostrophe if it begins like a formula."""
    seen = (sign for sign in cell if unicodedata.category(sign)[0] not in "CZ")
    begins = unicodedata.normalize("NFKC", next(seen, ""))
    if begins.startswith(FORMULA_SIGNS) and not _NUMBER.fullmatch(cell.strip()):
        return f"'{cell}"
    return cell


class JsonPrinter(TextPrinter):
    """A value becomes JSON; where the template has quotes around it, the text between them."""

    _begin, _end, _split = RESERVED[:3]
    _token = re.compile(rf'{_begin}([^{_end}]*){_end}|\\.|"', re.DOTALL)

    def show(self, value: Any) -> Any:
        if isinstance(value, Ready) or (isinstance(value, str) and self._begin in value):
            return value
        if isinstance(value, str):
            return f"{self._begin}{value}{self._end}"
        if isinstance(value, jinja2.Undefined):
            return str(value)  # raises
        written = json.dumps(value, ensure_ascii=False)
        return f"{self._begin}{written}{self._split}{self.text(value)}{self._end}"

    def moment(self, parts: Mapping[str, str]) -> str:
        return parts["iso"]

    def finish(self, text: str) -> str:
        written = self._put_in(text)
        try:
            json.loads(written, parse_constant=_refuse_constant)
        except json.JSONDecodeError as error:
            raise NotInFormatError("json", line=error.lineno) from error
        except ValueError as error:  # a number of more digits than Python reads, or none
            raise NotInFormatError("json") from error
        return written

    def _put_in(self, text: str) -> str:
        """Write the values out, each by whether it stands between quotes."""
        pieces, end, is_quoted = [], 0, False
        for token in self._token.finditer(text):
            pieces.append(text[end : token.start()])
            end = token.end()
            if token[1] is None:
                is_quoted ^= token[0] == '"'
                pieces.append(token[0])
            else:
                pieces.append(self._value(token[1], is_quoted=is_quoted))
        return "".join([*pieces, text[end:]])

    def _value(self, shown: str, *, is_quoted: bool) -> str:
        written, split, text = shown.rpartition(self._split)
        quoted = json.dumps(text, ensure_ascii=False)
        if is_quoted:
            return quoted[1:-1]
        return written if split else quoted


def _refuse_constant(name: str) -> None:
    """NaN and Infinity are no JSON, though Python reads them."""
    raise ValueError(name)


class VcardPrinter(TextPrinter):
    """A value is escaped as vCard asks, so that it never begins another property; the lines are folded."""

    _hidden: ClassVar[dict[str, str]] = dict(zip("\\,;\n", RESERVED, strict=False))
    _hide = str.maketrans({**_hidden, "\r": ""})

    def show(self, value: Any) -> Any:
        return value if isinstance(value, Ready) else self.text(value).translate(self._hide)

    def moment(self, parts: Mapping[str, str]) -> str:
        return parts["iso"]

    def finish(self, text: str) -> str:
        from vobject import base

        for sign, hidden in self._hidden.items():
            text = text.replace(hidden, base.backslashEscape(sign))
        lines = [(number, line) for number, line in enumerate(_LINE_END.split(text), 1) if line.strip()]
        self._check_lines(lines)
        joined = "\n".join(line for _, line in lines)
        self._check(joined)
        folded = io.StringIO(newline="")
        for line, _ in base.getLogicalLines(io.StringIO(joined), allowQP=False):
            base.foldOneLine(folded, line)
        return folded.getvalue()

    def _check_lines(self, lines: Iterable[tuple[int, str]]) -> None:
        """Raise ``NotInFormatError`` with the number of the first line that the library does not read."""
        from vobject import base

        for number, line in lines:
            if line.startswith((" ", "\t")):
                continue  # it goes on with the line before
            try:
                base.parseLine(line)
            except base.ParseError as error:
                raise NotInFormatError("vcard", line=number) from error

    def _check(self, text: str) -> None:
        """Raise ``NotInFormatError`` unless the library reads vCards, each with a name and a version."""
        from vobject import base

        try:
            cards = list(base.readComponents(text))
        except Exception as error:  # whatever its decoders raise
            raise NotInFormatError("vcard") from error
        if not cards or any(card.name != "VCARD" for card in cards):
            raise NotInFormatError("vcard-none")
        for name in ("VERSION", "FN"):
            if any(name.lower() not in card.contents for card in cards):
                raise NotInFormatError(f"vcard-{name.lower()}")


PRINTERS: dict[str, Callable[[Mapping[str, str]], TextPrinter]] = {
    "text": TextPrinter,
    "html": HtmlPrinter,
    "csv": CsvPrinter,
    "json": JsonPrinter,
    "vcard": VcardPrinter,
}
