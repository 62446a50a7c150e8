"""The endpoint under arbitrary bodies, headers and cookies: more than 20,000 of them on SQLite, a quarter elsewhere.

Whatever a stranger sends: an answer of a documented status with the documented keys, no fault of ours, and nothing of
another visitor is read or changed. ``VISIT_ALERTS_EXAMPLES=20`` tries twenty times as many.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import cycle
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from wagtail_visit_alerts.models import Contact, Match, Notification, PageView, Visitor
from wagtail_visit_alerts.models.process_memory import ProcessMemory

from ..browsing import ENDPOINT, USER_AGENT, VirtualBrowser
from ..factories import ContactFactory, MonitoredPageFactory
from ..strategies import examples

pytestmark = [pytest.mark.django_db, pytest.mark.any_wagtail]

MAX_BYTES = 8 * 1024
#: Examples after which the browser may send as many messages again: the limit has tests of its own.
PER_BURST = 50
#: What tells databases apart are the values that their columns take, and not what the endpoint makes of a body.
SHARE = 1 if connection.vendor == "sqlite" else 4
OWN_ID, OTHER_ID, NEW_ID = (f"0000000{number}-0000-4000-8000-000000000000" for number in (1, 2, 3))
TAB = "0000000a-0000-4000-8000-000000000000"

anything = st.characters(exclude_categories=())
texts = (
    st.text(anything, max_size=20)
    | st.sampled_from(
        [OWN_ID, OTHER_ID, NEW_ID, "/", "/a/?utm_source=\0&utm_x=%00%ff", "//x", "load", "é" * 400]
    )
    | st.sampled_from(["x" * 2100, "/" + "%" * 700, "/" + "a/" * 1000, "test.1.x", "\ud800", "{" * 500])
)
numbers = (
    st.integers()
    | st.sampled_from([0, -1, 2**31, 2**53 - 1, -(2**53), 2**63, 2**64, 10**400])
    | st.floats()
    | st.sampled_from([1e308, 5e-324, -0.0])
)
scalars = st.none() | st.booleans() | numbers | texts
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=6
)
paths = st.text(st.characters(max_codepoint=127), max_size=30).map("/{}".format)


def measured(**more: Any) -> dict[str, Any]:
    return {"id": OWN_ID, "wall": 60_000, "monotonic": 60_000, "engaged": 60_000, **more}


def entry(**more: Any) -> dict[str, Any]:
    return {
        "type": "entry",
        "id": NEW_ID,
        "tab": TAB,
        "url": "/b/",
        "page": None,
        "how": "load",
        "ago": 0,
        "navigation": 100,
        "previous": measured(gap=10),
        "unsent": [],
        **more,
    }


WHOLE = (
    entry(),
    entry(how="reload", id=OWN_ID, previous=None),
    entry(unsent=[{**entry(), "id": OTHER_ID}], token="x.y.z", sign="keydown", consent=True),
    entry(previous=measured(id=OTHER_ID, gap=0)),
    {"type": "end", **measured()},
    {"type": "end", **measured(id=OTHER_ID)},
    {"type": "in_view", **measured()},
    {"type": "in_view", **measured(id=OTHER_ID)},
    {"type": "withdraw"},
)


def parts_of(message: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The message and the objects in it."""
    yield message
    yield from (part for part in (message.get("previous"), *message.get("unsent", [])) if part)


def changed_messages(values: Sequence[Any]) -> Iterator[dict[str, Any]]:
    """Every message of the beacon as it is, and with each of its fields missing or replaced by one of the values."""
    replacements = cycle(values)
    for whole in WHOLE:
        yield whole
        for number, part in enumerate(parts_of(whole)):
            for name in [*part, "more"]:
                changed = json.loads(json.dumps(whole))
                field_of = list(parts_of(changed))[number]
                field_of[name] = next(replacements)
                yield changed
                if name != "more":
                    del field_of[name]
                    yield changed


