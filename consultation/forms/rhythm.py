"""Forms in which staff plan a year of a series, move its slots and write study notes."""

from django import forms
from django.contrib.admin.widgets import AdminURLFieldWidget
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from foundation import clock
from foundation.errors import Refused
from foundation.forms import DayField, PlainForm

from ..models import Series, Slot, StudyNote, Venue, places
from ..services import rhythm

TOO_LONG = {"max_length": _("最多 %(limit_value)d 个字，现在有 %(show_value)d 个字。")}


class PlanForm(PlainForm):
    """The year, its first day and, where the series goes by venue, the venues."""

    year = forms.IntegerField(
        label=_("年份"),
        error_messages={"required": _("请填写年份"), "invalid": _("请填写四位数年份，如 2026")},
    )
    first = DayField(
        label=_("第一次的日期"),
        missing=_("请填写第一次的日期"),
    )
    venues = forms.ModelMultipleChoiceField(
        label=_("在哪些议事点"),
        queryset=Venue.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": _("请至少选择一个议事点"),
            "invalid_choice": _("请选择列表中的议事点"),
            "invalid_pk_value": _("请选择列表中的议事点"),
        },
    )
    # How each cadence derives the other dates from the first day.
    HINTS = {
        "weekly": _("以后每周同一天。"),
        "monthly": _("以后每月同一周的同一天，如第二个星期六；第五个按最后一个计。"),
        "quarterly": _("以后每季度同一个月、同一周的同一天。"),
        "yearly": _("每年一次。"),
    }

    def __init__(self, *args, series: Series, user, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.series = series
        self.initial.setdefault("year", clock.today().year)
        self.fields["first"].help_text = self.HINTS.get(series.cadence, "")
        if series.by_venue:
            within = places.within(places.area(series.area_id))
            self.fields["venues"].queryset = Venue.objects.public().visible_to(user).filter(area__in=within)
        else:
            del self.fields["venues"]

    def clean(self):
        cleaned = super().clean()
        if not self.errors:
            try:
                rhythm.check_plan(self.series, cleaned["year"], cleaned["first"], cleaned.get("venues", ()))
                self.dates = rhythm.dates_of_year(self.series, cleaned["year"], cleaned["first"])
            except Refused as error:
                raise ValidationError(str(error)) from None
        return cleaned


class MoveSlotForm(PlainForm):
    """The day to move a slot to. `seen` is the day the page showed."""

    day = DayField(label=_("新的日期"), missing=_("请填写新的日期"))
    seen = forms.DateField(widget=forms.HiddenInput)

    def __init__(self, *args, slot: Slot, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("seen", slot.planned_on)


class StudyNoteForm(forms.ModelForm):
    """A study note. Once pushed, it keeps its series and slot."""

    link = forms.URLField(
        label=_("原文链接"),
        required=False,
        max_length=200,
        assume_scheme="https",
        widget=AdminURLFieldWidget,
        error_messages={"invalid": _("请填写完整的网址，如 https://www.example.org/")},
    )

    class Meta:
        model = StudyNote
        fields = ("series", "slot", "title", "body", "link")
        error_messages = {"title": TOO_LONG, "body": TOO_LONG}

    def clean(self):
        cleaned = super().clean()
        series, slot = cleaned.get("series", getattr(self.instance, "series", None)), cleaned.get("slot")
        if slot and series and slot.series_id != series.pk:
            self.add_error("slot", _("这个档期不是“%(series)s”的。") % {"series": series})
        return cleaned
