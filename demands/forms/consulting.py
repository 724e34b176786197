"""Forms that link a demand to agenda items and agreements, or bundle demands into a topic."""

import datetime

from django import forms
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from consultation.forms.areas import AreaField
from consultation.models import AgendaItem, Agreement, Area, AreaLevel, Event, places
from consultation.workflow import EventStatus
from foundation import clock
from foundation.accounts import User
from foundation.combobox import Combobox
from foundation.forms import PlainForm, TextField

from ..models import Demand
from .base import DemandForm


class ItemChoice(forms.ModelChoiceField):
    def label_from_instance(self, item: AgendaItem) -> str:
        day = date_format(timezone.localtime(item.event.starts_at), "DATE_FORMAT")
        return f"{day} {item.event} · {item.order}. {item}"


class AgreementChoice(forms.ModelChoiceField):
    def label_from_instance(self, agreement: Agreement) -> str:
        day = date_format(timezone.localtime(agreement.event.starts_at), "DATE_FORMAT")
        return f"{day} {agreement.event} · {agreement.number}. {agreement}"


class LinkItemForm(DemandForm):
    """The agenda item under which the demand was, or will be, discussed, among events of its subdistrict."""

    item = ItemChoice(
        label=_("活动和议题"),
        widget=Combobox,
        queryset=AgendaItem.objects.none(),
        empty_label=_("请选择"),
        error_messages={"required": _("请选择议题")},
        help_text=_("本街道近一年和即将举行的活动。"),
    )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        events = _events_around(self.demand, self.user).exclude(status=EventStatus.CANCELLED)
        items = AgendaItem.objects.filter(event__in=events).exclude(demand_links__demand=self.demand)
        self.fields["item"].queryset = items.select_related("event").order_by("-event__starts_at", "event", "order")


class LinkAgreementForm(DemandForm):
    """The agreement that answers the demand."""

    agreement = AgreementChoice(
        label=_("约定"),
        widget=Combobox,
        queryset=Agreement.objects.none(),
        empty_label=_("请选择"),
        error_messages={"required": _("请选择约定")},
        help_text=_("本街道近一年活动中达成的约定；活动纪要公布以后，居民才能看到。"),
    )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        agreements = Agreement.objects.filter(event__in=_events_around(self.demand, self.user))
        self.fields["agreement"].queryset = (
            agreements.exclude(demand_links__demand=self.demand)
            .select_related("event")
            .order_by("-event__starts_at", "event", "number")
        )


def _events_around(demand: Demand, user: User):
    """The events of the demand's subdistrict, past year and future, that this member of staff may see."""
    subdistrict = places.area(demand.area_id).up_to(AreaLevel.SUBDISTRICT) or places.area(demand.area_id)
    since = clock.now() - datetime.timedelta(days=365)
    return Event.objects.visible_to(user).filter(area__in=places.within(subdistrict), starts_at__gte=since)


class BundleForm(PlainForm):
    """One topic made of several demands. `areas` are those that contain all of the demands."""

    title = TextField(
        label=_("议题"),
        max_length=80,
        missing=_("请填写议题"),
        help_text=_("用一句话说明要商量什么，会公开。"),
        goes_out=True,
    )
    summary = TextField(
        label=_("说明"),
        lines=True,
        rows=5,
        max_length=1000,
        missing=_("请填写说明"),
        help_text=_("会公开。请重新表述，不照抄居民原话，不含姓名、电话和比小区更具体的位置。"),
        goes_out=True,
    )
    area = AreaField(label=_("区域"), empty_label=None)
    closes_on = forms.DateField(
        label=_("征集截止"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("留空表示不限期。"),
        error_messages={"invalid": _("请按 2026-01-31 的格式填写日期")},
    )

    def __init__(self, *args, areas: list[Area], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        keys = [area.pk for area in areas]
        # Offer the smallest area first: the one with the highest level number.
        self.fields["area"].queryset = Area.objects.filter(pk__in=keys).with_parents().order_by("-level")
