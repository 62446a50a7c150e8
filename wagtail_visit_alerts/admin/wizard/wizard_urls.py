"""The addresses of the wizard below the alerts' own: one for the steps of a run, one for each of their live parts."""

from collections.abc import Callable
from typing import Any

from django.urls import URLPattern, path

from wagtail_visit_alerts.admin.wizard.attachment_views import AttachmentPreviewView
from wagtail_visit_alerts.admin.wizard.page_tester_views import CheckView
from wagtail_visit_alerts.admin.wizard.trying_views import FindingsView, PreviewView, TestEmailView, TryView
from wagtail_visit_alerts.admin.wizard.wizard_views import StepView

#: By their names, which are also the last parts of their addresses; no step may be called so.
LIVE_PARTS = {
    "check": CheckView,
    "attachment": AttachmentPreviewView,
    "preview": PreviewView,
    "test_email": TestEmailView,
    "try": TryView,
    "findings": FindingsView,
}


def wizard_urlpatterns(construct_view: Callable[[Any], Any]) -> list[URLPattern]:
    """The patterns; ``construct_view`` makes a view of the viewset's of a class."""
    live_parts = [
        path(f"wizard/<uuid:token>/{name.replace('_', '-')}/", construct_view(view), name=name)
        for name, view in LIVE_PARTS.items()
    ]
    return [
        *live_parts,
        path("wizard/<uuid:token>/<slug:step>/", construct_view(StepView), name="step"),
    ]
