import json
import re
import tracemalloc
import uuid
from io import StringIO

import pytest
from bs4 import BeautifulSoup
from django.core.management import CommandError, call_command
from django.test import override_settings
from django.urls import reverse
from django.utils import timezone, translation
from wagtail.models import ModelLogEntry

from wagtail_visit_alerts.api import export_contact
from wagtail_visit_alerts.models import Contact, PageView, Source, WizardRun
from wagtail_visit_alerts.privacy.data_sections import SECTIONS

from ..admin.walking import CONTACTS, browser_of, user_who_may
from ..factories import AddressFactory, ContactFactory, PageViewFactory, VisitorFactory
from ..test_contracts import Document

pytestmark = [pytest.mark.django_db, pytest.mark.any_wagtail]
#: Refer to a row of a contact's, without saying anything of them.
WITHOUT = {WizardRun: "which test visit was begun last, in a run of the wizard"}


def exported(contact):
    file = StringIO()
    export_contact(contact, file, now=timezone.now())
    return json.loads(file.getvalue())


def page_of(contact):
    file = StringIO()
    export_contact(contact, file, as_html=True, now=timezone.now())
    return BeautifulSoup(file.getvalue(), "html.parser")


def models_about(model, known):
    """All models that refer to a model, or to one that does; also the tables of other apps."""
    for relation in model._meta.related_objects:
        related = relation.related_model
        if related not in known:
            known.add(related)
            models_about(related, known)
    return known


def test_every_table_that_refers_to_a_contact_is_exported():
    """A model that is new must be added to ``SECTIONS``, or here with the reason why not."""
    covered = {model for section in SECTIONS for model in section.models}

    assert models_about(Contact, set()) - covered - set(WITHOUT) == set()


def test_every_section_has_what_is_kept(known_everywhere):
    data = exported(known_everywhere)

    with_rows = {key for key, rows in data.items() if isinstance(rows, list) and rows}
    # The totals are made by the sweep, and nobody has taken the contact.
    rest = {"takings", "alerts_by_day", "pages_by_day", "times_to_email_by_day"}
    assert {section.key for section in SECTIONS} - with_rows <= rest
    assert data["contact"][0]["email"] == "Anna.Nowak@example.org"
    assert data["contact"][0]["tags"] == ["vip"]
    assert data["notes"][0]["text"] == "Anna Nowak calls back."


def test_rows_refer_to_one_another(known_everywhere):
    data = exported(known_everywhere)

    [alert] = data["alerts"]
    [match] = data["matches"]
    assert alert["match"] == match["id"]
    assert match["page_view"] in {row["id"] for row in data["page_views"]}
    assert data["deliveries"][0]["alert"] == alert["id"]
    assert data["page_views"][0]["browser"] in {row["id"] for row in data["browsers"]}


def test_words_are_keys_for_programs_and_labels_for_people(known_everywhere):
    assert exported(known_everywhere)["page_views"][0]["source"] == "beacon"
    assert "seen by the browser" in page_of(known_everywhere).find(id="page_views").find_next("table").text


def test_nothing_of_others_is_exported(known_everywhere):
    other = PageViewFactory(address=AddressFactory(text="http://testserver/secret/"))
    other.contact.name = "Jan Kowalski"
    other.contact.save()

    text = json.dumps(exported(known_everywhere))

    assert "secret" not in text
    assert "Kowalski" not in text


def test_it_says_format_and_version(anna):
    data = exported(anna)

    assert (data["format"], data["version"]) == ("wagtail_visit_alerts.contact", 1)


def test_keys_are_documented():
    document = Document("docs/reference/contact-data.md")
    documented = {
        row[0].strip("`"): set(re.findall(r"`(\w+)`", row[1])) for row in document.rows if "`" in row[0]
    }

    assert {section.key: {field.key for field in section.fields} for section in SECTIONS} == documented


