"""What the screens in ``screens.py`` show: alerts of each kind, runs of the wizard in each state, a newcomer.

Runs inside the example site, by its ``shell`` command.
"""

import json
import secrets
import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import Group, Permission, User
from django.utils import timezone
from wagtail.models import Page, Site
from wagtail.users.models import UserProfile

from wagtail_visit_alerts import importing
from wagtail_visit_alerts.admin.wizard.draft import begin_run
from wagtail_visit_alerts.admin.wizard.steps import SLUGS
from wagtail_visit_alerts.delivering import muting
from wagtail_visit_alerts.delivering.muting import Reader
from wagtail_visit_alerts.delivering.reader_links import token_of
from wagtail_visit_alerts.models import (
    Address,
    Alert,
    AlertDestination,
    Contact,
    ContactNote,
    DailyActivity,
    DailyLatency,
    DailyPageTotal,
    DailyTotal,
    DefaultOwner,
    Delivery,
    Destination,
    Ending,
    LinkOutcome,
    LinkUse,
    Loss,
    Match,
    Method,
    MonitoredPage,
    Notification,
    NotRecorded,
    Outcome,
    PageView,
    ReaderPreferences,
    Reason,
    Recipient,
    Role,
    Sign,
    SignedLink,
    Source,
    Status,
    SubmittedForm,
    Taking,
    Visitor,
    WaitsFor,
    WizardRun,
)
from wagtail_visit_alerts.models.alert import AttachmentSource, Clock, Period

PASSWORD = "visit-alerts"
LONG_NAME = "Whoever reads the documentation of the weighing platform for longer than a minute"


def build() -> str:
    """Write it all and return, as JSON, the names that the screens' addresses use."""
    editor = User.objects.get(username="editor")
    full = _full_alert(editor)
    simple = Alert.objects.get(name="Price list visited")
    run = {
        f"{slug}_{state}": str(_run(editor, full, up_to=slug, state=state).pk)
        for slug in SLUGS
        for state in ("empty", "errors", "filled")
    }
    _newcomer()
    _reader()
    _what_was_not_recorded()
    _analyst()
    _figures(full, simple)
    away = _owner_who_is_away(editor)
    _on_the_site()
    _left_behind()
    contact = _contact_with_everything(simple)
    notification = _delivered_in_every_way(contact, full, editor)
    names: dict[str, Any] = {
        **_imports(editor),
        "default_owner": _default_owners(editor).pk,
        **_emails_that_were_read(notification, editor),
        "notification": notification.pk,
        "delivery": notification.deliveries.filter(status=Status.SENT)[0].pk,
        "away": away.pk,
        "full": full.pk,
        "simple": simple.pk,
        "destination": full.destinations.all()[0].destination_id,
        "lost": _alert_with_losses(editor).pk,
        "contact": contact.pk,
        "note": _notes(contact, editor).pk,
        "page_view": PageView.objects.latest_of(contact)[0].pk,
        "stranger": Contact.objects.create(name="Nobody So Far", email="nobody.so.far@example.org").pk,
        "page": Page.objects.get(slug="pricing").pk,
        "conflict": str(_run_overtaken(editor, full).pk),
        **run,
    }
    return json.dumps(names)


def _full_alert(author: User) -> Alert:
    """An alert with everything that the wizard can set."""
    colleague = User.objects.get(username="marta")
    alert = Alert.objects.create(
        name=LONG_NAME,
        author=author,
        group="Key accounts",
        is_on=True,
        clock=Clock.IN_VIEW,
        only_tags=["pallets", "food"],
        not_tags=["ports"],
        contacts_of=colleague,
        field_name="city",
        field_value="Gdynia",
        cap_times=3,
        cap_period=Period.WEEK,
        cc="sales@example.com, a.very.long.address.of.a.whole.department@subsidiary.example.com",
        fallback_group=Group.objects.get(name="Salespeople"),
        description="<p>Sent when a contact reads the <b>documentation</b>.</p><ul><li>Call them.</li></ul>",
        attachment_source=AttachmentSource.TEMPLATE,
        attachment_format="txt",
        attachment_name="Visit",
        attachment_body="{{ contact.name }}\n{{ contact.company }}\n",
    )
    for user in (author, colleague):
        Recipient.objects.create(alert=alert, user=user)
    names = {"CRM of the sales department": True, "A chat room that nobody reads any more": False}
    for name, is_on in names.items():
        destination = Destination.objects.create(
            name=name,
            channel="webhook",
            address="https://crm.example.com/visit-alerts",
            secret="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            is_on=is_on,
        )
        AlertDestination.objects.create(alert=alert, destination=destination)
    page = Page.objects.get(slug="products")
    site = Site.objects.get(is_default_site=True)
    rows: list[dict[str, Any]] = [
        {"kind": "page", "page": page, "include_subpages": True, "minimum_minutes": Decimal("2.5")},
        {"kind": "url", "site": site, "path": "/case-studies/**"},
        {"kind": "url", "path": "/a-rather-long-path/that-goes-on/and-on-without-an-end/in-sight/**"},
        {"kind": "url", "path": "/products/spare-parts/", "is_exception": True},
    ]
    for number, row in enumerate(rows):
        MonitoredPage.objects.create(alert=alert, sort_order=number, **row)
    return alert


