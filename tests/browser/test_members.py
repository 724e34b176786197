"""A member helps with a demand, on a phone, without JavaScript; every page shows the result."""

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from demands.models import CategoryMatch, Demand, Dispatch
from foundation.audit import AuditAction, AuditEntry
from foundation.tokens import new_code
from members.models import DutyRecord
from tests import factories

from .conftest import DESK, PHONE
from .test_main_job import heading, press

pytestmark = pytest.mark.browser

TITLE = "租房押金退不回来"
NUMBER = "13912345678"
RESOURCE = "家门口的法律咨询"
ASK = "请约居民谈一次，看合同怎么写。"
REPORT = "看了合同，帮着写了一封函。\n房东当场退了押金。"
ANSWER = "律师委员看了合同，押金已退。"
PHOTO_ALT = "居民和律师一起看合同"


@pytest.fixture
def member(portal):
    return factories.member_with_account(name="陈敏", level="district", role="律师")


@pytest.fixture
def resource(member):
    matching = factories.resource_category()
    CategoryMatch.objects.create(demand_category=factories.category(), resource_category=matching)
    return factories.resource(RESOURCE, member=member, about="看租房合同，谈押金，每次半小时。", capacity=2)


def said(page: Page, text: str) -> None:
    """Check the notice on the page."""
    expect(page.get_by_role("status").filter(has_text=text)).to_be_visible()


def row(page: Page, text: str) -> Locator:
    return page.get_by_role("main").get_by_role("listitem").filter(has_text=text)


def _dispatch(page: Page, demand: Demand) -> None:
    """Staff read who could help and why, and choose a member."""
    page.goto("/admin/demands/demand/")
    page.get_by_role("link", name=demand.ref, exact=True).click()
    page.get_by_role("link", name="查找协助资源…").click()
    heading(page, "可协助的资源和委员")
    suggested = page.get_by_role("row").filter(has_text=RESOURCE)
    for reason in ("类别匹配：法律服务", "内容相近", "本月还可服务 2 次"):
        expect(suggested).to_contain_text(reason)
    suggested.get_by_role("link").click()
    expect(page.get_by_label(f"陈敏 · {RESOURCE}")).to_be_checked()
    page.get_by_label("请委员协助的内容").fill(ASK)
    press(page, "派单")
    expect(page.get_by_text("已派单，将通知委员。")).to_be_visible()
    expect(page.locator(".dispatches > li")).to_contain_text(["待答复"])


def _accept(page: Page) -> None:
    """The resident's contact is shown once the member has accepted, and each view is recorded."""
    looks = AuditEntry.objects.filter(action=AuditAction.CONTACT_REVEALED)
    page.goto("/my/")
    page.get_by_role("link", name=TITLE).click()
    heading(page, TITLE)
    expect(page.get_by_role("main")).to_contain_text(ASK)
    expect(page.get_by_role("button", name="查看联系方式")).to_have_count(0)
    press(page, "接受")
    said(page, "已接受，现在可以查看联系方式。")
    assert NUMBER not in page.content()
    assert not looks.exists()
    press(page, "查看联系方式")
    expect(page.get_by_role("link", name=NUMBER)).to_be_visible()
    assert looks.count() == 1


def _report(page: Page) -> None:
    page.goto("/my/demands/")
    page.get_by_role("region", name="正在办理的").get_by_role("link", name=TITLE).click()
    page.get_by_role("link", name="报告完成").click()
    heading(page, "报告完成")
    page.locator("[name=photos]").set_input_files(
        {"name": "table.jpg", "mimeType": "image/jpeg", "buffer": factories.image_bytes(size=(640, 480))}
    )
    # The photo stays staged while the text is missing.
    press(page, "报告完成")
    expect(page.locator("#error-summary")).to_contain_text("请填写办理情况")
    expect(page.get_by_label("用照片 1")).to_be_checked()
    page.get_by_label("办理情况和结果").fill(REPORT)
    page.get_by_label("时长（小时）").fill("1.5")
    page.get_by_label("服务人数").fill("1")
    press(page, "报告完成")
    said(page, "已报告完成，谢谢您。")
    expect(page.locator(".pill")).to_have_text("已完成")
    expect(page.get_by_role("button", name="查看联系方式")).to_have_count(0)
    assert NUMBER not in page.content()


def _resolve(page: Page, demand: Demand) -> None:
    """Staff read the report, approve its photo, and resolve the demand."""
    page.goto(f"/admin/demands/demand/{demand.pk}/change/")
    expect(page.locator(".dispatches > li")).to_contain_text([REPORT.split("\n")[0]])
    photo = page.locator(".photos > li")
    photo.get_by_label("图片说明").fill(PHOTO_ALT)
    photo.get_by_role("button", name="可公开", exact=True).click()
    expect(page.get_by_text("照片已审核。")).to_be_visible()
    page.get_by_role("link", name="办结…").click()
    page.get_by_label("给居民的答复").fill(ANSWER)
    press(page, "办结")
    expect(page.get_by_text(f"{demand.ref}：已办结，待居民确认。")).to_be_visible()


