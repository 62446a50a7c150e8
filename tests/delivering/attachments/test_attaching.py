"""An alert never waits for its attachment: the e-mail goes without one that can't be made, and says so."""

import re
import smtplib
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.core import mail
from django.utils import timezone
from wagtail.users.models import UserProfile

from wagtail_visit_alerts import api, previewing
from wagtail_visit_alerts.delivering import attachments, message, sending
from wagtail_visit_alerts.delivering.attachments import format_registry, making
from wagtail_visit_alerts.models import AttachmentSource, Delivery, Status

from ...factories import AlertFactory, DeliveryFactory, MonitoredPageFactory
from .scene import NOON, alert_with, anna, delivery_about

pytestmark = [pytest.mark.django_db, pytest.mark.any_wagtail]

FAULT = "Line 2: there is no “contact.nmae”: see the list of variables."


def both_parts(email):
    return email.body, BeautifulSoup(email.alternatives[0].content, "html.parser").body.get_text(" ")


def attached(email):
    """Name, type and content of what arrives, as a mail program reads it."""
    return [
        (part.get_filename(), part.get_content_type(), part.get_payload(decode=True).decode("utf-8-sig"))
        for part in email.message().walk()
        if part.get_content_disposition() == "attachment"
    ]


def send():
    return sending.deliver_due(now=timezone.now)


def test_attachment_arrives_with_its_name_and_type():
    delivery = delivery_about(
        anna(), alert_with("Zażółć {{ contact.name }}", attachment_name="Oferta dla {{ contact.city }}")
    )

    email = message.build([delivery])

    assert attached(email) == [("Oferta dla Kraków.txt", "text/plain", "Zażółć Anna Nowak")]
    assert delivery.attachment_fault == ""


@pytest.mark.parametrize(
    ("name", "body", "mimetype"),
    [
        ("html", "<p>{{ contact.name }}", "text/html"),
        ("csv", "{{ contact.name }}", "text/csv"),
        ("json", "{{ contact.name }}", "application/json"),
        ("vcard", "BEGIN:VCARD\nVERSION:3.0\nFN:{{ contact.name }}\nEND:VCARD", "text/vcard"),
    ],
)
def test_attachment_of_each_format_arrives_beside_both_parts(name, body, mimetype):
    email = message.build([delivery_about(anna(), alert_with(body, attachment_format=name))])

    types = [part.get_content_type() for part in email.message().walk()]
    assert types == [
        "multipart/mixed", "multipart/alternative", "text/plain", "text/html", mimetype,
    ]  # fmt: skip
    assert "Anna Nowak" in attached(email)[0][2]


def test_hostile_file_name_adds_no_header():
    delivery = delivery_about(
        anna(company="x\r\nBcc: eve@example.com\r\n\r\n<script>"),
        alert_with("x", attachment_name="{{ contact.company }}"),
    )

    raw = message.build([delivery]).message().as_bytes()

    assert b"\nBcc:" not in raw
    assert b"\r\nBcc" not in raw


def test_attachment_is_in_the_language_and_time_zone_of_its_reader():
    contact = anna()
    UserProfile.objects.create(
        user=contact.owner, preferred_language="pl", current_time_zone="America/New_York"
    )
    delivery = delivery_about(contact, alert_with("{{ page.entered_at }} {{ language }}"))

    assert attached(message.build([delivery]))[0][2] == "24 listopada 2026 07:00 pl"


def test_each_alert_of_one_email_attaches_its_own_under_a_name_of_its_own():
    contact = anna()
    first = delivery_about(contact, alert_with("1", name="Offer"))
    others = [
        DeliveryFactory(
            notification__match__page_view=first.notification.match.page_view,
            notification__match__alert=alert_with(body, name=name),
            email_id=first.email_id,
        )
        for name, body in [("offer", "2"), ("Offer", "3")]
    ]

    email = message.build([first, *others])

    assert [(name, content) for name, _, content in attached(email)] == [
        ("Offer.txt", "1"),
        ("offer (2).txt", "2"),
        ("Offer (3).txt", "3"),
    ]


def test_email_goes_without_an_attachment_that_can_not_be_made_and_says_so(caplog):
    delivery = delivery_about(anna(), alert_with("x\n{{ contact.nmae }}"))

    counts = send()

    assert counts.sent == 1
    (email,) = mail.outbox
    assert attached(email) == []
    for part in both_parts(email):
        assert re.search(r"The attachment of the alert “ ?Price list ?” could not be made\.", part)
        assert FAULT in part
    delivery.refresh_from_db()
    assert (delivery.status, delivery.attachment_fault) == (Status.SENT, FAULT)
    (record,) = [record for record in caplog.records if record.message == "attachment.not_made"]
    assert (record.alert, record.fault) == (delivery.notification.alert_id, "unknown")
    assert "Anna" not in str(vars(record))


