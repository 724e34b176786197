"""Text messages: the console backend, and Alibaba Cloud with a fake client."""

import datetime
import sys
from types import ModuleType, SimpleNamespace

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from foundation import sms
from foundation.sms import Aliyun, Console, Text, Undeliverable
from foundation.texts import Receipt

TEXT = Text(
    "需求 NH-2026-00001 已收到", "您的需求已收到。", {"ref": "NH-2026-00001", "link": "http://portal.example/x"}
)


@pytest.fixture(autouse=True)
def forgotten_backend():
    sms.backend.cache_clear()
    yield
    sms.backend.cache_clear()


@pytest.fixture
def sdk(monkeypatch):
    """Fake the provider's optional SDK: its request objects only."""
    package, models = ModuleType("alibabacloud_dysmsapi20170525"), ModuleType("alibabacloud_dysmsapi20170525.models")
    models.SendSmsRequest = models.QuerySendDetailsRequest = SimpleNamespace
    package.models = models
    monkeypatch.setitem(sys.modules, package.__name__, package)
    monkeypatch.setitem(sys.modules, models.__name__, models)


class Client:
    """Responds like the provider."""

    status, error = 1, ""

    def __init__(self, code: str = "OK", sent: dict[str, list[str]] | None = None):
        self.code, self.sent = code, sent or {}
        self.requests, self.queries = [], []

    def send_sms(self, request):
        self.requests.append(request)
        return SimpleNamespace(body=SimpleNamespace(code=self.code, biz_id="900^0"))

    def query_send_details(self, request):
        self.queries.append(request)
        details = [
            SimpleNamespace(out_id=number, send_status=self.status, err_code=self.error)
            for number in self.sent.get(request.send_date, [])
        ]
        found = SimpleNamespace(sms_send_detail_dto=details) if details else None
        return SimpleNamespace(body=SimpleNamespace(sms_send_detail_dtos=found))


def aliyun(client, **codes) -> Aliyun:
    return Aliyun("id", "secret", "南湖街道", codes or {"received": "SMS_1001"}, client)


# --- Console ---------------------------------------------------------------------------------------------------------


def test_the_console_masks_the_phone(capsys):
    Console().send("13912345678", "received", TEXT, "7")
    printed = capsys.readouterr().out
    assert printed == "[SMS 7 → 139****5678] 您的需求已收到。\n"
    assert "13912345678" not in printed


def test_the_console_never_knows_what_was_sent():
    assert Console().was_sent("13912345678", "7", timezone.now()) is False


# --- Alibaba Cloud ---------------------------------------------------------------------------------------------------


def test_a_message_is_a_template_and_its_parameters(sdk):
    client = Client()
    assert aliyun(client).send("13912345678", "received", TEXT, "7") == "900^0"
    [request] = client.requests
    assert vars(request) == {
        "phone_numbers": "13912345678",
        "sign_name": "南湖街道",
        "template_code": "SMS_1001",
        "template_param": '{"ref": "NH-2026-00001", "link": "http://portal.example/x"}',
        "out_id": "7",
    }


@pytest.mark.parametrize(
    ("code", "raised"),
    [
        ("isv.MOBILE_NUMBER_ILLEGAL", Undeliverable),
        ("isv.MOBILE_COUNT_OVER_LIMIT", Undeliverable),
        ("isv.SMS_SIGNATURE_ILLEGAL", Undeliverable),
        ("isv.SMS_TEMPLATE_ILLEGAL", Undeliverable),
        ("isv.TEMPLATE_MISSING_PARAMETERS", Undeliverable),
        ("isv.BLACK_KEY_CONTROL_LIMIT", Undeliverable),
        ("isv.BUSINESS_LIMIT_CONTROL", ConnectionError),
        ("isv.AMOUNT_NOT_ENOUGH", ConnectionError),
        ("isp.SYSTEM_ERROR", ConnectionError),
        ("something new", ConnectionError),
    ],
)
def test_final_errors_are_distinguished_from_temporary_ones(sdk, code, raised):
    with pytest.raises(raised, match=code):
        aliyun(Client(code)).send("13912345678", "received", TEXT, "7")


def test_a_text_nobody_approved_is_undeliverable_and_asks_nobody(sdk):
    client = Client()
    with pytest.raises(Undeliverable, match="template-missing"):
        aliyun(client).send("13912345678", "answered", TEXT, "7")
    assert client.requests == []


