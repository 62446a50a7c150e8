"""The wheel: built from a copy of the sources, it holds what a site needs, and a site runs on it alone."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = [pytest.mark.any_database, pytest.mark.any_wagtail]

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "wagtail_visit_alerts"
NO_SOURCES = shutil.ignore_patterns(".*", "__pycache__", "*.egg-info", "build", "dist", "var")

#: The least settings a Wagtail site with the app can have.
SITE_SETTINGS = """
SECRET_KEY = "minimal"
USE_TZ = True
INSTALLED_APPS = [
    "wagtail.users", "wagtail.snippets", "wagtail.documents", "wagtail.images", "wagtail.search",
    "wagtail.admin", "wagtail.sites", "wagtail", "modelcluster", "taggit",
    "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions",
    "django.contrib.messages", "django.contrib.staticfiles",
    "wagtail_visit_alerts", "django_q",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True, "OPTIONS": {}}]
ROOT_URLCONF = "minimal_urls"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "site.sqlite3", "OPTIONS": {
    "transaction_mode": "IMMEDIATE", "init_command": "PRAGMA journal_mode=WAL"}}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
STATIC_URL = "/static/"
WAGTAIL_SITE_NAME = "Minimal"
WAGTAILADMIN_BASE_URL = "https://minimal.example"
Q_CLUSTER = {"orm": "default", "timeout": 60, "retry": 300}
WAGTAIL_VISIT_ALERTS = {"CONSENT": "not_required"}
"""
SITE_URLS = """
from django.urls import include, path

urlpatterns = [
    path("admin/", include("wagtail.admin.urls")),
    path("visit-alerts/", include("wagtail_visit_alerts.urls")),
    path("", include("wagtail.urls")),
]
"""


def run(*command: str | Path, cwd: Path, **environment: str) -> str:
    """Run a program to its end and return what it printed; what it printed is the failure if it fails."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "DJANGO", "COV_"))}
    done = subprocess.run(
        command,
        cwd=cwd,
        env=kept | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    shutil.copytree(ROOT, folder / "sources", ignore=NO_SOURCES)
    run(sys.executable, "-m", "build", "--wheel", "--outdir", folder, folder / "sources", cwd=folder)
    (built,) = folder.glob("*.whl")
    return built


def test_wheel_holds_every_file_of_the_package_and_no_other(wheel: Path) -> None:
    sources = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / PACKAGE).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }

    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}

    assert names == sources
    assert f"{PACKAGE}/py.typed" in names
    assert f"{PACKAGE}/migrations/0001_initial.py" in names
    for folder in ("templates", "static"):
        assert any(name.startswith(f"{PACKAGE}/{folder}/") for name in names)


def test_wheel_holds_every_translation_compiled(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()

    for name in names:
        if name.endswith(".po"):
            assert f"{name.removesuffix('.po')}.mo" in names


def test_wheel_alone_runs_a_minimal_site(wheel: Path, tmp_path: Path) -> None:
    run(sys.executable, "-m", "venv", "environment", cwd=tmp_path)
    python = tmp_path / "environment" / "bin" / "python"
    run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", wheel, cwd=tmp_path)
    (tmp_path / "minimal_settings.py").write_text(SITE_SETTINGS)
    (tmp_path / "minimal_urls.py").write_text(SITE_URLS)
    site = {"DJANGO_SETTINGS_MODULE": "minimal_settings", "PYTHONPATH": str(tmp_path)}

    where = run(python, "-c", f"import {PACKAGE}; print({PACKAGE}.__file__)", cwd=tmp_path)
    migrated = run(python, "-m", "django", "migrate", cwd=tmp_path, **site)
    checked = run(python, "-m", "django", "check", "--fail-level", "WARNING", cwd=tmp_path, **site)

    assert str(tmp_path) in where
    assert f"Applying {PACKAGE}.0001_initial... OK" in migrated
    assert "no issues" in checked
