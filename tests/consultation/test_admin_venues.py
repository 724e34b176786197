"""Venues and their posters, and platforms at the desk."""

import datetime
import itertools

import pytest
from django.utils import timezone

from consultation.models import Platform, Venue, VenueKind, VenueScan
from demands.models import Channel, Demand
from demands.workflow import DemandStatus as S
from foundation.audit import AuditEntry
from tests import factories
from tests.pages import form, words
from tests.rows import each_row

pytestmark = pytest.mark.django_db

VENUES, PLATFORMS = "/admin/consultation/venue/", "/admin/consultation/platform/"


def change(client, address: str, field: str = "name", **values):
    return form(client.get(address), field).send(client, address, **values)


def acts() -> list[tuple[str, str, str]]:
    entries = AuditEntry.objects.exclude(action__startswith="sign").order_by("pk")
    return [(entry.action, entry.subject.partition(":")[0], entry.detail) for entry in entries]


def shown(response) -> list[str]:
    assert response.status_code == 200
    return [venue.name for venue in response.context["cl"].result_list]


# --- One venue -------------------------------------------------------------------------------------------------------


def venue_values(area, **values) -> dict:
    return {
        "name": "桂花苑云端工作站",
        "kind": "cloud_station",
        "area": area.pk,
        "slug": "guihua",
        "code": "GUIHUA1",
        "is_open": "on",
    } | values


def test_liaison_staff_open_a_venue_in_their_subdistrict(liaison_client):
    places = factories.tree()
    response = change(liaison_client, f"{VENUES}add/", **venue_values(places.compound, step_free="true"))
    assert response.status_code == 302
    venue = Venue.objects.get()
    assert (venue.area, venue.code, venue.step_free) == (places.compound, "GUIHUA1", True)
    assert acts() == [("added", "venue", "")]


def test_a_code_left_empty_is_made_up(liaison_client):
    places = factories.tree()
    for number, compound in enumerate((places.compound, places.second_compound)):
        values = venue_values(compound, slug=f"venue-{number}", code="")
        assert change(liaison_client, f"{VENUES}add/", **values).status_code == 302
    codes = set(Venue.objects.values_list("code", flat=True))
    assert len(codes) == 2
    assert {len(code) for code in codes} == {8}
    assert set("".join(codes)) <= set("23456789ABCDEFGHJKMNPQRSTVWXYZ")


def test_a_code_typed_small_is_kept_large(liaison_client):
    change(liaison_client, f"{VENUES}add/", **venue_values(factories.tree().compound, code=" guihua2 "))
    assert Venue.objects.get().code == "GUIHUA2"


@pytest.fixture
def page(liaison_client):
    """The empty form of a new venue."""
    return form(liaison_client.get(f"{VENUES}add/"), "name")


def test_what_does_not_fit_is_refused_with_a_sentence(liaison_client, page, subtests):
    factories.venue(VenueKind.MEMBERS_HOME, code="TAKEN")
    for values, sentence in (
        ({"code": "桂花"}, "二维码编号只能用大写字母和数字。"),
        ({"code": "AB-CD"}, "二维码编号只能用大写字母和数字。"),
        ({"code": "TAKEN"}, "具有 二维码编号 的 议事点 已存在。"),
        ({"slug": "platforms"}, "这个网址名称已被其他页面使用，请换一个。"),
        ({"latitude": "114.3312", "longitude": "30.4987"}, "纬度应在 3 到 54 之间，请核对是否与经度填反。"),
        ({"latitude": "30.4987"}, "经度和纬度须同时填写，并且在中国境内；请核对是否填反。"),
        ({"longitude": "114.3312"}, "经度和纬度须同时填写，并且在中国境内；请核对是否填反。"),
        ({"latitude": "30.4987", "longitude": "30.4987"}, "经度和纬度须同时填写，并且在中国境内；请核对是否填反。"),
        ({"kind": "palace"}, "选择一个有效的选项"),
        ({"name": ""}, "这个字段是必填项。"),
        ({"name": "a\x00b"}, "不允许是用空字符串。"),
        ({"name": "长" * 10_000}, "80"),
    ):
        response = page.send(liaison_client, f"{VENUES}add/", **venue_values(factories.tree().compound, **values))
        with subtests.test(str(values)[:100]):
            assert response.status_code == 200
            assert sentence in words(response)
            assert Venue.objects.count() == 1


LEVELS = {
    "members_home": ("subdistrict", "街道"),
    "deliberation_home": ("community", "社区"),
    "consultation_studio": ("community", "社区"),
    "cloud_station": ("compound", "小区"),
}
LABELS = {
    "members_home": "政协委员之家",
    "deliberation_home": "协商议事之家",
    "consultation_studio": "协商工作室",
    "cloud_station": "小区云端工作站",
}


