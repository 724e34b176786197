"""Text messages: a small interface, a console backend for development, and one provider.

In mainland China providers send only texts with an approved template, so a message is a template name and parameters.
`SMS_BACKEND` is a URL like
`aliyun://key-id:key-secret@某某街道/?received=SMS_1001&answered=SMS_1002`: the sender's registered signature as host,
and our template names mapped to the provider's codes. `off://` means none yet (`channels.py`).
"""

import datetime
import json
from functools import cache
from typing import Protocol
from urllib.parse import parse_qsl, unquote, urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from . import failures
from .channels import OFF, NotArranged
from .sms_http import SignedHttp, as_code
from .texts import NotTaken, Receipt, Text, Undeliverable


class Backend(Protocol):
    def send(self, phone: str, template: str, text: Text, number: str) -> str | None:
        """Send one message, and return the provider's id for it, if any. `number` is ours, the same at every attempt.

        Raises `Undeliverable` if a later attempt cannot succeed, and any other error if it may.
        """

    def was_sent(self, phone: str, number: str, since: datetime.datetime) -> bool:
        """Whether the provider already accepted the message with this number."""


class Receiving(Protocol):
    """What a backend has besides if its provider says what became of a message."""

    def receipts(self, body: bytes, content_type: str) -> tuple[list[Receipt], dict | str]:
        """Read what the provider posts. Returns the receipts, and the answer that it expects.

        Raises `ValueError` for anything else.
        """


class Asking(Protocol):
    """What a backend has besides if its provider can be asked what became of a message."""

    def ask(self, phone: str, number: str, since: datetime.datetime) -> Receipt | None:
        """The receipt of the message with this number; None while there is none."""


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

    # As the provider numbers what became of a message.
    FAILED, DELIVERED = 2, 3

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

    def send(self, phone: str, template: str, text: Text, number: str) -> str | None:
        from alibabacloud_dysmsapi20170525.models import SendSmsRequest  # an optional dependency

        if template not in self.codes:
            raise Undeliverable(failures.NO_TEMPLATE)
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
            return answer.biz_id
        if answer.code in self.FINAL:
            raise Undeliverable(answer.code)
        raise NotTaken(answer.code)

    def was_sent(self, phone: str, number: str, since: datetime.datetime) -> bool:
        return self._detail(phone, number, since) is not None

    def ask(self, phone: str, number: str, since: datetime.datetime) -> Receipt | None:
        detail = self._detail(phone, number, since)
        if detail is None or detail.send_status not in (self.FAILED, self.DELIVERED):
            return None
        return self._receipt(detail.send_status == self.DELIVERED, number, detail.err_code)

    def _detail(self, phone: str, number: str, since: datetime.datetime):
        """What the provider knows of the message with this number, or None."""
        from alibabacloud_dysmsapi20170525.models import QuerySendDetailsRequest  # an optional dependency

        # The provider's query covers one day at a time.
        day, today = timezone.localdate(since), timezone.localdate()
        while day <= today:
            answer = self.client.query_send_details(
                QuerySendDetailsRequest(phone_number=phone, send_date=f"{day:%Y%m%d}", page_size=50, current_page=1)
            ).body
            details = getattr(answer.sms_send_detail_dtos, "sms_send_detail_dto", None) or []
            if found := [detail for detail in details if detail.out_id == number]:
                return found[0]
            day += datetime.timedelta(days=1)
        return None

    def receipts(self, body: bytes, content_type: str) -> tuple[list[Receipt], dict]:
        """The provider's SmsReport by HTTP: https://help.aliyun.com/document_detail/101867.html"""
        rows = json.loads(body)
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise ValueError("a list of reports is expected")
        found = [
            self._receipt(row.get("success") in (True, "true"), f"{row.get('out_id')}", f"{row.get('err_code')}")
            for row in rows
        ]
        return found, {"code": 0, "msg": "接收成功"}

    @staticmethod
    def _receipt(delivered: bool, number: str, code: str) -> Receipt:
        return Receipt(delivered, number, reason="" if delivered else f"receipt {as_code(code)}")


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
    if address.scheme in ("https+signed", "http+signed"):
        return SignedHttp.at(address, settings.SMS_CONFIG)
    raise ImproperlyConfigured("SMS_BACKEND is off://, console://, aliyun://… or https+signed://….")
