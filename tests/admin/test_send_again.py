"""Sending again and trying again what failed: who may, what is asked, what leaves, what stays as it is."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.core import mail
from django.urls import reverse
from django.utils import timezone
from wagtail.models import ModelLogEntry

from wagtail_visit_alerts.delivering import resending, sending
from wagtail_visit_alerts.models import Alert, Delivery, Purpose, Recipient, Role, Slot, Status, WaitsFor

from ..factories import AlertFactory, ContactFactory, DeliveryFactory, NotificationFactory, UserFactory
from .walking import browser_of, messages_in, user_who_may

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def administrator():
    return user_who_may("view_alert", "change_alert", "view_contact", username="ewa")


@pytest.fixture
def browser(administrator):
    return browser_of(administrator)


def failed(**fields):
    return DeliveryFactory(
        **{
            "status": Status.FAILED,
            "attempts": 31,
            "first_tried_at": NOW - timedelta(days=1),
            "failed_at": NOW - timedelta(hours=1),
            "due_at": NOW - timedelta(hours=2),
            "reason": "450 Mailbox busy",
            **fields,
        }
    )


def sent(**fields):
    return DeliveryFactory(status=Status.SENT, attempts=1, sent_at=NOW - timedelta(hours=1), **fields)


def url_of(delivery):
    return reverse("visit_alerts_log:send_again", args=[delivery.notification_id, delivery.pk])


def retry_url(**query):
    return reverse("visit_alerts_log:retry") + (f"?{urlencode(query)}" if query else "")


def text_of(response):
    soup = BeautifulSoup(response.content, "html.parser")
    return " ".join(soup.select_one("#main").get_text(" ").split())


def resent(delivery):
    return Delivery.objects.get(notification=delivery.notification_id, resend__gt=0)


def waiting():
    return Delivery.objects.filter(status=Status.WAITING)


class TestSendAgain:
    def test_question_says_to_whom_and_about_whom_and_sends_nothing(self, browser):
        contact = ContactFactory(name="Anna Nowak", owner=UserFactory(first_name="Marta"))
        delivery = sent(notification=NotificationFactory(match__page_view__visitor__contact=contact))

        text = text_of(browser.get(url_of(delivery)))

        assert "Send the alert about Anna Nowak to Marta once more?" in text
        assert "It does not count for the alert's frequency." in text
        assert not waiting().exists()

    def test_resend_is_an_email_of_its_own_to_the_same_recipient(self, browser, administrator):
        delivery = sent()

        response = browser.post(url_of(delivery))

        again = resent(delivery)
        assert (again.user, again.email, again.role, again.status, again.due_at) == (
            delivery.user,
            delivery.email,
            delivery.role,
            Status.WAITING,
            NOW,
        )
        assert (again.resend, again.resent_by, again.attempts) == (1, administrator, 0)
        assert again.email_id != delivery.email_id
        assert response.url == reverse("visit_alerts_log:inspect", args=[delivery.notification_id])
        assert messages_in(response)[0].startswith("It is sent to ")

    def test_resend_leaves_and_takes_no_slot(self, browser, mailoutbox):
        delivery = sent()

        browser.post(url_of(delivery))
        sending.deliver_due(now=timezone.now)

        assert [message.to for message in mail.outbox] == [[delivery.email]]
        assert resent(delivery).status == Status.SENT
        assert not Slot.objects.exists()

    def test_resend_wakes_up_the_queue_once_it_is_committed(
        self, browser, monkeypatch, django_capture_on_commit_callbacks
    ):
        woken = []
        monkeypatch.setattr(
            "wagtail_visit_alerts.delivering.waking._call_broker", lambda *args: woken.append(args)
        )

        with django_capture_on_commit_callbacks(execute=True):
            browser.post(url_of(sent()))
            assert not woken

        assert len(woken) == 1

    def test_sent_delivery_itself_stays_as_it_was(self, browser):
        delivery = sent()

        browser.post(url_of(delivery))

        delivery.refresh_from_db()
        assert (delivery.status, delivery.sent_at) == (Status.SENT, NOW - timedelta(hours=1))

    def test_pressing_twice_sends_once(self, browser):
        delivery = sent()

        responses = [browser.post(url_of(delivery)) for _ in range(2)]

        assert waiting().count() == 1
        assert messages_in(responses[1])[-1].startswith("Nothing was sent: it is on its way to ")

    def test_what_was_sent_again_can_be_sent_a_third_time(self, browser):
        delivery = sent()
        browser.post(url_of(delivery))
        Delivery.objects.update(status=Status.SENT)

        browser.post(url_of(delivery))

        assert sorted(Delivery.objects.values_list("resend", flat=True)) == [0, 1, 2]

    def test_whoever_may_no_longer_view_the_contact_gets_nothing(self, browser, mailoutbox):
        reader = user_who_may("view_contact")
        notification = NotificationFactory()
        Recipient.objects.create(alert=notification.alert, user=reader)
        delivery = sent(notification=notification, role=Role.ME, user=reader)
        reader.user_permissions.clear()

        browser.post(url_of(delivery))
        sending.deliver_due(now=timezone.now)

        assert not mail.outbox
        assert (resent(delivery).status, resent(delivery).reason) == (
            Status.CANCELLED,
            "The user may no longer view this contact.",
        )

    @pytest.mark.parametrize("status", [Status.WAITING, Status.CANCELLED])
    def test_what_waits_or_was_cancelled_is_not_sent_again(self, browser, status):
        delivery = DeliveryFactory(status=status)

        text, response = text_of(browser.get(url_of(delivery))), browser.post(url_of(delivery))

        assert "There is nothing to send again here" in text
        assert messages_in(response)[0].startswith("Nothing was sent")
        assert Delivery.objects.count() == 1

    def test_what_tells_that_somebody_has_taken_the_contact_is_not_sent_again(self, browser):
        delivery = sent(purpose=Purpose.TAKEN)

        browser.post(url_of(delivery))

        assert Delivery.objects.count() == 1

    def test_alert_that_is_gone_is_not_sent_again(self):
        delivery = sent()
        Alert.objects.all().delete()

        response = browser_of(UserFactory(is_superuser=True)).post(url_of(delivery))

        assert response.status_code == 302
        assert Delivery.objects.count() == 1

    def test_contact_who_was_erased_meanwhile_is_told_of_no_more(self, administrator):
        delivery = sent()
        delivery.notification.contact.delete()

        assert resending.send_again(delivery, by=administrator, now=NOW) is None

    def test_history_of_the_alert_says_who_did_it(self, browser, administrator):
        delivery = sent()

        browser.post(url_of(delivery))

        entry = ModelLogEntry.objects.get()
        assert (entry.action, entry.user, entry.object_id) == (
            "visit_alerts.send_again",
            administrator,
            str(delivery.notification.alert_id),
        )
        assert entry.message == "Sent again to one recipient"

    def test_what_failed_is_tried_again_with_all_its_attempts(self, browser):
        delivery = failed()

        text, response = text_of(browser.get(url_of(delivery))), browser.post(url_of(delivery))

        assert "It failed: 450 Mailbox busy" in text
        delivery.refresh_from_db()
        assert (delivery.status, delivery.attempts, delivery.first_tried_at, delivery.failed_at) == (
            Status.WAITING,
            0,
            None,
            None,
        )
        assert (delivery.due_at, delivery.resend) == (NOW, 0)
        assert messages_in(response)[0].startswith("It is sent to ")

    def test_delivery_of_another_notification_is_not_found(self, browser):
        one, other = sent(), sent()

        url = reverse("visit_alerts_log:send_again", args=[one.notification_id, other.pk])

        assert browser.post(url).status_code == 404

    def test_buttons_are_offered_to_those_who_may(self, browser):
        delivery = sent()
        page = reverse("visit_alerts_log:inspect", args=[delivery.notification_id])
        reader = browser_of(user_who_may("view_alert", "view_contact"))

        assert url_of(delivery) in browser.get(page).content.decode()
        assert url_of(delivery) not in reader.get(page).content.decode()


#: Permissions -> who may send again what of an alert of their own, of one of somebody else.
MAY = {
    ("change_alert", "view_contact"): (True, True),
    ("add_alert", "view_contact"): (True, False),
    ("view_alert", "view_contact", "change_contact"): (True, True),
    ("view_own_contact", "change_contact", "view_alert"): (False, False),
    ("view_alert", "view_contact"): (False, False),
    ("view_own_contact",): (False, False),
    ("change_alert",): (False, False),
    (): (False, False),
}


class TestPermissions:
    @pytest.mark.parametrize("permissions", MAY, ids=str)
    def test_only_those_send_again_who_may_change_the_alert_or_any_contact(self, permissions):
        user = user_who_may(*permissions)
        deliveries = [
            sent(notification=NotificationFactory(match__alert=alert))
            for alert in (AlertFactory(author=user), AlertFactory())
        ]

        for delivery in deliveries:
            browser_of(user).post(url_of(delivery))

        done = [Delivery.objects.filter(notification=one.notification, resend=1).exists() for one in deliveries]
        assert tuple(done) == MAY[permissions]

    @pytest.mark.parametrize("permissions", MAY, ids=str)
    def test_only_those_try_again_what_failed_who_may_change_the_alert_or_any_contact(self, permissions):
        user = user_who_may(*permissions)
        deliveries = [
            failed(notification=NotificationFactory(match__alert=alert))
            for alert in (AlertFactory(author=user), AlertFactory())
        ]

        browser_of(user).post(retry_url())

        done = [Delivery.objects.get(pk=one.pk).status == Status.WAITING for one in deliveries]
        assert tuple(done) == MAY[permissions]

    def test_contact_that_the_user_may_not_view_is_left_alone(self):
        user = user_who_may("view_own_contact", "change_alert")
        own = failed(
            notification=NotificationFactory(match__page_view__visitor__contact=ContactFactory(owner=user))
        )
        other = failed()
        browser = browser_of(user)

        text = text_of(browser.get(retry_url()))
        browser.post(retry_url())

        assert "Try 1 delivery that failed again" in text
        assert list(waiting()) == [own]
        assert browser.post(url_of(other)).status_code == 404


class TestRetry:
    def test_question_says_how_many_and_tries_nothing(self, browser):
        failed(), failed(), sent()

        assert "Try 2 deliveries that failed again, each with all its attempts?" in text_of(
            browser.get(retry_url())
        )
        assert not waiting().exists()

    def test_all_that_failed_is_due_at_once_with_all_its_attempts(self, browser):
        failed(waits_for=WaitsFor.DIGEST), failed()

        response = browser.post(retry_url())

        assert [
            (one.due_at, one.attempts, one.first_tried_at, one.failed_at, one.waits_for) for one in waiting()
        ] == [(NOW, 0, None, None, WaitsFor.NOTHING)] * 2
        assert messages_in(response)[0].strip() == "2 deliveries are tried again now."

    def test_what_is_tried_again_leaves_with_the_same_message_id(self, browser, mailoutbox):
        delivery = failed()

        browser.post(retry_url())
        sending.deliver_due(now=timezone.now)

        assert len(mail.outbox) == 1
        assert delivery.email_id.hex in mail.outbox[0].extra_headers["Message-ID"].replace("-", "")

    def test_only_what_the_filters_leave_is_tried_again(self, browser):
        wanted, other = failed(), failed()
        url = retry_url(alert=wanted.notification.alert_id)

        text = text_of(browser.get(url))
        browser.post(url)

        assert "Try 1 delivery" in text
        assert list(waiting()) == [wanted]
        other.refresh_from_db()
        assert other.status == Status.FAILED

    def test_filter_by_recipient_leaves_the_other_recipients_of_the_notification_alone(self, browser):
        wanted = failed()
        failed(notification=wanted.notification, user=UserFactory())

        browser.post(retry_url(recipient=wanted.user_id))

        assert list(waiting()) == [wanted]

    def test_search_counts_like_a_filter(self, browser):
        wanted = failed(
            notification=NotificationFactory(
                match__page_view__visitor__contact=ContactFactory(name="Anna Nowak")
            )
        )
        failed()

        browser.post(retry_url(q="nowak"))

        assert list(waiting()) == [wanted]

    def test_filters_that_make_no_sense_try_nothing(self, browser):
        failed()

        browser.post(retry_url(status="nonsense"))

        assert not waiting().exists()

    def test_nothing_else_is_touched(self, browser):
        others = [sent(), DeliveryFactory(status=Status.CANCELLED)]

        browser.post(retry_url())

        assert [Delivery.objects.get(pk=one.pk).status for one in others] == [Status.SENT, Status.CANCELLED]

    def test_what_failed_of_an_alert_that_is_gone_stays(self):
        failed()
        Alert.objects.all().delete()
        browser = browser_of(UserFactory(is_superuser=True))

        browser.post(retry_url())

        assert "Nothing failed" in text_of(browser.get(retry_url()))
        assert not waiting().exists()

    def test_more_than_fits_are_tried_in_turns(self, browser, monkeypatch):
        monkeypatch.setattr(resending, "MOST_AT_ONCE", 3)
        monkeypatch.setattr(resending, "BATCH", 2)
        for _ in range(5):
            failed()

        text = text_of(browser.get(retry_url()))
        browser.post(retry_url())
        first = waiting().count()
        browser.post(retry_url())

        assert "Try 5 deliveries" in text
        assert "3 of them now; ask again for the others." in text
        assert (first, waiting().count()) == (3, 5)

    def test_queue_is_woken_up_once(self, browser, monkeypatch, django_capture_on_commit_callbacks):
        failed(), failed()
        woken = []
        monkeypatch.setattr(
            "wagtail_visit_alerts.delivering.waking._call_broker", lambda *args: woken.append(args)
        )

        with django_capture_on_commit_callbacks(execute=True):
            browser.post(retry_url())

        assert len(woken) == 1

    def test_history_of_each_alert_says_how_many(self, browser):
        first = failed()
        failed(notification=first.notification, user=UserFactory()), failed()

        browser.post(retry_url())

        entries = ModelLogEntry.objects.order_by("pk")
        assert [entry.message for entry in entries] == [
            "2 deliveries that had failed are tried again",
            "1 delivery that had failed is tried again",
        ]

    def test_log_leads_to_the_question_with_its_filters(self, browser):
        delivery = failed()

        html = browser.get(
            reverse("visit_alerts_log:index"), {"alert": delivery.notification.alert_id, "p": 1}
        ).content.decode()

        assert retry_url(alert=delivery.notification.alert_id) in html
