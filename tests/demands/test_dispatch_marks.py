"""What dispatches add to other pages: what waits for a member, grades of a resource, and who helped with a demand."""

import datetime

import pytest
from django.template import Context, Template
from django.utils import timezone

from demands import services
from demands.models import Dispatch
from demands.services import dispatches
from demands.workflow import DemandStatus as S
from demands.workflow import DispatchStatus as D
from foundation.actors import RESIDENT, SYSTEM
from tests import factories
from tests.pages import flat
from tests.rows import OWN_OF_DEMANDS, copies, each_row

pytestmark = pytest.mark.django_db

SATISFIED, UNSATISFIED, UNSURE = "satisfied", "unsatisfied", "unsure"


def drawn(tag: str, **context) -> str:
    text = Template("{% load dispatch_marks %}{% " + tag + " %}").render(Context(context))
    return flat(text)


def done_with(resource, *, rated: str = "", public: bool = True):
    """A demand done with a resource, resolved, and rated where `rated` says how."""
    demand = factories.demand(S.IN_PROGRESS, public=public)
    row = factories.dispatch(D.DONE, demand_=demand, member=resource.member, resource=resource)
    factories.make_move(demand, S.RESOLVED, answer="已修好。")
    if rated:
        services.residents.rate(demand, work=SATISFIED, result=rated)
    return row


# --- What waits ------------------------------------------------------------------------------------------------------


def test_a_members_home_counts_what_waits_and_shows_the_next_three():
    member = factories.member_with_account()
    for number in range(3):
        demand = factories.publish(factories.demand(S.ACCEPTED), title=f"待答复{number}")
        row = factories.dispatch(D.OFFERED, demand_=demand, member=member)
        day = timezone.localdate() + datetime.timedelta(days=3 - number)
        Dispatch.objects.filter(pk=row.pk).update(reply_by=day)
    for number in range(2):
        demand = factories.publish(factories.demand(S.ACCEPTED), title=f"在办{number}")
        factories.dispatch(D.ACCEPTED, demand_=demand, member=member)
    factories.dispatch(D.OPEN)
    factories.dispatch(D.OFFERED, member=factories.committee_member("李委员"))
    text = drawn("my_dispatches member", member=member)
    assert "待您答复 3 件 · 在办 2 件 · 可认领 1 件" in text
    at = [text.index(title) for title in ("待答复2", "待答复1", "待答复0")]
    assert at == sorted(at) and "在办0" not in text


def test_with_nothing_to_do_it_says_so_and_leads_on():
    text = drawn("my_dispatches member", member=factories.member_with_account())
    assert "待您答复 0 件 · 在办 0 件 · 可认领 0 件" in text and 'href="/my/demands/"' in text


def test_no_raw_words_stand_on_a_members_home():
    member = factories.member_with_account()
    factories.dispatch(D.OFFERED, demand_=factories.demand(S.ACCEPTED, description="王女士家漏水"), member=member)
    assert "王女士" not in drawn("my_dispatches member", member=member)


# --- Grades ----------------------------------------------------------------------------------------------------------


def grade(resource) -> int:
    """How many are satisfied at least, as the page says it; 0 for too few."""
    text = drawn("resource_grades resource", resource=resource)
    assert not {"不满意", "说不清"} & set(text.split())
    return int(text.partition("至少 ")[2].partition(" 件")[0]) if "至少" in text else 0


@pytest.fixture
def one_by_one(monkeypatch):
    """Count every single rating, which the page does not, to see which ones count."""
    monkeypatch.setattr("demands.templatetags.dispatch_marks.SMALLEST", 1)


def test_a_grade_grows_by_fives_so_that_it_tells_of_nobody():
    resource = factories.resource()
    seen = []
    for rated in (None, UNSATISFIED, *[SATISFIED] * 4, UNSURE, SATISFIED, SATISFIED):
        done_with(resource, rated=rated)
        seen.append(grade(resource))
    assert seen == [0] * 7 + [5] * 2


def test_other_resources_and_dispatches_that_came_to_nothing_do_not_count(one_by_one):
    resource, other = factories.resource(), factories.resource("另一项")
    done_with(other, rated=SATISFIED)
    demand = factories.demand(S.IN_PROGRESS)
    factories.dispatch(D.DECLINED, demand_=demand, member=resource.member, resource=resource)
    factories.make_move(demand, S.RESOLVED, answer="已修好。")
    services.residents.rate(demand, work=SATISFIED, result=SATISFIED)
    assert grade(resource) == 0
    done_with(resource, rated=SATISFIED, public=False)
    assert grade(resource) == 1


