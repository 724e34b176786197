"""Signing up for an event in a browser: the form, one's own page, and cancelling."""

import datetime

import pytest
from django.core import signing
from django.utils import timezone

from consultation.models import Event, SignUp
from consultation.services import events, sign_ups
from consultation.views import sign_ups as views
from foundation import contacts
from foundation.actors import SYSTEM
from foundation.contacts import Contact
from foundation.outbox import OutboxMessage
from foundation.tokens import new_code
from tests import factories
from tests.pages import form, forms, tells_digits, words

pytestmark = pytest.mark.django_db

HOUR = datetime.timedelta(hours=1)
CODE = "7KXM-2345-ABCD-EFGH-JKMN-PQRS-TVWX"
FILLED = {"phone": "139 1234 5678", "email": "", "called": "王女士", "sector": "society", "consent": "on"}


def address(event: Event) -> str:
    return f"/events/{event.pk}/signup/"


def page(code: str = CODE) -> str:
    return f"/events/signup/{code}/"


def signed_up(event: Event, code: str = "", number: int = 1, **values) -> SignUp:
    return sign_ups.sign_up(event, code=code or new_code(), **({"phone": f"139000000{number:02d}"} | values))[0]


def form_of(client, event: Event):
    return form(client.get(address(event)), "state", "phone")


def send(client, event: Event, **changes):
    return form_of(client, event).send(client, address(event), **(FILLED | changes))


def message_of(client, response) -> str:
    return [str(message) for message in client.get(response["Location"]).context["messages"]][-1]


# --- The form --------------------------------------------------------------------------------------------------------


def test_signing_up_leads_to_ones_own_page(resident):
    event = factories.event(capacity=10)
    response = send(resident, event)
    assert response.status_code == 302
    row = SignUp.objects.get()
    assert (row.event, row.status, row.sector) == (event, "confirmed", "society")
    assert contacts.open_contact(row.contact) == {"called": "王女士", "phone": "13912345678", "email": ""}
    shown = resident.get(response["Location"])
    assert shown.status_code == 200
    assert "已报名" in words(shown)
    assert sign_ups.find(response["Location"].split("/")[-2]) == row


def test_an_email_alone_and_nothing_else_is_enough(resident):
    event = factories.event()
    response = send(resident, event, phone="", email="wang@example.com", called="", sector="")
    assert response.status_code == 302
    assert SignUp.objects.get().sector == ""


def test_the_consent_is_asked_for_unticked_and_says_what_for(resident):
    event = factories.event()
    assert "consent" not in form_of(resident, event).values
    said = words(resident.get(address(event)))
    assert "同意为这场活动使用以上信息" in said
    assert "只用来告诉您这场活动的报名、变动和提醒，活动结束 30 天后删除；取消报名的马上删除。" in said


def test_wrong_input_comes_back_with_a_sentence_and_what_was_typed(resident, subtests):
    event = factories.event()
    page = form_of(resident, event)
    for changes, sentence in (
        ({"phone": "", "email": ""}, "请填写电话或邮箱，至少一项"),
        ({"phone": "12345"}, "请核对电话号码：手机号 11 位，座机须带区号，如 027-87654321。"),
        ({"phone": "不留"}, "请核对电话号码：手机号 11 位，座机须带区号，如 027-87654321。"),
        ({"phone": "1" * 10_000}, "最多 30 个字，现在有 10000 个字。"),
        ({"phone": "139\x001234"}, "文字中有无法保存的字符，请删除后再试。"),
        ({"email": "wang@"}, "请核对电子邮箱，格式如 name@example.com"),
        ({"email": f"{'w' * 10_000}@example.com"}, "请核对电子邮箱，格式如 name@example.com"),
        ({"email": "w\x00@example.com"}, "请核对电子邮箱，格式如 name@example.com"),
        ({"email": f"w@{'example.' * 15}com"}, "电子邮箱最多 120 个字符。"),
        ({"called": "王" * 21}, "最多 20 个字，现在有 21 个字。"),
        ({"called": "王\x00"}, "文字中有无法保存的字符，请删除后再试。"),
        ({"sector": "martians"}, "请选择列表中的一项"),
        ({"sector": "\x00"}, "请选择列表中的一项"),
        ({"consent": None}, "您同意使用信息后，才能报名"),
    ):
        response = page.send(resident, address(event), **(FILLED | changes))
        with subtests.test(str(changes)[:100]):
            assert response.status_code == 422
            assert sentence in words(response)
            assert response.context["form"].data["called"] == (FILLED | changes)["called"]
            assert not SignUp.objects.exists()
            assert not Contact.objects.exists()
            assert not OutboxMessage.objects.exists()


