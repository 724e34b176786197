"""Proposals as a machine: its table, written by hand; who may move, what is required, and what it leaves."""

import itertools

import pytest
from django.db import DatabaseError, transaction

from demands.models import Proposal
from demands.services import proposal_moves
from demands.workflow import ON_RECORD, PROPOSAL_MOVES, UNSUBMITTED, Outcome, OutcomeReason, ProposalStatus
from foundation.actors import RESIDENT, SYSTEM, Party
from foundation.audit import AuditAction, AuditEntry
from foundation.errors import RequirementMissing, Stale, TransitionNotAllowed
from tests import factories

pytestmark = pytest.mark.django_db

STATUSES = ["draft", "ready", "submitted", "filed", "replied", "closed", "not_filed", "withdrawn"]
L, A = "liaison", "author"  # A: the member whose proposal it is

# From, to → who may, and what the move requires. The superuser and the portal's own jobs may make each of them.
TABLE = {
    ("draft", "ready"): ({L, A}, ""),
    ("draft", "submitted"): ({L}, "recipient"),
    ("draft", "withdrawn"): ({L}, "reason"),
    ("ready", "draft"): ({L, A}, ""),
    ("ready", "submitted"): ({L}, "recipient"),
    ("ready", "withdrawn"): ({L}, "reason"),
    ("submitted", "filed"): ({L}, "number"),
    ("submitted", "not_filed"): ({L}, "reason"),
    ("submitted", "draft"): ({L}, ""),
    ("submitted", "withdrawn"): ({L}, "reason"),
    ("filed", "replied"): ({L}, "reply"),
    ("filed", "closed"): ({L}, "adoption"),
    ("replied", "closed"): ({L}, "adoption"),
    ("not_filed", "draft"): ({L}, ""),
}
# What comes with a move to each status.
GIVEN = {
    "ready": {},
    "draft": {},
    "submitted": {"recipient": "区政协"},
    "filed": {"number": "2026-045"},
    "not_filed": {"reason": "duplicate"},
    "withdrawn": {"reason": "solved"},
    "replied": {"reply": "已列入计划。"},
    "closed": {"outcome": "partly", "outcome_reason": "planned"},
}
SERVICES = {
    "ready": proposal_moves.finish,
    "draft": proposal_moves.revise,
    "submitted": proposal_moves.submit,
    "filed": proposal_moves.file,
    "not_filed": proposal_moves.refuse_filing,
    "withdrawn": proposal_moves.withdraw,
    "replied": proposal_moves.record_reply,
    "closed": proposal_moves.close,
}
WORDS = {
    "recipient": "报送到哪里",
    "reason": "原因",
    "number": "立案号或编号",
    "reply": "答复内容",
    "adoption": "采纳情况和原因",
}


def people() -> dict:
    """Who acts → the actor, and the member that they act as."""
    account = factories.member()
    other = factories.user("other-member", name="王委员")
    return {
        "system": (SYSTEM, None),
        "superuser": (factories.superuser(), None),
        L: (factories.liaison_staff(), None),
        A: (account, factories.committee_member("陈敏", user=account)),
        "other member": (other, factories.committee_member("王磊", user=other)),
        "community": (factories.community_staff(), None),
        "auditor": (factories.auditor(), None),
        "resident": (RESIDENT, None),
    }


def test_the_statuses_of_this_table_are_all_there_are():
    assert ProposalStatus.values == STATUSES == list(PROPOSAL_MOVES)
    assert (set(UNSUBMITTED), set(ON_RECORD)) == ({"draft", "ready"}, {"filed", "replied", "closed"})
    assert proposal_moves.MOVED_BY == SERVICES


