"""Random acts of residents and staff, in any order: what they may not do is refused, and what is stored holds."""

import datetime
import uuid
import zoneinfo
from itertools import pairwise

import pytest
from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from demands import services
from demands.models import DeadlineChange, Demand, DemandTransition
from demands.statistics import editions, rates, withholding
from demands.workflow import CLOSED, DEMAND_MOVES
from demands.workflow import DemandStatus as S
from foundation import clock, workdays
from foundation.errors import Refused
from tests import factories, recount
from tests.properties import examples

pytestmark = pytest.mark.django_db

# Before 国庆 of a year whose holidays are known.
START = datetime.datetime(2025, 9, 24, 10, tzinfo=zoneinfo.ZoneInfo("Asia/Shanghai"))
which = st.integers(0, 11)
MOST = 8


class Desk(RuleBasedStateMachine):
    """Demands at one desk. What it does is rolled back at its end."""

    def __init__(self) -> None:
        super().__init__()
        self.all = transaction.atomic()
        self.all.__enter__()
        self.now, self.keys = START, []
        self.liaison = factories.liaison_staff()
        self.submit(0)

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.all.__exit__(None, None, None)

    def demand(self, number: int) -> Demand:
        keys = list(Demand.objects.order_by("pk").values_list("pk", flat=True))
        return Demand.objects.with_place().get(pk=keys[number % len(keys)])

    def act(self, act, *args, **values) -> None:
        """Let it be done or refused; nothing else may come of it."""
        self.now += datetime.timedelta(minutes=1)
        try:
            with clock.turned_to(self.now), transaction.atomic():
                act(*args, **values)
        except Refused as refused:
            assert str(refused)

    # --- What residents do -------------------------------------------------------------------------------------------

    @precondition(lambda self: Demand.objects.count() < MOST)
    @rule(where=st.integers(0, 2))
    def submit(self, where: int) -> None:
        tree = factories.tree()
        self.act(factories.demand, area=(tree.compound, tree.other_compound, tree.subdistrict)[where])

    @rule(number=which, result=st.sampled_from(("satisfied", "unsatisfied", "unsure")))
    def rate(self, number: int, result: str) -> None:
        self.act(services.residents.rate, self.demand(number), result=result, work="satisfied")

    @rule(number=which)
    def ask_again(self, number: int) -> None:
        self.act(services.residents.reopen, self.demand(number), "还是不亮。")

    @rule(number=which)
    def reply(self, number: int) -> None:
        self.act(services.residents.add_information, self.demand(number), "是东边那一盏。", key=uuid.uuid4())

    # --- What staff do -----------------------------------------------------------------------------------------------

    @rule(number=which, choice=st.integers(0, 9))
    def make_a_move(self, number: int, choice: int) -> None:
        found = self.demand(number)
        moves = [to for to in services.transitions.moves_of(found) if to not in (S.MERGED, S.WITHDRAWN)]
        if moves:
            self.move(found, moves[choice % len(moves)])

    def move(self, found: Demand, to: str) -> None:
        # Undoing takes no reason, even where it leads back to a reopened demand.
        self.act(factories.make_move if found.status in factories.UNDOING else factories.move, found, to)

    @rule(number=which, to=st.sampled_from(list(factories.SERVICES)))
    def try_any_move(self, number: int, to: str) -> None:
        if to != S.MERGED:
            self.move(self.demand(number), to)

    @rule(number=which, other=which)
    def merge(self, number: int, other: int) -> None:
        found = self.demand(number)
        self.act(services.merging.merge, found, self.demand(other), actor=self.liaison)

    @rule(number=which, what=st.sampled_from(("pause", "resume", "extend", "answer")), days=st.integers(0, 70))
    def tend_the_deadline(self, number: int, what: str, days: int) -> None:
        found = self.demand(number)
        if what == "pause":
            self.act(services.deadlines.pause, found, "请问是哪一盏？", actor=self.liaison)
        elif what == "resume":
            self.act(services.deadlines.resume, found, actor=self.liaison)
        elif what == "extend":
            self.act(services.deadlines.extend, found, days, "配件要从厂里发来。", actor=self.liaison)
        else:
            self.act(services.handling.answer, found, "我们去看看。", actor=self.liaison)

    @rule(days=st.integers(1, 20))
    def let_days_pass(self, days: int) -> None:
        self.now += datetime.timedelta(days=days)
        with clock.turned_to(self.now):
            services.deadlines.end_pauses()

    # --- What is always true -----------------------------------------------------------------------------------------

    @invariant()
    def each_is_in_the_state_that_its_log_leads_to(self) -> None:
        log: dict[int, list[DemandTransition]] = {}
        for step in DemandTransition.objects.order_by("pk"):
            log.setdefault(step.demand_id, []).append(step)
        for found in Demand.objects.all():
            steps = log[found.pk]
            assert steps[0].from_status == "" and steps[-1].to_status == found.status
            for one, other in pairwise(steps):
                assert one.to_status == other.from_status and one.at <= other.at
                assert other.to_status in DEMAND_MOVES[S(other.from_status)]
            assert (found.closed_at is not None) == (found.status in CLOSED)
            assert (found.merged_into_id is not None) == (found.status == S.MERGED)
            assert not found.paused_at or found.is_open

    @invariant()
    def none_is_decided_by_itself(self) -> None:
        found = {row.pk: row for row in Demand.objects.all()}
        for row in found.values():
            seen, onward = set(), [row]
            while onward:
                here = onward.pop()
                after = [found[here.merged_into_id]] if here.status == S.MERGED else []
                if here.status == S.SPLIT:
                    after = [
                        one for one in found.values() if one.split_from_id == here.pk and one.merged_into_id != here.pk
                    ]
                    assert len(after) > 1
                assert row.pk not in {one.pk for one in after}
                onward += [one for one in after if one.pk not in seen]
                seen |= {one.pk for one in after}
            ends = [one for one in seen if found[one].status not in (S.MERGED, S.SPLIT)]
            assert ends or not seen
            assert set(services.lineage.deciding(row)) == seen | {row.pk}

    @invariant()
    def deadlines_are_working_days_and_follow_from_what_moved_them(self) -> None:
        for found in Demand.objects.select_related("category"):
            assert workdays.is_workday(found.response_due) and workdays.is_workday(found.resolution_due)
            assert found.response_due <= found.resolution_due
            changes = list(DeadlineChange.objects.filter(demand=found).order_by("pk"))
            acts = [change.act for change in changes if change.act != "extend"]
            assert acts == (["pause", "resume"] * len(acts))[: len(acts)]
            assert (bool(acts) and acts[-1] == "pause") == (found.paused_at is not None)
            for change in changes:
                assert change.response_before <= change.response_after
                assert change.resolution_before <= change.resolution_after
            if found.is_open and not found.paused_at:
                with clock.turned_to(self.now):
                    due = services.deadlines.calculate(found, found.category)
                assert due == (found.response_due, found.resolution_due)

    @rule()
    def count_the_rates(self) -> None:
        with clock.turned_to(self.now):
            figures = editions.count_now().figures[""][""]
        again = recount.recount(self.now)
        assert figures["all"]["received"] == again["all"]["received"] == Demand.objects.counted().count()
        for name in ("response", "resolution"):
            assert rates.rates(figures["all"])[name] == again["all"][name]
        for question in rates.ANSWERS:
            assert figures["all"][question] == again["all"][question], question
        for dimension in ("community", "month"):
            assert {value: cut["received"] for value, cut in figures[dimension].items()} == {
                value: cut["received"] for value, cut in again[dimension].items()
            }
        for name, times in again["all"]["times"].items():
            assert tuple(figures["all"][name].values()) == times


def test_whatever_residents_and_staff_do_what_is_stored_holds(monkeypatch):
    # So few demands would all be withheld.
    monkeypatch.setattr(withholding, "FEWEST", 1)
    monkeypatch.setattr(recount, "FEW", 1)
    factories.tree(), factories.category(), factories.liaison_staff()
    run_state_machine_as_test(Desk, settings=examples(10, stateful_step_count=25))
