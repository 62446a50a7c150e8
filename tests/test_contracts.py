"""What the documents say of the code holds: modules, behaviours, settings, words, and the names that are stable."""

import ast
import importlib
import re
import tomllib
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.apps import apps
from django.dispatch import Signal

from wagtail_visit_alerts import api, checks, conf, rest, signals, tasks, urls
from wagtail_visit_alerts.templatetags import visit_alerts as tags
from wagtail_visit_alerts.visits import cookie

pytestmark = [pytest.mark.any_database, pytest.mark.any_wagtail]

ROOT = Path(__file__).resolve().parent.parent
TESTS = ROOT / "tests"
PACKAGE = ROOT / "wagtail_visit_alerts"
NAME = PACKAGE.name

#: Other words for what the glossary has a word for. "leads to" and "Do Not Track" are not among them.
BANNED_IN_NAMES = {"hit", "hits", "lead", "leads", "tracked", "tracker", "tracking"}
BANNED_IN_TEXTS = re.compile(
    r"\b(hits?|tracked|trackers?|tracking|(a|each|every|new|no|the|this) leads?)\b", re.IGNORECASE
)

#: Design section 1: the words that everything is called by.
WORDS = {
    "visitor", "contact", "page view", "visit", "dwell time", "engaged time", "alert", "monitored page", "match",
    "frequency cap", "notification", "delivery", "digest",
}  # fmt: skip


class Document:
    """A page of the documentation, for what stands in its lists and tables."""

    def __init__(self, path: str) -> None:
        self.path = ROOT / path

    @cached_property
    def text(self) -> str:
        return self.path.read_text()

    def part(self, heading: str) -> str:
        """What stands below a heading, up to the next one of its level or above."""
        found = re.search(
            rf"^(#+) {re.escape(heading)}$(.*?)(?=^#{{1,6}} |\Z)", self.text, re.MULTILINE | re.DOTALL
        )
        assert found, f"{self.path.name} has no heading {heading!r}"
        return found[2]

    def listed(self, heading: str) -> set[str]:
        """The names at the beginning of the list items below a heading."""
        return set(re.findall(r"^- `([^`]+)`", self.part(heading), re.MULTILINE))

    @property
    def rows(self) -> list[list[str]]:
        """The cells of every row of every table, without headings."""
        lines = re.findall(r"^\| (.*) \|$", self.text, re.MULTILINE)
        return [cells for line in lines if not set(line) <= set("-| ") and (cells := line.split(" | "))]


ARCHITECTURE = Document("docs/contributing/architecture.md")
STABILITY = Document("docs/reference/stability.md")
SETTINGS = Document("docs/reference/settings.md")
GLOSSARY = Document("docs/glossary.md")

BEHAVIOURS = [row for row in ARCHITECTURE.rows if len(row) == 3 and "::" in row[2]]


def modules() -> set[str]:
    """Every module of the package by its name below the package; a package counts by what is in it."""
    found = (path.relative_to(PACKAGE).with_suffix("").parts for path in PACKAGE.rglob("*.py"))
    return {".".join(parts) for parts in found if parts[-1] != "__init__" and "migrations" not in parts}


def resolve(dotted: str) -> Any:
    """The function or method that a name below the package stands for."""
    parts = dotted.split(".")
    for split in range(len(parts), 0, -1):
        try:
            found: Any = importlib.import_module(".".join([NAME, *parts[:split]]))
        except ModuleNotFoundError:
            continue
        for part in parts[split:]:
            found = getattr(found, part)
        return found
    raise LookupError(dotted)


def sources() -> list[Path]:
    """The Python files of the package, without migrations."""
    return sorted(path for path in PACKAGE.rglob("*.py") if "migrations" not in path.parts)


def words_of(name: str) -> set[str]:
    """The words of an identifier, in lower case: of snake_case and CamelCase."""
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)}


def identifiers(tree: ast.AST) -> set[str]:
    """Every name that a module's syntax tree gives or uses."""
    found: set[str] = set()
    for node in ast.walk(tree):
        found |= {
            value for _, value in ast.iter_fields(node) if isinstance(value, str) and value.isidentifier()
        }
    return found


@pytest.mark.parametrize("name", sorted(modules()))
def test_architecture_names_every_module(name: str) -> None:
    assert f"`{name}`" in ARCHITECTURE.text


def test_architecture_names_no_module_that_is_gone() -> None:
    packages = {name.rpartition(".")[0] for name in modules()}
    named = {
        name for row in ARCHITECTURE.rows if len(row) == 2 for name in re.findall(r"`([a-z0-9_.]+)`", row[0])
    }

    assert named - modules() - packages == set()


@pytest.mark.parametrize("behaviour", BEHAVIOURS, ids=lambda row: row[0])
def test_architecture_names_code_and_test_of_each_behaviour_that_exist(behaviour: list[str]) -> None:
    _, code, test = (cell.strip("`") for cell in behaviour)
    path, _, function = test.partition("::")

    assert callable(resolve(code))
    assert re.search(rf"def {function}\(", (TESTS / path).read_text())


def test_architecture_shows_the_import_contract_that_is_checked() -> None:
    contract = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"][0]
    (shown,) = re.findall(r"```text\n(.*?)```", ARCHITECTURE.text, re.DOTALL)

    assert shown.splitlines() == contract["layers"]


