"""The Polish catalogue: whole, up to date with the sources, compiled, and what a person is really shown."""

import ast
import gettext
import os
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import polib
import pytest
from django.apps import apps
from django.urls import reverse
from django.utils import translation
from django.utils.translation import pgettext
from wagtail.users.models import UserProfile

import wagtail_visit_alerts
from wagtail_visit_alerts.admin import set_up_lines
from wagtail_visit_alerts.delivering import message
from wagtail_visit_alerts.models import Alert, Contact, Delivery, Ending, MonitoredPage, Period, Role

from .admin.walking import ALERTS, CONTACTS, Walk, pages, url_row, user_who_may
from .factories import (
    AddressFactory,
    AlertFactory,
    ContactFactory,
    DeliveryFactory,
    PageViewFactory,
    UserFactory,
    VisitorFactory,
)

pytestmark = pytest.mark.any_database

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = Path(wagtail_visit_alerts.__file__).resolve().parent
CATALOGUE = PACKAGE / "locale" / "pl" / "LC_MESSAGES" / "django.po"
COMPILED = CATALOGUE.with_suffix(".mo")
HOW_TO_UPDATE = (
    "In wagtail_visit_alerts/, with PYTHONPATH=.. and DJANGO_SETTINGS_MODULE=tests.settings: "
    "django-admin makemessages -l pl --no-obsolete --add-location file; translate; django-admin compilemessages."
)
#: What has to be in a translation exactly as in the source: %(name)s, %s, {name}, tags of HTML.
KEPT = re.compile(r"%\(\w+\)[a-z]|%[sd]|\{\w*\}|</?[a-z][^>]*>")

needs_gettext = pytest.mark.skipif(
    shutil.which("xgettext") is None,
    reason="xgettext is not installed (Debian's package gettext), so the sources can't be read for their texts.",
)


def entries():
    """The messages of the catalogue."""
    return list(polib.pofile(str(CATALOGUE)))


def translations_of(entry):
    """The one translation, or all of its plural forms."""
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def keys_of(path):
    """What identifies each message of a catalogue."""
    catalogue = polib.pofile(str(path))
    return {(entry.msgctxt, entry.msgid, entry.msgid_plural) for entry in catalogue if not entry.obsolete}


def sorted_kept(text):
    return sorted(KEPT.findall(text))


def test_every_text_is_translated_into_polish():
    missing = [entry.msgid for entry in entries() if not all(translations_of(entry))]
    assert missing == []


def test_no_translation_is_a_guess_of_gettext():
    assert [entry.msgid for entry in entries() if "fuzzy" in entry.flags] == []
    assert not polib.pofile(str(CATALOGUE)).metadata_is_fuzzy


def test_no_text_of_the_past_is_kept():
    assert [entry.msgid for entry in entries() if entry.obsolete] == []


def test_every_text_that_counts_has_the_four_forms_of_polish():
    forms = {entry.msgid: sorted(entry.msgstr_plural) for entry in entries() if entry.msgid_plural}
    assert forms
    assert all(numbers == [0, 1, 2, 3] for numbers in forms.values()), forms


