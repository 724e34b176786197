"""Demands dealt with as one, and one dealt with as several: what is tied, told, rated, and undone again."""

import contextlib
import datetime
import itertools
import threading
import uuid

import pytest
from django.db import transaction
from django.utils import timezone

from demands import services
from demands.models import Demand, MessageKind, Rating
from demands.selectors.lineage import lineage_of
from demands.selectors.timeline import entries
from demands.services import merging
from demands.services.lineage import followers
from demands.statistics.rows import rows
from foundation import clock, workdays
from foundation.actors import RESIDENT, SYSTEM
from foundation.audit import AuditAction, AuditEntry
from foundation.errors import Refused, Stale, TransitionNotAllowed
from foundation.outbox import OutboxMessage
from foundation.tokens import new_code
from tests import factories
from tests.pages import form, words
from tests.together import at_once

pytestmark = pytest.mark.django_db


def fresh(demand: Demand) -> Demand:
    return Demand.objects.with_place().get(pk=demand.pk)


def merge(demand: Demand, target: Demand, **values) -> Demand:
    return factories.move(demand, "merged", target=target, **values)


def split(demand: Demand, *titles: str, **values) -> list[Demand]:
    parts = [factories.part(title, area=demand.area) for title in titles or ("换路灯", "补台阶")]
    factories.move(demand, "split", **({"parts": parts} | values))
    return list(demand.parts.order_by("pk"))


def by_staff(demand: Demand, to: str, **values) -> Demand:
    return factories.make_move(demand, to, actor=factories.liaison_staff(), **values)


def told(demand: Demand) -> list[str]:
    return list(OutboxMessage.objects.filter(subject_ref=demand.ref).order_by("pk").values_list("template", flat=True))


def read(demand: Demand, kind: str) -> list[str]:
    return list(demand.messages.filter(kind=kind).order_by("pk").values_list("body", flat=True))


def refused(act, *says: str, how=TransitionNotAllowed) -> None:
    with pytest.raises(how) as found, transaction.atomic():
        act()
    assert str(found.value).endswith("。")
    for said in says:
        assert said in str(found.value)


@pytest.fixture
def pair():
    """One demand, and another of another reporter that is merged into it."""
    root, own = factories.demand("accepted"), factories.demand(phone="13911112222", called="李先生")
    merge(own, root)
    OutboxMessage.objects.all().delete()
    return fresh(root), fresh(own)


# --- Merged: the common progress -------------------------------------------------------------------------------------


def test_whoever_is_merged_is_told_of_each_step_and_reads_it(pair):
    root, own = pair
    by_staff(root, "in_progress")
    by_staff(root, "resolved", answer="路灯已修好。")
    assert told(root) == told(own) == ["moved", "resolved"]
    assert read(own, MessageKind.PROGRESS) == [
        "一并办理的那件目前是“办理中”。",
        "一并办理的那件目前是“已办结，待居民确认”。",
    ]


def test_an_answer_goes_to_each_in_words_of_their_own(pair):
    root, own = pair
    services.handling.answer(root, "{称呼}您好，{编号} 明天修。", actor=factories.liaison_staff())
    assert read(root, MessageKind.ANSWER) == [f"{{称呼}}您好，{root.ref} 明天修。"]
    assert read(own, MessageKind.ANSWER) == [f"{{称呼}}您好，{own.ref} 明天修。"]
    assert told(root) == told(own) == ["answered"]
    assert [entry.text for entry in entries(fresh(own)) if entry.kind == "answer"] == [
        f"李先生您好，{own.ref} 明天修。"
    ]
    assert fresh(own).answered_at == fresh(root).answered_at is not None


def test_an_answer_to_one_alone_is_read_and_heard_of_by_nobody_else(pair):
    root, own = pair
    services.handling.answer(root, "王女士，请开一下门。", actor=factories.liaison_staff(), everybody=False)
    assert (told(root), told(own)) == (["answered"], [])
    assert read(own, MessageKind.ANSWER) == []
    by_staff(root, "resolved", answer="修好了，王女士。", everybody=False)
    assert read(own, MessageKind.ANSWER) == []
    assert told(own) == ["resolved"]


def test_a_chain_of_merges_leads_to_its_end(pair):
    root, own = pair
    further = factories.demand("accepted", phone="13933334444")
    merge(root, further)
    assert lineage_of(fresh(own)).effective == further
    assert [one.pk for one in followers(further)] == [further.pk, root.pk, own.pk]
    by_staff(further, "resolved", answer="修好了。")
    assert told(own) == told(root) == ["resolved"]


def test_who_is_erased_is_told_nothing_any_more(pair):
    root, own = pair
    services.handling.erase(own, actor=SYSTEM)
    by_staff(root, "in_progress")
    assert told(own) == [] and read(own, MessageKind.PROGRESS) == []


