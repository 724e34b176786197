"""The rhythm at the desk: a year planned with its preview, dates moved and dropped, notes written; the past stays."""

import datetime
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver
from django.utils import timezone

from consultation.models import Series, Slot, StudyNote, VenueKind
from consultation.selectors.rhythm import with_state
from consultation.services import rhythm
from consultation.workflow import EventStatus
from foundation import clock
from foundation.actors import SYSTEM
from foundation.audit import AuditEntry
from tests import factories
from tests.pages import form, words

pytestmark = pytest.mark.django_db

SERIES, SLOTS, NOTES = (f"/admin/consultation/{name}/" for name in ("series", "slot", "studynote"))
D = datetime.date
SHANGHAI = ZoneInfo("Asia/Shanghai")


def at(*parts: int) -> datetime.datetime:
    return datetime.datetime(*parts, tzinfo=SHANGHAI)


@pytest.fixture
def now(monkeypatch):
    """It is 11 March 2026, ten in the morning. Taken after the client: its session must not be over."""
    monkeypatch.setattr(timezone, "now", lambda: at(2026, 3, 11, 10))


@pytest.fixture
def desk(liaison_client, now):
    liaison_client.force_login(liaison_client.user, backend="foundation.backends.RoleBackend")
    return liaison_client


def planned(*days: str, series: Series | None = None, **values) -> list[Slot]:
    series = series or factories.series()
    return [
        Slot.objects.create(
            series=series,
            period=rhythm.period_of(series.cadence, D.fromisoformat(day)),
            planned_on=D.fromisoformat(day),
            **values,
        )
        for day in days
    ]


# --- Series ----------------------------------------------------------------------------------------------------------


def test_a_series_is_opened_in_ones_own_area_and_keeps_its_code(desk):
    place = factories.tree().subdistrict
    page = desk.get(f"{SERIES}add/")
    values = {"name": "月月谈", "area": place.pk, "code": "talk", "kind": "mechanism", "cadence": "monthly"}
    assert form(page, "code").send(desk, f"{SERIES}add/", **values).status_code == 302
    series = Series.objects.get()
    change = f"{SERIES}{series.pk}/change/"
    assert form(desk.get(change), "name").send(desk, change, code="other", name="新名").status_code == 302
    series.refresh_from_db()
    assert (series.code, series.name) == ("talk", "新名")
    assert [entry.action for entry in AuditEntry.objects.filter(subject__startswith="series")] == ["changed", "added"]


def test_a_mechanism_without_a_rhythm_is_refused_with_a_sentence(desk):
    place = factories.tree().subdistrict
    values = {"name": "月月谈", "area": place.pk, "code": "talk", "kind": "mechanism", "cadence": "none"}
    response = form(desk.get(f"{SERIES}add/"), "code").send(desk, f"{SERIES}add/", **values)
    assert response.status_code == 200
    assert "工作机制应有周期" in words(response)
    assert not Series.objects.exists()


def test_what_slots_stand_for_does_not_change_under_them(desk):
    (slot,) = planned("2026-05-09")
    change = f"{SERIES}{slot.series_id}/change/"
    assert "cadence" not in form(desk.get(change), "name").values
    form(desk.get(change), "name").send(
        desk, change, cadence="weekly", by_venue="on", area=factories.tree().district.pk
    )
    slot.series.refresh_from_db()
    assert (slot.series.cadence, slot.series.by_venue) == ("monthly", False)
    assert slot.series.area == factories.tree().subdistrict


def test_the_series_of_another_subdistrict_is_not_there(desk):
    series = factories.series("far", name="远处的系列", area=factories.tree().far_subdistrict)
    for page in ("change", "plan"):
        assert desk.get(f"{SERIES}{series.pk}/{page}/").status_code == 404
        assert desk.post(f"{SERIES}{series.pk}/{page}/", {"year": 2026, "first": "2026-05-09"}).status_code == 404
    assert "远处的系列" not in words(desk.get(SERIES))
    assert not Slot.objects.exists()


# --- A year ----------------------------------------------------------------------------------------------------------


def plan_page(series: Series) -> str:
    return f"{SERIES}{series.pk}/plan/"


