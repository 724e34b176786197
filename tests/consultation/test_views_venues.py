"""Venues and platforms as anybody reads them, the poster, and what its QR code opens."""

import datetime
import re
from unittest import mock

import pytest
from django.core.cache import cache
from django.utils import timezone
from django.utils.formats import date_format

from consultation.models import Area, AreaLevel, Picture, Platform, Venue, VenueKind, VenueScan
from consultation.services import agreements
from consultation.views import venues as views
from consultation.workflow import EventStatus
from demands.workflow import DemandStatus as S
from foundation.actors import SYSTEM
from foundation.cached import forget_all
from foundation.uploads import PhotoReview
from members.models import VenueHost
from tests import factories
from tests.pages import flat, words
from tests.rows import each_row

pytestmark = pytest.mark.django_db

LIST = "/venues/"


def page_of(venue) -> str:
    return f"/venues/{venue.slug}/"


# --- The list --------------------------------------------------------------------------------------------------------


@pytest.fixture
def seven():
    """One home for members, two deliberation homes, a studio, three stations in two communities; one is closed."""
    places = factories.tree()
    factories.venue(VenueKind.MEMBERS_HOME, name="委员之家", name_en="Members' Home")
    factories.venue(VenueKind.DELIBERATION_HOME, places.community, name="桂花议事之家", step_free=True)
    factories.venue(VenueKind.DELIBERATION_HOME, places.other_community, name="柳园议事之家", step_free=False)
    factories.venue(VenueKind.CONSULTATION_STUDIO, places.far_community, name="松林工作室")
    factories.venue(VenueKind.CLOUD_STATION, places.second_compound, name="新村站")
    factories.venue(VenueKind.CLOUD_STATION, places.compound, name="桂花苑站", step_free=True)
    factories.venue(VenueKind.CLOUD_STATION, places.other_compound, name="柳园站")
    factories.venue(VenueKind.CLOUD_STATION, places.far_compound, name="关了的站", is_open=False)
    return places


def leaves(node) -> list[str]:
    """The names of venues as the list has them: of an area, then of those below it."""
    return [venue.name for venue in node.venues] + [name for child in node.below for name in leaves(child)]


def names(response) -> list[str]:
    assert response.status_code == 200
    return [name for tree in response.context["plans"] for name in leaves(tree)]


ALL = ["委员之家", "桂花议事之家", "桂花苑站", "新村站", "柳园议事之家", "柳园站", "松林工作室"]
FOUND = [
    ("", ALL),
    ("level=2", ["委员之家"]),
    ("level=3", ["桂花议事之家", "柳园议事之家", "松林工作室"]),
    ("level=4", ["桂花苑站", "新村站", "柳园站"]),
    ("kind=consultation_studio", ["松林工作室"]),
    ("kind=deliberation_home&level=4", []),
    ("community=community", ["桂花议事之家", "桂花苑站", "新村站"]),
    ("community=far-community", ["松林工作室"]),
    # A community of another subdistrict is dropped.
    ("community=community&subdistrict=far-subdistrict", ["松林工作室"]),
    ("subdistrict=subdistrict", ["委员之家", "桂花议事之家", "桂花苑站", "新村站", "柳园议事之家", "柳园站"]),
    ("subdistrict=far-subdistrict", ["松林工作室"]),
    ("step_free=yes", ["桂花议事之家", "桂花苑站"]),
    ("q=柳园", ["柳园议事之家", "柳园站"]),
    ("q=members'", ["委员之家"]),
    ("q=%25", []),
    ("q=%20桂花%20&level=4", ["桂花苑站"]),
    # What is no choice finds nothing.
    ("kind=palace", []),
    ("level=1", []),
    ("level=x", []),
    ("community=subdistrict", []),
    ("q=%00", []),
    (f"q={'长' * 61}", []),
    ("page=99", ALL),
    ("page=x", ALL),
]


def test_the_list_finds(resident, seven, subtests):
    for query, expected in FOUND:
        with subtests.test(query[:100]):
            assert names(resident.get(f"{LIST}?{query}")) == expected


def test_a_very_long_query_is_answered(resident, seven):
    assert names(resident.get(LIST, {"q": "长" * 10_000, "kind": "x" * 10_000})) == []


