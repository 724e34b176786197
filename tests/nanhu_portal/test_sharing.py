"""Metadata of pages for search engines, chats and home screens, and pages without any."""

import re
from html import unescape
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.contrib.staticfiles import finders
from django.urls import clear_script_prefix, set_script_prefix
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from PIL import Image

from demands import services
from demands.selectors import supports
from demands.services import offices
from foundation.accounts import link_tokens
from foundation.portal import Portal
from foundation.tokens import new_code
from tests import factories
from tests.pages import body

pytestmark = pytest.mark.django_db

SITE = "http://portal.example"


def head_of(response) -> str:
    return response.content.decode().partition("<head>")[2].partition("</head>")[0]


def metadata(response) -> dict[str, str]:
    """The metadata in the head: `meta` elements by name, and the canonical URL."""
    head = head_of(response)
    found = dict(re.findall(r'<meta (?:name|property)="([^"]+)" content="([^"]*)"', head))
    if link := re.search(r'<link rel="canonical" href="([^"]+)"', head):
        found["canonical"] = link[1]
    return {name: unescape(value) for name, value in found.items()}


# --- Public pages ----------------------------------------------------------------------------------------------------


@pytest.fixture
def here(db):
    """A neighbourhood with one public demand."""
    there = factories.neighbourhood()
    factories.publish(factories.demand(), title="3 号门外路灯不亮", summary="路灯“不亮”，\n晚上看不清路。")
    return there


def test_every_page_of_the_map_has_a_description_and_a_canonical_address(here, resident, subtests):
    places = re.findall(r"<loc>(.*?)</loc>", resident.get("/sitemap.xml").content.decode())
    assert len(places) > 25
    descriptions = {}
    for place in places:
        with subtests.test(place):
            page = resident.get(place.removeprefix(SITE))
            found = metadata(page)
            assert page.status_code == 200
            assert found["canonical"] == found["og:url"] == place
            assert 6 <= len(found["description"]) <= 170
            assert found["og:description"] == found["description"]
            assert found["og:title"]
            assert "robots" not in found
            assert "X-Robots-Tag" not in page
            descriptions[place] = found["description"]
    # Descriptions of rows are their own texts, which may be the same for two rows.
    fixed = [text for place, text in descriptions.items() if not re.search(r"\d|venues/.", place)]
    assert len(set(fixed)) == len(fixed)


def test_a_demand_is_described_by_its_published_text(here, resident, settings):
    settings.STATIC_URL = "/static/"
    Portal.objects.create(pk=1, name="湖东协商", name_en="Hudong Consults")
    [address] = re.findall(r"/demands/[A-Z]+-\d+-\d+/", resident.get("/sitemap.xml").content.decode())
    assert metadata(resident.get(address)) | {"viewport": "", "theme-color": ""} == {
        "viewport": "",
        "color-scheme": "light dark",
        "theme-color": "",
        "format-detection": "telephone=no",
        "description": "路灯“不亮”， 晚上看不清路。",
        "canonical": f"{SITE}{address}",
        "og:title": "3 号门外路灯不亮",
        "og:description": "路灯“不亮”， 晚上看不清路。",
        "og:site_name": "湖东协商 · 湖东街道",
        "og:type": "website",
        "og:url": f"{SITE}{address}",
        "og:locale": "zh_CN",
        "og:image": f"{SITE}/static/img/share.png",
        "og:image:type": "image/png",
        "og:image:width": "1200",
        "og:image:height": "630",
        "og:image:alt": "湖边的香樟树下，大家坐在一起商量。",
        "twitter:card": "summary_large_image",
    }
    resident.cookies.load({"lang": "en"})
    found = metadata(resident.get(address))
    assert (found["og:locale"], found["og:site_name"]) == ("en_GB", "Hudong Consults · 湖东街道")


def test_what_people_write_breaks_out_of_no_attribute(resident):
    demand = factories.publish(factories.demand(), title='"><b>灯', summary='"><script>x</script>')
    page = resident.get(f"/demands/{demand.ref}/")
    assert metadata(page)["description"] == '"><script>x</script>'
    assert metadata(page)["og:title"] == '"><b>灯'
    assert "<script>" not in head_of(page)


@pytest.mark.parametrize(
    ("asked", "canonical"),
    [
        ("/demands/", "/demands/"),
        ("/demands/?page=2", "/demands/?page=2"),
        ("/demands/?page=1", "/demands/"),
        ("/demands/?page=0", "/demands/"),
        ("/demands/?page=last", "/demands/"),
        ("/demands/?page=²", "/demands/"),
        ("/demands/?q=灯&page=2", "/demands/"),
        ("/demands/?from=timeline&isappinstalled=0", "/demands/"),
        ("/demands/new/?venue=ABCD2345", "/demands/new/"),
        ("/?utm_source=x", "/"),
    ],
)
def test_of_an_address_its_path_counts_and_the_page_of_a_list(resident, asked, canonical):
    assert metadata(resident.get(asked, headers={"host": "localhost"}))["canonical"] == f"{SITE}{canonical}"


