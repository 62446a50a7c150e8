"""The books: what the database says was to be sent, against what the mail server has taken."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tests.chaos.mail_server import Acceptance

#: Seconds after a database came back in which a process may still hold a connection that it broke.
AFTERMATH = 5.0


@dataclass(frozen=True)
class Owed:
    """One delivery as the database has it at the end."""

    notification: int
    message_id: str
    recipient: str
    status: str
    reason: str


@dataclass
class Books:
    """The figures of the table, and what is wrong with them."""

    notifications: int
    expected: int
    deliveries: int
    delivered: int
    lost: int
    refused: int
    over_the_cap: int
    duplicates: Counter = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    @property
    def unexplained(self) -> int:
        return self.duplicates["not explained"]


def reconcile(
    owed: Sequence[Owed],
    mailbox: Sequence[Acceptance],
    *,
    raised: Iterable[tuple[int, int]],
    cap: int,
    expected: int,
    refused: set[str],
    database_away: Sequence[tuple[float, float]] = (),
) -> Books:
    """Balance the books. ``raised`` is the alert and contact of each notification of the one period."""
    accepted: dict[tuple[str, str], list[Acceptance]] = defaultdict(list)
    for acceptance in mailbox:
        accepted[acceptance.message_id, acceptance.recipient].append(acceptance)
    to_refused = [one for one in owed if one.recipient in refused]
    to_others = [one for one in owed if one.recipient not in refused]
    lost = [one for one in to_others if (one.message_id, one.recipient) not in accepted]
    raised = list(raised)
    books = Books(
        notifications=len(raised),
        expected=expected,
        deliveries=len(to_others),
        delivered=len(to_others) - len(lost),
        lost=len(lost),
        refused=sum(one.status == "failed" and bool(one.reason) for one in to_refused),
        over_the_cap=sum(max(0, number - cap) for number in Counter(raised).values()),
    )
    books.duplicates = _duplicates(accepted, mailbox, database_away)
    books.wrong = list(_wrong(books, to_refused, to_others, accepted, owed))
    return books


def _duplicates(
    accepted: dict[tuple[str, str], list[Acceptance]],
    mailbox: Sequence[Acceptance],
    database_away: Sequence[tuple[float, float]],
) -> Counter:
    """The copies too many, by what became of the process that had handed the copy before it over."""
    last_of_session = {id(acceptance.session): acceptance for acceptance in mailbox}
    causes: Counter = Counter()
    for copies in accepted.values():
        for copy in sorted(copies, key=lambda one: one.at)[:-1]:
            if copy.is_unanswered:
                causes["connection dropped"] += 1
            elif copy.session.ended != "quit" and last_of_session[id(copy.session)] is copy:
                causes["process died"] += 1
            elif any(began - 1 <= copy.at <= ended + AFTERMATH for began, ended in database_away):
                causes["database away"] += 1
            else:
                causes["not explained"] += 1
    return causes


def _wrong(
    books: Books,
    to_refused: Sequence[Owed],
    to_others: Sequence[Owed],
    accepted: dict[tuple[str, str], list[Acceptance]],
    owed: Sequence[Owed],
) -> Iterable[str]:
    if books.notifications != books.expected:
        yield f"{books.notifications} notifications were committed, not {books.expected}."
    if books.lost:
        yield f"{books.lost} deliveries never reached the mail server."
    if books.over_the_cap:
        yield f"{books.over_the_cap} notifications are more than the cap allows."
    if books.unexplained:
        yield f"{books.unexplained} e-mails were sent twice without a process that died or a connection that broke."
    if books.refused != len(to_refused):
        yield f"{len(to_refused) - books.refused} refused deliveries are not recorded as failed with a reason."
    if unsent := [one for one in to_others if one.status != "sent"]:
        yield f"{len(unsent)} deliveries are recorded as {', '.join(sorted({one.status for one in unsent}))}."
    known = {(one.message_id, one.recipient) for one in owed}
    if strangers := accepted.keys() - known:
        yield f"{len(strangers)} e-mails were sent of which the database knows nothing."
