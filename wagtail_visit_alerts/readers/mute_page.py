"""The page on which a reader mutes an alert, sees what they have muted, and takes it back.

Takes an opened e-mail; shows and changes only what concerns its reader and the alerts that it told of.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wagtail_visit_alerts.delivering import muting
from wagtail_visit_alerts.explaining.naming import moment
from wagtail_visit_alerts.models import Alert, Contact, Delivery, Mute
from wagtail_visit_alerts.models.mute import MuteQuerySet
from wagtail_visit_alerts.readers.opened_email import OpenedEmail, alert_name, name_for_reader
from wagtail_visit_alerts.readers.reader_page import reader_page, show

DAY, WEEK, FOR_GOOD = "day", "week", "good"
LASTS: dict[str, timedelta | None] = {DAY: timedelta(days=1), WEEK: timedelta(weeks=1), FOR_GOOD: None}
#: Of a user who also finds what they have muted in the admin.
ACCESS_ADMIN = "wagtailadmin.access_admin"
#: Comes back from the button that ends a mute.
ENDED = "ended"


class MuteForm(forms.Form):
    """What is muted, and for how long: at first the least that the e-mail was about, for a week."""

    what = forms.ChoiceField(label=_("What do you not want any more?"), widget=forms.RadioSelect)
    how_long = forms.ChoiceField(
        label=_("For how long?"),
        widget=forms.RadioSelect,
        initial=WEEK,
        choices=[(DAY, _("for a day")), (WEEK, _("for a week")), (FOR_GOOD, _("for good"))],
    )

    def __init__(self, email: OpenedEmail, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.targets: dict[str, tuple[Alert, Contact | None]] = {}
        choices = []
        for name, label, alert, contact in _targets(email):
            self.targets[name] = alert, contact
            choices.append((name, label))
        what = self.fields["what"]
        assert isinstance(what, forms.ChoiceField)
        what.choices, what.initial = choices, next(iter(self.targets), None)

    @property
    def target(self) -> tuple[Alert, Contact | None]:
        """The alert that is muted, and the contact about whom; None for anybody."""
        return self.targets[self.cleaned_data["what"]]

    @property
    def lasts(self) -> timedelta | None:
        """How long it is muted; None for good."""
        return LASTS[self.cleaned_data["how_long"]]


@dataclass(frozen=True)
class MuteInWords:
    """A mute that lasts, as its reader sees it."""

    pk: int
    text: str


@reader_page
def mute(request: HttpRequest, email: OpenedEmail) -> HttpResponse:
    """Show what the reader may mute and has muted; on POST mute it."""
    if request.method != "POST":
        return _page(request, email, MuteForm(email))
    form = MuteForm(email, request.POST)
    if not form.is_valid():
        return _page(request, email, form, status=422)
    alert, contact = form.target
    muting.mute(alert, contact=contact, reader=email.reader, lasts=form.lasts, now=timezone.now())
    return redirect("visit_alerts:mute", email.token)


@reader_page
def unmute(request: HttpRequest, email: OpenedEmail) -> HttpResponse:
    """On POST end one mute of the reader; otherwise lead to the page with the button."""
    page = redirect("visit_alerts:mute", email.token)
    asked = request.POST.get("mute", "")
    if request.method == "POST" and asked.isdecimal():
        muting.end(_mutes(email).filter(pk=asked), user=email.reader.user)
        page["Location"] += f"?{ENDED}=1"
    return page


def _page(request: HttpRequest, email: OpenedEmail, form: MuteForm, *, status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "mutes": list(_in_words(email)),
        "has_ended": ENDED in request.GET,
        "token": email.token,
        "address": email.reader.email,
        "has_admin": email.reader.user is not None and email.reader.user.has_perm(ACCESS_ADMIN),
    }
    return show(request, "mute.html", context, status=status)


def _targets(email: OpenedEmail) -> Iterator[tuple[str, str, Alert, Contact | None]]:
    """What can be muted: each alert of the e-mail about each of its contacts, then each alert altogether."""
    of_alert: dict[int, Delivery] = {}
    seen = set()
    for delivery in email.deliveries:
        notification = delivery.notification
        if notification.alert is None or (notification.alert_id, notification.contact_id) in seen:
            continue
        seen.add((notification.alert_id, notification.contact_id))
        of_alert.setdefault(notification.alert.pk, delivery)
        label = gettext("“%(alert)s” about %(contact)s") % {
            "alert": alert_name(delivery),
            "contact": name_for_reader(delivery),
        }
        yield f"contact-{delivery.pk}", label, notification.alert, notification.contact
    for delivery in of_alert.values():
        assert delivery.notification.alert is not None
        label = gettext("“%(alert)s” altogether, whoever the contact is") % {"alert": alert_name(delivery)}
        yield f"alert-{delivery.pk}", label, delivery.notification.alert, None


def _mutes(email: OpenedEmail) -> MuteQuerySet:
    """What the reader has muted of the e-mail's alerts."""
    alert_ids = {delivery.notification.alert_id for delivery in email.deliveries}
    return email.reader.mutes.filter(alert__in=alert_ids - {None})


def _in_words(email: OpenedEmail) -> Iterator[MuteInWords]:
    """The mutes that last and concern the e-mail, the latest first."""
    told = {
        (delivery.notification.alert_id, delivery.notification.contact_id): delivery
        for delivery in email.deliveries
    }
    alerts = {delivery.notification.alert_id: delivery for delivery in email.deliveries}
    for each in _mutes(email).lasting(timezone.now()).order_by("-made_at", "-pk"):
        about = alerts[each.alert_id] if each.contact_id is None else told.get((each.alert_id, each.contact_id))
        if about is not None:
            yield MuteInWords(each.pk, _sentence(each, about))


def _sentence(each: Mute, about: Delivery) -> str:
    words = {"alert": alert_name(about), "contact": name_for_reader(about)}
    if each.contact_id is None:
        words["what"] = gettext("“%(alert)s”, whoever the contact is") % words
    else:
        words["what"] = gettext("“%(alert)s” about %(contact)s") % words
    if each.until is None:
        return gettext("Muted for good: %(what)s.") % words
    words["until"] = moment(each.until)
    return gettext("Muted until %(until)s: %(what)s.") % words
