"""Each system check, by the message a developer sees when ``manage.py check`` runs on such settings."""

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings as django_settings
from django.core import checks
from django.core.management import call_command
from django.db.utils import ConnectionHandler
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import URLPattern, URLResolver, get_script_prefix, include, path, re_path, set_script_prefix

from wagtail_visit_alerts import checks as ours
from wagtail_visit_alerts.checks import contact_fields, setting_types, surroundings
from wagtail_visit_alerts.delivering.attachments import pdf

URLS: list[URLPattern | URLResolver] = [path("visit-alerts/", include("wagtail_visit_alerts.urls"))]
CATCH_ALL = re_path(r"^((?:[\w\-]+/)*)$", lambda request, path: HttpResponse(path))


class WithoutOurs:
    urlpatterns = [CATCH_ALL]


class OursBehind:
    urlpatterns = [CATCH_ALL, *URLS]


class OursBefore:
    urlpatterns = [*URLS, CATCH_ALL]


def messages(**settings: Any) -> dict[str, checks.CheckMessage]:
    """Return what the app's checks say on changed settings, by the last part of the id."""
    with override_settings(**settings):
        found = checks.run_checks(tags=[ours.TAG])
    return {str(message.id).rpartition(".")[2]: message for message in found}


def cluster(**changes: Any) -> dict[str, Any]:
    """Return sound cluster settings on the database broker, changed; a value of ``...`` leaves one out."""
    values = {"orm": "default", "timeout": 60, "retry": 300} | changes
    return {key: value for key, value in values.items() if value is not ...}


def redis_cluster(redis: Any) -> dict[str, Any]:
    return cluster(orm=..., redis=redis)


def test_every_check_is_silent_on_the_settings_of_the_suite() -> None:
    call_command("check", fail_level="DEBUG")


def test_negative_number_of_days_is_reported() -> None:
    found = messages(WAGTAIL_VISIT_ALERTS={"KEEP_PAGE_VIEWS_DAYS": -1, "KEEP_NOTIFICATIONS_DAYS": 0})

    assert 'WAGTAIL_VISIT_ALERTS["KEEP_PAGE_VIEWS_DAYS"] is -1' in found["E014"].msg
    assert "0 to keep it for ever" in (found["E014"].hint or "")


def test_settings_left_out_are_no_mistake() -> None:
    with override_settings():
        if hasattr(django_settings, "WAGTAIL_VISIT_ALERTS"):
            del django_settings.WAGTAIL_VISIT_ALERTS
        assert messages().keys() == {"W040"}


def test_settings_that_are_no_dict_are_reported() -> None:
    found = messages(WAGTAIL_VISIT_ALERTS=["RECORD_STAFF"])

    assert found["E001"].msg == "WAGTAIL_VISIT_ALERTS is a list, so none of it is used."


def test_unknown_key_is_reported_with_the_nearest_valid_name() -> None:
    found = messages(WAGTAIL_VISIT_ALERTS={"RECORD_STAF": True})

    assert found["E002"].msg == 'WAGTAIL_VISIT_ALERTS has no key "RECORD_STAF", so it has no effect.'
    assert found["E002"].hint == 'Did you mean "RECORD_STAFF"?'


def test_unknown_key_in_lower_case_is_reported_with_the_valid_spelling() -> None:
    found = messages(WAGTAIL_VISIT_ALERTS={"base_url": "https://www.example.com"})

    assert found["E002"].hint == 'Did you mean "BASE_URL"?'