def _imports(author: User) -> dict[str, str]:
    """A file that was looked through, with changes and errors, and one that is imported."""
    Contact.objects.get_or_create(email="old@example.org", email_key="old@example.org")
    text = (
        "email;name;tags;owner;a column that is not known\n"
        "old@example.org;Old Acquaintance;pallets;marta;1\n"
        "new@example.org;New Acquaintance;;nobody of this name;2\n"
        "a.very.long.address.of.a.whole.department@subsidiary.example.com;Department;;;3\n"
        + "".join(f"no address {number};;;;\n" for number in range(120))
    )
    tokens = {}
    for name in ("looked_through", "imported"):
        upload = importing.keep_upload(
            text.encode(),
            file_name=f"{name}.csv",
            options=importing.Options(),
            author=author,
            now=timezone.now(),
        )
        importing.go_on(upload, author=author, now=timezone.now)
        if name == "imported":
            importing.begin_import(upload.pk)
            upload.refresh_from_db()
            importing.go_on(upload, author=author, now=timezone.now)
        tokens[name] = str(upload.pk)
    return tokens


def _default_owners(editor: User) -> DefaultOwner:
    """One who is active and one who is not."""
    gone = User.objects.create_user("gone", "gone@example.com", is_active=False)
    DefaultOwner.objects.create(site=Site.objects.get(is_default_site=True), owner=gone)
    return DefaultOwner.objects.create(form_page=Page.objects.get(slug="contact"), owner=editor)


def _contact_with_everything(alert: Alert) -> Contact:
    """A contact whose page views were raised, held back and too short, and whose links recognised them or nobody."""
    contact = Contact.objects.get(name="Anna Nowak")
    page_views = list(PageView.objects.latest_of(contact)[:3])
    for page_view, outcome in zip(page_views, Outcome, strict=False):
        match = Match.objects.create(
            page_view=page_view, alert=alert, contact=contact, outcome=outcome, happened_at=page_view.entered_at
        )
        if outcome == Outcome.RAISED:
            _raised(match)
    for outcome in LinkOutcome:
        LinkUse.objects.create(
            link=SignedLink.objects.create(
                token_hash=secrets.token_hex(32), contact=contact, first_opened_at=timezone.now()
            ),
            address=page_views[0].address,
            sign=Sign.POINTER,
            outcome=outcome,
            opened_at=timezone.now(),
        )
    return contact


def _notes(contact: Contact, editor: User) -> ContactNote:
    """A form that the contact has submitted, activity of a year, and notes, of which the editor's comes last."""
    now = timezone.now()
    SubmittedForm.objects.create(contact=contact, name="Ask for a quote", submitted_at=now - timedelta(days=40))
    for days in range(0, 360, 9):
        DailyActivity.objects.update_or_create(
            contact=contact,
            day=timezone.localdate() - timedelta(days=days),
            defaults={"visits": 1 + days % 2, "page_views": 1 + days % 7},
        )
    text = "Wants pallets for a_very_long_name_of_a_warehouse_without_any_break_in_sight.\nCall on Monday."
    for author in (None, contact.owner, editor):
        note = ContactNote.objects.create(contact=contact, author=author, text=text, written_at=now)
    return note


def _raised(match: Match) -> None:
    notification = Notification.objects.create(
        match=match,
        alert=match.alert,
        alert_name=match.alert.name,
        contact=match.contact,
        raised_at=match.happened_at,
    )
    owner = match.contact.owner
    for user, email, status in (
        (owner, owner.email, Status.SENT),
        (None, "a.very.long.address.of.a.whole.department@subsidiary.example.com", Status.FAILED),
    ):
        Delivery.objects.create(
            notification=notification,
            role=Role.CC if user is None else Role.OWNER,
            user=user,
            email=email,
            email_key=email,
            status=status,
            due_at=match.happened_at,
            sent_at=match.happened_at,
            reason="" if user else "The mail server refused the recipient: 550 No such user here",
        )


