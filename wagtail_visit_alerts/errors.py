"""The base of every error this package raises on purpose; subclasses live where they are raised."""


class VisitAlertsError(Exception):
    """Something the caller can act on went wrong; the text says what, to which thing, and what to do."""
