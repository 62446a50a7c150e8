"""The wizard's step "Summary": what it says, its previews, the test e-mail and the test visit."""

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.models import Group, Permission
from django.core import mail
from django.urls import reverse
from django.utils import timezone
from wagtail.users.models import UserProfile

from wagtail_visit_alerts.models import Alert, Recipient, TestVisit

from ..factories import (
    AddressFactory,
    ContactFactory,
    MonitoredPageFactory,
    PageViewFactory,
    UserFactory,
    VisitorFactory,
)
from ..query_counting import counted_queries
from .walking import ALERTS, OWNER, Walk, browser_of, messages_in, page_row, pages, url_row, user_who_may

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

TEMPLATE = {"attachment_source": "template", "attachment_format": "txt", "attachment_name": "visit"}


def soup_of(response):
    return BeautifulSoup(response.content, "html.parser")


def url_of(walk, name):
    return reverse(f"{ALERTS}:{name}", kwargs={"token": walk.token})


def line(walk, label):
    """The texts of a line of the summary."""
    for row in soup_of(walk.see("summary")).select(".visit-alerts-summary__line"):
        if row.dt.get_text(strip=True) == label:
            return [item.get_text(strip=True) for item in row.select("li")]
    return None


def preview(walk, **chosen):
    return walk.browser.get(url_of(walk, "preview"), chosen)


def attachment(walk, answers, **chosen):
    return walk.browser.post(url_of(walk, "attachment"), {**OWNER, **answers, **chosen})


# What it says


def test_summary_says_what_is_watched_and_what_is_not(walk, price_list):
    rows = [
        page_row(price_list, include_subpages="on", minimum_minutes="2"),
        url_row("/pricing/old/", role="except"),
    ]
    walk.walk_to_summary(rows=pages(*rows))

    watched = line(walk, "Alert on")

    assert watched[0] == "Price list and all its subpages, for at least 2 min"
    assert "/pricing/old/" in watched[1]
    assert watched[2] == "The time is up when the contact moves on to another page."


def test_summary_names_the_contacts_only_if_they_are_limited(walk):
    ContactFactory(company="Acme")
    walk.walk_to_summary()
    assert line(walk, "Contacts") is None

    walk.press("pages", {**pages(url_row()), "field_name": "company", "field_value": "Acme"})

    assert "Acme" in line(walk, "Contacts")[0]


def test_summary_counts_owners_and_who_stands_in(walk):
    owner = UserFactory()
    ContactFactory.create_batch(2, owner=owner)
    ContactFactory(owner=UserFactory())
    ContactFactory.create_batch(3, owner=None)
    walk.walk_to_summary(details={**OWNER, "cc": "boss@example.com"})

    assert line(walk, "Recipients") == [
        "the contact's main owner: today 2 salespeople",
        "3 contacts without an owner → you",
        "boss@example.com in CC",
    ]


def test_summary_names_the_user_who_stands_in(walk):
    ContactFactory(owner=None)
    deputy = user_who_may("view_contact", first_name="Jan", last_name="Maj")
    walk.walk_to_summary(details={**OWNER, "fallback": "user", "fallback_user": deputy.pk})

    assert line(walk, "Recipients")[1] == "1 contact without an owner → Jan Maj"


def test_summary_names_some_of_a_group_that_stands_in(walk):
    ContactFactory(owner=None)
    group = Group.objects.create(name="Sales desk")
    for number in range(5):
        user_who_may("view_contact", username=f"deputy{number}").groups.add(group)
    walk.walk_to_summary(details={**OWNER, "fallback": "group", "fallback_group": group.pk})

    assert line(walk, "Recipients")[1].endswith("deputy0, deputy1, deputy2 and 2 more")


def test_summary_says_when_nobody_can_stand_in():
    ContactFactory(owner=None)
    walk = Walk(user_who_may("add_alert", "view_own_contact")).walk_to_summary()

    assert "nobody: whoever stands in" in line(walk, "Recipients")[1]


def test_owners_are_counted_among_the_contacts_that_the_alert_is_about(walk):
    ContactFactory(company="Acme")
    ContactFactory(company="Other")
    walk.walk_to_summary()

    walk.press("pages", {**pages(url_row()), "field_name": "company", "field_value": "Acme"})

    assert line(walk, "Recipients") == ["the contact's main owner: today 1 salesperson"]


