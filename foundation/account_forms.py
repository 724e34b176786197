"""Forms of the acts on an account: what changes, and why."""

from django import forms
from django.utils.translation import gettext_lazy as _

from . import account_acts, account_reach
from .accounts import Role, User
from .forms import ActForm, TextField


class AccountActForm(ActForm):
    """Why somebody acts on an account."""

    version = forms.CharField(widget=forms.HiddenInput)
    reason = TextField(
        label=_("理由"),
        max_length=100,
        missing=_("请填写理由，例如“已调离”"),
        help_text=_("操作人、时间和理由都会记录。请勿写姓名和电话。"),
    )

    def version_of(self, row: User) -> str:
        return account_acts.version_of(row)


class RoleForm(AccountActForm):
    role = forms.ChoiceField(label=_("新的角色"))
    field_order = ("role", "reason")

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = role_choices(self.user)
        self.initial.setdefault("role", self.row.groups.values_list("name", flat=True).first())


def role_choices(actor) -> list[tuple[str, str]]:
    """The roles that somebody may give, for a menu."""
    return [(role.value, role.label) for role in account_reach.managed_roles(actor)]


def role_in_words(account: User) -> str:
    """The roles of an account as the page shows them."""
    names = account.groups.order_by("name").values_list("name", flat=True)
    return "、".join(str(Role(name).label) if name in Role.values else name for name in names)
