"""The wizard as a whole: its steps, its buttons, and what saving does."""

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse
from django.utils import timezone
from wagtail.models import ModelLogEntry

from wagtail_visit_alerts.admin.wizard.saving import AlreadySaved, save_run
from wagtail_visit_alerts.models import Alert, MonitoredPage, Recipient, WizardRun

from ..factories import AlertFactory, MonitoredPageFactory, UserFactory
from .walking import (
    ALERTS,
    NAME,
    ONCE_A_DAY,
    OWNER,
    PRICING,
    Walk,
    browser_of,
    messages_in,
    page_row,
    pages,
    url_row,
    user_who_may,
)

pytestmark = pytest.mark.django_db
STEPS = ("name", "pages", "frequency", "details", "summary")
#: What an editor changes in each step but the last.
EDITED = {"name": {"name": "After"}, "pages": PRICING, "frequency": ONCE_A_DAY, "details": OWNER}


def soup_of(response):
    return BeautifulSoup(response.content, "html.parser")


@pytest.mark.parametrize(
    ("step", "heading", "texts"),
    [
        ("name", "Name", ["Alert name", "Next"]),
        ("pages", "Pages", ["Page", "URL", "Minimum minutes on the page", "Add another page", "Back", "Next"]),
        (
            "frequency",
            "Frequency",
            ["How often", "once a day", "once a week", "once a month", "Choose exactly"],
        ),
        ("frequency", "Frequency", ["Times", "Period", "Back", "Next"]),
        ("details", "Details", ["Send the alert to me", "Send the alert to the contact's main owner", "CC"]),
        ("details", "Details", ["Description", "Back", "Next"]),
        (
            "summary",
            "Summary",
            ["Alert on", "Sent", "Recipients", "Attachment", "Activate the alert", "Back", "Save"],
        ),
    ],
)
def test_step_has_its_heading_and_labels(walk, step, heading, texts):
    walk.walk_to_summary()

    soup = soup_of(walk.see(step))

    headings = [tag.get_text(strip=True) for tag in soup.find_all("h2")]
    assert heading in headings
    shown = {
        tag.get_text(strip=True).removesuffix("*") for tag in soup.find_all(["label", "legend", "button", "dt"])
    }
    assert not set(texts) - shown


def test_description_asks_to_write_when_the_alert_is_sent(walk):
    walk.walk_to_summary()

    assert "Write when the alert is sent" in walk.see("details").content.decode()


def test_saving_makes_the_alert_that_was_entered(walk, editor, price_list):
    walk.walk_to_summary(
        rows=pages(page_row(price_list, include_subpages="on"), url_row("/blog/**", minimum_minutes="2.5")),
        frequency={"how_often": "exactly", "times": "3", "period": "week"},
        details={
            "send_to_me": "on",
            "send_to_owner": "on",
            "cc": "boss@example.com",
            "description": "Call soon.",
        },
    )

    walk.save(on=True)

    alert = Alert.objects.get()
    assert (alert.name, alert.author, alert.is_on) == ("Price list opened", editor, True)
    assert (alert.cap_times, alert.cap_period) == (3, "week")
    assert (alert.send_to_owner, alert.cc) == (True, "boss@example.com")
    assert "Call soon." in alert.description
    assert [recipient.user for recipient in alert.recipients.all()] == [editor]
    assert [row.in_words for row in alert.monitored_pages.all()] == [
        "Price list and all its subpages",
        "/blog/** on any site, for at least 2.5 min",
    ]


def test_new_alert_is_off_until_it_is_switched_on(walk):
    walk.walk_to_summary().save()

    assert not Alert.objects.get().is_on


def test_saving_says_so_and_leads_to_the_listing(walk):
    response = walk.walk_to_summary().save()

    assert response.url == reverse(f"{ALERTS}:list")
    (message,) = messages_in(response)
    assert "Price list opened" in message
    assert reverse(f"{ALERTS}:edit", args=[Alert.objects.get().pk]) in message


