"""What a site includes before Wagtail's catch-all: the endpoint of the beacon."""

from django.urls import URLPattern

app_name = "visit_alerts"
urlpatterns: list[URLPattern] = []
