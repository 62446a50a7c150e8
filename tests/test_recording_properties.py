"""Whatever becomes of a visit's messages, what is recorded is the truth or less: hypothesis plays the visits.

Each example is a visit by ``strategies.HonestBrowser``: its messages reach the pipeline lost, late, doubled and out
of order, between the hook's rows and the sweep. ``VISIT_ALERTS_EXAMPLES=20`` tries twenty times as many.
"""

import uuid
from collections import Counter
from datetime import datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from wagtail_visit_alerts import identifying, pipeline
from wagtail_visit_alerts.models import Clock, Ending, Match, Notification, PageView, Visitor
from wagtail_visit_alerts.pipeline import Browser
from wagtail_visit_alerts.recording import End, Entry, InView, Previous, Served

from .factories import ContactFactory, MonitoredPageFactory, PageViewFactory, VisitorFactory
from .strategies import ORIGIN, PATHS, Arrival, Request, TruePageView, Visit, examples, visits

pytestmark = [pytest.mark.any_database, pytest.mark.any_wagtail]

START = datetime.fromisoformat("2026-11-24T10:00:00+00:00")
KEY = "0123456789abcdef0123456789abcdef"
DAY = 24 * 3_600_000


def at(milliseconds: int) -> datetime:
    return START + timedelta(milliseconds=milliseconds)


class VisitTestCase(TestCase):
    """A contact's browser, and an alert of each kind on every page; each example is rolled back."""

    @classmethod
    def setUpTestData(cls):
        cls.contact = ContactFactory()
        for name, fields in (
            ("entered", {}),
            ("moved on", {"minimum_minutes": 1}),
            ("in view", {"minimum_minutes": 1, "alert__clock": Clock.IN_VIEW}),
        ):
            MonitoredPageFactory(path="**", alert__name=name, alert__cap_times=100, **fields)
        cls.visitor = VisitorFactory(
            key_hash=identifying.hash_of_key(KEY), contact=cls.contact, identified_at=START, last_seen_at=START
        )

    def play(self, visit: Visit) -> None:
        """Let all that a visit sends reach the pipeline at its time, and the sweep find what is left."""
        if visit.beacon_is_known:
            Visitor.objects.update(beacon_seen_at=START - timedelta(hours=1))
        todo = [(one.at, 1, self.receive, one) for one in visit.arrivals]
        todo += [(one.written, 0, self.note, one) for one in visit.requests if one.written is not None]
        todo += [(when, 2, self.sweep, when) for when in visit.sweeps]
        over = max(when for when, *_ in todo) if todo else 0
        todo += [(over + minutes * 60_000, 2, self.sweep, None) for minutes in (2, 31, 25 * 60)]
        for when, _order, act, what in sorted(todo, key=lambda one: one[:2]):
            self.now = when
            act(what)

    def receive(self, arrival: Arrival) -> None:
        browser = Browser(key=KEY, key_age=timedelta(), session_hash="", user_agent="", user=lambda: None)
        message, now = arrival.message, at(arrival.at)
        if isinstance(message, Entry):
            pipeline.receive_entry(message, token=None, sign=None, browser=browser, now=now)
        elif isinstance(message, InView):
            pipeline.receive_in_view(message, browser=browser, now=now)
        else:
            pipeline.receive_end(message, browser=browser, now=now)

    def note(self, request: Request) -> None:
        served = Served(url=ORIGIN + request.path, page_id=None, came_from=None, served_at=at(request.served))
        pipeline.note_served(served, key=KEY, now=at(request.written))

    def sweep(self, _when: int | None) -> None:
        pipeline.sweep(now=at(self.now))

    def rows(self) -> "list[tuple[PageView, TruePageView | None]]":
        return [(row, self.visit.page_views.get(row.beacon_id)) for row in PageView.objects.all()]

    def matched(self, name: str) -> list[PageView]:
        matches = Match.objects.filter(alert__name=name).select_related("page_view")
        return [match.page_view for match in matches]


class VisitOfAnyKindTest(VisitTestCase):
    @examples(400)
    @given(visit=visits())
    def test_no_more_than_the_truth_is_recorded_whatever_becomes_of_the_messages(self, visit):
        self.visit = visit
        self.play(visit)

        for row, truth in self.rows():
            if truth is not None:
                self.check_times(row, truth)
        self.check_one_row_a_page_view()
        self.check_alerts()

    def check_times(self, row, truth):
        assert (row.tab_id, row.address.text) == (truth.tab, ORIGIN + truth.path)
        assert (row.engaged_ms or 0) <= truth.in_view
        if row.ending == Ending.MOVED_ON:
            assert truth.gap is not None
            self.check_gap(row, truth)
        if row.dwell_ms is not None:
            assert row.ending == Ending.MOVED_ON
            assert row.dwell_ms <= truth.dwell
            assert (row.engaged_ms or 0) <= row.dwell_ms

    def check_gap(self, row, truth):
        """Nothing tells of a clock that was set twice, such as on the page and back while the visitor was away."""
        if self.visit.clock_changes > 1:
            return
        # With one that was set while they were away, the server knows the gap no better than the entry.
        misdated = max(row.entered_at - at(truth.entered), timedelta())
        slack = misdated if truth.clock_set_meanwhile else timedelta()
        assert timedelta(milliseconds=truth.gap) <= timedelta(seconds=30) + slack

    def check_one_row_a_page_view(self):
        told = Counter(truth.path for row, truth in self.rows() if truth is not None and truth.was_served)
        server_only = Counter(row.address.text for row, truth in self.rows() if truth is None)
        served = Counter(request.path for request in self.visit.requests if request.written is not None)
        if self.visit.beacon_is_known and self.visit.ended < 20 * 60 * 60_000:
            assert not server_only
        if self.visit.clock_changes:  # then an entry that was kept may be dated too far from the server's row
            return
        for path in served:
            assert server_only[ORIGIN + path] <= max(0, served[path] - told[path])

    def check_alerts(self):
        assert Notification.objects.count() == Match.objects.count()
        assert len(self.matched("entered")) <= PageView.objects.count()
        for page_view in self.matched("moved on"):
            truth = self.visit.page_views[page_view.beacon_id]
            assert truth.next_entered is not None
            assert truth.dwell >= 60_000
        for page_view in self.matched("in view"):
            assert self.visit.page_views[page_view.beacon_id].in_view >= 60_000