def test_levels_and_kinds_are_counted_from_rows_and_lead_to_theirs(resident, seven):
    response = resident.get(LIST)
    shown = words(response)
    figures = (
        ("members_home", "政协委员之家 街道一级 1"),
        ("deliberation_home", "协商议事之家 社区一级 2"),
        ("consultation_studio", "协商工作室 社区一级 1"),
        ("cloud_station", "小区云端工作站 小区一级 3"),
    )
    for kind, figure in figures:
        assert figure in shown, figure
        assert f'href="/venues/?kind={kind}"' in response.content.decode()
    assert "共 7 处" in shown
    # With a filter the figures above stay those of all; the tally is of what was found.
    shown = words(resident.get(f"{LIST}?community=community"))
    assert "小区云端工作站 小区一级 3" in shown
    assert "共 3 处" in shown


def areas(node) -> list:
    return [node.area.name, *(areas(child) for child in node.below)]


def test_every_area_stands_below_the_one_it_belongs_to(resident, seven):
    assert [areas(tree) for tree in resident.get(LIST).context["plans"]] == [
        ["湖东街道", ["桂花社区", ["桂花苑"], ["桂花新村"]], ["柳园社区", ["柳园小区"]]],
        ["湖西街道", ["松林社区", ["松林小区"]]],
    ]
    # A place chosen is shown with all in it; venues looked for, only with what leads to them.
    assert [areas(tree) for tree in resident.get(f"{LIST}?community=far-community").context["plans"]] == [
        ["湖西街道", ["松林社区", ["松林小区"]]],
    ]
    assert [areas(tree) for tree in resident.get(f"{LIST}?q=站").context["plans"]] == [
        ["湖东街道", ["桂花社区", ["桂花苑"], ["桂花新村"]], ["柳园社区", ["柳园小区"]]],
    ]


# --- The plan --------------------------------------------------------------------------------------------------------


def hrefs(html: str) -> list[str]:
    return re.findall(r'href="([^"]+)"', html)


def parts(response) -> list[tuple[str, list[str], str]]:
    """Of each subdistrict the lake, where its islands lead on a phone, and the list beside it."""
    found = []
    for part in response.content.decode().split('class="plan-pair"')[1:]:
        lake, _, rest = part.partition("<figcaption")
        lake = lake[lake.index('<div class="plan ') :]
        brief = re.findall(r'<a class="brief [^>]*href="([^"]+)"', lake)
        found.append((lake, brief, rest.partition('class="tree"')[2].partition("</main>")[0]))
    return found


def test_drawing_and_list_lead_to_the_same_places_in_the_same_order(resident, seven):
    (lake, brief, beside), (far_lake, far_brief, far_beside) = parts(resident.get(LIST))
    expected = [
        "/venues/members-home-subdistrict/",
        "/venues/deliberation-home-community/",
        "/venues/cloud-station-compound/",
        "/venues/cloud-station-second-compound/",
        "/venues/deliberation-home-other-community/",
        "/venues/cloud-station-other-compound/",
    ]
    assert [href for href in hrefs(lake) if href[0] == "/"] == expected
    assert [href for href in hrefs(beside) if href[0] == "/"] == expected
    # The station there is closed: its compound leads to its demands, and says so.
    expected = ["/venues/consultation-studio-far-community/", "/demands/?compound=far-compound"]
    assert [href for href in hrefs(far_lake) if href[0] == "/"] == expected
    assert [href for href in hrefs(far_beside) if href[0] == "/"][:2] == expected
    assert "看需求" in far_beside
    # On a phone the drawing leads into the list.
    for found, there, anchors in (
        (brief, beside, ["area-community", "area-other-community"]),
        (far_brief, far_beside, ["area-far-community"]),
    ):
        assert found == [f"#{anchor}" for anchor in anchors]
        for anchor in anchors:
            assert f'<section id="{anchor}">' in there


def test_only_the_list_is_read_aloud_and_stepped_through(resident, seven):
    found = parts(resident.get(LIST))
    assert len(found) == 2
    for lake, _brief, beside in found:
        assert 'aria-hidden="true"' in lake.partition(">")[0]
        links = re.findall(r"<a [^>]*>", lake)
        assert links
        assert all('tabindex="-1"' in link for link in links)
        assert "tabindex" not in beside


