"""How urgent a demand is: suggested by the words of danger in its text, decided by staff."""

from django.db import transaction
from django.utils.translation import gettext as _

from foundation import audit
from foundation.audit import AuditAction
from foundation.errors import Refused
from foundation.locking import locked

from ..models import Demand, Urgency
from ..suggestions import danger
from .transitions import save

PERMISSION = "demands.accept_demand"


def suggested(text: str) -> str:
    """Return the urgency of a demand that comes in with this text."""
    return Urgency.SUGGESTED if danger.found_in(text) else Urgency.ORDINARY


def mark(demand: Demand, *, actor, version: int | None = None) -> Demand:
    """Mark an open demand as urgent. Raises `Stale`, or `Refused`."""
    return _decide(demand, Urgency.URGENT, actor, version)


def dismiss(demand: Demand, *, actor, version: int | None = None) -> Demand:
    """Decide that a demand is not urgent, though suggested or marked. Raises `Stale`, or `Refused`."""
    return _decide(demand, Urgency.DISMISSED, actor, version)


@transaction.atomic
def _decide(demand: Demand, urgency: str, actor, version: int | None) -> Demand:
    row = locked(demand, version)
    if not row.is_open:
        raise Refused(_("需求目前是“%(status)s”，无需标记紧急。") % {"status": row.get_status_display()})
    if row.urgency == urgency:
        return row
    before, row.urgency = row.urgency, urgency
    save(row, "urgency")
    audit.record(AuditAction.CHANGED, row, actor=actor, detail=f"urgency: {before or '-'} → {urgency}")
    return row
