"""Checks of django-q2, which carries the alerts: that it is there, and that nothing waits for it for ever."""

import re
from collections.abc import Mapping
from typing import Any, Final

from django.apps import apps
from django.conf import settings as django_settings
from django.core import checks

from wagtail_visit_alerts.checks.check_ids import TAG
from wagtail_visit_alerts.conf import settings

#: Seconds for which a cluster's Redis client waits for a task (django_q/brokers/redis_broker.py, dequeue).
REDIS_WAIT_SECONDS: Final = 1

#: Seconds a broker's answer may take before it is no longer "short" for a person's request.
REDIS_LONGEST_SECONDS: Final = 5

#: Brokers that Q_CLUSTER can name instead of Redis, in django_q's order (django_q/brokers/__init__.py).
OTHER_BROKERS: Final = ("broker_class", "iron_mq", "sqs", "orm", "mongo")


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


def check_queue_name(**kwargs: Any) -> list[checks.CheckMessage]:
    """Report a ``QUEUE_NAME`` under which no cluster can be started."""
    cluster, name = _cluster(), settings.QUEUE_NAME
    if not cluster or not name or not isinstance(name, str):
        return []
    # As django_q/conf.py reads them: a cluster of another name than these fails without "ALT_CLUSTERS".
    others = cluster.get("ALT_CLUSTERS")
    names = {cluster.get("name", "default"), cluster.get("cluster_name"), *(others or ())}
    if name in names:
        return []
    return [
        checks.Warning(
            f'QUEUE_NAME is "{name}", but Q_CLUSTER names no such cluster, so no alert is delivered.',
            hint=f'Add "ALT_CLUSTERS": {{"{name}": {{}}}} to Q_CLUSTER, and run that cluster: '
            f"Q_CLUSTER_NAME={name} manage.py qcluster.",
            id=f"{TAG}.W024",
        )
    ]


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
