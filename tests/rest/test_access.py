"""Who is let in, and to what: the site's own settings, the admin's permissions, and never anybody unknown."""

import base64
import os
import subprocess
import sys

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from rest_framework.authtoken.models import Token

from wagtail_visit_alerts.models import Contact

from ..admin.walking import user_who_may
from ..factories import ContactFactory, UserFactory
from ..test_contracts import ROOT
from .conftest import EVERYTHING, Program, errors_in

pytestmark = [pytest.mark.django_db, pytest.mark.any_wagtail]

EVERY_REQUEST = [
    ("GET", "contacts"),
    ("PUT", "contacts"),
    ("POST", "contacts_search"),
    ("GET", "contact"),
    ("PATCH", "contact"),
    ("DELETE", "contact"),
    ("GET", "contact_data"),
    ("POST", "stop_recording"),
    ("POST", "resume_recording"),
    ("GET", "notifications"),
]
#: Those of one contact.
OF_A_CONTACT = [request for request in EVERY_REQUEST if "contacts" not in request[1]][:-1]
BY_TOKEN = {"DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.TokenAuthentication"]}
BY_PASSWORD = {"DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.BasicAuthentication"]}


def ask(program, method, name, contact, data=None):
    is_of_contact = (method, name) in OF_A_CONTACT
    return program.ask(method, name, data, pk=contact.pk if is_of_contact else None)


class TestAuthentication:
    @pytest.mark.parametrize(("method", "name"), EVERY_REQUEST)
    @pytest.mark.parametrize(
        "permission", ["AllowAny", "DjangoModelPermissionsOrAnonReadOnly", "IsAuthenticatedOrReadOnly"]
    )
    def test_nobody_unknown_is_let_in_whatever_the_site_permits_by_default(
        self, anna, settings, permission, method, name
    ):
        settings.REST_FRAMEWORK = {"DEFAULT_PERMISSION_CLASSES": [f"rest_framework.permissions.{permission}"]}

        response = ask(Program(), method, name, anna, {"email": anna.email, "name": "Changed"})

        assert response.status_code == 403
        assert b"Anna" not in response.content
        assert response.json()["message"].startswith("Say who you are")
        assert Contact.objects.get().name == "Anna Nowak"

    def test_token_lets_its_user_in(self, anna, settings):
        settings.REST_FRAMEWORK = BY_TOKEN
        token = Token.objects.create(user=user_who_may("view_contact"))

        right = Program(Authorization=f"Token {token}").get("contact", pk=anna.pk)
        wrong = Program(Authorization="Token 0123").get("contact", pk=anna.pk)
        without = Program().get("contact", pk=anna.pk)

        assert (right.status_code, right.json()["name"]) == (200, "Anna Nowak")
        assert (wrong.status_code, wrong["WWW-Authenticate"]) == (401, "Token")
        assert (without.status_code, without["WWW-Authenticate"]) == (401, "Token")

    def test_session_of_a_browser_needs_its_csrf_token(self, anna):
        browser = Client(enforce_csrf_checks=True)
        browser.force_login(user_who_may(*EVERYTHING))
        url = reverse("visit_alerts_api:contact", args=[anna.pk])

        read = browser.get(url)
        written = browser.patch(url, {"name": "Forged"}, content_type="application/json")

        assert read.status_code == 200
        assert written.status_code == 403
        assert "X-CSRFToken" in written.json()["message"]
        assert Contact.objects.get().name == "Anna Nowak"

    def test_account_that_is_switched_off_is_not_let_in(self, anna, settings):
        settings.REST_FRAMEWORK = BY_TOKEN
        user = user_who_may("view_contact")
        token = Token.objects.create(user=user)
        user.is_active = False
        user.save()

        assert Program(Authorization=f"Token {token}").get("contacts").status_code == 401

    @pytest.mark.parametrize("name", ["a\0b", "x" * 9000, "\ud800", "", ":"], ids=ascii)
    def test_name_that_no_user_can_have_is_nobodys(self, settings, name):
        settings.REST_FRAMEWORK = BY_PASSWORD
        header = base64.b64encode(f"{name}:secret".encode("utf-8", "surrogatepass")).decode()

        assert Program(Authorization=f"Basic {header}").get("contacts").status_code == 401

    def test_default_permissions_of_the_site_are_asked_besides(self, anna, settings):
        settings.REST_FRAMEWORK = {
            "DEFAULT_PERMISSION_CLASSES": ["tests.rest.framework_classes.OnlyFromTheOffice"]
        }
        user = user_who_may("view_contact")

        assert Program(user).get("contacts").status_code == 403
        assert Program(user, **{"X-Office": "yes"}).get("contacts").status_code == 200

    def test_requests_are_throttled_as_the_site_sets(self, settings):
        cache.clear()
        settings.REST_FRAMEWORK = {"DEFAULT_THROTTLE_CLASSES": ["tests.rest.framework_classes.TwoInADay"]}
        program = Program(user_who_may("view_contact"))

        answers = [program.get("contacts") for _time in range(3)]

        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert answers[-1].json()["message"].startswith("Too many requests: try again in 86")
        assert int(answers[-1]["Retry-After"]) > 86_000


