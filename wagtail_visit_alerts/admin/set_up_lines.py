"""What the set-up page says of the site as a whole, line by line, each with its fix.

Takes the clock; reads heartbeats, the outbox, the settings and the system checks in a handful of queries.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.conf import settings as django_settings
from django.core import checks
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from wagtail.models import Site

from wagtail_visit_alerts.checks import TAG
from wagtail_visit_alerts.conf import settings
from wagtail_visit_alerts.delivering import health
from wagtail_visit_alerts.explaining.naming import moment
from wagtail_visit_alerts.models import Delivery, Heartbeat, NotRecorded, Reason
from wagtail_visit_alerts.visits import consent
from wagtail_visit_alerts.visits.browser_check import Line, State

#: The sweep runs every minute: when it was longer ago, nothing processes the queue.
SWEEP_OVERDUE = health.Limits().sweep or timedelta.max
DUE_OVERDUE = health.Limits().due or timedelta.max
#: Old data is deleted every ten minutes.
PURGE_OVERDUE = timedelta(days=1)
#: After which a site's last page view is worth a look.
LONG_AGO = timedelta(days=7)
#: Days that are shown of what was not recorded.
DAYS = 14
#: Further hosts that are named.
MOST_HOSTS = 10


def queue_lines(*, now: datetime) -> Iterator[Line]:
    """Whether anything processes the queue, what waits, and when old data was deleted. Two queries."""
    heard = {heartbeat.name: heartbeat for heartbeat in Heartbeat.objects.filter(name__in=Heartbeat.PARTS)}
    yield _sweep_line(heard.get(Heartbeat.SWEEP), now=now)
    overdue = Delivery.objects.due(now - DUE_OVERDUE).count()
    label = _("E-mails")
    if overdue:
        text = ngettext(
            "%(count)d e-mail has been due for more than %(minutes)d minutes.",
            "%(count)d e-mails have been due for more than %(minutes)d minutes.",
            overdue,
        )
        words = {"count": overdue, "minutes": DUE_OVERDUE // timedelta(minutes=1)}
        fix = _("Start the cluster, or have a developer look why it does not get on.")
        yield Line("waiting", label, State.BAD, text % words, fix)
    else:
        yield Line("waiting", label, State.GOOD, _("No e-mail is overdue."))
    yield Line("broker", _("Queue"), State.NOTE, _broker_in_words())
    yield _purge_line(heard.get(Heartbeat.PURGE), now=now)


def _sweep_line(heartbeat: Heartbeat | None, *, now: datetime) -> Line:
    label = _("Cluster")
    fix = _(
        "A developer starts it beside the web server, and has it started again whenever it stops: "
        "“manage.py qcluster”. If it runs, “manage.py visit_alerts_schedules” makes the missing schedule."
    )
    if heartbeat is None:
        return Line("sweep", label, State.BAD, _("The cluster that sends alerts has never run."), fix)
    words = {"when": moment(heartbeat.heard_at)}
    if now - heartbeat.heard_at > SWEEP_OVERDUE:
        text = _("The cluster that sends alerts was last heard of on %(when)s: nothing is sent.")
        return Line("sweep", label, State.BAD, text % words, fix)
    text = _("The cluster that sends alerts runs: on %(when)s it was last heard of.")
    return Line("sweep", label, State.GOOD, text % words)


def _purge_line(heartbeat: Heartbeat | None, *, now: datetime) -> Line:
    label = _("Old data")
    kept = (
        (_("page views of contacts"), settings.KEEP_PAGE_VIEWS_DAYS),
        (_("those of nobody known"), settings.KEEP_UNIDENTIFIED_DAYS),
        (_("alerts that were raised"), settings.KEEP_NOTIFICATIONS_DAYS),
    )
    texts = [_days_kept(what, days) for what, days in kept]
    if heartbeat is None:
        texts.append(_("None was deleted yet."))
        return Line("purge", label, State.NOTE, " ".join(texts))
    texts.append(_("On %(when)s it was last looked through.") % {"when": moment(heartbeat.heard_at)})
    if now - heartbeat.heard_at <= PURGE_OVERDUE:
        return Line("purge", label, State.GOOD, " ".join(texts))
    fix = _("A developer has the log looked through, or runs “manage.py visit_alerts_purge”.")
    return Line("purge", label, State.WARNING, " ".join(texts), fix)


def _days_kept(what: str, days: int) -> str:
    words = {"what": capfirst(what), "count": days}
    if days <= 0:
        return _("%(what)s: never deleted.") % words
    text = ngettext("%(what)s: deleted after %(count)d day.", "%(what)s: deleted after %(count)d days.", days)
    return text % words


def _broker_in_words() -> str:
    cluster = getattr(django_settings, "Q_CLUSTER", None)
    cluster = cluster if isinstance(cluster, Mapping) else {}
    if cluster.get("orm"):
        return _("Tasks wait in the database “%(alias)s”.") % {"alias": cluster["orm"]}
    for key in ("broker_class", "iron_mq", "sqs", "mongo"):
        if cluster.get(key):
            return _("Tasks wait in a broker of the site's own choice (%(key)s).") % {"key": key}
    return _("Tasks wait in a Redis server.")


class SiteRow(NamedTuple):
    """A site with when its beacon was last heard of."""

    site: Site
    name: str
    beacon: Line


def site_rows(*, now: datetime) -> tuple[list[SiteRow], list[str]]:
    """The sites, the default one first, and in words the further hosts that page views were reported from.

    Two queries.
    """
    heard = dict(Heartbeat.objects.exclude(name__in=Heartbeat.PARTS).values_list("name", "heard_at"))
    rows = [
        SiteRow(site, str(site), _beacon_line(heard.pop(site.hostname.lower(), None), now=now))
        for site in Site.objects.select_related("root_page").order_by("-is_default_site", "pk")
    ]
    latest = sorted(heard.items(), key=lambda pair: pair[1], reverse=True)[:MOST_HOSTS]
    return rows, [
        _("%(host)s, last on %(when)s") % {"host": host, "when": moment(heard_at)} for host, heard_at in latest
    ]


def _beacon_line(heard_at: datetime | None, *, now: datetime) -> Line:
    label = _("Last page view reported")
    fix = _("Open a page of the site in a private window, wait a minute, and look here again.")
    if heard_at is None:
        return Line("beacon", label, State.WARNING, _("None was ever reported from this host."), fix)
    words = {"when": moment(heard_at)}
    if now - heard_at > LONG_AGO:
        return Line("beacon", label, State.WARNING, _("None since %(when)s: that is long ago.") % words, fix)
    return Line("beacon", label, State.GOOD, _("It was reported on %(when)s, from this host.") % words)


def system_check_lines() -> list[Line]:
    """What the app's system checks say, with their fix. No query."""
    messages = [message for message in checks.run_checks(tags=[TAG]) if not message.is_silenced()]
    return [
        Line(
            str(message.id),
            str(message.id).rpartition(".")[2],
            State.BAD if message.is_serious() else State.WARNING,
            message.msg,
            message.hint or "",
        )
        for message in messages
    ]


