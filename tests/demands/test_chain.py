"""The six stations of a demand, spelled out for every status."""

import datetime
import itertools

import pytest
from django.template.loader import render_to_string
from django.utils import timezone

from consultation.models import Event
from consultation.services import agreements as promises
from consultation.services import events as meetings
from consultation.services import projects
from demands import services
from demands.models import Demand, Direction
from demands.models.link_status import BASE
from demands.selectors.chain import links_of, states, stations
from demands.services import consulting
from demands.workflow import DeclineReason
from foundation.actors import SYSTEM, Party
from tests import factories
from tests.rows import each_row

pytestmark = pytest.mark.django_db

KEYS = ["need", "consultation", "agreement", "project", "result", "confirmation"]

# Status, reached by the way in `factories.WAYS` → the six states. d: done, n: now, t: to do, s: skipped.
STATES = {
    "received": "        n  t  t  t  t  t",
    "accepted": "        d  n  t  t  t  t",
    "in_consultation": " d  n  t  t  t  t",
    "in_progress": "     d  s  t  t  n  t",
    "resolved": "        d  s  s  s  d  n",
    "confirmed": "       d  s  s  s  d  d",
    "reopened": "        d  s  t  t  n  t",
    "declined": "        d  s  s  s  d  s",
    "merged": "          d  s  s  s  d  s",
    "withdrawn": "       d  s  s  s  d  s",
    "split": "           d  s  t  t  n  t",
}
ENDS = {
    "declined": "未予办理",
    "merged": "已并入相同需求",
    "withdrawn": "居民已撤回",
    "confirmed": "办结",
    "split": "已拆分办理",
}
LETTERS = {"d": "done", "n": "now", "t": "todo", "s": "skipped"}


def chain(demand: Demand) -> dict:
    demand = Demand.objects.with_place().get(pk=demand.pk)
    found = stations(demand, list(demand.transitions.all()))
    assert [station.key for station in found] == KEYS
    return {station.key: station for station in found}


@each_row("status", factories.WAYS, warm=True)
def test_each_status_has_its_six_states_and_what_is_done_has_a_day(status):
    found = chain(factories.demand(status))
    states = [station.state for station in found.values()]
    assert states == [LETTERS[letter] for letter in STATES[status].split()]
    assert states.count("now") == (0 if status in ("confirmed", "declined", "merged", "withdrawn") else 1)
    for station in found.values():
        if station.state == "done":
            assert station.when == timezone.localdate()
        if station.state == "todo":
            assert station.when is None
    if status in ENDS:
        assert found["result"].label == ENDS[status]


def test_a_consultation_that_took_place_stays_in_the_chain():
    demand = factories.demand("in_consultation")
    for to in ("in_progress", "resolved", "confirmed"):
        factories.move(demand, to)
        assert chain(demand)["consultation"].state == "done"
        assert chain(demand)["consultation"].when == timezone.localdate()


@each_row("status", ["declined", "merged", "withdrawn"])
def test_a_consultation_that_led_to_nothing_stays_too(status):
    demand = factories.demand("in_consultation")
    factories.move(demand, status)
    assert chain(demand)["consultation"].state == "done"


def test_the_days_are_days_in_shanghai():
    late = datetime.datetime(2026, 3, 2, 16, 30, tzinfo=datetime.UTC)  # half past midnight in Shanghai
    found = chain(factories.demand("resolved", at=late))
    assert found["need"].when == found["result"].when == datetime.date(2026, 3, 3)


def test_the_result_is_told_in_the_published_words():
    demand = factories.demand("resolved")
    factories.publish(demand, result="路灯已更换为 LED。")
    result = chain(demand)["result"]
    assert (result.label, result.words) == ("办结", "路灯已更换为 LED。")


def test_a_declined_demand_says_why_and_who_is_responsible():
    demand = factories.demand()
    factories.move(demand, "declined", decline_reason=DeclineReason.OUT_OF_REMIT, responsible="供电公司")
    result = chain(demand)["result"]
    assert result.label == "未予办理"
    assert result.words == "不在职责范围，由供电公司负责"


