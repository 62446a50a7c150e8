"""Signal receivers: one call each into the stage that owns the work."""


def connect_all() -> None:
    """Connect every receiver."""
