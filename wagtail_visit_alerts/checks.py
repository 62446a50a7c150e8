"""System checks: what is missing in a site's configuration, in one sentence and with the fix."""


def register_all() -> None:
    """Register every check."""
