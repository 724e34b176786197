"""The audit, with what was done to demands."""

from django.db.models import Exists, OuterRef, Q

from foundation.audit import AuditEntry
from foundation.modeladmin import extends
from members.admin.audit import MemberAuditEntryAdmin

from ..models import Demand


@extends(AuditEntry)
class DemandAuditEntryAdmin(MemberAuditEntryAdmin):
    """Of the user's areas, whoever did it, a superuser too; and of no others, whoever did it."""

    def shown_to(self, user) -> Q:
        of_none = ~Exists(Demand.objects.filter(ref=OuterRef("subject")))
        mine = Demand.objects.visible_to(user).order_by().values("ref")
        return super().shown_to(user) & Q(of_none) | Q(subject__in=mine)
