"""Single keys in the admin: through a list and its demands without a mouse, and none of them while somebody types."""

import pytest
from playwright.sync_api import expect

from tests import factories

from ..conftest import DESK

pytestmark = pytest.mark.browser


def test_a_queue_is_gone_through_by_keys(portal, window, sign_in):
    liaison = factories.liaison_staff()
    first, second = factories.demand(description="甲路灯"), factories.demand(description="乙树枝")
    page = sign_in(window(DESK), liaison)
    page.goto("/admin/")
    page.keyboard.press("Enter")
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_contain_text(second.ref)  # of two with one deadline, the newer first
    page.wait_for_load_state()  # with its scripts
    page.keyboard.press("j")
    expect(heading).to_contain_text(first.ref)
    page.wait_for_load_state()
    expect(page.locator(".queue [aria-current]")).to_contain_text("甲路灯")
    page.keyboard.press("k")
    expect(heading).to_contain_text(second.ref)
    page.wait_for_load_state()
    page.keyboard.press("m")
    expect(page.get_by_text("已分派给您。")).to_be_visible()
    page.wait_for_load_state()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    expect(page.get_by_label("答复居民")).to_be_checked()
    expect(page.get_by_label("给居民的答复")).to_be_focused()
    page.keyboard.type("jk?")
    expect(page.get_by_label("给居民的答复")).to_have_value("jk?")
    page.goto("/admin/demands/demand/")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(heading).to_contain_text(first.ref)
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