@needs_gettext
def test_catalogue_has_exactly_the_texts_of_the_sources(tmp_path):
    shutil.copytree(PACKAGE, tmp_path / PACKAGE.name, ignore=shutil.ignore_patterns("__pycache__"))
    fresh = tmp_path / PACKAGE.name / CATALOGUE.relative_to(PACKAGE)
    fresh.unlink()
    command = [sys.executable, "-m", "django", "makemessages", "--locale", "pl", "--no-obsolete"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "DJANGO_SETTINGS_MODULE": "tests.settings"}

    done = subprocess.run(
        command, cwd=tmp_path / PACKAGE.name, env=environment, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr
    added, gone = keys_of(fresh) - keys_of(CATALOGUE), keys_of(CATALOGUE) - keys_of(fresh)
    assert not added, f"Not in the catalogue yet: {sorted(map(str, added))}. {HOW_TO_UPDATE}"
    assert not gone, f"No longer in the sources: {sorted(map(str, gone))}. {HOW_TO_UPDATE}"


def test_scripts_hold_no_text_to_translate():
    # There is no catalogue for JavaScript: whoever needs a text there hands it over in an attribute, or adds one.
    sources = [path.read_text(encoding="utf-8") for path in (PACKAGE / "static").rglob("*.js")]
    assert sources
    assert not [source for source in sources if re.search(r"\bn?p?gettext\(", source)]


def test_compiled_catalogue_says_what_the_catalogue_says():
    with COMPILED.open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    stale = []
    for entry in entries():
        key = entry.msgid if entry.msgctxt is None else f"{entry.msgctxt}\x04{entry.msgid}"
        expected = entry.msgstr_plural if entry.msgid_plural else {None: entry.msgstr}
        found = {form: compiled._catalog.get(key if form is None else (key, form)) for form in expected}
        if found != expected:
            stale.append(entry.msgid)
    assert not stale, f"Not compiled: {stale}. {HOW_TO_UPDATE}"
    assert len(polib.mofile(str(COMPILED))) == len(entries())


def test_placeholders_and_tags_are_those_of_the_source():
    wrong = {}
    for entry in entries():
        sources = [sorted_kept(text) for text in filter(None, (entry.msgid, entry.msgid_plural))]
        for text in translations_of(entry):
            if sorted_kept(text) not in sources:
                wrong[entry.msgid] = text
    assert wrong == {}


def test_full_stops_and_colons_at_the_end_are_those_of_the_source():
    wrong = {
        entry.msgid: text
        for entry in entries()
        for text in translations_of(entry)
        if any(entry.msgid.endswith(sign) != text.endswith(sign) for sign in (".", ":"))
        and not entry.msgid.endswith((".”", "”."))
    }
    assert wrong == {}


def test_quotation_marks_are_polish():
    translated = "".join(text for entry in entries() for text in translations_of(entry))
    assert "“" not in translated
    assert translated.count("„") == translated.count("”") > 0


def test_catalogue_names_no_person_and_no_machine():
    text = CATALOGUE.read_text(encoding="utf-8")
    metadata = polib.pofile(str(CATALOGUE)).metadata
    assert "@" not in "".join(metadata.values())
    assert re.findall(r"^#: .*(?:^|\s)(?:/|\.\./)", text, re.MULTILINE) == []
    assert metadata["Language"] == "pl"


def test_a_text_reads_the_same_whatever_apps_stand_before_ours():
    # Django takes a text from the first app that has it: where another one words it otherwise, ours needs a context.
    ours = {
        entry.msgid: entry.msgstr for entry in entries() if entry.msgctxt is None and not entry.msgid_plural
    }
    others = [app for app in apps.get_app_configs() if app.name != PACKAGE.name]
    differing = []
    for app in others:
        path = Path(app.path) / "locale" / "pl" / "LC_MESSAGES" / "django.mo"
        if path.exists():
            theirs = {entry.msgid: entry.msgstr for entry in polib.mofile(str(path)) if entry.msgctxt is None}
            both = ours.keys() & theirs.keys()
            differing += [
                (app.name, text, theirs[text]) for text in both if plain(theirs[text]) != plain(ours[text])
            ]
    assert differing == []


def plain(text):
    """A text with one kind of ellipsis."""
    return text.replace("...", "…")


def test_lazy_texts_are_not_filled_in_when_a_module_is_imported():
    # A lazy text stays lazy only until % is applied to it: then it is in the language of the first import.
    early = [
        f"{path.name}:{line}" for path in PACKAGE.rglob("*.py") for line in lines_that_fill_in_lazily(path)
    ]
    assert early == []


def lines_that_fill_in_lazily(path):
    """Where a module applies % to the call of a lazy gettext function, under whatever name it has imported it."""
    source = path.read_text(encoding="utf-8")
    names = {alias or name for name, alias in re.findall(r"(\w*gettext_lazy)(?: as (\w+))?", source)}
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.BinOp(left=ast.Call(func=ast.Name(id=name)), op=ast.Mod()) if name in names:
                yield node.lineno


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        (1, "raz na tydzień"),
        (2, "2 razy na tydzień"),
        (5, "5 razy na tydzień"),
        (12, "12 razy na tydzień"),
        (21, "21 razy na tydzień"),
        (100, "100 razy na tydzień"),
    ],
)
def test_frequency_is_counted_as_polish_counts(times, expected):
    with translation.override("pl"):
        assert Alert(cap_times=times, cap_period=Period.WEEK).frequency_in_words == expected


