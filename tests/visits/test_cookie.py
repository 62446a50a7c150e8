import pytest

from wagtail_visit_alerts.models import PageView, Visitor

from ..browsing import ENDPOINT, VirtualBrowser
from ..factories import ContactFactory

pytestmark = [pytest.mark.django_db, pytest.mark.any_wagtail]

SHARED = {"COOKIE_DOMAIN": "example.com", "COOKIE_HOSTS": ["www.example.com", "Shop.example.com"]}


@pytest.fixture
def shared(settings):
    settings.WAGTAIL_VISIT_ALERTS = SHARED


def browser_on(host, *, client=None, secure=False):
    return VirtualBrowser(client, secure=secure, Host=host)


def key_of(browser, name="va"):
    return browser.client.cookies[name].value.partition("~")[0]


@pytest.mark.parametrize(("secure", "name"), [(False, "va"), (True, "__Host-va")])
def test_cookie_is_the_hosts_own_by_default(secure, name):
    browser = browser_on("www.example.com", secure=secure)

    cookie = browser.post(browser.entry("/")).cookies[name]

    assert cookie["domain"] == ""
    assert cookie["path"] == "/"
    assert cookie["samesite"] == "Lax"
    assert cookie["httponly"]
    assert bool(cookie["secure"]) is secure


@pytest.mark.parametrize("secure", [False, True])
@pytest.mark.parametrize(
    "host", ["www.example.com", "shop.example.com", "WWW.example.com", "www.example.com:8000"]
)
def test_cookie_is_the_parent_domains_on_the_hosts_that_share_it(shared, host, secure):
    browser = browser_on(host, secure=secure)

    response = browser.post(browser.entry("/"))

    assert list(response.cookies) == ["va"]
    assert response.cookies["va"]["domain"] == "example.com"
    assert bool(response.cookies["va"]["secure"]) is secure


def test_visitor_is_one_on_all_hosts_that_share_the_cookie(shared):
    www = browser_on("www.example.com")
    www.open("/", contact=(contact := ContactFactory()))

    browser_on("shop.example.com", client=www.client).open("/cart/")

    assert Visitor.objects.count() == 1
    assert PageView.objects.filter(contact=contact).count() == 2


def test_crossing_hosts_is_no_moving_on(shared):
    www = browser_on("www.example.com")
    www.open("/", contact=ContactFactory())

    browser_on("shop.example.com", client=www.client).open("/cart/")

    assert not PageView.objects.exclude(dwell_ms=None).exists()


@pytest.mark.parametrize("secure", [False, True])
def test_other_host_of_the_domain_neither_reads_nor_sets_the_shared_cookie(shared, secure):
    www = browser_on("www.example.com", secure=secure)
    www.open("/", contact=ContactFactory())

    response = browser_on("blog.example.com", client=www.client, secure=secure).post(www.entry("/"))

    assert response.json()["again"]
    assert [cookie["domain"] for cookie in response.cookies.values()] == [""]


def test_host_is_recorded_whichever_of_two_cookies_comes_first(shared):
    """On plain HTTP a host gets its own cookie and the parent domain's under one name, in no certain order."""
    www, blog = browser_on("www.example.com"), browser_on("blog.example.com")
    www.open("/")
    blog.open("/")
    ours, theirs = www.client.cookies["va"].value, blog.client.cookies["va"].value
    blog.client.cookies.clear()

    for value in (f"va={ours}; va={theirs}", f"va={theirs}; va={ours}"):
        answer = blog.post(blog.entry("/about/"), Cookie=value)
        assert not answer.json()["again"]

    assert Visitor.objects.count() == 2


def test_message_from_another_host_of_the_domain_is_refused(shared, client):
    headers = {"Host": "www.example.com", "Origin": "https://blog.example.com"}

    response = client.post(
        ENDPOINT,
        {"version": 1, **VirtualBrowser().entry("/")},
        content_type="application/json",
        headers=headers,
        secure=True,
    )

    assert response.status_code == 403


@pytest.mark.parametrize("secure", [False, True])
def test_moving_to_a_shared_cookie_and_back_makes_new_visitors(settings, secure):
    browser = browser_on("www.example.com", secure=secure)
    browser.open("/", contact=ContactFactory())

    settings.WAGTAIL_VISIT_ALERTS = SHARED
    browser.open("/shared/")
    settings.WAGTAIL_VISIT_ALERTS = {}
    browser.open("/back/")

    known = PageView.objects.filter(address__text__endswith="/shared/").get()
    assert known.contact is None
    assert PageView.objects.count() == 3


def test_withdrawal_drops_the_shared_cookie(shared):
    browser = browser_on("www.example.com")
    browser.open("/")

    cookie = browser.post({"type": "withdraw"}).cookies["va"]

    assert (cookie["domain"], cookie["max-age"], cookie.value) == ("example.com", 0, "")


def test_cookie_is_renewed_on_use_for_400_days(browser):
    browser.open("/")

    assert browser.open("/about/").cookies["va"]["max-age"] == 400 * 24 * 3600


@pytest.mark.parametrize(
    "value",
    ["forged", "a~b.c.d", "x~99999999999999999999.aaaaaa.bbbb", "~", "", "off;", "va=va", "\x7f", '"'],
    ids=repr,
)
def test_forged_cookie_counts_as_none(browser, value):
    response = browser.post(browser.entry("/"), Cookie=f"va={value}")

    assert response.status_code == 200
    assert not Visitor.objects.exists()


def test_cookie_signed_with_an_earlier_secret_of_the_site_is_still_the_visitors(browser, settings):
    settings.SECRET_KEY = "the first secret"
    browser.open("/", contact=(contact := ContactFactory()))
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "the second secret", ["the first secret"]

    browser.open("/pricing/")

    assert PageView.objects.filter(contact=contact).count() == 2
