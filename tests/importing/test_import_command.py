"""``manage.py visit_alerts_import``: what files it reads, what it makes of them, and what it refuses."""

import csv
import io
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from wagtail.log_actions import registry
from wagtail.models import ModelLogEntry
from wagtail.search.backends import get_search_backend

from wagtail_visit_alerts import importing
from wagtail_visit_alerts.delivering.sandboxed.printing import without_formula
from wagtail_visit_alerts.models import Contact
from wagtail_visit_alerts.privacy.erasing import begin_erasure

from ..factories import ContactFactory, UserFactory
from ..query_counting import counted_queries

pytestmark = [pytest.mark.django_db, pytest.mark.any_wagtail]

FIELDS = [
    {"name": "budget", "label": "Yearly budget", "type": "number"},
    {"name": "partner", "label": "Partner", "type": "yes_no"},
]


class Run:
    """One run of the command."""

    def __init__(self, *arguments, **options):
        stdout, stderr = io.StringIO(), io.StringIO()
        self.exit_code = 0
        try:
            call_command(
                "visit_alerts_import",
                *map(str, arguments),
                stdout=stdout,
                stderr=stderr,
                no_color=True,
                **options,
            )
        except CommandError as error:
            self.exit_code = error.returncode
            stderr.write(str(error))
        self.output, self.report = stdout.getvalue(), stderr.getvalue()

    @property
    def counts(self):
        """New, changed, unchanged and refused."""
        return [
            int(digits)
            for digits in "".join(c if c.isdigit() else " " for c in self.output.splitlines()[-1]).split()
        ]


@pytest.fixture
def load(tmp_path: Path):
    """Imports a text, or bytes, as a file."""

    def load(content, *arguments):
        path = tmp_path / "contacts.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return Run(path, *arguments)

    return load


def only():
    return Contact.objects.get()


def test_new_contact_has_what_its_line_says(load):
    owner = UserFactory(username="marta")

    run = load(
        "email,name,phone,company,position,city,country,language,tags,owner\n"
        'anna@example.org,Anna Nowak,+48 600 100 200,Acme,Buyer,Gdynia,Poland,pl,"vip, pallets",marta\n'
    )

    contact = only()
    assert (contact.email, contact.name, contact.phone, contact.company) == (
        "anna@example.org",
        "Anna Nowak",
        "+48 600 100 200",
        "Acme",
    )
    assert (contact.position, contact.city, contact.country, contact.language) == (
        "Buyer",
        "Gdynia",
        "Poland",
        "pl",
    )
    assert sorted(contact.tags.names()) == ["pallets", "vip"]
    assert contact.owner == owner
    assert contact.link_key
    assert (run.counts, run.exit_code) == ([1, 0, 0, 0], 0)


def test_contact_is_found_by_address_whatever_its_spelling(load):
    ContactFactory(email="Anna@Example.org", name="Anna")

    run = load("email,name\n anna@example.ORG ,Anna Nowak\n")

    assert (only().name, only().email) == ("Anna Nowak", "Anna@Example.org")
    assert run.counts == [0, 1, 0, 0]


def test_importing_twice_changes_nothing_the_second_time(load):
    UserFactory(username="marta")
    text = "email,name,tags,owner\nanna@example.org,Anna,vip,marta\njan@example.org,Jan,,\n"
    load(text, "--tag", "fair")
    before = list(Contact.objects.order_by("pk").values())

    run = load(text, "--tag", "fair")

    assert run.counts == [0, 0, 2, 0]
    assert list(Contact.objects.order_by("pk").values()) == before
    assert sorted(Contact.objects.get(name="Anna").tags.names()) == ["fair", "vip"]


def test_empty_cell_leaves_what_is_there(load):
    contact = ContactFactory(email="anna@example.org", name="Anna", company="Acme")
    owner = contact.owner

    load("email,name,company,owner\nanna@example.org,,Acme Ltd,\n")

    contact.refresh_from_db()
    assert (contact.name, contact.company, contact.owner) == ("Anna", "Acme Ltd", owner)


def test_keep_fills_only_what_is_lacking(load):
    contact = ContactFactory(
        email="anna@example.org", name="Anna", company="", owner=UserFactory(username="marta")
    )
    UserFactory(username="tomasz")

    load("email,name,company,owner\nanna@example.org,Anna Nowak,Acme,tomasz\n", "--keep")

    contact.refresh_from_db()
    assert (contact.name, contact.company, contact.owner.username) == ("Anna", "Acme", "marta")


def test_what_a_file_says_is_not_said_by_a_form_any_more(load):
    contact = ContactFactory(email="anna@example.org", company="Acm", fields_given_by_form=["company", "name"])

    load("email,company\nanna@example.org,Acme\n")

    contact.refresh_from_db()
    assert contact.fields_given_by_form == ["name"]


