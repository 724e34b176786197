"""What can be done with an event: each act whole or not at all, by whoever may, and told to whom it concerns."""

import datetime

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from consultation.models import Event, EventTransition, Slot
from consultation.services import events, sign_ups
from consultation.workflow import EventStatus
from foundation import clock
from foundation.actors import SYSTEM
from foundation.audit import AuditAction, AuditEntry
from foundation.errors import Refused, Stale, TransitionNotAllowed
from foundation.outbox import OutboxMessage
from foundation.tokens import new_code
from tests import factories
from tests.together import at_once

pytestmark = pytest.mark.django_db

HOUR = datetime.timedelta(hours=1)
DAY = datetime.timedelta(days=1)
TAKEN = "这个议事点在这段时间已有其他活动，请换一个时间或地点。"


def soon(hours: float = 192) -> datetime.datetime:
    return timezone.now() + hours * HOUR


def unsaved(**values) -> Event:
    starts_at = values.pop("starts_at", None) or soon()
    defaults = {
        "area": factories.tree().community,
        "title": "门前停车怎么划线",
        "starts_at": starts_at,
        "ends_at": starts_at + 2 * HOUR,
        "place": "居委会二楼",
    }
    return Event(**(defaults | values))


def fresh(event: Event) -> Event:
    return Event.objects.get(pk=event.pk)


def signed_up(event: Event, number: int = 1):
    return sign_ups.sign_up(event, code=new_code(), phone=f"139123456{number:02d}")[0]


def notified(event: Event) -> list[tuple[str, int]]:
    """Template and sign-up's number of every message about an event but those of signing up."""
    numbers = dict(event.sign_ups.values_list("pk", "number"))
    rows = OutboxMessage.objects.filter(subject_ref=f"event:{event.pk}").order_by("pk")
    return [
        (row.template, numbers[row.parameters["sign_up"]])
        for row in rows
        if row.template not in ("event_signed_up", "event_waiting")
    ]


# --- Planning --------------------------------------------------------------------------------------------------------


def test_a_planned_event_stands_in_the_table_with_its_trace_and_audit():
    staff = factories.community_staff()
    event = events.plan(unsaved(), actor=staff)
    assert (event.status, event.sequence, event.version) == ("planned", 0, 0)
    [step] = EventTransition.objects.all()
    assert (step.event, step.from_status, step.to_status, step.actor) == (event, "", "planned", staff)
    [entry] = AuditEntry.objects.all()
    assert (entry.action, entry.subject, entry.actor) == (AuditAction.ADDED, f"event:{event.pk}", staff)


def test_an_import_plans_without_an_account_and_leaves_no_audit():
    event = events.plan(unsaved(), actor=SYSTEM)
    assert event.transitions.get().actor is None
    assert not AuditEntry.objects.exists()


def test_an_event_starts_planned_whatever_it_was_made_with():
    assert events.plan(unsaved(status=EventStatus.OPEN), actor=SYSTEM).status == "planned"


@pytest.mark.parametrize("who", ["auditor", "nobody"])
def test_planning_needs_the_permission(who):
    actor = factories.auditor() if who == "auditor" else factories.user("nobody")
    with pytest.raises(TransitionNotAllowed, match="您的账号不能安排活动。"):
        events.plan(unsaved(), actor=actor)
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"ends_at": soon(191)}, "结束时间应晚于开始时间。"),
        ({"place": ""}, "请选择议事点，或填写其他地点，或填写线上链接。"),
        ({"capacity": 0}, "名额至少 1 个；不限名额的请留空。"),
        ({"sign_up_until": soon(300)}, "报名截止不能晚于活动结束。"),
    ],
)
def test_what_an_event_cannot_be_is_said_in_words_and_nothing_is_half_saved(values, sentence):
    factories.tree()
    with pytest.raises(Refused) as refused:
        events.plan(unsaved(**values), actor=factories.liaison_staff())
    assert str(refused.value) == sentence
    assert not Event.objects.exists()
    assert not EventTransition.objects.exists()
    assert not AuditEntry.objects.exists()


