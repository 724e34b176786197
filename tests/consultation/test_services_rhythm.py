"""The rhythm: which dates a year has, planning it once, moving and dropping what is to come, and what became of it."""

import contextlib
import datetime
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from consultation.models import Event, Slot, SlotState, StudyNote, VenueKind
from consultation.selectors.rhythm import with_state
from consultation.services import rhythm
from consultation.workflow import EventStatus
from foundation import clock
from foundation.actors import SYSTEM
from foundation.audit import AuditEntry
from foundation.errors import Refused, Stale, TransitionNotAllowed
from foundation.workdays import CalendarDay
from tests import factories
from tests.together import at_once

pytestmark = pytest.mark.django_db

D = datetime.date
SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime.datetime(2026, 3, 11, 10, 0, tzinfo=SHANGHAI)
TODAY = D(2026, 3, 11)


@pytest.fixture
def now(monkeypatch):
    """It is Wednesday, 11 March 2026, ten in the morning; call it to set another time."""

    def is_now(moment: datetime.datetime):
        monkeypatch.setattr(timezone, "now", lambda: moment)

    is_now(NOW)
    return is_now


def days(*found: str) -> list[datetime.date]:
    return [D.fromisoformat(one) for one in found]


def dates(cadence: str, year: int, first: datetime.date):
    return rhythm.dates_of_year(factories.series(cadence, cadence=cadence), year, first)


# --- Which dates a year has ------------------------------------------------------------------------------------------


def test_a_weekly_series_keeps_its_weekday_to_the_end_of_the_year():
    found = dates("weekly", 2026, D(2026, 1, 2))
    assert len(found) == 52
    assert found[0] == (D(2025, 12, 29), D(2026, 1, 2)), "the week began in the old year; the slot is of the new"
    assert found[1] == (D(2026, 1, 5), D(2026, 1, 9))
    assert found[-1] == (D(2026, 12, 21), D(2026, 12, 25))
    assert {day.weekday() for _week, day in found} == {4}


@pytest.mark.parametrize(
    ("year", "first", "count", "last"),
    [
        (2026, D(2026, 1, 1), 53, D(2026, 12, 31)),  # a year of 53 ISO weeks, from its first to its last day
        (2024, D(2024, 1, 1), 53, D(2024, 12, 30)),  # a leap year that begins on a Monday
        (2024, D(2024, 2, 29), 44, D(2024, 12, 26)),
        (2026, D(2026, 12, 31), 1, D(2026, 12, 31)),
        (2026, D(2026, 12, 25), 1, D(2026, 12, 25)),
    ],
)
def test_weeks_at_the_ends_of_years(year, first, count, last):
    found = dates("weekly", year, first)
    assert (len(found), found[-1][1]) == (count, last)
    assert all(day.year == year for _week, day in found)
    assert all(week.weekday() == 0 and 0 <= (day - week).days < 7 for week, day in found)


MONTHLY = [
    (
        D(2026, 1, 10),  # the second Saturday
        "2026-01-10 2026-02-14 2026-03-14 2026-04-11 2026-05-09 2026-06-13 "
        "2026-07-11 2026-08-08 2026-09-12 2026-10-10 2026-11-14 2026-12-12",
    ),
    (
        D(2026, 1, 29),  # a fifth Thursday: the last of each month
        "2026-01-29 2026-02-26 2026-03-26 2026-04-30 2026-05-28 2026-06-25 "
        "2026-07-30 2026-08-27 2026-09-24 2026-10-29 2026-11-26 2026-12-31",
    ),
    (D(2026, 9, 28), "2026-09-28 2026-10-26 2026-11-23 2026-12-28"),  # the fourth Monday, though there are five
    (D(2026, 12, 1), "2026-12-01"),
]


@pytest.mark.parametrize(("first", "expected"), MONTHLY)
def test_a_monthly_series_keeps_its_place_in_the_month(first, expected):
    found = dates("monthly", 2026, first)
    assert [day for _month, day in found] == days(*expected.split())
    assert all(month == day.replace(day=1) for month, day in found)


