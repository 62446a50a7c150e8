"""The file: from bytes to lines of cells, as programs in Poland and elsewhere write CSV.

Takes a file's bytes, gives its text with the encoding that was taken, and from the text its columns and lines.
Guarantees that a file which is no such table is refused as a whole, with what to do, before anything is written.
"""

import codecs
import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext, ngettext

from wagtail_visit_alerts.errors import VisitAlertsError
from wagtail_visit_alerts.importing.import_columns import ADDRESS, Column, known_columns, plain_heading

#: Bytes of a file: it is kept in one row of the database, and MariaDB takes 16 MB at once by default.
MAX_BYTES: Final = 10 * 1024 * 1024
#: Contacts in a file.
MAX_LINES: Final = 50_000
#: Columns of a file; spreadsheets write many that are empty.
MAX_COLUMNS: Final = 500
DELIMITERS: Final = (",", ";", "\t", "|")
#: By which files of other kinds begin that are called CSV: workbooks of Excel, new and old.
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
#: Polish letters of ISO 8859-2 that are signs nobody types in code page 1250, and the other way round.
_OF_LATIN2, _OF_CP1250 = frozenset(b"\xa1\xa6\xac\xb1\xb6\xbc"), frozenset(b"\xa5\xb9")
#: Where ISO 8859-2 has control characters and code page 1250 has letters.
_CONTROLS = frozenset(range(0x80, 0xA0))
#: Excel's own first line, which names the delimiter.
_DELIMITER_LINE = re.compile(r"sep=(.)[ \t]*(?:\r\n|\n|\r)", re.IGNORECASE)


class UnreadableFile(VisitAlertsError):
    """A file is not a table of contacts; the text says why and what to do, in the active language."""


@dataclass(frozen=True)
class Line:
    """One contact of the file: the number of its first line, and its cells by column."""

    number: int
    cells: dict[Column, str]
    #: All cells as they stand in the file.
    record: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """A file's text with what its first line says."""

    text: str
    delimiter: str
    headings: tuple[str, ...]
    #: For each heading what it stands for, if that is known.
    columns: tuple[Column | None, ...]

    @property
    def unknown(self) -> list[str]:
        """The headings that stand for nothing that a contact has: their cells are not read."""
        pairs = zip(self.headings, self.columns, strict=True)
        return [heading for heading, column in pairs if column is None and heading]

    def heading_of(self, column: Column) -> str:
        """What the file calls a column."""
        return self.headings[self.columns.index(column)]

    @property
    def address_heading(self) -> str:
        """What the file calls the column of addresses."""
        return self.heading_of(Column(ADDRESS))

    def lines(self) -> Iterator[Line]:
        """The lines below the headings that are not empty. Raises ``UnreadableFile`` at a line that is no CSV."""
        records = _records(self.text, self.delimiter)
        next(records)
        for number, record in records:
            if any(cell.strip() for cell in record):
                pairs = zip(self.columns, record, strict=False)
                cells = {column: cell for column, cell in pairs if column is not None and cell.strip()}
                yield Line(number, cells, tuple(record))


