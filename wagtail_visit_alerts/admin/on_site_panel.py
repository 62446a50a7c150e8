"""Who is on the site now, in words, as a part of a page of its own and of Wagtail's home page.

Takes a user and the clock; gives a component with the contacts whom that user may view, their own first. Times are
said as clock times and not as lengths: nothing changes on a screen while nothing happens on the site.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.forms import Media
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.ui.components import Component

from wagtail_visit_alerts.admin.columns import name_of
from wagtail_visit_alerts.conf import settings
from wagtail_visit_alerts.delivering import wording
from wagtail_visit_alerts.explaining.naming import moment
from wagtail_visit_alerts.models import Contact, Method, Source
from wagtail_visit_alerts.models.contact import VIEW_ANY
from wagtail_visit_alerts.policies import ContactPermissionPolicy
from wagtail_visit_alerts.reporting.presence import DOUBTFUL_AFTER, Present, State, present

NAME: Final = "visit_alerts_on_site"
CONTACTS: Final = "wagtailsnippets_wagtail_visit_alerts_contact"
#: Contacts that the page shows, and the panel on the home page.
MOST_ON_PAGE: Final = 100
MOST_ON_PANEL: Final = 5
#: For so long a time of day says by itself which day is meant.
ONE_ROUND: Final = timedelta(hours=12)

#: How sure it is that the person is the contact, by how the browser was recognised.
CERTAINTIES = {
    Method.LOGIN: gettext_lazy("certain"),
    Method.API: gettext_lazy("certain"),
    Method.FORM: gettext_lazy("likely: it is what they typed"),
    Method.LINK: gettext_lazy("less certain: a link can be passed on"),
}


def may_see_who_is_on_site(user: Any) -> bool:
    """Whether a user may view any contacts, be it their own alone."""
    return ContactPermissionPolicy(Contact).user_has_permission(user, "view")


@dataclass(frozen=True)
class OnSiteRow:
    """One contact, in words."""

    present: Present
    reader: Any
    now: datetime

    @property
    def key(self) -> int:
        """What the row is known by when the list is made again."""
        return self.present.contact.pk

    @property
    def name(self) -> str:
        return wording.one_line(self.present.contact)

    @property
    def company(self) -> str:
        return wording.one_line(self.present.contact.company)

    @property
    def url(self) -> str:
        """The contact's page in the admin."""
        return reverse(f"{CONTACTS}:inspect", args=[self.present.contact.pk])

    @property
    def is_own(self) -> bool:
        """Whether the reader owns the contact."""
        return self.present.contact.owner_id == self.reader.pk

    @property
    def owner(self) -> str:
        return wording.one_line(name_of(self.present.contact.owner))

    @property
    def page_title(self) -> str:
        """The page's title; host and path where it is no Wagtail page."""
        title = wording.one_line(self.present.page_view.title)
        return title.removeprefix("https://").removeprefix("http://")

    @property
    def page_link(self) -> str:
        """Where the page is; empty where that is no address of the web."""
        return wording.web_link(self.present.page_view.address.text)

    @property
    def state(self) -> str:
        """What is known of their being there, as the name of a style."""
        return self.present.state.name.lower()

    @property
    def state_in_words(self) -> str:
        """The same as a sentence."""
        if self.present.left_at is not None:
            return _("Left at %(time)s") % {"time": self._clock(self.present.left_at)}
        if self.present.state == State.DOUBTFUL:
            return _("No sign since %(time)s") % {"time": self._clock(self.present.last_sign_at)}
        return _("On this page since %(time)s") % {"time": self._clock(self.present.on_page_since)}

    @property
    def on_site_since(self) -> str:
        """When the visit began; empty where it was with this page, and that is said already."""
        since = self._clock(self.present.on_site_since)
        if self.present.state == State.HERE and since == self._clock(self.present.on_page_since):
            return ""
        return _("On the site since %(time)s") % {"time": since}

    @property
    def recognized(self) -> str:
        """How the browser is known to be the contact's, and how sure that is."""
        visitor = self.present.page_view.visitor
        certainty = CERTAINTIES.get(Method(visitor.identified_by))
        how = visitor.get_identified_by_display()
        return f"{how} ({certainty})" if certainty else str(how)

    @property
    def source(self) -> str:
        """Who reported it, where that was the server alone."""
        page_view = self.present.page_view
        return page_view.get_source_display() if page_view.source == Source.HOOK else ""

    def _clock(self, at: datetime) -> str:
        """The time of day; with the date where that alone could be taken for another day's."""
        is_clear = self.now - at < ONE_ROUND
        return date_format(timezone.localtime(at), "TIME_FORMAT") if is_clear else moment(at)


class OnSite(Component):
    """The list, which asks for news of itself while it is looked at."""

    template_name = "wagtail_visit_alerts/admin/on_site/live.html"
    list_template_name = "wagtail_visit_alerts/admin/on_site/list.html"

    def __init__(self, user: Any, *, now: datetime, most: int = MOST_ON_PAGE) -> None:
        self.user, self.now, self.most = user, now, most

    @property
    def media(self) -> Media:
        return Media(
            css={"all": ["wagtail_visit_alerts/admin/on_site.css"]},
            js=["wagtail_visit_alerts/admin/on_site.js"],
        )

    @cached_property
    def _found(self) -> list[Present]:
        viewable = Contact.objects.viewable_by(self.user)
        return present(viewable, now=self.now, first_of=self.user)

    def get_context_data(self, parent_context: Any) -> dict[str, Any]:
        is_panel = self.most == MOST_ON_PANEL
        live_url = reverse(f"{NAME}:live")
        return {
            **self.list_context(),
            "live_url": f"{live_url}?panel=1" if is_panel else live_url,
            "seconds": max(1, settings.ON_SITE_SECONDS),
            "zone": str(timezone.get_current_timezone()),
        }

    def list_context(self) -> dict[str, Any]:
        """What the list is made of; also of the part that is asked for again and again."""
        there = [one for one in self._found if one.state != State.LEFT]
        here = sum(one.state == State.HERE for one in there)
        nobody_yet = not self._found and not Contact.objects.viewable_by(self.user).exists()
        return {
            "rows": [OnSiteRow(one, self.user, self.now) for one in self._found[: self.most]],
            "more": max(len(self._found) - self.most, 0),
            "here": here,
            "doubtful": len(there) - here,
            "minutes": DOUBTFUL_AFTER // timedelta(minutes=1),
            "contacts_url": reverse(f"{CONTACTS}:list") if nobody_yet else "",
            "number_of_own": sum(one.contact.owner_id == self.user.pk for one in there),
            "sees_all": self.user.has_perm(VIEW_ANY),
            "page_url": reverse(f"{NAME}:index") if self.most == MOST_ON_PANEL else "",
        }


class OnSitePanel(OnSite):
    """The same on Wagtail's home page, as a part of its own and with the first few."""

    name = "visit_alerts_on_site"
    template_name = "wagtail_visit_alerts/admin/on_site/panel.html"
    #: Above what failed and Wagtail's own lists: it is what people look for every day.
    order = 105

    def __init__(self, user: Any, *, now: datetime) -> None:
        super().__init__(user, now=now, most=MOST_ON_PANEL)


def construct_home_page_panels(request: HttpRequest, panels: list[Component]) -> None:
    """For Wagtail's hook ``construct_homepage_panels``."""
    if may_see_who_is_on_site(request.user):
        panels.append(OnSitePanel(request.user, now=timezone.now()))
