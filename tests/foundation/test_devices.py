"""Browsers that an account knows, and the sessions that its holder sees and ends."""

import pytest
from django.core import mail
from django.test import Client

from foundation import devices, sending, throttle
from foundation.audit import AuditEntry
from foundation.devices import KnownDevice
from foundation.sessions import Session
from tests import factories
from tests.pages import forms, words

pytestmark = pytest.mark.django_db

WINDOWS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36"
)
PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 MicroMessenger/8.0.50"
)


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (WINDOWS, "Windows · Chrome"),
        (f"{WINDOWS} Edg/130.0", "Windows · Edge"),
        (PHONE, "iPhone · 微信 WeChat"),
        ("Mozilla/5.0 (Linux; Android 14; V2200) AppleWebKit/537.36 Chrome/120 Mobile MQQBrowser/15", "Android · QQ"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 14) AppleWebKit/605.1.15 Version/18 Safari/605.1.15", "Mac · Safari"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0", "Linux · Firefox"),
        ("<script>alert(1)</script>", ""),
        ("", ""),
    ],
)
def test_a_browser_in_words(agent, words):
    assert devices.described(agent) == words


@pytest.mark.parametrize(
    ("address", "short"),
    [("203.0.113.77", "203.0.113.*"), ("2001:db8:1:2::", "2001:db8:1::"), ("0.0.0.0", "0.0.0.*")],  # noqa: S104
)
def test_an_address_is_shown_without_its_end(address, short):
    assert throttle.shortened(address) == short


def sign_in(client: Client, username: str = "zhou") -> None:
    response = client.post("/accounts/login/", {"username": username, "password": factories.PASSWORD})
    assert response.status_code == 302


def mails() -> int:
    while sending.send_next():
        pass
    return len(mail.outbox)


def test_the_holder_is_told_of_a_browser_that_is_new():
    user = factories.user("zhou", email="zhou@example.com")
    client = Client(REMOTE_ADDR="203.0.113.77", headers={"user-agent": WINDOWS})
    sign_in(client)
    assert mails() == 1
    [message] = mail.outbox
    assert "Windows · Chrome，网络地址 203.0.113.*" in message.body
    assert "http://portal.example/accounts/" in message.body
    client.post("/accounts/logout/")
    sign_in(client)
    assert mails() == 1
    # Only the hash is stored, and a cookie that we did not sign is none.
    cookie = client.cookies["device"]
    assert cookie["httponly"] and cookie["samesite"] == "Lax"
    assert cookie.value.split(":")[0] not in str(list(KnownDevice.objects.values()))
    forger = Client()
    forger.cookies["device"] = cookie.value.replace(cookie.value[:4], "AAAA")
    sign_in(forger)
    assert mails() == 2
    assert "（未知设备，网络地址 127.0.0.*）" in mail.outbox[1].body
    assert KnownDevice.objects.filter(account=user).count() == 2


def test_sign_ins_are_listed_and_ended_one_or_all_others(django_assert_max_num_queries):
    factories.user("zhou")
    own, phone, third = Client(headers={"user-agent": WINDOWS}), Client(headers={"user-agent": PHONE}), Client()
    for client in (own, phone, third):
        sign_in(client)
    sign_in(stranger := Client(), factories.member().username)
    with django_assert_max_num_queries(12):
        page = own.get("/accounts/")
    shown = words(page)
    assert "Windows · Chrome" in shown and "iPhone · 微信 WeChat" in shown and "未知设备" in shown
    assert "127.0.0.*" in shown
    for key in Session.objects.values_list("pk", flat=True):
        assert key not in page.content.decode()  # it would be the cookie of that session
    [list_of_them] = [one for one in forms(page) if one.action == "/accounts/sign-ins/end/"]
    assert [name for name, _value in list_of_them.buttons] == ["which"] * 3

    named = next(one.name for one in Session.objects.all() if one.device == "iPhone · 微信 WeChat")
    assert stranger.post(list_of_them.action, {"which": named}).status_code == 302  # not theirs
    assert phone.get("/accounts/").status_code == 200
    own.post(list_of_them.action, {"which": named})
    assert phone.get("/accounts/").status_code == 302
    assert third.get("/accounts/").status_code == 200
    own.post(list_of_them.action, {"which": "others"})
    assert third.get("/accounts/").status_code == 302
    assert own.get("/accounts/").status_code == 200
    assert stranger.get("/accounts/").status_code == 200
    assert AuditEntry.objects.filter(action="sign_ins_ended").count() == 2
