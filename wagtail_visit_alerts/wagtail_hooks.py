"""What Wagtail calls: one registration and one call each."""

from wagtail import hooks
from wagtail.snippets.models import register_snippet

from wagtail_visit_alerts.admin import (
    delivery_log_menu,
    failures,
    guide,
    log_actions,
    notices,
    on_site_panel,
    taking_over,
    user_bar,
)
from wagtail_visit_alerts.admin.account_panels import AbsencePanel, SendingPanel
from wagtail_visit_alerts.admin.views import alert_bulk_actions, contact_bulk_actions, importing_contacts
from wagtail_visit_alerts.admin.views.contact_erasure import ContactDeleteBulkAction
from wagtail_visit_alerts.admin.views.destinations import DestinationDeleteBulkAction
from wagtail_visit_alerts.admin.views.mutes import account_menu_item
from wagtail_visit_alerts.admin.viewsets import VisitAlertsGroup
from wagtail_visit_alerts.policies import register_policies
from wagtail_visit_alerts.visits.serve_hook import on_serve_page, withhold_beacon

register_policies()
register_snippet(VisitAlertsGroup)
hooks.register("register_admin_urls", guide.urlpatterns)
hooks.register("register_admin_urls", importing_contacts.urlpatterns)
hooks.register("register_help_menu_item", guide.menu_item)
hooks.register("register_reports_menu_item", delivery_log_menu.reports_menu_item)
hooks.register("construct_homepage_panels", failures.construct_home_page_panels)
hooks.register("construct_homepage_panels", on_site_panel.construct_home_page_panels)
hooks.register("construct_homepage_panels", taking_over.construct_home_page_panels)
hooks.register("register_account_settings_panel", SendingPanel)
hooks.register("register_account_settings_panel", AbsencePanel)
hooks.register("register_account_menu_item", account_menu_item)
hooks.register("register_log_actions", log_actions.register_actions)
hooks.register("register_bulk_action", alert_bulk_actions.SwitchOnBulkAction)
hooks.register("register_bulk_action", alert_bulk_actions.SwitchOffBulkAction)
hooks.register("register_bulk_action", contact_bulk_actions.AssignBulkAction)
hooks.register("register_bulk_action", contact_bulk_actions.TagsBulkAction)
hooks.register("register_bulk_action", contact_bulk_actions.ExportBulkAction)
# After Wagtail's own actions of the same name, which they replace.
hooks.register("register_bulk_action", alert_bulk_actions.AlertDeleteBulkAction, order=100)
hooks.register("register_bulk_action", ContactDeleteBulkAction, order=100)
hooks.register("register_bulk_action", DestinationDeleteBulkAction, order=100)
# Right behind Wagtail's own, so that a site can still put its own in their place.
hooks.register("register_bulk_action", notices.WarningPageDeleteBulkAction, order=1)
hooks.register("register_bulk_action", notices.WarningUserDeleteBulkAction, order=1)
hooks.register("register_bulk_action", notices.WarningSetActiveStateBulkAction, order=1)
hooks.register("before_edit_page", notices.before_edit_page)
hooks.register("before_delete_page", notices.before_delete_page)
# First who takes over, then what else there is to say.
hooks.register("before_delete_user", taking_over.before_delete_user, order=-1)
hooks.register("before_delete_user", notices.before_delete_user)
hooks.register("before_edit_user", notices.before_edit_user)
hooks.register("after_edit_user", taking_over.after_edit_user)
hooks.register("after_bulk_action", notices.after_bulk_action)
hooks.register("after_bulk_action", taking_over.after_bulk_action, order=1)
hooks.register("construct_wagtail_userbar", user_bar.construct_user_bar)
# Before and behind order 0, where Wagtail checks view restrictions: a password form is no page view.
hooks.register("on_serve_page", withhold_beacon, order=-100)
hooks.register("on_serve_page", on_serve_page, order=100)
