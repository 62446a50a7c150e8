"""Canonical URLs: two spellings of one address compare equal.

Takes what a browser or a request says, gives the form that ``Address`` stores and patterns are matched with:
RFC 3986 section 6.2.2 (case of the host, percent-encoding), default port and fragment dropped, of the query
string only the parameters that the site keeps.
"""

from collections.abc import Iterable
from urllib.parse import parse_qsl, quote, unquote_to_bytes, urlencode, urlsplit, urlunsplit

#: RFC 3986, section 3.3: what a path segment may hold unencoded, without "*", which is a pattern's own sign.
SEGMENT_CHARACTERS = "-._~!$&'()+,;=:@"

DEFAULT_PORTS = {"http": 80, "https": 443}


def canonical_path(path: str) -> str:
    """Return a path with each segment percent-encoded in the one way that RFC 3986 recommends."""
    return "/".join(quote(unquote_to_bytes(segment), safe=SEGMENT_CHARACTERS) for segment in path.split("/"))


def is_kept(parameter: str, kept: Iterable[str]) -> bool:
    """Whether a query parameter is one of the kept ones; ``utm_*`` keeps all that begin with ``utm_``."""
    return any(parameter.startswith(name[:-1]) if name.endswith("*") else parameter == name for name in kept)


def canonical_url(url: str, *, kept_parameters: Iterable[str] = ()) -> str:
    """Return the canonical form of an absolute http or https URL.

    Raises ``ValueError`` where the text is no such URL.
    """
    parts = urlsplit(url)
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
        raise ValueError("Not an absolute http or https URL.")
    kept = tuple(kept_parameters)
    query = urlencode(
        [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if is_kept(pair[0], kept)]
    )
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    if parts.port and parts.port != DEFAULT_PORTS[parts.scheme]:
        host = f"{host}:{parts.port}"
    return urlunsplit((parts.scheme, host, canonical_path(parts.path) or "/", query, ""))
