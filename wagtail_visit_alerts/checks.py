"""System checks: what is missing in a site's configuration, in one sentence and with the fix.

They read the site's settings and URLs and touch no database. ``manage.py check --tag wagtail_visit_alerts``
runs them alone. What only a running site can show (the last beacon, the last sweep) is no matter for a check.
"""

import difflib
import re
import types
import zoneinfo
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, Union, get_args, get_origin

from django.apps import apps
from django.conf import settings as django_settings
from django.core import checks
from django.db import connections, router
from django.urls import NoReverseMatch, Resolver404, get_script_prefix, resolve, reverse

from wagtail_visit_alerts.conf import SETTINGS_NAME, VisitAlertsSettings, settings

TAG: Final = "wagtail_visit_alerts"
ENDPOINT: Final = "visit_alerts:page_views"

#: Every id that was ever used. A check that goes leaves its id here: silencing it never silences another.
IDS: Final[Mapping[str, str]] = {
    f"{TAG}.E001": "The settings are no dict.",
    f"{TAG}.E002": "A key of the settings is unknown.",
    f"{TAG}.E003": "A value of the settings is of the wrong type.",
    f"{TAG}.E004": "The time zone of the cap is unknown.",
    f"{TAG}.E010": "The app's URLs are not included.",
    f"{TAG}.E011": "The app's URLs are included behind a pattern that takes their requests.",
    f"{TAG}.E020": "django_q is not installed.",
    f"{TAG}.E021": "Q_CLUSTER is not set.",
    f"{TAG}.W001": "No base URL for the links in e-mails.",
    f"{TAG}.W002": "The base URL is no absolute URL.",
    f"{TAG}.W010": "SQLite without WAL.",
    f"{TAG}.W011": "SQLite without IMMEDIATE transactions.",
    f"{TAG}.W020": "A Redis broker without a socket time-out.",
    f"{TAG}.W021": "A Redis broker whose socket time-out is shorter than the cluster's own wait.",
    f"{TAG}.W022": "A cluster without a time-out for its tasks.",
    f"{TAG}.W023": "A cluster that repeats tasks which are still running.",
}

#: Seconds for which a cluster's Redis client waits for a task (django_q/brokers/redis_broker.py, dequeue).
REDIS_WAIT_SECONDS: Final = 1

#: Seconds a broker's answer may take before it is no longer "short" for a person's request.
REDIS_LONGEST_SECONDS: Final = 5

#: Brokers that Q_CLUSTER can name instead of Redis, in django_q's order (django_q/brokers/__init__.py).
OTHER_BROKERS: Final = ("broker_class", "iron_mq", "sqs", "orm", "mongo")


def register_all() -> None:
    """Register every check."""
    for check in (
        check_settings,
        check_time_zone,
        check_urls,
        check_cluster,
        check_cluster_times,
        check_redis_broker,
        check_base_url,
        check_sqlite,
    ):
        checks.register(check, TAG)


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
            hint=_nearest(name, known) or 'Give a name such as "Europe/Warsaw", or leave the key out.',
            id=f"{TAG}.E004",
        )
    ]


def check_urls(**kwargs: Any) -> list[checks.CheckMessage]:
    """Report URLs that are not included, or behind another pattern that takes their requests."""
    if not getattr(django_settings, "ROOT_URLCONF", None):
        return []
    try:
        url = reverse(ENDPOINT)
    except NoReverseMatch:
        return [
            checks.Error(
                "The URLs of wagtail_visit_alerts are not included, so no page view is recorded.",
                hint='Add path("visit-alerts/", include("wagtail_visit_alerts.urls")) to the site\'s URLs, '
                "before Wagtail's own.",
                id=f"{TAG}.E010",
            )
        ]
    if _reaches_endpoint("/" + url.removeprefix(get_script_prefix())):
        return []
    return [
        checks.Error(
            f"The URLs of wagtail_visit_alerts are included, but another pattern before them takes {url}.",
            hint='Move path("visit-alerts/", include("wagtail_visit_alerts.urls")) above Wagtail\'s catch-all, '
            'path("", include(wagtail_urls)).',
            id=f"{TAG}.E011",
        )
    ]


