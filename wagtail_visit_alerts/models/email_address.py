"""E-mail addresses as keys: two spellings of one mailbox compare equal."""

import contextlib
import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser

#: RFC 5321, section 4.5.3.1: 64 octets of local part, "@", 255 of domain; 254 is what a path may hold.
MAX_EMAIL_LENGTH = 254

_WITH_NAME = re.compile(r"[^<>]*<\s*(?:mailto:)?([^<>]*?)\s*>\s*")


def bare_address(text: str) -> str:
    """Return the address alone where a name stands beside it, as in ``Anna Nowak <anna@example.com>``."""
    with_name = _WITH_NAME.fullmatch(text)
    return with_name[1] if with_name else text.strip()


def email_key(address: str) -> str:
    """Return the form of an e-mail address that is unique for a mailbox: trimmed, lower case, domain in ASCII.

    A domain that IDNA can't encode is kept as it is, lower case: the address is then compared as text.
    """
    local, at, domain = unicodedata.normalize("NFC", address).strip().rpartition("@")
    with contextlib.suppress(UnicodeError):
        domain = domain.encode("idna").decode("ascii")
    return f"{local}{at}{domain}".lower()


def address_of(user: "AbstractBaseUser") -> str:
    """Return a user's e-mail address, whatever a site's own user model calls the field; empty if they have none."""
    return getattr(user, user.get_email_field_name(), "") or ""
