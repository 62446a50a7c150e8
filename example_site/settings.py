"""Settings of the example site, for a demonstration on one's own machine.

Environment variables change what it runs on: ``PORT``, ``DATABASE_URL``, ``REDIS_URL``, ``EMAIL_URL``, ``VAR_DIR``,
``VISIT_ALERTS`` and ``DEBUG``. With none of them it needs nothing but Python: SQLite, django-q2's database broker and
an inbox page.
"""

import json
import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent
#: Everything that running the site writes: the database, the mail and the collected static files.
VAR_DIR = Path(os.environ.get("VAR_DIR") or BASE_DIR / "var").resolve()
VAR_DIR.mkdir(parents=True, exist_ok=True)

PORT = int(os.environ.get("PORT") or 8000)

# For the demonstration only: a real site keeps its key secret and its DEBUG off.
SECRET_KEY = "example-site-of-wagtail-visit-alerts-not-a-secret"
DEBUG = os.environ.get("DEBUG", "1") not in {"", "0"}
ALLOWED_HOSTS = ["localhost", ".localhost", "127.0.0.1", "[::1]"]

INSTALLED_APPS = [
    "example_site.company",
    # The two lines that a site adds to use the app:
    "wagtail_visit_alerts",
    "django_q",
    # Shows at /inbox/ what would have been e-mailed:
    "django_mail_preview",
    "wagtail.contrib.forms",
    "wagtail.embeds",
    "wagtail.sites",
    "wagtail.users",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "django_filters",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "example_site.urls"
WSGI_APPLICATION = "example_site.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.debug",
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# ── What the app does here ──

WAGTAIL_VISIT_ALERTS = {
    # So that you can play the customer in the browser in which you are logged in as an editor.
    # A real site leaves this off: its own staff raise no alerts.
    "RECORD_STAFF": True,
    # Everybody is recorded. A real site decides: where it asks its visitors with a banner, it names the banner's
    # cookie and the value that means yes, as in {"cookie": "cookie_consent", "value": "*marketing*"}.
    "CONSENT": "not_required",
    # What this company knows of its customers beside the standard fields.
    "CONTACT_FIELDS": [
        {"name": "customer_number", "label": "Customer number", "type": "text"},
        {"name": "customer_since", "label": "Customer since", "type": "date"},
        {"name": "industry", "label": "Industry", "type": "choice", "choices": ["Food", "Logistics", "Trade"]},
        {"name": "has_service_contract", "label": "Has a service contract", "type": "yes_no"},
        {"name": "scales", "label": "Scales bought", "type": "number", "in_email": False},
    ],
    # Any other key, to try it out: VISIT_ALERTS='{"SINGLE_PAGE": true}'
    **json.loads(os.environ.get("VISIT_ALERTS") or "{}"),
}

# ── Database: SQLite, or what DATABASE_URL names ──

DATABASES = {
    "default": dj_database_url.parse(
        os.environ.get("DATABASE_URL") or f"sqlite:///{VAR_DIR / 'db.sqlite3'}",
        conn_max_age=60,  # django-q2's database broker asks several times a second
        conn_health_checks=True,
    )
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # Web server and cluster write at the same time: without these SQLite answers "database is locked".
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL",
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# ── Queue: the database, or the Redis that REDIS_URL names ──

Q_CLUSTER = {
    # A queue of its own: two example sites may share a Redis server, and the one's tasks mean nothing to the other.
    "name": f"example_site_{PORT}",
    "workers": 2,
    "queue_limit": 2,  # as many as workers: "retry" counts from the moment a task is fetched
    "timeout": 60,
    "retry": 300,
    "max_attempts": 1,  # retries are the app's own business
    "ack_failures": True,
    "save_limit": -1,  # keep no row of a task that went well
    "poll": 0.2,
    "catch_up": False,
    "log_level": "WARNING",
}
if redis_url := os.environ.get("REDIS_URL"):
    # A page view waits a quarter of a second at most for a Redis that does not answer.
    _separator = "&" if "?" in redis_url else "?"
    Q_CLUSTER["redis"] = f"{redis_url}{_separator}socket_timeout=2&socket_connect_timeout=0.25"
else:
    Q_CLUSTER["orm"] = "default"

# ── Mail: the inbox page, or the server that EMAIL_URL names ──

DEFAULT_FROM_EMAIL = "Plumb & Heft <alerts@plumb-and-heft.example>"
EMAIL_TIMEOUT = 15  # seconds for each step of the conversation: never wait for ever
if email_url := os.environ.get("EMAIL_URL"):
    _mail = urlsplit(email_url)
    if _mail.scheme not in {"smtp", "smtps"} or not _mail.hostname:
        raise ImproperlyConfigured(
            "EMAIL_URL is not the URL of a mail server: write it as smtp://host:port or smtps://user:password@host."
        )
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    EMAIL_HOST = _mail.hostname
    EMAIL_USE_SSL = _mail.scheme == "smtps"
    EMAIL_PORT = _mail.port or (465 if EMAIL_USE_SSL else 25)
    EMAIL_HOST_USER = unquote(_mail.username or "")
    EMAIL_HOST_PASSWORD = unquote(_mail.password or "")
else:
    EMAIL_BACKEND = "django_mail_preview.backends.EmailBackend"
MAIL_PREVIEW_ROOT = VAR_DIR / "inbox"
MAIL_PREVIEW_MAX_MESSAGES = 500

# ── Language and time ──

LANGUAGE_CODE = "en"
LANGUAGES = WAGTAILADMIN_PERMITTED_LANGUAGES = [("en", "English"), ("pl", "Polski")]
TIME_ZONE = "Europe/Warsaw"
USE_TZ = True

# ── Static files, served by WhiteNoise ──

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
MEDIA_URL = "/media/"
MEDIA_ROOT = VAR_DIR / "media"

# ── Wagtail ──

WAGTAIL_SITE_NAME = "Plumb & Heft"
WAGTAILADMIN_BASE_URL = f"http://localhost:{PORT}"
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "wagtail.search.backends.database"}}
WAGTAIL_GRAVATAR_PROVIDER_URL = None  # the demonstration asks no other server for anything
# Wagtail's previews are frames of the same site.
X_FRAME_OPTIONS = "SAMEORIGIN"
