"""What the beacon's script elements say: where to report, of which page, and nothing about the visitor."""

import logging
import re
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse

from wagtail_visit_alerts.conf import settings
from wagtail_visit_alerts.matching.rules import page_model

logger = logging.getLogger(__name__)

SCRIPT = "wagtail_visit_alerts/page-view.js"
SINGLE_PAGE_SCRIPT = "wagtail_visit_alerts/page-view-single.js"
#: A pattern that fits no text at all.
NOTHING = "(?!)"


def beacon_scripts(*, request: HttpRequest | None, page: Any) -> list[dict[str, str]]:
    """The attributes of each script element; none in a preview or password form, or without our URLs.

    A system check tells the developer about the latter: the page itself must not break because of it.
    """
    if (
        request is None
        or getattr(request, "is_preview", False)
        or getattr(request, "visit_alerts_withheld", False)
    ):
        return []
    try:
        elements = [
            _page_view_script(page),
            *([{"src": static(SINGLE_PAGE_SCRIPT)}] if settings.SINGLE_PAGE else []),
        ]
    except NoReverseMatch:
        return []
    except (
        ValueError
    ):  # of a storage with a manifest: the page is shown whatever was forgotten at its installation
        logger.exception("tag.script_not_collected")
        return []
    if nonce := getattr(request, "csp_nonce", None):
        elements = [{**attributes, "nonce": str(nonce)} for attributes in elements]
    return elements


def _page_view_script(page: Any) -> dict[str, str]:
    attributes = {
        "src": static(SCRIPT),
        "data-endpoint": reverse("visit_alerts:page_views"),
        "data-link": settings.LINK_PARAMETER,
    }
    if isinstance(page, page_model()) and page.pk:
        attributes["data-page"] = str(page.pk)
    if isinstance(rule := settings.CONSENT, Mapping):
        attributes["data-consent"] = cookie_pattern(rule.get("cookie"), rule.get("value"))
    return attributes


def cookie_pattern(name: Any, value: Any) -> str:
    """A regular expression, JavaScript's or Python's, that finds the cookie of consent among a browser's cookies.

    A cookie's value may be URL-encoded or not, each character of it for itself.
    """
    if not isinstance(name, str) or not isinstance(value, str):
        return NOTHING  # a system check reports it; until then nobody is recorded against their will
    pieces = ("".join(map(_plain_or_encoded, piece)) for piece in value.split("*"))
    return f"(?:^|; ){re.escape(name)}={'[^;]*'.join(pieces)}(?:;|$)"


def _plain_or_encoded(character: str) -> str:
    if character.isascii() and character.isalnum():
        return character
    encoded = "".join(f"%{byte:02X}" for byte in character.encode())
    either_case = "".join(f"[{letter}{letter.lower()}]" if letter.isalpha() else letter for letter in encoded)
    return f"(?:{re.escape(character)}|{either_case})"
