"""Agreements of an event, and the projects they grow into: each has one door for its status."""

import datetime
from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from foundation import audit
from foundation.audit import AuditAction
from foundation.errors import Refused, TransitionNotAllowed
from foundation.locking import locked, save

from ..models import Agreement, AgreementTransition, AreaLevel, Event, Project, places
from ..workflow import (
    AGREEMENT_MOVES,
    PROJECT_MOVES,
    PROJECT_OPEN,
    TOOK_PLACE,
    AgreementStatus,
    Move,
    Owed,
    ProjectStatus,
)

# What can be corrected as long as the agreement is open.
EDITABLE = ("what", "organisation", "office", "sector", "due_on", "baseline", "target", "agenda_item")
TEXTS = ("what", "office", "baseline", "target")


def _may(actor, permission: str) -> None:
    if actor is not None and not actor.has_perm(permission):
        raise TransitionNotAllowed(_("您的账号不能这样做。"))


def _check(agreement: Agreement) -> None:
    """What an agreement cannot be without, said before the database says it. Raises `Refused`."""
    for name in TEXTS:
        setattr(agreement, name, getattr(agreement, name).strip())
    if not agreement.what:
        raise Refused(_("请写明约定做什么。"))
    if bool(agreement.organisation_id) == bool(agreement.office):
        raise Refused(_("请写明由谁负责：选一个合作单位，或写部门名称，二者选一。"))
    if not isinstance(agreement.due_on, datetime.date):
        raise Refused(_("请写明什么时候完成。"))
    if agreement.organisation_id:
        # A partner belongs to its sector, whatever was chosen beside it.
        agreement.sector = agreement.organisation.sector
    if not agreement.sector:
        raise Refused(_("请选择负责的一方属于政、企、社、媒、校哪一方面。"))
    if agreement.agenda_item_id and agreement.agenda_item.event_id != agreement.event_id:
        raise Refused(_("这个议题不在这场活动的议程里。"))


@transaction.atomic
def agree(
    event: Event,
    *,
    what: str,
    due_on: datetime.date | None,
    sector: str = "",
    organisation=None,
    office: str = "",
    baseline: str = "",
    target: str = "",
    agenda_item=None,
    actor,
    at: datetime.datetime | None = None,
    is_demo: bool = False,
) -> Agreement:
    """Write down what was promised at an event; it gets the event's next number.

    Args:
        sector: one of the five, of an office; an organisation brings its own.
        organisation, office: who answers for it, one of the two.
        at: when it was agreed, for imports; else now.

    Raises `Refused` with a sentence, `TransitionNotAllowed` without the permission.
    """
    _may(actor, "consultation.add_agreement")
    # The event's lock gives the numbers out one by one.
    event = locked(event)
    if event.status not in TOOK_PLACE:
        raise Refused(_("活动举行之后才能记下约定。"))
    last = event.agreements.order_by("-number").values_list("number", flat=True).first() or 0
    agreement = Agreement(
        event=event,
        number=last + 1,
        what=what,
        due_on=due_on,
        sector=sector,
        organisation=organisation,
        office=office,
        baseline=baseline,
        target=target,
        agenda_item=agenda_item,
        is_demo=is_demo,
    )
    _check(agreement)
    agreement.save(force_insert=True)
    _trace(agreement, "", actor, at)
    if actor is not None:
        audit.record(AuditAction.ADDED, agreement, actor=actor)
    return agreement