# --- Feeds ------------------------------------------------------------------------------------------------------------


def feeds_of(response) -> dict[str, str]:
    """The feeds that a page offers to feed readers: title → address."""
    links = re.findall(
        r'<link rel="alternate" type="application/atom\+xml" title="([^"]+)" href="([^"]+)">', head_of(response)
    )
    return {unescape(title): address for title, address in links}


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_feed_readers_find_both_feeds_on_every_public_page(here, resident, language, subtests):
    resident.cookies.load({"lang": language})
    offered = feeds_of(resident.get("/"))
    assert list(offered.values()) == ["/feeds/demands/", "/feeds/events/"]
    for title, address in offered.items():
        feed = resident.get(address)
        assert feed["Content-Type"].startswith("application/atom+xml")
        assert f"<title>{title}</title>" in feed.content.decode()
    # Where the page belongs to one of several subdistricts, those of this one.
    own = {"": offered, "subdistrict": feeds_of(resident.get("/s/subdistrict/"))}
    assert list(own["subdistrict"].values()) == [f"{address}?subdistrict=subdistrict" for address in offered.values()]
    places = re.findall(r"<loc>(.*?)</loc>", resident.get("/sitemap.xml").content.decode())
    assert len(places) > 25
    for place in [place for place in places if "far-subdistrict" not in place]:
        with subtests.test(place):
            response = resident.get(place.removeprefix(SITE))
            assert feeds_of(response) == own[response.context["here"].code]


# --- Private pages ---------------------------------------------------------------------------------------------------

# Reader, status, URL. Written by hand: each kind of page that is private to a person or to staff.
PRIVATE = """
resident 200 /demands/track/
resident 200 /demands/track/{code}/
resident 404 /demands/track/{wrong}/
resident 200 /demands/track/{code}/reopen/
resident 302 /demands/track/{code}/recheck/
resident 200 /demands/track/{code}/unpublish/
resident 200 /demands/track/{code}/delete/
resident 200 /demands/track/{code}/photos/{photo}.jpg
resident 200 /demands/track/{code}/qr.svg
resident 200 /demands/news/{news}/
resident 200 /demands/office/{office}/
resident 404 /demands/office/{wrong}/
resident 200 /demands/office/answered/
resident 200 /events/{event}/signup/
resident 200 /events/signup/{seat}/
resident 200 /events/signup/{seat}/cancel/
resident 404 /events/signup/{wrong}/
resident 200 /members/receptions/booking/{turn_code}/
resident 200 /members/receptions/booking/{turn_code}/cancel/
resident 404 /members/receptions/booking/{wrong}/
resident 200 /events/{event}/checkin/
resident 302 /v/{qr}/
resident 200 /accounts/login/
resident 200 /accounts/reset/
resident 200 /accounts/reset/sent/
resident 302 /accounts/reset/{uid}/{token}/
resident 200 /accounts/reset/{uid}/set-password/
resident 200 /accounts/reset/{uid}/wrong-token/
resident 200 /accounts/reset/done/
member   200 /accounts/
member   200 /accounts/password/
member   200 /my/
member   200 /my/demands/
member   200 /my/demands/{dispatch}/
member   200 /my/demands/{dispatch}/photos/{need_photo}.jpg
member   200 /my/proposals/
member   200 /my/proposals/{proposal}/
member   200 /my/events/
member   200 /my/duties/
member   200 /my/duties/new/
member   200 /my/duties/{year}/sheet/
member   200 /my/duties/{year}.xlsx
member   200 /my/resources/
member   200 /my/resources/new/
member   200 /my/receptions/
member   200 /my/receptions/{reception}/
liaison  403 /my/
liaison  200 /admin/
liaison  200 /admin/demands/demand/
liaison  200 /admin/demands/demand/{demand}/change/
liaison  200 /admin/demands/demand/{demand}/photos/{photo}.jpg
liaison  200 /admin/consultation/event/{event}/signups/
liaison  200 /events/studies/{draft}/
resident 404 /events/studies/{draft}/
resident 302 /admin/
resident 200 /admin/login/
"""
# A draft is a 404 like anything that does not exist.
MAY_BE_KEPT = "404 /events/studies/{draft}/"


def news_of(demand) -> str:
    """The key of the page that a supporter's messages lead to."""
    services.supports.add(demand, "a neighbour")
    return supports.signed_link(demand.supports.get().pk).rstrip("/").rpartition("/")[2]


