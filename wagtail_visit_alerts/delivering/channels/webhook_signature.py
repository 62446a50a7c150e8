"""The signature of a webhook, as the Standard Webhooks specification says: HMAC-SHA256 over id, time and body.

Takes a secret and what is sent; gives the three headers by which a receiver knows who sent it, and when.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from typing import Final

PREFIX: Final = "whsec_"
#: Bytes of a secret: the specification asks for 24 to 64.
SECRET_BYTES: Final = 32


def new_secret() -> str:
    """Make a secret: "whsec_" and random bytes in base64."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def key_of(secret: str) -> bytes:
    """Return the bytes of a secret. Raises ``ValueError`` for a text that is none."""
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError("A webhook's secret is no base64: make a new one.") from error


def signed_headers(body: bytes, *, message_id: str, timestamp: int, secret: str) -> dict[str, str]:
    """Return the headers that sign a body; ``timestamp`` is in seconds since 1970. Raises ``ValueError``."""
    signed = b".".join([message_id.encode(), str(timestamp).encode(), body])
    digest = hmac.new(key_of(secret), signed, hashlib.sha256).digest()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }
