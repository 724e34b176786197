"""A demand's time: pauses, extensions, and who is told of deadlines.

The expected dates are worked out by hand from the State Council's notice for 2026: Sunday 20 September worked, 25 to 27
September off, 1 to 7 October off, Saturday 10 October worked. So the working days are 18, 20 to 24, 28 to 30 September,
8 to 10, 12 to 16, 19 to 23, 26 to 30 October, 2 to 6, 9 to 13 November.
"""

import datetime
import uuid

import pytest
from django.db import DatabaseError, transaction

from consultation.models import StaffScope
from demands import services
from demands.models import DeadlineAct, DeadlineChange, Demand, Escalation, EscalationRule
from demands.selectors import queues
from demands.workflow import DeclineReason, DemandStatus
from foundation import audit
from foundation.actors import RESIDENT
from foundation.errors import Refused, Stale, TransitionNotAllowed
from foundation.outbox import OutboxMessage
from tests import factories
from tests.rows import each_row
from tests.together import at_once

pytestmark = pytest.mark.django_db
S = DemandStatus


def shanghai(text: str) -> datetime.datetime:
    """A moment of 2026, "09-23 10:00", or noon of a day."""
    day, _blank, hour = text.partition(" ")
    return datetime.datetime.fromisoformat(f"2026-{day} {hour or '12:00'}+08:00")


def day(text: str) -> datetime.date:
    return datetime.date.fromisoformat(f"2026-{text}")


def due(demand: Demand) -> tuple[str, str]:
    """Both deadlines as the database has them, without the year."""
    row = Demand.objects.get(pk=demand.pk)
    return f"{row.response_due:%m-%d}", f"{row.resolution_due:%m-%d}"


@pytest.fixture
def staff():
    return factories.liaison_staff()


@pytest.fixture
def demand():
    """Received on Monday 21 September: 3 working days to respond are 22, 23 and 24, 30 to resolve end on 9 November."""
    found = factories.demand(at=shanghai("09-21"))
    assert due(found) == ("09-24", "11-09")
    return found


@pytest.fixture
def now(monkeypatch):
    """Set the clock: `now("09-23 10:00")`."""

    def put(text: str) -> datetime.datetime:
        moment = shanghai(text)
        monkeypatch.setattr("django.utils.timezone.now", lambda: moment)
        return moment

    return put


def said(demand: Demand) -> list[str]:
    """What its resident read of its progress, oldest first."""
    return [message.body for message in demand.messages.for_resident().filter(kind="progress").order_by("pk")]


def owed(template: str) -> list[str]:
    return sorted(OutboxMessage.objects.filter(template=template).values_list("subject_ref", flat=True))


def pause(demand, staff, at="09-23 10:00", reason="请告诉我们是几号楼。"):
    return factories.acting_at(shanghai(at), services.deadlines.pause, demand, reason, actor=staff)


def escalate(today: datetime.date) -> int:
    """Run the worker's job at noon of a day."""
    return factories.acting_at(shanghai(f"{today:%m-%d}"), services.deadlines.escalate)


# --- Pausing ---------------------------------------------------------------------------------------------------------


def test_a_paused_demand_has_no_deadline_and_its_resident_reads_why(demand, staff):
    row = pause(demand, staff)
    assert (row.paused_at, row.due_on) == (shanghai("09-23 10:00"), None)
    # Ten working days: 24, 28, 29, 30 September, 8, 9, 10, 12, 13, 14 October.
    assert said(demand) == [
        "请您补充：请告诉我们是几号楼。\n"
        "期限从今天起暂停计算，收到您的补充后继续计算，最迟暂停到2026年10月14日 星期三。"
    ]
    assert owed("needs_information") == [demand.ref]
    [change] = demand.deadline_changes.all()
    assert (change.act, change.party, change.actor, change.office) == ("pause", "staff", staff, staff.office)
    assert change.response_before == change.response_after == day("09-24")
    assert audit.AuditEntry.objects.filter(action="paused", subject=demand.ref, actor=staff).count() == 1
    # However long ago its deadline would have been.
    assert not Demand.objects.overdue(day("12-01")).exists()
    assert list(Demand.objects.paused()) == [demand]


