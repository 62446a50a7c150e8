"""What a client is told whose request is not done: what happened, to which field, and what to do next.

Every refusal has one shape: ``{"message": ..., "errors": [{"field": ..., "message": ...}]}``.
"""

from collections.abc import Sequence
from typing import Any

from django.http import Http404
from django.utils.translation import gettext, ngettext
from rest_framework import status
from rest_framework.exceptions import (
    APIException,
    AuthenticationFailed,
    MethodNotAllowed,
    NotAcceptable,
    NotAuthenticated,
    PermissionDenied,
    Throttled,
    UnsupportedMediaType,
)
from rest_framework.response import Response
from rest_framework.views import exception_handler

#: A field and what is wrong with it.
FieldError = tuple[str, str]


class Refused(APIException):
    """A request is not done; the texts say why, in the active language."""

    def __init__(
        self, message: str, *, errors: Sequence[FieldError] = (), status_code: int = status.HTTP_400_BAD_REQUEST
    ) -> None:
        super().__init__(message)
        self.status_code = status_code
        self.errors = list(errors)


def wrong_fields(errors: Sequence[FieldError]) -> Refused:
    """Some fields can't be taken; all of them are named."""
    return Refused(gettext("Nothing was done: correct the fields that are named."), errors=errors)


def address_is_taken() -> Refused:
    """Another contact has the address, whether the user may know them or not."""
    message = gettext("Another contact has this e-mail address already.")
    return Refused(
        gettext("Nothing was changed: give another address, or ask somebody who may change all contacts."),
        errors=[("email", message)],
        status_code=status.HTTP_409_CONFLICT,
    )


def no_such_contact() -> Refused:
    """There is none, or none whom the user may view: which of both is not said."""
    return Refused(
        gettext("There is no such contact, or you may not view them: look in the list of contacts."),
        status_code=status.HTTP_404_NOT_FOUND,
    )


def not_allowed() -> Refused:
    """The user lacks a permission."""
    return Refused(
        gettext("You may not do this: ask somebody who manages the site's groups for the permission."),
        status_code=status.HTTP_403_FORBIDDEN,
    )


def refusal(error: Exception, context: dict[str, Any]) -> Response | None:
    """The answer to a request that raised an error; None for a fault, which is the site's to report.

    For Django REST framework, in place of its own handler, which is still asked for status and headers.
    """
    response = exception_handler(error, context)
    if response is not None:
        errors = error.errors if isinstance(error, Refused) else []
        response.data = {
            "message": _message(error, response, view=context["view"]),
            "errors": [{"field": field, "message": message} for field, message in errors],
        }
    return response


def _message(error: Exception, response: Response, *, view: Any) -> str:
    match error:
        case NotAuthenticated():
            return gettext("Say who you are: send the login or token that the site asks its programs for.")
        case MethodNotAllowed():
            return gettext("This can't be done here: use one of %(methods)s.") % {
                "methods": ", ".join(view.allowed_methods)
            }
        case UnsupportedMediaType():
            return gettext("Send JSON, and the header “Content-Type: application/json”.")
        case NotAcceptable() | Http404():  # which the framework answers to another "format" in the query
            return gettext("The answer is JSON: accept “application/json”.")
        case Throttled():
            seconds = int(error.wait or 1)
            return ngettext(
                "Too many requests: try again in %(count)d second.",
                "Too many requests: try again in %(count)d seconds.",
                seconds,
            ) % {"count": seconds}
        case AuthenticationFailed() if error.detail == AuthenticationFailed.default_detail:
            return gettext("The login or token is wrong, or its account is switched off: check both.")
        case PermissionDenied() if str(error.detail).startswith("CSRF"):
            return gettext(
                "Send the session's CSRF token in the header X-CSRFToken, or use a token of your own."
            )
        case PermissionDenied() if error.detail == PermissionDenied.default_detail:
            return str(not_allowed().detail)
        case APIException() if isinstance(error.detail, str):
            return str(error.detail)
    # Django's own errors, and those of a site's own classes that tell more than a text.
    return gettext("The request was refused with the status %(status)d.") % {"status": response.status_code}
