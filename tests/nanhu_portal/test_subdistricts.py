"""Pages, lists and messages of an installation that several subdistricts share."""

import pytest

from consultation.models import VenueKind
from consultation.models.subdistricts import Voice
from consultation.selectors.readiness import subdistrict_profiles
from consultation.selectors.venues import poster
from demands.statistics import editions
from foundation import mailing
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
        # Staff sign in on the portal's own host, and one mail may name demands of several subdistricts.
        ("alert", {"items": [["new", there.ref, there.pk]]}, "\n\n——一线协商", "http://portal.example/admin/"),
    ]:
        text = render(template, parameters)
        assert text.body.endswith(signature), template
        assert text.parameters["link"].startswith(site), template


def test_mail_comes_from_the_subdistrict_and_replies_go_there(far):
    factories.profile(far.far_subdistrict, name="湖西协商", email="huxi@example.org")
    there = factories.demand(area=far.far_compound)
    mail = mailing.compose("wang@example.com", render("received", {"ref": there.ref}), headers={})
    assert mail.reply_to == ["huxi@example.org"]
    assert mail.from_email == mailing.sender(Voice(there.area_id).texts)
    assert mail.from_email != mailing.sender()


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


# --- Lists -----------------------------------------------------------------------------------------------------------

# Every list, with how many queries it may take for one of three subdistricts.
LISTS = {
    "/demands/": 8,
    "/demands/?q=%E8%B7%AF%E7%81%AF": 8,
    "/venues/": 8,
    "/venues/platforms/": 8,
    "/events/": 8,
    "/events/?month=2026-12": 8,
    "/events/rhythm/": 8,
    "/topics/": 8,
    "/projects/": 8,
    "/projects/agreements/": 8,
    "/partners/": 8,
    "/members/": 8,
    "/members/committee/": 8,
    "/resources/": 8,
    "/rates/": 8,
    "/annual/2026/": 25,
    "/annual/2026/figures.csv": 25,
    "/feeds/demands/": 8,
    "/feeds/events/": 8,
    "/events/calendar.ics": 8,
    "/": 12,
}
WORDS = ("东湖", "西湖", "北湖")


@pytest.fixture
def three(db):
    """Three subdistricts in which the same happens, under names that begin with a word of each."""
    there = factories.tree()
    third = factories.area(2, there.district, code="third", name="湖北街道")
    community = factories.area(3, third, code="third-community", name="荷花社区")
    compound = factories.area(4, community, code="third-compound", name="荷花苑")
    factories.LiaisonCommittee.objects.create(area=third, name="北湖联络委", ref_prefix="HB")
    for word, where, home in zip(
        WORDS,
        (there.community, there.far_community, community),
        (there.compound, there.far_compound, compound),
        strict=True,
    ):
        factories.neighbourhood(where, word)
        demand = factories.demand("accepted", area=home)
        factories.publish(demand, title=f"{word}的路灯不亮")
    factories.profile(third, name="湖北协商", host="localhost")
    factories.acting_at(None, editions.publish)
    return {"subdistrict": WORDS[0], "far-subdistrict": WORDS[1], "third": WORDS[2]}


def said(response) -> str:
    body = b"".join(response.streaming_content) if response.streaming else response.content
    return body.decode()


def test_lists_hold_what_lies_in_one_subdistrict(three, resident, django_assert_max_num_queries, subtests):
    told = set()
    for path, most in LISTS.items():
        with subtests.test(path):
            whole = {word for word in WORDS if word in said(resident.get(path))}
            for code, word in three.items():
                with django_assert_max_num_queries(most):
                    response = resident.get(f"{path}{'&' if '?' in path else '?'}subdistrict={code}")
                assert response.status_code == 200
                found = {other for other in WORDS if other in said(response)}
                assert found == ({word} if whole else set()), code
                told |= found
            # On its own host it is the same, and there is nothing to choose.
            page = said(resident.get(path, headers={"host": "localhost"}))
            assert {other for other in WORDS if other in page} == ({WORDS[2]} if whole else set())
            assert "subdistrict=" not in page
            assert 'name="subdistrict"' not in page
    assert told == set(WORDS)


def test_what_was_chosen_in_another_subdistrict_is_dropped(three, resident):
    page = resident.get("/demands/?subdistrict=third&community=community").content.decode()
    assert f"{WORDS[2]}的路灯不亮" in page
    assert "桂花社区" not in page
    chips = resident.get("/events/?subdistrict=third&venue=deliberation-home-community").context["chosen"]
    assert [(label, value) for label, value, _rest in chips] == [("街道", "湖北街道")]


