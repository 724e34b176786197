"""Every page as readers see it: no findings of axe, no horizontal scrolling, no console messages.

Each walk opens its pages in turn and yields a name for each; all findings are reported at the end. axe takes longer
than everything else, so it only checks the first page of a walk and those with a template that no walk of the run, in
whichever process, has rendered yet. Of pages whose templates others have too, `read` has only the HTML checked. With
`EVERY_STATE=1` all are opened, and axe checks every page, without headers and footers that it has checked in the mode;
with `EVERY_MODE=1` so does each walk in all modes.
"""

import base64
import collections
import fcntl
import itertools
import os
from pathlib import Path

import pytest
from django.template.base import Template
from django.test.signals import template_rendered
from django.urls import reverse
from django.utils import timezone
from django_otp.oath import totp
from playwright.sync_api import Page, expect

from demands.selectors import tracking
from demands.services import offices
from demands.views import publishing
from demands.workflow import DemandStatus
from foundation import setup_runs, throttle
from foundation.accounts import User, one_time_path
from tests import factories

from . import look, product
from .conftest import DESK, EVERY_MODE, EVERY_STATE, PHONE
from .world import LIFT, Busy, Consultation, Members, World, bring, build, busy, consult

pytestmark = pytest.mark.browser

CHINESE, ENGLISH = "zh-hans", "en"
# Choices of readers or preferences of their system; the first of each is the default.
SETTINGS = {
    "width": (PHONE, DESK),
    "language": (CHINESE, ENGLISH),
    "elder": (False, True),
    "scheme": ("light", "dark"),
    "contrast": (None, "more", "chosen"),
    "text": ("standard", "large", "largest"),
}
# Default modes: residents' and members' pages on a phone, those of the admin on a wide screen.
ON_A_PHONE, AT_THE_DESK = {"width": PHONE}, {"width": DESK}
# Each walk uses one of these or the default. Together they cover all pairs of settings.
CROSS = [
    {"width": PHONE, "scheme": "dark", "text": "large"},
    {"width": PHONE, "language": ENGLISH, "elder": True, "text": "largest"},
    {"width": PHONE, "elder": True, "scheme": "dark", "contrast": "more"},
    {"width": DESK, "language": ENGLISH, "elder": True, "contrast": "more", "text": "large"},
    {"width": PHONE, "language": ENGLISH, "scheme": "dark", "contrast": "more", "text": "largest"},
    {"width": DESK, "language": ENGLISH, "elder": True, "contrast": "chosen"},
    {"width": PHONE, "contrast": "chosen", "text": "large"},
    {"width": DESK, "scheme": "dark", "contrast": "chosen", "text": "largest"},
]
# With `EVERY_MODE=1` every walk runs in all combinations. Text sizes do not affect colours or the reverse, so those two
# are not combined. The admin has neither text sizes nor an elder mode, and takes contrast from the system.
PLACES = [{"width": width, **language} for width in (PHONE, DESK) for language in ({}, {"language": ENGLISH})]
SIZES = [{"text": "large"}, {"text": "largest"}]


def colours(contrast: str) -> list[dict]:
    return [{}, {"scheme": "dark"}, {"contrast": contrast}, {"scheme": "dark", "contrast": contrast}]


FULL = [
    place | elder | look for place in PLACES for elder in ({}, {"elder": True}) for look in (*colours("chosen"), *SIZES)
]
FULL_AT_THE_DESK = [place | look for place in PLACES for look in colours("more")]
# Pages to take screenshots of.
KEY_PAGES = (
    "home",
    "list",
    "demand",
    "new-1-errors",
    "new-4",
    "confirmation",
    "tracking-resolved",
    "venues",
    "event-open",
)
KEY_PAGES += (
    "topic",
    "project",
    "annual",
    "rates",
    "member",
    "my",
    "my-duty-new",
    "admin-desk-busy",
    "admin-demand-full",
)


def modes(*chosen: dict) -> list[dict]:
    return FULL if EVERY_MODE else list(chosen)


def modes_at_the_desk() -> list[dict]:
    return FULL_AT_THE_DESK if EVERY_MODE else [AT_THE_DESK]


def _name(mode: dict) -> str:
    return " ".join(str(name if value is True else value) for name, value in mode.items())


@pytest.fixture
def world(built_once, monkeypatch) -> World:
    monkeypatch.setattr(publishing, "PER_PAGE", 5)  # a second page without many rows
    return built_once(build)


@pytest.fixture
def meetings(built_once) -> Consultation:
    return built_once(consult)


@pytest.fixture
def members(built_once) -> Members:
    return built_once(bring)


@pytest.fixture
def full(built_once) -> Busy:
    return built_once(busy)