def test_reopened_it_is_said_in_the_residents_sense():
    assert chain(factories.demand("reopened"))["result"].words == "居民反映没有解决，重新办理中"


def test_the_first_station_tells_who_began():
    resident = factories.demand("accepted")
    office = factories.demand("accepted", direction=Direction.TOP_DOWN)
    assert (chain(resident)["need"].label, chain(office)["need"].label) == ("提出需求", "部门提出")
    assert "环境卫生" in chain(resident)["need"].words


def test_the_chain_shows_nothing_that_was_not_published():
    demand = factories.demand("reopened", description="金丝雀的原话", called="金丝雀", place="金丝雀楼")
    factories.move(demand, "declined", answer="金丝雀您好")
    written = str(list(chain(demand).values()))
    assert "金丝雀" not in written


def test_the_latest_of_two_closings_counts():
    demand = factories.demand("resolved", at=timezone.now() - datetime.timedelta(days=40))
    factories.move(demand, "reopened")
    factories.move(demand, "resolved")
    assert chain(demand)["result"].when == timezone.localdate()


def test_it_costs_no_query(django_assert_num_queries):
    demand = factories.demand("resolved")
    demand = Demand.objects.with_place().get(pk=demand.pk)
    moves = list(demand.transitions.all())
    with django_assert_num_queries(0):
        stations(demand, moves)


def test_moves_by_the_resident_count_like_others():
    demand = factories.demand("resolved")
    factories.move(demand, "confirmed")
    assert demand.transitions.latest("pk").party == Party.SYSTEM
    assert chain(demand)["confirmation"].label == "居民已确认"


# --- What it came to in consultation ---------------------------------------------------------------------------------

# How its public agreements and their projects stand → six states for each status, as above; e: ended without success.
# Without agreements there can be no project.
LINKED = {
    "received": {
        "none none": "  n  t  t  t  t  t",
        "open none": "  n  d  n  t  t  t",
        "open open": "  n  d  n  n  t  t",
        "open done": "  n  d  n  d  t  t",
        "done none": "  n  d  d  t  t  t",
        "done open": "  n  d  d  n  t  t",
        "done done": "  n  d  d  d  t  t",
    },
    "accepted": {
        "none none": "  d  n  t  t  t  t",
        "open none": "  d  d  n  t  t  t",
        "open open": "  d  d  n  n  t  t",
        "open done": "  d  d  n  d  t  t",
        "done none": "  d  n  d  t  t  t",
        "done open": "  d  d  d  n  t  t",
        "done done": "  d  n  d  d  t  t",
    },
    "in_consultation": {
        "none none": "  d  n  t  t  t  t",
        "open none": "  d  d  n  t  t  t",
        "open open": "  d  d  n  n  t  t",
        "open done": "  d  d  n  d  t  t",
        "done none": "  d  n  d  t  t  t",
        "done open": "  d  d  d  n  t  t",
        "done done": "  d  n  d  d  t  t",
    },
    "in_progress": {
        "none none": "  d  s  t  t  n  t",
        "open none": "  d  d  n  t  t  t",
        "open open": "  d  d  n  n  t  t",
        "open done": "  d  d  n  d  t  t",
        "done none": "  d  d  d  s  n  t",
        "done open": "  d  d  d  n  t  t",
        "done done": "  d  d  d  d  n  t",
    },
    "resolved": {
        "none none": "  d  s  s  s  d  n",
        "open none": "  d  d  n  s  d  n",
        "open open": "  d  d  n  n  d  n",
        "open done": "  d  d  n  d  d  n",
        "done none": "  d  d  d  s  d  n",
        "done open": "  d  d  d  n  d  n",
        "done done": "  d  d  d  d  d  n",
    },
    "confirmed": {
        "none none": "  d  s  s  s  d  d",
        "open none": "  d  d  n  s  d  d",
        "open open": "  d  d  n  n  d  d",
        "open done": "  d  d  n  d  d  d",
        "done none": "  d  d  d  s  d  d",
        "done open": "  d  d  d  n  d  d",
        "done done": "  d  d  d  d  d  d",
    },
    "reopened": {
        "none none": "  d  s  t  t  n  t",
        "open none": "  d  d  n  t  t  t",
        "open open": "  d  d  n  n  t  t",
        "open done": "  d  d  n  d  t  t",
        "done none": "  d  d  d  s  n  t",
        "done open": "  d  d  d  n  t  t",
        "done done": "  d  d  d  d  n  t",
    },
    "declined": {
        "none none": "  d  s  s  s  d  s",
        "open none": "  d  d  n  s  d  s",
        "open open": "  d  d  n  n  d  s",
        "open done": "  d  d  n  d  d  s",
        "done none": "  d  d  d  s  d  s",
        "done open": "  d  d  d  n  d  s",
        "done done": "  d  d  d  d  d  s",
    },
    "merged": {
        "none none": "  d  s  s  s  d  s",
        "open none": "  d  d  n  s  d  s",
        "open open": "  d  d  n  n  d  s",
        "open done": "  d  d  n  d  d  s",
        "done none": "  d  d  d  s  d  s",
        "done open": "  d  d  d  n  d  s",
        "done done": "  d  d  d  d  d  s",
    },
    "split": {
        "none none": "  d  s  t  t  n  t",
        "open none": "  d  d  n  t  t  t",
        "open open": "  d  d  n  n  t  t",
        "open done": "  d  d  n  d  t  t",
        "done none": "  d  d  d  s  n  t",
        "done open": "  d  d  d  n  t  t",
        "done done": "  d  d  d  d  n  t",
    },
    "withdrawn": {
        "none none": "  d  s  s  s  d  s",
        "open none": "  d  d  n  s  d  s",
        "open open": "  d  d  n  n  d  s",
        "open done": "  d  d  n  d  d  s",
        "done none": "  d  d  d  s  d  s",
        "done open": "  d  d  d  n  d  s",
        "done done": "  d  d  d  d  d  s",
    },
}
LETTERS["e"] = "ended"
STANDING = {"none": 0, "failed": 1, "done": 2, "open": 3}


