"""Yes and no as people write them, in every language of our texts."""

from functools import cache
from pathlib import Path

from django.utils import translation

LOCALES = Path(__file__).resolve().parent.parent / "locale"


@cache
def words_for_yes_and_no() -> dict[str, set[str]]:
    """How the languages of our texts say what is true and what is false in JSON, in small letters."""
    said: dict[str, set[str]] = {"true": set(), "false": set()}
    for name in ["en", *(folder.name for folder in LOCALES.iterdir() if folder.is_dir())]:
        with translation.override(translation.to_language(name)):
            said["true"].add(translation.gettext("yes").casefold())
            said["false"].add(translation.gettext("no").casefold())
    return said