def islands(lake: str) -> list[str]:
    """The communities' islands, without what leads into the list on a phone."""
    return [re.sub(r'<a class="brief .*?</a>', "", part, flags=re.S) for part in lake.split('<div class="island ')[2:]]


def test_every_place_leads_to_its_venue_or_to_its_demands(resident):
    """Communities with no venue, one, and two; of two each leads somewhere, and the name nowhere."""
    places = factories.tree()
    factories.venue(VenueKind.DELIBERATION_HOME, places.other_community)
    third = factories.area(AreaLevel.COMMUNITY, places.subdistrict, code="third", name="银杏社区")
    factories.venue(VenueKind.DELIBERATION_HOME, third)
    factories.venue(VenueKind.CONSULTATION_STUDIO, third)
    factories.venue(VenueKind.CLOUD_STATION, places.second_compound)
    ((lake, _brief, _beside),) = parts(resident.get(f"{LIST}?subdistrict=subdistrict"))
    found = {re.search(r"<b[^>]*>([^<]+)</b>", island)[1]: hrefs(island) for island in islands(lake)}
    assert {name: [href for href in leads if href[0] == "/"] for name, leads in found.items()} == {
        "桂花社区": [
            "/demands/?community=community",
            "/demands/?compound=compound",
            "/venues/cloud-station-second-compound/",
        ],
        "柳园社区": ["/venues/deliberation-home-other-community/", "/demands/?compound=other-compound"],
        "银杏社区": ["/venues/deliberation-home-third/", "/venues/consultation-studio-third/"],
    }
    # Nothing stands in the subdistrict itself, which has no list of demands of its own.
    home = lake.partition('<div class="islands')[0]
    assert hrefs(home[home.index("<a ") :]) == []


def test_a_kind_is_told_by_its_shape_and_its_word(resident, seven):
    factories.venue(VenueKind.CONSULTATION_STUDIO, seven.community, name="桂花工作室")
    lake = parts(resident.get(LIST))[0][0]
    first = islands(lake)[0]
    assert re.findall(r'#mark-(\w+)"/></svg> (\S+)</span>', first) == [
        ("deliberation_home", "协商议事之家"),
        ("consultation_studio", "协商工作室"),
    ]
    # A leaf has the shape alone; its word stands in the list.
    assert re.findall(r'#mark-(\w+)"/></svg>\s*<span class="flex-fill">(\S+)</span>', first) == [
        ("cloud_station", "桂花苑"),
        ("cloud_station", "桂花新村"),
    ]


def test_the_plan_says_that_it_is_none_of_the_ground(resident, seven):
    response = resident.get(LIST)
    assert words(response).count("示意图，不表示实际方位和远近。") == 2
    assert response.content.decode().count('id="plan"') == 1
    assert words(response).count("虚线表示还没有云端工作站的小区") == 1


def test_a_place_without_venues_is_drawn_all_the_same(resident):
    factories.tree()
    shown = words(resident.get(LIST))
    assert "共 0 处" in shown
    for text in ("湖东街道", "还没有议事场所 · 看桂花社区的需求", "桂花新村 看需求"):
        assert text in shown, text


def test_a_community_with_two_venues_names_both(resident, seven):
    factories.venue(VenueKind.CONSULTATION_STUDIO, seven.community, name="桂花工作室")
    lake, _brief, beside = parts(resident.get(f"{LIST}?community=community"))[0]
    for part in (lake, beside):
        assert "/venues/deliberation-home-community/" in part
        assert "/venues/consultation-studio-community/" in part


def test_names_are_drawn_in_the_language_of_the_page_and_escaped(resident, seven):
    Area.objects.filter(code="compound").update(name="<b>苑</b>", name_en="A & B")
    forget_all()
    assert "&lt;b&gt;苑&lt;/b&gt;" in parts(resident.get(LIST))[0][0]
    resident.cookies["lang"] = "en"
    lake, _brief, beside = parts(resident.get(LIST))[0]
    assert "A &amp; B" in lake
    assert "A &amp; B" in beside
    assert "Guihua" in lake


