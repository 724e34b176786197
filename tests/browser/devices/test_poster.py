"""The printed poster: one A4 page for each venue, with a code that an independent program can read."""

import pytest
from PIL import ImageFilter
from playwright.sync_api import expect

from consultation.models import VenueKind, VenueScan
from foundation.portal import Portal
from tests import factories

from .. import look
from ..conftest import DESK, HEIGHTS, PHONE
from ..paper import poster_of, printed, read, shot

pytestmark = pytest.mark.browser

MM = 96 / 25.4  # CSS pixels


@pytest.fixture
def venue(portal):
    return factories.venue(
        VenueKind.DELIBERATION_HOME, name="桂花社区协商议事之家", name_en="Guihua Deliberation Home", code="ABCD2345"
    )


def test_on_a_phone_the_code_holds_the_address_under_it_which_opens_the_form_and_counts(window, live_server, venue):
    page = window(PHONE)
    page.goto(poster_of(venue))
    address = page.locator(".address").inner_text()
    assert address == f"{live_server.url}/v/ABCD2345/"
    assert read(shot(page)) == read(shot(page.locator(".code"))) == [("QRCode", address)]
    page.goto(address)
    assert page.url == f"{live_server.url}/demands/new/?venue=ABCD2345"
    assert "桂花社区协商议事之家" in page.locator("main").inner_text()
    assert VenueScan.objects.get().count == 1


def test_the_code_is_read_from_across_the_room_and_with_a_quarter_torn(window, live_server, venue):
    page = window(DESK)
    page.goto(poster_of(venue))
    code, sheet = shot(page.locator(".code")), shot(page.locator(".sheet"))
    expected = [("QRCode", f"{live_server.url}/v/ABCD2345/")]
    assert read(shot(page)) == read(code) == expected
    # As seen by a camera: small, tilted, out of focus, in poor light.
    small = sheet.resize((sheet.width * 2 // 5, sheet.height * 2 // 5))
    aslant = small.rotate(17, expand=True, fillcolor="white").filter(ImageFilter.GaussianBlur(1))
    dim = aslant.convert("L").point(lambda light: 70 + light * 90 // 255)
    assert read(dim) == expected
    # Without a strip at the lower right, where there is no corner pattern.
    code.paste("white", (code.width * 7 // 10, code.height * 3 // 5, code.width, code.height))
    assert read(code) == expected


LONG = {
    "name": "南湖" * 40,
    "name_en": "A Long Name of a Deliberation Home " * 3 + "and so on by it",
    "slug": "long",
    "code": "ABCDEFGH2345",
}


def test_the_longest_names_fit_on_one_page_and_nothing_is_cut_off(window, portal):
    committee = factories.tree().committee
    committee.name, committee.phone = "政协湖东街道联络委员会" * 3, "027-80000000 / 027-80000001"
    committee.hours = "工作日上午 9:00–12:00，下午 14:00–17:00，周六上午"
    committee.save()
    Portal.objects.update(name="湖东街道一线协商门户" * 3)
    venue = factories.venue(VenueKind.DELIBERATION_HOME, **LONG)
    page = window(DESK)
    page.goto(poster_of(venue))
    assert printed(page) == [(210, 297)]
    page.emulate_media(media="print")
    sheet = page.locator(".sheet")
    assert sheet.evaluate("sheet => sheet.scrollHeight - sheet.clientHeight") <= 0
    below, end = page.locator(".foot").bounding_box(), sheet.bounding_box()
    assert below["y"] + below["height"] <= end["y"] + end["height"]
    assert read(shot(page)) == [("QRCode", page.locator(".address").inner_text())]


def test_on_paper_the_code_is_at_least_nine_centimetres_with_its_quiet_zone_around(window, venue):
    page = window(DESK)
    page.emulate_media(media="print")
    page.goto(poster_of(venue))
    box = page.locator(".qr").bounding_box()
    modules = int(page.locator(".qr").get_attribute("viewBox").split()[2])
    module = box["width"] / modules
    assert (modules - 8) * module >= 90 * MM
    assert box["width"] == pytest.approx(box["height"])
    # Nothing is printed within the quiet zone, which is part of the drawing.
    for other in (".call", ".english >> nth=0", ".address"):
        beside = page.locator(other).bounding_box()
        assert beside["y"] + beside["height"] <= box["y"] + 1 or beside["y"] >= box["y"] + box["height"] - 1, other
    assert not page.locator(".bar").is_visible()


def test_a_community_s_posters_are_one_print_job(window, sign_in, venue):
    places = factories.tree()
    factories.venue(VenueKind.CLOUD_STATION, places.compound, code="STATION1")
    factories.venue(VenueKind.CLOUD_STATION, places.second_compound, **LONG)
    page = sign_in(window(DESK), factories.community_staff())
    page.goto("/admin/consultation/venue/")
    page.get_by_role("link", name="桂花社区", exact=True).first.click()
    expect(page.locator(".sheet")).to_have_count(3)
    assert printed(page) == [(210, 297)] * 3
    page.emulate_media(media="print")
    for number in range(3):
        sheet = page.locator(".sheet").nth(number)
        assert read(shot(sheet.locator(".code"))) == [("QRCode", sheet.locator(".address").inner_text())]


@pytest.mark.parametrize("mode", [{}, {"elder": True, "scheme": "dark"}, {"language": "en", "contrast": "more"}])
def test_the_page_is_for_everybody_and_on_paper_one_page_of_a4(window, venue, picture, mode):
    page = window(PHONE, **mode)
    page.goto(poster_of(venue))
    for width in (PHONE, DESK):
        page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
        assert look.everything(page, mode.get("language", "zh-hans")) == []
        picture(page, f"poster {width} {' '.join(mode)}".strip())
    assert printed(page) == [(210, 297)]