def recorded_lines() -> Iterator[Line]:
    """Whom the site records, in words. No query."""
    yield _consent_line()
    if settings.RECORD_STAFF:
        text, state = _("Recorded too, which a real site does not want."), State.WARNING
    else:
        text, state = _("Not recorded: whoever may enter the admin or owns contacts."), State.GOOD
    yield Line("staff", _("Colleagues"), state, text)
    if settings.RESPECT_PRIVACY_SIGNALS:
        text = _("Browsers that send Global Privacy Control or Do Not Track are not recorded.")
    else:
        text = _("Not looked at: browsers that ask not to be recorded are recorded.")
    yield Line("signals", _("Privacy signals"), State.NOTE, text)
    number = len(settings.EXCLUDED_NETWORKS)
    text = ngettext("%(count)d network is left out.", "%(count)d networks are left out.", number)
    text = text if number else _("None is left out.")
    yield Line("networks", _("Networks"), State.NOTE, text % {"count": number})
    is_kept = settings.RECORD_ANONYMOUS
    text = _("Kept as the history of those who become contacts.") if is_kept else _("Not kept.")
    yield Line("anonymous", _("Page views of nobody known"), State.NOTE, text)


def _consent_line() -> Line:
    label, rule = _("Consent"), settings.CONSENT
    if isinstance(rule, Mapping):
        text = _(
            "Recorded is whoever has agreed: the banner's cookie “%(cookie)s” has the value “%(value)s”, or the "
            "banner has told the script."
        )
        words = {"cookie": rule.get("cookie", ""), "value": rule.get("value", "")}
        return Line("consent", label, State.GOOD, text % words)
    if rule == consent.NOT_REQUIRED:
        return Line(
            "consent", label, State.NOTE, _("Nobody is asked. The site has another legal basis for recording.")
        )
    if rule:
        text = _("Recorded is of whom the site's own function says so: %(function)s.")
        return Line("consent", label, State.GOOD, text % {"function": rule})
    return Line(
        "consent",
        label,
        State.WARNING,
        _("The site has not decided whether to ask for consent; everybody is recorded until it has."),
        _("A developer sets CONSENT, after asking whoever answers for data protection."),
    )


class NotRecordedRow(NamedTuple):
    """One reason, its number on each day, and all of them."""

    label: str
    numbers: list[int]
    total: int


class NotRecordedTable(NamedTuple):
    """The reasons that occurred, by day, the latest first."""

    days: list[str]
    rows: list[NotRecordedRow]


def not_recorded(*, now: datetime) -> NotRecordedTable:
    """What was not recorded in the last fourteen days, by reason and day. One query."""
    today = timezone.localdate(now, settings.cap_time_zone)
    days = [today - timedelta(days=ago) for ago in range(DAYS)]
    counted: dict[tuple[str, date], int] = {
        (reason, day): number
        for reason, day, number in NotRecorded.objects.filter(day__gte=days[-1]).values_list(
            "reason", "day", "number"
        )
    }
    rows = []
    for reason in Reason:
        numbers = [counted.get((reason.value, day), 0) for day in days]
        if any(numbers):
            rows.append(NotRecordedRow(capfirst(str(reason.label)), numbers, sum(numbers)))
    # Fourteen days side by side have no room for the name of a month in full.
    day_format = pgettext("format of a day in a narrow column, in Django's letters", "j M")
    return NotRecordedTable([date_format(day, day_format) for day in days], rows)