def test_a_row_says_what_is_known(resident):
    factories.venue(
        VenueKind.DELIBERATION_HOME,
        name="桂花议事之家",
        address="桂花路 1 号",
        hours="每天 8:00–20:00",
        hours_en="Daily 8–20",
        step_free=True,
        is_demo=True,
    )
    factories.venue(name="桂花苑站", step_free=True, is_demo=True)
    factories.venue(VenueKind.CLOUD_STATION, factories.tree().second_compound, name="新村站")
    shown = words(resident.get(LIST))
    assert "桂花议事之家 演示 · 协商议事之家 · 无台阶通行 · 桂花路 1 号 · 每天 8:00–20:00" in shown
    assert "桂花苑 ，小区云端工作站 演示 无台阶通行" in shown
    # A station that is not called after its compound is found by its own name.
    assert "桂花新村 ，小区云端工作站 新村站" in shown
    resident.cookies["lang"] = "en"
    assert "Daily 8–20" in words(resident.get(LIST))


def test_a_row_does_not_guess(resident):
    factories.venue(step_free=None, address="")
    assert "无台阶通行" not in words(resident.get(LIST)).partition("共 1 处")[2]


def test_chosen_filters_are_taken_off_one_by_one(resident, seven):
    response = resident.get(f"{LIST}?level=4&community=community&q=站&page=1")
    assert [(str(label), str(value)) for label, value, _rest in response.context["chosen"]] == [
        ("名称", "站"),
        ("层级", "小区"),
        ("社区", "湖东街道 · 桂花社区"),
    ]
    html = response.content.decode()
    assert "?level=4&amp;community=community&quot;" not in html
    assert 'href="/venues/?level=4&amp;community=community"' in html
    assert 'href="/venues/?level=4&amp;q=%E7%AB%99"' in html


def test_a_filter_by_subdistrict_appears_with_the_second_one(resident):
    factories.venue()
    assert "subdistrict" in resident.get(LIST).context["filter"].form.fields
    for code in ("far-compound", "far-community", "far-subdistrict"):
        Area.objects.get(code=code).delete()
    forget_all()
    assert "subdistrict" not in resident.get(LIST).context["filter"].form.fields
    assert names(resident.get(f"{LIST}?subdistrict=subdistrict")) != []


def test_a_list_without_rows_says_so(resident):
    assert "还没有登记议事点。" in words(resident.get(LIST))
    factories.venue()
    shown = words(resident.get(f"{LIST}?kind=members_home"))
    assert "没有符合这些条件的议事点，" in shown
    assert "清除全部" in shown


def test_many_subdistricts_have_pages(resident, seven, monkeypatch):
    monkeypatch.setattr(views, "PER_PAGE", 1)
    assert names(resident.get(LIST)) == ALL[:6]
    second = resident.get(f"{LIST}?page=2")
    assert names(second) == ALL[6:]
    assert "议事点（第 2 页）" in second.content.decode()
    # The tally is of all, on every page.
    assert "共 7 处" in words(second)
    # A page holds subdistricts where something was found.
    assert names(resident.get(f"{LIST}?kind=consultation_studio")) == ["松林工作室"]


# --- One venue -------------------------------------------------------------------------------------------------------


@pytest.fixture
def home(db):
    return factories.venue(
        VenueKind.DELIBERATION_HOME,
        name="桂花议事之家",
        name_en="Guihua Deliberation Home",
        code="ABCD2345",
        address="桂花路 1 号 2 楼",
        hours="周一至周五 9:00–17:00",
        phone="027-8000 0001",
        latitude="30.498700",
        longitude="114.331200",
    )


def test_a_venue_s_page_says_what_is_known(resident, home):
    response = resident.get(page_of(home))
    assert response.status_code == 200
    shown, html = words(response), response.content.decode()
    for text in (
        "地址 桂花路 1 号 2 楼",
        "开放时间 周一至周五 9:00–17:00",
        "电话 027-8000 0001",
        "协商议事之家 · 桂花社区",
    ):
        assert text in shown, text
    assert 'href="tel:027-80000001"' in html
    assert 'href="/demands/new/?venue=ABCD2345"' in html
    assert f'href="/venues/{home.slug}/poster/"' in html


