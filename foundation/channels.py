"""Whether mail and text messages are arranged at all: `off://` means a channel that still is to be.

What would leave by such a channel waits in the outbox, undelivered and not failed, and is sent once it is arranged.
"""

from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend

OFF = "off"
OFF_BACKEND = f"{__name__}.OffBackend"


class NotArranged(Exception):
    """Something was to be sent by a channel that is off."""


class OffBackend(BaseEmailBackend):
    """Of `EMAIL_URL=off://`: sends nothing, and says so to whoever did not ask first."""

    def send_messages(self, email_messages):
        raise NotArranged("EMAIL_URL is off://")


def mail_is_off() -> bool:
    return settings.EMAIL_BACKEND == OFF_BACKEND


def sms_is_off() -> bool:
    return urlsplit(settings.SMS_BACKEND).scheme == OFF
