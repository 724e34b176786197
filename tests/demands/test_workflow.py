"""Which status follows which, and who may move it there. Both tables are written here by hand."""

import pytest
from django.db import transaction

from demands import services
from demands.models import DemandTransition
from demands.services import transitions
from demands.workflow import CLOSED, DEMAND_MOVES, OPEN, DeclineReason, DemandStatus
from foundation import contacts
from foundation.actors import RESIDENT, SYSTEM, Party
from foundation.audit import AuditAction, AuditEntry
from foundation.errors import RequirementMissing, TransitionNotAllowed
from foundation.outbox import OutboxMessage
from foundation.workflow import Requirement
from tests import factories

pytestmark = pytest.mark.django_db

STATUSES = [
    *["received", "accepted", "in_consultation", "in_progress", "resolved"],
    *["confirmed", "reopened", "declined", "merged", "withdrawn", "split"],
]

# Rows: from. Columns: to, in the order of STATUSES.
#                        re ac co pr rs cf ro de me wi sp
ALLOWED = {
    "received": "          -  x  -  -  -  -  -  x  x  x  x",
    "accepted": "          -  -  x  x  x  -  -  x  x  x  x",
    "in_consultation": "   -  -  -  x  x  -  -  x  x  x  x",
    "in_progress": "       -  -  x  -  x  -  -  x  x  x  x",
    "resolved": "          -  -  -  -  -  x  x  -  -  -  -",
    "confirmed": "         -  -  -  -  -  -  x  -  -  -  -",
    "reopened": "          -  -  x  x  x  -  -  x  x  x  x",
    "declined": "          -  -  -  -  -  -  x  -  -  -  -",
    # Back to where it stood, b, which may be any of these.
    "merged": "            b  b  b  b  -  -  b  -  -  -  -",
    "withdrawn": "         -  -  -  -  -  -  -  -  -  -  -",
    "split": "             b  b  b  b  -  -  b  -  -  -  -",
}
MARKS = {
    (came_from, to): mark for came_from, row in ALLOWED.items() for to, mark in zip(STATUSES, row.split(), strict=True)
}
# In these tests a demand was merged while received, and split while accepted.
BACK = {("merged", "received"), ("split", "accepted")}
PAIRS = {pair: mark == "x" or pair in BACK for pair, mark in MARKS.items()}

# Who may make an allowed move. The superuser may what any staff may; auditors and members may nothing.
L, C, R = "liaison", "community", "resident"
WHO = {
    ("received", "accepted"): {L, C},
    ("received", "declined"): {L},
    ("received", "merged"): {L},
    ("received", "split"): {L},
    ("received", "withdrawn"): {R},
    ("accepted", "in_consultation"): {L},
    ("accepted", "in_progress"): {L},
    ("accepted", "resolved"): {L},
    ("accepted", "declined"): {L},
    ("accepted", "merged"): {L},
    ("accepted", "split"): {L},
    ("accepted", "withdrawn"): {R},
    ("in_consultation", "in_progress"): {L},
    ("in_consultation", "resolved"): {L},
    ("in_consultation", "declined"): {L},
    ("in_consultation", "merged"): {L},
    ("in_consultation", "split"): {L},
    ("in_consultation", "withdrawn"): {R},
    ("in_progress", "in_consultation"): {L},
    ("in_progress", "resolved"): {L},
    ("in_progress", "declined"): {L},
    ("in_progress", "merged"): {L},
    ("in_progress", "split"): {L},
    ("in_progress", "withdrawn"): {R},
    ("reopened", "in_consultation"): {L},
    ("reopened", "in_progress"): {L},
    ("reopened", "resolved"): {L},
    ("reopened", "declined"): {L},
    ("reopened", "merged"): {L},
    ("reopened", "split"): {L},
    ("reopened", "withdrawn"): {R},
    ("resolved", "confirmed"): {R},
    ("resolved", "reopened"): {L, R},
    ("confirmed", "reopened"): {L, R},
    ("declined", "reopened"): {L, R},
    ("merged", "received"): {L},
    ("split", "accepted"): {L},
}

# What a move to a status cannot do without.
REQUIRED = {
    "resolved": {"answer": "路灯已修好。"},
    "declined": {"answer": "暂时做不到。", "decline_reason": DeclineReason.NOT_FEASIBLE},
    "reopened": {"reason": "还是不亮。"},
}


def people() -> dict:
    return {
        "resident": RESIDENT,
        "liaison": factories.liaison_staff(),
        "community": factories.community_staff(),
        "auditor": factories.auditor(),
        "member": factories.member(),
        "superuser": factories.superuser(),
    }


