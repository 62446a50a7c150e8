"""Every screen of ours in the admin, one a line, for the tests that hold of all of them.

An address is filled in with the names that ``scenery.py`` prints; a function does what a click would, afterwards.
"""

from collections.abc import Callable
from typing import NamedTuple

from playwright.sync_api import Page

ALERTS = "/admin/visit-alerts/alerts/"
CONTACTS = "/admin/visit-alerts/contacts/"
DESTINATIONS = "/admin/visit-alerts/destinations/"
LOG = "/admin/visit-alerts/log/"
ANALYTICS = "/admin/visit-alerts/analytics/"
GUIDE = "/admin/visit-alerts/guide/"
BULK = "/admin/bulk/wagtail_visit_alerts/"
#: Seconds are long for a click; this many milliseconds are what a busy machine needs.
PATIENCE_MS = 30_000


class Screen(NamedTuple):
    """A screen by its address, and what to click once it is there."""

    name: str
    address: str
    then: Callable[[Page], None] | None = None
    user: str = "editor"


def open_filters(page: Page) -> None:
    page.get_by_role("button", name="Show filters").click()


def open_groups(page: Page) -> None:
    """Unfold everything that is folded."""
    for summary in page.locator("#main details:not([open]) > summary").all():
        if summary.is_visible():
            summary.click()


def show_answers(page: Page) -> None:
    """Unfold why alerts were or weren't raised, and wait until one is there."""
    open_groups(page)
    page.locator(".visit-alerts-why p[dir]").first.wait_for()


def choose_some(page: Page) -> None:
    page.locator("#main input[data-bulk-action-checkbox]").nth(1).check()


def preview(page: Page) -> None:
    """Wait for the e-mail's preview, and unfold it."""
    page.locator(".visit-alerts-preview iframe").first.wait_for()
    open_groups(page)


def try_url(page: Page) -> None:
    """Ask the tester about an address."""
    page.get_by_label("A URL of the site").fill("/case-studies/danube-fasteners/")
    page.locator(".visit-alerts-answer").wait_for()
    open_groups(page)


def choose_template(page: Page) -> None:
    """Show an attachment from a template, its mistakes and its preview."""
    page.get_by_label("Jinja2 template").check()
    page.locator("[name=attachment_body]").fill("{{ contact.nome }}\n{% if %}")
    page.locator("#visit-alerts-attachment-slot > *").first.wait_for()
    page.get_by_role("button", name="Show the attachment").click()
    page.locator(".visit-alerts-attachment .visit-alerts-preview > *").first.wait_for()
    open_groups(page)


def wait_for_start_page(page: Page) -> None:
    """Wait until the set-up page has looked at the start page, and its script at the browser."""
    page.locator("[data-visit-alerts-load] strong").first.wait_for()
    page.locator("[data-outcome=good], [data-outcome=automated]").locator("visible=true").wait_for()


def step(slug: str, state: str) -> Screen:
    """A step of the wizard, with nothing, nonsense or all typed in it."""
    return Screen(f"wizard, {slug}, {state}", f"{ALERTS}wizard/{{{slug}_{state}}}/{slug}/", open_groups)


