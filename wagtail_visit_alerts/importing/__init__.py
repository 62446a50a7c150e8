"""Importing: contacts from a CSV file, looked through first and written then, line by line."""

from wagtail_visit_alerts.importing.csv_table import (
    DELIMITERS,
    MAX_BYTES,
    MAX_LINES,
    Line,
    Table,
    UnreadableFile,
    read_table,
    read_text,
)
from wagtail_visit_alerts.importing.import_log import IMPORT
from wagtail_visit_alerts.importing.importer import Change, Importer, Tally
from wagtail_visit_alerts.importing.line_changes import FieldChange, Options
from wagtail_visit_alerts.importing.line_values import LineError, Owners, WrongCell, split_tags

__all__ = [
    "DELIMITERS",
    "IMPORT",
    "MAX_BYTES",
    "MAX_LINES",
    "Change",
    "FieldChange",
    "Importer",
    "Line",
    "LineError",
    "Options",
    "Owners",
    "Table",
    "Tally",
    "UnreadableFile",
    "WrongCell",
    "read_table",
    "read_text",
    "split_tags",
]
