"""The form that opens an account: role, area and holder on one page."""

from django import forms
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consultation.models import Area, AreaLevel, places
from foundation import account_reach
from foundation.account_forms import role_choices
from foundation.accounts import Role
from foundation.combobox import Combobox
from foundation.forms import EmailField, PhoneField, PlainForm, TextField

from ..models import Member
from ..services.accounts import NewAccount, free_username, problems_of


class OpenForm(PlainForm):
    """Who gets an account, with which role, and where. Checked by the service's own rules."""

    role = forms.ChoiceField(
        label=gettext_lazy("角色"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("请选择角色")},
    )
    areas = forms.ModelMultipleChoiceField(
        label=gettext_lazy("社区（社区工作人员必选）"),
        queryset=Area.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        error_messages={"required": gettext_lazy("请至少选择一个社区。")},
        help_text=gettext_lazy("可以选几个。勾选一个社区，即包括它的所有小区。"),
    )
    member = forms.ModelChoiceField(
        label=gettext_lazy("哪位委员（委员账号必选）"),
        widget=Combobox,
        queryset=Member.objects.none(),
        required=False,
        empty_label=gettext_lazy("请选择"),
        error_messages={"required": gettext_lazy("请选择这是哪位委员的账号。")},
        help_text=gettext_lazy("只列出还没有账号的在任委员。名单上没有的，请先在“委员”里新增。"),
    )
    name = TextField(
        label=gettext_lazy("姓名"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("委员账号留空时，用委员的姓名。"),
    )
    username = forms.CharField(
        label=gettext_lazy("用户名"),
        max_length=150,
        required=False,
        help_text=gettext_lazy("登录时用。留空则按姓名的拼音取名，重名时加数字。"),
    )
    office = TextField(
        label=gettext_lazy("对外显示的部门"),
        max_length=60,
        required=False,
        help_text=gettext_lazy("居民看到的是部门，不是姓名，例如“桂花社区居委会”。"),
    )
    email = EmailField(help_text=gettext_lazy("可以不填。填了可以把链接发到邮箱，忘记密码时也用它。"))
    phone = PhoneField(
        label=gettext_lazy("手机号码"),
        max_length=30,
        required=False,
        help_text=gettext_lazy("可以不填。没有邮箱时，链接用短信发到这里；加密保存。"),
    )

    def __init__(self, *args, user, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        roles = self.fields["role"]
        roles.choices = role_choices(user)
        if (Role.COMMUNITY_STAFF.value, Role.COMMUNITY_STAFF.label) in roles.choices:
            roles.initial = Role.COMMUNITY_STAFF
        unlimited = account_reach.is_unlimited(user)
        if unlimited:
            self.fields["areas"].label, self.fields["member"].label = _("工作范围"), _("哪位委员")
        else:
            self._require_by_role()
        self._offer_areas(unlimited)
        free = Q(user__isnull=True) | Q(user__closed_at__isnull=False)
        self.fields["member"].queryset = Member.objects.visible_to(user).public().filter(free).order_by("name", "pk")

    def _require_by_role(self) -> None:
        """Staff need areas, members a member. The labels say so; neither field says that it is optional."""
        chosen = self.data.get("role", "")
        self.fields["areas"].is_asked = self.fields["member"].is_asked = True
        self.fields["areas"].required = chosen != Role.COMMITTEE_MEMBER
        self.fields["member"].required = chosen in ("", Role.COMMITTEE_MEMBER)

    def _offer_areas(self, all_levels: bool) -> None:
        """Communities for liaison staff; for the superuser areas of all levels, as liaison staff and auditors need."""
        field = self.fields["areas"]
        field.queryset = Area.objects.within_scope_of(self.user)
        if not all_levels:
            field.queryset = field.queryset.filter(level=AreaLevel.COMMUNITY)
        # From the cache: the label of each names the areas above it.
        keys = set(field.queryset.values_list("pk", flat=True))
        field.choices = [(area.pk, area.place) for area in places.in_tree() if area.pk in keys]

    def clean(self) -> dict:
        given = super().clean()
        if self.errors:
            return given
        member = given["member"]
        given["name"] = given["name"] or (member.name if member else "")
        given["username"] = given["username"].strip() or free_username(given["name"])
        if not given["username"]:
            self.add_error("username", _("请填写用户名，或者填写姓名，由系统按拼音取名。"))
            return given
        for name, sentence in problems_of(self.new_account, actor=self.user).items():
            self.add_error(name, sentence)
        return given

    @property
    def new_account(self) -> NewAccount:
        given = self.cleaned_data
        return NewAccount(**given | {"areas": tuple(given["areas"])})
