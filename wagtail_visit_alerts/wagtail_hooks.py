"""What Wagtail calls: one registration and one call each."""

from wagtail import hooks
from wagtail.snippets.models import register_snippet

from wagtail_visit_alerts.admin.policies import register_policies
from wagtail_visit_alerts.admin.views.contacts import ContactDeleteBulkAction
from wagtail_visit_alerts.admin.viewsets import VisitAlertsGroup
from wagtail_visit_alerts.visits.serve_hook import on_serve_page, withhold_beacon

register_policies()
register_snippet(VisitAlertsGroup)
# After Wagtail's own action of the same name, which it replaces for contacts.
hooks.register("register_bulk_action", ContactDeleteBulkAction, order=100)
# Before and behind order 0, where Wagtail checks view restrictions: a password form is no page view.
hooks.register("on_serve_page", withhold_beacon, order=-100)
hooks.register("on_serve_page", on_serve_page, order=100)
