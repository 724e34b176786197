"""Accounts in the admin: all of them for the superuser, for liaison staff those that they manage (`account_reach`)."""

import functools
import re

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import UsernameField
from django.contrib.auth.models import Group
from django.contrib.postgres.expressions import ArraySubquery
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, Q
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from . import account_acts, account_history, account_reach, closing, handovers, slips, slips_admin
from .account_forms import (
    AccountActForm,
    CloseForm,
    HandOverForm,
    RoleForm,
    SeveralForm,
    role_choices,
    roles_in_words,
    state_in_words,
    work_in_words,
)
from .accounts import Role, User
from .acts import Act, ActTable, ActTableAdmin
from .errors import Refused
from .modeladmin import AuditedAdmin
from .sign_ins_admin import SignInsAdmin

MAX_AT_ONCE = 100


class AccountForm(forms.ModelForm):
    """Who holds the account. What it may do is changed by acts, see `account_acts`."""

    class Meta:
        model = User
        fields = ("username", "name", "office", "email")
        field_classes = {"username": UsernameField}


def _no_words(account: User) -> str:
    return ""


def _act(name: str, service, heading, success_message, *, warning=_no_words, form=AccountActForm, **more) -> Act:
    return Act(
        name=name,
        permission=account_acts.PERMISSION,
        form=form,
        service=service,
        heading=heading,
        button=heading,
        success_message=success_message,
        warning=warning,
        **{"why_not": account_acts.why_not} | more,
    )


def _only_superusers(actor, account: User) -> str:
    if not actor.is_superuser:
        return _("只有超级管理员可以给出或收回超级管理员权限。")
    return account_acts.why_not(actor, account)


def _closing_means(account: User) -> str:
    ends = _("注销后不能恢复：登录全部退出，密码、验证器、邮箱和电话立即删除；以前办理的记录保留，显示“已离职”。")
    return f"{ends}{work_in_words(account)}"


ACCOUNT_ACTS = ActTable()
ACCOUNT_ACTS.add(
    _act(
        "disable",
        account_acts.disable,
        gettext_lazy("停用账号"),
        gettext_lazy("账号已停用，其登录已全部退出。"),
        warning=lambda account: _("停用后立即退出其全部登录，已发出的一次性链接也不能再用。"),
    ),
    _act("enable", account_acts.enable, gettext_lazy("重新启用"), gettext_lazy("账号已重新启用。")),
    _act(
        "hand_over",
        handovers.hand_over,
        gettext_lazy("移交工作"),
        gettext_lazy("工作已全部移交。"),
        form=HandOverForm,
        warning=work_in_words,
    ),
    _act(
        "close",
        closing.close,
        gettext_lazy("注销账号"),
        gettext_lazy("账号已注销。"),
        form=CloseForm,
        warning=_closing_means,
    ),
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
        warning=lambda account: _("超级管理员可以查看和更改所有内容，包括其他人的账号。"),
        why_not=_only_superusers,
    ),
    _act(
        "demote",
        functools.partial(account_acts.set_superuser, is_superuser=False),
        gettext_lazy("收回超级管理员权限"),
        gettext_lazy("超级管理员权限已收回，本人需要重新登录。"),
        why_not=_only_superusers,
    ),
    _act(
        "void_password",
        account_acts.void_password,
        gettext_lazy("作废密码"),
        gettext_lazy("密码已作废，其登录已全部退出。请打印开通单，交给本人重新设置。"),
    ),
)


@ACCOUNT_ACTS.page("<int:pk>/link/", name="link", keeps_drafts=False)
def print_slip(model_admin, request, account):
    """Make a one-time link and show it, on a page to print as a slip. Requires POST, because each link is recorded."""
    if not model_admin.has_change_permission(request, account):
        raise PermissionDenied
    if request.method != "POST":
        return redirect(model_admin.back_to(account))
    return _print(model_admin, request, [account])


