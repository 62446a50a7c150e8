"""A stranger's JSON becomes a report, or is refused with the reason."""

import json
import uuid

import pytest

from wagtail_visit_alerts.models import Sign
from wagtail_visit_alerts.recording import End, Entry, InView, Previous
from wagtail_visit_alerts.visits.messages import MAX_BYTES, MessageError, Withdrawal, parse_message

from ..browsing import VirtualBrowser

pytestmark = [pytest.mark.any_database, pytest.mark.any_wagtail]

ID = "7f2d2d51-6a57-4f6e-9d52-2b7d5e1c1d10"
OTHER_ID = "0c1d8a2e-91f5-4b5c-8d0e-6f6f5b1a2c3d"
MEASURED = {"id": ID, "wall": 3000, "monotonic": 2900, "engaged": 1000}
PREVIOUS = {"id": OTHER_ID, "wall": 3000, "monotonic": 2900, "engaged": 1000, "gap": 40}
MEASURED_TIMES = ("wall", "monotonic", "engaged")


def parse(message, **more):
    body = json.dumps({"version": 1, **message, **more}).encode()
    return parse_message(body, origin="https://www.example.com")


def entry(**more):
    return {**VirtualBrowser().entry("/pricing/"), "id": ID, "tab": OTHER_ID, **more}


def refusal(message, **more):
    with pytest.raises(MessageError) as raised:
        parse(message, **more)
    return str(raised.value)


def test_entry_says_which_page_was_entered_how_and_when():
    message = parse(entry(url="/pricing/?utm_source=x", page=7, ago=1200, navigation=1500))

    assert message.report == Entry(
        id=uuid.UUID(ID),
        tab=uuid.UUID(OTHER_ID),
        url="https://www.example.com/pricing/?utm_source=x",
        page_id=7,
        how="load",
        ago_ms=1200,
        navigation_ms=1500,
    )


def test_entry_names_the_page_view_before_it():
    report = parse(entry(previous=PREVIOUS)).report

    assert report.previous == Previous(
        id=uuid.UUID(OTHER_ID), wall_ms=3000, monotonic_ms=2900, engaged_ms=1000, gap_ms=40
    )


def test_entry_carries_what_was_not_confirmed():
    kept = entry(id=OTHER_ID, ago=5000, previous=PREVIOUS)

    (unsent,) = parse(entry(unsent=[kept])).report.unsent

    assert (unsent.id, unsent.ago_ms, unsent.navigation_ms) == (uuid.UUID(OTHER_ID), 5000, None)
    assert unsent.previous is not None


def test_unsent_entry_carries_no_further_ones():
    (unsent,) = parse(entry(unsent=[entry(unsent=[entry()])])).report.unsent

    assert unsent.unsent == ()


@pytest.mark.parametrize("how", ["load", "reload", "restore", "navigate"])
def test_entry_says_how_the_page_was_entered(how):
    assert parse(entry(how=how)).report.how == how


def test_page_that_changes_its_address_itself_asked_no_server():
    assert parse(entry(how="navigate", navigation=1500)).report.navigation_ms is None


def test_clock_set_back_since_an_entry_was_kept_makes_it_enter_now():
    (unsent,) = parse(entry(unsent=[entry(ago=-60_000)])).report.unsent

    assert unsent.ago_ms == 0


def test_times_are_whole_milliseconds():
    assert parse({"type": "end", **MEASURED}, wall=1234.99).report.wall_ms == 1234


@pytest.mark.parametrize(("name", "kind"), [("end", End), ("in_view", InView)])
def test_message_says_how_long_the_page_was_open_and_in_view(name, kind):
    report = parse({"type": name, **MEASURED}).report

    assert report == kind(id=uuid.UUID(ID), wall_ms=3000, monotonic_ms=2900, engaged_ms=1000)


def test_clock_that_went_backwards_is_taken_as_it_is():
    assert parse({"type": "end", **MEASURED}, wall=-5).report.wall_ms == -5


def test_withdrawal_needs_nothing_else():
    message = parse({"type": "withdraw"}, consent=False)

    assert message.report == Withdrawal()
    assert message.consent is False


@pytest.mark.parametrize(
    ("event", "sign"),
    [
        ("pointerdown", Sign.POINTER),
        ("pointermove", Sign.POINTER),
        ("keydown", Sign.KEY),
        ("touchstart", Sign.TOUCH),
        ("wheel", Sign.SCROLL),
        ("scroll", Sign.SCROLL),
        ("visible", Sign.VISIBLE),
    ],
)
def test_token_comes_with_the_sign_of_life(event, sign):
    message = parse(entry(token="abc", sign=event))

    assert (message.token, message.sign) == ("abc", sign)


@pytest.mark.parametrize("sign", [None, "", "load", "POINTERDOWN", 5, True, [], {}])
def test_token_without_a_sign_of_life_counts_as_none(sign):
    message = parse(entry(token="abc", sign=sign))

    assert (message.token, message.sign) == (None, None)


@pytest.mark.parametrize("token", [None, "", 5, {}, ["abc"], "x" * 201])
def test_sign_of_life_without_a_token_counts_as_none(token):
    message = parse(entry(token=token, sign="keydown"))

    assert (message.token, message.sign) == (None, None)


def test_only_an_entry_opens_a_link():
    assert parse({"type": "end", **MEASURED}, token="abc", sign="keydown").token is None


@pytest.mark.parametrize("message", [entry(), {"type": "end", **MEASURED}, {"type": "withdraw"}])
@pytest.mark.parametrize("consent", [True, False, None])
def test_any_message_says_what_the_banner_has_said(message, consent):
    assert parse(message, consent=consent).consent is consent


@pytest.mark.parametrize("message", [entry(), {"type": "end", **MEASURED}, {"type": "in_view", **MEASURED}])
def test_any_message_of_a_test_visit_says_so(message):
    assert parse(message, test="test.abc").test_token == "test.abc"


@pytest.mark.parametrize("token", [5, [], "x" * 201])
def test_test_token_that_can_be_none_counts_as_none(token):
    assert parse(entry(test=token)).test_token is None


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"5", b"null", b'"entry"', b"\xff\xfe", b"[" * 8000])
def test_what_is_no_object_is_refused(body):
    with pytest.raises(MessageError):
        parse_message(body, origin="https://www.example.com")


@pytest.mark.parametrize("version", [None, 0, 2, "1", [1]])
def test_another_version_is_refused(version):
    assert "version 1" in refusal(entry(), version=version)


def test_message_of_the_greatest_length_is_read_and_a_longer_one_refused():
    body = json.dumps({"version": 1, **entry()}).encode()
    origin = "https://www.example.com"

    assert parse_message(body.ljust(MAX_BYTES), origin=origin)
    with pytest.raises(MessageError, match="8193 bytes"):
        parse_message(body.ljust(MAX_BYTES + 1), origin=origin)


@pytest.mark.parametrize("name", [None, "", "leave", "ENTRY", 5, ["entry"], {}])
def test_unknown_type_is_refused(name):
    assert "type" in refusal(entry(), type=name)


@pytest.mark.parametrize("how", [None, "", "prerender", 5, ["load"], {}])
def test_unknown_way_of_entering_is_refused(how):
    assert refusal(entry(), how=how).startswith("how is none of")


@pytest.mark.parametrize("name", ["id", "tab"])
@pytest.mark.parametrize("value", [None, "", "x", 5, [ID], ID + "0"])
def test_what_is_no_uuid_is_refused(name, value):
    assert refusal(entry(), **{name: value}) == f"{name} is no UUID."


@pytest.mark.parametrize(
    "url", [None, "", 5, [], "pricing", "https://evil.example/", "/ż", "/\ud800", "/" + "x" * 700]
)
def test_what_is_no_path_of_the_site_is_refused(url):
    assert refusal(entry(), url=url).startswith("url is")


def test_query_string_that_is_too_long_is_left_out():
    assert parse(entry(url="/pricing/?" + "x" * 700)).report.url == "https://www.example.com/pricing/"


@pytest.mark.parametrize("page", [0, -1, 2**31, "7", True, [7], float("nan")])
def test_what_can_be_no_pages_id_is_refused(page):
    assert refusal(entry(), page=page).startswith("page is no number")


@pytest.mark.parametrize("value", [None, "5", True, [], float("nan"), float("inf"), 2**53, 10**400])
@pytest.mark.parametrize("name", ["ago", "navigation"])
def test_entry_without_its_times_is_refused(name, value):
    assert refusal(entry(), **{name: value}).startswith(f"{name} is no number")


def test_navigation_that_began_later_is_refused():
    assert refusal(entry(), navigation=-1).startswith("navigation is no number")


@pytest.mark.parametrize("value", [None, "5", False, {}, float("nan"), float("-inf"), -(2**53)])
@pytest.mark.parametrize("name", MEASURED_TIMES)
@pytest.mark.parametrize("kind", ["end", "in_view"])
def test_end_and_report_without_their_times_are_refused(kind, name, value):
    assert refusal({"type": kind, **MEASURED}, **{name: value}).startswith(f"{name} is no number")


@pytest.mark.parametrize("name", ["id", *MEASURED_TIMES, "gap"])
def test_page_view_before_is_refused_where_something_of_it_is_missing(name):
    refused = refusal(entry(previous={key: value for key, value in PREVIOUS.items() if key != name}))

    assert refused.startswith(f"{name} is no ")


@pytest.mark.parametrize("previous", [5, "x", [], [PREVIOUS], True])
def test_page_view_before_that_is_no_object_is_refused(previous):
    assert "no object" in refusal(entry(), previous=previous)


@pytest.mark.parametrize("unsent", [5, "x", {"0": entry()}, [entry()] * 4])
def test_unsent_entries_that_are_no_short_list_are_refused(unsent):
    assert refusal(entry(), unsent=unsent).startswith("unsent is no list")


@pytest.mark.parametrize("unsent", [5, None, "x", []])
def test_unsent_entry_that_is_no_object_is_refused(unsent):
    assert "no object" in refusal(entry(), unsent=[unsent])


def test_message_is_refused_for_an_unsent_entry_that_can_be_none():
    assert refusal(entry(), unsent=[entry(url="pricing")]).startswith("url is")


@pytest.mark.parametrize("consent", [1, "true", [], {}])
def test_consent_that_is_neither_true_nor_false_is_refused(consent):
    assert "consent" in refusal(entry(), consent=consent)


@pytest.mark.parametrize("origin", ["http://testserver:99999", "http://[:a]"])
def test_host_that_can_not_be_is_refused(origin):
    body = json.dumps({"version": 1, **entry()}).encode()

    with pytest.raises(MessageError, match="url is on a host that can't be"):
        parse_message(body, origin=origin)