@pytest.mark.parametrize(
    ("first", "expected"),
    [
        (D(2026, 2, 14), [("2026-01-01", "2026-02-14"), ("2026-04-01", "2026-05-09"), ("2026-07-01", "2026-08-08"),
                          ("2026-10-01", "2026-11-14")]),
        (D(2026, 6, 30), [("2026-04-01", "2026-06-30"), ("2026-07-01", "2026-09-29"), ("2026-10-01", "2026-12-29")]),
        (D(2026, 12, 4), [("2026-10-01", "2026-12-04")]),
    ],
)  # fmt: skip
def test_a_quarterly_series_keeps_its_place_in_the_quarter(first, expected):
    assert dates("quarterly", 2026, first) == [(D.fromisoformat(a), D.fromisoformat(b)) for a, b in expected]


def test_a_yearly_series_has_its_one_day():
    assert dates("yearly", 2026, D(2026, 5, 20)) == [(D(2026, 1, 1), D(2026, 5, 20))]


@pytest.mark.parametrize("year", [0, -1, 2025, 2027, 99999, 10**30])
@pytest.mark.parametrize("cadence", ["weekly", "monthly", "quarterly", "yearly"])
def test_a_day_of_another_year_is_refused(cadence, year):
    with pytest.raises(Refused, match="不在"):
        dates(cadence, year, D(2026, 5, 20))


def test_a_series_without_a_rhythm_has_no_dates():
    series = factories.series("brand", cadence="none", kind="brand", name="邻里惠民节")
    with pytest.raises(Refused, match="邻里惠民节”是不定期的"):
        rhythm.dates_of_year(series, 2026, D(2026, 5, 20))


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (D(2026, 10, 1), True),
        (D(2026, 10, 3), True),  # a Saturday within the holidays
        (D(2026, 1, 3), True),  # the Saturday after New Year, which was a Thursday
        (D(2026, 3, 14), False),  # a plain Saturday
        (D(2026, 3, 11), False),
        (D(2026, 1, 4), False),  # a Sunday on which people work
    ],
)
def test_public_holidays_are_told_from_weekends(day, expected):
    assert rhythm.is_holiday(day) is expected


def test_a_holiday_entered_at_the_desk_counts():
    CalendarDay.objects.create(date=D(2028, 3, 15), is_workday=False)
    assert rhythm.is_holiday(D(2028, 3, 15))
    assert not rhythm.is_holiday(D(2028, 3, 14))


# --- A year in one act -----------------------------------------------------------------------------------------------


def test_a_year_is_planned_in_one_act_and_only_once(now):
    series, staff = factories.series(), factories.liaison_staff()
    made = rhythm.plan_year(series, 2026, D(2026, 3, 14), actor=staff)
    assert [slot.planned_on for slot in made][:2] == days("2026-03-14", "2026-04-11")
    assert series.slots.count() == len(made) == 10, "January and February are not invented"
    assert rhythm.plan_year(series, 2026, D(2026, 3, 14), actor=staff) == []
    assert rhythm.plan_year(series, 2026, D(2026, 3, 20), actor=staff) == [], "a month that has its date keeps it"
    assert series.slots.count() == 10
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.subject, entry.detail) == ("year_planned", f"series:{series.pk}", "2026: +10")


def test_only_what_is_missing_is_made(now):
    series = factories.series()
    rhythm.plan_year(series, 2026, D(2026, 9, 12), actor=SYSTEM)
    made = rhythm.plan_year(series, 2026, D(2026, 7, 11), actor=factories.liaison_staff())
    assert [slot.planned_on for slot in made] == days("2026-07-11", "2026-08-08")


def test_a_series_by_venue_gets_a_line_for_each_venue(now):
    series = factories.series(by_venue=True)
    home, studio = factories.venue(VenueKind.DELIBERATION_HOME), factories.venue(VenueKind.CONSULTATION_STUDIO)
    rhythm.plan_year(series, 2026, D(2026, 11, 14), venues=[home], actor=SYSTEM)
    made = rhythm.plan_year(series, 2026, D(2026, 11, 14), venues=[home, studio], actor=factories.liaison_staff())
    assert [(slot.venue, str(slot.planned_on)) for slot in made] == [(studio, "2026-11-14"), (studio, "2026-12-12")]
    assert series.slots.count() == 4


