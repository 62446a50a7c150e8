import pytest
from django.core.management import call_command
from django.db import IntegrityError

from .factories import AlertFactory, ContactFactory, MonitoredPageFactory

pytestmark = pytest.mark.django_db


def test_migrations_are_complete():
    call_command("makemigrations", "wagtail_visit_alerts", check=True, dry_run=True)


@pytest.mark.database
def test_two_spellings_of_one_address_are_one_contact():
    ContactFactory(email="Anna.Nowak@Example.org")

    with pytest.raises(IntegrityError):
        ContactFactory(email="anna.nowak@example.org ")


@pytest.mark.database
def test_monitored_page_is_either_a_page_or_a_url():
    with pytest.raises(IntegrityError):
        MonitoredPageFactory(kind="url", path="")


def test_saving_an_alert_counts_its_version_up():
    alert = AlertFactory()

    alert.save()

    assert alert.version == 2
