"""Who may do what with alerts: every URL of theirs, asked for by every kind of user, of their own and of others'."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse

from wagtail_visit_alerts.models import Alert
from wagtail_visit_alerts.policies import AlertPermissionPolicy

from ..factories import AlertFactory, MonitoredPageFactory, UserFactory
from .walking import ALERTS, browser_of, user_who_may

pytestmark = pytest.mark.django_db

CHOOSER = "wagtailsnippetchoosers_wagtail_visit_alerts_alert"
#: Users by the permissions that make them what they are.
KINDS = {
    "superuser": None,
    "author": ("add_alert",),
    "changer": ("change_alert",),
    "deleter": ("delete_alert",),
    "viewer": ("view_alert",),
    "nobody": (),
}
#: View -> who gets it, of their own alert and of one of somebody else. An author's rights come with "add".
VIEWS = {
    "list": ({"superuser", "author", "changer", "deleter", "viewer"}, None),
    "list_results": ({"superuser", "author", "changer", "deleter", "viewer"}, None),
    "add": ({"superuser", "author"}, None),
    "inspect": (
        {"superuser", "author", "changer", "deleter", "viewer"},
        {"superuser", "changer", "deleter", "viewer"},
    ),
    "analytics": (
        {"superuser", "author", "changer", "deleter", "viewer"},
        {"superuser", "changer", "deleter", "viewer"},
    ),
    "edit": ({"superuser", "author", "changer"}, {"superuser", "changer"}),
    "switch": ({"superuser", "author", "changer"}, {"superuser", "changer"}),
    "switch_on": ({"superuser", "author", "changer"}, {"superuser", "changer"}),
    "history": ({"superuser", "author", "changer"}, {"superuser", "changer"}),
    "history_results": ({"superuser", "author", "changer"}, {"superuser", "changer"}),
    "usage": ({"superuser", "author", "changer"}, {"superuser", "changer"}),
    "copy": ({"superuser", "author"}, {"superuser"}),
    "delete": ({"superuser", "author", "deleter"}, {"superuser", "deleter"}),
}


def user_of(kind):
    if KINDS[kind] is None:
        return UserFactory(is_superuser=True)
    return user_who_may(*KINDS[kind])


def is_let_in(browser, view, *args):
    """Whether the answer is the view's own: neither the admin's home nor the login."""
    url = reverse(f"{ALERTS}:{view}", args=args)
    response = browser.post(url, {"is_on": "off"}) if view == "switch" else browser.get(url)
    return response.status_code == 200 or "/visit-alerts/" in response.headers.get("Location", "")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("view", VIEWS)
def test_view_lets_in_whom_it_should_for_their_own_alert(view, kind):
    user = user_of(kind)
    args = [] if VIEWS[view][1] is None else [MonitoredPageFactory(alert__author=user).alert.pk]

    assert is_let_in(browser_of(user), view, *args) == (kind in VIEWS[view][0])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("view", [view for view, (_own, other) in VIEWS.items() if other is not None])
def test_view_lets_in_whom_it_should_for_the_alert_of_somebody_else(view, kind):
    alert = MonitoredPageFactory().alert

    assert is_let_in(browser_of(user_of(kind)), view, alert.pk) == (kind in VIEWS[view][1])


@pytest.mark.parametrize("view", VIEWS)
def test_anonymous_visitor_is_sent_to_log_in(view):
    args = [] if VIEWS[view][1] is None else [AlertFactory().pk]

    response = Client().get(reverse(f"{ALERTS}:{view}", args=args))

    assert response.url.startswith(reverse("wagtailadmin_login"))


@pytest.mark.parametrize("view", ["inspect", "analytics", "history", "usage", "copy", "delete", "switch"])
def test_alert_of_somebody_else_is_denied_like_one_that_does_not_exist(view):
    browser = browser_of(user_who_may("add_alert"))
    ask = browser.post if view == "switch" else browser.get

    theirs, missing = (ask(reverse(f"{ALERTS}:{view}", args=[pk])) for pk in (AlertFactory().pk, 999999))

    assert theirs.url == missing.url == reverse("wagtailadmin_home")


def test_every_url_of_alerts_is_asked_for_here():
    from wagtail_visit_alerts.admin.viewsets import AlertViewSet

    of_one_run = {"step", "discard"}
    names = {
        pattern.name for pattern in AlertViewSet().get_urlpatterns() if "uuid:token" not in str(pattern.pattern)
    }
    same = {"index": "list", "index_results": "list_results"}

    assert {same.get(name, name) for name in names} - of_one_run == VIEWS.keys()


@pytest.mark.parametrize(
    ("kind", "seen"),
    [
        ("author", {"Mine"}),
        ("changer", {"Mine", "Theirs"}),
        ("deleter", {"Mine", "Theirs"}),
        ("viewer", {"Mine", "Theirs"}),
    ],
)
def test_listing_shows_only_what_the_user_may_see(kind, seen):
    user = user_of(kind)
    AlertFactory(name="Mine", author=user)
    AlertFactory(name="Theirs")

    response = browser_of(user).get(reverse(f"{ALERTS}:list"))

    assert {alert.name for alert in response.context["object_list"]} == seen
    assert ("Theirs" in response.content.decode()) == ("Theirs" in seen)


def test_filters_offer_nothing_of_alerts_that_the_user_may_not_see(price_list):
    theirs = AlertFactory(group="Secret group", author=UserFactory(username="secret.author"))
    MonitoredPageFactory(alert=theirs, kind="page", path="", page=price_list)

    html = browser_of(user_who_may("add_alert")).get(reverse(f"{ALERTS}:list")).content.decode()

    assert "Secret group" not in html
    assert "secret.author" not in html
    assert "Price list" not in html


def test_buttons_of_the_listing_are_those_that_the_alert_allows():
    user = user_who_may("add_alert", "view_alert")
    own, other = AlertFactory(author=user), AlertFactory()

    html = browser_of(user).get(reverse(f"{ALERTS}:list")).content.decode()

    for view in ("edit", "delete", "switch"):
        may_if_on = view != "switch"
        assert (reverse(f"{ALERTS}:{view}", args=[own.pk]) in html) or not may_if_on
        assert reverse(f"{ALERTS}:{view}", args=[other.pk]) not in html
    assert reverse(f"{ALERTS}:inspect", args=[other.pk]) in html
    assert reverse(f"{ALERTS}:copy", args=[other.pk]) in html


def test_inspect_view_offers_no_button_that_the_alert_does_not_allow():
    user = user_who_may("add_alert", "view_alert")
    other = AlertFactory()

    html = browser_of(user).get(reverse(f"{ALERTS}:inspect", args=[other.pk])).content.decode()

    assert not any(
        reverse(f"{ALERTS}:{view}", args=[other.pk]) in html for view in ("edit", "delete", "history")
    )


@pytest.mark.parametrize("action", ["switch_off", "delete"])
def test_bulk_action_neither_touches_nor_names_the_alert_of_somebody_else(action):
    user = user_who_may("add_alert")
    AlertFactory(name="Mine", author=user)
    theirs = AlertFactory(name="Theirs")
    browser = browser_of(user)
    url = reverse("wagtail_bulk_action", args=["wagtail_visit_alerts", "alert", action]) + "?id=all"
    by_id = url.replace("id=all", f"id={theirs.pk}")

    pages = [browser.get(one).content.decode() for one in (url, by_id)]
    for one in (url, by_id):
        browser.post(one)

    assert "Mine" in pages[0]
    assert not any("Theirs" in page for page in pages)
    theirs.refresh_from_db()
    assert theirs.is_on
    assert not Alert.objects.filter(name="Mine", is_on=True).exists()


def test_bulk_action_names_an_alert_that_the_user_may_see_but_not_change():
    user = user_who_may("add_alert", "view_alert")
    theirs = AlertFactory(name="Theirs")
    url = (
        reverse("wagtail_bulk_action", args=["wagtail_visit_alerts", "alert", "switch_off"])
        + f"?id={theirs.pk}"
    )

    html = browser_of(user).get(url).content.decode()

    assert "You may not change this alert:" in html
    assert "Theirs" in html


def test_chooser_offers_only_alerts_that_the_user_may_see():
    user = user_who_may("add_alert")
    mine, theirs = AlertFactory(name="Mine", author=user), AlertFactory(name="Theirs")
    browser = browser_of(user)

    offered = "".join(
        browser.get(reverse(f"{CHOOSER}:{view}"), {"id": [mine.pk, theirs.pk]}).content.decode()
        for view in ("choose", "choose_results", "chosen_multiple")
    )

    assert "Mine" in offered
    assert "Theirs" not in offered
    assert browser.get(reverse(f"{CHOOSER}:chosen", args=[mine.pk])).status_code == 200
    assert browser.get(reverse(f"{CHOOSER}:chosen", args=[theirs.pk])).status_code == 404


@pytest.mark.parametrize("action", ["view", "change", "delete", "add", "publish"])
def test_policy_names_the_users_who_may_as_it_judges_them(action):
    policy, alert = AlertPermissionPolicy(Alert), AlertFactory()
    users = [*(user_of(kind) for kind in KINDS), alert.author]
    alert.author.user_permissions.add(Permission.objects.get(codename="add_alert"))
    group = Group.objects.create(name="Sales")
    group.permissions.add(Permission.objects.get(codename="change_alert"))
    (member := UserFactory()).groups.add(group)
    users = [type(user).objects.get(pk=user.pk) for user in [*users, member]]

    some, this = (
        {user.pk for user in users if judge(user)}
        for judge in (
            lambda user: policy.user_has_permission(user, action),
            lambda user: policy.user_has_permission_for_instance(user, action, alert),
        )
    )

    assert {user.pk for user in policy.users_with_permission(action)} == some
    if action != "add":
        assert {user.pk for user in policy.users_with_permission_for_instance(action, alert)} == this
        assert {
            user.pk
            for user in users
            if policy.instances_user_has_permission_for(user, action).filter(pk=alert.pk)
        } == this
