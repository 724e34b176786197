"""Accounts, the portal's texts, the calendar, the audit and the outbox in the admin."""

import csv
import datetime
import io

import pytest
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core.management import call_command
from django.test import Client

from consultation.models import StaffScope
from foundation import outbox, receipts, sms, workdays
from foundation.accounts import User
from foundation.actors import SYSTEM
from foundation.audit import AuditEntry
from foundation.cached import forget_all
from foundation.outbox import OutboxMessage
from foundation.portal import Portal
from foundation.workdays import CalendarDay
from tests import factories
from tests.pages import form, forms, words

pytestmark = pytest.mark.django_db

USERS = "/admin/foundation/user/"
PASSWORD = "a-long-enough-secret"


def acts(**filters) -> list[tuple[str, str, str]]:
    entries = AuditEntry.objects.exclude(action__startswith="sign").filter(**filters).order_by("pk")
    return [(entry.action, entry.subject, entry.actor.username) for entry in entries]


# --- Accounts --------------------------------------------------------------------------------------------------------


def open_account(client, *, page=None, **changes):
    values = {"username": "zhou", "name": "周五", "office": "柳园社区居委会", "email": "", "role": "community_staff"}
    page = page or client.get(f"{USERS}add/")
    return form(page, "username", "role").send(client, f"{USERS}add/", **(values | changes))


def test_the_superuser_opens_an_account_without_a_password(admin_client):
    place = factories.tree().other_community
    response = open_account(admin_client, areas=place.pk)
    user = User.objects.get(username="zhou")
    assert "账号开通单 · 周五" in words(response)
    assert not user.has_usable_password()
    assert [group.name for group in user.groups.all()] == ["community_staff"]
    assert (user.is_staff, user.is_superuser, user.is_active) == (True, False, True)
    assert StaffScope.objects.get(user=user).area == place
    assert [action for action, _subject, _who in acts(subject=f"user:{user.pk}")] == ["added", "account_link_made"]
    assert AuditEntry.objects.get(action="added").detail == f"role community_staff, scope {place.code}"


def test_staff_roles_may_open_the_admin_and_members_not(admin_client):
    for role, is_staff in (
        ("committee_member", False),
        ("community_staff", True),
        ("liaison_staff", True),
        ("auditor", True),
    ):
        open_account(admin_client, username=f"of-{role}", role=role)
        user = User.objects.get(username=f"of-{role}")
        assert (user.is_staff, user.is_superuser) == (is_staff, False), role


def test_an_account_that_cannot_be_is_not_opened(admin_client, subtests):
    page = admin_client.get(f"{USERS}add/")
    for changes, why in (
        ({"username": "", "name": ""}, "请填写用户名"),
        ({"username": "admin"}, "已存在"),
        ({"username": "a b"}, "用户名"),
        ({"username": "a\x00b"}, "空字符"),
        ({"role": "superuser"}, "superuser"),
        ({"role": ""}, "请选择角色"),
    ):
        response = open_account(admin_client, page=page, **changes)
        with subtests.test(str(changes)):
            assert response.status_code == 422
            assert why in words(response)
            assert User.objects.count() == 1


def test_opening_an_account_takes_no_power_with_it(admin_client):
    open_account(admin_client, is_superuser="on", is_staff="on", password="x", groups="1", is_active="")
    user = User.objects.get(username="zhou")
    assert (user.is_superuser, user.is_active, user.has_usable_password()) == (False, True, False)


def make_link(client, user) -> str:
    """The path of the link from the button on the user's page."""
    [button] = [one for one in forms(client.get(f"{USERS}{user.pk}/change/")) if one.action.endswith("/link/")]
    response = button.send(client)
    assert response.status_code == 200
    return response.context["slips"][0]["address"]


def set_password(client, address: str, password: str = PASSWORD):
    page = client.get(address.removeprefix("http://portal.example"), follow=True)
    if "链接已失效" in words(page):
        return page
    target = page.redirect_chain[-1][0]
    return form(page, "new_password1").send(client, target, new_password1=password, new_password2=password)


