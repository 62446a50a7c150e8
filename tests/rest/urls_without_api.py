"""A site that has included the app's URLs, and not the API."""

from django.urls import include, path
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls

urlpatterns = [
    path("admin/", include(wagtailadmin_urls)),
    path("visit-alerts/", include("wagtail_visit_alerts.urls")),
    path("", include(wagtail_urls)),
]
