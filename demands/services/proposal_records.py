"""What was recorded of a proposal on record, and correcting it: a mistyped number is read by everybody."""

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from consultation.models import places
from foundation import audit
from foundation.actors import SYSTEM
from foundation.audit import AuditAction
from foundation.errors import Refused, TransitionNotAllowed
from foundation.locking import locked, save
from foundation.transitions import changed_fields, stored_values
from members.models import DutyRecord
from members.services.duties import records

from ..models import Proposal
from ..workflow import CHANGE_PROPOSAL, NOT_WHOLLY_ADOPTED
from . import proposal_moves, proposals


def correct(proposal: Proposal, *, actor, version: int | None = None, **values: object) -> Proposal:
    """Correct what was recorded of a proposal: no move, since nothing happened but a slip. The audit names the fields.

    Args:
        values: by name, those of `recorded` for its status.

    Raises `Stale`, or `Refused` with a sentence.
    """
    if not actor.has_perm(CHANGE_PROPOSAL):
        raise TransitionNotAllowed(_("您的账号不能修改提案。"))
    with transaction.atomic():
        row = locked(proposal, version)
        proposals.check_scope(places.area(row.subdistrict_id), actor)
        names = recorded(row)
        if not names or not values.keys() <= set(names):
            raise Refused(_("“%(status)s”的提案没有可以更正的登记内容。") % {"status": row.state.label})
        before, was_numbered = stored_values(row), proposal_moves.numbered(row)
        for name, value in values.items():
            setattr(row, name, value.strip() if isinstance(value, str) else value)
        _check(row, names)
        changed = changed_fields(row, before)
        if changed:
            with proposal_moves.number_in_words():
                save(row, *changed)
            audit.record_act(AuditAction.CORRECTED, row, actor=actor, detail=", ".join(changed))
        if not {"number", "filed_on"}.isdisjoint(changed):
            _correct_duty(row, was_numbered)
    return row


def _correct_duty(row: Proposal, was_numbered: str) -> None:
    """Write number and day in the duty record that was made of a proposal too. It takes no permission of its own."""
    duty = DutyRecord.objects.counted().filter(key=proposal_moves.duty_key(row)).first()
    if duty is None:
        return
    fields = {"text": duty.text.replace(was_numbered, proposal_moves.numbered(row)), "day": row.filed_on}
    if (duty.text, duty.day) != (fields["text"], fields["day"]):
        with translation.override("zh-hans"):
            records.correct(duty, fields, reason=_("提案的登记已更正。"), actor=SYSTEM)


def recorded(row: Proposal) -> list[str]:
    """Return the names of the fields that were recorded up to the status of a proposal on record; else none."""
    if not row.is_on_record:
        return []
    names = ["recipient", "submitted_on", "number", "filed_on"]
    if row.reply:
        names += ["reply", "replied_by", "replied_on"]
    return names + (["outcome", "outcome_reason", "closed_on"] if row.outcome else [])


def _check(row: Proposal, names: list[str]) -> None:
    """Check that nothing recorded under these names is emptied, and that the days still follow each other."""
    if not all(getattr(row, name) for name in names if name not in ("replied_by", "outcome_reason")):
        raise Refused(_("登记过的内容不能留空。"))
    since = None
    for day in filter(None, (row.submitted_on, row.filed_on, row.replied_on, row.closed_on)):
        since = proposal_moves.day_after(day, since)
    if row.outcome in NOT_WHOLLY_ADOPTED and not row.outcome_reason:
        raise Refused(_("请选择未全部采纳的原因"))
    if row.outcome not in NOT_WHOLLY_ADOPTED:
        row.outcome_reason = ""
