"""A webhook is signed as its specification says, reaches no private network, and is bounded in time."""

import json
import logging
import socket
from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from wagtail_visit_alerts.delivering.channels import Lines, bounded_post, channel, public_hosts
from wagtail_visit_alerts.delivering.channels.webhook_signature import new_secret
from wagtail_visit_alerts.delivering.faults import Kind
from wagtail_visit_alerts.models import Delivery

from ...factories import AlertFactory, DestinationDeliveryFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.any_database, pytest.mark.any_wagtail]


def send(delivery, **options):
    rows = Delivery.objects.with_what_is_told().filter(email_id=delivery.email_id).order_by("pk")
    with Lines() as lines:
        return lines.send(list(rows), **options)


def webhook(receiver, **fields):
    return DestinationDeliveryFactory(destination__address=receiver.url, **fields)


# The signature


def test_signature_is_verified_by_the_reference_library(receiver, private_allowed):
    delivery = webhook(receiver, destination__secret=new_secret())

    assert send(delivery) is None

    [request] = receiver.received
    told = Webhook(delivery.destination.secret).verify(request.body, request.headers)
    assert told["type"] == "visit_alert.raised"
    assert request.headers["content-type"] == "application/json"
    assert request.path == "/alerts?key=Sesame"


def test_signature_does_not_fit_a_changed_body_or_another_secret(receiver, private_allowed):
    delivery = webhook(receiver)

    send(delivery)

    [request] = receiver.received
    with pytest.raises(WebhookVerificationError):
        Webhook(delivery.destination.secret).verify(request.body + b" ", request.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(new_secret()).verify(request.body, request.headers)


def test_id_is_the_same_at_each_attempt_and_the_time_is_of_the_attempt(receiver, private_allowed):
    delivery = webhook(receiver)

    send(delivery, now=datetime(2026, 11, 24, 12, tzinfo=UTC))
    send(delivery, now=datetime(2026, 11, 24, 13, tzinfo=UTC))

    first, second = (request.headers for request in receiver.received)
    assert first["webhook-id"] == second["webhook-id"] == f"msg_{delivery.email_id.hex}"
    assert int(second["webhook-timestamp"]) - int(first["webhook-timestamp"]) == 3600


def test_destination_without_a_valid_secret_is_a_fault_that_does_not_pass(receiver, private_allowed):
    fault = send(webhook(receiver, destination__secret="whsec_ó"))

    assert (fault.kind, receiver.received) == (Kind.PERMANENT, [])


# What it says


def test_payload_names_alert_contact_and_page_view(receiver, private_allowed):
    delivery = webhook(receiver, notification__match__alert__description="<p>Call <b>soon</b></p>")
    contact, match = delivery.notification.contact, delivery.notification.match

    send(delivery)

    told = receiver.received[0].json
    assert (told["version"], told["data"]["test"]) == (1, False)
    assert told["data"]["alerts"] == [
        {
            "id": match.alert_id,
            "name": match.alert.name,
            "description": "Call soon",
            "happened_at": match.happened_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "admin_url": told["data"]["alerts"][0]["admin_url"],
        }
    ]
    assert told["data"]["contact"]["email"] == contact.email
    assert told["data"]["contact"]["owner"] == str(contact.owner)
    assert told["data"]["page_view"]["url"] == match.page_view.address.text
    assert told["data"]["page_view"]["dwell_seconds"] is None


def test_links_lead_into_the_admin_and_are_empty_without_a_base_url(receiver, private_allowed, settings):
    delivery = webhook(receiver)

    send(delivery)
    settings.WAGTAILADMIN_BASE_URL = ""
    send(delivery)

    with_base, without = (request.json["data"]["contact"]["admin_url"] for request in receiver.received)
    assert with_base.startswith("http://testserver/")
    assert with_base.endswith(f"/inspect/{delivery.notification.contact_id}/")
    assert without == ""


def test_alerts_of_one_page_view_are_one_message(receiver, private_allowed):
    first = webhook(receiver)
    DestinationDeliveryFactory(
        notification__match__alert=AlertFactory(name="Second"),
        notification__match__page_view=first.notification.match.page_view,
        destination=first.destination,
        email_id=first.email_id,
    )

    send(first)

    [request] = receiver.received
    assert [alert["name"] for alert in request.json["data"]["alerts"]] == [
        first.notification.alert.name,
        "Second",
    ]


def test_page_view_that_is_deleted_is_told_without(receiver, private_allowed):
    delivery = webhook(receiver)
    delivery.notification.match.page_view.delete()

    assert send(delivery) is None

    assert receiver.received[0].json["data"]["page_view"] is None


def test_test_message_is_marked(receiver, private_allowed):
    send(webhook(receiver), tester=UserFactory())

    assert receiver.received[0].json["data"]["test"] is True


# What comes back


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (200, None),
        (204, None),
        (301, Kind.PERMANENT),
        (307, Kind.PERMANENT),
        (400, Kind.PERMANENT),
        (404, Kind.PERMANENT),
        (408, Kind.TRANSIENT),
        (410, Kind.PERMANENT),
        (429, Kind.TRANSIENT),
        (500, Kind.TRANSIENT),
        (503, Kind.TRANSIENT),
    ],
)
def test_status_says_whether_it_is_tried_again(receiver, private_allowed, status, kind):
    receiver.status = status

    fault = send(webhook(receiver))

    assert (fault and fault.kind) == kind


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        ("0", 0),
        ("Tue, 24 Nov 2026 12:05:00 GMT", 300),
        ("Tue, 24 Nov 2026 11:00:00 GMT", 0),
        ("-5", 0),
        ("1e9", 0),
        ("soon", 0),
        ("٣", 0),
        ("9" * 15, 366 * 24 * 3600),
        ("9" * 4000, 0),
        ("Tue, 24 Nov 9999 12:05:00 GMT", 366 * 24 * 3600),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_receiver_says_when_it_is_to_be_asked_again(receiver, private_allowed, status, header, seconds):
    receiver.status, receiver.answer_headers = status, {"Retry-After": header.encode().decode("latin-1")}

    fault = send(webhook(receiver), now=datetime(2026, 11, 24, 12, tzinfo=UTC))

    assert (fault.kind, fault.retry_after) == (Kind.TRANSIENT, timedelta(seconds=seconds))