def plain(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


#: What may become of a text on its way to bytes.
SPOILERS: list[Callable[[str], bytes]] = [
    plain,
    lambda text: text.encode("utf-16", "surrogatepass"),
    lambda text: text.encode("utf-32", "surrogatepass"),
    lambda text: b"\xef\xbb\xbf" + plain(text),
    lambda text: text.encode("latin-1", "replace"),
    lambda text: plain(text.replace("{", '{"id": 1, "type": [], "previous": {},', 1)),
    lambda text: plain(text[:-1] + ', "version": 1, "type": "end", "ago": -5}'),
    lambda text: plain(text)[: len(text) // 2],
    lambda text: plain(text + text),
    lambda text: plain(text.replace("60000", "NaN")),
    lambda text: plain(text.replace("60000", "1" * 5000)),
    lambda text: plain(text.replace("60000", "[" * 3000 + "]" * 3000)),
    lambda text: plain(text.replace(",", "," + " " * 600)),
]

raw_bodies = st.binary(max_size=200) | st.sampled_from(
    [b"", b"[" * MAX_BYTES, b'{"a":' * 1600, b"\0" * 99, b" " * (MAX_BYTES + 1), b"9" * 5000, b'"\\ud800"']
)
headers = st.fixed_dictionaries(
    {},
    optional={
        "Sec-Fetch-Site": st.sampled_from(["same-origin", "cross-site", "none", ""]),
        "Origin": st.sampled_from(["http://testserver", "null", "http://[", "http://testserver:x", "//", "é"]),
        # Hosts that Django lets through; it answers others itself.
        "Host": st.sampled_from(["testserver:99999", "[::1]", "[:a]", "testserver:0", "x" * 300, "TESTSERVER"]),
        "User-Agent": st.text(st.characters(max_codepoint=255), max_size=20) | st.just("x" * 9000),
        "Content-Type": st.sampled_from(
            ["application/json; charset=x", "text/plain", "", ";", 'a/b; x="', "é"]
        ),
        "Content-Length": st.sampled_from(["", "-1", "x", "9" * 400, "5", "¹"]),
        "X-Forwarded-For": st.text(st.characters(max_codepoint=255), max_size=20),
        "DNT": st.sampled_from(["1", "0", "é"]),
        "Sec-GPC": st.sampled_from(["1", ""]),
        "Accept-Language": st.text(st.characters(max_codepoint=255), max_size=20),
    },
)


class Stranger:
    """A browser of somebody known as a contact, beside another visitor whose page views it must never touch."""

    def __init__(self) -> None:
        MonitoredPageFactory(path="**", alert__cap_times=100)
        self.other = VirtualBrowser()
        self.other.open("/a/", contact=ContactFactory(), id=OTHER_ID, tab=TAB)
        self.own = VirtualBrowser()
        self.own.open("/a/", contact=ContactFactory(), id=OWN_ID, tab=TAB)
        self.own_id = PageView.objects.get(beacon_id=OWN_ID).visitor_id
        self.cookie = self.own.client.cookies["va"].value
        key, _, signature = self.other.client.cookies["va"].value.partition("~")
        own_signature = self.cookie.partition("~")[2]
        self.cookies = [
            "",
            "off",
            "out",
            "~",
            "é",
            "x" * 5000,
            f"{key}~{own_signature}",
            f"{key}~{signature[:-1]}",
        ]
        self.before = self.rows_of_others()
        self.number_sent = 0

    def rows_of_others(self) -> list[Any]:
        """All that is written of the other visitor, and who there is at all."""
        rows: list[Any] = [list(Visitor.objects.exclude(pk=self.own_id).order_by("pk").values())]
        rows.append(list(PageView.objects.exclude(visitor=self.own_id).order_by("pk").values()))
        others = {"page_view__in": PageView.objects.exclude(visitor=self.own_id)}
        rows.append(list(Match.objects.filter(**others).order_by("pk").values()))
        rows.append(Notification.objects.filter(match__in=Match.objects.filter(**others)).count())
        return [*rows, Contact.objects.count()]

    def send(self, body: bytes, *, cookie: str | None = None, **headers: str) -> Any:
        """Send a body, as this browser does but for what is given."""
        self.number_sent += 1
        if self.number_sent % PER_BURST == 0:
            ProcessMemory.forget_everything()
        client = Client()
        client.cookies["va"] = self.cookie if cookie is None else cookie
        headers = {"User-Agent": USER_AGENT, "Sec-Fetch-Site": "same-origin", **headers}
        content_type = headers.pop("Content-Type", "application/json")
        return client.generic("POST", ENDPOINT, body, content_type=content_type, headers=headers)

    def try_out(self, bodies: Iterable[bytes], **more: str) -> None:
        """Send bodies, check what must hold whatever they are, and undo what came of them."""
        with transaction.atomic():
            for body in bodies:
                response = self.send(body, **more)
                assert response.status_code in (200, 400, 403), body
                keys = {"again", "at"} if response.status_code == 200 else {"error"}
                assert response.json().keys() == keys
                assert response.status_code != 200 or len(body) <= MAX_BYTES
            assert self.rows_of_others() == self.before
            transaction.set_rollback(True)


@pytest.fixture
def stranger(db):
    return Stranger()


def test_any_body_gets_its_answer_and_touches_nobody_else(stranger):
    @examples(800 // SHARE)
    @given(raw_bodies, values)
    def try_body(body: bytes, value: Any) -> None:
        text = json.dumps(value, ensure_ascii=False)
        stranger.try_out([body, *(spoil(text) for spoil in SPOILERS)])

    try_body()

    assert stranger.number_sent > 10_000 // SHARE


def test_any_change_of_a_message_gets_its_answer_and_touches_nobody_else(stranger):
    @examples(80 // SHARE)
    @given(st.lists(values, min_size=1, max_size=8), st.sampled_from(SPOILERS))
    def try_messages(values: list[Any], spoil: Callable[[str], bytes]) -> None:
        messages = [json.dumps({"version": 1, **message}) for message in changed_messages(values)]
        stranger.try_out([*map(plain, messages), *map(spoil, messages[::9])])

    try_messages()

    assert stranger.number_sent > 10_000 // SHARE


def test_any_path_is_taken_or_refused(stranger):
    @examples(300 // SHARE)
    @given(st.lists(paths, min_size=1, max_size=5))
    def try_paths(paths: list[str]) -> None:
        stranger.try_out(plain(json.dumps({"version": 1, **entry(url=path)})) for path in paths)

    try_paths()


def test_any_headers_and_cookie_get_their_answer_and_touch_nobody_else(stranger):
    @examples(300 // SHARE)
    @given(headers, st.none() | st.sampled_from(stranger.cookies))
    def try_headers(headers: dict[str, str], cookie: str | None) -> None:
        bodies = [plain(json.dumps({"version": 1, **message})) for message in WHOLE]
        stranger.try_out(bodies, cookie=cookie, **headers)

    try_headers()
