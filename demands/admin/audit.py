"""The audit, with what was done to demands."""

from django.db.models import Q

from foundation.audit import AuditEntry
from foundation.modeladmin import extends
from members.admin.audit import MemberAuditEntryAdmin

from ..models import Demand


@extends(AuditEntry)
class DemandAuditEntryAdmin(MemberAuditEntryAdmin):
    """Whoever did it, a superuser too."""

    def shown_to(self, user) -> Q:
        return super().shown_to(user) | Q(subject__in=Demand.objects.visible_to(user).order_by().values("ref"))