def test_the_slip_has_the_address_and_its_code_to_scan(admin_client):
    user = factories.user("zhou")
    response = admin_client.post(f"{USERS}{user.pk}/link/")
    html = response.content.decode()
    assert "no-store" in response["Cache-Control"]
    address = response.context["slips"][0]["address"]
    assert address.startswith("http://portal.example/accounts/reset/")
    assert address in html
    assert "<svg" in html
    assert 'class="qr"' in html
    assert "zhou" in html
    assert acts() == [("account_link_made", f"user:{user.pk}", "admin")]
    assert address.split("/")[-2] not in str(list(AuditEntry.objects.values()))


def test_a_link_is_made_by_post_only(admin_client):
    user = factories.user("zhou")
    response = admin_client.get(f"{USERS}{user.pk}/link/")
    assert (response.status_code, response["Location"]) == (302, f"{USERS}{user.pk}/change/")
    assert acts() == []


def test_the_link_works_once_and_then_the_password_does(admin_client):
    open_account(admin_client)
    user = User.objects.get(username="zhou")
    address = make_link(admin_client, user)
    visitor = Client()
    assert set_password(visitor, address).status_code == 302
    assert "链接已失效" in words(set_password(Client(), address, "another-long-secret"))
    response = visitor.post("/accounts/login/", {"username": "zhou", "password": PASSWORD})
    assert response["Location"] == "/admin/"
    assert visitor.get("/admin/").status_code == 200


def test_opening_the_link_uses_nothing_up(admin_client):
    user = factories.user("zhou")
    address = make_link(admin_client, user)
    for _time in range(3):
        assert "设置密码" in words(Client().get(address.removeprefix("http://portal.example"), follow=True))
    assert set_password(Client(), address).status_code == 302


def test_a_password_that_is_too_easy_is_refused_and_the_link_still_works(admin_client):
    address = make_link(admin_client, factories.user("zhouzhou9"))
    visitor = Client()
    for easy in ("short", "1234567890", "password123", "zhouzhou99"):
        response = set_password(visitor, address, easy)
        assert response.status_code == 200, easy
    assert set_password(visitor, address).status_code == 302


def test_the_link_expires_after_three_days(admin_client, monkeypatch):
    address = make_link(admin_client, factories.user("zhou"))
    now = datetime.datetime.now()
    for days, works in ((2.9, True), (3.1, False)):
        moment = now + datetime.timedelta(days=days)
        monkeypatch.setattr(PasswordResetTokenGenerator, "_now", lambda self, moment=moment: moment)
        page = Client().get(address.removeprefix("http://portal.example"), follow=True)
        assert ("链接已失效" in words(page)) is not works, days


def test_there_is_no_link_for_an_account_that_is_closed_or_not_there(admin_client):
    user = factories.user("zhou", is_active=False)
    assert "已经停用，不能生成" in words(admin_client.post(f"{USERS}{user.pk}/link/", follow=True))
    assert admin_client.post(f"{USERS}999999/link/").status_code == 404
    assert acts() == []


def test_the_auditor_reads_accounts_and_changes_none(auditor_client):
    user = factories.user("zhou", None, factories.tree().compound)
    page = auditor_client.get(f"{USERS}{user.pk}/change/")
    assert page.status_code == 200
    assert user.password not in page.content.decode()
    assert auditor_client.post(f"{USERS}{user.pk}/change/", {"username": "x", "is_superuser": "on"}).status_code == 403
    assert auditor_client.post(f"{USERS}{user.pk}/link/").status_code == 403
    assert "/link/" not in page.content.decode()


# --- The portal's texts ----------------------------------------------------------------------------------------------


