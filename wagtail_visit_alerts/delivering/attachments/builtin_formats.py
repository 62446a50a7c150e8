"""The formats that every site has."""

import re

from django.utils.html import escape
from django.utils.translation import gettext_lazy

from wagtail_visit_alerts.delivering.attachments import pdf
from wagtail_visit_alerts.delivering.attachments.format_registry import (
    AttachmentFormat,
    Escaping,
    Typed,
    register_format,
)

_TAG = re.compile(r"<(?:[a-z][^<>]*|/[a-z][^<>]*|!doctype[^<>]*|!--.*?--)>", re.IGNORECASE | re.DOTALL)
_WHOLE_PAGE = re.compile(r"\s*(?:<!--.*?-->\s*)*<(?:!doctype|html)\b", re.IGNORECASE | re.DOTALL)


class TextFormat(AttachmentFormat):
    name = "txt"
    label = gettext_lazy("TXT: plain text")
    extension = "txt"
    mimetype = "text/plain"


class HtmlFormat(AttachmentFormat):
    name = "html"
    label = gettext_lazy("HTML: web page")
    extension = "html"
    mimetype = "text/html"
    escaping = Escaping.HTML

    def encode(self, text: str, *, typed: Typed) -> bytes:
        # A file has no header to name its encoding: the mark at its beginning is what browsers go by.
        return text.encode("utf-8-sig", "replace")


class CsvFormat(AttachmentFormat):
    name = "csv"
    label = gettext_lazy("CSV: table for a spreadsheet")
    extension = "csv"
    mimetype = "text/csv"
    escaping = Escaping.CSV

    def encode(self, text: str, *, typed: Typed) -> bytes:
        # Without the mark at its beginning Excel does not read letters beyond English.
        return text.encode("utf-8-sig", "replace")


class JsonFormat(AttachmentFormat):
    name = "json"
    label = gettext_lazy("JSON: data for a program")
    extension = "json"
    mimetype = "application/json"
    escaping = Escaping.JSON


class VcardFormat(AttachmentFormat):
    name = "vcard"
    label = gettext_lazy("vCard: contact for an address book")
    extension = "vcf"
    mimetype = "text/vcard"
    escaping = Escaping.VCARD


class PdfFormat(AttachmentFormat):
    name = "pdf"
    label = gettext_lazy("PDF: document to print")
    extension = "pdf"
    mimetype = "application/pdf"
    escaping = Escaping.HTML

    def why_unavailable(self) -> str:
        return pdf.why_unavailable()

    def encode(self, text: str, *, typed: Typed) -> bytes:
        return pdf.from_html(_as_page(text, typed=typed))


def _as_page(text: str, *, typed: Typed) -> str:
    """A whole page for HTML; text without any tag keeps its lines."""
    if _WHOLE_PAGE.match(text):
        return text
    if not _TAG.search(text):
        plain = text if typed.is_template else escape(text)  # a template has escaped its values
        text = f'<div style="white-space: pre-wrap">{plain}</div>'
    direction = "rtl" if typed.is_right_to_left else "ltr"
    return (
        f'<!doctype html><html lang="{escape(typed.language)}" dir="{direction}"><head><meta charset="utf-8">'
        f"<title></title></head><body>{text}</body></html>"
    )


def register_all() -> None:
    """Register the formats in the order in which they are offered."""
    for each in (TextFormat, HtmlFormat, CsvFormat, JsonFormat, VcardFormat, PdfFormat):
        register_format(each())