def test_summary_says_in_words_what_was_entered(walk, price_list):
    walk.walk_to_summary(
        rows=pages(page_row(price_list)),
        frequency={"how_often": "month"},
        details={"send_to_me": "on", "send_to_owner": "on", "cc": "boss@example.com"},
    )

    lines = [
        tag.get_text(" ", strip=True) for tag in soup_of(walk.see("summary")).select(".visit-alerts-summary ul")
    ]

    assert lines == [
        "Price list",
        "At most 1 alert a month about the same contact; months start on day 1, time zone Europe/Warsaw.",
        "you, ewa@example.com the contact's main owner: today 0 salespeople boss@example.com in CC",
        "none",
    ]


def test_back_keeps_what_was_typed_even_when_it_is_not_valid(walk):
    walk.press("name", NAME)

    response = walk.press("pages", pages(url_row(minimum_minutes="soon")), go="name")

    assert response.url == walk.url("name")
    assert walk.see("pages").context["form"].rows.forms[0]["minimum_minutes"].value() == "soon"


def test_back_from_an_untouched_step_shows_no_errors_later(walk):
    walk.press("name", NAME)

    walk.press("pages", pages({"kind": "page", "page": ""}), go="name")

    assert not walk.see("pages").context["form"].rows.total_error_count()


def test_reload_shows_what_was_typed(walk):
    walk.press("name", NAME)

    assert walk.see("name").context["form"]["name"].value() == NAME["name"]


def test_step_ahead_of_an_unfinished_one_leads_to_that(walk):
    walk.press("name", NAME)

    assert walk.see("summary").redirect_chain == [(walk.url("pages"), 302)]


def test_finished_steps_can_be_clicked_and_keep_what_is_typed_here(walk):
    walk.walk_to_summary()

    buttons = [
        button["value"] for button in soup_of(walk.see("details")).select(".visit-alerts-progress [name=go]")
    ]
    response = walk.press("details", {"cc": "half-typed"}, go="name")

    assert buttons == ["name", "pages", "frequency", "summary"]
    assert response.url == walk.url("name")
    assert walk.see("details").context["form"]["cc"].value() == "half-typed"


def test_enter_key_goes_on_rather_than_back(walk):
    walk.walk_to_summary()

    first = soup_of(walk.see("pages")).select(
        "button[type=submit][form=w-editor-form], #w-editor-form [type=submit]"
    )[0]

    assert not first.get("name")


def test_unknown_step_is_not_found(walk):
    assert walk.see("colours").status_code == 404


def test_somebody_elses_run_is_not_found(walk):
    somebody = browser_of(user_who_may("add_alert"))

    assert somebody.get(walk.url("name")).status_code == 404
    assert somebody.post(walk.url("name"), NAME).status_code == 404
    assert walk.run.steps == {}


def test_two_runs_do_not_mix(editor):
    first, second = Walk(editor), Walk(editor)

    first.press("name", {"name": "First"})
    second.press("name", {"name": "Second"})

    assert first.see("name").context["form"]["name"].value() == "First"


def test_anonymous_visitor_is_sent_to_log_in_and_the_run_waits(walk):
    walk.press("name", NAME)
    walk.browser.logout()

    response = walk.browser.get(walk.url("pages"))

    assert response.url.startswith(reverse("wagtailadmin_login"))
    assert walk.run.steps["name"]


def test_what_is_typed_is_kept_without_any_button(walk):
    before = walk.see("name").context["digest"]

    response = walk.press("name", {"name": "Half a na"}, go="keep")

    assert walk.run.steps["name"] == {"name": ["Half a na"]}
    assert response.json()["digest"] == walk.see("name").context["digest"] != before


def test_keeping_an_untouched_step_leaves_it_unfinished(walk):
    walk.press("name", NAME)

    walk.press("pages", pages({"kind": "page", "page": ""}), go="keep")

    assert "pages" not in walk.run.steps


def test_keeping_a_step_of_a_saved_run_is_refused_and_says_nothing(walk):
    walk.walk_to_summary().save()

    response = walk.press("name", {"name": "Too late"}, go="keep")

    assert response.status_code == 409
    assert len(messages_in(response)) == 1


