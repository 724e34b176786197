"""Forms in which staff plan events, move them, and record their outcome."""

import datetime

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from foundation import clock
from foundation.forms import ActForm, TextField, WebsiteField
from foundation.transition_forms import TransitionForm

from ..models import Area, Event, Platform, Series, Slot, Venue
from ..services.agenda import Line
from ..services.events import FIELDS, MAX_MINUTES, MAX_REASON, MAX_SERVED
from ..workflow import EventStatus
from .agenda import MAX_ITEMS, AgendaForms
from .areas import AreaField, reach_of

YEARS = range(2000, 2100)
# Older slots are not offered.
SLOTS_BACK = datetime.timedelta(days=90)


class SlotChoice(forms.ModelChoiceField):
    def label_from_instance(self, slot: Slot) -> str:
        parts = [str(slot.series), date_format(slot.planned_on, "DATE_FORMAT"), str(slot.venue or "")]
        return " · ".join(filter(None, parts))


class MomentField(forms.DateTimeField):
    """A date and time, to the minute; `missing` and `wrong` are its error messages."""

    def __init__(self, *, missing: str = "", wrong: str, **kwargs) -> None:
        super().__init__(
            widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
            error_messages={"required": missing, "invalid": wrong},
            **kwargs,
        )

    def has_changed(self, initial, data) -> bool:
        # The page shows no seconds, so a value that differs only by them is unchanged.
        return super().has_changed(initial and initial.replace(second=0, microsecond=0), data)

    def clean(self, value):
        moment = super().clean(value)
        if moment and moment.year not in YEARS:
            raise ValidationError(_("请核对年份"))
        return moment


class EventForm(forms.ModelForm):
    """An event's details, and its agenda below them. `version` is the one the page showed; empty for a new event."""

    use_required_attribute = False

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    area = AreaField(
        label=_("区域"),
        empty_label=_("请选择"),
        error_messages={"required": _("请选择区域")},
    )
    slot = SlotChoice(label=_("档期"), queryset=Slot.objects.none(), required=False)
    title = TextField(label=_("标题"), max_length=80, missing=_("请填写标题"))
    summary = TextField(label=_("介绍"), lines=True, rows=5, max_length=2000, required=False)
    place = TextField(
        label=_("其他地点"), max_length=120, required=False, help_text=_("不在议事点举办时填写，如“桂花路 1 号院内”。")
    )
    starts_at = MomentField(label=_("开始时间"), missing=_("请填写开始时间"), wrong=_("请核对开始时间"))
    ends_at = MomentField(
        label=pgettext_lazy("event", "结束时间"), missing=_("请填写结束时间"), wrong=_("请核对结束时间")
    )
    sign_up_until = MomentField(
        label=_("报名截止"), required=False, help_text=_("留空表示到活动开始为止。"), wrong=_("请核对报名截止时间")
    )
    capacity = forms.IntegerField(
        label=_("名额"), required=False, min_value=1, max_value=100_000, help_text=_("留空表示不限。")
    )

    class Meta:
        model = Event
        fields = FIELDS
        # Django's own URLField would warn about the scheme it assumes.
        field_classes = {"online_url": WebsiteField}

    field_order = (
        *("version", "title", "area", "starts_at", "ends_at", "venue", "place", "online_url"),
        *("series", "slot", "platform", "summary", "capacity", "sign_up_until"),
    )

    def __init__(self, data=None, *, user, items=(), **kwargs) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(data, **kwargs)
        event = self.instance
        self.initial["version"] = event.version if event.pk else None
        near = reach_of(user)
        recent = Slot.objects.visible_to(user).filter(planned_on__gte=clock.today() - SLOTS_BACK)
        choices = {
            "area": Area.objects.within_scope_of(user),
            "venue": Venue.objects.public().filter(near("area")),
            "series": Series.objects.public().filter(near("area")),
            "platform": Platform.objects.public().filter(near("venue__area")),
            "slot": recent,
        }
        for name, rows in choices.items():
            field = self.fields[name]
            # The current value stays a choice, even where the user could not choose it for another event.
            has = Q(pk=getattr(event, f"{name}_id"))
            field.queryset = rows.model.objects.filter(Q(pk__in=rows.order_by().values("pk")) | has)
            if name != "area":
                field.empty_label = _("无")
        self.fields["area"].queryset = self.fields["area"].queryset.with_parents()
        self.fields["slot"].queryset = self.fields["slot"].queryset.select_related("series", "venue")
        known = [
            {"item": item.pk, "order": item.order, "title": item.title, "starts_at": item.starts_at}
            | {"presenter": item.presenter}
            for item in items
        ]
        self.agenda = AgendaForms(data, initial=known, prefix="agenda")
        self._keys = {item.pk for item in items}

    def is_valid(self) -> bool:
        # Validate both, so that all errors are shown at once.
        agenda_is_valid = self.agenda.is_valid()
        if self.is_bound and not agenda_is_valid:
            for error in self._agenda_errors():
                self.add_error(None, error)
        return super().is_valid() and agenda_is_valid

    def _agenda_errors(self):
        yield from self.agenda.non_form_errors()
        for number, row in enumerate(self.agenda.forms, start=1):
            for name, errors in row.errors.items():
                label = row.fields[name].label if name in row.fields else ""
                words = {"number": number, "field": label, "errors": " ".join(errors)}
                yield _("议程第 %(number)s 行“%(field)s”：%(errors)s") % words

    def clean(self) -> dict:
        cleaned = super().clean()
        slot = cleaned.get("slot")
        if slot and not cleaned.get("series"):
            cleaned["series"] = slot.series
        return cleaned

    def _get_validation_exclusions(self) -> set[str]:
        # The form has no status, but the constraint on venues needs it.
        return super()._get_validation_exclusions() - {"status"}

    @property
    def lines(self) -> list[Line]:
        """Return the agenda as filled in, in the order given; lines without a number stay where they are."""
        rows = [row.cleaned_data for row in self.agenda.forms if row.cleaned_data.get("title")]
        rows.sort(key=lambda row: row["order"] or MAX_ITEMS * 1000)
        return [
            Line(row["title"], row["starts_at"], row["presenter"], row["item"] if row["item"] in self._keys else None)
            for row in rows
        ]

    @property
    def edited(self) -> list[str]:
        """Return the names of the details that differ from what the page showed."""
        edited = [name for name in self.changed_data if name in FIELDS]
        if self.cleaned_data.get("slot") and "series" not in edited:
            edited.append("series")
        return edited


