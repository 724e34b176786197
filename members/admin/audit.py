"""The audit, with what members did."""

from django.db.models import Q

from consultation.admin.audit import ScopedAuditEntryAdmin
from foundation.audit import AuditEntry
from foundation.modeladmin import extends

from ..selectors.accounts import of_own_members


@extends(AuditEntry)
class MemberAuditEntryAdmin(ScopedAuditEntryAdmin):
    def accounts_of(self, user) -> Q:
        return super().accounts_of(user) | of_own_members(user)