def required(demand, to) -> dict:
    if to == "merged":
        return {"target": factories.demand(description="同一件事，先提出的。")}
    if to == "split":
        return {"parts": [factories.part("换路灯"), factories.part("补台阶")]}
    return REQUIRED.get(to, {})


# --- The tables ------------------------------------------------------------------------------------------------------


def test_the_eleven_statuses_are_these():
    assert DemandStatus.values == STATUSES


def test_open_and_closed_part_them():
    assert set(OPEN) == {"received", "accepted", "in_consultation", "in_progress", "reopened"}
    assert set(CLOSED) == {"resolved", "confirmed", "declined", "merged", "withdrawn", "split"}


def test_a_move_exists_or_not():
    assert {(came_from, to) for came_from in STATUSES for to in DEMAND_MOVES[came_from]} == {
        pair for pair, mark in MARKS.items() if mark != "-"
    }


def test_the_two_tables_of_this_file_agree():
    assert set(WHO) == {pair for pair, allowed in PAIRS.items() if allowed}


# --- Forbidden moves, through the door -------------------------------------------------------------------------------


@pytest.mark.parametrize("came_from", STATUSES)
def test_a_move_that_does_not_exist_is_refused_to_everybody_and_writes_nothing(came_from, database):
    demand = factories.demand(came_from)
    given = {
        Requirement.ANSWER: "答复",
        Requirement.REASON: "理由",
        Requirement.TARGET: factories.demand(description="可以并入的那件。"),
        Requirement.PARTS: [factories.part("换路灯"), factories.part("补台阶")],
    }
    everybody = people()
    before = database()
    for to in STATUSES:
        if PAIRS[came_from, to]:
            continue
        for actor in (SYSTEM, RESIDENT, everybody["liaison"], everybody["superuser"]):
            moving = transitions.moving(demand, to, actor=actor, given=given)
            with pytest.raises(TransitionNotAllowed) as refused, transaction.atomic(), moving:
                pytest.fail("moved")
            assert str(refused.value).endswith("。"), "a sentence for the person"
    assert database() == before


# --- Who may ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", STATUSES)
def test_a_move_is_open_to_these_and_refused_to_others_as_the_desk_offers_it(status, database):
    demand, everybody = factories.demand(status), people()
    moves = {to: may for (came_from, to), may in WHO.items() if came_from == status}
    for name in ("liaison", "community", "auditor", "member"):
        expected = {to for to, may in moves.items() if name in may}
        assert set(transitions.allowed_moves(demand, everybody[name])) == expected, name
    given = {to: required(demand, to) for to in moves}
    before = database()
    for to, may in moves.items():
        for name, actor in everybody.items():
            if name in may or (name == "superuser" and "liaison" in may):
                savepoint = transaction.savepoint()
                assert factories.make_move(demand, to, actor=actor, **given[to]).status == to, name
                transaction.savepoint_rollback(savepoint)
            else:
                with pytest.raises(TransitionNotAllowed), transaction.atomic():
                    factories.make_move(demand, to, actor=actor, **given[to])
        assert database() == before, to


def test_a_disabled_account_makes_no_move(database):
    staff = factories.liaison_staff()
    staff.is_active = False
    staff.save(update_fields=["is_active"])
    demand = factories.demand()
    before = database()
    with pytest.raises(TransitionNotAllowed), transaction.atomic():
        services.handling.accept(demand, actor=staff)
    assert database() == before


# --- What is required ------------------------------------------------------------------------------------------------

# From → moves with too little.
INCOMPLETE = {
    "in_progress": [("resolved", {}), ("resolved", {"answer": "  \n"})],
    "received": [
        ("declined", {}),
        ("declined", {"answer": "不归我们管。"}),
        ("declined", {"answer": "不归我们管。", "decline_reason": "because"}),
        ("declined", {"answer": " ", "decline_reason": "not_feasible"}),
        ("declined", {"decline_reason": "not_feasible"}),
        ("declined", {"answer": "不归我们管。", "decline_reason": "out_of_remit"}),
        ("declined", {"answer": "不归我们管。", "decline_reason": "out_of_remit", "responsible": " "}),
        ("merged", {}),
        ("split", {}),
    ],
    "resolved": [("reopened", {}), ("reopened", {"reason": " \n "})],
    "declined": [("reopened", {})],
}


@pytest.mark.parametrize(("came_from", "moves"), INCOMPLETE.items())
def test_a_move_without_what_it_requires_is_refused_and_writes_nothing(came_from, moves, database):
    demand = factories.demand(came_from)
    staff = factories.liaison_staff()
    before = database()
    for to, values in moves:
        for actor in (staff, SYSTEM):
            with pytest.raises(RequirementMissing) as refused, transaction.atomic():
                factories.make_move(demand, to, actor=actor, **values)
            assert str(refused.value).endswith("。")
        assert database() == before, (to, values)