def test_what_is_private_is_kept_by_nobody_listed_by_nobody_and_says_nothing_of_itself(
    resident, member_client, liaison_client, subtests
):
    here = factories.neighbourhood()
    here.member.user = member_client.user
    here.member.save(update_fields=["user"])
    code = new_code()
    demand = factories.demand("resolved", public=True, code=code)
    dispatch = factories.dispatch("accepted", member=here.member)
    user = factories.user("somebody", None)
    reception, turn_code = factories.reception(here.member), new_code()
    factories.booking(reception, 2, turn_code)
    keys = {
        "code": code,
        "wrong": new_code(),
        "photo": factories.photo(demand).pk,
        "demand": demand.pk,
        "office": offices.link(factories.office_request(factories.demand("accepted"))).rstrip("/").rpartition("/")[2],
        "news": news_of(demand),
        "event": here.event.pk,
        "seat": here.code,
        "reception": reception.pk,
        "turn_code": turn_code,
        "qr": here.home.code,
        "uid": urlsafe_base64_encode(force_bytes(user.pk)),
        "token": link_tokens.make_token(user),
        "dispatch": dispatch.pk,
        "proposal": factories.proposal(author=here.member).pk,
        "need_photo": factories.photo(dispatch.demand).pk,
        "year": timezone.localdate().year,
        "draft": here.draft.pk,
    }
    clients = {"resident": resident, "member": member_client, "liaison": liaison_client}
    for line in PRIVATE.strip().splitlines():
        role, status, address = line.split()
        with subtests.test(line):
            response = clients[role].get(address.format(**keys))
            body(response)
            assert response.status_code == int(status)
            assert response["X-Robots-Tag"] == "noindex"
            assert response["Referrer-Policy"] == "same-origin"
            if f"{status} {address}" != MAY_BE_KEPT:
                assert "no-store" in response["Cache-Control"]
            if response.get("Content-Type", "").startswith("text/html") and status != "302":
                found = metadata(response)
                assert found["robots"] in ("noindex", "NONE,NOARCHIVE")
                assert {name for name in found if name.startswith(("og:", "twitter:", "desc", "canon"))} == set()
                assert feeds_of(response) == {}


# --- Home screens ----------------------------------------------------------------------------------------------------


def test_the_manifest_names_the_portal_by_its_row_and_its_icons_are_there(resident, settings):
    Portal.objects.create(pk=1, name="湖东协商", name_en="Hudong", organiser="湖东街道联络委", organiser_en="Hudong LC")
    resident.cookies.load({"lang": "en"})
    response = resident.get("/site.webmanifest")
    assert response["Content-Type"] == "application/manifest+json"
    assert response["Cache-Control"] == "public, max-age=3600"
    assert response["Content-Language"] == "zh-hans"
    found = response.json()
    assert (found["name"], found["short_name"], found["lang"]) == ("湖东协商 · 湖东街道联络委", "湖东协商", "zh-Hans")
    assert (found["start_url"], found["scope"], found["display"]) == ("/", "/", "minimal-ui")
    assert [entry["url"] for entry in found["shortcuts"]] == ["/demands/new/", "/demands/track/"]
    assert {(icon.get("purpose"), icon["sizes"]) for icon in found["icons"]} == {
        (None, "any"),
        *((purpose, size) for purpose in ("any", "maskable") for size in ("192x192", "512x512")),
    }
    assert '<link rel="manifest" href="/site.webmanifest">' in head_of(resident.get("/"))


@pytest.fixture
def below():
    """What the server does for a portal at /nanhu of another site, which the test client does not."""
    set_script_prefix("/nanhu/")
    yield {"SCRIPT_NAME": "/nanhu"}
    clear_script_prefix()


def test_below_a_parent_site_the_addresses_for_machines_keep_its_path(resident, below):
    found = resident.get("/site.webmanifest", **below).json()
    assert (found["id"], found["start_url"], found["scope"]) == ("/nanhu/", "/nanhu/", "/nanhu/")
    lines = resident.get("/robots.txt", **below).content.decode().splitlines()
    assert "Disallow: /nanhu/demands/track/" in lines
    assert f"Sitemap: {SITE}/nanhu/sitemap.xml" in lines
    assert metadata(resident.get("/demands/?page=2", **below))["canonical"] == f"{SITE}/nanhu/demands/?page=2"


@pytest.mark.parametrize(
    ("name", "size", "most"),
    [
        ("share", (1200, 630), 100_000),
        ("icon-32", (32, 32), 2_000),
        ("icon-180", (180, 180), 10_000),
        ("icon-192", (192, 192), 10_000),
        ("icon-512", (512, 512), 20_000),
    ],
)
def test_the_pictures_have_their_size_and_are_small(name, size, most):
    path = Path(finders.find(f"img/{name}.png"))
    assert path.stat().st_size <= most
    with Image.open(path) as picture:
        assert picture.size == size


def test_the_source_of_the_shared_picture_has_no_word_in_it():
    source = (django_settings.BASE_DIR / "docs" / "drawings" / "share.svg").read_text()
    assert "<text" not in source
