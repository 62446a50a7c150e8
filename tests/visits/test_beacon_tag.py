import re
from urllib.parse import quote

import pytest
from django.core.management import call_command
from django.test import RequestFactory

from wagtail_visit_alerts.jinja2tags import visit_alerts_beacon as jinja2_beacon
from wagtail_visit_alerts.templatetags.visit_alerts import visit_alerts_beacon
from wagtail_visit_alerts.visits.beacon_tag import cookie_pattern
from wagtail_visit_alerts.visits.consent import holds_cookie

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


def test_tag_prints_the_script_for_single_pages_where_the_site_wants_it(request_, settings):
    settings.WAGTAIL_VISIT_ALERTS = {"SINGLE_PAGE": True}
    request_.csp_nonce = "abc"

    printed = visit_alerts_beacon({"request": request_})

    assert printed.endswith(
        '<script src="/static/wagtail_visit_alerts/page-view-single.js" nonce="abc" defer></script>'
    )
    assert printed.count("<script") == 2


def test_tag_prints_nothing_where_static_files_were_not_collected(request_, settings, tmp_path, caplog):
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"},
    }

    assert visit_alerts_beacon({"request": request_}) == ""
    assert "tag.script_not_collected" in caplog.text


def test_scripts_are_collected_under_the_names_of_their_contents(request_, settings, tmp_path):
    settings.WAGTAIL_VISIT_ALERTS = {"SINGLE_PAGE": True}
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"},
    }
    call_command("collectstatic", interactive=False, verbosity=0)

    names = re.findall(r'src="/static/([^"]+)"', visit_alerts_beacon({"request": request_}))

    assert [re.sub(r"\.[0-9a-f]{12}\.", ".", name) for name in names] == [
        "wagtail_visit_alerts/page-view.js",
        "wagtail_visit_alerts/page-view-single.js",
    ]
    assert [name for name in names if not (tmp_path / name).is_file()] == []


@pytest.mark.parametrize("consent", ["", "not_required", "shop.consent.given"])
def test_tag_says_nothing_of_consent_where_the_script_need_not_know(request_, settings, consent):
    settings.WAGTAIL_VISIT_ALERTS = {"CONSENT": consent}

    assert "data-consent" not in visit_alerts_beacon({"request": request_})


def test_tag_says_by_which_cookie_the_script_knows_of_consent(request_, settings):
    settings.WAGTAIL_VISIT_ALERTS = {"CONSENT": {"cookie": "consent", "value": "yes"}}

    assert 'data-consent="(?:^|; )consent=yes(?:;|$)"' in visit_alerts_beacon({"request": request_})


@pytest.mark.parametrize(
    ("pattern", "value"),
    [
        ("yes", "yes"),
        ("yes", "yes2"),
        ("yes", "no"),
        ("yes", "YES"),
        ("yes", ""),
        ("", ""),
        ("", "yes"),
        ("*", ""),
        ("*", "anything"),
        ("a.c", "abc"),
        ("a.c", "a.c"),
        ("(x)[1]$", "(x)[1]$"),
        ("100%", "100%"),
        ("a;b", "a%3bb"),
        ("a, b", "a%2c%20b"),
        ("zgoda-ż", "zgoda-%C5%BC"),
        ("zgoda-ż", "zgoda-%c5%bc"),
        ("a*b*c", "a1b2c"),
        ("a*b*c", "abbc"),
        ("a*b*c", "acb"),
        ('*"analytics"*', quote('{"categories":["necessary","analytics"],"revision":0}')),
        ('*"analytics"*', quote('{"categories":["necessary"],"revision":0}')),
        ("*analytics:1*", "necessary:1|analytics:1"),
        ("*analytics:1*", "necessary:1%7Canalytics%3A0"),
    ],
)
def test_script_and_server_find_consent_in_the_same_cookies(settings, pattern, value):
    settings.WAGTAIL_VISIT_ALERTS = {"CONSENT": {"cookie": "c.c", "value": pattern}}
    request = RequestFactory().get("/", headers={"Cookie": f"a=1; c.c={value}; z=yes"})

    found = re.search(cookie_pattern("c.c", pattern), f"a=1; c.c={value}; z=yes")

    assert bool(found) == holds_cookie(request)


@pytest.mark.parametrize(
    "cookies", ["", "other=yes", "my-consent=yes", "consent2=yes", "x=consent=yes", "consen=yes"]
)
def test_cookie_of_another_name_is_no_consent(cookies):
    assert not re.search(cookie_pattern("consent", "yes"), cookies)


@pytest.mark.parametrize(
    "rule", [{}, {"cookie": "consent"}, {"cookie": 5, "value": "*"}, {"cookie": "c", "value": 1}]
)
def test_consent_setting_that_says_nothing_lets_nobody_be_recorded(rule):
    assert not re.search(cookie_pattern(rule.get("cookie"), rule.get("value")), "consent=yes; c=1; 5=x")
