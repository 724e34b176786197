"""The public year: what was planned, held and missed; and a study note's page."""

import datetime
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from consultation.models import Series, Slot, StudyNote, VenueKind
from consultation.services import rhythm
from consultation.workflow import EventStatus
from foundation import clock
from foundation.actors import SYSTEM
from tests import factories
from tests.pages import words

pytestmark = pytest.mark.django_db

ADDRESS = "/events/rhythm/"
D = datetime.date
SHANGHAI = ZoneInfo("Asia/Shanghai")


def at(*parts: int) -> datetime.datetime:
    return datetime.datetime(*parts, tzinfo=SHANGHAI)


@pytest.fixture(autouse=True)
def now(monkeypatch):
    """It is 11 March 2026, ten in the morning."""
    monkeypatch.setattr(timezone, "now", lambda: at(2026, 3, 11, 10))


def planned(series: Series, *days: str, **values) -> list[Slot]:
    return [
        Slot.objects.create(
            series=series,
            period=rhythm.period_of(series.cadence, D.fromisoformat(day)),
            planned_on=D.fromisoformat(day),
            **values,
        )
        for day in days
    ]


def held(slot: Slot, **values):
    starts_at = values.pop("starts_at", None) or at(*slot.planned_on.timetuple()[:3], 14)
    return factories.event(EventStatus.HELD, slot=slot, series=slot.series, starts_at=starts_at, **values)


def study(slot: Slot | None = None, **values) -> StudyNote:
    defaults = {
        "series": slot.series if slot else factories.series("study", cadence="weekly", name="周周学"),
        "title": "协商民主是什么",
        "body": "第一点\n第二点",
        "published_at": at(2026, 2, 6, 9),
    }
    return StudyNote.objects.create(slot=slot, **(defaults | values))


def test_a_year_tells_what_was_held_missed_and_is_to_come(resident):
    series = factories.series(about="每月谈一次。")
    january, _february, march = planned(series, "2026-01-10", "2026-02-14", "2026-03-14")
    event = held(january)
    page = resident.get(ADDRESS)
    assert page.status_code == 200
    text, html = words(page), page.content.decode()
    assert "2026 年的计划和举办情况" in text
    assert "计划 3，已办 1，错过 1，待办 1" in text
    assert "2026年1月10日 星期六 10 已办 加装门禁，大家一起商量" in text
    assert "2026年2月14日 星期六 14 错过" in text
    assert "2026年3月14日 星期六 14 待办" in text
    assert html.count(f'href="/events/{event.pk}/"') == 1
    assert f'datetime="{march.planned_on}"' in html
    assert "每月谈一次。" in text


def test_what_nobody_planned_is_not_there(resident):
    factories.series()
    page = resident.get(ADDRESS)
    assert "这一年没有安排。" in words(page)
    assert "<time" not in page.content.decode()


def test_each_venue_has_its_own_line(resident):
    series = factories.series(by_venue=True)
    home, studio = factories.venue(VenueKind.DELIBERATION_HOME), factories.venue(VenueKind.CONSULTATION_STUDIO)
    planned(series, "2026-01-10", "2026-02-14", venue=home)
    (slot,) = planned(series, "2026-01-17", venue=studio)
    held(slot)
    text = words(resident.get(ADDRESS))
    assert "桂花社区协商议事之家 计划 2，已办 0，错过 2，待办 0" in text
    assert "桂花社区协商工作室 计划 1，已办 1，错过 0，待办 0" in text


def test_a_study_note_is_what_became_of_a_week(resident):
    series = factories.series("study", cadence="weekly", name="周周学")
    first, second = planned(series, "2026-02-06", "2026-02-13")
    note = study(first)
    study(second, published_at=None, title="还没写好")
    page = resident.get(ADDRESS)
    assert f'href="/events/studies/{note.pk}/"' in page.content.decode()
    assert "计划 2，已办 1，错过 1，待办 0" in words(page)
    assert "还没写好" not in words(page)


def test_a_note_nobody_planned_is_named_and_counts_for_no_slot(resident):
    planned(factories.series("study", cadence="weekly", name="周周学"), "2026-02-06")
    note = study(title="加推的一篇")
    study(title="去年加推的", published_at=at(2025, 12, 31, 23, 59))
    study(title="草稿", published_at=None)
    page = resident.get(ADDRESS)
    assert "计划 1，已办 0，错过 1，待办 0" in words(page)
    assert "计划外推送的： 加推的一篇" in words(page)
    assert f'href="/events/studies/{note.pk}/"' in page.content.decode()
    assert "去年加推的" not in words(page)
    assert "草稿" not in words(page)
    assert "去年加推的" in words(resident.get(ADDRESS, {"year": "2025"}))


