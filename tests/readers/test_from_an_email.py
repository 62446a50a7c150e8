"""From the e-mail to the page and on to the next e-mail, through all the parts."""

import re
from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from wagtail_visit_alerts.delivering import sending

from ..browsing import VirtualBrowser
from ..factories import AlertFactory, ContactFactory, MonitoredPageFactory

pytestmark = pytest.mark.django_db
HIDDEN = r'name="(?P<name>\w+)" value="(?P<value>\d+)"'


def deliver():
    """Send what is due, and give the e-mails by address."""
    mail.outbox.clear()
    sending.deliver_due(now=timezone.now)
    return {message.recipients()[0]: message for message in mail.outbox}


def path_in(message, name):
    """The path of one of our pages, as the e-mail's text links to it."""
    return urlsplit(re.search(rf"http://testserver/\S*/{name}/\S+", message.body)[0]).path


@pytest.fixture
def contact():
    """A contact about whom the owner and an address in CC are told."""
    MonitoredPageFactory(alert=AlertFactory(name="Price list", cap_times=2, cc="sales@example.com"))
    contact = ContactFactory(name="Anna Nowak")
    contact.owner.first_name = "Marta"
    contact.owner.save()
    return contact


def test_reader_who_mutes_from_the_email_gets_no_next_one_and_others_do(contact):
    reader = Client()
    VirtualBrowser().open("/pricing/", contact=contact)
    path = path_in(deliver()[contact.owner.email], "mute")

    [value] = re.findall(r'value="(contact-\d+)"', reader.get(path).content.decode())
    reader.post(path, {"what": value, "how_long": "week"})
    VirtualBrowser().open("/pricing/", contact=contact)

    assert list(deliver()) == ["sales@example.com"]


def test_reader_who_takes_the_contact_from_the_email_lets_the_others_know(contact):
    VirtualBrowser().open("/pricing/", contact=contact)
    path = path_in(deliver()[contact.owner.email], "take")

    [(name, value)] = re.findall(HIDDEN, Client().get(path).content.decode())
    Client().post(path, {name: value})

    [(address, message)] = deliver().items()
    assert (address, message.subject) == ("sales@example.com", "Marta is on it: Anna Nowak")
    assert "Marta has said “I'm on it”" in message.body
