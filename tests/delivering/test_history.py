from datetime import timedelta

import pytest

from wagtail_visit_alerts.delivering import message
from wagtail_visit_alerts.delivering.history import campaign
from wagtail_visit_alerts.models import Role, SubmittedForm

from ..factories import AlertFactory, NotificationFactory, UserFactory, VisitorFactory
from .emails import both_parts, delivery_about, html_of, page_view_of, price_list, user_with
from .known import NOON, anna

pytestmark = [pytest.mark.django_db, pytest.mark.any_wagtail]
LANDING_PAGE = "http://testserver/?utm_source=newsletter&utm_medium=email&utm_campaign=spring+sale"


def earlier_alert(contact, alert, *, days=1):
    return NotificationFactory(
        match__page_view=page_view_of(contact, entered_at=NOON - timedelta(days=days)),
        match__alert=alert,
        raised_at=NOON - timedelta(days=days),
    )


# The campaign


def test_campaign_that_brought_the_contact_is_said():
    contact = anna()
    visitor = VisitorFactory(contact=contact)
    page_view_of(contact, visitor=visitor, url=LANDING_PAGE, entered_at=NOON - timedelta(minutes=5))

    email = message.build([delivery_about(page_view=page_view_of(contact, visitor=visitor))])

    assert "Campaign: spring sale (newsletter, email)" in email.body
    assert "campaign: spring sale (newsletter, email)" in html_of(email).find(class_="visit").get_text()


def test_campaign_is_that_of_the_visits_first_page_however_long_the_visit(settings):
    settings.WAGTAIL_VISIT_ALERTS = {"HISTORY_LENGTH": 3}
    contact = anna()
    visitor = VisitorFactory(contact=contact)
    page_view_of(contact, visitor=visitor, url=LANDING_PAGE, entered_at=NOON - timedelta(minutes=60))
    for minutes in (50, 40, 30, 20, 10):
        page_view_of(contact, visitor=visitor, entered_at=NOON - timedelta(minutes=minutes))

    body = message.build([delivery_about(page_view=page_view_of(contact, visitor=visitor))]).body

    assert "Campaign: spring sale" in body


def test_campaign_of_an_earlier_visit_is_not_said_of_this_one():
    contact = anna()
    visitor = VisitorFactory(contact=contact)
    page_view_of(contact, visitor=visitor, url=LANDING_PAGE, entered_at=NOON - timedelta(days=1))

    body = message.build([delivery_about(page_view=page_view_of(contact, visitor=visitor))]).body

    assert "Campaign:" not in body
    assert "campaign: spring sale" in body


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://testserver/", ""),
        ("http://testserver/?utm_source=google", "google"),
        ("http://testserver/?utm_campaign=&utm_medium=cpc", "cpc"),
        ("http://testserver/?utm_source=a%0D%0ABcc:%20x%E2%80%AE", "a Bcc: x"),
        ("http://[", ""),
    ],
)
def test_campaign_is_harmless_text(url, said):
    assert campaign(url) == said


def test_page_without_a_title_is_named_without_its_campaign():
    contact = anna()
    visitor = VisitorFactory(contact=contact)
    page_view_of(contact, visitor=visitor, url=f"{LANDING_PAGE}&q=1", entered_at=NOON - timedelta(minutes=5))

    body = message.build([delivery_about(page_view=page_view_of(contact, visitor=visitor))]).body

    assert "12:55 p.m. testserver/?q=1\n" in body


# Forms


def test_submitted_forms_are_listed_by_title_the_latest_first():
    contact = anna()
    SubmittedForm.objects.create(contact=contact, name="Newsletter", submitted_at=NOON - timedelta(days=2))
    SubmittedForm.objects.create(contact=contact, page=price_list(), submitted_at=NOON - timedelta(days=1))

    for text in both_parts(message.build([delivery_about(contact)])):
        assert text.index("Forms submitted") < text.index("Price list", text.index("Forms submitted"))
        assert text.index("Nov. 23, 2026") < text.index("Nov. 22, 2026")
        assert "Newsletter" in text


def test_form_without_a_title_is_a_form_of_the_site():
    contact = anna()
    SubmittedForm.objects.create(contact=contact, submitted_at=NOON)

    assert "A form of the site" in message.build([delivery_about(contact)]).body


def test_another_contacts_forms_are_not_listed():
    SubmittedForm.objects.create(contact=anna(email="other@example.org"), name="Newsletter", submitted_at=NOON)

    assert "Newsletter" not in message.build([delivery_about(anna())]).body


# Earlier alerts


def test_earlier_alerts_of_the_same_alert_are_listed_with_their_dates():
    contact, alert = anna(), AlertFactory(name="Price list")
    earlier_alert(contact, alert)

    for text in both_parts(message.build([delivery_about(page_view=page_view_of(contact), alert=alert)])):
        assert "Nov. 23, 2026" in text[text.index("Earlier alerts") :]


def test_earlier_alerts_that_the_reader_may_not_view_are_not_named():
    contact, secret = anna(), AlertFactory(name="Churn risk")
    earlier_alert(contact, secret)
    deliveries = [
        delivery_about(page_view=page_view_of(contact), alert=AlertFactory(), user=UserFactory(), role=Role.ME),
        delivery_about(
            page_view=page_view_of(contact),
            alert=AlertFactory(),
            user=None,
            role=Role.CC,
            email="cc@example.com",
        ),
    ]

    for delivery in deliveries:
        assert "Churn risk" not in message.build([delivery]).body


def test_earlier_alerts_that_the_reader_may_view_are_named():
    contact, other = anna(), AlertFactory(name="Case studies")
    earlier_alert(contact, other)
    reader = user_with("view_alert", "access_admin")

    delivery = delivery_about(page_view=page_view_of(contact), alert=AlertFactory(), user=reader, role=Role.ME)

    assert "Case studies" in message.build([delivery]).body


def test_an_alert_is_not_among_its_own_earlier_ones():
    assert "Earlier alerts" not in message.build([delivery_about()]).body
