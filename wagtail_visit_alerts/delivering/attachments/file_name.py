"""The name of an attachment's file: harmless wherever it is saved, and with its format's extension."""

import re
import unicodedata
from collections.abc import Container

from wagtail_visit_alerts.delivering import wording

#: In characters, and in bytes of UTF-8, where file systems stop at 255.
LONGEST_NAME = 100
MOST_BYTES = 200

#: What Windows, macOS or Linux has for paths and streams, or does not take in a name.
_NOT_IN_NAMES = re.compile(r'[<>:"/\\|?*]+')
#: Names of devices, whatever their extension (Windows, "Naming Files, Paths, and Namespaces").
_DEVICE = re.compile(r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\..*)?", re.IGNORECASE)


def file_name(*candidates: str, extension: str) -> str:
    """Return the first candidate that leaves something, fit for a file, with the extension once."""
    for candidate in candidates:
        if stem := _stem(candidate, extension=extension):
            return f"{stem}.{extension}"
    return f"attachment.{extension}"


def distinct_name(name: str, *, taken: Container[str]) -> str:
    """Return the name, or one with a number where it is taken; ``taken`` holds names with ``casefold``."""
    stem, _, extension = name.rpartition(".")
    number, distinct = 1, name
    while distinct.casefold() in taken:
        number += 1
        mark = f" ({number})"
        distinct = f"{_cut(stem, LONGEST_NAME - len(mark) - len(extension) - 1)}{mark}.{extension}"
    return distinct


def _stem(candidate: str, *, extension: str) -> str:
    text = wording.one_line(unicodedata.normalize("NFC", candidate), longest=LONGEST_NAME * 4)
    text = " ".join(_NOT_IN_NAMES.sub(" ", text).split())
    if text.lower().endswith(f".{extension.lower()}"):
        text = text[: -len(extension) - 1]
    text = _cut(text.strip(". "), LONGEST_NAME - len(extension) - 1)
    return f"_{text}" if _DEVICE.fullmatch(text) else text


def _cut(text: str, longest: int) -> str:
    """Cut to a number of characters, and of bytes, at the end of a character."""
    whole = text[:longest].encode()[:MOST_BYTES].decode("utf-8", "ignore")
    return whole.rstrip(". ")
