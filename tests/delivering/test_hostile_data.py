"""Whatever stands in a name, a title, a URL or a form, the e-mail is harmless, and short enough to be shown."""

import re
import unicodedata
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st
from wagtail.models import Page

from wagtail_visit_alerts.delivering import message
from wagtail_visit_alerts.models import (
    Address,
    Alert,
    Contact,
    Delivery,
    Match,
    Method,
    Notification,
    PageView,
    Role,
    Source,
    SubmittedForm,
    Visitor,
)

from ..factories import AlertFactory, ContactFactory, NotificationFactory, VisitorFactory
from ..strategies import examples
from .emails import delivery_about, page_view_of, price_list, user_with
from .known import NOON, anna

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
MOST_BYTES = 100_000

#: What breaks out of an attribute, a header or a line, or reads as what it is not.
EVIL = st.sampled_from(
    [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "\r\nBcc: victim@example.com\r\n\r\n",
        "\u202egnp.exe",
        "\u2066\u2069\u200f",
        "{{ contents }}{% include 'x' %}",
        "%(name)s %s %",
        "javascript:alert(1)",
        "</td></tr></table>",
        "<!--[if mso]>",
        "&lt;b&gt;&#x202e;",
        "\u2028\u2029\x00\x08\x1b[2J\x7f\ufeff\u00ad",
        "\ud800",
        "http://\u0430pple.com/",
    ]
)
texts = st.lists(EVIL | st.text(max_size=20), max_size=4).map("".join)
urls = st.builds(
    "{}{}{}".format,
    st.sampled_from(
        ["http://", "https://", "javascript:", "data:", "//", "http://\u0430pple.com/", "http://["]
    ),
    texts,
    st.sampled_from(["", "?utm_source=a%0Ab", "#x"]),
)


def harmless(text: str) -> bool:
    """Whether a text has no sign that is not seen and changes what is."""
    unseen = set("\u2028\u2029\u00ad\u061c\u180e\u200b\u200e\u200f\ufeff") | {
        chr(c) for c in range(0x202A, 0x202F)
    }
    unseen |= {chr(c) for c in range(0x2066, 0x206A)}
    return not any(
        sign in unseen or unicodedata.category(sign) in ("Cc", "Cs") for sign in text if sign != "\n"
    )


def assert_harmless(email) -> None:
    """No header, element, link or invisible sign that is not ours."""
    headers = email.message().items()
    assert [name for name, _value in headers] == [
        "Content-Type", "MIME-Version", "Subject", "From", "Date", "Message-ID", "List-Id", "Auto-Submitted",
        "X-Auto-Response-Suppress", "To",
    ]  # fmt: skip
    assert not [value for name, value in headers if name != "Content-Type" and re.search(r"\n(?![ \t])", value)]
    html = email.alternatives[0].content
    page = BeautifulSoup(html, "html.parser")
    assert page.find(["script", "img", "iframe", "object", "link", "form"]) is None
    assert not [tag for tag in page.find_all() if any(name.startswith("on") for name in tag.attrs)]
    assert html.count("<!--[if mso]>") == 2
    for link in page.find_all("a"):
        assert re.match(r"(https?://[\x21-\x7e]|mailto:|tel:\+?[0-9]+$)", link["href"])
        assert link["href"].split("/")[2].isascii() if "//" in link["href"] else True
    for text in (email.subject, email.body, page.get_text()):
        assert harmless(text)


@examples(150)
@given(name=texts, title=texts, url=urls, form=texts, alert=texts, field=texts, address=texts)
def test_nothing_from_outside_does_harm(name, title, url, form, alert, field, address):
    contact = ContactFactory(email=f"a{Contact.objects.count()}@example.org", owner=None)
    stored = form.replace("\x00", "").encode("utf-8", "ignore").decode()  # no database holds these
    SubmittedForm.objects.create(contact=contact, name=stored, submitted_at=NOON)
    contact.name, contact.company, contact.phone, contact.position = name, field, field, title
    contact.email, contact.extra = f"{address}@\u0430pple.com", {name: [field, {title: url}]}
    raised = Alert(pk=0, name=alert, description=f"<p>{stored}</p>")
    view = PageView(pk=0, contact=contact, visitor=Visitor(identified_by=Method.FORM), source=Source.BEACON)
    view.page, view.address, view.entered_at = Page(title=title), Address(text=url), NOON
    match = Match(page_view=view, alert=raised, contact=contact, happened_at=NOON)
    told = Notification(match=match, alert=raised, alert_name=alert, contact=contact, raised_at=NOON)
    delivery = Delivery(notification=told, role=Role.CC, email="boss@example.com", email_key="boss@example.com")

    assert_harmless(message.write([delivery], unsaved=[view], now=NOON + timedelta(hours=1)))


# Its size


def largest(reader, *, sign, alerts):
    """Deliveries of one page view with as much as there can be of everything."""
    contact = anna(
        name=sign * 255,
        company=sign * 255,
        position=sign * 255,
        city=sign * 128,
        extra={f"{number}{sign * 80}": sign * 5000 for number in range(30)},
    )
    page = price_list()
    page.title = sign * 255
    page.save()
    visitor = VisitorFactory(contact=contact)
    for number in range(30):
        url = f"http://testserver/{'x' * 1900}{number}/?utm_campaign={'y' * 100}"
        page_view_of(contact, visitor=visitor, url=url, entered_at=NOON - timedelta(minutes=number + 1))
        SubmittedForm.objects.create(contact=contact, name=sign * 255, submitted_at=NOON)
    page_view = page_view_of(contact, visitor=visitor, page=page, url=f"http://testserver/{'x' * 1900}/")
    made = [AlertFactory(name=sign * 250, description=f"<p>{sign * 9000}</p>") for _ in range(alerts)]
    NotificationFactory(match__page_view=page_view_of(contact, visitor=visitor), match__alert=made[0])
    return [delivery_about(page_view=page_view, alert=alert, user=reader) for alert in made]


@pytest.mark.parametrize("sign", ["x", "&", "ż", "\U0001f600"])
@pytest.mark.parametrize("alerts", [1, 30])
def test_no_email_is_longer_than_gmail_shows(sign, alerts, settings):
    settings.WAGTAIL_VISIT_ALERTS = {"HISTORY_LENGTH": 30}
    reader = user_with("access_admin", "view_contact", "view_alert", first_name="M" * 100)

    email = message.build(largest(reader, sign=sign, alerts=alerts))

    assert len(email.message().as_bytes()) <= MOST_BYTES
    assert "This e-mail was shortened" in email.body
    assert BeautifulSoup(email.alternatives[0].content, "html.parser").find(class_="why")


@pytest.mark.parametrize("sign", ["&", "\U0001f600"])
def test_no_digest_is_longer_than_gmail_shows(sign):
    reader = user_with("access_admin", "view_contact", "view_alert")
    deliveries = [
        delivery
        for number in range(8)
        for delivery in [
            delivery_about(
                page_view=page_view_of(
                    anna(email=f"{number}@example.org", name=sign * 255, company=sign * 255),
                    url=f"http://testserver/{'x' * 1900}{number}/",
                ),
                alert=AlertFactory(name=sign * 250, description=f"<p>{sign * 9000}</p>"),
                user=reader,
            )
        ]
    ]

    email = message.build(deliveries)

    assert len(email.message().as_bytes()) <= MOST_BYTES
    assert "This e-mail was shortened" in email.body


def test_an_ordinary_email_is_not_shortened():
    email = message.build([delivery_about()])

    assert "shortened" not in email.body
    assert len(email.message().as_bytes()) < 40_000