def read_text(content: bytes, *, encoding: str | None = None) -> tuple[str, str]:
    """The text of a file and the encoding in which it was read: the one that is asked for, else the likely one.

    With a byte order mark, the one that it stands for; else UTF-8 if it can be; else what Excel in Poland writes,
    code page 1250, or ISO 8859-2 where its letters show it. Raises ``UnreadableFile``.
    """
    if len(content) > MAX_BYTES:
        raise UnreadableFile(
            gettext("The file is larger than %(size)d MB: divide it into several.")
            % {"size": MAX_BYTES // 1024**2}
        )
    if content.startswith(_WORKBOOKS):
        raise UnreadableFile(
            gettext("This is an Excel workbook: in Excel, save it as “CSV UTF-8” and choose that file.")
        )
    encoding = encoding or _likely_encoding(content)
    try:
        text = content.decode(encoding)
    except (UnicodeError, LookupError):
        text = "\x00"
    if "\x00" in text:
        raise UnreadableFile(
            gettext("The file can't be read as %(encoding)s text: save it as “CSV UTF-8”.")
            % {"encoding": encoding}
        )
    return text.removeprefix("\ufeff"), encoding.removesuffix("-sig")


def read_table(text: str, *, delimiter: str | None = None) -> Table:
    """The table in a text, with the delimiter that is asked for, that the file names, or that its headings show.

    Raises ``UnreadableFile`` where it has no column of addresses, two columns for the same, a line that is no CSV, no
    contacts, or too many.
    """
    if named := _DELIMITER_LINE.match(text):
        # Its line stays as an empty one, so that the numbers of the others are those of the file.
        text, delimiter = "\n" + text[named.end() :], delimiter or named[1]
    delimiter = delimiter or _likely_delimiter(text)
    headings = [heading.strip() for heading in _headings(text, delimiter)]
    while headings and not headings[-1]:
        headings.pop()
    known = known_columns()
    columns = [known.get(plain_heading(heading)) for heading in headings]
    table = Table(text, delimiter, tuple(headings), tuple(columns))
    _check_columns(table)
    _check_lines(table)
    return table


def _likely_encoding(content: bytes) -> str:
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return encoding
    try:
        content.decode("utf-8")
    except UnicodeError:
        found = frozenset(content)
        is_latin2 = not found & _CONTROLS and found & _OF_LATIN2 and not found & _OF_CP1250
        return "iso-8859-2" if is_latin2 else "cp1250"
    return "utf-8"


def _likely_delimiter(text: str) -> str:
    """The one by which the first line falls into the most columns that are known, then into the most columns."""
    known = known_columns()

    def worth(delimiter: str) -> tuple[int, int]:
        try:
            headings = _headings(text, delimiter)
        except UnreadableFile:
            return (0, 0)
        return sum(plain_heading(heading) in known for heading in headings), len(headings)

    return max(DELIMITERS, key=worth)


def _headings(text: str, delimiter: str) -> Sequence[str]:
    _number, headings = next(_records(text, delimiter), (1, []))
    return headings


def _records(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Each record with the number of the line on which it begins, empty lines left out. Raises ``UnreadableFile``."""
    number = 1
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        for record in reader:
            if record:
                yield number, record
            number = reader.line_num + 1
    except (csv.Error, TypeError) as error:
        raise UnreadableFile(
            gettext(
                "Line %(number)d is no CSV: a quotation mark that opens a cell is not closed, or has text behind it. "
                "Correct that line."
            )
            % {"number": number}
        ) from error


def _check_columns(table: Table) -> None:
    if len(table.headings) > MAX_COLUMNS:
        raise UnreadableFile(
            gettext("The file has more than %(count)d columns: delete those that are not about contacts.")
            % {"count": MAX_COLUMNS}
        )
    found = [column for column in table.columns if column is not None]
    for column in found:
        if found.count(column) > 1:
            same = [h for h, c in zip(table.headings, table.columns, strict=True) if c == column]
            raise UnreadableFile(
                gettext("These columns stand for the same: %(headings)s. Rename or delete all but one.")
                % {"headings": ", ".join(same)}
            )
    if not any(column.name == ADDRESS for column in found):
        raise UnreadableFile(
            gettext(
                "The first line has no column “email”. It must say what is in the columns, such as: email, name, "
                "phone, company, tags, owner."
            )
        )


def _check_lines(table: Table) -> None:
    count = sum(1 for _line in table.lines())
    if not count:
        raise UnreadableFile(gettext("The file has no contacts below its first line."))
    if count > MAX_LINES:
        raise UnreadableFile(
            ngettext(
                "The file has more than %(most)d contact: divide it into several.",
                "The file has more than %(most)d contacts: divide it into several.",
                MAX_LINES,
            )
            % {"most": MAX_LINES}
        )