def test_unknown_key_like_no_other_is_reported_with_all_valid_names() -> None:
    found = messages(WAGTAIL_VISIT_ALERTS={"XYZZY": True})

    assert "HISTORY_LENGTH" in str(found["E002"].hint)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("BASE_URL", 5, "is a int, not a string."),
        ("RECORD_STAFF", "yes", "is a str, not True or False."),
        ("LINK_MAX_AGE_DAYS", "90", "is a str, not a whole number."),
        ("HISTORY_LENGTH", True, "is a bool, not a whole number."),
        ("KEPT_QUERY_PARAMETERS", "utm_*", "is a str, not a list in which each item is a string."),
        ("KEPT_QUERY_PARAMETERS", [1], "is a list, not a list in which each item is a string."),
        ("CONSENT", {"cookie": 1}, "is a dict, not a string or a dict from a string to a string."),
        ("TRUSTED_PROXIES", True, "is a bool, not a whole number."),
        ("EXCLUDED_NETWORKS", "10.0.0.0/8", "is a str, not a list in which each item is a string."),
        ("COOKIE_HOSTS", "www.example.com", "is a str, not a list in which each item is a string."),
        (
            "FORM_FIELDS",
            {"name": "full_name"},
            "is a dict, not a dict from a string to a list in which each item is a string.",
        ),
    ],
)
def test_ill_typed_value_is_reported_with_the_type_it_needs(key: str, value: object, said: str) -> None:
    found = messages(WAGTAIL_VISIT_ALERTS={key: value})

    assert found["E003"].msg == f'WAGTAIL_VISIT_ALERTS["{key}"] {said}'
    assert str(found["E003"].hint).startswith("Its default is ")


@pytest.mark.parametrize(
    ("value", "hint", "fit"),
    [
        (None, str | None, True),
        (5, str | None, False),
        (len, Callable[[str], int] | None, True),
        ("len", Callable[[str], int], False),
        (1, float, True),
        ((), Sequence[int], True),
        ({"a": [1]}, Mapping[str, Sequence[int]], True),
        ({"a": ["1"]}, Mapping[str, Sequence[int]], False),
        ({1}, set[int], True),
        (object(), Any, True),
    ],
)
def test_type_of_a_setting_is_judged_as_deep_as_its_items(value: object, hint: Any, fit: bool) -> None:
    assert setting_types.fits(value, hint) is fit


def test_unknown_time_zone_is_reported_with_the_nearest_valid_name() -> None:
    found = messages(WAGTAIL_VISIT_ALERTS={"TIME_ZONE": "Europe/Varsaw"})

    assert '"Europe/Varsaw"' in found["E004"].msg
    assert found["E004"].hint == 'Did you mean "Europe/Warsaw"?'


def test_urls_not_included_are_reported_with_the_line_to_add() -> None:
    found = messages(ROOT_URLCONF=WithoutOurs)

    assert 'include("wagtail_visit_alerts.urls")' in str(found["E010"].hint)


def test_urls_behind_the_catch_all_are_reported_with_the_order_to_keep() -> None:
    found = messages(ROOT_URLCONF=OursBehind)

    assert "above Wagtail's catch-all" in str(found["E011"].hint)


def test_urls_before_the_catch_all_are_no_mistake() -> None:
    assert messages(ROOT_URLCONF=OursBefore) == {}


def test_urls_below_a_path_prefix_are_no_mistake() -> None:
    before = get_script_prefix()
    set_script_prefix("/cms/")
    try:
        assert messages() == {}
    finally:
        set_script_prefix(before)


def test_missing_django_q_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    # Taken out of the registry: changing INSTALLED_APPS would run every app's ready() again.
    monkeypatch.delitem(apps.app_configs, "django_q")

    found = messages()

    assert "INSTALLED_APPS" in str(found["E020"].hint)


def test_missing_cluster_settings_are_reported() -> None:
    found = messages(Q_CLUSTER={})

    assert '"orm": "default"' in str(found["E021"].hint)


def test_missing_base_url_is_reported() -> None:
    found = messages(WAGTAILADMIN_BASE_URL=None)

    assert "WAGTAILADMIN_BASE_URL" in str(found["W001"].hint)


def test_base_url_without_a_scheme_is_reported() -> None:
    found = messages(WAGTAIL_VISIT_ALERTS={"BASE_URL": "www.example.com"})

    assert '"www.example.com"' in found["W002"].msg


