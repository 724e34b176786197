"""A ledger that comes in with its history: statuses, dates, owners, units, contacts, consultation."""

import datetime
import io
import itertools

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from demands.models import Demand, DemandTransition, Unit
from demands.services import batches, handling, staging
from demands.sheets import history, mapping
from demands.workflow import DEMAND_MOVES
from foundation import contacts, raw_sheets
from foundation.outbox import OutboxMessage
from tests import factories

pytestmark = pytest.mark.django_db

HEAD = "标题,内容,提出时间,状态,受理日期,协商日期,协商情况,答复,答复时间,办结日期,承办人,承办单位,备注,反映人,联系电话"


@pytest.fixture(autouse=True)
def places():
    factories.category("other", name="其他")
    return factories.tree()


def at(month: int, day: int) -> datetime.datetime:
    return timezone.make_aware(datetime.datetime(2025, month, day))


def line(**cells) -> str:
    names = [
        *("title", "body", "posted_at", "state", "accepted_at", "consulted_at", "consultation", "reply", "replied_at"),
        *("closed_at", "owner", "unit", "note", "called", "phone"),
    ]
    assert set(cells) <= set(names)
    values = {"title": "路灯", "body": "3 号门外路灯坏了。", "posted_at": "2025-03-03"} | cells
    return ",".join(values.get(name, "") for name in names)


def receive(*lines: str):
    table = raw_sheets.read(io.BytesIO("\n".join([HEAD, *lines]).encode()), known=mapping.meanings())
    return staging.receive(table, file_name="台账.csv", digest="d" * 64, actor=factories.liaison_staff())


def problem(**cells) -> str:
    return receive(line(**cells)).rows.get().problem


def imported(**cells) -> Demand:
    batch = receive(line(**cells))
    assert batch.rows.get().problem == ""
    batches.confirm(batch, actor=batch.made_by, again=True)
    assert batches.work()
    return Demand.objects.latest("pk")


def moves(demand: Demand) -> list[tuple]:
    return [(move.to_status, move.at, move.party, move.reason) for move in demand.transitions.order_by("pk")]


def test_every_column_of_the_ledger_is_known():
    table = raw_sheets.read(io.BytesIO(f"{HEAD}\n{line()}".encode()), known=mapping.meanings())
    assert mapping.unread(table, mapping.guess(table).where) == []
    assert mapping.is_of_residents(table, mapping.guess(table).where)


# --- Statuses --------------------------------------------------------------------------------------------------------

ENDED = {"reply": "已换新。", "replied_at": "2025-03-20"}
WAYS = [
    (
        {"consulted_at": "2025-03-10"},
        [
            *(("received", at(3, 3), "staff", ""), ("accepted", at(3, 10), "system", "")),
            ("in_consultation", at(3, 10), "system", ""),
        ],
    ),
    (
        {"accepted_at": "2025-03-04"},
        [("received", at(3, 3), "staff", ""), ("accepted", at(3, 4), "system", "")],
    ),
    ({"state": "待受理"}, [("received", at(3, 3), "staff", "")]),
    ({}, [("received", at(3, 3), "staff", "")]),
    (
        {"state": "已登记", "accepted_at": "2025-03-04"},
        [("received", at(3, 3), "staff", ""), ("accepted", at(3, 4), "system", "")],
    ),
    (
        {"state": "在办"},
        [
            *(("received", at(3, 3), "staff", ""), ("accepted", at(3, 3), "system", "")),
            ("in_progress", at(3, 3), "system", ""),
        ],
    ),
    (
        {"state": "协商中", "accepted_at": "2025-03-04", "consulted_at": "2025-03-10"},
        [
            *(("received", at(3, 3), "staff", ""), ("accepted", at(3, 4), "system", "")),
            ("in_consultation", at(3, 10), "system", ""),
        ],
    ),
    (
        {"state": "结案", "consulted_at": "2025-03-10", "closed_at": "2025-03-25", **ENDED},
        [
            *(("received", at(3, 3), "staff", ""), ("accepted", at(3, 10), "system", "")),
            *(("in_consultation", at(3, 10), "system", ""), ("resolved", at(3, 25), "system", "")),
        ],
    ),
    (
        ENDED,
        [
            *(("received", at(3, 3), "staff", ""), ("accepted", at(3, 20), "system", "")),
            ("resolved", at(3, 20), "system", ""),
        ],
    ),
    (
        {"state": "暂无法解决", **ENDED},
        [("received", at(3, 3), "staff", ""), ("declined", at(3, 20), "system", "not_feasible")],
    ),
    (
        {"state": "撤回", "closed_at": "2025-03-05"},
        [("received", at(3, 3), "staff", ""), ("withdrawn", at(3, 5), "resident", "")],
    ),
]