def test_a_wrong_phone_is_not_called_a_missing_one(resident):
    said = words(send(resident, factories.event(), phone="12345"))
    assert "至少一项" not in said.replace("电话和邮箱至少填一项", "")


def test_a_corrected_form_is_the_same_form(resident):
    event = factories.event()
    first = form_of(resident, event)
    back = form(first.send(resident, address(event), **(FILLED | {"phone": "12345"})), "state", "phone")
    assert signing.loads(back.values["state"], salt=views.SALT) == signing.loads(first.values["state"], salt=views.SALT)
    assert back.send(resident, address(event), **FILLED).status_code == 302
    assert first.send(resident, address(event), **FILLED).status_code == 302
    assert SignUp.objects.count() == 1


def test_the_same_form_sent_again_leads_to_the_same_page(resident):
    event = factories.event()
    filled = form_of(resident, event)
    places = {filled.send(resident, address(event), **FILLED)["Location"] for _time in range(3)}
    assert len(places) == 1
    assert SignUp.objects.count() == OutboxMessage.objects.count() == 1


def test_two_forms_are_two_sign_ups(resident):
    event = factories.event()
    one, other = form_of(resident, event), form_of(resident, event)
    one.send(resident, address(event), **FILLED)
    other.send(resident, address(event), **(FILLED | {"phone": "13800000000"}))
    assert list(event.sign_ups.values_list("number", flat=True)) == [1, 2]


@pytest.mark.parametrize("forged", ["nothing", "garbage", "another event", "another salt", "its own code"])
def test_a_form_with_a_code_that_is_not_ours_signs_nobody_up_and_keeps_what_was_typed(resident, forged):
    event = factories.event()
    state = {
        "nothing": None,
        "garbage": "x\x00:y:z",
        "another event": signing.dumps([event.pk + 1, CODE], salt=views.SALT),
        "another salt": signing.dumps([event.pk, CODE], salt="demands.submit"),
        "its own code": CODE,
    }[forged]
    response = send(resident, event, state=state)
    assert response.status_code == 422
    assert "页面已失效，报名还没有提交。您填写的内容已保留，请再按一次按钮。" in words(response)
    assert not SignUp.objects.exists()
    # Once more, and it is done.
    again = form(response, "state", "phone")
    assert (again.values["phone"], again.values["consent"]) == (FILLED["phone"], "on")
    assert again.send(resident, address(event)).status_code == 302
    assert SignUp.objects.count() == 1


def test_a_contact_that_signed_up_already_is_told_so_without_its_state(resident):
    event = factories.event(capacity=1)
    signed_up(event, number=2)
    signed_up(event, phone="13912345678")  # who waits
    response = send(resident, event)
    assert response.status_code == 422
    said = words(response)
    assert "这个电话或邮箱已报名这场活动，查看和取消的链接已重新发送。" in said
    assert "候补中" not in said
    assert SignUp.objects.count() == 2
    assert OutboxMessage.objects.filter(template="event_link").count() == 1


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        ("planned", "这场活动还没有开放报名。"),
        ("held", "活动已经举行，不能报名。"),
        ("minutes_published", "活动已经举行，不能报名。"),
        ("cancelled", "活动已取消，不能报名。原因：下大雨"),
    ],
)
def test_an_event_that_takes_no_sign_ups_says_why_and_shows_no_form(resident, status, sentence):
    response = resident.get(address(factories.event(status)))
    assert response.status_code == 200
    assert sentence in words(response)
    assert not [one for one in forms(response) if "phone" in one.values]


