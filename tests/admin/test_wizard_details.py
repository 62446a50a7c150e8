"""The wizard's step "Details": recipients, who stands in for an owner, the description and the attachment."""

import json

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.models import Group
from django.urls import reverse

from wagtail_visit_alerts.admin.wizard.description_field import MAX_DESCRIPTION_LENGTH
from wagtail_visit_alerts.delivering.attachments import sandbox
from wagtail_visit_alerts.models import Alert

from ..factories import AlertFactory, MonitoredPageFactory, UserFactory
from .walking import ALERTS, OWNER, Walk, user_who_may

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


@pytest.fixture
def walk(walk):
    walk.walk_to("details")
    return walk


def saved(walk, details):
    walk.walk_to_summary(details=details).save()
    return Alert.objects.get()


def written(*paragraphs, **more):
    """What the rich text editor posts for these paragraphs."""
    blocks = [
        {
            "key": f"key{number}",
            "text": text,
            "type": "unstyled",
            "depth": 0,
            "inlineStyleRanges": [],
            "entityRanges": [],
            "data": {},
            **more,
        }
        for number, text in enumerate(paragraphs)
    ]
    return json.dumps({"blocks": blocks, "entityMap": {}}, ensure_ascii=False)


def text_of(html):
    return BeautifulSoup(html, "html.parser").get_text("\n")


# CC


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("a@example.com;b@example.com", "a@example.com,b@example.com"),
        ("a@example.com\r\n\r\nb@example.com\n", "a@example.com,b@example.com"),
        ("a@example.com b@example.com", "a@example.com,b@example.com"),
        ("Anna <anna@example.com>", "anna@example.com"),
        ("Anna Nowak <anna@example.com>; Jan <jan@example.com>", "anna@example.com,jan@example.com"),
        ('"Nowak, Anna" <anna@example.com>, jan@example.com', "anna@example.com,jan@example.com"),
        ("<anna@example.com>", "anna@example.com"),
        ("mailto:anna@example.com", "anna@example.com"),
        ("Anna <mailto:anna@example.com>", "anna@example.com"),
        ("  ;, \n", ""),
    ],
)
def test_cc_is_understood_as_people_paste_it(walk, typed, kept):
    assert saved(walk, {**OWNER, "cc": typed}).cc == kept


@pytest.mark.parametrize(
    ("typed", "named"),
    [
        ("Anna anna@example.com", "Anna anna@example.com"),
        ("Anna <anna>", "“anna”"),
        ("Nowak, Anna <anna@example.com>", "“Nowak”"),
        ('"Anna', '"Anna'),
    ],
)
def test_what_is_no_address_in_cc_is_named(walk, typed, named):
    errors = walk.errors("details", {**OWNER, "cc": typed})

    assert named in errors["cc"][0]


def test_cc_is_a_text_area_that_needs_no_script(walk):
    area = BeautifulSoup(walk.see("details").content, "html.parser").select_one("textarea[name=cc]")

    assert not area.has_attr("hidden")


# The fallback


def test_the_author_stands_in_unless_somebody_else_is_chosen(walk):
    alert = saved(walk, OWNER)

    assert (alert.fallback_user, alert.fallback_group) == (None, None)


def test_author_is_me_for_a_new_alert(walk):
    assert "Me, as the author of this alert" in walk.see("details").content.decode()


def test_author_of_somebody_elses_alert_is_named(editor):
    alert = MonitoredPageFactory(
        alert__author=UserFactory(first_name="Jan", last_name="Maj"), alert__send_to_owner=True
    ).alert

    seen = Walk(editor, alert=alert).see("details").content.decode()

    assert "Jan Maj, the author of this alert" in seen


def test_another_user_can_stand_in(walk):
    deputy = user_who_may("view_contact")

    alert = saved(walk, {**OWNER, "fallback": "user", "fallback_user": deputy.pk})

    assert (alert.fallback_user, alert.fallback_group) == (deputy, None)


def test_a_group_can_stand_in(walk):
    group = Group.objects.create(name="Sales desk")

    alert = saved(walk, {**OWNER, "fallback": "group", "fallback_group": group.pk})

    assert (alert.fallback_user, alert.fallback_group) == (None, group)


def test_users_who_can_not_stand_in_are_not_offered(walk, editor):
    offered = user_who_may("view_contact", username="offered")
    user_who_may("view_contact", username="switched-off", is_active=False)
    user_who_may("view_contact", username="without-address", email="")
    UserFactory(username="customer")

    users = walk.see("details").context["form"].fields["fallback_user"].queryset

    assert set(users) == {editor, offered}


