"""The steps "Name" and "Frequency": one name for one alert, existing groups offered, the cap in a sentence."""

import pytest
from bs4 import BeautifulSoup
from django.test import override_settings
from django.urls import reverse

from wagtail_visit_alerts.models import Alert

from ..factories import AlertFactory, MonitoredPageFactory, UserFactory
from .walking import ALERTS, NAME, PRICING, Walk, user_who_may

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


def soup_of(response):
    return BeautifulSoup(response.content, "html.parser")


# The name is unique among one's own alerts


@pytest.mark.parametrize(
    "typed",
    [
        "Price list",
        "price LIST",
        "  Price   list ",
        "Price\N{NO-BREAK SPACE}list",
        "\N{FULLWIDTH LATIN CAPITAL LETTER P}rice list",
    ],
)
def test_name_that_one_has_used_is_refused_in_any_spelling(walk, editor, typed):
    AlertFactory(name="Price list", author=editor)

    errors = walk.errors("name", {"name": typed})

    assert errors["name"] == [
        "You have an alert of this name already. “Price list (2)” is free."
    ] or "(2)” is free" in str(errors["name"])


def test_name_with_accents_is_the_same_composed_or_not(walk, editor):
    AlertFactory(
        name="Us\N{LATIN SMALL LETTER L WITH STROKE}ugi \N{LATIN SMALL LETTER S WITH ACUTE}", author=editor
    )

    errors = walk.errors(
        "name", {"name": "us\N{LATIN SMALL LETTER L WITH STROKE}ugi s\N{COMBINING ACUTE ACCENT}"}
    )

    assert "is free" in str(errors["name"])


def test_suggested_name_is_one_that_is_free(walk, editor):
    for name in ("Price list", "price list (2)", "Price list (3)"):
        AlertFactory(name=name, author=editor)

    assert "“Price list (4)” is free" in str(walk.errors("name", {"name": "Price list (2)"})["name"])


def test_suggested_name_is_not_too_long(walk, editor):
    AlertFactory(name="x" * 255, author=editor)

    form = walk.press("name", {"name": "x" * 255}).context["form"]

    assert form.suggestion == "x" * 251 + " (2)"


def test_one_click_takes_the_suggested_name_and_goes_on(walk, editor):
    AlertFactory(name="Price list", author=editor)
    page = soup_of(walk.press("name", {"name": "Price list"}))
    button = page.select_one(".visit-alerts-suggestion button")
    field = page.select_one("input[name=name]")

    # A browser posts the field first, then the button.
    response = walk.press("name", {"name": [field["value"], button["value"]]})

    assert button["name"] == "name"
    assert response.url == walk.url("pages")
    assert walk.see("name").context["form"]["name"].value() == "Price list (2)"


def test_name_of_somebody_elses_alert_is_free(walk):
    AlertFactory(name="Price list opened", author=UserFactory())

    assert walk.press("name", NAME).url == walk.url("pages")


def test_alert_keeps_its_own_name_when_it_is_edited(editor):
    alert = AlertFactory(name="Price list", author=editor)
    MonitoredPageFactory(alert=alert)

    walk = Walk(editor, alert=alert)

    assert walk.press("name", {"name": "price list"}).url == walk.url("pages")


def test_name_is_unique_among_the_alerts_of_the_author_whoever_edits(editor):
    author = UserFactory(first_name="Jan", last_name="Maj")
    AlertFactory(name="Taken", author=author)
    alert = AlertFactory(author=author)
    MonitoredPageFactory(alert=alert)

    response = Walk(editor, alert=alert).press("name", {"name": "taken"})

    assert "Jan Maj has an alert of this name already. “taken (2)” is free." in response.content.decode()


def test_name_taken_during_the_run_leads_back_to_it(walk, editor):
    walk.walk_to_summary()
    AlertFactory(name=NAME["name"], author=editor)

    response = walk.save()

    assert response.url == walk.url("name")
    assert Alert.objects.count() == 1


def test_white_space_around_a_name_is_dropped(walk):
    walk.walk_to_summary(name={"name": "  Price \t list  "}).save()

    assert Alert.objects.get().name == "Price list"


# Groups


def test_existing_groups_are_offered(walk, editor):
    AlertFactory(group="Sales North", author=editor)
    AlertFactory(group="Sales North", author=editor)
    AlertFactory(group="", author=editor)

    offered = [
        option["value"] for option in soup_of(walk.see("name")).select("datalist#visit-alerts-groups option")
    ]

    assert offered == ["Sales North"]


def test_groups_of_alerts_that_one_may_not_see_are_not_offered():
    user = user_who_may("add_alert")
    AlertFactory(group="Mine", author=user)
    AlertFactory(group="Theirs")

    assert Walk(user).see("name").context["form"].groups == ["Mine"]


def test_group_is_saved(walk):
    walk.walk_to_summary(name={**NAME, "group": "Sales North"}).save()

    assert Alert.objects.get().group == "Sales North"


def test_group_in_another_case_is_the_existing_one(walk, editor):
    AlertFactory(group="Sales North", author=editor)

    walk.walk_to_summary(name={**NAME, "group": "sales  north"}).save()

    assert Alert.objects.get(name=NAME["name"]).group == "Sales North"


# The frequency in a sentence


def sentence_of(walk, **answers):
    walk.press("name", NAME)
    walk.press("pages", PRICING)
    url = reverse(f"{ALERTS}:check", kwargs={"token": walk.token})
    response = walk.browser.post(
        f"{url}?step=frequency", answers, headers={"X-Requested-With": "XMLHttpRequest"}
    )
    return soup_of(response).select_one("[data-slot=visit-alerts-frequency-slot]").get_text()


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        (
            {"how_often": "day"},
            "At most 1 alert a day about the same contact; days start at midnight, time zone Europe/Warsaw.",
        ),
        (
            {"how_often": "exactly", "times": "3", "period": "week"},
            "At most 3 alerts a week about the same contact; weeks start on Monday, time zone Europe/Warsaw.",
        ),
        (
            {"how_often": "exactly", "times": "2", "period": "month"},
            "At most 2 alerts a month about the same contact; months start on day 1, time zone Europe/Warsaw.",
        ),
        ({"how_often": "exactly", "times": "0", "period": "month"}, ""),
    ],
)
def test_frequency_is_said_in_a_sentence_as_it_is_chosen(walk, answers, sentence):
    assert sentence_of(walk, **answers) == sentence


@override_settings(WAGTAIL_VISIT_ALERTS={"TIME_ZONE": "Asia/Tokyo"})
def test_sentence_names_the_time_zone_of_the_cap(walk):
    assert "time zone Asia/Tokyo." in sentence_of(walk, how_often="day")


def test_sentence_is_there_without_a_script(walk):
    walk.press("name", NAME)
    walk.press("pages", PRICING)
    walk.press("frequency", {"how_often": "week"}, go="pages")

    assert "At most 1 alert a week" in walk.see("frequency").content.decode()
