"""Consultation from invitation to results, without JavaScript, residents on a phone."""

import calendar
import datetime

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from consultation.models import Agreement, Event, SignUp, Slot, VenueKind
from consultation.workflow import EventStatus
from demands.models import Demand
from foundation.message_templates import render
from foundation.outbox import OutboxMessage
from members.models import Attendance
from tests import factories

from .conftest import DESK, PHONE
from .paper import poster_of, printed, read, shot
from .test_main_job import heading, press

pytestmark = pytest.mark.browser

TOPIC = "小区里加装电动车充电棚"
MINUTES = "大家看了现场，商定先修路灯。\n\n照明单位说明了线路情况。"
PROMISE, OFFICE = "3 号门外加装两盏路灯", "湖东街道公共管理办公室"
OUTCOME, EVIDENCE = "两盏路灯已亮，照度 12 勒克斯", "照度计测量记录"


@pytest.fixture
def phone(window):
    """Open another person's phone."""
    return lambda: window(PHONE, javascript=False)


@pytest.fixture
def desk(portal, window, sign_in) -> Page:
    """Liaison staff in the admin."""
    return sign_in(window(DESK, javascript=False), factories.liaison_staff())


def told(template: str) -> str:
    """The newest message of a kind, as its recipient reads it."""
    message = OutboxMessage.objects.filter(template=template).latest("pk")
    return render(message.template, message.parameters).body


def link_in(text: str) -> str:
    return next(word[word.index("http") :] for word in text.split() if "http" in word)


# --- Signing up ----------------------------------------------------------------------------------------------------


def _sign_up(page: Page, event: Event, button: str, number: str) -> None:
    page.goto("/events/")
    page.get_by_role("link", name=event.title).click()
    heading(page, event.title)
    page.get_by_role("link", name=button, exact=True).click()
    heading(page, "报名参加")
    page.get_by_label("手机或座机").fill(number)
    page.get_by_label("同意为这场活动使用以上信息").check()
    press(page, "报名" if button == "我要报名" else button)
    heading(page, "我的报名")


def test_the_last_place_goes_to_the_next_in_line(portal, phone, picture):
    event = factories.event(title="放学后，孩子去哪里", capacity=2)
    factories.sign_up(event)
    first, second = phone(), phone()

    _sign_up(first, event, "我要报名", "139 1234 0001")
    expect(first.locator(".pill")).to_have_text("已报名")
    picture(first, "meeting-signed-up")

    second.goto(f"/events/{event.pk}/")
    expect(second.locator("main")).to_contain_text("名额已满")
    _sign_up(second, event, "报名候补", "139 1234 0002")
    expect(second.locator("main")).to_contain_text("候补中 候补第 1 位")
    picture(second, "meeting-waiting")

    # Going back and submitting again creates no second sign-up.
    first.go_back()
    first.get_by_label("手机或座机").fill("139 1234 0001")
    first.get_by_label("同意为这场活动使用以上信息").check()
    press(first, "报名候补")
    expect(first.locator("#error-summary")).to_contain_text("已报名这场活动")
    assert SignUp.objects.count() == 3

    first.goto(link_in(told("event_signed_up")))
    first.get_by_role("link", name="取消报名").click()
    heading(first, "取消报名")
    press(first, "确认取消报名")
    expect(first.get_by_role("status")).to_contain_text("报名已取消")
    expect(first.locator(".pill")).to_have_text("已取消")

    second.reload()
    expect(second.locator(".pill")).to_have_text("已报名")
    second.goto(link_in(told("event_moved_up")))
    heading(second, "我的报名")
    expect(second.locator(".pill")).to_have_text("已报名")
    assert list(event.sign_ups.values_list("status", flat=True)) == ["confirmed", "cancelled", "confirmed"]


# --- Ordering a topic ----------------------------------------------------------------------------------------------


def test_what_residents_order_comes_onto_the_agenda(phone, desk, picture):
    factories.topic(TOPIC)
    event = factories.event(title="月月谈：停车与充电", venue=factories.venue(VenueKind.DELIBERATION_HOME))
    resident = phone()
    resident.goto("/topics/")
    resident.get_by_role("listitem").filter(has_text=TOPIC).get_by_role("button").click()
    heading(resident, TOPIC)
    expect(resident.get_by_role("status")).to_contain_text("已记录，谢谢您的关心。")
    resident.get_by_label("电子邮箱").fill("neighbour@portal.example")
    resident.get_by_label("我已满 14 周岁").check()
    press(resident, "有结果时通知我")
    expect(resident.get_by_role("status")).to_contain_text("都会通知您")
    expect(resident.locator("main")).to_contain_text("您已关心这个议题")
    picture(resident, "meeting-topic-ordered")

    desk.goto("/admin/menu/")
    desk.get_by_role("link", name="征集议题", exact=True).click()
    desk.get_by_role("link", name=TOPIC, exact=True).click()
    expect(desk.locator("#content")).to_contain_text("共 1 人：居民 1。其中 1 人留了联系方式。")
    desk.get_by_role("link", name="列入议程…").click()
    desk.get_by_label("列入哪场活动").select_option(value=str(event.pk))
    press(desk, "列入议程")
    expect(desk.get_by_text("已列入议程。关心这个议题、留了联系方式的人会收到消息。")).to_be_visible()

    assert TOPIC in told("topic_scheduled")
    resident.reload()
    expect(resident.locator(".pill")).to_have_text("已列入议程")
    resident.get_by_role("link", name=event.title).click()
    heading(resident, event.title)
    expect(resident.get_by_role("main").get_by_role("listitem").filter(has_text=TOPIC).first).to_be_visible()


