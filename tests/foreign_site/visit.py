"""Let a contact visit a page of the migrated foreign site, and print as JSON what the page, endpoint and e-mail say.

A process of its own, because its settings are not the suite's. Requests come as a web server passes them on that
serves the site below ``/cms``: the prefix is the script's name, the rest the path.
"""

import json
import os
import sys
import uuid
from typing import Any
from urllib.parse import parse_qs, urlsplit

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
django.setup()

from accounts.models import User  # noqa: E402  # models are there only after the set-up
from articles.models import ArticlePage  # noqa: E402
from django.contrib.auth.models import Permission  # noqa: E402
from django.core import mail  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import reverse  # noqa: E402
from django_q.models import OrmQ, Schedule  # noqa: E402
from wagtail.models import Locale, Site  # noqa: E402

from wagtail_visit_alerts import api, tasks  # noqa: E402
from wagtail_visit_alerts.models import Alert, MonitoredPage  # noqa: E402

HOST = "foreign.example"
PREFIX = "/cms"
BROWSER = {
    "HTTP_HOST": HOST,
    "HTTP_USER_AGENT": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
}


class Browser(Client):
    """Takes addresses below the prefix, and passes on what a web server takes for the path."""

    def generic(self, method: str, path: str, *args: Any, **kwargs: Any) -> Any:
        return super().generic(method, path.removeprefix(PREFIX), *args, **{**BROWSER, **kwargs})


def make_page() -> ArticlePage:
    """Put a page below the site's home page."""
    if (root := ArticlePage.get_first_root_node()) is None:
        root = ArticlePage.add_root(title="Root", slug="root", locale=Locale.get_default())
    home = root.add_child(instance=ArticlePage(title="Home", slug="foreign-home"))
    Site.objects.all().delete()
    Site.objects.create(hostname=HOST, root_page_id=home.pk, is_default_site=True)
    return home.add_child(instance=ArticlePage(title="Prices", slug="prices"))


def send_entry(browser: Browser, page: ArticlePage, *, token: str, endpoint: str) -> dict[str, Any]:
    """Report the page view as the beacon does: again, when it is asked to."""
    message = {
        "version": 1,
        "type": "entry",
        "id": str(uuid.uuid4()),
        "tab": str(uuid.uuid4()),
        "url": f"{PREFIX}/prices/",
        "page": page.pk,
        "how": "load",
        "ago": 0,
        "navigation": 0,
        "previous": None,
        "unsent": [],
        "token": token,
        "sign": "pointerdown",
    }
    for _attempt in range(2):
        response = browser.post(
            endpoint,
            json.dumps(message),
            content_type="application/json",
            headers={"Sec-Fetch-Site": "same-origin"},
        )
        answer = response.json()
        if not answer.get("again"):
            break
    return {"status": response.status_code, **answer}


def open_admin(editor: User) -> dict[str, int]:
    """Return the status of the app's lists and first steps in the admin."""
    browser = Browser()
    browser.force_login(editor)
    kinds = ["wagtail_visit_alerts_alert", "wagtail_visit_alerts_contact"]
    names = [f"wagtailsnippets_{kind}:{view}" for kind in kinds for view in ("list", "add")]
    return {name: browser.get(reverse(name), follow=True).status_code for name in names}


def main() -> dict[str, Any]:
    page = make_page()
    owner = User.objects.create_user("olga@foreign.example")
    owner.user_permissions.set(
        Permission.objects.filter(codename__in=["access_admin", "view_own_contact", "view_alert"])
    )
    editor = User.objects.create_superuser("editor@foreign.example", "a password")
    contact = api.save_contact("anna.nowak@example.org", name="Anna Nowak", owner=owner)
    for name, row in {
        "Prices, by the page": {"kind": MonitoredPage.Kind.PAGE, "page_id": page.pk},
        "Prices, by the URL": {"kind": MonitoredPage.Kind.URL, "path": f"{PREFIX}/prices/"},
    }.items():
        alert = Alert.objects.create(name=name, author=editor, is_on=True)
        MonitoredPage.objects.create(alert=alert, **row)

    browser = Browser()
    served = browser.get(f"{PREFIX}/prices/")
    link = api.signed_link(contact, f"https://{HOST}{PREFIX}/prices/")
    (token,) = parse_qs(urlsplit(link).query)["va"]
    answer = send_entry(browser, page, token=token, endpoint=reverse("visit_alerts:page_views"))
    queued = [task.func() for task in OrmQ.objects.all()]
    tasks.deliver()
    return {
        "page": {"status": served.status_code, "html": served.content.decode(), "id": page.pk},
        "answer": answer,
        "queued": queued,
        "admin": open_admin(editor),
        "scheduled": list(Schedule.objects.values_list("func", flat=True)),
        "e-mails": [
            {"to": message.to, "subject": message.subject, "text": message.body}
            for message in getattr(mail, "outbox", [])
        ],
    }


if __name__ == "__main__":
    json.dump(main(), sys.stdout)
