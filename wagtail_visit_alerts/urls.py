"""What a site includes before Wagtail's catch-all: the endpoint of the beacon, pages for visitors, and health."""

from django.urls import path

from wagtail_visit_alerts.readers.mute_page import mute, unmute
from wagtail_visit_alerts.readers.taking_page import take
from wagtail_visit_alerts.visits.beacon import page_views
from wagtail_visit_alerts.visits.browser_check_page import check_browser_page
from wagtail_visit_alerts.visits.health_endpoint import health
from wagtail_visit_alerts.visits.opting_out import opt_in, opt_out

app_name = "visit_alerts"
urlpatterns = [
    path("page-views/", page_views, name="page_views"),
    path("opt-out/", opt_out, name="opt_out"),
    path("opt-in/", opt_in, name="opt_in"),
    path("check-browser/", check_browser_page, name="check_browser"),
    path("health/", health, name="health"),
    path("mute/<str:token>/", mute, name="mute"),
    path("unmute/<str:token>/", unmute, name="unmute"),
    path("take/<str:token>/", take, name="take"),
]
