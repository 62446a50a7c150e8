"""What the example site begins with."""

import subprocess
import sys

import pytest

from .conftest import MANAGE, environment_of

pytestmark = [pytest.mark.any_database, pytest.mark.any_wagtail]


def test_contacts_have_owners_and_anna_is_marta_s(facts):
    assert len(facts["contacts"]) == 12
    assert ["anna.nowak@example.org", "Anna Nowak", "marta"] in facts["contacts"]


def test_users_log_in_and_may_do_their_work_and_no_more(facts):
    # address, password of the banner; enter the admin, add alerts, view any contact, view their own
    assert facts["users"] == {
        "editor": ["editor@example.com", True, True, True, True, False],
        "marta": ["marta@example.com", True, True, False, False, True],
        "tomasz": ["tomasz@example.com", True, True, False, False, True],
    }


def test_two_alerts_are_ready_and_the_one_on_prices_is_on(facts):
    assert facts["monitored pages"] == [
        ["Price list visited", True, "Price list", False, 0],
        ["Long look at a product", False, "Products", True, 2],
    ]


def test_every_contact_has_a_history_that_lies_in_the_past(facts):
    assert facts["contacts with history"] == len(facts["contacts"])
    assert facts["page views in the future"] == 0


def test_activity_of_every_contact_is_counted(facts):
    assert facts["contacts whose activity is counted"] == len(facts["contacts"])


def test_site_has_the_port_of_the_start(demo, facts):
    assert facts["site"] == demo.url


def test_loading_again_changes_nothing(demo, facts):
    done = demo.manage("load_sample_data")

    assert "left as it is" in done.stdout
    assert demo.facts()["counts"] == facts["counts"]


def test_loading_is_refused_where_debug_is_off(tmp_path):
    done = subprocess.run(
        [sys.executable, MANAGE, "load_sample_data"],
        env={**environment_of(tmp_path, port=8000), "DEBUG": "0"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert "--force" in done.stderr


def test_loading_where_debug_is_off_is_not_refused_when_asked_for(demo):
    done = demo.manage("load_sample_data", "--force", DEBUG="0")

    assert done.returncode == 0, done.stderr
