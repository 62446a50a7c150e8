"""Signals that a site may listen to. They are sent by the pipeline inside its transaction."""

from django.dispatch import Signal

#: A visitor became known as a contact. provides args: visitor, contact, method
contact_identified = Signal()

#: An alert was raised for a contact. provides args: notification
alert_raised = Signal()
