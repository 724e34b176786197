"""While a demand is typed, similar ones are listed below; one click supports one instead; also without JavaScript."""

import re

import pytest
from playwright.sync_api import expect

from demands.models import Demand
from tests import factories

from ..conftest import DESK, PHONE
from ..look import everything

pytestmark = pytest.mark.browser

NEW = "/demands/new/"
TYPED = "3 号楼电梯又停了，老人下不了楼"
TITLE = "3 号楼电梯经常停运"
HEADING = "已有人提过相近的需求"


@pytest.fixture
def lift(portal):
    factories.category()
    found = factories.demand(description="原话")
    return factories.publish(found, title=TITLE, summary="电梯停了，老人下楼不便。")


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_supported_while_typing(window, lift, width, picture):
    page = window(width)
    page.goto(NEW)
    expect(page.get_by_role("heading", name=HEADING)).to_be_hidden()
    field = page.get_by_label("发生了什么事")
    field.fill(TYPED)
    expect(page.get_by_role("heading", name=HEADING)).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="已有人提过相近的需求")).to_be_attached()
    # The focus stays in the field.
    expect(field).to_be_focused()
    picture(page, f"similar {width}")
    assert not everything(page)
    field.fill("想学太极拳，哪里可以报名")
    expect(page.get_by_role("heading", name=HEADING)).to_be_hidden()
    field.fill(TYPED)
    page.get_by_role("button", name=re.compile("我也需要")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(TITLE)
    expect(page.get_by_text("已记录：现在有 1 人需要。")).to_be_visible()
    assert Demand.objects.count() == 1


def test_on_check_answers_without_javascript(window, lift, picture):
    page = window(PHONE, javascript=False)
    page.goto(NEW)
    page.get_by_label("发生了什么事").fill(TYPED)
    page.get_by_label("属于哪一类").select_option(label="环境卫生")
    page.get_by_label("在哪个小区").select_option(label="桂花苑")
    page.get_by_role("button", name="下一步", exact=True).click()
    page.get_by_label("我已满 14 周岁").check()
    page.get_by_role("button", name="下一步", exact=True).click()
    expect(page.get_by_role("heading", name=HEADING)).to_be_visible()
    expect(page.get_by_role("button", name="提交", exact=True)).to_be_visible()
    picture(page, "similar on check answers")
    page.get_by_role("button", name=re.compile("我也需要")).click()
    expect(page.get_by_text("已记录：现在有 1 人需要。")).to_be_visible()
    assert Demand.objects.count() == 1
