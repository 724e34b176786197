"""Forms for duties: the one to log an activity, on a phone in under a minute, and those of staff."""

import datetime
import uuid

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation import clock
from foundation.combobox import Combobox
from foundation.forms import ActForm, PlainForm, ReasonField, TextField
from foundation.keys import keys_in
from foundation.photo_forms import PhotoFields
from foundation.transition_forms import TransitionForm

from ..models import LOGGED, Member
from ..services.duties.activity import (
    FIELDS,
    FIELDS_BY_EVIDENCE,
    MAX_HOURS,
    MAX_PEOPLE,
    MAX_PLACE,
    MAX_TEXT,
    OLDEST,
    STEP,
    Activity,
)
from ..services.duties.records import MAX_PHOTOS, MAX_REASON

HOURS = gettext_lazy("请填写 0.5 到 24，以半小时为单位")
PEOPLE = gettext_lazy("请核对服务人数，应为 0 到 100000 的整数")
KINDS = [(kind.value, kind.label) for kind in LOGGED]
KIND = gettext_lazy("请选择类型")
DAY = gettext_lazy("请填写日期，例如 2026-03-01")
PLACES_ID = "duty-places"


class DayField(forms.DateField):
    """A date, picked in the browser's own calendar."""

    def __init__(self, **kwargs) -> None:
        kwargs.setdefault("widget", forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
        super().__init__(**kwargs)
        self.error_messages |= {"required": DAY, "invalid": DAY}


class HoursField(forms.DecimalField):
    def __init__(self, **kwargs) -> None:
        widget = forms.NumberInput(attrs={"inputmode": "decimal", "min": "0.5", "max": "24", "step": "0.5"})
        super().__init__(label=gettext_lazy("时长（小时）"), max_digits=5, widget=widget, **kwargs)
        self.error_messages |= {"required": HOURS, "invalid": HOURS, "max_digits": HOURS, "max_whole_digits": HOURS}

    def validate(self, value) -> None:
        super().validate(value)
        if value is not None and (not value.is_finite() or not 0 < value <= MAX_HOURS or value % STEP):
            raise ValidationError(HOURS)


class PeopleField(forms.IntegerField):
    def __init__(self, **kwargs) -> None:
        widget = forms.NumberInput(attrs={"inputmode": "numeric", "min": "0"})
        super().__init__(label=gettext_lazy("服务人数"), widget=widget, required=False, **kwargs)
        self.error_messages |= {"invalid": PEOPLE}

    def validate(self, value) -> None:
        super().validate(value)
        if value is not None and not 0 <= value <= MAX_PEOPLE:
            raise ValidationError(PEOPLE)


class KindField(forms.ChoiceField):
    def __init__(self, **kwargs) -> None:
        super().__init__(label=gettext_lazy("类型"), **kwargs)
        self.error_messages |= {"required": KIND, "invalid_choice": KIND}


class DutyFields(PlainForm):
    """What a member did, when, where and for how many people."""

    kind = KindField(choices=KINDS, widget=forms.RadioSelect)
    day = DayField(label=gettext_lazy("日期"))
    hours = HoursField()
    text = TextField(
        label=gettext_lazy("做了什么"),
        lines=True,
        rows=3,
        max_length=MAX_TEXT,
        help_text=gettext_lazy("写明做了什么、有什么结果。请勿写居民的姓名和电话。"),
        missing=gettext_lazy("请填写做了什么"),
    )
    place = TextField(label=gettext_lazy("地点"), max_length=MAX_PLACE, required=False)
    people_served = PeopleField()

    # The record being edited, if any.
    record = None

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["place"].widget.attrs["list"] = PLACES_ID
        if "day" in self.fields:
            today = clock.today()
            attrs = {"max": today.isoformat(), "min": (today - OLDEST).isoformat()}
            self.fields["day"].widget.attrs |= attrs

    def fit_to(self, record) -> None:
        """Keep the fields of a record that exists: evidence determines the kind and day, and a year ago is allowed."""
        if record.is_by_evidence:
            for name in set(FIELDS) - set(FIELDS_BY_EVIDENCE):
                del self.fields[name]
            self.fields["hours"].required = False
        else:
            self.fields["day"].widget.attrs.pop("min")

    def clean_day(self) -> datetime.date:
        day, today = self.cleaned_data["day"], clock.today()
        if day > today:
            raise ValidationError(_("日期晚于今天，请核对"))
        if day < today - OLDEST and not (self.record and self.record.day == day):
            raise ValidationError(_("日期早于一年前，请联系工作人员登记"))
        return day

    @property
    def written(self) -> dict:
        """The `fields` argument of the services."""
        return {name: self.cleaned_data[name] for name in FIELDS if name in self.cleaned_data}

    @property
    def activity(self) -> Activity:
        """The activity, from a form with all fields."""
        return Activity(**self.written)


class DutyForm(PhotoFields, DutyFields):
    """Log an activity, or edit one. Of the record's existing photos, the ticked ones stay.

    `key` makes it one record however often the form is submitted. `seen` is the day whose records by evidence the page
    showed.
    """

    max_photos = MAX_PHOTOS
    photo_help = gettext_lazy("最多 %(most)d 张，只有您和工作人员可以看到。")
    key = forms.UUIDField(widget=forms.HiddenInput)
    seen = forms.DateField(required=False, widget=forms.HiddenInput)

    def __init__(self, data=None, files=None, *, record=None, **kwargs) -> None:
        self.record = record
        self.old = list(record.photos.all()) if record else []
        ticked = None if data is None else set(keys_in(data.getlist("old")))
        self.kept_old = [photo for photo in self.old if ticked is None or photo.pk in ticked]
        super().__init__(data, files, taken=len(self.kept_old), **kwargs)
        if record:
            del self.fields["key"], self.fields["seen"]
            self.fields["version"] = forms.IntegerField(widget=forms.HiddenInput)
            self.fit_to(record)
            self.initial = {name: getattr(record, name) for name in (*FIELDS, "version")} | self.initial
        else:
            today = clock.today()
            self.initial = {"key": uuid.uuid4(), "day": today, "seen": today.isoformat()} | self.initial

    @property
    def without(self) -> list[int]:
        kept = {photo.pk for photo in self.kept_old}
        return [photo.pk for photo in self.old if photo.pk not in kept]


# --- Staff -----------------------------------------------------------------------------------------------------------


class MoveForm(TransitionForm):
    """The form of a move of a record."""

    reason = ReasonField(max_length=MAX_REASON, help_text=gettext_lazy("委员可以看到。"))


class AdminFields(DutyFields):
    """For large screens: the kinds are a menu."""

    kind = KindField(choices=[("", gettext_lazy("请选择")), *KINDS])


class CorrectForm(ActForm, AdminFields):
    """Corrected values of a confirmed record, and the reason."""

    reason = MoveForm.base_fields["reason"]

    def __init__(self, *args, row, **kwargs) -> None:
        super().__init__(*args, row=row, **kwargs)
        self.record = row
        self.fit_to(row)
        self.initial = {name: getattr(row, name) for name in FIELDS} | self.initial


class EnterForm(AdminFields):
    """For a member who does not use the portal."""

    member = forms.ModelChoiceField(
        label=gettext_lazy("委员"),
        widget=Combobox,
        queryset=Member.objects.none(),
        empty_label=gettext_lazy("请选择"),
        error_messages={
            "required": gettext_lazy("请选择委员"),
            "invalid_choice": gettext_lazy("请选择委员"),
        },
    )
    key = forms.UUIDField(widget=forms.HiddenInput)

    field_order = ("member",)

    def __init__(self, *args, user, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["member"].queryset = Member.objects.public().visible_to(user)
        self.initial = {"key": uuid.uuid4(), "day": clock.today()} | self.initial
