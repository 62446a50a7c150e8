"""What alerts lose with a page or a user: warned of before, noted as it goes, told to the author, mended."""

import logging
import smtplib
from datetime import timedelta
from html import unescape

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone
from wagtail.models import ModelLogEntry, Page, ReferenceIndex, Site
from wagtail.users.models import UserProfile

from wagtail_visit_alerts import tasks
from wagtail_visit_alerts.losing import noting
from wagtail_visit_alerts.models import Alert, Loss, Recipient, RulesVersion

from ..factories import AlertFactory, MonitoredPageFactory, UserFactory
from ..testapp.models import ContentPage
from .walking import ALERTS, Walk, browser_of, messages_in, user_who_may

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(db):
    """Somebody who keeps pages and users, and sees every alert."""
    return browser_of(UserFactory(is_superuser=True, username="admin"))


@pytest.fixture
def watching(price_list):
    """An alert that watches the price list."""
    return MonitoredPageFactory(alert__name="Price list opened", kind="page", path="", page=price_list).alert


def losses():
    return [(loss.alert.name, loss.kind, loss.name, loss.switched_off) for loss in Loss.objects.order_by("pk")]


def is_on(alert):
    alert.refresh_from_db()
    return alert.is_on


def only_to(user, **fields):
    """An alert that tells a user who chose it, and nobody else."""
    alert = AlertFactory(send_to_owner=False, **fields)
    MonitoredPageFactory(alert=alert)
    Recipient.objects.create(alert=alert, user=user)
    return alert


def switch_off(user):
    user.is_active = False
    user.save()


def told(response):
    return [" ".join(BeautifulSoup(text, "html.parser").get_text().split()) for text in messages_in(response)]


# What a page takes with it


def test_alert_that_loses_a_page_is_switched_off_and_says_what_it_lost(watching, price_list):
    version = RulesVersion.current()
    MonitoredPageFactory(alert=watching)

    price_list.delete()

    assert not is_on(watching)
    assert losses() == [("Price list opened", "page", "Price list", True)]
    assert RulesVersion.current() > version
    assert "a deleted page" in [str(row) for row in watching.monitored_pages.all()]


def test_alert_loses_the_page_below_one_that_is_deleted(price_list):
    below = price_list.add_child(instance=ContentPage(title="Discounts"))
    alert = MonitoredPageFactory(kind="page", path="", page=below).alert

    Page.objects.get(pk=price_list.pk).delete()

    assert not is_on(alert)
    assert [loss.name for loss in Loss.objects.all()] == ["Discounts"]


def test_alert_that_loses_an_exception_stays_on(watching, price_list, home):
    other = home.add_child(instance=ContentPage(title="Jobs"))
    MonitoredPageFactory(alert=watching, kind="page", path="", page=other, is_exception=True)

    other.delete()

    assert is_on(watching)
    assert losses() == [("Price list opened", "exception", "Jobs", False)]


def test_unpublishing_a_page_is_no_loss(watching, price_list):
    price_list.unpublish()

    assert is_on(watching)
    assert losses() == []


def test_alert_that_is_off_already_still_says_what_it_lost(watching, price_list):
    Alert.objects.update(is_on=False)

    price_list.delete()

    assert losses() == [("Price list opened", "page", "Price list", False)]


def test_alert_that_watches_urls_of_a_site_loses_them_with_the_site(home):
    site = Site.objects.create(hostname="shop.example.com", root_page=home)
    alert = MonitoredPageFactory(site=site).alert

    site.delete()

    assert not is_on(alert)
    assert [loss.name for loss in Loss.objects.all()] == ["shop.example.com/pricing/"]


def test_loss_is_rolled_back_with_the_deletion(watching, price_list):
    with transaction.atomic():
        price_list.delete()
        transaction.set_rollback(True)

    assert is_on(watching)
    assert losses() == []


def test_fault_of_ours_never_keeps_a_page_from_being_deleted(watching, price_list, monkeypatch, caplog):
    def fail(*args, **kwargs):
        raise DatabaseError("out of order")

    monkeypatch.setattr(noting, "log", fail)

    price_list.delete()

    assert not Page.objects.filter(pk=price_list.pk).exists()
    assert losses() == []
    assert [record.message for record in caplog.records if record.levelno >= logging.ERROR] == [
        "loss.not_noted"
    ]