@pytest.mark.parametrize(("kind", "error"), [("user", "Choose a user."), ("group", "Choose a group.")])
def test_somebody_must_be_chosen_who_stands_in(walk, kind, error):
    assert walk.errors("details", {**OWNER, "fallback": kind})[f"fallback_{kind}"] == [error]


@pytest.mark.parametrize("kind", ["user", "group"])
def test_somebody_who_is_no_more_can_not_stand_in(walk, kind):
    errors = walk.errors("details", {**OWNER, "fallback": kind, f"fallback_{kind}": "999999"})

    assert "choose another" in errors[f"fallback_{kind}"][0]


def test_fallback_that_does_not_apply_keeps_nobody_here(walk):
    deputy = user_who_may("view_contact")

    alert = saved(
        walk, {"send_to_me": "on", "fallback": "user", "fallback_user": deputy.pk, "fallback_group": "999999"}
    )

    assert (alert.send_to_owner, alert.fallback_user, alert.fallback_group) == (False, None, None)


def test_editing_shows_who_stands_in(editor):
    deputy = user_who_may("view_contact")
    alert = MonitoredPageFactory(alert__fallback_user=deputy).alert
    walk = Walk(editor, alert=alert)

    form = walk.see("details").context["form"]
    walk.save(on=True)

    assert (form["fallback"].value(), form["fallback_user"].value()) == ("user", str(deputy.pk))
    assert Alert.objects.get().fallback_user == deputy


def test_switched_off_fallback_is_an_error_when_editing(editor):
    deputy = user_who_may("view_contact")
    alert = MonitoredPageFactory(alert__fallback_user=deputy).alert
    deputy.is_active = False
    deputy.save()

    walk = Walk(editor, alert=alert)

    assert walk.started_at == walk.url("details")
    assert "may not enter the admin any more" in walk.see("details").content.decode()


# The description


def test_description_is_kept_as_rich_text(walk):
    bold = written("Call soon.", inlineStyleRanges=[{"offset": 0, "length": 4, "style": "BOLD"}])

    alert = saved(walk, {**OWNER, "description": bold})

    assert alert.description == '<p data-block-key="key0"><b>Call</b> soon.</p>'


def test_description_without_text_is_empty(walk):
    assert saved(walk, {**OWNER, "description": written("", " ")}).description == ""


def test_description_survives_the_run_and_editing(editor):
    html = '<p data-block-key="abcde">Call <b>now</b>.</p><ul><li data-block-key="fghij">or write</li></ul>'
    alert = MonitoredPageFactory(alert__description=html).alert
    walk = Walk(editor, alert=alert)

    walk.press("name", {"name": "Renamed"}, go="save")

    alert.refresh_from_db()
    assert (alert.name, alert.description) == ("Renamed", html)


def test_description_that_was_plain_text_can_be_edited(editor):
    alert = MonitoredPageFactory(alert__description="Call soon.").alert
    walk = Walk(editor, alert=alert)

    walk.press("name", {"name": "Renamed"}, go="save")

    assert text_of(Alert.objects.get().description) == "Call soon."


@pytest.mark.parametrize(
    "posted", ["Call <b>soon</b>.", "{", "[]", "7", '{"blocks": 7}', '{"blocks": [{"text": 7}]}', "[" * 5000]
)
def test_description_that_is_not_the_editors_is_taken_as_text(walk, posted):
    alert = saved(walk, {**OWNER, "description": posted})

    assert text_of(alert.description) == posted


@pytest.mark.parametrize(
    "hostile",
    [
        {"depth": 10**9},
        {"type": "atomic"},
        {"inlineStyleRanges": [{"offset": -5, "length": 10**9, "style": "BOLD"}, 7, {}]},
        {"entityRanges": [{"offset": 0, "length": 1, "key": 7}, None]},
        {"key": {"a": 1}, "depth": "deep", "type": [], "inlineStyleRanges": 3, "entityRanges": "x"},
    ],
)
def test_parts_of_a_description_that_no_editor_makes_are_left_out(walk, hostile):
    alert = saved(walk, {**OWNER, "description": written("Call soon.", **hostile)})

    assert text_of(alert.description) == "Call soon."


def test_link_to_a_script_in_a_description_is_no_link(walk):
    content = json.loads(written("Call soon.", entityRanges=[{"offset": 0, "length": 4, "key": 0}]))
    content["entityMap"] = {
        "0": {"type": "LINK", "mutability": "MUTABLE", "data": {"url": "javascript:alert(1)"}}
    }

    alert = saved(walk, {**OWNER, "description": json.dumps(content)})

    assert "javascript" not in alert.description


