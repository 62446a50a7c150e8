"""The test site's URLs with a language's prefix before its pages, as Wagtail's documents set up several languages."""

from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls

urlpatterns = [
    path("admin/", include(wagtailadmin_urls)),
    path("visit-alerts/", include("wagtail_visit_alerts.urls")),
    *i18n_patterns(path("", include(wagtail_urls)), prefix_default_language=False),
]
