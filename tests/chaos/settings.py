"""The tests' site as the programs of the chaos run it: what a real site would set, on the servers of the run."""

import os

from tests.settings import *  # noqa: F403
from tests.settings import DATABASES, Q_CLUSTER, WAGTAIL_VISIT_ALERTS

#: Never the database that an environment variable names: a run throws its own away.
# The tables are made at once: what the migrations make of them is the same, and other tests show that.
DATABASES["default"]["TEST"] = {"NAME": os.environ["CHAOS_DATABASE"], "MIGRATE": False}
if os.environ.get("CHAOS_DATABASE_IS_MADE"):
    DATABASES["default"]["NAME"] = os.environ["CHAOS_DATABASE"]
DATABASES["default"]["CONN_MAX_AGE"] = 60
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
Q_CLUSTER["name"] = "chaos"
# Nobody gets more alerts in an hour than a digest begins with: what is counted here is whether each one arrives.
WAGTAIL_VISIT_ALERTS["MOST_ALERTS_PER_HOUR"] = 1_000_000
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST, EMAIL_PORT = "127.0.0.1", int(os.environ["CHAOS_MAIL_PORT"])
EMAIL_TIMEOUT = 2
WAGTAILADMIN_BASE_URL = "http://chaos.example"