@pytest.mark.parametrize(("cells", "expected"), WAYS)
def test_a_status_comes_in_with_the_moves_that_lead_to_it(cells, expected):
    demand = imported(**cells)
    assert moves(demand) == expected
    assert demand.status == expected[-1][0]
    assert demand.consulted_at == next((when for to, when, *_rest in expected if to == "in_consultation"), None)
    steps = [move.to_status for move in demand.transitions.order_by("pk")]
    assert all(to in DEMAND_MOVES[before] for before, to in itertools.pairwise(steps))
    try:
        demand.validate_constraints()
    except ValidationError as error:
        pytest.fail(str(error))


def test_every_state_is_known_by_its_own_label_in_both_languages_and_by_other_words():
    for state in history.STATES:
        assert history.state_named(str(state)) == state
    for words, state in [
        ("In progress", "in_progress"),
        ("已办结，待居民确认", "resolved"),
        (" 处理完毕 ", "resolved"),
        ("未予办理：不在职责范围", "declined"),
    ]:
        assert history.state_named(words).status == state
    assert history.state_named("转圈") is None


def test_a_word_that_is_no_status_is_offered_to_be_mapped():
    batch = receive(line(state="转圈"), line(state="转圈"), line(state="在办"))
    plan = staging.plan_of(batch)
    assert [tuple(pair) for pair in plan.unknown["state"]] == [("转圈", 2)]
    assert batch.rows.get(number=2).problem == "“状态”：不认识状态“转圈”，请说明它的意思。"
    plan.words = {"state": {"转圈": "办理中"}}
    staging.decide(batch, plan)
    assert set(batch.rows.values_list("values__status", flat=True)) == {"in_progress"}


PROBLEMS = [
    ({"state": "办结"}, "“答复”：状态是“已办结”的，须有答复。"),
    ({"reply": "好了。"}, "“答复时间”：有答复的，须填写答复时间。"),
    ({"state": "撤回"}, "“办结日期”：已结束的，须填写办结时间或答复时间。"),
    ({"state": "在办", "closed_at": "2025-03-05"}, "“办结日期”：状态是“办理中”，却有办结时间，请核对。"),
    (
        {"state": "已登记", "consulted_at": "2025-03-05"},
        "“协商日期”：状态是“已受理”，却有协商时间，请核对。",
    ),
    ({"closed_at": "2025-03-05"}, "“答复”：状态是“已办结”的，须有答复。"),
    ({"accepted_at": "2025-03-01"}, "“受理日期”：受理时间早于提出时间，请核对。"),
    ({"consulted_at": "2025-03-10", **ENDED, "replied_at": "2025-03-09"}, "“答复时间”：答复时间早于协商时间，请核对。"),
    ({"accepted_at": "2099-01-01"}, "“受理日期”：时间晚于现在，请核对。"),
    ({"state": "不予受理", **ENDED}, "“承办单位”：不在职责范围的，应写明由谁负责。"),
    ({"phone": "12345"}, "“联系电话”：请核对电话号码：手机号 11 位，座机须带区号，如 027-87654321。"),
]