def test_a_year_is_shown_before_it_is_made_and_made_with_one_button(desk):
    series = factories.series("study", cadence="weekly", name="周周学")
    planned("2026-10-07", series=series)
    address = plan_page(series)
    asked = form(desk.get(address), "year")
    assert asked.buttons == [("preview", "预览日期")]
    assert asked.values["year"] == "2026"
    shown = asked.send(desk, address, first="2026-09-23", preview="1")
    assert shown.status_code == 200
    text = words(shown)
    assert "将新安排 14 次" in text
    assert "2026年9月23日 星期三 新安排" in text
    assert (
        "2026年9月30日 星期三 新安排 2026年10月7日 星期三 本期已有安排，保持不变 节假日 2026年10月14日 星期三 新安排"
        in text
    )
    assert Slot.objects.count() == 1, "a preview makes nothing"
    confirm = form(shown, "year")
    assert ("create", "保存这 14 次") in confirm.buttons
    made = confirm.send(desk, address, create="1")
    assert (made.status_code, made.url) == (302, f"{SLOTS}?series={series.pk}&year=2026")
    assert Slot.objects.count() == 15
    text = words(desk.get(made.url))
    assert "新安排 14 次。原有的 1 次保持不变。" in text
    assert "共 15 条" in text


def test_planning_it_again_doubles_nothing_and_says_so(desk):
    series = factories.series()
    for expected in ("新安排 10 次。", "没有新安排。原有的 10 次保持不变。"):
        response = desk.post(plan_page(series), {"year": "2026", "first": "2026-03-14", "create": "1"})
        assert expected in words(desk.get(response.url))
    assert Slot.objects.count() == 10
    again = desk.post(plan_page(series), {"year": "2026", "first": "2026-03-14"})
    assert "create" not in dict(form(again, "year").buttons)


def test_a_weekend_on_which_people_work_is_marked(desk):
    text = words(desk.post(plan_page(factories.series("s", cadence="weekly")), {"year": "2026", "first": "2026-09-20"}))
    assert "2026年9月20日 星期日 新安排 调休上班" in text


def test_a_year_whose_holidays_are_not_known_yet_is_said_so(desk):
    text = words(desk.post(plan_page(factories.series()), {"year": "2028", "first": "2028-01-08"}))
    assert "放假安排尚未公布" in text


def test_venues_of_ones_scope_are_chosen_for_a_series_by_venue(desk):
    series = factories.series(by_venue=True)
    home, studio = factories.venue(VenueKind.DELIBERATION_HOME), factories.venue(VenueKind.CONSULTATION_STUDIO)
    far = factories.venue(VenueKind.CLOUD_STATION, factories.tree().far_compound)
    closed = factories.venue(VenueKind.CLOUD_STATION, is_open=False)
    html = desk.get(plan_page(series)).content.decode()
    offered = [f'name="venues" value="{venue.pk}"' in html for venue in (home, studio, far, closed)]
    assert offered == [True, True, False, False]
    planned("2026-11-14", series=series, venue=home)
    values = {"year": "2026", "first": "2026-11-14", "venues": [home.pk, studio.pk]}
    assert "2026年11月14日 星期六 新安排 1，已有 1" in words(desk.post(plan_page(series), values))
    desk.post(plan_page(series), values | {"create": "1"})
    assert sorted(Slot.objects.values_list("venue", flat=True)) == sorted([home.pk, home.pk, studio.pk, studio.pk])


BAD = [
    ({"first": "2026-03-10"}, "已经过去"),
    ({"first": "2027-05-09"}, "不在 2026 年里"),
    ({"first": ""}, "请填写第一次的日期"),
    ({"first": "2026-02-30"}, "请按 2026-03-14 的格式填写日期"),
    ({"first": "\x00"}, "请按 2026-03-14 的格式填写日期"),
    ({"first": "9" * 10_000}, "请按 2026-03-14 的格式填写日期"),
    ({"year": ""}, "请填写年份"),
    ({"year": "0"}, "只能安排 2026 到 2028 年"),
    ({"year": "99999"}, "只能安排 2026 到 2028 年"),
    ({"year": "-2026"}, "只能安排 2026 到 2028 年"),
    ({"year": "9" * 4_000}, "只能安排 2026 到 2028 年"),
    ({"year": "9" * 10_000}, "请填写四位数年份"),
    ({"year": "今年"}, "请填写四位数年份"),
    ({"year": "\x00"}, "请填写四位数年份"),
    ({"year": "2026.5"}, "请填写四位数年份"),
]


def test_bad_input_gets_a_sentence_and_makes_nothing(desk, subtests):
    address = plan_page(factories.series())
    for number, (values, sentence) in enumerate(BAD):
        # The same form is checked before both.
        for button in ("preview", "create") if number == 0 else ("create",):
            response = desk.post(address, {"year": "2026", "first": "2026-05-09", button: "1"} | values)
            with subtests.test(f"{button} {values}"[:100]):
                assert response.status_code == 422
                assert sentence in words(response)
                assert not Slot.objects.exists()