def _rate(page: Page, code: str) -> None:
    page.goto(f"/demands/track/{code}/")
    expect(page.locator(".timeline")).to_contain_text("陈敏已协助办理")
    expect(page.locator(".answer")).to_contain_text(ANSWER)
    page.get_by_text("说不清，或分别评价过程和结果").click()
    for question in ("对办理过程", "对办理结果"):
        page.get_by_role("group", name=question).get_by_label("满意", exact=True).check()
    press(page, "提交评价")
    said(page, "评价已提交，谢谢您。")


def _confirm(page: Page) -> None:
    """Staff confirm how long the work took and for how many, which only the member's report says."""
    page.goto("/admin/members/dutyrecord/?status__exact=submitted")
    page.get_by_role("row").filter(has_text="陈敏").get_by_role("link").first.click()
    press(page, "确认")
    expect(page.get_by_role("main").get_by_text("已确认").first).to_be_visible()


def _told_in_public(page: Page, demand: Demand, picture) -> None:
    """The resource with its grade, the member, the year, and the demand's own chain."""
    page.goto("/resources/")
    expect(row(page, RESOURCE)).to_contain_text("本月还可服务 1 次 · 已服务 1 次")
    page.get_by_role("link", name=RESOURCE).click()
    heading(page, RESOURCE)
    expect(page.get_by_role("main")).to_contain_text("已服务 1 次")
    grades = page.get_by_role("region", name="居民的评价")
    expect(grades).to_contain_text("居民评价满意的还不足 5 件。")
    picture(page, "member-resource")

    page.get_by_role("link", name="陈敏").click()
    heading(page, "陈敏")
    helped = page.get_by_role("region", name="协助办理的需求")
    expect(helped.get_by_role("listitem")).to_contain_text([RESOURCE])
    picture(page, "member-public")
    helped.get_by_role("link", name=TITLE).click()

    heading(page, TITLE)
    expect(page.locator(".chain")).to_contain_text(f"委员协助：陈敏 · {RESOURCE}")
    expect(page.locator(".chain")).to_contain_text("居民已确认")
    expect(page.get_by_role("img", name=PHOTO_ALT)).to_be_visible()
    picture(page, "member-chain")

    year = timezone.localdate().year
    page.goto(f"/annual/{year}/")
    heading(page, f"{year} 年度成果展")
    # How few were resolved is not published; what members gave is.
    figures = {"收集需求": "1", "办结": "未公布", "居民确认解决": "未公布"}
    figures |= {"委员资源服务": "1 次", "借力资源办结的需求": "1"}
    for name, count in figures.items():
        figure = page.locator(".figs > div").filter(has=page.get_by_text(name, exact=True))
        expect(figure.locator("dd")).to_have_text(count)
    picture(page, "member-annual")


def test_a_member_s_resource_resolves_a_demand_and_every_page_tells_it(member, resource, window, sign_in, picture):
    code = new_code()
    demand = factories.demand("received", code=code, description="房东不退押金，说合同里写了。")
    demand = factories.publish(demand, title=TITLE, summary="租房到期，房东不退押金。")
    demand = factories.move(demand, "accepted")
    desk = sign_in(window(DESK, javascript=False), factories.liaison_staff())
    phone = sign_in(window(PHONE, javascript=False), member.user)
    resident = window(PHONE, javascript=False)

    _dispatch(desk, demand)
    _accept(phone)
    picture(phone, "member-contact")
    _report(phone)
    _resolve(desk, demand)
    _rate(resident, code)
    _told_in_public(resident, demand, picture)

    phone.goto("/my/duties/")
    expect(phone.get_by_role("main").locator(".item")).to_have_count(1)
    record = phone.get_by_role("main").locator(".item")
    expect(record.get_by_role("heading")).to_have_text(f"办理需求 {demand.ref}：环境卫生")
    for words in ("待确认", "1.5 小时", "服务 1 人"):
        expect(record).to_contain_text(words)
    _confirm(desk)
    phone.reload()
    expect(record).to_contain_text("已确认")
    picture(phone, "member-duties")
    assert list(Dispatch.objects.values_list("status", "resource")) == [("done", resource.pk)]
    assert list(DutyRecord.objects.values_list("member", "kind", "status")) == [(member.pk, "dispatch", "confirmed")]


def test_of_two_members_the_first_to_claim_has_it(member, window, sign_in):
    """The other member reads why, and no longer sees the demand."""
    other = factories.member_with_account("other", name="周敏")
    factories.dispatch("open")
    first, second = (sign_in(window(PHONE, javascript=False), one.user) for one in (member, other))
    for page in (first, second):
        page.goto("/my/demands/")
        page.get_by_role("region", name="可以认领").get_by_role("link", name="3 号门外路灯不亮").click()
    press(first, "我来认领")
    said(first, "认领成功")
    press(second, "我来认领")
    expect(second.get_by_role("main")).to_contain_text("本街道目前没有开放认领的需求。")
    expect(second.locator("body")).to_contain_text("这件需求已由其他委员认领，谢谢您的热心。")
    assert Dispatch.objects.get().member == member
