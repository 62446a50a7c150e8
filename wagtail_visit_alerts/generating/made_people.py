"""Made people: salespeople, their contacts, the contacts' browsers, and how these became known."""

import random
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from taggit.models import Tag

from wagtail_visit_alerts.conf import settings
from wagtail_visit_alerts.generating.bulk_rows import BulkRows
from wagtail_visit_alerts.generating.drawing_lots import Lots
from wagtail_visit_alerts.generating.invented import (
    BROWSERS,
    CITIES,
    COUNTRIES,
    NOTES,
    POSITIONS,
    Person,
    person,
)
from wagtail_visit_alerts.generating.sizes import Size
from wagtail_visit_alerts.models import (
    Contact,
    ContactNote,
    ContactTag,
    LinkOutcome,
    LinkUse,
    Method,
    Sign,
    SignedLink,
    UserAgent,
    Visitor,
)
from wagtail_visit_alerts.models.email_address import address_of, email_key

TAGS = ("customer", "prospect", "distributor", "export", "service", "fair 2026", "klient", "przetarg")
METHODS = (Method.LINK, Method.LINK, Method.LINK, Method.FORM, Method.FORM, Method.API, Method.LOGIN)
#: The busiest contacts, by their rank: each is a whole office behind one address, with a browser on every desk.
OFFICES = 20
BROWSERS_OF_AN_OFFICE = 25


@dataclass
class MadePeople:
    """Who there is. Contacts are numbered from 0, the busiest first; the lists are by that number."""

    users: list[Any]
    addresses_of_users: dict[int, str]
    contact_ids: list[int] = field(default_factory=list)
    owner_ids: list[int | None] = field(default_factory=list)
    known_from: list[datetime] = field(default_factory=list)
    visitor_ids: list[tuple[int, ...]] = field(default_factory=list)
    user_agent_ids: list[int] = field(default_factory=list)
    #: When each contact and each visitor was seen last, by their ids.
    contact_seen_at: dict[int, datetime] = field(default_factory=dict)
    visitor_seen_at: dict[int, datetime] = field(default_factory=dict)


def make_people(size: Size, *, rng: random.Random, since: datetime, now: datetime) -> MadePeople:
    """Write users and contacts with all that is known of them but what they looked at. They can't log in."""
    users = _make_users(size.salespeople, rng=rng)
    people = MadePeople(users=users, addresses_of_users={user.pk: address_of(user) for user in users})
    people.user_agent_ids = [
        UserAgent.id_of(browser.format(version)) for browser in BROWSERS for version in range(120, 128)
    ]
    _make_contacts(people, size=size, rng=rng, since=since, now=now)
    return people


def _make_users(number: int, *, rng: random.Random) -> list[Any]:
    users = get_user_model()
    email_field = users.get_email_field_name()
    made = []
    for count in range(1, number + 1):
        one = person(rng, mark="", companies=1)
        name = f"{one.first_name}.{one.last_name}.{rng.getrandbits(32):08x}".lower()
        fields = {email_field: f"{count}.{rng.getrandbits(32):08x}@sales.example"}
        fields.setdefault(users.USERNAME_FIELD, name)
        user = users(**fields, password=make_password(None))
        if hasattr(user, "first_name") and hasattr(user, "last_name"):
            user.first_name, user.last_name = one.first_name, one.last_name
        user.save()
        made.append(user)
    return made