def test_a_series_by_venue_without_a_real_venue_gets_a_sentence(desk, subtests):
    address = plan_page(factories.series(by_venue=True))
    factories.venue()
    for chosen in ([], ["0"], ["999999"], ["x"], ["\x00"], ["9" * 10_000]):
        response = desk.post(address, {"year": "2026", "first": "2026-05-09", "venues": chosen, "create": "1"})
        with subtests.test(str(chosen)[:100]):
            assert response.status_code == 422
            assert 'role="alert"' in response.content.decode()
            assert not Slot.objects.exists()


def test_a_series_without_a_rhythm_cannot_be_planned(desk):
    series = factories.series("brand", name="邻里惠民节", cadence="none", kind="brand")
    assert "邻里惠民节”是不定期的" in words(desk.get(plan_page(series)))
    response = desk.post(plan_page(series), {"year": "2026", "first": "2026-05-09", "create": "1"})
    assert response.status_code == 422
    assert "安排全年" not in words(desk.get(f"{SERIES}{series.pk}/change/"))


@pytest.mark.parametrize(
    ("client", "status"),
    [("resident", 302), ("member_client", 302), ("community_client", 403), ("auditor_client", 403)],
)
def test_others_plan_nothing(request, client, status):
    series = factories.series()
    client, first = request.getfixturevalue(client), timezone.localdate()
    for response in (
        client.get(plan_page(series)),
        client.post(plan_page(series), {"year": first.year, "first": str(first), "create": "1"}),
    ):
        assert response.status_code == status
    assert not Slot.objects.exists()


# --- Slots -----------------------------------------------------------------------------------------------------------


def test_slots_are_listed_upcoming_first_by_series_year_and_state(desk):
    talk, study = factories.series(), factories.series("study", cadence="weekly", name="周周学")
    missed, coming = planned("2026-01-10", "2026-03-14", series=talk)
    (old,) = planned("2025-05-10", series=talk)
    (week,) = planned("2026-03-13", series=study)
    factories.event(EventStatus.HELD, slot=week, series=study, starts_at=at(2026, 3, 9, 9))
    expected = {
        "": [week, coming, missed, old],
        f"series={study.pk}": [week],
        "year=2026": [week, coming, missed],
        "year=2026&state=missed": [missed],
        "state=held": [week],
        "state=planned": [coming],
    }
    for query, slots in expected.items():
        assert list(desk.get(f"{SLOTS}?{query}").context["cl"].result_list) == slots, query


def test_a_filter_that_means_nothing_filters_nothing(desk):
    planned("2026-05-09")
    for query in ("series=0", "series=x", "year=99999", "year=0", "state=x", "series=" + "9" * 5000):
        assert desk.get(f"{SLOTS}?{query}").status_code == 200, query[:100]


def test_an_event_is_made_of_a_slot_to_come(desk):
    missed, coming = planned("2026-01-10", "2026-03-14")
    html = desk.get(SLOTS).content.decode()
    assert f"/admin/consultation/event/add/?slot={coming.pk}" in html
    assert f"slot={missed.pk}" not in html


def test_a_date_moves_and_its_events_do_not(desk):
    (slot,) = planned("2026-03-14")
    event = factories.event(slot=slot, series=slot.series, starts_at=at(2026, 3, 14, 14))
    address = f"{SLOTS}{slot.pk}/move/"
    page = desk.get(address)
    assert "活动时间不会随之改变" in words(page)
    response = form(page, "day").send(desk, address, day="2026-03-21")
    assert response.status_code == 302
    assert "活动时间不会随之改变" in words(desk.get(response.url))
    slot.refresh_from_db(), event.refresh_from_db()
    assert slot.planned_on == D(2026, 3, 21)
    assert timezone.localdate(event.starts_at) == D(2026, 3, 14)


def test_only_staff_of_the_series_area_move_a_slot_at_their_venue(desk):
    far = factories.series("far", area=factories.tree().far_community.parent, by_venue=True)
    (slot,) = planned("2026-03-14", series=far, venue=factories.venue(VenueKind.DELIBERATION_HOME))
    page = desk.get(f"{SLOTS}{slot.pk}/change/").content.decode()
    for act in ("move", "drop"):
        assert f"{SLOTS}{slot.pk}/{act}/" not in page
        assert desk.get(f"{SLOTS}{slot.pk}/{act}/").status_code == 404