@each_row(
    ("paused", "resumed", "response", "resolution"),
    [
        # The same day: nothing is lost.
        ("09-23 10:00", "09-23 17:00", "09-24", "11-09"),
        ("09-23 23:59", "09-24 00:01", "09-28", "11-10"),
        # Over the holiday of the middle of autumn: 24 and 28.
        ("09-23 10:00", "09-28 09:00", "09-29", "11-11"),
        # 24, 28, 29, 30 September, 8 and 9 October: six. From 24: 28, 29, 30, 8, 9, 10. From 9 November: to 17.
        ("09-23 10:00", "10-09 09:00", "10-10", "11-17"),
        # Resumed on a holiday: 24, 28, 29, 30.
        ("09-23 10:00", "10-03 09:00", "10-08", "11-13"),
        # On the last day it may last, and long after it: ten.
        ("09-23 10:00", "10-14 23:59", "10-15", "11-23"),
        ("09-23 10:00", "10-30 09:00", "10-15", "11-23"),
    ],
)
def test_both_deadlines_move_on_by_the_working_days_it_lasted(demand, staff, paused, resumed, response, resolution):
    pause(demand, staff, paused)
    row = factories.acting_at(shanghai(resumed), services.deadlines.resume, demand, actor=staff)
    assert due(demand) == (response, resolution)
    assert (row.paused_at, row.due_on) == (None, day(response))
    assert owed("moved") == [demand.ref]
    assert said(demand)[1:] == [f"继续计时，{in_words(response)}前回应。"]


def in_words(text: str) -> str:
    found = day(text)
    return f"2026年{found.month}月{found.day}日 星期{'一二三四五六日'[found.weekday()]}"


def test_what_was_answered_before_keeps_its_answer_in_time(demand, staff):
    factories.acting_at(shanghai("09-22"), services.handling.answer, demand, "我们来看看。", actor=staff)
    pause(demand, staff)
    factories.acting_at(shanghai("09-28 09:00"), services.deadlines.resume, demand, actor=staff)
    assert due(demand) == ("09-24", "11-11")
    assert said(demand)[-1] == "继续计时，2026年11月11日 星期三前办结。"


def test_answered_meanwhile_the_deadline_to_answer_moves_until_the_answer(demand, staff):
    pause(demand, staff)
    factories.acting_at(shanghai("09-28"), services.handling.answer, demand, "先告诉您一声。", actor=staff)
    factories.acting_at(shanghai("10-09 09:00"), services.deadlines.resume, demand, actor=staff)
    # 24 and 28 for the answer, six days in all.
    assert due(demand) == ("09-29", "11-17")


def test_the_resident_ends_it_by_saying_more(demand, staff, now):
    now("09-23 10:00")
    pause(demand, staff)
    now("09-28 09:00")
    key = uuid.uuid4()
    services.residents.add_information(demand, "3 号楼。", key=key)
    assert due(demand) == ("09-29", "11-11")
    assert said(demand)[-1] == "已收到您的补充。继续计时，2026年9月29日 星期二前回应。"
    assert [(change.act, change.party, change.days) for change in demand.deadline_changes.all()] == [
        ("pause", "staff", 0),
        ("resume", "resident", 2),
    ]
    # Who has just done it is not told of it.
    assert owed("moved") == []
    # The same form sent again, and more said later, move nothing.
    now("10-30 09:00")
    services.residents.add_information(demand, "3 号楼。", key=key)
    services.residents.add_information(demand, "还有 4 号楼。", key=uuid.uuid4())
    assert due(demand) == ("09-29", "11-11")


def test_refused_information_leaves_it_paused(demand, staff):
    pause(demand, staff)
    with pytest.raises(Refused):
        services.residents.add_information(demand, "  ", key=uuid.uuid4())
    demand.refresh_from_db()
    assert demand.is_paused


@pytest.mark.parametrize(
    ("to", "owes"),
    [
        (S.DECLINED, {"answer": "做不到。", "decline_reason": DeclineReason.NOT_FEASIBLE}),
        (S.WITHDRAWN, {}),
        (S.MERGED, {"target": True}),
    ],
)
def test_what_ends_meanwhile_is_paused_no_more(demand, staff, to, owes):
    if "target" in owes:
        owes = {"target": factories.demand(description="同一件事")}
    pause(demand, staff)
    factories.acting_at(shanghai("09-28"), factories.make_move, demand, to, **owes)
    demand.refresh_from_db()
    assert not demand.is_paused
    assert demand.deadline_changes.last().act == DeadlineAct.RESUME
    assert due(demand) == ("09-29", "11-11")


