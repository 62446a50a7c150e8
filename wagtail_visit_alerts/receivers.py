"""Signal receivers: one call each into the stage or the front door that owns the work."""

from typing import Any

from django.apps import apps
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.db.models.signals import post_delete, post_migrate, post_save
from wagtail.models import Site
from wagtail.signals import post_page_move

from wagtail_visit_alerts import matching, scheduling
from wagtail_visit_alerts.matching.rules import page_model
from wagtail_visit_alerts.models import Alert, MonitoredPage
from wagtail_visit_alerts.visits import login, serve_hook

UID = "wagtail_visit_alerts"


def rule_changed(sender: Any, **kwargs: Any) -> None:
    matching.rules_changed()


def page_deleted(sender: Any, instance: Any, **kwargs: Any) -> None:
    if isinstance(instance, page_model()):
        matching.rules_changed()


def form_submitted(sender: Any, instance: Any, created: bool, **kwargs: Any) -> None:
    # Imported where the app is installed only: elsewhere its models would count as those of another app.
    from wagtail.contrib.forms.models import AbstractFormSubmission

    if created and isinstance(instance, AbstractFormSubmission):
        serve_hook.note_submission(instance)


def logged_in(sender: Any, request: Any, user: Any, **kwargs: Any) -> None:
    login.logged_in(request, user)


def logged_out(sender: Any, request: Any, **kwargs: Any) -> None:
    login.logged_out(request)


def migrated(sender: Any, using: str, **kwargs: Any) -> None:
    scheduling.ensure_schedules(using=using)


def connect_all() -> None:
    """Connect every receiver; the uid keeps it at one connection each, however often this is called."""
    for model in (Alert, MonitoredPage, Site):
        post_save.connect(rule_changed, sender=model, dispatch_uid=f"{UID}.rule_saved")
        post_delete.connect(rule_changed, sender=model, dispatch_uid=f"{UID}.rule_deleted")
    post_page_move.connect(rule_changed, dispatch_uid=f"{UID}.page_moved")
    post_delete.connect(page_deleted, dispatch_uid=f"{UID}.page_deleted")
    if apps.is_installed("wagtail.contrib.forms"):
        post_save.connect(form_submitted, dispatch_uid=f"{UID}.form_submitted")
    user_logged_in.connect(logged_in, dispatch_uid=f"{UID}.logged_in")
    user_logged_out.connect(logged_out, dispatch_uid=f"{UID}.logged_out")
    post_migrate.connect(migrated, dispatch_uid=f"{UID}.migrated")
