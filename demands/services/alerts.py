"""Notify staff of what happens to demands."""

import datetime

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from consultation.models import Alert
from consultation.models.alerts import AlertKind, How
from consultation.services import alerts
from foundation import clock, workdays

from ..models import Demand
from . import lineage

NEW, ADDITION, REOPENED, UNSATISFIED = "new", "addition", "reopened", "unsatisfied"
DEADLINE, OFFICE_ANSWERED = "deadline", "office_answered"
# Those who answer residents, of their areas.
_ANSWERS, _PAGE = "demands.answer_demand", "admin:demands_demand_change"
KINDS = (
    AlertKind(NEW, _("新需求"), _("居民或委员提出了一件需求，或同事代为录入。"), _ANSWERS, _PAGE, 10),
    AlertKind(ADDITION, _("居民补充"), _("居民补充了情况或照片。"), _ANSWERS, _PAGE, 20),
    AlertKind(REOPENED, _("重新办理"), _("居民反映没有解决，需求重新打开。"), _ANSWERS, _PAGE, 30),
    AlertKind(UNSATISFIED, _("评价不满意"), _("居民对结果或服务不满意。"), _ANSWERS, _PAGE, 40),
    AlertKind(OFFICE_ANSWERED, _("外部单位已答复"), _("请其答复的单位填写了答复，等待转告居民。"), _ANSWERS, _PAGE, 50),
    AlertKind(DEADLINE, _("期限临近"), _("回应或办结的期限是今天或下一个工作日。"), _ANSWERS, _PAGE, 60, How.DIGEST),
)


def alert(kind: str, row: Demand, key: object, *, handler: int | None = None, actor=None) -> Alert:
    """An alert of something that happened to a demand.

    Args:
        key: identifies it among those of this kind and demand.
        handler: the account that is notified instead of all others, if not the assignee of what is handled.
        actor: who did it.
    """
    return Alert(
        kind=kind,
        ref=row.ref,
        row=row.pk,
        area_id=row.area_id,
        key=f"{row.ref}:{kind}:{key}",
        handler_id=handler or row.assignee_id or lineage.effective(row).assignee_id,
        actor=actor.user if actor else None,
    )


def notify(kind: str, row: Demand, key: object, *, handler: int | None = None, actor=None) -> None:
    """Tell staff of it, in the caller's transaction; arguments as for `alert`."""
    alerts.notify(alert(kind, row, key, handler=handler, actor=actor))


def deadlines_near() -> int:
    """Tell staff of demands whose deadline is today or on the next working day, of each deadline once.

    Those received today were notified as new. Returns of how many. For the worker.
    """
    if not alerts.has_day_begun():
        return 0
    today = clock.today()
    (last,) = workdays.add_workdays(today, 1)
    morning = timezone.make_aware(datetime.datetime.combine(today, datetime.time()))
    rows = Demand.objects.open().filter(due_on__range=(today, last), received_at__lt=morning)
    rows = rows.only("ref", "status", "area", "due_on", "assignee").order_by("due_on", "pk")
    return alerts.notify_of_dates(alert(DEADLINE, row, row.due_on) for row in rows)
