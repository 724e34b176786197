"""Pages, lists and messages of an installation that several subdistricts share."""

import pytest

from consultation.models import VenueKind
from consultation.selectors.venues import poster
from foundation.message_templates import render
from tests import factories
from tests.pages import words

pytestmark = pytest.mark.django_db


@pytest.fixture
def far():
    """The second subdistrict, with a name, a phone and a host of its own."""
    there = factories.tree()
    factories.profile(
        there.far_subdistrict,
        name="湖西协商",
        name_en="Huxi Portal",
        organiser="湖西街道联络委",
        phone="027-82222222",
        address="湖西路 2 号",
        host="localhost",
    )
    return there


# --- Who signs -------------------------------------------------------------------------------------------------------


def test_messages_are_signed_by_the_subdistrict_and_lead_to_its_host(far):
    here, there = factories.demand(), factories.demand("accepted", area=far.far_compound)
    event = factories.event(area=far.far_compound)
    sign_up = factories.sign_up(event)
    mine, main = "\n\n——湖西协商", "\n\n——一线协商 · 湖东街道"
    for template, parameters, signature, site in [
        ("received", {"ref": here.ref}, main, "http://portal.example/"),
        ("received", {"ref": there.ref}, mine, "http://localhost/"),
        ("event_link", {"sign_up": sign_up.pk}, mine, "http://localhost/events/"),
        # Staff sign in on the portal's own host.
        ("office_answered", {"ref": there.ref, "demand": there.pk}, mine, "http://portal.example/admin/"),
    ]:
        text = render(template, parameters)
        assert text.body.endswith(signature), template
        assert text.parameters["link"].startswith(site), template


def test_poster_is_that_of_the_venue_s_subdistrict(far):
    found = poster(factories.venue(VenueKind.CLOUD_STATION, far.far_compound, code="ABCD2345"))
    assert (str(found.texts), found.address) == ("湖西协商", "http://localhost/v/ABCD2345/")


# --- Which one a page shows ------------------------------------------------------------------------------------------


def test_page_of_a_row_shows_its_subdistrict_in_header_footer_and_links(far, resident):
    demand = factories.demand(public=True, area=far.far_compound)
    venue = factories.venue(VenueKind.CLOUD_STATION, far.far_compound)
    for path in (
        f"/demands/{demand.ref}/",
        f"/venues/{venue.slug}/",
        f"/events/{factories.event(area=far.far_compound).pk}/",
    ):
        page = resident.get(path).content.decode()
        assert "<b>湖西协商</b>" in page, path
        assert 'href="tel:027-82222222"' in page, path
        assert '<a class="brand" href="/s/far-subdistrict/">' in page, path
        assert 'href="/demands/?subdistrict=far-subdistrict"' in page, path
        assert f'<link rel="canonical" href="http://localhost{path}">' in page, path
        assert '<input type="hidden" name="subdistrict" value="far-subdistrict">' in page, path
        # On its own host it needs no naming.
        page = resident.get(path, headers={"host": "localhost"}).content.decode()
        assert '<a class="brand" href="/">' in page, path
        assert "subdistrict=" not in page, path
    found = resident.get("/venues/", headers={"host": "localhost"})
    assert "<b>湖西协商</b>" in found.content.decode()
    assert (
        resident.get(f"/demands/{factories.demand(public=True).ref}/", headers={"host": "localhost"}).status_code == 302
    )


def test_own_page_of_a_demand_names_whom_to_call(far, resident):
    code = factories.new_code()
    factories.demand(area=far.far_compound, code=code)
    page = resident.get(f"/demands/track/{code}/")
    assert "027-82222222" in words(page)
    assert "http://localhost/demands/track/" in page.content.decode()


def test_english_page_shows_the_english_name(far, resident):
    resident.cookies.load({"lang": "en"})
    assert "<b>Huxi Portal</b>" in resident.get("/s/far-subdistrict/").content.decode()


def test_page_of_an_unknown_subdistrict_is_missing(far, resident):
    assert resident.get("/s/nowhere/").status_code == 404
    assert resident.get("/s/community/").status_code == 404
    # Limited to its own host, it is the home page itself; another one is found elsewhere.
    own = {"host": "localhost"}
    assert resident.get("/s/far-subdistrict/", headers=own).url == "/"
    assert resident.get("/s/subdistrict/", headers=own).url == "http://portal.example/s/subdistrict/"