def test_monitored_page_reads_with_the_decimal_comma_in_polish():
    row = MonitoredPage(kind="url", path="/cennik/", minimum_minutes="1.50")
    with translation.override("pl"):
        assert row.in_words == "/cennik/ w dowolnym serwisie, przez co najmniej 1,5 min"


def test_days_of_what_was_not_recorded_are_short_in_polish(db):
    with translation.override("pl"):
        table = set_up_lines.not_recorded(now=datetime(2026, 11, 1, 12, tzinfo=UTC))

    assert table.days[:2] == ["1.11", "31.10"]


@pytest.fixture
def polish_walk(db):
    """A run of the wizard in the browser of an editor who reads Polish."""
    editor = user_who_may("add_alert", "change_alert", "view_alert", "view_contact", email="ewa@example.com")
    walk = Walk(in_polish(editor))
    walk.editor = editor
    return walk


def test_buttons_and_steps_of_the_wizard_are_ours_in_polish(polish_walk):
    page = polish_walk.press("name", {"name": "Cennik"}) and polish_walk.see("pages").content.decode()
    for text in (
        "Wybierz stronę",
        "Dalej",
        "Wstecz",
        "Dodaj kolejną stronę",
        "Adres URL",
        "Kroki kreatora alertu",
    ):
        assert text in page


def test_a_contact_is_inspected_in_polish_and_in_the_time_zone_of_the_reader(polish_walk):
    contact = ContactFactory(phone="1", company="C", position="P", city="W", country="PL", language="pl")
    contact.tags.add("vip")
    contact.save()
    # In the reader's time zone it is the next day already.
    Contact.objects.filter(pk=contact.pk).update(updated_at=datetime(2026, 11, 24, 23, 30, tzinfo=UTC))

    page = polish_walk.browser.get(reverse(f"{CONTACTS}:inspect", args=[contact.pk])).content.decode()

    labels = [
        re.sub(r"\s+", " ", label).strip() for label in re.findall(r"<dt[^>]*>(.*?)</dt>", page, re.DOTALL)
    ]
    assert labels == [
        "Telefon",
        "E-mail",
        "Miasto",
        "Kraj",
        "Język",
        "Tagi",
        "Właściciel",
        "Konto do logowania",
        "Zgoda",
        "Dodano",
        "Ostatnia zmiana",
        "Ostatnio na stronie",
        "wizyt w 30 dni",
        "odsłon w 30 dni",
        "alertów w 30 dni",
    ]
    assert "25 listopada 2026" in page


def test_an_alert_is_inspected_in_the_time_zone_of_the_reader(polish_walk):
    alert = AlertFactory()
    Alert.objects.filter(pk=alert.pk).update(updated_at=datetime(2026, 11, 24, 12, tzinfo=UTC))

    page = polish_walk.browser.get(reverse(f"{ALERTS}:inspect", args=[alert.pk])).content.decode()

    assert "24 listopada 2026 13:00" in page


@pytest.mark.parametrize(
    ("page_view", "subject"),
    [
        ({"ending": Ending.OPEN}, "Anna Nowak ogląda: localhost/cennik/"),
        ({"ending": Ending.CLOSED}, "Anna Nowak \N{EN DASH} obejrzana strona: localhost/cennik/"),
        (
            {"ending": Ending.MOVED_ON, "dwell_ms": 125_000},
            "Anna Nowak \N{EN DASH} 2 min 5 s na stronie: localhost/cennik/",
        ),
    ],
)
def test_the_email_says_in_polish_what_the_contact_does_whoever_they_are(db, page_view, subject):
    contact = ContactFactory(name="Anna Nowak")
    seen = PageViewFactory(
        visitor=VisitorFactory(contact=contact),
        address=AddressFactory(text="https://localhost/cennik/"),
        **page_view,
    )
    reader = in_polish(UserFactory())
    delivery = DeliveryFactory(notification__match__page_view=seen, user=reader, role=Role.OWNER)

    email = message.build([Delivery.objects.with_what_is_told().get(pk=delivery.pk)])

    assert email.subject == subject
    for text in (
        "Alert o wizycie:",
        "Rozpoznanie:",
        "Imię i nazwisko: Anna Nowak",
        "główny właściciel tego kontaktu",
    ):
        assert text in email.body


