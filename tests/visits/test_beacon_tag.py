import pytest
from django.test import RequestFactory

from wagtail_visit_alerts.jinja2tags import visit_alerts_beacon as jinja2_beacon
from wagtail_visit_alerts.templatetags.visit_alerts import visit_alerts_beacon

pytestmark = pytest.mark.django_db


@pytest.fixture
def request_():
    return RequestFactory().get("/")


def test_tag_prints_script_endpoint_and_page(request_, pricing):
    printed = visit_alerts_beacon({"request": request_, "page": pricing})

    assert printed == (
        '<script src="/static/wagtail_visit_alerts/page-view.js" data-endpoint="/visit-alerts/page-views/" '
        f'data-link="va" data-page="{pricing.pk}" defer></script>'
    )


def test_tag_works_without_a_wagtail_page(request_):
    assert "data-page" not in visit_alerts_beacon({"request": request_})


def test_tag_prints_nothing_in_a_preview(request_, pricing):
    request_.is_preview = True

    assert visit_alerts_beacon({"request": request_, "page": pricing}) == ""


def test_tag_prints_nothing_without_a_request(pricing):
    assert visit_alerts_beacon({"page": pricing}) == ""


def test_tag_passes_the_sites_nonce_through(request_):
    request_.csp_nonce = 'abc"'

    assert 'nonce="abc&quot;"' in visit_alerts_beacon({"request": request_})


def test_tag_prints_nothing_where_the_urls_are_not_included(request_, settings):
    settings.ROOT_URLCONF = "tests.urls_without_endpoint"

    assert visit_alerts_beacon({"request": request_}) == ""


def test_jinja2_prints_the_same(request_, pricing):
    context = {"request": request_, "page": pricing}

    assert jinja2_beacon(context) == visit_alerts_beacon(context)