def _print(model_admin, request, accounts):
    try:
        made = slips.make(accounts, actor=request.user)
    except Refused as error:
        model_admin.message_user(request, str(error), messages.ERROR)
        return redirect(model_admin.back_to(accounts[0] if len(accounts) == 1 else None))
    return slips_admin.page(request, made)


@ACCOUNT_ACTS.page("<int:pk>/history/", name="history")
def history(model_admin, request, account):
    """What was done to an account, from the audit: who, when and why."""
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("账号的操作记录"),
        "account": account,
        "lines": account_history.lines(account),
        "back": model_admin.back_to(account),
    }
    return render(request, "admin/foundation/user/history.html", context)


@ACCOUNT_ACTS.page("lock/", account_acts.PERMISSION, name="lock_several")
def lock_several(model_admin, request):
    """Lock the accounts that the address names, for one reason."""
    keys = [int(key) for key in request.GET.get("ids", "").split(",") if re.fullmatch("[0-9]{1,18}", key)]
    accounts = list(model_admin.get_queryset(request).filter(pk__in=keys[:MAX_AT_ONCE], is_active=True).order_by("pk"))
    if not accounts:
        model_admin.message_user(request, _("所选账号都已停用。"), messages.WARNING)
        return redirect(model_admin.back_to())
    names = "、".join(f"{account}（{account.username}）" for account in accounts)
    heading = _("停用 %(count)d 个账号") % {"count": len(accounts)}

    def lock(data: dict) -> None:
        account_acts.disable_all(accounts, actor=request.user, reason=data["reason"])

    warning = f"{names}{_('。')}{_('停用后立即退出其全部登录，已发出的一次性链接也不能再用。')}"
    done = _("所选账号已停用，其登录已全部退出。")
    return model_admin.do(
        request, None, SeveralForm(model_admin.data(request)), heading, heading, lock, done, warning=warning
    )


class StateFilter(admin.SimpleListFilter):
    title = gettext_lazy("状态")
    parameter_name = "state"
    states = {
        "open": (gettext_lazy("使用中"), Q(is_active=True)),
        "never": (gettext_lazy("未登录过"), Q(is_active=True, last_login__isnull=True)),
        "locked": (gettext_lazy("已停用"), Q(is_active=False, closed_at__isnull=True)),
        "closed": (gettext_lazy("已注销"), Q(closed_at__isnull=False)),
    }

    def lookups(self, request, model_admin):
        return [(name, label) for name, (label, _condition) in self.states.items()]

    def queryset(self, request, queryset):
        known = self.states.get(self.value())
        return queryset.filter(known[1]) if known else queryset


class RoleFilter(admin.SimpleListFilter):
    """Filter by role, of those that the viewer may meet."""

    title = gettext_lazy("角色")
    parameter_name = "role"

    def lookups(self, request, model_admin):
        return role_choices(request.user) or Role.choices

    def queryset(self, request, queryset):
        return queryset.filter(groups__name=self.value()) if self.value() in Role.values else queryset


