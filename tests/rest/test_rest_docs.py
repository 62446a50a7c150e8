"""The commands in ``docs/rest-api.md``, run as they stand there against the site."""

import json
import os
import re
import shutil
import subprocess

import pytest
from rest_framework.authtoken.models import Token

from wagtail_visit_alerts.models import Contact

from ..admin.walking import user_who_may
from ..factories import UserFactory
from ..test_contracts import Document

pytestmark = [
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
    pytest.mark.any_wagtail,
    pytest.mark.any_database,
]

PAGE = Document("docs/rest-api.md")
COMMANDS = re.findall(r"```sh\n(curl .*?)```", PAGE.text, re.DOTALL)
SITE = "https://www.example.com"


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs on the PATH: curl")
def test_commands_do_what_the_page_says(live_server, settings):
    settings.REST_FRAMEWORK = {
        "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.TokenAuthentication"]
    }
    UserFactory(username="marta")
    token = Token.objects.create(user=user_who_may("view_contact", "add_contact", "change_contact"))

    def run(command):
        done = subprocess.run(
            ["sh", "-c", command.replace(SITE, live_server.url)],
            env={**os.environ, "TOKEN": token.key, "NO_PROXY": "*"},
            capture_output=True,
            check=True,
        )
        return json.loads(done.stdout)

    made, found, listed = map(run, COMMANDS)

    anna = Contact.objects.get()
    assert (anna.email, anna.owner.username, list(anna.tags.names())) == (
        "anna@example.org",
        "marta",
        ["customer"],
    )
    assert made["id"] == anna.pk
    assert found == listed == {"results": [made], "next": None}


def test_page_names_every_field_and_filter():
    from wagtail_visit_alerts.rest.contact_asking import FILTERS
    from wagtail_visit_alerts.rest.contact_json import TEXTS
    from wagtail_visit_alerts.rest.contact_values import READ_ONLY
    from wagtail_visit_alerts.rest.notification_endpoints import FILTERS as OF_NOTIFICATIONS

    names = {*TEXTS, *READ_ONLY, *FILTERS, *OF_NOTIFICATIONS, "tags", "owner", "extra", "after", "limit"}

    assert {name for name in names if f"`{name}`" not in PAGE.text.replace("`after=57`", "`after`")} == set()