def test_invented_dates_are_marked(resident):
    planned(factories.series(), "2026-02-14")
    assert "含演示数据" not in words(resident.get(ADDRESS))
    planned(factories.series(), "2026-01-10", is_demo=True)
    assert "计划 2，已办 0，错过 2，待办 0 · 含演示" in words(resident.get(ADDRESS))


def test_a_meeting_on_another_day_is_said_so(resident):
    (slot,) = planned(factories.series(), "2026-01-10")
    held(slot, starts_at=at(2026, 1, 17, 14))
    assert "原定1月10日的一次，改到2026年1月17日 星期六。" in words(resident.get(ADDRESS))


def test_a_note_pushed_late_is_said_so(resident):
    series = factories.series("study", cadence="weekly", name="周周学")
    study(planned(series, "2026-02-06")[0], published_at=at(2026, 2, 9, 0, 30))
    assert "原定2月6日的一次，于2026年2月9日 星期一推送。" in words(resident.get(ADDRESS))


def test_a_cancelled_event_does_not_count_and_is_not_linked(resident):
    (slot,) = planned(factories.series(), "2026-02-14")
    event = factories.event(EventStatus.CANCELLED, slot=slot, series=slot.series, starts_at=at(2026, 2, 14, 14))
    page = resident.get(ADDRESS)
    assert "错过 1" in words(page)
    assert f"/events/{event.pk}/" not in page.content.decode()


def test_of_two_meetings_on_one_slot_it_counts_once(resident):
    (slot,) = planned(factories.series(), "2026-02-14")
    held(slot), held(slot, starts_at=at(2026, 2, 15, 14))
    assert "计划 1，已办 1，错过 0，待办 0" in words(resident.get(ADDRESS))


def test_a_coming_event_is_linked(resident):
    (slot,) = planned(factories.series(), "2026-03-14")
    event = factories.event(EventStatus.OPEN, slot=slot, series=slot.series, starts_at=at(2026, 3, 14, 14))
    assert f'href="/events/{event.pk}/"' in resident.get(ADDRESS).content.decode()


def test_years_that_have_dates_can_be_chosen(resident):
    series = factories.series()
    planned(series, "2023-05-13", "2025-05-10", "2026-05-09")
    page = resident.get(ADDRESS, {"year": "2025"})
    html = page.content.decode()
    assert [year for year in range(2020, 2030) if f'href="?year={year}"' in html] == [2023, 2026]
    assert '<span aria-current="page">2025</span>' in html
    assert "计划 1，已办 0，错过 1，待办 0" in words(page)


def test_the_first_week_stands_in_the_year_of_its_day(resident):
    planned(factories.series("study", cadence="weekly", name="周周学"), "2026-01-02")
    assert "计划 1，" in words(resident.get(ADDRESS, {"year": "2026"}))
    assert "计划 1，" not in words(resident.get(ADDRESS, {"year": "2025"}))


def test_a_year_without_dates_is_an_empty_year(resident):
    planned(factories.series(), "2026-01-10")
    assert "这一年没有安排。" in words(resident.get(ADDRESS, {"year": "2031"}))


def test_a_year_that_is_none_gets_a_sentence(resident, subtests):
    planned(factories.series(), "2026-01-10")
    for year in ("0", "0000", "99999", "-1", "abc", "\x00", "2" * 10_000, "２０２６", "20.6", "2026 "):
        page = resident.get(ADDRESS, {"year": year})
        with subtests.test(year[:100]):
            assert page.status_code == 200
            assert "网址中的年份无效，以下为 2026 年的内容。" in words(page)
            assert "计划 1" in words(page)


def test_series_out_of_use_and_those_without_a_rhythm_are_not_shown(resident):
    planned(factories.series("old", name="旧系列", is_active=False), "2024-01-10")
    factories.series("brand", name="邻里惠民节", cadence="none", kind="brand")
    page = resident.get(ADDRESS)
    assert "旧系列" not in words(page)
    assert "邻里惠民节" not in words(page)
    assert "?year=2024" not in page.content.decode()


def test_two_subdistricts_are_told_apart(resident):
    factories.series()
    assert "月月谈 湖东街道" not in words(resident.get(ADDRESS))
    factories.series(area=factories.tree().far_subdistrict)
    text = words(resident.get(ADDRESS))
    assert "月月谈 湖东街道" in text
    assert "月月谈 湖西街道" in text