# What a user takes with them


@pytest.mark.parametrize("leave", [lambda user: user.delete(), switch_off])
def test_alert_without_anybody_left_to_tell_is_switched_off(leave):
    marta = UserFactory(first_name="Marta", last_name="Kowalska")
    alert = only_to(marta, name="Price list")

    leave(marta)

    assert not is_on(alert)
    assert losses() == [("Price list", "recipient", "Marta Kowalska", True)]


@pytest.mark.parametrize("leave", [lambda user: user.delete(), switch_off])
@pytest.mark.parametrize("left", ["owner", "cc", "me"])
def test_alert_that_still_tells_somebody_stays_on(leave, left):
    user = UserFactory()
    alert = only_to(user)
    if left == "me":
        Recipient.objects.create(alert=alert, user=UserFactory())
    else:
        Alert.objects.update(**({"send_to_owner": True} if left == "owner" else {"cc": "boss@example.com"}))

    leave(user)

    assert is_on(alert)
    assert [(loss.kind, loss.switched_off) for loss in Loss.objects.all()] == [("recipient", False)]


@pytest.mark.parametrize("leave", [lambda user: user.delete(), switch_off])
def test_alert_that_is_limited_to_the_contacts_of_a_user_is_switched_off_and_stays_so(leave, editor):
    user = UserFactory()
    alert = MonitoredPageFactory(alert__contacts_of=user).alert

    leave(user)
    response = browser_of(editor).post(reverse(f"{ALERTS}:switch", args=[alert.pk]), {"is_on": "on"})

    assert not is_on(alert)
    assert Loss.objects.get().kind == "owner"
    assert "The owner whose contacts it is about is gone." in told(response)[0]


@pytest.mark.parametrize("leave", [lambda user: user.delete(), switch_off])
@pytest.mark.parametrize("role", ["author", "fallback_user"])
def test_alert_that_loses_who_stands_in_for_an_owner_stays_on(leave, role):
    user = UserFactory(username="jan")
    alert = AlertFactory(name="Price list", **{role: user})

    leave(user)

    assert is_on(alert)
    assert losses() == [("Price list", "fallback", "jan", False)]


def test_author_who_stands_in_for_nobody_is_no_loss():
    user = UserFactory()
    AlertFactory(author=user, fallback_user=UserFactory())
    AlertFactory(author=user, send_to_owner=False, cc="boss@example.com")

    user.delete()

    assert losses() == []


def test_alert_loses_the_group_that_stands_in_for_an_owner():
    group = Group.objects.create(name="Sales")
    AlertFactory(name="Price list", fallback_group=group)

    group.delete()

    assert losses() == [("Price list", "fallback", "Sales", False)]


def test_account_that_is_saved_again_while_inactive_is_no_further_loss():
    user = UserFactory()
    only_to(user)

    switch_off(user)
    user.email = "jan@example.com"
    user.save()
    user.delete()

    assert Loss.objects.count() == 1


def test_account_that_never_was_active_is_no_loss():
    UserFactory(is_active=False)

    assert losses() == []


def test_saving_an_active_user_costs_no_query_of_ours(django_assert_num_queries):
    user = UserFactory()

    with django_assert_num_queries(1):
        user.save(update_fields=["last_login"])


# What no signal tells of


def test_sweep_finds_an_alert_whose_last_recipient_was_switched_off_by_a_query():
    user = UserFactory(username="jan")
    alert = only_to(user, name="Price list")
    get_user_model().objects.filter(pk=user.pk).update(is_active=False)

    tasks.sweep()
    tasks.sweep()

    assert not is_on(alert)
    assert losses() == [("Price list", "recipient", "jan", True)]


def test_sweep_finds_an_alert_whose_owner_was_switched_off_by_a_query():
    user = UserFactory(username="jan")
    alert = MonitoredPageFactory(alert__name="Price list", alert__contacts_of=user).alert
    get_user_model().objects.filter(pk=user.pk).update(is_active=False)

    tasks.sweep()

    assert not is_on(alert)
    assert losses() == [("Price list", "owner", "jan", True)]