def test_a_constraint_without_words_for_people_is_no_refusal():
    with pytest.raises(IntegrityError):
        events.plan(unsaved(cancel_reason="下雨"), actor=SYSTEM)


def test_a_slot_of_another_series_is_refused():
    talk, lecture = factories.series(), factories.series("quarterly-lecture", name="季季讲")
    slot = Slot.objects.create(series=talk, period=datetime.date(2026, 11, 1), planned_on=datetime.date(2026, 11, 20))
    with pytest.raises(Refused, match="所选档期不属于这个系列"):
        events.plan(unsaved(series=lecture, slot=slot), actor=SYSTEM)
    assert events.plan(unsaved(series=talk, slot=slot), actor=SYSTEM).slot == slot


# --- One venue, one event at a time ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("starts", "ends", "fits"),
    [
        (10, 12, False),  # the same time
        (11, 13, False),
        (9, 11, False),
        (10.5, 11.5, False),
        (9, 13, False),
        (12, 14, True),  # begins when the other ends
        (8, 10, True),  # ends when the other begins
        (34, 36, True),
    ],
)
def test_a_venue_holds_one_event_at_a_time(starts, ends, fits):
    venue, base = factories.venue(), soon()
    events.plan(unsaved(venue=venue, starts_at=base + 10 * HOUR, ends_at=base + 12 * HOUR), actor=SYSTEM)
    other = unsaved(venue=venue, starts_at=base + starts * HOUR, ends_at=base + ends * HOUR)
    if fits:
        events.plan(other, actor=SYSTEM)
        return
    with pytest.raises(Refused) as refused:
        events.plan(other, actor=SYSTEM)
    assert str(refused.value) == TAKEN
    assert Event.objects.count() == 1


def test_two_venues_and_places_outside_them_do_not_meet():
    start = soon()
    events.plan(unsaved(venue=factories.venue(), starts_at=start), actor=SYSTEM)
    events.plan(unsaved(venue=factories.venue("members_home"), starts_at=start), actor=SYSTEM)
    events.plan(unsaved(starts_at=start), actor=SYSTEM)
    events.plan(unsaved(starts_at=start), actor=SYSTEM)
    assert Event.objects.count() == 4


def test_a_cancelled_event_frees_its_venue():
    venue, start = factories.venue(), soon()
    first = events.plan(unsaved(venue=venue, starts_at=start), actor=SYSTEM)
    events.cancel(first, actor=SYSTEM, reason="主讲人生病")
    second = events.plan(unsaved(venue=venue, starts_at=start), actor=SYSTEM)
    assert second.venue == venue


def test_an_event_cannot_be_moved_onto_another():
    venue, start = factories.venue(), soon()
    first = events.plan(unsaved(venue=venue, starts_at=start), actor=SYSTEM)
    second = events.plan(unsaved(venue=venue, starts_at=start + DAY), actor=SYSTEM)
    second.starts_at, second.ends_at = first.starts_at + HOUR, first.ends_at + HOUR
    with pytest.raises(Refused) as refused:
        events.change(second, ["starts_at", "ends_at"], actor=factories.liaison_staff())
    assert str(refused.value) == TAKEN
    assert fresh(second).starts_at == start + DAY
    assert (fresh(second).sequence, fresh(second).version) == (0, 0)
    assert not AuditEntry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_who_plan_the_same_venue_and_time_at_once_one_gets_it():
    venue, start = factories.venue(), soon()
    staff = factories.liaison_staff()
    for round in range(5):
        Event.objects.filter(pk__in=Event.objects.all()).update(status="cancelled", cancel_reason="重来")
        results = at_once(
            *(lambda: events.plan(unsaved(venue=venue, starts_at=start), actor=staff) for _place in range(4))
        )
        assert sorted(type(result).__name__ for result in results) == ["Event", "Refused", "Refused", "Refused"]
        assert {str(result) for result in results if isinstance(result, Refused)} == {TAKEN}
        assert Event.objects.exclude(status="cancelled").count() == 1
        # Nothing half saved: as many traces and audit rows as events.
        assert EventTransition.objects.count() == AuditEntry.objects.count() == round + 1