def test_each_reporter_rates_for_themselves_and_only_the_own_reporter_confirms(pair):
    root, own = pair
    factories.move(root, "resolved")
    services.residents.rate(own, work="satisfied", result="satisfied")
    assert fresh(root).status == "resolved"
    refused(lambda: services.residents.rate(own, work="unsure", result="unsure"), "已经评价", how=Refused)
    services.residents.rate(root, work="satisfied", result="satisfied")
    assert fresh(root).status == "confirmed"
    closing = root.transitions.get(to_status="resolved")
    assert list(Rating.objects.order_by("pk").values_list("demand", "closing")) == [
        (own.pk, closing.pk),
        (root.pk, closing.pk),
    ]


def test_who_was_merged_may_still_rate_what_the_other_has_confirmed(pair):
    root, own = pair
    factories.move(root, "resolved")
    services.residents.rate(root, work="satisfied", result="satisfied")
    assert services.residents.rate(own, work="unsatisfied", result="unsatisfied").demand == own
    assert fresh(root).status == "confirmed"


def test_not_solved_for_one_reopens_it_for_all_and_keeps_the_reason_with_who_wrote_it(pair):
    root, own = pair
    factories.move(root, "resolved")
    services.residents.reopen(own, "3 号门里 13911112222 还是不亮。")
    assert fresh(root).status == "reopened"
    assert read(own, MessageKind.REASON) == ["3 号门里 13911112222 还是不亮。"]
    assert "13911112222" not in str(read(root, MessageKind.REASON))
    assert own.ref in read(root, MessageKind.NOTE)[-1]
    assert (told(root), told(own)) == (["moved"], []), "who did it knows"
    refused(lambda: services.residents.reopen(own, "再办。"), "不能改为“重新办理”")


def test_reopening_for_one_needs_a_reason_and_leaves_nothing_without(pair, database):
    _root, own = pair
    factories.move(pair[0], "resolved")
    before = database()
    refused(lambda: services.residents.reopen(own, " "), "理由", how=Refused)
    assert database() == before


def test_staff_see_where_the_demand_is_that_somebody_has_added_to_theirs(pair):
    root, own = pair
    services.residents.add_information(own, "灯杆也歪了。", key=uuid.uuid4())
    assert read(own, MessageKind.ADDITION) == ["灯杆也歪了。"]
    assert own.ref in read(root, MessageKind.NOTE)[-1] and "灯杆" not in read(root, MessageKind.NOTE)[-1]


def test_withdrawn_by_its_resident_the_others_go_on_by_themselves(pair):
    root, own = pair
    factories.make_move(root, "withdrawn", actor=RESIDENT)
    own = fresh(own)
    assert (own.status, own.merged_into, own.closed_at) == ("received", None, None)
    assert told(own) == ["moved"]
    assert "继续单独办理" in read(own, MessageKind.PROGRESS)[-1]


# --- Unmerging -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["received", "accepted", "in_consultation", "in_progress", "reopened"])
def test_unmerged_it_stands_where_it_stood_and_its_clock_went_on(status):
    own, root = factories.demand(status), factories.demand()
    dues = (own.response_due, own.resolution_due, own.consulted_at)
    merge(own, root)
    assert set(services.transitions.allowed_moves(fresh(own), factories.liaison_staff())) == {status}
    OutboxMessage.objects.all().delete()
    by_staff(own, status)
    own = fresh(own)
    assert (own.status, own.merged_into, own.closed_at) == (status, None, None)
    assert (own.response_due, own.resolution_due, own.consulted_at) == dues
    assert (told(own), told(root)) == (["moved"], [])
    assert next(entry.title for entry in entries(own) if entry.kind == "move") == "取消并入，单独办理"
    assert root.ref in read(own, MessageKind.NOTE)[-1] and own.ref in read(root, MessageKind.NOTE)[-1]
    assert AuditEntry.objects.latest("pk").detail == f"merged → {status}"


def test_after_the_other_was_closed_it_is_unmerged_all_the_same(pair):
    root, own = pair
    factories.move(root, "resolved")
    services.residents.rate(own, work="satisfied", result="unsatisfied")
    by_staff(own, "received")
    assert fresh(own).status == "received"
    assert Rating.objects.filter(demand=own).count() == 1, "what was said stays said"
    refused(lambda: services.residents.rate(own, work="satisfied", result="satisfied"), "还没有办结", how=Refused)


def test_merged_again_elsewhere_it_goes_back_to_where_it_stood_last(pair):
    _root, own = pair
    by_staff(own, "received")
    factories.move(own, "accepted")
    merge(own, factories.demand())
    assert set(services.transitions.allowed_moves(fresh(own), factories.liaison_staff())) == {"accepted"}


