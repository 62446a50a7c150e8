"""What a template is given: the data of the e-mail as plain values, fit for JSON.

Takes the e-mail's contents, the contact and the alert; gives dicts, lists and texts, in the language and time zone
that are active. No model reaches a template. ``sample`` has the same names with made-up values, to check a template
by; ``VARIABLES`` in ``variables`` lists them for people.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.utils import timezone, translation
from django.utils.formats import date_format

from wagtail_visit_alerts.delivering import contents, history, rich_text, seen_pages, wording
from wagtail_visit_alerts.models import Alert, Contact
from wagtail_visit_alerts.models.display_name import display_name
from wagtail_visit_alerts.models.email_address import address_of

Values = dict[str, Any]
_CONTACT_TEXTS = ("name", "email", "phone", "company", "position", "city", "country", "language")


def template_data(alert: Alert, *, told: contents.Contents, contact: Contact) -> Values:
    """Return the values for one alert's attachment; no queries beyond the contact's owner and tags."""
    occasions = [_occasion(occasion) for occasion in told.occasions]
    return {
        "contact": _contact(contact, told),
        "owner": _owner(contact),
        "alert": {
            "name": wording.one_line(alert.name),
            "group": wording.one_line(alert.group),
            "description": rich_text.as_text(rich_text.as_html(alert.description)),
        },
        "page": occasions[0]["page"] if occasions else dict.fromkeys(_page(_SAMPLE_PAGE), ""),
        "occasions": occasions,
        "visits": [_visit(visit) for visit in told.history],
        "now": _moment(told.happened_at),
        "language": translation.get_language() or "",
        "time_zone": timezone.get_current_timezone_name(),
    }


def sample() -> Values:
    """Return values for a contact and a visit that are made up, with every name that there is."""
    occasion = contents.Occasion(
        page=_SAMPLE_PAGE, doing="Anna Nowak", headline="Anna Nowak", recognized="form", in_view="5 min"
    )
    contact = dict.fromkeys(_CONTACT_TEXTS, "Anna Nowak") | {"tags": ["vip"], "extra": {}, "url": ""}
    contact |= {"email": "anna.nowak@example.com", "language_name": "English"}
    return {
        "contact": contact,
        "owner": dict.fromkeys(_owner(Contact()), "Marta Kowalska"),
        "alert": {"name": "Price list", "group": "Sales", "description": "Call."},
        "page": _page(_SAMPLE_PAGE),
        "occasions": [_occasion(occasion)],
        "visits": [_visit(history.SeenVisit(_SAMPLE_PAGE.entered_at, [_SAMPLE_PAGE]))],
        "now": _moment(_SAMPLE_PAGE.entered_at),
        "language": "en",
        "time_zone": "UTC",
    }


_SAMPLE_PAGE = seen_pages.SeenPage(
    title="Pricing",
    url="https://www.example.com/pricing/",
    link="https://www.example.com/pricing/",
    entered_at=datetime(2026, 1, 31, 12, 30, tzinfo=UTC),
    dwell_time="5 min",
    is_occasion=True,
    source="",
)


def _contact(contact: Contact, told: contents.Contents) -> Values:
    known = {field: _cleaned(getattr(contact, field)) for field in _CONTACT_TEXTS}
    return known | {
        "language_name": wording.language_name(contact.language) if contact.language else "",
        "tags": sorted(wording.one_line(tag.name) for tag in contact.tags.all()),
        "extra": _cleaned(contact.extra),
        "url": told.contact_url,
    }


def _cleaned(value: Any) -> Any:
    """Whatever JSON a further field holds, its texts without control characters and with plain ends of lines."""
    if isinstance(value, str):
        return wording.lines(value.replace("\u2028", "\n").replace("\u2029", "\n"))
    if isinstance(value, list):
        return [_cleaned(item) for item in value]
    if isinstance(value, dict):
        return {wording.one_line(key): _cleaned(item) for key, item in value.items()}
    return value


def _owner(contact: Contact) -> Values:
    owner = contact.owner
    if owner is None:
        return {"name": "", "first_name": "", "last_name": "", "email": ""}
    names = {part: wording.one_line(getattr(owner, part, "")) for part in ("first_name", "last_name")}
    return {"name": wording.one_line(display_name(owner)), **names, "email": address_of(owner)}


def _occasion(occasion: contents.Occasion) -> Values:
    return {
        "page": _page(occasion.page),
        "doing": occasion.doing,
        "recognized": occasion.recognized,
        "in_view": occasion.in_view,
    }


def _page(page: seen_pages.SeenPage) -> Values:
    return {
        "title": page.title,
        "url": page.url,
        "entered_at": _moment(page.entered_at),
        "dwell_time": page.dwell_time,
        "is_occasion": page.is_occasion,
    }


def _visit(visit: history.SeenVisit) -> Values:
    pages: Sequence[seen_pages.SeenPage] = visit.pages
    return {"started_at": _moment(visit.started_at), "pages": [_page(page) for page in pages]}


def _moment(value: datetime) -> Values:
    """A point in time: for machines, and as the reader writes it."""
    local = timezone.localtime(value)
    return {
        "iso": local.isoformat(timespec="seconds"),
        "date": date_format(local, "DATE_FORMAT"),
        "time": date_format(local, "TIME_FORMAT"),
        "datetime": date_format(local, "DATETIME_FORMAT"),
    }
