"""A demand is taken down on the telephone: in two pages, with the place found by a few letters."""

import pytest
from playwright.sync_api import expect

from demands.models import Demand
from tests import factories
from tests.demands.test_learning import train

from ..conftest import DESK, PHONE
from ..look import everything

pytestmark = pytest.mark.browser

ADD = "/admin/demands/demand/add/"
NUMBER = "13912345678"
TROUBLE = "3 号楼电梯又停了，有人被困"


@pytest.fixture
def liaison(portal):
    factories.category()
    user = factories.liaison_staff()
    factories.demand("accepted", phone=NUMBER, description="楼道灯不亮，晚上看不清")
    factories.demand(phone="13811112222", description="3 号楼电梯停了，老人下不了楼")
    return user


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_a_telephone_call_is_taken_down_in_two_pages(width, liaison, window, sign_in, picture):
    page = sign_in(window(width), liaison)
    loads = []
    page.on("request", lambda request: request.is_navigation_request() and loads.append(request.method))
    page.goto(ADD)
    picture(page, f"intake {width}")
    expect(page.locator("[name=phone]")).to_be_focused()
    page.keyboard.type(NUMBER)
    expect(page.locator("[data-part=earlier]")).to_contain_text("楼道灯不亮")
    page.locator("[name=phone]").fill("139")
    expect(page.locator("[data-part=earlier]")).not_to_contain_text("楼道灯不亮")
    page.locator("[name=phone]").fill("139 1234 5678")
    expect(page.locator("[data-part=earlier]")).to_contain_text("楼道灯不亮")
    page.get_by_label("称呼").fill("李师傅")
    page.locator("[name=consent_handling]").check()
    page.locator("[name=description]").fill(TROUBLE)
    expect(page.locator("[data-part=similar]")).to_contain_text("3 号楼电梯停了")
    expect(page.locator("[data-told]")).to_have_text("可能是同一件事")
    expect(page.locator("[data-part=danger]")).to_contain_text("提到“被困”")
    page.get_by_label("紧急", exact=True).check()
    # By the first letters of what it sounds like; the place is the same one as in an ordinary menu.
    place = page.get_by_role("combobox", name="地点")
    place.press_sequentially("ghy")
    expect(page.get_by_role("listbox").get_by_role("option")).to_have_text(["桂花社区 · 桂花苑"])
    picture(page, f"intake place {width}")
    assert not everything(page)
    place.press("Tab")
    expect(place).to_have_value("桂花社区 · 桂花苑")
    page.locator("[name=category]").select_option(label="环境卫生")
    picture(page, f"intake filled in {width}")
    page.get_by_role("button", name="登记").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("回执")
    picture(page, f"intake slip {width}")
    assert loads == ["GET", "POST"]
    demand = Demand.objects.latest("pk")
    assert (demand.area.name, demand.channel, demand.urgency) == ("桂花苑", "phone", "urgent")
    expect(page.get_by_text(demand.ref).last).to_be_visible()


def test_the_keyboard_alone_takes_a_call_down(liaison, window, sign_in):
    train()
    page = sign_in(window(DESK), liaison)
    page.goto("/admin/")
    keys = page.keyboard
    keys.press("n")
    expect(page.locator("[name=phone]")).to_be_focused()
    keys.type(NUMBER)
    for typed in ("李师傅", " ", "楼下的路灯又不亮了", "", "ghy", "东门"):
        keys.press("Tab")
        keys.type(typed)
    # The category follows from the description, until somebody chooses one.
    category = page.locator("[name=category]")
    expect(category.locator("option:checked")).to_have_text("照明")
    expect(page.locator("[data-suggested]")).to_be_visible()
    keys.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("回执")
    demand = Demand.objects.latest("pk")
    assert (demand.description, demand.place, demand.area.name) == ("楼下的路灯又不亮了", "东门", "桂花苑")
    assert (demand.category.name, demand.urgency, demand.consent_handling) == ("照明", "", True)


def test_a_place_is_chosen_by_hand_and_what_is_no_place_is_said(liaison, window, sign_in):
    page = sign_in(window(DESK), liaison)
    page.goto(ADD)
    place, menu = page.get_by_role("combobox", name="地点"), page.locator("[name=area]")
    place.press_sequentially("月球")
    expect(page.get_by_text("没有找到，请换几个字。")).to_be_visible()
    place.press("Tab")
    expect(page.get_by_text("请从列表中选一个。")).to_be_visible()
    expect(menu).to_have_value("")
    place.click()
    page.get_by_role("option", name="柳园社区 · 柳园小区").click()
    expect(place).to_have_value("柳园社区 · 柳园小区")
    place.press("ArrowDown")
    place.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()
    # What is typed over and left as it is, is no choice.
    place.fill("柳园")
    expect(menu).to_have_value("")
    place.press("ArrowDown")
    place.press("Enter")
    expect(place).to_have_value("柳园社区 · 柳园小区")
    # It stays chosen when the form comes back.
    page.get_by_role("button", name="登记").click()
    expect(page.locator("#error-summary")).to_contain_text("请填写发生了什么事")
    expect(place).to_have_value("柳园社区 · 柳园小区")