def test_what_was_erased_is_not_taken_apart(pair, database):
    _root, own = pair
    services.handling.erase(own, actor=SYSTEM)
    before = database()
    refused(lambda: by_staff(own, "received"), "个人信息已删除")
    assert database() == before


# --- Circles ---------------------------------------------------------------------------------------------------------


def test_merged_into_itself_or_into_its_own_it_is_refused(pair, database):
    root, own = pair
    third = factories.demand()
    merge(third, factories.demand())
    before = database()
    refused(lambda: merge(root, root), "不能并入它自己")
    refused(lambda: merge(root, own), own.ref, root.ref, "不能再反向并入")
    refused(lambda: merge(factories.demand(), fresh(third)), third.ref)
    assert {table: rows for table, rows in database().items() if table != "demands_demand"}.keys() <= before.keys()
    assert fresh(root).status == "accepted"


def test_into_what_was_merged_it_is_refused_and_the_right_one_is_named(pair):
    root, own = pair
    refused(lambda: merge(factories.demand(), own), own.ref, f"请直接并入 {root.ref}")


def test_a_part_is_not_merged_into_its_whole_nor_by_a_detour(database):
    whole = factories.demand("accepted")
    first, second = split(whole)
    other = merge(factories.demand(), whole)
    before = database()
    refused(lambda: merge(first, whole), "取消拆分")
    refused(lambda: merge(first, other), "不能再")
    assert database() == before
    merge(first, second)
    refused(lambda: merge(second, first), "不能再")


@pytest.mark.django_db(transaction=True)
def test_outside_of_a_transaction_no_lock_is_pretended():
    with pytest.raises(transaction.TransactionManagementError):
        services.lineage.lock_related(factories.demand())


@pytest.mark.django_db(transaction=True)
def test_four_demands_merged_in_a_ring_at_once_never_close_it():
    ring = [factories.demand() for _ in range(4)]
    pairs = list(itertools.pairwise([*ring, ring[0]]))
    results = at_once(*[lambda one=one, into=into: merge(one, into) for one, into in pairs])
    assert {type(result).__name__ for result in results} == {"Demand", "TransitionNotAllowed"}
    assert Demand.objects.open().count() >= 1


@pytest.mark.django_db(transaction=True)
def test_a_ring_through_two_that_were_split_is_not_closed_from_two_sides(monkeypatch):
    # A part of each goes into a demand that itself goes into the other whole. Each has looked up what hangs together,
    # and found no more than its own, before any of them locks a row; then the parts are merged, and the other two check
    # and see no ring. So it would be, did not one merge at a time begin: then nobody comes to meet the others, who go
    # on after a moment.
    wholes = [factories.demand("accepted") for _ in range(2)]
    parts = [split(whole)[0] for whole in wholes]
    between = [factories.demand("accepted") for _ in range(2)]
    late = [one.pk for one in between]
    start, checked = threading.Barrier(4), threading.Barrier(2)
    done = {part.pk: threading.Event() for part in parts}
    look_up, check = services.lineage._keys, merging._checked_target

    def meet(barrier):
        with contextlib.suppress(threading.BrokenBarrierError):
            barrier.wait(timeout=0.5)

    def looking_up(sql, given):
        found = look_up(sql, given)
        if isinstance(given, list) and len(given) == 2:
            meet(start)
            if given[0] in late:
                for event in done.values():
                    event.wait(timeout=0.3)
        return found

    def checking(row, target):
        found = check(row, target)
        if row.pk in late:
            meet(checked)
        return found

    def merging_into(one, into):
        try:
            return merge(one, into)
        finally:
            done.get(one.pk, threading.Event()).set()

    monkeypatch.setattr(services.lineage, "_keys", looking_up)
    monkeypatch.setattr(merging, "_checked_target", checking)
    pairs = [*zip(parts, between, strict=True), *zip(between, reversed(wholes), strict=True)]
    results = at_once(*[lambda one=one, into=into: merging_into(one, into) for one, into in pairs])
    assert {type(result).__name__ for result in results} == {"Demand", "TransitionNotAllowed"}
    for demand in Demand.objects.filter(status="merged"):
        assert demand.pk not in services.lineage.deciding(demand.merged_into), "it decides itself"