@pytest.mark.parametrize(("step_free", "said"), [(True, "是"), (False, "否"), (None, "暂无信息")])
def test_step_free_access_is_said_in_words_and_not_guessed(resident, home, step_free, said):
    Venue.objects.update(step_free=step_free)
    assert f"无台阶通行 {said} " in words(resident.get(page_of(home)))


def test_what_is_not_known_is_left_out(resident):
    html = resident.get(page_of(factories.venue(address=""))).content.decode()
    facts = html.partition("<dl")[2].partition("</dl>")[0]
    assert facts.count("<dt>") == 1
    assert "无台阶通行" in facts
    assert "照片" not in html


def test_maps_open_another_site_and_learn_nothing(resident, home):
    html = resident.get(page_of(home)).content.decode()
    assert "打开后将离开本站" in html
    for start in (
        "https://uri.amap.com/marker?",
        "https://api.map.baidu.com/marker?",
        "https://apis.map.qq.com/uri/v1/",
    ):
        assert f'href="{start}' in html, start
    assert html.count('rel="noopener noreferrer"') == 3
    assert "position=114.331200,30.498700&amp;name=%E6%A1%82" in html


def test_platforms_and_hosts_are_named(resident, home):
    factories.platform(venue=home)
    factories.platform("closed", venue=home, name="停办的", is_open=False)
    VenueHost.objects.create(venue=home, member=factories.committee_member("陈敏"), times="每周三上午")
    shown = words(resident.get(page_of(home)))
    assert "香樟树下 露天围坐，谁都能说" in shown
    assert "停办的" not in shown
    assert "陈敏" in shown
    assert "每周三上午" in shown


def test_the_next_and_the_last_five_events_are_shown(resident, home):
    factories.one_subdistrict()
    now = timezone.now()
    for number in range(1, 7):
        start = now + datetime.timedelta(days=number)
        factories.event(EventStatus.OPEN, venue=home, title=f"来{number}", starts_at=start, agenda=0)
        start = now - datetime.timedelta(days=number)
        factories.event(EventStatus.HELD, venue=home, title=f"去{number}", starts_at=start, agenda=0)
    factories.event(EventStatus.CANCELLED, venue=home, title="取消了", agenda=0)
    factories.event(EventStatus.OPEN, title="在别处", agenda=0)
    response = resident.get(page_of(home))
    assert [event.title for event in response.context["coming"]] == ["来1", "来2", "来3", "来4", "来5"]
    assert [event.title for event in response.context["past"]] == ["去1", "去2", "去3", "去4", "去5"]
    html = response.content.decode()
    assert f'href="/events/?venue={home.slug}"' in html
    assert f'href="/events/?venue={home.slug}&amp;when=past"' in html


def test_a_venue_without_events_says_so(resident, home):
    shown = words(resident.get(page_of(home)))
    assert "目前没有安排活动。" in shown
    assert "往期活动" not in shown


def test_public_demands_raised_there_are_shown_with_their_results(resident, home):
    for status in (S.RECEIVED, S.RESOLVED, S.CONFIRMED, S.DECLINED):
        factories.publish(factories.demand(status, venue=home), title=f"公开的 {status}")
    factories.demand(S.RESOLVED, venue=home, description="没有公开的")
    factories.publish(factories.demand(S.RESOLVED), title="在别处提的")
    shown = words(resident.get(page_of(home)))
    assert "已公开 4 件，已办结 2 件。" in shown
    for status in (S.RECEIVED, S.RESOLVED, S.CONFIRMED, S.DECLINED):
        assert f"公开的 {status}" in shown
    assert "没有公开的" not in shown
    assert "在别处提的" not in shown


def test_ten_demands_are_enough(resident, home):
    for number in range(12):
        factories.publish(factories.demand(venue=home), title=f"第 {number:02d} 件")
    shown = words(resident.get(page_of(home)))
    assert "已公开 12 件，已办结 0 件。" in shown
    assert [number for number in range(12) if f"第 {number:02d} 件" in shown] == list(range(2, 12))


@pytest.mark.parametrize(
    ("kind", "address"),
    [
        (VenueKind.MEMBERS_HOME, "/demands/"),
        (VenueKind.CONSULTATION_STUDIO, "/demands/?community=community"),
        (VenueKind.CLOUD_STATION, "/demands/?compound=compound"),
    ],
)
def test_the_way_on_leads_to_the_demands_around(resident, kind, address):
    html = flat(resident.get(page_of(factories.venue(kind))).content.decode())
    assert f'<a class="onward" href="{address}">' in html
    assert "还没有在这里提出的公开需求。" in html