@pytest.mark.django_db(transaction=True)
def test_of_two_moved_onto_the_same_venue_at_once_one_gets_it():
    venue, start = factories.venue(), soon()
    rows = [events.plan(unsaved(starts_at=start), actor=SYSTEM) for _place in range(3)]

    def take(row):
        row.venue = venue
        return events.change(row, ["venue"], actor=SYSTEM)

    results = at_once(*(lambda row=row: take(row) for row in rows))
    assert sorted(type(result).__name__ for result in results) == ["Event", "Refused", "Refused"]
    assert Event.objects.filter(venue=venue).count() == 1


def test_who_wants_a_venue_queues_at_its_row_first():
    # Two who are inside the exclusion constraint at once could wait for each other, and PostgreSQL would end one.
    venue, event = factories.venue(), unsaved(venue=factories.venue())
    with CaptureQueriesContext(connection) as asked:
        events.plan(event, actor=SYSTEM)
    said = [query["sql"] for query in asked]
    [queue] = [place for place, sql in enumerate(said) if "FOR NO KEY UPDATE" in sql and "consultation_venue" in sql]
    [insert] = [place for place, sql in enumerate(said) if sql.startswith('INSERT INTO "consultation_event" ')]
    assert queue < insert
    assert event.venue == venue


# --- Changing --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value", "is_notified"),
    [
        ("title", "门前停车：第二次商量", True),
        ("starts_at", soon(190), True),
        ("ends_at", soon(198), True),
        ("place", "桂花苑中心花园", True),
        ("online_url", "https://meeting.example.com/1", True),
        ("summary", "请带上户型图。", False),
        ("capacity", 30, False),
        ("sign_up_until", soon(100), False),
    ],
)
def test_calendars_and_people_hear_of_what_concerns_them(field, value, is_notified):
    event = events.open_sign_up(events.plan(unsaved(capacity=20), actor=SYSTEM), actor=SYSTEM)
    signed_up(event)
    before = fresh(event).changed_at
    setattr(event, field, value)
    changed = events.change(event, [field], actor=factories.community_staff())
    assert getattr(fresh(event), field) == value
    assert fresh(event).sequence == (1 if is_notified else 0)
    assert fresh(event).changed_at > before
    assert changed.version == event.version + 1
    assert notified(event) == ([("event_changed", 1)] if is_notified else [])
    [entry] = AuditEntry.objects.all()
    assert (entry.action, entry.subject, entry.detail) == (AuditAction.CHANGED, f"event:{event.pk}", field)


def test_each_change_is_told_anew_and_only_to_those_whose_sign_up_counts():
    event = factories.event(capacity=2)
    first, _second, _third = (signed_up(event, number) for number in (1, 2, 3))
    sign_ups.cancel(first)
    OutboxMessage.objects.all().delete()
    for title in ("一", "二"):
        event.title = title
        event = events.change(event, ["title"], actor=SYSTEM)
    assert notified(event) == [("event_changed", 2), ("event_changed", 3)] * 2
    assert event.sequence == 2


def test_what_is_not_different_is_no_change():
    event = factories.event()
    same = events.change(event, ["title", "starts_at", "venue"], actor=factories.liaison_staff())
    assert (same.version, same.sequence) == (event.version, 0)
    assert not AuditEntry.objects.exists()


def test_only_named_fields_are_written():
    event = factories.event()
    event.title, event.summary = "新标题", "新介绍"
    events.change(event, ["title"], actor=SYSTEM)
    assert (fresh(event).title, fresh(event).summary) == ("新标题", "")


