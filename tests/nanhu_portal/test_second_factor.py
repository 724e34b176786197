"""Signing in with a second factor: what a password alone opens, and each way around the code that was tried."""

import base64
import re
import time

import pytest
from django.contrib import admin
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django_otp.oath import TOTP

from foundation import outbox, second_factor, sending
from foundation.audit import AuditEntry
from foundation.devices import KnownDevice
from foundation.second_factor import Authenticator, RecoveryCode
from foundation.sessions import Session
from foundation.sign_ins import end_everything
from tests import factories
from tests.pages import form, words

pytestmark = pytest.mark.django_db

LOGIN, ADMIN_LOGIN, CODE, SET_UP = "/accounts/login/", "/admin/login/", "/accounts/code/", "/accounts/authenticator/"


@pytest.fixture(autouse=True)
def required(settings):
    settings.STAFF_OTP = True


class Watch:
    """The clock of the phone and of the server: a code a step."""

    now = time.time()

    def code(self, key: str, steps: int = 0) -> str:
        totp = TOTP(bytes.fromhex(key))
        totp.time = self.now + 30 * steps
        return f"{totp.token():06}"


@pytest.fixture
def watch(monkeypatch):
    watch = Watch()
    monkeypatch.setattr(second_factor.time, "time", lambda: watch.now)
    return watch


def sign_in(client, username="liaison", address=LOGIN, password=factories.PASSWORD, **more):
    return client.post(address, {"username": username, "password": password, **more})


def send(client, code: str, **more):
    return client.post(CODE, {"code": code, **more})


@pytest.fixture
def staff(watch):
    """Staff with an authenticator: the account, its secret and its recovery codes."""
    user, key = factories.user("liaison", factories.Role.LIAISON_STAFF, email="li@example.com"), second_factor.new_key()
    codes = second_factor.set_up(user, key, watch.code(key))
    watch.now += 60
    outbox.OutboxMessage.objects.all().delete()
    return user, key, codes


def mails() -> list[str]:
    while sending.send_next():
        pass
    return [message.subject for message in mail.outbox]


@pytest.mark.parametrize("address", [LOGIN, ADMIN_LOGIN])
def test_a_password_alone_opens_nothing(client, staff, address):
    client.get(LOGIN)
    response = sign_in(client, address=address, next="/admin/demands/demand/")
    assert response["Location"] == CODE
    for page in ("/admin/", "/admin/demands/demand/", "/admin/foundation/user/", "/admin/jsi18n/"):
        assert client.get(page)["Location"].startswith("/admin/login/"), page
    for page in ("/accounts/", "/accounts/password/", "/accounts/authenticator/codes/", "/my/demands/"):
        assert client.get(page)["Location"].startswith(LOGIN), page
    # Nor does it replace the authenticator.
    assert client.get(SET_UP)["Location"] == CODE
    assert client.post(SET_UP, {"code": "123456"})["Location"] == CODE
    # A session from before it was required ends.
    earlier = Client()
    earlier.force_login(staff[0], "foundation.backends.RoleBackend")
    assert earlier.get("/admin/", follow=True).redirect_chain == [("/admin/login/?next=/admin/", 302)]
    assert earlier.get("/accounts/")["Location"].startswith(LOGIN)


def test_a_code_signs_in_once_wherever_one_wanted_to_go(client, staff, watch):
    _user, key, _codes = staff
    sign_in(client, next="/admin/demands/demand/")
    planted = client.cookies["session"].value
    typed = watch.code(key)
    full_width = "".join(chr(ord(digit) + 0xFEE0) for digit in f"{typed[:3]} {typed[3:]}" if digit != " ")
    assert send(client, full_width)["Location"] == "/admin/demands/demand/"
    assert client.get("/admin/").status_code == 200
    assert client.cookies["session"].value != planted
    assert client.get(CODE)["Location"] == "/accounts/"

    second = Client()
    sign_in(second)
    for code in (typed, watch.code(key, -1)):
        response = send(second, code)
        assert response.status_code == 422
        assert second.get("/admin/").status_code == 302
    Authenticator.objects.update(throttling_failure_count=0)
    assert send(second, watch.code(key, 1))["Location"] == "/admin/"