def test_sweep_finds_an_alert_whose_last_page_was_deleted_by_a_query(watching):
    watching.monitored_pages.update(page=None)

    tasks.sweep()

    assert not is_on(watching)
    assert losses() == [("Price list opened", "page", "a deleted page", True)]


def test_sweep_leaves_alone_what_can_go_on(watching, home):
    MonitoredPageFactory(alert=watching)
    watching.monitored_pages.filter(kind="page").update(page=None)
    only_to(UserFactory())
    AlertFactory()

    tasks.sweep()

    assert losses() == []


# Warned of before


def test_deleting_a_page_warns_of_the_alerts_that_watch_it_or_a_page_below(admin, watching, price_list):
    below = price_list.add_child(instance=ContentPage(title="Discounts"))
    MonitoredPageFactory(alert__name="Discounts opened", kind="page", path="", page=below)

    response = admin.get(reverse("wagtailadmin_pages:delete", args=[price_list.pk]))

    assert told(response) == [
        "2 alerts watch what you are about to delete, and lose it: Price list opened, Discounts opened. "
        "An alert that loses a page is switched off, and its author is told."
    ]
    assert reverse(f"{ALERTS}:inspect", args=[watching.pk]) in response.content.decode()


def test_usage_of_a_page_names_the_alert_and_what_becomes_of_it(admin, watching, price_list):
    html = admin.get(
        reverse("wagtailadmin_pages:usage", args=[price_list.pk]), {"describe_on_delete": 1}
    ).content.decode()

    assert "Price list opened" in html
    assert ReferenceIndex.get_grouped_references_to(price_list).count() == 1


def test_warning_counts_the_alerts_that_the_user_may_not_see(watching, price_list):
    user = user_who_may("add_alert")
    group = Group.objects.create(name="Price editors")
    group.page_permissions.create(page=price_list, permission=Permission.objects.get(codename="change_page"))
    group.page_permissions.create(
        page=price_list.get_parent(), permission=Permission.objects.get(codename="publish_page")
    )
    group.page_permissions.create(
        page=price_list.get_parent(), permission=Permission.objects.get(codename="change_page")
    )
    user.groups.add(group)

    response = browser_of(user).get(reverse("wagtailadmin_pages:delete", args=[price_list.pk]))

    assert "and loses it: 1 other." in told(response)[0]
    assert "Price list opened" not in response.content.decode()


def test_deleting_several_pages_warns_of_their_alerts(admin, watching, price_list):
    url = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "delete"]) + f"?id={price_list.pk}"

    response = admin.get(url)
    admin.post(url)

    assert told(response)[0].startswith("1 alert watches what you are about to delete")
    assert not is_on(watching)


def test_deleting_a_page_that_nobody_watches_says_nothing(admin, price_list):
    assert told(admin.get(reverse("wagtailadmin_pages:delete", args=[price_list.pk]))) == []


@pytest.mark.parametrize("view", ["delete", "edit"])
def test_deleting_or_editing_a_user_warns_of_the_alerts_that_depend_on_them(admin, view):
    user = UserFactory()
    only_to(user, name="Mine alone")
    AlertFactory(name="Written", author=user)
    AlertFactory(name="Limited", contacts_of=user)
    AlertFactory(name="Other")

    (text,) = told(admin.get(reverse(f"wagtailusers_users:{view}", args=[user.pk])))

    assert text.startswith("3 alerts depend on this user: Mine alone, Written, Limited.")


def test_form_of_a_user_whom_no_alert_depends_on_says_nothing(admin):
    assert told(admin.get(reverse("wagtailusers_users:edit", args=[UserFactory().pk]))) == []


