"""Which sheets for notice boards are wanted."""

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from consultation.models import Area, AreaLevel, places
from foundation import clock
from foundation.forms import PlainForm
from foundation.periods import Period

# Months that can be chosen, this one included.
MONTHS = 13


class NoticeBoardForm(PlainForm):
    """A community with its compounds, or one of them; and a month, by default the last whole one."""

    area = forms.TypedChoiceField(
        label=_("社区或小区"),
        coerce=lambda key: places.area(int(key)),
        error_messages={"required": _("请选择社区或小区。"), "invalid_choice": _("请选择社区或小区。")},
    )
    month = forms.ChoiceField(
        label=_("月份"), error_messages={"required": _("请选择月份。"), "invalid_choice": _("请选择月份。")}
    )
    each = forms.BooleanField(label=_("社区里每个小区另做一张"), required=False)

    def __init__(self, *args, user, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        mine = places.areas_of(user)
        offered = [
            [area for area in (community, *compounds) if area.pk in mine]
            for community, compounds in places.compounds_by_community()
        ]
        self.offered = [areas for areas in offered if areas]
        self.fields["area"].choices = [
            (str(areas[0].community), [(area.pk, str(area)) for area in areas]) for areas in self.offered
        ]
        self.months = months_until(clock.today())
        self.fields["month"].choices = [
            (f"{month.first:%Y-%m}", date_format(month.first, "YEAR_MONTH_FORMAT")) for month in self.months
        ]
        self.initial.setdefault("month", f"{self.months[1].first:%Y-%m}")

    @property
    def areas(self) -> list[Area]:
        """Those for which a sheet is wanted."""
        area = self.cleaned_data["area"]
        if not (self.cleaned_data["each"] and area.level == AreaLevel.COMMUNITY):
            return [area]
        return next(areas for areas in self.offered if areas[0] == area)

    @property
    def period(self) -> Period:
        return next(month for month in self.months if f"{month.first:%Y-%m}" == self.cleaned_data["month"])


def months_until(today) -> list[Period]:
    """The calendar months up to the one in which a day lies, the latest first."""
    found = [Period.around(today, "month")]
    while len(found) < MONTHS:
        found.append(Period.before(found[-1].first, "month"))
    return found
