"""What a site includes before Wagtail's catch-all: the endpoint of the beacon."""

from django.urls import path

from wagtail_visit_alerts.visits.beacon import page_views

app_name = "visit_alerts"
urlpatterns = [path("page-views/", page_views, name="page_views")]
