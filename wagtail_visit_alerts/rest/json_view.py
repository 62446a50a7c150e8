"""What all addresses of the API have in common: who is let in, JSON alone in and out, and no copy kept on the way."""

from typing import Any

from django.db import DataError
from django.http import HttpResponse
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import IsAuthenticated
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from wagtail_visit_alerts.models import Contact
from wagtail_visit_alerts.policies import ContactPermissionPolicy
from wagtail_visit_alerts.rest.json_body import JsonObjectParser
from wagtail_visit_alerts.rest.refusals import refusal

CONTACTS = ContactPermissionPolicy(Contact)


class JsonView(APIView):
    """Lets in whom the site's settings authenticate and permit, and nobody without a login whatever these say."""

    renderer_classes = [JSONRenderer]
    parser_classes = [JsonObjectParser]
    #: What a site's ``DEFAULT_THROTTLE_RATES`` names it by, for the framework's ``ScopedRateThrottle``.
    throttle_scope = "visit_alerts_api"
    http_method_names = ["get", "head", "put", "patch", "post", "delete"]
    versioning_class = None
    schema = None
    #: The framework's permissions by model know nothing of owners; the policies here do.
    _ignore_model_permissions = True

    def get_authenticators(self) -> list[Any]:
        return [authenticator() for authenticator in self.settings.DEFAULT_AUTHENTICATION_CLASSES]

    def get_permissions(self) -> list[Any]:
        return [
            IsAuthenticated(),
            *(permission() for permission in self.settings.DEFAULT_PERMISSION_CLASSES),
        ]

    def get_throttles(self) -> list[Any]:
        return [throttle() for throttle in self.settings.DEFAULT_THROTTLE_CLASSES]

    def get_exception_handler(self) -> Any:
        return refusal

    def perform_authentication(self, request: Request) -> None:
        """Ask who it is. A name that the database can't even hold is nobody's."""
        try:
            super().perform_authentication(request)
        except (DataError, ValueError) as error:  # of PostgreSQL, by its drivers
            if "NUL" not in str(error):
                raise
            raise AuthenticationFailed from error

    def finalize_response(self, request: Request, response: HttpResponse, *args: Any, **kwargs: Any) -> Any:
        """The answer, of which no proxy or browser keeps a copy."""
        answer = super().finalize_response(request, response, *args, **kwargs)
        answer["Cache-Control"] = "no-store"
        return answer