def test_past_the_deadline_the_page_says_so(resident):
    event = factories.event()
    Event.objects.filter(pk=event.pk).update(sign_up_until=timezone.now() - HOUR)
    assert "报名已经截止。" in words(resident.get(address(event)))


def test_a_form_sent_after_the_event_was_cancelled_says_so(resident):
    event = factories.event()
    filled = form_of(resident, event)
    events.cancel(event, actor=SYSTEM, reason="下大雨")
    response = filled.send(resident, address(event), **FILLED)
    assert response.status_code == 422
    assert "活动已取消，不能报名。原因：下大雨" in words(response)
    assert not SignUp.objects.exists()


def test_a_form_sent_after_the_deadline_says_so(resident):
    event = factories.event()
    filled = form_of(resident, event)
    Event.objects.filter(pk=event.pk).update(sign_up_until=timezone.now() - HOUR)
    response = filled.send(resident, address(event), **FILLED)
    assert response.status_code == 422
    assert "报名已经截止。" in words(response)


def test_the_form_says_how_many_places_are_left(resident, subtests):
    for capacity, taken, sentence, button in (
        (None, 3, "名额 不限", "报名"),
        (5, 0, "还有 5 个", "报名"),
        (5, 4, "还有 1 个", "报名"),
        (2, 2, "名额已满。现在报名将排入候补，有人取消时按次序递补，并立即通知您。", "报名候补"),
        (2, 4, "名额已满。", "报名候补"),
    ):
        event = factories.event(capacity=capacity)
        for number in range(taken):
            signed_up(event, number=number)
        said = words(resident.get(address(event)))
        with subtests.test(sentence):
            assert sentence in said
            assert f"{button} 取消" in said


def test_past_the_last_place_one_reads_where_one_waits(resident):
    event = factories.event(capacity=1)
    signed_up(event, number=1)
    signed_up(event, number=2)
    said = words(resident.get(send(resident, event)["Location"]))
    assert "候补中 候补第 2 位" in said
    assert "添加到日历" not in said


def test_one_address_signs_up_thirty_times_an_hour(resident, monkeypatch):
    monkeypatch.setattr(views, "SIGN_UPS_AN_HOUR", 2)
    event = factories.event()
    for number in range(2):
        assert send(resident, event, phone=f"1390000000{number}").status_code == 302
    response = send(resident, event)
    assert response.status_code == 429
    assert "从您的网络报名的次数太多，请一小时后再试，也可以打电话报名。" in words(response)
    assert SignUp.objects.count() == 2
    # A form with a mistake does not count, and another visitor is not kept out.
    assert send(resident, event, phone="1").status_code == 422
    other = form_of(resident, event)
    assert resident.post(address(event), other.values | FILLED, REMOTE_ADDR="10.9.8.7").status_code == 302


def test_thirty_is_the_limit():
    assert views.SIGN_UPS_AN_HOUR == views.MISSES_AN_HOUR == 30


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_the_form_takes_get_and_post_only(resident, method):
    assert getattr(resident, method)(address(factories.event())).status_code == 405


@pytest.mark.parametrize("path", ["/events/999999/signup/", f"/events/{10**30}/signup/", "/events/x/signup/"])
def test_an_event_that_is_not_there(resident, path):
    assert resident.get(path).status_code == 404
    assert resident.post(path, FILLED).status_code == 404


def test_an_invented_event_is_marked(resident):
    event = factories.event(title="演示的活动吗")
    assert "开放报名 演示" not in words(resident.get(address(event)))
    Event.objects.update(is_demo=True)
    assert "开放报名 演示" in words(resident.get(address(event)))


def test_a_title_is_shown_as_it_is_written(resident):
    event = factories.event(title="<script>alert(1)</script>")
    content = resident.get(address(event)).content.decode()
    assert "<script>alert(1)" not in content
    assert "&lt;script&gt;alert(1)" in content


def test_staff_sign_up_like_everybody(liaison_client):
    assert send(liaison_client, factories.event()).status_code == 302