def check_cluster(**kwargs: Any) -> list[checks.CheckMessage]:
    """Report a site that lacks django-q2, which carries the alerts, or its settings."""
    if not apps.is_installed("django_q"):
        return [
            checks.Error(
                "django_q is not installed, so no alert is delivered.",
                hint='Add "django_q" to INSTALLED_APPS and run a cluster beside the web server: '
                "manage.py qcluster.",
                id=f"{TAG}.E020",
            )
        ]
    if not getattr(django_settings, "Q_CLUSTER", None):
        return [
            checks.Error(
                "Q_CLUSTER is not set, so django-q2 looks for a Redis server on this machine.",
                hint='Set Q_CLUSTER; the least is {"orm": "default", "timeout": 60, "retry": 300}, which '
                "needs no other server.",
                id=f"{TAG}.E021",
            )
        ]
    return []


def check_cluster_times(**kwargs: Any) -> list[checks.CheckMessage]:
    """Report a cluster that lets a task hang for ever, or that starts it again while it runs."""
    cluster = _cluster()
    if not cluster:
        return []
    # django_q's own default for "retry" is 60 seconds, for "timeout" none (django_q/conf.py).
    timeout, retry = cluster.get("timeout"), cluster.get("retry", 60)
    if not timeout:
        return [
            checks.Warning(
                'Q_CLUSTER has no "timeout", so one task that hangs occupies a worker for ever.',
                hint='Set "timeout": 60 and "retry": 300 in Q_CLUSTER.',
                id=f"{TAG}.W022",
            )
        ]
    if isinstance(timeout, int) and isinstance(retry, int) and retry <= timeout:
        return [
            checks.Warning(
                f'Q_CLUSTER["retry"] ({retry} s) is not longer than "timeout" ({timeout} s), so tasks that '
                "still run start again.",
                hint=f'Set "retry" to several times "timeout", such as {timeout * 5}: it counts from the '
                "moment a task leaves the broker, not from its start.",
                id=f"{TAG}.W023",
            )
        ]
    return []


def check_redis_broker(**kwargs: Any) -> list[checks.CheckMessage]:
    """Report a Redis broker that may keep a person's request, or the cluster itself, waiting."""
    cluster = _cluster()
    if not cluster or cluster.get("django_redis") or any(cluster.get(name) for name in OTHER_BROKERS):
        return []
    seconds = _socket_timeout(cluster.get("redis") or {})
    if seconds is None or seconds > REDIS_LONGEST_SECONDS:
        return [
            checks.Warning(
                'Q_CLUSTER["redis"] has no short "socket_timeout", so whoever waits for a Redis server that '
                "does not answer waits long.",
                hint='Set "socket_timeout": 2 and "socket_connect_timeout": 0.25 there (in a URL: '
                "?socket_timeout=2&socket_connect_timeout=0.25).",
                id=f"{TAG}.W020",
            )
        ]
    if seconds <= REDIS_WAIT_SECONDS:
        return [
            checks.Warning(
                f'Q_CLUSTER["redis"] has a "socket_timeout" of {seconds:g} s, but the cluster waits '
                f"{REDIS_WAIT_SECONDS} s for each task and takes the silence for a lost connection.",
                hint='Set "socket_timeout": 2 there.',
                id=f"{TAG}.W021",
            )
        ]
    return []


