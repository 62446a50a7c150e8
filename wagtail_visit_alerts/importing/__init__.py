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
from wagtail_visit_alerts.importing.import_columns import COLUMNS_SHOWN, Column
from wagtail_visit_alerts.importing.import_log import IMPORT
from wagtail_visit_alerts.importing.import_tags import as_spelled, tags_of
from wagtail_visit_alerts.importing.importer import Change, Importer, Tally
from wagtail_visit_alerts.importing.line_changes import FieldChange, Options
from wagtail_visit_alerts.importing.line_values import (
    LineError,
    Owners,
    WrongCell,
    plain_text,
    read_address,
    short_enough,
    split_tags,
)
from wagtail_visit_alerts.importing.uploads import (
    KEPT_ERRORS,
    Phase,
    Progress,
    begin_import,
    go_on,
    keep_upload,
    refused_lines,
)

__all__ = [
    "COLUMNS_SHOWN",
    "DELIMITERS",
    "IMPORT",
    "KEPT_ERRORS",
    "MAX_BYTES",
    "MAX_LINES",
    "Change",
    "Column",
    "FieldChange",
    "Importer",
    "Line",
    "LineError",
    "Options",
    "Owners",
    "Phase",
    "Progress",
    "Table",
    "Tally",
    "UnreadableFile",
    "WrongCell",
    "as_spelled",
    "begin_import",
    "go_on",
    "keep_upload",
    "plain_text",
    "read_address",
    "read_table",
    "read_text",
    "refused_lines",
    "short_enough",
    "split_tags",
    "tags_of",
]