def six(letters: str) -> tuple[str, ...]:
    return tuple(LETTERS[letter] for letter in letters.split())


@each_row(("status", "stand"), itertools.product(LINKED, LINKED["received"]))
def test_agreements_and_projects_fill_their_stations(status, stand):
    agreement, project = (STANDING[word] for word in stand.split())
    consulted = status == "in_consultation"
    found = states(status, consulted, 2 if agreement else 0, agreement, project)
    assert found == six(LINKED[status][stand])


def test_the_table_names_every_status():
    assert set(LINKED) == set(factories.WAYS)


@each_row(
    ("status", "meeting", "consultation"),
    [
        ("received", 0, "todo"),
        ("received", 1, "todo"),
        ("received", 2, "done"),
        ("accepted", 1, "now"),
        ("accepted", 2, "now"),
        ("in_progress", 0, "skipped"),
        ("in_progress", 1, "todo"),
        ("in_progress", 2, "done"),
        ("resolved", 0, "skipped"),
        ("resolved", 1, "todo"),
        ("resolved", 2, "done"),
    ],
)
def test_an_event_to_come_and_one_that_was_held(status, meeting, consultation):
    assert states(status, False, meeting)[1] == consultation


def test_a_promise_not_kept_and_a_project_stopped_are_not_ticked_off():
    assert states("in_progress", True, 2, 1, 0) == six("d d e s n t")
    assert states("resolved", True, 2, 2, 1) == six("d d d e d n")


def linked(status: str = "in_progress", event_status: str = "minutes_published", **values):
    """A public demand on the agenda of an event, and an agreement of that event that answers it."""
    demand = factories.demand(status, public=True)
    event = factories.event(event_status)
    consulting.link_agenda_item(demand, event.agenda.get(), actor=SYSTEM)
    agreement = None
    if event.was_held:
        agreement = factories.agreement(event, **values)
        consulting.link_agreement(demand, agreement, actor=SYSTEM)
    demand.refresh_from_db()
    return demand, event, agreement


