"""A real Chromium: phone and desktop, with and without JavaScript, watched for console messages.

Without a Chromium these tests are skipped with a warning in pytest's summary; with `REQUIRE_BROWSER=1` they fail.
"""

import os
import shutil
import socket
import threading
import warnings
from pathlib import Path

import axe_playwright_python
import pytest

from nanhu_portal.frames import in_one_piece

from . import html

PHONE, DESK = 390, 1280
# The width left of 1280 × 1024 at 400 % (WCAG 1.4.10).
ZOOMED = 320
HEIGHTS = {PHONE: 844, DESK: 900, ZOOMED: 256}
# The portal under test serves axe, so that the browser keeps it: half a megabyte sent for each page takes longer.
AXE_FOLDER, AXE = Path(axe_playwright_python.__file__).parent, "/static/axe/axe.min.js"
# What `make test` leaves out: each state of each page, with axe whole; and each walk in each mode as well.
EVERY_MODE = bool(os.environ.get("EVERY_MODE"))
EVERY_STATE = EVERY_MODE or bool(os.environ.get("EVERY_STATE"))
# The first is the same browser without a window that nobody sees: walks take half as long in it.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    # A click waits until its page has scrolled.
    "--disable-smooth-scrolling",
]


class NotCheckedWarning(UserWarning):
    """Something that tests need is missing on this machine, so they did not run."""


def find_chromium() -> str | None:
    named = os.environ.get("CHROMIUM")
    if named:
        return shutil.which(named)
    return next((found for name in NAMES if (found := shutil.which(name))), None)


def _say_loudly(text: str) -> None:
    """Warn of something missing on this machine, or fail if it is required."""
    if os.environ.get("REQUIRE_BROWSER", "") not in ("", "0"):
        pytest.fail(text, pytrace=False)
    with warnings.catch_warnings():
        # Warnings are errors here, but this one should appear in the summary, also with xdist.
        warnings.simplefilter("always")
        warnings.warn(text, NotCheckedWarning, stacklevel=2)


@pytest.fixture(scope="session")
def validator():
    """A function returning the HTML errors of a page's source; none if the validator is missing."""
    if not html.is_there():
        _say_loudly("html-validate is not there (npm ci --prefix tests/node): THE HTML OF PAGES WAS NOT VALIDATED.")
        yield None
        return
    with html.Validator() as validator:
        yield validator


@pytest.fixture(scope="package")
def browser():
    """One Chromium for all tests in this folder, closed with its event loop before other tests."""
    path = find_chromium()
    if path is None:
        text = f"No Chromium found ({', '.join(NAMES)}; name one with CHROMIUM=): THE BROWSER TESTS DID NOT RUN."
        _say_loudly(text)
        pytest.skip(text)
    from playwright.sync_api import sync_playwright  # not needed without a browser

    # Playwright runs an event loop in this thread, where Django would refuse database access.
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        chromium = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield chromium
        chromium.close()


class Watch:
    """Watches a window for what it must never do: requests to other hosts, or console messages."""

    def __init__(self, context, home: str) -> None:
        self.home = home
        self.complaints: list[str] = []
        self.answered: set[str] = set()  # pages with an expected error status
        self.console: list[tuple[str, str]] = []
        context.on("console", self._console)
        context.on("weberror", lambda error: self.complaints.append(f"script: {error.error}"))
        context.on("request", self._request)
        context.on("response", self._response)

    def _console(self, message) -> None:
        if message.type in ("error", "warning"):
            self.console.append((message.text, message.location["url"]))

    def _request(self, request) -> None:
        if request.url.startswith(("http:", "https:", "ws:", "wss:")) and not request.url.startswith(f"{self.home}/"):
            self.complaints.append(f"another host: {request.url}")

    def _response(self, response) -> None:
        if response.status >= 400 and response.request.is_navigation_request():
            self.answered.add(response.url.partition("#")[0])

    def all(self) -> list[str]:
        told = [
            f"console: {text} ({url})"
            for text, url in self.console
            if not (
                text.startswith("Failed to load resource: the server responded")
                and url.partition("#")[0] in self.answered
            )
            # A form asks whether the portal answers, in tests that cut the connection.
            and "net::ERR_INTERNET_DISCONNECTED" not in text
        ]
        return self.complaints + told


@pytest.fixture(scope="session", autouse=True)
def answers_sent_at_once():
    """Otherwise each page waits 40 ms, because its head and body are packets of their own (Nagle's algorithm)."""
    from django.core.servers.basehttp import WSGIRequestHandler  # apps are ready only now

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WSGIRequestHandler, "disable_nagle_algorithm", True)
        yield


