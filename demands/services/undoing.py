"""Taking back a whole import, for as long as nobody has touched or published anything that it brought in.

The demands are deleted for good, with their logs, by `foundation.purging`. Their numbers are never used again.
"""

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from consultation.models import Alert
from foundation import audit, clock, drafts, purging
from foundation.actors import SYSTEM, Party
from foundation.audit import AuditAction
from foundation.contacts import Contact
from foundation.errors import Refused
from foundation.locking import locked
from foundation.outbox import OutboxMessage

from ..models import (
    BatchStatus,
    Demand,
    DemandMessage,
    DemandTransition,
    DueErasure,
    Escalation,
    ImportBatch,
    ImportRow,
)
from .batches import spans

# What the import itself, or the portal by the clock, has written about its demands.
OWN = (DemandTransition, DemandMessage, ImportRow, Escalation, DueErasure)
MAX_NAMED = 10


def touched(batch: ImportBatch) -> QuerySet[Demand]:
    """Return the demands of a batch that somebody has acted on, or that are or were public. Every act on a demand
    increments its version, except that a note is only written beside it; whatever else is about one refers to it.
    """
    written = DemandMessage.objects.filter(demand=OuterRef("pk"), at__gt=OuterRef("imported_at"))
    is_touched = Q(version__gt=0) | Q(published_at__isnull=False) | Q(erased_at__isnull=False) | Exists(written)
    for relation in Demand._meta.related_objects:
        if relation.related_model not in OWN:
            rows = relation.related_model._base_manager.filter(**{relation.field.name: OuterRef("pk")})
            is_touched |= Exists(rows)
    return Demand.objects.filter(is_touched, import_row__batch=batch).order_by("pk")


def why_not(batch: ImportBatch, actor) -> str:
    """Return a sentence on why the actor cannot take a batch back; empty where they can."""
    if batch.status != BatchStatus.DONE:
        return _("只有已导入完的清单才能撤销。")
    # Whoever brought it in may have moved to other areas since.
    if actor.party != Party.SYSTEM:
        mine = Demand.objects.visible_to(actor).values("pk")
        if Demand.objects.filter(import_row__batch=batch).exclude(pk__in=mine).exists():
            return _("有的需求已不在您的工作范围里，不能整批撤销。")
    if refs := list(touched(batch).values_list("ref", flat=True)[: MAX_NAMED + 1]):
        names = _("、").join(refs[:MAX_NAMED]) + ("……" if len(refs) > MAX_NAMED else "")
        return _("已有需求被办理过或公开过，不能整批撤销：%(refs)s。") % {"refs": names}
    if not purging.is_possible():
        words = _("门户的数据库账号不能删除记录。请运维人员在服务器上运行 undo_import %(number)d。")
        return words % {"number": batch.pk}
    return ""


@transaction.atomic
def undo(batch: ImportBatch, *, actor) -> int:
    """Delete all demands of a batch and its rows. Returns how many demands. Raises `Refused`."""
    row = locked(batch)
    # Locked before it is asked whether they are as they came: an act on one waits, and then does not find it.
    demands = list(Demand.objects.select_for_update().filter(import_row__batch=row).order_by("pk"))
    if sentence := why_not(row, actor):
        raise Refused(sentence)
    keys = [demand.pk for demand in demands]
    rows = {
        model: list(model._base_manager.filter(demand__in=keys).values_list("pk", flat=True))
        for model in OWN
        if model is not ImportRow
    }
    rows[ImportRow] = list(row.rows.values_list("pk", flat=True))
    rows[Demand] = keys
    rows[Contact] = [demand.contact_id for demand in demands if demand.contact_id]
    # What staff are told of them, as far as they have not been told: no row refers to a demand here.
    refs = [demand.ref for demand in demands]
    held = OutboxMessage.objects.waiting_for_digest().filter(template="alert", subject_ref__in=refs)
    rows[Alert] = list(Alert.objects.filter(ref__in=refs).values_list("pk", flat=True))
    rows[OutboxMessage] = list(held.values_list("pk", flat=True))
    drafts.forget(*demands)
    purging.purge({model: found for model, found in rows.items() if found}, actor=SYSTEM, subject=row, reason="undo")
    row.status, row.finished_at = BatchStatus.UNDONE, clock.now()
    row.save(update_fields=["status", "finished_at"])
    numbers = ", ".join(f"{first}–{last}" for first, last in spans(demand.ref for demand in demands))
    audit.record(AuditAction.PURGED, row, actor=actor, detail=f"undo: {len(demands)} demands, {numbers}")
    return len(demands)