def test_a_page_that_showed_another_day_moves_nothing(desk):
    (slot,) = planned("2026-03-14")
    address = f"{SLOTS}{slot.pk}/move/"
    first, second = form(desk.get(address), "day"), form(desk.get(address), "day")
    assert first.send(desk, address, day="2026-03-20").status_code == 302
    response = second.send(desk, address, day="2026-03-27")
    assert response.status_code == 422
    assert "刚刚被他人修改" in words(response)
    slot.refresh_from_db()
    assert slot.planned_on == D(2026, 3, 20)


def test_a_day_that_cannot_be_gets_a_sentence(desk, subtests):
    (slot,) = planned("2026-03-14")
    address = f"{SLOTS}{slot.pk}/move/"
    page = form(desk.get(address), "day")
    for day in ("", "\x00", "9" * 10_000, "2026-03-10", "2027-01-01", "2026-13-01", "2026-03-14"):
        response = page.send(desk, address, day=day)
        with subtests.test(day[:100]):
            assert response.status_code == 422
            assert 'role="alert"' in response.content.decode()
            slot.refresh_from_db()
            assert slot.planned_on == D(2026, 3, 14)


def test_a_date_to_come_is_dropped_by_a_button_of_its_own(desk):
    (slot,) = planned("2026-05-09")
    assert desk.get(f"{SLOTS}{slot.pk}/drop/").status_code == 200
    assert Slot.objects.exists(), "a page that is looked at drops nothing"
    response = desk.post(f"{SLOTS}{slot.pk}/drop/")
    assert (response.status_code, response.url) == (302, SLOTS)
    assert not Slot.objects.exists()
    assert desk.post(f"{SLOTS}{slot.pk}/drop/").status_code == 404, "repeated"


def test_a_slot_with_an_event_is_not_dropped(desk):
    (slot,) = planned("2026-05-09")
    factories.event(slot=slot, series=slot.series)
    response = desk.post(f"{SLOTS}{slot.pk}/drop/")
    assert response.status_code == 422
    assert "已有活动" in words(response)
    assert Slot.objects.exists()


def slot_addresses(slot: Slot) -> list[str]:
    """Every address of the desk about this one slot, found by asking Django, so that a new one is tried too."""
    admin = next(p for p in get_resolver().url_patterns if getattr(p, "app_name", "") == "admin")
    (of_slots,) = [p for p in admin.url_patterns if str(p.pattern) == "consultation/slot/"]
    routes = [str(p.pattern) for p in of_slots.url_patterns]
    found = [r.replace("<int:pk>", str(slot.pk)).replace("<path:object_id>", str(slot.pk)) for r in routes if "<" in r]
    return [f"{SLOTS}{route}" for route in found]


@pytest.mark.parametrize("who", ["liaison_client", "admin_client", "community_client", "auditor_client"])
def test_nobody_moves_or_deletes_a_slot_that_is_past_by_any_address(request, who, now):
    client = request.getfixturevalue(who)
    client.force_login(client.user, backend="foundation.backends.RoleBackend")
    (slot,) = planned("2026-03-10")
    addresses = slot_addresses(slot)
    assert {f"{SLOTS}{slot.pk}/{page}/" for page in ("move", "drop", "delete", "change", "history")} <= set(addresses)
    values = {"day": "2026-12-01", "seen": "2026-03-10", "planned_on": "2026-12-01", "post": "yes", "_save": "1"}
    for address in addresses:
        # Whoever may do the most is asked by every method.
        for method in ("post", "put", "delete", "patch") if who == "admin_client" else ("post",):
            response = getattr(client, method)(address, values if method == "post" else {})
            assert response.status_code < 500, address
            if method == "post" and address.rsplit("/", 2)[1] in ("move", "drop", "delete", "change"):
                assert response.status_code in (403, 404, 422), address
    action = {"action": "delete_selected", "_selected_action": [slot.pk], "post": "yes"}
    client.post(SLOTS, action)
    slot.refresh_from_db()
    assert slot.planned_on == D(2026, 3, 10)
    assert with_state(Slot.objects.all()).get().state == "missed"
    assert not AuditEntry.objects.filter(action__startswith="slot").exists()


