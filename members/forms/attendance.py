"""Forms for attendance, at the door and by staff, and for presenters."""

import uuid

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from consultation.forms.areas import reach_of
from consultation.models import AreaLevel, Event, Organisation, PartnerSector, places
from foundation.combobox import Combobox
from foundation.forms import ActForm, PlainForm, TextField

# A longer list is too much to choose from on a phone; then only the sector is asked for.
MAX_ORGANISATIONS = 20


def organisations_at(event: Event) -> list[Organisation]:
    """The organisations around the event, or none if there are too many to choose from."""
    area = places.area(event.area_id)
    home = area.up_to(AreaLevel.SUBDISTRICT) or area
    near = Organisation.objects.public().filter(area__in=places.within(home)).order_by("name", "pk")
    found = list(near[: MAX_ORGANISATIONS + 1])
    return found if len(found) <= MAX_ORGANISATIONS else []


class CheckInForm(PlainForm):
    """Nothing is required: who only presses the button is counted as a resident."""

    sector = forms.ChoiceField(
        label=_("您以什么身份参加？"),
        choices=[("", _("居民")), *PartnerSector.choices],
        required=False,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": _("请选择列表中的身份")},
    )
    organisation = forms.TypedChoiceField(
        label=_("您代表哪个单位？"),
        required=False,
        empty_value=None,
        error_messages={"invalid_choice": _("请选择列表中的单位")},
    )
    address = TextField(
        label=_("报名时留的手机或邮箱"),
        help_text=_("已报名的请填写，以便与报名核对；未报名的不用填。只用于核对，不另外保存。"),
        max_length=120,
        required=False,
    )

    def __init__(self, *args, event: Event, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("sector", "")
        organisations = {str(row.pk): row for row in organisations_at(event)}
        if organisations:
            self.fields["organisation"].choices = [("", _("不代表单位")), *organisations.items()]
            self.fields["organisation"].coerce = organisations.get
        else:
            del self.fields["organisation"]


# --- By staff --------------------------------------------------------------------------------------------------------


class MembersField(forms.ModelMultipleChoiceField):
    """Members to tick, by level and name; those in `there` are labelled as recorded already."""

    there: set[int] = set()

    def __init__(self, **kwargs) -> None:
        super().__init__(queryset=None, required=False, widget=forms.CheckboxSelectMultiple, **kwargs)

    def label_from_instance(self, member) -> str:
        return _("%(member)s（已登记）") % {"member": member.title} if member.pk in self.there else member.title


class AttendanceForm(ActForm):
    """Attendance of several people. `key` makes the same form, submitted twice, count once."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    members = MembersField(label=_("委员"))
    organisation = forms.ModelChoiceField(
        label=_("单位"), widget=Combobox, queryset=Organisation.objects.none(), required=False, empty_label=_("请选择")
    )
    organisation_people = forms.IntegerField(label=_("该单位到场人数"), required=False, min_value=1, max_value=10_000)
    residents = forms.IntegerField(label=_("居民人数"), required=False, min_value=1, max_value=10_000)
    sector = forms.ChoiceField(label=_("其他方面"), choices=[("", _("请选择")), *PartnerSector.choices], required=False)
    sector_people = forms.IntegerField(
        label=_("该方面到场人数"), required=False, min_value=1, max_value=10_000, help_text=_("未注明单位的来宾。")
    )

    def __init__(self, *args, members, there: set[int], user, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("key", uuid.uuid4())
        self.fields["members"].queryset, self.fields["members"].there = members, there
        self.fields["organisation"].queryset = Organisation.objects.public().filter(reach_of(user)("area"))

    def clean(self) -> dict:
        cleaned = super().clean()
        for what, number in (("organisation", "organisation_people"), ("sector", "sector_people")):
            if cleaned.get(what) and not cleaned.get(number) and number not in self.errors:
                self.add_error(number, _("请填写人数"))
            if cleaned.get(number) and not cleaned.get(what) and what not in self.errors:
                self.add_error(what, _("请选择"))
        wanted = ("members", "organisation", "residents", "sector")
        if not self.errors and not any(cleaned.get(name) for name in wanted):
            raise ValidationError(_("请至少登记一项。"))
        return cleaned


class PresentersForm(ActForm):
    members = MembersField(label=_("主讲委员"))

    def __init__(self, *args, members, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["members"].queryset = members
