"""Identification by a form and by the site's own code: from a request to the pipeline."""

import logging
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from wagtail_visit_alerts import identifying, pipeline
from wagtail_visit_alerts.conf import settings
from wagtail_visit_alerts.errors import VisitAlertsError
from wagtail_visit_alerts.models import Contact, Method
from wagtail_visit_alerts.visits.browser import browser_of
from wagtail_visit_alerts.visits.cookie import read_cookie, set_key
from wagtail_visit_alerts.visits.exclusions import is_excluded

logger = logging.getLogger(__name__)

#: What forms call the field of the address where none has the type "email".
EMAIL_NAMES = ("email", "e_mail", "e-mail", "mail")


class InvalidAddress(VisitAlertsError):
    """A form's value can't be an e-mail address, so that it names no contact."""

    def __init__(self) -> None:
        super().__init__("The form's e-mail address is not valid: validate it before you identify by it.")


def identify(request: HttpRequest, contact: Contact, *, response: HttpResponse | None = None) -> None:
    """Say that this request's browser is a contact's, by the site's own verified knowledge.

    Give the ``response`` that answers the request, so that a browser without a key gets one with it.
    """
    _identify(request, contact=contact, method=Method.API, response=response)


def identify_from_form(
    request: HttpRequest, email: str, *, response: HttpResponse | None = None, **fields: str
) -> Contact:
    """Say that somebody has submitted a form with this e-mail address; return the contact, made if there was none.

    ``fields`` (name, phone, company, position, city, country, language) fill only what the contact lacks. Give
    the ``response`` that answers the request. Raises ``InvalidAddress``.
    """
    try:
        validate_email(email.strip())
    except ValidationError as error:
        raise InvalidAddress from error
    contact = identifying.contact_of_form(email, fields=fields)
    _identify(request, contact=contact, method=Method.FORM, response=response)
    return contact


def _identify(request: HttpRequest, *, contact: Contact, method: Method, response: HttpResponse | None) -> None:
    now = timezone.now()
    held = read_cookie(request, now=now)
    if held.is_off or is_excluded(request):
        return
    if held.key is None and response is None:
        logger.info("identification.impossible", extra={"contact_id": contact.pk})
        return
    key = pipeline.identify_browser(
        browser_of(request, held=held, now=now), contact=contact, method=method, now=now
    )
    if response is not None:
        set_key(response, request, key=key, held=held, now=now)


def identify_by_submission(request: HttpRequest, page: Any, submission: Any, response: HttpResponse) -> None:
    """Identify by a submitted Wagtail form page; one without a valid e-mail address names nobody."""
    answers = {name: str(value) for name, value in submission.form_data.items() if isinstance(value, str)}
    email_fields = [field.clean_name for field in page.get_form_fields() if field.field_type == "email"]
    email = next((answers[name] for name in (*email_fields, *EMAIL_NAMES) if answers.get(name)), "")
    if not email:
        return
    fields = {
        ours: value
        for ours, names in settings.FORM_FIELDS.items()
        if (value := next((answers[name] for name in names if answers.get(name)), ""))
    }
    try:
        identify_from_form(request, email, response=response, **fields)
    except InvalidAddress:
        logger.info("submission.without_address", extra={"page_id": page.pk})
