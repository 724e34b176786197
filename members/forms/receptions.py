"""Forms of receptions: announced by a member or by staff, cancelled, and booked by residents."""

import datetime

from django import forms
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from consultation.models import Venue, VenueKind, places
from foundation.consent import Purpose
from foundation.consent_forms import ConsentForm
from foundation.forms import ActForm, EmailField, PhoneField, PlainForm, ReasonField, TextField

from ..models import Member, Reception
from ..models.receptions import MAX_MINUTES, MAX_TURNS, MIN_MINUTES
from .duties import DayField

MINUTES = _("请填写 %(least)d 到 %(most)d 的整数")


class NumberField(forms.IntegerField):
    """A whole number between two others."""

    def __init__(self, *, least: int, most: int, **kwargs) -> None:
        widget = forms.NumberInput(attrs={"inputmode": "numeric", "min": str(least), "max": str(most)})
        super().__init__(min_value=least, max_value=most, widget=widget, **kwargs)
        self.least, self.most = least, most

    def clean(self, value):
        try:
            return super().clean(value)
        except forms.ValidationError:
            raise forms.ValidationError(MINUTES % {"least": self.least, "most": self.most}) from None


class ReceptionForm(PlainForm):
    """When and where a member receives residents, and for how long each of how many."""

    day = DayField(label=_("日期"))
    starts = forms.TimeField(
        label=_("开始时间"),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={"required": _("请填写开始时间"), "invalid": _("请填写时间，例如 14:00")},
    )
    minutes = NumberField(label=_("每位几分钟"), least=MIN_MINUTES, most=MAX_MINUTES, initial=20)
    turns = NumberField(label=_("接待几位"), least=1, most=MAX_TURNS, initial=6)
    venue = forms.ModelChoiceField(
        label=_("议事点"),
        queryset=Venue.objects.none(),
        required=False,
        empty_label=_("不在议事点"),
        error_messages={"invalid_choice": _("请选择列表中的议事点")},
    )
    place = TextField(
        label=_("其他地点"),
        max_length=120,
        required=False,
        help_text=_("不在议事点接待时填写。会公开。"),
        goes_out=True,
    )
    about = TextField(
        label=_("可以谈什么"),
        max_length=200,
        required=False,
        help_text=_("例如：物业和停车。会公开，请勿写电话。"),
        goes_out=True,
    )

    def __init__(self, *args, venues, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        # Cloud stations are many, and hung up in stairwells.
        self.fields["venue"].queryset = venues.exclude(kind=VenueKind.CLOUD_STATION)

    def clean(self) -> dict:
        cleaned = super().clean()
        if not self.errors.keys() & {"venue", "place"} and bool(cleaned.get("venue")) == bool(cleaned.get("place")):
            self.add_error("venue", _("请选择议事点，或填写其他地点，二者选一"))
        return cleaned

    @property
    def written(self) -> Reception:
        """The reception as it was written, not saved."""
        given = self.cleaned_data
        starts_at = timezone.make_aware(datetime.datetime.combine(given["day"], given["starts"]))
        fields = {name: given[name] for name in ("minutes", "turns", "venue", "place", "about")}
        return Reception(starts_at=starts_at, member=given.get("member"), **fields)


class OwnReceptionForm(ReceptionForm):
    """By the member, at a venue of their subdistrict."""

    def __init__(self, *args, member: Member, **kwargs) -> None:
        there = Venue.objects.public().filter(area__in=places.within(places.area(member.committee.area_id)))
        super().__init__(*args, venues=there, **kwargs)


class StaffReceptionForm(ReceptionForm):
    """By staff, for a member of their areas."""

    member = forms.ModelChoiceField(
        label=_("接待的委员"),
        queryset=Member.objects.none(),
        empty_label=_("请选择"),
        error_messages={"required": _("请选择委员"), "invalid_choice": _("请选择列表中的委员")},
    )
    field_order = ("member",)

    def __init__(self, *args, user, **kwargs) -> None:
        super().__init__(*args, venues=Venue.objects.public().visible_to(user), **kwargs)
        self.fields["member"].queryset = Member.objects.public().visible_to(user)


class CancelForm(ActForm):
    reason = ReasonField(help_text=_("会公开，预约的人会收到通知。请勿写姓名和电话。"), goes_out=True)


class BookForm(ConsentForm):
    """One of the turns that are free, a phone or an e-mail, and consent to use it for this reception."""

    boxes = {"consent": Purpose.RECEPTION}
    turn = forms.TypedChoiceField(
        label=_("选择时间"),
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={"required": _("请选择时间"), "invalid_choice": _("这个时间已被约走，请另选一个")},
    )
    phone = PhoneField(label=_("手机或座机"), required=False, max_length=30)
    email = EmailField(error_messages={"max_length": _("电子邮箱最多 120 个字符。")})
    called = TextField(
        label=_("怎样称呼您？"),
        help_text=_("例如：王女士、李师傅"),
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    consent = forms.BooleanField(error_messages={"required": _("您同意使用信息后，才能预约")})

    def __init__(self, *args, reception: Reception, free: list[int], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.offer(reception, free)

    def offer(self, reception: Reception, free: list[int]) -> None:
        """Offer these turns, by the time at which each begins."""
        self.fields["turn"].choices = [
            (turn, date_format(timezone.localtime(reception.time_of(turn)), "H:i")) for turn in free
        ]

    def clean(self) -> dict:
        answers = super().clean()
        # A number that is invalid has its own error already.
        if not (answers.get("phone") or answers.get("email") or {"phone", "email"} & set(self.errors)):
            self.add_error("phone", _("请填写电话或邮箱，至少一项"))
        return answers
