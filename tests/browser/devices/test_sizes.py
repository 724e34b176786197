"""Sizes of targets and text, and of downloads, on a phone and in elder mode."""

import gzip

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from demands.statistics import editions
from tests import factories

from .. import look
from ..conftest import DESK, HEIGHTS, PHONE, ZOOMED
from ..world import Consultation, Members, World, bring, build, consult

pytestmark = pytest.mark.browser

MIN, MIN_ELDER = 44, 60
HEAVIEST = 200 * 1024  # bytes transferred for a first view
# Targets. Links within running text are as high as their line.
MAIN = ".btn, .doors a"
FIELDS = "main input:not([type=hidden], [type=checkbox], [type=radio]), main select, main textarea"
ROWS = ".tick, .tools a, .rooms a, .folded > summary, .fold > summary, .top button, .chip, .clear, .pages a, .onward"
LINKS = ".crumb a, .foot a, .item h2 a, .item h3 a, .brand, .sum a, .summary button"

# Blocks with text of their own, except text that is small on purpose (marks next to the text).
SMALL_TEXT = """
least => [...document.querySelectorAll("main :is(p, li, label, legend, button, dd, h1, h2, h3)")]
  .filter(node => [...node.childNodes].some(child => child.nodeType === 3 && child.data.trim()))
  .filter(node => node.checkVisibility({visibilityProperty: true}))
  .filter(node => !node.closest(".meta, .pill, .mini, .step, .photos, .when, .state, .hint, .tally, .visually-hidden"))
  .filter(node => !node.closest(".promised > .head, .sheet .english"))
  .filter(node => parseFloat(getComputedStyle(node).fontSize) < least)
  .map(node => getComputedStyle(node).fontSize + " " + node.outerHTML.slice(0, 120))
"""

HEIGHT_OF_EACH = """
selector => [...document.querySelectorAll(selector)].filter(node => node.checkVisibility())
  .map(node => [node.getBoundingClientRect().height, node.outerHTML.slice(0, 120)])
"""


@pytest.fixture
def world(built_once) -> World:
    return built_once(build)


@pytest.fixture
def meetings(built_once) -> Consultation:
    return built_once(consult)


@pytest.fixture
def members(built_once) -> Members:
    return built_once(bring)


def pages(page: Page, world: World):
    for path in (
        "/",
        "/demands/",
        "/demands/?status=resolved",
        f"/demands/{world.public.ref}/",
        "/demands/new/",
        "/demands/track/",
        f"/demands/track/{world.resolved_code}/",
        f"/demands/track/{world.resolved_code}/reopen/",
        f"/demands/track/{world.fresh_code}/withdraw/",
        "/accounts/login/",
    ):
        page.goto(path)
        unfold(page)
        yield path
    page.goto("/demands/new/")
    press_next(page)
    expect(page.locator("#error-summary")).to_be_visible()
    yield "errors of the first page"
    page.locator("textarea[name=description]").fill("路灯坏了，看不清台阶。")
    page.locator("[name=category]").select_option(index=1)
    page.locator("[name=area]").select_option(index=2)
    page.locator("[name=photos]").set_input_files(
        {"name": "lamp.jpg", "mimeType": "image/jpeg", "buffer": factories.image_bytes()}
    )
    press_next(page)
    press_next(page)
    expect(page.locator("#error-summary")).to_be_visible()
    yield "errors of the contact page"
    page.get_by_role("button", name="上一步").click()
    expect(page.locator(".photos img")).to_be_visible()
    yield "what and where, with a photo"
    press_next(page)
    page.locator("[name=consent_handling]").check()
    press_next(page)
    expect(page.locator(".summary button").first).to_be_visible()
    yield "check answers"


def pages_of_consultation(page: Page, meetings: Consultation):
    """Those that are no first views."""
    page.goto(f"/events/{meetings.now.pk}/checkin/?door={meetings.now.door_key}")
    unfold(page)
    yield "check-in"
    for path in (f"/events/{meetings.open.pk}/signup/", f"/events/signup/{meetings.waiting_code}/"):
        page.goto(path)
        yield path
    page.goto(f"/topics/{meetings.topic.pk}/")
    with page.expect_navigation():
        page.locator("form.order .btn.go").click()
    yield "topic ordered"