SCREENS = (
    Screen("alerts", ALERTS),
    Screen("alerts, none found", f"{ALERTS}?q=nothing"),
    Screen("alerts, none there", ALERTS, user="newcomer"),
    Screen("alerts, filters open", ALERTS, open_filters),
    Screen("alerts, some chosen", ALERTS, choose_some),
    Screen("alerts, switched on?", f"{BULK}alert/switch_on/?id={{full}}&id={{lost}}&next={ALERTS}"),
    Screen("alerts, switched off?", f"{BULK}alert/switch_off/?id={{full}}&id={{simple}}&next={ALERTS}"),
    Screen("alerts, deleted?", f"{BULK}alert/delete/?id={{full}}&id={{simple}}&next={ALERTS}"),
    Screen("alert, inspected", f"{ALERTS}inspect/{{full}}/"),
    Screen("alert with losses, inspected", f"{ALERTS}inspect/{{lost}}/"),
    Screen("alert, analytics", f"{ALERTS}analytics/{{full}}/", open_groups),
    Screen(
        "alert, analytics, wrong dates", f"{ALERTS}analytics/{{simple}}/?period=own&first=2026-02-30&step=week"
    ),
    Screen("alert, analytics, none there", f"{ALERTS}analytics/{{lost}}/"),
    Screen("alert, analytics of no contact", f"{ALERTS}analytics/{{full}}/", user="analyst"),
    Screen("analytics, alerts", ANALYTICS, open_groups),
    Screen(
        "analytics, alerts, none chosen", f"{ANALYTICS}?period=own&first=2020-01-01&last=2020-01-01&status=off"
    ),
    Screen("analytics, alerts, none there", ANALYTICS, user="analyst"),
    Screen("analytics, contacts", f"{ANALYTICS}contacts/?period=90"),
    Screen("analytics, contacts, none there", f"{ANALYTICS}contacts/", user="analyst"),
    Screen("analytics, pages", f"{ANALYTICS}pages/?period=90"),
    Screen("analytics, pages, none there", f"{ANALYTICS}pages/", user="analyst"),
    Screen("alert, history", f"{ALERTS}history/{{simple}}/"),
    Screen("alert, usage", f"{ALERTS}usage/{{simple}}/"),
    Screen("alert, deleted?", f"{ALERTS}delete/{{simple}}/"),
    *[
        step(slug, state)
        for slug in ("name", "pages", "frequency", "details")
        for state in ("empty", "errors", "filled")
    ],
    Screen("wizard, pages, an address tried", f"{ALERTS}wizard/{{pages_filled}}/pages/", try_url),
    Screen(
        "wizard, details, template with mistakes",
        f"{ALERTS}wizard/{{details_filled}}/details/",
        choose_template,
    ),
    Screen("wizard, summary", f"{ALERTS}wizard/{{summary_filled}}/summary/", preview),
    Screen("wizard, summary, changed by somebody else", f"{ALERTS}wizard/{{conflict}}/summary/", preview),
    Screen("contacts", CONTACTS),
    Screen("contacts, none found", f"{CONTACTS}?q=nothing"),
    Screen("contacts, filters open", CONTACTS, open_filters),
    Screen("contacts, some chosen", CONTACTS, choose_some),
    Screen("contacts, import", f"{CONTACTS}import/"),
    Screen("contacts, import looked through", f"{CONTACTS}import/{{looked_through}}/"),
    Screen("contacts, import done", f"{CONTACTS}import/{{imported}}/"),
    Screen("default owners", "/admin/visit-alerts/default-owners/"),
    Screen("default owner, new", "/admin/visit-alerts/default-owners/add/"),
    Screen("default owner, edited", "/admin/visit-alerts/default-owners/edit/{default_owner}/"),
    Screen("contacts, erased?", f"{BULK}contact/delete/?id={{contact}}&next={CONTACTS}"),
    Screen(
        "contacts, filtered", f"{CONTACTS}?last_seen=90&consent=unknown&raised_from=2026-01-01&owner=nobody"
    ),
    Screen("contacts, assigned?", f"{BULK}contact/assign/?id={{contact}}&id={{stranger}}&next={CONTACTS}"),
    Screen("contacts, tags changed?", f"{BULK}contact/change_tags/?id={{contact}}&next={CONTACTS}"),
    Screen("contacts, exported?", f"{BULK}contact/export/?id=all&next={CONTACTS}"),
    Screen("contacts, deleted?", f"{BULK}contact/delete/?id={{contact}}&next={CONTACTS}"),
    Screen("contact, new", f"{CONTACTS}add/"),
    Screen("contact, edited", f"{CONTACTS}edit/{{contact}}/"),
    Screen("contact, inspected", f"{CONTACTS}inspect/{{contact}}/", show_answers),
    Screen("contact, inspected, 12 months", f"{CONTACTS}inspect/{{contact}}/?period=year"),
    Screen("contact without page views, inspected", f"{CONTACTS}inspect/{{stranger}}/"),
    Screen("contact, timeline of alerts", f"{CONTACTS}timeline/{{contact}}/?kind=alerts"),
    Screen("contact, timeline of forms, none there", f"{CONTACTS}timeline/{{stranger}}/?kind=forms"),
    Screen("contact, why", f"{CONTACTS}why/{{contact}}/{{page_view}}/"),
    Screen("contact, note", f"{CONTACTS}notes/{{contact}}/add/"),
    Screen("contact, note deleted?", f"{CONTACTS}notes/{{contact}}/{{note}}/delete/"),
    Screen("contact, visited as", f"{CONTACTS}visit-as/{{contact}}/"),
    Screen("contact, page views", f"{CONTACTS}page-views/{{contact}}/"),
    Screen("contact, page views, none there", f"{CONTACTS}page-views/{{stranger}}/"),
    Screen("on the site now", "/admin/visit-alerts/on-site/"),
    Screen("on the site now, nobody there", "/admin/visit-alerts/on-site/", user="reader"),
    Screen("contacts of somebody who is gone, taken over?", "/admin/visit-alerts/takeover/"),
    Screen("user deleted, contacts taken over?", "/admin/visit-alerts/takeover/?user={away}&why=deleting"),
    Screen("contact, history", f"{CONTACTS}history/{{contact}}/"),
    Screen("contact, erased?", f"{CONTACTS}delete/{{contact}}/"),
    Screen("contact, personal data", f"{CONTACTS}personal-data/{{contact}}/"),
    Screen("contact, merged with whom?", f"{CONTACTS}merge/{{contact}}/"),
    Screen("contact, merged?", f"{CONTACTS}merge/{{contact}}/?other={{stranger}}"),
    Screen("contact, links revoked?", f"{CONTACTS}revoke-links/{{contact}}/"),
    Screen("destinations", DESTINATIONS),
    Screen("destination, new", f"{DESTINATIONS}add/"),
    Screen("destination, edited", f"{DESTINATIONS}edit/{{destination}}/"),
    Screen("destination, deleted?", f"{DESTINATIONS}delete/{{destination}}/"),
    Screen("delivery log", LOG),
    Screen("delivery log, filters open", LOG, open_filters),
    Screen("delivery log, of a contact", f"{LOG}?contact={{contact}}"),
    Screen("delivery log, none found", f"{LOG}?q=nothing"),
    Screen("delivery log, none there", LOG, user="reader"),
    Screen("notification", f"{LOG}{{notification}}/"),
    Screen("notification, sent again?", f"{LOG}{{notification}}/send-again/{{delivery}}/"),
    Screen("delivery log, failed tried again?", f"{LOG}retry/"),
    Screen("home page with failures", "/admin/"),
    Screen("muted alerts", "/admin/visit-alerts/mutes/"),
    Screen("muted alerts, none there", "/admin/visit-alerts/mutes/", user="newcomer"),
    Screen("absences", "/admin/visit-alerts/absences/"),
    Screen("absences, none found", "/admin/visit-alerts/absences/?q=nothing"),
    Screen("absence", "/admin/visit-alerts/absences/{away}/"),
    # On the other tab a list of time zones, Wagtail's own, is wider than a phone.
    Screen("account, notifications", "/admin/account/#tab-notifications"),
    Screen("set-up", "/admin/visit-alerts/set-up/", wait_for_start_page),
    Screen("page that alerts watch, edited", "/admin/pages/{page}/edit/"),
    *[
        Screen(f"guide, {section}", f"{GUIDE}{section}/")
        for section in ("index", "name", "pages", "frequency", "details", "summary", "managing", "test-visits")
    ],
)