def test_link_in_a_description_is_kept(walk):
    content = json.loads(written("Call soon.", entityRanges=[{"offset": 0, "length": 4, "key": 0}]))
    content["entityMap"] = {
        "0": {"type": "LINK", "mutability": "MUTABLE", "data": {"url": "https://example.com/"}}
    }

    alert = saved(walk, {**OWNER, "description": json.dumps(content)})

    assert '<a href="https://example.com/">Call</a>' in alert.description


def test_zero_characters_and_halves_of_a_pair_are_left_out(walk):
    posted = written("Call soon.").replace("soon", "soon\\u0000\\ud83d")

    assert text_of(saved(walk, {**OWNER, "description": posted}).description) == "Call soon?."


def test_description_of_a_megabyte_ends_in_a_message_and_is_not_lost(walk):
    posted = written("ż" * 1_000_000)

    response = walk.press("details", {**OWNER, "description": posted})

    (error,) = response.context["form"].errors["description"]
    assert error == f"The description has 1000000 characters; at most {MAX_DESCRIPTION_LENGTH} are possible."
    assert walk.run.steps["details"]["description"] == [posted]
    assert "ż" * 1_000_000 in json.loads(response.context["form"]["description"].value())["blocks"][0]["text"]


def test_description_has_a_name_for_screen_readers(walk):
    field = BeautifulSoup(walk.see("details").content, "html.parser").select_one("input[name=description]")

    assert json.loads(field["data-w-init-detail-value"])["ariaLabel"] == "Description"


def test_description_offers_a_sensible_set_of_formats(walk):
    options = walk.see("details").context["form"]["description"].field.widget.options

    assert [style["type"] for style in options["inlineStyles"]] == ["BOLD", "ITALIC"]
    assert [entity["type"] for entity in options["entityTypes"]] == ["LINK"]


def test_emoji_and_right_to_left_names_survive(walk):
    alert = saved(walk, {**OWNER, "description": written("שלום 🎉 مرحبا")})

    assert text_of(alert.description) == "שלום 🎉 مرحبا"


def test_untouched_details_show_no_errors_later(walk):
    untouched = {
        "fallback": "author",
        "description": "null",
        "attachment_source": "none",
        "attachment_format": "txt",
    }

    walk.press("details", {**OWNER, **untouched}, go="name")

    assert "details" not in walk.run.steps


def test_help_and_error_of_a_field_are_read_out_with_it(walk):
    response = walk.press("details", {**OWNER, "cc": "nobody"})

    soup = BeautifulSoup(response.content, "html.parser")
    described_by = soup.select_one("textarea[name=cc]")["aria-describedby"].split()
    texts = [soup.find(id=id_).get_text(strip=True) for id_ in described_by]
    assert any(text.startswith("Further e-mail addresses") for text in texts)
    assert any("is not a valid e-mail address" in text for text in texts)


def test_author_whose_account_is_gone_is_said_to_be_nobody(editor):
    alert = MonitoredPageFactory(alert=AlertFactory(author=None)).alert

    assert "whose account was deleted" in Walk(editor, alert=alert).see("details").content.decode()


# The attachment


def attached(body="Hello {{ contact.name }}", *, source="template", **answers):
    """What the step posts for an attachment."""
    return {
        **OWNER,
        "attachment_source": source,
        "attachment_format": "txt",
        "attachment_name": "",
        "attachment_body": body,
        **answers,
    }


def test_attachment_is_saved_as_it_was_entered(walk):
    answers = attached("{{ page.title }}", attachment_format="html", attachment_name="visit {{ contact.name }}")

    alert = saved(walk, answers)

    assert (alert.attachment_source, alert.attachment_format) == ("template", "html")
    assert (alert.attachment_name, alert.attachment_body) == ("visit {{ contact.name }}", "{{ page.title }}")


def test_content_typed_by_hand_is_kept_literally(walk):
    alert = saved(walk, attached("  {{ braces }} {% stay %}\r\nand lines\r\n", source="text"))

    assert alert.attachment_body == "  {{ braces }} {% stay %}\nand lines\n"


def test_alert_has_no_attachment_unless_one_is_chosen(walk):
    alert = saved(walk, OWNER)

    assert (alert.attachment_source, alert.attachment_body) == ("none", "")


