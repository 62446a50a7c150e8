"""The guide inside the admin: every page, in the reader's language, and where the wizard links to."""

import pytest
from django.urls import reverse
from wagtail.users.models import UserProfile

from wagtail_visit_alerts.admin.guide import SECTIONS, guide_url
from wagtail_visit_alerts.admin.wizard.steps import SLUGS

from .walking import Walk, browser_of, user_who_may

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


def reader(language):
    """The browser of somebody who may enter the admin, and no more, with this language."""
    user = user_who_may()
    UserProfile.objects.create(user=user, preferred_language=language)
    return browser_of(user)


@pytest.mark.parametrize("section", SECTIONS)
@pytest.mark.parametrize("language", ["en", "pl"])
def test_page_of_the_guide_is_shown_in_the_readers_language(section, language):
    response = reader(language).get(guide_url(section))

    assert response.status_code == 200
    assert response.templates[0].name == f"wagtail_visit_alerts/guide/{language}/{section}.html"
    assert f'<div class="visit-alerts-guide" lang="{language}">' in response.content.decode()


def test_guide_is_english_for_who_reads_neither_language():
    response = reader("de").get(guide_url("name"))

    assert '<div class="visit-alerts-guide" lang="en">' in response.content.decode()


def test_contents_mark_the_page_that_is_shown():
    html = reader("en").get(guide_url("frequency")).content.decode()

    assert f'<a href="{guide_url("frequency")}" aria-current="page">Frequency</a>' in html
    assert html.count('aria-current="page"') == 1


def test_address_of_the_guide_shows_its_first_page():
    response = reader("en").get("/admin/visit-alerts/guide/")

    assert response.templates[0].name == "wagtail_visit_alerts/guide/en/index.html"


def test_page_that_the_guide_lacks_is_not_found():
    assert reader("en").get(guide_url("nothing")).status_code == 404


def test_anonymous_visitor_is_sent_to_log_in(client):
    response = client.get(guide_url("name"))

    assert response.status_code == 302
    assert response.url.startswith(reverse("wagtailadmin_login"))


@pytest.mark.parametrize("step", SLUGS)
def test_every_step_links_to_its_page_of_the_guide(step):
    walk = Walk(user_who_may("add_alert", "view_contact")).walk_to_summary()

    html = walk.see(step).content.decode()

    assert f'<a href="{guide_url(step)}" target="_blank">' in html


def test_help_menu_leads_to_the_guide():
    assert guide_url("index") in reader("en").get(reverse("wagtailadmin_home")).content.decode()
