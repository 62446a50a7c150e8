"""A site that was not built for the app: own user and page models, Jinja2 templates, everything below ``/cms/``.

What belongs to the app stands at the end, and is what the README asks for and no more.
"""

from pathlib import Path

from wagtail import VERSION as WAGTAIL_VERSION

BASE_DIR = Path(__file__).resolve().parent

SECRET_KEY = "foreign"
ALLOWED_HOSTS = ["foreign.example"]
ROOT_URLCONF = "urls"
FORCE_SCRIPT_NAME = "/cms"
STATIC_URL = "static/"
USE_TZ = True
TIME_ZONE = "America/New_York"
LANGUAGE_CODE = "en-us"
AUTH_USER_MODEL = "accounts.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
WAGTAIL_SITE_NAME = "Foreign site"
WAGTAILADMIN_BASE_URL = "https://foreign.example"
WAGTAIL_ENABLE_UPDATE_CHECK = False
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": BASE_DIR / "site.sqlite3",
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL",
        },
    }
}
INSTALLED_APPS = [
    "accounts",
    "articles",
    "wagtail.users",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail.sites",
    "wagtail",
    "modelcluster",
    "taggit",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "APP_DIRS": True,
        "OPTIONS": {"extensions": ["wagtail.jinja2tags.core", "wagtail_visit_alerts.jinja2tags.visit_alerts"]},
    },
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    },
]

if WAGTAIL_VERSION >= (8, 0):
    INSTALLED_APPS.append("wagtail.test.basepage")
    WAGTAIL_PAGE_MODEL = "basepage.BasePage"

# The app, as the README says.
INSTALLED_APPS += ["wagtail_visit_alerts", "django_q"]
Q_CLUSTER = {"orm": "default", "timeout": 60, "retry": 300}

# What a system check asks every site to decide.
WAGTAIL_VISIT_ALERTS = {"CONSENT": "not_required"}
