"""Admin pages whose rows belong to areas."""

from foundation.desk import AuditedAdmin

from .models import Area


class ScopedAdmin(AuditedAdmin):
    """Staff see and choose only what lies in their areas."""

    # What only the superuser may change once a row exists: others rely on it.
    fixed_fields: tuple[str, ...] = ()

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.remote_field.model is Area:
            kwargs["queryset"] = Area.objects.within_scope_of(request.user).with_parents()
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_readonly_fields(self, request, obj=None):
        fixed = self.fixed_fields if obj and not request.user.is_superuser else ()
        return (*super().get_readonly_fields(request, obj), *fixed)