def test_second_click_on_save_makes_no_second_alert(walk):
    walk.walk_to_summary().save()

    response = walk.save()

    assert Alert.objects.count() == 1
    assert response.url == reverse(f"{ALERTS}:list")
    assert "Price list opened" in messages_in(response)[-1]


@pytest.mark.database
def test_of_two_simultaneous_saves_the_second_is_told_so(walk, editor):
    walk.walk_to_summary()
    one, other = walk.run, walk.run

    save_run(one, user=editor, now=timezone.now())
    with pytest.raises(AlreadySaved):
        save_run(other, user=editor, now=timezone.now())

    assert Alert.objects.count() == 1


def test_step_of_a_saved_run_leads_to_the_listing(walk):
    walk.walk_to_summary().save()

    assert walk.browser.get(walk.url("pages")).url == reverse(f"{ALERTS}:list")


def test_step_of_a_saved_run_whose_alert_is_deleted_says_so(walk):
    walk.walk_to_summary().save()
    Alert.objects.get().delete()

    response = walk.browser.get(walk.url("summary"))

    assert "has been deleted" in messages_in(response)[-1]


def test_saving_forgets_what_was_typed(walk):
    walk.walk_to_summary().save()

    assert walk.run.steps == {}


def test_saving_is_written_to_the_history(walk, editor):
    walk.walk_to_summary().save()
    alert = Alert.objects.get()
    Walk(editor, alert=alert).save()

    entries = ModelLogEntry.objects.filter(object_id=str(alert.pk)).order_by("pk").values_list("action", "user")

    assert list(entries) == [("wagtail.create", editor.pk), ("wagtail.edit", editor.pk)]


def test_page_deleted_during_the_run_leads_back_to_its_row(walk, price_list):
    walk.walk_to_summary(rows=pages(page_row(price_list)))
    price_list.delete()

    response = walk.save()

    assert response.url == walk.url("pages")
    assert not Alert.objects.exists()
    assert "no longer exists" in str(walk.see("pages").context["form"].rows.errors[0]["page"])


@pytest.mark.parametrize("step", STEPS)
def test_permission_taken_away_during_the_run_is_said_and_nothing_is_done(walk, editor, step):
    walk.walk_to_summary()
    editor.user_permissions.filter(codename="add_alert").first().user_set.remove(editor)

    seen, saved = walk.browser.get(walk.url(step)), walk.press(step, {"name": "Typed just now"})

    assert seen.url == saved.url == reverse("wagtailadmin_home")
    assert "You may not add alerts any more" in messages_in(saved)[-1]
    assert not Alert.objects.exists()


def test_what_is_typed_while_the_permission_is_taken_away_is_kept(walk, editor):
    walk.press("name", NAME)
    editor.user_permissions.filter(codename="add_alert").first().user_set.remove(editor)

    walk.press("name", {"name": "Typed just now"})

    assert walk.run.steps["name"] == {"name": ["Typed just now"]}


def test_script_that_keeps_is_not_told_of_a_permission_taken_away(walk, editor):
    editor.user_permissions.filter(codename="add_alert").first().user_set.remove(editor)

    response = walk.press("name", {"name": "Typed just now"}, go="keep")

    assert response.status_code == 200
    assert walk.run.steps["name"] == {"name": ["Typed just now"]}
    assert messages_in(response) == []


@pytest.mark.parametrize(
    ("may", "view"), [("change_alert", "add"), ("add_alert", "edit"), ("view_alert", "edit")]
)
def test_starting_needs_the_permission_of_what_is_started(may, view):
    alert = AlertFactory()
    args = [alert.pk] if view == "edit" else []

    response = browser_of(user_who_may(may)).get(reverse(f"{ALERTS}:{view}", args=args))

    assert response.url == reverse("wagtailadmin_home")
    assert not WizardRun.objects.exists()


def test_new_alert_begins_with_its_name(walk):
    assert walk.started_at == walk.url("name")


def test_editing_begins_with_the_summary(editor):
    walk = Walk(editor, alert=MonitoredPageFactory().alert)

    assert walk.started_at == walk.url("summary")