def test_base_url_of_the_app_alone_is_enough() -> None:
    settings = {"BASE_URL": "https://example.com", "CONSENT": "not_required"}

    assert messages(WAGTAILADMIN_BASE_URL=None, WAGTAIL_VISIT_ALERTS=settings) == {}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"timeout": ...}, {"W022"}),
        ({"timeout": 60, "retry": ...}, {"W023"}),
        ({"timeout": 300, "retry": 300}, {"W023"}),
        ({"timeout": 60, "retry": 61}, set()),
    ],
)
def test_cluster_times_that_hang_or_repeat_tasks_are_reported(
    changes: dict[str, Any], expected: set[str]
) -> None:
    assert messages(Q_CLUSTER=cluster(**changes)).keys() == expected


@pytest.mark.parametrize(
    ("redis", "expected"),
    [
        ({"host": "127.0.0.1"}, {"W020"}),
        ("redis://127.0.0.1:6379/0", {"W020"}),
        ({"host": "127.0.0.1", "socket_timeout": 60}, {"W020"}),
        ({"host": "127.0.0.1", "socket_timeout": 0.25}, {"W021"}),
        ("redis://127.0.0.1:6379/0?socket_timeout=0.25", {"W021"}),
        ({"host": "127.0.0.1", "socket_timeout": 2}, set()),
        ("redis://127.0.0.1:6379/0?socket_timeout=2", set()),
    ],
)
def test_redis_broker_without_a_fitting_time_out_is_reported(redis: Any, expected: set[str]) -> None:
    assert messages(Q_CLUSTER=redis_cluster(redis)).keys() == expected


def test_cluster_that_names_no_broker_is_held_for_redis_as_django_q_does() -> None:
    assert messages(Q_CLUSTER=cluster(orm=...)).keys() == {"W020"}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, {"W010", "W011"}),
        ({"init_command": "PRAGMA journal_mode=WAL;"}, {"W011"}),
        ({"init_command": "pragma journal_mode = wal"}, {"W011"}),
        ({"transaction_mode": "IMMEDIATE"}, {"W010"}),
        ({"init_command": "PRAGMA journal_mode=WAL;", "transaction_mode": "immediate"}, set()),
    ],
)
def test_sqlite_file_without_wal_and_immediate_is_reported(
    options: dict[str, str], expected: set[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = {"ENGINE": "django.db.backends.sqlite3", "NAME": tmp_path / "site.sqlite3", "OPTIONS": options}
    # A connection beside the suite's own, which may be to another kind of database.
    monkeypatch.setattr(surroundings, "connections", ConnectionHandler({"default": database}))

    assert messages().keys() == expected


def test_every_id_that_a_check_uses_is_listed_and_nothing_else() -> None:
    sources = [path.read_text() for path in Path(ours.__file__).parent.glob("*.py")]
    parts = re.findall(r'id=f"\{TAG\}\.([EW]\d{3})"', "".join(sources))
    used = {f"{ours.TAG}.{part}" for part in parts}

    assert used == set(ours.IDS)


def about_recording(**settings: Any) -> dict[str, checks.CheckMessage]:
    """What the checks say on settings of the app, where nothing else is amiss."""
    return messages(WAGTAIL_VISIT_ALERTS={"CONSENT": "not_required", **settings})


def agrees(request: HttpRequest) -> bool:
    """A consent function, named by its dotted path."""
    return True


async def agrees_later(request: HttpRequest) -> bool:
    """A consent function whose answer would come after the page view."""
    return True


NO_FUNCTION = True


@pytest.mark.parametrize("settings", [{}, {"CONSENT": ""}])
def test_consent_that_nobody_has_decided_on_is_warned_of(settings: dict[str, Any]) -> None:
    found = messages(WAGTAIL_VISIT_ALERTS=settings)

    assert found.keys() == {"W040"}
    assert '"not_required"' in str(found["W040"].hint)


@pytest.mark.parametrize(
    "consent",
    [
        "not_required",
        {"cookie": "cookie_consent", "value": "yes"},
        {"cookie": "cookie_consent", "value": "*marketing*"},
        f"{__name__}.agrees",
    ],
)
def test_consent_in_each_of_its_shapes_is_no_mistake(consent: Any) -> None:
    assert about_recording(CONSENT=consent) == {}


@pytest.mark.parametrize(
    ("consent", "said", "hint"),
    [
        ("not-required", "no dotted path", 'Did you mean "not_required"?'),
        ("always", "no dotted path", "dotted path of a function"),
        ({}, 'says no "cookie"', "Name the cookie"),
        ({"cookie": "consent"}, 'says no "value"', "which value means yes"),
        ({"cookie": "", "value": "yes"}, 'says no "cookie"', "Name the cookie"),
        ({"cookie": "consent", "values": "yes"}, 'has a key "values"', 'Did you mean "value"?'),
    ],
)
def test_consent_of_no_shape_is_reported_with_the_one_to_use(consent: Any, said: str, hint: str) -> None:
    found = about_recording(CONSENT=consent)

    assert said in found["E007"].msg
    assert hint in str(found["E007"].hint)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("no_such_name", "does not define"),
        ("NO_FUNCTION", "is no function"),
        ("agrees_later", "is a coroutine"),
    ],
)
def test_consent_function_that_can_not_be_called_is_reported(name: str, said: str) -> None:
    found = about_recording(CONSENT=f"{__name__}.{name}")

    assert said in found["E008"].msg


