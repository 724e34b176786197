"""Forms for resources, of members and of staff."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consultation.models import Area, AreaLevel, Organisation, places
from foundation import clock
from foundation.combobox import Combobox
from foundation.forms import ActForm, PlainForm, ReasonField, TextField
from foundation.names import ENGLISH_HELP
from foundation.transition_forms import TransitionForm

from ..filters import categories
from ..models import Member, ResourceCategory
from ..services.resources import EDITABLE, ENGLISH, MAX_CAPACITY, MAX_REASON, editable
from .duties import DayField

CAPACITY = gettext_lazy("请填写 1 到 %(most)s 的整数；不限的请留空")


def communities_in(keys) -> list[Area]:
    keys = set(keys)
    return [area for area in places.of_level(AreaLevel.COMMUNITY) if area.pk in keys]


def _category(key: str) -> ResourceCategory:
    return next(category for category in categories() if category.pk == int(key))


class CapacityField(forms.IntegerField):
    def __init__(self, **kwargs) -> None:
        widget = forms.NumberInput(attrs={"inputmode": "numeric", "min": "1", "max": str(MAX_CAPACITY)})
        super().__init__(widget=widget, required=False, **kwargs)
        self.error_messages["invalid"] = self._words()

    def _words(self) -> str:
        return CAPACITY % {"most": MAX_CAPACITY}

    def validate(self, value) -> None:
        super().validate(value)
        if value is not None and not 1 <= value <= MAX_CAPACITY:
            raise ValidationError(self._words())


class ResourceFields(PlainForm):
    """What is offered, for whom, how often and until when.

    `communities` are the choices; an edit leaves other areas that the resource serves unchanged.
    """

    title = TextField(
        label=gettext_lazy("名称"),
        max_length=80,
        missing=gettext_lazy("请填写名称"),
        help_text=gettext_lazy("用一句话说明能提供什么，例如：家门口的法律咨询。"),
        goes_out=True,
    )
    title_en = TextField(
        label=gettext_lazy("英文名称"), max_length=160, required=False, help_text=ENGLISH_HELP, goes_out=True
    )
    category = forms.TypedChoiceField(
        label=gettext_lazy("类别"),
        coerce=_category,
        error_messages={
            "required": gettext_lazy("请选择类别"),
            "invalid_choice": gettext_lazy("请选择列表中的类别"),
        },
    )
    about = TextField(
        label=gettext_lazy("服务内容"),
        lines=True,
        rows=5,
        max_length=1000,
        missing=gettext_lazy("请填写服务内容"),
        help_text=gettext_lazy("会公开。写明做什么、怎样做、每次多长时间，请勿写电话。"),
        goes_out=True,
    )
    about_en = TextField(
        label=gettext_lazy("服务内容（英文）"),
        lines=True,
        rows=5,
        max_length=2000,
        required=False,
        help_text=ENGLISH_HELP,
        goes_out=True,
    )
    for_whom = TextField(
        label=gettext_lazy("服务对象"),
        max_length=120,
        required=False,
        help_text=gettext_lazy("例如：60 岁以上老人。"),
        goes_out=True,
    )
    areas = forms.TypedMultipleChoiceField(
        label=gettext_lazy("服务区域"),
        coerce=lambda key: places.area(int(key)),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=gettext_lazy("不选表示服务全街道。"),
        error_messages={"invalid_choice": gettext_lazy("请选择列表中的社区")},
    )
    capacity = CapacityField(
        label=gettext_lazy("每月可服务次数"), help_text=gettext_lazy("次数用完后，当月不再安排。留空表示不限。")
    )
    starts_on = DayField(label=gettext_lazy("开始日期"), required=False)
    ends_on = DayField(label=gettext_lazy("截止日期"), required=False)
    languages = TextField(
        label=gettext_lazy("语言"),
        max_length=60,
        required=False,
        help_text=gettext_lazy("例如：普通话、本地话。"),
        goes_out=True,
    )

    def __init__(self, *args, communities, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if "category" in self.fields:
            known = [(str(category.pk), str(category)) for category in categories()]
            self.fields["category"].choices = [("", _("请选择")), *known]
        self.fields["areas"].choices = [(str(area.pk), str(area)) for area in communities]

    def clean(self) -> dict:
        cleaned = super().clean()
        starts_on, ends_on = cleaned.get("starts_on"), cleaned.get("ends_on")
        if starts_on and ends_on and ends_on < starts_on:
            self.add_error("ends_on", _("截止日期不能早于开始日期"))
        elif ends_on and "ends_on" in self.changed_data and ends_on < clock.today():
            self.add_error("ends_on", _("截止日期已过，请核对"))
        return cleaned

    @property
    def written(self) -> dict:
        """The `fields` argument of the services; the areas are in `served`."""
        return {name: self.cleaned_data[name] for name in EDITABLE if name in self.cleaned_data}

    @property
    def served(self) -> list[Area]:
        """The areas that it serves from now on."""
        return self.cleaned_data["areas"]


class OfferForm(ResourceFields):
    """A new resource of a member."""

    def __init__(self, *args, member: Member, **kwargs) -> None:
        super().__init__(*args, communities=communities_in(places.within(member.committee.area)), **kwargs)
        for name in ENGLISH:
            del self.fields[name]


class EditForm(ActForm, ResourceFields):
    """An existing resource, edited by its member (`party`) or by staff."""

    def __init__(self, *args, row, party: str = "", **kwargs) -> None:
        super().__init__(*args, row=row, communities=communities_in(places.within(places.area(row.area_id))), **kwargs)
        for name in set(EDITABLE) - set(editable(row, party)):
            del self.fields[name]
        now = {name: getattr(row, name) for name in EDITABLE if name != "category"}
        self._now_serves = {area.pk: area for area in row.areas.all()}
        self.initial = {
            **now,
            "category": str(row.category_id),
            "areas": [str(pk) for pk in self._now_serves],
            **self.initial,
        }

    @property
    def served(self) -> list[Area]:
        offered = {int(key) for key, _label in self.fields["areas"].choices}
        return [*self.cleaned_data["areas"], *(area for pk, area in self._now_serves.items() if pk not in offered)]


class MoveForm(TransitionForm):
    """The form of a move of a resource."""

    reason = ReasonField(max_length=MAX_REASON, help_text=gettext_lazy("提供资源的委员和联络委可以看到，不公开。"))


class EnterForm(ResourceFields):
    """Entered by staff, for a member or for an organisation."""

    member = forms.ModelChoiceField(
        label=gettext_lazy("提供的委员"),
        widget=Combobox,
        queryset=Member.objects.none(),
        required=False,
        empty_label=gettext_lazy("不是委员"),
        error_messages={"invalid_choice": gettext_lazy("请选择列表中的委员")},
    )
    organisation = forms.ModelChoiceField(
        label=gettext_lazy("提供的单位"),
        widget=Combobox,
        queryset=Organisation.objects.none(),
        required=False,
        empty_label=gettext_lazy("不是单位"),
        help_text=gettext_lazy("委员和单位二者选一。"),
        error_messages={"invalid_choice": gettext_lazy("请选择列表中的单位")},
    )
    area = forms.TypedChoiceField(
        label=gettext_lazy("管理街道"),
        coerce=lambda key: places.area(int(key)),
        error_messages={
            "required": gettext_lazy("请选择管理街道"),
            "invalid_choice": gettext_lazy("请选择列表中的一项"),
        },
    )

    field_order = ("member", "organisation", "area")

    def __init__(self, *args, user, **kwargs) -> None:
        scope = set(places.areas_of(user))
        super().__init__(*args, communities=communities_in(scope), **kwargs)
        self.fields["member"].queryset = Member.objects.public().visible_to(user)
        self.fields["organisation"].queryset = Organisation.objects.public().visible_to(user)
        keepers = [area for area in places.of_level(AreaLevel.SUBDISTRICT) if area.pk in scope]
        self.fields["area"].choices = [(str(area.pk), str(area)) for area in keepers]

    def clean(self) -> dict:
        cleaned = super().clean()
        if not self.errors.keys() & {"member", "organisation"} and bool(cleaned.get("member")) == bool(
            cleaned.get("organisation")
        ):
            self.add_error("member", _("请选择由哪位委员或哪家单位提供，二者选一"))
        member, area = cleaned.get("member"), cleaned.get("area")
        if member and area and member.committee.area_id != area.pk:
            self.add_error("area", _("委员的资源由委员所在的街道管理"))
        return cleaned