# --- At the door ---------------------------------------------------------------------------------------------------


def test_the_code_at_the_door_checks_in_residents_and_members(live_server, phone, desk, sign_in, picture):
    event = factories.event(title="今天就谈停车", starts_at=timezone.now() - datetime.timedelta(minutes=10))
    member = factories.committee_member(user=factories.member())
    desk.goto(f"/admin/consultation/event/{event.pk}/change/")
    desk.get_by_role("link", name="签到码").click()
    heading(desk, "扫码签到")
    [(kind, address)] = read(shot(desk.locator(".code")))
    assert kind == "QRCode"
    assert address == f"{live_server.url}/events/{event.pk}/checkin/?door={event.door_key}"
    assert read(shot(desk)) == [("QRCode", address)]
    assert len(printed(desk)) == 1

    resident = phone()
    resident.goto(address)
    heading(resident, "签到")
    picture(resident, "meeting-check-in")
    press(resident, "签到")
    heading(resident, "已签到")
    # Scanned once more, there is nothing left to press.
    resident.goto(address)
    heading(resident, "已签到")
    expect(resident.get_by_role("button", name="签到", exact=True)).to_have_count(0)

    coming = sign_in(phone(), member.user)
    coming.goto(address)
    expect(coming.locator("main")).to_contain_text("您已登录：政协委员 陈敏。")
    press(coming, "签到")
    heading(coming, "已签到")
    assert sorted(Attendance.objects.values_list("member__name", "people", "how"), key=str) == [
        ("陈敏", 1, "door"),
        (None, 1, "door"),
    ]

    # Only then is the old code void, and the new one on the page.
    with desk.expect_navigation():
        desk.get_by_role("button", name="换新签到码").click()
    stranger = phone()
    stranger.goto(address)
    expect(stranger.locator("main")).to_contain_text("这个签到码已失效")
    [(_kind, renewed)] = read(shot(desk.locator(".code")))
    stranger.goto(renewed)
    expect(stranger.get_by_role("button", name="签到", exact=True)).to_be_visible()


# --- The year's plan -----------------------------------------------------------------------------------------------


def _second_saturday(year: int, month: int) -> datetime.date:
    days = calendar.Calendar().itermonthdates(year, month)
    return [day for day in days if day.month == month and day.weekday() == calendar.SATURDAY][1]


def test_a_year_is_planned_in_one_act_and_one_date_moved(phone, desk, picture):
    series = factories.series()
    year = timezone.localdate().year + 1
    days = [_second_saturday(year, month) for month in range(1, 13)]
    desk.goto(f"/admin/consultation/series/{series.pk}/change/")
    desk.get_by_role("link", name="安排全年").click()
    desk.get_by_label("年份").fill(str(year))
    desk.get_by_label("第一次的日期").fill(f"{days[0]:%Y-%m-%d}")
    press(desk, "预览日期")
    shown = desk.locator("table.plan time").evaluate_all("all => all.map(one => one.dateTime)")
    assert shown == [f"{day:%Y-%m-%d}" for day in days]
    assert Slot.objects.count() == 0
    picture(desk, "meeting-plan")
    press(desk, "保存这 12 次")
    expect(desk.get_by_text("新安排 12 次。")).to_be_visible()

    moved = days[4] + datetime.timedelta(days=1)
    slot = Slot.objects.get(planned_on=days[4])
    desk.locator(f"#result_list a[href*='/{slot.pk}/change/']").click()
    desk.get_by_role("link", name="改期…").click()
    desk.get_by_label("新的日期").fill(f"{moved:%Y-%m-%d}")
    press(desk, "改期")
    expect(desk.get_by_text("已改期。")).to_be_visible()

    reader = phone()
    reader.goto("/events/")
    reader.get_by_role("link", name="全年节奏").click()
    reader.get_by_role("link", name=str(year), exact=True).click()
    heading(reader, f"{year} 年的计划和举办情况")
    section = reader.get_by_role("region", name="月月谈")
    expect(section.locator(".tally")).to_contain_text("错过 0，待办 12")
    planned = section.locator("li time").evaluate_all("all => all.map(one => one.dateTime)")
    assert planned == [f"{moved if day == days[4] else day:%Y-%m-%d}" for day in days]
    picture(reader, "meeting-rhythm")