def test_two_years_meet_in_one_week_and_it_is_planned_once(now):
    now(at(2025, 12, 1))
    series = factories.series("study", cadence="weekly")
    rhythm.plan_year(series, 2025, D(2025, 12, 1), actor=SYSTEM)  # Mondays up to 29 December
    made = rhythm.plan_year(series, 2026, D(2026, 1, 1), actor=SYSTEM)  # a Thursday of that same week
    assert made[0].planned_on == D(2026, 1, 8)
    assert Slot.objects.of_year(2025).count() == 5
    assert Slot.objects.of_year(2026).count() == 52


def test_the_first_week_belongs_to_the_year_of_its_day(now):
    now(at(2026, 1, 1))
    series = factories.series("study", cadence="weekly")
    rhythm.plan_year(series, 2026, D(2026, 1, 1), actor=SYSTEM)
    assert Slot.objects.of_year(2025).count() == 0
    assert Slot.objects.of_year(2026).count() == 53


REFUSED = [
    ({"first": D(2026, 3, 10)}, "已经过去"),
    ({"year": 2025, "first": D(2025, 5, 5)}, "只能安排 2026 到 2028 年"),
    ({"year": 2029, "first": D(2029, 5, 5)}, "只能安排 2026 到 2028 年"),
    ({"year": 0}, "只能安排 2026 到 2028 年"),
    ({"year": 10**20}, "只能安排 2026 到 2028 年"),
    ({"year": 2027}, "不在 2027 年里"),
    ({"venues": ["a venue"]}, "不分议事点"),
]


@pytest.mark.parametrize(("asked", "sentence"), REFUSED)
def test_what_cannot_be_planned_is_refused_with_a_sentence(now, asked, sentence):
    values = {"year": 2026, "first": TODAY} | asked
    if "venues" in values:
        values["venues"] = [factories.venue()]
    with pytest.raises(Refused, match=sentence):
        rhythm.plan_year(factories.series(), **values, actor=factories.liaison_staff())
    assert not Slot.objects.exists()


def test_a_plan_may_begin_today(now):
    assert rhythm.plan_year(factories.series(), 2026, TODAY, actor=factories.liaison_staff())[0].planned_on == TODAY


def test_a_series_by_venue_needs_a_venue_of_its_area(now):
    series, staff = factories.series(by_venue=True), factories.liaison_staff()
    far = factories.venue(VenueKind.CLOUD_STATION, factories.tree().far_compound)
    closed = factories.venue(VenueKind.CLOUD_STATION, is_open=False)
    for venues, sentence in ((None, "一个议事点"), ([far], "不在湖东街道"), ([closed], "已停用")):
        with pytest.raises(Refused, match=sentence):
            rhythm.plan_year(series, 2026, D(2026, 4, 1), venues=venues, actor=staff)
    assert not Slot.objects.exists()


def test_a_closed_series_is_not_planned(now):
    with pytest.raises(Refused, match="已停用"):
        rhythm.plan_year(factories.series(is_active=False), 2026, TODAY, actor=factories.liaison_staff())


@pytest.mark.parametrize("who", ["community_staff", "auditor", "member"])
def test_others_plan_move_and_drop_nothing(now, who):
    user, series = getattr(factories, who)(), factories.series()
    slot = rhythm.plan_year(series, 2026, D(2026, 12, 12), actor=SYSTEM)[0]
    for attempt in (
        lambda: rhythm.plan_year(series, 2027, D(2027, 1, 9), actor=user),
        lambda: rhythm.move_slot(slot, D(2026, 12, 13), actor=user),
        lambda: rhythm.drop_slot(slot, actor=user),
    ):
        with pytest.raises(TransitionNotAllowed):
            attempt()
    assert list(Slot.objects.values_list("planned_on", flat=True)) == [D(2026, 12, 12)]