def test_editing_an_alert_that_lacks_something_begins_with_that(editor, price_list):
    alert = MonitoredPageFactory(kind="page", path="", page=price_list).alert
    price_list.delete()

    walk = Walk(editor, alert=alert)

    assert walk.started_at == walk.url("pages")
    assert "This step needs your attention" in walk.see("pages").content.decode()


@pytest.mark.parametrize(("step", "answers"), EDITED.items())
def test_every_step_of_an_existing_alert_saves_it_whole(editor, step, answers):
    alert = MonitoredPageFactory(alert__name="Before", alert__is_on=True).alert
    walk = Walk(editor, alert=alert)
    walk.press("name", {"name": "Renamed before"})

    buttons = [button.get_text(strip=True) for button in soup_of(walk.see(step)).select("footer button")]
    response = walk.press(step, answers, go="save")

    alert.refresh_from_db()
    assert buttons == [label for label in ("Back", "Next", "Save") if (step, label) != ("name", "Back")]
    assert response.url == reverse(f"{ALERTS}:list")
    assert alert.name == answers.get("name", "Renamed before")
    assert alert.is_on


def test_save_on_a_step_with_errors_shows_them_and_saves_nothing(editor):
    alert = MonitoredPageFactory(alert__name="Before").alert
    walk = Walk(editor, alert=alert)
    walk.press("name", {"name": "After"})

    response = walk.press("frequency", {"how_often": ""}, go="save")

    assert response.context["form"].errors
    assert Alert.objects.get().name == "Before"


def test_save_on_a_step_leads_to_another_that_is_unfinished(editor, price_list):
    alert = MonitoredPageFactory(kind="page", path="", page=price_list).alert
    walk = Walk(editor, alert=alert)
    price_list.delete()

    response = walk.press("name", {"name": "After"}, go="save")

    assert response.url == walk.url("pages")


def test_save_on_a_step_of_an_alert_changed_meanwhile_asks_on_the_summary(editor):
    alert = MonitoredPageFactory(alert__name="Before").alert
    walk = Walk(editor, alert=alert)
    alert.save()

    response = walk.press("name", {"name": "Mine"}, go="save")

    assert response.url == walk.url("summary")
    assert "has changed this alert since you began" in walk.see("summary").content.decode()
    assert Alert.objects.get().name == "Before"


@pytest.mark.parametrize("step", STEPS[:-1])
def test_new_alert_is_saved_on_the_summary_only(walk, step):
    walk.walk_to_summary()

    buttons = [button.get_text(strip=True) for button in soup_of(walk.see(step)).select("footer button")]

    assert "Save" not in buttons


def test_editing_begins_with_what_the_alert_says(editor, price_list):
    alert = AlertFactory(cap_times=3, cap_period="month", cc="boss@example.com", description="Call.")
    MonitoredPageFactory(
        alert=alert, kind="page", path="", page=price_list, include_subpages=True, minimum_minutes="2.50"
    )
    walk = Walk(editor, alert=alert)

    shown = {step: walk.see(step).context["form"] for step in STEPS}

    row = shown["pages"].rows.forms[0]
    assert shown["name"]["name"].value() == alert.name
    assert (row["page"].value(), row["include_subpages"].value()) == (str(price_list.pk), True)
    assert row["minimum_minutes"].value() == "2.5"
    assert [shown["frequency"][name].value() for name in ("how_often", "times", "period")] == [
        "exactly",
        "3",
        "month",
    ]
    assert [shown["details"][name].value() for name in ("send_to_owner", "cc")] == [True, "boss@example.com"]
    assert shown["summary"]["is_on"].value() is True


def test_editing_one_step_keeps_the_others(editor):
    alert = AlertFactory(cc="boss@example.com", is_on=True)
    row = MonitoredPageFactory(alert=alert)
    walk = Walk(editor, alert=alert)

    walk.press("name", {"name": "Renamed"})
    walk.save(on=True)

    alert = Alert.objects.get()
    assert (alert.name, alert.cc, alert.is_on) == ("Renamed", "boss@example.com", True)
    assert [kept.pk for kept in alert.monitored_pages.all()] == [row.pk]


