"""Does every page of ours in the admin answer within 300 ms and 25 queries, with the data of a big site?

``make bench ARGS="admin_pages=5000000"`` generates that many page views, with contacts, alerts and notifications in
proportion. With ``KEEP_DATABASE=1`` the database is kept and used again, whatever size is asked for then; for SQLite
``DATABASE_URL`` must name a file. ``ONLY=log`` measures the addresses that contain this. Pages are found by the
registered URLs, their filters and orders by what the pages offer: a new one is measured as soon as it is there.
"""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from typing import Any

import time_machine
from django.conf import settings as django_settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.db.models import Count
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse
from django.utils import timezone
from wagtail.admin.views.bulk_action.registry import bulk_action_registry  # noqa: TID251 to find ours
from wagtail.models import Site

from benchmarks.figures import Figure
from tests.query_counting import counted_queries
from tests.testapp.models import ContentPage
from wagtail_visit_alerts.generating import Size, generate
from wagtail_visit_alerts.importing.line_changes import Options
from wagtail_visit_alerts.importing.uploads import keep_upload
from wagtail_visit_alerts.models import (
    Alert,
    Contact,
    ContactNote,
    DefaultOwner,
    Delivery,
    Destination,
    Mute,
    Notification,
    PageView,
    WizardRun,
)
from wagtail_visit_alerts.reporting.periods import MAX_DAYS, Choice, Step

APP = "wagtail_visit_alerts"
PREFIX = "admin/visit-alerts/"
CHOOSERS = "admin/snippets/choose/wagtail_visit_alerts/"
#: What no page may exceed: its median in milliseconds, and its queries.
MOST_MS, MOST_QUERIES = 300, 25
TIMES = 20
#: What is uploaded as a file of contacts.
FILE = b"email,name\nanna@new.example,Anna\n"
#: One page view in a hundred has a contact of its own, and so on: 5,000,000 give 50,000, 500 and 200,000.
PAGE_VIEWS_A_CONTACT, PAGE_VIEWS_AN_ALERT, PAGE_VIEWS_A_NOTIFICATION = 100, 10_000, 25


@dataclass(frozen=True)
class Judged(Figure):
    """A figure with a limit."""

    status: int = 200
    is_limited: bool = True

    @property
    def is_too_much(self) -> bool:
        """Whether it is over what is asked for."""
        return self.is_limited and (self.median > MOST_MS or self.queries > MOST_QUERIES)

    def __str__(self) -> str:
        note = "" if self.status == 200 else f"  answers {self.status}"
        return f"{super().__str__()}{note}{'  TOO MUCH' if self.is_too_much else ''}"


def measure(size: int = 20_000) -> Iterator[Figure]:
    """Yield a figure for Wagtail's list of users, and for each of our pages."""
    _make_data(size)
    latest = PageView.objects.latest("entered_at").entered_at
    with time_machine.travel(latest + timedelta(minutes=1), tick=True):
        manager, salesperson = _manager(), _salesperson()
        urls = _Urls(manager, salesperson)
        only = os.environ.get("ONLY", "")
        client = _client(manager)
        yield _measured(
            client, reverse("wagtailusers_users:index"), is_limited=False, what="Wagtail's own users"
        )
        yield _measured(client, reverse("wagtailadmin_home"), what="home page with our panels")
        yield _measured(client, reverse("wagtailadmin_account"), what="account with our panels")
        for url in (*urls.to_measure(client), *urls.of_bulk_actions()):
            if only in url:
                yield _measured(client, url)
                yield from (_measured(client, further) for further in _further(client, url))
        for url, answers in urls.asked_by_scripts(client):
            if only in url:
                yield _measured(client, url, answers=answers, what=f"by script: {_short(url)[-46:]}")
        client = _client(salesperson)
        for url in urls.of_salesperson():
            if only in url:
                yield _measured(client, url, what=f"own contacts only: {_short(url)}")
    print(*sorted(urls.left_out), sep="\n")


