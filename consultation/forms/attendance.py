"""The form that records who was at an event."""

import uuid

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from foundation.forms import ActForm

from ..models import Organisation, PartnerSector
from .areas import reach_of


class MembersField(forms.ModelMultipleChoiceField):
    """Members to tick, by level and name; those in `there` are marked as recorded already."""

    there: set[int] = set()

    def __init__(self, **kwargs) -> None:
        super().__init__(queryset=None, required=False, widget=forms.CheckboxSelectMultiple, **kwargs)

    def label_from_instance(self, member) -> str:
        return _("%(member)s（已登记）") % {"member": member.title} if member.pk in self.there else member.title


class AttendanceForm(ActForm):
    """Who was there, several at once. `key` makes the same form sent twice count once."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    members = MembersField(label=_("委员"))
    organisation = forms.ModelChoiceField(
        label=_("单位"), queryset=Organisation.objects.none(), required=False, empty_label=_("请选择")
    )
    organisation_people = forms.IntegerField(label=_("这个单位来了几人"), required=False, min_value=1, max_value=10_000)
    residents = forms.IntegerField(label=_("居民人数"), required=False, min_value=1, max_value=10_000)
    sector = forms.ChoiceField(label=_("其他方面"), choices=[("", _("请选择")), *PartnerSector.choices], required=False)
    sector_people = forms.IntegerField(
        label=_("这个方面来了几人"), required=False, min_value=1, max_value=10_000, help_text=_("不写明单位的来宾。")
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
                self.add_error(number, _("请写人数"))
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