def _make_contacts(
    people: MadePeople, *, size: Size, rng: random.Random, since: datetime, now: datetime
) -> None:
    """Contacts in the order in which they became known: the busiest may be any of them."""
    writer = _ContactWriter(people, rng=rng, now=now)
    numbers = list(range(size.contacts))
    people.owner_ids = [None] * size.contacts
    people.visitor_ids = [()] * size.contacts
    # One in five became known while the page views go on, others before.
    people.known_from = sorted(_known_from(rng, since=since, now=now) for _number in numbers)
    rng.shuffle(numbers)
    ids, known_from = [0] * size.contacts, list(people.known_from)
    companies = max(5, size.contacts // 4)
    series = f"{rng.getrandbits(32):x}-"
    for position, number in enumerate(numbers):
        invented = person(rng, mark=f"{series}{position + 1}", companies=companies)
        people.known_from[number] = known_from[position]
        ids[number] = writer.add(invented, number=number, known_from=known_from[position])
        if position % 5_000 == 0:
            writer.write()
    writer.write()
    people.contact_ids = ids


def _known_from(rng: random.Random, *, since: datetime, now: datetime) -> datetime:
    if rng.random() < 0.2:
        return since + rng.random() * (now - since - timedelta(hours=1))
    return since - timedelta(days=rng.random() * 300)


class _ContactWriter:
    """Writes contacts and what hangs on them, in an order in which nothing refers to what is not there yet."""

    def __init__(self, people: MadePeople, *, rng: random.Random, now: datetime) -> None:
        self._people, self._rng, self._now = people, rng, now
        self._owners = Lots(people.users, slope=0.5)
        self._tag_ids = [Tag.objects.get_or_create(name=name)[0].pk for name in TAGS]
        self._contacts = BulkRows(
            Contact,
            *("email", "email_key", "name", "phone", "company", "position", "city", "country", "language"),
            *("extra", "owner", "link_key", "created_at", "updated_at"),
        )
        self._tags = BulkRows(ContactTag, "tag", "content_object")
        self._notes = BulkRows(ContactNote, "contact", "author", "text", "written_at")
        self._visitors = BulkRows(
            Visitor,
            *("key_hash", "contact", "identified_by", "identified_at", "user_agent", "beacon_seen_at"),
            *("last_seen_at", "created_at"),
        )
        self._links = BulkRows(SignedLink, "token_hash", "contact", "first_opened_at")
        self._uses = BulkRows(LinkUse, "link", "visitor", "sign", "outcome", "opened_at")

    def add(self, one: Person, *, number: int, known_from: datetime) -> int:
        """Add a contact with tags, notes and browsers; gives its id."""
        rng = self._rng
        owner_id = self._owners.draw(rng).pk if rng.random() < 0.96 else None
        contact_id = self._contacts.add(
            *(one.email, email_key(one.email), f"{one.first_name} {one.last_name}"),
            f"+{rng.randint(10**9, 10**10 - 1)}" if rng.random() < 0.7 else "",
            *(one.company, rng.choice(POSITIONS[one.language]), rng.choice(CITIES[one.language])),
            *(COUNTRIES[one.language], one.language, _extra(rng), owner_id),
            *(f"{rng.getrandbits(128):032x}", known_from, known_from),
        )
        for tag_id in rng.sample(self._tag_ids, k=rng.choice((0, 1, 1, 2))):
            self._tags.add(tag_id, contact_id)
        for _note in range(60 if number == 0 else rng.choice((1, 2, 3)) if rng.random() < 0.1 else 0):
            author_id = owner_id or rng.choice(self._people.users).pk
            written_at = known_from + rng.random() * (self._now - known_from)
            self._notes.add(contact_id, author_id, rng.choice(NOTES), written_at)
        self._people.owner_ids[number] = owner_id
        browsers = BROWSERS_OF_AN_OFFICE if number < OFFICES else 1 + int(rng.random() * 2.2)
        self._people.visitor_ids[number] = tuple(
            self._browser(contact_id, known_from=known_from) for _browser in range(browsers)
        )
        return contact_id

    def _browser(self, contact_id: int, *, known_from: datetime) -> int:
        rng = self._rng
        method = rng.choice(METHODS)
        visitor_id = self._visitors.add(
            *(f"{rng.getrandbits(256):064x}", contact_id, method, known_from),
            *(rng.choice(self._people.user_agent_ids), known_from, known_from, known_from),
        )
        if method == Method.LINK:
            link_id = self._links.add(f"{rng.getrandbits(256):064x}", contact_id, known_from)
            sign = rng.choice((Sign.POINTER, Sign.TOUCH, Sign.SCROLL, Sign.VISIBLE))
            self._uses.add(link_id, visitor_id, sign, LinkOutcome.IDENTIFIED, known_from)
            if rng.random() < 0.2:
                opened_at = known_from + rng.random() * (self._now - known_from)
                self._uses.add(link_id, visitor_id, sign, LinkOutcome.KNOWN, opened_at)
        return visitor_id

    def write(self) -> None:
        for rows in (self._contacts, self._tags, self._notes, self._visitors, self._links, self._uses):
            rows.write()


def _extra(rng: random.Random) -> dict[str, Any]:
    """The further fields that the site has declared; one of its own where it has declared none."""
    values: dict[str, Any] = {}
    for declared in settings.CONTACT_FIELDS:
        if rng.random() < 0.8:
            values[declared["name"]] = _value(rng, declared.get("type", "text"), declared.get("choices", ()))
    return values or {"customer_number": f"C-{rng.randint(1, 999_999):06}"}


def _value(rng: random.Random, kind: str, choices: Sequence[Any]) -> Any:
    """A value of a declared field's type, as JSON keeps it."""
    if kind == "choice" and choices:
        choice = rng.choice(choices)
        return choice if isinstance(choice, str) else choice[0]
    made = {
        "number": lambda: rng.randint(1, 10_000),
        "date": lambda: f"{rng.randint(2015, 2026)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}",
        "yes_no": lambda: rng.random() < 0.5,
        "url": lambda: f"https://{rng.getrandbits(24):06x}.example/",
    }
    return made.get(kind, lambda: f"C-{rng.randint(1, 999_999):06}")()


def new_uuid(rng: random.Random) -> uuid.UUID:
    """A random id, the same for the same seed."""
    return uuid.UUID(int=rng.getrandbits(128))
