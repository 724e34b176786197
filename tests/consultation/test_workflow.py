"""The machines of events, topics, agreements and projects: their whole tables, written out by hand."""

import datetime
import itertools
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.db import DatabaseError, models, transaction
from django.utils import timezone

from consultation.models import Agreement, Event, Project, Topic
from consultation.services import agreements, events, projects, topics
from consultation.workflow import (
    AGREEMENT_MOVES,
    EVENT_MOVES,
    PROJECT_MOVES,
    TOPIC_MOVES,
    AgreementStatus,
    EventStatus,
    ProjectStatus,
    TopicStatus,
)
from foundation import clock
from foundation.actors import SYSTEM, Party
from foundation.audit import AuditAction, AuditEntry
from foundation.errors import RequirementMissing, Stale, TransitionNotAllowed
from foundation.workflow import Table, allowed_moves
from tests import factories
from tests.rows import each_row

pytestmark = pytest.mark.django_db

ALL = ("liaison", "community")
LIAISON = ("liaison",)

# From, to → which staff may, and what the move requires. The portal's own jobs and the superuser may make each of
# them; auditors, members and accounts without a role none. What is not listed does not exist.
EVENTS = {
    ("planned", "open"): (ALL, ""),
    ("planned", "held"): (ALL, ""),
    ("planned", "cancelled"): (ALL, "reason"),
    ("open", "held"): (ALL, ""),
    ("open", "cancelled"): (ALL, "reason"),
    ("held", "minutes_published"): (LIAISON, "minutes"),
}
TOPICS = {
    ("open", "scheduled"): (LIAISON, "event"),
    ("open", "dropped"): (LIAISON, "reason"),
    ("scheduled", "discussed"): (LIAISON, ""),
    ("scheduled", "open"): (LIAISON, ""),
    ("scheduled", "dropped"): (LIAISON, "reason"),
    ("dropped", "open"): (LIAISON, ""),
}
AGREEMENTS = {
    ("agreed", "under_way"): (LIAISON, ""),
    ("agreed", "done"): (LIAISON, "outcome"),
    ("agreed", "missed"): (LIAISON, "reason"),
    ("agreed", "dropped"): (LIAISON, "reason"),
    ("under_way", "done"): (LIAISON, "outcome"),
    ("under_way", "missed"): (LIAISON, "reason"),
    ("under_way", "dropped"): (LIAISON, "reason"),
    ("missed", "under_way"): (LIAISON, ""),
    ("missed", "done"): (LIAISON, "outcome"),
}
PROJECTS = {
    ("reported", "under_way"): (LIAISON, ""),
    ("reported", "done"): (LIAISON, "outcome"),
    ("reported", "stopped"): (LIAISON, "reason"),
    ("planned", "under_way"): (LIAISON, ""),
    ("planned", "done"): (LIAISON, "outcome"),
    ("planned", "stopped"): (LIAISON, "reason"),
    ("under_way", "done"): (LIAISON, "outcome"),
    ("under_way", "stopped"): (LIAISON, "reason"),
}

ACTORS: dict[str, Callable] = {
    "system": lambda: SYSTEM,
    "superuser": factories.superuser,
    "liaison": factories.liaison_staff,
    "community": factories.community_staff,
    "auditor": factories.auditor,
    "member": factories.member,
    "nobody": lambda: factories.user("nobody"),
}


# --- Rows of which nothing but the status and the person decides whether they can be moved ---------------------------


def event_in(status: str, to: str) -> Event:
    hour = datetime.timedelta(hours=1)
    past = to != "open" or status in ("held", "minutes_published")
    found = factories.event(status, starts_at=timezone.now() + (-3 * hour if past else 192 * hour))
    Event.objects.filter(pk=found.pk, minutes="").update(minutes="商量了门禁的事。")
    return Event.objects.get(pk=found.pk)


def topic_in(status: str, to: str = "") -> Topic:
    found = factories.topic()
    if status == "dropped":
        topics.drop(found, outcome="已经解决了。", actor=SYSTEM)
    if status in ("scheduled", "discussed"):
        event = factories.event()
        topics.schedule(found, event, actor=SYSTEM)
        if status == "discussed" or to == "discussed":
            with clock.turned_to(event.ends_at):
                events.record_held(event, actor=SYSTEM)
        if status == "discussed":
            topics.record_discussed(found, actor=SYSTEM)
    return Topic.objects.get(pk=found.pk)


def agreement_in(status: str, to: str = "") -> Agreement:
    found = factories.agreement()
    given = {"agreed": None} | GIVEN[AGREEMENT]
    return agreements.MOVED_BY[status](found, **given[status](), actor=SYSTEM) if given[status] else found


def project_in(status: str, to: str = "") -> Project:
    if status == "reported":
        return factories.project(status=status, evidence="公开报道")
    found = factories.project()
    given = {"planned": None} | GIVEN[PROJECT]
    return projects.MOVED_BY[status](found, **given[status](), actor=SYSTEM) if given[status] else found


