"""Keyboard only: Tab, Enter and typing."""

import re

import pytest
from playwright.sync_api import Page, expect

from demands.models import Demand
from tests import factories

from ..conftest import DESK, PHONE

pytestmark = pytest.mark.browser


def tab_to(page: Page, target, most: int = 60) -> None:
    """Press Tab until `target` has the focus."""
    node = target.element_handle()
    for _ in range(most):
        page.keyboard.press("Tab")
        if node.evaluate("node => node === document.activeElement"):
            return
    raise AssertionError(f"{most} times Tab do not lead to {target}")


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_skip_link(width, portal, window):
    page = window(width)
    page.goto("/demands/new/")
    link = page.get_by_role("link", name="跳到正文")
    expect(link).not_to_be_in_viewport()
    page.keyboard.press("Tab")
    expect(link).to_be_focused()
    expect(link).to_be_in_viewport(ratio=1)
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    # What comes first there are the numbers for emergencies, then the first question.
    for number in ("110", "119", "120", "12345"):
        page.keyboard.press("Tab")
        expect(page.locator("#main").get_by_role("link", name=number, exact=True)).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_label("发生了什么事，希望怎样解决？")).to_be_focused()


# What has the focus: its outline, whether it is within the window, and its HTML; nothing past the last one.
FOCUSED = """
() => {
  const node = document.activeElement, style = getComputedStyle(node), box = node.getBoundingClientRect();
  const within = box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth;
  return node === document.body ? null : [style.outlineStyle + style.outlineWidth, within, node.outerHTML];
}
"""


def test_focus_is_always_seen(portal, window):
    """Each stop of the Tab key has an outline and is within the window."""
    page = window(DESK)
    page.goto("/demands/new/")
    seen = 0
    while True:
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        if focused is None:
            break
        seen += 1
        assert seen < 60, "Tab never comes to an end"
        assert focused[:2] == ["solid3px", True], focused
    assert seen > 15


def press(page: Page, target) -> None:
    """Go to a link or button by Tab and press Enter."""
    tab_to(page, target)
    page.keyboard.press("Enter")


