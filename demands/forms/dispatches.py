"""Forms in which staff dispatch demands and members answer."""

import datetime
import uuid

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from consultation.models import places
from foundation import clock
from foundation.combobox import Combobox
from foundation.forms import ActForm, PlainForm, ReasonField, TextField
from foundation.photo_forms import REVIEWED, PhotoFields
from foundation.workdays import add_workdays
from members.forms.duties import HoursField, PeopleField
from members.models import Member, Resource
from members.selectors.committees import committee_of

from ..models import Demand
from ..services.dispatches import MAX_PHOTOS, REPLY_DAYS
from ..services.progress import MAX_TEXT
from ..workflow import IN_HAND

MAX_CHOICES = 200


class ReportFields(PhotoFields):
    """A report of the work done. Hours and people are optional, since not everybody counts them."""

    UPLOADS_AN_HOUR = 60
    max_photos = MAX_PHOTOS
    photo_help = REVIEWED
    report = TextField(
        label=_("办理情况和结果"),
        help_text=_("工作人员将据此答复居民。请勿写姓名、电话和门牌号。"),
        lines=True,
        rows=5,
        max_length=1000,
        missing=_("请填写办理情况"),
    )
    hours = HoursField(required=False)
    people_served = PeopleField()


# --- Members --------------------------------------------------------------------------------------------------------


class DeclineForm(PlainForm):
    version = forms.IntegerField(widget=forms.HiddenInput)
    reason = ReasonField(help_text=_("工作人员将据此另行安排，居民看不到。"))


class ProgressForm(PlainForm):
    """A note to staff before the report. `key` makes a form sent twice one note."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    text = TextField(
        label=_("有进展？请告诉工作人员"),
        help_text=_("例如：已上门查看，配件到货后下周三更换。只有工作人员可以看到，居民看不到。请勿写姓名和电话。"),
        lines=True,
        rows=2,
        max_length=MAX_TEXT,
        missing=_("请填写进展"),
    )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("key", uuid.uuid4())


class ReportForm(ReportFields, PlainForm):
    version = forms.IntegerField(widget=forms.HiddenInput)


# --- Staff ----------------------------------------------------------------------------------------------------------


class WhoField(forms.MultipleChoiceField):
    """Members, each with or without one of their resources. Values like `12` and `12-34` are cleaned to pairs."""

    def clean(self, value) -> list[tuple[Member, Resource | None]]:
        return [self.pairs[key] for key in super().clean(value)]


class AskFields(forms.Form):
    ask = TextField(
        label=_("请委员协助的内容"),
        help_text=_("委员可以看到。请勿写居民的姓名和电话。"),
        lines=True,
        rows=3,
        max_length=300,
        missing=_("请填写请委员协助的内容"),
        goes_out=True,
    )
    reply_by = forms.DateField(
        label=_("答复期限"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={"required": _("请选择答复期限"), "invalid": _("请按 2026-01-31 的格式填写日期")},
    )
    organisation_resource = forms.ModelChoiceField(
        label=_("使用单位的资源"),
        widget=Combobox,
        queryset=Resource.objects.none(),
        required=False,
        empty_label=_("不用"),
        help_text=_("由所选委员陪同；只能选择一位委员，且不使用委员本人的资源。"),
    )

    def clean_reply_by(self) -> datetime.date:
        day, today = self.cleaned_data["reply_by"], clock.today()
        if not today <= day <= today + datetime.timedelta(days=31):
            raise ValidationError(_("答复期限应在今天起一个月之内"))
        return day


class DispatchForm(AskFields, ActForm):
    """Dispatch a demand to members of its committee, each with one of their open resources or none.

    Args:
        demand: given where `row` is not the demand.
        but: a member who cannot be chosen.
    """

    to = WhoField(
        label=_("派给谁"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("请选择委员"), "invalid_choice": _("请选择列表中的委员")},
    )
    field_order = ("version", "to", "organisation_resource", "ask", "reply_by")

    def __init__(self, *args, demand: Demand | None = None, but: Member | None = None, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        demand = demand or self.row
        (reply_by,) = add_workdays(clock.today(), REPLY_DAYS)
        self.initial.setdefault("reply_by", reply_by)
        committee = committee_of(places.area(demand.area_id))
        members = Member.objects.none()
        if committee is not None:
            members = Member.objects.public().filter(committee=committee)
            busy = demand.dispatches.filter(status__in=IN_HAND).values("member")
            # Exclude the member who gives it up and those who have it already.
            members = members.exclude(pk__in=busy).exclude(pk=but.pk if but else None)
        shown = list(members.order_by("order", "pk")[:MAX_CHOICES])
        serving = serving_area(demand)
        theirs: dict[int, list[Resource]] = {}
        for resource in serving.filter(member__in=[member.pk for member in shown]).order_by("title", "pk"):
            theirs.setdefault(resource.member_id, []).append(resource)
        pairs = {}
        for member in shown:
            pairs[str(member.pk)] = (member, None)
            for resource in theirs.get(member.pk, []):
                pairs[f"{member.pk}-{resource.pk}"] = (member, resource)
        self.fields["to"].pairs = pairs
        self.fields["to"].choices = [
            (key, f"{member} · {resource}" if resource else str(member)) for key, (member, resource) in pairs.items()
        ]
        self.fields["organisation_resource"].queryset = serving.filter(organisation__isnull=False).order_by("title")

    def clean(self) -> dict:
        cleaned = super().clean()
        chosen, shared = cleaned.get("to") or [], cleaned.get("organisation_resource")
        if len({member.pk for member, _resource in chosen}) < len(chosen):
            self.add_error("to", _("每位委员只能选择一行：使用一项资源，或不使用"))
        elif shared and chosen:
            if len(chosen) > 1 or chosen[0][1] is not None:
                self.add_error("organisation_resource", _("使用单位资源时，只能选择一位委员，且不使用委员本人的资源"))
            else:
                cleaned["to"] = [(chosen[0][0], shared)]
        return cleaned


class ReassignForm(DispatchForm):
    """Cancel a dispatch and dispatch the demand to somebody else. `row` is the dispatch."""

    reason = ReasonField(label=_("收回原因"), help_text=_("原来的委员可以看到。"))
    field_order = ("version", "reason", "to", "organisation_resource", "ask", "reply_by")


class OpenForm(AskFields, ActForm):
    field_order = ("version", "organisation_resource", "ask")

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["reply_by"]
        field = self.fields["organisation_resource"]
        field.queryset = serving_area(self.row).filter(organisation__isnull=False).order_by("title")
        field.help_text = _("由认领的委员陪同。委员本人的资源请直接派单。")


class CancelForm(ActForm):
    reason = ReasonField(label=_("收回原因"), help_text=_("委员可以看到。"))


class AcceptForm(ActForm):
    """A form without fields, to confirm."""


class StaffReportForm(ReportFields, ActForm):
    """The report of a member who does not use the portal."""


def serving_area(demand: Demand):
    """Return open resources, within their period, that serve the place of a demand."""
    upwards = places.upwards(demand.area_id)
    # A resource without areas of service serves the whole area that it belongs to.
    serving = Resource.objects.filter(Q(areas__in=upwards) | Q(areas__isnull=True, area__in=upwards))
    return Resource.objects.public().filter(pk__in=serving.values("pk"))