def test_consent_function_in_a_module_that_is_not_there_is_reported() -> None:
    assert "No module named" in about_recording(CONSENT="no_such_module.agrees")["E008"].msg


@pytest.mark.parametrize("network", ["192.0.2.0/33", "office", "", "192.0.2.0-192.0.2.9", "192.0.2.0/24 "])
def test_network_that_is_none_is_reported(network: str) -> None:
    networks = ["192.0.2.0/24", "2001:db8::/32", "192.0.2.7", "192.0.2.7/24", network]
    found = about_recording(EXCLUDED_NETWORKS=networks)

    assert found.keys() == (set() if network.endswith(" ") else {"E005"})


def test_negative_number_of_proxies_is_reported() -> None:
    assert "-1" in about_recording(TRUSTED_PROXIES=-1)["E006"].msg


@pytest.mark.parametrize(
    "django", [{"SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https")}, {"USE_X_FORWARDED_HOST": True}]
)
def test_site_behind_a_proxy_that_counts_none_is_warned_of(django: dict[str, Any]) -> None:
    found = messages(**django)

    assert found.keys() == {"W041"}
    assert next(iter(django)) in found["W041"].msg


def test_site_behind_a_proxy_that_counts_it_is_no_mistake() -> None:
    settings = {"CONSENT": "not_required", "TRUSTED_PROXIES": 1}

    assert messages(USE_X_FORWARDED_HOST=True, WAGTAIL_VISIT_ALERTS=settings) == {}


@pytest.mark.parametrize(
    ("domain", "hosts", "said"),
    [
        ("example.com", [], "names no host"),
        ("", ["www.example.com"], "no hosts can share"),
        ("com", ["example.com"], "no hosts can share"),
        ("https://example.com", ["www.example.com"], "no hosts can share"),
        ("example.com:8000", ["www.example.com"], "no hosts can share"),
        ("example.com", ["www.example.com", "www.example.org"], '"www.example.org", which is no host'),
        ("example.com", ["badexample.com"], "which is no host"),
        ("example.com", ["www.example.com:8000"], "which is no host"),
        ("example.com", ["https://www.example.com"], "which is no host"),
    ],
)
def test_cookie_domain_and_hosts_that_do_not_fit_are_reported(domain: str, hosts: list[str], said: str) -> None:
    found = about_recording(COOKIE_DOMAIN=domain, COOKIE_HOSTS=hosts)

    assert said in found["E009"].msg


@pytest.mark.parametrize("domain", ["example.com", ".example.com", "Example.com"])
def test_cookie_domain_with_hosts_of_its_own_is_no_mistake(domain: str) -> None:
    assert about_recording(COOKIE_DOMAIN=domain, COOKIE_HOSTS=["example.com", "WWW.example.com"]) == {}