class Known:
    """The names of templates on pages that axe has checked, or is about to, in any process of the run."""

    def __init__(self, file: Path) -> None:
        self.file = file
        file.touch()

    def add(self, names: set[str]) -> bool:
        """Whether one of the names is new."""
        with self.file.open("r+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)  # until the file is closed
            new = names - set(file.read().splitlines())
            file.writelines(f"{name}\n" for name in sorted(new))
        return bool(new)


@pytest.fixture(scope="module")
def known(tmp_path_factory) -> Known:
    folder = tmp_path_factory.getbasetemp()
    # Each process of pytest-xdist has a folder of its own in that of the run.
    return Known((folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder) / "templates-seen-by-axe")


@pytest.fixture(scope="module")
def frames() -> dict[str, set[str]]:
    """The headers and footers that axe has checked in each mode."""
    return collections.defaultdict(set)


@pytest.fixture
def check(picture, validator, known, frames, request, page_templates_noted, monkeypatch):
    """Walk, check each page and its HTML, take screenshots of key pages, and report all findings."""

    drawn: set[str] = set()
    # Partial templates too.
    monkeypatch.setattr(Template, "_render", page_templates_noted)

    def note_template(template, **_signal) -> None:
        drawn.add(template.name)

    def is_page(answer) -> bool:
        return answer.request.is_navigation_request() and "location" not in answer.headers

    def run(walk, page: Page, mode: dict, *, scrolls: bool = False) -> None:
        answers, seen, found = [], 0, []
        page.on("response", lambda answer: answers.append(answer) if is_page(answer) else None)
        for state in walk:
            if isinstance(state, tuple):
                name, html = state
                problems = look.shape(page, mode.get("language", CHINESE), html) + (
                    validator(html) if validator else []
                )
                found += [f"{name}: {problem}" for problem in problems]
                drawn.clear()  # axe has not seen them
                continue
            name = state
            # A template without a name is one of a test's own.
            new = known.add({name for name in drawn if name})
            drawn.clear()
            axe = EVERY_STATE or not seen or new
            problems = look.violations(page, frames[_name(mode)]) if axe else []
            problems += look.layout(page, mode.get("language", CHINESE), scrolls=scrolls)
            if answers and validator and not EVERY_MODE:  # the HTML is the same in nearly every mode
                problems += validator(answers[-1].text())
            answers.clear()
            found += [f"{name}: {problem}" for problem in problems]
            seen += 1
            if name in KEY_PAGES and not EVERY_MODE:
                picture(page, f"{name} {_name(mode)}")
        if EVERY_MODE:
            product.note(request.node.originalname, request.node.callspec.params, seen, found)
        assert not found, "\n".join(found)
        assert seen and known.file.stat().st_size, "no page was opened, or no template drawn: axe looked at nothing"

    # The server's threads render templates; a page has arrived only after all of its templates.
    template_rendered.connect(note_template)
    yield run
    template_rendered.disconnect(note_template)


def opened(page: Page, start: str, *pages: tuple[str, str]):
    """Open pages, (path below `start`, name), and yield their names."""
    for path, name in pages:
        answer = page.goto(f"{start}{path}")
        assert answer.status == 200, path
        yield _named(start, path, name)


def read(page: Page, start: str, *pages: tuple[str, str]):
    """Pages whose templates other pages have too: opened with `EVERY_STATE`, otherwise yielded as (name, HTML)."""
    if EVERY_STATE:
        yield from opened(page, start, *pages)
        return
    for path, name in pages:
        answer = page.request.get(f"{start}{path}")
        assert answer.status == 200, path
        yield _named(start, path, name), answer.text()


def _named(start: str, path: str, name: str) -> str:
    return f"admin-{name}" if f"{start}{path}".startswith("/admin/") else name


def send(page: Page, number: int = -1) -> None:
    """Press the main button, whatever its label in this language."""
    button = page.locator(".acts .btn:not(.quiet)").nth(number)
    with page.expect_navigation():
        button.click()


# --- Walks ---------------------------------------------------------------------------------------------------------


def reading(page: Page, world: World):
    page.goto("/")
    yield "home"
    page.locator(".folded > summary").evaluate("summary => summary.parentElement.open = true")
    yield "home-menu"
    yield from read(
        page,
        "/demands/",
        ("?page=2", "list-page-2"),
        ("?status=resolved&community=community&q=路灯&sort=supported", "list-filtered"),
        ("?q=没有这样的事&direction=bottom_up", "list-empty"),
        ("?status=none-such", "list-wrong-filter"),
        (f"?q={'长' * 61}", "list-long-words"),
    )
    yield from opened(page, "/demands/", ("", "list"), (f"{world.public.ref}/", "demand"))
    page.locator(".support button").click()
    expect(page.get_by_role("status")).to_be_visible()
    yield "demand-supported"
    yield from opened(page, "/", ("privacy/", "privacy"), ("accessibility/", "accessibility"), ("sitemap/", "sitemap"))
    page.goto("/no-such-page/")
    yield "404"


def submitting(page: Page, world: World):
    yield from read(page, "/demands/new/", ("?venue=NOSUCH", "new-1-unknown-venue"))
    page.goto(f"/demands/new/?venue={world.venue.code}")
    yield "new-1"
    send(page)
    expect(page.locator("#error-summary")).to_be_visible()
    yield "new-1-errors"
    page.locator("textarea[name=description]").fill("路灯坏了，看不清台阶。")
    page.locator("[name=photos]").set_input_files(
        [
            {"name": "lamp.jpg", "mimeType": "image/jpeg", "buffer": factories.image_bytes(size=(640, 480))},
            {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": b"none"},
        ]
    )
    yield "new-1-photos"
    send(page)
    expect(page.locator("#error-summary")).to_be_visible()
    yield "new-1-photo-errors"
    send(page)
    yield "new-2"
    page.locator("[name=phone]").fill("12")
    page.locator("[name=email]").fill("nobody")
    send(page)
    expect(page.locator("#error-summary")).to_be_visible()
    yield "new-2-errors"
    page.locator("[name=phone]").fill("")
    page.locator("[name=email]").fill("")
    page.locator("[name=consent_handling]").check()
    send(page)
    yield "new-3"
    send(page)
    expect(page.locator("#error-summary")).to_be_visible()
    yield "new-3-errors"
    page.locator("[name=category]").select_option(index=1)
    page.locator("[name=kept_alt_1]").fill("不亮的路灯")
    page.locator(".summary button").first.click()
    expect(page.locator("textarea[name=description]")).to_be_visible()
    yield "new-1-change"
    send(page)
    send(page)
    expect(page.locator(".keep")).to_be_visible()
    yield "confirmation"
    page.context.clear_cookies(name="csrf")
    page.goto("/demands/new/")
    page.context.clear_cookies(name="csrf")
    send(page)
    expect(page.locator(".notice")).to_be_visible()
    yield "new-1-expired"


def following(page: Page, world: World):
    page.goto("/demands/track/")
    yield "track"
    send(page, 0)
    yield "track-empty"
    page.locator("[name=code]").fill("7KXM")
    send(page, 0)
    yield "track-unknown"
    send(page)
    yield "track-lost-errors"
    page.locator("[name=lost-ref]").fill(world.fresh.ref)
    page.locator("[name=lost-address]").fill("139 1234 5678")
    send(page)
    expect(page.get_by_role("status")).to_be_visible()
    yield "track-lost-sent"
    page.goto("/demands/track/AAAA-BBBB/")
    yield "track-wrong-address"
    fresh = f"/demands/track/{world.fresh_code}/"
    yield from read(
        page,
        "/demands/track/",
        (f"{world.fresh_code}/unpublish/", "tracking-unpublish"),
        (f"{world.declined_code}/", "tracking-declined"),
    )
    page.goto(fresh)
    yield "tracking-fresh"
    page.locator("#add > summary").click()
    page.locator("[name=photo_1]").set_input_files({"name": "a.jpg", "mimeType": "image/jpeg", "buffer": b"none"})
    page.locator("#add button[type=submit]").click()
    expect(page.locator("#error-summary")).to_be_visible()
    yield "tracking-add-errors"
    page.goto(f"{fresh}withdraw/")
    yield "tracking-withdraw"
    page.goto(f"{fresh}delete/")
    yield "tracking-delete"
    send(page)
    expect(page.get_by_role("status")).to_be_visible()
    yield "tracking-deletion-asked"
    resolved = f"/demands/track/{world.resolved_code}/"
    page.goto(resolved)
    yield "tracking-resolved"
    page.locator("main details").evaluate_all("all => all.forEach(one => { one.open = true })")
    yield "tracking-unfolded"
    page.locator(".again .btn.go").click()
    expect(page.locator("#error-summary")).to_be_visible()
    yield "tracking-again-errors"
    page.goto(resolved)
    page.locator("#rate > .fold > summary").click()
    page.locator("#rate > .fold .btn.alt").click()
    expect(page.locator("#error-summary")).to_be_visible()
    yield "tracking-rate-errors"
    page.goto(f"{resolved}reopen/")
    yield "reopen"
    send(page)
    expect(page.locator("#error-summary")).to_be_visible()
    yield "reopen-errors"
    page.goto(reverse("tracking", args=[tracking.signed_link(world.resolved.ref).split("/")[-2]]))
    yield "tracking-by-link"
    for _ in range(31):
        throttle.is_over("code", "127.0.0.1", 30, 3600)
    page.goto("/demands/track/AAAA-BBBB/")
    yield "429"


def accounts(page: Page, world: World, enter):
    yield from read(page, "/accounts/reset/", ("MQ/none/", "password-link-used"))
    page.goto("/accounts/login/")
    yield "login"
    page.locator("[name=username]").fill("liaison")
    page.locator("[name=password]").fill("wrong")
    send(page)
    yield "login-errors"
    page.goto("/accounts/reset/")
    yield "reset"
    send(page)
    yield "reset-errors"
    page.locator("[name=email]").fill("somebody@portal.example")
    send(page)
    yield "reset-sent"
    page.goto(one_time_path(world.member))
    yield "password-set"
    page.locator("[name=new_password1]").fill("short")
    page.locator("[name=new_password2]").fill("shorter")
    send(page)
    yield "password-set-errors"
    page.locator("[name=new_password1]").fill("a-long-and-new-password")
    page.locator("[name=new_password2]").fill("a-long-and-new-password")
    send(page)
    yield "password-complete"
    page.goto("/accounts/login/")
    page.context.clear_cookies(name="csrf")
    send(page)
    yield "403-expired"
    enter(page, world.liaison)
    page.goto("/accounts/")
    yield "account"
    page.goto("/accounts/password/")
    yield "password-change"
    send(page)
    yield "password-change-errors"
    page.goto("/admin/foundation/portal/1/change/")
    yield "403"
    page.goto("/accounts/hand-over/")
    yield "hand-over"
    page.goto("/accounts/authenticator/")
    yield "authenticator"
    page.locator("[name=password]").fill(factories.PASSWORD)
    page.locator("[name=code]").fill("12")
    send(page)
    yield "authenticator-errors"
    key = base64.b32decode(page.locator("#secret").inner_text().replace(" ", ""))
    page.locator("[name=password]").fill(factories.PASSWORD)
    page.locator("[name=code]").fill(f"{totp(key):06}")
    send(page)
    yield "recovery-codes"
    page.goto("/accounts/authenticator/codes/")
    yield "recovery-codes-new"
    page.goto("/accounts/authenticator/remove/")
    yield "authenticator-remove"
    page.context.clear_cookies(name="session")
    page.goto("/accounts/login/")
    page.locator("[name=username]").fill(world.liaison.username)
    page.locator("[name=password]").fill(factories.PASSWORD)
    send(page)
    yield "second-factor"
    send(page)
    yield "second-factor-errors"


def setting_up(page: Page, code: str):
    """The first run, from its link to the page with all answers."""
    page.goto(f"/setup/{code}/")
    yield "setup-account"
    for name, text in {"username": "chief", "password1": factories.PASSWORD, "password2": factories.PASSWORD}.items():
        page.locator(f"[name={name}]").fill(text)
    send(page)
    page.locator("[name=level][value='2']").check()
    page.locator("[name=district]").fill("")
    page.locator("[name=languages][value='zh-hans,en']").check()
    send(page)
    yield "setup-place-errors"
    page.locator("[name=district]").fill("东山区")
    page.locator("[name=subdistrict]").fill("虹桥街道")
    send(page)
    yield "setup-names"
    for _page in ("names", "contact", "address"):
        send(page)
    page.locator("[name=arranged][value=now]").check()
    page.locator("[name=trial_to]").fill("me@example.org")
    send(page)
    yield "setup-mail-errors"
    page.locator("[name=arranged][value=later]").check()
    send(page)
    page.locator("[name=provider][value=later]").check()
    for _page in ("sms", "privacy", "structure"):
        send(page)
    yield "setup-check"


def failing(page: Page, settings, monkeypatch):
    """Pages for errors of the request or of the server."""
    page.goto("/demands/track/")
    with monkeypatch.context() as patch:
        patch.setattr(settings, "DATA_UPLOAD_MAX_NUMBER_FIELDS", 1)
        send(page, 0)
    yield "400"
    with monkeypatch.context() as patch:
        patch.setattr(publishing, "render", None)
        page.goto("/demands/")
    yield "500"


def at_the_desk(page: Page, world: World, enter):
    page.goto("/admin/")
    yield "admin-login"
    page.locator("[name=username]").fill("liaison")
    page.locator("[name=password]").fill("wrong")
    page.locator("[type=submit]").click()
    expect(page.locator(".errornote")).to_be_visible()
    yield "admin-login-errors"
    enter(page, world.liaison)
    fresh = f"demands/demand/{world.fresh.pk}"
    acts = [(f"{fresh}/{act}/", act) for act in ("note", "assign", "reclassify", "publish", "erase", "reveal")]
    yield from read(
        page,
        "/admin/",
        *acts,
        (f"demands/demand/{world.public.pk}/unpublish/", "unpublish"),
        ("demands/demand/?queue=overdue&status__exact=accepted&q=路灯", "list-filtered"),
        ("demands/demand/?queue=deletion", "list-empty"),
    )
    yield from opened(
        page,
        "/admin/",
        ("", "desk"),
        ("menu/", "menu"),
        ("ways/", "ways"),
        ("alerts/", "alerts"),
        ("find/?q=路", "find"),
        ("calendar/", "calendar"),
        ("figures/?period=year", "figures"),
        ("demands/demand/", "list"),
        (f"{fresh}/answer/", "answer"),
        (f"{fresh}/change/?place=0", "demand-fresh"),
        (f"demands/demand/{world.resolved.pk}/change/?place=0", "demand-resolved"),
    )
    page.get_by_label("答复居民").check()
    page.get_by_role("button", name="办理所勾选的").click()
    expect(page.locator(".sum")).to_be_visible()
    yield "admin-demand-errors"
    for status in (DemandStatus.DECLINED, DemandStatus.MERGED):
        yield from read(page, "/admin/", (f"{fresh}/move/{status}/", f"move-{status}"))
        if EVERY_STATE:
            page.locator("[type=submit].default").click()
            expect(page.locator(".sum")).to_be_visible()
            yield f"admin-move-{status}-errors"
    page.goto(f"/admin/{fresh}/publish/")
    page.locator("[name=title]").fill("路灯不亮")
    page.locator("[name=summary]").fill("小区门外路灯不亮。")
    page.locator("[name=basis]").select_option(index=1)
    page.locator("[name=preview]").click()
    expect(page.locator(".preview")).to_be_visible()
    yield "admin-publish-preview"
    page.goto(f"/admin/{fresh}/reveal/")
    page.locator("[name=reason]").fill("约时间上门")
    page.locator("[type=submit].default").click()
    expect(page.locator(".shown")).to_be_visible()
    yield "admin-reveal-shown"
    page.goto("/admin/demands/demand/add/")
    yield "admin-intake"
    page.locator("[name=phone]").fill("13912345678")
    page.locator("[type=submit].default").click()
    expect(page.locator(".sum")).to_be_visible()
    yield "admin-intake-errors"
    page.locator("textarea[name=description]").fill("路灯坏了")
    page.locator("[name=category]").select_option(index=1)
    for key in ("ArrowDown", "ArrowDown", "Enter"):
        page.locator("#id_area").press(key)
    page.locator("[name=consent_handling]").check()
    page.locator("[type=submit].default").click()
    expect(page.locator(".slip")).to_be_visible()
    yield "admin-slip"


def _register(path: str) -> str:
    """The name of a page of Django's admin."""
    return "-".join(part for part in path.split("/") if part and not part.isdecimal())


def in_the_registers(page: Page, world: World, enter):
    """Django's own lists and forms."""
    enter(page, world.admin)
    lists = (
        "",
        f"foundation/user/{world.liaison.pk}/reset-factor/",
        f"foundation/user/{world.liaison.pk}/role/",
        f"foundation/user/{world.liaison.pk}/scope/",
        f"foundation/user/{world.liaison.pk}/close/",
        f"foundation/user/{world.liaison.pk}/hand-over/",
        f"foundation/user/lock/?ids={world.liaison.pk}",
        "foundation/auditentry/",
        "demands/category/",
        "demands/standardreply/",
        "demands/standardreply/add/",
        "demands/macro/",
        "demands/macro/add/",
        "demands/synonym/add/",
        "demands/missedsearch/",
        "consultation/area/",
        "consultation/area/add/",
    )
    registers = (
        "foundation/user/",
        "foundation/user/add/",
        f"foundation/user/{world.liaison.pk}/change/",
        f"foundation/user/{world.liaison.pk}/sign-ins/",
        f"foundation/user/{world.liaison.pk}/history/",
        "foundation/portal/1/change/",
        "foundation/outboxmessage/",
        "foundation/calendarday/",
        "district/",
        "insight/",
        "readiness/",
        "releases/",
        "handbook/",
        "handbook/operations/",
        "demands/category/add/",
        "demands/synonym/",
        "demands/synonym/import/",
        "consultation/venue/",
        f"consultation/venue/{world.venue.pk}/change/",
    )
    yield from read(page, "/admin/", *((path, _register(path)) for path in lists))
    yield from opened(page, "/admin/", *((path, _register(path)) for path in registers))
    # As if it had shown other values than are stored now.
    page.evaluate("document.querySelector('[name=_shown]').value = '{}'")
    page.locator("[name=name]").fill("桂花苑书房")
    page.locator("[name=_save]").click()
    expect(page.locator(".differences")).to_be_visible()
    yield "admin-venue-change-stale"
    page.goto("/admin/foundation/user/add/")
    page.locator("[type=submit].default").click()
    expect(page.locator("#error-summary")).to_be_visible()
    yield "admin-user-add-errors"
    page.goto(f"/admin/foundation/user/{world.liaison.pk}/change/")
    page.locator(f"form[action$='{world.liaison.pk}/link/'] button").first.click()
    expect(page.locator(".account-slip")).to_be_visible()
    yield "admin-user-slip"


# --- Walks of consultation --------------------------------------------------------------------------------------------


def reading_on(page: Page, meetings: Consultation):
    """Venues and events, for readers."""
    page.goto("/")
    yield "home-with-events"
    yield from read(
        page,
        "/",
        ("venues/?kind=cloud_station&community=community&q=桂花", "venues-filtered"),
        ("venues/?q=没有这样的地方&step_free=yes", "venues-empty"),
        ("venues/?kind=none-such", "venues-wrong-filter"),
        ("events/?when=past", "events-past"),
        (f"events/?platform={meetings.platform.slug}&series=neighbours", "events-empty"),
        ("events/?series=none-such&month=soon", "events-wrong-filter"),
        (f"events/{meetings.full.pk}/", "event-full"),
        (f"events/{meetings.cancelled.pk}/", "event-cancelled"),
    )
    yield from opened(
        page,
        "/",
        ("venues/", "venues"),
        (f"venues/{meetings.venue.slug}/", "venue"),
        ("venues/platforms/", "platforms"),
        (f"venues/platforms/{meetings.platform.slug}/", "platform"),
        (f"venues/{meetings.venue.slug}/poster/", "venue-poster"),
        ("events/", "events"),
        (f"events/?month={meetings.open.starts_at:%Y-%m}", "events-month"),
        (f"events/{meetings.open.pk}/", "event-open"),
        (f"events/{meetings.published.pk}/", "event-minutes"),
        ("events/rhythm/", "rhythm"),
        (f"events/studies/{meetings.note.pk}/", "study-resident"),
    )


def taking_part(page: Page, meetings: Consultation, enter):
    """Signing up, checking in, and reading as a member."""
    page.goto(f"/events/{meetings.open.pk}/signup/")
    yield "sign-up"
    page.locator("[name=phone]").fill("12")
    page.locator("[name=email]").fill("nobody")
    send(page)
    expect(page.locator("#error-summary")).to_be_visible()
    yield "sign-up-errors"
    page.locator("[name=phone]").fill("139 1234 9999")
    page.locator("[name=email]").fill("")
    page.locator("[name=consent]").check()
    send(page)
    yield "sign-up-confirmation"
    yield from read(
        page,
        "/events/",
        (f"{meetings.full.pk}/signup/", "sign-up-full"),
        (f"signup/{meetings.waiting_code}/", "sign-up-waiting"),
    )
    page.goto(f"/events/signup/{meetings.place_code}/cancel/")
    yield "sign-up-cancel"
    send(page)
    expect(page.get_by_role("status")).to_be_visible()
    yield "sign-up-cancelled"
    page.goto("/events/signup/AAAA-BBBB/")
    yield "sign-up-unknown"
    check_in = f"/events/{meetings.now.pk}/checkin/"
    page.goto(check_in)
    yield "check-in-refused"
    page.goto(f"{check_in}?door={meetings.now.door_key}")
    yield "check-in"
    page.locator("[name=address]").fill("1" * 121)
    send(page)
    expect(page.locator("#error-summary")).to_be_visible()
    yield "check-in-errors"
    page.locator("[name=address]").fill("")
    send(page)
    expect(page.locator(".notice")).to_be_visible()
    yield "check-in-done"
    page.context.clear_cookies(name="visitor")
    enter(page, meetings.member.user)
    page.goto(f"{check_in}?door={meetings.now.door_key}")
    yield "check-in-member"
    page.goto(f"/events/studies/{meetings.note.pk}/")
    yield "study-member"
    send(page)
    expect(page.locator(".read-mark")).to_be_visible()
    yield "study-read"


def deciding(page: Page, meetings: Consultation):
    """Topics, agreements, projects, and the results of a demand."""
    yield from read(
        page,
        "/topics/",
        ("?status=discussed&community=community", "topics-filtered"),
        ("?status=none-such", "topics-wrong-filter"),
    )
    yield from opened(
        page,
        "/topics/",
        ("", "topics"),
        (f"{meetings.scheduled.pk}/", "topic-scheduled"),
        (f"{meetings.topic.pk}/", "topic"),
    )
    with page.expect_navigation():
        page.locator("form.order .btn.go").click()
    expect(page.locator("form.tell")).to_be_visible()
    yield "topic-ordered"
    send(page)
    expect(page.locator("#error-summary")).to_be_visible()
    yield "topic-tell-errors"
    yield from read(
        page,
        "/",
        ("projects/?status=stopped&sector=media", "projects-empty"),
        ("projects/agreements/?overdue=yes", "agreements-overdue"),
        ("demands/", "demands-with-lists"),
        (f"demands/{meetings.demand.ref}/", "demand-chain"),
    )
    yield from opened(
        page,
        "/",
        ("projects/", "projects"),
        (f"projects/{meetings.project.pk}/", "project"),
        ("partners/", "partners"),
        (f"partners/{meetings.project.partners.first().pk}/", "partner"),
        ("projects/agreements/", "agreements"),
        ("proposals/", "proposals"),
        (f"proposals/{factories.proposal('closed', meetings.demand).pk}/", "proposal"),
    )


def press_default(page: Page) -> None:
    """Submit the form of an admin page."""
    with page.expect_navigation():
        page.locator("[type=submit].default").click()


def meetings_at_the_desk(page: Page, meetings: Consultation, enter):
    enter(page, meetings.liaison)
    events = "consultation/event"
    yield from read(
        page,
        "/admin/",
        (f"{events}/{meetings.open.pk}/edit/", "event-edit"),
        (f"{events}/{meetings.open.pk}/agenda/{meetings.open.agenda.first().pk}/", "event-presenters"),
        (f"{events}/{meetings.open.pk}/signups/1/reveal/", "event-reveal"),
        (f"{events}/{meetings.published.pk}/change/", "event-published"),
        (f"{events}/{meetings.published.pk}/minutes/", "event-correction"),
        (f"{events}/{meetings.held.pk}/move/minutes_published/", "event-publish-minutes"),
        (f"{events}/{meetings.now.pk}/change/", "event-now"),
        (f"{events}/{meetings.now.pk}/move/cancelled/", "event-cancel"),
    )
    yield from opened(
        page,
        "/admin/",
        ("", "desk-with-meetings"),
        (f"{events}/", "events"),
        (f"{events}/add/", "event-add"),
        (f"{events}/{meetings.open.pk}/change/", "event-open"),
        (f"{events}/{meetings.open.pk}/signups/", "event-sign-ups"),
        (f"{events}/{meetings.held.pk}/photos/", "event-photos"),
        (f"{events}/{meetings.now.pk}/door/", "event-door"),
        (f"{events}/{meetings.now.pk}/attendance/", "event-attendance"),
    )
    press_default(page)
    yield "admin-event-attendance-errors"
    page.goto(f"/admin/{events}/add/")
    press_default(page)
    yield "admin-event-add-errors"
    page.goto(f"/admin/{events}/{meetings.held.pk}/minutes/")
    page.locator("[name=preview]").click()
    expect(page.locator(".preview")).to_be_visible()
    yield "admin-event-minutes"


def plans_at_the_desk(page: Page, meetings: Consultation, enter):
    enter(page, meetings.liaison)
    series, slot, topic = (f"consultation/{name}" for name in ("series", "slot", "topic"))
    yield from read(
        page,
        "/admin/",
        (f"{series}/", "series-list"),
        (f"{slot}/?series={meetings.series.pk}", "slots"),
        (f"{slot}/{meetings.slot.pk}/move/", "slot-move"),
        (f"consultation/studynote/{meetings.draft.pk}/push/", "study-push"),
        (f"{topic}/", "topics"),
        (f"{topic}/{meetings.topic.pk}/schedule/", "topic-schedule"),
    )
    yield from opened(
        page,
        "/admin/",
        (f"{series}/{meetings.series.pk}/change/", "series"),
        (f"{slot}/{meetings.slot.pk}/change/", "slot"),
        (f"consultation/studynote/{meetings.draft.pk}/change/", "study"),
        (f"{topic}/{meetings.topic.pk}/change/", "topic"),
        (f"{topic}/schedule/?topic={meetings.topic.pk}", "topics-schedule"),
        (f"{topic}/{meetings.topic.pk}/move/dropped/", "topic-drop"),
    )
    press_default(page)
    expect(page.locator(".sum")).to_be_visible()
    yield "admin-topic-drop-errors"
    page.goto(f"/admin/{series}/{meetings.series.pk}/plan/")
    page.locator("[name=preview]").click()
    expect(page.locator(".sum")).to_be_visible()
    yield "admin-series-plan-errors"
    free_year = timezone.localdate().year + 2
    page.locator("[name=year]").fill(str(free_year))
    page.locator("[name=first]").fill(f"{free_year}-01-10")
    page.locator("[name=preview]").click()
    expect(page.locator("table.plan")).to_be_visible()
    yield "admin-series-plan"


PARTNERS = """名称,性质,区域,网址
,物业公司,,
某某单位,不知道,没有的社区,不是网址
"""


def results_at_the_desk(page: Page, meetings: Consultation, enter):
    enter(page, meetings.liaison)
    agreement, project, venue = (f"consultation/{name}" for name in ("agreement", "project", "venue"))
    demand, proposal = f"demands/demand/{meetings.demand.pk}", "demands/proposal"
    sent = factories.proposal("submitted", meetings.demand)
    yield from read(
        page,
        "/admin/",
        (f"{agreement}/?due=overdue", "agreements"),
        (f"{agreement}/{meetings.agreement.pk}/photos/", "agreement-photos"),
        (f"{agreement}/{meetings.overdue.pk}/change/", "agreement-overdue"),
        (f"{agreement}/grow/?ids={meetings.overdue.pk}", "agreement-grow"),
        (f"{project}/", "projects"),
        (f"{demand}/change/", "demand-with-links"),
        (f"{demand}/link-agreement/", "demand-link-agreement"),
        (f"{proposal}/{sent.pk}/move/filed/", "proposal-file"),
        (f"{venue}/", "venues-with-scans"),
        (f"{venue}/{meetings.venue.pk}/photos/", "venue-photos"),
        (f"{venue}/posters/community/", "venue-posters"),
        ("members/resource/add/", "resource-add"),
    )
    yield from opened(
        page,
        "/admin/",
        (f"{agreement}/add/?event={meetings.published.pk}", "agreement-add"),
        (f"{agreement}/{meetings.agreement.pk}/change/", "agreement-done"),
        (f"{project}/{meetings.project.pk}/change/", "project"),
        (f"demands/demand/bundle/?demand={meetings.plain.pk}", "demand-bundle"),
        (f"{proposal}/", "proposals"),
        (f"{proposal}/recurring/", "proposals-recurring"),
        (f"{proposal}/draft/?demand={meetings.plain.pk}", "proposal-draft"),
        (f"{proposal}/{sent.pk}/change/", "proposal"),
        ("consultation/organisation/", "organisations"),
        (f"members/member/{meetings.member.pk}/change/", "member"),
        (f"{agreement}/{meetings.overdue.pk}/move/done/", "agreement-fulfil"),
    )
    press_default(page)
    expect(page.locator(".sum")).to_be_visible()
    yield "admin-agreement-fulfil-errors"
    page.goto("/admin/structure/")
    yield "admin-structure"
    page.locator("[name=file]").set_input_files(
        {"name": "partners.csv", "mimeType": "text/csv", "buffer": PARTNERS.encode("utf-8-sig")}
    )
    press_default(page)
    expect(page.get_by_role("alert").get_by_role("listitem")).to_have_count(3)
    yield "admin-structure-problems"


# --- Walks of members -------------------------------------------------------------------------------------------------


def helping(page: Page, members: Members):
    """Members, their resources, and the results."""
    year = timezone.localdate().year
    yield from read(
        page,
        "/",
        ("members/?level=district&sector=medicine", "members-filtered"),
        ("members/?level=city&sector=medicine", "members-empty"),
        ("members/?level=none-such", "members-wrong-filter"),
        ("resources/?category=legal&community=community&provider=member&room=yes", "resources-filtered"),
        ("resources/?provider=organisation&room=yes", "resources-empty"),
        (f"resources/{members.full.pk}/", "resource-full"),
        (f"demands/new/?resource={members.lead.pk}", "new-from-resource"),
        (f"demands/new/?resource={members.own.pk}", "new-from-closed-resource"),
        (f"demands/{members.done.demand.ref}/", "demand-with-helper"),
    )
    yield from opened(
        page,
        "/",
        ("members/", "members"),
        ("members/committee/", "committee"),
        (f"members/{members.member.pk}/", "member"),
        ("members/receptions/", "receptions"),
        (f"members/receptions/{members.reception.pk}/", "reception"),
        ("resources/", "resources"),
        (f"resources/{members.lead.pk}/", "resource"),
        (f"annual/{year}/", "annual"),
        ("district/", "district"),
    )


def working(page: Page, members: Members, enter):
    """A member's demands, proposals and events."""
    draft = factories.proposal(author=members.member)
    enter(page, members.member.user)
    yield from read(
        page,
        "/my/",
        (f"demands/{members.to_claim.pk}/", "my-demand-to-claim"),
        (f"demands/{members.in_hand.pk}/", "my-demand-in-hand"),
        (f"demands/{members.done.pk}/", "my-demand-done"),
    )
    yield from opened(
        page,
        "/my/",
        ("", "my"),
        ("handbook/", "my-handbook"),
        ("demands/", "my-demands"),
        ("demands/?show=over", "my-demands-over"),
        (f"demands/{members.asked.pk}/", "my-demand-asked"),
        ("proposals/", "my-proposals"),
        (f"proposals/{draft.pk}/", "my-proposal"),
        (f"proposals/{draft.pk}/edit/", "my-proposal-edit"),
        ("events/", "my-events"),
        ("profile/", "my-profile"),
        (f"../digests/{members.digest}/", "digest"),
        (f"../digests/{members.digest}/stop/", "digest-stop"),
        (f"demands/{members.asked.pk}/move/declined/", "my-demand-decline"),
    )
    send(page)
    expect(page.locator("#error-summary")).to_be_visible()
    yield "my-demand-decline-errors"
    page.goto(f"/my/demands/{members.in_hand.pk}/")
    page.locator("form[action$='/contact/'] button").click()
    expect(page.locator(".reach").first).to_be_visible()
    yield "my-demand-contact"
    page.goto(f"/my/demands/{members.in_hand.pk}/report/")
    yield "my-demand-report"
    page.locator("[name=photos]").set_input_files(
        [
            {"name": "visit.jpg", "mimeType": "image/jpeg", "buffer": factories.image_bytes(size=(640, 480))},
            {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": b"none"},
        ]
    )
    page.locator("[name=hours]").fill("25")
    send(page)
    expect(page.locator("#error-summary")).to_be_visible()
    yield "my-demand-report-errors"


def recording(page: Page, members: Members, enter):
    """A member's duties and resources."""
    enter(page, members.member.user)
    year = timezone.localdate().year
    yield from read(
        page,
        "/my/",
        (f"duties/?year={year - 20}", "my-duties-empty"),
        (f"duties/{members.corrected.pk}/", "my-duty-corrected"),
        (f"duties/{members.evident.pk}/", "my-duty-evident"),
        (f"resources/{members.own.pk}/", "my-resource-paused"),
    )
    yield from opened(
        page,
        "/my/",
        ("duties/", "my-duties"),
        (f"duties/{members.submitted.pk}/", "my-duty-submitted"),
        (f"duties/{members.returned.pk}/", "my-duty-returned"),
        (f"duties/{members.returned.pk}/edit/", "my-duty-edit"),
        (f"duties/{year}/sheet/", "my-duty-sheet"),
        (f"receptions/{members.reception.pk}/", "my-reception"),
        ("receptions/new/", "my-reception-new"),
        ("resources/", "my-resources"),
        (f"resources/{members.lead.pk}/", "my-resource"),
        (f"resources/{members.lead.pk}/edit/", "my-resource-edit"),
        (f"resources/{members.lead.pk}/move/paused/", "my-resource-pause"),
        ("resources/new/", "my-resource-new"),
    )
    send(page)
    expect(page.locator("#error-summary")).to_be_visible()
    yield "my-resource-errors"
    page.goto("/my/duties/new/")
    yield "my-duty-new"
    page.locator("[name=hours]").fill("25")
    page.locator("[name=photos]").set_input_files(
        [
            {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": b"none"},
            {"name": "visit.jpg", "mimeType": "image/jpeg", "buffer": factories.image_bytes(size=(640, 480))},
        ]
    )
    send(page)
    expect(page.locator("#error-summary")).to_be_visible()
    yield "my-duty-errors"
    enter(page, members.meetings.liaison)
    page.goto("/my/")
    yield "not-a-member"


def members_at_the_desk(page: Page, members: Members, enter):
    enter(page, members.meetings.liaison)
    demand = f"demands/demand/{members.asked.demand_id}"
    fresh = f"demands/demand/{members.meetings.plain.pk}"
    dispatch, duty, resource = "demands/dispatch", "members/dutyrecord", "members/resource"
    yield from read(
        page,
        "/admin/",
        (f"{demand}/change/", "demand-dispatched"),
        (f"{dispatch}/", "dispatches"),
        (f"{dispatch}/{members.asked.pk}/reassign/", "dispatch-reassign"),
        (f"{duty}/{members.corrected.pk}/change/", "duty-corrected"),
        (f"{duty}/add/", "duty-enter"),
        (f"{resource}/", "resources"),
        (f"{resource}/{members.offered.pk}/change/", "resource-offered"),
        (f"members/member/{members.member.pk}/change/", "member-with-everything"),
        (f"members/member/{members.member.pk}/portrait/", "member-portrait"),
        (f"{demand}/dispatch/?member={members.member.pk}", "demand-dispatch"),
    )
    yield from opened(
        page,
        "/admin/",
        (f"{fresh}/suggest/", "demand-suggest"),
        (f"{dispatch}/{members.in_hand.pk}/complete/", "dispatch-complete"),
        (f"{duty}/", "duties"),
        (f"{duty}/{members.submitted.pk}/change/", "duty"),
        (f"{duty}/{members.corrected.pk}/correct/", "duty-correct"),
        (f"{duty}/confirm/?ids={members.submitted.pk}", "duty-confirm"),
        (f"members/reception/{members.reception.pk}/change/", "reception"),
        (f"{resource}/{members.lead.pk}/change/", "resource"),
        (f"members/profilechange/{members.profile.pk}/change/", "profile-change"),
    )


# --- Further walks of the admin ---------------------------------------------------------------------------------------


def finding(page: Page, full: Busy):
    """Public pages of merged and split demands; the rates; and suggestions."""
    page.goto("/demands/?q=电梯")
    expect(page.locator("main mark").first).to_be_visible()
    yield "list-with-marks"
    yield from read(
        page,
        "/",
        (f"rates/?year={timezone.localdate().year}", "rates-of-a-year"),
        ("rates/?year=1900", "rates-wrong-filter"),
        (f"demands/{full.full.ref}/", "demand-with-trail"),
        (f"demands/{full.split.ref}/", "demand-split"),
        (f"demands/{full.part.ref}/", "demand-part"),
        (f"demands/{full.paused.ref}/", "demand-paused"),
    )
    yield from opened(
        page,
        "/",
        ("rates/", "rates"),
        (f"demands/{full.merged.ref}/", "demand-merged"),
    )
    page.goto("/demands/new/")
    page.locator("textarea[name=description]").fill(LIFT)
    expect(page.locator("[data-similar] li").first).to_be_visible()
    yield "new-1-similar"
    page.locator("[name=area]").select_option(index=1)
    send(page)
    page.locator("[name=consent_handling]").check()
    send(page)
    expect(page.locator("[name=category]")).not_to_have_value("")
    expect(page.locator("section.similar li").first).to_be_visible()
    yield "new-3-similar-and-suggested"


def hearing(page: Page, full: Busy):
    """Residents' pages of merged, split, paused and rechecked demands; and the page of an outside office."""
    merged, split, paused, asked = (
        f"/demands/track/{code}/" for code in (full.merged_code, full.split_code, full.paused_code, full.asked_code)
    )
    yield from read(
        page,
        "",
        (merged, "tracking-merged"),
        (split, "tracking-split"),
        (paused, "tracking-paused"),
        (asked, "tracking-asked"),
        (f"{split}reopen/?part={full.part.ref}", "reopen-part"),
    )
    yield from opened(page, "", (f"{asked}recheck/", "recheck"))
    send(page)
    expect(page.locator("#error-summary")).to_be_visible()
    yield "recheck-errors"
    page.locator("[value=still_solved]").click()
    expect(page.get_by_role("status")).to_be_visible()
    yield "recheck-answered"
    page.goto(offices.link(full.waiting))
    yield "office-request"
    send(page)
    expect(page.locator("#error-summary")).to_be_visible()
    yield "office-request-errors"
    page.locator("[name=answer]").fill("下周一派人到现场。")
    page.locator("[name=by]").fill("物业科")
    send(page)
    expect(page.locator("#error-summary")).to_have_count(0)
    yield "office-answered"
    for asked_office, name in ((full.waiting, "used"), (full.revoked, "revoked")):
        page.goto(offices.link(asked_office))
        yield f"office-over-{name}"
    page.goto("/demands/office/none-such/")
    yield "office-unknown"


def many_at_the_desk(page: Page, full: Busy, enter):
    """The home page, imports and exports, saved filters, and bulk acts."""
    enter(page, full.liaison)
    demands, rules = "demands/demand", "demands/escalationrule"
    chosen = "&".join(f"demand={one.pk}" for one in (*full.to_accept, full.paused, full.merged))
    batch = f"{demands}/import"
    yield from read(
        page,
        "/admin/",
        (f"{demands}/?q=电梯", "list-searched"),
        (f"{demands}/filters/keep/?q=电梯", "filter-keep"),
        (f"{demands}/filters/{full.kept.pk}/rename/", "filter-rename"),
        (f"{demands}/export/?q=没有这样的事", "export-empty"),
        (f"{batch}/{full.done.pk}/", "import-done"),
        (f"{rules}/", "rules"),
    )
    yield from opened(
        page,
        "/admin/",
        ("", "desk-busy"),
        (f"{demands}/filters/", "filters"),
        (f"{demands}/bulk/accept/?{chosen}", "bulk-accept"),
        (f"{demands}/export/?q=电梯", "export"),
        (f"{batch}/{full.checked.pk}/", "import-checked"),
        (f"{batch}/{full.checked.pk}/rows/2/", "import-row"),
        (f"{batch}/{full.queued.pk}/", "import-queued"),
        (f"{batch}/{full.done.pk}/undo/", "import-undo"),
        ("demands/importbatch/", "imports"),
        ("demands/dueerasure/", "due-erasures"),
        ("demands/dueerasure/deadlines/?show=expiring", "erasure-deadlines"),
        (f"{rules}/add/", "rule-add"),
    )
    page.locator("[name=_save]").click()
    expect(page.locator(".errornote")).to_be_visible()
    yield "admin-rule-add-errors"
    bulk = {"assign": "assignee", "answer": "standard"} if EVERY_STATE else {"assign": "assignee"}
    for act, field in bulk.items():
        page.goto(f"/admin/{demands}/bulk/{act}/?{chosen}")
        yield f"admin-bulk-{act}"
        page.locator("[name=look]").click()
        expect(page.locator(".sum")).to_be_visible()
        yield f"admin-bulk-{act}-errors"
        page.locator(f"[name={field}]").select_option(index=1)
        page.locator("[name=look]").click()
        expect(page.locator("[name=confirm]").first).to_be_visible()
        yield f"admin-bulk-{act}-asked"
    page.goto(f"/admin/{batch}/")
    yield "admin-import"
    page.locator("[name=file]").set_input_files(
        {"name": "list.csv", "mimeType": "text/csv", "buffer": LISTED.encode("utf-8-sig")}
    )
    press_default(page)
    expect(page.get_by_role("alert")).to_be_visible()
    yield "admin-import-refused"


LISTED = "标题,内容,提出时间"


def one_at_the_desk(page: Page, full: Busy, enter):
    """A demand with everything it can have, and its acts."""
    enter(page, full.liaison)
    demands = "/admin/demands/demand"
    here = f"{demands}/{full.full.pk}"
    yield from read(
        page,
        "",
        (f"{demands}/{full.merged.pk}/change/", "demand-merged"),
        (f"{demands}/{full.split.pk}/change/", "demand-split"),
        (f"{demands}/{full.part.pk}/change/", "demand-part"),
        (f"{demands}/{full.paused.pk}/change/", "demand-paused"),
        (f"{demands}/{full.merged.pk}/move/received/", "unmerge"),
        (f"{demands}/{full.split.pk}/move/accepted/", "unsplit"),
        (f"{here}/move/merged/?target={full.paused.ref}", "merge"),
        (f"{here}/again/", "again"),
        (f"{demands}/{full.paused.pk}/resume/", "resume"),
        (f"{here}/answer/", "answer-to-several"),
        (f"{here}/offices/{full.answered.pk}/pass-on/", "pass-on"),
        (f"{here}/papers/handover/reveal/", "paper-reveal"),
    )
    yield from opened(
        page,
        "",
        (f"{here}/change/", "demand-full"),
        (f"{here}/papers/", "papers"),
        (f"{here}/papers/handover/", "paper"),
        (f"{demands}/board/", "board"),
        ("/admin/consultation/papertemplate/", "paper-texts"),
        ("/admin/consultation/papertemplate/kinds/handover/", "paper-text"),
        ("/admin/report/", "report"),
        (f"/admin/report/?period={timezone.localdate().year}&subdistrict=subdistrict", "report-page"),
    )
    for path in ("pause", "extend", "ask-office"):
        yield from read(page, here, (f"/{path}/", path))
        if EVERY_STATE:
            press_default(page)
            expect(page.locator(".sum")).to_be_visible()
            yield f"admin-{path}-errors"
    yield from opened(page, here, ("/move/split/", "split"))
    press_default(page)
    expect(page.locator(".sum")).to_be_visible()
    yield "admin-split-errors"
    page.locator("[name=add]").click()
    expect(page.locator("fieldset.part")).to_have_count(3)
    yield "admin-split-of-three"


# --- Tests ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", modes(CROSS[4]), ids=_name)
def test_reading(mode, world, window, check):
    page = window(**mode)
    check(reading(page, world), page, mode)


@pytest.mark.parametrize("mode", modes(CROSS[1]), ids=_name)
def test_submitting(mode, world, window, check):
    page = window(**mode)
    check(submitting(page, world), page, mode)


@pytest.mark.parametrize("mode", modes(CROSS[2]), ids=_name)
def test_following(mode, world, window, check):
    page = window(**mode)
    check(following(page, world), page, mode)


@pytest.mark.parametrize("mode", modes(ON_A_PHONE), ids=_name)
def test_accounts(mode, world, window, sign_in, check):
    page = window(**mode)
    check(accounts(page, world, sign_in), page, mode)


@pytest.mark.parametrize("mode", modes(ON_A_PHONE), ids=_name)
def test_setting_up(mode, portal, window, settings, check):
    settings.STAFF_OTP = False
    user = User(username="admin", is_superuser=True, is_staff=True)
    user.set_unusable_password()
    user.save()
    page = window(**mode)
    check(setting_up(page, setup_runs.begin(user)), page, mode)


@pytest.mark.parametrize("mode", modes(AT_THE_DESK), ids=_name)
def test_failing(mode, portal, window, settings, monkeypatch, check):
    page = window(**mode)
    check(failing(page, settings, monkeypatch), page, mode)


@pytest.mark.parametrize("mode", modes_at_the_desk(), ids=_name)
def test_at_the_desk(mode, world, window, sign_in, check):
    page = window(**mode)
    check(at_the_desk(page, world, sign_in), page, mode, scrolls=True)


@pytest.mark.parametrize("mode", modes_at_the_desk(), ids=_name)
def test_in_the_registers(mode, world, window, sign_in, check):
    page = window(**mode)
    check(in_the_registers(page, world, sign_in), page, mode, scrolls=True)


@pytest.mark.parametrize("mode", modes(CROSS[0]), ids=_name)
def test_reading_on(mode, meetings, window, check):
    page = window(**mode)
    check(reading_on(page, meetings), page, mode)


@pytest.mark.parametrize("mode", modes(CROSS[3]), ids=_name)
def test_taking_part(mode, meetings, window, sign_in, check):
    page = window(**mode)
    check(taking_part(page, meetings, sign_in), page, mode)


@pytest.mark.parametrize("mode", modes(CROSS[5]), ids=_name)
def test_deciding(mode, meetings, window, check):
    page = window(**mode)
    check(deciding(page, meetings), page, mode)


@pytest.mark.parametrize("walk", [meetings_at_the_desk, plans_at_the_desk, results_at_the_desk])
@pytest.mark.parametrize("mode", modes_at_the_desk(), ids=_name)
def test_consultation_at_the_desk(mode, walk, meetings, window, sign_in, check):
    page = window(**mode)
    check(walk(page, meetings, sign_in), page, mode)


@pytest.mark.parametrize("mode", modes(CROSS[6]), ids=_name)
def test_helping(mode, members, window, check):
    page = window(**mode)
    check(helping(page, members), page, mode)


@pytest.mark.parametrize("walk", [working, recording])
@pytest.mark.parametrize("mode", modes(CROSS[7]), ids=_name)
def test_workspace(mode, walk, members, window, sign_in, check):
    page = window(**mode)
    check(walk(page, members, sign_in), page, mode)


@pytest.mark.parametrize("mode", modes_at_the_desk(), ids=_name)
def test_members_at_the_desk(mode, members, window, sign_in, check):
    page = window(**mode)
    check(members_at_the_desk(page, members, sign_in), page, mode, scrolls=True)


@pytest.mark.parametrize("mode", modes(ON_A_PHONE), ids=_name)
def test_finding(mode, full, window, check):
    page = window(**mode)
    check(finding(page, full), page, mode)


@pytest.mark.parametrize("mode", modes(CROSS[2]), ids=_name)
def test_hearing(mode, full, window, check):
    page = window(**mode)
    check(hearing(page, full), page, mode)


@pytest.mark.parametrize("walk", [many_at_the_desk, one_at_the_desk])
@pytest.mark.parametrize("mode", modes_at_the_desk(), ids=_name)
def test_desk_in_full(mode, walk, full, window, sign_in, check):
    page = window(**mode)
    check(walk(page, full, sign_in), page, mode)


def test_of_headers_axe_leaves_out_those_it_knows(window):
    page, known, found = window(DESK), set(), []
    page.goto("/healthz")  # from where axe comes
    for attribute in ("value=1", "value=2", "size=3"):
        field = f"<header class=top><input {attribute}></header><main><h1>Heading</h1></main>"
        page.set_content(f"<!doctype html><html lang=en><title>Page</title>{field}")
        found.append([violation.partition(":")[0] for violation in look.violations(page, known)])
    assert found == [["label"], [], ["label"]]


def test_any_two_settings_meet_in_some_walk():
    """One of the two default modes, or one of the cross modes."""

    def pairs(every) -> set:
        return {pair for chosen in every for pair in itertools.combinations(zip(SETTINGS, chosen, strict=True), 2)}

    met = [
        [mode.get(name, values[0]) for name, values in SETTINGS.items()] for mode in (ON_A_PHONE, AT_THE_DESK, *CROSS)
    ]
    assert pairs(met) == pairs(itertools.product(*SETTINGS.values()))


# The default, and the settings that change the look of a page most.
CHOICES = [{}, {"language": ENGLISH}, {"elder": True}, {"scheme": "dark"}]


@pytest.mark.skipif(not os.environ.get("PICTURES"), reason="PICTURES=1 keeps pictures to look at")
def test_key_pages_are_kept_as_pictures(meetings, window, picture):
    """Take screenshots, under var/pictures/."""
    addresses = {
        "home": "/",
        "list": "/demands/",
        "demand": f"/demands/{meetings.demand.ref}/",
        "submit": "/demands/new/",
        "venue": f"/venues/{meetings.venue.slug}/",
        "event": f"/events/{meetings.open.pk}/",
    }
    for chosen in CHOICES:
        page = window(PHONE, **chosen)
        for name, address in addresses.items():
            assert page.goto(address).status == 200
            picture(page, f"key {name} {_name({'width': PHONE} | chosen)}")
