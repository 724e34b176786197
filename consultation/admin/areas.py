"""Areas, and which staff work for them."""

from django.contrib import admin

from foundation.accounts import User
from foundation.admin import UserAdmin
from foundation.modeladmin import AuditedAdmin, extends

from ..models import Area, StaffScope
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
    """The areas an account works for, on the account's page."""

    model = StaffScope
    extra = 1


@extends(User)
class ScopedUserAdmin(UserAdmin):
    inlines = (ScopeInline,)


@admin.register(StaffScope)
class StaffScopeAdmin(AuditedAdmin):
    list_display = ("user", "area")
    list_select_related = ("user", "area")