class VisitWithoutFaultsTest(VisitTestCase):
    @examples(100)
    @given(visit=visits(is_faultless=True))
    def test_visit_without_faults_is_recorded_as_it_was(self, visit):
        self.visit = visit
        self.play(visit)

        recorded = {row.beacon_id: row.dwell_ms for row, truth in self.rows() if truth}
        assert recorded == {
            truth.id: truth.dwell if truth.moved_on and truth.dwell <= DAY else None
            for truth in visit.page_views.values()
        }


IDS = [uuid.UUID(int=number) for number in range(1, 5)]
TABS = [uuid.UUID(int=number) for number in (101, 102)]
claims = st.sampled_from([-1, 0, 1_000, 60_000, 2**53 - 1]) | st.integers(-(2**53), 2**53)
measured = {"id": st.sampled_from(IDS), "engaged_ms": claims, "wall_ms": claims, "monotonic_ms": claims}
entries = {
    "id": st.sampled_from(IDS),
    "tab": st.sampled_from(TABS),
    "url": st.sampled_from([ORIGIN + path for path in PATHS]),
    "page_id": st.none(),
    "how": st.sampled_from(["load", "reload", "restore", "navigate"]),
    "ago_ms": st.sampled_from([0, 60_000]) | st.integers(0, 2**53),
    "navigation_ms": st.none() | st.sampled_from([0, 5_000, 60_000]) | st.integers(0, 2**53),
    "previous": st.none() | st.builds(Previous, **measured, gap_ms=claims),
}
unsent = st.lists(st.builds(Entry, **entries), max_size=3).map(tuple)
claimed = st.one_of(
    st.builds(Entry, **entries, unsent=unsent), st.builds(End, **measured), st.builds(InView, **measured)
)


class ForgedVisitTest(VisitTestCase):
    @examples(250)
    @given(
        messages=st.lists(st.tuples(st.integers(0, 90_000), claimed), min_size=2, max_size=12),
        requests=st.lists(st.tuples(st.sampled_from(PATHS), st.integers(0, 90_000)), max_size=2),
    )
    def test_forger_gains_no_time_beyond_what_the_server_has_measured(self, messages, requests):
        """The server has known the visit since its first message or request, and each page view at most as long."""
        other = PageViewFactory(beacon_id=IDS[0], anchored_at=START, entered_at=START)
        before = list(PageView.objects.filter(pk=other.pk).values())
        visit = Visit(beacon_is_known=False)
        when = 0
        for pause, message in messages:
            when += pause
            visit.arrivals.append(Arrival(when, message, late=0))
        visit.requests = [Request(path, served, written=served) for path, served in requests]
        first = min([visit.arrivals[0].at, *(request.served for request in visit.requests)])

        self.play(visit)

        assert list(PageView.objects.filter(pk=other.pk).values()) == before
        for row in PageView.objects.filter(visitor=self.visitor):
            assert row.anchored_at is None or row.anchored_at >= at(first)
            for claimed_ms in (row.dwell_ms, row.engaged_ms):
                assert claimed_ms is None or claimed_ms <= when - first
            if row.dwell_ms is not None:
                assert row.ending == Ending.MOVED_ON
                assert (row.engaged_ms or 0) <= row.dwell_ms
        own_matches = Match.objects.filter(page_view__visitor=self.visitor)
        assert Match.objects.count() == own_matches.count() == Notification.objects.count()


class RepeatedVisitTest(VisitTestCase):
    @examples(100)
    @given(visit=visits())
    def test_messages_that_arrive_twice_at_once_change_nothing_more(self, visit):
        once = self.recorded(visit)

        visit.arrivals = [arrival for arrival in visit.arrivals for _time in range(2)]

        assert self.recorded(visit) == once

    def recorded(self, visit):
        """What is recorded of a visit, which is undone again."""
        with transaction.atomic():
            self.play(visit)
            fields = ("beacon_id", "entered_at", "ending", "ended_at", "dwell_ms", "engaged_ms", "source")
            rows = sorted(PageView.objects.values_list(*fields), key=str)
            counted = Match.objects.count()
            transaction.set_rollback(True)
        return rows, counted
