"""The workflow engine: who may make a move, and what it requires. Each table has a test of its own."""

from types import SimpleNamespace

import pytest

from consultation.models import Event
from consultation.workflow import EventStatus
from foundation.actors import RESIDENT, SYSTEM, Party
from foundation.errors import Refused, RequirementMissing, TransitionNotAllowed
from foundation.workflow import Move, Requirement, allowed_moves, check_move, check_requirements, only

STAFF_MOVE = Move("开放报名", "consultation.change_event")
OWN_MOVE = Move("撤回", by=frozenset({Party.RESIDENT}))
BOTH = Move("重新办理", "consultation.change_event", by=frozenset({Party.RESIDENT}))
MOVES = {EventStatus.OPEN: STAFF_MOVE, EventStatus.HELD: OWN_MOVE, EventStatus.CANCELLED: BOTH}


def staff(*permissions: str):
    return SimpleNamespace(party=Party.STAFF, user=None, has_perm=lambda permission: permission in permissions)


ALLOWED = staff("consultation.change_event")
FORBIDDEN = staff()
EVENT = Event(status=EventStatus.PLANNED)


@pytest.mark.parametrize(
    ("actor", "party", "targets"),
    [
        (ALLOWED, "", ["open", "cancelled"]),
        (FORBIDDEN, "", []),
        (RESIDENT, "", ["held", "cancelled"]),
        (SYSTEM, "", ["open", "held", "cancelled"]),
        # For their own rows, an account needs no staff permissions.
        (FORBIDDEN, Party.RESIDENT, ["held", "cancelled"]),
        (ALLOWED, Party.MEMBER, []),
    ],
)
def test_allowed_moves_by_actor_and_party(actor, party, targets):
    assert [str(to) for to in allowed_moves(MOVES, actor, party)] == targets


def test_check_move_returns_the_move():
    assert check_move(MOVES, EVENT, EventStatus.OPEN, ALLOWED) is STAFF_MOVE


def test_only_some_moves_of_a_table():
    table = {EventStatus.PLANNED: MOVES, EventStatus.OPEN: {EventStatus.HELD: OWN_MOVE}, EventStatus.HELD: {}}
    assert only(table, OWN_MOVE) == {
        "planned": {"held": OWN_MOVE},
        "open": {"held": OWN_MOVE},
        "held": {},
    }
    assert only(table, STAFF_MOVE, BOTH) == {
        "planned": {"open": STAFF_MOVE, "cancelled": BOTH},
        "open": {},
        "held": {},
    }


def test_check_move_refuses_a_move_that_does_not_exist():
    with pytest.raises(TransitionNotAllowed, match="“已排期”的活动不能改为“纪要已公布”。"):
        check_move(MOVES, EVENT, EventStatus.MINUTES_PUBLISHED, SYSTEM)


def test_check_move_names_an_unknown_status_as_it_came():
    with pytest.raises(TransitionNotAllowed, match="不能改为“nonsense”"):
        check_move(MOVES, EVENT, "nonsense", ALLOWED)


def test_check_move_says_a_better_sentence_where_there_is_one():
    with pytest.raises(TransitionNotAllowed, match=r"^先取消拆分。$"):
        check_move({}, EVENT, EventStatus.OPEN, ALLOWED, why_not="先取消拆分。")


@pytest.mark.parametrize("actor", [FORBIDDEN, RESIDENT])
def test_check_move_refuses_whoever_may_not(actor):
    with pytest.raises(TransitionNotAllowed, match="您的账号没有“开放报名”的权限。"):
        check_move(MOVES, EVENT, EventStatus.OPEN, actor)


@pytest.mark.parametrize(
    ("requirement", "what"),
    [
        (Requirement.ANSWER, "给居民的答复"),
        (Requirement.REASON, "原因"),
        (Requirement.TARGET, "并入哪一件需求"),
        (Requirement.PARTS, "拆成哪几件"),
        (Requirement.MINUTES, "纪要的内容"),
        (Requirement.OUTCOME, "实际结果、依据和日期"),
        (Requirement.EVENT, "列入哪场活动"),
        (Requirement.REPORT, "办理情况"),
        (Requirement.RECIPIENT, "报送到哪里"),
        (Requirement.NUMBER, "立案号或编号"),
        (Requirement.REPLY, "答复内容"),
        (Requirement.ADOPTION, "采纳情况和原因"),
    ],
)
@pytest.mark.parametrize("given", ["nothing", "blank", "none"])
def test_a_missing_requirement_raises_the_same_error_for_every_machine(requirement, what, given):
    move = Move("取消", requires=frozenset({requirement}))
    values = {"nothing": {}, "blank": {requirement: " \n"}, "none": {requirement: None}}[given]
    with pytest.raises(RequirementMissing, match=f"“取消”须写明{what}。") as raised:
        check_requirements(move, values)
    assert isinstance(raised.value, Refused)


def test_check_requirements_passes_what_is_given():
    move = Move("取消", requires=frozenset({Requirement.REASON, Requirement.EVENT}))
    check_requirements(move, {Requirement.REASON: "下雨", Requirement.EVENT: EVENT})