@pytest.mark.django_db(transaction=True)
def test_a_withdrawal_that_lets_others_go_and_a_merge_into_it_at_once_never_wait_for_each_other(monkeypatch):
    # The withdrawal holds its rows and is about to undo a merge, for which only one at a time may go on; another is
    # about to merge into one of these rows. Did it not begin as a merge does, each had what the other wants.
    root, another = factories.demand("accepted"), factories.demand("accepted")
    joined = merge(factories.demand("accepted"), root)
    inside, tied = threading.Event(), threading.Event()
    look_up, release = services.lineage._keys, merging.release

    def looking_up(sql, given):
        if given == [another.pk, root.pk]:
            tied.set()
        return look_up(sql, given)

    def releasing(row):
        inside.set()
        tied.wait(timeout=0.5)
        release(row)

    def merging_into():
        inside.wait(timeout=30)
        return merge(another, root)

    monkeypatch.setattr(services.lineage, "_keys", looking_up)
    monkeypatch.setattr(merging, "release", releasing)
    results = at_once(lambda: factories.make_move(root, "withdrawn", actor=RESIDENT), merging_into)
    assert [type(result).__name__ for result in results] == ["Demand", "TransitionNotAllowed"]
    assert [fresh(one).status for one in (root, joined, another)] == ["withdrawn", "accepted", "accepted"]


@pytest.mark.django_db(transaction=True)
def test_a_merge_and_a_split_at_once_leave_one_of_two_orders():
    root, own, staff = factories.demand("accepted"), factories.demand("accepted"), factories.liaison_staff()
    parts = [factories.part("换路灯"), factories.part("补台阶")]
    results = at_once(
        lambda: merge(root, own),
        lambda: factories.make_move(root, "split", actor=staff, parts=parts),
    )
    assert sorted(type(result).__name__ for result in results) == ["Demand", "TransitionNotAllowed"]
    root = fresh(root)
    assert (root.status, root.parts.count()) in {("merged", 0), ("split", 2)}


# --- Splitting -------------------------------------------------------------------------------------------------------


def test_the_parts_take_over_what_they_need():
    received = timezone.now() - datetime.timedelta(days=20)
    whole = factories.demand("accepted", at=received)
    staff, quick = (
        factories.liaison_staff(),
        factories.category("quick", name="应急", response_days=1, resolution_days=5),
    )
    services.handling.answer(whole, "已看过现场。", actor=staff)
    whole = fresh(whole)
    owner = factories.community_staff()
    parts = [
        factories.part("换路灯", category=quick, assignee=owner),
        factories.part("补台阶", area=factories.tree().other_compound),
    ]
    factories.make_move(whole, "split", actor=staff, parts=parts)
    first, second = whole.parts.order_by("pk")
    assert fresh(whole).status == "split"
    assert [(part.public_title, part.status, part.contact, part.code_hash) for part in (first, second)] == [
        ("换路灯", "accepted", None, None),
        ("补台阶", "accepted", None, None),
    ]
    assert (first.assignee, second.assignee, second.area) == (owner, None, factories.tree().other_compound)
    for part in (first, second):
        assert (part.received_at, part.answered_at) == (whole.received_at, whole.answered_at)
        assert part.response_due == whole.response_due, "it was answered or late already"
        assert not part.is_public
    (due,) = workdays.add_workdays(timezone.localdate(received), 5)
    assert first.resolution_due == max(due, whole.response_due)
    assert second.resolution_due == whole.resolution_due
    assert AuditEntry.objects.get(action=AuditAction.SPLIT).detail == f"{first.ref}, {second.ref}"
    assert "1. 换路灯\n2. 补台阶" in read(whole, MessageKind.PROGRESS)[-1]
    assert whole.ref in read(first, MessageKind.NOTE)[0]
    assert told(whole)[-1] == "moved"


def test_a_part_not_yet_answered_is_due_by_its_own_category():
    quick = factories.category("quick", name="应急", response_days=1, resolution_days=5)
    whole = factories.demand()
    factories.make_move(whole, "split", parts=[factories.part("换路灯", category=quick), factories.part("补台阶")])
    first, second = whole.parts.order_by("pk")
    assert (first.response_due, first.resolution_due) == tuple(workdays.add_workdays(timezone.localdate(), 1, 5))
    assert (second.response_due, second.resolution_due) == (whole.response_due, whole.resolution_due)
    assert first.status == second.status == "received"


BAD_PARTS = {
    "one": ([{}], "2 到 10 件"),
    "eleven": ([{}] * 11, "2 到 10 件"),
    "no title": ([{}, {"title": "  "}], "第 2 件：请填写标题"),
    "long title": ([{"title": "题" * 61}, {}], "第 1 件：请填写标题，不超过 60"),
    "no description": ([{}, {}, {"description": "\n"}], "第 3 件：请填写办理事项"),
    "area beyond": ([{}, {"area": "far"}], "不在您的工作范围里"),
    "owner beyond": (
        [{"assignee": "far"}, {}],
        "第 1 件：",
    ),
}


@pytest.mark.parametrize("case", BAD_PARTS)
def test_parts_that_will_not_do_are_refused_by_their_number(case, database):
    places = factories.tree()
    given, says = BAD_PARTS[case]
    far = {"area": places.far_compound, "assignee": factories.community_staff("far", places.far_community)}
    whole, staff = factories.demand("accepted"), factories.liaison_staff()
    parts = [
        factories.part(
            **({"title": "换路灯"} | {name: far[name] if value == "far" else value for name, value in part.items()})
        )
        for part in given
    ]
    before = database()
    refused(lambda: factories.make_move(whole, "split", actor=staff, parts=parts), says)
    assert database() == before


