import pytest
from django.urls import reverse
from wagtail.log_actions import log
from wagtail.models import ModelLogEntry

from ..admin.walking import CONTACTS, browser_of, user_who_may
from ..factories import AlertFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def keeper():
    """A browser of somebody who may change any contact."""
    return browser_of(user_who_may("view_contact", "add_contact", "change_contact", "delete_contact"))


def test_report_of_the_history_names_no_contact(keeper, anna):
    log(instance=anna, action="wagtail.edit")
    reader = browser_of(user_who_may("view_own_contact"))

    shown = reader.get(reverse("wagtailadmin_reports:site_history")).content.decode()

    assert f"#{anna.pk}" in shown
    assert "Anna" not in shown


def test_contact_made_in_the_admin_is_not_named_in_the_history(keeper):
    keeper.post(
        reverse(f"{CONTACTS}:add"),
        {"email": "jan.kowalski@example.org", "name": "Jan Kowalski", "tags": "", "owner": "", "user": ""},
    )

    entry = ModelLogEntry.objects.get(action="wagtail.create")
    assert entry.label == f"#{entry.object_id}"


def test_other_entries_keep_their_names():
    alert = AlertFactory(name="Price list")

    log(instance=alert, action="wagtail.edit")

    assert ModelLogEntry.objects.get().label == "Price list"