class TestPermissions:
    @pytest.mark.parametrize(("method", "name"), EVERY_REQUEST)
    def test_user_without_permission_is_told_the_same_of_everybody(self, anna, method, name):
        program = Program(UserFactory())
        data = {"email": anna.email}

        there = ask(program, method, name, anna, data)
        nowhere = ask(program, method, name, Contact(pk=999_999), {"email": "nobody@example.org"})

        assert there.status_code == nowhere.status_code == 403
        assert there.content == nowhere.content

    @pytest.mark.parametrize(("method", "name"), OF_A_CONTACT)
    def test_contact_of_somebody_else_is_as_one_that_is_not_there(self, salesperson, anna, method, name):
        theirs = ask(salesperson, method, name, anna, {"name": "Changed"})
        nobodys = ask(salesperson, method, name, Contact(pk=999_999), {"name": "Changed"})

        assert theirs.status_code == nobodys.status_code == 404
        assert theirs.content == nobodys.content
        assert Contact.objects.get().name == "Anna Nowak"

    def test_salesperson_sees_and_changes_their_own(self, salesperson, anna):
        own = ContactFactory(owner=salesperson.user)

        listed = salesperson.get("contacts").json()["results"]

        assert [contact["id"] for contact in listed] == [own.pk]
        assert salesperson.get("contacts", email=anna.email).json()["results"] == []
        assert salesperson.patch(own, city="Gdynia").status_code == 200
        assert salesperson.put({"email": own.email, "city": "Gdańsk"}).status_code == 200
        assert salesperson.delete(own).status_code == 204

    def test_new_contact_of_a_salesperson_is_theirs(self, salesperson):
        assert salesperson.put({"email": "jan@example.org"}).json()["owner"] == "marta"

    def test_address_of_somebody_elses_contact_changes_nothing_and_tells_nothing(self, salesperson, anna):
        response = salesperson.put({"email": anna.email, "name": "Taken over"})

        assert response.status_code == 409
        assert errors_in(response) == {"email": "Another contact has this e-mail address already."}
        assert b"Anna" not in response.content
        assert Contact.objects.get().name == "Anna Nowak"

    @pytest.mark.parametrize(
        ("has", "lacks"),
        [
            ("add_contact", [("PATCH", "contact"), ("DELETE", "contact"), ("GET", "contact_data")]),
            ("change_contact", [("DELETE", "contact")]),
            ("delete_contact", [("PATCH", "contact"), ("POST", "stop_recording"), ("PUT", "contacts")]),
        ],
    )
    def test_each_permission_is_for_what_it_is_for_in_the_admin(self, anna, has, lacks):
        program = Program(user_who_may("view_contact", has))

        answers = [ask(program, method, name, anna, {"email": anna.email}) for method, name in lacks]

        assert [answer.status_code for answer in answers] == [403] * len(lacks)
        assert answers[0].json()["message"].startswith("You may not do this")

    def test_contact_is_made_by_those_who_may_add_and_changed_by_those_who_may_change(self, anna):
        adds = Program(user_who_may("add_contact", "view_contact"))
        changes = Program(user_who_may("change_contact", "view_contact"))
        new, old = {"email": "jan@example.org"}, {"email": anna.email, "city": "Lublin"}

        assert [adds.put(data).status_code for data in (new, old)] == [201, 403]
        assert [changes.put(data).status_code for data in ({"email": "ola@example.org"}, old)] == [403, 200]

    def test_program_that_may_only_add_reads_nobody(self, anna):
        shop = Program(user_who_may("add_contact"))

        assert shop.put({"email": "jan@example.org"}).status_code == 201
        assert [shop.get("contacts").status_code, shop.get("contact", pk=anna.pk).status_code] == [403, 403]


class TestTransport:
    def test_nothing_that_is_answered_is_kept_on_the_way(self, crm, anna):
        answers = [
            crm.get("contacts"),
            crm.get("contact_data", pk=anna.pk),
            crm.get("contact", pk=9),
            Program().get("contacts"),
        ]

        assert b"".join(answers[1].streaming_content)
        assert [answer["Cache-Control"] for answer in answers] == ["no-store"] * 4

    @pytest.mark.parametrize("accepted", ["text/html", "text/html,*/*", "application/xml", ""])
    def test_answer_is_json_even_for_a_browser(self, crm, accepted):
        crm.client.defaults["HTTP_ACCEPT"] = accepted

        response = crm.get("contacts")

        assert response["Content-Type"] == "application/json"
        assert response.status_code == (200 if "*/*" in accepted else 406)

    @pytest.mark.parametrize("method", ["OPTIONS", "POST", "TRACE", "PURGE"])
    def test_method_that_is_not_answered_names_those_that_are(self, crm, method):
        response = crm.ask(method, "contacts")

        assert response.status_code == 405
        assert response.json()["message"] == "This can't be done here: use one of GET, HEAD, PUT."

    def test_form_is_told_to_send_json(self, crm):
        response = crm.client.post(reverse("visit_alerts_api:contacts_search"), {"email": "a@b.example"})

        assert response.status_code == 415
        assert "Content-Type: application/json" in response.json()["message"]


def test_site_that_does_not_include_the_api_does_not_load_it():
    code = (
        "import sys, django; from django.conf import settings; django.setup();"
        "settings.ROOT_URLCONF = 'tests.rest.urls_without_api';"
        "from django.core.management import call_command; from django.urls import get_resolver;"
        "call_command('check'); list(get_resolver().url_patterns);"
        "print([name for name in sys.modules if name.startswith('wagtail_visit_alerts.rest')])"
    )

    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stdout.strip().splitlines()[-1:] == ["[]"], done.stdout + done.stderr
