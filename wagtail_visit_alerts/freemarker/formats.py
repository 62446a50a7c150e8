"""Java's patterns of dates and numbers, as Freemarker's ``?string("...")`` takes them.

Gives the Jinja2 expression, or raises ``LookupError`` for a pattern that has no equal.
"""

import re

from wagtail_visit_alerts.freemarker.code import Code, Level, Type, quoted

_DATE_PART = re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']+")
_NUMBER = re.compile(r"(,##)?(0+)(?:\.(0+))?(%?)")

#: A letter of java.text.SimpleDateFormat as often as it stands, and what Python's strftime has for it. Names of
#: months and days have no equal: strftime would write them in English.
_LETTERS = {
    "d": "%-d", "dd": "%d", "M": "%-m", "MM": "%m", "y": "%Y", "yy": "%y", "yyyy": "%Y", "H": "%-H", "HH": "%H",
    "h": "%-I", "hh": "%I", "m": "%-M", "mm": "%M", "s": "%-S", "ss": "%S", "a": "%p", "Z": "%z",
}  # fmt: skip


def is_date_pattern(pattern: str) -> bool:
    """Whether a pattern is one of dates, not of numbers: it has letters outside quotes."""
    return bool(re.search(r"[A-Za-z]", re.sub(r"'[^']*'", "", pattern)))


def date_format(pattern: str) -> str:
    """Return the format of our date filter for a pattern of Java's: ``dd.MM.yyyy`` is ``%d.%m.%Y``."""
    parts = []
    position = 0
    while position < len(pattern):
        match = _DATE_PART.match(pattern, position)
        if match is None:
            raise LookupError(pattern)
        if match[2]:
            parts.append(_LETTERS[match.group()])
        else:
            literal = match.group() if match[1] is None else match[1].replace("''", "'") or "'"
            parts.append(literal.replace("%", "%%"))
        position = match.end()
    return "".join(parts)


def number(value: Code, pattern: str) -> Code:
    """Return a number in a pattern of Java's: ``0.00`` has two decimals, ``,##0`` groups of three digits."""
    match = _NUMBER.fullmatch(pattern)
    if match is None:
        raise LookupError(pattern)
    grouped, whole, decimals, percent = match.groups(default="")
    if percent:
        value = Code(f"{value.at(Level.PRODUCT)} * 100", Level.PRODUCT, Type.NUMBER)
    width = f"0{len(whole) + len(decimals) + bool(decimals)}" if len(whole) > 1 else ""
    spec = f"{{:{width}{',' if grouped else ''}.{len(decimals)}f}}{percent}"
    return Code(f"{quoted(spec)}.format({value.text})", type=Type.TEXT)


def legacy_number(value: Code, number_format: str) -> Code:
    """Return a number in the format of ``#{number; m2M2}``."""
    match = re.fullmatch(r"(?:m(\d\d?))?(?:M(\d\d?))?", number_format)
    if match is None or not number_format:
        raise LookupError(number_format)
    fewest, most = match[1] or "0", match[2] or match[1]
    if int(fewest) == int(most):
        return Code(f'"%.{int(most)}f"|format({value.text})', Level.FILTER, Type.TEXT)
    if int(fewest) == 0:
        rounded = value.filtered(f"round({int(most)})")
        return Code(f'"%.12g"|format({rounded.text})', Level.FILTER, Type.TEXT)
    raise LookupError(number_format)
