"""Events, slots and due agreements in the staff's calendar."""

import datetime

from django.db.models import DateField, F, Value
from django.db.models.functions import Cast, Greatest, TruncDate
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from foundation import calendar_sources
from foundation.calendar_sources import Entry, Source
from foundation.states import Tone

from ..models import Agreement, Event, Slot, SlotState
from ..selectors.events import MAX_LENGTH, beside_events, moments
from ..workflow import AgreementStatus, EventStatus


def _events(user, first: datetime.date, last: datetime.date):
    """Return the events of these days; one that began earlier is shown on the first."""
    begin, end = moments(first, last)
    rows = Event.objects.visible_to(user).filter(
        starts_at__gte=begin - MAX_LENGTH, starts_at__lt=end, ends_at__gt=begin
    )
    on = Greatest(TruncDate("starts_at"), Cast(Value(first), DateField()))
    return rows.select_related("venue").defer("summary", "minutes").annotate(day=on)


def _event(event: Event) -> Entry:
    start, end = timezone.localtime(event.starts_at), timezone.localtime(event.ends_at)
    about = event.where
    if end.date() > start.date():
        span = {"first": date_format(start, "MONTH_DAY_FORMAT"), "last": date_format(end, "MONTH_DAY_FORMAT")}
        about = f"{_('%(first)s至%(last)s') % span} · {about}"
    # What is open for sign-up is the ordinary case.
    state = EventStatus(event.status)
    shown = {"tone": state.tone, "word": str(state.label)} if state != EventStatus.OPEN else {}
    return Entry(
        event.title,
        reverse("admin:consultation_event_change", args=[event.pk]),
        at=start.time() if start.date() == event.day else None,
        about=about,
        is_demo=event.is_demo,
        **shown,
    )


def _slots(user, first: datetime.date, last: datetime.date):
    """Return the slots of these days without an event, which would say the same and more, and those missed."""
    rows = beside_events(Slot.objects.visible_to(user).filter(planned_on__range=(first, last)))
    return rows.select_related("series", "venue").annotate(day=F("planned_on"))


def _slot(slot: Slot) -> Entry:
    state = SlotState(slot.state)
    return Entry(
        str(slot.series),
        reverse("admin:consultation_slot_change", args=[slot.pk]),
        about=str(slot.venue or ""),
        tone=state.tone,
        word=str(state.label),
        is_demo=slot.is_demo,
    )


def _agreements(user, first: datetime.date, last: datetime.date):
    rows = Agreement.objects.visible_to(user).filter(due_on__range=(first, last))
    return rows.exclude(status=AgreementStatus.DROPPED).select_related("organisation").annotate(day=F("due_on"))


def _agreement(agreement: Agreement) -> Entry:
    state = AgreementStatus(agreement.status)
    tone, word = (Tone.LATE, _("已超期")) if agreement.is_overdue else (state.tone, str(state.label))
    return Entry(
        agreement.what,
        reverse("admin:consultation_agreement_change", args=[agreement.pk]),
        about=agreement.owner,
        tone=tone,
        word=word,
        is_demo=agreement.is_demo,
    )


def _list_of(model: str):
    return lambda: reverse(f"admin:consultation_{model}_changelist")


calendar_sources.register(
    Source(
        "events",
        pgettext_lazy("calendar", "活动"),
        10,
        "consultation.view_event",
        _events,
        ("starts_at", "pk"),
        _event,
        _list_of("event"),
    ),
    Source(
        "slots",
        pgettext_lazy("calendar", "档期"),
        20,
        "consultation.view_slot",
        _slots,
        ("series__order", "pk"),
        _slot,
        _list_of("slot"),
    ),
    Source(
        "agreements",
        pgettext_lazy("calendar", "约定到期"),
        50,
        "consultation.view_agreement",
        _agreements,
        ("pk",),
        _agreement,
        _list_of("agreement"),
    ),
)