# --- The machines ----------------------------------------------------------------------------------------------------

EVENT, TOPIC, AGREEMENT, PROJECT = "event", "topic", "agreement", "project"


def reason() -> dict:
    return {"reason": "场地没有谈成"}


def nothing() -> dict:
    return {}


# What comes with a move to each status, by the names that its function takes.
GIVEN: dict[str, dict[str, Callable]] = {
    EVENT: {"open": nothing, "held": nothing, "minutes_published": nothing, "cancelled": reason},
    TOPIC: {
        "open": nothing,
        "scheduled": lambda: {"event": factories.event()},
        "discussed": nothing,
        "dropped": lambda: {"outcome": "已经解决了。"},
    },
    AGREEMENT: {
        "under_way": nothing,
        "done": lambda: {"outcome": "12 勒克斯", "evidence": "照度计", "measured_on": timezone.localdate()},
        "missed": reason,
        "dropped": reason,
    },
    PROJECT: {
        "under_way": nothing,
        "done": lambda: {"result": "20 个充电位", "evidence": "验收单", "ends_on": timezone.localdate()},
        "stopped": reason,
    },
}


@dataclass(frozen=True)
class Machine:
    moves: dict[tuple[str, str], tuple[tuple[str, ...], str]]
    table: Table
    statuses: type[models.TextChoices]
    row_in: Callable[[str, str], models.Model]
    moved_by: dict[str, Callable]


MACHINES = {
    EVENT: Machine(
        EVENTS,
        EVENT_MOVES,
        EventStatus,
        event_in,
        {
            "open": events.open_sign_up,
            "held": events.record_held,
            "minutes_published": events.publish_minutes,
            "cancelled": events.cancel,
        },
    ),
    TOPIC: Machine(
        TOPICS,
        TOPIC_MOVES,
        TopicStatus,
        topic_in,
        {
            "open": topics.put_back,
            "scheduled": topics.schedule,
            "discussed": topics.record_discussed,
            "dropped": topics.drop,
        },
    ),
    AGREEMENT: Machine(
        AGREEMENTS,
        AGREEMENT_MOVES,
        AgreementStatus,
        agreement_in,
        {
            "under_way": agreements.start,
            "done": agreements.fulfil,
            "missed": agreements.miss,
            "dropped": agreements.drop,
        },
    ),
    PROJECT: Machine(
        PROJECTS,
        PROJECT_MOVES,
        ProjectStatus,
        project_in,
        {"under_way": projects.start, "done": projects.complete, "stopped": projects.stop},
    ),
}
STATUSES = {
    EVENT: ["planned", "open", "held", "minutes_published", "cancelled"],
    TOPIC: ["open", "scheduled", "discussed", "dropped"],
    AGREEMENT: ["agreed", "under_way", "done", "missed", "dropped"],
    PROJECT: ["planned", "under_way", "done", "stopped", "reported"],
}
PAIRS = [(name, *pair) for name, statuses in STATUSES.items() for pair in itertools.product(statuses, statuses)]


def fresh(row: models.Model) -> models.Model:
    return type(row).objects.get(pk=row.pk)


@pytest.mark.parametrize("name", MACHINES)
def test_the_statuses_of_these_tables_are_all_there_are(name):
    assert set(STATUSES[name]) == set(MACHINES[name].statuses)
    assert set(STATUSES[name]) == set(MACHINES[name].table)


@pytest.fixture
def actors():
    return {role: make() for role, make in ACTORS.items()}


@each_row(("name", "status", "to"), PAIRS)
def test_a_move_is_made_where_the_table_says_and_by_whom_it_says(actors, name, status, to):
    machine = MACHINES[name]
    staff, requires = machine.moves.get((status, to), ((), None))
    assert (to in machine.table[status]) == (requires is not None)
    if to not in machine.moved_by:
        assert requires is None, "nothing leads to the first status"
        return
    assert requires is None or machine.table[status][to].requires == ({requires} if requires else set())
    row = machine.row_in(status, to)
    given = GIVEN[name][to]()
    may = ("system", "superuser", *staff) if requires is not None else ()
    others = [actor for role, actor in actors.items() if role not in may]
    refused_to(others, machine, row, to, given, exists=requires is not None)
    for role in may:
        with transaction.atomic():
            moved_by_one(machine, row, to, actors[role], given)
            transaction.set_rollback(True)


def moved_by_one(machine: Machine, row, to: str, actor, given: dict) -> None:
    machine.moved_by[to](row, **given, actor=actor, version=row.version)
    moved = fresh(row)
    assert (moved.status, moved.version) == (to, row.version + 1)
    step = moved.transitions.last()
    party = Party.SYSTEM if actor is SYSTEM else Party.STAFF
    assert (step.from_status, step.to_status, step.actor, step.party) == (row.status, to, actor.user, party)
    assert step.get_to_status_display() == machine.statuses(to).label
    audited = AuditEntry.objects.filter(action=AuditAction.MOVED)
    if actor is SYSTEM:
        assert not audited.exists()
        return
    [entry] = audited
    subject = f"{row._meta.model_name}:{row.pk}"
    assert (entry.subject, entry.detail, entry.actor) == (subject, f"{row.status} → {to}", actor)