# --- One's own page --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", [CODE, CODE.lower(), CODE.replace("-", "")])
def test_a_code_opens_the_page_however_it_is_typed(resident, typed):
    event = factories.event(venue=factories.venue())
    signed_up(event, CODE)
    said = words(resident.get(page(typed)))
    for shown in (event.title, "已报名", "桂花苑小区云端工作站", "桂花路 1 号", "添加到日历", "取消报名"):
        assert shown in said


def path_of(row: SignUp) -> str:
    return sign_ups.signed_link(row).removeprefix("http://portal.example")


def test_a_link_opens_the_page_too(resident):
    row = signed_up(factories.event())
    response = resident.get(path_of(row))
    assert response.status_code == 200
    # Who keeps the page by its code is told to; a link is in their messages anyway.
    assert "请收藏本页" not in words(response)


@pytest.mark.parametrize("shown", ["page", "cancel", "form"])
def test_these_pages_are_kept_by_nobody_and_found_by_no_search(resident, shown):
    event = factories.event()
    signed_up(event, CODE)
    path = {"page": page(), "cancel": f"{page()}cancel/", "form": address(event)}[shown]
    response = resident.get(path)
    assert "no-store" in response["Cache-Control"]
    assert '<meta name="robots" content="noindex">' in response.content.decode()
    if shown != "form":
        assert response["X-Robots-Tag"] == "noindex"


def test_the_page_shows_no_contact(resident):
    signed_up(factories.event(), CODE, phone="13912345678", email="wang@example.com", called="王女士")
    content = resident.get(page()).content.decode()
    for personal in ("12345678", "wang", "王女士"):
        assert personal not in content
    assert not tells_digits(content, "5678")


@pytest.mark.parametrize(
    ("status", "seen"),
    [("confirmed", True), ("waiting", False), ("cancelled", False)],
)
def test_the_online_link_is_for_those_who_have_a_place(resident, status, seen):
    event = factories.event(capacity=1, online_url="https://meeting.example.com/j/1")
    if status == "waiting":
        signed_up(event, number=2)
    row = signed_up(event, CODE)
    if status == "cancelled":
        sign_ups.cancel(row)
    assert SignUp.objects.get(pk=row.pk).status == status
    assert ("meeting.example.com" in resident.get(page()).content.decode()) == seen


def test_the_online_link_is_gone_when_the_event_is_off(resident):
    event = factories.event(online_url="https://meeting.example.com/j/1")
    signed_up(event, CODE)
    events.cancel(event, actor=SYSTEM, reason="下大雨")
    response = resident.get(page())
    assert "这场活动已取消 下大雨" in words(response)
    for gone in ("meeting.example.com", "添加到日历", "cancel/"):
        assert gone not in response.content.decode()


def test_after_the_event_there_is_nothing_to_cancel(resident):
    event = factories.event()
    signed_up(event, CODE)
    Event.objects.filter(pk=event.pk).update(starts_at=timezone.now() - 3 * HOUR, ends_at=timezone.now() - HOUR)
    assert "取消报名" not in words(resident.get(page()))
    events.record_held(event, actor=SYSTEM)
    said = words(resident.get(page()))
    assert "这场活动已经举行。" in said
    assert "取消报名" not in said


def test_an_event_over_two_days_says_both(resident):
    start = datetime.datetime.fromisoformat("2030-03-05T20:00:00+08:00")
    event = factories.event(starts_at=start, ends_at=start + 14 * HOUR)
    signed_up(event, CODE)
    assert "2030年3月5日 星期二 20:00 至 2030年3月6日 星期三 10:00" in words(resident.get(page()))


def test_an_unknown_code_is_told_so(resident):
    for code in ("x", CODE, CODE[:-1], "1:2:3", "%00", "❄", "x" * 10_000):
        for path in (page(code), f"{page(code)}cancel/"):
            response = resident.get(path)
            assert response.status_code == 404, path[:100]
            assert "没有找到这个报名" in words(response), path[:100]
        assert resident.post(f"{page(code)}cancel/").status_code == 404, code[:100]


