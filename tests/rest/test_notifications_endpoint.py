"""Notifications by the API: those of the delivery log, about contacts whom the user may view."""

from datetime import timedelta

import pytest
from django.utils import timezone

from ..admin.walking import user_who_may
from ..factories import (
    AlertFactory,
    ContactFactory,
    DeliveryFactory,
    MatchFactory,
    NotificationFactory,
    PageViewFactory,
    VisitorFactory,
)
from ..query_counting import counted_queries
from .conftest import Program, errors_in

pytestmark = [pytest.mark.django_db, pytest.mark.any_wagtail]


def raised(contact, *, alert=None, ago=timedelta(0)):
    """A notification about a contact."""
    page_view = PageViewFactory(visitor=VisitorFactory(contact=contact))
    match = MatchFactory(page_view=page_view, alert=alert or AlertFactory())
    return NotificationFactory(match=match, raised_at=timezone.now() - ago)


def ids_in(response):
    assert response.status_code == 200, response.content
    return [notification["id"] for notification in response.json()["results"]]


def test_notification_says_which_alert_about_whom_on_which_page(crm, anna):
    notification = raised(anna, alert=AlertFactory(name="Price list"))

    (shown,) = crm.get("notifications").json()["results"]

    assert shown["alert"] == {"id": notification.alert_id, "name": "Price list"}
    assert shown["contact"] == {"id": anna.pk, "email": anna.email, "name": "Anna Nowak"}
    assert shown["page_view"]["url"] == "http://testserver/pricing/"
    assert shown["raised_at"].endswith("Z")


def test_those_of_an_alert_a_contact_and_since_a_time_are_found(crm, anna):
    alert = AlertFactory()
    old = raised(anna, alert=alert, ago=timedelta(days=2))
    new = raised(ContactFactory())

    assert ids_in(crm.get("notifications", alert=alert.pk)) == [old.pk]
    assert ids_in(crm.get("notifications", contact=anna.pk)) == [old.pk]
    yesterday = (timezone.now() - timedelta(days=1)).isoformat()
    assert ids_in(crm.get("notifications", since=yesterday)) == [new.pk]
    assert ids_in(crm.get("notifications", after=old.pk)) == [new.pk]
    assert ids_in(crm.get("notifications", limit=1)) == [old.pk]


def test_salesperson_reads_of_their_own_contacts_and_of_alerts_that_told_them(anna):
    user = user_who_may("view_own_contact")
    program, own = Program(user), ContactFactory(owner=user)
    raised(anna)
    told, unknown = raised(own), raised(own)
    DeliveryFactory(notification=told)

    rows = program.get("notifications").json()["results"]

    assert [row["id"] for row in rows] == [told.pk, unknown.pk]
    assert [row["alert"] and row["alert"]["name"] for row in rows] == [told.alert_name, None]
    assert ids_in(program.get("notifications", alert=unknown.alert_id)) == []


def test_filter_that_cannot_be_read_is_named(crm):
    assert errors_in(crm.get("notifications", alert="x", since="now")).keys() == {"alert", "since"}


def test_list_costs_the_same_however_many_there_are(crm, anna):
    def queries():
        with counted_queries() as queries:
            crm.get("notifications")
        return len(queries)

    raised(anna)
    queries()
    few = queries()
    for _number in range(10):
        raised(ContactFactory())

    assert queries() == few
    assert few <= 8
