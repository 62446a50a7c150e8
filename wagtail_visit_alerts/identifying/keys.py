"""The keys of visitors: how they are made and stored, and which one follows a key that was retired."""

import hashlib
import hmac
import secrets

from django.conf import settings as django_settings

from wagtail_visit_alerts.models import Visitor

#: How often in a row a browser's key may have been retired since it was last heard of.
MOST_RETIREMENTS = 10


def new_key() -> str:
    """128 random bits, as text of 32 characters."""
    return secrets.token_hex(16)


def hash_of_key(key: str) -> str:
    """The form in which a visitor's key is stored: SHA-256 of 128 random bits needs no salt."""
    return hashlib.sha256(key.encode()).hexdigest()


def following_key(key: str) -> str:
    """The key that a browser gets when its key is retired.

    Made from the retired key and the site's secret, so that the request which retires it and the message in which
    the browser asks for the new one, or two tabs that ask at once, need not know of each other.
    """
    return _following(key, secret=django_settings.SECRET_KEY)


def key_in_use(key: str) -> str:
    """The key that a browser should have: its own, or where that is retired the one that follows.

    One query, and one more for each time that it was retired. A key that was retired before a rotation of the
    site's secret is followed by what the old secret made of it.
    """
    if not Visitor.objects.with_key(hash_of_key(key)).exclude(retired_at=None).exists():
        return key
    for _times in range(MOST_RETIREMENTS):
        candidates = {hash_of_key(one): one for one in _following_keys(key)}
        known = dict(Visitor.objects.filter(key_hash__in=candidates).values_list("key_hash", "retired_at"))
        if not known:
            return following_key(key)
        for key_hash, retired_at in known.items():
            key = candidates[key_hash]
            if retired_at is None:
                return key
    return new_key()


def _following_keys(key: str) -> list[str]:
    """The keys that may follow a key: by the site's secret, and by those that it had before."""
    secrets_of_site = [django_settings.SECRET_KEY, *django_settings.SECRET_KEY_FALLBACKS]
    return [_following(key, secret=secret) for secret in secrets_of_site]


def _following(key: str, *, secret: str | bytes) -> str:
    secret = secret if isinstance(secret, bytes) else secret.encode()
    return hmac.new(secret, f"wagtail_visit_alerts.key:{key}".encode(), hashlib.sha256).hexdigest()[:32]