@pytest.mark.parametrize("action", ["delete", "set_active_state"])
def test_deleting_or_switching_off_several_users_warns_of_their_alerts_and_notes_what_they_lose(admin, action):
    users = UserFactory.create_batch(2)
    alerts = [only_to(user) for user in users]
    label = get_user_model()._meta
    query = "&".join(f"id={user.pk}" for user in users)
    url = reverse("wagtail_bulk_action", args=[label.app_label, label.model_name, action]) + f"?{query}"

    response = admin.get(url)
    admin.post(url, {"mark_as_active": "False"})

    assert told(response)[0].startswith("2 alerts depend on these users:")
    assert not any(map(is_on, alerts))
    assert {loss.kind for loss in Loss.objects.all()} == {"recipient"}


def test_switching_several_users_on_notes_nothing(admin):
    user = UserFactory(is_active=False)
    only_to(user)
    label = get_user_model()._meta
    url = reverse("wagtail_bulk_action", args=[label.app_label, label.model_name, "set_active_state"])

    admin.post(f"{url}?id={user.pk}", {"mark_as_active": "True"})

    assert losses() == []


# Told afterwards


def test_author_is_told_by_one_email_of_all_that_their_alerts_have_lost(price_list, home):
    author = UserFactory(email="ewa@example.com")
    other = home.add_child(instance=ContentPage(title="Jobs"))
    for name, page in {"Prices": price_list, "Jobs opened": other}.items():
        MonitoredPageFactory(alert__name=name, alert__author=author, kind="page", path="", page=page)
    price_list.delete()
    other.delete()

    tasks.sweep()

    (email,) = mail.outbox
    alert = Alert.objects.get(name="Prices")
    assert email.to == ["ewa@example.com"]
    assert email.subject == "2 alerts were switched off"
    assert "“Price list”, which it watched, was deleted." in email.body
    assert "Jobs opened" in email.body
    assert f"http://testserver{reverse(f'{ALERTS}:edit', args=[alert.pk])}" in email.body
    assert "“Price list”, which it watched, was deleted." in email.alternatives[0].content
    assert email.extra_headers["Auto-Submitted"] == "auto-generated"


def test_author_is_told_once(watching, price_list):
    price_list.delete()

    tasks.sweep()
    tasks.sweep()

    assert [email.subject for email in mail.outbox] == ["Alert “Price list opened” was switched off"]


def test_author_is_told_of_a_loss_that_switches_nothing_off(watching):
    watching.fallback_user = UserFactory(username="jan")
    watching.save()
    watching.fallback_user.delete()

    tasks.sweep()

    (email,) = mail.outbox
    assert email.subject == "Alert “Price list opened” has lost something"
    assert "The alert is still on." in email.body


def test_author_is_told_in_the_language_they_have_chosen(watching, price_list, monkeypatch):
    profile = UserProfile.get_for_user(watching.author)
    profile.preferred_language = "pl"
    profile.save()
    price_list.delete()

    tasks.sweep()

    assert '<html lang="pl">' in mail.outbox[0].alternatives[0].content


def test_those_who_chose_me_are_told_where_the_author_is_gone(watching, price_list):
    me, left = UserFactory(email="me@example.com"), UserFactory(is_active=False)
    for user in (me, left):
        Recipient.objects.create(alert=watching, user=user)
    watching.author.delete()
    price_list.delete()

    tasks.sweep()

    assert [email.to for email in mail.outbox] == [["me@example.com"]]


def test_admins_are_told_where_nobody_else_can_be(watching, price_list, settings):
    settings.ADMINS = [("Admin", "admin@example.com")]
    watching.author.email = ""
    watching.author.save()
    price_list.delete()

    tasks.sweep()

    assert [email.to for email in mail.outbox] == [["admin@example.com"]]


def test_loss_that_nobody_can_be_told_of_is_logged_without_names(watching, price_list, caplog):
    watching.author.delete()
    price_list.delete()

    with caplog.at_level(logging.WARNING):
        tasks.sweep()
        once = caplog.messages
        tasks.sweep()

    assert mail.outbox == []
    assert "loss.nobody_to_tell" in once
    assert caplog.messages == once
    assert "Price list" not in caplog.text


