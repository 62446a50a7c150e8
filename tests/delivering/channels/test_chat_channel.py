"""Chat and SMS: only what the site allows, short texts in which names are only names."""

import logging

import pytest
from django.core.exceptions import ValidationError

from wagtail_visit_alerts.delivering.channels import Lines, LineStoppedError, channel, chat_channel, chat_text
from wagtail_visit_alerts.delivering.faults import Kind
from wagtail_visit_alerts.models import Delivery

from ...factories import DestinationDeliveryFactory

pytestmark = [pytest.mark.django_db, pytest.mark.any_database, pytest.mark.any_wagtail]
SLACK = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#sales"
SLACK_AS_SHOWN = "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"


def send(delivery):
    with Lines() as lines:
        return lines.send([Delivery.objects.with_what_is_told().get(pk=delivery.pk)])


def to_room(receiver, *, name="chat", **fields):
    return DestinationDeliveryFactory(
        destination__channel=name, destination__address=f"json://127.0.0.1:{receiver.port}/Sesame", **fields
    )


def contact(**fields):
    return {
        f"notification__match__page_view__visitor__contact__{name}": value for name, value in fields.items()
    }


# Which services


@pytest.mark.parametrize("address", [SLACK, SLACK_AS_SHOWN])
def test_service_that_the_site_allows_is_taken(address):
    channel("chat").check_address(address)


@pytest.mark.parametrize(
    "address",
    [
        "json://127.0.0.1/", "jsons://crm.example.com", "mailto://user:word@example.com", "file:///etc/passwd",
        "rocket://user:word@chat.example.com/room", "nonsense", "", "syslog://", "http://crm.example.com",
        "https://crm.example.com", "slack://", "slack://[",
    ],
)  # fmt: skip
def test_what_the_site_does_not_allow_is_refused(address):
    with pytest.raises(ValidationError):
        channel("chat").check_address(address)


@pytest.mark.parametrize("parameter", ["template=/etc/passwd", "verify=no", "redirect=yes", "TEMPLATE=x"])
def test_parameter_that_reads_files_or_trusts_anybody_is_refused(parameter):
    with pytest.raises(ValidationError, match="Leave out"):
        channel("chat").check_address(f"{SLACK}?{parameter}")


def test_service_that_is_no_longer_allowed_is_not_used(receiver, settings, private_allowed):
    delivery = to_room(receiver)
    settings.WAGTAIL_VISIT_ALERTS = {**settings.WAGTAIL_VISIT_ALERTS, "CHAT_SERVICES": ["slack"]}

    fault = send(delivery)

    assert (fault.kind, receiver.received) == (Kind.PERMANENT, [])


def test_typed_host_of_a_private_network_is_not_reached(receiver, settings):
    settings.WAGTAIL_VISIT_ALERTS = {"CONSENT": "not_required", "CHAT_SERVICES": ["json"]}

    fault = send(to_room(receiver))

    assert (fault.kind, receiver.received) == (Kind.PERMANENT, [])
    assert "private" in fault.reason


def test_redirect_is_not_followed(receiver, private_allowed):
    receiver.status, receiver.answer_headers = 307, {"Location": f"http://127.0.0.1:{receiver.port}/elsewhere"}

    assert send(to_room(receiver)).kind is Kind.PERMANENT

    assert len(receiver.received) == 1


def test_nothing_of_the_address_or_the_contact_is_logged(receiver, private_allowed, caplog):
    caplog.set_level(logging.DEBUG)
    receiver.status = 500

    delivery = to_room(receiver, **contact(name="Anna Kowalska"))
    caplog.clear()

    fault = send(delivery)

    for private in ("Sesame", "Anna", "127.0.0.1"):
        assert private not in caplog.text + fault.reason


def test_what_the_site_itself_logs_by_apprise_is_left_alone(receiver, private_allowed, caplog):
    send(to_room(receiver))

    logging.getLogger("apprise").warning("of the site's own")

    assert "of the site's own" in caplog.text


