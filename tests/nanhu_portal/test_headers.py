"""Security headers, cookies, and redirects that stay on this site."""

import re

import pytest
from axes.models import AccessAttempt
from django.conf import settings as django_settings
from django.core import mail
from django.db import connection
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from demands.models import PhotoReview
from foundation import sending
from foundation.audit import AuditEntry
from foundation.outbox import OutboxMessage, SendStatus
from foundation.sessions import Session
from foundation.throttle import Throttle
from foundation.tokens import new_code
from tests import factories
from tests.pages import body, form, words

pytestmark = pytest.mark.django_db

POLICY = {
    "default-src 'self'",
    "img-src 'self' data:",
    "object-src 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "form-action 'self'",
    "report-uri /csp-reports/",
    "report-to csp",
}
LOGIN = "/accounts/login/"


# --- Headers ---------------------------------------------------------------------------------------------------------


def check(response, status: int) -> None:
    text = body(response)
    assert response.status_code == status
    policy = {part.strip() for part in response["Content-Security-Policy"].split(";")}
    assert policy == POLICY
    assert response["Reporting-Endpoints"] == 'csp="/csp-reports/"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "DENY"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    if "html" in response.get("Content-Type", ""):
        html = text.decode()
        # Browsers run no data, so the policy does not forbid it.
        assert not re.search(r'<script(?![^>]*\s(?:src=|type="application/(?:ld\+)?json"))', html), "inline script"
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", html), "inline style or handler"
        assert "http://" not in re.sub(r'xmlns="[^"]*"|http://portal\.example', "", html), "something from elsewhere"


def test_every_page_of_residents_carries_the_policy(resident, subtests):
    code = new_code()
    demand = factories.demand("resolved", public=True, code=code)
    photo = factories.photo(demand, review=PhotoReview.APPROVED)
    for status, address in (
        (200, "/"),
        (200, "/demands/"),
        (200, "/demands/?q=路灯&status=resolved"),
        (200, f"/demands/{demand.ref}/"),
        (200, f"/demands/{demand.ref}/photos/{photo.pk}.jpg"),
        (200, "/demands/new/"),
        (200, "/demands/track/"),
        (200, f"/demands/track/{code}/"),
        (200, f"/demands/track/{code}/reopen/"),
        (200, f"/demands/track/{code}/photos/{photo.pk}.jpg"),
        (404, f"/demands/track/{new_code()}/"),
        (404, "/nowhere/"),
        (404, f"/demands/{demand.ref}/photos/9999.jpg"),
        (302, f"/demands/{demand.ref}/support/"),
        (405, "/demands/similar/"),
        (302, "/preferences/"),
        (302, "/accounts/"),
        (200, LOGIN),
        (200, "/accounts/reset/"),
        (200, "/privacy/"),
        (200, "/accessibility/"),
        (200, "/sitemap.xml"),
        (200, "/robots.txt"),
        (200, "/healthz"),
        (200, "/readyz"),
        (301, "/demands"),
    ):
        with subtests.test(address):
            check(resident.get(address), status)


def test_every_page_of_the_admin_carries_the_policy(liaison_client, admin_client, subtests):
    demand = factories.demand("in_progress", public=True)
    factories.photo(demand)
    base = f"/admin/demands/demand/{demand.pk}"
    for client, address in (
        (liaison_client, "/admin/"),
        (liaison_client, "/admin/demands/demand/"),
        (liaison_client, "/admin/demands/demand/?queue=open&q=路灯"),
        (liaison_client, "/admin/demands/demand/add/"),
        (liaison_client, f"{base}/change/"),
        (liaison_client, f"{base}/history/"),
        *(
            (liaison_client, f"{base}/{act}/")
            for act in ("answer", "publish", "assign", "reveal", "erase", "move/resolved")
        ),
        (liaison_client, "/admin/consultation/venue/add/"),
        (liaison_client, "/admin/foundation/outboxmessage/"),
        (admin_client, "/admin/foundation/calendarday/add/"),
        (admin_client, "/admin/foundation/user/add/"),
        (admin_client, f"/admin/foundation/user/{liaison_client.user.pk}/change/"),
        (admin_client, f"/admin/foundation/user/{liaison_client.user.pk}/disable/"),
        (admin_client, "/admin/foundation/auditentry/"),
        (admin_client, "/admin/password_change/"),
        (Client(), "/admin/login/"),
    ):
        with subtests.test(address):
            check(client.get(address), 200)
    with subtests.test("the slip"):
        check(admin_client.post(f"/admin/foundation/user/{liaison_client.user.pk}/link/"), 200)


