"""A page of our own on the site: no template of the site's, a content security policy of its own.

Takes a template and its context, gives the response. Guarantees that the page runs no script but the one it is given,
that it is framed nowhere, and that no search engine keeps it.
"""

import base64
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

STYLE = "wagtail_visit_alerts/visits/plain_page.css"


def plain_page(
    request: HttpRequest,
    template: str,
    context: dict[str, Any],
    *,
    style: str = "",
    script_url: str = "",
    status: int = 200,
) -> HttpResponse:
    """Render a page that stands alone. ``style`` is a template of CSS that it has beside what all of them have.

    With a script, by its URL, the page may also ask the site itself and the host that the script comes from.
    """
    css = "\n".join(render_to_string(name) for name in (STYLE, style) if name)
    response = render(request, template, {"style": css, "script_url": script_url, **context}, status=status)
    digest = base64.b64encode(sha256(css.encode()).digest()).decode()
    policy = [
        "default-src 'none'",
        f"style-src 'sha256-{digest}'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
    if script_url:
        sources = " ".join(["'self'", *_host_of(script_url)])
        policy += [f"script-src {sources}", f"connect-src {sources}"]
    response["Content-Security-Policy"] = "; ".join(policy)
    response["Referrer-Policy"] = "same-origin"  # without it a button would come from nowhere
    response["X-Robots-Tag"] = "noindex"
    return response


def _host_of(url: str) -> list[str]:
    """The origin of a URL on another host, such as that of static files."""
    parts = urlsplit(url)
    return [f"{parts.scheme}://{parts.netloc}"] if parts.scheme and parts.netloc else []
