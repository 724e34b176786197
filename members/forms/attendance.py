"""The form of the check-in at the door."""

from django import forms
from django.utils.translation import gettext_lazy as _

from consultation.models import AreaLevel, Event, Organisation, PartnerSector, places
from foundation.forms import PlainForm, TextField

# More than these make no list to choose from on a phone; then the sector is enough.
MAX_ORGANISATIONS = 20


def organisations_at(event: Event) -> list[Organisation]:
    """The organisations around the event if they are few, else none."""
    area = places.area(event.area_id)
    home = area.up_to(AreaLevel.SUBDISTRICT) or area
    near = Organisation.objects.public().filter(area__in=places.within(home)).order_by("name", "pk")
    found = list(near[: MAX_ORGANISATIONS + 1])
    return found if len(found) <= MAX_ORGANISATIONS else []


class CheckInForm(PlainForm):
    """Nothing is required: whoever just presses the button comes as a resident."""

    sector = forms.ChoiceField(
        label=_("您是以什么身份来的？"),
        choices=[("", _("居民")), *PartnerSector.choices],
        required=False,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": _("请选择列表里的身份")},
    )
    organisation = forms.TypedChoiceField(
        label=_("代表哪个单位？"),
        required=False,
        empty_value=None,
        error_messages={"invalid_choice": _("请选择列表里的单位")},
    )
    address = TextField(
        label=_("报名时留的手机或邮箱"),
        help_text=_("报过名的填上，就和报名对上；没报名的不用填。只用来核对，不另外保存。"),
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