def test_two_requests_with_one_code_let_one_in(staff, watch):
    """The check holds the row: what comes second sees the step as used."""
    user, key, _codes = staff
    with pytest.MonkeyPatch.context() as patch:
        asked = []
        patch.setattr(
            "django.db.models.query.QuerySet.select_for_update", lambda rows: asked.append(rows.model) or rows
        )
        second_factor._verify_app(None, user, watch.code(key))
    assert Authenticator in asked
    with pytest.raises(second_factor.WrongCode):
        second_factor._verify_app(None, user, watch.code(key))


def test_wrong_codes_wait_longer_and_longer_but_nobody_else_does(client, staff, watch):
    _user, key, codes = staff
    sign_in(client)
    assert "填写的数字不正确" in words(send(client, "000000" if watch.code(key) != "000000" else "000001"))
    # Even the right one has to wait now.
    assert "1 秒后再试" in words(send(client, watch.code(key)))
    for _time in range(20):
        Authenticator.objects.get().throttle_increment()
    assert Authenticator.objects.get().seconds_to_wait() <= 256
    other, other_key = factories.superuser(), second_factor.new_key()
    second_factor.set_up(other, other_key, watch.code(other_key, -1))
    colleague = Client()
    sign_in(colleague, "admin")
    assert send(colleague, watch.code(other_key))["Location"] == "/admin/"
    # Its holder gets in with a recovery code, typed without hyphens and in small letters.
    assert send(client, codes[3].replace("-", " ").lower())["Location"] == "/admin/"
    failed = AuditEntry.objects.filter(action="sign_in_failed", detail="second factor")
    assert failed.count() == 2


def test_a_recovery_code_works_once_and_the_holder_is_told(client, staff):
    _user, _key, codes = staff
    assert len(set(codes)) == 10
    sign_in(client)
    assert send(client, codes[0]).status_code == 302
    assert mails() == ["您的账号用恢复码登录", "您的账号在新设备上登录"]
    assert "还剩 9 个" in mail.outbox[0].body
    again = Client()
    sign_in(again)
    assert send(again, codes[0]).status_code == 422
    for _time in range(7):
        send(again, codes[0])
    assert "15 分钟后再试" in words(send(again, codes[1]))


def test_a_password_is_good_for_a_code_for_a_quarter_of_an_hour_and_not_after_leaving(
    client, staff, watch, monkeypatch
):
    user, key, _codes = staff
    sign_in(client)
    end_everything(user)
    assert send(client, watch.code(key))["Location"] == LOGIN
    sign_in(client)
    monkeypatch.setattr("nanhu_portal.signing_in.MINUTES", -1)
    assert client.get(CODE)["Location"] == LOGIN
    assert send(client, watch.code(key))["Location"] == LOGIN
    assert client.get("/admin/").status_code == 302


def test_the_first_sign_in_sets_it_up(client, watch, caplog, capsys):
    user = factories.user("liaison", factories.Role.LIAISON_STAFF, email="li@example.com")
    assert sign_in(client, next="/admin/demands/demand/")["Location"] == SET_UP
    page = client.get(SET_UP)
    secret = re.search(r'id="secret">([A-Z2-7 ]+)<', page.content.decode())[1].replace(" ", "")
    key = base64.b32decode(secret).hex()
    assert "no-store" in page["Cache-Control"]
    assert not Authenticator.objects.exists()  # looking changes nothing
    posted = form(page, "code")
    wrong = posted.send(client, SET_UP, code=watch.code(key, 9))
    assert wrong.status_code == 422
    assert secret[:4] in wrong.content.decode()  # the same secret again
    assert client.get("/admin/").status_code == 302

    done = posted.send(client, SET_UP, code=watch.code(key))
    codes = re.findall(r"<li>((?:[A-Z2-9]{4}-){3}[A-Z2-9]{4})</li>", done.content.decode())
    assert len(codes) == 10
    assert 'href="/admin/demands/demand/"' in done.content.decode()
    inside = re.search(r'href="data:text/plain;charset=utf-8;base64,([^"]+)"', done.content.decode())[1]
    assert codes[9] in base64.b64decode(inside).decode()
    assert client.get("/admin/").status_code == 200
    assert KnownDevice.objects.filter(account=user).count() == 1
    # The code that set it up is used.
    again = Client()
    sign_in(again)
    assert send(again, watch.code(key)).status_code == 422
    assert mails() == ["您的账号已启用手机验证器", "您的账号在新设备上登录"]

    # Neither the secret nor a recovery code can be read anywhere.
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM foundation_authenticator, foundation_recoverycode")
        stored = str(cursor.fetchall())
    kept = stored + str(list(AuditEntry.objects.values())) + str(list(outbox.OutboxMessage.objects.values()))
    out = capsys.readouterr()
    said = kept + caplog.text + out.out + out.err + str([message.body for message in mail.outbox])
    for one in (key, secret, *codes, *(code.replace("-", "") for code in codes)):
        assert one not in said
    assert not {Authenticator, RecoveryCode, KnownDevice, Session} & set(admin.site._registry)


