"""Making, correcting and starting agreements, and recording their outcome."""

import dataclasses
import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from foundation import audit, clock
from foundation.audit import AuditAction
from foundation.errors import Refused, TransitionNotAllowed
from foundation.locking import locked, save
from foundation.transitions import log_transition, moving
from foundation.workflow import Requirement

from ..models import AgendaItem, Agreement, Event, Organisation
from ..workflow import AGREEMENT_MOVES, TOOK_PLACE, AgreementStatus


@dataclasses.dataclass(frozen=True)
class Details:
    """The details of an agreement, which can be corrected as long as it is open.

    Args:
        sector: one of the five, where an office is responsible; an organisation has its own.
        organisation, office: who carries it out, one of the two.
    """

    what: str
    due_on: datetime.date | None
    sector: str = ""
    organisation: Organisation | None = None
    office: str = ""
    baseline: str = ""
    target: str = ""
    agenda_item: AgendaItem | None = None


DETAILS = tuple(field.name for field in dataclasses.fields(Details))
TEXTS = ("what", "office", "baseline", "target")


def details_of(agreement: Agreement) -> Details:
    """Return the current details of an agreement."""
    return Details(**{name: getattr(agreement, name) for name in DETAILS})


def _check_permission(actor, permission: str) -> None:
    if not actor.has_perm(permission):
        raise TransitionNotAllowed(_("您的账号没有这项权限。"))


def _fill(agreement: Agreement, details: Details) -> None:
    """Write the details into the row, and check what the database would refuse. Raises `Refused`."""
    for name in DETAILS:
        value = getattr(details, name)
        setattr(agreement, name, value.strip() if name in TEXTS else value)
    if not agreement.what:
        raise Refused(_("请填写约定内容。"))
    if bool(agreement.organisation_id) == bool(agreement.office):
        raise Refused(_("请写明由谁负责：选择合作单位，或填写部门名称，二者选一。"))
    if not isinstance(agreement.due_on, datetime.date):
        raise Refused(_("请填写完成期限。"))
    if agreement.organisation_id:
        # The organisation's own sector overrides the one chosen.
        agreement.sector = agreement.organisation.sector
    if not agreement.sector:
        raise Refused(_("请选择负责的一方属于政、企、社、媒、校哪一方面。"))
    if agreement.agenda_item_id and agreement.agenda_item.event_id != agreement.event_id:
        raise Refused(_("这个议题不在这场活动的议程里。"))


@transaction.atomic
def agree(event: Event, details: Details, *, actor) -> Agreement:
    """Record an agreement made at an event that was held; it gets the event's next number.

    Raises `Refused` with a sentence, `TransitionNotAllowed` without the permission.
    """
    _check_permission(actor, "consultation.add_agreement")
    # Locking the event serialises the numbering.
    event = locked(event)
    if event.status not in TOOK_PLACE:
        raise Refused(_("活动举行之后才能登记约定。"))
    last = event.agreements.order_by("-number").values_list("number", flat=True).first() or 0
    agreement = Agreement(event=event, number=last + 1)
    _fill(agreement, details)
    agreement.save(force_insert=True)
    log_transition(agreement, "", actor)
    audit.record_act(AuditAction.ADDED, agreement, actor=actor)
    return agreement


@transaction.atomic
def edit(agreement: Agreement, details: Details, *, actor, version: int | None = None) -> Agreement:
    """Correct an agreement that is still open. Raises `Stale`, or `Refused` for one that has ended."""
    _check_permission(actor, "consultation.change_agreement")
    row = locked(agreement, version)
    if not row.is_open:
        raise Refused(_("这项约定已经结束，不能再修改。"))
    before = details_of(row)
    _fill(row, details)
    changed = [name for name in DETAILS if getattr(row, name) != getattr(before, name)]
    if not changed:
        return row
    save(row, *changed)
    audit.record_act(AuditAction.CHANGED, row, actor=actor, detail=", ".join(changed))
    return row


# --- Moves -----------------------------------------------------------------------------------------------------------


def start(agreement: Agreement, *, actor, version: int | None = None) -> Agreement:
    """Start an agreement, or resume one that was missed. Raises `TransitionNotAllowed`, or `Stale`."""
    with moving(agreement, AgreementStatus.UNDER_WAY, AGREEMENT_MOVES, actor=actor, version=version) as agreement:
        # A resumed agreement has no reason for being missed any more; the log still shows that it was.
        agreement.reason = ""
    return agreement


def fulfil(
    agreement: Agreement,
    *,
    outcome: str,
    evidence: str,
    measured_on: datetime.date | None,
    actor,
    version: int | None = None,
) -> Agreement:
    """Record that an agreement was carried out, late or in time.

    Args:
        outcome, evidence, measured_on: what was measured, the evidence for it, and the day.

    Raises `TransitionNotAllowed`, `RequirementMissing`, `Refused` for a day still to come, or `Stale`.
    """
    outcome, evidence = outcome.strip(), evidence.strip()
    given = {Requirement.OUTCOME: outcome and evidence and measured_on}
    with moving(
        agreement, AgreementStatus.DONE, AGREEMENT_MOVES, actor=actor, version=version, given=given
    ) as agreement:
        if measured_on > clock.today():
            raise Refused(_("核实日期不能在今天之后。"))
        agreement.outcome, agreement.evidence, agreement.measured_on = outcome, evidence, measured_on
        agreement.reason = ""
    return agreement


def miss(agreement: Agreement, *, reason: str, actor, version: int | None = None) -> Agreement:
    """Record that an agreement was not carried out. Raises as `drop` does."""
    return _end(agreement, AgreementStatus.MISSED, reason, actor, version)


def drop(agreement: Agreement, *, reason: str, actor, version: int | None = None) -> Agreement:
    """Drop an agreement that nobody will carry out any more.

    Raises `TransitionNotAllowed`, `RequirementMissing` without a reason, or `Stale`.
    """
    return _end(agreement, AgreementStatus.DROPPED, reason, actor, version)


def _end(agreement: Agreement, to: str, reason: str, actor, version: int | None) -> Agreement:
    reason = reason.strip()
    given = {Requirement.REASON: reason}
    with moving(agreement, to, AGREEMENT_MOVES, actor=actor, version=version, given=given) as agreement:
        agreement.reason = reason
    return agreement


# Status → the function that moves an agreement there.
MOVED_BY = {
    AgreementStatus.UNDER_WAY: start,
    AgreementStatus.DONE: fulfil,
    AgreementStatus.MISSED: miss,
    AgreementStatus.DROPPED: drop,
}