@pytest.mark.parametrize(
    "heading", ["E-mail,Imię i nazwisko,Firma", "ADRES E-MAIL;Full name;organisation", "e_mail\tNAME\tcompany"]
)
def test_headings_may_be_english_or_polish_in_any_spelling(load, heading):
    delimiter = next(sign for sign in ",;\t" if sign in heading)

    load(f"{heading}\n{delimiter.join(['anna@example.org', 'Anna', 'Acme'])}\n")

    assert (only().name, only().company) == ("Anna", "Acme")


def test_halves_of_a_name_are_put_together(load):
    load("email,imię,nazwisko\nanna@example.org,Anna,Nowak\n")

    assert only().name == "Anna Nowak"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1250", "iso-8859-2", "utf-16"])
def test_polish_letters_are_read_in_every_encoding_that_programs_write(load, encoding):
    run = load("email;name\nanna@example.org;Łucja Święcka-Żółć\n".encode(encoding))

    assert only().name == "Łucja Święcka-Żółć"
    assert f"Read as {encoding.removesuffix('-sig')}" in run.output


def test_encoding_and_delimiter_may_be_said(load):
    load("email:name\nanna@example.org:Zoë\n".encode("cp1252"), "--encoding", "cp1252", "--delimiter", ":")

    assert only().name == "Zoë"


def test_excels_first_line_names_the_delimiter(load):
    run = load("sep=|\r\nemail|name\r\nno address|x\r\n")

    assert "Line 3, email:" in run.report


def test_cells_may_have_several_lines_and_errors_name_the_first_of_them(load):
    run = load('email,company\nanna@example.org,"Acme\nLtd"\n\nnobody,x\n')

    assert only().company == "Acme Ltd"
    assert "Line 5, email: “nobody” is no e-mail address: correct it." in run.report


def test_formulas_that_our_exports_made_harmless_are_read_as_they_were(load):
    name = "=HYPERLINK(1)"
    file = io.StringIO()
    csv.writer(file).writerows([["email", "name"], ["anna@example.org", without_formula(name)]])

    load(file.getvalue())

    assert only().name == name


def test_columns_that_are_not_known_are_named_and_left_out(load):
    run = load("email,shoe size,name\nanna@example.org,39,Anna\n")

    assert "Columns that are not imported: shoe size" in run.report
    assert (only().name, only().extra, run.exit_code) == ("Anna", {}, 0)


def test_declared_fields_are_columns_by_name_and_by_label(load, settings):
    settings.WAGTAIL_VISIT_ALERTS = {"CONTACT_FIELDS": FIELDS}
    contact = ContactFactory(email="anna@example.org", extra={"budget": 5, "old": "kept"})

    run = load("email,yearly budget,PARTNER\nanna@example.org,1500.5,yes\njan@example.org,much,maybe\n")

    contact.refresh_from_db()
    assert contact.extra == {"budget": 1500.5, "partner": True, "old": "kept"}
    assert "Line 3, yearly budget: “much” is no number." in run.report
    assert "Line 3, PARTNER: “maybe” is neither yes nor no." in run.report
    assert run.counts == [0, 1, 0, 1]


def test_tags_are_added_and_never_doubled_by_their_case(load):
    contact = ContactFactory(email="anna@example.org")
    contact.tags.add("VIP", "ports")
    contact.save()

    load("email,tags\nanna@example.org,vip; Fair\njan@example.org,VIP;FAIR\n")

    assert sorted(Contact.objects.get(pk=contact.pk).tags.names()) == ["Fair", "VIP", "ports"]
    assert sorted(Contact.objects.get(email="jan@example.org").tags.names()) == ["Fair", "VIP"]


def test_owner_is_named_by_user_name_or_address(load):
    marta, jan = UserFactory(username="marta", email="m.kowalska@example.com"), UserFactory(username="jan")

    load("email,owner\na@example.org,marta\nb@example.org,M.Kowalska@example.com\nc@example.org,jan\n")

    assert list(Contact.objects.order_by("email").values_list("owner", flat=True)) == [
        marta.pk,
        marta.pk,
        jan.pk,
    ]


def test_owner_that_can_not_be_is_an_error(load):
    UserFactory(username="gone", is_active=False)
    UserFactory.create_batch(2, email="sales@example.com")

    run = load("email,owner\na@example.org,nobody\nb@example.org,gone\nc@example.org,sales@example.com\n")

    assert "Line 2, owner: There is no user “nobody”" in run.report
    assert "Line 3, owner: The account of “gone” is switched off" in run.report
    assert "Line 4, owner: Several users have the address “sales@example.com”" in run.report
    assert not Contact.objects.exists()


def test_default_owner_gets_new_contacts_that_have_none(load):
    marta, jan = UserFactory(username="marta"), UserFactory(username="jan")
    ContactFactory(email="old@example.org", owner=None)

    load(
        "email,owner,name\nold@example.org,,Old\nnew@example.org,,\nhers@example.org,jan,\n",
        "--default-owner",
        "marta",
    )

    owners = dict(Contact.objects.values_list("email", "owner"))
    assert owners == {"old@example.org": None, "new@example.org": marta.pk, "hers@example.org": jan.pk}


