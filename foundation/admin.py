"""Accounts, portal, calendar, messages and the audit."""

import copy
import functools

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminSplitDateTime
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import UsernameField
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from . import account_acts, audit, clock, qr
from .account_forms import AccountActForm, RoleForm, role_choices, role_in_words
from .accounts import Role, User, give_role, one_time_path
from .acts import Act, ActTable, ActTableAdmin
from .audit import AuditAction, AuditEntry
from .consent import ConsentText
from .links import absolute
from .modeladmin import AuditedAdmin, ReadOnlyAdmin
from .outbox import OutboxMessage
from .outbox_admin import OutboxMessageAdmin
from .portal import Portal
from .sign_ins_admin import SignInsAdmin
from .workdays import CalendarDay

admin.site.register(OutboxMessage, OutboxMessageAdmin)
admin.site.unregister(Group)  # roles come from a sync, see nanhu_portal.roles


class NewUserForm(forms.ModelForm):
    """Create an account without a password; its holder sets one with the link on the printed slip."""

    role = forms.ChoiceField(label=gettext_lazy("角色"), choices=Role.choices)

    class Meta:
        model = User
        fields = ("username", "name", "office", "email", "role")

    def save(self, commit=True):
        user = super().save(commit=False)
        user.set_unusable_password()
        if commit:
            user.save()
        return user


class AccountForm(forms.ModelForm):
    """Who holds the account. What it may do is changed by acts, see `account_acts`."""

    class Meta:
        model = User
        fields = ("username", "name", "office", "email")
        field_classes = {"username": UsernameField}


def _act(name: str, service, heading, success_message, *, warning="", form=AccountActForm) -> Act:
    return Act(
        name=name,
        permission=account_acts.PERMISSION,
        form=form,
        service=service,
        heading=heading,
        button=heading,
        success_message=success_message,
        why_not=account_acts.why_not,
        warning=lambda account: warning,
    )


ACCOUNT_ACTS = ActTable()
ACCOUNT_ACTS.add(
    _act(
        "disable",
        account_acts.disable,
        gettext_lazy("停用账号"),
        gettext_lazy("账号已停用，其登录已全部退出。"),
        warning=gettext_lazy("停用后立即退出其全部登录，已发出的一次性链接也不能再用。"),
    ),
    _act("enable", account_acts.enable, gettext_lazy("重新启用"), gettext_lazy("账号已重新启用。")),
    _act(
        "role",
        account_acts.set_role,
        gettext_lazy("更改角色"),
        gettext_lazy("角色已更改，本人需要重新登录。"),
        form=RoleForm,
    ),
    _act(
        "promote",
        functools.partial(account_acts.set_superuser, is_superuser=True),
        gettext_lazy("设为超级管理员"),
        gettext_lazy("已设为超级管理员，本人需要重新登录。"),
        warning=gettext_lazy("超级管理员可以查看和更改所有内容，包括其他人的账号。"),
    ),
    _act(
        "demote",
        functools.partial(account_acts.set_superuser, is_superuser=False),
        gettext_lazy("收回超级管理员权限"),
        gettext_lazy("超级管理员权限已收回，本人需要重新登录。"),
    ),
    _act(
        "void_password",
        account_acts.void_password,
        gettext_lazy("作废密码"),
        gettext_lazy("密码已作废，其登录已全部退出。请生成一次性链接，交给本人重新设置。"),
    ),
)


