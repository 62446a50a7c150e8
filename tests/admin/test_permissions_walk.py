"""Every URL of the app as every kind of user, against the tables in ``docs/permissions.md``; and who sees whom.

A URL that no table names fails; so does one of which ``permission_scenery.py`` can't say what stands in it.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from wagtail.log_actions import log

from wagtail_visit_alerts.admin.wizard.steps import SLUGS
from wagtail_visit_alerts.models import Mute

from ..factories import UserFactory
from .permission_scenery import ROLES, STRANGER, Address, World, addresses, all_permissions
from .walking import ALERTS, browser_of, user_who_may

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "permissions.md"
API = "visit_alerts_api"
HOME = reverse("wagtailadmin_home")
LOGIN = reverse("wagtailadmin_login")
IN_ADMIN = [address for address in addresses() if not address.is_public]
PUBLIC = [address for address in addresses() if address.is_public]


def tables() -> Iterator[tuple[str, list[str]]]:
    """Each URL's name in the document with the cells behind it: the names stand below their common beginning."""
    beginning = ""
    for line in DOCUMENT.read_text().splitlines():
        if found := re.match(r"Names begin with `([a-z_:]*:)`", line):
            beginning = found[1]
        elif (
            beginning and line.startswith("| ") and (names := re.findall(r"`([a-z_:]+)`", line.split(" | ")[1]))
        ):
            cells = [cell.strip() for cell in line.strip("| ").split(" | ")[2:]]
            yield from ((beginning + name, cells) for name in names)


IN_TABLES = dict(tables())


