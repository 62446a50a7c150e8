"""The tests' site on a real database, with a real queue and a mail server; the environment says which."""

import os

os.environ["DATABASE_URL"] = os.environ["BENCH_DATABASE_URL"]
if os.environ["BENCH_BROKER"] != "redis":
    os.environ.pop("REDIS_URL", None)

from tests.settings import *  # noqa: F403
from tests.settings import INSTALLED_APPS, Q_CLUSTER

INSTALLED_APPS += ["benchmarks.stopwatch"]
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST, EMAIL_PORT = "127.0.0.1", int(os.environ["BENCH_SMTP_PORT"])
# A queue of its own, also on a Redis server that others use.
Q_CLUSTER = {**Q_CLUSTER, "name": f"bench-{EMAIL_PORT}"}
LOGGING = {
    "version": 1,
    "handlers": {"errors": {"class": "logging.StreamHandler", "level": "ERROR"}},
    "root": {"handlers": ["errors"]},
    "loggers": {"django-q": {"handlers": ["errors"], "level": "ERROR", "propagate": False}},
}
