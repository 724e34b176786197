"""Forms of the acts on an account: what changes, and why."""

from collections.abc import Iterable

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from . import account_acts, account_reach, handovers
from .accounts import Role, User
from .forms import ActForm, PlainForm, TextField


def _why() -> TextField:
    return TextField(
        label=gettext_lazy("理由"),
        max_length=100,
        missing=gettext_lazy("请填写理由，例如“已调离”"),
        help_text=gettext_lazy("操作人、时间和理由都会记录。请勿写姓名和电话。"),
    )


class AccountActForm(ActForm):
    """Why somebody acts on an account."""

    version = forms.CharField(widget=forms.HiddenInput)
    reason = _why()

    def version_of(self, row: User) -> str:
        return account_acts.version_of(row)


class SeveralForm(PlainForm):
    """Why somebody acts on several accounts."""

    reason = _why()


class RoleForm(AccountActForm):
    role = forms.ChoiceField(label=gettext_lazy("新的角色"))
    field_order = ("role", "reason")

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = role_choices(self.user)
        self.initial.setdefault("role", self.row.groups.values_list("name", flat=True).first())


class TakerField(forms.ModelChoiceField):
    """The colleague who takes over all that an account holds."""

    def __init__(self, **kwargs) -> None:
        super().__init__(
            queryset=User.objects.none(),
            label=gettext_lazy("移交给"),
            empty_label=gettext_lazy("请选择同事"),
            error_messages={
                "required": gettext_lazy("请选择接手的同事"),
                "invalid_choice": gettext_lazy("这位同事刚刚不再能接手，请换一位"),
            },
            help_text=gettext_lazy("只列出工作范围包括这些工作的同事。没有合适的人时，请先为一位同事更改工作范围。"),
            **kwargs,
        )

    def label_from_instance(self, account: User) -> str:
        return f"{account}（{account.office or account.username}）"


class HandOverForm(AccountActForm):
    """To whom the work of an account goes."""

    to = TakerField()
    field_order = ("to", "reason")

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = handovers.takers_for(self.row)


class CloseForm(HandOverForm):
    """Why an account is closed, and to whom its work goes if it holds any."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if not handovers.held_by(self.row):
            del self.fields["to"]


def role_choices(actor) -> list[tuple[str, str]]:
    """The roles that somebody may give, for a menu."""
    return [(role.value, role.label) for role in account_reach.managed_roles(actor)]


def roles_in_words(names: Iterable[str]) -> str:
    """The names of groups as pages show them."""
    return _("、").join(str(Role(name).label) if name in Role.values else name for name in names)


def state_in_words(account: User) -> str:
    if account.closed_at:
        return _("已注销")
    if not account.is_active:
        return _("已停用")
    return _("使用中") if account.last_login else _("未登录过")


def work_in_words(account: User) -> str:
    """What an account holds, counted, as the page of an act says before it is done."""
    held = handovers.held_by(account)
    what = _("、").join(f"{work.label} {count}" for work, count in held)
    return _("手上的工作：%(what)s。") % {"what": what} if held else _("没有需要移交的工作。")