@contextmanager
def undone() -> Iterator[None]:
    """Whatever is written in the block is not there afterwards."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def is_refused(response: Any) -> bool:
    """Whether the answer is none of the view's own: the login, the admin's home, not found or not allowed."""
    location = response.headers.get("Location", "")
    is_sent_away = response.status_code == 302 and (location == HOME or location.startswith(LOGIN))
    return is_sent_away or response.status_code in (403, 404, 405)


def gets_in(browser: Client, address: Address, world: World, *, is_own: bool) -> bool:
    """Whether a user is let in, by a GET or a POST; of a bulk action, whether it takes what was chosen."""
    url = address.url(world, is_own=is_own)
    with undone():
        seen = browser.get(url)
        if seen.streaming:  # an open file, which the last byte closes
            list(seen.streaming_content)
    with undone():
        done = browser.post(url)
        mute = world.side(is_own=is_own).mute
        if str(address) == "visit_alerts_mutes:end":  # it says the same whoever asks
            return not Mute.objects.filter(pk=mute.pk).exists()
    assert seen.status_code < 500, f"GET {url} failed"
    assert done.status_code < 500, f"POST {url} failed"
    if address.namespace == "bulk":
        return not is_refused(seen) and bool(seen.context["items"])
    return not (is_refused(seen) and is_refused(done))


def answer(browser: Client, address: Address, world: World) -> str:
    """What the table says of a user and a URL."""
    own = gets_in(browser, address, world, is_own=True)
    others = gets_in(browser, address, world, is_own=False)
    return {(True, True): "yes", (True, False): "own", (False, False): "no"}.get((own, others), "others only")


def test_every_url_is_in_a_table():
    assert sorted(map(str, addresses())) == sorted(IN_TABLES)


@pytest.mark.parametrize("role", ROLES)
def test_users_are_let_in_where_the_tables_say_so(role):
    world = World(ROLES[role]())
    browser = browser_of(world.user)
    column = list(ROLES).index(role)

    answers = {str(address): answer(browser, address, world) for address in IN_ADMIN}

    assert answers == {name: IN_TABLES[name][column] for name in answers}


@pytest.mark.parametrize("kind", ["anonymous", "without admin"])
def test_whoever_may_not_enter_the_admin_gets_nothing_of_it(kind):
    world = World(user_who_may(*all_permissions()))
    browser = Client() if kind == "anonymous" else browser_of(UserFactory())

    let_in = [str(address) for address in IN_ADMIN if gets_in(browser, address, world, is_own=True)]

    assert let_in == []


def test_public_urls_answer_as_the_table_says():
    world = World(UserFactory())
    browser = Client()
    answers = {}

    for address in PUBLIC:
        url = address.url(world, is_own=True)
        with undone():
            seen = browser.get(url).status_code
        with undone():
            answers[str(address)] = [str(seen), str(browser.post(url).status_code)]

    assert answers == {name: IN_TABLES[name] for name in answers}


# Who sees whom


@pytest.fixture
def world():
    """That of a user with every permission but the one to view any contact."""
    return World(user_who_may(*all_permissions(but=("view_contact",))))


def texts_in(response: Any) -> str:
    """All that a response says, in a spreadsheet too, and where it leads."""
    content = b"".join(response.streaming_content) if response.streaming else response.content
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            content = b"".join(archive.read(name) for name in archive.namelist())
    return content.decode(errors="replace") + response.headers.get("Location", "")


def named_in(text: str) -> set[str]:
    """What of the stranger a text names."""
    return {value for value in STRANGER.values() if value.casefold() in text.casefold()}


def queries(world: World) -> list[str]:
    """What is asked of a URL besides: a search, filters, exports that are about the stranger."""
    stranger, owner = world.other.contact, world.other.user
    about = f"contact={stranger.pk}&sample_contact={stranger.pk}&user={owner.pk}&owner={owner.pk}"
    return ["q=Zo", "export=csv", "export=xlsx", about, f"id={stranger.pk}&{about}"]


def test_whoever_may_view_their_own_contacts_alone_reads_of_no_other_anywhere(world):
    browser = browser_of(world.user)
    log(instance=world.other.contact, action="wagtail.edit", user=world.other.user)
    ours = {address.url(world, is_own=is_own) for address in IN_ADMIN for is_own in (True, False)}
    steps = {reverse(f"{ALERTS}:step", args=[world.own.run.pk, slug]) for slug in SLUGS}
    bulk = {address.url(world, is_own=True) + "&id=all" for address in IN_ADMIN if address.namespace == "bulk"}
    wagtails = {
        HOME,
        reverse("wagtailadmin_account"),
        reverse("wagtailadmin_reports:site_history"),
        reverse("wagtailadmin_reports:site_history_results"),
    }
    told: dict[str, set[str]] = {}

    def ask(url: str) -> Any:
        with undone():
            response = browser.get(url)
            told[f"GET {url}"] = named_in(texts_in(response))
        return response

    for url in sorted(ours | steps | bulk | wagtails):
        if ask(url).status_code == 200:
            for query in queries(world):
                ask(f"{url}{'&' if '?' in url else '?'}{query}")
        with undone():
            data = {"q": "Zo", "sample_contact": world.other.contact.pk, "colleague": world.other.user.pk}
            told[f"POST {url}"] = named_in(texts_in(browser.post(url, data, follow=True)))

    assert {asked: names for asked, names in told.items() if names} == {}


def test_whoever_may_view_their_own_contacts_alone_gets_at_no_other(world):
    browser = browser_of(world.user)
    of_a_contact = [
        address
        for address in IN_ADMIN
        if ("contact:" in str(address) and ("pk" in address.arguments or "bulk" in str(address)))
        or (address.namespace == API and "pk" in address.arguments)
    ]

    let_in = [str(each) for each in of_a_contact if gets_in(browser, each, world, is_own=False)]

    assert len(of_a_contact) > 14
    assert let_in == []


def test_walk_would_notice_a_contact_that_is_named(world):
    manager = browser_of(user_who_may(*all_permissions(), username="manager"))

    named = [
        str(address)
        for address in IN_ADMIN
        if named_in(texts_in(manager.get(address.url(world, is_own=False))))
    ]

    assert len(named) > 5
