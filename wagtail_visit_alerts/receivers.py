"""Signal receivers: one call each into the stage or the front door that owns the work."""

from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.db.models.signals import post_delete, post_migrate, post_save, pre_delete, pre_save
from django.utils import timezone
from wagtail.models import ModelLogEntry, Site
from wagtail.signals import post_page_move

from wagtail_visit_alerts import losing, matching, scheduling
from wagtail_visit_alerts.admin.assigning import release_contacts
from wagtail_visit_alerts.matching.rules import page_model
from wagtail_visit_alerts.models import Alert, MonitoredPage
from wagtail_visit_alerts.privacy.history_labels import name_nobody
from wagtail_visit_alerts.visits import login, serve_hook

UID = "wagtail_visit_alerts"


def rule_changed(sender: Any, **kwargs: Any) -> None:
    matching.rules_changed()


def about_to_be_deleted(sender: Any, instance: Any, **kwargs: Any) -> None:
    losing.note_deletion(instance, model=sender, now=timezone.now())
    if isinstance(instance, get_user_model()):
        release_contacts(instance, now=timezone.now())


def account_saving(sender: Any, instance: Any, raw: bool = False, **kwargs: Any) -> None:
    instance.leaves_visit_alerts = not raw and losing.is_leaving(instance, saving=kwargs.get("update_fields"))


def account_saved(sender: Any, instance: Any, **kwargs: Any) -> None:
    if getattr(instance, "leaves_visit_alerts", False):
        losing.user_leaves(instance, now=timezone.now())


def history_entry_saving(sender: Any, instance: Any, **kwargs: Any) -> None:
    name_nobody(instance)


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
    post_delete.connect(rule_changed, sender=page_model(), dispatch_uid=f"{UID}.page_deleted")
    # By sender, proxies too: a receiver of every model's deletion would slow the whole site's down.
    for model in losing.models_that_alerts_depend_on():
        pre_delete.connect(about_to_be_deleted, sender=model, dispatch_uid=f"{UID}.about_to_be_deleted")
    for model in losing.with_proxies(get_user_model()):
        pre_save.connect(account_saving, sender=model, dispatch_uid=f"{UID}.account_saving")
        post_save.connect(account_saved, sender=model, dispatch_uid=f"{UID}.account_saved")
    pre_save.connect(history_entry_saving, sender=ModelLogEntry, dispatch_uid=f"{UID}.history_entry_saving")
    if apps.is_installed("wagtail.contrib.forms"):
        post_save.connect(form_submitted, dispatch_uid=f"{UID}.form_submitted")
    user_logged_in.connect(logged_in, dispatch_uid=f"{UID}.logged_in")
    user_logged_out.connect(logged_out, dispatch_uid=f"{UID}.logged_out")
    post_migrate.connect(migrated, dispatch_uid=f"{UID}.migrated")
