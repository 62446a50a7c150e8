"""Checks of the settings as such: keys that do not exist, values of a wrong type, a time zone that nobody knows."""

import difflib
import types
import zoneinfo
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Union, get_args, get_origin

from django.conf import settings as django_settings
from django.core import checks

from wagtail_visit_alerts.checks.check_ids import TAG
from wagtail_visit_alerts.conf import SETTINGS_NAME, VisitAlertsSettings, settings
from wagtail_visit_alerts.delivering.sending_hours import problem_with


def check_settings(**kwargs: Any) -> list[checks.CheckMessage]:
    """Report keys that do not exist, with the nearest one that does, and values of a wrong type."""
    configured = getattr(django_settings, SETTINGS_NAME, {})
    if not isinstance(configured, Mapping):
        return [
            checks.Error(
                f"{SETTINGS_NAME} is a {type(configured).__name__}, so none of it is used.",
                hint=f"Write it as a dict: {SETTINGS_NAME} = {{...}}.",
                id=f"{TAG}.E001",
            )
        ]
    types_by_key = VisitAlertsSettings.types()
    messages: list[checks.CheckMessage] = []
    for key, value in configured.items():
        if key not in types_by_key:
            messages.append(_unknown_key(key, valid=types_by_key))
        elif not fits(value, types_by_key[key]):
            messages.append(_wrong_type(key, value=value, hint=types_by_key[key]))
    return messages


def check_time_zone(**kwargs: Any) -> list[checks.CheckMessage]:
    """Report a time zone of the cap that this machine does not know."""
    name = settings.TIME_ZONE
    known = zoneinfo.available_timezones()
    if not isinstance(name, str) or not name or name in known:
        return []
    return [
        checks.Error(
            f'{SETTINGS_NAME}["TIME_ZONE"] is "{name}", a time zone that this machine does not know.',
            hint=nearest(name, known) or 'Give a name such as "Europe/Warsaw", or leave the key out.',
            id=f"{TAG}.E004",
        )
    ]


def check_sending_hours(**kwargs: Any) -> list[checks.CheckMessage]:
    """Report sending hours that can't be read: alerts leave at any time then."""
    configured = settings.SENDING_HOURS
    problem = problem_with(configured) if isinstance(configured, Mapping) else ""
    if not problem:
        return []
    return [
        checks.Error(
            f'{SETTINGS_NAME}["SENDING_HOURS"] can\'t be read, so alerts are sent at any time: {problem}.',
            hint='Write it as {"from": "08:00", "until": "18:00", "days": [1, 2, 3, 4, 5]}, or leave the key out.',
            id=f"{TAG}.E012",
        )
    ]


def check_days_kept(**kwargs: Any) -> list[checks.CheckMessage]:
    """Report a negative number of days for which data is kept: nothing is deleted then."""
    keys = ("KEEP_PAGE_VIEWS_DAYS", "KEEP_UNIDENTIFIED_DAYS", "KEEP_NOTIFICATIONS_DAYS")
    days = {key: getattr(settings, key) for key in keys}
    return [
        checks.Error(
            f'{SETTINGS_NAME}["{key}"] is {number}, less than no day, so nothing is ever deleted.',
            hint="Give the number of days after which the data is deleted, or 0 to keep it for ever.",
            id=f"{TAG}.E014",
        )
        for key, number in days.items()
        if isinstance(number, int) and number < 0
    ]


def fits(value: Any, hint: Any) -> bool:
    """Whether a value of the settings is of an annotated type, as deep as its items."""
    origin, arguments = get_origin(hint), get_args(hint)
    if hint is Any:
        return True
    if origin in (Union, types.UnionType):
        return any(fits(value, each) for each in arguments)
    if origin is Callable or hint is Callable:
        return callable(value)
    if origin is not None and issubclass(origin, Mapping):
        return isinstance(value, Mapping) and all(
            fits(key, arguments[0]) and fits(item, arguments[1]) for key, item in value.items()
        )
    if origin is not None and issubclass(origin, Iterable):
        # A string is a sequence of strings too, and never what was meant.
        return (
            isinstance(value, origin)
            and not isinstance(value, str)
            and all(fits(v, arguments[0]) for v in value)
        )
    if hint in (int, float):
        return isinstance(value, (int, hint)) and not isinstance(value, bool)
    return isinstance(value, hint)


def described(hint: Any) -> str:
    """Say an annotated type in the words of a settings file."""
    origin, arguments = get_origin(hint), get_args(hint)
    plain = {
        str: "a string",
        bool: "True or False",
        int: "a whole number",
        float: "a number",
        type(None): "None",
    }
    if hint in plain:
        return plain[hint]
    if origin in (Union, types.UnionType):
        return " or ".join(described(each) for each in arguments)
    if origin is Callable or hint is Callable:
        return "a callable"
    if origin is not None and issubclass(origin, Mapping):
        return f"a dict from {described(arguments[0])} to {described(arguments[1])}"
    if origin is not None and issubclass(origin, Sequence):
        return f"a list in which each item is {described(arguments[0])}"
    return f"a {getattr(hint, '__name__', hint)}"


def nearest(name: object, valid: Iterable[str]) -> str:
    """Return the question whether the most similar valid name was meant, or nothing."""
    by_key = {each.upper(): each for each in valid}
    close = difflib.get_close_matches(str(name).upper(), by_key, n=1)
    return f'Did you mean "{by_key[close[0]]}"?' if close else ""


def _unknown_key(key: object, *, valid: Iterable[str]) -> checks.Error:
    return checks.Error(
        f'{SETTINGS_NAME} has no key "{key}", so it has no effect.',
        hint=nearest(key, valid) or f"Remove it. The keys are: {', '.join(sorted(valid))}.",
        id=f"{TAG}.E002",
    )


def _wrong_type(key: str, *, value: object, hint: Any) -> checks.Error:
    return checks.Error(
        f'{SETTINGS_NAME}["{key}"] is a {type(value).__name__}, not {described(hint)}.',
        hint=f"Its default is {getattr(VisitAlertsSettings, key)!r}.",
        id=f"{TAG}.E003",
    )