@pytest.mark.parametrize("address", ["anna@example.org", "nobody@example.org"])
def test_limits_tell_nothing_of_contacts_whom_the_user_may_not_view(address):
    ContactFactory(email="anna@example.org")
    walk = Walk(user_who_may("add_alert", "view_own_contact")).walk_to_summary()

    walk.press("pages", {**pages(url_row()), "field_name": "email", "field_value": address})

    assert line(walk, "Recipients") == ["the contact's main owner"]


@pytest.mark.parametrize(("permission", "offered"), [("view_contact", True), ("view_own_contact", False)])
def test_page_that_only_a_contact_of_somebody_else_has_seen_is_offered_to_none_but_who_may_view_them(
    permission, offered
):
    PageViewFactory(
        visitor__contact=ContactFactory(), address=AddressFactory(text="http://testserver/shop/anvil/")
    )
    walk = Walk(user_who_may("add_alert", permission)).walk_to_summary(rows=pages(url_row("/shop/**")))

    assert ("/shop/anvil/" in walk.see("summary").content.decode()) is offered


def test_summary_describes_the_attachment(walk):
    walk.walk_to_summary(details={**OWNER, **TEMPLATE, "attachment_body": "Hello"})

    assert line(walk, "Attachment") == ["Jinja2 template, as TXT; 5 characters", "File name: visit"]


@pytest.mark.parametrize(
    ("label", "step"),
    [("Alert on", "pages"), ("Sent", "frequency"), ("Recipients", "details"), ("Attachment", "details")],
)
def test_each_line_leads_to_its_step_and_keeps_the_switch(walk, label, step):
    walk.walk_to_summary()
    rows = soup_of(walk.see("summary")).select(".visit-alerts-summary__line")
    row = next(row for row in rows if row.dt.get_text(strip=True) == label)

    response = walk.press("summary", {"is_on": "on"}, go=row.button["value"])

    assert response.url == walk.url(step)
    assert row.button.get_text(" ", strip=True) == f"Change {label}"
    assert walk.run.steps["summary"] == {"is_on": ["on"]}


@pytest.fixture
def elaborate(walk, price_list):
    """A run whose alert names pages, addresses, several recipients, and a group that stands in."""
    viewing = Permission.objects.get(codename="view_contact")
    sales = Group.objects.create(name="Sales")
    sales.permissions.add(viewing)
    for number in range(12):
        UserFactory(username=f"member{number}").groups.add(sales)
    ContactFactory.create_batch(30, owner=None)
    addresses = (url_row(f"/page-{number}/") for number in range(30))
    rows = pages(page_row(price_list, include_subpages="on", minimum_minutes="2"), *addresses)
    details = {**OWNER, "send_to_me": "on", "fallback": "group", "fallback_group": sales.pk}
    walk.walk_to_summary(rows=rows, details=details).save()
    alert = Alert.objects.get()
    for number in range(6):
        colleague = user_who_may("view_contact", username=f"colleague{number}")
        Recipient.objects.create(alert=alert, user=colleague)
    again = Walk(walk.user, alert=alert)
    contact = ContactFactory(owner=None)
    visitor = VisitorFactory(contact=contact)
    for number in range(20):
        at = timezone.now() - timedelta(minutes=number)
        PageViewFactory(visitor=visitor, page=price_list, entered_at=at, ended_at=at)
    return again, contact


@pytest.mark.parametrize("step", ["name", "pages", "frequency", "details", "summary"])
def test_step_costs_a_bounded_number_of_queries(elaborate, step):
    walk, _contact = elaborate
    walk.see(step)

    with counted_queries() as queries:
        assert walk.see(step).status_code == 200

    assert len(queries) <= 25, "\n".join(queries)


# The preview


@pytest.mark.parametrize("is_chosen", [True, False], ids=["chosen", "likeliest"])
def test_preview_costs_a_bounded_number_of_queries(elaborate, is_chosen):
    walk, contact = elaborate
    chosen = {"sample_contact": contact.pk} if is_chosen else {}
    preview(walk, **chosen)

    with counted_queries() as queries:
        assert preview(walk, **chosen).status_code == 200

    assert len(queries) <= 25, "\n".join(queries)