def test_only_approved_photos_are_shown(resident, home):
    file = {"full": "a.jpg", "thumbnail": "b.jpg", "width": 64, "height": 48, "venue": home}
    shown, *hidden = (
        Picture.objects.create(alt=f"照片 {review}", review=review, **file)
        for review in (PhotoReview.APPROVED, PhotoReview.PENDING, PhotoReview.REJECTED)
    )
    html = flat(resident.get(page_of(home)).content.decode())
    assert f'src="/pictures/{shown.pk}-s.jpg" alt="照片 approved" width="64" height="48"' in html
    for picture in hidden:
        assert f"/pictures/{picture.pk}" not in html


def test_a_closed_or_unknown_venue_has_no_page(resident):
    factories.venue(slug="closed", is_open=False)
    for slug in ("closed", "none-such", "platforms-", "x" * 10_000):
        for address in (f"/venues/{slug}/", f"/venues/{slug}/poster/"):
            assert resident.get(address).status_code == 404, address[:100]


# --- The poster ------------------------------------------------------------------------------------------------------


def test_the_poster_says_who_where_and_how(resident, home, settings):
    settings.SITE_URL = "https://portal.example"
    response = resident.get(f"{page_of(home)}poster/")
    assert response.status_code == 200
    shown, html = words(response), response.content.decode()
    for text in (
        "政协湖东街道联络委",
        "扫码说出您的需求，大家一起商量着办",
        "https://portal.example/v/ABCD2345/",
        "桂花议事之家",
        "Guihua Deliberation Home",
        "联络委电话： 027-80000000",
        "紧急情况请直接拨打：报警 110",
    ):
        assert text in shown, text
    assert [html.count(f'"tel:{number}"') for number in (110, 119, 120)] == [2, 2, 2]
    assert html.count("<svg") == 1
    assert html.count('class="sheet"') == 1


def test_no_phone_number_is_made_up(resident):
    venue = factories.venue(VenueKind.CONSULTATION_STUDIO, factories.tree().far_community)
    shown = words(resident.get(f"{page_of(venue)}poster/"))
    assert "联络委电话" not in shown
    assert "027-" not in shown


def test_the_sheet_is_chinese_on_an_english_page_too(resident, home):
    resident.cookies["lang"] = "en"
    html = resident.get(f"{page_of(home)}poster/").content.decode()
    assert '<html lang="en">' in html
    assert '<main lang="zh-Hans">' in html
    assert '<p class="call">扫码说出您的需求，大家一起商量着办</p>' in html
    assert "<h2>桂花议事之家</h2>" in html


def test_looking_at_pages_counts_no_scan(resident, home):
    for address in (LIST, page_of(home), f"{page_of(home)}poster/", "/demands/new/?venue=ABCD2345"):
        assert resident.get(address).status_code == 200
    assert not VenueScan.objects.exists()


# --- What the code opens ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["ABCD2345", "abcd2345"])
def test_a_scan_is_counted_and_goes_to_the_form(resident, home, typed):
    today = datetime.date(2026, 3, 1)
    with mock.patch("django.utils.timezone.localdate", return_value=today):
        response = resident.get(f"/v/{typed}/")
    assert response.status_code == 302
    assert response["Location"] == "/demands/new/?venue=ABCD2345"
    assert response["Cache-Control"] == "no-store"
    assert [(scan.venue, scan.day, scan.count) for scan in VenueScan.objects.all()] == [(home, today, 1)]
    assert "您扫描的是“桂花议事之家”的二维码。" in words(resident.get(response["Location"]))


def test_the_second_scan_counts_again(resident, home):
    for _time in range(3):
        resident.get("/v/ABCD2345/")
    assert VenueScan.objects.get().count == 3


def test_a_head_request_counts_nothing(resident, home):
    response = resident.head("/v/ABCD2345/")
    assert (response.status_code, response["Location"]) == (302, "/demands/new/?venue=ABCD2345")
    assert not VenueScan.objects.exists()