class UserAdmin(SignInsAdmin, AuditedAdmin, ActTableAdmin, DjangoUserAdmin):
    """Accounts are closed, never deleted: what was done with them stays theirs."""

    act_table = ACCOUNT_ACTS

    change_form_template = "admin/foundation/user/change_form.html"
    form = AccountForm
    rights = ("state", "role", "power")
    times = ("last_login", "date_joined")
    list_display = ("username", "name", "role", "office", "state", "last_login")
    list_filter = (StateFilter, RoleFilter)
    search_fields = ("username", "name", "office")
    search_help_text = gettext_lazy("用户名、姓名或部门")
    actions = ("print_slips", "lock")

    # --- Who sees and changes which ---

    def get_queryset(self, request):
        named = Group.objects.filter(user=OuterRef("pk")).order_by("name").values("name")
        rows = super().get_queryset(request).annotate(role_names=ArraySubquery(named))
        if request.user.is_superuser or not self.has_control_permission(request):
            return rows
        return rows.filter(pk__in=account_reach.accounts_of(request.user).values("pk"))

    def has_control_permission(self, request) -> bool:
        return request.user.has_perm(account_acts.PERMISSION)

    def has_change_permission(self, request, obj=None):
        may = super().has_change_permission(request, obj)
        return may and (obj is None or (obj.closed_at is None and account_reach.reaches(request.user, obj)))

    def has_delete_permission(self, request, obj=None):
        return False

    def save_model(self, request, obj, form, change):
        # The account may have left the reach of whoever saves since the page was checked.
        own = obj.pk == request.user.pk and request.user.is_superuser
        with account_acts.acting_on(obj, actor=request.user, own=own):
            super().save_model(request, obj, form, change)

    # --- The list ---

    @admin.action(description=gettext_lazy("打印所选账号的开通单"), permissions=["control"])
    def print_slips(self, request, queryset):
        accounts = self._not_too_many(request, queryset.order_by("username"))
        return None if accounts is None else _print(self, request, accounts)

    @admin.action(description=gettext_lazy("停用所选账号"), permissions=["control"])
    def lock(self, request, queryset):
        keys = self._not_too_many(request, queryset.order_by("pk").values_list("pk", flat=True))
        return None if keys is None else redirect(f"{self.address('lock_several')}?ids={','.join(map(str, keys))}")

    def _not_too_many(self, request, chosen) -> list | None:
        """What was chosen; None, with a sentence to the user, if that is more than one act takes."""
        found = list(chosen[: MAX_AT_ONCE + 1])
        if len(found) <= MAX_AT_ONCE:
            return found
        self.message_user(request, _("一次最多 %(most)d 个。") % {"most": MAX_AT_ONCE}, messages.ERROR)
        return None

    @admin.display(description=gettext_lazy("状态"))
    def state(self, account):
        return state_in_words(account)

    @admin.display(description=gettext_lazy("角色"))
    def role(self, account):
        return roles_in_words(account.role_names) or (_("超级管理员") if account.is_superuser else "—")

    @admin.display(description=gettext_lazy("超级管理员"))
    def power(self, account):
        return _("是") if account.is_superuser else _("否")

    # --- One account ---

    def get_urls(self):
        # Nobody types a password for somebody else: it would be known to two. The history is that of the audit.
        ours = [one for one in super().get_urls() if one.name != "auth_user_password_change"]
        return [one for one in ours if str(one.pattern) != "<path:object_id>/history/"]

    def get_fieldsets(self, request, obj=None):
        return (
            (None, {"fields": AccountForm.Meta.fields}),
            (gettext_lazy("权限"), {"fields": self.rights}),
            (gettext_lazy("时间"), {"fields": self.times}),
        )

    def get_readonly_fields(self, request, obj=None):
        return (*self.rights, *self.times)

    def buttons(self, actor, account: User) -> list[tuple[str, object]]:
        """The address and label of each act that this actor may take now."""
        if account_acts.why_not(actor, account):
            return []
        hidden = self.out_of_place(actor, account)
        acts = [act for act in self.act_table.acts.values() if act.has_page and act.name not in hidden]
        return [(self.address(act.name, account.pk), act.heading) for act in acts]

    def out_of_place(self, actor, account: User) -> set[str]:
        """The acts that would be refused, as the account is now."""
        hidden = {"enable" if account.is_active else "disable", "promote" if account.is_superuser else "demote"}
        if not actor.is_superuser:
            hidden |= {"promote", "demote", "role"}
        if not handovers.held_by(account):
            hidden.add("hand_over")
        return hidden

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        context["acts"] = self.buttons(request.user, obj) if obj else []
        context["may_link"] = bool(context["acts"]) and obj.is_active
        return super().render_change_form(request, context, add, change, form_url, obj)
