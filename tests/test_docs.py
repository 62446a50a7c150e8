"""The documentation: it builds in both languages, its Polish is complete, and the admin shows the same guide."""

import re
import subprocess
import sys
from pathlib import Path

import polib
import pytest

from wagtail_visit_alerts.admin.guide import LANGUAGES, SECTIONS

from .test_contracts import ROOT

pytestmark = [pytest.mark.any_database, pytest.mark.any_wagtail]

DOCS = ROOT / "docs"
PICTURES = ROOT / "wagtail_visit_alerts" / "static" / "wagtail_visit_alerts" / "guide"
CATALOGUES = DOCS / "locale" / "pl" / "LC_MESSAGES"
#: Bytes: the pictures travel with the package.
LARGEST_PICTURE, ALL_PICTURES = 60_000, 1_500_000


def run(*command: str | Path) -> None:
    """Run a program of the documentation; what it printed is the failure if it fails."""
    done = subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.fixture(scope="module", params=LANGUAGES)
def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built pages of one language; a warning fails the build."""
    folder = tmp_path_factory.mktemp(request.param)
    run("-m", "sphinx", "-q", "-W", "--keep-going", "-D", f"language={request.param}", DOCS, folder)
    return folder


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The texts of the documentation as they are to be translated."""
    folder = tmp_path_factory.mktemp("texts")
    run("-m", "sphinx", "-q", "-W", "-b", "gettext", DOCS, folder)
    return folder


def test_pages_load_nothing_from_other_servers(built: Path) -> None:
    loaded = re.compile(
        r"<(?:script|img|iframe|link(?! rel=\"canonical\"))[^>]*(?:src|href)=\"(?:https?:)?//[^>]*>"
    )

    assert {
        page.name: found for page in built.rglob("*.html") if (found := loaded.findall(page.read_text()))
    } == {}


def test_pages_show_the_pictures_of_their_language(built: Path) -> None:
    language = re.search(r'<html[^>]* lang="(\w+)"', (built / "guide" / "name.html").read_text())[1]

    assert (built / "_images" / "name.webp").read_bytes() == (PICTURES / language / "name.webp").read_bytes()


@pytest.mark.parametrize("name", ["guide", "install"])
def test_polish_is_complete(name: str, texts: Path) -> None:
    wanted = {entry.msgid for entry in polib.pofile(str(texts / f"{name}.pot"))}
    catalogue = polib.pofile(str(CATALOGUES / f"{name}.po"))
    translated = {entry.msgid for entry in catalogue.translated_entries()}

    assert wanted - translated == set()
    assert [entry.msgid for entry in catalogue if entry.fuzzy] == []


@pytest.mark.parametrize("path", sorted(CATALOGUES.glob("*.po")), ids=lambda path: path.stem)
def test_polish_keeps_code_and_links(path: Path) -> None:
    """What stands between backticks, and where links lead, is the same in both languages."""
    kept = re.compile(r"`[^`]+`|\]\([^)]+\)")

    assert [
        entry.msgid
        for entry in polib.pofile(str(path)).translated_entries()
        if sorted(kept.findall(entry.msgid)) != sorted(kept.findall(entry.msgstr))
    ] == []


def test_tables_of_page_views_are_those_that_the_browser_tests_run() -> None:
    run("docs/page_view_table.py", "--check")


def test_guide_in_the_admin_is_that_of_the_documentation() -> None:
    run("docs/package_guide.py", "--check")


def test_guide_has_every_section_in_every_language() -> None:
    templates = ROOT / "wagtail_visit_alerts" / "templates" / "wagtail_visit_alerts" / "guide"

    for language in LANGUAGES:
        names = {path.stem for path in (templates / language).glob("*.html")}
        assert names == {*SECTIONS, "contents"}
    assert {path.stem for path in (DOCS / "guide").glob("*.md")} == set(SECTIONS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_pictures_are_those_of_the_guide_and_small(language: str) -> None:
    shown = {
        name
        for page in (DOCS / "guide").glob("*.md")
        for name in re.findall(r"!\[[^\]]+\]\([^)]*/guide/en/([\w-]+\.webp)\)", page.read_text())
    }
    sizes = {path.name: path.stat().st_size for path in (PICTURES / language).iterdir()}

    assert sizes.keys() == shown
    assert {name: size for name, size in sizes.items() if size > LARGEST_PICTURE} == {}
    assert sum(sizes.values()) * len(LANGUAGES) < ALL_PICTURES
