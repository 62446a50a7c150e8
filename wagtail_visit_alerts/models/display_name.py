"""How a user of the site is named to a person: a site's own user model need not have Django's methods for it."""

from typing import Any


def display_name(user: Any) -> str:
    """The user's full name where their model knows one and it is not empty, else what they log in with."""
    full_name = user.get_full_name() if hasattr(user, "get_full_name") else ""
    return full_name.strip() or user.get_username()