def test_moving_on_does_not_end_it(demand, staff):
    pause(demand, staff)
    factories.make_move(demand, S.ACCEPTED, actor=staff)
    demand.refresh_from_db()
    assert demand.is_paused


@pytest.mark.parametrize("reason", ["", " \n"])
def test_a_pause_says_what_for(demand, staff, database, reason):
    before = database()
    with pytest.raises(Refused, match="请填写需要居民补充的内容。"):
        pause(demand, staff, reason=reason)
    assert database() == before


def late(demand, staff):
    return "10-09", "期限已过，不能再暂停或延长"


def paused(demand, staff):
    pause(demand, staff)
    return "09-23", "目前已暂停计时"


def closed(demand, staff):
    factories.make_move(demand, S.WITHDRAWN, actor=RESIDENT)
    return "09-23", "已结束的需求没有期限。"


@pytest.mark.parametrize("state", [late, paused, closed])
def test_neither_pause_nor_extension_where_no_deadline_runs(demand, staff, database, state):
    at, why = state(demand, staff)
    before = database()
    with pytest.raises(Refused, match=why):
        pause(demand, staff, at)
    with pytest.raises(Refused, match=why):
        factories.acting_at(shanghai(at), services.deadlines.extend, demand, 3, "材料没到。", actor=staff)
    assert database() == before


def test_who_was_erased_is_asked_for_nothing(demand, staff):
    services.handling.erase(demand, actor=staff)
    with pytest.raises(Refused, match="个人信息已删除"):
        pause(demand, staff)


def test_what_is_not_paused_is_not_resumed(demand, staff, database):
    before = database()
    with pytest.raises(Refused, match="目前没有暂停计时。"):
        services.deadlines.resume(demand, actor=staff)
    assert database() == before


@pytest.mark.parametrize("role", ["community_staff", "auditor", "member"])
def test_only_who_handles_demands_changes_deadlines(demand, staff, database, role):
    user = getattr(factories, role)()
    before = database()
    for act in (
        lambda: factories.acting_at(shanghai("09-23"), services.deadlines.pause, demand, "几号楼？", actor=user),
        lambda: factories.acting_at(shanghai("09-23"), services.deadlines.extend, demand, 3, "材料没到。", actor=user),
        lambda: services.deadlines.resume(demand, actor=user),
    ):
        with pytest.raises(TransitionNotAllowed):
            act()
    assert database() == before


def test_a_stale_page_changes_nothing(demand, staff):
    seen = demand.version
    services.handling.assign(demand, staff, actor=staff)
    at = shanghai("09-23")
    for act in (
        lambda: factories.acting_at(at, services.deadlines.pause, demand, "几号楼？", actor=staff, version=seen),
        lambda: factories.acting_at(at, services.deadlines.extend, demand, 3, "材料没到。", actor=staff, version=seen),
        lambda: services.deadlines.resume(demand, actor=staff, version=seen),
    ):
        with pytest.raises(Stale):
            act()
    assert not DeadlineChange.objects.exists()


def test_changes_stay_as_they_were_made(demand, staff):
    pause(demand, staff)
    for act in (DeadlineChange.objects.all().delete, lambda: DeadlineChange.objects.update(days=9)):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()


@pytest.mark.django_db(transaction=True)
def test_resumed_by_two_at_once_it_moves_once(demand, staff):
    pause(demand, staff)
    acts = [lambda: factories.acting_at(shanghai("09-28"), services.deadlines.resume, demand, actor=staff)] * 3
    results = at_once(*acts)
    assert sorted(type(result).__name__ for result in results) == ["Demand", "Refused", "Refused"]
    assert due(demand) == ("09-29", "11-11")


# --- Ended by itself -------------------------------------------------------------------------------------------------