def test_row_removed_while_editing_is_gone(editor):
    alert = AlertFactory()
    MonitoredPageFactory(alert=alert, path="/pricing/")
    MonitoredPageFactory(alert=alert, path="/blog/", sort_order=1)
    walk = Walk(editor, alert=alert)

    walk.press("pages", pages(url_row("/pricing/", DELETE="1"), url_row("/blog/")))
    walk.save()

    assert [row.path for row in MonitoredPage.objects.all()] == ["/blog/"]


def test_change_by_somebody_else_is_not_overwritten_silently(editor):
    alert = AlertFactory(name="Before")
    MonitoredPageFactory(alert=alert)
    walk, other = (
        Walk(editor, alert=alert),
        Walk(user_who_may("change_alert", first_name="Jan", last_name="Maj"), alert=alert),
    )
    other.press("name", {"name": "Theirs"})
    other.save()

    walk.press("name", {"name": "Mine"})
    response = walk.save()

    assert Alert.objects.get().name == "Theirs"
    assert "Jan Maj has changed this alert since you began" in response.content.decode()
    assert walk.run.saved_at is None


def test_change_by_somebody_else_can_be_overwritten_on_purpose(editor):
    alert = AlertFactory()
    MonitoredPageFactory(alert=alert)
    walk = Walk(editor, alert=alert)
    alert.save()

    version = soup_of(walk.see("summary")).select_one("button[name=overwrite]")["value"]
    walk.press("name", {"name": "Mine"})
    walk.save(overwrite=version)

    assert Alert.objects.get().name == "Mine"


def test_agreement_to_overwrite_holds_only_for_the_version_that_was_shown(editor):
    alert = AlertFactory(name="Before")
    MonitoredPageFactory(alert=alert)
    walk = Walk(editor, alert=alert)
    alert.save()
    version = alert.version
    alert.save()

    walk.press("name", {"name": "Mine"})
    walk.save(overwrite=version)

    assert Alert.objects.get().name == "Before"


def test_alert_deleted_during_the_run_can_be_saved_as_a_new_one(editor):
    alert = AlertFactory()
    MonitoredPageFactory(alert=alert)
    walk = Walk(editor, alert=alert)
    alert.delete()

    warned = walk.see("summary")
    walk.save()

    assert "Somebody has deleted this alert" in warned.content.decode()
    assert Alert.objects.get().pk != alert.pk
    assert Alert.objects.get().author == editor


def test_me_adds_and_removes_only_myself(editor):
    alert = AlertFactory()
    MonitoredPageFactory(alert=alert)
    other = UserFactory(first_name="Marta", last_name="Kowalska")
    Recipient.objects.create(alert=alert, user=other)
    walk = Walk(editor, alert=alert)

    shown = walk.see("details").content.decode()
    walk.press("details", {"send_to_me": "on"})
    walk.save()
    added = set(alert.recipients.values_list("user", flat=True))
    walk = Walk(editor, alert=alert)
    walk.press("details", {})
    walk.save()

    assert "Marta Kowalska" in shown
    assert added == {editor.pk, other.pk}
    assert set(alert.recipients.values_list("user", flat=True)) == {other.pk}


def test_run_that_nobody_touched_for_a_month_is_dropped_when_its_author_begins_another(walk, editor):
    long_ago = timezone.now() - timedelta(days=31)
    WizardRun.objects.update(updated_at=long_ago)

    Walk(editor)

    assert not WizardRun.objects.filter(token=walk.token).exists()


def test_steps_can_be_filled_in_any_order_after_the_first_time(walk):
    walk.walk_to_summary()

    walk.press("details", {**OWNER, "cc": "boss@example.com"})
    walk.press("pages", PRICING)
    walk.save()

    assert Alert.objects.get().cc == "boss@example.com"


def test_step_with_errors_is_shown_by_a_get_so_that_reload_and_back_send_nothing_again(walk):
    response = walk.browser.post(walk.url("name"), {"name": ""})

    assert response.headers["Location"] == walk.url("name")
    assert walk.see("name").context["form"].errors["name"]