def heading(page: Page, words: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(words)


def test_main_job_by_keyboard(portal, window):
    """From the home page to the tracking page, with errors, a photo, both consents and a change."""
    factories.category()
    factories.tree()
    page = window(DESK)
    # Long before the key that opens the dialogue of files, since the browser learns of this in its own time.
    page.on("filechooser", lambda chooser: None)
    page.goto("/")
    next_page = page.get_by_role("button", name="下一步", exact=True)
    press(page, page.locator(".doors").get_by_role("link", name="我要提需求"))
    heading(page, "说说您的需求")
    press(page, next_page)
    expect(page.locator("#error-summary")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="请填写发生了什么事")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_label("发生了什么事，希望怎样解决？")).to_be_focused()
    page.keyboard.insert_text("三号门外路灯坏了，晚上看不清台阶。")
    page.keyboard.press("Enter")
    page.keyboard.insert_text("希望修好。")
    page.keyboard.press("Tab")
    expect(page.get_by_label("属于哪一类？")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    expect(page.get_by_label("在哪个小区？")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.insert_text("三号门外")
    page.keyboard.press("Tab")
    expect(page.locator("[name=photos]")).to_be_focused()
    with page.expect_file_chooser() as asked:
        page.keyboard.press("Enter")
    asked.value.set_files({"name": "lamp.jpg", "mimeType": "image/jpeg", "buffer": factories.image_bytes()})
    press(page, next_page)

    heading(page, "怎样联系您")
    tab_to(page, page.get_by_label("手机或座机"))
    page.keyboard.insert_text("13912345678")
    for name in ("consent_handling", "consent_publication"):
        tab_to(page, page.locator(f"[name={name}]"))
        page.keyboard.press("Space")
    press(page, next_page)

    heading(page, "请核对后提交")
    tab_to(page, page.get_by_label("照片 1 的说明"))
    page.keyboard.insert_text("不亮的路灯")
    press(page, page.get_by_role("button", name="更改 具体位置"))
    heading(page, "说说您的需求")
    tab_to(page, page.get_by_label("具体位置"))
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text("三号门外，药店旁")
    press(page, page.get_by_role("button", name="保存并返回核对"))
    heading(page, "请核对后提交")
    assert Demand.objects.count() == 0
    press(page, page.get_by_role("button", name="提交", exact=True))

    heading(page, "需求已收到")
    demand = Demand.objects.get()
    assert (demand.description, demand.place) == (
        "三号门外路灯坏了，晚上看不清台阶。\n希望修好。",
        "三号门外，药店旁",
    )
    assert (demand.area.name, demand.consent_publication, demand.photos.get().alt) == ("桂花苑", True, "不亮的路灯")
    code = page.get_by_text(re.compile(r"^(\w{4}-){6}\w{4}$")).inner_text()
    press(page, page.locator(".doors").get_by_role("link", name="查进度"))
    heading(page, "查进度")
    tab_to(page, page.get_by_label("查询码", exact=True))
    page.keyboard.insert_text(code)
    page.keyboard.press("Enter")
    expect(page.locator(".keep")).to_contain_text(demand.ref)


def test_enter_in_a_field_goes_on(portal, window):
    """Enter in a one-line field presses the main button, whatever comes first; at the end it sends nothing."""
    factories.category()
    places = factories.tree()
    page = window(PHONE)
    page.goto("/demands/new/")
    page.get_by_label("发生了什么事，希望怎样解决？").fill("路灯坏了")
    page.get_by_label("属于哪一类？").select_option(index=1)
    page.get_by_label("在哪个小区？").select_option(value=str(places.compound.pk))
    page.locator("[name=photos]").set_input_files(
        {"name": "lamp.jpg", "mimeType": "image/jpeg", "buffer": factories.image_bytes()}
    )
    page.get_by_label("具体位置").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("怎样联系您")
    page.get_by_role("button", name="上一步").click()
    page.get_by_label("照片 1 的说明").fill("路灯")
    page.get_by_label("照片 1 的说明").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("怎样联系您")
    page.locator("[name=consent_handling]").check()
    page.get_by_label("手机或座机").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("请核对后提交")
    page.get_by_label("照片 1 的说明").fill("不亮的路灯")
    page.get_by_label("照片 1 的说明").press("Enter")
    page.wait_for_load_state()
    expect(page.get_by_role("heading", level=1)).to_have_text("请核对后提交")
    expect(page.get_by_label("照片 1 的说明")).to_have_value("不亮的路灯")


def test_sign_up_by_keyboard(portal, window):
    event = factories.event(title="放学后，孩子去哪里")
    page = window(DESK)
    page.goto(f"/events/{event.pk}/")
    tab_to(page, page.get_by_role("link", name="我要报名", exact=True))
    page.keyboard.press("Enter")
    button = page.get_by_role("button", name="报名", exact=True)
    tab_to(page, button)
    page.keyboard.press("Enter")
    expect(page.locator("#error-summary")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="请填写电话或邮箱，至少一项")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_label("手机或座机")).to_be_focused()
    page.keyboard.insert_text("13912345678")
    tab_to(page, page.get_by_label("同意为这场活动使用以上信息"))
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("我的报名")
    assert event.sign_ups.get().status == "confirmed"


def test_events_are_filtered_and_a_topic_ordered_by_keyboard(portal, window):
    factories.one_subdistrict()
    factories.event(series=factories.series(), title="月月谈：停车")
    factories.event(title="邻里节")
    topic = factories.topic()
    page = window(DESK)
    page.goto("/events/")
    tab_to(page, page.locator("main .fold > summary"))
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_label("系列")).to_be_focused()
    page.keyboard.press("ArrowDown")
    tab_to(page, page.locator("main").get_by_role("button", name="应用", exact=True))
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="月月谈：停车")).to_be_visible()
    expect(page.get_by_role("link", name="邻里节")).to_have_count(0)

    page.goto("/topics/")
    tab_to(page, page.locator("main form.order button"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("已记录，谢谢您的关心。")
    topic.refresh_from_db()
    assert topic.order_count == 1


def test_a_wide_table_at_the_desk_scrolls_by_keyboard(portal, window, sign_in):
    """What is out of view is scrolled into view, and the page itself does not move."""
    page = sign_in(window(PHONE), factories.liaison_staff())
    page.goto("/admin/consultation/event/add/")
    table = page.get_by_role("region", name="议程")
    tab_to(page, table)
    page.keyboard.press("ArrowRight")
    page.wait_for_function("table => table.scrollLeft > 0", arg=table.element_handle())
    assert page.evaluate("scrollX") == 0
