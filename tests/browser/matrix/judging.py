"""Carries out a case in a browser and compares what is stored with what the case declares."""

from typing import Any

import pytest

from ..conftest import Site
from .case import Case, View
from .cases import all_cases
from .engines import Engine
from .front import Front
from .person import MINUTE_MS, Person


def cases_of(engine: str) -> list[Any]:
    """The cases of one engine as parameters of a test."""
    return [
        pytest.param(case, id=case.name, marks=[getattr(pytest.mark, case.needs)] if case.needs else [])
        for case in all_cases()
        if engine in case.engines
    ]


def judge(case: Case, *, engine: Engine, front: Front, site: Site) -> None:
    """Let a person do what the case says; fails where anything else comes of it than declared."""
    person = Person(case.name, engine=engine, front=front, site=site)
    try:
        case.steps(person)
        person.wait_until_quiet()
        spent_ms = person.spent_ms
        found = person.look_later(case.later)
    finally:
        person.leave()
    assert [_facts(stored) for stored in found["views"]] == [_declared(view) for view in case.views]
    assert (found["opened"], found["read"]) == (case.opened, case.read)
    for view, stored in zip(case.views, found["views"], strict=True):
        if view.dwell is not None:
            assert view.dwell * MINUTE_MS <= stored["dwell_ms"] <= view.dwell * MINUTE_MS + spent_ms
        if view.in_view is not None:
            assert stored["engaged_ms"] <= view.in_view * MINUTE_MS + spent_ms
        if view.seen_by is not None:
            assert stored["seen_by"] == view.seen_by
    assert found["unconfirmed"] == 0 or not case.later


def _facts(stored: dict[str, Any]) -> tuple[Any, ...]:
    return stored["page"], stored["ending"], stored["dwell_ms"] is not None, stored["tab"]


def _declared(view: View) -> tuple[Any, ...]:
    return view.page, view.ending, view.dwell is not None, view.tab
