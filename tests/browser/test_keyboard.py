"""Without a mouse or a finger: Tab, Enter and what somebody types."""

import pytest
from playwright.sync_api import Page, expect

from demands.models import Demand
from tests import factories

from .conftest import DESK, PHONE

pytestmark = pytest.mark.browser


def tab_to(page: Page, target, most: int = 40) -> None:
    """Press Tab until `target` has the focus."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if target.evaluate("node => node === document.activeElement"):
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
    page.keyboard.press("Tab")
    expect(page.get_by_label("发生了什么事，希望怎样解决？")).to_be_focused()


def test_focus_is_always_seen(portal, window):
    """Each stop of the Tab key has an outline and stands in the window."""
    page = window(DESK)
    page.goto("/demands/new/")
    seen = 0
    while True:
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        if not focused.count():  # past the last one
            break
        seen += 1
        assert seen < 60, "Tab never comes to an end"
        expect(focused).to_be_in_viewport()
        shown = focused.evaluate("node => getComputedStyle(node).outlineStyle + getComputedStyle(node).outlineWidth")
        assert shown == "solid3px", focused.evaluate("node => node.outerHTML")
    assert seen > 15


def test_first_page_by_keyboard(portal, window):
    factories.category()
    factories.tree()
    page = window(DESK)
    page.goto("/demands/new/")
    next_page = page.get_by_role("button", name="下一步", exact=True)
    tab_to(page, next_page)
    page.keyboard.press("Enter")
    expect(page.locator("#error-summary")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="请写下发生了什么事")).to_be_focused()
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
    expect(next_page).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("上传照片（选填）")
    page.go_back()
    expect(page.get_by_label("发生了什么事，希望怎样解决？")).to_have_value(
        "三号门外路灯坏了，晚上看不清台阶。\n希望修好。"
    )
    expect(page.get_by_label("在哪个小区？").locator("option:checked")).to_have_text("桂花苑")
    assert Demand.objects.count() == 0


def test_enter_in_a_field_goes_on(portal, window):
    """Enter in a one-line field means the main button, also where other buttons stand above it."""
    factories.category()
    places = factories.tree()
    page = window(PHONE)
    page.goto("/demands/new/")
    page.get_by_label("发生了什么事，希望怎样解决？").fill("路灯坏了")
    page.get_by_label("属于哪一类？").select_option(index=1)
    page.get_by_label("在哪个小区？").select_option(value=str(places.compound.pk))
    page.get_by_label("具体位置").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("上传照片（选填）")
    page.locator("[name=photo_1]").set_input_files(
        {"name": "lamp.jpg", "mimeType": "image/jpeg", "buffer": factories.image_bytes()}
    )
    page.get_by_label("照片 1 拍的是什么").fill("路灯")
    page.get_by_label("照片 1 拍的是什么").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("怎样联系您")

    page.get_by_role("button", name="上一步").click()
    page.get_by_label("照片 1 拍的是什么").fill("不亮的路灯")
    page.get_by_label("照片 1 拍的是什么").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("怎样联系您")
    page.get_by_role("button", name="上一步").click()
    expect(page.get_by_label("照片 1 拍的是什么")).to_have_value("不亮的路灯")