@pytest.mark.parametrize(("cells", "sentence"), PROBLEMS)
def test_a_history_that_cannot_be_is_named(cells, sentence):
    assert problem(**cells) == sentence


def test_ended_rows_without_an_answer_get_the_one_chosen_for_the_file():
    batch = receive(line(state="办结", closed_at="2025-03-20"))
    plan = staging.plan_of(batch)
    plan.answer = "已由社区现场处理完毕。"
    staging.decide(batch, plan)
    batches.confirm(batch, actor=batch.made_by)
    batches.work()
    answer = Demand.objects.get().messages.get(kind="answer")
    assert (answer.body, answer.at) == ("已由社区现场处理完毕。", at(3, 20))


# --- Who, and what else ----------------------------------------------------------------------------------------------


def test_owner_unit_notes_and_contact_come_in():
    community = factories.community_staff()
    demand = imported(
        owner=community.name,
        unit="供电公司",
        note="约了周五看现场",
        consultation="居民同意周末施工",
        consulted_at="2025-03-10",
        called="王女士",
        phone="13912345678",
        state="协商中",
    )
    assert demand.assignee == community
    assert demand.unit == Unit.objects.get(name="供电公司")
    notes = [(message.body, message.at) for message in demand.messages.filter(kind="note")]
    assert notes == [("约了周五看现场", at(3, 3)), ("协商情况：居民同意周末施工", at(3, 10))]
    assert demand.consulted_at == at(3, 10)
    assert demand.contact.masked == "139****5678"
    assert list(contacts.Contact.objects.reached_by("13912345678")) == [demand.contact]


def test_an_owner_without_an_account_is_noted():
    demand = imported(owner="赵六", state="在办")
    assert demand.assignee is None
    assert demand.messages.get().body == "经办人：赵六"


def test_an_owner_who_has_left_since_the_list_was_checked_is_noted():
    owner = factories.community_staff()
    batch = receive(line(owner=owner.name, state="在办"))
    batches.confirm(batch, actor=batch.made_by)
    type(owner).objects.filter(pk=owner.pk).update(is_active=False)
    assert batches.work()
    demand = Demand.objects.get()
    assert (demand.assignee, demand.messages.get().body) == (None, "经办人：张三")


def test_who_came_in_with_a_list_is_called_and_not_written_to():
    demand = imported(called="王女士", phone="13912345678")
    handling.accept(demand, actor=factories.liaison_staff())
    assert not OutboxMessage.objects.exists()


def test_what_was_declined_as_out_of_remit_names_who_is_responsible():
    demand = imported(state="不予受理", unit="自来水公司", **ENDED)
    assert (demand.decline_reason, demand.responsible) == ("out_of_remit", "自来水公司")


def test_an_answer_to_an_open_demand_leaves_it_open():
    demand = imported(state="在办", **ENDED)
    assert (demand.status, demand.answered_at, demand.closed_at) == ("in_progress", at(3, 20), None)
    assert demand.public_result == ""


def test_what_was_withdrawn_is_not_published():
    batch = receive(line(state="撤回", closed_at="2025-03-05"), line())
    staging.decide(batch, staging.plan_of(batch), publish_as="already_public")
    assert batch.rows.get(number=2).problem == "“办理状态”：居民已撤回的，不能公开。"


def test_a_published_history_has_its_trail():
    batch = receive(line(state="结案", consulted_at="2025-03-10", **ENDED))
    staging.decide(batch, staging.plan_of(batch), publish_as="already_public")
    batches.confirm(batch, actor=batch.made_by)
    batches.work()
    demand = Demand.objects.public().get()
    bodies = [entry.body for entry in demand.trail.all()]
    assert [(body["to"], body["on"]) for body in bodies if body["act"] == "moved"] == [
        *(("received", "2025-03-03"), ("accepted", "2025-03-10")),
        *(("in_consultation", "2025-03-10"), ("resolved", "2025-03-20")),
    ]
    assert DemandTransition.objects.filter(demand=demand).count() == 4
