from datetime import timedelta

import pytest

from wagtail_visit_alerts.delivering import email_attachments, message
from wagtail_visit_alerts.models import Role

from ..factories import AlertFactory, DeliveryFactory
from .emails import both_parts, delivery_about, html_of, links_of, page_view_of, price_list, user_with
from .known import NOON, anna

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader():
    return user_with("access_admin", "view_contact", "view_alert", email="zofia@example.com")


def delivery_to(reader, contact, alert, *, minutes=0, **fields):
    """A delivery to a reader about a page view some minutes after noon."""
    entered_at = NOON + timedelta(minutes=minutes)
    page_view = page_view_of(contact, entered_at=entered_at, **fields)
    return delivery_about(
        page_view=page_view,
        alert=alert,
        user=reader,
        role=Role.ME,
        notification__match__happened_at=entered_at,
    )


@pytest.fixture
def deliveries(reader):
    """Three alerts about two contacts: Jan at noon, Anna before him and after him."""
    prices = AlertFactory(name="Price list", description="Call at once.")
    cases = AlertFactory(name="Case studies")
    jan, known = anna(name="Jan Kowal", email="jan@example.org"), anna()
    return [
        delivery_to(reader, known, prices, minutes=-30, page=price_list()),
        delivery_to(reader, jan, prices, minutes=0, url="http://testserver/terms/"),
        delivery_to(reader, known, cases, minutes=30, url="http://testserver/cases/"),
    ]


def test_several_alerts_go_as_one_email_grouped_by_contact_the_latest_first(deliveries):
    for text in both_parts(message.build(deliveries)):
        words = ("Anna Nowak", "testserver/cases/", "Jan Kowal", "testserver/terms/")
        positions = [text.index(each, text.index("3 alerts")) for each in words]
        assert positions == sorted(positions)


def test_each_alert_is_told_with_its_time(deliveries):
    body = message.build(deliveries).body

    assert "- Nov. 24, 2026, 12:30 p.m. Price list: Price list" in body
    assert "- Nov. 24, 2026, 1:30 p.m. testserver/cases/: Case studies" in body


def test_the_subject_says_how_many_alerts_about_how_many_contacts(deliveries):
    assert message.build(deliveries).subject == "3 alerts about 2 contacts"
    assert message.build([deliveries[0], deliveries[2]]).subject == "2 alerts about Anna Nowak"


def test_each_description_is_told_once(deliveries):
    assert message.build(deliveries).body.count("Call at once.") == 1


def test_each_contact_is_a_link_with_ways_to_reach_them(deliveries):
    links = links_of(message.build(deliveries))

    for delivery in deliveries:
        contact = delivery.notification.contact
        assert f"http://testserver/admin/visit-alerts/contacts/inspect/{contact.pk}/" in links
    assert {"tel:+48600100200", "mailto:anna.nowak@example.org", "mailto:jan@example.org"} <= set(links)


def test_reader_without_the_admin_gets_no_link_into_it(deliveries):
    for delivery in deliveries:
        delivery.user, delivery.role = None, Role.CC

    assert not [link for link in links_of(message.build(deliveries)) if "/admin/" in link]


def test_several_alerts_of_one_page_view_are_one_line_and_no_digest(reader):
    page_view = page_view_of(anna())
    alerts = [AlertFactory(name="X"), AlertFactory(name="Y")]
    same = [delivery_about(page_view=page_view, alert=alert, user=reader) for alert in alerts]

    assert message.build(same).subject.startswith("Anna Nowak is looking at")


def test_digest_names_its_reader_only(deliveries):
    DeliveryFactory(notification=deliveries[0].notification)

    assert message.build(deliveries).message()["To"] == "zofia@example.com"


def test_a_page_view_that_is_gone_is_told_all_the_same(deliveries):
    for delivery in deliveries:
        delivery.notification.match.page_view = None

    assert (
        "Nov. 24, 2026, 1 p.m. A page that is not known any more: Price list" in message.build(deliveries).body
    )


def test_many_alerts_are_cut_with_the_number_of_those_left_out(reader):
    contact, alert = anna(), AlertFactory()
    many = [delivery_to(reader, contact, alert, minutes=number) for number in range(250)]

    email = message.build(many)

    shown = html_of(email).select(".time")
    assert email.subject == "250 alerts about Anna Nowak"
    assert f"and {250 - len(shown)} more alerts" in email.body
    assert "http://testserver/admin/visit-alerts/contacts/" in links_of(email)
    assert len(email.message().as_bytes()) <= 100_000


def test_the_queries_do_not_grow_with_the_alerts(reader, django_assert_max_num_queries):
    contact, alert = anna(), AlertFactory()
    many = [delivery_to(reader, contact, alert, minutes=number) for number in range(40)]

    with django_assert_max_num_queries(6):
        message.build(many)


# Attachments


def with_attachment(**fields):
    return AlertFactory(
        attachment_source="text", attachment_name="Offer", attachment_body="Our prices", **fields
    )


def test_attachments_of_its_alerts_go_along(reader):
    alert, contacts = with_attachment(), [anna(), anna(email="jan@example.org")]

    email = message.build([delivery_to(reader, contact, alert) for contact in contacts])

    assert [attachment.filename for attachment in email.attachments] == ["Offer.txt", "Offer (2).txt"]


def test_attachments_beyond_the_bound_are_left_out_and_that_is_said(reader, monkeypatch):
    monkeypatch.setattr(email_attachments, "MOST_FILES", 2)
    contact, alert = anna(), with_attachment()

    email = message.build([delivery_to(reader, contact, alert, minutes=number) for number in range(5)])

    assert len(email.attachments) == 2
    for text in both_parts(email):
        assert "3 attachments were left out" in text


def test_attachments_of_alerts_of_one_page_view_have_the_same_bound(reader, monkeypatch):
    monkeypatch.setattr(email_attachments, "MOST_FILES", 2)
    page_view = page_view_of(anna())
    alerts = [with_attachment() for _number in range(5)]

    email = message.build(
        [delivery_about(page_view=page_view, alert=alert, user=reader, role=Role.ME) for alert in alerts]
    )

    assert len(email.attachments) == 2
    for text in both_parts(email):
        assert "3 attachments were left out" in text


def test_a_smaller_attachment_takes_the_room_that_a_larger_one_has_left(reader, monkeypatch):
    monkeypatch.setattr(email_attachments, "MOST_BYTES", 15)
    contact, large = anna(), with_attachment()
    large.attachment_body = "x" * 16
    large.save()

    email = message.build(
        [delivery_to(reader, contact, alert, minutes=n) for n, alert in enumerate([with_attachment(), large])]
    )

    assert [attachment.content for attachment in email.attachments] == ["Our prices"]


def test_attachments_beyond_the_bytes_are_left_out(reader, monkeypatch):
    monkeypatch.setattr(email_attachments, "MOST_BYTES", 15)
    contact, alert = anna(), with_attachment()

    email = message.build([delivery_to(reader, contact, alert, minutes=number) for number in range(3)])

    assert len(email.attachments) == 1
    assert "2 attachments were left out" in email.body
