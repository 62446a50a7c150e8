import uuid

import pytest
from django.utils import timezone
from django_q.models import Failure
from wagtail.log_actions import log
from wagtail.models import ModelLogEntry

from wagtail_visit_alerts.models import (
    ContactImport,
    ContactNote,
    DailyActivity,
    Mute,
    TestVisit,
    UnmetMinimum,
    WizardRun,
)

from ..browsing import USER_AGENT, VirtualBrowser
from ..factories import ContactFactory, MonitoredPageFactory, UserFactory
from ..visits.conftest import form_page, home, pricing  # noqa: F401 (fixtures)


@pytest.fixture
def browser():
    """A browser on the test site, without a cookie of ours."""
    return VirtualBrowser()


@pytest.fixture
def anna(db):
    contact = ContactFactory(
        name="Anna Nowak",
        email="Anna.Nowak@example.org",
        phone="+48 601 202 303",
        company="Krakowska Fabryka",
        extra={"assistant": "Jan of Anna Nowak"},
    )
    contact.tags.add("vip")
    contact.save()
    return contact


@pytest.fixture
def known_everywhere(anna, browser, form_page, pricing, django_capture_on_commit_callbacks):  # noqa: F811
    """Anna, with something in every table, by the ways in which it gets there."""
    alert = MonitoredPageFactory(path="/pricing/").alert
    with django_capture_on_commit_callbacks(execute=True):
        browser.open("/pricing/", contact=anna)
    browser.client.post(
        "/contact/",
        {"your_name": "A. N.", "email": anna.email, "company": "K. F."},
        headers={"User-Agent": USER_AGENT},
    )
    form_page.get_submission_class().objects.all().delete()  # the form's own, which is the site's
    now, editor = timezone.now(), UserFactory()
    ContactNote.objects.create(contact=anna, author=editor, text="Anna Nowak calls back.", written_at=now)
    DailyActivity.objects.create(contact=anna, day=now.date())
    Mute.objects.create(alert=alert, contact=anna, email=editor.email, email_key=editor.email, made_at=now)
    TestVisit.objects.create(tester=editor, contact=anna, started_at=now, findings=[{"text": "for Anna Nowak"}])
    UnmetMinimum.objects.create(contact=anna, alert=alert, kind="short", happened_at=now)
    log(instance=anna, action="wagtail.edit", data={"name": {"from": "Anna", "to": "Anna Nowak"}})
    log(
        instance=alert,
        action="wagtail.edit",
        data={"about": ["anna.nowak@example.org", 7], "name": "Anna Nowak"},
    )
    ModelLogEntry.objects.for_instance(anna).update(label="Anna Nowak")  # as it was before these were numbers
    WizardRun.objects.create(author=editor, steps={"name": {"name": ["For ANNA NOWAK only"]}})
    ContactImport.objects.create(
        author=editor, file_name="a.csv", content="email\nanna.nowak@example.org\n", uploaded_at=now
    )
    Failure.objects.create(
        id=uuid.uuid4().hex,
        name="sweep",
        func="wagtail_visit_alerts.tasks.sweep",
        result="IntegrityError: Key (email_key)=(anna.nowak@example.org) already exists",
        started=now,
        stopped=now,
        success=False,
    )
    return anna
