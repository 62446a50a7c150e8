"""System checks: what is missing in a site's configuration, in one sentence and with the fix.

They read the site's settings and URLs and touch no database. ``manage.py check --tag wagtail_visit_alerts``
runs them alone. What only a running site can show (the last beacon, the last sweep) is no matter for a check.
"""

from django.core import checks

from wagtail_visit_alerts.checks import cluster, contact_fields, setting_types, surroundings, who_is_recorded
from wagtail_visit_alerts.checks.check_ids import IDS, TAG

__all__ = ["IDS", "TAG", "register_all"]


def register_all() -> None:
    """Register every check."""
    for check in (
        setting_types.check_settings,
        setting_types.check_time_zone,
        setting_types.check_sending_hours,
        setting_types.check_days_kept,
        contact_fields.check_contact_fields,
        who_is_recorded.check_consent,
        who_is_recorded.check_networks,
        who_is_recorded.check_proxies,
        who_is_recorded.check_cookie_domain,
        surroundings.check_urls,
        cluster.check_cluster,
        cluster.check_cluster_times,
        cluster.check_redis_broker,
        cluster.check_queue_name,
        surroundings.check_base_url,
        surroundings.check_sqlite,
        surroundings.check_attachments,
        surroundings.check_chat,
    ):
        checks.register(check, TAG)
