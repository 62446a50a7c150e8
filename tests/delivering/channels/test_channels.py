"""Every channel keeps the contract."""

import json
from html import unescape

import pytest

from ...factories import DeliveryFactory, DestinationDeliveryFactory
from .channel_contract import NAME, ChannelContract

pytestmark = [pytest.mark.django_db, pytest.mark.any_database, pytest.mark.any_wagtail]
ABOUT = {"notification__match__page_view__visitor__contact__name": NAME}


class MailSide:
    def __init__(self, server):
        self.server = server

    def texts(self):
        return [
            message.get_body(("plain",)).get_content() + message["Subject"] for message in self.server.received
        ]

    def refuse(self, *, for_good):
        self.server.answer_to_body = "554 no" if for_good else "451 later"

    def stop(self):
        self.server.stop()


class ReceiverSide:
    def __init__(self, receiver):
        self.receiver, self.port = receiver, receiver.port

    def texts(self):
        return [unescape(json.dumps(request.json, ensure_ascii=False)) for request in self.receiver.received]

    def refuse(self, *, for_good):
        self.receiver.status = 404 if for_good else 503

    def stop(self):
        self.port = 9  # "discard": nothing listens there


class TestEmail(ChannelContract):
    name = "email"

    @pytest.fixture
    def other_side(self, mail_server):
        return MailSide(mail_server)

    def delivery(self, other_side):
        return DeliveryFactory(**ABOUT)


class TestWebhook(ChannelContract):
    name = "webhook"

    @pytest.fixture
    def other_side(self, receiver, private_allowed):
        return ReceiverSide(receiver)

    def delivery(self, other_side):
        address = f"http://127.0.0.1:{other_side.port}/alerts?key=Sesame"
        return DestinationDeliveryFactory(destination__address=address, **ABOUT)


class TestChat(ChannelContract):
    name = "chat"

    @pytest.fixture
    def other_side(self, receiver, private_allowed):
        return ReceiverSide(receiver)

    def delivery(self, other_side):
        address = f"json://127.0.0.1:{other_side.port}/alerts/Sesame"
        return DestinationDeliveryFactory(destination__channel=self.name, destination__address=address, **ABOUT)


class TestSms(TestChat):
    name = "sms"
