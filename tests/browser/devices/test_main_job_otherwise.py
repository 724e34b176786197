"""The main task without JavaScript; its shortest way in the largest text, at 400 % and in English."""

import pytest
from playwright.sync_api import Page, expect

from demands.models import Demand

from .. import look
from ..conftest import PHONE, ZOOMED
from ..test_main_job import main_job, venue_of_residents

pytestmark = pytest.mark.browser


def test_main_job_without_javascript(portal, window, picture):
    main_job(window, picture, javascript=False)


@pytest.mark.parametrize(
    "mode",
    [{"width": ZOOMED}, {"width": PHONE, "elder": True, "text": "largest"}, {"width": PHONE, "language": "en"}],
    ids=["at 400 %", "in elder mode", "in English"],
)
def test_a_need_is_sent_and_found_again(mode, portal, window):
    """The shortest way; on each page nothing is cut off, and nothing scrolls horizontally."""
    venue_of_residents()
    page, found = window(**mode), []
    for words in _sent_and_found(page):
        found += [f"{words}: {problem}" for problem in look.sideways(page) + look.cut(page)]
    assert not found, "\n".join(found)


def _sent_and_found(page: Page):
    """Find fields by name, whatever the language."""
    send = page.locator(".acts .btn.go").last
    page.goto("/")
    yield "home"
    page.locator(".doors a[href='/demands/new/']").click()
    page.locator("textarea[name=description]").fill("路灯坏了，看不清台阶。")
    page.locator("[name=category]").select_option(index=1)
    page.locator("[name=area]").select_option(index=2)
    expect(page.locator("[name=photos]")).to_be_visible()
    yield "what and where"
    send.click()
    page.locator("[name=consent_handling]").check()
    yield "contact"
    send.click()
    expect(page.locator(".summary")).to_have_count(2)
    yield "check answers"
    send.click()
    code = page.locator(".keep dd").nth(1).inner_text()
    yield "confirmation"
    page.locator(".doors a[href='/demands/track/']").click()
    page.locator("[name=code]").fill(code)
    yield "track"
    page.locator(".acts .btn.go").first.click()
    expect(page.locator(".keep")).to_contain_text(Demand.objects.get().ref)
    yield "tracking"