def test_sitemap_of_a_host_lists_what_is_found_there(three, resident):
    main = resident.get("/sitemap.xml", headers={"host": "portal.example"}).content.decode()
    own = resident.get("/sitemap.xml", headers={"host": "localhost"}).content.decode()
    assert "<loc>http://portal.example/s/subdistrict/</loc>" in main
    assert "/s/third/" not in main + own
    for kind in ("demands/HB-", "venues/deliberation-home-third-community/"):
        assert f"<loc>http://localhost/{kind}" in own
        assert kind not in main
    assert "/demands/NH-" in main
    assert "portal.example" not in own
    assert "Sitemap: http://localhost/sitemap.xml" in resident.get("/robots.txt", headers={"host": "localhost"}).text


def test_feed_and_calendar_of_a_subdistrict_bear_its_name_and_addresses(three, resident):
    feed = resident.get("/feeds/demands/?subdistrict=far-subdistrict").content.decode()
    assert "<title>居民需求 · 一线协商 · 湖西街道</title>" in feed
    assert 'href="http://portal.example/feeds/demands/?subdistrict=far-subdistrict"' in feed
    own = resident.get("/feeds/demands/", headers={"host": "localhost"}).content.decode()
    assert "<title>居民需求 · 湖北协商</title>" in own
    assert 'href="http://localhost/feeds/demands/"' in own
    calendar = said(resident.get("/events/calendar.ics?subdistrict=far-subdistrict"))
    assert "X-WR-CALNAME:一线协商 · 湖西街道活动 · 湖西街道" in calendar


def test_figures_of_a_subdistrict_are_those_of_the_edition(resident):
    there = factories.tree()
    for _number in range(6):
        factories.demand("resolved", area=there.far_compound)
    factories.demand()
    factories.acting_at(None, editions.publish)
    factories.demand(area=there.far_compound)
    far = resident.get("/s/far-subdistrict/").context["figures"]
    # What came since the edition is said of the whole installation alone.
    assert (far.received, far.resolved, far.received_since, far.resolved_since) == (6, 6, 0, 0)
    near = resident.get("/s/subdistrict/").context["figures"]
    assert (near.received, near.resolved) == (1, None)
    whole = resident.get("/").context["figures"]
    assert (whole.received, whole.received_since) == (7, 1)
    assert resident.get("/rates/?subdistrict=far-subdistrict").context["figures"]["received"] == 6
    assert resident.get("/annual/2026/?subdistrict=subdistrict").context["demands"]["resolved"] is None


# --- Submitting, privacy, readiness ----------------------------------------------------------------------------------


def groups(response) -> list[str]:
    return [label for label, _choices in response.context["form"].fields["area"].choices[1:]]


def test_form_offers_the_compounds_of_the_subdistrict_first(three, resident):
    every = ["湖东街道 · 桂花社区", "湖东街道 · 柳园社区", "湖西街道 · 松林社区", "湖北街道 · 荷花社区"]
    assert groups(resident.get("/demands/new/")) == every
    page = resident.get("/demands/new/?subdistrict=third")
    assert groups(page) == [every[3], *every[:3]]
    assert 'action="/demands/new/?subdistrict=third"' in page.content.decode()
    venue = factories.venue(VenueKind.CLOUD_STATION, factories.tree().far_compound, code="ABCD2345")
    scanned = resident.get("/v/ABCD2345/", follow=True)
    assert scanned.context["form"].initial["area"] == str(venue.area_id)
    assert '<b>一线协商</b> <b class="place">湖西街道</b>' in scanned.content.decode()
    assert groups(resident.get("/demands/new/", headers={"host": "localhost"})) == ["荷花社区"]


def test_privacy_notice_has_the_subdistrict_s_own_texts(far, resident):
    factories.profile(
        far.far_subdistrict,
        organiser="湖西街道联络委",
        privacy_contact="湖西街道党政办",
        privacy_note="第一段。\n\n第二段。",
        retention_note="到期删除由党政办负责。",
    )
    page = words(resident.get("/privacy/?subdistrict=far-subdistrict"))
    for text in ("湖西街道联络委", "湖西街道党政办", "第二段。", "到期删除由党政办负责。"):
        assert text in page
    assert "党政办" not in words(resident.get("/privacy/"))


def test_readiness_names_the_subdistricts_that_have_no_phone_or_no_host(far, settings):
    factories.profile(far.subdistrict, phone="")
    found = {one.title: one.level for one in subdistrict_profiles(None)}
    assert found == {"街道信息：湖东街道": "amber", "街道信息：湖西街道": "green"}
    settings.ALLOWED_HOSTS = ["portal.example"]
    found = {one.title: one.level for one in subdistrict_profiles(factories.liaison_staff("far", far.far_subdistrict))}
    assert found == {"街道信息：湖西街道": "red"}