def test_the_buttons_are_there_only_while_they_do_something(desk):
    missed, today, coming = planned("2026-02-14", "2026-03-11", "2026-05-09")
    expected = {missed: (False, False), today: (True, False), coming: (True, True)}
    for slot, shown in expected.items():
        html = desk.get(f"{SLOTS}{slot.pk}/change/").content.decode()
        assert (f"{slot.pk}/move/" in html, f"{slot.pk}/drop/" in html) == shown, slot


def test_the_slots_of_another_subdistrict_are_not_there(desk):
    (slot,) = planned("2026-05-09", series=factories.series(area=factories.tree().far_subdistrict))
    for page in ("move", "drop", "change"):
        assert desk.get(f"{SLOTS}{slot.pk}/{page}/").status_code == 404
        assert desk.post(f"{SLOTS}{slot.pk}/{page}/", {"day": "2026-05-10", "seen": "2026-05-09"}).status_code in (
            403,
            404,
        )
    assert list(desk.get(SLOTS).context["cl"].result_list) == []
    slot.refresh_from_db()
    assert slot.planned_on == D(2026, 5, 9)


def test_community_staff_see_the_dates_at_their_own_venues_and_move_none(community_client, now):
    community_client.force_login(community_client.user, backend="foundation.backends.RoleBackend")
    series = factories.series(by_venue=True)
    (own,) = planned("2026-05-09", series=series, venue=factories.venue(VenueKind.DELIBERATION_HOME))
    other = factories.venue(VenueKind.DELIBERATION_HOME, factories.tree().other_community)
    planned("2026-05-09", series=series, venue=other)
    page = community_client.get(f"{SLOTS}?series={series.pk}")
    assert list(page.context["cl"].result_list) == [own]
    assert f"event/add/?slot={own.pk}" in page.content.decode()
    for act in ("move", "drop"):
        assert community_client.get(f"{SLOTS}{own.pk}/{act}/").status_code == 403
        assert community_client.post(f"{SLOTS}{own.pk}/{act}/", {"day": "2026-05-10"}).status_code == 403
    own.refresh_from_db()
    assert own.planned_on == D(2026, 5, 9)


def test_slots_are_never_added_or_edited_in_place(admin_client):
    (slot,) = planned("2026-05-09")
    assert admin_client.get(f"{SLOTS}add/").status_code == 403
    assert admin_client.post(f"{SLOTS}{slot.pk}/change/", {"planned_on": "2026-01-01"}).status_code == 403


def test_the_list_of_slots_costs_the_same_at_any_length(desk):
    def queries() -> int:
        desk.get(SLOTS)
        with CaptureQueriesContext(connection) as found:
            assert desk.get(SLOTS).status_code == 200
        return len(found)

    (slot,) = planned("2026-05-09")
    factories.event(slot=slot, series=slot.series)
    few = queries()
    study = factories.series("study", cadence="weekly", name="周周学")
    with clock.turned_to(datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)):
        weeks = rhythm.plan_year(study, 2026, D(2026, 1, 2), actor=SYSTEM)
    for week in weeks[:3]:
        StudyNote.objects.create(series=study, slot=week, title="要点", body="要点", published_at=timezone.now())
    assert queries() == few <= 12


# --- Study notes -----------------------------------------------------------------------------------------------------


def written(series: Series | None = None, **values) -> StudyNote:
    series = series or factories.series("study", cadence="weekly", name="周周学")
    return StudyNote.objects.create(series=series, **({"title": "要点", "body": "第一点"} | values))


def test_a_note_is_written_for_a_slot(desk):
    study = factories.series("study", cadence="weekly", name="周周学")
    near, used, long_ago, far_off = planned("2026-03-13", "2026-03-06", "2026-01-09", "2026-12-25", series=study)
    written(study, slot=used)
    (elsewhere,) = planned("2026-03-14", series=factories.series(by_venue=True), venue=factories.venue())
    page = desk.get(f"{NOTES}add/")
    html = page.content.decode()
    offered = [f'<option value="{slot.pk}">{slot}' in html for slot in (near, used, long_ago, far_off, elsewhere)]
    assert offered == [True, False, False, False, False]
    values = {"series": study.pk, "slot": near.pk, "title": "协商民主", "body": "第一点", "link": "example.org/a"}
    assert form(page, "title").send(desk, f"{NOTES}add/", **values).status_code == 302
    note = StudyNote.objects.get(slot=near)
    assert (note.title, note.link, note.published_at, note.version) == ("协商民主", "https://example.org/a", None, 0)