def test_a_pause_ends_after_ten_working_days(demand, staff):
    pause(demand, staff)
    assert factories.acting_at(shanghai("10-14 23:59"), services.deadlines.end_pauses) == 0
    assert factories.acting_at(shanghai("10-15 00:01"), services.deadlines.end_pauses) == 1
    # Ten days: to answer until 15 October, the first day after it; to resolve 10 to 13, 16 to 20 and 23 November.
    assert due(demand) == ("10-15", "11-23")
    assert (demand.deadline_changes.last().party, demand.deadline_changes.last().days) == ("system", 10)
    assert said(demand)[-1] == "继续计时，2026年10月15日 星期四前回应。"
    assert owed("moved") == [demand.ref]
    assert factories.acting_at(shanghai("10-15 00:02"), services.deadlines.end_pauses) == 0


def test_a_worker_that_stood_still_gives_no_more_time(demand, staff):
    pause(demand, staff)
    assert factories.acting_at(shanghai("11-20 00:01"), services.deadlines.end_pauses) == 1
    assert due(demand) == ("10-15", "11-23")


# --- Extending -------------------------------------------------------------------------------------------------------


def test_an_extension_moves_the_deadline_to_answer_first(demand, staff):
    row = factories.acting_at(shanghai("09-24"), services.deadlines.extend, demand, 2, "要等物业的图纸。", actor=staff)
    # After 24 September: 28 and 29.
    assert due(demand) == ("09-29", "11-09")
    assert row.due_on == day("09-29")
    assert said(demand) == ["回应期限延长到2026年9月29日 星期二。\n原因：要等物业的图纸。"]
    assert owed("extended") == [demand.ref]
    [change] = demand.deadline_changes.all()
    assert (change.act, change.days, change.actor) == ("extend", 2, staff)
    assert (change.response_before, change.response_after) == (day("09-24"), day("09-29"))
    [entry] = audit.AuditEntry.objects.filter(action="extended")
    assert (entry.actor, entry.detail) == (staff, "2")


def test_once_answered_it_moves_the_one_to_resolve(demand, staff):
    factories.acting_at(shanghai("09-22"), services.handling.answer, demand, "我们来看看。", actor=staff)
    factories.acting_at(shanghai("11-09"), services.deadlines.extend, demand, 1, "雨天。", actor=staff)
    assert due(demand) == ("09-24", "11-10")
    assert said(demand) == ["办结期限延长到2026年11月10日 星期二。\n原因：雨天。"]


def test_the_one_to_resolve_is_never_the_earlier(demand, staff):
    # 60 working days after 24 September: 28 to 30, 8 to 10 and 12 to 16 October are 11, 19 to 30 are 21, November has
    # 21 (42), December until the 24th 18.
    factories.acting_at(shanghai("09-24"), services.deadlines.extend, demand, 60, "要立项。", actor=staff)
    assert due(demand) == ("12-24", "12-24")


@pytest.mark.parametrize("days", [0, -1, 61, 100000])
def test_an_extension_is_of_some_days_and_not_too_many(demand, staff, database, days):
    before = database()
    with pytest.raises(Refused, match="请填写 1 到 60 个工作日。"):
        factories.acting_at(shanghai("09-23"), services.deadlines.extend, demand, days, "材料没到。", actor=staff)
    assert database() == before


def test_however_often_it_is_extended_it_ends_within_a_year(demand, staff):
    # Some 250 working days a year.
    for _time in range(4):
        factories.acting_at(shanghai("09-23"), services.deadlines.extend, demand, 60, "还在等。", actor=staff)
    with pytest.raises(Refused, match="期限最长到一年以后。"):
        factories.acting_at(shanghai("09-23"), services.deadlines.extend, demand, 60, "还在等。", actor=staff)
    assert demand.deadline_changes.count() == 4


@pytest.mark.parametrize("reason", ["", " \n"])
def test_an_extension_says_why(demand, staff, database, reason):
    before = database()
    with pytest.raises(Refused, match="请填写延长原因。"):
        factories.acting_at(shanghai("09-23"), services.deadlines.extend, demand, 3, reason, actor=staff)
    assert database() == before


