"""The app in a site that was not built for it: own user and page models, Jinja2 templates, a path prefix."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.any_database

ROOT = Path(__file__).resolve().parent.parent
SITE = Path(__file__).resolve().parent / "foreign_site"


def run(*arguments: str, site: Path) -> str:
    """Run Python in the site's folder with its settings, and return what it printed."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DJANGO_")}
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=site,
        env=kept
        | {"PYTHONPATH": os.pathsep.join([str(site), str(ROOT)]), "DJANGO_SETTINGS_MODULE": "settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the foreign site, migrated."""
    folder = tmp_path_factory.mktemp("foreign") / "site"
    shutil.copytree(SITE, folder, ignore=shutil.ignore_patterns("__pycache__", "*.sqlite3*"))
    run("-m", "django", "migrate", "--verbosity", "0", site=folder)
    return folder


@pytest.fixture(scope="module")
def visit(site: Path) -> dict[str, Any]:
    """What a contact's visit to a page led to."""
    return json.loads(run("visit.py", site=site))


def test_foreign_site_is_installed_by_the_lines_of_the_readme() -> None:
    readme = (ROOT / "README.md").read_text()
    block = readme.partition("## Install")[2].partition("\nThen ")[0]
    lines = [line.strip().rstrip(",") for line in block.splitlines() if line.startswith("    ")]
    python = [line for line in lines if line and not line.startswith(("#", "{"))]
    site = "".join((SITE / name).read_text() for name in ("settings.py", "urls.py"))

    assert len(python) == 3
    assert [line for line in python if line not in site] == []


def test_foreign_site_has_no_issue(site: Path) -> None:
    assert "no issues" in run("-m", "django", "check", "--fail-level", "DEBUG", site=site)


def test_foreign_site_needs_no_migration_of_its_own(site: Path) -> None:
    assert "No changes" in run("-m", "django", "makemigrations", "--check", "--dry-run", site=site)


def test_page_carries_the_beacon_with_the_prefixed_endpoint(visit: dict[str, Any]) -> None:
    page = visit["page"]

    assert page["status"] == 200
    assert 'data-endpoint="/cms/visit-alerts/page-views/"' in page["html"]
    assert 'src="/cms/static/wagtail_visit_alerts/page-view.js"' in page["html"]
    assert f'data-page="{page["id"]}"' in page["html"]


def test_page_view_of_a_contact_is_accepted_and_wakes_the_cluster(visit: dict[str, Any]) -> None:
    assert visit["answer"]["status"] == 200
    assert visit["queued"] == ["wagtail_visit_alerts.tasks.deliver"]


def test_lists_and_forms_open_in_the_admin(visit: dict[str, Any]) -> None:
    assert set(visit["admin"].values()) == {200}


def test_schedule_of_the_sweep_is_made_by_migrating(visit: dict[str, Any]) -> None:
    assert sorted(visit["scheduled"]) == [
        "wagtail_visit_alerts.tasks.purge",
        "wagtail_visit_alerts.tasks.sweep",
    ]


def test_page_view_of_a_contact_ends_in_one_email_to_the_owner(visit: dict[str, Any]) -> None:
    (email,) = visit["e-mails"]

    assert email["to"] == ["olga@foreign.example"]
    assert "Anna Nowak" in email["subject"]
    assert "Prices, by the page" in email["text"]
    assert "Prices, by the URL" in email["text"]
    assert "https://foreign.example/cms/admin/" in email["text"]