@pytest.mark.parametrize("status", ["resolved", "confirmed", "declined", "merged", "split", "withdrawn"])
def test_what_is_closed_is_not_split(status, database):
    whole = factories.demand(status)
    parts = [factories.part("换路灯"), factories.part("补台阶")]
    before = database()
    refused(lambda: factories.make_move(whole, "split", parts=parts), "不能改为“已拆分办理”")
    assert database() == before


def test_a_part_is_not_split_further_and_what_was_erased_not_at_all():
    whole = factories.demand("accepted")
    first, _second = split(whole)
    refused(lambda: split(first), "不能再拆分", whole.ref)
    assert "split" not in services.transitions.allowed_moves(fresh(first), factories.liaison_staff())
    erased = factories.demand("accepted")
    services.handling.erase(erased, actor=SYSTEM)
    refused(lambda: split(erased), "个人信息已删除")


def test_a_stale_page_splits_nothing(database):
    whole = factories.demand("accepted")
    services.handling.assign(whole, None, actor=factories.liaison_staff())
    before = database()
    with pytest.raises(Stale), transaction.atomic():
        split(whole, version=whole.version)
    assert database() == before


def test_of_the_parts_the_reporter_of_the_whole_is_told_and_asked_to_rate_once_at_the_end():
    whole = factories.demand("accepted")
    other = merge(factories.demand(phone="13911112222"), whole)
    first, second = split(whole)
    OutboxMessage.objects.all().delete()
    by_staff(first, "resolved", answer="{称呼}，灯换好了。")
    assert told(whole) == told(other) == ["moved"]
    assert read(whole, MessageKind.ANSWER) == ["“换路灯”这一件：\n{称呼}，灯换好了。"]
    assert read(whole, MessageKind.PROGRESS)[-1] == "“换路灯”这一件目前是“已办结，待居民确认”。"
    refused(lambda: services.residents.rate(whole, work="satisfied", result="satisfied"), "还没有办结", how=Refused)
    by_staff(second, "declined", answer="暂时做不到。", decline_reason="not_feasible")
    assert told(whole)[-1] == told(other)[-1] == "resolved"

    services.residents.rate(whole, work="satisfied", result="satisfied", comment="快")
    assert [fresh(part).status for part in (first, second)] == ["confirmed", "declined"]
    assert {rating.demand_id: (rating.result, rating.comment) for rating in Rating.objects.all()} == {
        whole.pk: ("satisfied", "快"),
        first.pk: ("satisfied", ""),
        second.pk: ("satisfied", ""),
    }
    refused(lambda: services.residents.rate(whole, work="satisfied", result="satisfied"), "已经评价", how=Refused)
    services.residents.rate(other, work="unsure", result="unsatisfied")
    assert Rating.objects.filter(demand=other).count() == 1


def test_one_part_is_reopened_by_the_reporter_of_the_whole():
    whole = factories.demand("accepted")
    first, second = split(whole)
    factories.move(first, "resolved")
    refused(lambda: services.residents.reopen(whole, "还是不亮。"), "没有解决的一件", how=Refused)
    services.residents.reopen(whole, "还是不亮。", part=first)
    assert [fresh(part).status for part in (first, second)] == ["reopened", "accepted"]
    assert read(whole, MessageKind.REASON) == ["还是不亮。"]
    refused(lambda: services.residents.reopen(whole, "还没办。", part=second), "不能改为“重新办理”")


def test_publication_withdrawn_and_erasure_reach_the_parts():
    whole = factories.demand("accepted", public=True)
    first, second = split(whole)
    factories.publish(first)
    services.residents.withdraw_publication(whole)
    assert not fresh(first).is_public and not fresh(second).consent_publication
    services.handling.erase(whole, actor=SYSTEM)
    assert [fresh(part).description for part in (whole, first, second)] == ["", "", ""]


def test_what_is_kept_waits_for_what_it_goes_the_way_of():
    long_ago = timezone.now() - datetime.timedelta(days=2000)
    whole, root = (factories.demand("accepted", at=long_ago) for _ in range(2))
    first, second = split(whole, at=long_ago)
    own = merge(factories.demand(at=long_ago), root, at=long_ago)
    assert set(Demand.objects.expired(24)) == set()
    for demand in (first, second, root):
        factories.move(demand, "resolved", at=long_ago)
    assert set(Demand.objects.expired(24)) == {first, second, root}
    for demand in (first, second, root):
        services.handling.erase(demand, actor=SYSTEM)
    assert set(Demand.objects.expired(24)) == {whole, own}


