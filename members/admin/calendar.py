"""Receptions of members, and bookings of resources, in the staff's calendar."""

import datetime

from django.db.models import DateField, Exists, OuterRef, Value
from django.db.models.functions import Cast, TruncDate
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from consultation.selectors.events import moments
from foundation import calendar_sources
from foundation.calendar_sources import Entry, Source

from ..models import Reception, ReceptionState, Resource, ResourceBooking
from ..selectors.resources import with_month


def _received(user, first: datetime.date, last: datetime.date):
    begin, end = moments(first, last)
    rows = Reception.objects.visible_to(user).filter(starts_at__gte=begin, starts_at__lt=end).with_taken()
    return rows.select_related("member", "venue").annotate(day=TruncDate("starts_at"))


def _reception(reception: Reception) -> Entry:
    numbers = {"taken": reception.taken, "turns": reception.turns}
    # What can be booked is the ordinary case.
    state = reception.state
    shown = {"tone": state.tone, "word": str(state.label)} if state != ReceptionState.OPEN else {}
    return Entry(
        str(reception.member),
        reverse("admin:members_reception_change", args=[reception.pk]),
        at=timezone.localtime(reception.starts_at).time(),
        about=f"{reception.where} · {_('已约 %(taken)d／%(turns)d 位') % numbers}",
        is_demo=reception.is_demo,
        **shown,
    )


def _booked(user, first: datetime.date, _last: datetime.date):
    """Return the resources that are booked in the month of the first day. A booking is of a month, not of a day."""
    month = first.replace(day=1)
    bookings = ResourceBooking.objects.counted().filter(resource=OuterRef("pk"), month=month)
    rows = with_month(Resource.objects.visible_to(user).filter(Exists(bookings)), month)
    return rows.select_related("member", "organisation").annotate(day=Cast(Value(month), DateField()))


def _entry(resource: Resource) -> Entry:
    numbers = {"taken": resource.taken, "capacity": resource.capacity, "held": resource.held}
    if resource.capacity is None:
        about = _("已约 %(taken)d 次，其中 %(held)d 次还没用") % numbers
    else:
        about = _("已约 %(taken)d／%(capacity)d 次，其中 %(held)d 次还没用") % numbers
    return Entry(
        str(resource),
        reverse("admin:members_resource_change", args=[resource.pk]),
        about=f"{resource.provider} · {about}",
        is_demo=resource.is_demo,
    )


calendar_sources.register(
    Source(
        "receptions",
        pgettext_lazy("calendar", "委员接待"),
        30,
        "members.view_reception",
        _received,
        ("starts_at", "pk"),
        _reception,
        lambda: reverse("admin:members_reception_changelist"),
    ),
    Source(
        "bookings",
        pgettext_lazy("calendar", "资源预约"),
        60,
        "members.view_resourcebooking",
        _booked,
        ("-taken", "pk"),
        _entry,
        lambda: reverse("admin:members_resource_changelist"),
        of_month=True,
    ),
)
