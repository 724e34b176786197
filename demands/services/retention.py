"""Erasure at the end of the retention period.

What residents submitted is erased when its time has come. What came in with an import waits until a member of staff has
seen it listed, and so does everything that is due when the period was changed: a wrong setting would otherwise erase
years in one night. Nothing waits longer than `WAITS_FOR`.
"""

import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from foundation import audit, clock
from foundation.actors import SYSTEM
from foundation.audit import AuditAction
from foundation.errors import Refused

from ..models import Demand, DueErasure, PublicationBasis, Retention
from .handling import erase

WAITS_FOR = datetime.timedelta(days=14)
MAX_ERASED = 100


def falling_under(closed: int, publish_as: str) -> int:
    """Return how many of the rows of an import, `closed` of which came with an answer, are erased a retention period
    after it.
    """
    return 0 if publish_as == PublicationBasis.ALREADY_PUBLIC else closed


def erase_due(months: int) -> int:
    """Erase demands past the retention period, at most `MAX_ERASED`, and list those that wait. For the worker; safe to
    run concurrently. Returns how many were erased.
    """
    _list(months)
    due = Demand.objects.expired(months).filter(
        Q(due_erasure__isnull=True, imported_at__isnull=True)
        | Q(due_erasure__seen_at__isnull=False)
        | Q(due_erasure__listed_at__lte=clock.now() - WAITS_FOR)
    )
    count = 0
    for demand in due.order_by("closed_at", "pk")[:MAX_ERASED]:
        with transaction.atomic():
            erase(demand, actor=SYSTEM)
            DueErasure.objects.filter(demand=demand).delete()
        count += 1
    return count


@transaction.atomic
def _list(months: int) -> None:
    """Bring the list of what waits up to date."""
    known, is_new = Retention.objects.select_for_update().get_or_create(pk=1, defaults={"months": months})
    due = Demand.objects.expired(months)
    # Erased by hand, reopened or published as public record; or the period is longer now.
    DueErasure.objects.exclude(demand__in=due).delete()
    new = due.filter(due_erasure__isnull=True)
    if is_new or known.months == months:
        new = new.filter(imported_at__isnull=False)
    else:
        known.months = months
        known.save()
    rows = (DueErasure(demand_id=key, listed_at=clock.now()) for key in new.values_list("pk", flat=True))
    DueErasure.objects.bulk_create(rows, batch_size=2000)


@transaction.atomic
def mark_seen(*, actor, last: int) -> int:
    """Record that a member of staff has seen the list, for the worker to erase what they may see of it.

    Args:
        last: key of the last row that the page showed; later ones wait for a further look.

    Returns the number of demands. Raises `Refused` where there is none left.
    """
    rows = DueErasure.objects.waiting().visible_to(actor).filter(pk__lte=last)
    count = rows.update(seen_at=clock.now(), seen_by=actor.user)
    if not count:
        raise Refused(_("名单上没有待核对的，可能刚刚有人核对过。"))
    audit.record(AuditAction.ERASED, "dueerasure", actor=actor, detail=f"seen {count}")
    return count