def test_redirect_is_not_followed(receiver, private_allowed):
    receiver.status, receiver.answer_headers = 302, {"Location": f"http://127.0.0.1:{receiver.port}/elsewhere"}

    fault = send(webhook(receiver))

    assert "redirects are not followed" in fault.reason
    assert [request.path for request in receiver.received] == ["/alerts?key=Sesame"]


def test_receiver_that_is_gone_says_so(receiver, private_allowed):
    receiver.status = 410

    assert "wants no more" in send(webhook(receiver)).reason


def test_answer_is_never_shown_nor_logged(receiver, private_allowed, caplog):
    caplog.set_level(logging.DEBUG)
    receiver.status, receiver.answer = 400, b"secret words of the receiver"
    delivery = webhook(receiver)
    caplog.clear()

    fault = send(delivery)

    for private in ("secret words", "Sesame", "127.0.0.1"):
        assert private not in fault.reason + caplog.text


def test_answer_that_comes_byte_by_byte_is_cut_off(receiver, private_allowed):
    receiver.drips = 0.02

    with pytest.raises(TimeoutError):
        bounded_post.post(receiver.url, body=b"{}", headers={}, longest=0.2)


def test_receiver_that_says_nothing_is_not_waited_for(silent_port, private_allowed):
    with pytest.raises(TimeoutError):
        bounded_post.post(f"http://127.0.0.1:{silent_port}/", body=b"{}", headers={}, longest=0.1)


def test_receiver_without_tls_is_a_fault_that_may_pass(receiver, private_allowed):
    delivery = webhook(receiver)
    type(delivery.destination).objects.update(address=receiver.url.replace("http:", "https:"))

    assert send(delivery).kind is Kind.TRANSIENT


# Where it may go


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.1", "224.0.0.1",
        "240.0.0.1", "255.255.255.255", "192.0.0.8", "198.18.0.1", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1",
        "fec0::1", "ff02::1", "::ffff:10.0.0.1", "::ffff:127.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b::169.254.169.254",
        "64:ff9b:1::1", "2002:7f00:1::", "2001:db8::1", "::127.0.0.1", "2001::1",
    ],
)  # fmt: skip
def test_address_is_not_public(address):
    assert not public_hosts.is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"])
def test_address_is_public(address):
    assert public_hosts.is_public(address)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]"]
)
def test_nothing_is_sent_to_this_machine_however_it_is_written(receiver, host):
    delivery = DestinationDeliveryFactory(destination__address=f"https://{host}:{receiver.port}/")

    fault = send(delivery)

    assert (fault.kind, receiver.received) == (Kind.PERMANENT, [])
    assert "private" in fault.reason


def test_name_is_resolved_once_and_what_was_judged_is_connected_to(receiver, private_allowed, monkeypatch):
    asked = []
    real = socket.getaddrinfo

    def resolve(host, *args, **options):
        if host == "crm.example":
            asked.append(host)
            host = "127.0.0.1" if len(asked) == 1 else "192.0.2.1"
        return real(host, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)

    assert bounded_post.post(f"http://crm.example:{receiver.port}/", body=b"{}", headers={}).status == 200

    assert asked == ["crm.example"]
    assert receiver.received[0].headers["host"] == f"crm.example:{receiver.port}"


def test_host_of_which_one_address_is_private_is_refused(monkeypatch):
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 443)) for ip in ("8.8.8.8", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **options: found)

    with pytest.raises(public_hosts.PrivateAddress):
        public_hosts.addresses_of("crm.example", port=443)


@pytest.mark.parametrize(
    "address",
    [
        "http://crm.example.com/", "ftp://crm.example.com/", "crm.example.com", "https://", "https://a b/", "",
        "https://user:word@crm.example.com/", "https://crm.example.com/#part", "https://crm.example.com:x/",
        "https://10.0.0.1/", "https://localhost/", "https://[::1", "https://zażółć.example/", "https://a.example/ó",
        "https://a.example/\r\nX: y",
    ],
)  # fmt: skip
def test_address_that_can_not_be_used_is_refused_when_it_is_typed(address):
    with pytest.raises(ValidationError):
        channel("webhook").check_address(address)


def test_public_https_address_is_taken():
    channel("webhook").check_address("https://crm.example.com:8443/alerts?key=1")


def test_plain_http_is_taken_where_private_addresses_are(private_allowed):
    channel("webhook").check_address("http://crm.internal/alerts")


def test_payload_is_json_for_whatever_a_form_has_given(receiver, private_allowed):
    delivery = webhook(
        receiver,
        notification__match__page_view__visitor__contact__extra={"note": "ż\u2028\ud83d\ude00", "n": [1]},
    )

    assert send(delivery) is None

    assert json.loads(receiver.received[0].body)["data"]["contact"]["extra"]["n"] == [1]


def test_half_of_a_character_costs_nobody_the_message(receiver, private_allowed):
    delivery = webhook(receiver)
    contact = delivery.notification.contact
    if connection.vendor == "postgresql":
        pytest.skip("PostgreSQL's JSON holds no half of a character")
    contact.extra = {"note": "\ud83d!"}
    contact.save()

    assert send(delivery) is None
    assert receiver.received[0].json["data"]["contact"]["extra"] == {"note": "?!"}