def test_in_english_it_reads_english(resident):
    resident.cookies["lang"] = "en"
    planned(factories.series(), "2026-01-10")
    assert "Monthly Talk" in words(resident.get(ADDRESS))


@pytest.mark.parametrize("address", [ADDRESS, "/events/studies/1/"])
def test_pages_are_only_read(resident, address):
    for method in ("post", "put", "patch", "delete"):
        assert getattr(resident, method)(address).status_code == 405


def count(client, address: str) -> int:
    client.get(address)  # fills what is kept in memory
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


def test_a_year_costs_five_queries_at_one_slot_and_at_many(resident):
    series = factories.series("study", cadence="weekly", name="周周学")
    study(planned(series, "2026-02-06")[0])
    held(planned(factories.series(by_venue=True), "2026-01-10", venue=factories.venue())[0])
    assert count(resident, ADDRESS) == 5
    with clock.turned_to(datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)):
        rhythm.plan_year(series, 2026, D(2026, 1, 2), actor=SYSTEM)
        talk, venues = factories.series(), [factories.venue(kind) for kind in VenueKind]
        firsts = [rhythm.plan_year(talk, 2026, D(2026, 2, 14), venues=[venue], actor=SYSTEM)[0] for venue in venues]
    for slot in firsts:
        held(slot)
    assert Slot.objects.count() > 90
    assert count(resident, ADDRESS) == 5


# --- A study note ----------------------------------------------------------------------------------------------------


def test_a_published_note_is_a_page_for_everybody(resident):
    note = study(link="https://example.org/original", body="第一点\n<script>alert(1)</script>")
    page = resident.get(f"/events/studies/{note.pk}/")
    text, html = words(page), page.content.decode()
    assert page.status_code == 200
    assert "协商民主是什么" in text
    assert "2026年2月6日 星期五" in text
    assert "第一点" in text
    assert 'href="https://example.org/original"' in html
    assert "<script>alert" not in html
    assert "我已读" not in text


def test_a_note_leads_to_the_one_before_and_after(resident):
    one, two, three = (
        study(title=f"第{n}篇", published_at=at(2026, 2, day, 9)) for n, day in (("一", 6), ("二", 13), ("三", 13))
    )
    study(title="草稿", published_at=None)
    study(title="别的系列", published_at=at(2026, 2, 10, 9), series=factories.series("other", cadence="weekly"))
    expected = {one: (None, two), two: (one, three), three: (two, None)}
    for note, (previous, following) in expected.items():
        html = resident.get(f"/events/studies/{note.pk}/").content.decode()
        for rel, other in (("prev", previous), ("next", following)):
            assert (f'rel="{rel}"' in html) == (other is not None)
            if other:
                assert f'rel="{rel}" href="/events/studies/{other.pk}/"' in html
        assert "草稿" not in html
        assert "别的系列" not in html


def test_a_draft_is_there_for_the_desk_alone(request, subtests):
    note = study(published_at=None)
    for client, status in (
        ("resident", 404),
        ("member_client", 404),
        ("liaison_client", 200),
        ("community_client", 404),  # the series is the subdistrict's, out of a community's scope
        ("auditor_client", 200),
        ("admin_client", 200),
    ):
        page = request.getfixturevalue(client).get(f"/events/studies/{note.pk}/")
        with subtests.test(client):
            assert page.status_code == status
            if status == 200:
                assert "还没有推送" in words(page)
                assert 'content="noindex"' in page.content.decode()


def test_the_desk_of_another_subdistrict_does_not_see_a_draft(liaison_client):
    note = study(published_at=None)
    far = factories.liaison_staff("far", factories.tree().far_subdistrict)
    liaison_client.force_login(far, backend="foundation.backends.RoleBackend")
    assert liaison_client.get(f"/events/studies/{note.pk}/").status_code == 404


@pytest.mark.parametrize("key", ["0", "999999", "9" * 40])
def test_a_note_that_is_not_there_is_not_found(resident, key):
    assert resident.get(f"/events/studies/{key}/").status_code == 404


def test_a_note_costs_a_few_queries(resident, member_client):
    series = factories.series("study", cadence="weekly", name="周周学")
    notes = [study(title=f"第{n}篇", series=series, published_at=at(2026, 2, n, 9)) for n in range(1, 12)]
    assert count(resident, f"/events/studies/{notes[5].pk}/") == 3
    factories.committee_member(user=member_client.user)
    assert count(member_client, f"/events/studies/{notes[5].pk}/") <= 8
