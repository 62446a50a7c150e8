"""From which network a request comes.

For the networks that are not recorded, for two networks that open one link, and for the number of messages that one
address may send. No address is stored or logged; what is kept is a keyed hash.
"""

import hmac
from functools import lru_cache
from hashlib import sha256
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from django.conf import settings as django_settings
from django.http import HttpRequest

from wagtail_visit_alerts.conf import settings

IPAddress = IPv4Address | IPv6Address
IPNetwork = IPv4Network | IPv6Network

#: What counts as one network: what a provider usually gives to one customer or office.
IPV4_PREFIX = 24
IPV6_PREFIX = 48
#: The IPv6 addresses that stand for IPv4 ones (RFC 4291, section 2.5.5.2).
MAPPED = IPv6Network("::ffff:0:0/96")
MAPPED_BITS = 96


def client_address(request: HttpRequest) -> IPAddress | None:
    """The address that the request comes from; None where that can't be told. No query.

    ``X-Forwarded-For`` is believed only as far as the site's own proxies have written it: with two trusted proxies
    its last entry but one, whatever the client has put before. Fewer entries than proxies tell nothing.
    """
    proxies = settings.TRUSTED_PROXIES
    if not isinstance(proxies, int) or proxies < 1:
        return _address_in(request.META.get("REMOTE_ADDR") or "")
    entries = request.headers.get("X-Forwarded-For", "").split(",")
    return _address_in(entries[-proxies]) if len(entries) >= proxies else None


def is_in_excluded_network(request: HttpRequest) -> bool:
    """Whether the request comes from a network that the site does not record. No query."""
    networks = networks_in(tuple(settings.EXCLUDED_NETWORKS))
    if not networks:
        return False
    address = client_address(request)
    return address is not None and any(address in network for network in networks)


def network_hash(request: HttpRequest) -> str:
    """A keyed hash of the client's network, to tell two networks apart; empty where it is not known. No query."""
    address = client_address(request)
    if address is None:
        return ""
    prefix = IPV4_PREFIX if address.version == 4 else IPV6_PREFIX
    return _keyed_hash(str(ip_network((address, prefix), strict=False)))


def sender_hash(request: HttpRequest) -> str:
    """A keyed hash of the one address, or of the IPv6 network, that sends; empty where it may be everybody's.

    It may be everybody's where a site has not said which proxies stand in front of it, and the request comes from an
    address that is not one of the Internet: then it is most likely such a proxy's.
    """
    address = client_address(request)
    if address is None or (not settings.TRUSTED_PROXIES and not address.is_global):
        return ""
    return _keyed_hash(str(address)) if address.version == 4 else network_hash(request)


@lru_cache(maxsize=8)
def networks_in(texts: tuple[object, ...]) -> tuple[IPNetwork, ...]:
    """The networks that the setting names; what names none is left out, and reported by a system check."""
    return tuple(network for network in map(network_in, texts) if network is not None)


def network_in(text: object) -> IPNetwork | None:
    """The network that a text names, also by one of its addresses and a prefix; None where it names none."""
    try:
        network = ip_network(text.strip() if isinstance(text, str) else "", strict=False)
    except ValueError:
        return None
    if isinstance(network, IPv6Network) and network.subnet_of(MAPPED):
        mapped = network.network_address.ipv4_mapped
        return ip_network((int(mapped or 0), network.prefixlen - MAPPED_BITS))
    return network


def _address_in(text: str) -> IPAddress | None:
    """The address in an entry of the header, or in what the server gives: with or without brackets, port and zone."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _keyed_hash(text: str) -> str:
    secret = f"wagtail_visit_alerts.network{django_settings.SECRET_KEY}".encode()
    return hmac.new(secret, text.encode(), sha256).hexdigest()[:32]
