"""The books of the chaos suite: they find what is lost, doubled or over the cap."""

import pytest

from .mail_server import Acceptance, Session
from .reconciling import Owed, reconcile

pytestmark = [pytest.mark.any_database, pytest.mark.any_wagtail]

MARTA, GONE = "marta@example.com", "gone@refused.example"


def owed(message_id="<1@x>", recipient=MARTA, status="sent", reason=""):
    return Owed(1, message_id, recipient, status, reason)


def accepted(message_id="<1@x>", at=0.0, session=None, is_unanswered=False):
    return Acceptance(message_id, MARTA, at, session or Session(ended="quit"), is_unanswered)


def balance(deliveries, mailbox, *, raised=((1, 1),), **more):
    return reconcile(
        deliveries, mailbox, raised=raised, cap=1, expected=len(set(raised)), refused={GONE}, **more
    )


def test_all_is_well_when_each_delivery_was_accepted_once():
    books = balance([owed()], [accepted()])

    assert (books.delivered, books.lost, books.wrong) == (1, 0, [])


def test_delivery_that_was_recorded_and_never_accepted_is_lost():
    books = balance([owed()], [])

    assert books.lost == 1
    assert books.wrong == ["1 deliveries never reached the mail server."]


def test_notification_over_the_cap_is_found():
    assert balance([owed()], [accepted()], raised=[(1, 1), (1, 1)]).over_the_cap == 1


@pytest.mark.parametrize(
    ("first", "more", "cause"),
    [
        (accepted(is_unanswered=True), {}, "connection dropped"),
        (accepted(session=Session()), {}, "process died"),
        (accepted(at=10.0), {"database_away": [(9.0, 12.0)]}, "database away"),
    ],
)
def test_copy_with_a_cause_is_no_fault(first, more, cause):
    books = balance([owed()], [first, accepted(at=99.0)], **more)

    assert dict(books.duplicates) == {cause: 1}
    assert books.wrong == []


def test_copy_without_a_cause_is_a_fault():
    books = balance([owed()], [accepted(), accepted(at=99.0)])

    assert books.unexplained == 1
    assert len(books.wrong) == 1


def test_message_after_which_the_session_went_on_was_recorded():
    session = Session()
    mailbox = [accepted(session=session), accepted("<2@x>", session=session), accepted(at=99.0)]

    assert balance([owed(), owed("<2@x>")], mailbox).unexplained == 1


def test_copy_of_which_the_database_knows_nothing_is_a_fault():
    assert balance([owed()], [accepted(), accepted("<2@x>")]).wrong != []


def test_refused_delivery_has_to_have_failed_with_a_reason():
    failed = owed("<2@x>", GONE, "failed", "550 No such user here")

    assert balance([owed(), failed], [accepted()]).wrong == []
    assert balance([owed(), owed("<2@x>", GONE, "waiting")], [accepted()]).wrong != []