def full_chain(demand: Demand) -> dict:
    demand = Demand.objects.with_place().get(pk=demand.pk)
    return {one.key: one for one in stations(demand, demand.transitions.all(), links_of(demand))}


def row_states(demand: Demand) -> tuple[str, ...]:
    """The states in the list, from the row alone."""
    row = Demand.objects.filter(pk=demand.pk).rows().get()
    return states(row.status, row.consulted_at is not None, row.meeting or 0, *divmod(row.agreed or 0, BASE))


DONE = {"outcome": "照度 12 勒克斯", "evidence": "照度计记录", "measured_on": datetime.date(2026, 1, 5)}


@each_row(
    ("event_status", "moves", "project_status", "letters"),
    [
        ("open", [], None, "d t t t n t"),
        ("cancelled", [], None, "d s t t n t"),
        ("held", [], None, "d d t t n t"),
        ("minutes_published", [], None, "d d n t t t"),
        ("minutes_published", [("under_way", {})], None, "d d n t t t"),
        ("minutes_published", [("done", DONE)], None, "d d d s n t"),
        ("minutes_published", [("missed", {"reason": "没有到货"})], None, "d d e s n t"),
        ("minutes_published", [("dropped", {"reason": "不做了"})], None, "d d e s n t"),
        ("minutes_published", [], "planned", "d d n n t t"),
        ("minutes_published", [("done", DONE)], "under_way", "d d d n t t"),
        ("minutes_published", [("done", DONE)], "done", "d d d d n t"),
        ("minutes_published", [], "stopped", "d d n e t t"),
    ],
    warm=True,
)
def test_the_list_and_the_page_tell_the_same(event_status, moves, project_status, letters):
    if event_status == "cancelled":
        demand, event, agreement = linked(event_status="open")
        meetings.cancel(event, actor=SYSTEM, reason="下大雨")
    else:
        demand, event, agreement = linked(event_status=event_status)
    if project_status:
        project = projects.grow([agreement], factories.project(), actor=SYSTEM)
        owed = {
            "done": {"result": "建好了", "evidence": "验收单", "ends_on": datetime.date(2026, 1, 5)},
            "stopped": {"reason": "场地没有谈成"},
        }.get(project_status, {})
        if project_status != "planned":
            projects.MOVED_BY[project_status](project, actor=SYSTEM, **owed)
    for to, owed in moves:
        agreement.refresh_from_db()
        promises.MOVED_BY[to](agreement, actor=SYSTEM, **owed)
    assert tuple(one.state for one in full_chain(demand).values()) == six(letters)
    assert row_states(demand) == six(letters)


def test_of_several_the_open_one_counts_and_then_the_kept_one():
    demand, event, first = linked()
    second = factories.agreement(event)
    consulting.link_agreement(demand, second, actor=SYSTEM)
    promises.miss(first, actor=SYSTEM, reason="没有到货")
    assert row_states(demand) == six("d d n t t t")
    promises.fulfil(second, actor=SYSTEM, **DONE)
    assert row_states(demand) == six("d d d s n t")


def test_an_agreement_is_not_told_before_the_minutes_are():
    demand, _event, _agreement = linked(event_status="held", what="金丝雀的约定")
    found = full_chain(demand)
    assert "金丝雀" not in str(list(found.values()))
    assert found["agreement"].agreements == ()
    assert [one.event.title for one in found["consultation"].sittings] == ["加装门禁，大家一起商量"]


def test_a_meeting_to_come_is_announced_and_one_held_is_dated():
    starts_at = datetime.datetime(2030, 3, 2, 6, 30, tzinfo=datetime.UTC)
    demand = factories.demand("accepted", public=True)
    coming = factories.event("open", starts_at=starts_at)
    held = factories.event("held", starts_at=datetime.datetime(2026, 3, 2, 6, 30, tzinfo=datetime.UTC))
    for event in (coming, held):
        consulting.link_agenda_item(demand, event.agenda.get(), actor=SYSTEM)
    found = full_chain(demand)["consultation"]
    assert [sitting.when for sitting in found.sittings] == [
        "2026年3月2日 星期一",
        "将于2030年3月2日 星期六商量",
    ]
    assert (found.when, found.words) == (None, "")