def refused_to(others: list, machine: Machine, row, to: str, given: dict, *, exists: bool) -> None:
    before = type(row).objects.filter(pk=row.pk).values().get()
    steps = row.transitions.count()
    sentence = (
        rf"^您的账号没有“{machine.table[row.status][to].label}”的权限。$"
        if exists
        else rf"^“{row.get_status_display()}”的{row._meta.verbose_name}不能改为“{machine.statuses(to).label}”。$"
    )
    for actor in others:
        with pytest.raises(TransitionNotAllowed, match=sentence):
            machine.moved_by[to](row, **given, actor=actor)
    assert type(row).objects.filter(pk=row.pk).values().get() == before
    assert row.transitions.count() == steps
    assert not AuditEntry.objects.filter(action=AuditAction.MOVED).exists()


@each_row(("name", "status"), [(name, status) for name, statuses in STATUSES.items() for status in statuses])
def test_the_buttons_are_the_moves_that_somebody_may_make(actors, name, status):
    machine = MACHINES[name]
    expected = {
        to: {"superuser", *staff} for (came_from, to), (staff, _what) in machine.moves.items() if came_from == status
    }
    for role, actor in actors.items():
        if role != "system":
            shown = set(allowed_moves(machine.table[status], actor))
            assert shown == {to for to, roles in expected.items() if role in roles}, role


REQUIRING = [
    (name, *pair, what) for name, machine in MACHINES.items() for pair, (_staff, what) in machine.moves.items() if what
]
WORDS = {"reason": "原因", "minutes": "纪要的内容", "outcome": "实际结果、依据和日期"}


@each_row(("name", "status", "to", "what"), [case for case in REQUIRING if case[-1] != "event"])
def test_what_a_move_requires_is_asked_for_in_the_same_words_everywhere(actors, name, status, to, what):
    machine = MACHINES[name]
    row, given = machine.row_in(status, to), GIVEN[name][to]()
    if what == "minutes":
        Event.objects.update(minutes=" \n")
        cases = [given]
    else:
        cases = [given | {name: " \n" if isinstance(value, str) else None} for name, value in given.items()]
    before = type(row).objects.filter(pk=row.pk).values().get()
    assert cases
    for case in cases:
        with pytest.raises(RequirementMissing, match=f"^“{machine.table[status][to].label}”须写明{WORDS[what]}。$"):
            machine.moved_by[to](row, **case, actor=actors["liaison"])
        assert type(row).objects.filter(pk=row.pk).values().get() == before


@each_row(("name", "status", "to"), [(name, *pair) for name in MACHINES for pair in MACHINES[name].moves])
def test_a_stale_page_moves_nothing(actors, name, status, to):
    machine = MACHINES[name]
    row, given = machine.row_in(status, to), GIVEN[name][to]()
    type(row).objects.filter(pk=row.pk).update(version=row.version + 1)
    with pytest.raises(Stale):
        machine.moved_by[to](row, **given, actor=actors["liaison"], version=row.version)
    assert fresh(row).status == status


@pytest.mark.parametrize("name", MACHINES)
def test_a_row_begins_its_log_when_it_is_made_by_whom_it_is_made(name):
    staff = factories.liaison_staff()
    row = {
        EVENT: lambda: events.plan(
            Event(
                area=factories.tree().community,
                title="门前停车怎么划线",
                place="居委会二楼",
                starts_at=timezone.now() + datetime.timedelta(days=8),
                ends_at=timezone.now() + datetime.timedelta(days=9),
            ),
            actor=staff,
        ),
        TOPIC: lambda: topics.add(Topic(area=factories.tree().community, title="充电棚", summary="不足"), actor=staff),
        AGREEMENT: lambda: agreements.agree(
            factories.event("held"),
            agreements.Details("加装路灯", timezone.localdate(), sector="government", office="公共管理办公室"),
            actor=staff,
        ),
        PROJECT: lambda: projects.add(
            Project(area=factories.tree().community, title="路灯改造", summary="改造。"), actor=staff
        ),
    }[name]()
    [step] = row.transitions.all()
    assert (step.from_status, step.to_status, step.actor, step.party) == ("", STATUSES[name][0], staff, Party.STAFF)


@pytest.mark.parametrize("name", MACHINES)
def test_logged_moves_are_never_rewritten(name):
    machine = MACHINES[name]
    status, to = next(iter(machine.moves))
    row = machine.row_in(status, to)
    machine.moved_by[to](row, **GIVEN[name][to](), actor=SYSTEM)
    step = row.transitions.last()
    for change in (lambda steps: steps.update(to_status="x"), lambda steps: steps.delete()):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            change(type(step).objects.filter(pk=step.pk))
