"""Whether a page of the site itself sent a request: the browser says so, and no other site can make it say it."""

from urllib.parse import urlsplit

from django.http import HttpRequest

DEFAULT_PORTS = {"http": 80, "https": 443}


def is_same_origin(request: HttpRequest) -> bool:
    """Whether a page of this very host sent the request: by ``Sec-Fetch-Site``, or where absent by ``Origin``.

    A page without an origin of its own, such as one in a sandbox, is none of the site's.
    """
    origin = request.headers.get("Origin")
    if origin == "null":
        return False
    if (site := request.headers.get("Sec-Fetch-Site")) is not None:
        return site == "same-origin"
    here = _origin_of(f"{request.scheme}://{request.get_host()}")
    return here is not None and _origin_of(origin or "") == here


def _origin_of(url: str) -> tuple[str, str, int] | None:
    """Scheme, host and port of a URL, also where it leaves the usual port out; None where it has none."""
    try:
        parts = urlsplit(url)
        port = parts.port or DEFAULT_PORTS[parts.scheme]
    except (ValueError, KeyError):
        return None
    return (parts.scheme, parts.hostname, port) if parts.hostname else None
