"""Dispatching: who may do what from which status, once and at once, in time, with a resource, and what it leaves."""

import contextlib
import datetime
import itertools
import threading
from decimal import Decimal

import pytest
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from demands import services
from demands.models import Demand, DemandMessage, DemandPhoto, Dispatch, DispatchTransition, MessageKind
from demands.services import dispatches
from demands.workflow import DeclineReason
from demands.workflow import DemandStatus as S
from demands.workflow import DispatchStatus as D
from foundation import contacts
from foundation.actors import RESIDENT, SYSTEM, Party
from foundation.audit import AuditEntry
from foundation.errors import Refused, RequirementMissing, Stale, TransitionNotAllowed
from foundation.message_templates import render
from foundation.outbox import OutboxMessage
from foundation.uploads import PhotoReview, PhotosGone
from foundation.workflow import Requirement
from members.models import BookingStatus, DutyKind, DutyRecord, ResourceBooking
from tests import factories
from tests.together import at_once

pytestmark = pytest.mark.django_db
TODAY = datetime.date(2026, 3, 4)  # a Wednesday
NOON = datetime.datetime(2026, 3, 4, 12, tzinfo=timezone.get_default_timezone())


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def reached(member, phone: str = "13912345678"):
    member.contact = contacts.store(phone=phone)
    member.save()
    return member


def notes(demand) -> list[str]:
    return [message.body.strip() for message in demand.messages.filter(kind=MessageKind.NOTE).order_by("pk")]


def progress(demand) -> list[str]:
    return [message.body for message in demand.messages.filter(kind=MessageKind.PROGRESS).order_by("pk")]


def told(member) -> list[str]:
    return list(OutboxMessage.objects.filter(contact=member.contact).order_by("pk").values_list("template", flat=True))


# --- Making one ------------------------------------------------------------------------------------------------------


def test_a_dispatch_is_offered_to_a_member_who_is_told_and_noted_for_staff_only():
    member = reached(factories.member_with_account())
    demand = factories.demand(S.ACCEPTED)
    actor = factories.liaison_staff()
    made = dispatches.dispatch(demand, member=member, ask="请到现场看看。", actor=actor, version=fresh(demand).version)
    assert (made.status, made.member, made.made_by, made.ask) == (D.OFFERED, member, actor, "请到现场看看。")
    assert told(member) == ["dispatched"]
    assert "已派单：陈委员" in notes(demand)[-1] and "请到现场看看。" in notes(demand)[-1]
    assert progress(demand) == []
    assert list(made.transitions.values_list("from_status", "to_status", "actor")) == [("", "offered", actor.pk)]
    entry = AuditEntry.objects.filter(action="dispatched").get()
    assert (entry.subject, entry.actor, entry.detail) == (demand.ref, actor, f"dispatch:{made.pk} offered")


@pytest.mark.parametrize(
    ("made_on", "day"),
    [
        (datetime.date(2026, 3, 4), datetime.date(2026, 3, 9)),  # Wednesday → Monday
        (datetime.date(2026, 3, 6), datetime.date(2026, 3, 11)),  # Friday → Wednesday
        (datetime.date(2026, 2, 13), datetime.date(2026, 2, 25)),  # over the Spring Festival, with a make-up Saturday
    ],
)
def test_a_member_has_three_working_days_to_answer(made_on, day):
    at = timezone.make_aware(datetime.datetime.combine(made_on, datetime.time(9)))
    assert factories.acting_at(at, factories.dispatch).reply_by == day


def test_a_day_to_answer_by_cannot_lie_in_the_past():
    demand = factories.demand(S.ACCEPTED)
    with pytest.raises(Refused, match="答复期限不能早于今天"):
        factories.acting_at(
            NOON + datetime.timedelta(days=1),
            dispatches.dispatch,
            demand,
            member=factories.committee_member(),
            reply_by=TODAY,
            actor=SYSTEM,
        )
    assert not Dispatch.objects.exists()


@pytest.mark.parametrize(
    ("status", "possible"),
    [
        (S.RECEIVED, False),
        (S.ACCEPTED, True),
        (S.IN_CONSULTATION, True),
        (S.IN_PROGRESS, True),
        (S.REOPENED, True),
        (S.RESOLVED, False),
        (S.CONFIRMED, False),
        (S.DECLINED, False),
        (S.MERGED, False),
        (S.WITHDRAWN, False),
    ],
)
def test_a_demand_is_dispatched_between_being_accepted_and_being_closed(status, possible):
    demand, member = factories.demand(status), factories.committee_member()
    for make in (
        lambda: dispatches.dispatch(demand, member=member, actor=SYSTEM),
        lambda: dispatches.open_for_claim(demand, actor=SYSTEM),
    ):
        if possible:
            assert make().demand_id == demand.pk
        else:
            with pytest.raises(Refused, match="的需求不能派单"):
                make()
            assert not Dispatch.objects.exists()


