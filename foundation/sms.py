"""Text messages: a small interface, a console backend for development, and one provider.

In mainland China providers send only texts with an approved template, so a message is a template name and parameters.
`SMS_BACKEND` is a URL like
`aliyun://key-id:key-secret@某某街道/?received=SMS_1001&answered=SMS_1002`: the sender's registered signature as host,
and our template names mapped to the provider's codes. `off://` stands for none yet (`channels.py`).
"""

import datetime
import json
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import NamedTuple, Protocol
from urllib.parse import parse_qsl, unquote, urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone
from django.utils.translation import gettext

from .channels import OFF, NotArranged


class Text(NamedTuple):
    """A rendered message: for e-mail, for staff to read, and as the parameters of an approved template.

    Args:
        summary: the beginning of what it is about, for a digest.
        html: the same body for e-mail programs that show HTML.
        headers: further headers of the e-mail.
    """

    subject: str
    body: str
    parameters: dict[str, str]
    summary: str = ""
    html: str = ""
    headers: Mapping[str, str] = MappingProxyType({})


class Undeliverable(Exception):
    """The provider will not deliver this message unless somebody mends something, so staff try it again, not we."""


class Backend(Protocol):
    def send(self, phone: str, template: str, text: Text, number: str) -> None:
        """Send one message. `number` is our id for it, the same at every attempt.

        Raises `Undeliverable` if a later attempt cannot succeed, and any other error if it may.
        """

    def was_sent(self, phone: str, number: str, since: datetime.datetime) -> bool:
        """Whether the provider already accepted the message with this number."""


class Console:
    """Prints messages, for development. It does not remember them, so `was_sent` is always false."""

    def send(self, phone: str, template: str, text: Text, number: str) -> None:
        print(f"[SMS {number} → {phone[:3]}****{phone[-4:]}] {text.body}", flush=True)

    def was_sent(self, phone: str, number: str, since: datetime.datetime) -> bool:
        return False


class Off:
    """Not arranged yet. The outbox asks before, so that its messages wait."""

    def send(self, phone: str, template: str, text: Text, number: str) -> None:
        raise NotArranged("SMS_BACKEND is off://")

    def was_sent(self, phone: str, number: str, since: datetime.datetime) -> bool:
        return False


class Aliyun:
    """Alibaba Cloud's SMS service (Dysmsapi 2017-05-25) through its SDK, `pip install -r requirements-sms.txt`."""

    # Errors that a later attempt would not change: wrong or blocked number, unknown signature or template.
    FINAL = {
        "isv.MOBILE_NUMBER_ILLEGAL",
        "isv.MOBILE_COUNT_OVER_LIMIT",
        "isv.SMS_SIGNATURE_ILLEGAL",
        "isv.SMS_TEMPLATE_ILLEGAL",
        "isv.TEMPLATE_MISSING_PARAMETERS",
        "isv.BLACK_KEY_CONTROL_LIMIT",
    }

    def __init__(self, key_id: str, key_secret: str, signature: str, codes: dict[str, str], client=None) -> None:
        self.signature, self.codes = signature, codes
        self.client = client or self._connect(key_id, key_secret)

    @staticmethod
    def _connect(key_id: str, key_secret: str):
        try:
            from alibabacloud_dysmsapi20170525.client import Client  # an optional dependency
            from alibabacloud_tea_openapi.models import Config  # comes with it
        except ImportError:
            raise ImproperlyConfigured("SMS_BACKEND=aliyun://… needs: pip install -r requirements-sms.txt") from None
        return Client(Config(access_key_id=key_id, access_key_secret=key_secret, endpoint="dysmsapi.aliyuncs.com"))

    def send(self, phone: str, template: str, text: Text, number: str) -> None:
        from alibabacloud_dysmsapi20170525.models import SendSmsRequest  # an optional dependency

        if template not in self.codes:
            raise Undeliverable(gettext("短信模板 %(template)s 没有登记") % {"template": template})
        answer = self.client.send_sms(
            SendSmsRequest(
                phone_numbers=phone,
                sign_name=self.signature,
                template_code=self.codes[template],
                template_param=json.dumps(text.parameters, ensure_ascii=False),
                out_id=number,
            )
        ).body
        if answer.code == "OK":
            return
        if answer.code in self.FINAL:
            raise Undeliverable(answer.code)
        raise ConnectionError(answer.code)

    def was_sent(self, phone: str, number: str, since: datetime.datetime) -> bool:
        from alibabacloud_dysmsapi20170525.models import QuerySendDetailsRequest  # an optional dependency

        # The provider's query covers one day at a time.
        day, today = timezone.localdate(since), timezone.localdate()
        while day <= today:
            answer = self.client.query_send_details(
                QuerySendDetailsRequest(phone_number=phone, send_date=f"{day:%Y%m%d}", page_size=50, current_page=1)
            ).body
            details = getattr(answer.sms_send_detail_dtos, "sms_send_detail_dto", None) or []
            if any(detail.out_id == number for detail in details):
                return True
            day += datetime.timedelta(days=1)
        return False


@cache
def backend() -> Backend:
    """The backend that `SMS_BACKEND` names. Raises `ImproperlyConfigured`."""
    return backend_at(settings.SMS_BACKEND)


def backend_at(url: str) -> Backend:
    """The backend that an address names. Raises `ImproperlyConfigured`."""
    try:
        address = urlsplit(url)
    except ValueError as error:
        raise ImproperlyConfigured(f"SMS_BACKEND cannot be read as an address ({error}).") from None
    if address.scheme == OFF:
        return Off()
    if address.scheme == "console":
        return Console()
    if address.scheme == "aliyun":
        user, _colon, rest = address.netloc.partition(":")
        secret, _at, signature = rest.rpartition("@")
        if not (user and secret and signature):
            raise ImproperlyConfigured("SMS_BACKEND is written aliyun://key-id:key-secret@signature/?template=code.")
        return Aliyun(unquote(user), unquote(secret), unquote(signature), dict(parse_qsl(address.query)))
    raise ImproperlyConfigured("SMS_BACKEND is off://, console:// or aliyun://….")
