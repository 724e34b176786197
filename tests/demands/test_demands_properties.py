"""Random acts of residents and staff, in any order: what they may not do is refused, and what is stored holds."""

import datetime
import random
import uuid
import zoneinfo
from collections import Counter
from itertools import pairwise

import pytest
from django.db import transaction
from hypothesis import given, note
from hypothesis import strategies as st

from demands import services
from demands.models import DeadlineChange, Demand, DemandTransition
from demands.statistics import editions, rates, withholding
from demands.workflow import CLOSED, DEMAND_MOVES, RATED
from demands.workflow import DemandStatus as S
from foundation import clock, workdays
from foundation.actors import RESIDENT
from foundation.errors import Refused
from tests import factories, recount
from tests.properties import examples

pytestmark = pytest.mark.django_db

# Before 国庆 of a year whose holidays are known.
START = datetime.datetime(2025, 9, 24, 10, tzinfo=zoneinfo.ZoneInfo("Asia/Shanghai"))
MOST = 7
ACTS = 45
BETWEEN_CHECKS = 15


class Desk:
    """Demands at one desk, and who acts on them by chance: at times whatever comes to mind, mostly what is possible."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)
        self.now = START
        self.liaison = factories.liaison_staff()
        self.done: Counter[str] = Counter()

    def live(self) -> None:
        self.submit()
        acts = {
            **{self.submit: 2, self.rate: 3, self.ask_again: 1, self.reply: 1, self.withdraw: 0.2},
            **{self.move: 8, self.try_any_move: 1, self.merge: 2, self.tend_the_deadline: 5, self.let_days_pass: 3},
        }
        for number in range(ACTS):
            [act] = self.draw.choices(list(acts), list(acts.values()))
            act()
            if number % BETWEEN_CHECKS == 0:
                check(self.now)
        check(self.now)
        check_rates(self.now)

    def any(self, *statuses: str) -> Demand:
        """One of the demands, in one of these states if there is any."""
        found = dict(Demand.objects.order_by("pk").values_list("pk", "status"))
        wanted = [key for key, status in found.items() if status in statuses] or list(found)
        return Demand.objects.with_place().get(pk=self.draw.choice(wanted))

    def act(self, act, *args, **values) -> None:
        """Let it be done or refused; nothing else may come of it."""
        self.now += datetime.timedelta(minutes=1)
        said = f"{act.__name__} {' '.join(str(one) for one in args)}"
        try:
            with clock.turned_to(self.now), transaction.atomic():
                act(*args, **values)
        except Refused as refused:
            assert str(refused)
            note(f"{said}: refused: {refused}")
        else:
            self.done[act.__name__] += 1
            note(said)

    # --- What residents do -------------------------------------------------------------------------------------------

    def submit(self) -> None:
        tree = factories.tree()
        if Demand.objects.count() < MOST:
            self.act(factories.demand, area=self.draw.choice((tree.compound, tree.other_compound, tree.subdistrict)))

    def rate(self) -> None:
        verdict = self.draw.choice(("satisfied", "unsatisfied", "unsure"))
        found = self.any(*RATED, S.MERGED, S.SPLIT)
        self.act(services.residents.rate, found, result=verdict, work=self.draw.choice(("", "satisfied")))

    def ask_again(self) -> None:
        self.act(services.residents.reopen, self.any(*RATED, S.MERGED), "还是不亮。")

    def reply(self) -> None:
        self.act(
            services.residents.add_information,
            self.any(),
            "是东边那一盏。",
            key=uuid.UUID(int=self.draw.getrandbits(128)),
        )

    def withdraw(self) -> None:
        self.act(services.residents.withdraw, self.any(), actor=RESIDENT)

    # --- What staff do -----------------------------------------------------------------------------------------------

    def move(self) -> None:
        found = self.any()
        self.moved(found, [to for to in services.transitions.moves_of(found) if to not in (S.MERGED, S.WITHDRAWN)])

    def try_any_move(self) -> None:
        self.moved(self.any(), [to for to in factories.SERVICES if to != S.MERGED])

    def moved(self, found: Demand, moves: list[str]) -> None:
        if moves:
            # Undoing takes no reason, even where it leads back to a reopened demand.
            move = factories.make_move if found.status in factories.UNDOING else factories.move
            self.act(move, found, self.draw.choice(moves))

    def merge(self) -> None:
        self.act(services.merging.merge, self.any(), self.any(S.SPLIT, S.MERGED, S.ACCEPTED), actor=self.liaison)

    def tend_the_deadline(self) -> None:
        found = self.any(S.RECEIVED, S.ACCEPTED, S.IN_PROGRESS, S.REOPENED)
        act, args = self.draw.choice(
            [
                (services.deadlines.pause, ["请问是哪一盏？"]),
                (services.deadlines.resume, []),
                (services.deadlines.extend, [self.draw.randint(0, 70), "配件要从厂里发来。"]),
                (services.handling.answer, ["我们去看看。"]),
            ]
        )
        self.act(act, found, *args, actor=self.liaison)

    def let_days_pass(self) -> None:
        self.now += datetime.timedelta(days=self.draw.choice((1, 2, 5, 12, 20)))
        with clock.turned_to(self.now):
            services.deadlines.end_pauses()


# --- What is always true ---------------------------------------------------------------------------------------------


def check(now: datetime.datetime) -> None:
    found = {row.pk: row for row in Demand.objects.select_related("category")}
    log: dict[int, list[DemandTransition]] = {key: [] for key in found}
    for step in DemandTransition.objects.order_by("pk"):
        log[step.demand_id].append(step)
    changes: dict[int, list[DeadlineChange]] = {key: [] for key in found}
    for change in DeadlineChange.objects.order_by("pk"):
        changes[change.demand_id].append(change)
    for row in found.values():
        check_state(row, log[row.pk])
        check_deadlines(row, changes[row.pk], now)
        seen = decided_by(row, found)
        assert set(services.lineage.deciding(row)) == seen | {row.pk}


def check_state(row: Demand, steps: list[DemandTransition]) -> None:
    """It is in the one state that its log leads to, step by step, by moves that exist."""
    assert steps[0].from_status == "" and steps[-1].to_status == row.status
    for one, other in pairwise(steps):
        assert one.to_status == other.from_status and one.at <= other.at
        assert other.to_status in DEMAND_MOVES[S(other.from_status)]
    assert (row.closed_at is not None) == (row.status in CLOSED)
    assert (row.merged_into_id is not None) == (row.status == S.MERGED)
    assert not row.paused_at or row.is_open


def decided_by(row: Demand, found: dict[int, Demand]) -> set[int]:
    """Follow what it was merged into and split into: never back to itself, and to something that is handled."""
    seen, onward = set(), [row]
    while onward:
        here = onward.pop()
        after = [here.merged_into_id] if here.status == S.MERGED else []
        if here.status == S.SPLIT:
            after = [one.pk for one in found.values() if one.split_from_id == here.pk and one.merged_into_id != here.pk]
            assert len(after) > 1
        assert row.pk not in after
        onward += [found[key] for key in after if key not in seen]
        seen.update(after)
    assert not seen or any(found[key].status not in (S.MERGED, S.SPLIT) for key in seen)
    return seen


def check_deadlines(row: Demand, changes: list[DeadlineChange], now: datetime.datetime) -> None:
    """They are working days, and follow from its category, its dates and what moved them."""
    assert workdays.is_workday(row.response_due) and workdays.is_workday(row.resolution_due)
    assert row.response_due <= row.resolution_due
    acts = [change.act for change in changes if change.act != "extend"]
    assert acts == (["pause", "resume"] * len(acts))[: len(acts)]
    assert (len(acts) % 2 == 1) == (row.paused_at is not None)
    for change in changes:
        assert change.response_before <= change.response_after
        assert change.resolution_before <= change.resolution_after
    for pause, resume in pairwise([change for change in changes if change.act != "extend"]):
        if pause.act == "pause":
            # As long as it lasted, but no longer than was said.
            lasted = workdays.workdays_between(pause.at.date(), resume.at.date())
            assert resume.days == min(lasted, services.deadlines.PAUSED_FOR)
            assert workdays.workdays_between(resume.resolution_before, resume.resolution_after) == resume.days
    if row.is_open and not row.paused_at:
        with clock.turned_to(now):
            due = services.deadlines.calculate(row, row.category)
        assert due == (row.response_due, row.resolution_due)


def check_rates(now: datetime.datetime) -> None:
    """The figures are those of the plain loops."""
    with clock.turned_to(now):
        figures = editions.count_now().figures[""][""]
    again = recount.recount(now)
    whole, expected = figures["all"], again["all"]
    assert whole["received"] == expected["received"] == Demand.objects.counted().count()
    shares = rates.rates(whole)
    assert {name: shares[name] for name in ("response", "resolution")} == {
        name: expected[name] for name in ("response", "resolution")
    }
    assert {name: whole[name] for name in expected["beside"]} == expected["beside"]
    assert {name: whole[name] for name in rates.ANSWERS} == {name: expected[name] for name in rates.ANSWERS}
    assert {name: tuple(whole[name].values()) for name in rates.NUMBERS} == expected["times"]
    assert {name: cut["received"] for name, cut in figures["community"].items()} == {
        name: cut["received"] for name, cut in again["community"].items()
    }


def test_whatever_residents_and_staff_do_what_is_stored_holds(monkeypatch):
    # So few demands would all be withheld.
    monkeypatch.setattr(withholding, "FEWEST", 1)
    monkeypatch.setattr(recount, "FEW", 1)
    factories.tree(), factories.category(), factories.liaison_staff()
    done = Counter()

    @given(st.integers(0, 10**6))
    @examples(10)
    def lived(seed: int) -> None:
        with transaction.atomic():
            desk = Desk(seed)
            desk.live()
            done.update(desk.done)
            transaction.set_rollback(True)

    lived()
    # Each kind of act was done now and then, or this shows nothing.
    assert {
        "demand",
        "rate",
        "reopen",
        "add_information",
        "move",
        "make_move",
        "merge",
        "pause",
        "extend",
        "answer",
    } <= {*done}
