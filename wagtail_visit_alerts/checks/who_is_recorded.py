"""Checks of the settings that say who is recorded: consent, networks, proxies, and the hosts that share a cookie."""

import re
from collections.abc import Mapping
from typing import Any, Final

from django.conf import settings as django_settings
from django.core import checks

from wagtail_visit_alerts.checks.check_ids import TAG
from wagtail_visit_alerts.checks.setting_types import fits, nearest
from wagtail_visit_alerts.conf import SETTINGS_NAME, VisitAlertsSettings, settings
from wagtail_visit_alerts.visits import consent, network

#: A name with a dot in it: a browser takes no cookie for a top-level domain.
DOMAIN: Final = re.compile(r"(?!-)[a-z0-9-]+(\.(?!-)[a-z0-9-]+)+", re.IGNORECASE)
COOKIE_KEYS: Final = ("cookie", "value")
SHAPES: Final = (
    f'Write "{consent.NOT_REQUIRED}", {{"cookie": "name", "value": "value"}} or the dotted path of a function.'
)


def check_consent(**kwargs: Any) -> list[checks.CheckMessage]:
    """Report that nobody has chosen when visitors may be recorded, or a choice that can't be followed."""
    rule = settings.CONSENT
    if not _is_of_its_type("CONSENT") or rule == consent.NOT_REQUIRED:
        return []
    if isinstance(rule, Mapping):
        return _faults_of_cookie(rule)
    if not rule:
        return [
            checks.Warning(
                "Nobody has said whether visitors are asked for consent, so all of them are recorded.",
                hint=f'Decide it, and set {SETTINGS_NAME}["CONSENT"]: naming people needs a legal basis. {SHAPES}',
                id=f"{TAG}.W040",
            )
        ]
    if "." not in rule:
        return [
            _no_shape(f'is "{rule}", which is no dotted path.', nearest(rule, [consent.NOT_REQUIRED]) or SHAPES)
        ]
    return _faults_of_function(rule)


def check_networks(**kwargs: Any) -> list[checks.CheckMessage]:
    """Report networks whose visits shall not be recorded and that are none."""
    if not _is_of_its_type("EXCLUDED_NETWORKS"):
        return []
    return [
        checks.Error(
            f'{SETTINGS_NAME}["EXCLUDED_NETWORKS"] has "{text}", which is no network, so it excludes nobody.',
            hint='Write it as "192.0.2.0/24", "2001:db8::/32" or a single address.',
            id=f"{TAG}.E005",
        )
        for text in settings.EXCLUDED_NETWORKS
        if network.network_in(text) is None
    ]


def check_proxies(**kwargs: Any) -> list[checks.CheckMessage]:
    """Report a number of proxies that can't be, or that is missing where the site says it has some."""
    number = settings.TRUSTED_PROXIES
    if not _is_of_its_type("TRUSTED_PROXIES") or number > 0:
        return []
    if number < 0:
        return [
            checks.Error(
                f'{SETTINGS_NAME}["TRUSTED_PROXIES"] is {number}, so no proxy is trusted.',
                hint="Count the site's own proxies that add to X-Forwarded-For; without one leave the key out.",
                id=f"{TAG}.E006",
            )
        ]
    for name in ("SECURE_PROXY_SSL_HEADER", "USE_X_FORWARDED_HOST"):
        if getattr(django_settings, name, None):
            return [
                checks.Warning(
                    f"{name} says that the site stands behind a proxy, whose address is taken for its visitors'.",
                    hint=f'Set {SETTINGS_NAME}["TRUSTED_PROXIES"] to the number of proxies that add to '
                    "X-Forwarded-For, mostly 1: excluded networks and limits need the visitors' own addresses.",
                    id=f"{TAG}.W041",
                )
            ]
    return []


def check_cookie_domain(**kwargs: Any) -> list[checks.CheckMessage]:
    """Report a parent domain that browsers refuse, or hosts that are not on it."""
    if not (_is_of_its_type("COOKIE_DOMAIN") and _is_of_its_type("COOKIE_HOSTS")):
        return []
    domain, hosts = settings.COOKIE_DOMAIN.lstrip(".").lower(), list(settings.COOKIE_HOSTS)
    if not domain and not hosts:
        return []
    if not DOMAIN.fullmatch(domain):
        return [
            _unfit_domain(
                f'"COOKIE_DOMAIN" is "{settings.COOKIE_DOMAIN}", on which no hosts can share a cookie.',
                'Write the parent domain alone, such as "example.com".',
            )
        ]
    if not hosts:
        return [
            _unfit_domain(
                f'"COOKIE_DOMAIN" is "{domain}", but "COOKIE_HOSTS" names no host, so no cookie is shared.',
                f'Name the hosts that share it: "COOKIE_HOSTS": ["www.{domain}", "shop.{domain}"].',
            )
        ]
    return [
        _unfit_domain(
            f'"COOKIE_HOSTS" has "{host}", which is no host of "{domain}".',
            f'Write host names of {domain} as browsers send them, without scheme and port: "www.{domain}".',
        )
        for host in hosts
        if host.lower() != domain and not (DOMAIN.fullmatch(host) and host.lower().endswith(f".{domain}"))
    ]


def _is_of_its_type(key: str) -> bool:
    """Whether a setting's value is of its type; if not, ``check_settings`` says so."""
    return fits(getattr(settings, key), VisitAlertsSettings.types()[key])


def _faults_of_cookie(rule: Mapping[str, str]) -> list[checks.CheckMessage]:
    unknown = [key for key in rule if key not in COOKIE_KEYS]
    if unknown:
        return [
            _no_shape(
                f'has a key "{unknown[0]}", which it does not know.', nearest(unknown[0], COOKIE_KEYS) or SHAPES
            )
        ]
    for key, hint in (
        ("cookie", "Name the cookie in which the consent banner keeps its answer."),
        ("value", 'Say which value means yes; "*" in it stands for anything.'),
    ):
        if not rule.get(key):
            return [_no_shape(f'says no "{key}", so nobody is recorded.', hint)]
    return []


def _faults_of_function(path: str) -> list[checks.CheckMessage]:
    try:
        function = consent.function_at(path)
    except Exception as error:  # whatever importing the site's own module raises
        fault, hint = (
            f"can't be used: {error}",
            "Give the dotted path of a plain function that takes the request.",
        )
    else:
        if callable(function):
            return []
        fault, hint = "is no function.", "Give the dotted path of a function that takes the request."
    return [
        checks.Error(
            f'{SETTINGS_NAME}["CONSENT"] names "{path}", so nobody is recorded: it {fault}',
            hint=hint,
            id=f"{TAG}.E008",
        )
    ]


def _no_shape(fault: str, hint: str) -> checks.Error:
    return checks.Error(f'{SETTINGS_NAME}["CONSENT"] {fault}', hint=hint, id=f"{TAG}.E007")


def _unfit_domain(fault: str, hint: str) -> checks.Error:
    return checks.Error(f"{SETTINGS_NAME}: {fault}", hint=hint, id=f"{TAG}.E009")
