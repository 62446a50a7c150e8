import csv
import io
from datetime import date

import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.core import signing
from django.core.management import CommandError, call_command

from wagtail_visit_alerts import api, identifying
from wagtail_visit_alerts.models import Contact, Method

from .factories import ContactFactory, UserFactory
from .query_counting import counted_queries

pytestmark = [pytest.mark.django_db, pytest.mark.any_wagtail]


class TestSaveContact:
    def test_new_address_creates_a_contact(self):
        owner = UserFactory()

        contact = api.save_contact("anna.nowak@example.org", owner=owner, name="Anna Nowak", tags=["vip"])

        contact = Contact.objects.get(pk=contact.pk)
        assert (contact.owner, contact.name, [str(tag) for tag in contact.tags.all()]) == (
            owner,
            "Anna Nowak",
            ["vip"],
        )

    def test_known_address_in_another_spelling_updates_the_contact(self):
        contact = ContactFactory(email="anna.nowak@example.org", name="Anna", extra={"a": 1})

        api.save_contact("Anna.Nowak@EXAMPLE.org ", name="Anna Nowak", extra={"b": 2})

        contact.refresh_from_db()
        assert (contact.name, contact.extra) == ("Anna Nowak", {"a": 1, "b": 2})
        assert Contact.objects.count() == 1

    def test_what_the_site_says_is_no_longer_marked_as_given_by_a_form(self):
        contact = ContactFactory(fields_given_by_form=["company", "name"])

        api.save_contact(contact.email, name="Anna Nowak")

        contact.refresh_from_db()
        assert contact.fields_given_by_form == ["company"]

    def test_unknown_field_is_named(self):
        with pytest.raises(api.UnknownContactField, match="'shoe_size'"):
            api.save_contact("anna.nowak@example.org", shoe_size=38)


class TestForm:
    def test_form_fills_only_what_the_contact_lacks(self):
        ContactFactory(email="anna.nowak@example.org", name="Anna Nowak")

        contact = identifying.contact_of_form(
            "anna.nowak@example.org", fields={"name": "Somebody Else", "company": "Nowak"}
        )

        assert (contact.name, contact.company) == ("Anna Nowak", "Nowak")
        assert contact.fields_given_by_form == ["company"]

    @pytest.mark.database
    def test_character_that_postgresql_does_not_keep_is_left_out(self, settings):
        settings.WAGTAIL_VISIT_ALERTS = {"CONTACT_FIELDS": [{"name": "hobby"}]}

        contact = identifying.contact_of_form("anna@example.org", fields={"name": "An\0na", "hobby": "\0chess"})

        contact.refresh_from_db()
        assert (contact.name, contact.extra) == ("Anna", {"hobby": "chess"})

    def test_value_too_long_for_its_field_is_cut(self):
        contact = identifying.contact_of_form("anna.nowak@example.org", fields={"phone": "1" * 500})

        assert len(contact.phone) == 64


class TestSignedLink:
    def test_neither_id_nor_address_can_be_read_in_it(self):
        contact = ContactFactory(email="anna.nowak@example.org")

        link = api.signed_link(contact, "/pricing/")

        assert link.startswith("/pricing/?va=")
        assert "anna" not in link.lower()
        assert identifying.contact_of_token(link.partition("va=")[2]) == contact

    def test_query_and_fragment_of_the_url_stay_and_an_older_token_goes(self):
        contact = ContactFactory()

        link = api.signed_link(contact, "https://example.org/a?utm_source=x&va=old#part")

        assert link.startswith("https://example.org/a?utm_source=x&va=")
        assert link.endswith("#part")
        assert "old" not in link

    def test_expired_token_is_ignored(self, settings):
        settings.WAGTAIL_VISIT_ALERTS = {"LINK_MAX_AGE_DAYS": 30}
        with time_machine.travel("2026-10-01T00:00:00Z"):
            token = identifying.link_token(ContactFactory())

        with time_machine.travel("2026-10-30T00:00:00Z"):
            assert identifying.contact_of_token(token)
        with time_machine.travel("2026-11-01T00:00:00Z"):
            assert identifying.contact_of_token(token) is None

    @pytest.mark.parametrize("token", ["", "x", "a.b.c", "é", "." * 100])
    def test_forged_token_is_ignored(self, token):
        assert identifying.contact_of_token(token) is None

    def test_token_signed_for_another_purpose_is_ignored(self):
        token = signing.TimestampSigner(sep=".", salt="other").sign(ContactFactory().link_key)

        assert identifying.contact_of_token(token) is None

    def test_token_survives_a_rotation_of_the_secret_key(self, settings):
        token = identifying.link_token(ContactFactory())

        settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
        settings.SECRET_KEY = "another"

        assert identifying.contact_of_token(token)

    def test_command_prints_a_link(self, capsys):
        contact = ContactFactory(email="anna.nowak@example.org")

        call_command("visit_alerts_link", "Anna.Nowak@example.org", "/pricing/")

        token = capsys.readouterr().out.strip().partition("va=")[2]
        assert identifying.contact_of_token(token) == contact

    def test_command_says_who_is_not_there(self):
        with pytest.raises(CommandError, match=r"nobody@example\.org"):
            call_command("visit_alerts_link", "nobody@example.org", "/pricing/")