def test_second_line_with_an_address_is_an_error(load):
    run = load("email,name\nanna@example.org,Anna\nANNA@example.org,Other\n")

    assert only().name == "Anna"
    assert "Line 3, email: Line 2 has the same address already" in run.report
    assert run.exit_code == 1


def test_lines_with_errors_are_left_out_whole_and_the_others_imported(load):
    run = load(
        "email,name,language,tags\n"
        f"long@example.org,{'x' * 256},{'y' * 17},{'z' * 101}\n"
        ",Nameless,,\n"
        "more@example.org,a,b,c,d\n"
        "good@example.org,Good,,\n"
    )

    assert only().email == "good@example.org"
    assert "Line 2, name: The value is longer than 255 characters: shorten it." in run.report
    assert "Line 2, language: The value is longer than 16 characters" in run.report
    assert "Line 2, tags: The tag" in run.report
    assert "Line 3, email: The e-mail address is missing." in run.report
    assert "Line 4: The line has more cells" in run.report
    assert (run.counts, run.exit_code) == ([1, 0, 0, 3], 1)


def test_contact_who_is_being_erased_is_not_filled_again(load):
    contact = ContactFactory()
    begin_erasure(contact, now=timezone.now())
    contact.refresh_from_db()

    run = load(f"email,name\n{contact.email},Anna\n")

    assert only().name == ""
    assert run.counts == [0, 0, 0, 1]


def test_dry_run_writes_nothing_and_counts_the_same(load):
    ContactFactory(email="anna@example.org", name="Anna")
    text = "email,name\nanna@example.org,Anna Nowak\njan@example.org,Jan\nbad,\n"

    dry = load(text, "--dry-run")

    assert only().name == "Anna"
    assert (dry.counts, dry.exit_code) == ([1, 1, 0, 1], 1)
    assert load(text).counts == dry.counts


def test_standard_input_is_read(monkeypatch):
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b"email\nanna@example.org\n")))

    Run("-")

    assert only().email == "anna@example.org"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no column “email”"),
        (b"name,phone\nAnna,1\n", "no column “email”"),
        (b"email,name\n", "no contacts below its first line"),
        (b"email,mail\na@example.org,b@example.org\n", "These columns stand for the same: email, mail"),
        (b'email,name\na@example.org,"never closed\n', "Line 2 is no CSV"),
        (b"PK\x03\x04 a workbook", "This is an Excel workbook"),
        (b"email\n\x81\x83@example.org\n", "can't be read as cp1250 text"),
        (b"email\na\x00@example.org\n", "can't be read as utf-8 text"),
        (b"x" * (importing.MAX_BYTES + 1), "larger than 10 MB"),
        (b"email\n" + b"a@b.pl\n" * (importing.MAX_LINES + 1), "more than 50000 contacts"),
    ],
    ids=["empty", "no address", "no lines", "twice", "quote", "workbook", "encoding", "NUL", "bytes", "lines"],
)
def test_file_that_is_no_table_of_contacts_is_refused_whole(load, content, reason):
    run = load(content)

    assert reason in run.report
    assert run.exit_code == 1
    assert not Contact.objects.exists()


def test_file_that_is_not_there_is_named():
    run = Run("no such file.csv")

    assert run.report == "no such file.csv can't be read: No such file or directory."


def test_each_new_and_changed_contact_has_it_in_its_history(load):
    old, same = ContactFactory(email="old@example.org"), ContactFactory(email="same@example.org", name="Same")

    load("email,name\nold@example.org,Old\nsame@example.org,Same\nnew@example.org,New\n")

    messages = {
        contact.email: [entry.message for entry in registry.get_logs_for_instance(contact)]
        for contact in Contact.objects.all()
    }
    assert messages == {
        old.email: ["Changed by an import"],
        same.email: [],
        "new@example.org": ["Made by an import"],
    }


def test_history_names_no_contact_and_shows_the_entry_of_each(load):
    load("email,name\nanna@example.org,Anna\njan@example.org,Jan\n")

    entries = ModelLogEntry.objects.filter(action="visit_alerts.import")
    assert {entry.label for entry in entries} == {f"#{contact.pk}" for contact in Contact.objects.all()}
    # Wagtail's history shows the latest of those with a common id.
    assert entries.latest_by_uuid_and_action().count() == 2


@pytest.mark.django_db(
    transaction=True, serialized_rollback=True
)  # MariaDB's search finds only what is committed
def test_search_finds_what_was_imported(load):
    load("email,name\nanna@example.org,Przemysława\n")

    assert [contact.name for contact in get_search_backend().search("Przemysława", Contact)] == ["Przemysława"]


@pytest.mark.parametrize("count", [10, 500])
def test_batch_costs_the_same_however_many_contacts_it_has(load, count):
    half = count // 2
    for number in range(half):
        ContactFactory(email=f"c{number}@example.org", owner=None)
    lines = "".join(f"c{number}@example.org,Name {number},vip\n" for number in range(count))

    with counted_queries() as queries:
        load(f"email,name,tags\n{lines}")

    assert Contact.objects.filter(name__startswith="Name").count() == count
    # Writing is cut into pieces by what a database takes at once.
    assert len(queries) <= 25
