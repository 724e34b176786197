"""The audit, as it is shown to staff of a part of the installation."""

from django.db.models import Q

from foundation.accounts import User
from foundation.admin import AuditEntryAdmin
from foundation.audit import AuditEntry
from foundation.installation import works_for_all
from foundation.modeladmin import extends

from ..selectors.accounts import within_areas


@extends(AuditEntry)
class ScopedAuditEntryAdmin(AuditEntryAdmin):
    """What accounts did that work for the user's areas and nowhere else."""

    def get_queryset(self, request):
        rows = super().get_queryset(request)
        return rows if works_for_all(request.user) else rows.filter(self.shown_to(request.user))

    def shown_to(self, user) -> Q:
        """The condition that an act is shown to staff of a part of the installation."""
        return Q(actor__in=User.objects.filter(self.accounts_of(user)).values("pk"))

    def accounts_of(self, user) -> Q:
        """The condition that what an account does concerns the user's areas alone."""
        return within_areas(user) | Q(pk=user.pk)
