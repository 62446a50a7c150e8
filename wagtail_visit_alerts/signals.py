"""Signals that a site may listen to. Each is sent inside the transaction that writes what it tells of."""

from django.dispatch import Signal

#: A visitor became known as a contact. provides args: visitor, contact, method
contact_identified = Signal()

#: An alert was raised for a contact. provides args: notification
alert_raised = Signal()

#: A reader of an alert has said "I'm on it". provides args: contact, takings
contact_taken = Signal()