def test_attachment_that_does_not_apply_keeps_nobody_here(walk):
    hidden = attached("{% broken", source="none", attachment_format="gone", attachment_name="x" * 300)

    alert = saved(walk, hidden)

    assert (alert.attachment_source, alert.attachment_format, alert.attachment_body) == ("none", "txt", "")


def test_what_was_typed_comes_back_with_the_choice_of_an_attachment(walk):
    walk.press("details", attached("Hello", source="none"))

    assert walk.see("details").context["form"]["attachment_body"].value() == "Hello"


@pytest.mark.parametrize("source", ["text", "template"])
def test_attachment_needs_content(walk, source):
    errors = walk.errors("details", attached(" \n", source=source))

    assert errors["attachment_body"] == ["Enter the content of the attachment, or choose “none”."]


@pytest.mark.parametrize(
    ("answers", "field", "error"),
    [
        (attached("Hello\n{{ contact.name"), "attachment_body", "Line 2"),
        (attached("Hello\n\n{{ contact.nam }}"), "attachment_body", "Line 3"),
        (attached("{{ nobody }}"), "attachment_body", "nobody"),
        (attached("Hello", attachment_name="{{ contact.nam }}"), "attachment_name", "contact.nam"),
        (attached("{{ 'x' * 10**9 }}"), "attachment_body", "too much memory"),
    ],
)
def test_template_with_an_error_is_refused_with_its_line(walk, answers, field, error):
    assert error in walk.errors("details", answers)[field][0]


def test_content_that_is_not_of_its_format_is_refused(walk):
    assert walk.errors("details", attached("{'a': 1}", source="text", attachment_format="json"))[
        "attachment_body"
    ]


def test_format_that_does_not_exist_is_refused(walk):
    assert "attachment_format" in walk.errors("details", attached(attachment_format="docx"))


def test_content_that_is_too_long_is_refused_and_not_lost(walk):
    response = walk.press("details", attached("x" * 100_001, source="text"))

    (error,) = response.context["form"].errors["attachment_body"]
    assert error == "The content has 100001 characters; at most 100000 are possible."
    assert walk.run.steps["details"]["attachment_body"] == ["x" * 100_001]


def test_editing_shows_the_attachment(editor):
    alert = MonitoredPageFactory(
        alert__attachment_source="template",
        alert__attachment_format="csv",
        alert__attachment_name="visit",
        alert__attachment_body="a,b\n{{ contact.name }},2\n",
    ).alert
    walk = Walk(editor, alert=alert)

    walk.press("name", {"name": "Renamed"}, go="save")

    alert.refresh_from_db()
    assert (alert.name, alert.attachment_source, alert.attachment_format) == ("Renamed", "template", "csv")
    assert (alert.attachment_name, alert.attachment_body) == ("visit", "a,b\n{{ contact.name }},2\n")


def test_format_that_the_site_has_no_longer_is_an_error_when_editing(editor):
    alert = MonitoredPageFactory(
        alert__attachment_source="text", alert__attachment_format="docx", alert__attachment_body="x"
    ).alert

    walk = Walk(editor, alert=alert)

    assert walk.started_at == walk.url("details")
    assert "not known any more" in walk.see("details").content.decode()


def test_errors_of_a_template_are_shown_as_it_is_typed(walk):
    url = reverse(f"{ALERTS}:check", kwargs={"token": walk.token}) + "?step=details"

    response = walk.browser.post(
        url, attached("{{ contact.nam }}"), headers={"X-Requested-With": "XMLHttpRequest"}
    )

    assert "contact.nam" in response.content.decode()
    assert "details" not in walk.run.steps


def test_variables_are_a_list_that_needs_no_script(walk):
    soup = BeautifulSoup(walk.see("details").content, "html.parser")

    pieces = [tag.get_text() for tag in soup.select(".visit-alerts-variables code")]

    assert "{{ contact.name }}" in pieces
    assert any(piece.startswith("{% for visit in visits %}") for piece in pieces)
    assert "the contact's name" in soup.select_one(".visit-alerts-variables").get_text()


def test_finished_template_is_checked_once_and_not_at_every_step(walk, monkeypatch):
    walk.walk_to_summary(details=attached())
    asked = []
    monkeypatch.setattr(sandbox, "faults", lambda *args, **kwargs: asked.append(args) or [])

    walk.see("name")
    walk.see("summary")

    assert asked == []


def test_sample_contact_is_no_answer_of_the_step(walk):
    walk.press("details", {**OWNER, "sample_contact": "7", "sample_place": "x"}, go="name")

    assert not {"sample_contact", "sample_place"} & walk.run.steps["details"].keys()
