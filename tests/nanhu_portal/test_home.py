"""The home page: figures with their definitions, results and events, how consultation works, the story."""

import datetime
import re

import pytest
from django.utils import timezone

from consultation.models import Topic, VenueKind
from demands.statistics import editions
from demands.workflow import DemandStatus as S
from foundation.cached import forget_all
from foundation.portal import Portal
from nanhu_portal import drawings
from tests import factories
from tests.pages import flat, forms, words
from tools.nanhu import portal as nanhu

pytestmark = pytest.mark.django_db

NOW = timezone.now()
DAY = datetime.timedelta(days=1)


def page(client) -> str:
    response = client.get("/")
    assert response.status_code == 200
    return flat(response.content.decode())


# --- Figures ---------------------------------------------------------------------------------------------------------


def figure(html: str, name: str) -> str:
    """The figure with a name, on one line."""
    found = re.search(rf"<div><dt>{name}</dt>(.*?)</div>", html, re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", found[1]).split())


def test_the_figures_are_counted_from_rows_and_the_same_as_those_of_the_rates(resident, monkeypatch):
    monkeypatch.setattr("demands.statistics.rates.SMALLEST", 3)
    for status in (S.CONFIRMED, S.RESOLVED, S.ACCEPTED, S.RECEIVED):
        factories.demand(status)
    late = factories.demand(S.ACCEPTED, at=NOW - 60 * DAY)
    late.answered_at = NOW
    late.save()
    editions.publish()
    html = page(resident)
    assert figure(html, "收集需求") == "5 计算方法 ：收集需求"
    assert figure(html, "已经办结") == "2 计算方法 ：已经办结"
    assert figure(html, "按时答复") == "66.7 % 3 件中 2 件 计算方法 ：按时答复"
    assert figure(html, "对结果满意") == "未公布 计算方法 ：对结果满意"
    assert '<p class="share">66.7%</p>' in resident.get("/rates/").content.decode()
    assert f'href="/annual/{timezone.localdate().year}/"' in html


def test_a_rate_over_fewer_than_ten_is_shown_in_counts(resident):
    factories.demand(S.CONFIRMED)
    editions.publish()
    assert figure(page(resident), "已经办结") == "未公布 计算方法 ：已经办结"
    forget_all()
    for _number in range(4):
        factories.demand(S.CONFIRMED)
    editions.publish()
    html = page(resident)
    assert figure(html, "按时答复") == "5 件中 5 件 计算方法 ：按时答复"
    assert figure(html, "对结果满意") == "未公布 计算方法 ：对结果满意"


def test_what_came_since_the_last_count_is_shown_next_to_it(resident):
    factories.demand(S.ACCEPTED, at=NOW - DAY)
    factories.acting_at(NOW - datetime.timedelta(hours=1), editions.publish)
    assert "此后又收到" not in page(resident)
    factories.demand(S.RESOLVED)
    factories.demand()
    # Figures are cached for a minute.
    assert "此后又收到" not in page(resident)
    forget_all()
    assert "有五件变化或满一个月时更新。此后又收到 2 件，办结 1 件。" in page(resident)


def test_every_definition_is_where_its_link_leads(resident):
    factories.demand(S.CONFIRMED)
    links = re.findall(r'href="(/rates/)#([\w-]+)">计算方法', page(resident))
    assert [anchor for _path, anchor in links] == ["counting", "resolution", "response", "result"]
    rates = resident.get("/rates/").content.decode()
    for _path, anchor in links:
        assert f'id="{anchor}"' in rates


def test_published_needs_can_be_searched_from_here(resident):
    found = factories.demand(public=True)
    [form] = re.findall(r'<form class="find"[^>]*>.*?</form>', page(resident), re.S)
    assert 'method="get" action="/demands/"' in form
    assert '<label id="q-home-label" for="q-home">' in form
    assert 'type="search" id="q-home" name="q"' in form
    assert f"/demands/{found.ref}/" in resident.get("/demands/", {"q": "路灯"}).content.decode()


# --- An empty portal -------------------------------------------------------------------------------------------------


def test_an_empty_portal_says_what_is_to_come_and_leads_on(resident):
    text, html = words(resident.get("/")), page(resident)
    for sentence in (
        "还没有收到需求。从第一件起",
        "还没有公开的结果。",
        "目前没有正在办理的公开需求。",
        "近期还没有安排活动",
        "现在没有正在征集的议题",
        "还没有登记议事点。",
        "还没有定期举办的系列活动。",
    ):
        assert sentence in text
    for address in ("/demands/new/", "/demands/track/", "/projects/agreements/", "/events/", "/topics/", "/venues/"):
        assert f'href="{address}"' in html
    # No figures, no drawing of places and no names without rows.
    assert 'class="figs"' not in html
    assert "lake-title" not in html
    assert "南湖" not in html


def test_the_first_need_of_a_day_is_not_called_none(resident):
    factories.acting_at(NOW - DAY, editions.publish)
    factories.demand()
    assert "刚收到 1 件需求，满五件或满一个月时开始统计。" in words(resident.get("/"))


# --- Results and what is under way -----------------------------------------------------------------------------------


def titles(html: str, section: str) -> list[str]:
    """The headings of the rows of a section."""
    found = re.search(rf'<section[^>]*aria-labelledby="{section}">(.*?)</section>', html, re.S)
    return re.findall(r'<h3><a href="[^"]+">(.*?)</a></h3>', found[1])


def published(title: str, *moves, days_ago: int, **values):
    """A public demand whose moves were a day apart, the last so many days ago."""
    start = NOW - (days_ago + len(moves)) * DAY
    found = factories.publish(factories.demand(at=start, **values), title=title, at=start)
    for number, to in enumerate(moves, 1):
        found = factories.move(found, to, at=start + number * DAY)
    return found


def test_results_are_the_public_ones_resolved_last_each_with_its_day_and_chain(resident):
    resolved = (S.ACCEPTED, S.IN_PROGRESS, S.RESOLVED)
    published("先办结的", *resolved, days_ago=9)
    latest = published("后办结的", *resolved, S.CONFIRMED, days_ago=2)
    published("未予办理的", S.DECLINED, days_ago=1)
    factories.demand(S.RESOLVED, description="没有公开的")
    html = page(resident)
    assert titles(html, "results") == ["后办结的", "先办结的"]
    day = timezone.localtime(latest.closed_at)
    assert f"办结：{day.year}年{day.month}月{day.day}日 星期{'一二三四五六日'[day.weekday()]}" in html
    assert html.count('<ol class="mini"') == 2
    assert "没有公开的" not in html


def test_under_way_are_the_newest_public_ones_with_the_day_of_their_last_step(resident):
    published("老的", S.ACCEPTED, days_ago=8)
    found = published("新的", S.ACCEPTED, S.IN_PROGRESS, days_ago=3)
    published("办结的", S.ACCEPTED, S.IN_PROGRESS, S.RESOLVED, days_ago=1)
    html = page(resident)
    assert titles(html, "under-way") == ["新的", "老的"]
    day = timezone.localtime(found.transitions.order_by("-at").first().at)
    assert f"最近一步：{day.year}年{day.month}月{day.day}日" in html


# --- Events and topics -----------------------------------------------------------------------------------------------


def test_the_next_events_stand_with_day_time_place_and_places_left(resident):
    starts_at = timezone.localtime(NOW + 9 * DAY).replace(hour=14, minute=30)
    one = factories.event(title="商量车棚", starts_at=starts_at, capacity=3)
    factories.sign_up(one)
    full = factories.event(title="已满的", starts_at=starts_at + DAY, capacity=1)
    factories.sign_up(full, phone="13912345679")
    factories.event("cancelled", title="取消了的", starts_at=starts_at)
    factories.event("held", title="举行过的")
    html, text = page(resident), words(resident.get("/"))
    assert titles(html, "next") == ["商量车棚", "已满的"]
    weekday = f"星期{'一二三四五六日'[starts_at.weekday()]}"
    assert f"<b>{starts_at.day}</b><span>{starts_at.month}月</span><span>{weekday}</span>" in html
    assert "14:30 – 16:30 · 桂花路 1 号院内" in text
    assert "还有 2 个名额" in text
    assert "名额已满" in text and "可报名候补" in text


def test_topics_are_ordered_from_here_the_most_ordered_first(resident):
    factories.topic("没人点的")
    factories.topic("截止了的", closes_on=timezone.localdate() - DAY)
    wanted = factories.topic("点过的")
    Topic.objects.filter(pk=wanted.pk).update(order_count=7)
    response = resident.get("/")
    assert titles(response.content.decode(), "order") == ["点过的", "没人点的"]
    order = next(form for form in forms(response) if form.values.get("topic") == str(wanted.pk))
    sent = order.send(resident)
    assert (sent.status_code, sent["Location"]) == (302, f"/topics/{wanted.pk}/")
    assert Topic.objects.get(pk=wanted.pk).order_count == 8
    response = resident.get("/")
    assert "您已关心" in words(response)
    assert not [form for form in forms(response) if form.values.get("topic") == str(wanted.pk)]


def test_elder_mode_shows_fewer_rows_and_every_way_on(resident):
    resolved = (S.ACCEPTED, S.IN_PROGRESS, S.RESOLVED)
    for number in range(3):
        published(f"办结 {number}", *resolved, days_ago=number)
        published(f"在办 {number}", S.ACCEPTED, days_ago=number)
        factories.event(title=f"活动 {number}", starts_at=NOW + (number + 2) * DAY)
        factories.topic(f"议题 {number}")
    factories.venue()
    factories.series()
    plain = page(resident)
    resident.cookies.load({"elder": "1"})
    elder = page(resident)
    for section in ("results", "under-way", "next", "order"):
        assert (len(titles(plain, section)), len(titles(elder, section))) == (3, 2)
    for address in ("/demands/", "/events/", "/topics/", "/venues/#plan", "/events/rhythm/", "/demands/new/"):
        assert f'href="{address}"' in elder


# --- How consultation works here -------------------------------------------------------------------------------------


def test_the_drawing_of_places_has_a_mark_for_each_open_venue(resident):
    tree = factories.tree()
    factories.venue(VenueKind.MEMBERS_HOME)
    factories.venue(VenueKind.DELIBERATION_HOME)
    factories.venue(VenueKind.CONSULTATION_STUDIO, tree.other_community)
    for place in (tree.compound, tree.second_compound):
        factories.venue(VenueKind.CLOUD_STATION, place)
    factories.venue(VenueKind.CLOUD_STATION, tree.other_compound, is_open=False)
    html, text = page(resident), words(resident.get("/"))
    marks = re.findall(r'<path class="spot (\w+)"', html)
    assert marks == ["members_home", "deliberation_home", "consultation_studio", "cloud_station", "cloud_station"]
    for sentence in (
        "街道 2 个",
        "政协委员之家 1 处",
        "协商议事之家 1 处",
        "协商工作室 1 处",
        "小区 4 个",
        "小区云端工作站 2 处",
    ):
        assert sentence in text
    assert "看 5 处议事点分布图" in text


def test_a_level_without_venues_takes_no_ring(resident):
    factories.venue(VenueKind.CLOUD_STATION)
    html = page(resident)
    assert html.count('<ellipse class="water"') == 1
    assert "政协委员之家" not in html


def test_marks_stand_on_their_ring_and_never_crowd_it():
    [single] = drawings.ring(0, ((VenueKind.MEMBERS_HOME, 1),)).marks
    assert (single.x, single.y) == (175, 150)
    ring = drawings.ring(2, ((VenueKind.CLOUD_STATION, 28),))
    assert len({(mark.x, mark.y) for mark in ring.marks}) == 28
    for mark in ring.marks:
        assert ((mark.x - 175) / 168) ** 2 + ((mark.y - 124) / 106) ** 2 == pytest.approx(1, abs=0.01)
    many = drawings.ring(1, ((VenueKind.DELIBERATION_HOME, 100), (VenueKind.CONSULTATION_STUDIO, 300)))
    assert len(many.marks) <= drawings.MAX_MARKS
    assert {mark.kind for mark in many.marks} == {VenueKind.DELIBERATION_HOME, VenueKind.CONSULTATION_STUDIO}


def test_the_rhythm_shows_what_was_held_missed_and_is_to_come_this_year(resident, monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: datetime.datetime(2026, 6, 15, 4, tzinfo=datetime.UTC))
    talks, studies = factories.series(), factories.series("weekly-study", name="周周学", cadence="weekly")
    for day in (datetime.date(2025, 12, 31), datetime.date(2026, 1, 1), datetime.date(2026, 6, 15)):
        factories.slot(talks, day)
    factories.study_note(studies, slot=factories.slot(studies, datetime.date(2026, 6, 8)))
    factories.slot(studies, datetime.date(2026, 12, 31))
    factories.slot(studies, datetime.date(2027, 1, 8))
    factories.series("annual-showcase", name="年年展", cadence="yearly")
    factories.series("festival", name="惠民节", cadence="none", kind="brand")
    html, text = page(resident), words(resident.get("/"))
    assert "月月谈 计划 2，已办 0，错过 1，待办 1" in text
    assert "周周学 计划 2，已办 1，错过 0，待办 1" in text
    assert "年年展 今年还没有安排。" in text
    assert "惠民节" not in text
    assert re.findall(r'<i class="tone (\w+)"></i>', html) == ["late", "todo", "done", "todo"]


def test_a_series_of_several_subdistricts_is_shown_with_its_place(resident):
    tree = factories.tree()
    factories.series()
    assert "湖东街道" not in words(resident.get("/")).partition("什么时候商量")[2]
    factories.series(area=tree.far_subdistrict)
    forget_all()
    text = words(resident.get("/")).partition("什么时候商量")[2]
    assert "月月谈 湖东街道" in text
    assert "月月谈 湖西街道" in text


# --- The story -------------------------------------------------------------------------------------------------------


def test_the_story_is_in_the_language_of_the_page_with_its_source(resident):
    row = Portal.objects.create(
        pk=1,
        name="湖东协商",
        story_title="从湖边说起",
        story="湖边先有了树。\n\n  \n树下坐了人。\r\n\r\n<b>人</b>商量着办。",
        story_source="据《湖东记》",
        story_en="First there was a tree.\n\nThen people sat down.",
    )
    forget_all()
    html = page(resident)
    for part in ("从湖边说起", "<p>湖边先有了树。</p>", "<p>树下坐了人。</p>", "据《湖东记》"):
        assert part in html
    assert "<p>&lt;b&gt;人&lt;/b&gt;商量着办。</p>" in html
    resident.cookies.load({"lang": "en"})
    html = page(resident)
    assert "<p>First there was a tree.</p>" in html
    assert "湖边先有了树。" not in html
    row.story = row.story_en = ""
    row.save()
    forget_all()
    assert 'id="story"' not in page(resident)


def test_the_story_of_nanhu_fits_its_fields_and_quotes_the_printed_sum_of_venues_with_what_they_add_up_to(resident):
    row = Portal(pk=1, **nanhu.PORTAL)
    row.full_clean()
    row.save()
    forget_all()
    assert len(row.story.strip().split("\n\n")) == len(row.story_en.strip().split("\n\n")) == 6
    for text in (row.story, row.story_en):
        assert [text.count(total) for total in ("38", "35")] == [1, 1]
    assert words(resident.get("/")).count("报道") >= 4


def test_the_stories_fields_are_edited_in_the_admin(admin_client):
    Portal.objects.create(pk=1, name="湖东协商")
    html = admin_client.get("/admin/foundation/portal/1/change/").content.decode()
    for field in Portal._meta.fields:
        if field.editable and field.name not in ("id", "changed_at"):
            assert f'name="{field.name}"' in html, field.name