@pytest.mark.django_db(transaction=True)
def test_two_who_plan_at_once_plan_it_once():
    series = factories.series("study", cadence="weekly")
    first = D(timezone.localdate().year + 1, 1, 7)
    staff = factories.liaison_staff()
    made = at_once(*[lambda: rhythm.plan_year(series, first.year, first, actor=staff)] * 4)
    assert sorted(len(one) for one in made)[:3] == [0, 0, 0]
    assert series.slots.count() == max(len(one) for one in made) >= 51


# --- Moving and dropping ---------------------------------------------------------------------------------------------


def planned(on: datetime.date, **values) -> Slot:
    series = values.pop("series", None) or factories.series()
    period = rhythm.period_of(series.cadence, on)
    return Slot.objects.create(series=series, period=period, planned_on=on, **values)


def test_a_date_to_come_moves_and_keeps_its_period(now):
    slot = planned(D(2026, 3, 14))
    moved = rhythm.move_slot(slot, D(2026, 4, 2), actor=factories.liaison_staff(), seen=D(2026, 3, 14))
    assert (moved.planned_on, moved.period) == (D(2026, 4, 2), D(2026, 3, 1))
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.detail) == ("slot_moved", "2026-03-14 → 2026-04-02")


def test_a_moved_slot_is_not_planned_a_second_time(now):
    series = factories.series()
    slot = planned(D(2026, 11, 14), series=series)
    rhythm.move_slot(slot, D(2026, 12, 1), actor=SYSTEM)
    assert [s.planned_on for s in rhythm.plan_year(series, 2026, D(2026, 11, 14), actor=SYSTEM)] == [D(2026, 12, 12)]


def test_the_event_of_a_moved_slot_stays_where_it_is(now):
    slot = planned(D(2026, 3, 14))
    event = factories.event(
        slot=slot, series=slot.series, starts_at=datetime.datetime(2026, 3, 14, 14, tzinfo=SHANGHAI)
    )
    rhythm.move_slot(slot, D(2026, 3, 21), actor=factories.liaison_staff())
    event.refresh_from_db()
    assert timezone.localdate(event.starts_at) == D(2026, 3, 14)


@pytest.mark.parametrize(
    ("on", "to", "sentence"),
    [
        (D(2026, 3, 10), D(2026, 3, 20), "已经过去"),
        (D(2025, 3, 14), D(2026, 3, 20), "已经过去"),
        (D(2026, 3, 14), D(2026, 3, 10), "过去的日期"),
        (D(2026, 3, 14), D(2027, 3, 14), "2026 年之内"),
        (D(2026, 3, 14), D(2026, 3, 14), "和原来的一样"),
        (D(2026, 3, 14), D(2026, 5, 9), "已安排“月月谈”"),
        (D(2026, 3, 14), D(9999, 12, 31), "2026 年之内"),
    ],
)
def test_a_date_moves_only_within_reason(now, on, to, sentence):
    slot = planned(on)
    planned(D(2026, 5, 9))
    with pytest.raises(Refused, match=sentence):
        rhythm.move_slot(slot, to, actor=factories.liaison_staff())
    slot.refresh_from_db()
    assert slot.planned_on == on
    assert not AuditEntry.objects.exists()


def test_other_venues_may_meet_on_the_same_day(now):
    series = factories.series(by_venue=True)
    slot = planned(D(2026, 3, 14), series=series, venue=factories.venue(VenueKind.DELIBERATION_HOME))
    planned(D(2026, 3, 21), series=series, venue=factories.venue(VenueKind.CONSULTATION_STUDIO))
    assert rhythm.move_slot(slot, D(2026, 3, 21), actor=SYSTEM).planned_on == D(2026, 3, 21)


def test_a_page_that_showed_another_day_is_stale(now):
    slot = planned(D(2026, 3, 14))
    rhythm.move_slot(slot, D(2026, 3, 15), actor=SYSTEM)
    with pytest.raises(Stale):
        rhythm.move_slot(slot, D(2026, 3, 16), actor=factories.liaison_staff(), seen=D(2026, 3, 14))


def test_the_day_itself_may_still_be_moved_but_not_dropped(now):
    slot, staff = planned(TODAY), factories.liaison_staff()
    with pytest.raises(Refused, match="是今天"):
        rhythm.drop_slot(slot, actor=staff)
    assert rhythm.move_slot(slot, D(2026, 3, 12), actor=staff).planned_on == D(2026, 3, 12)