@each_row(("kind", "place"), itertools.product(LEVELS, ("subdistrict", "community", "compound")))
def test_a_venue_stands_at_the_level_of_its_kind(liaison_client, page, kind, place):
    values = venue_values(getattr(factories.tree(), place), kind=kind)
    response = page.send(liaison_client, f"{VENUES}add/", **values)
    level, label = LEVELS[kind]
    if place == level:
        assert response.status_code == 302
        assert Venue.objects.get().kind == kind
    else:
        assert response.status_code == 200
        assert f"{LABELS[kind]}只能设在{label}一级。" in words(response)
        assert not Venue.objects.exists()
        assert acts() == []


def test_a_second_station_in_a_compound_is_refused_with_a_sentence(liaison_client):
    station = factories.venue(VenueKind.CLOUD_STATION)
    response = change(liaison_client, f"{VENUES}add/", **venue_values(station.area))
    assert response.status_code == 200
    assert "每个小区只设一个云端工作站。" in words(response)
    assert Venue.objects.count() == 1


def test_a_place_elsewhere_is_neither_offered_nor_taken(liaison_client):
    places = factories.tree()
    html = liaison_client.get(f"{VENUES}add/").content.decode()
    assert f'value="{places.compound.pk}"' in html
    assert f'value="{places.far_compound.pk}"' not in html
    response = change(liaison_client, f"{VENUES}add/", **venue_values(places.far_compound))
    assert response.status_code == 200
    assert not Venue.objects.exists()


def test_community_staff_keep_what_changes_at_their_own_venues(community_client):
    venue = factories.venue(VenueKind.DELIBERATION_HOME)
    values = {"hours": "周一至周五 9:00–17:00", "phone": "027-80000001", "step_free": "false", "latitude": "30.4987"}
    response = change(community_client, f"{VENUES}{venue.pk}/change/", **values, longitude="114.3312")
    assert response.status_code == 302
    venue.refresh_from_db()
    assert (venue.hours, venue.phone, venue.step_free) == ("周一至周五 9:00–17:00", "027-80000001", False)
    assert f"{venue.latitude} {venue.longitude}" == "30.498700 114.331200"
    assert acts() == [("changed", "venue", "开放时间, 电话, 无台阶通行, 纬度, 经度")]


@pytest.mark.parametrize("client", ["community_client", "liaison_client"])
def test_kind_place_and_addresses_are_fixed_once_a_venue_is_there(request, client):
    venue = factories.venue(VenueKind.DELIBERATION_HOME, code="BEFORE")
    fixed = {"kind": "consultation_studio", "area": factories.tree().other_community.pk, "slug": "x", "code": "AFTER"}
    browser = request.getfixturevalue(client)
    assert change(browser, f"{VENUES}{venue.pk}/change/", name="新名字", **fixed).status_code == 302
    venue.refresh_from_db()
    assert venue.name == "新名字"
    assert (venue.kind, venue.area, venue.slug, venue.code) == (
        "deliberation_home",
        factories.tree().community,
        "deliberation-home-community",
        "BEFORE",
    )


def test_the_superuser_may_mend_them_and_an_emptied_code_is_new(admin_client):
    venue = factories.venue(VenueKind.DELIBERATION_HOME, code="BEFORE")
    assert change(admin_client, f"{VENUES}{venue.pk}/change/", slug="mended", code="").status_code == 302
    venue.refresh_from_db()
    assert venue.slug == "mended"
    assert len(venue.code) == 8


def test_who_opens_what(request, subtests):
    places = factories.tree()
    keys = {
        "own": factories.venue(VenueKind.DELIBERATION_HOME).pk,
        "other": factories.venue(VenueKind.DELIBERATION_HOME, places.other_community).pk,
        "far": factories.venue(VenueKind.DELIBERATION_HOME, places.far_community).pk,
    }
    for client, page, status in (
        ("community_client", "{own}/change/", 200),
        ("community_client", "{other}/change/", 404),
        ("community_client", "{other}/photos/", 404),
        ("community_client", "add/", 403),
        ("community_client", "{own}/delete/", 403),
        ("liaison_client", "{other}/change/", 200),
        ("liaison_client", "{far}/change/", 404),
        ("liaison_client", "{far}/photos/", 404),
        ("liaison_client", "{own}/delete/", 403),
        ("liaison_client", "0/change/", 404),
        ("auditor_client", "{own}/change/", 200),
        ("auditor_client", "{own}/photos/", 200),
        ("auditor_client", "add/", 403),
        ("member_client", "{own}/change/", 302),
        ("member_client", "posters/community/", 302),
        ("resident", "{own}/photos/", 302),
        ("resident", "posters/community/", 302),
    ):
        with subtests.test(f"{client} {page}"):
            assert request.getfixturevalue(client).get(VENUES + page.format(**keys)).status_code == status