def test_preview_shows_the_whole_email(walk):
    contact = ContactFactory(name="Anna Nowak")
    walk.walk_to_summary(details={**OWNER, **TEMPLATE, "attachment_body": "For {{ contact.name }}"})

    soup = soup_of(preview(walk, sample_contact=contact.pk))

    headers = [tag.get_text(strip=True) for tag in soup.select(".visit-alerts-preview__headers dd")]
    assert headers == ["Anna Nowak is looking at: localhost/pricing/", "alerts@example.com", "ewa@example.com"]
    assert "Anna Nowak" in soup.select_one("iframe")["srcdoc"]
    plain, attached = (tag.get_text() for tag in soup.select("pre"))
    assert "Anna Nowak" in plain
    assert attached == "For Anna Nowak"
    assert soup.select_one("a[download]")["download"] == "visit.txt"


def test_contact_of_the_preview_is_chosen_in_the_language_of_the_editor(walk):
    ContactFactory()
    UserProfile.objects.create(user=walk.user, preferred_language="pl")
    walk.walk_to_summary()

    page = walk.see("summary").content.decode()

    assert "Wybierz inny kontakt" in page
    assert "Choose another contact" not in page


def test_preview_locks_the_html_in(walk):
    contact = ContactFactory()
    walk.walk_to_summary()

    frame = soup_of(preview(walk, sample_contact=contact.pk)).select_one("iframe")

    assert frame.has_attr("sandbox")
    assert not frame["sandbox"]
    assert "default-src 'none'" in frame["srcdoc"].split("<body")[0]


def test_preview_begins_with_the_contact_seen_last_of_those_the_alert_is_about(walk):
    now = timezone.now()
    for name, company, ago in (("Old", "Acme", 3), ("Latest", "Acme", 2), ("Other", "Umbrella", 1)):
        contact = ContactFactory(name=name, company=company)
        VisitorFactory(contact=contact, last_seen_at=now - timedelta(hours=ago))
    walk.walk_to_summary()
    walk.press("pages", {**pages(url_row()), "field_name": "company", "field_value": "Acme"})

    assert "Latest is looking at" in preview(walk).content.decode()


def test_preview_is_for_the_page_that_was_chosen(walk, price_list):
    contact = ContactFactory()
    walk.walk_to_summary(rows=pages(url_row("/blog/"), page_row(price_list)))
    places = [option["value"] for option in soup_of(walk.see("summary")).select("[name=sample_place] option")]

    seen = preview(walk, sample_contact=contact.pk, sample_place=places[1]).content.decode()

    assert len(places) == 2
    assert "Price list" in seen


def test_address_that_is_none_of_the_alerts_pages_is_not_previewed(walk):
    contact = ContactFactory()
    walk.walk_to_summary()

    seen = preview(walk, sample_contact=contact.pk, sample_place="https://elsewhere.example/").content.decode()

    assert "elsewhere.example" not in seen


def test_preview_says_that_the_alert_is_not_about_the_contact(walk):
    ContactFactory(company="Acme")
    other = ContactFactory(company="Umbrella")
    walk.walk_to_summary()
    walk.press("pages", {**pages(url_row()), "field_name": "company", "field_value": "Acme"})

    assert "not about this contact" in preview(walk, sample_contact=other.pk).content.decode()


@pytest.fixture
def secretive():
    """A run of somebody who may view their own contacts only, and a contact of somebody else."""
    walk = Walk(user_who_may("add_alert", "view_own_contact", email="own@example.com")).walk_to_summary()
    return walk, ContactFactory(name="Hidden Person", email="hidden@example.org")


@pytest.mark.parametrize("name", ["preview", "attachment", "test_email", "try"])
def test_contact_whom_the_user_may_not_view_is_shown_nowhere(secretive, name):
    walk, hidden = secretive
    answers = {**OWNER, **TEMPLATE, "attachment_body": "For {{ contact.name }}", "sample_contact": hidden.pk}
    send = walk.browser.get if name == "preview" else walk.browser.post

    response = send(url_of(walk, name), answers, follow=True)

    assert "Hidden" not in response.content.decode()
    assert "you may not view them" in response.content.decode()
    assert mail.outbox == []
    assert not TestVisit.objects.exists()


