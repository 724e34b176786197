"""When personal data has to be erased: who asked for it, by when, and what was erased when and by whom."""

import datetime
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.conf import settings
from django.db.models.functions import Greatest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation import clock, portal
from foundation.audit import AuditAction, AuditEntry
from foundation.workdays import add_workdays

from ..models import Demand
from ..models.demand_sets import DemandQuerySet

# How long before its end a retention period is listed.
AHEAD_MONTHS = 3


@dataclass(frozen=True)
class Erasure:
    """One demand's personal data: `asked` is who wants it erased, `until` the last day for it, `done` when it was."""

    demand: Demand
    asked: str
    since: datetime.datetime
    until: datetime.date
    done: datetime.datetime | None = None
    by: str = ""

    @property
    def is_late(self) -> bool:
        return self.done is None and self.until < clock.today()


@dataclass(frozen=True)
class Part:
    """A part of the list: its rows for a member of staff, and how each of a page is shown."""

    label: object
    rows: Callable[[object], DemandQuerySet]
    shown: Callable[[Iterable[Demand]], list[Erasure]]


def _requested(user) -> DemandQuerySet:
    return Demand.objects.visible_to(user).deletion_requested().order_by("deletion_requested_at", "pk")


def _expiring(user) -> DemandQuerySet:
    months = max(settings.RETENTION_MONTHS - AHEAD_MONTHS, 0)
    rows = Demand.objects.visible_to(user).expired(months).filter(deletion_requested_at__isnull=True)
    return rows.annotate(ended_at=Greatest("closed_at", "imported_at")).order_by("ended_at", "pk")


def _erased(user) -> DemandQuerySet:
    return Demand.objects.visible_to(user).filter(erased_at__isnull=False).order_by("-erased_at", "-pk")


def _day(moment: datetime.datetime) -> datetime.date:
    return timezone.localtime(moment).date()


def _until(demand: Demand) -> tuple[str, datetime.datetime, datetime.date]:
    """Who asked, since when the period runs, and its last day: the one that the privacy page promises."""
    if demand.deletion_requested_at:
        since = demand.deletion_requested_at
        [until] = add_workdays(_day(since), portal.current().reply_days)
        return _("居民本人"), since, until
    since = max(filter(None, (demand.closed_at, demand.imported_at, demand.received_at)))
    return _("保存期限届满"), since, _day(since + clock.span_of(settings.RETENTION_MONTHS))


def _to_do(demands: Iterable[Demand]) -> list[Erasure]:
    return [Erasure(demand, *_until(demand)) for demand in demands]


def _done(demands: Iterable[Demand]) -> list[Erasure]:
    """Who erased is in the audit: one query for all."""
    demands = list(demands)
    entries = AuditEntry.objects.filter(action=AuditAction.ERASED, subject__in=[demand.ref for demand in demands])
    by = {entry.subject: str(entry.actor or "") for entry in entries.select_related("actor").order_by("pk")}
    return [
        Erasure(demand, *_until(demand), demand.erased_at, by.get(demand.ref) or _("系统自动")) for demand in demands
    ]


PARTS = {
    "requested": Part(gettext_lazy("居民申请删除"), _requested, _to_do),
    "expiring": Part(gettext_lazy("期限将满"), _expiring, _to_do),
    "erased": Part(gettext_lazy("已删除"), _erased, _done),
}