def test_an_auditor_changes_nothing(auditor_client):
    venue = factories.venue(name="原来的名字")
    assert auditor_client.post(f"{VENUES}{venue.pk}/change/", {"name": "新名字"}).status_code == 403
    assert Venue.objects.get().name == "原来的名字"


# --- The list --------------------------------------------------------------------------------------------------------


def scanned(venue, days_ago: int, count: int) -> None:
    day = timezone.localdate() - datetime.timedelta(days=days_ago)
    VenueScan.objects.create(venue=venue, day=day, count=count)


def raised(venue, status: str = S.RECEIVED, days_ago: int = 0, channel: str = Channel.VENUE_QR) -> None:
    found = factories.demand(status, venue=venue, channel=channel)
    Demand.objects.filter(pk=found.pk).update(received_at=timezone.now() - datetime.timedelta(days=days_ago))


def test_the_list_shows_what_the_codes_led_to(liaison_client):
    here = factories.venue(VenueKind.DELIBERATION_HOME, name="有人扫")
    factories.venue(VenueKind.CLOUD_STATION, name="没人扫")
    for days_ago, count in ((0, 5), (29, 7), (30, 11), (400, 13)):
        scanned(here, days_ago, count)
    for status in (S.RECEIVED, S.RESOLVED, S.CONFIRMED, S.REOPENED, S.DECLINED):
        raised(here, status)
    raised(here, S.RESOLVED, days_ago=31)
    raised(here, S.RESOLVED, channel=Channel.WINDOW)
    response = liaison_client.get(VENUES)
    rows = {venue.name: (venue.led_to, venue.led_to_lately) for venue in response.context["cl"].result_list}
    assert rows["有人扫"] == ([36, 6, 3], [12, 5, 2])
    assert "36 → 6 → 3 12 → 5 → 2" in words(response)
    assert "0 → 0 → 0 0 → 0 → 0" in words(response)


def test_the_list_holds_the_staff_s_own_venues_and_filters_them(community_client, liaison_client):
    places = factories.tree()
    factories.venue(VenueKind.MEMBERS_HOME, name="委员之家")
    factories.venue(VenueKind.DELIBERATION_HOME, name="桂花家")
    factories.venue(VenueKind.DELIBERATION_HOME, places.other_community, name="柳园家")
    factories.venue(VenueKind.CLOUD_STATION, name="桂花站", is_open=False)
    factories.venue(VenueKind.CLOUD_STATION, places.far_compound, name="松林站")
    assert shown(community_client.get(VENUES)) == ["桂花家", "桂花站"]
    assert shown(liaison_client.get(VENUES)) == ["委员之家", "桂花家", "柳园家", "桂花站"]
    assert shown(liaison_client.get(f"{VENUES}?community=community")) == ["桂花家", "桂花站"]
    # The code of a community elsewhere is like one that does not exist.
    assert len(shown(liaison_client.get(f"{VENUES}?community=far-community"))) == 4
    assert shown(liaison_client.get(f"{VENUES}?kind__exact=deliberation_home")) == ["桂花家", "柳园家"]
    assert shown(liaison_client.get(f"{VENUES}?is_open__exact=0")) == ["桂花站"]
    assert shown(liaison_client.get(f"{VENUES}?q=柳园")) == ["柳园家"]
    html = community_client.get(VENUES).content.decode()
    assert "?community=community" in html
    assert "?community=other-community" not in html


def test_no_query_string_breaks_the_list(liaison_client):
    factories.venue()
    strange = ("area__parent__name__startswith=x", "o=9")
    for query in ("q=%00", "kind__exact=%00", "is_open__exact=x", "community=none", *strange):
        assert liaison_client.get(f"{VENUES}?{query}").status_code in (200, 302, 400), query


# Reading the staff's account, permissions and scope; counting and reading venues; scans; demands.
QUERIES = 8


@pytest.mark.parametrize("rows", [1, 4])
def test_the_list_takes_the_same_queries_at_any_length(liaison_client, rows, django_assert_num_queries):
    places = factories.tree()
    for number in range(rows):
        place = factories.area(4, places.community, code=f"compound-{number}")
        venue = factories.venue(VenueKind.CLOUD_STATION, place)
        scanned(venue, 0, 3)
        raised(venue)
    liaison_client.get(VENUES)
    for query in ("", "?community=community&kind__exact=cloud_station&q=compound"):
        with django_assert_num_queries(QUERIES):
            assert liaison_client.get(VENUES + query).status_code == 200


# --- Posters ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def four():
    """Three open venues and a closed one in one community, one in the next."""
    places = factories.tree()
    return [
        factories.venue(VenueKind.DELIBERATION_HOME, code="HOME1"),
        factories.venue(VenueKind.CLOUD_STATION, code="STATION1"),
        factories.venue(VenueKind.CLOUD_STATION, places.second_compound, code="STATION2"),
        factories.venue(VenueKind.CONSULTATION_STUDIO, code="CLOSED1", is_open=False),
        factories.venue(VenueKind.DELIBERATION_HOME, places.other_community, code="OTHER1"),
    ]