@transaction.atomic
def edit(agreement: Agreement, *, actor, version: int | None = None, **fields) -> Agreement:
    """Correct an agreement that is still open. What has ended stays as it was.

    Raises `Stale`, `Refused`, and `TypeError` for a field that is not edited here.
    """
    if unknown := fields.keys() - set(EDITABLE):
        raise TypeError(f"not edited here: {', '.join(sorted(unknown))}")
    _may(actor, "consultation.change_agreement")
    row = locked(agreement, version)
    if not row.is_open:
        raise Refused(_("这项约定已经结束，不能再改。"))
    before = {name: getattr(row, name) for name in EDITABLE}
    for name, value in fields.items():
        setattr(row, name, value)
    _check(row)
    changed = [name for name in EDITABLE if getattr(row, name) != before[name]]
    if not changed:
        return row
    save(row, *changed)
    if actor is not None:
        audit.record(AuditAction.CHANGED, row, actor=actor, detail=", ".join(changed))
    return row


def _trace(agreement: Agreement, came_from: str, actor, at) -> None:
    AgreementTransition.objects.create(
        agreement=agreement,
        from_status=came_from,
        to_status=agreement.status,
        actor=actor,
        at=at or timezone.now(),
    )


def allowed_moves(agreement: Agreement, user) -> dict[str, Move]:
    """The moves this member of staff may make now, by target status."""
    return {to: move for to, move in AGREEMENT_MOVES[agreement.status].items() if user.has_perm(move.permission)}


def _check_move(moves: dict, row, to: str, actor, statuses) -> Move:
    """The move, if it exists and this person may make it. Raises `TransitionNotAllowed`."""
    found = moves[row.status].get(to)
    if found is None:
        name = statuses(to).label if to in statuses.values else to
        raise TransitionNotAllowed(_("“%(from)s”不能改为“%(to)s”。") % {"from": row.get_status_display(), "to": name})
    if actor is not None and not actor.has_perm(found.permission):
        raise TransitionNotAllowed(_("您的账号不能做“%(move)s”。") % {"move": found.label})
    return found


@transaction.atomic
def move(
    agreement: Agreement,
    to: str,
    *,
    actor,
    version: int | None = None,
    outcome: str = "",
    evidence: str = "",
    measured_on: datetime.date | None = None,
    reason: str = "",
    at: datetime.datetime | None = None,
) -> Agreement:
    """The one door: every move of an agreement goes through here.

    Args:
        actor: the member of staff, or None for imports, which no permission binds.
        outcome, evidence, measured_on: what was measured, by what it is known, and when; owed for "done".
        reason: why it was missed or dropped; owed for both.
        at: when it happened, for imports; else now.

    Returns the agreement as it is after the move. Raises `TransitionNotAllowed` or `Refused` with a sentence, or
    `Stale`.
    """
    row = locked(agreement, version)
    step = _check_move(AGREEMENT_MOVES, row, to, actor, AgreementStatus)
    if Owed.OUTCOME in step.owes:
        row.outcome, row.evidence, row.measured_on = outcome.strip(), evidence.strip(), measured_on
        if not (row.outcome and row.evidence and row.measured_on):
            raise Refused(_("“%(move)s”要写明实际结果、依据和核实日期。") % {"move": step.label})
        if row.measured_on > timezone.localdate():
            raise Refused(_("核实日期不能在今天之后。"))
    if Owed.REASON in step.owes and not reason.strip():
        raise Refused(_("请写明理由。"))
    came_from, row.status = row.status, to
    # Why it was once missed is not the reason any more when it goes on; that it was stays in its record.
    row.reason = reason.strip() if Owed.REASON in step.owes else ""
    save(row, "status", "outcome", "evidence", "measured_on", "reason")
    _trace(row, came_from, actor, at)
    if actor is not None:
        audit.record(AuditAction.MOVED, row, actor=actor, detail=f"{came_from} → {to}")
    return row


# --- Projects --------------------------------------------------------------------------------------------------------


def subdistrict_of(area_id: int) -> int | None:
    """Key of the subdistrict an area lies in; None for the district itself."""
    found = places.area(area_id).up_to(AreaLevel.SUBDISTRICT)
    return found and found.pk