def check_base_url(**kwargs: Any) -> list[checks.CheckMessage]:
    """Report that the links in e-mails have no host to begin with."""
    if not isinstance(settings.BASE_URL, str):
        return []  # check_settings says so
    if not settings.base_url:
        return [
            checks.Warning(
                "No base URL is set, so the e-mails carry no links to the contact and the alert.",
                hint=f'Set WAGTAILADMIN_BASE_URL = "https://www.example.com" or {SETTINGS_NAME}["BASE_URL"].',
                id=f"{TAG}.W001",
            )
        ]
    if not re.match(r"https?://[^/]", settings.base_url):
        return [
            checks.Warning(
                f'The links in e-mails begin with "{settings.base_url}", which no mail program can open.',
                hint='Begin it with "https://" and the host: "https://www.example.com".',
                id=f"{TAG}.W002",
            )
        ]
    return []


def check_sqlite(**kwargs: Any) -> list[checks.CheckMessage]:
    """Report an SQLite file on which a web server and a cluster would lock each other out."""
    from wagtail_visit_alerts.models import PageView

    connection = connections[router.db_for_write(PageView)]
    if connection.vendor != "sqlite" or connection.is_in_memory_db():  # type: ignore[attr-defined] # SQLite has it
        return []
    options = connection.settings_dict.get("OPTIONS", {})
    where = f'DATABASES["{connection.alias}"]["OPTIONS"]'
    messages: list[checks.CheckMessage] = []
    if not re.search(r"journal_mode\s*[=(]\s*['\"]?wal\b", options.get("init_command") or "", re.IGNORECASE):
        messages.append(
            checks.Warning(
                "SQLite does not run in WAL mode, so readers and writers wait for each other.",
                hint=f'Set "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL" in {where}.',
                id=f"{TAG}.W010",
            )
        )
    if str(options.get("transaction_mode") or "").upper() != "IMMEDIATE":
        messages.append(
            checks.Warning(
                'SQLite transactions do not begin as IMMEDIATE, so two at a time end in "database is locked".',
                hint=f'Set "transaction_mode": "IMMEDIATE" and "timeout": 20 in {where}.',
                id=f"{TAG}.W011",
            )
        )
    return messages


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


def _cluster() -> Mapping[str, Any] | None:
    cluster = getattr(django_settings, "Q_CLUSTER", None)
    return cluster if isinstance(cluster, Mapping) and cluster else None


def _socket_timeout(redis: Any) -> float | None:
    """Return how many seconds ``Q_CLUSTER["redis"]``, a dict or a URL, lets a socket wait, if limited."""
    if isinstance(redis, str):
        found = re.search(r"[?&]socket_timeout=(\d+(?:\.\d+)?)", redis)
        return float(found[1]) if found else None
    seconds = redis.get("socket_timeout")
    return float(seconds) if isinstance(seconds, int | float) else None


def _reaches_endpoint(path: str) -> bool:
    """Whether a request for a path reaches our endpoint."""
    try:
        match = resolve(path)
    except Resolver404:
        return False
    return match.url_name == ENDPOINT.partition(":")[2] and "visit_alerts" in match.app_names


def _nearest(name: object, valid: Iterable[str]) -> str:
    """Return the question whether the most similar valid name was meant, or nothing."""
    by_key = {each.upper(): each for each in valid}
    close = difflib.get_close_matches(str(name).upper(), by_key, n=1)
    return f'Did you mean "{by_key[close[0]]}"?' if close else ""


def _unknown_key(key: object, *, valid: Iterable[str]) -> checks.Error:
    return checks.Error(
        f'{SETTINGS_NAME} has no key "{key}", so it has no effect.',
        hint=_nearest(key, valid) or f"Remove it. The keys are: {', '.join(sorted(valid))}.",
        id=f"{TAG}.E002",
    )


def _wrong_type(key: str, *, value: object, hint: Any) -> checks.Error:
    return checks.Error(
        f'{SETTINGS_NAME}["{key}"] is a {type(value).__name__}, not {described(hint)}.',
        hint=f"Its default is {getattr(VisitAlertsSettings, key)!r}.",
        id=f"{TAG}.E003",
    )
