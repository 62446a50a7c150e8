"""The table of features: what it calls done has a test and a section of the docs, and both exist."""

import ast
import re
from pathlib import Path

import pytest

from .test_contracts import ROOT, TESTS, Document

pytestmark = [pytest.mark.any_database, pytest.mark.any_wagtail]

FEATURES = Document("docs/features.md")
ROWS = [row for row in FEATURES.rows if re.fullmatch(r"[AB]\d+", row[0])]
DONE = [row for row in ROWS if row[2] == "done"]


def functions_of(path: str) -> set[str]:
    """The names of the tests in a file, those in classes too."""
    tree = ast.parse((TESTS / path).read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def anchor(heading: str) -> str:
    """What a link to a heading is called: as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def anchors_of(page: Path) -> set[str]:
    """The anchors of a page's headings."""
    return {anchor(line.lstrip("#").strip()) for line in page.read_text().splitlines() if line[:1] == "#"}


def test_every_row_is_done_or_planned_once() -> None:
    assert [row[0] for row in ROWS] == [*(f"A{n}" for n in range(1, 36)), *(f"B{n}" for n in range(1, 21))]
    assert {row[2] for row in ROWS} <= {"done", "planned"}


@pytest.mark.parametrize("row", DONE, ids=lambda row: row[0])
def test_feature_that_is_done_is_shown_by_tests_that_exist(row: list[str]) -> None:
    named = re.findall(r"`([^`:]+)::(\w+)`", row[3])

    assert named
    assert [f"{path}::{name}" for path, name in named if name not in functions_of(path)] == []


@pytest.mark.parametrize("row", DONE, ids=lambda row: row[0])
def test_feature_that_is_done_is_explained_in_a_section_that_exists(row: list[str]) -> None:
    links = re.findall(r"\]\(([^)#]+)#([^)]+)\)", row[4])

    assert links
    assert [
        f"{page}#{section}" for page, section in links if section not in anchors_of(ROOT / "docs" / page)
    ] == []


@pytest.mark.parametrize("row", [row for row in ROWS if row[2] == "planned"], ids=lambda row: row[0])
def test_feature_that_is_planned_names_neither(row: list[str]) -> None:
    assert row[3:] == ["-", "-"]


@pytest.mark.parametrize(
    "page", sorted((ROOT / "docs").rglob("*.md")), ids=lambda path: str(path.relative_to(ROOT / "docs"))
)
def test_links_to_a_section_lead_to_one_that_exists(page: Path) -> None:
    links = re.findall(r"\]\(([^):#]*)#([^)]+)\)", page.read_text())

    assert [
        f"{path}#{section}"
        for path, section in links
        if section not in anchors_of((page.parent / path) if path else page)
    ] == []
