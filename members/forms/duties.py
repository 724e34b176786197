"""The forms about duties: the one that logs an activity, on a phone in under a minute, and those of staff."""

import datetime
import uuid

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation import clock, throttle, uploads
from foundation.forms import ActForm, PlainForm, TextField
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

PHOTOS_AN_HOUR = 90
HOURS = gettext_lazy("请填 0.5 到 24，以半小时为单位")
PEOPLE = gettext_lazy("请核对服务人数：填 0 到 100000 的整数")
KINDS = [(kind.value, kind.label) for kind in LOGGED]
KIND = gettext_lazy("请选择类型")
DAY = gettext_lazy("请填写日期，例如 2026-03-01")
PLACES_ID = "duty-places"


class DayField(forms.DateField):
    """A day as the browser's own calendar gives it."""

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
    """What somebody did, when, where and for how many."""

    kind = KindField(choices=KINDS, widget=forms.RadioSelect)
    day = DayField(label=gettext_lazy("日期"))
    hours = HoursField()
    text = TextField(
        label=gettext_lazy("做了什么"),
        lines=True,
        rows=3,
        max_length=MAX_TEXT,
        help_text=gettext_lazy("写清做了什么、有什么结果。不要写居民的姓名和电话。"),
        missing=gettext_lazy("请写一句做了什么"),
    )
    place = TextField(label=gettext_lazy("地点"), max_length=MAX_PLACE, required=False)
    people_served = PeopleField()

    # The record that is mended, if there is one.
    record = None

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["place"].widget.attrs["list"] = PLACES_ID
        if "day" in self.fields:
            today = clock.today()
            attrs = {"max": today.isoformat(), "min": (today - OLDEST).isoformat()}
            self.fields["day"].widget.attrs |= attrs

    def clean_day(self) -> datetime.date:
        day, today = self.cleaned_data["day"], clock.today()
        if day > today:
            raise ValidationError(_("日期在今天以后，请核对"))
        if day < today - OLDEST and not (self.record and self.record.day == day):
            raise ValidationError(_("日期在一年以前。更早的请联系工作人员"))
        return day

    @property
    def written(self) -> dict:
        """What the services take as fields."""
        return {name: self.cleaned_data[name] for name in FIELDS if name in self.cleaned_data}

    @property
    def activity(self) -> Activity:
        """What a form with all fields says."""
        return Activity(**self.written)


class DutyForm(DutyFields):
    """Log an activity, or mend one. Its photos wait on the server for an hour while something else is wrong.

    `key` makes it one record however often it is sent. `seen` is the day whose records by evidence the page showed.
    """

    key = forms.UUIDField(widget=forms.HiddenInput)
    seen = forms.DateField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, record=None, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.record = record
        self.old = list(record.photos.all()) if record else []
        self.staged: list[str] = []
        self.photo_errors: list[tuple[str, str]] = []
        if record:
            del self.fields["key"], self.fields["seen"]
            self.fields["version"] = forms.IntegerField(widget=forms.HiddenInput)
            # What is a year old may still be mended.
            self.fields["day"].widget.attrs.pop("min")
            self.initial = {name: getattr(record, name) for name in (*FIELDS, "version")} | self.initial
        else:
            today = clock.today()
            self.initial = {"key": uuid.uuid4(), "day": today, "seen": today.isoformat()} | self.initial

    def take_photos(self, request) -> None:
        """Stage the good photos; what is wrong with others stands in `photo_errors`, by the fields left for them."""
        # Where none is free any more, one stays to say so.
        wrong = self._stage(request)
        self.photo_errors = [(f"id_photo_{number}", why) for number, why in enumerate(wrong, 1)]

    def _stage(self, request) -> list[str]:
        wrong = []
        known = [key for key in request.POST.getlist("kept") if len(key) <= 43 and key.isascii() and key.isprintable()]
        found = set(uploads.StagedPhoto.objects.waiting().filter(key__in=known).values_list("pk", flat=True))
        self.staged = [key for key in dict.fromkeys(known) if key in found]
        if known and len(self.staged) < len(set(known)):
            wrong.append(_("照片放了太久，已经清掉，请重新选择照片"))
        files = [request.FILES.get(f"photo_{number}") for number in range(1, MAX_PHOTOS + 1)]
        files = [file for file in files if file is not None]
        if files and throttle.is_over("photo", throttle.client_address(request), PHOTOS_AN_HOUR, 3600):
            return [*wrong, _("照片上传太频繁，请过一小时再试；也可以先不传照片")]
        for file in files:
            if len(self.staged) + len(self.kept_old) >= MAX_PHOTOS:
                return [*wrong, _("最多 %(most)d 张照片") % {"most": MAX_PHOTOS}]
            try:
                self.staged.append(uploads.stage(file).key)
            except uploads.PhotoError as error:
                wrong.append(str(error))
            except OSError:
                wrong.append(_("照片暂时无法保存，请稍后再试；也可以先不传照片"))
        return wrong

    @property
    def kept_old(self) -> list:
        """The record's photos that stay."""
        if not self.is_bound:
            return self.old
        return [photo for photo in self.old if str(photo.pk) in self.data.getlist("old")]

    @property
    def without(self) -> list[int]:
        kept = {photo.pk for photo in self.kept_old}
        return [photo.pk for photo in self.old if photo.pk not in kept]

    @property
    def places(self) -> list[tuple[int, str]]:
        """The file fields still free: the number of each, and what was wrong with the photo chosen in it."""
        free = MAX_PHOTOS - len(self.staged) - len(self.kept_old)
        wrong = [why for _id, why in self.photo_errors]
        return [(number, why) for number, why in enumerate(wrong + [""] * (free - len(wrong)), 1)]


# --- Staff -----------------------------------------------------------------------------------------------------------


class MoveForm(TransitionForm):
    """What a move of a record requires."""

    reason = TextField(
        label=gettext_lazy("原因"),
        lines=True,
        rows=3,
        max_length=MAX_REASON,
        missing=gettext_lazy("请写明原因"),
        help_text=gettext_lazy("委员会看到。"),
    )


class AdminFields(DutyFields):
    """On a large screen, with a mouse: the kinds are a menu."""

    kind = KindField(choices=[("", gettext_lazy("请选择")), *KINDS])


class CorrectForm(ActForm, AdminFields):
    """What a confirmed record is to say, and why."""

    reason = MoveForm.base_fields["reason"]

    def __init__(self, *args, row, **kwargs) -> None:
        super().__init__(*args, row=row, **kwargs)
        self.record = row
        if row.is_by_evidence:
            for name in set(FIELDS) - set(FIELDS_BY_EVIDENCE):
                del self.fields[name]
            self.fields["hours"].required = False
        else:
            self.fields["day"].widget.attrs.pop("min")
        self.initial = {name: getattr(row, name) for name in FIELDS} | self.initial


class EnterForm(AdminFields):
    """For a member who does not use the portal."""

    member = forms.ModelChoiceField(
        label=gettext_lazy("委员"),
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
