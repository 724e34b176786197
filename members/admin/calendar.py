"""Bookings of resources in the staff's calendar."""

import datetime

from django.db.models import DateField, Exists, OuterRef, Value
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from foundation import calendar_sources
from foundation.calendar_sources import Entry, Source

from ..models import Resource, ResourceBooking
from ..selectors.resources import with_month


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
        "bookings",
        pgettext_lazy("calendar", "资源预约"),
        60,
        "members.view_resourcebooking",
        _booked,
        ("-taken", "pk"),
        _entry,
        lambda: reverse("admin:members_resource_changelist"),
        of_month=True,
    )
)