# --- Unsplitting -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["received", "accepted", "in_consultation", "in_progress", "reopened"])
def test_unsplit_the_whole_stands_where_it_stood(status):
    whole = factories.demand(status)
    dues = (whole.response_due, whole.resolution_due)
    first, second = split(whole)
    by_staff(first, "in_progress") if first.status == "accepted" else None
    OutboxMessage.objects.all().delete()
    by_staff(whole, status)
    whole = fresh(whole)
    assert (whole.status, whole.closed_at, whole.response_due, whole.resolution_due) == (status, None, *dues)
    assert [(fresh(part).status, fresh(part).merged_into) for part in (first, second)] == [("merged", whole)] * 2
    assert told(whole) == ["moved"]
    assert "合并继续办理" in read(whole, MessageKind.PROGRESS)[-1]
    # The parts are no demands of their own any more, whatever becomes of the whole.
    assert services.transitions.allowed_moves(fresh(first), factories.liaison_staff()) == {}
    refused(lambda: by_staff(first, "accepted"), "已随取消拆分", whole.ref)
    assert [one.pk for one in followers(whole)] == [whole.pk]
    again = split(whole, "全部重做", "另外")
    assert len(lineage_of(fresh(whole)).parts) == 2 and len(again) == 4


def test_with_a_part_that_is_closed_it_is_refused_and_said_what_to_do(database):
    whole = factories.demand("accepted")
    first, second = split(whole)
    factories.move(first, "resolved")
    before = database()
    refused(lambda: by_staff(whole, "accepted"), first.ref, "已办结", "重新办理")
    assert database() == before
    factories.move(first, "reopened")
    merge(second, factories.demand())
    refused(lambda: by_staff(whole, "accepted"), second.ref, "先取消并入")
    by_staff(second, "accepted")
    assert by_staff(whole, "accepted").status == "accepted"


def test_a_part_gone_into_another_is_rated_and_reopened_there():
    whole, elsewhere = factories.demand("accepted"), factories.demand("accepted", phone="13911112222")
    first, second = split(whole)
    merge(first, elsewhere)
    assert whole.pk in [one.pk for one in followers(elsewhere)]
    factories.move(second, "resolved")
    factories.move(elsewhere, "resolved")
    services.residents.rate(whole, work="satisfied", result="satisfied")
    assert fresh(elsewhere).status == "resolved", "it is not theirs to confirm"
    services.residents.reopen(whole, "还不行。", part=first)
    assert fresh(elsewhere).status == "reopened"


def test_the_rates_count_parts_instead_of_their_whole_and_each_reporter_once():
    root, whole = factories.demand("accepted"), factories.demand("accepted")
    own = merge(factories.demand(phone="13911112222"), root)
    first, second = split(whole)
    for demand in (root, first, second):
        factories.move(demand, "resolved")
    for demand, result in ((root, "satisfied"), (own, "unsatisfied"), (whole, "satisfied")):
        services.residents.rate(demand, work="satisfied", result=result)
    assert rated() == ["satisfied", "satisfied", "satisfied", "unsatisfied"]
    assert set(Demand.objects.counted()) == {root, own, first, second}
    factories.move(first, "reopened")
    factories.move(second, "reopened")
    factories.move(whole, "accepted")
    assert len(rated()) == 3, "the whole again, and no part"
    assert set(Demand.objects.counted()) == {root, own, whole}


def rated() -> list[str]:
    """The verdict on the result of each demand that the rates count."""
    return sorted(row.answers["result"] for row in rows(clock.now()))


# --- At the desk -----------------------------------------------------------------------------------------------------


def desk(demand: Demand, act: str = "change") -> str:
    return f"/admin/demands/demand/{demand.pk}/{act}/"


def test_the_target_comes_filled_in(liaison_client):
    own, root = factories.demand(), factories.demand()
    page = liaison_client.get(f"{desk(own, 'move/merged')}?target={root.ref}")
    assert form(page, "target").values["target"] == root.ref
    assert form(page, "target").send(liaison_client, desk(own, "move/merged")).status_code == 302
    assert fresh(own).merged_into == root


def test_undoing_a_merge_asks_once_more(liaison_client, pair):
    root, own = pair
    assert f'"{desk(own, "move/received")}"' in liaison_client.get(desk(own)).content.decode()
    page = liaison_client.get(desk(own, "move/received"))
    assert f"不再并入 {root.ref}" in words(page)
    assert fresh(own).status == "merged", "looking does nothing"
    assert form(page, "version").send(liaison_client, desk(own, "move/received")).status_code == 302
    assert fresh(own).status == "received"
    response = liaison_client.get(desk(own, "move/accepted"), follow=True)
    assert response.status_code == 200


