"""Walks through the wizard as an editor's browser does: every step is a GET, and a POST with a button."""

import re
from uuid import UUID

from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from wagtail_visit_alerts.models import WizardRun

from ..factories import UserFactory

ALERTS = "wagtailsnippets_wagtail_visit_alerts_alert"
CONTACTS = "wagtailsnippets_wagtail_visit_alerts_contact"
NAME = {"name": "Price list opened"}
ONCE_A_DAY = {"how_often": "day"}
OWNER = {"send_to_owner": "on"}


def user_who_may(*codenames, **fields):
    """A user who may enter the admin and has these of our permissions."""
    user = UserFactory(**fields)
    ours = Permission.objects.filter(content_type__app_label="wagtail_visit_alerts", codename__in=codenames)
    user.user_permissions.set([*ours, Permission.objects.get(codename="access_admin")])
    return type(user).objects.get(pk=user.pk)


def browser_of(user):
    """A browser in which the user is logged in."""
    client = Client()
    client.force_login(user)
    return client


def pages(*rows, **management):
    """What the step "Pages" posts for these rows."""
    posted = {"pages-TOTAL_FORMS": len(rows), "pages-INITIAL_FORMS": 0, **management}
    for number, row in enumerate(rows):
        posted |= {f"pages-{number}-{name}": value for name, value in row.items()}
    return posted


def url_row(path="/pricing/", **answers):
    """A row of the kind URL."""
    return {"kind": "url", "path": path, **answers}


def page_row(page, **answers):
    """A row of the kind Page."""
    return {"kind": "page", "page": page.pk, **answers}


PRICING = pages(url_row())


class Walk:
    """One run of the wizard in one browser."""

    def __init__(self, user, *, alert=None):
        self.user, self.browser = user, browser_of(user)
        start = reverse(f"{ALERTS}:add") if alert is None else reverse(f"{ALERTS}:edit", args=[alert.pk])
        self.started_at = self.browser.get(start).url
        self.token = UUID(re.search(r"/wizard/([0-9a-f-]{36})/[a-z]+/$", self.started_at)[1])

    def url(self, step):
        return reverse(f"{ALERTS}:step", kwargs={"token": self.token, "step": step})

    @property
    def run(self):
        return WizardRun.objects.get(token=self.token)

    def see(self, step):
        """The step as the browser shows it, redirects followed."""
        return self.browser.get(self.url(step), follow=True)

    def press(self, step, answers, *, go=None, **extra):
        """Fill in a step and press a button: Next or Save, or with ``go`` Back or another step."""
        response = self.browser.post(self.url(step), {**answers, **({"go": go} if go else {}), **extra})
        # A step with errors is shown again by a GET.
        return (
            self.browser.get(self.url(step)) if response.headers.get("Location") == self.url(step) else response
        )

    def errors(self, step, answers):
        """The errors by field that pressing Next shows; for "pages", those of the first row."""
        self.walk_to(step)
        form = self.press(step, answers).context["form"]
        return form.rows.errors[0] if step == "pages" else form.errors

    def walk_to(self, step):
        """Fill in the steps before this one, unless they are."""
        for earlier, answers in {"name": NAME, "pages": PRICING, "frequency": ONCE_A_DAY}.items():
            if earlier == step:
                break
            if earlier not in self.run.steps:
                self.press(earlier, answers)

    def walk_to_summary(self, *, name=NAME, rows=PRICING, frequency=ONCE_A_DAY, details=OWNER):
        """Fill in the first four steps."""
        for step, answers in {"name": name, "pages": rows, "frequency": frequency, "details": details}.items():
            assert self.press(step, answers).status_code == 302
        return self

    def save(self, *, on=False, **extra):
        """Press Save on the summary."""
        return self.press("summary", {"is_on": "on"} if on else {}, **extra)


def messages_in(response):
    """The texts of the messages that the page after this response shows."""
    return [str(message) for message in response.wsgi_request._messages]
