"""Areas, and which staff work for them."""

from django.contrib import admin
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation import account_acts
from foundation.accounts import User
from foundation.accounts_admin import ACCOUNT_ACTS, UserAdmin
from foundation.acts import Act
from foundation.installation import works_for_all
from foundation.modeladmin import ReadOnlyAdmin, extends

from ..forms.areas import ScopeForm
from ..models import Area, StaffScope, places
from ..selectors.accounts import near, working_near
from ..services.areas import set_scope
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
    list_display = ("username", "name", "role", "scope", "office", "state", "last_login")

    def get_queryset(self, request):
        scopes = StaffScope.objects.filter(user=OuterRef("pk")).order_by("area").values("area")
        rows = super().get_queryset(request).annotate(scope_areas=ArraySubquery(scopes))
        return rows if works_for_all(request.user) else rows.filter(self.shown_to(request.user))

    def shown_to(self, user) -> Q:
        """The condition that an account is shown to staff of a part of the installation."""
        return working_near(user)

    def out_of_place(self, actor, account: User) -> set[str]:
        hidden = super().out_of_place(actor, account)
        return hidden if actor.is_superuser or account.is_staff else hidden | {"scope"}

    @admin.display(description=gettext_lazy("工作范围"))
    def scope(self, account):
        return _("、").join(places.area(key).place for key in account.scope_areas) or "—"


@admin.register(StaffScope)
class StaffScopeAdmin(ReadOnlyAdmin):
    """Who works where, in one list. It is changed on the page of the account."""

    list_display = ("account", "place")
    list_display_links = None
    list_select_related = ("user",)
    ordering = ("user__username", "pk")
    sortable_by = ()

    def get_queryset(self, request):
        rows = super().get_queryset(request)
        return rows if works_for_all(request.user) else rows.filter(area__in=near(request.user))

    @admin.display(description=gettext_lazy("账号"))
    def account(self, scope):
        return format_html(
            '<a href="{}">{}</a>', reverse("admin:foundation_user_change", args=[scope.user_id]), scope.user
        )

    @admin.display(description=gettext_lazy("区域"))
    def place(self, scope):
        return places.area(scope.area_id).place