@pytest.mark.parametrize("field", ["status", "minutes", "sequence", "door_key", "people_served", "is_demo"])
def test_what_has_its_own_door_is_not_changed_here(field):
    with pytest.raises(ValueError, match=field):
        events.change(factories.event(), [field], actor=SYSTEM)


def test_a_cancelled_event_is_not_changed():
    event = factories.event("cancelled")
    event.title = "照常举行"
    with pytest.raises(Refused, match="活动已取消，不能再修改；如需重新举办，请另行安排。"):
        events.change(event, ["title"], actor=SYSTEM)


@pytest.mark.parametrize("status", ["held", "minutes_published"])
def test_time_and_place_stay_once_it_was_held_and_words_may_be_mended(status):
    event = factories.event(status)
    event.title = "加装门禁：改正错字"
    assert events.change(event, ["title"], actor=SYSTEM).title == "加装门禁：改正错字"
    for field, value in [
        ("place", "别处"),
        ("venue", factories.venue()),
        ("online_url", "https://meeting.example.com/"),
        ("starts_at", event.starts_at - HOUR),
        ("ends_at", event.ends_at + HOUR),
    ]:
        edited = fresh(event)
        setattr(edited, field, value)
        with pytest.raises(Refused, match="活动已经举行，时间和地点不能再修改。"):
            events.change(edited, [field], actor=SYSTEM)
    assert notified(event) == []


def test_an_event_that_is_over_tells_nobody_of_a_change():
    event = factories.event(starts_at=soon(5))
    signed_up(event)
    Event.objects.filter(pk=event.pk).update(starts_at=soon(-5), ends_at=soon(-3))
    event = fresh(event)
    event.title = "改个标题"
    assert events.change(event, ["title"], actor=SYSTEM).sequence == 1
    assert notified(event) == []


@pytest.mark.parametrize("who", ["auditor", "nobody"])
def test_changing_needs_the_permission(who):
    event = factories.event()
    event.title = "别的"
    actor = factories.auditor() if who == "auditor" else factories.user("nobody")
    with pytest.raises(TransitionNotAllowed, match="您的账号不能修改活动。"):
        events.change(event, ["title"], actor=actor)


def test_a_stale_page_changes_nothing():
    event = factories.event()
    version = event.version
    event.title = "第一个人改的"
    events.change(event, ["title"], actor=SYSTEM, version=version)
    event.title = "第二个人改的"
    with pytest.raises(Stale):
        events.change(event, ["title"], actor=SYSTEM, version=version)
    assert fresh(event).title == "第一个人改的"


# --- Places ----------------------------------------------------------------------------------------------------------


def states(event: Event) -> list[tuple[int, str]]:
    return list(event.sign_ups.order_by("number").values_list("number", "status"))


@pytest.mark.parametrize(
    ("capacity", "expected"),
    [
        (2, ["confirmed", "confirmed", "waiting", "waiting"]),
        (3, ["confirmed", "confirmed", "confirmed", "waiting"]),
        (9, ["confirmed"] * 4),
        (None, ["confirmed"] * 4),
    ],
)
def test_more_places_let_those_who_wait_move_up_in_order(capacity, expected):
    event = factories.event(capacity=1)
    for number in range(1, 5):
        signed_up(event, number)
    event.capacity = capacity
    events.change(event, ["capacity"], actor=factories.community_staff())
    assert states(event) == list(enumerate(expected, start=1))
    assert notified(event) == [("event_moved_up", number) for number in range(2, expected.count("confirmed") + 1)]


def test_places_can_be_taken_back_as_far_as_nobody_has_them():
    event = factories.event(capacity=10)
    for number in range(1, 4):
        signed_up(event, number)
    event.capacity = 2
    with pytest.raises(Refused) as refused:
        events.change(event, ["capacity"], actor=SYSTEM)
    assert str(refused.value) == "已有 3 人报名成功，名额不能少于这个数。"
    assert fresh(event).capacity == 10
    event.capacity = 3
    assert events.change(event, ["capacity"], actor=SYSTEM).capacity == 3
    assert [status for _number, status in states(event)] == ["confirmed"] * 3


