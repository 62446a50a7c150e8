"""Identification by a form and by the site's own code: from a request to the pipeline."""

import logging
from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from wagtail.models import Site

from wagtail_visit_alerts import identifying, pipeline
from wagtail_visit_alerts.conf import settings
from wagtail_visit_alerts.errors import VisitAlertsError
from wagtail_visit_alerts.models import Contact, Method, SubmittedForm
from wagtail_visit_alerts.models.declared_fields import declared_fields
from wagtail_visit_alerts.visits.browser import browser_of
from wagtail_visit_alerts.visits.consent import consents as agrees
from wagtail_visit_alerts.visits.cookie import read_cookie, set_key, set_off, set_out
from wagtail_visit_alerts.visits.exclusions import reason_not_recorded

logger = logging.getLogger(__name__)

#: What forms call the field of the address where none has the type "email".
EMAIL_NAMES = ("email", "e_mail", "e-mail", "mail")
#: What the column of a form's name holds.
MAX_FORM_NAME = 255


class InvalidAddress(VisitAlertsError):
    """A form's value can't be an e-mail address, so that it names no contact."""

    def __init__(self) -> None:
        super().__init__("The form's e-mail address is not valid: validate it before you identify by it.")


def identify(request: HttpRequest, contact: Contact, *, response: HttpResponse | None = None) -> None:
    """Say that this request's browser is a contact's, by the site's own verified knowledge.

    Give the ``response`` that answers the request, so that a browser without a key gets one with it. Where the
    database fails, the browser stays unknown and the log says so: the person's request goes on.
    """
    try:
        _identify(request, contact=contact, method=Method.API, response=response)
    except DatabaseError:
        logger.exception("identification.not_written", extra={"contact_id": contact.pk})


def identify_from_form(
    request: HttpRequest,
    email: str,
    *,
    response: HttpResponse | None = None,
    form_name: str = "",
    **fields: Any,
) -> Contact | None:
    """Say that somebody has submitted a form with this e-mail address; return the contact, made if there was none.

    ``fields`` (name, phone, company, position, city, country, language, and those that ``CONTACT_FIELDS`` declares)
    fill only what the contact lacks; alerts call the form by ``form_name``. Give the ``response`` that answers the
    request. Where the database fails there is no contact, and the log says so: the person's form goes on. Raises
    ``InvalidAddress``.
    """
    given = {name: _storable(value) for name, value in fields.items()}
    form = SubmittedForm(name=_storable(form_name))
    return _identify_from_form(request, email, form=form, response=response, fields=given)


def _storable(value: Any) -> Any:
    """What a form of the site's own gives, its texts without what databases refuse: zeros and halves of a pair."""
    return value.replace("\0", "").encode("utf-8", "ignore").decode() if isinstance(value, str) else value


def _identify_from_form(
    request: HttpRequest,
    email: str,
    *,
    form: SubmittedForm,
    response: HttpResponse | None,
    fields: dict[str, Any],
) -> Contact | None:
    try:
        validate_email(email.strip())
    except ValidationError as error:
        raise InvalidAddress from error
    try:
        owner_id = partial(_owner_of_new, request, form)
        contact = identifying.contact_of_form(email, fields=fields, owner_of_new=owner_id)
        _identify(request, contact=contact, method=Method.FORM, response=response, form=form)
    except DatabaseError:
        logger.exception("identification.not_written")
        return None
    return contact


def _owner_of_new(request: HttpRequest, form: SubmittedForm) -> int | None:
    """Whose a contact is that is made by a form. At most two queries."""
    site = Site.find_for_request(request)
    return identifying.default_owner_id(form_page_id=form.page_id, site_id=None if site is None else site.pk)


def _identify(
    request: HttpRequest,
    *,
    contact: Contact,
    method: Method,
    response: HttpResponse | None,
    form: SubmittedForm | None = None,
) -> None:
    now = timezone.now()
    held = read_cookie(request, now=now)
    if held.is_off or reason_not_recorded(request) is not None or (consents := agrees(request)) is False:
        return
    if held.key is None and response is None:
        logger.info("identification.impossible", extra={"contact_id": contact.pk})
        return
    if form is not None:
        form.submitted_at, form.name = now, form.name[:MAX_FORM_NAME]
    browser = browser_of(request, held=held, consents=consents, now=now)
    answer = pipeline.identify_browser(browser, contact=contact, method=method, form=form, now=now)
    if response is None:
        return
    if answer.out:
        set_out(response, request)
    elif answer.off:
        set_off(response, request)
    else:
        set_key(response, request, key=answer.key, held=held, now=now)


def identify_by_submission(request: HttpRequest, page: Any, submission: Any, response: HttpResponse) -> None:
    """Identify by a submitted Wagtail form page; one without a valid e-mail address names nobody.

    Either way it becomes part of the contact's history, if the browser is one's.
    """
    form = SubmittedForm(page_id=page.pk, name=page.title)
    answers = {name: str(value) for name, value in submission.form_data.items() if isinstance(value, str)}
    email_fields = [field.clean_name for field in page.get_form_fields() if field.field_type == "email"]
    email = next((answers[name] for name in (*email_fields, *EMAIL_NAMES) if answers.get(name)), "")
    if not email:
        _note_form(request, form)
        return
    fields: dict[str, Any] = {
        ours: value
        for ours, names in settings.FORM_FIELDS.items()
        if (value := next((answers[name] for name in names if answers.get(name)), ""))
    }
    for field in declared_fields():  # which are not only texts
        names = settings.FORM_FIELDS.get(field.name, (field.name,))
        given = (submission.form_data.get(name) for name in names)
        fields[field.name] = next((value for value in given if value not in (None, "", [])), None)
    try:
        _identify_from_form(request, email, form=form, response=response, fields=fields)
    except InvalidAddress:
        logger.info("submission.without_address", extra={"page_id": page.pk})
        _note_form(request, form)


def _note_form(request: HttpRequest, form: SubmittedForm) -> None:
    """Note a form that names nobody, for the contact whose browser this is by now."""
    now = timezone.now()
    held = read_cookie(request, now=now)
    if held.key is None or held.is_off or reason_not_recorded(request) is not None:
        return
    if (consents := agrees(request)) is False:
        return
    form.submitted_at, form.name = now, form.name[:MAX_FORM_NAME]
    pipeline.note_form(browser_of(request, held=held, consents=consents, now=now), form=form)