def test_email_that_could_not_be_sent_is_tried_again_and_does_not_hold_up_others(
    watching, price_list, monkeypatch, caplog
):
    send = EmailBackend.send_messages
    bad = watching.author.email
    MonitoredPageFactory(alert__author__email="good@example.com", kind="page", path="", page=price_list)
    price_list.delete()

    def refuse(self, messages):
        if messages[0].to == [bad]:
            raise smtplib.SMTPRecipientsRefused({bad: (550, b"no such user")})
        return send(self, messages)

    with monkeypatch.context() as patch:
        patch.setattr(EmailBackend, "send_messages", refuse)
        tasks.sweep()
    before = [email.to for email in mail.outbox]
    tasks.sweep()

    assert before == [["good@example.com"]]
    assert [email.to for email in mail.outbox[1:]] == [[bad]]
    assert bad not in caplog.text


def test_dead_mail_server_ends_the_run_and_loses_nothing(watching, price_list, monkeypatch):
    price_list.delete()

    def refuse(self, messages):
        raise ConnectionRefusedError

    with monkeypatch.context() as patch:
        patch.setattr(EmailBackend, "send_messages", refuse)
        tasks.sweep()
    untold = Loss.objects.filter(told_at=None).count()
    tasks.sweep()

    assert untold == 1
    assert len(mail.outbox) == 1
    assert not Loss.objects.filter(told_at=None).exists()


def test_telling_is_given_up_after_a_week(watching, price_list):
    price_list.delete()

    with time_machine.travel(timezone.now() + timedelta(days=7, minutes=1)):
        tasks.sweep()

    assert mail.outbox == []


# Afterwards


def test_history_says_what_was_lost_and_what_came_of_it(admin, watching, price_list):
    admin.post(reverse("wagtailadmin_pages:delete", args=[price_list.pk]))

    entry = ModelLogEntry.objects.get(object_id=str(watching.pk))
    html = admin.get(reverse(f"{ALERTS}:history", args=[watching.pk])).content.decode()
    assert entry.user.username == "admin"
    assert "“Price list”, which it watched, was deleted. The alert was switched off." in unescape(html)


def test_saving_in_the_wizard_mends_what_was_lost(editor, watching, price_list):
    MonitoredPageFactory(alert=watching)
    watching.monitored_pages.filter(kind="page").delete()
    Loss.objects.create(alert=watching, kind="page", name="Price list", happened_at=timezone.now())

    Walk(editor, alert=watching).save(on=True)

    assert is_on(watching)
    assert not Loss.objects.open().exists()


def test_alert_that_still_watches_another_page_may_be_switched_on_again(editor, watching, price_list):
    MonitoredPageFactory(alert=watching)
    price_list.delete()

    browser_of(editor).post(reverse(f"{ALERTS}:switch", args=[watching.pk]), {"is_on": "on"})

    assert is_on(watching)


@pytest.mark.parametrize("step", ["name", "pages", "frequency", "details", "summary"])
def test_wizard_says_at_every_step_what_the_alert_has_lost(step, editor, watching, price_list, home):
    MonitoredPageFactory(alert=watching, kind="page", path="", page=home)
    price_list.delete()

    html = Walk(editor, alert=watching).see(step).content.decode()

    assert "“Price list”, which it watched, was deleted." in unescape(html)


@pytest.mark.parametrize(("role", "can_be_left"), [("author", True), ("fallback_user", False)])
def test_wizard_says_that_a_loss_may_be_left_only_where_the_step_can_be_saved_so(role, can_be_left, editor):
    user = UserFactory(username="jan")
    alert = AlertFactory(**{"author": editor, "cc": "a@example.com", role: user})
    MonitoredPageFactory(alert=alert)
    switch_off(user)

    html = Walk(UserFactory(is_superuser=True), alert=alert).see("details").content.decode()

    assert "told about contacts without an owner, is gone." in html
    assert ("or leave it as it is, and save" in html) == can_be_left


def test_editor_at_work_on_an_alert_that_loses_a_page_is_led_to_its_row_and_not_to_a_conflict(
    editor, watching, price_list
):
    walk = Walk(editor, alert=watching)
    price_list.delete()

    response = walk.press("name", {"name": "After"}, go="save")

    assert response.url == walk.url("pages")


def test_deleted_alert_takes_its_losses_along(watching, price_list):
    price_list.delete()

    watching.delete()

    assert losses() == []
