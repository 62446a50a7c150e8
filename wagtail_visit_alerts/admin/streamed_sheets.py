"""Spreadsheets that are written while they are sent: line by line, however long they are."""

from collections.abc import Iterator
from typing import Any

from django.utils import timezone, translation
from django.utils.translation import get_language
from wagtail.admin.views.mixins import SpreadsheetExportMixin


class StreamsAsAsked(SpreadsheetExportMixin):
    """Writes a CSV file as the request asked for it, which is over when the lines are made."""

    def stream_csv(self, queryset: Any) -> Iterator[bytes]:
        """Line by line, in the language and time zone of the request."""
        lines, language, zone = super().stream_csv(queryset), get_language(), timezone.get_current_timezone()

        def as_asked() -> Iterator[bytes]:
            while True:
                with translation.override(language), timezone.override(zone):
                    line = next(lines, None)
                if line is None:
                    return
                yield line

        return as_asked()