def test_the_split_page_takes_one_part_more_and_keeps_what_was_typed(liaison_client):
    whole = factories.demand("accepted")
    owner = factories.community_staff()
    page = liaison_client.get(desk(whole, "move/split"))
    sent = form(page, "title_1")
    assert sent.values["category_1"] == str(whole.category_id) and sent.values["area_2"] == str(whole.area_id)
    page = sent.send(
        liaison_client, desk(whole, "move/split"), title_1="换路灯", assignee_1=str(owner.pk), add="再加一件"
    )
    assert page.status_code == 200 and "error-summary" not in page.content.decode()
    more = form(page, "title_3")
    assert (more.values["title_1"], more.values["assignee_1"]) == ("换路灯", str(owner.pk))
    typed = {"description_1": "换四盏", "title_2": "补台阶", "description_2": "两级"}
    assert more.send(liaison_client, desk(whole, "move/split"), **typed).status_code == 302
    first, second = whole.parts.order_by("pk")
    assert (first.public_title, first.assignee, second.description) == ("换路灯", owner, "两级")
    page = words(liaison_client.get(desk(whole)))
    assert "拆出的 2 件" in page and first.ref in page
    assert whole.ref in words(liaison_client.get(desk(first)))


WRONG = [
    ({}, "第 1 件：请填写标题"),
    ({}, "第 2 件：请填写办理事项"),
    ({"title_1": "题" * 61}, "第 1 件：最多 60 个字，现在有 61 个字。"),
    ({"category_1": "999"}, "第 1 件：请选择列表中的一项"),
    ({"area_2": ""}, "第 2 件：请选择"),
    ({"assignee_1": "0"}, "第 1 件：请选择列表中的一项"),
    ({"title_1": "\x00"}, "无法保存的字符"),
    ({"count": "x", "title_3": "多的"}, "第 1 件：请填写标题"),
    ({"count": "-7"}, "第 1 件：请填写标题"),
    ({"count": "9" * 30}, "第 1 件：请填写标题"),
]


def test_what_is_wrong_with_a_part_is_said_by_its_number(liaison_client, subtests):
    whole = factories.demand("accepted")
    page = form(liaison_client.get(desk(whole, "move/split")), "title_1")
    for changes, says in WRONG:
        with subtests.test(str(changes)):
            response = page.send(liaison_client, desk(whole, "move/split"), **changes)
            assert response.status_code == 422
            assert says in words(response)
    assert fresh(whole).status == "accepted"


def test_ten_parts_are_the_most_the_page_asks_for(liaison_client):
    whole = factories.demand("accepted")
    page = liaison_client.get(desk(whole, "move/split"))
    for _ in range(8):
        assert 'name="add"' in page.content.decode()
        page = form(page, "title_1").send(liaison_client, desk(whole, "move/split"), add="再加一件")
    assert 'name="add"' not in page.content.decode()
    form(page, "title_10")


def test_a_community_opens_only_its_own_of_what_hangs_together(community_client):
    whole = factories.demand("accepted")
    parts = [factories.part("换路灯"), factories.part("补台阶", area=factories.tree().other_compound)]
    factories.make_move(whole, "split", parts=parts)
    first, second = whole.parts.order_by("pk")
    html = community_client.get(desk(whole)).content.decode()
    assert f'"{desk(first)}"' in html and f'"{desk(second)}"' not in html
    assert "补台阶" not in html.replace("2. 补台阶", "")
    response = community_client.get(desk(whole, "move/accepted"))
    assert response.status_code == 302 and fresh(whole).status == "split"


def test_the_answer_asks_whether_the_others_are_answered_too(liaison_client, pair):
    root, own = pair
    page = liaison_client.get(desk(root, "answer"))
    assert "另外 1 位提出人" in words(page)
    form(page, "answer").send(liaison_client, desk(root, "answer"), answer="明天修。")
    page = liaison_client.get(desk(root, "answer"))
    form(page, "answer").send(liaison_client, desk(root, "answer"), answer="只给您。", everybody=None)
    assert read(own, MessageKind.ANSWER) == ["明天修。"]
    assert "everybody" not in liaison_client.get(desk(factories.demand(), "answer")).content.decode()


@pytest.mark.parametrize("joined", [1, 4])
def test_the_desks_page_keeps_to_its_budget_with_all_that_hangs_together(
    liaison_client, joined, django_assert_max_num_queries
):
    root = factories.demand("accepted")
    for number in range(joined):
        merge(factories.demand(phone=f"139{number:08d}"), root)
    split(root)
    first = root.parts.first()
    for demand in (root, first, root.merged.first()):
        liaison_client.get(desk(demand))
        with django_assert_max_num_queries(20):
            assert liaison_client.get(desk(demand)).status_code == 200


# --- The residents' pages --------------------------------------------------------------------------------------------