def test_what_is_changed_about_the_portal_shows_at_once(admin_client, resident):
    Portal.objects.create(pk=1, name="一线协商", phone="027-80000000")
    assert "027-80000000" in words(resident.get("/"))
    address = "/admin/foundation/portal/1/change/"
    response = form(admin_client.get(address), "name").send(admin_client, address, phone="027-81111111", name="新名字")
    assert response.status_code == 302
    text = words(resident.get("/"))
    assert "027-81111111" in text
    assert "新名字" in text
    assert "027-80000000" not in text
    assert acts() == [("changed", "portal:1", "admin")]


def test_there_is_one_portal(admin_client):
    add = "/admin/foundation/portal/add/"
    assert form(admin_client.get(add), "name").send(admin_client, add, name="一线协商").status_code == 302
    assert Portal.objects.get().pk == 1
    assert admin_client.get(add).status_code == 403
    assert admin_client.post(add, {"name": "第二个"}).status_code == 403
    assert admin_client.post("/admin/foundation/portal/1/delete/", {"post": "yes"}).status_code == 403
    data = {"action": "delete_selected", "_selected_action": [1], "post": "yes"}
    admin_client.post("/admin/foundation/portal/", data)
    assert Portal.objects.count() == 1


# --- The calendar ----------------------------------------------------------------------------------------------------

SATURDAY = datetime.date(2027, 5, 8)
CALENDAR = "/admin/foundation/calendarday/"


def test_a_day_that_is_entered_changed_or_deleted_counts_at_once(district_client):
    assert not workdays.is_workday(SATURDAY)
    add = f"{CALENDAR}add/"
    values = {"date": "2027-05-08", "is_workday": "on", "note": "补班"}
    assert form(district_client.get(add), "date").send(district_client, add, **values).status_code == 302
    assert workdays.is_workday(SATURDAY)
    day = CalendarDay.objects.get()
    change = f"{CALENDAR}{day.pk}/change/"
    form(district_client.get(change), "date").send(district_client, change, is_workday=None)
    assert not workdays.is_workday(SATURDAY)
    form(district_client.get(change), "date").send(district_client, change, is_workday="on")
    assert workdays.is_workday(SATURDAY)
    district_client.post(f"{CALENDAR}{day.pk}/delete/", {"post": "yes"})
    assert not workdays.is_workday(SATURDAY)
    assert [action for action, _subject, _who in acts()] == ["added", "changed", "changed", "deleted"]


def test_days_deleted_together_count_at_once_too(district_client):
    day = CalendarDay.objects.create(date=SATURDAY, is_workday=True)
    assert workdays.is_workday(SATURDAY)
    data = {"action": "delete_selected", "_selected_action": [day.pk], "post": "yes"}
    district_client.post(CALENDAR, data)
    assert not CalendarDay.objects.exists()
    assert not workdays.is_workday(SATURDAY)
    assert acts() == [("deleted", f"calendarday:{day.pk}", "district")]


def test_one_day_is_entered_once(district_client):
    CalendarDay.objects.create(date=SATURDAY, is_workday=True)
    response = district_client.post(f"{CALENDAR}add/", {"date": "2027-05-08", "note": ""})
    assert response.status_code == 200
    assert CalendarDay.objects.count() == 1


def test_whoever_may_enter_holidays_is_asked_for_a_year_without_and_others_know_whom_to_ask(
    liaison_client, district_client, monkeypatch
):
    monkeypatch.setattr(workdays, "last_known_year", lambda: 2020)
    for client, asked in ((district_client, "请在“节假日调整”中录入"), (liaison_client, "请管理员录入")):
        for page in ("/admin/", "/admin/readiness/"):
            said = words(client.get(page))
            assert "年的节假日安排尚未录入" in said
            assert [one for one in ("请在“节假日调整”中录入", "请管理员录入") if one in said] == [asked]


def test_the_admin_warns_while_residents_find_no_number_to_call(liaison_client):
    warning = "网站上没有可供居民拨打的电话"
    assert warning in words(liaison_client.get("/admin/"))
    Portal.objects.create(pk=1, name="湖东协商", phone="027-80000000")
    forget_all()
    assert warning not in words(liaison_client.get("/admin/"))


# --- The audit -------------------------------------------------------------------------------------------------------


