"""A reader who follows the links of an e-mail, in a browser that is logged in nowhere."""

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.urls import reverse

from wagtail_visit_alerts.delivering.reader_links import token_of


class ReadingBrowser:
    """Opens the pages of one e-mail, and presses their buttons. Sends Django's CSRF checks nothing."""

    def __init__(self, delivery):
        self.client = Client(enforce_csrf_checks=True)
        self.token = token_of(delivery)

    def url(self, name):
        return reverse(f"visit_alerts:{name}", args=[self.token])

    def open(self, name, **headers):
        return self.client.get(self.url(name), headers=headers)

    def read(self, name):
        """What the page says."""
        return " ".join(self.page(name).main.get_text(" ").split())

    def page(self, name):
        return BeautifulSoup(self.client.get(self.url(name)).content, "html.parser")

    def state(self, name):
        """What the page says of how things stand; empty where it says nothing of it."""
        return " ".join(" ".join(one.get_text().split()) for one in self.page(name).select(".state"))

    def press(self, name, button, **answers):
        """Press the button with this text, with what its form holds or other answers; gives the page after it."""
        for form in self.page(name).select("form"):
            pressed = form.select_one("button")
            if pressed.get_text(strip=True) != button:
                continue
            filled = {
                field["name"]: field["value"] for field in form.select("input[type=hidden], input[checked]")
            }
            if pressed.get("name"):
                filled[pressed["name"]] = pressed["value"]
            return self.client.post(form["action"], {**filled, **answers}, follow=True)
        raise AssertionError(f"no button {button!r} on {self.read(name)!r}")


@pytest.fixture
def opened():
    """Gives a browser in which the links of a delivery's e-mail are opened."""
    return ReadingBrowser