def test_who_joined_is_told_too_and_reads_nothing_of_the_reason(demand, staff):
    other = factories.demand(at=shanghai("09-22"), description="我家楼下也是")
    factories.make_move(other, S.MERGED, target=demand)
    factories.acting_at(shanghai("09-24"), services.deadlines.extend, demand, 2, "王女士家要先量尺寸。", actor=staff)
    assert said(other) == ["回应期限延长到2026年9月29日 星期二。"]
    assert owed("extended") == [demand.ref, other.ref]
    pause(demand, staff, "09-24 15:00", "王女士，是几号楼？")
    assert said(other)[1:] == ["等待提出人补充情况，期限从今天起暂停计算，最迟暂停到2026年10月15日 星期四。"]
    assert owed("needs_information") == [demand.ref]
    factories.acting_at(shanghai("09-28"), services.deadlines.resume, demand, actor=staff)
    assert said(other)[2:] == ["继续计时，2026年9月30日 星期三前回应。"]


def split(demand: Demand, at: str) -> list[Demand]:
    parts = [factories.part("换路灯"), factories.part("补台阶")]
    factories.acting_at(shanghai(at), factories.make_move, demand, S.SPLIT, parts=parts)
    return list(demand.parts.order_by("pk"))


def test_of_a_part_it_is_the_reporter_of_the_whole_who_is_asked_and_answers(demand, staff, now):
    lamp, steps = split(demand, "09-22")
    now("09-23 10:00")
    pause(lamp, staff)
    assert said(demand)[-1].startswith("请您补充：请告诉我们是几号楼。")
    assert said(lamp)[-1] == said(demand)[-1]
    assert owed("needs_information") == [demand.ref]
    now("09-28 09:00")
    services.residents.add_information(demand, "3 号楼。", key=uuid.uuid4())
    assert (due(lamp), due(steps)) == (("09-29", "11-11"), ("09-24", "11-09"))
    assert said(demand)[-1] == "已收到您的补充。继续计时，2026年9月29日 星期二前回应。"


def test_a_part_keeps_what_had_moved_the_deadlines_of_the_whole(demand, staff):
    paused_and_resumed(demand, staff)
    lamp, _steps = split(demand, "09-28 15:00")
    assert due(lamp) == ("09-29", "11-11")
    factories.acting_at(shanghai("09-29"), services.deadlines.extend, lamp, 1, "等图纸。", actor=staff)
    assert due(lamp) == ("09-30", "11-11")
    # 5 days from 21 September, two that the pause lasted and one more: 22, 23, 24, 28, 29, 30, 8, 9. 10 and two more.
    other = factories.category("other", name="其他", response_days=5, resolution_days=10)
    services.handling.reclassify(lamp, category=other, area=lamp.area, actor=staff)
    assert due(lamp) == ("10-09", "10-14")


# --- Another category ------------------------------------------------------------------------------------------------


def extended(demand, staff):
    factories.acting_at(shanghai("09-24"), services.deadlines.extend, demand, 2, "等图纸。", actor=staff)


def answered_and_extended(demand, staff):
    factories.acting_at(shanghai("09-22"), services.handling.answer, demand, "来看看。", actor=staff)
    factories.acting_at(shanghai("09-24"), services.deadlines.extend, demand, 2, "等图纸。", actor=staff)


def paused_and_resumed(demand, staff):
    pause(demand, staff)
    factories.acting_at(shanghai("09-28"), services.deadlines.resume, demand, actor=staff)


def still_paused(demand, staff):
    pause(demand, staff)


def paused_then_extended(demand, staff):
    paused_and_resumed(demand, staff)
    factories.acting_at(shanghai("09-29"), services.deadlines.extend, demand, 1, "等图纸。", actor=staff)


def reopened(demand, staff):
    answered_and_extended(demand, staff)
    for to in (S.ACCEPTED, S.RESOLVED, S.REOPENED):
        factories.move(demand, to, at=shanghai("10-12"))


def reopened_and_extended(demand, staff):
    reopened(demand, staff)
    factories.acting_at(shanghai("10-13"), services.deadlines.extend, demand, 2, "等图纸。", actor=staff)