def test_a_note_with_bad_input_is_refused_with_a_sentence(desk, subtests):
    study = factories.series("study", cadence="weekly", name="周周学")
    page = form(desk.get(f"{NOTES}add/"), "title")
    for values, sentence in (
        ({"title": ""}, "这个字段是必填项"),
        ({"body": "字" * 10_000}, "最多 5000 个字，现在有 10000 个字。"),
        ({"title": "字" * 10_000}, "最多 80 个字，现在有 10000 个字。"),
        ({"title": "a\x00b"}, "空字符"),
        ({"link": "javascript:alert(1)"}, "请填写完整的网址"),
        ({"series": "999999"}, "选择一个有效的选项"),
    ):
        typed = {"series": study.pk, "title": "协商民主", "body": "第一点"} | values
        response = page.send(desk, f"{NOTES}add/", **typed)
        with subtests.test(str(values)[:100]):
            assert response.status_code == 200
            assert sentence in words(response)
            assert not StudyNote.objects.exists()


def test_a_slot_of_another_series_is_refused(desk):
    study = factories.series("study", cadence="weekly", name="周周学")
    (slot,) = planned("2026-03-14")
    typed = {"series": study.pk, "slot": slot.pk, "title": "协商民主", "body": "第一点"}
    response = form(desk.get(f"{NOTES}add/"), "title").send(desk, f"{NOTES}add/", **typed)
    assert "这个档期不是“周周学”的。" in words(response)
    assert not StudyNote.objects.exists()


def test_two_who_edit_a_note_do_not_overwrite_each_other(desk):
    note = written()
    address = f"{NOTES}{note.pk}/change/"
    first, second = form(desk.get(address), "title"), form(desk.get(address), "title")
    assert first.send(desk, address, title="甲").status_code == 302
    response = second.send(desk, address, title="乙")
    assert response.status_code == 409
    assert "刚刚被他人修改" in words(response)
    note.refresh_from_db()
    assert (note.title, note.version) == ("甲", 1)


def test_a_pushed_note_may_be_corrected_but_not_hung_on_another_slot(desk):
    study = factories.series("study", cadence="weekly", name="周周学")
    held, missed = planned("2026-02-27", "2026-03-06", series=study)
    note = written(study, slot=held, published_at=timezone.now())
    address = f"{NOTES}{note.pk}/change/"
    response = form(desk.get(address), "title").send(desk, address, title="更正", slot=missed.pk, published_at="")
    assert response.status_code == 302
    note.refresh_from_db()
    assert (note.title, note.slot, note.published_at is None) == ("更正", held, False)
    assert with_state(Slot.objects.all()).get(pk=missed.pk).state == "missed"


def test_a_pushed_note_is_not_deleted_and_a_draft_is_by_the_superuser(admin_client):
    pushed, draft = written(published_at=timezone.now()), written(title="草稿")
    assert admin_client.post(f"{NOTES}{pushed.pk}/delete/", {"post": "yes"}).status_code == 403
    assert admin_client.post(f"{NOTES}{draft.pk}/delete/", {"post": "yes"}).status_code == 302
    admin_client.post(NOTES, {"action": "delete_selected", "_selected_action": [pushed.pk], "post": "yes"})
    assert list(StudyNote.objects.all()) == [pushed]


def test_an_auditor_reads_and_changes_nothing(auditor_client):
    note, (slot,) = written(), planned("2026-05-09")
    for address in (SERIES, SLOTS, NOTES, f"{NOTES}{note.pk}/change/", f"{SLOTS}{slot.pk}/change/"):
        assert auditor_client.get(address).status_code == 200
    html = auditor_client.get(f"{NOTES}{note.pk}/change/").content.decode()
    assert f"{note.pk}/push/" not in html
    assert auditor_client.post(f"{NOTES}{note.pk}/change/", {"title": "改"}).status_code == 403
    html = auditor_client.get(f"{SLOTS}{slot.pk}/change/").content.decode()
    assert (f"{slot.pk}/move/" in html, "event/add" in html) == (False, False)


def test_the_list_of_notes_costs_the_same_at_any_length(desk):
    def queries() -> int:
        desk.get(NOTES)
        with CaptureQueriesContext(connection) as found:
            assert desk.get(NOTES).status_code == 200
        return len(found)

    study = factories.series("study", cadence="weekly", name="周周学")
    with clock.turned_to(datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)):
        slots = rhythm.plan_year(study, 2026, D(2026, 1, 2), actor=SYSTEM)
    written(study, slot=slots[0])
    few = queries()
    for slot in slots[1:4]:
        written(study, slot=slot)
    assert queries() == few <= 12
