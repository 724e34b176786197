"""A real Chromium: phone and desk, with and without JavaScript, and an eye on everything it complains about.

Where no Chromium is found, these tests are skipped with a warning in pytest's summary; with `REQUIRE_BROWSER=1` they
fail.
"""

import copy
import os
import shutil
import warnings
from pathlib import Path

import pytest

from . import html

PHONE, DESK = 390, 1280
# A screen of 1280 × 1024 at 400 % (WCAG 1.4.10) has room for so little.
ZOOMED = 320
HEIGHTS = {PHONE: 844, DESK: 900, ZOOMED: 256}
# The first is the same browser without the windows that a headless one draws for nobody: walks take half as long in it.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


class NotCheckedWarning(UserWarning):
    """Something that tests need is not on this machine, and so they did not run."""


def _chromium() -> str | None:
    named = os.environ.get("CHROMIUM")
    if named:
        return shutil.which(named)
    return next((found for name in NAMES if (found := shutil.which(name))), None)


def _say_loudly(text: str) -> None:
    """What is missing on this machine; where nothing may be, a failure."""
    if os.environ.get("REQUIRE_BROWSER", "") not in ("", "0"):
        pytest.fail(text, pytrace=False)
    with warnings.catch_warnings():
        # Warnings are errors here; this one is to stand in the summary, through xdist too.
        warnings.simplefilter("always")
        warnings.warn(text, NotCheckedWarning, stacklevel=2)


@pytest.fixture(scope="session")
def validator():
    """Call it with a page's source for what is wrong with its HTML; nothing is where the validator is missing."""
    if not html.is_there():
        _say_loudly("html-validate is not there (npm ci --prefix tests/node): THE HTML OF PAGES WAS NOT VALIDATED.")
        yield None
        return
    with html.Validator() as validator:
        yield validator


@pytest.fixture(scope="package")
def browser():
    """One Chromium for all tests of this folder; gone, with its event loop, before other tests go on."""
    path = _chromium()
    if path is None:
        text = f"No Chromium found ({', '.join(NAMES)}; name one with CHROMIUM=): THE BROWSER TESTS DID NOT RUN."
        _say_loudly(text)
        pytest.skip(text)
    from playwright.sync_api import sync_playwright  # not needed where no browser is

    # Playwright keeps an event loop in this thread, and Django would refuse its database there.
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        chromium = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield chromium
        chromium.close()


class Watch:
    """What a window must never do: ask another host, or have something to complain about in its console."""

    def __init__(self, context, home: str) -> None:
        self.home = home
        self.complaints: list[str] = []
        self.answered: set[str] = set()  # pages that came with a status of error, as they should
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
        ]
        return self.complaints + told


@pytest.fixture
def window(browser, live_server, settings):
    """Open a window: `window(390)`, `window(1280, javascript=False, elder=True, language="en", scheme="dark")`.

    More contrast is either what the system asks for ("more") or what was chosen on the page ("chosen").
    At the test's end each window must have nothing to complain about.
    """
    settings.SITE_URL = live_server.url
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
    assert not complaints, "\n".join(complaints)


@pytest.fixture
def sign_in(live_server):
    """Sign a window in without the form."""
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
    """Keep a picture of the whole page under var/pictures/, to look at, where `PICTURES=1` asks for that."""
    if not os.environ.get("PICTURES"):
        return lambda page, name: None
    folder = Path(settings.VAR) / "pictures"
    folder.mkdir(parents=True, exist_ok=True)

    def take(page, name: str) -> None:
        page.screenshot(path=folder / f"{name.replace(' ', '-')}.png", full_page=True)

    return take


@pytest.fixture(scope="session")
def made_before():
    """What `lay_in` made in this process: its answer, the rows, and the files."""
    return {}


@pytest.fixture
def lay_in(portal, django_db_setup, made_before, settings, tmp_path_factory):
    """`lay_in(build)` is `build()`, which takes a second: the first time it is called, and then its rows are copied."""
    from foundation import cached  # apps are ready only now

    def laid(build):
        if django_db_setup is None:  # not the server's superuser, who alone can put rows back as they were
            return build()
        if build not in made_before:
            found, files = build(), tmp_path_factory.mktemp(build.__name__)
            shutil.copytree(settings.MEDIA_ROOT, files, dirs_exist_ok=True)
            made_before[build] = copy.deepcopy(found), django_db_setup.content(), files
            return found
        found, rows, files = made_before[build]
        django_db_setup.fill(rows)
        shutil.copytree(files, settings.MEDIA_ROOT, dirs_exist_ok=True)
        cached.forget_all()
        # A test may change the objects.
        return copy.deepcopy(found)

    return laid


@pytest.fixture
def portal(transactional_db):
    """The portal's own words, every line of them."""
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