def test_the_audit_is_read_and_searched_by_the_auditor_only(auditor_client, liaison_client):
    demand = factories.demand("accepted", public=True)
    page = auditor_client.get(f"/admin/foundation/auditentry/?q={demand.ref}")
    assert [entry.action for entry in page.context["cl"].result_list] == ["published"]
    assert liaison_client.get("/admin/foundation/auditentry/").status_code == 403
    entry = AuditEntry.objects.first()
    for client in (auditor_client, liaison_client):
        address = f"/admin/foundation/auditentry/{entry.pk}/change/"
        assert client.post(address, {"detail": "x"}).status_code == 403


def test_no_query_string_breaks_the_audit(auditor_client):
    for query in ("q=%00", "action__exact=%00", "action__exact=nonsense", "p=abc", "actor__password__startswith=a"):
        assert auditor_client.get(f"/admin/foundation/auditentry/?{query}").status_code in (200, 302, 400), query


# --- The outbox ------------------------------------------------------------------------------------------------------

OUTBOX = "/admin/foundation/outboxmessage/"


@pytest.fixture
def messages():
    """Undeliverable, waiting and sent, and one about another subdistrict."""
    places = factories.tree()
    made = []
    for phone, area in (
        ("13900001111", places.compound),
        ("13900002222", places.compound),
        ("13900003333", places.compound),
        ("13900004444", places.far_compound),
    ):
        demand = factories.demand(phone=phone, area=area)
        made.append(OutboxMessage.objects.get(subject_ref=demand.ref))
    for index in (0, 3):
        OutboxMessage.objects.filter(pk=made[index].pk).update(status="undeliverable", attempts=8, failure="关机")
    OutboxMessage.objects.filter(pk=made[2].pk).update(status="sent", sent_at=made[2].created_at)
    return [OutboxMessage.objects.get(pk=message.pk) for message in made]


def test_the_outbox_shows_ones_own_places_with_the_contacts_masked(
    liaison_client, auditor_client, admin_client, messages
):
    for client in (liaison_client, auditor_client):
        page = client.get(OUTBOX)
        text = words(page)
        assert [row.pk for row in page.context["cl"].result_list] == [message.pk for message in messages[2::-1]]
        assert "139****1111" in text
        assert "13900001111" not in page.content.decode()
        assert "关机" in text
        assert "139****4444" not in text
        detail = client.get(f"{OUTBOX}{messages[0].pk}/change/").content.decode()
        assert "139****1111" in detail
        assert "13900001111" not in detail
    # The superuser sees what is about no place too, or nobody would.
    account = factories.user("wu", email="wu@example.com")
    outbox.enqueue_for_staff(account, "factor_set_up", {}, ref=f"user:{account.pk}", key="x")
    assert len(admin_client.get(OUTBOX).context["cl"].result_list) == 5


def test_the_outbox_is_filtered_and_searched(liaison_client, messages):
    def found(query):
        return [row.pk for row in liaison_client.get(f"{OUTBOX}?{query}").context["cl"].result_list]

    assert found("status__exact=undeliverable") == [messages[0].pk]
    assert found(f"q={messages[1].subject_ref}") == [messages[1].pk]
    assert found("channel__exact=email") == []


def test_what_could_not_be_delivered_is_tried_again_and_nothing_else(liaison_client, messages):
    chosen = [message.pk for message in messages]
    response = liaison_client.post(OUTBOX, {"action": "try_again", "_selected_action": chosen})
    assert response.status_code == 302
    assert "已安排重新发送。" in words(liaison_client.get(response["Location"]))
    rows = [OutboxMessage.objects.get(pk=message.pk) for message in messages]
    assert [row.status for row in rows] == ["waiting", "waiting", "sent", "undeliverable"]
    assert (rows[0].attempts, rows[3].attempts) == (0, 8)
    assert rows[1].next_attempt_at == messages[1].next_attempt_at
    entry = AuditEntry.objects.get(action="resent")
    assert (entry.subject, entry.detail, entry.actor) == (messages[0].subject_ref, "received", liaison_client.user)


