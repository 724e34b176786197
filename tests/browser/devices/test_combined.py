"""Ten demands handled one after the other, by keyboard and by touch: how many keys, clicks and pages that takes."""

import pytest
from playwright.sync_api import Page, expect

from demands.models import Demand, Macro, StandardReply
from demands.workflow import DemandStatus as S
from foundation.accounts import User
from tests import factories

from ..conftest import DESK, PHONE

pytestmark = pytest.mark.browser

TEXTS = (
    *("甲楼前的路灯不亮。", "树枝伸到窗前了。", "电梯又停了，老人下不了楼。", "下水道堵了。", "井盖松了，车过就响。"),
    *("垃圾桶满了没人收。", "健身器材的螺丝松了。", "楼下晚上很吵。", "充电位不够，飞线充电。", "台阶破了一块。"),
)
ANSWER = "{称呼}，您反映的{类别}问题（{编号}）已受理，由{部门}负责。"


class Count:
    """Counts the documents that a page loads."""

    def __init__(self, page: Page) -> None:
        self.pages = 0
        page.on("request", self._request)

    def _request(self, request) -> None:
        # What is only redirected from is no page.
        if request.is_navigation_request() and request.redirected_from is None:
            self.pages += 1


@pytest.fixture
def liaison(portal) -> User:
    """Somebody who goes on to the next demand, ten of them, and a macro for what is ordinary."""
    user = factories.liaison_staff()
    User.objects.filter(pk=user.pk).update(opens_next=True)
    for text in TEXTS:
        factories.demand(description=text)
    reply = StandardReply.objects.create(title="受理告知", body=ANSWER)
    Macro.objects.create(name="受理并公开", accepts=True, assigns=True, answers=True, reply=reply, publishes=True)
    return User.objects.get(pk=user.pk)


def all_are_handled(liaison: User) -> bool:
    done = Demand.objects.filter(status=S.ACCEPTED, assignee=liaison, answered_at__isnull=False)
    return done.exclude(published_at__isnull=True).count() == len(TEXTS)


def test_ten_demands_by_keyboard(liaison, window, sign_in, picture):
    page = sign_in(window(DESK), liaison)
    count, keys = Count(page), 0
    page.goto("/admin/")

    def press(key: str) -> None:
        nonlocal keys
        keys += 1
        page.keyboard.press(key)

    press("Enter")
    page.wait_for_url("**/change/**")  # with its scripts
    for number in range(len(TEXTS)):
        before = page.url
        press("1")
        expect(page.get_by_text("已按“受理并公开”填好，请核对后办理。")).to_be_visible()
        if number == 0:
            picture(page, "combined filled in")
        press("Enter")
        page.wait_for_url(lambda url, before=before: url != before)
    assert all_are_handled(liaison)
    # The start page, the first demand, and the page after each.
    assert (keys, count.pages) == (21, 12)


def test_ten_demands_by_touch_on_a_phone(liaison, window, sign_in, picture):
    page = sign_in(window(PHONE), liaison)
    count, taps = Count(page), 0

    def tap(target) -> None:
        nonlocal taps
        taps += 1
        target.tap()

    page.goto("/admin/")
    tap(page.locator(".start .next .todo a").first)
    for number in range(len(TEXTS)):
        tap(page.get_by_role("navigation", name="常用办法").get_by_role("link", name="受理并公开"))
        expect(page.get_by_text("已按“受理并公开”填好，请核对后办理。")).to_be_visible()
        if number == 0:
            picture(page, "combined on a phone")
        before = page.url
        tap(page.get_by_role("button", name="办理所勾选的"))
        page.wait_for_url(lambda url, before=before: url != before)
    assert all_are_handled(liaison)
    assert (taps, count.pages) == (21, 12)


def test_parts_fold_and_a_macro_fills_in_without_javascript_too(liaison, window, sign_in, picture):
    demand = Demand.objects.first()
    page = sign_in(window(DESK, javascript=False), liaison)
    page.goto(f"/admin/demands/demand/{demand.pk}/change/")
    answer = page.get_by_label("给居民的答复")
    expect(answer).to_be_hidden()
    picture(page, "combined folded")
    page.get_by_label("答复居民").check()
    expect(answer).to_be_visible()
    page.get_by_role("link", name="受理并公开").click()
    expect(page.get_by_text("已按“受理并公开”填好，请核对后办理。")).to_be_visible()
    expect(answer).to_have_value(f"{{称呼}}，您反映的环境卫生问题（{demand.ref}）已受理，由湖东街道联络委负责。")
    page.get_by_role("button", name="办理所勾选的").click()
    expect(page.get_by_text(f"{demand.ref} 已办理：受理、分派、答复居民、公开。")).to_be_visible()