def test_a_later_deadline_opens_the_door_again():
    event = factories.event()
    Event.objects.filter(pk=event.pk).update(sign_up_until=soon(-1))
    event = fresh(event)
    with pytest.raises(Refused, match="报名已经截止。"):
        signed_up(event)
    event.sign_up_until = soon(1)
    events.change(event, ["sign_up_until"], actor=SYSTEM)
    assert signed_up(event).status == "confirmed"


# --- Moving ----------------------------------------------------------------------------------------------------------


def account(who: str):
    return {
        "liaison": factories.liaison_staff,
        "community": factories.community_staff,
        "auditor": factories.auditor,
        "nobody": lambda: factories.user("nobody"),
    }[who]()


@pytest.mark.parametrize("status", ["planned", "open"])
def test_what_has_not_begun_was_not_held(status):
    event = factories.event(status, starts_at=soon(1))
    for actor in (factories.liaison_staff(), SYSTEM):
        with pytest.raises(TransitionNotAllowed, match="活动还没有开始，不能记为已举行。"):
            events.record_held(event, actor=actor)
    assert fresh(event).status == status


def test_what_goes_on_now_can_be_recorded_as_held():
    event = factories.event("planned", starts_at=soon(-0.5))
    assert events.record_held(event, actor=factories.community_staff()).was_held


def test_staff_do_not_open_a_sign_up_whose_deadline_has_passed():
    event = factories.event("planned", sign_up_until=soon(1))
    Event.objects.filter(pk=event.pk).update(sign_up_until=soon(-1))
    with pytest.raises(TransitionNotAllowed, match="报名截止时间已过，请先修改报名截止时间或活动时间。"):
        events.open_sign_up(event, actor=factories.liaison_staff())


def test_a_reason_too_long_is_refused_in_words():
    event = factories.event()
    with pytest.raises(TransitionNotAllowed, match="原因最多 200 个字。"):
        events.cancel(event, actor=SYSTEM, reason="雨" * 201)
    assert events.cancel(event, actor=SYSTEM, reason="雨" * 200).is_cancelled


def test_cancelling_tells_everybody_whose_sign_up_counts_and_raises_the_sequence():
    event = factories.event(capacity=1)
    rows = [signed_up(event, number) for number in (1, 2, 3)]
    sign_ups.cancel(rows[2])
    before = fresh(event)
    cancelled = events.cancel(event, actor=factories.liaison_staff(), reason=" 下大雨 ")
    assert notified(event) == [("event_cancelled", 1), ("event_cancelled", 2)]
    assert cancelled.cancel_reason == "下大雨"
    assert cancelled.sequence == before.sequence + 1
    assert cancelled.changed_at > before.changed_at
    # The reason is public; neither trace nor audit repeats it.
    assert "下大雨" not in AuditEntry.objects.get(action=AuditAction.MOVED).detail


def test_opening_and_holding_raise_no_sequence():
    event = factories.event("planned", starts_at=soon(-1))
    with clock.turned_to(soon(-2)):
        event = events.open_sign_up(event, actor=SYSTEM)
    event = events.record_held(event, actor=SYSTEM)
    assert event.sequence == 0


def test_cancelling_puts_its_topics_back_on_the_menu(monkeypatch):
    event, staff = factories.event(), factories.liaison_staff()
    called = []
    monkeypatch.setattr(events.topics, "after_cancelled", lambda event, *, actor: called.append((event, actor)))
    events.cancel(event, actor=staff, reason="下大雨")
    assert called == [(event, staff)]


def test_published_minutes_end_its_topics(monkeypatch):
    event, staff = factories.event("held"), factories.liaison_staff()
    events.write_minutes(event, "商量好了。", actor=SYSTEM)
    called = []
    monkeypatch.setattr(events.topics, "after_minutes", lambda event, *, actor: called.append((event, actor)))
    events.publish_minutes(event, actor=staff)
    assert called == [(event, staff)]