@pytest.mark.parametrize("status", STATUSES)
def test_a_move_is_made_where_the_table_says_and_by_whom_it_says(status, database):
    everybody = people()
    row = factories.proposal(status, author=everybody[A][1])
    before = database()
    for to in STATUSES:
        may, requires = TABLE.get((status, to), (set(), None))
        assert (to in PROPOSAL_MOVES[status]) is (requires is not None), to
        if requires is not None:
            assert PROPOSAL_MOVES[status][to].requires == ({requires} if requires else set())
        for name, (actor, member) in everybody.items():
            acting = {"actor": actor} | ({"member": member} if to in ("ready", "draft") else {})
            may_make = requires is not None and (name in may or name in ("system", "superuser"))
            assert (to in proposal_moves.allowed_moves(row, actor, member)) is may_make, (to, name)
            if not may_make:
                with pytest.raises(TransitionNotAllowed, match=r"。$"), transaction.atomic():
                    SERVICES[to](row, **GIVEN[to], **acting)
                continue
            savepoint = transaction.savepoint()
            check_move_left_its_rows(row, to, SERVICES[to](row, **GIVEN[to], version=row.version, **acting), acting)
            transaction.savepoint_rollback(savepoint)
        assert database() == before, to


def check_move_left_its_rows(row, to, moved, acting):
    assert (moved.status, Proposal.objects.get(pk=row.pk).version) == (to, row.version + 1)
    step = row.transitions.last()
    party = Party.MEMBER if acting.get("member") else acting["actor"].party
    assert (step.from_status, step.to_status, step.actor, step.party) == (row.status, to, acting["actor"].user, party)
    coded = {"not_filed": "duplicate", "withdrawn": "solved", "closed": "planned"}
    assert (step.reason, moved.reason) == (coded.get(to, ""), "" if to == "closed" else coded.get(to, ""))
    audited = AuditEntry.objects.filter(action=AuditAction.MOVED, subject=f"proposal:{row.pk}")
    assert [entry.detail for entry in audited] == ([f"{row.status} → {to}"] if party == Party.STAFF else [])


@pytest.mark.parametrize(("status", "to"), [pair for pair, (_who, what) in TABLE.items() if what])
def test_what_a_move_requires_is_asked_for(status, to, database):
    row, staff = factories.proposal(status), factories.liaison_staff()
    what = TABLE[status, to][1]
    cases = [GIVEN[to] | {name: " \n"} for name in GIVEN[to]]
    if to in ("not_filed", "withdrawn"):
        cases += [{"reason": "because"}, {"reason": "solved" if to == "not_filed" else "duplicate"}]
    if to == "closed":
        cases += [{"outcome": "because"}, {"outcome": "not_adopted", "outcome_reason": "because"}]
    before = database()
    for case in cases:
        with pytest.raises(RequirementMissing, match=f"须写明{WORDS[what]}。$"), transaction.atomic():
            SERVICES[to](row, **case, actor=staff)
        assert database() == before, case


@pytest.mark.parametrize(("status", "to"), TABLE)
def test_a_stale_page_moves_nothing(status, to):
    row = factories.proposal(status)
    Proposal.objects.filter(pk=row.pk).update(version=row.version + 1)
    with pytest.raises(Stale):
        SERVICES[to](row, **GIVEN[to], actor=factories.liaison_staff(), version=row.version)
    assert Proposal.objects.get(pk=row.pk).status == status


def test_a_reason_goes_only_with_an_outcome_that_needs_one():
    row, staff = factories.proposal("replied"), factories.liaison_staff()
    needing = set()
    for outcome, reason in itertools.product(Outcome.values, ("", OutcomeReason.NO_FUNDS)):
        savepoint = transaction.savepoint()
        try:
            done = proposal_moves.close(row, outcome, outcome_reason=reason, actor=staff)
        except RequirementMissing:
            needing.add((outcome, reason))
        else:
            expected = "no_funds" if outcome in ("partly", "not_adopted") else ""
            assert (done.outcome, done.outcome_reason) == (outcome, expected)
        transaction.savepoint_rollback(savepoint)
    assert needing == {("partly", ""), ("not_adopted", "")}


def test_an_opinion_is_recorded_where_a_proposal_is_filed():
    shown = {
        kind: [str(Proposal(kind=kind, status=status).state.label) for status in ("draft", "filed", "not_filed")]
        for kind in ("proposal", "opinion")
    }
    assert shown == {"proposal": ["起草中", "已立案", "未立案"], "opinion": ["起草中", "已收录", "未收录"]}


def test_logged_moves_are_never_rewritten():
    step = factories.proposal("ready").transitions.last()
    for change in (lambda steps: steps.update(to_status="x"), lambda steps: steps.delete()):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            change(type(step).objects.filter(pk=step.pk))
