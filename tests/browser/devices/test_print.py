"""Printed pages: the paper's page size, black on white, text and code, and no controls."""

import pytest
from django.db import transaction
from django.utils import timezone
from playwright.sync_api import expect

from consultation.models import AgendaItem, VenueKind
from foundation.tokens import new_code
from tests import factories

from ..conftest import DESK
from ..paper import poster_of, printed, read, shot

pytestmark = pytest.mark.browser

A4 = (210, 297)
# For the screen only: navigation, inputs and buttons.
OF_THE_SCREEN = "header, footer, nav, form button, input, textarea, select, .btn, .onward"


@pytest.fixture
@transaction.atomic
def papers(portal):
    """Kind → URL, number of pages, texts on it, texts not on it, content of its code.

    None if the number of pages depends on the year, or there is no code.
    """
    venue = factories.venue(VenueKind.DELIBERATION_HOME, name="桂花社区协商议事之家")
    code = new_code()
    fresh = factories.demand(code=code, description="北门外的路灯坏了三盏。" * 20)
    factories.photo(fresh)
    shown = factories.demand("confirmed", public=True)
    event = factories.event(title="停车与充电，大家一起商量", venue=venue, capacity=20, summary="请带上您的主意。")
    AgendaItem.objects.create(event=event, order=2, title="充电棚建在哪里")
    year = timezone.localdate().year
    slip, notice = f"/demands/track/{code}/", f"/events/{event.pk}/"
    return {
        "slip": (
            slip,
            1,
            [fresh.ref, code, "下一步：", "前回应您", "北门外", "办理进展"],
            ["补充情况", "撤回"],
            slip,
        ),
        "demand": (
            f"/demands/{shown.ref}/",
            1,
            [shown.public_title, "居民已确认", "网址：", shown.ref],
            ["也需要吗"],
            None,
        ),
        "notice": (
            notice,
            1,
            [event.title, "星期", str(venue), "充电棚建在哪里", "扫码查看详情、报名"],
            ["剩余"],
            notice,
        ),
        "year": (f"/annual/{year}/", None, [f"{year} 年度成果展", "收集需求", "网址："], ["看约定"], None),
        "poster": (poster_of(venue), 1, [str(venue), "扫码说出您的需求"], ["返回"], f"/v/{venue.code}/"),
    }


def test_each_kind_of_paper_has_what_is_asked_for_and_nothing_of_the_screen(window, live_server, papers, subtests):
    # Whatever the screen's settings: largest text and dark mode.
    page = window(DESK, elder=True, scheme="dark", contrast="more")
    for kind, (address, pages, there, gone, coded) in papers.items():
        with subtests.test(kind):
            page.goto(address)
            figures = page.locator("figure.charted").count()
            assert figures == (1 if kind == "year" else 0)
            expect(page.locator("figure[data-drawn]")).to_have_count(figures)  # before anybody scrolled to them
            sheets = printed(page)
            assert set(sheets) == {A4}
            assert pages in (None, len(sheets))
            page.emulate_media(media="print")
            words = page.locator("body").inner_text()
            assert page.locator("canvas").locator("visible=true").count() == figures
            assert [word for word in there if word not in words] == []
            assert [word for word in gone if word in words] == []
            assert page.locator(OF_THE_SCREEN).locator("visible=true").count() == 0
            colours = page.locator("body").evaluate("b => [getComputedStyle(b).color, getComputedStyle(b).background]")
            assert "rgb(255, 255, 255)" in colours[1] or "rgba(0, 0, 0, 0)" in colours[1]
            assert colours[0] == "rgb(0, 0, 0)" or kind == "poster"
            assert read(shot(page)) == ([("QRCode", f"{live_server.url}{coded}")] if coded else [])
            page.emulate_media(media="null")