def sheets(response) -> list[str]:
    assert response.status_code == 200
    html = response.content.decode()
    assert html.count('class="sheet"') == html.count("<svg")
    return [part.partition("</p>")[0].split("/")[-2] for part in html.split('class="address">')[1:]]


def test_all_posters_of_a_community_are_one_print_job(community_client, four):
    response = community_client.get(f"{VENUES}posters/community/")
    assert sheets(response) == ["HOME1", "STATION1", "STATION2"]
    assert "海报 · 桂花社区 共 3 张" in words(response)
    links = community_client.get(VENUES).content.decode()
    assert f'href="{VENUES}posters/community/"' in links
    assert f'href="{VENUES}posters/other-community/"' not in links


def test_there_is_no_print_job_elsewhere(community_client, four):
    for code in ("other-community", "far-community", "subdistrict", "none-such"):
        assert community_client.get(f"{VENUES}posters/{code}/").status_code == 404, code


def test_the_chosen_venues_posters_are_printed(liaison_client, four):
    chosen = [four[0].pk, four[3].pk, four[4].pk]
    response = liaison_client.post(VENUES, {"action": "print_posters", "_selected_action": chosen})
    assert sorted(sheets(response)) == ["HOME1", "OTHER1"]


def test_nobody_prints_for_others(community_client, four):
    response = community_client.post(VENUES, {"action": "print_posters", "_selected_action": [four[4].pk, four[0].pk]})
    assert sheets(response) == ["HOME1"]


def test_a_job_without_open_venues_says_so(community_client, four):
    Venue.objects.update(is_open=False)
    response = community_client.get(f"{VENUES}posters/community/", follow=True)
    assert response.redirect_chain == [(VENUES, 302)]
    assert "没有可打印的海报：所选的议事点都没有启用。" in words(response)


def test_a_venue_s_page_leads_to_its_poster_and_photos(community_client, four):
    html = community_client.get(f"{VENUES}{four[0].pk}/change/").content.decode()
    for address in (f"{VENUES}{four[0].pk}/photos/", "/venues/deliberation-home-community/poster/"):
        assert f'href="{address}"' in html, address
    assert "/poster/" not in community_client.get(f"{VENUES}{four[3].pk}/change/").content.decode()


@pytest.fixture
def home(db):
    return factories.venue(VenueKind.DELIBERATION_HOME)


def test_posters_are_only_looked_at(liaison_client, home):
    assert liaison_client.post(f"{VENUES}posters/community/").status_code == 405


# --- Platforms -------------------------------------------------------------------------------------------------------


def platform_values(venue, **values) -> dict:
    return {"name": "流水议事会", "slug": "flow", "style": "边走边说", "venue": venue.pk, "order": "0"} | values


def test_liaison_staff_add_a_platform_at_one_of_their_venues(liaison_client, home):
    far = factories.venue(VenueKind.DELIBERATION_HOME, factories.tree().far_community)
    html = liaison_client.get(f"{PLATFORMS}add/").content.decode()
    assert f'<option value="{home.pk}">' in html
    assert f'<option value="{far.pk}">' not in html
    assert change(liaison_client, f"{PLATFORMS}add/", **platform_values(far)).status_code == 200
    assert change(liaison_client, f"{PLATFORMS}add/", **platform_values(home)).status_code == 302
    assert Platform.objects.get().venue == home
    assert acts() == [("added", "platform", "")]


def test_a_platform_s_address_is_fixed(liaison_client, home):
    platform = factories.platform(venue=home)
    response = change(liaison_client, f"{PLATFORMS}{platform.pk}/change/", slug="x", style="围着树坐")
    assert response.status_code == 302
    platform.refresh_from_db()
    assert (platform.slug, platform.style) == ("under-the-camphor", "围着树坐")


def test_who_sees_and_changes_platforms(community_client, liaison_client, auditor_client, home):
    own = factories.platform(venue=home)
    far = factories.platform("far", venue=factories.venue(VenueKind.DELIBERATION_HOME, factories.tree().far_community))
    for client in (community_client, liaison_client, auditor_client):
        assert list(client.get(PLATFORMS).context["cl"].result_list) == [own]
        assert client.get(f"{PLATFORMS}{own.pk}/change/").status_code == 200
        assert client.get(f"{PLATFORMS}{far.pk}/change/").status_code == 404
    for client in (community_client, auditor_client):
        assert client.post(f"{PLATFORMS}{own.pk}/change/", platform_values(home)).status_code == 403
        assert client.get(f"{PLATFORMS}add/").status_code == 403
    own.refresh_from_db()
    assert own.name == "香樟树下"
