"""The endpoint for monitoring: whether alerts are delivered, as JSON, for whoever knows the site's token.

It is not there at all where the site has set no token. Says nothing about a person, and is never stored.
"""

from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from wagtail_visit_alerts.conf import settings
from wagtail_visit_alerts.delivering.health import FOR_MONITORING, look


@never_cache
@require_safe
def health(request: HttpRequest) -> HttpResponse:
    """Answer 200 where all is well, 503 where something is a problem, 401 without the token."""
    if not settings.HEALTH_TOKEN:
        raise Http404
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    # Compared whatever the scheme is: the time that takes says nothing.
    if not constant_time_compare(token.strip(), settings.HEALTH_TOKEN) or scheme.lower() != "bearer":
        return JsonResponse({"status": "unauthorized"}, status=401, headers={"WWW-Authenticate": "Bearer"})
    try:
        found = look(now=timezone.now(), limits=FOR_MONITORING)
    except DatabaseError:
        text = "The database does not answer."
        problems = [{"part": "database", "text": text}]
        return JsonResponse({"status": "problem", "problems": problems}, status=503)
    return JsonResponse(found.as_json(), status=503 if found.found else 200)