def test_a_cancelled_events_topic_can_be_ordered_again():
    topic = factories.topic()
    event = factories.event("planned")
    events.topics.schedule(topic, event, actor=SYSTEM)
    events.cancel(event, actor=SYSTEM, reason="下大雨")
    topic.refresh_from_db()
    assert topic.status == "open"


def test_when_something_behind_the_move_fails_nothing_is_moved(monkeypatch):
    event = factories.event()
    signed_up(event)

    def fail(event, *, actor):
        raise RuntimeError

    monkeypatch.setattr(events.topics, "after_cancelled", fail)
    with pytest.raises(RuntimeError):
        events.cancel(event, actor=SYSTEM, reason="下大雨")
    assert fresh(event).status == "open"
    assert notified(event) == []


def test_an_import_says_when_it_happened():
    at = datetime.datetime.fromisoformat("2023-06-01T15:00:00+08:00")
    with clock.turned_to(at - DAY):
        event = events.plan(unsaved(starts_at=at), actor=SYSTEM)
    assert event.changed_at == at - DAY
    with clock.turned_to(at + 2 * HOUR):
        event = events.record_held(event, actor=SYSTEM)
    assert list(event.transitions.values_list("at", flat=True)) == [at - DAY, at + 2 * HOUR]
    assert event.changed_at == at + 2 * HOUR


@pytest.mark.django_db(transaction=True)
def test_cancelled_twice_at_once_it_is_cancelled_once():
    event = factories.event()
    signed_up(event)
    results = at_once(*(lambda: events.cancel(event, actor=SYSTEM, reason="下大雨") for _place in range(4)))
    assert sum(isinstance(result, TransitionNotAllowed) for result in results) == 3
    assert event.transitions.filter(to_status="cancelled").count() == 1
    assert notified(event) == [("event_cancelled", 1)]


# --- People served ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("people", [None, 0, 37, 100_000])
def test_people_served_come_with_holding_it(people):
    event = factories.event("planned", starts_at=soon(-3))
    assert events.record_held(event, actor=SYSTEM, people_served=people).people_served == people


@pytest.mark.parametrize("people", [-1, 100_001, 10**12])
def test_impossible_numbers_of_people_are_refused(people):
    event = factories.event("planned", starts_at=soon(-3))
    with pytest.raises(Refused, match="请核对服务人数：应在 0 到 100000 之间。"):
        events.record_held(event, actor=SYSTEM, people_served=people)
    assert fresh(event).status == "planned"
    held = factories.event("held", place="别处")
    with pytest.raises(Refused):
        events.record_served(held, people, actor=SYSTEM)


@pytest.mark.parametrize("status", ["held", "minutes_published"])
def test_people_served_can_be_counted_later(status):
    event = factories.event(status)
    counted = events.record_served(event, 52, actor=factories.community_staff())
    assert fresh(event).people_served == 52
    assert events.record_served(counted, None, actor=SYSTEM, version=counted.version).people_served is None
    [entry] = AuditEntry.objects.filter(action=AuditAction.CHANGED)
    assert (entry.subject, entry.detail) == (f"event:{event.pk}", "people_served")


@pytest.mark.parametrize("status", ["planned", "open", "cancelled"])
def test_nobody_is_served_before_it_was_held(status):
    event = factories.event(status)
    with pytest.raises(Refused, match="活动举行以后才能填服务人数。"):
        events.record_served(event, 10, actor=SYSTEM)


def test_counting_people_needs_the_permission_and_a_page_that_is_not_stale():
    event = factories.event("held")
    with pytest.raises(TransitionNotAllowed, match="您的账号不能修改活动。"):
        events.record_served(event, 10, actor=factories.auditor())
    with pytest.raises(Stale):
        events.record_served(event, 10, actor=SYSTEM, version=event.version + 1)