def test_email_with_its_attachment_says_nothing_of_faults():
    delivery = delivery_about(anna(), alert_with("x"))

    send()

    delivery.refresh_from_db()
    assert delivery.attachment_fault == ""
    assert all("could not be made" not in part for part in both_parts(mail.outbox[0]))


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"attachment_body": "{{ 'x' * 10**9 }}"}, "too much memory"),
        ({"attachment_body": "{{ 10**(10**8) }}"}, "takes too long"),
        ({"attachment_body": "x", "attachment_format": "gone"}, "not known any more"),
        ({"attachment_body": "x", "attachment_format": "broken"}, "failed: ZeroDivisionError"),
        (
            {
                "attachment_body": "{",
                "attachment_format": "json",
                "attachment_source": AttachmentSource.TEXT,
            },
            "not valid JSON",
        ),
    ],
)
def test_no_fault_of_an_attachment_stops_the_alert(fields, says, monkeypatch):
    class Broken(api.AttachmentFormat):
        name = "broken"
        label = "Broken"
        extension = "x"
        mimetype = "text/plain"

        def encode(self, text, *, typed):
            return 1 / 0

    monkeypatch.setattr(format_registry, "_formats", format_registry._formats | {"broken": Broken()})
    body = fields.pop("attachment_body")
    delivery_about(anna(), alert_with(body, **fields))

    send()

    (email,) = mail.outbox
    assert attached(email) == []
    assert says in email.body
    assert Delivery.objects.get().status == Status.SENT


def test_fault_of_one_alert_leaves_the_attachments_of_the_others():
    contact = anna()
    first = delivery_about(contact, alert_with("{{ nobody }}", name="First"))
    second = DeliveryFactory(
        notification__match__page_view=first.notification.match.page_view,
        notification__match__alert=alert_with("2", name="Second"),
        email_id=first.email_id,
    )

    email = message.build([first, second])

    assert [name for name, _, _ in attached(email)] == ["Second.txt"]
    assert "The attachment of the alert “First” could not be made." in email.body
    assert first.attachment_fault
    assert not second.attachment_fault


def test_attachments_of_one_email_share_a_time_to_be_made_in(monkeypatch):
    monkeypatch.setattr(making, "MOST_SECONDS", -1)
    delivery = delivery_about(anna(), alert_with("x"))

    email = message.build([delivery])

    assert attached(email) == []
    assert "takes too long" in delivery.attachment_fault


def test_fault_is_cut_to_what_the_log_holds(monkeypatch):
    def fail(*args, **kwargs):
        raise attachments.AttachmentFault("x" * 999)

    monkeypatch.setattr(making, "format_of", fail)
    delivery_about(anna(), alert_with("x"))

    send()

    assert len(Delivery.objects.get().attachment_fault) == 255


def test_attachment_made_after_a_fault_of_the_mail_server_leaves_no_fault_behind(monkeypatch):
    alert = alert_with("{{ nobody }}")
    delivery = delivery_about(anna(), alert)

    def down(*args):
        raise smtplib.SMTPServerDisconnected

    with monkeypatch.context() as patch:
        patch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", down)
        send()
    alert.attachment_body = "{{ contact.name }}"
    alert.save()
    Delivery.objects.update(due_at=timezone.now() - timedelta(minutes=1))
    send()

    delivery.refresh_from_db()
    assert (delivery.status, delivery.attachment_fault) == (Status.SENT, "")


def test_name_of_an_alert_is_text_in_the_email_that_tells_of_its_fault():
    delivery = delivery_about(anna(), alert_with("{{ nobody }}", name="<script>alert(1)</script>"))

    email = message.build([delivery])

    assert "<script>" not in email.alternatives[0].content


def test_preview_has_the_attachment_that_arrives():
    contact = anna()
    alert = alert_with("{{ contact.name }} {{ page.url }}", author=contact.owner, send_to_owner=True)
    MonitoredPageFactory(alert=alert)
    contact.owner.is_superuser = True
    contact.owner.save()

    email = previewing.preview(
        alert, contact=contact, page=None, url="http://testserver/pricing/", reader=contact.owner, now=NOON
    )

    assert attached(email) == [("Price list.txt", "text/plain", "Anna Nowak http://testserver/pricing/")]


def test_alert_that_is_deleted_meanwhile_attaches_nothing():
    alert = AlertFactory()
    delivery = delivery_about(anna(), alert)
    alert.delete()
    delivery = Delivery.objects.with_what_is_told().get(pk=delivery.pk)

    assert attached(message.build([delivery])) == []
