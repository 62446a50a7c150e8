"""The contact whom the e-mails of these tests are about."""

from datetime import UTC, datetime

from ..factories import ContactFactory, UserFactory

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def anna(**fields):
    """A contact with everything that is known of one."""
    known = {
        "name": "Anna Nowak",
        "email": "anna.nowak@example.org",
        "phone": "+48 600 100 200",
        "company": "Młyn sp. z o.o.",
        "position": "Head of purchasing",
        "city": "Kraków",
        "country": "Poland",
        "language": "pl",
        "extra": {"budget": 20000, "newsletter": True},
        "owner": UserFactory(first_name="Marta", last_name="Kowalska", email="marta@example.com"),
    }
    return ContactFactory(**{**known, **fields})
