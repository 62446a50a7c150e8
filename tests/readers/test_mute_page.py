import uuid
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.models import Permission
from wagtail.users.models import UserProfile

from wagtail_visit_alerts.models import Mute, Role

from ..factories import DeliveryFactory, UserFactory
from ..query_counting import counted_queries

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def delivery():
    contact = {"notification__match__page_view__visitor__contact__name": "Anna Nowak"}
    return DeliveryFactory(**contact, notification__match__alert__name="Price list")


def option(browser, text):
    """The value of the radio button with this label."""
    page = browser.page("mute")
    [label] = [label for label in page.select("label") if label.get_text(strip=True) == text]
    return label.input["value"]


# Opening the link


@pytest.mark.parametrize("method", ["get", "head"])
@pytest.mark.parametrize("name", ["mute", "unmute", "take"])
def test_opening_a_link_changes_nothing(opened, delivery, name, method):
    browser = opened(delivery)
    browser.press("mute", "Mute")

    with counted_queries() as queries:
        getattr(browser.client, method)(browser.url(name), headers={"Sec-Purpose": "prefetch"})

    assert [query for query in queries if not query.startswith("SELECT")] == []
    assert Mute.objects.count() == 1


@pytest.mark.parametrize("name", ["mute", "unmute", "take"])
def test_no_cache_search_engine_or_other_site_learns_of_the_page(opened, delivery, name):
    response = opened(delivery).open(name)

    assert "no-store" in response["Cache-Control"]
    assert response["Referrer-Policy"] == "no-referrer"
    assert response.cookies == {}
    if response.status_code == 200:
        assert response["X-Robots-Tag"] == "noindex"
        assert "script-src" not in response["Content-Security-Policy"]


def test_page_names_the_contact_to_a_reader_who_may_still_view_them(opened, delivery):
    assert "“Price list” about Anna Nowak" in opened(delivery).read("mute")


def test_page_does_not_name_the_contact_to_one_who_may_not_any_more(opened, delivery):
    contact = delivery.notification.contact
    contact.owner = UserFactory()
    contact.save()

    said = opened(delivery).read("mute")

    assert "Anna" not in said
    assert "“Price list” about this contact" in said


def test_user_who_may_view_contacts_is_told_the_name_until_their_account_is_switched_off(opened, delivery):
    marta = UserFactory()
    marta.user_permissions.add(Permission.objects.get(codename="view_contact"))
    browser = opened(DeliveryFactory(notification=delivery.notification, user=marta, role=Role.ME))

    before = browser.read("mute")
    marta.is_active = False
    marta.save()

    assert "Anna" in before
    assert "Anna" not in browser.read("mute")


def test_address_in_cc_is_told_the_name_as_long_as_it_stands_there(opened, delivery):
    alert = delivery.notification.alert
    alert.cc = "Sales@example.com"
    alert.save()
    in_cc = DeliveryFactory(
        notification=delivery.notification, user=None, role=Role.CC, email="sales@example.com"
    )

    before = opened(in_cc).read("mute")
    alert.cc = "others@example.com"
    alert.save()

    assert "Anna" in before
    assert "Anna" not in opened(in_cc).read("mute")


def test_page_speaks_the_readers_language_and_time_zone(opened, delivery):
    UserProfile.objects.create(
        user=delivery.user, preferred_language="pl", current_time_zone="America/New_York"
    )
    browser = opened(delivery)
    with time_machine.travel(NOW, tick=False):
        browser.press("mute", browser.page("mute").select_one("form button").get_text(strip=True))
        response = browser.open("mute", **{"Accept-Language": "en"})

    assert 'lang="pl"' in response.content.decode()
    assert response["Content-Language"] == "pl"
    assert "grudnia 2026 07:00" in response.content.decode()


# Muting


def test_one_click_mutes_this_alert_about_this_contact_for_a_week(opened, delivery):
    browser = opened(delivery)

    with time_machine.travel(NOW, tick=False):
        browser.press("mute", "Mute")

    made = Mute.objects.get()
    assert (made.alert, made.contact) == (delivery.notification.alert, delivery.notification.contact)
    assert (made.user, made.email_key, made.until) == (
        delivery.user,
        delivery.email_key,
        NOW + timedelta(weeks=1),
    )


@pytest.mark.parametrize(
    ("how_long", "until"), [("day", NOW + timedelta(days=1)), ("good", None)], ids=["a day", "for good"]
)
def test_alert_is_muted_for_as_long_as_the_reader_says(opened, delivery, how_long, until):
    with time_machine.travel(NOW, tick=False):
        opened(delivery).press("mute", "Mute", how_long=how_long)

    assert Mute.objects.get().until == until