# --- Results -------------------------------------------------------------------------------------------------------


def _hold_and_publish(page: Page, event: Event) -> None:
    page.goto("/admin/consultation/event/?queue=record")
    page.get_by_role("link", name=event.title, exact=True).click()
    page.get_by_role("link", name="记为已举行…").click()
    page.get_by_label("服务人数").fill("23")
    press(page, "记为已举行")
    page.get_by_role("link", name="写纪要…").click()
    page.get_by_role("textbox", name="纪要").fill(MINUTES)
    press(page, "预览")
    expect(page.get_by_role("region", name="公开后的样子")).to_contain_text("照明单位说明了线路情况。")
    press(page, "保存")
    expect(page.get_by_text("纪要已保存为草稿。")).to_be_visible()
    page.get_by_role("link", name="审定并公布纪要…").click()
    press(page, "审定并公布纪要")
    expect(page.get_by_text(f"{event.title}：纪要已公布。")).to_be_visible()


def _agree(page: Page, due: datetime.date) -> None:
    page.get_by_role("link", name="登记约定…").click()
    page.get_by_label("约定内容").fill(PROMISE)
    page.get_by_label("负责部门").fill(OFFICE)
    page.get_by_label("所属方面").select_option(label="政府部门")
    page.get_by_label("期限").fill(f"{due:%Y-%m-%d}")
    page.get_by_label("现状").fill("夜间照度不足 2 勒克斯")
    page.get_by_label("目标").fill("照度不低于 10 勒克斯")
    press(page, "保存")
    expect(page.get_by_text("已保存第 1 项约定。")).to_be_visible()


def test_a_promise_is_kept_and_the_demand_tells_it(phone, desk, picture):
    event = factories.event(title="路灯怎么修", starts_at=timezone.now() - datetime.timedelta(days=1))
    demand = factories.demand("in_consultation", public=True)
    _hold_and_publish(desk, event)
    _agree(desk, timezone.localdate() + datetime.timedelta(days=30))

    desk.goto("/admin/demands/demand/")
    desk.get_by_role("link", name=demand.ref, exact=True).click()
    desk.get_by_role("link", name="关联约定…").click()
    desk.get_by_label("约定").select_option(value=str(Agreement.objects.get().pk))
    press(desk, "关联")
    expect(desk.get_by_text("已关联约定；活动的纪要公布以后，公开页面会显示它。")).to_be_visible()
    picture(desk, "meeting-demand-linked")

    neighbour = phone()
    neighbour.goto(f"/demands/{demand.ref}/")
    chain = neighbour.locator(".chain")
    expect(chain).to_contain_text(PROMISE)
    expect(chain).to_contain_text(OFFICE)
    expect(chain).to_contain_text("已约定")
    expect(chain).not_to_contain_text(OUTCOME)

    desk.get_by_role("link", name=PROMISE).first.click()
    desk.get_by_role("link", name="记为已兑现…").click()
    desk.get_by_label("实际结果").fill(OUTCOME)
    desk.get_by_label("依据").fill(EVIDENCE)
    press(desk, "记为已兑现")
    expect(desk.get_by_text("已保存：记为已兑现。")).to_be_visible()

    neighbour.reload()
    expect(chain).to_contain_text(OUTCOME)
    expect(chain).to_contain_text(EVIDENCE)
    expect(chain).to_contain_text("已兑现")
    picture(neighbour, "meeting-chain")
    chain.get_by_role("link", name=event.title).first.click()
    heading(neighbour, event.title)
    expect(neighbour.locator("main")).to_contain_text(MINUTES.split("\n")[0])
    expect(neighbour.locator("main")).to_contain_text("23 人")
    assert Demand.objects.get().status == "in_consultation"
    assert Event.objects.get().status == EventStatus.MINUTES_PUBLISHED


# --- On paper ------------------------------------------------------------------------------------------------------


def test_the_poster_is_found_and_printed(portal, phone, live_server):
    venue = factories.venue(VenueKind.DELIBERATION_HOME)
    page = phone()
    page.goto("/venues/")
    page.get_by_role("link", name=venue.name).click()
    heading(page, venue.name)
    page.get_by_role("link", name="门口海报（可打印）").click()
    # A click returns before the next page is loaded: without this the venue's own page would be printed.
    page.wait_for_url(f"**{poster_of(venue)}")
    assert printed(page) == [(210, 297)]
    assert read(shot(page.locator(".code"))) == [("QRCode", f"{live_server.url}/v/{venue.code}/")]
