"""Which alerts depend on a page, a user, a group or a site, and as what. Reads only."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from wagtail_visit_alerts.models import Alert, AlertDestination, Loss, MonitoredPage, Recipient
from wagtail_visit_alerts.models.display_name import display_name


@dataclass(frozen=True)
class Dependence:
    """An alert, and what it would lose."""

    alert: Alert
    kind: Loss.Kind
    #: The title of the page or the name of the user, as a person knows it.
    name: str

    @property
    def is_decisive(self) -> bool:
        """Whether the alert can't do what was meant without it; the last recipient is judged by who is left."""
        return self.kind in (Loss.Kind.PAGE, Loss.Kind.OWNER)


def on_page(page: Any) -> list[Dependence]:
    """What alerts would lose with this page alone. One query."""
    return _of_rows(Q(page=page.pk))


def on_pages_from(pages: Iterable[Any]) -> list[Dependence]:
    """What alerts would lose with these pages and all below them. One query."""
    condition = Q(pk__in=[])
    for page in pages:
        condition |= Q(page__path__startswith=page.path)
    return _of_rows(condition)


def on_site(site: Any) -> list[Dependence]:
    """What alerts would lose with one of Wagtail's sites: their URLs on it, which go with it. One query."""
    rows = MonitoredPage.objects.filter(site=site).select_related("alert", "site")
    return [_of_row(row, name=str(row)) for row in rows.order_by("alert_id", "sort_order", "pk")]


def on_group(group: Any) -> list[Dependence]:
    """What alerts would lose with a group of users: who stands in for an owner. One query."""
    alerts = Alert.objects.filter(fallback_group=group, send_to_owner=True).order_by("pk")
    return [Dependence(alert, Loss.Kind.FALLBACK, str(group)) for alert in alerts]


def on_destination(destination: Any) -> list[Dependence]:
    """What alerts would lose with a destination. One query."""
    chosen = (
        AlertDestination.objects.filter(destination=destination).select_related("alert").order_by("alert_id")
    )
    return [Dependence(one.alert, Loss.Kind.DESTINATION, destination.name) for one in chosen]


def on_user(user: Any) -> list[Dependence]:
    """What alerts would lose with a user: a recipient, who stands in for an owner, whose contacts. Two queries."""
    name = display_name(user)
    told = Recipient.objects.filter(user=user).select_related("alert").order_by("alert_id")
    found = [Dependence(recipient.alert, Loss.Kind.RECIPIENT, name) for recipient in told]
    for alert in Alert.objects.filter(_fallback_is(user) | Q(contacts_of=user)).order_by("pk"):
        found += [Dependence(alert, kind, name) for kind in _kinds(alert, user)]
    return sorted(found, key=lambda dependence: dependence.alert.pk)


def written_by(user: Any) -> QuerySet[Alert]:
    """The alerts that a user is the author of."""
    return Alert.objects.filter(author=user)


def _of_rows(condition: Q) -> list[Dependence]:
    rows = MonitoredPage.objects.filter(condition).select_related("alert", "page")
    return [
        _of_row(row, name=row.page.title) for row in rows.order_by("alert_id", "sort_order", "pk") if row.page
    ]


def _of_row(row: MonitoredPage, *, name: str) -> Dependence:
    kind = Loss.Kind.EXCEPTION if row.is_exception else Loss.Kind.PAGE
    return Dependence(row.alert, kind, name)


def _fallback_is(user: Any) -> Q:
    """Alerts whose fallback is the user: chosen, or as the author where nobody was."""
    nobody_chosen = Q(fallback_user=None, fallback_group=None)
    return Q(send_to_owner=True) & (Q(fallback_user=user) | nobody_chosen & Q(author=user))


def _kinds(alert: Alert, user: Any) -> Iterator[Loss.Kind]:
    if alert.contacts_of_id == user.pk:
        yield Loss.Kind.OWNER
    nobody_chosen = alert.fallback_user_id is None and alert.fallback_group_id is None
    stands_in = alert.fallback_user_id == user.pk or (nobody_chosen and alert.author_id == user.pk)
    if alert.send_to_owner and stands_in:
        yield Loss.Kind.FALLBACK
