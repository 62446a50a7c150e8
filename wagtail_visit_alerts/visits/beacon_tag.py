"""What the beacon's script element says: where to report, of which page, and nothing about the visitor."""

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse

from wagtail_visit_alerts.conf import settings
from wagtail_visit_alerts.matching.rules import page_model

SCRIPT = "wagtail_visit_alerts/page-view.js"


def beacon_attributes(*, request: HttpRequest | None, page: Any) -> dict[str, str]:
    """The attributes of the script element; none in a preview or password form, or without our URLs.

    A system check tells the developer about the latter: the page itself must not break because of it.
    """
    if (
        request is None
        or getattr(request, "is_preview", False)
        or getattr(request, "visit_alerts_withheld", False)
    ):
        return {}
    try:
        endpoint = reverse("visit_alerts:page_views")
    except NoReverseMatch:
        return {}
    attributes = {"src": static(SCRIPT), "data-endpoint": endpoint, "data-link": settings.LINK_PARAMETER}
    if isinstance(page, page_model()) and page.pk:
        attributes["data-page"] = str(page.pk)
    if nonce := getattr(request, "csp_nonce", None):
        attributes["nonce"] = str(nonce)
    return attributes
