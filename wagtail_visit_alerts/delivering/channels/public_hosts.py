"""Which addresses a host name stands for, and whether they are anybody's or of the site's own network.

Takes a host and a port; gives the addresses to connect to, resolved once, so that what was judged is what is
connected to. Guarantees that unless the site allows it, none of them is private, in whichever way it is written.
"""

import ipaddress
import socket
from typing import Final

from django.utils.translation import gettext

from wagtail_visit_alerts.conf import settings
from wagtail_visit_alerts.errors import VisitAlertsError

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

#: The prefix in which translators of networks put IPv4 addresses (RFC 6052, section 2.1).
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
#: Kept for protocols and translators (IANA's registries of special addresses), which older Pythons don't all know.
_SPECIAL: Final = tuple(
    ipaddress.ip_network(network)
    for network in ("192.0.0.0/24", "192.88.99.0/24", "64:ff9b:1::/48", "2001::/23", "3fff::/20", "5f00::/16")
)


class PrivateAddress(VisitAlertsError):
    """A host stands, wholly or in part, for addresses of the site's own network."""

    def __init__(self) -> None:
        super().__init__(
            gettext(
                "The address leads into a private network, where this site sends nothing. Use a public one."
            )
        )


def addresses_of(host: str, *, port: int) -> list[str]:
    """Return the addresses of a host, the preferred one first; asks the name server, once.

    Raises ``OSError`` where there are none, and ``PrivateAddress`` where one of them is not public, unless
    ``WEBHOOKS_TO_PRIVATE_ADDRESSES`` allows that.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(place[0]) for *_, place in found))
    if not settings.WEBHOOKS_TO_PRIVATE_ADDRESSES and not all(map(is_public, addresses)):
        raise PrivateAddress
    return addresses


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet; also of the IPv4 address that an IPv6 address holds."""
    found = _embedded(ipaddress.ip_address(address.partition("%")[0]))
    return found.is_global and not (
        found.is_private
        or found.is_loopback
        or found.is_link_local
        or found.is_multicast
        or found.is_reserved
        or found.is_unspecified
        or getattr(found, "is_site_local", False)
        or any(found in network for network in _SPECIAL)
    )


def _embedded(address: IPAddress) -> IPAddress:
    """The IPv4 address that an IPv6 address stands for: mapped, translated or tunnelled; else the address."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address