@each_row(
    ("past", "response", "resolution"),
    [
        # Of the category's own, 5 days from 21 September: 22, 23, 24, 28, 29. 10 days: and 30, 8, 9, 10, 12 October.
        (None, "09-29", "10-12"),
        # Two more to answer: 30, 8.
        (extended, "10-08", "10-12"),
        # Two more to resolve: 13, 14. The answer was in time, and stays so.
        (answered_and_extended, "09-24", "10-14"),
        # Two days more for both: 24 and 28 were lost.
        (paused_and_resumed, "10-08", "10-14"),
        # What it lasts comes on top when it ends.
        (still_paused, "09-29", "10-12"),
        # Two and one to answer: 30, 8, 9.
        (paused_then_extended, "10-09", "10-14"),
        # From the reopening on 12 October: 13 to 16, 19 to 23, 26; what was extended before it is over.
        (reopened, "09-24", "10-26"),
        # And two more: 27, 28.
        (reopened_and_extended, "09-24", "10-28"),
    ],
)
def test_another_category_keeps_what_pauses_and_extensions_have_moved(demand, staff, past, response, resolution):
    if past:
        past(demand, staff)
    other = factories.category("other", name="其他", response_days=5, resolution_days=10)
    services.handling.reclassify(demand, category=other, area=demand.area, actor=staff)
    assert due(demand) == (response, resolution)
    # And back again it is as it was before.
    services.handling.reclassify(demand, category=demand.category, area=demand.area, actor=staff)
    again = due(demand)
    services.handling.reclassify(demand, category=other, area=demand.area, actor=staff)
    services.handling.reclassify(demand, category=demand.category, area=demand.area, actor=staff)
    assert due(demand) == again


def test_an_answer_that_came_late_stays_late(demand, staff):
    factories.acting_at(shanghai("09-28"), services.handling.answer, demand, "抱歉晚了。", actor=staff)
    slow = factories.category("slow", name="慢", response_days=20, resolution_days=60)
    services.handling.reclassify(demand, category=slow, area=demand.area, actor=staff)
    assert due(demand)[0] == "09-24"


def test_another_category_while_it_is_paused_and_then_resumed(demand, staff):
    still_paused(demand, staff)
    other = factories.category("other", name="其他", response_days=5, resolution_days=10)
    services.handling.reclassify(demand, category=other, area=demand.area, actor=staff)
    factories.acting_at(shanghai("09-28"), services.deadlines.resume, demand, actor=staff)
    assert due(demand) == ("10-08", "10-14")


# --- Telling staff ---------------------------------------------------------------------------------------------------


def rule(user, when="before", days=1, area=None, category=None, **values) -> EscalationRule:
    return EscalationRule.objects.create(
        user=user, when=when, days=days, area=area or factories.tree().subdistrict, category=category, **values
    )


@pytest.fixture
def told(staff):
    """Staff of the subdistrict who can be reached."""
    staff.email = "li@example.com"
    staff.save(update_fields=["email"])
    return staff


@each_row(
    ("when", "days", "first"),
    [
        # Due on Thursday 24 September.
        ("before", 0, "09-24"),
        ("before", 1, "09-23"),
        ("before", 2, "09-22"),
        ("before", 4, "09-20"),
        # Past it from Friday 25 on, a holiday; one working day late on Monday 28, three on Wednesday 30.
        ("after", 0, "09-25"),
        ("after", 1, "09-28"),
        ("after", 3, "09-30"),
        ("after", 4, "10-08"),
    ],
)
def test_a_rule_tells_from_its_day_on_and_once(demand, told, when, days, first):
    rule(told, when, days)
    first = day(first)
    assert escalate(first - datetime.timedelta(days=1)) == 0
    assert escalate(first) == 1
    assert escalate(first) == 0
    assert escalate(first + datetime.timedelta(days=1)) == 0
    [row] = Escalation.objects.all()
    assert (row.demand, row.due_on) == (demand, day("09-24"))
    [message] = OutboxMessage.objects.filter(template="escalation")
    counts = {"near": 1, "passed": 0} if when == "before" else {"near": 0, "passed": 1}
    assert (message.user, message.channel, message.contact) == (told, "email", None)
    assert message.parameters == counts | {"ref": demand.ref}


def test_what_has_passed_is_not_near(demand, told):
    rule(told, "before", 5)
    assert escalate(day("09-25")) == 0


def test_a_rule_made_late_digs_up_nothing_old(demand, told):
    rule(told, "after", 0)
    # On 10 October the latest day past is the 9th, and fourteen days before it 25 September.
    assert escalate(day("10-10")) == 0
    assert escalate(day("10-09")) == 1


