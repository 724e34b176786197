"""Categories and standard replies."""

from django.contrib import admin
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consultation.admin.bases import ScopedAdmin
from consultation.models import AreaLevel, places, subdistricts
from consultation.models.shared import Shared
from foundation.installation import works_for_all
from foundation.modeladmin import AuditedAdmin, VisibleAdmin

from ..models import Category, CategoryMatch, StandardReply


class CategoryMatchInline(admin.StackedInline):
    """Which resources can help with demands of this category."""

    model = CategoryMatch
    extra = 1


@admin.register(Category)
class CategoryAdmin(AuditedAdmin):
    inlines = (CategoryMatchInline,)
    list_display = ("name", "name_en", "response_days", "resolution_days", "order", "is_active")
    prepopulated_fields = {"code": ("name_en",)}


class SharedAdmin(VisibleAdmin, ScopedAdmin):
    """Each subdistrict's own, and those of all; the latter are changed by those who work for all."""

    def get_list_display(self, request):
        shown = super().get_list_display(request)
        return (shown[0], "subdistrict_name", *shown[1:]) if subdistricts.several() else shown

    @admin.display(description=gettext_lazy("街道"))
    def subdistrict_name(self, row):
        return places.area(row.subdistrict_id) if row.subdistrict_id else _("各街道共用")

    def get_exclude(self, request, obj=None):
        return () if subdistricts.several() else ("subdistrict",)

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and _keeps(request.user, obj)

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and _keeps(request.user, obj)

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "subdistrict":
            field.queryset = field.queryset.filter(level=AreaLevel.SUBDISTRICT)
            field.empty_label = _("各街道共用")
            if not works_for_all(request.user):
                field.required, field.help_text = True, ""
                mine = list(field.queryset)
                field.empty_label, field.initial = _("请选择"), mine[0].pk if len(mine) == 1 else None
        return field


def _keeps(user, row: Shared | None) -> bool:
    """Whether a member of staff may change a row; some row, where none is given."""
    if row is None or works_for_all(user):
        return True
    return row.subdistrict_id in places.areas_of(user)


@admin.register(StandardReply)
class StandardReplyAdmin(SharedAdmin):
    list_display = ("title", "order", "is_active")
