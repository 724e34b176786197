"""What every page of the admin shares."""

from django.contrib import admin
from django.core.exceptions import SuspiciousOperation

from . import audit, kept
from .paging import CappedPaginator


class DeskAdmin(admin.ModelAdmin):
    """Long lists cost the same at any length."""

    paginator = CappedPaginator
    show_full_result_count = False
    list_per_page = 50

    def changelist_view(self, request, extra_context=None):
        # Django's filters hand what the address says to the database, which refuses NUL with an error.
        if any("\x00" in value for values in request.GET.lists() for value in (values[0], *values[1])):
            raise SuspiciousOperation("NUL in a filter")
        return super().changelist_view(request, extra_context)


class AuditedAdmin(DeskAdmin):
    """Each change goes into the audit too, and is seen at once."""

    def log_addition(self, request, obj, message):
        audit.record(audit.AuditAction.ADDED, obj, actor=request.user)
        kept.forget_edited()
        return super().log_addition(request, obj, message)

    def log_change(self, request, obj, message):
        fields = [
            field for part in message if isinstance(part, dict) for field in part.get("changed", {}).get("fields", [])
        ]
        audit.record(audit.AuditAction.CHANGED, obj, actor=request.user, detail=", ".join(map(str, fields)))
        kept.forget_edited()
        return super().log_change(request, obj, message)

    def log_deletions(self, request, queryset):
        for obj in queryset:
            audit.record(audit.AuditAction.DELETED, obj, actor=request.user)
        return super().log_deletions(request, queryset)

    def delete_model(self, request, obj):
        super().delete_model(request, obj)
        kept.forget_edited()

    def delete_queryset(self, request, queryset):
        super().delete_queryset(request, queryset)
        kept.forget_edited()


class ReadOnlyAdmin(DeskAdmin):
    """Rows to look at."""

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False