@admin.register(User)
class UserAdmin(SignInsAdmin, AuditedAdmin, ActTableAdmin, DjangoUserAdmin):
    """Accounts, for the superuser. They are closed, never deleted: what was done with them stays theirs."""

    act_table = ACCOUNT_ACTS

    change_form_template = "admin/foundation/user/change_form.html"
    form = AccountForm
    add_form = NewUserForm
    add_form_template = "admin/change_form.html"
    add_fieldsets = ((None, {"fields": ("username", "name", "office", "email", "role")}),)
    rights = ("state", "role", "power")
    times = ("last_login", "date_joined")
    list_display = ("username", "name", "office", "is_active", "is_staff", "last_login")
    list_filter = ("is_active", "is_staff", "groups")
    search_fields = ("username", "name", "office")

    def get_fieldsets(self, request, obj=None):
        if obj is None:
            return self.add_fieldsets
        return (
            (None, {"fields": AccountForm.Meta.fields}),
            (gettext_lazy("权限"), {"fields": self.rights}),
            (gettext_lazy("时间"), {"fields": self.times}),
        )

    def get_readonly_fields(self, request, obj=None):
        return (*self.rights, *self.times) if obj else ()

    @admin.display(description=gettext_lazy("状态"))
    def state(self, account):
        return _("使用中") if account.is_active else _("已停用")

    @admin.display(description=gettext_lazy("角色"))
    def role(self, account):
        return role_in_words(account) or "—"

    @admin.display(description=gettext_lazy("超级管理员"))
    def power(self, account):
        return _("是") if account.is_superuser else _("否")

    def get_form(self, request, obj=None, **kwargs):
        form = super().get_form(request, obj, **kwargs)
        if obj is None:
            # A copy, since all requests share the field of `NewUserForm`.
            role = form.base_fields["role"] = copy.deepcopy(form.base_fields["role"])
            role.choices = role_choices(request.user)
        return form

    def get_urls(self):
        link = self.admin_site.admin_view(self.one_time_link)
        # Nobody types a password for somebody else: it would be known to two.
        urls = [one for one in super().get_urls() if one.name != "auth_user_password_change"]
        return [path("<int:pk>/link/", link, name="foundation_user_link"), *urls]

    def has_change_permission(self, request, obj=None):
        within_reach = obj is None or request.user.is_superuser or not obj.is_superuser
        return within_reach and super().has_change_permission(request, obj)

    def has_delete_permission(self, request, obj=None):
        return False

    def buttons(self, actor, account: User) -> list[tuple[str, object]]:
        """The address and label of each act that this actor may take now."""
        if account_acts.why_not(actor, account):
            return []
        names = [name for name in self.act_table.acts if name not in self.out_of_place(account)]
        return [(self.address(name, account.pk), self.act_table.acts[name].heading) for name in names]

    def out_of_place(self, account: User) -> set[str]:
        """The acts that would be refused, as the account is now."""
        closed = "enable" if account.is_active else "disable"
        return {closed, "promote"} if account.is_superuser else {closed, "demote"}

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        context["acts"] = self.buttons(request.user, obj) if obj else []
        return super().render_change_form(request, context, add, change, form_url, obj)

    def addition_detail(self, obj) -> str:
        return f"role {role}" if (role := ",".join(obj.groups.values_list("name", flat=True))) else ""

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        if not change:
            give_role(form.instance, Role(form.cleaned_data["role"]))

    def response_add(self, request, obj, post_url_continue=None):
        self.message_user(request, _("账号已开通。请生成一次性链接，或打印纸条交给本人。"), messages.SUCCESS)
        return redirect("admin:foundation_user_change", obj.pk)

    def one_time_link(self, request, pk: int):
        """Show a one-time password link, on a page to print as a slip. Requires POST, because each link is recorded."""
        user = get_object_or_404(User, pk=pk, is_active=True)
        if not self.has_change_permission(request, user):
            raise PermissionDenied
        if request.method != "POST":
            return redirect("admin:foundation_user_change", pk)
        address = absolute(one_time_path(user))
        audit.record(AuditAction.ACCOUNT_LINK_MADE, user, actor=request.user)
        context = {
            **self.admin_site.each_context(request),
            "title": _("开户纸条"),
            "holder": user,
            "address": address,
            "code": qr.drawn(address, error="q"),
        }
        response = render(request, "admin/foundation/user/slip.html", context)
        response["Cache-Control"] = "no-store"
        return response


@admin.register(Portal)
class PortalAdmin(AuditedAdmin):
    fieldsets = (
        (None, {"fields": (("name", "name_en"), ("organiser", "organiser_en"))}),
        (
            gettext_lazy("联系方式"),
            {"fields": ("phone", "email", ("hours", "hours_en"), ("address", "address_en"), "report_errors_url")},
        ),
        (gettext_lazy("对居民的承诺"), {"fields": (("privacy_contact", "privacy_contact_en"), "reply_days")}),
        (
            gettext_lazy("备案和标识"),
            {"fields": ("icp_record", "police_record", "site_code", "institution_mark_url")},
        ),
        (
            gettext_lazy("首页故事"),
            {
                "fields": ("story_title", "story", "story_source", "story_title_en", "story_en", "story_source_en"),
                "description": gettext_lazy("正文留空时，首页不显示这一节。引用文章数字的，请注明出处。"),
            },
        ),
    )
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}

    def has_add_permission(self, request):
        return super().has_add_permission(request) and not Portal.objects.exists()

    def has_delete_permission(self, request, obj=None):
        return False

    def save_model(self, request, obj, form, change):
        obj.pk = 1
        super().save_model(request, obj, form, change)


class ConsentTextForm(forms.ModelForm):
    """A new version, which cannot start in the past."""

    starts_at = forms.SplitDateTimeField(
        label=gettext_lazy("开始使用"),
        required=False,
        widget=AdminSplitDateTime,
        help_text=gettext_lazy("留空表示立即开始。已经打开的表单仍以其显示的版本为准。"),
    )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        # Empty: the default, now, would be in the past by the time the form is submitted.
        self.initial["starts_at"] = None

    def clean_starts_at(self):
        now = clock.now()
        starts_at = self.cleaned_data["starts_at"] or now
        if starts_at < now:
            raise ValidationError(_("新版本不能从过去的时间开始。"))
        return starts_at


@admin.register(ConsentText)
class ConsentTextAdmin(AuditedAdmin):
    """Versions are added; none is changed or deleted."""

    form = ConsentTextForm
    fields = ("purpose", "version", "text", "text_en", "hint", "hint_en", "starts_at")
    list_display = ("purpose", "version", "starts_at", "text")
    list_filter = ("purpose",)

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(CalendarDay)
class CalendarDayAdmin(AuditedAdmin):
    list_display = ("date", "is_workday", "note")
    date_hierarchy = "date"


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ("at", "actor", "action", "subject", "detail")
    list_filter = ("action",)
    list_select_related = ("actor",)
    search_fields = ("subject",)
