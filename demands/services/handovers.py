"""Demands, rules and dispatches that an account holds, and a colleague takes over."""

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consultation.models import StaffScope, places
from foundation import audit
from foundation.accounts import User
from foundation.audit import AuditAction
from foundation.handovers import Work

from ..models import Demand, Dispatch, EscalationRule
from . import dispatches, handling


def _open_demands(account: User):
    return Demand.objects.open().filter(assignee=account)


def _rules(account: User):
    return EscalationRule.objects.filter(user=account, is_active=True)


def _dispatched(account: User):
    return Dispatch.objects.active().filter(member__user=account)


def _working_in(areas: set[int]) -> Q:
    """The condition that an account works for all of these areas."""
    if not areas:
        return Q()
    covered: dict[int, set[int]] = {}
    for user, area in StaffScope.objects.filter(user__is_active=True).values_list("user", "area"):
        covered.setdefault(user, set()).update(places.within(places.area(area)))
    return Q(pk__in=[user for user, mine in covered.items() if areas <= mine])


def _move_demands(account: User, to: User, *, actor) -> int:
    rows = list(_open_demands(account).order_by("pk"))
    for row in rows:
        handling.assign(row, to, actor=actor)
    return len(rows)


def _move_rules(account: User, to: User, *, actor) -> int:
    """Notify the colleague instead; a rule that they have already is only switched off."""
    rows = list(_rules(account).select_for_update().order_by("pk"))
    for row in rows:
        same = EscalationRule.objects.filter(
            user=to, area=row.area_id, category=row.category_id, when=row.when, days=row.days
        )
        if same.update(is_active=True):
            row.is_active = False
        else:
            row.user = to
        row.save(update_fields=["user", "is_active"])
        audit.record(AuditAction.CHANGED, row, actor=actor, detail=f"user → user:{to.pk}")
    return len(rows)


def _move_dispatches(account: User, to: User, *, actor) -> int:
    """Ask the other member instead. What only the first one can bring is not asked for again."""
    rows = list(_dispatched(account).select_related("demand", "resource").order_by("demand", "pk"))
    for row in rows:
        resource = None if row.resource and row.resource.member_id else row.resource
        dispatches.cancel(row, reason=_("已改请%(member)s协助。") % {"member": to.member}, actor=actor)
        dispatches.dispatch(row.demand, member=to.member, resource=resource, ask=row.ask, actor=actor)
    return len(rows)


WORK = (
    Work(
        "demands",
        gettext_lazy("未办结的需求"),
        lambda account: _open_demands(account).count(),
        lambda account: _working_in(set(_open_demands(account).values_list("area", flat=True))),
        _move_demands,
    ),
    Work(
        "rules",
        gettext_lazy("期限提醒规则"),
        lambda account: _rules(account).count(),
        lambda account: _working_in(set(_rules(account).values_list("area", flat=True))),
        _move_rules,
    ),
    Work(
        "dispatches",
        gettext_lazy("进行中的派单"),
        lambda account: _dispatched(account).count(),
        lambda account: Q(
            member__is_active=True, member__committee__in=_dispatched(account).values("member__committee")
        ),
        _move_dispatches,
    ),
)