class TestTokensForAMailingTool:
    def written(self, capsys, *args):
        """The rows of the file, and what the command says beside it."""
        call_command("visit_alerts_links", *args)
        captured = capsys.readouterr()
        return list(csv.DictReader(io.StringIO(captured.out, newline=""))), captured.err

    def test_each_contact_has_a_token(self, capsys):
        contacts = {ContactFactory(), ContactFactory()}

        rows, said = self.written(capsys)

        assert {identifying.contact_of_token(row["token"]) for row in rows} == contacts
        assert {(row["email"], row["name"]) for row in rows} == {(one.email, one.name) for one in contacts}
        assert "Contacts: 2. Their tokens hold for 90 days." in said

    def test_whole_link_is_written_where_it_is_asked_for(self, capsys):
        contact = ContactFactory()

        [row], _said = self.written(capsys, "--url", "https://example.org/pricing/?utm_source=news")

        assert row["link"] == f"https://example.org/pricing/?utm_source=news&va={row['token']}"
        assert identifying.contact_of_token(row["token"]) == contact

    def test_tag_and_owner_choose(self, capsys):
        marta = UserFactory(username="marta")
        wanted = ContactFactory(owner=marta)
        wanted.tags.add("customer")
        wanted.save()
        other = ContactFactory()
        other.tags.add("customer")
        other.save()
        ContactFactory(owner=marta)

        rows, _said = self.written(capsys, "--tag", "customer", "--owner", "marta")

        assert [row["email"] for row in rows] == [wanted.email]

    @pytest.mark.parametrize(("option", "value"), [("--tag", "custmer"), ("--owner", "martha")])
    def test_what_there_is_not_is_said(self, option, value):
        with pytest.raises(CommandError, match=value):
            call_command("visit_alerts_links", option, value)

    def test_cell_that_a_spreadsheet_would_calculate_is_text(self, capsys):
        ContactFactory(name="=HYPERLINK(1)", email="+anna@example.org")

        [row], _said = self.written(capsys)

        assert (row["name"], row["email"]) == ("'=HYPERLINK(1)", "'+anna@example.org")

    def test_token_never_begins_like_a_formula(self):
        assert all(identifying.link_token(Contact())[0].isalnum() for _number in range(200))

    def test_file_is_for_its_owner_only(self, tmp_path):
        contact = ContactFactory(name="Żaneta")
        path = tmp_path / "tokens.csv"

        call_command("visit_alerts_links", "--output", str(path), stderr=io.StringIO())

        with path.open(encoding="utf-8", newline="") as file:
            [row] = csv.DictReader(file)
        assert (row["email"], row["name"]) == (contact.email, "Żaneta")
        assert path.stat().st_mode & 0o077 == 0

    def test_file_that_can_not_be_written_is_named(self, tmp_path):
        with pytest.raises(CommandError, match="nowhere"):
            call_command("visit_alerts_links", "--output", str(tmp_path / "nowhere" / "tokens.csv"))

    def test_however_many_contacts_cost_one_query(self, capsys):
        ContactFactory.create_batch(30)

        with counted_queries() as queries:
            self.written(capsys)

        assert len(queries) == 1