def test_page_is_in_the_readers_language_and_escapes_what_strangers_wrote():
    contact = ContactFactory(name="<script>alert(1)</script>")
    PageViewFactory(
        visitor=VisitorFactory(contact=contact), address=AddressFactory(text="http://testserver/<b>bold</b>/")
    )

    with translation.override("pl"):
        page = page_of(contact)

    assert page.html["lang"] == "pl"
    assert page.find("script") is None
    assert page.find("b") is None
    assert "<script>alert(1)</script>" in page.h1.text


def test_page_loads_nothing_and_says_what_is_empty(anna):
    page = page_of(anna)

    assert page.find_all(["link", "img", "script"]) == []
    assert page.find(id="notes").find_next("p").text == "Nothing is kept."
    assert len(page.find_all("h2")) == len(SECTIONS)


def test_many_page_views_need_little_memory(anna, tmp_path):
    visitor, address = VisitorFactory(contact=anna), AddressFactory()
    seen = {"visitor": visitor, "contact": anna, "address": address, "entered_at": timezone.now()}
    rows = [PageView(**seen, source=Source.BEACON, beacon_id=uuid.uuid4()) for _number in range(20_000)]
    PageView.objects.bulk_create(rows, batch_size=1000)
    del rows

    with open(tmp_path / "anna.json", "w") as file:
        tracemalloc.start()
        export_contact(anna, file, now=timezone.now())
        _now, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()

    assert len(json.loads((tmp_path / "anna.json").read_text())["page_views"]) == 20_000
    assert peak < 20_000_000


class TestInTheAdmin:
    @pytest.fixture
    def keeper(self):
        return browser_of(user_who_may("view_contact", "change_contact"))

    @pytest.mark.parametrize(("kind", "content_type"), [("json", "application/json"), ("html", "text/html")])
    def test_button_downloads_the_file_and_the_history_says_so(self, keeper, anna, kind, content_type):
        response = keeper.post(reverse(f"{CONTACTS}:personal_data", args=[anna.pk]), {"download": kind})

        content = b"".join(response.streaming_content).decode()
        assert response["Content-Type"] == content_type
        assert response["Content-Disposition"] == f'attachment; filename="contact-{anna.pk}.{kind}"'
        assert "no-store" in response["Cache-Control"]
        assert anna.email in content
        assert ModelLogEntry.objects.get().message == "All that is kept downloaded"

    def test_who_may_only_view_downloads_nothing(self, anna):
        reader = browser_of(user_who_may("view_contact"))

        response = reader.post(reverse(f"{CONTACTS}:personal_data", args=[anna.pk]), {"download": "json"})

        assert response.status_code == 302


class TestCommand:
    def test_it_writes_json(self, anna, capsys):
        call_command("visit_alerts_export_contact", "ANNA.nowak@example.org")

        assert json.loads(capsys.readouterr().out)["contact"][0]["name"] == "Anna Nowak"

    def test_it_writes_a_page_into_a_file_that_nobody_else_may_read(self, anna, tmp_path):
        path = tmp_path / "anna.html"

        call_command(
            "visit_alerts_export_contact", anna.email, "--html", "--language", "pl", "--output", str(path)
        )

        assert path.read_text().lstrip().startswith("<!doctype html>")
        assert path.stat().st_mode & 0o777 == 0o600

    def test_unknown_address_is_said(self):
        with pytest.raises(CommandError, match="No contact has this e-mail address"):
            call_command("visit_alerts_export_contact", "nobody@example.org")


@override_settings(
    WAGTAIL_VISIT_ALERTS={
        "CONSENT": "not_required",
        "CONTACT_FIELDS": [
            {"name": "is_partner", "label": "Partner of ours", "type": "yes_no"},
            {"name": "since", "label": "Customer since", "type": "date"},
        ],
    }
)
def test_people_read_fields_by_their_labels_and_programs_by_their_names():
    extra = {"is_partner": True, "since": "2026-01-31", "shoe_size": 43}
    contact = ContactFactory(extra=extra, fields_given_by_form=["phone", "is_partner"])

    page = page_of(contact).get_text()

    assert "shoe_size: 43; Partner of ours: yes; Customer since: Jan. 31, 2026" in page
    assert "phone, Partner of ours" in page
    assert exported(contact)["contact"][0]["extra"] == extra