@transaction.atomic
def grow(agreements: Iterable[Agreement], project: Project, *, actor) -> Project:
    """Let agreements grow into a project, a new one that is not saved yet or one there is.

    Raises `Refused` with a sentence: without agreements, for one that has ended without being kept or belongs to
    another project, and across subdistricts.
    """
    keys = [agreement.pk for agreement in agreements]
    _may(actor, "consultation.change_project" if project.pk else "consultation.add_project")
    _may(actor, "consultation.change_agreement")
    if not keys:
        raise Refused(_("请至少选一项约定。"))
    rows = list(Agreement.objects.select_for_update().filter(pk__in=keys).order_by("pk"))
    areas = dict(Event.objects.filter(agreements__in=keys).values_list("pk", "area"))
    for row in rows:
        if row.status in (AgreementStatus.MISSED, AgreementStatus.DROPPED):
            raise Refused(
                _("“%(what)s”%(status)s，不能生成项目。") % {"what": row.what, "status": row.get_status_display()}
            )
        if row.project_id and row.project_id != project.pk:
            raise Refused(_("“%(what)s”已经在另一个项目里。") % {"what": row.what})
        if subdistrict_of(areas[row.event_id]) != subdistrict_of(project.area_id):
            raise Refused(_("“%(what)s”和项目不在同一个街道。") % {"what": row.what})
    if project.pk:
        project = locked(project)
        if project.status not in PROJECT_OPEN:
            raise Refused(_("这个项目已经结束，不能再加约定。"))
        save(project)
    else:
        project.save(force_insert=True)
        if actor is not None:
            audit.record(AuditAction.ADDED, project, actor=actor)
    for row in rows:
        if row.project_id is None:
            row.project = project
            save(row, "project")
            if actor is not None:
                audit.record(AuditAction.LINKED, row, actor=actor, detail=f"project:{project.pk}")
    return project


@transaction.atomic
def change_project(project: Project, fields: Iterable[str], *, actor, version: int | None = None) -> Project:
    """Write the edited `fields` of a project, and raise its version, by which pages are kept. Raises `Stale`."""
    _may(actor, "consultation.change_project")
    locked(project, version)
    save(project, *fields)
    return project


def allowed_project_moves(project: Project, user) -> dict[str, Move]:
    """The moves this member of staff may make now, by target status."""
    return {to: move for to, move in PROJECT_MOVES[project.status].items() if user.has_perm(move.permission)}


@transaction.atomic
def move_project(
    project: Project,
    to: str,
    *,
    actor,
    version: int | None = None,
    result: str = "",
    evidence: str = "",
    ends_on: datetime.date | None = None,
    reason: str = "",
) -> Project:
    """The one door for the status of a project.

    Args:
        result, evidence, ends_on: what it came to, by what that is known, and the day it was done; owed for "done".
        reason: why it was stopped.

    Raises `TransitionNotAllowed` or `Refused` with a sentence, or `Stale`.
    """
    row = locked(project, version)
    step = _check_move(PROJECT_MOVES, row, to, actor, ProjectStatus)
    if Owed.OUTCOME in step.owes:
        row.result, row.evidence, row.ends_on = result.strip(), evidence.strip(), ends_on
        if not (row.result and row.evidence and row.ends_on):
            raise Refused(_("“%(move)s”要写明实际结果、依据和完成日期。") % {"move": step.label})
        if row.ends_on > timezone.localdate():
            raise Refused(_("完成日期不能在今天之后。"))
        if row.starts_on and row.ends_on < row.starts_on:
            raise Refused(_("完成日期不能早于开始日期。"))
    if Owed.REASON in step.owes and not reason.strip():
        raise Refused(_("请写明理由。"))
    came_from, row.status = row.status, to
    row.stop_reason = reason.strip() if Owed.REASON in step.owes else ""
    save(row, "status", "result", "evidence", "ends_on", "stop_reason")
    if actor is not None:
        audit.record(AuditAction.MOVED, row, actor=actor, detail=f"{came_from} → {to}")
    return row
