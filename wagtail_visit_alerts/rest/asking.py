"""What a list is asked for: filters, how many, and behind which id it goes on. Each is read or refused by its name.

A list goes on behind the id of the last row that was shown: a page far behind costs no more than the first, and
nothing is counted.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext
from rest_framework.settings import api_settings

from wagtail_visit_alerts.importing import WrongCell, plain_text, read_address
from wagtail_visit_alerts.rest.refusals import FieldError, wrong_fields

USUAL_LIMIT, MOST_AT_ONCE = 100, 500
#: The largest key that a database has (``BIGINT``).
MAX_ID = 2**63 - 1

Reader = Callable[[Any], Any]


def read_text(given: Any) -> str:
    """A text on one line."""
    if not isinstance(given, str):
        raise WrongCell(gettext("Give a text, in quotation marks."))
    return plain_text(given)


def read_email(given: Any) -> str:
    """An e-mail address, as contacts are found by it."""
    return read_address(read_text(given))[1]


def read_moment(given: Any) -> datetime:
    """A time with its zone."""
    try:
        moment = parse_datetime(given) if isinstance(given, str) else None
        # Beyond the first and the last year that Python has, there is no time in UTC.
        return moment.astimezone(UTC) if moment is not None and moment.tzinfo else _no_moment()
    except (ValueError, OverflowError):
        return _no_moment()


def read_id(given: Any) -> int:
    """An id, or 0."""
    return _read_number(given, most=MAX_ID)


def read_limit(given: Any) -> int:
    """How many rows at once."""
    return _read_number(given, most=MOST_AT_ONCE, least=1)


#: What every list can be asked for.
OF_LISTS: Mapping[str, Reader] = {"after": read_id, "limit": read_limit}


def read_asked(asked: Iterable[tuple[str, Any]], *, readers: Mapping[str, Reader]) -> dict[str, Any]:
    """What a list is asked for, by the names that it knows. Raises ``Refused``, with all that is wrong."""
    values: dict[str, Any] = {"after": 0, "limit": USUAL_LIMIT}
    errors: list[FieldError] = []
    known = {**OF_LISTS, **readers}
    for name, given in asked:
        if name == api_settings.URL_FORMAT_OVERRIDE:  # the framework's own
            continue
        try:
            if name not in known:
                raise WrongCell(gettext("Use one of: %(names)s.") % {"names": ", ".join(sorted(known))})
            values[name] = known[name](given)
        except WrongCell as error:
            errors.append((plain_text(name), str(error)))
    if errors:
        raise wrong_fields(errors)
    return values


def page_of(
    rows: Any, *, asked: Mapping[str, Any], as_json: Callable[[Sequence[Any]], list[Any]]
) -> dict[str, Any]:
    """One page of a list, by rising ids: its rows, and the id behind which the next page begins, if there is one."""
    limit = asked["limit"]
    found = list(rows.filter(pk__gt=asked["after"]).order_by("pk")[: limit + 1])
    page = found[:limit]
    return {"results": as_json(page), "next": page[-1].pk if len(found) > limit else None}


def _read_number(given: Any, *, most: int, least: int = 0) -> int:
    # No longer than the largest: Python itself refuses to read very long ones.
    is_text = isinstance(given, str) and given.isascii() and given.isdecimal() and len(given) <= len(str(most))
    is_number = isinstance(given, int) and not isinstance(given, bool)
    if (is_text or is_number) and least <= (number := int(given)) <= most:
        return number
    raise WrongCell(gettext("Give a whole number from %(least)d to %(most)d.") % {"least": least, "most": most})


def _no_moment() -> datetime:
    raise WrongCell(gettext("Give a time with its zone, as 2026-12-31T10:00:00Z."))