# --- Minutes ---------------------------------------------------------------------------------------------------------


def test_a_draft_becomes_public_when_it_is_approved():
    event = factories.event("held")
    draft = events.write_minutes(event, " 一、门禁。\r\n二、停车。 ", actor=factories.community_staff())
    assert (draft.minutes, draft.minutes_are_public, draft.minutes_revised_at) == (
        "一、门禁。\n二、停车。",
        False,
        None,
    )
    published = events.publish_minutes(draft, actor=factories.liaison_staff())
    assert published.minutes_are_public
    assert published.minutes_published_at is not None
    [entry] = AuditEntry.objects.filter(action=AuditAction.MINUTES_WRITTEN)
    assert (entry.subject, entry.detail) == (f"event:{event.pk}", "draft")


@pytest.mark.parametrize("status", ["planned", "open", "cancelled"])
def test_minutes_are_written_of_what_was_held(status):
    with pytest.raises(Refused, match="活动举行以后才能写纪要。"):
        events.write_minutes(factories.event(status), "还没开会", actor=SYSTEM)


def test_published_minutes_are_corrected_by_those_who_approve_them_and_it_shows():
    event = factories.event("minutes_published")
    with pytest.raises(TransitionNotAllowed, match="纪要已公布，只能由审定纪要的人员更正。"):
        events.write_minutes(event, "修改", actor=factories.community_staff())
    same = events.write_minutes(event, event.minutes, actor=factories.liaison_staff())
    assert same.minutes_revised_at is None
    corrected = events.write_minutes(event, "更正：门禁装在 2 号门。", actor=factories.liaison_staff())
    assert corrected.minutes_revised_at == corrected.changed_at
    assert corrected.minutes_published_at == event.minutes_published_at
    [entry] = AuditEntry.objects.filter(action=AuditAction.MINUTES_WRITTEN)
    assert entry.detail == "correction"


def test_published_minutes_are_never_emptied():
    event = factories.event("minutes_published")
    with pytest.raises(Refused, match="已公布的纪要不能清空。"):
        events.write_minutes(event, " ", actor=SYSTEM)
    assert fresh(event).minutes == event.minutes


def test_minutes_have_a_longest_length():
    event = factories.event("held")
    with pytest.raises(Refused, match="纪要最多 20000 个字。"):
        events.write_minutes(event, "字" * 20_001, actor=SYSTEM)
    assert len(events.write_minutes(event, "字" * 20_000, actor=SYSTEM).minutes) == 20_000


@pytest.mark.parametrize("who", ["auditor", "nobody"])
def test_writing_minutes_needs_the_permission(who):
    with pytest.raises(TransitionNotAllowed, match="您的账号不能写纪要。"):
        events.write_minutes(factories.event("held"), "我来写", actor=account(who))


def test_of_two_drafts_the_stale_one_is_refused():
    event = factories.event("held")
    events.write_minutes(event, "甲写的", actor=SYSTEM, version=event.version)
    with pytest.raises(Stale):
        events.write_minutes(event, "乙写的", actor=SYSTEM, version=event.version)
    assert fresh(event).minutes == "甲写的"


# --- The door --------------------------------------------------------------------------------------------------------


def test_a_renewed_door_key_is_another():
    event, staff = factories.event(), factories.community_staff()
    renewed = events.renew_door_key(event, actor=staff)
    assert renewed.door_key != event.door_key
    assert fresh(event).door_key == renewed.door_key
    [entry] = AuditEntry.objects.all()
    assert (entry.action, entry.detail, entry.actor) == (AuditAction.CHANGED, "door_key", staff)
    assert renewed.door_key not in str(entry.__dict__)


def test_renewing_the_door_key_needs_the_permission():
    event = factories.event()
    with pytest.raises(TransitionNotAllowed, match="您的账号不能修改活动。"):
        events.renew_door_key(event, actor=factories.auditor())
    assert fresh(event).door_key == event.door_key
