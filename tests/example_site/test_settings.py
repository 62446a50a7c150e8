"""The environment variables that change what the example site runs on."""

import runpy

import pytest
from django.core.exceptions import ImproperlyConfigured

from .conftest import CHECKOUT

pytestmark = pytest.mark.any_database

VARIABLES = ("PORT", "DATABASE_URL", "REDIS_URL", "EMAIL_URL", "DEBUG")


@pytest.fixture
def settings_with(monkeypatch, tmp_path):
    """Gives the settings as they are with these variables and no others."""

    def read(**variables: str) -> dict:
        monkeypatch.setenv("VAR_DIR", str(tmp_path))
        for name in VARIABLES:
            monkeypatch.delenv(name, raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(str(CHECKOUT / "example_site" / "settings.py"))

    return read


def test_nothing_set_needs_nothing_but_python(settings_with):
    settings = settings_with()

    assert settings["DATABASES"]["default"]["ENGINE"] == "django.db.backends.sqlite3"
    assert settings["DATABASES"]["default"]["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert "journal_mode=WAL" in settings["DATABASES"]["default"]["OPTIONS"]["init_command"]
    assert settings["Q_CLUSTER"]["orm"] == "default"
    assert settings["EMAIL_BACKEND"] == "django_mail_preview.backends.EmailBackend"
    assert settings["WAGTAILADMIN_BASE_URL"] == "http://localhost:8000"


def test_port_is_that_of_the_links_in_e_mails(settings_with):
    assert settings_with(PORT="8111")["WAGTAILADMIN_BASE_URL"] == "http://localhost:8111"


def test_database_url_names_the_database(settings_with):
    database = settings_with(DATABASE_URL="postgres://anna:secret@db.example.com:5433/shop")["DATABASES"][
        "default"
    ]

    assert (database["ENGINE"], database["HOST"], database["PORT"], database["NAME"]) == (
        "django.db.backends.postgresql", "db.example.com", 5433, "shop",
    )  # fmt: skip


def test_redis_url_is_the_broker_instead_of_the_database(settings_with):
    cluster = settings_with(REDIS_URL="redis://127.0.0.1:6379/3")["Q_CLUSTER"]

    assert cluster["redis"].startswith("redis://127.0.0.1:6379/3?")
    assert "orm" not in cluster


def test_sites_that_share_a_broker_have_queues_of_their_own(settings_with):
    one, other = (settings_with(PORT=port)["Q_CLUSTER"]["name"] for port in ("8111", "8112"))

    assert one != other


def test_email_url_names_the_mail_server(settings_with):
    settings = settings_with(EMAIL_URL="smtp://127.0.0.1:2525")

    assert settings["EMAIL_BACKEND"] == "django.core.mail.backends.smtp.EmailBackend"
    assert (settings["EMAIL_HOST"], settings["EMAIL_PORT"]) == ("127.0.0.1", 2525)
    assert not settings["EMAIL_USE_SSL"]


def test_email_url_carries_user_and_password_over_tls(settings_with):
    settings = settings_with(EMAIL_URL="smtps://marta%40example.com:p%2Fw@mail.example.com")

    assert (settings["EMAIL_HOST_USER"], settings["EMAIL_HOST_PASSWORD"]) == ("marta@example.com", "p/w")
    assert (settings["EMAIL_PORT"], settings["EMAIL_USE_SSL"]) == (465, True)


def test_email_url_that_is_none_is_refused(settings_with):
    with pytest.raises(ImproperlyConfigured, match="smtp://host:port"):
        settings_with(EMAIL_URL="mail.example.com:25")


def test_debug_can_be_switched_off(settings_with):
    assert settings_with()["DEBUG"] is True
    assert settings_with(DEBUG="0")["DEBUG"] is False


def test_staff_are_recorded_so_that_the_editor_can_play_the_customer(settings_with):
    assert settings_with()["WAGTAIL_VISIT_ALERTS"]["RECORD_STAFF"] is True