@pytest.mark.parametrize(("number", "known"), [("7", True), ("8", False), ("77", False)])
def test_the_provider_knows_a_message_by_our_number(sdk, number, known):
    today = f"{timezone.localdate():%Y%m%d}"
    client = Client(sent={today: ["6", "7"]})
    assert aliyun(client).was_sent("13912345678", number, timezone.now()) is known
    assert client.queries[0].phone_number == "13912345678"


def test_the_provider_is_asked_for_each_day_since(sdk):
    today = timezone.localdate()
    days = [f"{today - datetime.timedelta(days=ago):%Y%m%d}" for ago in (2, 1, 0)]
    client = Client()
    assert aliyun(client).was_sent("13912345678", "7", timezone.now() - datetime.timedelta(days=2)) is False
    assert [query.send_date for query in client.queries] == days

    client = Client(sent={days[1]: ["7"]})
    assert aliyun(client).was_sent("13912345678", "7", timezone.now() - datetime.timedelta(days=2)) is True
    assert [query.send_date for query in client.queries] == days[:2]


@pytest.mark.parametrize(
    ("status", "error", "receipt"),
    [
        (1, "", None),
        (2, "MK:0001", Receipt(False, "7", "", "receipt MK:0001")),
        (3, "DELIVERED", Receipt(True, "7")),
    ],
)
def test_the_provider_can_be_asked_what_became_of_a_message(sdk, status, error, receipt):
    client = Client(sent={f"{timezone.localdate():%Y%m%d}": ["6", "7"]})
    client.status, client.error = status, error
    assert aliyun(client).ask("13912345678", "7", timezone.now()) == receipt
    assert aliyun(client).ask("13912345678", "8", timezone.now()) is None


# As https://help.aliyun.com/document_detail/101867.html shows it.
REPORT = """[{"phone_number": "13912345678", "send_time": "2026-01-01 00:00:00", "report_time": "2026-01-01 00:00:00",
    "success": true, "err_code": "DELIVERED", "err_msg": "用户接收成功", "sms_size": "1", "biz_id": "1", "out_id": "7"},
    {"success": false, "err_code": "UNDELIV", "err_msg": "139 停机", "out_id": "8"}]"""


def test_the_providers_reports_are_read():
    found, answer = aliyun(Client()).receipts(REPORT.encode(), "application/json")
    assert found == [Receipt(True, "7"), Receipt(False, "8", "", "receipt UNDELIV")]
    assert answer == {"code": 0, "msg": "接收成功"}
    for body in (b"", b"{}", b"[1]"):
        with pytest.raises(ValueError):
            aliyun(Client()).receipts(body, "application/json")


# --- Settings --------------------------------------------------------------------------------------------------------


def test_the_console_is_named_by_its_address(settings):
    settings.SMS_BACKEND = "console://"
    assert isinstance(sms.backend(), Console)


def test_an_aliyun_address_gives_keys_signature_and_codes(settings, monkeypatch):
    monkeypatch.setattr(Aliyun, "_connect", staticmethod(lambda key_id, secret: (key_id, secret)))
    settings.SMS_BACKEND = "aliyun://id:se%2Fcr%40et@南湖街道/?received=SMS_1001&answered=SMS_1002"
    backend = sms.backend()
    assert backend.client == ("id", "se/cr@et")
    assert backend.signature == "南湖街道"
    assert backend.codes == {"received": "SMS_1001", "answered": "SMS_1002"}


@pytest.mark.parametrize(
    "address",
    [
        "",
        "nonsense",
        "twilio://id:secret@name",
        "aliyun://",
        "aliyun://id:secret@",
        "aliyun://id@signature",
        "aliyun://:secret@signature",
        "aliyun://[id:secret@signature",
    ],
)
def test_a_malformed_address_stops_with_a_sentence(settings, address):
    settings.SMS_BACKEND = address
    with pytest.raises(ImproperlyConfigured, match="SMS_BACKEND"):
        sms.backend()


def test_without_the_sdk_the_sentence_says_what_to_install(settings, monkeypatch):
    monkeypatch.setitem(sys.modules, "alibabacloud_dysmsapi20170525", None)
    settings.SMS_BACKEND = "aliyun://id:secret@signature/?received=SMS_1001"
    with pytest.raises(ImproperlyConfigured, match=r"pip install -r requirements-sms\.txt"):
        sms.backend()