@pytest.fixture
def answered(live_server):
    """A function that waits until the server has answered, and closed, every connection.

    A picture that a page still loads when its test ends would otherwise be looked up among the rows of the next test,
    and what that leaves in the process's memory would be the next test's.
    """
    server, changed, open_ones = live_server.thread.httpd, threading.Condition(), set()
    accept, serve = server.process_request, server.process_request_thread

    def accept_counted(connection, address):
        with changed:
            open_ones.add(address)
            changed.notify_all()
        accept(connection, address)

    def serve_counted(connection, address):
        try:
            in_one_piece(serve, connection, address)
        finally:
            with changed:
                open_ones.discard(address)
                changed.notify_all()

    def wait():
        # The server accepts in order: once it has this connection it has all those before it.
        with socket.create_connection(server.server_address[:2]) as last, changed:
            mine = last.getsockname()
            assert changed.wait_for(lambda: mine in open_ones, timeout=60)
        with changed:
            assert changed.wait_for(lambda: not open_ones, timeout=60), f"still open: {open_ones}"

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(server, "process_request", accept_counted)
        patch.setattr(server, "process_request_thread", serve_counted)
        yield wait


@pytest.fixture
def window(browser, live_server, answered, settings):
    """Open a window: `window(390)`, `window(1280, javascript=False, elder=True, language="en", scheme="dark")`.

    More contrast is either the system's preference ("more") or chosen on the page ("chosen"). At the end of the test no
    window may have complaints.
    """
    settings.SITE_URL = live_server.url
    settings.STATICFILES_DIRS = [*settings.STATICFILES_DIRS, ("axe", AXE_FOLDER)]
    opened = []

    def open_window(
        width=PHONE, *, javascript=True, elder=False, language="zh-hans", scheme="light", contrast=None, text="standard"
    ):
        context = browser.new_context(
            base_url=live_server.url,
            viewport={"width": width, "height": HEIGHTS[width]},
            has_touch=width == PHONE,
            is_mobile=width == PHONE,
            java_script_enabled=javascript,
            color_scheme=scheme,
            contrast="more" if contrast == "more" else None,
            locale="zh-CN",
        )
        chosen = {
            "elder": "1" if elder else "",
            "lang": language if language != "zh-hans" else "",
            "contrast": "1" if contrast == "chosen" else "",
            "text": text if text != "standard" else "",
        }
        context.add_cookies(
            [{"name": name, "value": value, "url": live_server.url} for name, value in chosen.items() if value]
        )
        context.set_default_timeout(10_000)
        opened.append((context, Watch(context, live_server.url)))
        return context.new_page()

    yield open_window
    complaints = []
    for context, watch in opened:
        complaints += watch.all()
        context.close()
    answered()
    assert not complaints, "\n".join(complaints)


@pytest.fixture
def sign_in(live_server):
    """Sign a user in to a window, without the form."""
    from django.conf import settings
    from django.test import Client  # apps are ready only now

    def enter(page, user):
        client = Client()
        client.force_login(user, backend="foundation.backends.RoleBackend")
        name = settings.SESSION_COOKIE_NAME
        page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])
        return page

    return enter


@pytest.fixture
def picture(settings):
    """Save a screenshot of the whole page under var/pictures/, if `PICTURES=1`."""
    if not os.environ.get("PICTURES"):
        return lambda page, name: None
    folder = Path(settings.VAR) / "pictures"
    folder.mkdir(parents=True, exist_ok=True)

    def take(page, name: str) -> None:
        page.screenshot(path=folder / f"{name.replace(' ', '-')}.png", full_page=True)

    return take


@pytest.fixture
def built_once(portal, built_once):
    return built_once


@pytest.fixture
def portal(transactional_db):
    """The portal's texts, all of them filled in."""
    from foundation.portal import Portal  # apps are ready only now

    return Portal.objects.create(
        pk=1,
        name="南湖一线协商",
        name_en="Nanhu Consultation Portal",
        organiser="湖东街道联络委",
        organiser_en="Liaison Committee of Hudong",
        phone="027-80000000",
        hours="工作日 9:00–17:00",
        hours_en="Working days 9:00–17:00",
        email="office@portal.example",
        address="桂花路 1 号",
        address_en="1 Guihua Road",
        icp_record="鄂ICP备00000000号",
        police_record="鄂公网安备 00000000000000 号",
        site_code="0000000000",
    )
