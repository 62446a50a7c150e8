"""URL patterns: what an editor types, and a tree that finds all patterns a path satisfies at once.

``*`` stands for one or more characters inside one path segment, ``**`` for anything at all. A trailing slash makes
no difference, ``/blog/**`` includes ``/blog/`` itself, and the query string counts only for the parameters that the
pattern names.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import parse_qsl, urlsplit

from django.utils.translation import gettext as _

from wagtail_visit_alerts.errors import VisitAlertsError
from wagtail_visit_alerts.models.canonical_url import DEFAULT_PORTS, canonical_path
from wagtail_visit_alerts.models.monitored_page import MAX_PATH_LENGTH

ANY = "**"
SEGMENT = "*"

T = TypeVar("T")


class PatternError(VisitAlertsError):
    """A text can't be a path of this site; the text says why, for the person who typed it."""


@dataclass(frozen=True)
class Pattern:
    """A path with ``*`` and ``**``, and the host that was typed with it, if any (lower case, with its port)."""

    host: str | None
    path: str

    @property
    def tokens(self) -> list[str]:
        """The path in canonical form: single characters, ``*`` and ``**``; no trailing slash, no query."""
        path = self.path.partition("?")[0]
        tokens: list[str] = []
        for part in re.split(r"(\*\*|\*)", path.rstrip("/") if path != ANY else path):
            tokens += [part] if part in (ANY, SEGMENT) else canonical_path(part)
        return tokens

    @property
    def parameters(self) -> dict[str, str]:
        """Query parameters that the pattern names, each with the pattern of its value."""
        return dict(parse_qsl(self.path.partition("?")[2], keep_blank_values=True))


def parse_pattern(text: str) -> Pattern:
    """Read what an editor typed or pasted: ``pricing``, ``/pricing/``, ``/blog/**``, a whole URL.

    Raises ``PatternError`` where it can't be a path.
    """
    typed = text.strip()
    if not typed:
        raise PatternError(_("Enter a path, such as /pricing/ or /blog/**."))
    if any(ord(character) < 32 for character in typed):
        raise PatternError(_("A path is one line: remove the line break or control character."))
    host = None
    if re.match(r"https?://", typed, re.IGNORECASE):
        host, typed = _split_host(typed)
    elif re.match(r"[a-z][a-z0-9+.-]*:", typed, re.IGNORECASE):
        raise PatternError(_("“%(text)s” is no web address of a page.") % {"text": typed})
    path = re.sub(r"\*{3,}", ANY, typed.partition("#")[0])
    if not path.startswith(("/", ANY)):
        path = f"/{path}"
    if len(path) > MAX_PATH_LENGTH:
        raise PatternError(
            _("This path has %(length)d characters; at most %(limit)d are possible. Use ** for a part of it.")
            % {"length": len(path), "limit": MAX_PATH_LENGTH}
        )
    return Pattern(host=host, path=path)


def _split_host(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url)
        hostname, port = parts.hostname, parts.port
    except ValueError:
        hostname, port = None, None
    if not hostname:
        raise PatternError(_("“%(text)s” is no web address of a page.") % {"text": url})
    host = hostname if port in (None, DEFAULT_PORTS[parts.scheme]) else f"{hostname}:{port}"
    return host, (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def value_matches(pattern: str, value: str) -> bool:
    """Whether the value of a query parameter is what a pattern says; ``*`` and ``**`` stand for anything."""
    expression = ".*".join(re.escape(part) for part in re.split(r"\*+", pattern))
    return re.fullmatch(expression, value, re.DOTALL) is not None


class _Node(Generic[T]):
    """A state: which characters lead on, whether it stays on any (``**``) or on any but "/" (``*``)."""

    __slots__ = ("any", "following", "segment", "stays_on", "values")

    def __init__(self, stays_on: str = "") -> None:
        self.following: dict[str, _Node[T]] = {}
        self.segment: _Node[T] | None = None
        self.any: _Node[T] | None = None
        self.stays_on = stays_on
        self.values: list[T] = []

    def next(self, token: str) -> "_Node[T]":
        """The node behind a token, made at its first use."""
        if token == ANY:
            self.any = self.any or _Node(ANY)
            return self.any
        if token == SEGMENT:
            self.segment = self.segment or _Node(SEGMENT)
            return self.segment
        return self.following.setdefault(token, _Node())

    def reached(self) -> "Iterator[_Node[T]]":
        """This node and those that nothing at all leads to."""
        node: _Node[T] | None = self
        while node is not None:
            yield node
            node = node.any

    def after(self, character: str) -> "Iterator[_Node[T]]":
        """The nodes that one more character of the path leads to."""
        if self.stays_on == ANY or (self.stays_on == SEGMENT and character != "/"):
            yield self
        if (child := self.following.get(character)) is not None:
            yield from child.reached()
        if self.segment is not None and character != "/":
            yield from self.segment.reached()


class PatternTree(Generic[T]):
    """Patterns that share their beginnings; finding reads the path once, however many patterns there are."""

    def __init__(self) -> None:
        self._root: _Node[T] = _Node()

    def add(self, pattern: Pattern, value: T) -> None:
        """Add a pattern with the value that a path which satisfies it finds."""
        tokens = pattern.tokens
        self._insert(tokens, value)
        if tokens[-2:] == ["/", ANY]:
            self._insert(tokens[:-2], value)

    def _insert(self, tokens: list[str], value: T) -> None:
        node = self._root
        for token in tokens:
            node = node.next(token)
        node.values.append(value)

    def find(self, path: str) -> list[T]:
        """The values of all patterns that a canonical path satisfies."""
        nodes = set(self._root.reached())
        for character in path.rstrip("/"):
            nodes = {after for node in nodes for after in node.after(character)}
            if not nodes:
                return []
        return [value for node in nodes for value in node.values]
