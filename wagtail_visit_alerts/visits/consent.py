"""Consent: whether the site may record the browser of a request, by the setting ``CONSENT`` in one of its shapes.

A site that asks nobody; the cookie of a consent banner; a function of the site's own. What fails counts as no.
"""

import inspect
import logging
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from django.http import HttpRequest
from django.utils.module_loading import import_string

from wagtail_visit_alerts.conf import settings

logger = logging.getLogger(__name__)

#: The setting's value of a site that has decided to ask nobody.
NOT_REQUIRED = "not_required"
ANYTHING = "*"


class CalledLater(TypeError):
    """The consent function is a coroutine, whose answer would come after the page view."""

    def __init__(self, path: str) -> None:
        super().__init__(f"{path} is a coroutine: write it as a plain function that returns True or False.")


def consents(request: HttpRequest, *, said: bool | None = None) -> bool | None:
    """Whether the visitor has agreed to be recorded; None where the site asks nobody.

    ``said`` is what the banner has told the script on this page. Calls the site's function, if it has one: so call
    this at the endpoint and for what a person submits, and never while a page is served.
    """
    if said is False:
        return False
    if (path := function_path()) is not None:
        return _answer_of(path, request)
    has_cookie = holds_cookie(request)
    return None if has_cookie is None else has_cookie or said is True


def holds_cookie(request: HttpRequest) -> bool | None:
    """Whether the request carries the cookie of consent; None where the setting names no cookie. No query."""
    rule = settings.CONSENT
    if not isinstance(rule, Mapping):
        return None
    name, pattern = rule.get("cookie"), rule.get("value")
    if not isinstance(name, str) or not isinstance(pattern, str):
        return False  # a system check reports it; until then nobody is recorded against their will
    value = request.COOKIES.get(name)
    return value is not None and fits(unquote(value), pattern)


def function_path() -> str | None:
    """The dotted path of the site's own function; None in the other shapes."""
    rule = settings.CONSENT
    return rule if isinstance(rule, str) and rule not in ("", NOT_REQUIRED) else None


def fits(value: str, pattern: str) -> bool:
    """Whether a value is as the pattern says, in which ``*`` stands for anything, also nothing."""
    first, *rest = pattern.split(ANYTHING)
    if not rest:
        return value == first
    *between, last = rest
    at, end = len(first), len(value) - len(last)
    if at > end or not value.startswith(first) or not value.endswith(last):
        return False
    for piece in between:
        found = value.find(piece, at, end)
        if found < 0:
            return False
        at = found + len(piece)
    return True


@lru_cache(maxsize=8)
def function_at(path: str) -> Callable[[HttpRequest], Any]:
    """The function with this dotted path. Raises ``ImportError`` and ``CalledLater``; only success is remembered."""
    function = import_string(path)
    if inspect.iscoroutinefunction(function):
        raise CalledLater(path)
    return function


def _answer_of(path: str, request: HttpRequest) -> bool:
    try:
        return bool(function_at(path)(request))
    except Exception:  # the site's own code: whatever it raises, nobody is recorded because of it
        logger.exception("consent.function_failed")
        return False