def test_however_many_are_sent_again_it_takes_as_few_queries(messages, django_assert_num_queries):
    OutboxMessage.objects.update(status="undeliverable", sent_at=None)
    with django_assert_num_queries(7):
        assert outbox.retry(OutboxMessage.objects.all(), actor=SYSTEM) == 4


def test_the_auditor_sends_nothing(auditor_client, messages):
    assert "try_again" not in auditor_client.get(OUTBOX).content.decode()
    auditor_client.post(OUTBOX, {"action": "try_again", "_selected_action": [messages[0].pk]})
    messages[0].refresh_from_db()
    assert messages[0].status == "undeliverable"


def test_staff_read_what_became_of_a_message_why_and_what_to_do(liaison_client, messages):
    first = messages[0]
    OutboxMessage.objects.filter(pk=first.pk).update(failure="isv.MOBILE_NUMBER_ILLEGAL")
    OutboxMessage.objects.filter(pk=messages[2].pk).update(receipt="delivered", receipt_at=first.created_at)
    text = words(liaison_client.get(OUTBOX))
    assert "手机号码无效" in text
    assert "已送达" in text
    page = liaison_client.get(f"{OUTBOX}{first.pk}/change/")
    assert "请核对联系方式后重新发送，或电话告知。" in words(page)
    again = form(page, "_selected_action").send(liaison_client, OUTBOX)
    assert again.status_code == 302
    first.refresh_from_db()
    assert first.status == "waiting"
    # No button where there is nothing to send again, and a pressed one says so.
    assert "_selected_action" not in liaison_client.get(f"{OUTBOX}{first.pk}/change/").content.decode()
    pressed = liaison_client.post(OUTBOX, {"action": "try_again", "_selected_action": [first.pk]}, follow=True)
    assert "所选的都不是无法送达的消息" in words(pressed)


def test_a_message_and_the_one_sent_instead_lead_to_each_other(liaison_client, messages):
    first, other = messages[0], messages[1]
    OutboxMessage.objects.filter(pk=first.pk).update(status="replaced", failure="landline")
    OutboxMessage.objects.filter(pk=other.pk).update(fallback_of=first, channel="email")
    for one, another in ((first, other), (other, first)):
        page = liaison_client.get(f"{OUTBOX}{one.pk}/change/").content.decode()
        assert f'href="{OUTBOX}{another.pk}/change/"' in page


def test_the_texts_stand_on_a_page_to_print_as_they_are_filed(
    liaison_client, admin_client, monkeypatch, django_assert_max_num_queries
):
    address = f"{OUTBOX}templates/"
    with django_assert_max_num_queries(8):
        page = words(liaison_client.get(address))
    assert "您的需求 ${ref} 已受理。查看进度（7 天内有效）：http://portal.example/l/${link}" in page
    assert "【一线协商】您的需求 NH-2026-00042 已受理。查看进度（7 天内有效）：http://portal.example/l/Ab3dE6gH" in page
    assert "40. " in page
    assert "尚未登记模板代码" not in page
    assert "/receipts/sms/" not in page
    # With a provider that approves texts, those without its code are named; the superuser sees the receipts' address.
    provider = sms.Aliyun("id", "secret", "一街", {"accepted": "SMS_1002"}, client=object())
    monkeypatch.setattr(sms, "backend", lambda: provider)
    page = words(admin_client.get(address))
    assert page.count("尚未登记模板代码") == 40
    assert "模板代码 SMS_1002" in page
    assert "【一街】" in page
    assert f"http://portal.example/receipts/sms/{receipts.key()}/" in page


def test_the_same_texts_are_printed_for_a_spreadsheet(capsys):
    call_command("message_templates")
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert len(rows) == 41
    found = next(row for row in rows if row["code"] == "event_cancelled")
    assert (found["name"], found["to"], found["parts"]) == ("活动已取消", "居民", "2-2")
    assert found["variables"] == "title: others; when: time; link: link_param"