# --- What every move leaves ------------------------------------------------------------------------------------------

# Status a member of staff moves to → template of the message its resident gets.
TOLD = {
    ("received", "accepted"): "accepted",
    ("accepted", "in_consultation"): "moved",
    ("accepted", "in_progress"): "moved",
    ("in_progress", "resolved"): "resolved",
    ("received", "declined"): "declined",
    ("received", "merged"): "merged",
    ("merged", "received"): "moved",
    ("resolved", "reopened"): "moved",
}


@pytest.mark.parametrize(("pair", "template"), list(TOLD.items()))
def test_a_move_by_staff_leaves_a_row_an_audit_entry_and_a_message(pair, template):
    came_from, to = pair
    demand, staff = factories.demand(came_from), factories.liaison_staff()
    values = required(demand, to)
    moves, entries, messages = (
        set(model.objects.values_list("pk", flat=True)) for model in (DemandTransition, AuditEntry, OutboxMessage)
    )
    factories.make_move(demand, to, actor=staff, **values)

    move = DemandTransition.objects.exclude(pk__in=moves).get()
    assert (move.demand, move.from_status, move.to_status) == (demand, came_from, to)
    assert (move.party, move.actor, move.office) == (Party.STAFF, staff, "湖东街道联络委")
    entry = AuditEntry.objects.exclude(pk__in=entries).get()
    assert (entry.action, entry.subject, entry.actor) == (AuditAction.MOVED, demand.ref, staff)
    assert entry.detail == f"{came_from} → {to}"
    message = OutboxMessage.objects.exclude(pk__in=messages).get()
    assert (message.template, message.contact, message.subject_ref) == (template, demand.contact, demand.ref)
    assert message.parameters == {"ref": demand.ref}


@pytest.mark.parametrize(("came_from", "to"), [("received", "withdrawn"), ("resolved", "reopened")])
def test_a_move_by_the_resident_leaves_a_row_and_tells_nobody(came_from, to):
    demand = factories.demand(came_from)
    messages, entries = OutboxMessage.objects.count(), AuditEntry.objects.count()
    factories.make_move(demand, to, actor=RESIDENT, **required(demand, to))
    move = demand.transitions.latest("pk")
    assert (move.from_status, move.to_status, move.party, move.actor) == (came_from, to, Party.RESIDENT, None)
    assert (OutboxMessage.objects.count(), AuditEntry.objects.count()) == (messages, entries)


def test_move_rows_and_audit_hold_no_personal_text():
    demand, staff = factories.demand("resolved"), factories.liaison_staff()
    services.handling.reopen(demand, "王女士 13912345678 说还不亮", actor=staff)
    services.handling.decline(demand, **REQUIRED["declined"], actor=staff)
    written = [str(vars(row)) for row in (*DemandTransition.objects.all(), *AuditEntry.objects.all())]
    for personal in ("王女士", "13912345678", "暂时做不到"):
        assert not any(personal in row for row in written)


def test_who_left_no_contact_is_moved_all_the_same():
    demand = factories.demand(called="", phone="")
    services.handling.accept(demand, actor=factories.liaison_staff())
    assert OutboxMessage.objects.count() == 0


def test_every_status_has_its_closing_time_or_none():
    for status in STATUSES:
        demand = factories.demand(status)
        assert (demand.closed_at is not None) is (status in CLOSED), status


def test_confirming_keeps_the_day_of_closing():
    demand = factories.demand("resolved")
    closed_at = demand.closed_at
    services.residents.rate(demand, work="satisfied", result="satisfied")
    demand.refresh_from_db()
    assert (demand.status, demand.closed_at) == ("confirmed", closed_at)


def test_reopening_forgets_why_it_was_declined():
    demand = factories.demand()
    services.handling.decline(
        demand,
        "归供电公司管。",
        decline_reason=DeclineReason.OUT_OF_REMIT,
        responsible=" 供电公司 ",
        actor=SYSTEM,
    )
    demand.refresh_from_db()
    assert (demand.decline_reason, demand.responsible) == ("out_of_remit", "供电公司")
    services.residents.reopen(demand, "供电公司说不归他们管。")
    demand.refresh_from_db()
    assert (demand.decline_reason, demand.responsible, demand.closed_at) == ("", "", None)


def test_a_status_that_does_not_exist_is_refused():
    with pytest.raises(TransitionNotAllowed), transitions.moving(factories.demand(), "solved", actor=SYSTEM):
        pytest.fail("moved")


def test_contacts_are_not_touched_by_moves():
    demand = factories.demand("confirmed")
    assert contacts.open_contact(demand.contact)["phone"] == "13912345678"
