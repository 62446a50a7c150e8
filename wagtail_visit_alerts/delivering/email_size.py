"""How long an e-mail may be: Gmail cuts what is longer than 102 KB, and with it the end that says why it came.

Gives bounds, each narrower than the one before; an e-mail is written with the first ones that make it short enough.
"""

from dataclasses import dataclass

from django.core.mail import EmailMessage

#: Bytes of an e-mail without its attachments.
MOST_BYTES = 100_000
#: In how many bytes of an e-mail one byte of its text may end up: as three signs of quoted-printable (RFC 2045), and
#: soft ends of lines.
ENCODED = 3.1


@dataclass(frozen=True)
class Bounds:
    """What an e-mail holds at most."""

    alerts: int
    #: Characters of the HTML of an alert's description.
    description: int
    #: Page views in the history, or of a digest.
    pages: int
    #: Lines of each of the other lists.
    lines: int
    facts: int
    #: Characters of a name, a title or a value.
    value: int


STEPS = (
    Bounds(alerts=50, description=20_000, pages=200, lines=20, facts=40, value=300),
    Bounds(alerts=20, description=4_000, pages=50, lines=5, facts=40, value=300),
    Bounds(alerts=20, description=1_000, pages=20, lines=5, facts=30, value=150),
    Bounds(alerts=10, description=300, pages=10, lines=3, facts=30, value=80),
    Bounds(alerts=5, description=0, pages=2, lines=1, facts=12, value=50),
)


def fits(email: EmailMessage, *, html: str) -> bool:
    """Whether an e-mail, which has no attachments yet, is short enough as it is sent."""
    if (len(email.body.encode()) + len(html.encode())) * ENCODED < MOST_BYTES:
        return True
    return len(email.message().as_bytes()) <= MOST_BYTES
