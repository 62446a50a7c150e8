"""Who is on the site now: by what browsers have reported, and no more than that."""

from datetime import UTC, datetime, timedelta

import pytest

from wagtail_visit_alerts.models import Contact, Ending, Source
from wagtail_visit_alerts.reporting.presence import State, present

from ..factories import AddressFactory, ContactFactory, PageViewFactory, UserFactory, VisitorFactory
from ..query_counting import counted_queries

pytestmark = [pytest.mark.django_db, pytest.mark.any_wagtail]
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def ago(minutes=0, seconds=0):
    return NOW - timedelta(minutes=minutes, seconds=seconds)


def seen(contact=None, *, visitor=None, entered, last=None, **fields):
    """A page view of a contact's browser, whose last message came at its entry unless it is said."""
    if visitor is None:
        visitor = VisitorFactory(contact=contact, last_seen_at=last or entered)
    return PageViewFactory(visitor=visitor, entered_at=entered, **fields)


def left(at):
    return {"ended_at": at}


def moved_on(at):
    return {"ended_at": at, "ending": Ending.MOVED_ON}


@pytest.fixture
def anna(db):
    return ContactFactory(name="Anna Nowak")


def found(**kwargs):
    return present(Contact.objects.all(), now=NOW, **kwargs)


def states():
    return [(one.contact.name, one.state) for one in found()]


def test_page_entered_a_moment_ago_is_open(anna):
    page_view = seen(anna, entered=ago(2))

    (one,) = found()

    assert (one.contact, one.page_view, one.state) == (anna, page_view, State.HERE)
    assert one.on_page_since == one.on_site_since == ago(2)


def test_after_ten_minutes_without_a_message_it_is_doubtful_whether_anybody_is_there(anna):
    seen(anna, entered=ago(11))

    (one,) = found()

    assert (one.state, one.last_sign_at) == (State.DOUBTFUL, ago(11))


def test_message_of_the_browser_is_a_sign_of_its_latest_page(anna):
    seen(anna, entered=ago(50), last=ago(3))

    (one,) = found()

    assert (one.state, one.last_sign_at, one.on_page_since) == (State.HERE, ago(3), ago(50))


def test_after_half_an_hour_without_a_message_the_contact_is_gone(anna):
    seen(anna, entered=ago(31))

    assert found() == []


def test_page_that_was_left_a_moment_ago_counts_as_open_as_the_next_may_follow(anna):
    seen(anna, entered=ago(2), last=ago(seconds=20), **left(ago(seconds=20)))

    assert states() == [("Anna Nowak", State.HERE)]


def test_page_that_nothing_followed_says_when_it_was_left(anna):
    seen(anna, entered=ago(4), last=ago(2), **left(ago(2)))

    (one,) = found()

    assert (one.state, one.left_at) == (State.LEFT, ago(2))


def test_contact_who_left_is_gone_after_some_minutes(anna):
    seen(anna, entered=ago(10), last=ago(6), **left(ago(6)))

    assert found() == []


def test_closed_page_is_not_open_again(anna):
    seen(anna, entered=ago(2), ending=Ending.CLOSED, **left(ago(2)))

    assert states() == [("Anna Nowak", State.LEFT)]


def test_contact_who_moved_on_is_on_the_next_page_since_then_and_on_the_site_since_the_first(anna):
    visitor = VisitorFactory(contact=anna, last_seen_at=ago(1))
    seen(visitor=visitor, entered=ago(70), **moved_on(ago(40)))
    seen(visitor=visitor, entered=ago(40), **moved_on(ago(1)))
    latest = seen(visitor=visitor, entered=ago(1))

    (one,) = found()

    assert (one.page_view, one.on_page_since, one.on_site_since) == (latest, ago(1), ago(70))


def test_visit_begins_after_half_an_hour_without_a_page(anna):
    visitor = VisitorFactory(contact=anna, last_seen_at=ago(1))
    seen(visitor=visitor, entered=ago(60), **left(ago(45)))
    seen(visitor=visitor, entered=ago(14), **moved_on(ago(1)))
    seen(visitor=visitor, entered=ago(1))

    assert found()[0].on_site_since == ago(14)


def test_several_tabs_and_browsers_are_one_row_on_the_page_that_was_entered_last(anna):
    seen(anna, entered=ago(5))
    latest = seen(anna, entered=ago(3))

    (one,) = found()

    assert one.page_view == latest


def test_contact_who_closes_one_tab_is_on_the_page_of_the_other(anna):
    visitor = VisitorFactory(contact=anna, last_seen_at=ago(2))
    other = seen(visitor=visitor, entered=ago(12))
    seen(visitor=visitor, entered=ago(5), **left(ago(2)))

    (one,) = found()

    assert (one.page_view, one.state, one.last_sign_at) == (other, State.HERE, ago(2))


def test_tab_of_an_hour_ago_beside_one_that_was_left_is_not_taken_for_open(anna):
    visitor = VisitorFactory(contact=anna, last_seen_at=ago(2))
    seen(visitor=visitor, entered=ago(60))
    seen(visitor=visitor, entered=ago(5), **left(ago(2)))

    assert states() == [("Anna Nowak", State.LEFT)]


def test_row_of_the_server_that_no_browser_has_confirmed_does_not_count(anna):
    seen(anna, entered=ago(1), source=Source.HOOK, is_confirmed=False)

    assert found() == []


def test_contact_whose_recording_was_stopped_is_not_shown(anna):
    seen(anna, entered=ago(1))
    Contact.objects.update(recording_stopped_at=NOW)

    assert found() == []


def test_stranger_is_not_shown(db):
    seen(entered=ago(1))

    assert found() == []


def test_own_contacts_come_first_and_whoever_left_last():
    me = UserFactory()
    for name, owner, fields in [
        ("mine, left", me, left(ago(1))),
        ("mine, doubtful", me, {}),
        ("theirs, left", UserFactory(), left(ago(2))),
        ("theirs", UserFactory(), {}),
    ]:
        seen(
            ContactFactory(name=name, owner=owner),
            entered=ago(12 if "doubtful" in name else 3),
            last=ago(1) if "left" in name else None,
            **fields,
        )

    assert [one.contact.name for one in found(first_of=me)] == [
        "mine, doubtful",
        "theirs",
        "mine, left",
        "theirs, left",
    ]


def test_only_the_contacts_that_are_asked_for_are_found(anna):
    seen(anna, entered=ago(1))
    seen(ContactFactory(), entered=ago(1))

    assert [one.contact for one in present(Contact.objects.filter(pk=anna.pk), now=NOW)] == [anna]


def test_list_is_read_in_one_query_however_many_are_there_and_one_more_for_what_is_new(db):
    for number in range(10):
        seen(ContactFactory(), entered=ago(1), address=AddressFactory(text=f"http://testserver/{number}/"))

    costs = []
    for _ in range(2):
        with counted_queries() as queries:
            for one in found():
                assert one.contact.owner.username
                assert one.page_view.title
                assert one.page_view.visitor.identified_by
        costs.append(len(queries))

    assert costs == [2, 1]