def _delivered_in_every_way(contact: Contact, alert: Alert, editor: User) -> Notification:
    """A notification with a delivery in each status, one that was sent again, and one who has taken the contact."""
    now, page_view = timezone.now(), PageView.objects.latest_of(contact)[0]
    notification = Notification.objects.create(
        match=Match.objects.create(
            page_view=page_view, alert=alert, contact=contact, outcome=Outcome.RAISED, happened_at=now
        ),
        alert=alert,
        alert_name=alert.name,
        contact=contact,
        raised_at=now,
    )
    fault = (
        "The mail server refused the recipient: 550 5.1.1 <a.very.long.address@subsidiary.example.com> unknown"
    )
    for number, status in enumerate([*Status, Status.SENT]):
        is_owner = status == Status.SENT
        email = contact.owner.email if is_owner else f"department{number}@subsidiary.example.com"
        Delivery.objects.create(
            notification=notification,
            role=Role.OWNER if is_owner else Role.CC,
            user=contact.owner if is_owner else None,
            email=email,
            email_key=email,
            status=status,
            attempts=number,
            due_at=now + timedelta(days=1),
            waits_for=WaitsFor.HOURS if status == Status.WAITING else WaitsFor.NOTHING,
            claim=uuid.uuid4() if status == Status.CLAIMED else None,
            claimed_until=now + timedelta(days=1) if status == Status.CLAIMED else None,
            sent_at=now if is_owner else None,
            failed_at=now if status == Status.FAILED else None,
            reason=fault if status in (Status.FAILED, Status.CANCELLED) else "",
            attachment_fault="Line 3: the template asks for a field that is not there." if is_owner else "",
            resend=int(is_owner and number == len(Status)),
            resent_by=editor if number == len(Status) else None,
        )
    Taking.objects.create(
        notification=notification, user=contact.owner, email=contact.owner.email, taken_at=now
    )
    return notification


def _emails_that_were_read(taken: Notification, editor: User) -> dict[str, str]:
    """The tokens of two e-mails: of one whose links nobody has followed, and of one that was muted, and taken."""
    alert, contact, owner = taken.alert, taken.contact, taken.contact.owner
    read = Delivery.objects.create(
        notification=taken,
        role=Role.ME,
        user=editor,
        email=editor.email,
        email_key=editor.email,
        status=Status.SENT,
        due_at=taken.raised_at,
        sent_at=taken.raised_at,
    )
    for user, about, lasts in (
        (editor, contact, timedelta(days=7)),
        (editor, None, None),
        (owner, contact, None),
    ):
        muting.mute(alert, contact=about, reader=Reader(user, user.email), lasts=lasts, now=timezone.now())
    others = Delivery.objects.filter(notification__contact=contact, user=owner).exclude(notification=taken)
    return {"untouched": token_of(others[0]), "read": token_of(read)}


def _reader() -> None:
    """A salesperson without contacts."""
    user = User.objects.create_user("reader", "reader@example.com", PASSWORD)
    may = ["access_admin", "view_own_contact"]
    user.user_permissions.set(Permission.objects.filter(codename__in=may))
    UserProfile.objects.create(user=user, preferred_language="en")


def _analyst() -> None:
    """Somebody who may view every alert, and has no contacts whose figures they could see."""
    user = User.objects.create_user("analyst", "analyst@example.com", PASSWORD)
    may = ["access_admin", "view_alert", "view_own_contact"]
    user.user_permissions.set(Permission.objects.filter(codename__in=may))
    UserProfile.objects.create(user=user, preferred_language="en")


def _figures(full: Alert, simple: Alert) -> None:
    """Daily totals of seven weeks: of contacts with and without an owner, of erased ones, of a deleted alert."""
    today, contacts = timezone.localdate(), list(Contact.objects.order_by("pk")[:8])
    stranger = Contact.objects.create(
        name="Wilhelmina Featherstonehaugh-Cholmondeley", email="w@example.org", company="Featherstonehaugh"
    )
    addresses = [
        Address.store(f"http://localhost/{path}/") for path in ("pricing", "products", "products/spare-parts")
    ]
    page = Page.objects.get(slug="pricing")
    for number, contact in enumerate([*contacts, stranger, None]):
        for alert in (full, simple, *([None] if contact is None else [])):
            for days in range(number % 3, 49, 1 + number):
                of_day = {"day": today - timedelta(days=days), "alert": alert, "contact": contact}
                raised, capped = 1 + days % (5 if alert == full else 2), days % 4
                DailyTotal.objects.create(
                    **of_day,
                    stand_in=None if contact else 7,
                    matched=raised + capped + 1,
                    raised=raised,
                    capped=capped,
                    nobody=1,
                    too_short=days % 3,
                    closed=days % 2,
                    sent=raised,
                    taken=days % 2,
                )
                address = addresses[days % len(addresses)]
                DailyPageTotal.objects.create(
                    **of_day,
                    address=address,
                    page=None if days % 3 else page,
                    matched=raised + capped,
                    raised=raised,
                )
                DailyLatency.objects.create(**of_day, seconds=1 + days % 3, emails=raised)