def in_polish(user):
    """The user, who now reads Polish."""
    profile = UserProfile.get_for_user(user)
    profile.preferred_language = "pl"
    profile.save()
    return user


def test_minutes_with_a_decimal_comma_are_taken_in_polish(polish_walk):
    polish_walk.walk_to_summary(rows=pages(url_row(minimum_minutes="1,5")))

    polish_walk.save()

    assert str(MonitoredPage.objects.get().minimum_minutes) == "1.50"


def test_minutes_are_shown_with_a_decimal_comma_in_polish(polish_walk):
    polish_walk.walk_to_summary(rows=pages(url_row(minimum_minutes="1,5"))).save()

    again = Walk(polish_walk.editor, alert=Alert.objects.get())

    assert 'value="1,5"' in again.see("pages").content.decode()


@pytest.mark.parametrize("minutes", ["-1", "1440,5", "dwie"])
def test_bad_minutes_are_refused_in_polish(polish_walk, minutes):
    polish_walk.press("name", {"name": "Cennik"})

    page = polish_walk.press("pages", pages(url_row(minimum_minutes=minutes)))

    assert "Podaj liczbę minut od 0 do 1440." in page.content.decode()


@pytest.mark.parametrize("times", ["0", "101", "trzy", ""])
def test_bad_number_of_times_is_refused_in_polish(polish_walk, times):
    polish_walk.press("name", {"name": "Cennik"})
    polish_walk.press("pages", pages(url_row()))

    page = polish_walk.press("frequency", {"how_often": "exactly", "times": times, "period": "week"})

    assert "Podaj liczbę całkowitą od 1 do 100." in page.content.decode()


def test_words_that_wagtail_has_too_are_ours_by_their_context():
    with translation.override("pl"):
        assert pgettext("to the next step", "Next") == "Dalej"
        assert pgettext("to the step before", "Back") == "Wstecz"
        assert pgettext("of a person", "name") == "imię i nazwisko"


@pytest.mark.parametrize(("contacts", "expected"), [(1, "1 kontakt"), (2, "2 kontakty"), (5, "5 kontaktów")])
def test_contacts_in_the_listing_are_counted_as_polish_counts(polish_walk, contacts, expected):
    ContactFactory.create_batch(contacts)

    page = polish_walk.browser.get(reverse(f"{CONTACTS}:list")).content.decode()

    assert re.search(rf"\s{expected}\s", page)


@pytest.mark.parametrize(
    ("listing", "answer"),
    [
        (ALERTS, "Żadna pozycja nie pasuje do wyszukiwania i filtrów."),
        (CONTACTS, "Żaden kontakt nie odpowiada wyszukiwaniu i filtrom. Usuń któryś z nich."),
    ],
)
def test_a_search_without_results_is_answered_in_polish(polish_walk, listing, answer):
    page = polish_walk.browser.get(reverse(f"{listing}:list"), {"q": "nic takiego"}).content.decode()

    assert answer in page


def test_an_empty_listing_invites_in_polish(polish_walk):
    page = polish_walk.browser.get(reverse(f"{ALERTS}:list")).content.decode()

    assert "Nie ma jeszcze alertów." in page
    assert "Utwórz pierwszy alert" in page


def test_the_way_to_the_first_error_is_shown_in_polish(polish_walk):
    page = polish_walk.press("name", {"name": ""}).content.decode()

    assert "Przejdź do pierwszego błędu" in page


def test_unknown_tags_are_named_with_polish_quotation_marks(polish_walk):
    polish_walk.press("name", {"name": "Cennik"})

    page = polish_walk.press("pages", pages(url_row(), only_tags="vip, hurt")).content.decode()

    assert "Nie ma takiego tagu: „vip”, „hurt”." in page