def first_views(meetings: Consultation) -> list[str]:
    return [
        "/",
        "/venues/",
        f"/venues/{meetings.venue.slug}/",
        "/venues/platforms/",
        f"/venues/platforms/{meetings.platform.slug}/",
        f"/venues/{meetings.venue.slug}/poster/",
        "/events/",
        "/events/?when=past",
        f"/events/?month={meetings.open.starts_at:%Y-%m}",
        f"/events/{meetings.open.pk}/",
        f"/events/{meetings.published.pk}/",
        "/events/rhythm/",
        f"/events/studies/{meetings.note.pk}/",
        "/topics/",
        f"/topics/{meetings.topic.pk}/",
        "/projects/",
        f"/projects/{meetings.project.pk}/",
        "/projects/agreements/",
        f"/demands/{meetings.demand.ref}/",
    ]


def first_views_of_members(members: Members) -> list[str]:
    return [
        "/members/",
        "/members/committee/",
        f"/members/{members.member.pk}/",
        "/resources/",
        f"/resources/{members.lead.pk}/",
        f"/demands/new/?resource={members.lead.pk}",
        f"/annual/{timezone.localdate().year}/",
    ]


# Public pages that the others do not include.
REST = ["/demands/", "/demands/new/", "/demands/track/", "/rates/", "/privacy/", "/accessibility/", "/sitemap/"]


def pages_of_members(page: Page, members: Members, enter):
    enter(page, members.member.user)
    for path in (
        f"/members/{members.member.pk}/",
        f"/resources/{members.lead.pk}/",
        "/my/",
        "/my/demands/",
        f"/my/demands/{members.asked.pk}/",
        f"/my/demands/{members.in_hand.pk}/",
        f"/my/demands/{members.in_hand.pk}/report/",
        "/my/duties/",
        "/my/duties/new/",
        f"/my/duties/{members.returned.pk}/edit/",
        "/my/resources/",
        f"/my/resources/{members.own.pk}/",
        "/my/resources/new/",
        "/my/events/",
    ):
        page.goto(path)
        unfold(page)
        yield path


def unfold(page: Page) -> None:
    """Measure collapsed elements open."""
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")


def resize(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": HEIGHTS[width]})


def press_next(page: Page) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name="下一步", exact=True).click()


def lower_than(page: Page, selector: str, least: float) -> list[str]:
    """The visible elements lower than `least` px."""
    measured = page.evaluate(HEIGHT_OF_EACH, selector)
    return [f"{height:.1f} px: {html}" for height, html in measured if height < least - 0.1]


def too_small(page: Page) -> list[str]:
    """The elements on the page that are too small."""
    return [f"plain: {low}" for low in lower_than(page, f"{MAIN}, {FIELDS}, {ROWS}, {LINKS}", MIN)]


def too_small_for_elders(page: Page) -> list[str]:
    assert page.evaluate("getComputedStyle(document.body).fontSize") == "22px"
    low = lower_than(page, f"{MAIN}, {FIELDS}", MIN_ELDER) + lower_than(page, f"{ROWS}, {LINKS}", MIN)
    return [f"elder: {text}" for text in low + page.evaluate(SMALL_TEXT, 22)]


def make_elder(page: Page, on: bool) -> None:
    """Elder mode is a class of the whole page, so one visit is enough for both."""
    page.evaluate("on => document.documentElement.classList.toggle('elder', on)", on)


def too_small_in_both(page: Page, *, at_a_desk: bool = False) -> list[str]:
    found = too_small(page)
    make_elder(page, True)
    found += too_small_for_elders(page)
    if at_a_desk:
        resize(page, DESK)
        found += [f"at a desk: {text}" for text in too_small_for_elders(page)]
        resize(page, PHONE)
    make_elder(page, False)
    return found


def test_pages_on_a_phone_and_for_elders_at_a_desk(world, window):
    page, found = window(PHONE), []
    for name in pages(page, world):
        found += [f"{name}: {text}" for text in too_small_in_both(page, at_a_desk=True)]
    assert not found, "\n".join(found)


def test_elder_mode_as_it_is_chosen(portal, window):
    """Only the header differs in more than the class."""
    page = window(DESK, elder=True)
    page.goto("/")
    assert not too_small_for_elders(page)


def test_pages_of_consultation_on_a_phone(members, window):
    page, meetings = window(PHONE), members.meetings
    found = [f"{name}: {text}" for name in pages_of_consultation(page, meetings) for text in too_small_in_both(page)]
    assert not found, "\n".join(found)