def test_contact_whom_the_user_may_not_view_is_no_default(secretive):
    walk, _hidden = secretive

    seen = walk.see("summary").content.decode() + preview(walk).content.decode()

    assert "Hidden" not in seen
    assert "There is no contact that you may view." in seen


def test_permission_is_asked_for_at_each_request(walk, editor):
    contact = ContactFactory(name="Anna Nowak")
    walk.walk_to_summary()
    assert "Anna Nowak" in preview(walk, sample_contact=contact.pk).content.decode()

    editor.user_permissions.remove(*editor.user_permissions.filter(codename="view_contact"))

    assert "Anna Nowak" not in preview(walk, sample_contact=contact.pk).content.decode()


@pytest.mark.parametrize("name", ["preview", "attachment", "test_email", "try", "findings", "check"])
def test_live_parts_of_somebody_elses_run_are_not_found(walk, name):
    walk.walk_to_summary()
    somebody = browser_of(user_who_may("add_alert", "view_contact"))
    send = somebody.get if name in ("preview", "findings") else somebody.post

    assert send(url_of(walk, name)).status_code == 404


@pytest.mark.parametrize("name", ["test_email", "try", "attachment", "check"])
def test_nothing_is_sent_or_begun_by_a_link(walk, name):
    ContactFactory()
    walk.walk_to_summary()

    assert walk.browser.get(url_of(walk, name)).status_code == 405


# The attachment, as it is typed


def test_attachment_is_previewed_as_it_is_typed(walk):
    contact = ContactFactory(name="Anna Nowak")
    walk.walk_to_summary()

    soup = soup_of(attachment(walk, {**TEMPLATE, "attachment_body": "For {{ contact.name }}"}))

    assert soup.select_one("pre").get_text() == "For Anna Nowak"
    assert f"Made for {contact}" in soup.get_text()
    assert "attachment_source" not in walk.run.steps["details"]


def test_attachment_is_previewed_whatever_else_of_the_step_is_wrong(walk):
    ContactFactory(name="Anna Nowak")
    walk.walk_to("details")

    shown = attachment(walk, {**TEMPLATE, "attachment_body": "{{ contact.name }}", "cc": "nobody"})

    assert "Anna Nowak" in soup_of(shown).select_one("pre").get_text()


def test_html_of_an_attachment_is_locked_in(walk):
    ContactFactory()
    walk.walk_to_summary()
    answers = {**TEMPLATE, "attachment_format": "html", "attachment_body": "<script>alert(1)</script>"}

    soup = soup_of(attachment(walk, answers))

    assert soup.select_one("script") is None
    assert soup.select_one("iframe").has_attr("sandbox")
    assert not soup.select_one("iframe")["sandbox"]


def test_pdf_is_offered_to_be_downloaded(walk):
    ContactFactory()
    walk.walk_to_summary()
    answers = {**TEMPLATE, "attachment_format": "pdf", "attachment_body": "<p>Hello</p>"}

    link = soup_of(attachment(walk, answers)).select_one("a[download]")

    assert link["download"] == "visit.pdf"
    assert link["href"].startswith("data:application/pdf;base64,")


def test_fault_of_a_template_is_shown_instead_of_a_preview(walk):
    ContactFactory()
    walk.walk_to_summary()

    shown = attachment(walk, {**TEMPLATE, "attachment_body": "a\n{{ contact.nam }}"}).content.decode()

    assert "Line 2" in shown
    assert "<pre" not in shown


# The test e-mail


def test_test_email_is_sent_to_me_and_says_so(walk):
    contact = ContactFactory(name="Anna Nowak")
    walk.walk_to_summary()

    response = walk.browser.post(url_of(walk, "test_email"), {"sample_contact": contact.pk})

    (email,) = mail.outbox
    assert email.to == ["ewa@example.com"]
    assert email.subject.startswith("Test: Anna Nowak")
    assert "The test was sent to you." in messages_in(response)[-1]
    assert response.url.startswith(walk.url("summary"))
    assert f"sample_contact={contact.pk}" in response.url


def test_second_test_email_at_once_is_not_sent(walk):
    ContactFactory()
    walk.walk_to_summary()
    walk.browser.post(url_of(walk, "test_email"))

    response = walk.browser.post(url_of(walk, "test_email"))

    assert len(mail.outbox) == 1
    assert "a moment ago" in messages_in(response)[-1]


