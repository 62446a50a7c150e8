import pytest
from bs4 import BeautifulSoup
from django.template import Context, Template
from django.urls import reverse
from wagtail.models import Site

from wagtail_visit_alerts.admin.user_bar import VisitItem

from ..browsing import USER_AGENT
from ..factories import UserFactory
from ..query_counting import counted_queries
from .walking import user_who_may

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


def bar(rf, user, **attributes):
    """The user bar on the front page, as this user sees it."""
    request = rf.get("/", headers={"User-Agent": attributes.pop("agent", USER_AGENT)})
    request.user = user
    for name, value in attributes.items():
        setattr(request, name, value)
    page = Site.objects.get(is_default_site=True).root_page
    template = Template("{% load wagtailuserbar %}{% wagtailuserbar %}")
    html = template.render(Context({"request": request, "page": page}))
    return BeautifulSoup(html.replace("<template", "<div").replace("</template", "</div"), "html.parser")


def ours(page):
    """What our item says, and where it leads; None where there is none."""
    link = page.select_one(f'a[href$="{reverse("visit_alerts_guide", args=["test-visits"])}"]')
    return " ".join(link.get_text(" ").split()) if link else None


def test_colleague_is_told_that_the_visit_is_not_recorded(rf):
    assert ours(bar(rf, user_who_may())) == "Your visit is not recorded"


def test_colleague_who_may_set_up_alerts_is_told_how_to_try_one(rf):
    said = ours(bar(rf, user_who_may("add_alert")))

    assert said == "Your visit is not recorded To try an alert, make a test visit"


def test_colleague_is_told_that_the_visit_is_recorded_where_the_site_records_them(rf, settings):
    settings.WAGTAIL_VISIT_ALERTS = {"RECORD_STAFF": True}

    assert ours(bar(rf, user_who_may())) == "Your visit is recorded"


def test_colleague_is_told_what_else_speaks_against_it(rf, settings):
    settings.WAGTAIL_VISIT_ALERTS = {"RECORD_STAFF": True, "EXCLUDED_NETWORKS": ["127.0.0.1"]}

    assert ours(bar(rf, user_who_may())) == "Your visit is not recorded: an excluded network"


def test_bar_in_a_preview_says_nothing_of_visits(rf):
    assert ours(bar(rf, user_who_may("add_alert"), is_preview=True)) is None


def test_item_is_one_of_the_menu_with_an_icon_that_the_bar_holds(rf):
    page = bar(rf, user_who_may())
    link = page.select_one('a[href*="test-visits"]')

    assert link["role"] == "menuitem"
    assert page.select_one(link.use["href"]) is not None


def test_item_costs_no_query_besides_the_users_permissions(rf):
    user = user_who_may("add_alert")
    bar(rf, user)
    request = rf.get("/", headers={"User-Agent": USER_AGENT})
    request.user = user

    with counted_queries() as queries:
        VisitItem().render_html(Context({"request": request}))

    assert queries == []


def test_visitor_of_the_site_sees_no_bar(rf):
    assert bar(rf, UserFactory()).text == ""