def test_pages_of_members_on_a_phone(members, window, sign_in):
    page = window(PHONE)
    found = [f"{name}: {text}" for name in pages_of_members(page, members, sign_in) for text in too_small_in_both(page)]
    assert not found, "\n".join(found)


# Lazy pictures count too; a broken one is an error.
ALL_PICTURES = """
() => Promise.all([...document.images].map(image => { image.loading = "eager"; return image.decode(); }))
"""


def on_the_line(response, weighed: dict[str, int]) -> int:
    """The size of a response as a web server sends it: text compressed, pictures and fonts as they are."""
    if response.url not in weighed:
        body, kind = response.body(), response.headers.get("content-type", "")
        text = "text" in kind or "javascript" in kind or "svg" in kind
        weighed[response.url] = len(gzip.compress(body, 6)) if text else len(body)
    return weighed[response.url]


def test_first_views_are_light_and_fit_at_400_percent_and_on_a_phone(members, window):
    """A first visit: what is cached weighs as much. The window itself checks for requests to other hosts."""
    factories.acting_at(timezone.now(), editions.publish)  # with charts and their library
    page, answers, found, weighed = window(PHONE), [], [], {}
    page.on("response", lambda answer: answers.append(answer))
    measured = first_views(members.meetings) + first_views_of_members(members)
    for path in measured + REST:
        page.goto("about:blank")  # nothing of the previous page arrives late
        answers.clear()
        resize(page, ZOOMED)
        page.goto(path)
        problems = look.sideways(page) + look.cut(page)
        # Narrow first: a page that grows needs no time until it fits.
        resize(page, PHONE)
        page.evaluate(ALL_PICTURES)
        kinds = {answer.request.resource_type for answer in answers}
        assert kinds >= {"document", "stylesheet"}, path
        weight = sum(on_the_line(answer, weighed) for answer in answers if answer.ok)
        if weight > HEAVIEST:
            problems.append(f"{weight} bytes")
        if path in measured:  # walks measure the others
            unfold(page)
            problems += too_small_in_both(page)
        found += [f"{path}: {problem}" for problem in problems]
    assert not found, "\n".join(found)


AS_WIDE_AS_THE_PHONE = '<meta name="viewport" content="width=device-width, initial-scale=1">'


def test_what_is_cut_off_or_too_wide_is_found(window):
    page, found = window(PHONE), {}
    resize(page, ZOOMED)
    expected = {
        "width: 3em; overflow: hidden; white-space: nowrap": {"cut off"},
        "width: 3em; overflow: hidden; height: 1em": {"cut off"},
        "width: 3em; overflow: auto; white-space: nowrap": set(),
        "white-space: nowrap": {"scrolls sideways"},
        "width: 30em": {"scrolls sideways"},
        "width: 3em": set(),
    }
    for style in expected:
        page.set_content(f"{AS_WIDE_AS_THE_PHONE}<p style='{style}'>{'三号门外的路灯坏了，晚上看不清台阶。' * 3}</p>")
        found[style] = {one.partition(":")[0] for one in look.sideways(page) + look.cut(page)}
    assert found == expected


def test_switch_to_elder_mode_and_back(world, window):
    page = window(PHONE)
    page.goto("/demands/?q=路灯&page=1")
    page.get_by_text("菜单", exact=True).click()
    page.get_by_role("link", name="长辈版").click()
    expect(page.locator("html")).to_have_class("elder")
    expect(page.locator("main [name=q]")).to_have_value("路灯")
    page.get_by_text("菜单", exact=True).click()
    page.get_by_role("link", name="普通版").click()
    expect(page.locator("html")).not_to_have_class("elder")
    page.get_by_text("菜单", exact=True).click()
    page.get_by_role("link", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("main [name=q]")).to_have_value("路灯")


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_header_of_elders_leaves_three_quarters_of_a_phone_to_the_page(portal, window, settings, language):
    """In the largest text, and with the banner of a demo."""
    settings.DEMO = True
    page = window(PHONE, elder=True, text="largest", language=language)
    page.goto("/demands/track/")
    header = page.locator("header.top").bounding_box()
    assert header["y"] == 0 and header["height"] <= HEIGHTS[PHONE] / 4
    back = page.get_by_role("link", name="普通版" if language == "zh-hans" else "Standard version")
    assert not lower_than(page, "header .quick", 52) and not look.sideways(page)
    back.click()
    expect(page.locator("html")).not_to_have_class("elder")