def _on_the_site() -> None:
    """Contacts who are on the site: one for sure, one perhaps, and one who has just left."""
    now, address = timezone.now(), PageView.objects.order_by("pk")[0].address
    for minutes, method, has_left in (
        (1, Method.LOGIN, False),
        (15, Method.LINK, False),
        (2, Method.FORM, True),
    ):
        entered_at = now - timedelta(minutes=minutes)
        contact = Contact.objects.create(
            name=f"Visitor Of The Last {minutes} Minutes",
            email=f"visitor{minutes}@example.org",
            company="Sp. z o.o. with a name that is longer than others",
            owner=User.objects.get(username="marta"),
        )
        visitor = Visitor.objects.create(
            key_hash=secrets.token_hex(32), contact=contact, identified_by=method, last_seen_at=entered_at
        )
        PageView.objects.create(
            visitor=visitor,
            contact=contact,
            address=address,
            source=Source.BEACON,
            beacon_id=uuid.uuid4(),
            entered_at=entered_at,
            ended_at=now if has_left else None,
            ending=Ending.CLOSED if has_left else Ending.OPEN,
        )


def _left_behind() -> None:
    """A contact whose owner's account is switched off."""
    user = User.objects.create_user("departed", is_active=False, first_name="Somebody Gone")
    Contact.objects.create(name="Left Behind", email="left.behind@example.org", owner=user)


def _owner_who_is_away(deputy: User) -> User:
    owner = User.objects.get(username="tomasz")
    today = timezone.localdate()
    ReaderPreferences.objects.update_or_create(
        user=owner, defaults={"away_from": today, "away_until": today + timedelta(days=9), "deputy": deputy}
    )
    return owner


def _what_was_not_recorded() -> None:
    """Every reason, on some of the last days."""
    today = timezone.localdate()
    for number, reason in enumerate(Reason):
        for days in range(0, 14, number + 1):
            NotRecorded.add(10 ** (number % 5), day=today - timedelta(days=days), reason=reason)


def _alert_with_losses(author: User) -> Alert:
    alert = Alert.objects.create(name="Watched what is gone", author=author)
    Loss.objects.create(
        alert=alert, kind="page", name="Old price list", switched_off=True, happened_at=timezone.now()
    )
    return alert


def _run(author: User, alert: Alert, *, up_to: str, state: str) -> WizardRun:
    """A new alert's run that has come to a step, in which nothing, nonsense or all was typed."""
    run = begin_run(author=author, alert=Alert.objects.get(pk=alert.pk))
    number = SLUGS.index(up_to)
    run.alert, run.alert_version = None, None
    run.steps["name"] = {**run.steps["name"], "name": [f"Run of {up_to}, {state}"]}
    typed = {"empty": None, "filled": run.steps[up_to]}.get(state, _nonsense(run.steps[up_to]))
    run.steps = {slug: answers for slug, answers in run.steps.items() if SLUGS.index(slug) < number}
    if typed is not None:
        run.steps[up_to] = typed
    run.created_at = timezone.now() - timedelta(days=1)
    run.save()
    return run


def _run_overtaken(author: User, alert: Alert) -> WizardRun:
    """A run that changes an alert, which somebody else has saved since it began."""
    run = begin_run(author=author, alert=Alert.objects.get(pk=alert.pk))
    Alert.objects.get(pk=alert.pk).save()
    return run


def _nonsense(answers: dict[str, list[str]]) -> dict[str, list[str]]:
    """What no field takes; the counts of rows, and the choices that show further fields, stay."""
    kept = ("_FORMS", "-kind", "_source", "how_often", "-is_exception")
    return {
        name: values if name.endswith(kept) else ["\x00nonsense %(" * bool(values and values[0])]
        for name, values in answers.items()
    }


def _newcomer() -> None:
    """Somebody who may make alerts and has none."""
    user = User.objects.create_user("newcomer", "newcomer@example.com", PASSWORD)
    ours = Permission.objects.filter(content_type__app_label="wagtail_visit_alerts")
    user.user_permissions.set(
        [Permission.objects.get(codename="access_admin"), *ours.filter(codename__in=["add_alert"])]
    )
    UserProfile.objects.create(user=user, preferred_language="en")