def test_a_form_of_another_account_or_too_old_sets_nothing_up(client, watch, monkeypatch):
    factories.liaison_staff()
    factories.superuser()
    other = Client()
    sign_in(other, "admin")
    foreign = form(other.get(SET_UP), "code").values["key"]
    sign_in(client)
    response = client.post(SET_UP, {"code": "123456", "key": foreign})
    assert "二维码已更换" in words(response)
    assert client.post(SET_UP, {"code": "１２３", "key": "x\x00"}).status_code == 422
    assert not Authenticator.objects.exists()


@pytest.mark.parametrize("days", [0, 30])
def test_a_trusted_browser_is_asked_now_and_then_if_the_setting_allows_it(client, staff, watch, settings, days):
    user, key, _codes = staff
    settings.STAFF_TRUSTED_DEVICE_DAYS = days
    sign_in(client)
    assert ("天内登录不再要六位数字" in words(client.get(CODE))) is bool(days)
    send(client, watch.code(key), trust="on")
    client.post("/accounts/logout/")
    assert sign_in(client)["Location"] == ("/admin/" if days else CODE)
    stolen = client.cookies["device"].value
    assert client.cookies["device"]["httponly"]
    # It counts for this account only, and not when forged, nor after the account was closed.
    factories.superuser()
    other = Client()
    other.cookies["device"] = stolen
    assert sign_in(other, "admin")["Location"] == SET_UP
    forged = Client()
    forged.cookies["device"] = stolen[:-3] + "xyz"
    assert sign_in(forged)["Location"] == CODE
    end_everything(user)
    assert sign_in(client)["Location"] == CODE


def test_others_may_have_it_and_give_it_up_with_their_password(client, watch):
    factories.member_with_account()
    assert sign_in(client, "member")["Location"] == "/my/"
    assert "未启用" in words(client.get("/accounts/"))
    page = client.get(SET_UP)
    key = base64.b32decode(re.search(r'id="secret">([A-Z2-7 ]+)<', page.content.decode())[1].replace(" ", "")).hex()
    filled = form(page, "code", "password")
    assert filled.send(client, SET_UP, code=watch.code(key), password="wrong").status_code == 422
    assert "请保存恢复码" in words(filled.send(client, SET_UP, code=watch.code(key), password=factories.PASSWORD))
    client.post("/accounts/logout/")
    assert sign_in(client, "member")["Location"] == CODE
    assert send(client, watch.code(key, 1))["Location"] == "/my/"
    new = client.post("/accounts/authenticator/codes/", {"password": factories.PASSWORD})
    assert RecoveryCode.objects.count() == 10
    assert "请保存恢复码" in words(new)
    assert client.post("/accounts/authenticator/remove/", {"password": factories.PASSWORD})["Location"] == "/accounts/"
    assert not Authenticator.objects.exists()
    assert not RecoveryCode.objects.exists()
    # Whoever guesses at a screen left open is stopped.
    tries = [client.post("/accounts/authenticator/remove/", {"password": "x"}) for _time in range(11)]
    assert "尝试次数太多" in words(tries[-1])


def test_staff_cannot_give_it_up(client, staff, watch):
    _user, key, _codes = staff
    sign_in(client)
    send(client, watch.code(key))
    response = client.post("/accounts/authenticator/remove/", {"password": factories.PASSWORD})
    assert "不能停用" in words(response)
    assert Authenticator.objects.exists()