def test_no_two_files_of_the_package_have_one_name() -> None:
    names = [path.name for path in sources() if path.name != "__init__.py"]

    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_module_is_short_enough_to_read(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 400


def test_settings_page_names_every_key_with_its_default() -> None:
    named = {row[0].strip("`"): row[1].strip("`") for row in SETTINGS.rows if row[0].startswith("`")}
    defaults = {key: getattr(conf.VisitAlertsSettings, key) for key in conf.VisitAlertsSettings.types()}
    (long,) = re.findall(r"The default of `FORM_FIELDS`:\n\n(.*?\n    }\n)", SETTINGS.text, re.DOTALL)

    assert named.keys() == defaults.keys()
    assert ast.literal_eval(long.strip()) == defaults.pop("FORM_FIELDS")
    for key, default in defaults.items():
        assert ast.literal_eval(named[key]) == default, key


def test_glossary_has_the_words_of_the_design() -> None:
    assert {row[0].strip("*") for row in GLOSSARY.rows if row[0].startswith("**")} == WORDS


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_code_uses_no_other_words_than_the_glossary(path: Path) -> None:
    tree = ast.parse(path.read_text())
    texts = [
        node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]

    assert {name for name in identifiers(tree) if words_of(name) & BANNED_IN_NAMES} == set()
    assert [text for text in texts if BANNED_IN_TEXTS.search(text)] == []


@pytest.mark.parametrize(
    "path",
    sorted(path for path in PACKAGE.rglob("*") if path.suffix in {".html", ".txt", ".js", ".css"}),
    ids=lambda path: str(path.relative_to(PACKAGE)),
)
def test_templates_and_scripts_use_no_other_words_than_the_glossary(path: Path) -> None:
    text = path.read_text()

    assert BANNED_IN_TEXTS.findall(text) == []
    assert {
        name for name in re.findall(r"\w+", text) if words_of(name) & (BANNED_IN_NAMES - {"leads"})
    } == set()


PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_between_the_documents_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text())

    assert [link for link in links if "://" not in link and not (page.parent / link).exists()] == []


def test_every_document_is_reached_from_the_index() -> None:
    reached, waiting = set(), [ROOT / "docs" / "index.md"]
    while waiting:
        page = waiting.pop()
        reached.add(page)
        for link in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text()):
            target = (page.parent / link).resolve()
            found = sorted(target.glob("*.md")) if target.is_dir() else [target]
            waiting += [path for path in found if path in PAGES and path not in reached]

    assert set((ROOT / "docs").rglob("*.md")) - reached == set()


def stable_permissions() -> set[str]:
    """The permissions of alerts, contacts, default owners and destinations, and those of our own."""
    models = [apps.get_model(NAME, name) for name in ("Alert", "Contact", "DefaultOwner", "Destination")]
    usual = {
        f"{action}_{model._meta.model_name}" for model in models for action in model._meta.default_permissions
    }
    own = {name for model in apps.get_app_config(NAME).get_models() for name, _ in model._meta.permissions}
    return {f"{NAME}.{name}" for name in usual | own}


def log_events() -> set[str]:
    """The events that the package logs, as its sources name them."""
    calls = r"logger\.(?:debug|info|warning|error|exception|critical)\(\s*\"([^\"]+)\""
    return {event for path in PACKAGE.rglob("*.py") for event in re.findall(calls, path.read_text())}


def email_blocks() -> set[str]:
    """The blocks of the e-mails, each behind its template's name."""
    templates = PACKAGE / "templates" / NAME / "email"
    names = ("subject.txt", "layout.html", "alert.txt", "alert.html", "digest.txt", "digest.html")
    return {
        f"{path.name}: {block}"
        for path in (templates / name for name in names)
        for block in re.findall(r"{% block (\w+) %}", path.read_text())
    }


def own_functions(module: ModuleType) -> set[str]:
    """The public functions that a module defines."""
    return {
        name
        for name, value in vars(module).items()
        if callable(value) and not name.startswith("_") and value.__module__ == module.__name__
    }


@pytest.mark.parametrize(
    ("heading", "names"),
    [
        ("Python", lambda: set(api.__all__)),
        ("Signals", lambda: {name for name, value in vars(signals).items() if isinstance(value, Signal)}),
        ("Settings", lambda: set(conf.VisitAlertsSettings.types())),
        ("Template tags and filters", lambda: tags.register.tags.keys() | tags.register.filters.keys()),
        ("Blocks of the e-mail's templates", email_blocks),
        ("URL names", lambda: {f"{urls.app_name}:{pattern.name}" for pattern in urls.urlpatterns}),
        ("REST API", lambda: {f"{rest.app_name}:{pattern.name}" for pattern in rest.urlpatterns}),
        ("Cookies", lambda: {cookie.COOKIE_NAME, cookie.SECURE_COOKIE_NAME}),
        ("Permissions", stable_permissions),
        ("Commands", lambda: {path.stem for path in (PACKAGE / "management" / "commands").glob("[!_]*.py")}),
        ("Tasks", lambda: {f"{tasks.__name__}.{name}" for name in own_functions(tasks)}),
        ("System checks", lambda: set(checks.IDS)),
        ("Log events", log_events),
    ],
)
def test_stability_page_lists_exactly_the_names_there_are(heading: str, names: Any) -> None:
    assert STABILITY.listed(heading) == names()