def _too_many_codes(monkeypatch):
    monkeypatch.setattr("demands.views.tracking.MISSES_AN_HOUR", 0)
    return Client().get(f"/demands/track/{new_code()}/")


def _broken(monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError("broken")

    monkeypatch.setattr("demands.views.publishing.PublicDemandFilter", fail)
    return Client(raise_request_exception=False).get("/demands/")


WRONG = {
    "no token": (403, lambda patch: Client(enforce_csrf_checks=True).post("/demands/track/", {"code": "x"})),
    "forbidden": (403, lambda patch: _community().get("/admin/foundation/user/")),
    "too large": (400, lambda patch: Client().post("/demands/track/", {"code": "x" * 1_100_000})),
    "too many fields": (400, lambda patch: Client().post("/demands/track/", {str(n): "" for n in range(600)})),
    "foreign host": (400, lambda patch: Client().get("/", headers={"host": "evil.example"})),
    "too often": (429, _too_many_codes),
    "broken": (500, _broken),
}


def _community() -> Client:
    client = Client()
    client.force_login(factories.community_staff(), django_settings.AUTHENTICATION_BACKENDS[-1])
    return client


@pytest.mark.parametrize("wrong", WRONG)
def test_every_answer_to_something_wrong_carries_it_too_and_is_a_page(monkeypatch, wrong):
    status, ask = WRONG[wrong]
    response = ask(monkeypatch)
    check(response, status)
    assert "<h1>" in response.content.decode()
    assert "Traceback" not in response.content.decode()


# --- Sessions --------------------------------------------------------------------------------------------------------


def sign_in(client, username: str = "liaison", password: str = factories.PASSWORD, **extra):
    return client.post(LOGIN, {"username": username, "password": password} | extra)


def test_signing_in_rotates_the_session_and_the_token(client):
    factories.liaison_staff()
    session = client.session
    session["planted"] = "by somebody else"
    session.save()
    planted = session.session_key
    client.cookies["session"] = planted
    client.get(LOGIN)
    token = client.cookies["csrf"].value
    assert sign_in(client).status_code == 302
    assert client.cookies["session"].value != planted
    assert not Session.objects.filter(session_key=planted).exists()
    assert client.cookies["csrf"].value != token
    cookie = client.cookies["session"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_signing_out_ends_the_session_and_is_a_post(client):
    factories.liaison_staff()
    sign_in(client)
    key = client.cookies["session"].value
    assert client.get("/accounts/logout/")["Location"] == "/accounts/"
    assert client.get("/admin/").status_code == 200
    signed_out = client.post("/accounts/logout/")
    assert (signed_out.status_code, signed_out["Clear-Site-Data"]) == (302, '"storage"')
    client.cookies["session"] = key
    assert client.get("/admin/").status_code == 302
    assert list(AuditEntry.objects.order_by("pk").values_list("action", flat=True)) == ["signed_in", "signed_out"]


def test_another_password_ends_all_other_sessions(client):
    factories.liaison_staff()
    other = Client()
    sign_in(client)
    sign_in(other)
    page = form(client.get("/accounts/password/"), "old_password")
    new = "another-long-secret"
    values = {"old_password": factories.PASSWORD, "new_password1": new, "new_password2": new}
    assert page.send(client, "/accounts/password/", **values).status_code == 302
    assert "密码已修改" in words(client.get("/accounts/"))
    assert other.get("/admin/").status_code == 302
    assert sign_in(Client()).status_code == 200
    assert sign_in(Client(), password=new).status_code == 302


def test_pages_of_who_signed_in_are_kept_by_nobody(liaison_client, member_client):
    for client, address in ((liaison_client, "/admin/"), (liaison_client, "/accounts/"), (member_client, "/accounts/")):
        assert "no-store" in client.get(address)["Cache-Control"], address
        assert "private" in client.get(address)["Cache-Control"]


# --- Redirects to other sites ----------------------------------------------------------------------------------------

ELSEWHERE = [
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "\t//evil.example",
    " //evil.example",
    "https://evil.example/",
    "http:evil.example",
    "https:/evil.example",
    "javascript:alert(1)",
    "//portal.example@evil.example",
    "\x00//evil.example",
    "ftp://portal.example/",
]


def test_signing_in_stays_here(subtests):
    factories.liaison_staff()
    member = factories.member()
    for target in ELSEWHERE:
        with subtests.test(target):
            client = Client()
            assert sign_in(client, next=target)["Location"] == "/admin/"
            assert sign_in(Client(), member.username, next=target)["Location"] == "/accounts/"
            # Also for users who are signed in already, and with the query string.
            assert client.get(LOGIN, {"next": target})["Location"] == "/admin/"


@pytest.mark.parametrize("target", ELSEWHERE)
def test_choosing_a_language_stays_here(client, target):
    response = client.get("/preferences/", {"lang": "en", "next": target})
    assert (response.status_code, response["Location"]) == (302, "/")
    assert client.post("/accounts/logout/", {"next": target})["Location"] == "/"


@pytest.mark.parametrize("target", ["/demands/?q=x&page=2", "/", "/demands/NH-2026-00001/"])
def test_and_comes_back_to_where_one_was(client, target):
    factories.liaison_staff()
    assert client.get("/preferences/", {"elder": "1", "next": target})["Location"] == target
    assert sign_in(client, next=target)["Location"] == target


@pytest.mark.parametrize(
    "choice", ["lang=fr", "lang=%00", "elder=2", "text=huge", "contrast=2", "lang=en%0d%0aSet-Cookie:x=y", ""]
)
def test_a_choice_that_is_none_sets_no_cookie(client, choice):
    response = client.get(f"/preferences/?{choice}")
    assert response.status_code == 302
    assert not response.cookies


def test_a_forged_cookie_of_preferences_does_no_harm(client):
    client.cookies.load({"lang": "<script>", "elder": "x", "text": "<script>", "contrast": "x"})
    response = client.get("/")
    assert response["Content-Language"] == "zh-hans"
    assert '<html lang="zh-Hans">' in response.content.decode()


@pytest.mark.parametrize("address", ["/", "/accounts/reset/", "/admin/", "/healthz", "/demands/new/"])
def test_a_forged_host_is_refused(client, address):
    for host in ("evil.example", "portal.example.evil.example", "evil.example:80"):
        assert client.get(address, headers={"host": host}).status_code == 400
    assert (
        client.post("/accounts/reset/", {"email": "x@example.com"}, headers={"host": "evil.example"}).status_code == 400
    )
    assert not mail.outbox
    # `X-Forwarded-Host` is not trusted.
    response = client.get("/admin/", headers={"x-forwarded-host": "evil.example"})
    assert "evil" not in response["Location"]


# --- Forgotten passwords ---------------------------------------------------------------------------------------------


def send_mail() -> int:
    """Do what the worker does. Returns how many messages were sent."""
    while sending.send_next():
        pass
    return OutboxMessage.objects.filter(status=SendStatus.SENT).count()


@pytest.mark.parametrize("host", ["portal.example", "127.0.0.1", "localhost"])
def test_the_link_in_a_reset_mail_is_built_from_the_sites_address(client, host):
    user = factories.user("zhou", email="zhou@example.com")
    response = client.post("/accounts/reset/", {"email": "zhou@example.com"}, headers={"host": host})
    assert response["Location"] == "/accounts/reset/sent/"
    assert not mail.outbox  # nothing is sent while somebody waits for the page
    assert send_mail() == 1
    [message] = mail.outbox
    assert "http://portal.example/accounts/reset/" in message.body
    assert message.body.count("://") == 1
    assert message.to == ["zhou@example.com"]
    address = next(line for line in message.body.splitlines() if line.startswith("http"))
    page = client.get(address.removeprefix("http://portal.example"), follow=True)
    assert "设置密码" in words(page)
    assert user.username in message.body


def test_known_and_unknown_addresses_are_answered_alike(client):
    """In words, statements and commits, so that time tells nothing either."""
    factories.user("zhou", email="zhou@example.com")
    client.get("/accounts/reset/")
    answers = []
    for address in ("zhou@example.com", "nobody@example.com"):
        with CaptureQueriesContext(connection) as asked:
            response = client.post("/accounts/reset/", {"email": address})
        statements = [re.sub(r"'[^']*'", "?", query["sql"]) for query in asked]
        page = words(client.get(response["Location"]))
        answers.append((response.status_code, response["Location"], page, statements))
    assert answers[0] == answers[1]
    assert len(answers[0][-1]) == 2  # the throttle, and the message if there is anybody
    assert send_mail() == 1


def test_resets_reach_each_account_of_an_address_once_at_a_time(client):
    for name, values in (
        ("zhou", {}),
        ("zhou2", {"email": "Zhou@example.com"}),
        ("closed", {"is_active": False}),
    ):
        factories.user(name, **{"email": "zhou@example.com"} | values)
    new = factories.user("new", email="zhou@example.com")
    new.set_unusable_password()
    new.save()
    for _time in range(2):
        client.post("/accounts/reset/", {"email": "ZHOU@example.com"})
    assert send_mail() == 2
    assert sorted(message.to[0] for message in mail.outbox) == ["Zhou@example.com", "zhou@example.com"]


def test_asking_for_resets_too_often_is_slowed_down(client, monkeypatch):
    monkeypatch.setattr("nanhu_portal.accounts.RESETS_AN_HOUR", 2)
    statuses = [client.post("/accounts/reset/", {"email": "zhou@example.com"}).status_code for _time in range(3)]
    assert statuses == [302, 302, 429]


@pytest.mark.parametrize("email", ["", "x", "\x00", "a\x00@example.com", "zhou@example.com\nBcc: x@evil.example"])
def test_an_invalid_address_is_an_error(client, email):
    response = client.post("/accounts/reset/", {"email": email})
    assert response.status_code == 200
    assert 'role="alert"' in response.content.decode()
    assert not mail.outbox


@pytest.mark.parametrize("address", ["x/y", "MQ/x-y", "%00/%00", "MQ/set-password", "é/é", "MQ/" + "a" * 500])
def test_a_link_that_is_none_says_so(client, address):
    response = client.get(f"/accounts/reset/{address}/", follow=True)
    assert response.status_code == 200
    assert "链接已失效" in words(response)


# --- Too many sign-ins -----------------------------------------------------------------------------------------------

HERE, THERE = "192.0.2.10", "198.51.100.20"


def attempt(username: str, password: str, address: str = HERE, **headers) -> int:
    client = Client(REMOTE_ADDR=address)
    return sign_in(client, username, password, **headers).status_code


def test_failures_lock_that_name_from_that_address_and_nobody_else():
    factories.liaison_staff()
    factories.community_staff()
    statuses = [attempt("liaison", "wrong") for _time in range(9)]
    assert statuses == [200] * 8 + [429]
    assert attempt("liaison", factories.PASSWORD) == 429
    # A colleague in the same office can sign in, and so can the holder from elsewhere.
    assert attempt("community", factories.PASSWORD) == 302
    assert attempt("liaison", factories.PASSWORD, THERE) == 302
    # The admin's own sign-in page is locked too.
    response = Client(REMOTE_ADDR=HERE).post("/admin/login/", {"username": "liaison", "password": factories.PASSWORD})
    assert response.status_code == 429


def test_a_forged_forwarded_address_is_the_same_address():
    factories.liaison_staff()
    for number in range(9):
        client = Client(REMOTE_ADDR=HERE, headers={"x-forwarded-for": f"203.0.113.{number}"})
        status = sign_in(client, "liaison", "wrong").status_code
    assert status == 429
    assert attempt("liaison", factories.PASSWORD) == 429


def test_the_lock_is_shown_and_expires():
    factories.liaison_staff()
    for _time in range(9):
        response = sign_in(Client(REMOTE_ADDR=HERE), "liaison", "wrong")
    assert "登录失败次数过多，请 15 分钟后再试" in words(response)
    assert 890 <= int(response["Retry-After"]) <= 900
    Throttle.objects.update(expires_at=F("expires_at") - timezone.timedelta(minutes=14))
    assert attempt("liaison", factories.PASSWORD) == 429
    Throttle.objects.update(expires_at=F("expires_at") - timezone.timedelta(minutes=2))
    assert attempt("liaison", factories.PASSWORD) == 302


def test_success_resets_the_count():
    factories.liaison_staff()
    for _round in range(3):
        assert [attempt("liaison", "wrong") for _time in range(7)] == [200] * 7
        assert attempt("liaison", factories.PASSWORD) == 302


def test_unknown_names_are_answered_like_wrong_passwords():
    factories.liaison_staff()

    def page(username):
        response = sign_in(Client(REMOTE_ADDR=HERE), username, "wrong")
        return response.status_code, words(response)

    assert page("liaison") == page("nobody")
    factories.user("closed", is_active=False)
    assert page("closed") == page("nobody")
    assert attempt("closed", factories.PASSWORD) == 200


def test_what_was_typed_is_not_stored():
    factories.liaison_staff()
    attempt("my-password-in-the-wrong-box", "hunter2-hunter2")
    rows = [*AccessAttempt.objects.values(), *AuditEntry.objects.values(), *Throttle.objects.values()]
    assert "hunter2" not in str(rows)
    assert "my-password" not in str(rows)
    assert HERE not in str(rows)


@pytest.mark.parametrize(
    "values", [{}, {"username": "\x00", "password": "x"}, {"username": "x" * 5000, "password": "\x00"}]
)
def test_an_incomplete_sign_in_is_an_error(client, values):
    response = client.post(LOGIN, values)
    assert response.status_code == 200
    assert 'role="alert"' in response.content.decode()
