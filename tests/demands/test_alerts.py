"""What of demands staff are told of, in the transaction in which it happens."""

import datetime
import uuid

import pytest
from django.db import transaction

from consultation.models import Alert
from consultation.services import alerts as telling
from demands import services
from demands.models import Demand
from demands.services import alerts, offices, rechecks, residents
from demands.workflow import DemandStatus as S
from foundation import clock
from foundation.actors import RESIDENT
from tests import factories
from tests.consultation.test_alerts import at

pytestmark = pytest.mark.django_db


def noted() -> list[tuple[str, str]]:
    """Kind and reference of what was noted since the last call."""
    found = list(Alert.objects.order_by("pk").values_list("kind", "ref"))
    Alert.objects.all().delete()
    return found


def test_a_new_demand_is_told_of_once_and_not_to_whoever_took_it_down():
    staff = factories.liaison_staff()
    submission = factories.submission()
    demand, _is_new = services.intake.submit(submission, actor=staff)
    services.intake.submit(submission, actor=staff)
    found = Alert.objects.get()
    assert (found.kind, found.ref, found.row, found.area) == ("new", demand.ref, demand.pk, demand.area)
    assert (found.actor, found.handler) == (staff, None)


def test_what_is_rolled_back_tells_nobody():
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        services.intake.submit(factories.submission(), actor=RESIDENT)
        raise ZeroDivisionError
    assert not Alert.objects.exists()


def test_an_imported_list_tells_nobody():
    factories.imported(at(2))
    assert not Alert.objects.exists()


def test_an_addition_is_told_to_the_assignee_of_what_is_handled():
    staff = factories.community_staff()
    target = factories.demand(S.ACCEPTED)
    own = factories.joined(target)
    services.handling.assign(target, staff, actor=staff)
    noted()
    for demand in (target, own):
        residents.add_information(demand, "还有一盏也不亮", key=uuid.uuid4())
        found = Alert.objects.latest("pk")
        assert (found.kind, found.ref, found.handler) == ("addition", demand.ref, staff)
    key = uuid.uuid4()
    noted()
    for _time in range(2):
        residents.add_information(target, "又说一遍", key=key)
    assert noted() == [("addition", target.ref)]


@pytest.mark.parametrize(
    ("result", "work", "expected"),
    [
        ("satisfied", "satisfied", []),
        ("unsure", "", []),
        ("unsatisfied", "", ["unsatisfied"]),
        ("satisfied", "unsatisfied", ["unsatisfied"]),
    ],
)
def test_a_rating_is_told_of_where_somebody_is_not_satisfied(result, work, expected):
    demand = factories.demand(S.RESOLVED)
    noted()
    residents.rate(demand, result=result, work=work, comment="灯还是不亮")
    assert [kind for kind, _ref in noted()] == expected


def test_a_reopening_is_told_of_each_time_whoever_reopens():
    demand = factories.demand(S.RESOLVED)
    noted()
    residents.rate_and_reopen(demand, result="unsatisfied", reason="灯还是不亮")
    assert noted() == [("unsatisfied", demand.ref), ("reopened", demand.ref)]
    staff = factories.liaison_staff()
    demand = Demand.objects.get(pk=demand.pk)
    services.handling.resolve(demand, "换了灯泡。", actor=staff)
    services.handling.reopen(Demand.objects.get(pk=demand.pk), "居民来电", actor=staff)
    assert Alert.objects.get().actor == staff
    assert noted() == [("reopened", demand.ref)]


def test_a_trouble_that_has_come_back_is_told_of():
    with clock.turned_to(at(2)):
        demand = factories.demand(S.RESOLVED)
    with clock.turned_to(at(2) + datetime.timedelta(days=31)):
        rechecks.ask()
        noted()
        rechecks.answer(demand, "not_solved", reason="又坏了")
    assert noted() == [("reopened", demand.ref)]


def test_an_offices_answer_is_told_to_the_assignee_else_to_who_asked():
    staff, colleague = factories.liaison_staff(), factories.community_staff()
    demand = factories.demand(S.ACCEPTED)
    for assignee, expected in [(None, staff), (colleague, colleague)]:
        services.handling.assign(demand, assignee, actor=staff)
        asked = offices.ask(demand, office="供电公司", background="路灯不亮", question="何时修", days=5, actor=staff)
        noted()
        offices.answer(asked, "周五修好", by="赵工")
        assert Alert.objects.get().handler == expected
        assert noted() == [("office_answered", demand.ref)]


# --- Deadlines -------------------------------------------------------------------------------------------------------


def look(day: int, hour: int = 9) -> int:
    with clock.turned_to(at(day, hour)):
        return alerts.deadlines_near()


def test_a_deadline_is_told_of_on_the_working_day_before_it_once():
    with clock.turned_to(at(3)):
        demand = factories.demand()  # three working days to answer: until Friday, the 6th
    noted()
    assert [look(3), look(4), look(5, 7), look(5, 8), look(5, 9), look(6)] == [0, 0, 0, 1, 0, 0]
    assert noted() == [("deadline", demand.ref)]


def test_over_a_weekend_it_is_told_of_on_friday():
    with clock.turned_to(at(4)):
        factories.demand()  # until Monday, the 9th
    assert [look(5), look(6), look(7), look(9)] == [0, 1, 0, 0]


def test_a_deadline_that_was_moved_is_told_of_again_and_one_that_does_not_run_is_not():
    staff = factories.liaison_staff()
    with clock.turned_to(at(3)):
        moved, paused, closed = (factories.demand(S.ACCEPTED) for _number in range(3))
    assert look(5) == 3
    with clock.turned_to(at(5)):
        services.deadlines.extend(moved, 2, "等配件", actor=staff)
        services.deadlines.pause(paused, "请问是哪一盏", actor=staff)
        services.handling.resolve(closed, "修好了。", actor=staff)
    noted()
    assert [look(6), look(9), look(10)] == [0, 1, 0]
    assert noted() == [("deadline", moved.ref)]


def test_what_came_in_today_is_new_and_not_late():
    hurried = factories.category("hurried", name="急事", response_days=1)
    with clock.turned_to(at(3, 8)):
        demand = factories.demand(category=hurried)
    assert [look(3), look(4)] == [0, 1]
    assert Alert.objects.get(kind="deadline").key == f"{demand.ref}:deadline:2026-03-04"


def test_the_look_for_deadlines_takes_few_queries(django_assert_num_queries):
    with clock.turned_to(at(3)):
        for _number in range(5):
            factories.demand()
    with clock.turned_to(at(5)), django_assert_num_queries(3):
        assert alerts.deadlines_near() == 5
    with clock.turned_to(at(5)), django_assert_num_queries(2):
        assert alerts.deadlines_near() == 0
    assert telling.spread() == 10
