"""An alert's description as the e-mail shows it: harmless HTML, and plain text that says the same.

Takes what is stored, Wagtail's database HTML or text that was never HTML, from whomever it is. Guarantees HTML of a
few tags without styles or scripts, and links that lead to absolute addresses of the kinds http, https, mailto and
tel only; what any other link says stays, as text.
"""

import re
from html.parser import HTMLParser
from urllib.parse import urlsplit

import nh3
from django.utils.html import escape, linebreaks
from django.utils.safestring import SafeString, mark_safe
from wagtail.rich_text.pages import PageLinkHandler
from wagtail.rich_text.rewriters import LinkRewriter

from wagtail_visit_alerts.conf import settings
from wagtail_visit_alerts.delivering import wording

BLOCKS = {"p", "div", "ul", "ol", "li", "h1", "h2", "h3", "h4", "h5", "h6"}
TAGS = BLOCKS | {"a", "b", "strong", "i", "em", "br"}
SCHEMES = {"http", "https", "mailto", "tel"}

#: What makes a stored text HTML. "5 < 6" and "Anna <anna@example.com>" don't: they are shown as they were typed.
_TAG = re.compile(
    r"</?(?:a|b|br|div|em|h[1-6]|i|iframe|img|li|ol|p|script|span|strong|style|svg|table|ul)\b[^>]*>",
    re.IGNORECASE,
)
#: What every database takes for a key.
_PAGE_ID = re.compile("[1-9][0-9]{0,17}")
#: In sanitized HTML, where links are closed and hold no other links.
_LINK_TO_NOWHERE = re.compile(r"<a>(.*?)</a>", re.DOTALL)


def as_html(stored: str) -> SafeString:
    """Return a description as HTML of paragraphs, lists and links; empty where nothing would be seen.

    One query or two where it links to pages of the site, which lead to the page in the active language.
    """
    is_html = _TAG.search(stored) is not None
    cleaned = nh3.clean(
        _expand_page_links(stored) if is_html else linebreaks(wording.lines(stored), autoescape=True),
        tags=TAGS,
        attributes={"a": {"href"}},
        attribute_filter=_safe_attribute,
        # Each block is written in the direction of its own text.
        set_tag_attribute_values={tag: {"dir": "auto"} for tag in BLOCKS},
        url_schemes=SCHEMES,
        link_rel=None,
    )
    # A link that leads nowhere is none; and entities may have hidden marks that turn the direction around.
    cleaned = wording.lines(_LINK_TO_NOWHERE.sub(r"\1", cleaned)).strip()
    return mark_safe(cleaned) if as_text(cleaned) else SafeString()  # noqa: S308  # just sanitized


def as_text(html: str) -> str:
    """Return the text of sanitized HTML: paragraphs apart, list items behind "- ", links with their address."""
    reader = _TextReader()
    reader.feed(html)
    reader.close()
    return reader.text


def _expand_page_links(html: str) -> str:
    """Put in the addresses of the pages that Wagtail's own links name by id."""
    return LinkRewriter(bulk_rules={PageLinkHandler.identifier: _page_links})(html)


def _page_links(links: list[dict[str, str]]) -> list[str]:
    numbered = [link if _PAGE_ID.fullmatch(link.get("id", "")) else {} for link in links]
    pages = PageLinkHandler.get_many([link for link in numbered if link])
    found = iter(pages)
    return [_link_to(next(found) if link else None) for link in numbered]


def _link_to(page: object) -> str:
    """The opening tag of a link to a page; one that leads nowhere where there is no such page, or no way to it."""
    url = None if page is None else page.localized.full_url  # type: ignore[attr-defined]
    return f'<a href="{escape(url)}">' if url else "<a>"


def _safe_attribute(tag: str, name: str, value: str) -> str | None:
    """What may stand in an attribute; None removes it."""
    if (tag, name) != ("a", "href"):
        return value
    if value.startswith("/") and not value.startswith("//"):
        value = f"{settings.base_url}{value}"
    try:
        scheme = urlsplit(value).scheme
    except ValueError:
        return None
    if scheme in ("mailto", "tel"):
        return value if wording.one_line(value, longest=len(value) + 1) == value else None
    return wording.web_link(value) or None


class _TextReader(HTMLParser):
    """Reads sanitized HTML piece by piece, so that no depth of it is too much."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._pieces: list[str] = []
        #: The lists that are open: the number of the next item, or 0 in one without numbers.
        self._lists: list[int] = []
        self._link = ""
        self._linked: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("ul", "ol"):
            self._break()
            self._lists.append(1 if tag == "ol" else 0)
        elif tag == "li":
            self._begin_item()
        elif tag == "br":
            self._pieces.append("\n")
        elif tag == "a":
            self._link, self._linked = dict(attrs).get("href") or "", []
        elif tag in BLOCKS:
            self._break()

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._end_link()
        elif tag in ("ul", "ol"):
            self._lists = self._lists[:-1]
            self._break()
        elif tag in BLOCKS and tag != "li":
            self._break()

    def handle_data(self, data: str) -> None:
        text = re.sub(r"[^\S\u00a0]+", " ", data)
        self._pieces.append(text)
        self._linked.append(text)

    def _begin_item(self) -> None:
        depth = max(len(self._lists), 1)
        number = self._lists[-1] if self._lists else 0
        if number:
            self._lists[-1] += 1
        self._pieces.append("\n" + "  " * (depth - 1) + (f"{number}. " if number else "- "))

    def _break(self) -> None:
        """Begin a paragraph; inside a list nothing is set apart."""
        if not self._lists:
            self._pieces.append("\n\n")

    def _end_link(self) -> None:
        address = self._link.removeprefix("mailto:").removeprefix("tel:")
        if address and address != "".join(self._linked).strip():
            self._pieces.append(f" ({address})")
        self._link, self._linked = "", []

    @property
    def text(self) -> str:
        """What was read, without the white space that HTML doesn't show."""
        joined = re.sub(r" *\n", "\n", "".join(self._pieces))
        joined = re.sub(r"\n (?=\S)", "\n", joined)
        return re.sub(r"\n{3,}", "\n\n", joined).strip()
