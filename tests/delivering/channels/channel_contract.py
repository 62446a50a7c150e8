"""What every channel does: the test class of each is a ``ChannelContract`` that says how its other side behaves."""

from typing import Any

import pytest

from wagtail_visit_alerts.delivering.channels import Lines, LineStoppedError, channel
from wagtail_visit_alerts.delivering.faults import Fault, Kind
from wagtail_visit_alerts.models import Delivery

from ...factories import UserFactory

NAME = "Anna Kowalska"


class ChannelContract:
    """Subclasses are given the fixtures that they ask for by ``other_side``."""

    name = ""

    @pytest.fixture
    def other_side(self) -> Any:
        """Whatever takes the messages: ``texts()``, ``refuse(for_good)``, ``stop()``."""
        raise NotImplementedError

    def delivery(self, other_side: Any) -> Delivery:
        """A delivery on the channel, about a contact of the name ``NAME``."""
        raise NotImplementedError

    def send(self, delivery: Delivery, **options: Any) -> Fault | None:
        read = Delivery.objects.with_what_is_told().get(pk=delivery.pk)
        with Lines() as lines:
            try:
                return lines.send([read], **options)
            except LineStoppedError as stop:
                return stop.fault

    def test_channel_is_registered_under_its_name_with_a_label(self):
        found = channel(self.name)

        assert found.name == self.name
        assert str(found.label)
        assert found.why_unavailable() == ""

    def test_message_arrives_and_names_contact_and_page(self, other_side):
        assert self.send(self.delivery(other_side)) is None

        [text] = other_side.texts()
        assert NAME in text
        assert "/pricing/" in text.replace("\u200b", "")

    def test_test_message_says_that_it_is_one(self, other_side):
        assert self.send(self.delivery(other_side), tester=UserFactory()) is None

        assert "test" in other_side.texts()[0].lower()

    def test_refusal_for_now_may_pass(self, other_side):
        other_side.refuse(for_good=False)

        assert self.send(self.delivery(other_side)).kind is Kind.TRANSIENT

    def test_refusal_for_good_does_not_pass(self, other_side):
        other_side.refuse(for_good=True)

        assert self.send(self.delivery(other_side)).kind is Kind.PERMANENT

    def test_other_side_that_is_down_may_come_back(self, other_side):
        other_side.stop()

        assert self.send(self.delivery(other_side)).kind is Kind.TRANSIENT

    def test_fault_is_a_sentence_without_secrets(self, other_side):
        other_side.refuse(for_good=True)

        reason = self.send(self.delivery(other_side)).reason

        assert reason
        assert "Sesame" not in reason
        assert NAME not in reason

    def test_line_can_be_closed_unused_and_twice(self):
        line = channel(self.name).open()

        line.close()
        line.close()
