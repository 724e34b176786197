"""The six stations of a demand, spelled out for every status."""

import datetime

import pytest
from django.utils import timezone

from demands.chain import stations
from demands.models import Demand, Direction
from demands.workflow import DeclineReason, Party
from tests import factories

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
}
LETTERS = {"d": "done", "n": "now", "t": "todo", "s": "skipped"}


def chain(demand: Demand) -> dict:
    demand = Demand.objects.with_place().get(pk=demand.pk)
    found = stations(demand, list(demand.transitions.all()))
    assert [station.key for station in found] == KEYS
    return {station.key: station for station in found}


@pytest.mark.parametrize("status", list(factories.WAYS))
def test_each_status_has_its_six_states(status):
    found = chain(factories.demand(status))
    assert [station.state for station in found.values()] == [LETTERS[letter] for letter in STATES[status].split()]


@pytest.mark.parametrize("status", list(factories.WAYS))
def test_at_most_one_station_is_now(status):
    states = [station.state for station in chain(factories.demand(status)).values()]
    assert states.count("now") == (0 if status in ("confirmed", "declined", "merged", "withdrawn") else 1)


@pytest.mark.parametrize("status", list(factories.WAYS))
def test_what_is_done_has_a_day_and_what_is_to_come_has_none(status):
    for station in chain(factories.demand(status)).values():
        if station.state == "done":
            assert station.when == timezone.localdate()
        if station.state == "todo":
            assert station.when is None


def test_a_consultation_that_took_place_stays_in_the_chain():
    demand = factories.demand("in_consultation")
    for to in ("in_progress", "resolved", "confirmed"):
        factories.move(demand, to)
        assert chain(demand)["consultation"].state == "done"
        assert chain(demand)["consultation"].when == timezone.localdate()


@pytest.mark.parametrize("status", ["declined", "merged", "withdrawn"])
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


@pytest.mark.parametrize(
    ("status", "label"),
    [("declined", "未予办理"), ("merged", "已并入相同需求"), ("withdrawn", "居民已撤回"), ("confirmed", "办结")],
)
def test_an_end_is_called_by_its_name(status, label):
    assert chain(factories.demand(status))["result"].label == label


def test_reopened_it_is_said_in_the_residents_sense():
    assert chain(factories.demand("reopened"))["result"].words == "居民说还没有解决，重新办理中"


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