@each_row("code", ["ABCD2346", "A%00B", "a%20b", "二维码", "x" * 10_000, "%3Fvenue=ABCD2345"])
def test_an_unknown_code_leads_to_the_form_which_says_so(resident, home, code):
    response = resident.get(f"/v/{code}/")
    assert response.status_code == 302
    assert response["Location"].startswith("/demands/new/?venue=")
    assert len(response["Location"]) < 140
    assert "没有识别出这个二维码的地点，请自行选择小区。" in words(resident.get(response["Location"]))
    assert not VenueScan.objects.exists()


def test_a_closed_venue_s_code_is_unknown(resident, home):
    Venue.objects.update(is_open=False)
    response = resident.get("/v/ABCD2345/")
    assert "没有识别出这个二维码的地点" in words(resident.get(response["Location"]))
    assert not VenueScan.objects.exists()


# --- Platforms -------------------------------------------------------------------------------------------------------


def test_platforms_are_listed_with_their_style_and_home(resident, home):
    factories.platform(venue=home, is_demo=True)
    factories.platform("second", venue=home, name="流水议事会", order=1)
    factories.platform("closed", venue=home, name="停办的", is_open=False)
    shown = words(resident.get("/venues/platforms/"))
    assert "香樟树下 露天围坐，谁都能说 演示 · 桂花议事之家 流水议事会" in shown
    assert "停办的" not in shown


def test_a_platform_s_card_says_what_came_of_it_and_when_it_meets_next(resident, platform):
    held = factories.event("minutes_published", platform=platform)
    factories.picture(event=held)
    agreement = factories.agreement(held, what="装两盏灯")
    agreements.fulfil(agreement, actor=SYSTEM, outcome="亮了", evidence="照片", measured_on=timezone.localdate())
    coming = factories.event("open", platform=platform)
    response = resident.get("/venues/platforms/")
    shown = words(response)
    assert "已举办 1 次 · 约定 1 项，已兑现 1 项" in shown
    assert f"下一次 {date_format(timezone.localtime(coming.starts_at), 'DATE_FORMAT')}" in shown
    assert f"/pictures/{held.pictures.get().pk}-s.jpg" in response.content.decode()


def test_a_list_without_platforms_says_so(resident):
    assert "还没有登记议事平台。" in words(resident.get("/venues/platforms/"))


@pytest.fixture
def platform(home):
    return factories.platform(venue=home, summary="树荫底下。\n\n每月一次。")


def test_an_empty_platform_says_what_will_stand_there(resident, platform):
    shown = words(resident.get("/venues/platforms/under-the-camphor/"))
    for text in (
        "香樟树下 露天围坐，谁都能说 常驻 ： 桂花议事之家 · 桂花社区",
        "树荫底下。 每月一次。",
        "目前没有安排活动。",
        "还没有举办过活动。",
        "还没有公布约定。",
    ):
        assert text.replace(" ", "") in shown.replace(" ", ""), text


def test_a_platform_shows_its_events_and_what_came_of_them(resident, platform):
    factories.one_subdistrict()
    factories.event(EventStatus.OPEN, platform=platform, title="要来的")
    held = factories.event(EventStatus.MINUTES_PUBLISHED, platform=platform, title="办过的")
    unpublished = factories.event(EventStatus.HELD, platform=platform, title="纪要没公布的")
    kept = factories.agreement(held, what="装两盏灯")
    agreements.fulfil(
        kept,
        actor=SYSTEM,
        outcome="两盏灯都亮了",
        evidence="现场照片",
        measured_on=timezone.localdate(),
    )
    factories.agreement(held, what="修路")
    factories.agreement(unpublished, what="还没公布的约定")
    factories.agreement(factories.event(EventStatus.MINUTES_PUBLISHED, title="别处的"), what="别处的约定")
    response = resident.get("/venues/platforms/under-the-camphor/")
    shown = words(response)
    for text in ("要来的", "办过的", "纪要没公布的", "往期活动 2 达成约定 2 已兑现 1", "装两盏灯", "两盏灯都亮了"):
        assert text in shown, text
    for text in ("还没公布的约定", "别处"):
        assert text not in shown, text
    html = response.content.decode()
    assert 'href="/events/?platform=under-the-camphor"' in html
    assert 'href="/events/?platform=under-the-camphor&amp;when=past"' in html