class TestStaffAddresses:
    @pytest.mark.parametrize(
        ("domain", "address", "expected"),
        [
            ("example.com", "jan@Example.COM", True),
            ("@Example.com", "jan@example.com", True),
            ("example.com", "jan@mail.example.com", False),
            ("example.com", "jan@notexample.com", False),
            ("żółw.example", "jan@ŻÓŁW.example", True),
        ],
    )
    def test_domain_is_compared_whole_and_in_any_spelling(self, settings, domain, address, expected):
        settings.WAGTAIL_VISIT_ALERTS = {"STAFF_EMAIL_DOMAINS": [domain]}

        assert identifying.is_colleague(ContactFactory(email=address)) is expected

    def test_user_with_such_an_address_is_staff(self, settings):
        settings.WAGTAIL_VISIT_ALERTS = {"STAFF_EMAIL_DOMAINS": ["example.com"]}

        assert identifying.login_of(UserFactory(email="jan@example.com")).is_staff
        assert not identifying.login_of(UserFactory(email="anna@example.org")).is_staff

    def test_user_whose_contact_has_one_is_staff(self, settings):
        settings.WAGTAIL_VISIT_ALERTS = {"STAFF_EMAIL_DOMAINS": ["example.com"]}
        contact = ContactFactory(email="jan@example.com", user=UserFactory(email="jan@example.org"))

        assert identifying.login_of(contact.user).is_staff

    def test_site_that_records_staff_records_them_too(self, settings):
        settings.WAGTAIL_VISIT_ALERTS = {"STAFF_EMAIL_DOMAINS": ["example.com"], "RECORD_STAFF": True}

        assert not identifying.is_colleague(ContactFactory(email="jan@example.com"))


class TestLogin:
    def test_linked_contact_counts_as_login(self):
        contact = ContactFactory(user=UserFactory())

        login = identifying.login_of(contact.user)

        assert (login.contact_id, login.method, login.is_staff) == (contact.pk, Method.LOGIN, False)

    def test_contact_found_by_address_counts_as_form(self):
        contact = ContactFactory(email="anna.nowak@example.org")

        login = identifying.login_of(UserFactory(email="Anna.Nowak@example.org"))

        assert (login.contact_id, login.method) == (contact.pk, Method.FORM)

    def test_contact_found_by_verified_address_counts_as_login(self, settings):
        settings.WAGTAIL_VISIT_ALERTS = {"USER_EMAILS_ARE_VERIFIED": True}
        ContactFactory(email="anna.nowak@example.org")

        assert identifying.login_of(UserFactory(email="anna.nowak@example.org")).method == Method.LOGIN

    def test_contact_linked_to_another_user_is_not_found_by_address(self):
        ContactFactory(email="anna.nowak@example.org", user=UserFactory())

        assert identifying.login_of(UserFactory(email="anna.nowak@example.org")).contact_id is None

    def test_whoever_owns_contacts_is_staff(self):
        assert identifying.login_of(ContactFactory().owner).is_staff

    def test_whoever_may_enter_the_admin_is_staff(self):
        user = UserFactory()
        user.user_permissions.add(Permission.objects.get(codename="access_admin"))

        assert identifying.login_of(user).is_staff

    def test_permission_by_the_sites_own_backend_counts(self, settings):
        settings.AUTHENTICATION_BACKENDS = [
            "django.contrib.auth.backends.ModelBackend",
            "tests.test_identifying.EverybodyMayEnter",
        ]

        assert identifying.login_of(UserFactory()).is_staff


class EverybodyMayEnter:
    """An authentication backend as a site may have one."""

    def authenticate(self, request, **credentials):
        return None

    def has_perm(self, user_obj, perm, obj=None):
        return perm == identifying.ENTER_ADMIN


FIELDS = [
    {"name": "employees", "label": "Employees", "type": "number"},
    {"name": "since", "label": "Customer since", "type": "date"},
]


class TestDeclaredFields:
    @pytest.fixture(autouse=True)
    def declared(self, settings):
        settings.WAGTAIL_VISIT_ALERTS = {"CONTACT_FIELDS": FIELDS}

    def test_code_of_the_site_gives_them_by_their_types_or_as_text(self):
        contact = api.save_contact(
            "anna@example.org", extra={"employees": "1 200", "since": date(2026, 1, 31), "other": [1]}
        )

        assert contact.extra == {"employees": 1200, "since": "2026-01-31", "other": [1]}

    def test_what_can_not_be_read_is_kept_as_it_is(self):
        assert api.save_contact("anna@example.org", extra={"employees": "many"}).extra == {"employees": "many"}

    def test_form_fills_only_those_that_the_contact_lacks_and_that_it_can_fill(self):
        ContactFactory(email="anna@example.org", extra={"employees": 7})

        contact = identifying.contact_of_form(
            "anna@example.org", fields={"employees": "8", "since": "2026-01-31"}
        )
        identifying.contact_of_form("ben@example.org", fields={"employees": "many"})

        assert contact.extra == {"employees": 7, "since": "2026-01-31"}
        assert contact.fields_given_by_form == ["since"]
        assert Contact.objects.get(email="ben@example.org").extra == {}

    def test_what_the_site_says_is_not_as_given_in_a_form_any_more(self):
        identifying.contact_of_form("anna@example.org", fields={"employees": "8"})

        assert api.save_contact("anna@example.org", extra={"employees": 9}).fields_given_by_form == []
