"""Areas, and which staff work for them."""

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy

from foundation import account_acts
from foundation.accounts import User
from foundation.acts import Act
from foundation.admin import ACCOUNT_ACTS, UserAdmin
from foundation.modeladmin import ReadOnlyAdmin, extends

from ..forms.areas import ScopeForm
from ..models import Area, StaffScope, places
from ..services.areas import scope_in_codes, set_scope
from .bases import ScopedAdmin


@admin.register(Area)
class AreaAdmin(ScopedAdmin):
    list_display = ("name", "name_en", "level", "parent", "code", "is_demo")
    list_filter = ("level",)
    list_select_related = ("parent",)
    search_fields = ("name", "name_en", "code")
    fixed_fields = ("level", "parent", "code")

    def get_queryset(self, request):
        return super().get_queryset(request).within_scope_of(request.user)


class ScopeInline(admin.StackedInline):
    """The areas a new account works for. Later they are changed by an act."""

    model = StaffScope
    extra = 1

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "area":
            kwargs["queryset"] = Area.objects.within_scope_of(request.user)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


ACCOUNT_ACTS.add(
    Act(
        name="scope",
        permission=account_acts.PERMISSION,
        form=ScopeForm,
        service=set_scope,
        heading=gettext_lazy("更改工作范围"),
        button=gettext_lazy("更改工作范围"),
        success_message=gettext_lazy("工作范围已更改。"),
        why_not=account_acts.why_not,
    )
)


@extends(User)
class ScopedUserAdmin(UserAdmin):
    rights = (*UserAdmin.rights, "scope")

    def get_inlines(self, request, obj):
        return () if obj else (ScopeInline,)

    @admin.display(description=gettext_lazy("工作范围"))
    def scope(self, account):
        return "、".join(places.area(key).place for key in account.scopes.values_list("area", flat=True)) or "—"

    def addition_detail(self, obj) -> str:
        return ", ".join(filter(None, (super().addition_detail(obj), f"scope {scope_in_codes(obj)}")))


@admin.register(StaffScope)
class StaffScopeAdmin(ReadOnlyAdmin):
    """Who works where, in one list. It is changed on the page of the account."""

    list_display = ("account", "place")
    list_display_links = None
    list_select_related = ("user",)
    ordering = ("user__username", "pk")
    sortable_by = ()

    @admin.display(description=gettext_lazy("账号"))
    def account(self, scope):
        return format_html(
            '<a href="{}">{}</a>', reverse("admin:foundation_user_change", args=[scope.user_id]), scope.user
        )

    @admin.display(description=gettext_lazy("区域"))
    def place(self, scope):
        return places.area(scope.area_id).place
