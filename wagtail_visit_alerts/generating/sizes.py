"""Sizes: how much is generated."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Size:
    """How many rows there will be of what counts; the rest follows from these."""

    page_views: int
    contacts: int
    alerts: int
    notifications: int
    #: How many days back the page views reach.
    days: int = 400

    @property
    def salespeople(self) -> int:
        """How many users own the contacts."""
        return min(100, max(3, self.contacts // 500))

    @property
    def visits_now(self) -> int:
        """How many visits are going on at the end."""
        return min(60, max(3, self.contacts // 200))


SIZES = {
    "small": Size(page_views=5_000, contacts=200, alerts=20, notifications=400),
    "medium": Size(page_views=200_000, contacts=5_000, alerts=100, notifications=10_000),
    "full": Size(page_views=5_000_000, contacts=50_000, alerts=500, notifications=200_000),
}