def test_system_that_bounds_no_memory_is_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "darwin")

    assert "can use all the memory" in messages()["W030"].msg


def test_pdf_without_the_libraries_of_the_system_is_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "missing_libraries", lambda: ("libpango-1.0.so.0",))

    assert "libpango-1.0.so.0" in messages()["W031"].msg


def test_pdf_that_is_not_installed_is_no_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "missing_libraries", lambda: ("libpango-1.0.so.0",))
    monkeypatch.setattr(pdf, "is_installed", lambda: False)

    assert "W031" not in messages()


def test_python_that_is_not_found_is_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/usr/bin/uwsgi")
    monkeypatch.setattr("sys.prefix", "/nowhere")

    assert "/nowhere" in messages()["W032"].msg


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, {"W024"}),
        ({"ALT_CLUSTERS": {"other": {}}}, {"W024"}),
        ({"ALT_CLUSTERS": {"alerts": {}}}, set()),
        ({"name": "alerts"}, set()),
    ],
)
def test_queue_name_of_no_cluster_is_reported(changes: dict[str, Any], expected: set[str]) -> None:
    settings = {"QUEUE_NAME": "alerts", "CONSENT": "not_required"}
    found = messages(Q_CLUSTER=cluster(**changes), WAGTAIL_VISIT_ALERTS=settings)

    assert found.keys() == expected


@pytest.mark.parametrize("hours", [{"from": "08:00"}, {"from": "8", "until": "noon"}, {"days": ["Monday"]}])
def test_sending_hours_that_cannot_be_read_are_reported(hours: dict[str, Any]) -> None:
    found = messages(WAGTAIL_VISIT_ALERTS={"SENDING_HOURS": hours, "CONSENT": "not_required"})

    assert "sent at any time" in found["E012"].msg


@pytest.mark.parametrize(
    ("declaration", "problem"),
    [
        ("budget", "is a str"),
        ({"label": "Budget"}, 'needs a "name"'),
        ({"name": "the budget"}, 'needs a "name"'),
        ({"name": "-budget"}, 'needs a "name"'),
        ({"name": "Company"}, "use already"),
        ({"name": "last_seen_at"}, "use already"),
        ({"name": "token"}, "use already"),
        ({"name": "budget", "type": "money"}, "the types are text, number"),
        ({"name": "budget", "in_email": "no"}, "in_email"),
        ({"name": "budget", "colour": "red"}, "unknown keys: colour"),
        ({"name": "budget", "type": "choice"}, "choices"),
        ({"name": "budget", "choices": ["low"]}, "choices"),
        ({"name": "budget", "type": "choice", "choices": "low"}, "a list"),
        ({"name": "budget", "type": "choice", "choices": ["low", "low"]}, "twice"),
        ({"name": "budget", "type": "choice", "choices": [1, 2]}, "texts"),
    ],
)
def test_further_field_of_contacts_that_cannot_be_read_is_reported(declaration: Any, problem: str) -> None:
    with override_settings(WAGTAIL_VISIT_ALERTS={"CONTACT_FIELDS": [{"name": "size"}, declaration]}):
        [message] = contact_fields.check_contact_fields()

    assert message.id == "wagtail_visit_alerts.E013"
    assert message.msg.startswith("Item 2 of")
    assert problem in message.msg


def test_further_field_of_contacts_with_a_name_that_was_there_is_reported() -> None:
    fields = [{"name": "size"}, {"name": "Size"}]
    found = messages(WAGTAIL_VISIT_ALERTS={"CONTACT_FIELDS": fields, "CONSENT": "not_required"})

    assert "name of one before it" in found["E013"].msg


def test_services_for_chat_without_their_library_are_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    configured = {"CONSENT": "not_required", "CHAT_SERVICES": ["slack"]}

    assert "Apprise" in messages(WAGTAIL_VISIT_ALERTS=configured)["W033"].msg


def test_library_for_chat_that_nobody_asks_for_is_not_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)

    assert "W033" not in messages()
