"""The main task, from the QR code on the wall to the resident's rating."""

import re

import pytest
from playwright.sync_api import Page, expect

from consultation.models import Venue, VenueKind
from demands.models import Demand, StandardReply
from tests import factories
from tests.pages import tells_digits

from .conftest import DESK, PHONE

pytestmark = pytest.mark.browser

DESCRIPTION = "3 号门外公交站旁的路灯坏了两周，我母亲晚上看不清台阶。\n希望尽快修好。"
PLACE = "3 号门外公交站旁"
CALLED = "王女士"
PHONE_TYPED = "+86 139 1234-5678"
LAMP, STEPS = "不亮的路灯", "看不清的台阶"
TITLE = "桂花苑门外路灯不亮"
SUMMARY = "居民反映小区门外路灯损坏，夜间通行不便。"
REVIEWED_ALT = "一盏不亮的路灯"
STANDARD = "您反映的问题已转给照明单位，三个工作日内到现场查看。"
FIRST_ANSWER, SECOND_ANSWER = "灯泡已经更换。", "线路已重新接好，灯已亮。"
REASON = "线路没有修，还是不亮。"


def venue_of_residents() -> Venue:
    """A venue in its area, and what the main task needs: two categories, a standard reply, and a member of staff."""
    factories.one_subdistrict()
    factories.category()
    factories.category("facilities", name="设施维修")
    StandardReply.objects.create(title="已转办", body=STANDARD)
    factories.liaison_staff()
    return factories.venue(VenueKind.CLOUD_STATION)


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def heading(page: Page, text: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(text)


def errors(page: Page, *sentences: str) -> None:
    """The error summary has the focus, is above the heading, and links to each field with the same text."""
    expect(page).to_have_title(re.compile("^错误："))
    summary = page.locator("#error-summary")
    expect(summary).to_be_focused()
    assert summary.bounding_box()["y"] < page.get_by_role("heading", level=1).bounding_box()["y"]
    links = summary.get_by_role("link")
    expect(links).to_have_text(list(sentences))
    for number, sentence in enumerate(sentences):
        field = links.nth(number).get_attribute("href")
        links.nth(number).click()
        expect(page.locator(field)).to_be_focused()
        expect(page.locator(field)).to_have_attribute("aria-invalid", "true")
        said = page.locator(f"{field}_error")
        expect(said).to_contain_text(sentence)
        described = page.locator(field).get_attribute("aria-describedby").split()
        assert f"{field[1:]}_error" in described


def back_and_forth(page: Page, before: str, control: str, kept: str) -> None:
    """The browser's "back" does not ask about resubmission and keeps the text; then submit again."""
    here = page.get_by_role("heading", level=1).inner_text()
    page.go_back()
    heading(page, before)
    expect(page.get_by_label(control)).to_have_value(kept)
    page.go_forward()
    heading(page, here)


def test_main_job(portal, window, picture):
    main_job(window, picture)


def main_job(window, picture, *, javascript: bool = True) -> None:
    """Submit, answer, publish, support, resolve, reopen, resolve, confirm and withdraw."""
    mode = "" if javascript else "-no-js"
    resident = window(PHONE, javascript=javascript)
    code = _submit(resident, venue_of_residents(), lambda page, name: picture(page, f"job-{name}{mode}"))
    demand = Demand.objects.get()

    liaison = window(DESK, javascript=javascript)
    _answer_and_publish(liaison, demand, lambda page, name: picture(page, f"desk-{name}{mode}"))

    _read_and_support(window(PHONE, javascript=javascript), demand)

    _resolve(liaison, demand, FIRST_ANSWER)
    _rate_and_reopen(resident, code)
    _resolve(liaison, demand, SECOND_ANSWER)
    _confirm_and_withdraw(resident, code, demand)


def _submit(page: Page, venue, picture) -> str:
    """All pages of the form, with errors on the way. Returns the tracking code."""
    page.goto(f"/demands/new/?venue={venue.code}")
    heading(page, "说说您的需求")
    expect(page.get_by_text(f"您扫描的是“{venue.name}”的二维码。")).to_be_visible()
    where = page.get_by_label("在哪个小区？")
    expect(where).to_have_value(str(venue.area_id))
    where.select_option(label="桂花新村")
    where.select_option(label="桂花苑")

    press(page, "下一步")
    errors(page, "请填写发生了什么事")
    picture(page, "1-errors")
    expect(page.get_by_label("在哪个小区？")).to_have_value(str(venue.area_id))
    page.get_by_label("发生了什么事，希望怎样解决？").fill(DESCRIPTION)
    page.get_by_label("具体位置").fill(PLACE)
    letter = {"name": "letter.jpg", "mimeType": "image/jpeg", "buffer": "这不是照片".encode()}
    page.locator("[name=photos]").set_input_files(
        [_file("lamp.jpg", "image/jpeg", "JPEG"), _file("steps.png", "image/png", "PNG"), letter]
    )
    press(page, "下一步")
    errors(page, "letter.jpg：这不是能识别的照片，请选择 JPEG、PNG、WebP 或 HEIC 格式。")
    _shown(page, "照片 1", "照片 2")
    page.get_by_label("照片 1 的说明").fill(LAMP)
    picture(page, "2-photos")
    press(page, "下一步")

    heading(page, "怎样联系您")
    back_and_forth(page, "说说您的需求", "照片 1 的说明", LAMP)
    page.reload()
    heading(page, "怎样联系您")
    page.get_by_label("怎样称呼您？").fill(CALLED)
    page.get_by_label("手机或座机").fill("139 1234")
    press(page, "下一步")
    errors(
        page,
        "请核对电话号码：手机号 11 位，座机须带区号，如 027-87654321。",
        "您同意为办理这件事使用信息后，才能提交",
    )
    picture(page, "3-errors")
    expect(page.get_by_label("怎样称呼您？")).to_have_value(CALLED)
    page.get_by_label("手机或座机").fill(PHONE_TYPED)
    page.get_by_label("我已满 14 周岁").check()
    publication = page.get_by_label("同意公开这件事的摘要")
    expect(publication).not_to_be_checked()
    publication.check()
    press(page, "下一步")

    heading(page, "请核对后提交")
    back_and_forth(page, "怎样联系您", "手机或座机", PHONE_TYPED)
    answers = [*DESCRIPTION.split("\n"), "桂花苑", PLACE, CALLED, PHONE_TYPED]
    for answer in [*answers, "同意公开由工作人员改写的摘要"]:
        expect(page.locator("main")).to_contain_text(answer)
    _shown(page, "照片 1", "照片 2")
    expect(page.get_by_label("照片 1 的说明")).to_have_value(LAMP)
    # What is still open is asked for here.
    press(page, "提交")
    errors(page, "请选择类别，不确定的请选“其他”")
    page.get_by_label("属于哪一类？").select_option(label="设施维修")
    page.get_by_label("照片 2 的说明").fill(STEPS)
    picture(page, "4-check")
    press(page, "更改 具体位置")
    heading(page, "说说您的需求")
    expect(page.get_by_label("发生了什么事，希望怎样解决？")).to_have_value(DESCRIPTION)
    page.get_by_label("具体位置").fill(f"{PLACE}，靠近药店")
    press(page, "保存并返回核对")
    heading(page, "请核对后提交")
    for answer in (f"{PLACE}，靠近药店", "设施维修"):
        expect(page.locator("main")).to_contain_text(answer)
    _shown(page, "照片 1", "照片 2")
    assert Demand.objects.count() == 0
    press(page, "提交")

    heading(page, "需求已收到")
    demand = Demand.objects.get()
    expect(page).to_have_title(re.compile(f"^需求已收到 {demand.ref}"))
    expect(page.get_by_text(demand.ref, exact=True).first).to_be_visible()
    code = page.get_by_text(re.compile(r"^(\w{4}-){6}\w{4}$")).inner_text()
    due = demand.response_due
    expect(page.locator("main")).to_contain_text(f"下一步：{due.year}年{due.month}月{due.day}日 ")
    expect(page.locator("main")).to_contain_text("前回应您")
    _shown(page, "照片 1", "照片 2")
    picture(page, "5-confirmation")

    address = page.url
    page.go_back()
    heading(page, "请核对后提交")
    _shown(page, "照片 1", "照片 2")
    press(page, "提交")
    heading(page, "需求已收到")
    assert page.url == address
    assert Demand.objects.count() == 1
    return code


def _file(name: str, kind: str, format: str) -> dict:
    return {"name": name, "mimeType": kind, "buffer": factories.image_bytes(format, size=(640, 480), color="#356")}


def _shown(page: Page, *descriptions: str) -> None:
    """The pictures with these descriptions are present and loaded."""
    for description in descriptions:
        image = page.get_by_role("img", name=description, exact=True)
        image.scroll_into_view_if_needed()
        expect(image).to_be_visible()
        expect(image).to_have_js_property("complete", True)
        assert image.evaluate("image => image.naturalWidth") > 0


def _answer_and_publish(page: Page, demand: Demand, picture) -> None:
    """Staff sign in, accept, answer with a standard reply, review photos, look at the preview, publish."""
    page.goto("/admin/")
    page.get_by_label("用户名").fill("liaison")
    page.get_by_label("密码").fill(factories.PASSWORD)
    press(page, "登录")
    expect(page.get_by_role("heading", level=1)).to_contain_text("好。")
    tile = page.get_by_role("link", name=re.compile(r"^1\s*待审公开$"))
    picture(page, "1-opening")
    tile.click()
    picture(page, "2-list")
    page.get_by_role("link", name=demand.ref, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(demand.ref)
    expect(page.locator("#content")).to_contain_text(DESCRIPTION.split("\n")[0])
    expect(page.locator("#content")).not_to_contain_text("13912345678")
    _shown(page, LAMP, STEPS)
    picture(page, "3-demand")

    press(page, "受理")
    expect(page.get_by_text(f"{demand.ref}：已受理。")).to_be_visible()
    page.get_by_label("答复居民").check()
    page.get_by_label("标准答复").select_option(label="已转办")
    press(page, "办理所勾选的")
    expect(page.locator(".timeline")).to_contain_text(STANDARD)

    first = page.locator(".photos > li").filter(has=page.get_by_role("img", name=LAMP))
    first.get_by_label("图片说明").fill(REVIEWED_ALT)
    first.get_by_role("button", name="可公开", exact=True).click()
    expect(page.get_by_text("照片已审核。")).to_be_visible()
    second = page.locator(".photos > li").filter(has=page.get_by_role("img", name=STEPS))
    second.get_by_role("button", name="不公开", exact=True).click()
    expect(page.get_by_text("照片已审核。")).to_be_visible()

    page.get_by_role("link", name="公开…", exact=True).click()
    page.get_by_label("公开标题").fill(TITLE)
    page.get_by_label("公开摘要").fill(SUMMARY)
    page.get_by_label("公开依据").select_option(label="居民在网页上同意公开")
    press(page, "预览")
    preview = page.get_by_role("region", name="预览")
    expect(preview).to_contain_text(TITLE)
    expect(preview).to_contain_text(SUMMARY)
    picture(page, "4-preview")
    assert not Demand.objects.get().is_public
    press(page, "公开")
    expect(page.get_by_text("已公开。", exact=True)).to_be_visible()


def _read_and_support(page: Page, demand: Demand) -> None:
    """A neighbour finds it in the list, sees only the public text, and supports it."""
    page.goto("/demands/")
    page.get_by_role("link", name=TITLE).click()
    heading(page, TITLE)
    expect(page.locator("main")).to_contain_text(SUMMARY)
    _shown(page, REVIEWED_ALT)
    expect(page.get_by_role("main").get_by_role("img")).to_have_count(1)
    content = page.content()
    for private in ("我母亲", CALLED, "12345678", "药店", "公交站", STEPS, LAMP):
        assert private not in content.replace(REVIEWED_ALT, "")
    assert not tells_digits(content, "5678")

    press(page, "我也需要")
    expect(page.get_by_role("status")).to_contain_text("已记录：现在有 1 人需要。")
    expect(page.locator(".support")).to_contain_text("1 人也需要")
    # The button stays pressed.
    page.reload()
    expect(page.locator(".support")).to_contain_text("您也需要")
    expect(page.locator(".support")).to_contain_text("1 人也需要")
    expect(page.get_by_role("button", name="我也需要")).to_have_count(0)


def _resolve(page: Page, demand: Demand, answer: str) -> None:
    page.goto(f"/admin/demands/demand/{demand.pk}/change/")
    page.get_by_role("link", name="办结…").click()
    page.get_by_label("给居民的答复").fill(answer)
    press(page, "办结")
    expect(page.get_by_text(f"{demand.ref}：已办结，待居民确认。")).to_be_visible()


def _open_by_code(page: Page, code: str, standing: str) -> None:
    """The code as somebody types it from paper."""
    page.goto("/demands/track/")
    page.get_by_label("查询码", exact=True).fill(code.lower().replace("-", ""))
    press(page, "查看")
    heading(page, standing)


def _rate_and_reopen(page: Page, code: str) -> None:
    _open_by_code(page, code, "已办结，待您确认")
    expect(page.locator(".answer")).to_contain_text(FIRST_ANSWER)
    expect(page.locator(".timeline")).to_contain_text(STANDARD)
    page.get_by_text("没有解决 不满意，请重新办理").click()
    press(page, "要求重新办理")
    errors(page, "请填写哪里还没有解决")
    page.get_by_label("哪里还没有解决？").fill(REASON)
    press(page, "要求重新办理")
    expect(page.get_by_role("status").first).to_contain_text("已重新办理")
    heading(page, "正在重新办理")
    expect(page.locator(".timeline")).to_contain_text("结果：不满意")
    expect(page.locator(".timeline")).to_contain_text(REASON)


def _confirm_and_withdraw(page: Page, code: str, demand: Demand) -> None:
    _open_by_code(page, code, "已办结，待您确认")
    page.get_by_role("button", name="解决了").click()
    expect(page.get_by_role("status").first).to_contain_text("评价已提交，谢谢您。")
    expect(page.locator(".pill")).to_have_text("居民已确认")
    page.goto(f"/demands/{demand.ref}/")
    expect(page.locator(".pill")).to_have_text("居民已确认")

    page.goto(f"/demands/track/{code}/")
    page.get_by_text("撤回、不再公开、删除我的信息").click()
    page.get_by_role("link", name="不再公开这件需求").click()
    press(page, "不再公开")
    expect(page.get_by_role("status").first).to_contain_text("已不再公开。")
    assert page.goto(f"/demands/{demand.ref}/").status == 404
    page.goto("/demands/")
    expect(page.get_by_role("link", name=TITLE)).to_have_count(0)