def test_of_a_demand_done_twice_the_latest_grade_counts_once(one_by_one):
    resource = factories.resource()
    row = done_with(resource, rated=UNSATISFIED)
    demand = row.demand
    factories.make_move(demand, S.REOPENED, reason="还是不亮。", actor=RESIDENT)
    factories.dispatch(D.DONE, demand_=demand, member=resource.member, resource=resource)
    factories.make_move(demand, S.RESOLVED, answer="又修好了。")
    assert grade(resource) == 0
    services.residents.rate(demand, work=SATISFIED, result=SATISFIED)
    assert grade(resource) == 1


def test_what_was_said_before_it_was_done_is_about_something_else(one_by_one):
    resource = factories.resource()
    demand = factories.demand(S.RESOLVED)
    services.residents.rate(demand, work=SATISFIED, result=SATISFIED)
    factories.make_move(demand, S.REOPENED, reason="还是不亮。", actor=RESIDENT)
    factories.dispatch(D.DONE, demand_=demand, member=resource.member, resource=resource)
    assert grade(resource) == 0


# --- What a member helped with ---------------------------------------------------------------------------------------


def test_a_members_page_lists_the_public_demands_that_were_done():
    member = factories.member_with_account()
    shown = factories.dispatch(D.DONE, member=member, demand_=factories.demand(S.IN_PROGRESS, public=True))
    hidden = factories.dispatch(D.DONE, member=member, demand_=factories.demand(S.IN_PROGRESS))
    declined = factories.dispatch(D.DECLINED, member=member, demand_=factories.demand(S.IN_PROGRESS, public=True))
    others = factories.dispatch(
        D.DONE, member=factories.committee_member("李委员"), demand_=factories.demand(S.IN_PROGRESS, public=True)
    )
    text = drawn("dispatches_of_member member", member=member)
    assert f'href="/demands/{shown.demand.ref}/"' in text
    for row in (hidden, declined, others):
        assert row.demand.ref not in text
    assert "到现场看过" not in text  # the report is for staff


def test_a_member_without_any_has_no_such_part():
    assert drawn("dispatches_of_member member", member=factories.committee_member()) == ""


def test_long_lists_are_cut_and_say_so():
    member = factories.member_with_account()
    done = factories.dispatch(D.DONE, member=member)
    done.duty_record = None
    for demand in copies(done.demand, 20, **OWN_OF_DEMANDS):
        done.demand = demand
        copies(done, 1)
    text = drawn("dispatches_of_member member", member=member)
    assert text.count("<li>") == 20 and "只列出最近 20 件" in text


# --- The chain -------------------------------------------------------------------------------------------------------


def test_the_public_page_names_who_helps_and_with_what(resident):
    demand = factories.demand(S.IN_PROGRESS, public=True)
    resource = factories.resource(member=factories.member_with_account())
    address = f"/demands/{demand.ref}/"
    row = factories.dispatch(D.OFFERED, demand_=demand, member=resource.member, resource=resource, ask="内部的话")
    assert "陈委员" not in resident.get(address).content.decode()
    row = factories.move_dispatch(row, D.ACCEPTED)
    text = resident.get(address).content.decode()
    assert "已请委员协助：" in text and "陈委员" in text and str(resource) in text
    row = dispatches.complete(row, dispatches.Report("报告里的话"), actor=SYSTEM)
    text = resident.get(address).content.decode()
    assert "已请委员协助：" not in text and "委员协助：" in text and "陈委员" in text
    assert "内部的话" not in text and "报告里的话" not in text


@each_row("status", [D.OPEN, D.OFFERED, D.DECLINED, D.LAPSED, D.CANCELLED], warm=True)
def test_nobody_is_named_who_did_not_take_it_on(resident, status):
    row = factories.dispatch(status)
    assert "委员协助" not in resident.get(f"/demands/{row.demand.ref}/").content.decode()


# --- Queries ---------------------------------------------------------------------------------------------------------


def test_the_parts_cost_the_same_however_much_there_is(django_assert_num_queries):
    member = factories.member_with_account()
    resource = factories.resource(member=member)
    for _more in range(2):
        for _number in range(2):
            done_with(resource, rated=SATISFIED)
            for status in (D.OFFERED, D.ACCEPTED, D.OPEN):
                factories.dispatch(status, member=member)
        drawn("my_dispatches row", row=member)  # after which areas and categories are known
        for tag, queries in (("my_dispatches row", 2), ("dispatches_of_member row", 1)):
            with django_assert_num_queries(queries):
                drawn(tag, row=member)
        with django_assert_num_queries(1):
            drawn("resource_grades row", row=resource)
