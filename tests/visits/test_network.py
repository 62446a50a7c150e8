import pytest
from django.test import RequestFactory

from wagtail_visit_alerts.visits.network import client_address, network_hash, sender_hash

pytestmark = [pytest.mark.any_database, pytest.mark.any_wagtail]


def request_from(address, **headers):
    return RequestFactory(REMOTE_ADDR=address).get("/", headers=headers)


def address_of(address, **headers):
    found = client_address(request_from(address, **headers))
    return None if found is None else str(found)


@pytest.mark.parametrize(
    ("sent_from", "address"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("192.0.2.7:51234", "192.0.2.7"),
        ("2001:db8::7", "2001:db8::7"),
        ("[2001:db8::7]", "2001:db8::7"),
        ("[2001:db8::7]:51234", "2001:db8::7"),
        ("fe80::7%eth0", "fe80::7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("", None),
        ("unix:", None),
        ("unknown", None),
        ("192.0.2.300", None),
    ],
)
def test_address_is_read_as_servers_write_it(sent_from, address):
    assert address_of(sent_from) == address


def test_forwarded_address_is_never_believed_by_default():
    assert address_of("192.0.2.7", **{"X-Forwarded-For": "203.0.113.9"}) == "192.0.2.7"


@pytest.mark.parametrize(
    ("proxies", "header", "address"),
    [
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "10.0.0.1, 203.0.113.9", "203.0.113.9"),
        (2, "203.0.113.9, 198.51.100.1", "203.0.113.9"),
        (2, "10.0.0.1,10.0.0.2 , 203.0.113.9,198.51.100.1", "203.0.113.9"),
        (2, "203.0.113.9", None),
        (1, "", None),
        (1, None, None),
        (1, "203.0.113.9, ", None),
        (1, "unknown", None),
        (1, "_hidden", None),
        (1, '"[2001:db8::9]:4711"', "2001:db8::9"),
        (1, "[2001:db8::9]", "2001:db8::9"),
        (1, "2001:db8::9", "2001:db8::9"),
        (1, "203.0.113.9:4711", "203.0.113.9"),
        (1, "::FFFF:203.0.113.9", "203.0.113.9"),
        (-1, "203.0.113.9", "192.0.2.7"),
    ],
)
def test_forwarded_address_is_counted_from_the_sites_own_proxies(settings, proxies, header, address):
    settings.WAGTAIL_VISIT_ALERTS = {"TRUSTED_PROXIES": proxies}
    headers = {} if header is None else {"X-Forwarded-For": header}

    assert address_of("192.0.2.7", **headers) == address


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.7", "192.0.2.250", True),
        ("192.0.2.7", "192.0.3.7", False),
        ("2001:db8:1:2::7", "2001:db8:1:ffff::9", True),
        ("2001:db8:1::7", "2001:db8:2::7", False),
        ("192.0.2.7", "::ffff:192.0.2.9", True),
    ],
)
def test_network_is_what_a_provider_gives_to_one_customer(one, other, same):
    assert (network_hash(request_from(one)) == network_hash(request_from(other))) is same


def test_hash_of_a_network_is_keyed_and_tells_no_address(settings):
    before = network_hash(request_from("192.0.2.7"))
    settings.SECRET_KEY = "another"

    assert "192.0.2" not in before
    assert len(before) == 32
    assert network_hash(request_from("192.0.2.7")) != before


def test_unknown_address_has_no_network():
    assert network_hash(request_from("")) == ""


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "::1", "fd00::1", ""])
def test_address_that_may_be_a_proxys_is_nobodys(address):
    assert sender_hash(request_from(address)) == ""


def test_address_of_the_internet_is_its_senders():
    assert sender_hash(request_from("8.8.8.8")) not in ("", sender_hash(request_from("8.8.8.9")))


def test_private_address_is_its_senders_where_the_site_has_counted_its_proxies(settings):
    settings.WAGTAIL_VISIT_ALERTS = {"TRUSTED_PROXIES": 1}

    assert sender_hash(request_from("127.0.0.1", **{"X-Forwarded-For": "10.1.2.3"})) != ""