def test_guessing_ends_and_keeps_nobody_from_their_own_page(resident, monkeypatch):
    monkeypatch.setattr(views, "MISSES_AN_HOUR", 3)
    signed_up(factories.event(), CODE)
    for _time in range(3):
        assert resident.get(page("7KXM")).status_code == 404
    response = resident.get(page("7KXM"))
    assert response.status_code == 429
    assert "尝试次数太多，请一小时后再试，也可以打电话询问。" in words(response)
    assert resident.get(page()).status_code == 200


def test_ones_own_page_is_only_read(resident):
    signed_up(factories.event(), CODE)
    for method in ("post", "put", "patch", "delete"):
        assert getattr(resident, method)(page()).status_code == 405, method


# --- Cancelling ------------------------------------------------------------------------------------------------------


def cancel(client, code: str = CODE):
    path = f"{page(code)}cancel/"
    asked = client.get(path)
    [question] = [one for one in forms(asked) if one.method == "post" and "next" not in one.values]
    return question.send(client, path)


def test_cancelling_asks_first(resident):
    event = factories.event()
    signed_up(event, CODE)
    said = words(resident.get(f"{page()}cancel/"))
    assert "取消后，名额会让给候补的人，您的联系方式立即删除。" in said
    assert SignUp.objects.get().status == "confirmed"


def test_cancelling_gives_the_place_to_the_next(resident):
    event = factories.event(capacity=1)
    signed_up(event, CODE)
    signed_up(event, number=2)
    response = cancel(resident)
    assert response["Location"] == page()
    assert message_of(resident, response) == "报名已取消，您的联系方式已删除。谢谢您告诉我们。"
    assert list(event.sign_ups.values_list("status", flat=True)) == ["cancelled", "confirmed"]
    assert OutboxMessage.objects.filter(template="event_moved_up").count() == 1


def test_by_a_link_it_can_be_cancelled_too(resident):
    row = signed_up(factories.event())
    cancel(resident, path_of(row).split("/")[-2])
    assert SignUp.objects.get().status == "cancelled"


def test_cancelled_again_it_stays_cancelled_and_can_be_made_anew(resident):
    event = factories.event()
    signed_up(event, CODE)
    cancel(resident)
    assert resident.post(f"{page()}cancel/")["Location"] == page()
    assert resident.get(f"{page()}cancel/")["Location"] == page()
    said = words(resident.get(page()))
    assert "已取消" in said
    assert "重新报名" in said
    assert send(resident, event, phone="13900000001").status_code == 302


def test_what_is_over_is_not_cancelled_and_says_so(resident):
    event = factories.event()
    signed_up(event, CODE)
    Event.objects.filter(pk=event.pk).update(starts_at=timezone.now() - 3 * HOUR, ends_at=timezone.now() - HOUR)
    response = resident.post(f"{page()}cancel/")
    assert message_of(resident, response) == "活动已经结束，不用再取消报名。"
    assert SignUp.objects.get().status == "confirmed"


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_cancelling_takes_get_and_post_only(resident, method):
    signed_up(factories.event(), CODE)
    assert getattr(resident, method)(f"{page()}cancel/").status_code == 405
    assert SignUp.objects.get().status == "confirmed"


# --- What it costs ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [1, 4])
def test_pages_ask_the_database_as_often_for_one_as_for_four(resident, django_assert_num_queries, rows):
    event = factories.event(capacity=1, venue=factories.venue())
    for number in range(rows):
        signed_up(event, number=number)
    signed_up(event, CODE, number=99)
    for path in (address(event), page()):
        resident.get(path)  # what a process keeps is kept now
    with django_assert_num_queries(2):
        resident.get(address(event))
    with django_assert_num_queries(2):
        resident.get(page())
    with django_assert_num_queries(1):
        resident.get(f"{page()}cancel/")


def test_signing_up_asks_the_database_no_more_than_fifteen_times(resident, django_assert_max_num_queries):
    event = factories.event(capacity=3)
    for number in range(10):
        signed_up(event, number=number)
    filled = form_of(resident, event)
    with django_assert_max_num_queries(15):
        filled.send(resident, address(event), **FILLED)
