"""A program that talks to the API: what it sends is JSON, and what it gets is read."""

import json

import pytest
from django.test import Client
from django.urls import reverse

from ..admin.walking import user_who_may
from ..factories import ContactFactory

EVERYTHING = ("view_contact", "add_contact", "change_contact", "delete_contact", "view_alert")


class Program:
    """A program with a user's account; it logs in as a browser does, unless it sends a header of its own."""

    def __init__(self, user=None, **headers):
        self.user = user
        self.client = Client(headers=headers)
        if user is not None:
            self.client.force_login(user)

    def ask(self, method, name, data=None, *, pk=None, query=None):
        """The answer to a request; ``data`` goes as JSON, bytes as they are."""
        url = reverse(f"visit_alerts_api:{name}", args=[] if pk is None else [pk])
        body = data if isinstance(data, bytes) else b"" if data is None else json.dumps(data).encode()
        return self.client.generic(method, url, body, content_type="application/json", query_params=query or {})

    def get(self, name, *, pk=None, **query):
        return self.ask("GET", name, pk=pk, query=query)

    def put(self, data):
        return self.ask("PUT", "contacts", data)

    def patch(self, contact, **data):
        return self.ask("PATCH", "contact", data, pk=contact.pk)

    def delete(self, contact):
        return self.ask("DELETE", "contact", pk=contact.pk)


def errors_in(response):
    """The fields that are wrong, with what is wrong."""
    return {error["field"]: error["message"] for error in response.json()["errors"]}


@pytest.fixture
def crm():
    """A program whose account may do everything with any contact, and view alerts."""
    return Program(user_who_may(*EVERYTHING, username="crm"))


@pytest.fixture
def salesperson():
    """A program with the account of somebody who may view, add, change and erase their own contacts alone."""
    return Program(
        user_who_may("view_own_contact", "add_contact", "change_contact", "delete_contact", username="marta")
    )


@pytest.fixture
def anna():
    return ContactFactory(
        email="anna.nowak@example.org",
        name="Anna Nowak",
        phone="+48 600 100 200",
        owner=user_who_may(username="tomasz"),
    )