@pytest.mark.parametrize(
    ("who", "may"), [("liaison_staff", True), ("community_staff", False), ("auditor", False), ("member", False)]
)
def test_only_liaison_staff_dispatch(who, may):
    demand, actor = factories.demand(S.ACCEPTED), getattr(factories, who)()
    for make in (
        lambda: dispatches.dispatch(demand, member=factories.committee_member(), actor=actor),
        lambda: dispatches.open_for_claim(demand, actor=actor),
    ):
        if may:
            make()
        else:
            with pytest.raises(TransitionNotAllowed, match="您的账号不能派单"):
                make()
    assert Dispatch.objects.count() == (2 if may else 0)


def test_members_of_another_committee_or_out_of_office_are_refused():
    demand = factories.demand(S.ACCEPTED)
    gone = factories.committee_member("离任委员", is_active=False)
    places = factories.tree()
    far_demand = factories.demand(S.ACCEPTED, area=places.far_compound)
    for which, member in ((demand, gone), (far_demand, factories.committee_member())):
        with pytest.raises(Refused, match="不是这件需求所在街道联络委的在任委员"):
            dispatches.dispatch(which, member=member, actor=SYSTEM)
    with pytest.raises(Refused, match="没有委员可以认领"):
        dispatches.open_for_claim(far_demand, actor=SYSTEM)


def test_one_member_has_a_demand_once_and_it_is_open_once():
    demand, member = factories.demand(S.ACCEPTED), factories.member_with_account()
    first = dispatches.dispatch(demand, member=member, actor=SYSTEM)
    with pytest.raises(Refused, match="已派给陈委员，尚未结束"):
        dispatches.dispatch(demand, member=member, actor=SYSTEM)
    # Somebody else may be asked beside, and the same member again once it ended.
    dispatches.dispatch(demand, member=factories.committee_member("李委员"), actor=SYSTEM)
    factories.move_dispatch(first, D.DECLINED, reason="出差")
    dispatches.dispatch(demand, member=member, actor=SYSTEM)
    dispatches.open_for_claim(demand, actor=SYSTEM)
    with pytest.raises(Refused, match="已经开放认领"):
        dispatches.open_for_claim(demand, actor=SYSTEM)


def test_a_stale_page_dispatches_nothing():
    demand = factories.demand(S.ACCEPTED)
    seen = fresh(demand).version
    services.handling.answer(demand, "已联系。", actor=factories.liaison_staff())
    with pytest.raises(Stale):
        dispatches.dispatch(demand, member=factories.committee_member(), actor=SYSTEM, version=seen)
    with pytest.raises(Stale):
        dispatches.open_for_claim(demand, actor=SYSTEM, version=seen)
    assert not Dispatch.objects.exists()


# --- The table -------------------------------------------------------------------------------------------------------

# status → target → who may: staff of the liaison committee, the member whose it is, another member, a job.
ALLOWED = {
    D.OPEN: {D.ACCEPTED: {"own", "another", "system"}, D.CANCELLED: {"liaison", "system"}},
    D.OFFERED: {
        D.ACCEPTED: {"liaison", "own", "system"},
        D.DECLINED: {"own", "system"},
        D.LAPSED: {"system"},
        D.CANCELLED: {"liaison", "system"},
    },
    D.ACCEPTED: {
        D.DONE: {"liaison", "own", "system"},
        D.DECLINED: {"own", "system"},
        D.CANCELLED: {"liaison", "system"},
    },
    D.DECLINED: {},
    D.LAPSED: {},
    D.CANCELLED: {},
    D.DONE: {},
}
WHO = ("liaison", "community", "auditor", "own", "another", "system")


@pytest.mark.parametrize("status", D.values)
def test_every_move_is_made_by_those_who_may_and_nobody_else(status):
    row = factories.dispatch(status)
    own = factories.member_with_account()
    another = factories.member_with_account("another", name="李委员")
    actors = {
        "liaison": factories.liaison_staff(),
        "community": factories.community_staff(),
        "auditor": factories.auditor(),
        "own": own.user,
        "another": another.user,
        "system": SYSTEM,
    }
    before = row.transitions.count()
    for to, who in itertools.product(D.values, WHO):
        member = {"own": own, "another": another}.get(who)
        if (status, to, who) == (D.OPEN, D.ACCEPTED, "system"):
            member = own  # for whom an import claims it
        if who in ALLOWED[status].get(to, set()):
            with undone():
                assert act(row, to, actors[who], member).status == to
                step = row.transitions.order_by("-pk").first()
                assert (step.from_status, step.to_status, step.actor) == (status, to, actors[who].user)
        else:
            with pytest.raises(Refused):
                act(row, to, actors[who], member)
    assert (fresh(row).status, row.transitions.count()) == (status, before)


