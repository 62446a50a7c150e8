"""The pages of the example site, as a browser gets them."""

import re

import pytest

pytestmark = pytest.mark.any_database

PAGES = [
    "/",
    "/products/",
    "/products/anvil/",
    "/products/sparrow/",
    "/products/porter/",
    "/pricing/",
    "/case-studies/",
    "/case-studies/baltic-pallets/",
    "/case-studies/danube-fasteners/",
    "/blog/",
    "/blog/what-a-pallet-really-weighs/",
    "/blog/a-day-at-the-calibration-bench/",
    "/blog/do-not-weigh-the-driver/",
    "/contact/",
    "/newsletter/",
]


@pytest.mark.parametrize("path", PAGES)
def test_page_is_there_with_the_beacon(demo, path):
    status, html = demo.get(path)

    assert status == 200
    assert re.search(r"<script[^>]+data-", html)


@pytest.mark.parametrize("path", PAGES)
def test_page_asks_no_other_server_for_anything(demo, path):
    _, html = demo.get(path)

    loaded = re.findall(r"<(?:script|link|img|iframe)[^>]+(?:src|href)=\"([^\"]+)\"", html)

    assert loaded
    assert all(address.startswith("/") for address in loaded), loaded


def test_style_sheet_is_served(demo):
    assert demo.get("/static/company/site.css")[0] == 200


def test_admin_and_inbox_are_there(demo):
    assert "Sign in" in demo.get("/admin/login/")[1]
    assert "Inbox" in demo.get("/inbox/")[1]


def test_contact_form_asks_for_name_email_company_phone_and_message(demo):
    _, html = demo.get("/contact/")

    names = re.findall(r"<(?:input|textarea)[^>]+name=\"(\w+)\"", html)

    assert [name for name in names if name != "csrfmiddlewaretoken"] == [
        "name", "email", "company", "phone", "message",
    ]  # fmt: skip


def test_newsletter_links_are_signed_for_the_chosen_reader(demo):
    _, first = demo.get("/newsletter/")
    second_reader = re.search(r'href="\?reader=(\d+)"><b>Piotr', first)[1]

    _, second = demo.get(f"/newsletter/?reader={second_reader}")

    assert "Good morning, Anna Nowak" in first
    assert "Good morning, Piotr Lis" in second
    assert re.search(r'href="/pricing/\?va=[^"]{20,}"', first)
    assert re.search(r'href="[^"]*/products/anvil/\?va=[^"]{20,}"', second)


def test_newsletter_of_an_unknown_reader_is_the_first_one_s(demo):
    assert "Good morning, Anna Nowak" in demo.get("/newsletter/?reader=nobody")[1]


def test_sent_mail_is_shown_in_the_inbox(demo):
    done = demo.manage("sendtestemail", "marta@example.com")

    assert done.returncode == 0, done.stderr
    assert "marta@example.com" in demo.get("/inbox/")[1]
