"""Adding, correcting and starting projects, growing them from agreements, and recording their outcome."""

import datetime
from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from foundation import audit, clock
from foundation.audit import AuditAction
from foundation.errors import Refused, TransitionNotAllowed
from foundation.locking import locked, save
from foundation.transitions import log_transition, moving
from foundation.workflow import Requirement

from ..models import Agreement, AreaLevel, Event, Project, places
from ..workflow import PROJECT_MOVES, PROJECT_OPEN, AgreementStatus, ProjectStatus


def _check_permission(actor, permission: str) -> None:
    if not actor.has_perm(permission):
        raise TransitionNotAllowed(_("您的账号没有这项权限。"))


@transaction.atomic
def add(project: Project, *, actor) -> Project:
    """Save a new project as planned. Raises `TransitionNotAllowed`."""
    _check_permission(actor, "consultation.add_project")
    project.status = ProjectStatus.PLANNED
    project.save(force_insert=True)
    log_transition(project, "", actor)
    return project


@transaction.atomic
def add_reported(project: Project, source: str, *, actor) -> Project:
    """Save a new project that is known only from a report, which does not say how far it has come.

    Args:
        source: the report.

    Raises `TransitionNotAllowed`.
    """
    _check_permission(actor, "consultation.add_project")
    project.status, project.evidence = ProjectStatus.REPORTED, source
    project.save(force_insert=True)
    log_transition(project, "", actor)
    return project


def subdistrict_of(area_id: int) -> int | None:
    """Return the key of the subdistrict an area lies in; None for the district itself."""
    found = places.area(area_id).up_to(AreaLevel.SUBDISTRICT)
    return found and found.pk


@transaction.atomic
def grow(agreements: Iterable[Agreement], project: Project, *, actor) -> Project:
    """Let agreements grow into a project, an unsaved new one or an existing one.

    Raises `Refused` with a sentence where there are no agreements, where one of them was not carried out or belongs to
    another project, and where they are of different subdistricts.
    """
    keys = [agreement.pk for agreement in agreements]
    _check_permission(actor, "consultation.change_project" if project.pk else "consultation.add_project")
    _check_permission(actor, "consultation.change_agreement")
    if not keys:
        raise Refused(_("请至少选择一项约定。"))
    rows = list(Agreement.objects.select_for_update().filter(pk__in=keys).order_by("pk"))
    _check_growth(rows, project)
    if project.pk:
        project = locked(project)
        if project.status not in PROJECT_OPEN:
            raise Refused(_("这个项目已经结束，不能再加约定。"))
        save(project)
    else:
        add(project, actor=actor)
        audit.record_act(AuditAction.ADDED, project, actor=actor)
    for row in rows:
        if row.project_id is None:
            row.project = project
            save(row, "project")
            audit.record_act(AuditAction.LINKED, row, actor=actor, detail=f"project:{project.pk}")
    return project


def _check_growth(agreements: list[Agreement], project: Project) -> None:
    areas = dict(Event.objects.filter(agreements__in=agreements).values_list("pk", "area"))
    for row in agreements:
        if row.status in (AgreementStatus.MISSED, AgreementStatus.DROPPED):
            raise Refused(
                _("“%(what)s”%(status)s，不能生成项目。") % {"what": row.what, "status": row.get_status_display()}
            )
        if row.project_id and row.project_id != project.pk:
            raise Refused(_("“%(what)s”已经在另一个项目里。") % {"what": row.what})
        if subdistrict_of(areas[row.event_id]) != subdistrict_of(project.area_id):
            raise Refused(_("“%(what)s”和项目不在同一个街道。") % {"what": row.what})


@transaction.atomic
def change(project: Project, fields: Iterable[str], *, actor) -> Project:
    """Save these fields of a project, which its form has locked, and increment its version, by which pages are cached.
    Raises `TransitionNotAllowed`.
    """
    _check_permission(actor, "consultation.change_project")
    save(project, *fields)
    return project


# --- Moves -----------------------------------------------------------------------------------------------------------


def start(project: Project, *, actor, version: int | None = None) -> Project:
    """Start building. Raises `TransitionNotAllowed`, or `Stale`."""
    with moving(project, ProjectStatus.UNDER_WAY, PROJECT_MOVES, actor=actor, version=version) as project:
        pass
    return project


def complete(
    project: Project, *, result: str, evidence: str, ends_on: datetime.date | None, actor, version: int | None = None
) -> Project:
    """Record that a project was built.

    Args:
        result, evidence, ends_on: the result, the evidence for it, and the day of completion.

    Raises `TransitionNotAllowed`, `RequirementMissing`, `Refused` for an impossible day, or `Stale`.
    """
    result, evidence = result.strip(), evidence.strip()
    given = {Requirement.OUTCOME: result and evidence and ends_on}
    with moving(project, ProjectStatus.DONE, PROJECT_MOVES, actor=actor, version=version, given=given) as project:
        if ends_on > clock.today():
            raise Refused(_("完成日期不能在今天之后。"))
        if project.starts_on and ends_on < project.starts_on:
            raise Refused(_("完成日期不能早于开始日期。"))
        project.result, project.evidence, project.ends_on = result, evidence, ends_on
    return project


def stop(project: Project, *, reason: str, actor, version: int | None = None) -> Project:
    """Stop a project. Raises `TransitionNotAllowed`, `RequirementMissing` without a reason, or `Stale`."""
    reason = reason.strip()
    given = {Requirement.REASON: reason}
    with moving(project, ProjectStatus.STOPPED, PROJECT_MOVES, actor=actor, version=version, given=given) as project:
        project.stop_reason = reason
    return project


# Status → the function that moves a project there.
MOVED_BY = {
    ProjectStatus.UNDER_WAY: start,
    ProjectStatus.DONE: complete,
    ProjectStatus.STOPPED: stop,
}