def test_a_cancelled_meeting_says_so():
    demand, event, _agreement = linked("in_consultation", "open")
    meetings.cancel(event, actor=SYSTEM, reason="下大雨")
    found = full_chain(demand)["consultation"]
    assert found.state == "now"
    [sitting] = found.sittings
    assert sitting.when.startswith("原定") and sitting.when.endswith("，已取消")


def test_a_meeting_whose_day_passed_unrecorded_is_not_called_held():
    demand, event, _agreement = linked("in_consultation", "open")
    yesterday = timezone.now() - datetime.timedelta(days=1)
    Event.objects.filter(pk=event.pk).update(starts_at=yesterday, ends_at=yesterday + datetime.timedelta(hours=2))
    [sitting] = full_chain(demand)["consultation"].sittings
    assert sitting.when.startswith("原定") and sitting.when.endswith("，等待记录")


def test_what_needed_no_project_says_so():
    demand, _event, agreement = linked("in_progress")
    promises.fulfil(agreement, actor=SYSTEM, **DONE)
    factories.move(demand, "resolved")
    found = full_chain(demand)["project"]
    assert (found.state, found.words) == ("skipped", "无需立项，约定事项直接落实")
    assert full_chain(factories.demand("resolved"))["project"].words == ""


def test_one_event_stands_once_though_agenda_and_agreement_lead_to_it():
    demand, event, agreement = linked()
    found = full_chain(demand)
    assert [sitting.event for sitting in found["consultation"].sittings] == [event]
    assert found["agreement"].agreements == (agreement,)


def test_one_project_stands_once_though_two_agreements_grew_into_it():
    demand, event, agreement = linked()
    second = factories.agreement(event)
    consulting.link_agreement(demand, second, actor=SYSTEM)
    project = projects.grow([agreement, second], factories.project(), actor=SYSTEM)
    assert full_chain(demand)["project"].projects == (project,)


def test_a_prepared_result_is_for_the_desk_alone():
    demand = factories.demand("resolved", public=True)
    factories.publish(demand, result="路灯已更换。")
    services.publishing.unpublish(demand, actor=SYSTEM)
    demand = Demand.objects.with_place().get(pk=demand.pk)
    moves = list(demand.transitions.all())
    assert stations(demand, moves)[4].words == ""
    assert stations(demand, moves, draft=True)[4].words == "路灯已更换。"


def test_links_cost_three_queries_and_their_drawing_none(django_assert_num_queries):
    demand, _event, agreement = linked(organisation=factories.organisation(), office="")
    factories.dispatch("accepted", demand_=demand)
    projects.grow([agreement], factories.project(), actor=SYSTEM)
    demand = Demand.objects.with_place().get(pk=demand.pk)
    moves = list(demand.transitions.all())
    with django_assert_num_queries(3):
        links = links_of(demand)
        found = stations(demand, moves, links)
        render_to_string("_chain.html", {"stations": found})


def test_the_stamp_changes_with_whatever_is_linked():
    demand, event, agreement = linked()

    def stamp() -> str:
        return Demand.objects.with_links_stamp().get(pk=demand.pk).links_stamp

    seen = [stamp()]
    project = projects.grow([agreement], factories.project(), actor=SYSTEM)
    seen.append(stamp())
    agreement.refresh_from_db()
    promises.start(agreement, actor=SYSTEM)
    seen.append(stamp())
    projects.start(project, actor=SYSTEM)
    seen.append(stamp())
    event.refresh_from_db()
    event.title = "另一个标题"
    meetings.change(event, ["title"], actor=SYSTEM)
    seen.append(stamp())
    event.agenda.all().delete()
    seen.append(stamp())
    assert len(set(seen)) == 6
    assert stamp() == seen[-1]
