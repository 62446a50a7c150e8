"""Whether alerts are delivered: by the command with its exit code, by the endpoint, and from Python."""

import json
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.test import Client, override_settings
from django.utils import timezone

from wagtail_visit_alerts import tasks
from wagtail_visit_alerts.delivering import health
from wagtail_visit_alerts.models import Heartbeat, Status

from ..factories import DeliveryFactory

pytestmark = [pytest.mark.django_db, pytest.mark.any_wagtail]

TOKEN = "a-secret-of-the-monitoring"
ENDPOINT = "/visit-alerts/health/"


def sweep_ran(**ago) -> None:
    Heartbeat.beat(Heartbeat.SWEEP, now=timezone.now() - timedelta(**ago))


def due(**ago):
    return DeliveryFactory(due_at=timezone.now() - timedelta(**ago))


def run(*options: str) -> tuple[int, str]:
    """The command's exit code and what it prints."""
    out = StringIO()
    try:
        call_command("visit_alerts_health", *options, stdout=out)
    except SystemExit as end:
        return end.code, out.getvalue()
    return 0, out.getvalue()


def parts(*options: str) -> list[str]:
    """The kinds of problems that the command finds."""
    return [problem["part"] for problem in json.loads(run("--json", *options)[1])["problems"]]


def ask(**headers: str):
    return Client().get(ENDPOINT, headers=headers)


@pytest.fixture
def _token():
    with override_settings(WAGTAIL_VISIT_ALERTS={"HEALTH_TOKEN": TOKEN}):
        yield


def test_all_is_well_after_a_sweep():
    tasks.sweep()

    code, text = run()

    assert code == 0
    assert "Due: nothing" in text
    assert text.endswith("All is well.\n")


def test_site_whose_cluster_has_never_run_is_a_problem():
    code, text = run()

    assert code == 1
    assert "Last sweep: never" in text
    assert "The sweep has never run: start the django-q2 cluster (manage.py qcluster)." in text


@pytest.mark.parametrize(("seconds", "found"), [(170, []), (190, ["sweep"])])
def test_sweep_that_ran_longer_than_three_minutes_ago_is_a_problem(seconds, found):
    sweep_ran(seconds=seconds)

    assert parts() == found


@pytest.mark.parametrize(("seconds", "found"), [(170, []), (190, ["due"])])
def test_delivery_that_is_due_for_longer_than_three_minutes_is_a_problem(seconds, found):
    sweep_ran(seconds=0)
    due(seconds=seconds)

    assert parts() == found


def test_delivery_that_waits_for_a_later_time_is_none():
    sweep_ran(seconds=0)
    DeliveryFactory(due_at=timezone.now() + timedelta(hours=9))

    assert json.loads(run("--json")[1])["waiting"] == 0


def test_delivery_in_hand_is_none_until_its_process_is_believed_dead():
    sweep_ran(seconds=0)
    now = timezone.now()
    claimed = due(hours=1)
    type(claimed).objects.filter(pk=claimed.pk).update(
        status=Status.CLAIMED, claim=claimed.email_id, claimed_until=now - timedelta(minutes=1)
    )

    after = health.look(now=now)
    before = health.look(now=now - timedelta(minutes=2))

    assert (after.waiting, after.oldest_due_at) == (1, now - timedelta(minutes=1))
    assert (before.waiting, before.oldest_due_at) == (0, None)


def test_limits_are_options_of_the_command():
    sweep_ran(seconds=20)
    due(seconds=10)
    DeliveryFactory(status=Status.FAILED, failed_at=timezone.now())

    assert parts("--sweep-within", "10", "--due-within", "5", "--most-failed", "0") == [
        "sweep",
        "due",
        "failed",
    ]


def test_only_what_a_restart_mends_is_looked_for_where_asked():
    sweep_ran(hours=1)
    due(hours=1)

    assert parts("--only", "sweep") == ["sweep"]
    assert parts("--only", "sweep", "--only", "due") == ["sweep", "due"]


def test_failures_of_the_last_hour_are_counted_and_no_problem_by_themselves():
    sweep_ran(seconds=0)
    DeliveryFactory(status=Status.FAILED, failed_at=timezone.now() - timedelta(minutes=59))
    DeliveryFactory(status=Status.FAILED, failed_at=timezone.now() - timedelta(minutes=61))

    found = json.loads(run("--json")[1])

    assert found["failed_last_hour"] == 1
    assert found["status"] == "good"


def test_cluster_whose_clock_is_ahead_is_a_problem():
    sweep_ran(seconds=-40)

    assert parts() == ["clock"]


@pytest.mark.database
@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has no clock of its own")
def test_database_whose_clock_is_behind_is_a_problem():
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=2)):
        sweep_ran(seconds=0)
        found = json.loads(run("--json")[1])

    assert [problem["part"] for problem in found["problems"]] == ["clock"]
    assert -125 < found["clock_skew_seconds"] < -115


@pytest.mark.database
def test_clocks_that_agree_are_no_problem():
    sweep_ran(seconds=0)

    assert parts("--clock-within", "10") == []


def test_alerts_wait_where_nothing_processes_the_queue():
    sweep_ran(minutes=4)

    assert health.look(now=timezone.now()).alerts_are_waiting


@pytest.mark.usefixtures("_token")
def test_endpoint_answers_whoever_knows_the_token():
    sweep_ran(seconds=0)

    response = ask(Authorization=f"Bearer {TOKEN}")

    assert response.status_code == 200
    assert response.json()["status"] == "good"
    assert "no-store" in response.headers["Cache-Control"]


@pytest.mark.usefixtures("_token")
def test_endpoint_answers_503_where_something_is_a_problem():
    sweep_ran(seconds=0)
    due(minutes=4)

    response = ask(Authorization=f"Bearer {TOKEN}")

    assert response.status_code == 503
    assert [problem["part"] for problem in response.json()["problems"]] == ["due"]


@pytest.mark.usefixtures("_token")
@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Bearer wrong"}, {"Authorization": TOKEN}, {"Authorization": f"Basic {TOKEN}"}],
)
def test_endpoint_says_nothing_without_the_token(headers):
    response = ask(**headers)

    assert response.status_code == 401
    assert response.json() == {"status": "unauthorized"}
    assert "no-store" in response.headers["Cache-Control"]


def test_endpoint_is_not_there_where_no_token_is_set():
    assert ask(Authorization="Bearer ").status_code == 404


@pytest.mark.usefixtures("_token")
def test_health_names_nobody():
    sweep_ran(seconds=0)
    DeliveryFactory(
        due_at=timezone.now() - timedelta(hours=1),
        user__email="marta@example.com",
        notification__match__page_view__visitor__contact__email="anna@example.org",
    )

    shown = ask(Authorization=f"Bearer {TOKEN}").content.decode() + run()[1]

    assert "marta" not in shown
    assert "anna" not in shown


@pytest.mark.usefixtures("_token")
def test_database_that_does_not_answer_is_a_problem():
    def refuse(*args, **kwargs):
        raise DatabaseError

    with connection.execute_wrapper(refuse):
        response = ask(Authorization=f"Bearer {TOKEN}")

    assert response.status_code == 503
    assert [problem["part"] for problem in response.json()["problems"]] == ["database"]