class ServedField(forms.IntegerField):
    def __init__(self, **kwargs) -> None:
        super().__init__(
            label=_("服务人数"),
            required=False,
            min_value=0,
            max_value=MAX_SERVED,
            help_text=_("到场和受益的人数，没有统计的留空。公开页面上不足 5 人的不写明。"),
            **kwargs,
        )


class EventTransitionForm(TransitionForm):
    optional_fields = {EventStatus.HELD: ("people_served",)}

    reason = TextField(
        label=_("取消原因"),
        lines=True,
        rows=3,
        max_length=MAX_REASON,
        missing=_("请写明取消的原因"),
        help_text=_("会公开，也会通知已报名的人；请勿写个人信息。"),
        goes_out=True,
    )
    people_served = ServedField()


class MinutesForm(ActForm):
    text = TextField(
        label=_("纪要"),
        lines=True,
        rows=16,
        max_length=MAX_MINUTES,
        required=False,
        help_text=_("写明讨论了什么、商定了什么、由谁负责。请勿写居民的姓名、电话和门牌号。空一行分段。"),
        goes_out=True,
    )

    def __init__(self, *args, row: Event, **kwargs) -> None:
        super().__init__(*args, row=row, **kwargs)
        self.initial.setdefault("text", row.minutes)


class ServedForm(ActForm):
    people = ServedField()

    def __init__(self, *args, row: Event, **kwargs) -> None:
        super().__init__(*args, row=row, **kwargs)
        self.initial.setdefault("people", row.people_served)


def from_slot(slot: Slot) -> dict:
    """Return the initial values of an event planned for a slot: series, place, and the day at a default hour."""
    venue = slot.venue
    return {
        "slot": slot.pk,
        "series": slot.series_id,
        "title": str(slot.series),
        "venue": venue.pk if venue else None,
        "area": venue.area_id if venue else slot.series.area_id,
        "starts_at": datetime.datetime.combine(slot.planned_on, datetime.time(14, 30)),
        "ends_at": datetime.datetime.combine(slot.planned_on, datetime.time(16, 30)),
    }