def test_test_email_that_can_not_be_sent_says_why(db):
    walk = Walk(user_who_may("add_alert", "view_contact", email="")).walk_to_summary()
    ContactFactory()

    response = walk.browser.post(url_of(walk, "test_email"))

    assert "Your account has no e-mail address" in messages_in(response)[-1]


# The test visit


def test_test_visit_begins_as_the_chosen_contact_on_the_chosen_page(walk, editor):
    contact = ContactFactory()
    walk.walk_to_summary()

    response = walk.browser.post(url_of(walk, "try"), {"sample_contact": contact.pk})

    test_visit = TestVisit.objects.get()
    assert response.url.startswith("http://localhost/pricing/?va=")
    assert (test_visit.contact, test_visit.tester) == (contact, editor)
    assert test_visit.alert_data["name"] == "Price list opened"
    assert walk.run.test_visit == test_visit


def test_summary_opens_the_test_visit_in_a_tab_of_its_own(walk):
    walk.walk_to_summary()

    button = soup_of(walk.see("summary")).select_one("button[formaction='../try/']")

    assert button["formtarget"] == "_blank"


def test_findings_of_the_latest_test_visit_are_shown(walk):
    contact = ContactFactory(name="Anna Nowak")
    walk.walk_to_summary()
    walk.browser.post(url_of(walk, "try"), {"sample_contact": contact.pk})

    with counted_queries() as queries:
        seen = walk.browser.get(url_of(walk, "findings")).content.decode()

    assert "Test visit as Anna Nowak" in seen
    assert 'data-going-on="true"' in seen
    assert "Test visit as Anna Nowak" in walk.see("summary").content.decode()
    assert len(queries) <= 10, "\n".join(queries)


def test_findings_of_another_run_are_not_shown(walk, editor):
    ContactFactory(name="Anna Nowak")
    walk.walk_to_summary()
    walk.browser.post(url_of(walk, "try"))
    other = Walk(editor).walk_to_summary()

    assert "Test visit" not in other.browser.get(url_of(other, "findings")).content.decode()


def test_findings_are_over_after_an_hour(walk):
    ContactFactory()
    walk.walk_to_summary()
    walk.browser.post(url_of(walk, "try"))
    TestVisit.objects.update(started_at=timezone.now() - timedelta(hours=2))

    assert 'data-going-on="false"' in walk.browser.get(url_of(walk, "findings")).content.decode()


def test_findings_name_no_contact_whom_the_user_may_not_view_any_more(walk, editor):
    ContactFactory(name="Anna Nowak")
    walk.walk_to_summary()
    walk.browser.post(url_of(walk, "try"))

    editor.user_permissions.remove(*editor.user_permissions.filter(codename="view_contact"))

    assert "Anna Nowak" not in walk.browser.get(url_of(walk, "findings")).content.decode()


# Saving while it is off


def test_saving_while_off_says_so_and_offers_to_switch_on(walk):
    response = walk.walk_to_summary().save()

    alert = Alert.objects.get()
    (message,) = messages_in(response)
    assert "It is off: it watches nothing until you switch it on." in message
    assert reverse(f"{ALERTS}:switch_on", args=[alert.pk]) in message


def test_saving_while_on_does_not_offer_to_switch_on(walk):
    response = walk.walk_to_summary().save(on=True)

    assert "switch-on" not in messages_in(response)[-1]


def test_offer_to_switch_on_asks_and_switches_only_by_its_button(walk):
    walk.walk_to_summary().save()
    alert = Alert.objects.get()
    url = reverse(f"{ALERTS}:switch_on", args=[alert.pk])

    asked = walk.browser.get(url)
    alert.refresh_from_db()
    assert not alert.is_on
    form = soup_of(asked).select_one("main form[method=post]")
    walk.browser.post(form["action"], {tag["name"]: tag["value"] for tag in form.select("input[type=hidden]")})

    alert.refresh_from_db()
    assert alert.is_on


def test_switching_on_needs_the_permission_to_change_the_alert():
    alert = MonitoredPageFactory(alert__is_on=False).alert

    response = browser_of(user_who_may("view_alert")).get(reverse(f"{ALERTS}:switch_on", args=[alert.pk]))

    assert response.url == reverse("wagtailadmin_home")