def test_a_date_to_come_is_dropped_and_may_be_planned_again(now):
    slot = planned(D(2026, 12, 12))
    rhythm.drop_slot(slot, actor=factories.liaison_staff())
    assert not Slot.objects.exists()
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.subject, entry.detail) == (
        "slot_dropped",
        f"slot:{slot.pk}",
        "monthly-talk 2026-12-12",
    )
    assert len(rhythm.plan_year(slot.series, 2026, D(2026, 12, 12), actor=SYSTEM)) == 1


def test_dropping_it_twice_is_refused_with_a_sentence(now):
    slot = planned(D(2026, 12, 12))
    rhythm.drop_slot(slot, actor=SYSTEM)
    slot.pk = AuditEntry.objects.get().subject.partition(":")[2]
    with pytest.raises(Refused, match="刚刚被取消"):
        rhythm.drop_slot(slot, actor=SYSTEM)


@pytest.mark.parametrize("status", [EventStatus.PLANNED, EventStatus.CANCELLED])
def test_a_slot_with_an_event_is_not_dropped(now, status):
    slot = planned(D(2026, 12, 12))
    factories.event(status, slot=slot, series=slot.series)
    with pytest.raises(Refused, match="已有活动"):
        rhythm.drop_slot(slot, actor=factories.liaison_staff())


def test_a_slot_with_a_draft_of_a_note_is_not_dropped(now):
    slot = planned(D(2026, 12, 12))
    StudyNote.objects.create(series=slot.series, slot=slot, title="要点", body="要点")
    with pytest.raises(Refused, match="学习要点"):
        rhythm.drop_slot(slot, actor=factories.liaison_staff())


@pytest.mark.parametrize("on", [D(2026, 3, 10), D(2025, 12, 31)])
def test_what_was_missed_stays_missed_even_for_the_superuser_and_the_system(now, on):
    slot = planned(on)
    for actor in (factories.superuser(), SYSTEM):
        with pytest.raises(Refused, match="没有举办的记为错过"):
            rhythm.drop_slot(slot, actor=actor)
        with pytest.raises(Refused, match="没有举办的记为错过"):
            rhythm.move_slot(slot, D(2026, 12, 1), actor=actor)
    assert with_state(Slot.objects.all()).get().state == SlotState.MISSED


def test_what_was_held_early_is_neither_moved_nor_dropped(now):
    slot = planned(D(2026, 3, 14))
    event_on(slot, EventStatus.HELD, at(2026, 3, 7, 14))
    for attempt in (
        lambda: rhythm.move_slot(slot, D(2026, 3, 20), actor=SYSTEM),
        lambda: rhythm.drop_slot(slot, actor=SYSTEM),
    ):
        with pytest.raises(Refused, match="已经举办"):
            attempt()


# --- What became of it -----------------------------------------------------------------------------------------------


def state(now: datetime.datetime | None = None) -> str:
    return slots(now).get().state


def slots(now: datetime.datetime | None = None):
    """All slots with their states, as of now or another time."""
    with clock.turned_to(now) if now else contextlib.nullcontext():
        return with_state(Slot.objects.all())


def at(*parts: int) -> datetime.datetime:
    return datetime.datetime(*parts, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (at(2026, 3, 13, 23, 59, 59), "planned"),
        (at(2026, 3, 14, 0, 0), "planned"),
        (at(2026, 3, 14, 23, 59, 59), "planned"),  # in UTC the day has nine more hours to go
        (at(2026, 3, 15, 0, 0), "missed"),  # in UTC it is still the 14th
        (at(2026, 3, 15, 7, 59), "missed"),
        (at(2027, 1, 1, 0, 0), "missed"),
    ],
)
def test_a_slot_is_planned_until_its_day_is_over_in_shanghai(now, moment, expected):
    planned(D(2026, 3, 14))
    assert state(moment) == expected
    now(moment)
    assert state() == expected