def test_secrets_move_to_a_new_key(client, staff, watch, settings):
    _user, key, _codes = staff
    settings.CONTACT_KEYS = ["a-new-key-of-contacts-0123456789-0123456789", *settings.CONTACT_KEYS]
    assert second_factor.rotate() == 1
    settings.CONTACT_KEYS = settings.CONTACT_KEYS[:1]
    sign_in(client)
    assert send(client, watch.code(key))["Location"] == "/admin/"


def test_a_lost_key_leaves_the_recovery_codes(client, staff, watch, settings):
    _user, key, codes = staff
    settings.CONTACT_KEYS = ["another-key-of-contacts-0123456789-0123456789"]
    sign_in(client)
    assert "请填一个恢复码" in words(send(client, watch.code(key)))
    assert send(client, codes[0])["Location"] == "/admin/"


def test_the_superuser_resets_a_lost_one_for_a_reason_and_ends_sign_ins(client, staff, watch, settings):
    user, key, codes = staff
    sign_in(client)
    send(client, watch.code(key))
    settings.STAFF_OTP = False  # for the superuser, who is not what this is about
    superuser = Client()
    sign_in(superuser, factories.superuser().username)
    base = f"/admin/foundation/user/{user.pk}"
    assert "登录情况和手机验证器" in words(superuser.get(f"{base}/change/"))
    page = superuser.get(f"{base}/sign-ins/")
    assert "恢复码还剩 10 个" in words(page) and "127.0.0.*" in words(page)
    [session] = Session.objects.filter(account=user)
    assert session.pk not in page.content.decode()
    superuser.post(f"{base}/sign-ins/", {"which": session.name})
    assert client.get("/accounts/").status_code == 302
    assert superuser.get("/accounts/").status_code == 200

    assert superuser.post(f"{base}/reset-factor/", {"reason": "手机丢失"}).status_code == 422
    assert Authenticator.objects.exists()
    superuser.post(f"{base}/reset-factor/", {"reason": "手机丢失，已核实", "is_checked": "on"})
    entry = AuditEntry.objects.get(action="factor_reset")
    assert (entry.actor.username, entry.subject, entry.detail) == ("admin", f"user:{user.pk}", "手机丢失，已核实")
    assert "管理员重置了您的手机验证器" in mails()
    settings.STAFF_OTP = True
    again = Client()
    assert sign_in(again)["Location"] == SET_UP
    for code in (watch.code(key, 1), codes[0]):
        assert send(again, code).status_code == 422
    assert again.get("/admin/").status_code == 302


def test_who_is_locked_out_of_the_last_superuser_resets_it_on_the_server(client, staff, watch, capsys):
    call_command("reset_second_factor", "liaison", reason="手机和恢复码都丢失")
    assert "liaison sets up a new authenticator" in capsys.readouterr().out
    assert AuditEntry.objects.get(action="factor_reset").actor is None
    assert sign_in(client)["Location"] == SET_UP
    with pytest.raises(CommandError, match="no account nobody"):
        call_command("reset_second_factor", "nobody", reason="x")


# --- Networks --------------------------------------------------------------------------------------------------------


def test_the_admin_answers_to_the_networks_of_staff_only(settings):
    import ipaddress

    settings.STAFF_OTP = False
    settings.STAFF_NETWORKS = [ipaddress.ip_network("192.0.2.0/24"), ipaddress.ip_network("2001:db8::/32")]
    factories.liaison_staff()
    for address in ("192.0.2.7", "2001:db8:1::7"):
        inside = Client(REMOTE_ADDR=address)
        assert sign_in(inside, address=ADMIN_LOGIN, next="/admin/").status_code == 302
        assert inside.get("/admin/").status_code == 200
    outside = Client(REMOTE_ADDR="198.51.100.1", headers={"x-forwarded-for": "192.0.2.7"})
    refusals = [sign_in(outside, address=ADMIN_LOGIN, password=word) for word in (factories.PASSWORD, "wrong")]
    answers = {words(refusal).replace(refusal["X-Request-ID"], "") for refusal in refusals}
    assert len(answers) == 1
    assert "单位指定的网络" in answers.pop()
    # Signed in by the other page, they see no more; the portal itself stays open.
    assert sign_in(outside).status_code == 302
    for page in ("/admin/", "/admin/demands/demand/", "/admin/nowhere/", "/admin/login/", "/accounts/hand-over/"):
        assert outside.get(page).status_code == 403, page
    assert outside.get("/demands/").status_code == 200