def test_without_the_library_it_says_what_to_install(receiver, private_allowed, monkeypatch):
    delivery = to_room(receiver)
    monkeypatch.setattr(chat_channel.importlib.util, "find_spec", lambda name: None)

    assert "wagtail-visit-alerts[chat]" in channel("chat").why_unavailable()
    with pytest.raises(LineStoppedError) as stopped:
        send(delivery)
    assert stopped.value.fault.kind is Kind.CONFIGURATION


# What is said


@pytest.mark.parametrize(
    "name",
    [
        "@everyone", "@here hello", "<!channel>", "<@U024BE7LH>", "#general", "[click](https://evil.example)",
        "<https://evil.example|bank>", "https://evil.example/x", "www.evil.example", "**bold** `code` ~gone~",
        "a@b.example", ":tada:", "||spoiler||", "Bob\n@everyone",
    ],
)  # fmt: skip
def test_name_calls_nobody_and_links_nowhere(name):
    shown = chat_text.safe(name)

    for risky in (
        "@e",
        "@h",
        "@U",
        "@b",
        "<",
        ">",
        "[",
        "]",
        "://",
        "www.e",
        "*",
        "`",
        "~",
        "|",
        "#g",
        "\n",
        "l.e",
    ):
        assert risky not in shown


def test_ordinary_name_reads_as_it_is():
    assert (
        chat_text.safe("Łucja O'Neill-Żak, Müller & Co (Kraków)") == "Łucja O'Neill-Żak, Müller & Co (Kraków)"
    )


def test_message_says_who_where_and_how_to_call_them(receiver, private_allowed):
    delivery = to_room(receiver, **contact(name="Anna", company="Acme", phone="+48 600 700 800"))

    send(delivery)

    told = receiver.received[0].json
    who, company, phone, link = told["message"].split("\n")
    assert who.replace("\u200b", "") == "Anna is looking at: testserver/pricing/"
    assert (company, phone) == ("Acme", "+48 600 700 800")
    assert link.endswith(f"/inspect/{delivery.notification.contact_id}/")
    assert told["title"] == delivery.notification.alert.name


def test_message_is_in_the_destinations_language(receiver, private_allowed):
    send(to_room(receiver, destination__language="pl", **contact(name="Anna")))

    assert receiver.received[0].json["message"].startswith("Anna ogląda")


# SMS


def test_sms_has_one_text_without_a_title(receiver, private_allowed):
    send(to_room(receiver, name="sms", **contact(name="Anna", phone="+48 600 700 800")))

    told = receiver.received[0].json
    assert told["title"] == ""
    assert told["message"] == "Anna is looking at: testserver/pricing/, +48 600 700 800"


def test_sms_is_cut_to_160_characters_and_keeps_the_number():
    text = chat_text.cut_to_sms("a" * 500, ending=", +48 600")

    assert len(text) == 160
    assert text.endswith("..., +48 600")


def test_sms_of_160_characters_is_not_cut():
    assert chat_text.cut_to_sms("a" * 160) == "a" * 160


def test_sms_counts_some_characters_twice():
    assert len(chat_text.cut_to_sms("€" * 100)) == 78 + 3


def test_sms_loses_accents_rather_than_half_of_its_length():
    assert chat_text.cut_to_sms("Zażółć gęślą jaźń \u2013 Łódź") == "Zazolc gesla jazn - Lodz"


def test_sms_in_another_alphabet_is_cut_to_70():
    text = chat_text.cut_to_sms("Б" * 100)

    assert len(text) == 70


def test_emoji_in_an_sms_counts_twice_and_is_not_cut_in_two():
    text = chat_text.cut_to_sms("😀" * 60)

    assert len(text.encode("utf-16-le")) // 2 <= 70
    assert text == "😀" * 33 + "..."