def _make_data(size: int) -> None:
    if Contact.objects.exists():
        return
    Site.objects.update(hostname="testserver")
    home = Site.objects.get(is_default_site=True).root_page
    for number in range(20):
        section = home.add_child(instance=ContentPage(title=f"Section {number}", slug=f"section-{number}"))
        for count in range(20):
            section.add_child(instance=ContentPage(title=f"Page {number}-{count}", slug=f"page-{count}"))
    generate(
        Size(
            page_views=size,
            contacts=max(100, size // PAGE_VIEWS_A_CONTACT),
            alerts=max(20, size // PAGE_VIEWS_AN_ALERT),
            notifications=max(100, size // PAGE_VIEWS_A_NOTIFICATION),
        ),
        seed=1,
        now=timezone.now(),
    )


def _manager() -> Any:
    """Somebody who may do everything of ours, by permissions, as a real manager."""
    group, _is_new = Group.objects.get_or_create(name="Managers of alerts")
    group.permissions.set(
        Permission.objects.filter(content_type__app_label="wagtail_visit_alerts")
        | Permission.objects.filter(codename__in=["access_admin", "view_user", "add_user", "change_user"])
    )
    return _user("manager", group)


def _salesperson() -> Any:
    """The generated owner of most contacts, who may view their own and make alerts."""
    group, _is_new = Group.objects.get_or_create(name="Salespeople")
    names = ["access_admin", "view_own_contact", "add_alert"]
    group.permissions.set(Permission.objects.filter(codename__in=names))
    owners = Contact.objects.exclude(owner=None).order_by().values("owner")
    user = get_user_model().objects.get(
        pk=owners.annotate(number=Count("pk")).order_by("-number").first()["owner"]
    )
    user.groups.set([group])
    return user


def _user(name: str, group: Group) -> Any:
    user, _is_new = get_user_model().objects.get_or_create(
        username=name, defaults={"email": f"{name}@sales.example"}
    )
    user.groups.set([group])
    return user


def _client(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


class _Urls:
    """The addresses of our pages, with the busiest contact and so on in place of their parameters."""

    def __init__(self, manager: Any, salesperson: Any) -> None:
        self.left_out: set[str] = set()
        page_views = PageView.objects.exclude(contact=None).order_by().values("contact")
        contact = page_views.annotate(number=Count("pk")).order_by("-number").first()["contact"]
        matches = Alert.objects.annotate(number=Count("notifications")).order_by("-number")
        failed = Delivery.objects.filter(status="failed").order_by("-pk").first() or Delivery.objects.latest(
            "pk"
        )
        latest = Notification.objects.latest("raised_at")
        now = timezone.now()
        note = ContactNote.objects.create(contact_id=contact, author=manager, text="Call again", written_at=now)
        site = Site.objects.first()
        owner, _is_new = DefaultOwner.objects.get_or_create(site=site, defaults={"owner": manager})
        self._alert = matches.first().pk
        steps = {"name": {"name": ["Not finished"]}}
        self._unfinished = WizardRun.objects.create(author=manager, is_touched=True, steps=steps)
        self._file = keep_upload(FILE, file_name="new.csv", options=Options(), author=manager, now=now)
        self._values: dict[str, dict[str, Any]] = {
            "contacts": {
                "pk": contact,
                "note_pk": note.pk,
                "page_view_pk": PageView.objects.filter(contact=contact).latest("entered_at").pk,
            },
            "contact": {"pk": contact},
            "alerts": {"pk": self._alert},
            "alert": {"pk": self._alert},
            "destinations": {"pk": Destination.objects.first().pk},
            "destination": {"pk": Destination.objects.first().pk},
            "log": {"pk": latest.pk},
            "absences": {"pk": salesperson.pk},
            "set-up": {"pk": site.pk},
            "mutes": {"pk": Mute.objects.first().pk},
            "default-owners": {"pk": owner.pk},
            "defaultowner": {"pk": owner.pk},
        }
        self._failed = failed

    def to_measure(self, client: Client) -> Iterator[str]:
        """Each address once; those that can't be filled in are told as left out."""
        token = _wizard_token(client, self._alert)
        for route in _routes(get_resolver()):
            if not route.startswith((PREFIX, CHOOSERS)):
                continue
            part = route.removeprefix(PREFIX).removeprefix(CHOOSERS).split("/")[0]
            values = {"token": token, "section": "index", **self._values.get(part, {})}
            if "send-again" in route:
                values |= {"pk": self._failed.notification_id, "delivery_pk": self._failed.pk}
            if "contacts/import" in route:
                values |= {"token": self._file.pk}
            if "unfinished" in route:
                values |= {"token": self._unfinished.pk}
            if "<slug:step>" in route:
                for step in ("name", "pages", "frequency", "details", "summary"):
                    yield _filled(route, {**values, "step": step})
            elif (url := _filled(route, values)) and "<" not in url:
                yield url
            else:
                self.left_out.add(f"left out: /{route}")

    def of_bulk_actions(self) -> Iterator[str]:
        """The bulk actions on a page of a list."""
        for model in (Alert, Contact, Destination):
            names = [APP, model._meta.model_name]
            ids = "&".join(f"id={pk}" for pk in model.objects.values_list("pk", flat=True)[:20])
            for action in bulk_action_registry.get_bulk_actions_for_model(*names):
                yield f"{reverse('wagtail_bulk_action', args=[*names, action.action_type])}?{ids}"

    def asked_by_scripts(self, client: Client) -> Iterator[tuple[str, dict[str, Any]]]:
        """What the wizard's pages ask for while somebody types, with what they have typed."""
        token = _wizard_token(client, self._alert)
        typed, run = WizardRun.objects.get(pk=token).steps, f"/{PREFIX}alerts/wizard/{token}"
        everything = {
            "pages-TOTAL_FORMS": 1,
            "pages-INITIAL_FORMS": 0,
            "pages-0-kind": "url",
            "pages-0-path": "**",
        }
        yield (
            f"{run}/check/?step=pages",
            {**typed["pages"], "tried_url": "http://testserver/section-1/page-1/"},
        )
        yield f"{run}/check/?step=pages&pattern=**", everything
        yield f"{run}/check/?step=frequency", typed["frequency"]
        yield f"{run}/check/?step=details", typed["details"]
        yield f"{run}/attachment/", {**typed["details"], "attachment_source": "text", "attachment_body": "Call"}

    def of_salesperson(self) -> Iterator[str]:
        """Where what one may see depends on the contact."""
        for route in _routes(get_resolver()):
            if route.startswith(PREFIX) and "<" not in route and "/add" not in route:
                yield f"/{route}"
        yield reverse("wagtailadmin_home")


def _routes(resolver: Any, prefix: str = "") -> Iterator[str]:
    for pattern in resolver.url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _routes(pattern, route)
        else:
            yield route.replace("^", "")


def _filled(route: str, values: dict[str, Any]) -> str:
    for name, value in values.items():
        for kind in ("int", "str", "slug", "uuid", "path"):
            route = route.replace(f"<{kind}:{name}>", str(value))
    return f"/{route}"


def _wizard_token(client: Client, alert_id: int) -> str:
    """The token of a run of the wizard that changes an alert."""
    answer = client.get(f"/{PREFIX}alerts/edit/{alert_id}/")
    parts = answer["Location"].strip("/").split("/")
    return parts[parts.index("wizard") + 1]


def _further(client: Client, url: str) -> Iterator[str]:
    """A listing's last page, its search, each of its filters and orders, each period, its export."""
    if url.endswith("results/") or "/chosen" in url:
        return
    context = client.get(url).context or {}
    queries = []
    if hasattr(page := context.get("page_obj"), "paginator") and page.paginator.num_pages > 1:
        queries.append(f"p={page.paginator.num_pages}")
    if context.get("search_form") or context.get("is_searchable"):
        queries += ["q=anna", "q=nowak+baltic", "q=nothing-is-called-this"]
    if hasattr(filters := context.get("filters"), "form"):
        for name, field in filters.form.fields.items():
            queries += [f"{html_name}={value}" for html_name, value in _tried(name, field)]
    if hasattr(table := context.get("table"), "columns"):
        for column in table.columns.values():
            if getattr(column, "sort_key", None):
                queries += [f"ordering={column.sort_key}", f"ordering=-{column.sort_key}"]
    queries += _periods() if "picker" in context else ()
    yield from (f"{url}?{query}" for query in queries)
    if context.get("view") is not None and getattr(context["view"], "list_export", None):
        yield f"{url}?export=csv"  # it streams; an XLSX is made whole before it is sent, and is no page to wait for


def _periods() -> Iterator[str]:
    """Each period that pages of figures offer; the longest of one's own with each step."""
    yield from (f"period={period}" for period in Choice.values if period != Choice.OWN)
    last = timezone.localdate()
    longest = f"period={Choice.OWN}&first={last - timedelta(days=MAX_DAYS - 1)}&last={last}"
    yield from (f"{longest}&step={step}" for step in ("", *Step.values))


def _tried(name: str, field: Any) -> Iterator[tuple[str, str]]:
    """One value for a filter, as its form would send it."""
    choices = [value for value, _label in getattr(field, "choices", []) if str(value)]
    today = timezone.localdate()
    if choices:
        yield name, str(choices[0])
    elif "Range" in type(field).__name__:
        yield f"{name}_from", (today - timedelta(days=400)).isoformat()
        yield f"{name}_from", (today - timedelta(days=1)).isoformat()
        yield f"{name}_to", (today - timedelta(days=300)).isoformat()
    elif "Date" in type(field).__name__:
        yield name, (today - timedelta(days=400)).isoformat()
    else:
        yield name, "Baltic"


def _measured(
    client: Client,
    url: str,
    *,
    answers: dict[str, Any] | None = None,
    what: str = "",
    is_limited: bool = True,
) -> Judged:
    """Ask for a page again and again, by a script's POST where there are ``answers``; of an export, its beginning."""
    is_export = "export=" in url
    headers = {"accept-language": django_settings.LANGUAGE_CODE}
    if answers is not None:
        headers["x-requested-with"] = "XMLHttpRequest"

    def act() -> int:
        answer = (
            client.get(url, headers=headers) if answers is None else client.post(url, answers, headers=headers)
        )
        if answer.streaming:
            next(iter(answer.streaming_content), None)
            answer.close()
        return answer.status_code

    status = act()
    with counted_queries() as queries:
        act()
    taken = []
    for _time in range(3 if is_export else TIMES):
        begun = time.perf_counter()
        act()
        taken.append((time.perf_counter() - begun) * 1000)
    slow = sorted(taken)[-max(1, len(taken) // 20)]
    return Judged(
        what or _short(url),
        median(taken),
        slow,
        len(queries),
        status=status,
        is_limited=is_limited and not is_export,
    )


def _short(url: str) -> str:
    for beginning in (PREFIX, CHOOSERS, f"admin/bulk/{APP}/"):
        url = url.removeprefix(f"/{beginning}")
    return url.partition("?id=")[0]