def event_on(slot: Slot, status: str, day: datetime.datetime, **values) -> Event:
    return factories.event(status, slot=slot, series=slot.series, starts_at=day, **values)


@pytest.mark.parametrize("status", [EventStatus.HELD, EventStatus.MINUTES_PUBLISHED])
@pytest.mark.parametrize("day", [at(2026, 3, 14, 14), at(2026, 3, 10, 14), at(2026, 4, 2, 14)])
def test_a_slot_whose_event_took_place_is_held_whatever_day_that_was(status, day):
    event_on(planned(D(2026, 3, 14)), status, day)
    assert state(at(2026, 5, 1)) == "held"


def test_a_cancelled_event_leaves_its_slot_missed_once_the_day_is_over():
    event_on(planned(D(2026, 3, 14)), EventStatus.CANCELLED, at(2026, 3, 14, 14))
    assert state(at(2026, 3, 14, 20)) == "planned"
    assert state(at(2026, 3, 15, 8)) == "missed"


def test_of_two_events_on_one_slot_one_that_took_place_is_enough():
    slot = planned(D(2026, 3, 14))
    event_on(slot, EventStatus.CANCELLED, at(2026, 3, 14, 14))
    event_on(slot, EventStatus.HELD, at(2026, 3, 15, 14))
    assert slots(at(2026, 4, 1)).count() == 1
    assert state(at(2026, 4, 1)) == "held"


def test_an_event_that_nobody_recorded_does_not_hold_its_slot():
    event_on(planned(D(2026, 3, 14)), EventStatus.OPEN, at(2026, 3, 14, 14))
    assert state(at(2026, 3, 14, 18)) == "planned"
    assert state(at(2026, 3, 15, 8)) == "missed"


@pytest.mark.parametrize(
    ("cadence", "within", "beyond"),
    [
        ("weekly", at(2026, 3, 15, 23, 0), at(2026, 3, 16, 0, 30)),  # the Sunday; the Monday after
        ("monthly", at(2026, 3, 31, 23, 0), at(2026, 4, 1, 0, 30)),
        ("quarterly", at(2026, 3, 31, 23, 0), at(2026, 4, 1, 0, 30)),
        ("yearly", at(2026, 12, 31, 23, 0), at(2027, 1, 1, 0, 30)),
    ],
)
def test_a_meeting_put_off_keeps_its_slot_planned_within_its_period_only(cadence, within, beyond):
    series = factories.series(cadence, cadence=cadence)
    slot = planned(D(2026, 3, 12), series=series)
    event = event_on(slot, EventStatus.OPEN, within)
    assert state(at(2026, 3, 14)) == "planned"
    assert state(within + datetime.timedelta(hours=3)) == "missed", "and once that is over, missed"
    Event.objects.filter(pk=event.pk).update(starts_at=beyond, ends_at=beyond + datetime.timedelta(hours=2))
    assert state(at(2026, 3, 14)) == "missed", "no far-off date takes it off the page"


def test_an_event_without_its_slot_counts_for_no_slot():
    slot = planned(D(2026, 3, 14))
    factories.event(EventStatus.HELD, series=slot.series, starts_at=at(2026, 3, 14, 14))
    assert state(at(2026, 3, 20)) == "missed"


def test_a_published_note_holds_its_slot_and_a_draft_does_not():
    slot = planned(D(2026, 3, 12), series=factories.series("study", cadence="weekly"))
    note = StudyNote.objects.create(series=slot.series, slot=slot, title="要点", body="要点")
    assert state(at(2026, 3, 20)) == "missed"
    StudyNote.objects.filter(pk=note.pk).update(published_at=at(2026, 3, 12, 9))
    assert state(at(2026, 3, 20)) == "held"


def test_what_nobody_planned_is_not_missed():
    factories.series()
    assert list(with_state(Slot.objects.all())) == []


def test_states_can_be_counted_and_chosen():
    series = factories.series()
    for month in (1, 2, 3):
        planned(D(2026, month, 14), series=series)
    assert slots(at(2026, 3, 1)).filter(state="missed").count() == 2
    assert slots(at(2026, 3, 1)).filter(state="planned").count() == 1