def test_alert_can_be_muted_altogether(opened, delivery):
    browser = opened(delivery)

    browser.press("mute", "Mute", what=option(browser, "“Price list” altogether, whoever the contact is"))

    assert Mute.objects.get().contact is None


def test_every_alert_and_contact_of_a_digest_can_be_muted(opened, delivery):
    other = DeliveryFactory(
        user=delivery.user,
        email_id=delivery.email_id,
        notification__match__alert__name="Case studies",
        notification__match__page_view__visitor__contact__name="Jan Wolski",
    )
    other.notification.contact.owner = delivery.user
    other.notification.contact.save()
    browser = opened(delivery)

    browser.press("mute", "Mute", what=option(browser, "“Case studies” about Jan Wolski"))

    made = Mute.objects.get()
    assert (made.alert, made.contact) == (other.notification.alert, other.notification.contact)


def test_what_the_email_was_not_about_can_not_be_muted(opened, delivery):
    stranger = DeliveryFactory()

    response = opened(delivery).press("mute", "Mute", what=f"alert-{stranger.pk}")

    assert response.status_code == 422
    assert "Nothing was muted. Please choose what, and for how long." in response.content.decode()
    assert not Mute.objects.exists()


def test_page_says_until_when_it_is_muted(opened, delivery):
    browser = opened(delivery)
    with time_machine.travel(NOW, tick=False):
        browser.press("mute", "Mute")
        said = browser.state("mute")

    assert said == "Muted until Dec. 1, 2026, 1 p.m.: “Price list” about Anna Nowak."


def test_undo_ends_a_mute_where_the_site_writes_large_numbers_with_separators(opened, delivery, settings):
    settings.USE_THOUSAND_SEPARATOR = True
    browser = opened(delivery)
    browser.press("mute", "Mute")
    Mute.objects.update(id=1_234_567)

    browser.press("mute", "Undo")

    assert not Mute.objects.lasting(datetime.now(UTC)).exists()


def test_undo_ends_the_mute_at_once(opened, delivery):
    browser = opened(delivery)
    browser.press("mute", "Mute")

    response = browser.press("mute", "Undo")

    assert "Nothing is muted: you get these alerts again." in response.content.decode()
    assert not Mute.objects.exists()


def test_undo_reaches_no_mute_of_somebody_else(opened, delivery):
    colleague = DeliveryFactory(notification=delivery.notification, user=UserFactory(), role=Role.ME)
    opened(colleague).press("mute", "Mute")
    browser = opened(delivery)
    browser.press("mute", "Mute")

    browser.press("mute", "Undo", mute=Mute.objects.get(user=colleague.user).pk)

    assert Mute.objects.count() == 2


def test_page_of_a_deleted_alert_says_so(opened, delivery):
    browser = opened(delivery)

    delivery.notification.alert.delete()

    assert "has been deleted: it will not be sent any more" in browser.read("mute")


# Links that open nothing


@pytest.mark.parametrize("name", ["mute", "unmute", "take"])
def test_expired_link_says_what_to_do_and_changes_nothing(opened, delivery, name):
    with time_machine.travel(NOW - timedelta(days=61)):
        browser = opened(delivery)

    with time_machine.travel(NOW):
        response = browser.client.post(browser.url(name), {"how_long": "good"})

    assert response.status_code == 410
    assert "The links in an e-mail work for 60 days" in response.content.decode()
    assert not Mute.objects.exists()


@pytest.mark.parametrize("name", ["mute", "unmute", "take"])
def test_forged_link_says_what_to_do_without_a_query(opened, delivery, name):
    browser = opened(delivery)
    browser.token = browser.token[::-1]

    with counted_queries() as queries:
        response = browser.open(name)

    assert (response.status_code, queries) == (410, [])
    assert "Open the link in a newer e-mail." in response.content.decode()


def test_link_of_an_email_that_was_handed_over_opens_nothing_of_its_new_reader(opened, delivery):
    browser = opened(delivery)
    delivery.user, delivery.email_id = UserFactory(), uuid.uuid4()
    delivery.save()

    assert browser.open("mute").status_code == 410


def test_link_does_not_outlive_the_contact(opened, delivery):
    browser = opened(delivery)

    delivery.notification.contact.delete()

    assert "what its e-mail was about has been deleted" in browser.read("mute")


def test_page_points_to_the_admin_only_who_may_enter_it(opened, delivery):
    before = opened(delivery).read("mute")
    delivery.user.user_permissions.add(Permission.objects.get(codename="access_admin"))

    assert "Muted alerts" not in before
    assert "Muted alerts" in opened(delivery).read("mute")