def act(row, to, actor, member):
    """The move itself, under the services, since none of them leads to a status that is never moved to."""
    given = {Requirement.REASON: "有别的安排", Requirement.REPORT: "办好了。"}
    with dispatches.moving(row, to, actor=actor, member=member, given=given) as found:
        found.reason, found.report = given.values()
        found.member = found.member or member
    return found


@contextlib.contextmanager
def undone():
    """What is done within is taken back at the end."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.mark.parametrize(
    ("status", "to"),
    [(D.OFFERED, D.DECLINED), (D.OFFERED, D.CANCELLED), (D.ACCEPTED, D.DECLINED), (D.OPEN, D.CANCELLED)],
)
def test_giving_up_needs_a_reason(status, to):
    row = factories.dispatch(status)
    with pytest.raises(RequirementMissing, match="须写明原因。"):
        factories.move_dispatch(row, to, reason="  ")
    assert fresh(row).status == status


def test_a_dispatch_is_not_done_without_a_report():
    row = factories.dispatch(D.ACCEPTED)
    with pytest.raises(RequirementMissing, match="“报告完成”须写明办理情况。"):
        dispatches.complete(row, dispatches.Report(" \n "), actor=SYSTEM)
    assert fresh(row).status == D.ACCEPTED
    assert not DutyRecord.objects.exists()


def test_what_buttons_are_offered_is_what_may_be_done():
    own, another = factories.member_with_account(), factories.member_with_account("another", name="李委员")
    row = factories.dispatch(D.OFFERED)
    assert set(dispatches.allowed_moves(row, own.user, own)) == {D.ACCEPTED, D.DECLINED}
    assert set(dispatches.allowed_moves(row, another.user, another)) == set()
    assert set(dispatches.allowed_moves(row, factories.liaison_staff())) == {D.ACCEPTED, D.CANCELLED}
    assert set(dispatches.allowed_moves(row, factories.community_staff())) == set()


def test_a_stale_answer_is_refused():
    row = factories.dispatch(D.OFFERED)
    member = factories.member_with_account()
    seen = row.version
    factories.move_dispatch(row, D.ACCEPTED, actor=member.user, member=member, version=seen)
    with pytest.raises(Stale):
        factories.move_dispatch(row, D.DECLINED, actor=member.user, member=member, version=seen, reason="忙")
    with pytest.raises(Stale):
        dispatches.complete(row, dispatches.Report("办好了。"), actor=member.user, member=member, version=seen)


# --- In words, to the resident and to staff -----------------------------------------------------------------------


def test_the_resident_reads_that_somebody_helps_and_no_more_than_the_name():
    demand = factories.demand(S.IN_PROGRESS)
    row = factories.dispatch(D.OFFERED, demand_=demand, ask="内部的话")
    member = factories.member_with_account()
    row = factories.move_dispatch(row, D.ACCEPTED, actor=member.user, member=member)
    dispatches.complete(row, dispatches.Report("报告里的话"), actor=member.user, member=member)
    assert progress(demand) == ["已请委员协助：陈委员。", "陈委员已协助办理，工作人员核实后会答复您。"]
    assert "报告里的话" in notes(demand)[-1]
    # It is no answer of the office.
    assert fresh(demand).answered_at == demand.answered_at


def test_the_resident_reads_when_the_helper_changes_but_not_why():
    demand = factories.demand(S.IN_PROGRESS)
    row = factories.dispatch(D.ACCEPTED, demand_=demand)
    factories.move_dispatch(row, D.DECLINED, reason="家里有事")
    assert progress(demand)[-1] == "协助的委员有变动，我们将另行安排。"
    assert "家里有事" in notes(demand)[-1] and "已退回" in notes(demand)[-1]


def test_every_move_makes_the_demands_pages_new():
    demand = factories.demand(S.IN_PROGRESS)
    versions = [fresh(demand).version]
    row = factories.dispatch(D.OFFERED, demand_=demand)
    versions.append(fresh(demand).version)
    row = factories.move_dispatch(row, D.ACCEPTED)
    versions.append(fresh(demand).version)
    dispatches.complete(row, dispatches.Report("办好了。"), actor=SYSTEM)
    versions.append(fresh(demand).version)
    assert versions == sorted(set(versions))


# --- In time ---------------------------------------------------------------------------------------------------------


def late(**values) -> Dispatch:
    row = factories.dispatch(D.OFFERED, **values)
    Dispatch.objects.filter(pk=row.pk).update(reply_by=timezone.localdate() - datetime.timedelta(days=1))
    return fresh(row)


@pytest.mark.parametrize("to", [D.ACCEPTED, D.DECLINED])
def test_after_the_day_nothing_is_answered_any_more(to):
    row, member = late(), factories.member_with_account()
    with pytest.raises(Refused, match="答复期限已过"):
        factories.move_dispatch(row, to, actor=member.user, member=member, reason="忙")
    assert fresh(row).status == D.OFFERED


def test_on_the_last_day_it_can_be_answered():
    row, member = factories.dispatch(D.OFFERED), factories.member_with_account()
    Dispatch.objects.filter(pk=row.pk).update(reply_by=timezone.localdate())
    assert factories.move_dispatch(row, D.ACCEPTED, actor=member.user, member=member).status == D.ACCEPTED


def test_the_unanswered_lapse_once_and_staff_read_it():
    row = late()
    in_time = factories.dispatch(D.OFFERED)
    accepted = factories.dispatch(D.ACCEPTED)
    Dispatch.objects.filter(pk=accepted.pk).update(reply_by=TODAY)
    assert dispatches.lapse_unanswered() == 1
    assert dispatches.lapse_unanswered() == 0
    assert [fresh(one).status for one in (row, in_time, accepted)] == [D.LAPSED, D.OFFERED, D.ACCEPTED]
    assert "陈委员逾期未答复" in notes(row.demand)[-1]
    assert list(Dispatch.objects.awaiting_staff()) == [row]


def test_what_lapsed_is_answered_with_a_sentence():
    row, member = factories.dispatch(D.LAPSED), factories.member_with_account()
    with pytest.raises(Refused, match="答复期限已过，工作人员会另行安排"):
        factories.move_dispatch(row, D.ACCEPTED, actor=member.user, member=member)


@pytest.mark.parametrize(
    ("days_ago", "days_left", "reminded"),
    [(3, 1, True), (3, 0, True), (3, 2, False), (3, -1, False), (0, 1, False), (0, 0, False)],
)
def test_a_member_is_reminded_the_day_before_but_not_on_the_first_day(days_ago, days_left, reminded):
    member = reached(factories.member_with_account())
    row = factories.dispatch(D.OFFERED, member=member)
    now = timezone.now()
    Dispatch.objects.filter(pk=row.pk).update(
        made_at=now - datetime.timedelta(days=days_ago),
        reply_by=timezone.localdate(now) + datetime.timedelta(days=days_left),
    )
    assert dispatches.remind() == (1 if reminded else 0)
    assert dispatches.remind() == 0
    assert told(member) == ["dispatched", *(["dispatch_reminder"] if reminded else [])]


def test_who_answered_or_cannot_be_reached_is_not_reminded():
    rows = [
        factories.dispatch(D.OFFERED),
        factories.dispatch(D.ACCEPTED, member=reached(factories.committee_member("李委员"))),
    ]
    Dispatch.objects.filter(pk__in=[row.pk for row in rows]).update(
        made_at=timezone.now() - datetime.timedelta(days=3), reply_by=timezone.localdate()
    )
    assert dispatches.remind() == 0


@pytest.mark.parametrize("template", ["dispatched", "dispatch_reminder", "dispatch_cancelled"])
def test_messages_to_members_name_the_demand_and_their_own_page_and_nothing_personal(template):
    row = factories.dispatch(D.OFFERED, demand_=factories.demand(S.ACCEPTED, description="王女士家漏水，13900000000"))
    text = render(template, {"dispatch": row.pk})
    assert row.demand.ref in text.subject and row.demand.ref in text.body
    assert f"http://portal.example/my/demands/{row.pk}/" in text.body
    assert "王女士" not in text.body and "13900000000" not in text.body


# --- Claiming --------------------------------------------------------------------------------------------------------


def test_the_first_to_claim_has_it_and_the_next_reads_why_not():
    row = factories.dispatch(D.OPEN)
    first, second = factories.member_with_account(), factories.member_with_account("second", name="李委员")
    taken = dispatches.accept(row, member=first, actor=first.user)
    assert (taken.status, taken.member, taken.accepted_at is not None) == (D.ACCEPTED, first, True)
    with pytest.raises(Refused, match="已由其他委员认领"):
        dispatches.accept(row, member=second, actor=second.user)
    assert "陈委员已认领。" in notes(row.demand)[-1]


def test_what_is_closed_or_taken_back_cannot_be_claimed():
    member = factories.member_with_account()
    closed = factories.dispatch(D.OPEN)
    factories.make_move(closed.demand, S.RESOLVED, answer="已修好。")
    back = factories.dispatch(D.OPEN)
    factories.move_dispatch(back, D.CANCELLED, reason="取消")
    for row in (closed, back):
        with pytest.raises(Refused, match="已经不再开放认领"):
            dispatches.accept(row, member=member, actor=member.user)
        assert fresh(row).status == D.CANCELLED


def test_a_member_of_another_committee_claims_nothing():
    places = factories.tree()
    committee = factories.LiaisonCommittee.objects.create(
        name="湖西联络委", area=places.far_subdistrict, ref_prefix="HX"
    )
    stranger = factories.member_with_account("far", name="远委员", committee=committee)
    row = factories.dispatch(D.OPEN)
    with pytest.raises(Refused, match="不在您所属联络委的街道"):
        dispatches.accept(row, member=stranger, actor=stranger.user)
    assert fresh(row).status == D.OPEN


def test_who_has_the_demand_already_does_not_claim_it_too():
    member = factories.member_with_account()
    demand = factories.demand(S.ACCEPTED)
    factories.dispatch(D.OFFERED, demand_=demand, member=member)
    row = factories.dispatch(D.OPEN, demand_=demand)
    assert not Dispatch.objects.to_claim(member).exists()
    with pytest.raises(Refused, match="已请您协助"):
        dispatches.accept(row, member=member, actor=member.user)


@pytest.mark.django_db(transaction=True)
def test_of_twenty_claims_at_once_one_wins_and_the_others_read_a_sentence():
    row = factories.dispatch(D.OPEN)
    members = [factories.member_with_account(f"member-{number}", name=f"委员{number}") for number in range(20)]
    results = at_once(
        *(
            lambda member=member: dispatches.accept(Dispatch.objects.get(pk=row.pk), member=member, actor=member.user)
            for member in members
        )
    )
    won = [result for result in results if isinstance(result, Dispatch)]
    lost = [str(result) for result in results if isinstance(result, Refused)]
    assert (len(won), len(lost)) == (1, 19)
    assert set(lost) == {"这件需求已由其他委员认领，谢谢您的热心。"}
    assert fresh(row).member == won[0].member
    assert row.transitions.filter(to_status=D.ACCEPTED).count() == 1
    assert progress(row.demand) == [f"已请委员协助：{won[0].member}。"]


@pytest.mark.django_db(transaction=True)
def test_it_is_the_lock_that_lets_only_one_win(monkeypatch):
    row = factories.dispatch(D.OPEN)
    members = [factories.member_with_account(f"member-{number}", name=f"委员{number}") for number in range(2)]
    both_have_read = threading.Barrier(2)

    def unlocked(dispatch, version):
        found = Dispatch.objects.select_related("demand").get(pk=dispatch.pk)
        both_have_read.wait(timeout=30)
        return found

    monkeypatch.setattr(dispatches, "_locked", unlocked)
    claims = [lambda member=member: dispatches.accept(row, member=member, actor=member.user) for member in members]
    assert [type(result) for result in at_once(*claims)] == [Dispatch, Dispatch]


@pytest.mark.django_db(transaction=True)
def test_while_a_dispatch_moves_its_demand_is_nobody_elses():
    row, staff = factories.dispatch(D.OFFERED), factories.liaison_staff()

    def take() -> None:
        with transaction.atomic():
            Demand.objects.select_for_update(nowait=True).get(pk=row.demand_id)

    with dispatches.moving(row, D.ACCEPTED, actor=staff):
        (refused,) = at_once(take)
    assert isinstance(refused, OperationalError)
    assert at_once(take) == [None]


@pytest.mark.django_db(transaction=True)
def test_a_claim_and_the_closing_of_the_demand_at_once_leave_no_loose_end():
    row, member = factories.dispatch(D.OPEN), factories.member_with_account()
    results = at_once(
        lambda: dispatches.accept(Dispatch.objects.get(pk=row.pk), member=member, actor=member.user),
        lambda: factories.make_move(Demand.objects.get(pk=row.demand_id), S.RESOLVED, answer="已修好。"),
    )
    assert not [result for result in results if isinstance(result, Exception) and not isinstance(result, Refused)]
    assert fresh(row).status == D.CANCELLED
    assert fresh(row.demand).status == S.RESOLVED


# --- With a resource -------------------------------------------------------------------------------------------------


def booking(row: Dispatch) -> ResourceBooking:
    return ResourceBooking.objects.get(key=f"dispatch:{row.pk}")


def test_a_resource_is_held_from_the_offer_on_and_used_when_done():
    member = factories.member_with_account()
    resource = factories.resource(member=member, capacity=2)
    row = factories.dispatch(D.OFFERED, member=member, resource=resource)
    assert (booking(row).status, row.booking) == (BookingStatus.HELD, booking(row))
    row = factories.move_dispatch(row, D.ACCEPTED, actor=member.user, member=member)
    assert booking(row).status == BookingStatus.HELD
    dispatches.complete(row, dispatches.Report("办好了。"), actor=member.user, member=member)
    assert (booking(row).status, fresh(resource).used_count) == (BookingStatus.USED, 1)


@pytest.mark.parametrize("to", [D.DECLINED, D.LAPSED, D.CANCELLED])
def test_a_resource_is_free_again_when_nothing_comes_of_it(to):
    member = factories.member_with_account()
    resource = factories.resource(member=member, capacity=1)
    row = factories.dispatch(to, member=member, resource=resource)
    assert (booking(row).status, fresh(resource).used_count) == (BookingStatus.RELEASED, 0)
    factories.dispatch(D.OFFERED, member=member, resource=resource)


def test_a_full_month_refuses_and_saves_nothing():
    member = factories.member_with_account()
    resource = factories.resource(member=member, capacity=1)
    factories.dispatch(D.OFFERED, member=member, resource=resource)
    demand = factories.demand(S.ACCEPTED)
    seen = fresh(demand).version
    with pytest.raises(Refused):
        dispatches.dispatch(demand, member=member, resource=resource, actor=SYSTEM)
    assert not demand.dispatches.exists()
    assert notes(demand) == [] and fresh(demand).version == seen


def test_only_ones_own_resource_or_an_organisations_goes_along():
    member, other = factories.member_with_account(), factories.committee_member("李委员")
    theirs = factories.resource(member=other)
    shared = factories.resource("社区食堂", organisation=factories.organisation())
    demand = factories.demand(S.ACCEPTED)
    with pytest.raises(Refused, match="不是陈委员提供的资源"):
        dispatches.dispatch(demand, member=member, resource=theirs, actor=SYSTEM)
    assert dispatches.dispatch(demand, member=member, resource=shared, actor=SYSTEM).resource == shared


def test_a_members_own_resource_is_not_opened_to_be_claimed():
    demand = factories.demand(S.ACCEPTED)
    with pytest.raises(Refused, match="请直接派单给这位委员"):
        dispatches.open_for_claim(demand, resource=factories.resource(), actor=SYSTEM)


@pytest.mark.parametrize(
    "values",
    [
        {"status": "paused"},
        {"status": "ended"},
        {"status": "offered"},
        {"ends_on": timezone.localdate() - datetime.timedelta(days=1)},
        {"starts_on": timezone.localdate() + datetime.timedelta(days=1)},
        {"areas": "other"},
    ],
    ids=["paused", "ended", "not reviewed", "over", "not begun", "another community"],
)
def test_a_resource_outside_its_status_period_or_area_is_refused(values):
    member = factories.member_with_account()
    if "areas" in values:
        values = {"areas": [factories.tree().other_community]}
    resource = factories.resource(member=member, **values)
    demand = factories.demand(S.ACCEPTED)
    with pytest.raises(Refused):
        dispatches.dispatch(demand, member=member, resource=resource, actor=SYSTEM)
    assert not demand.dispatches.exists() and not ResourceBooking.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_capacity_is_never_overbooked_in_parallel():
    member = factories.member_with_account()
    resource = factories.resource(member=member, capacity=3)
    demands = [factories.demand(S.ACCEPTED) for _number in range(10)]
    results = at_once(
        *(lambda one=one: dispatches.dispatch(one, member=member, resource=resource, actor=SYSTEM) for one in demands)
    )
    assert len([result for result in results if isinstance(result, Dispatch)]) == 3
    assert len([result for result in results if isinstance(result, Refused)]) == 7
    assert Dispatch.objects.count() == ResourceBooking.objects.counted().count() == 3


# --- Done ------------------------------------------------------------------------------------------------------------


def test_done_leaves_a_report_a_duty_record_and_photos_to_review():
    row, member = factories.dispatch(D.ACCEPTED), factories.member_with_account()
    photo = factories.staged_photo()
    done = dispatches.complete(
        row,
        dispatches.Report(" 到现场调解了两家。 ", photos=[photo.key], hours=Decimal(2), people_served=3),
        actor=member.user,
        member=member,
    )
    assert (done.status, done.report, done.ended_at is not None) == (D.DONE, "到现场调解了两家。", True)
    record = DutyRecord.objects.get()
    assert (record.evidence, record.kind, record.member) == (f"dispatch:{row.pk}", DutyKind.DISPATCH, member)
    assert (record.hours, record.people_served, record.day) == (2, 3, timezone.localdate())
    assert done.duty_record == record
    kept = DemandPhoto.objects.get()
    assert (kept.demand, kept.party, kept.review) == (row.demand, Party.MEMBER, PhotoReview.PENDING)
    # The demand itself is for staff to resolve.
    assert fresh(row.demand).status == S.ACCEPTED
    assert list(Dispatch.objects.awaiting_staff()) == [done]


def test_a_duty_record_holds_nothing_of_the_residents_nor_what_may_be_unpublished():
    hidden = factories.demand(S.ACCEPTED, description="王女士家漏水")
    shown = factories.demand(S.ACCEPTED, public=True)
    for demand in (hidden, shown):
        factories.dispatch(D.DONE, demand_=demand)
    texts = list(DutyRecord.objects.order_by("pk").values_list("text", flat=True))
    assert texts == [f"办理需求 {hidden.ref}：环境卫生", f"办理需求 {shown.ref}：环境卫生"]


def test_reported_twice_it_is_done_once():
    row, member = factories.dispatch(D.ACCEPTED), factories.member_with_account()
    dispatches.complete(row, dispatches.Report("办好了。"), actor=member.user, member=member)
    with pytest.raises(Refused):
        dispatches.complete(row, dispatches.Report("又办好了。"), actor=member.user, member=member)
    assert DutyRecord.objects.count() == 1 and fresh(row).report == "办好了。"


@pytest.mark.parametrize("hours", [Decimal(0), Decimal(-1), Decimal("24.5"), Decimal("1.3")])
def test_hours_are_those_of_a_day(hours):
    row = factories.dispatch(D.ACCEPTED)
    with pytest.raises(Refused, match=r"时长应在 0\.5 到 24 小时之间"):
        dispatches.complete(row, dispatches.Report("办好了。", hours=hours), actor=SYSTEM)
    assert fresh(row).status == D.ACCEPTED and not DutyRecord.objects.exists()


def test_photos_that_are_gone_save_nothing():
    row = factories.dispatch(D.ACCEPTED)
    with pytest.raises(PhotosGone):
        dispatches.complete(row, dispatches.Report("办好了。", photos=["gone"]), actor=SYSTEM)
    with pytest.raises(Refused, match="最多 3 张照片"):
        dispatches.complete(row, dispatches.Report("办好了。", photos=["a", "b", "c", "d"]), actor=SYSTEM)
    assert fresh(row).status == D.ACCEPTED and not DutyRecord.objects.exists()


def test_staff_enter_acceptance_and_report_for_a_member_without_the_portal():
    actor = factories.liaison_staff()
    row = factories.dispatch(D.OFFERED, member=factories.committee_member("不上网的委员"))
    row = factories.move_dispatch(row, D.ACCEPTED, actor=actor)
    dispatches.complete(row, dispatches.Report("电话里说已经办好。"), actor=actor)
    assert list(row.transitions.order_by("pk").values_list("to_status", "actor")) == [
        (D.OFFERED, None),
        (D.ACCEPTED, actor.pk),
        (D.DONE, actor.pk),
    ]


# --- With the demand's own life --------------------------------------------------------------------------------------


def close(demand, to):
    if to == S.RESOLVED:
        factories.make_move(demand, to, answer="已修好。")
    elif to == S.DECLINED:
        factories.make_move(demand, to, answer="做不到。", decline_reason=DeclineReason.NOT_FEASIBLE)
    elif to == S.MERGED:
        factories.make_move(demand, to, target=factories.demand(S.ACCEPTED))
    else:
        factories.make_move(demand, to, actor=RESIDENT)


@pytest.mark.parametrize("to", [S.RESOLVED, S.DECLINED, S.MERGED, S.WITHDRAWN])
def test_a_demand_that_ends_takes_back_what_is_active_and_its_members_are_told(to):
    demand = factories.demand(S.IN_PROGRESS)
    people = [reached(factories.member_with_account(f"m{n}", name=f"委员{n}"), f"1391234567{n}") for n in range(3)]
    offered = factories.dispatch(D.OFFERED, demand_=demand, member=people[0])
    accepted = factories.dispatch(D.ACCEPTED, demand_=demand, member=people[1])
    done = factories.dispatch(D.DONE, demand_=demand, member=people[2])
    open_ = factories.dispatch(D.OPEN, demand_=demand)
    close(demand, to)
    assert [fresh(row).status for row in (offered, accepted, done, open_)] == [
        D.CANCELLED,
        D.CANCELLED,
        D.DONE,
        D.CANCELLED,
    ]
    assert [told(member) for member in people] == [
        ["dispatched", "dispatch_cancelled"],
        ["dispatched", "dispatch_cancelled"],
        ["dispatched"],
    ]
    assert "协助的委员有变动，我们将另行安排。" not in progress(demand)


def test_moves_within_an_open_demand_leave_its_dispatches():
    demand = factories.demand(S.ACCEPTED)
    row = factories.dispatch(D.OFFERED, demand_=demand)
    factories.make_move(demand, S.IN_PROGRESS)
    assert fresh(row).status == D.OFFERED


def test_erasing_a_demand_erases_what_was_written_about_it():
    demand = factories.demand(S.IN_PROGRESS)
    people = [factories.member_with_account(f"m{n}", name=f"委员{n}") for n in range(3)]
    done = factories.dispatch(D.DONE, demand_=demand, member=people[0], ask="找王女士")
    declined = factories.dispatch(D.DECLINED, demand_=demand, member=people[1], ask="找王女士")
    active = factories.dispatch(D.ACCEPTED, demand_=demand, member=people[2], ask="找王女士")
    services.handling.erase(demand, actor=SYSTEM)
    gone = "（内容已删除）"
    assert [(row.status, row.ask, row.reason, row.report) for row in map(fresh, (done, declined, active))] == [
        (D.DONE, "", "", gone),
        (D.DECLINED, "", gone, ""),
        (D.CANCELLED, "", gone, ""),
    ]
    assert not demand.messages.exists()
    with pytest.raises(Refused, match="已按居民要求删除"):
        dispatches.dispatch(demand, member=people[0], actor=SYSTEM)


# --- What came back to the office ------------------------------------------------------------------------------------


def test_the_office_sees_a_demand_that_came_back_once_until_it_is_given_on_or_closed():
    demand = factories.demand(S.IN_PROGRESS)
    first, second = factories.member_with_account(), factories.committee_member("李委员")
    declined = factories.dispatch(D.DECLINED, demand_=demand, member=first)
    assert list(Dispatch.objects.awaiting_staff()) == [declined]
    again = factories.dispatch(D.OFFERED, demand_=demand, member=second)
    assert list(Dispatch.objects.awaiting_staff()) == []
    factories.move_dispatch(again, D.LAPSED)
    assert list(Dispatch.objects.awaiting_staff()) == [again]
    close(demand, S.RESOLVED)
    assert list(Dispatch.objects.awaiting_staff()) == []


def test_what_staff_took_back_themselves_waits_for_nobody():
    factories.dispatch(D.CANCELLED)
    assert list(Dispatch.objects.awaiting_staff()) == []


# --- How to reach the resident ---------------------------------------------------------------------------------------


def test_the_contact_is_shown_while_accepted_and_recorded():
    demand = factories.demand(S.ACCEPTED, phone="13987654321")
    member = factories.member_with_account()
    row = factories.dispatch(D.ACCEPTED, demand_=demand, member=member)
    assert dispatches.contact_of(row, member=member, actor=member.user)["phone"] == "13987654321"
    entry = AuditEntry.objects.get(action="contact_revealed")
    assert (entry.subject, entry.actor, entry.detail) == (demand.ref, member.user, f"dispatch:{row.pk}")


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (D.OFFERED, "接受以后才能查看联系方式"),
        (D.DECLINED, "协助已结束，联系方式不再显示"),
        (D.LAPSED, "协助已结束，联系方式不再显示"),
        (D.CANCELLED, "协助已结束，联系方式不再显示"),
        (D.DONE, "协助已结束，联系方式不再显示"),
    ],
)
def test_before_and_after_the_contact_is_a_sentence(status, words):
    member = factories.member_with_account()
    row = factories.dispatch(status, demand_=factories.demand(S.ACCEPTED, phone="13987654321"), member=member)
    with pytest.raises(Refused, match=words):
        dispatches.contact_of(row, member=member, actor=member.user)
    assert not AuditEntry.objects.filter(action="contact_revealed").exists()


def test_nobody_elses_contact_and_none_where_none_was_left():
    member, other = factories.member_with_account(), factories.member_with_account("other", name="李委员")
    row = factories.dispatch(D.ACCEPTED, demand_=factories.demand(S.ACCEPTED, phone="13987654321"), member=member)
    with pytest.raises(TransitionNotAllowed):
        dispatches.contact_of(row, member=other, actor=other.user)
    without = factories.dispatch(D.ACCEPTED, demand_=factories.demand(S.ACCEPTED, phone=""), member=member)
    with pytest.raises(Refused, match="居民没有留下联系方式"):
        dispatches.contact_of(without, member=member, actor=member.user)
    assert not AuditEntry.objects.filter(action="contact_revealed").exists()


# --- Traces ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "what", ["UPDATE demands_dispatchtransition SET to_status = 'done'", "DELETE FROM demands_dispatchtransition"]
)
def test_traces_are_never_changed(what):
    factories.dispatch(D.ACCEPTED)
    with pytest.raises(Exception, match="append"), connection.cursor() as cursor:
        cursor.execute(what)


def test_an_error_on_the_way_leaves_nothing_half_done(monkeypatch):
    member = factories.member_with_account()
    row = factories.dispatch(D.ACCEPTED, member=member)
    before = DemandMessage.objects.count()

    def broken(*args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr(dispatches, "_write_messages", broken)
    with pytest.raises(RuntimeError):
        dispatches.complete(row, dispatches.Report("办好了。"), actor=member.user, member=member)
    assert fresh(row).status == D.ACCEPTED
    assert (DutyRecord.objects.count(), DemandMessage.objects.count()) == (0, before)
    assert not DispatchTransition.objects.filter(to_status=D.DONE).exists()
