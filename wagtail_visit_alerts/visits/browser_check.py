"""Would a visit in this browser be recorded? Line by line, each with what to do about it.

Takes a request, asks the functions that decide at the endpoint, gives lines for a person to read. Names nobody: a
contact is a number. Writes nothing; two queries at most, and what the site's own consent function costs.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from wagtail_visit_alerts import identifying
from wagtail_visit_alerts.conf import settings
from wagtail_visit_alerts.models import Visitor
from wagtail_visit_alerts.visits import consent, cookie
from wagtail_visit_alerts.visits.exclusions import is_bot, refuses
from wagtail_visit_alerts.visits.network import client_address, is_in_excluded_network


class State(StrEnum):
    """How it stands with one line."""

    GOOD = "good"
    #: Nothing is wrong, or it can't be told from here.
    NOTE = "note"
    #: Works, but not as it should.
    WARNING = "warning"
    BAD = "bad"

    @property
    def in_words(self) -> str:
        """The state for those who do not see its colour."""
        words = {State.GOOD: _("Good"), State.NOTE: _("Note"), State.WARNING: _("Look here")}
        return words.get(self, _("Problem"))


@dataclass(frozen=True)
class Line:
    """One thing that was looked at: what it is, how it stands, and what to do about it, if anything."""

    slug: str
    label: str
    state: State
    text: str
    fix: str = ""


def check_browser(request: HttpRequest, *, now: datetime) -> list[Line]:
    """Look at the browser of a request. The script itself can only be looked at in the browser."""
    held = cookie.read_cookie(request, now=now)
    return [
        _cookie(held),
        _consent(request),
        _signal(request),
        _staff(request),
        _bot(request),
        _network(request),
        _contact(held),
    ]


def verdict(lines: list[Line]) -> Line:
    """All lines in one."""
    against = [line.label for line in lines if line.state == State.BAD]
    if against:
        text = _("Visits in this browser are not recorded. What speaks against it: %(what)s.")
        return Line("verdict", _("Result"), State.BAD, text % {"what": ", ".join(against)})
    return Line(
        "verdict", _("Result"), State.GOOD, _("The server has nothing against recording this browser's visits.")
    )


def _cookie(held: cookie.HeldCookie) -> Line:
    label = _("Cookie")
    if held.is_out:
        return Line(
            "cookie",
            label,
            State.BAD,
            _("This browser's user has asked not to be recorded."),
            _("Whoever wants to be recorded again says so on the page for opting out."),
        )
    if held.is_off:
        return Line(
            "cookie",
            label,
            State.BAD,
            _(
                "Earlier today something spoke against recording this browser, mostly that a colleague was logged "
                "in; it is not asked again for a day."
            ),
            _("Log out, delete the site's cookies in this browser, and open a page again."),
        )
    if held.key is None:
        return Line(
            "cookie",
            label,
            State.NOTE,
            _("This browser holds no cookie of ours. It gets one with the first page that it shows."),
            _("If it still has none after that, it keeps no cookies of this site, and is not recorded."),
        )
    days = max(held.age.days, 0)
    text = ngettext(
        "This browser holds a key that it was given %(days)d day ago.",
        "This browser holds a key that it was given %(days)d days ago.",
        days,
    )
    return Line("cookie", label, State.GOOD, text % {"days": days})


def _consent(request: HttpRequest) -> Line:
    label = _("Consent")
    agrees = consent.consents(request)
    if agrees is None:
        return Line("consent", label, State.GOOD, _("This site asks nobody for consent."))
    if agrees:
        return Line("consent", label, State.GOOD, _("This browser's user has agreed."))
    if consent.function_path() is not None:
        text, fix = (
            _("The site's own function says that this browser's user has not agreed."),
            _("Agree in the site's consent banner. If that does not help, a developer looks at that function."),
        )
    else:
        text, fix = (
            _("The cookie is missing by which the site knows that this browser's user has agreed."),
            _(
                "Agree in the site's consent banner. If that does not help, a developer compares the setting CONSENT "
                "with the cookie that the banner sets."
            ),
        )
    return Line("consent", label, State.BAD, text, fix)


def _signal(request: HttpRequest) -> Line:
    label = _("GPC and Do Not Track")
    if refuses(request):
        return Line(
            "signal",
            label,
            State.BAD,
            _("This browser asks sites not to record it, and this site does as it asks."),
            _("Switch Global Privacy Control and Do Not Track off in the browser's settings."),
        )
    if not settings.RESPECT_PRIVACY_SIGNALS:
        return Line("signal", label, State.NOTE, _("This site does not look at what browsers ask for."))
    return Line("signal", label, State.GOOD, _("This browser sends neither."))


def _staff(request: HttpRequest) -> Line:
    label = _("Colleague")
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return Line("staff", label, State.GOOD, _("Nobody is logged in."))
    if not identifying.login_of(user).is_staff:
        return Line("staff", label, State.GOOD, _("Whoever is logged in is no colleague."))
    if settings.RECORD_STAFF:
        return Line(
            "staff",
            label,
            State.NOTE,
            _("A colleague is logged in; this site records colleagues too."),
            _("On a real site, a developer takes RECORD_STAFF out of the settings."),
        )
    return Line(
        "staff",
        label,
        State.BAD,
        _("Somebody is logged in who may enter the admin, owns contacts or has an address of the staff's."),
        _("To try an alert, use “Try it on the site” in the wizard; or open the site in a private window."),
    )


def _bot(request: HttpRequest) -> Line:
    label = _("Program")
    if is_bot(request.headers.get("User-Agent", "")):
        return Line(
            "bot",
            label,
            State.BAD,
            _("By what it calls itself this is a program, and no person's browser."),
            _("Use a browser that names itself as usual; an extension may have changed its name."),
        )
    return Line("bot", label, State.GOOD, _("By what it calls itself this is a person's browser."))


def _network(request: HttpRequest) -> Line:
    label = _("Network")
    address = client_address(request)
    if address is None:
        return Line(
            "network",
            label,
            State.WARNING,
            _("The address that this browser has cannot be told."),
            _("A developer sets TRUSTED_PROXIES to the number of proxies that stand in front of the site."),
        )
    words = {"address": str(address)}
    if is_in_excluded_network(request):
        return Line(
            "network",
            label,
            State.BAD,
            _("This browser's address, %(address)s, is in a network that is not recorded.") % words,
            _(
                "Try it from another network, such as a phone's; a developer finds the list in EXCLUDED_NETWORKS."
            ),
        )
    if not address.is_global and not settings.TRUSTED_PROXIES:
        return Line(
            "network",
            label,
            State.NOTE,
            _("This browser seems to have the address %(address)s, which is none of the Internet.") % words,
            _(
                "Where it is a proxy's in front of the site, everybody seems to come from there: a developer sets "
                "TRUSTED_PROXIES."
            ),
        )
    return Line(
        "network",
        label,
        State.GOOD,
        _("This browser's address, %(address)s, is in no network that is left out.") % words,
    )


def _contact(held: cookie.HeldCookie) -> Line:
    label = _("Contact")
    key_hash = identifying.hash_of_key(held.key) if held.key else ""
    visitor = Visitor.objects.with_key(key_hash).select_related("contact").first() if key_hash else None
    if visitor is not None and visitor.retired_at is not None:
        return Line(
            "contact",
            label,
            State.NOTE,
            _("The key that this browser holds is no longer used. It gets another one with the next page."),
        )
    if visitor is None or visitor.contact is None:
        return Line(
            "contact",
            label,
            State.NOTE,
            _("Nobody knows whose browser this is, so no alert is raised by it."),
            _("A browser becomes a contact's by their login, by a form, or by a signed link in an e-mail."),
        )
    if identifying.is_colleague(visitor.contact):
        return Line(
            "contact",
            label,
            State.BAD,
            _("Known as contact %(number)d, whose address is one of the staff's own.")
            % {"number": visitor.contact_id},
            _("A developer finds the staff's addresses in STAFF_EMAIL_DOMAINS."),
        )
    return Line(
        "contact",
        label,
        State.GOOD,
        _("Known as contact %(number)d, recognised %(how)s.")
        % {"number": visitor.contact_id, "how": visitor.get_identified_by_display()},
    )