def test_a_platform_whose_home_closed_stays_without_a_dead_link(resident, home, platform):
    Venue.objects.update(is_open=False)
    response = resident.get("/venues/platforms/under-the-camphor/")
    assert "桂花议事之家" in words(response)
    assert page_of(home) not in response.content.decode()


@pytest.mark.parametrize("slug", ["closed", "none-such"])
def test_a_closed_or_unknown_platform_has_no_page(resident, slug):
    factories.platform("closed", is_open=False)
    assert resident.get(f"/venues/platforms/{slug}/").status_code == 404


# --- Methods, and the number of queries ------------------------------------------------------------------------------

ADDRESSES = [
    "/venues/",
    "/venues/platforms/",
    "/venues/platforms/under-the-camphor/",
    "/venues/deliberation-home-community/",
    "/venues/deliberation-home-community/poster/",
    "/v/ABCD2345/",
]


def test_nothing_is_sent_here(resident, platform):
    for address in ADDRESSES:
        for method in ("post", "put", "delete", "patch"):
            assert getattr(resident, method)(address).status_code == 405, (method, address)
    assert not VenueScan.objects.exists()


def _full(number: int) -> None:
    """A venue more in the community with all that a venue's page shows, as often as rows are asked for."""
    home = Venue.objects.get(code="ABCD2345")
    place = Area.objects.create(
        level=4, parent=factories.tree().community, code=f"compound-{number}", name=f"小区 {number}", order=number
    )
    factories.venue(VenueKind.CLOUD_STATION, place)
    platform = factories.platform(f"platform-{number}", venue=home, name=f"平台 {number}")
    start = timezone.now() + datetime.timedelta(days=number + 1)
    where = {"venue": home, "platform": Platform.objects.get(slug="under-the-camphor"), "series": factories.series()}
    factories.event(EventStatus.OPEN, starts_at=start, agenda=0, **where)
    start = timezone.now() - datetime.timedelta(days=number + 1)
    held = factories.event(EventStatus.MINUTES_PUBLISHED, starts_at=start, agenda=0, **where)
    done = factories.agreement(
        held, what=f"约定 {number}", office="", organisation=factories.organisation(f"单位 {number}")
    )
    agreements.fulfil(done, actor=SYSTEM, outcome="好", evidence="照片", measured_on=timezone.localdate())
    factories.publish(factories.demand(venue=home), title=f"需求 {number}")
    VenueHost.objects.create(venue=home, member=factories.committee_member(f"委员 {number}"))
    file = {"full": "a.jpg", "thumbnail": "b.jpg", "width": 64, "height": 48, "venue": home}
    Picture.objects.create(alt="照片", review=PhotoReview.APPROVED, **file)
    assert platform.pk


# The list counts twice, all by their kinds and what was found by its places, and reads what its page shows.
QUERIES = {
    "/venues/": 3,
    "/venues/?level=4&kind=cloud_station&community=community&subdistrict=subdistrict&q=小区": 3,
    "/venues/platforms/": 6,
    "/venues/platforms/under-the-camphor/": 9,
    "/venues/deliberation-home-community/": 8,
    "/venues/deliberation-home-community/poster/": 1,
    "/v/ABCD2345/": 2,
}


@pytest.mark.parametrize("rows", [1, 4])
def test_every_page_makes_its_number_of_queries(
    resident, platform, rows, django_assert_num_queries, django_assert_max_num_queries, subtests
):
    for number in range(rows):
        _full(number)
    forget_all()
    for address, expected in QUERIES.items():
        resident.get(address)
        with subtests.test(address), django_assert_num_queries(expected):
            assert resident.get(address).status_code in (200, 302)
    # With nothing known yet: the tree, the portal's row, categories, the calendar and the committees are read too.
    for address in QUERIES:
        cache.clear()
        forget_all()
        with subtests.test(f"cold {address}"), django_assert_max_num_queries(12 if "-" in address else 8):
            assert resident.get(address).status_code in (200, 302)


def test_the_numbers_keep_to_the_budget():
    assert QUERIES["/venues/"] <= 8
    assert QUERIES["/venues/platforms/"] <= 8
    assert max(QUERIES.values()) <= 12