def test_another_deadline_is_told_of_anew(demand, told):
    rule(told)
    assert escalate(day("09-23")) == 1
    factories.acting_at(shanghai("09-24"), services.deadlines.extend, demand, 2, "等图纸。", actor=told)
    assert escalate(day("09-24")) == 0
    assert not queues.escalated_to(Demand.objects.all(), told).exists()
    # Due on the 29th now.
    assert escalate(day("09-28")) == 1
    assert list(queues.escalated_to(Demand.objects.all(), told)) == [demand]
    factories.make_move(demand, S.WITHDRAWN, actor=RESIDENT)
    assert not queues.escalated_to(Demand.objects.all(), told).exists()


def test_a_paused_or_closed_demand_is_nobodys_trouble(demand, told):
    rule(told, "after", 0)
    rule(told, "before", 60)
    pause(demand, told)
    factories.demand(S.RESOLVED, at=shanghai("09-21"))
    assert escalate(day("09-25")) == 0


def test_many_are_told_in_one_message(demand, told):
    factories.demand(at=shanghai("09-18"))  # due on the 22nd
    factories.demand(at=shanghai("09-22"))  # due on the 28th
    rule(told, "after", 0)
    rule(told, "before", 2)
    rule(told, "before", 1)  # finds what the other has found
    # On the 23rd the first has passed; 24 and 28 are near.
    assert escalate(day("09-23")) == 3
    [message] = OutboxMessage.objects.filter(template="escalation")
    passed = Demand.objects.get(response_due=day("09-22"))
    assert message.parameters == {"near": 2, "passed": 1, "ref": passed.ref}
    # One after a working day, two within two, one within one.
    assert Escalation.objects.count() == 4


def test_a_rule_holds_for_its_area_and_category_and_what_its_holder_may_see(demand, told):
    places = factories.tree()
    other = factories.category("other", name="其他")
    elsewhere = factories.demand(at=shanghai("09-21"), area=places.other_compound)
    of_other = factories.demand(at=shanghai("09-21"), category=other)
    factories.demand(at=shanghai("09-21"), area=places.far_compound)
    neighbour = factories.community_staff()
    rules = {
        "community": rule(told, area=places.community),
        "category": rule(told, category=other),
        "all": rule(told, days=2),
        "neighbour": rule(neighbour, area=places.district),
    }
    escalate(day("09-23"))
    found = {name: set(Demand.objects.filter(escalations__rule=one)) for name, one in rules.items()}
    assert found == {
        "community": {demand, of_other},
        "category": {of_other},
        # Not of the other subdistrict.
        "all": {demand, elsewhere, of_other},
        "neighbour": {demand, of_other},
    }


@pytest.mark.parametrize("off", ["rule", "account", "scope"])
def test_what_is_switched_off_tells_nobody(demand, told, off):
    rule(told, is_active=off != "rule")
    if off == "account":
        told.is_active = False
        told.save()
    if off == "scope":
        StaffScope.objects.filter(user=told).delete()
    assert escalate(day("09-23")) == 0
    assert not OutboxMessage.objects.filter(template="escalation").exists()


def test_without_an_address_it_stands_at_the_desk(demand, staff):
    rule(staff)
    assert escalate(day("09-23")) == 1
    assert not OutboxMessage.objects.filter(template="escalation").exists()
    assert list(queues.escalated_to(Demand.objects.all(), staff)) == [demand]


@pytest.mark.django_db(transaction=True)
def test_several_workers_tell_once(demand, told):
    rule(told)
    rule(told, days=2)
    results = at_once(*[lambda: escalate(day("09-23"))] * 4)
    assert all(isinstance(result, int) for result in results), results
    escalate(day("09-23"))
    assert Escalation.objects.count() == 2
    assert OutboxMessage.objects.filter(template="escalation").count() <= 2


def test_escalating_asks_as_often_for_many(demand, told, django_assert_num_queries):
    rule(told)
    escalate(day("09-20"))  # what is kept in memory is read
    with django_assert_num_queries(8):
        assert escalate(day("09-23")) == 1
    for _number in range(5):
        factories.demand(at=shanghai("09-21"))
    with django_assert_num_queries(8):
        assert escalate(day("09-23")) == 5
