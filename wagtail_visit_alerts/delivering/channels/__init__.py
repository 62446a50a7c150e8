"""Channels: the ways on which a delivery reaches its recipient; a registry with e-mail as the first.

``Lines`` hands deliveries to the channels of their recipients, over one line for each channel and run.
"""

from wagtail_visit_alerts.delivering.channels.channel_registry import (
    Channel,
    Line,
    LineStoppedError,
    channel,
    channels,
    register_channel,
)
from wagtail_visit_alerts.delivering.channels.chat_channel import ChatChannel, SmsChannel
from wagtail_visit_alerts.delivering.channels.email_channel import EmailChannel
from wagtail_visit_alerts.delivering.channels.open_lines import Lines, channel_name
from wagtail_visit_alerts.delivering.channels.webhook_channel import WebhookChannel

__all__ = [
    "Channel",
    "Line",
    "LineStoppedError",
    "Lines",
    "channel",
    "channel_name",
    "channels",
    "register_channel",
]

register_channel(EmailChannel())
register_channel(WebhookChannel())
register_channel(ChatChannel())
register_channel(SmsChannel())