def track(code: str, under: str = "") -> str:
    return f"/demands/track/{code}/{under}"


def test_the_page_of_who_was_merged_tells_the_common_progress_and_takes_their_word(resident):
    code = new_code()
    root = factories.demand("accepted", public=True, description="另一位提出人的原话")
    own = factories.demand(code=code, phone="13911112222")
    merge(own, root)
    by_staff(root, "resolved", answer="修好了。")
    page = resident.get(track(code))
    assert "已一并办理" in words(page) and root.public_title in words(page)
    assert "修好了。" in words(page)
    assert root.description not in words(page)
    assert track(code, "rate/") in page.content.decode()
    resident.post(track(code, "rate/"), {"work": "satisfied", "result": "unsatisfied"})
    assert Rating.objects.get().demand == own
    page = resident.get(track(code))
    assert track(code, "rate/") not in page.content.decode()
    form(resident.get(track(code, "reopen/")), "reason").send(resident, track(code, "reopen/"), reason="还是不亮。")
    assert fresh(root).status == "reopened"
    assert "前办结" in words(resident.get(track(code)))


def test_the_page_of_what_was_split_tells_how_far_each_part_is(resident):
    code = new_code()
    whole = factories.demand("accepted", code=code)
    first, second = split(whole)
    assert "拆分为 2 件，已办完 0 件。" in words(resident.get(track(code)))
    by_staff(first, "resolved", answer="灯换好了。")
    page = resident.get(track(code))
    assert "拆分为 2 件，已办完 1 件。" in words(page)
    assert "灯换好了。" in words(page)
    assert track(code, "rate/") not in page.content.decode()
    again = resident.get(f"{track(code, 'reopen/')}?part={first.ref}")
    assert "换路灯" in words(again)
    form(again, "reason").send(resident, track(code, "reopen/"), reason="又灭了。")
    assert fresh(first).status == "reopened"
    for part in (first, second):
        by_staff(part, "resolved", answer="都好了。")
    page = resident.get(track(code))
    assert "拆分为 2 件，均已办完。" in words(page)
    assert track(code, "rate/") in page.content.decode()
    resident.post(track(code, "rate/"), {"work": "satisfied", "result": "satisfied"})
    assert {fresh(part).status for part in (first, second)} == {"confirmed"}
    assert track(code, "rate/") not in resident.get(track(code)).content.decode()


def test_a_part_of_another_demand_is_not_reopened_from_here(resident):
    code = new_code()
    split(factories.demand("accepted", code=code))
    stranger = factories.demand("resolved")
    other = split(factories.demand("accepted"))[0]
    factories.move(other, "resolved")
    for ref in (stranger.ref, other.ref, "x", "\x00"):
        response = resident.post(track(code, "reopen/"), {"reason": "再办", "part": ref})
        assert response.status_code == 302
    assert (fresh(stranger).status, fresh(other).status) == ("resolved", "resolved")


@pytest.mark.parametrize("several", [2, 4])
def test_the_residents_pages_keep_to_their_budget(resident, several, django_assert_max_num_queries):
    code, codes = new_code(), new_code()
    root = factories.demand("accepted", public=True)
    own = factories.demand(code=code, public=True)
    merge(own, root)
    whole = factories.demand("accepted", code=codes, public=True)
    parts = split(whole, *(f"第 {number} 样" for number in range(several)))
    for part in parts:
        factories.publish(part)
        factories.move(part, "resolved")
    factories.move(root, "resolved")
    for address in (track(code), track(codes), f"/demands/{own.ref}/", f"/demands/{whole.ref}/"):
        resident.get(address)
        with django_assert_max_num_queries(12):
            assert resident.get(address).status_code == 200


def test_the_public_pages_lead_on_to_what_is_public_of_it(resident):
    root = factories.demand("accepted", public=True)
    middle, own = factories.demand("accepted", public=True), factories.demand(public=True)
    factories.publish(root, title="整条路的灯")
    merge(own, middle)
    merge(middle, root)
    assert "整条路的灯" in words(resident.get(f"/demands/{own.ref}/"))
    first, second = split(fresh(root))
    factories.publish(first, title="换路灯的事")
    page = words(resident.get(f"/demands/{root.ref}/"))
    assert "拆分为 2 件，已办完 0 件。" in page
    assert "换路灯的事" in page and "补台阶" not in page
    assert "整条路的灯" in words(resident.get(f"/demands/{first.ref}/"))
    by_staff(second, "resolved", answer="好了。")
    assert "拆分为 2 件，已办完 1 件。" in words(resident.get(f"/demands/{root.ref}/"))
    services.publishing.unpublish(fresh(root), actor=factories.liaison_staff())
    assert "整条路的灯" not in words(resident.get(f"/demands/{first.ref}/"))
