"""The same trouble again: a demand is linked to the finished one about it, and is handled by itself.

Merging it into that one would close it unworked, with an outcome that somebody else's demand had long before.
"""

from django.db import transaction
from django.utils.translation import gettext as _

from foundation import audit
from foundation.audit import AuditAction
from foundation.errors import Refused

from ..models import Demand, MessageKind
from ..workflow import GONE, DemandStatus
from . import lineage
from .replies import write_message
from .transitions import save


@transaction.atomic
def link(demand: Demand, earlier: Demand | None, *, actor, version: int | None = None) -> Demand:
    """Record that a demand is about the same trouble as a finished one, or, without one, that it is about none.

    Raises `Stale`, `Refused`.
    """
    row = lineage.lock_related(demand, *([earlier] if earlier else []), version=version)
    before = row.again_of
    if earlier is not None:
        earlier = Demand.objects.get(pk=earlier.pk)
        if why := why_not(row, earlier):
            raise Refused(why)
    if before == earlier:
        return row
    row.again_of = earlier
    save(row, "again_of")
    if before:
        write_message(row, MessageKind.NOTE, _("不再关联 %(ref)s。") % {"ref": before.ref}, actor)
        audit.record_act(AuditAction.UNLINKED, row, actor=actor, detail=before.ref)
    if earlier:
        write_message(row, MessageKind.NOTE, _("%(ref)s 办理过的问题再次出现。") % {"ref": earlier.ref}, actor)
        write_message(earlier, MessageKind.NOTE, _("同样的问题再次出现，见 %(ref)s。") % {"ref": row.ref}, actor)
        audit.record_act(AuditAction.LINKED, row, actor=actor, detail=earlier.ref)
    return row


def why_not(row: Demand, earlier: Demand) -> str:
    """Return a sentence on why a demand is not the trouble of the other again; empty where it may be."""
    names = {"ref": earlier.ref, "own": row.ref}
    if row.status in GONE:
        return _("%(own)s 已撤回或已并入其他需求，无需关联。") % names
    if earlier.status == DemandStatus.WITHDRAWN:
        return _("%(ref)s 已由居民撤回，没有办理过。") % names
    among = lineage.deciding(earlier)
    if earlier.status == DemandStatus.MERGED:
        names["root"] = lineage.effective(earlier, among).ref
        return _("%(ref)s 已并入 %(root)s，请关联 %(root)s。") % names
    if not lineage.has_ended(among):
        return _("%(ref)s 尚未办结。如为同一件事，请并入该需求。") % names
    one: Demand | None = earlier
    while one is not None:
        if one.pk == row.pk:
            return _("%(ref)s 是 %(own)s 之后再次出现的，不能反向关联。") % names
        one = one.again_of
    return ""
