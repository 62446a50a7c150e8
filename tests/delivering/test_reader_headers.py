import email
import email.policy

import pytest
from django.core import mail

from wagtail_visit_alerts.delivering import message
from wagtail_visit_alerts.models import Delivery, Purpose, Role, Status

from ..factories import DeliveryFactory, UserFactory
from .emails import delivery_about
from .known import anna

pytestmark = [pytest.mark.django_db, pytest.mark.any_wagtail]


def another(delivery, address, **fields):
    """A delivery of the same notification to somebody else."""
    fields.setdefault("user", UserFactory(email=address))
    fields.setdefault("role", Role.ME if fields["user"] else Role.CC)
    return DeliveryFactory(notification=delivery.notification, email=address, **fields)


def headers(delivery):
    return message.build([delivery]).message()


def test_to_and_cc_name_all_readers_and_the_email_goes_to_one():
    delivery = delivery_about()
    another(delivery, "zofia@example.com")
    another(delivery, "boss@example.com", user=None)

    written = message.build([delivery])

    assert written.recipients() == [delivery.email]
    assert written.message()["To"] == "marta@example.com, zofia@example.com"
    assert written.message()["Cc"] == "boss@example.com"


def test_reader_in_cc_gets_the_same_headers():
    delivery = delivery_about()
    in_cc = another(delivery, "boss@example.com", user=None)

    written = message.build([Delivery.objects.with_what_is_told().get(pk=in_cc.pk)])

    assert written.recipients() == ["boss@example.com"]
    assert (written.message()["To"], written.message()["Cc"]) == ("marta@example.com", "boss@example.com")


def test_addresses_in_cc_alone_stand_in_to():
    delivery = delivery_about(role=Role.CC, user=None, email="boss@example.com")

    assert (headers(delivery)["To"], headers(delivery)["Cc"]) == ("boss@example.com", None)


@pytest.mark.parametrize(
    "fields", [{"status": Status.CANCELLED}, {"status": Status.FAILED}, {"purpose": Purpose.GIVEN_UP}]
)
def test_who_does_not_get_the_alert_is_not_named(fields):
    delivery = delivery_about()
    another(delivery, "zofia@example.com", **fields)

    assert headers(delivery)["To"] == delivery.email


def test_address_that_would_break_the_headers_is_left_out():
    delivery = delivery_about()
    another(delivery, "zażółć@example.com")
    another(delivery, "a@example.com,b@example.com", user=None)

    assert (headers(delivery)["To"], headers(delivery)["Cc"]) == (delivery.email, None)


def test_the_headers_are_bounded_and_always_name_the_reader():
    delivery = delivery_about()
    for number in range(80):
        another(delivery, f"a{number:02}@example.com")

    named = headers(delivery)["To"].split(", ")

    assert len(named) == 31
    assert delivery.email in named


def test_the_contact_is_never_named():
    delivery = delivery_about(anna(email="anna.nowak@example.org"))

    assert "anna.nowak" not in str(headers(delivery).items())


@pytest.mark.parametrize("backend", ["locmem", "filebased"])
def test_every_backend_sends_all_names_to_one(backend, settings, tmp_path):
    settings.EMAIL_BACKEND = f"django.core.mail.backends.{backend}.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path)
    delivery = delivery_about()
    another(delivery, "zofia@example.com")

    message.build([delivery]).send()

    if backend == "locmem":
        sent = mail.outbox[0].message()
    else:
        [path] = tmp_path.iterdir()
        sent = email.message_from_bytes(path.read_bytes().split(b"\n---", 1)[0], policy=email.policy.default)
    assert sent["To"] == "marta@example.com, zofia@example.com"


def test_the_mail_server_is_asked_for_one_recipient(mail_server):
    delivery = delivery_about()
    another(delivery, "zofia@example.com")

    message.build([delivery]).send()

    assert mail_server.envelopes == [["marta@example.com"]]
    assert mail_server.received[0]["To"] == "marta@example.com, zofia@example.com"
