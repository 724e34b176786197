"""Book a use of a resource in a month: hold it for a dispatch, then use or release it.

To lock both, lock the resource before the booking.
"""

import datetime

from django.db import transaction
from django.db.models import F
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from consultation.models import Area
from foundation.errors import Refused
from foundation.locking import locked

from ..models import BookingStatus, Resource, ResourceBooking


def month_of(day: datetime.date) -> datetime.date:
    return day.replace(day=1)


def _taken(resource: Resource, day: datetime.date) -> int:
    return resource.bookings.counted().filter(month=month_of(day)).count()


def free(resource: Resource, day: datetime.date) -> int | None:
    """How often it can still be used in the calendar month of `day`; None if unlimited."""
    if resource.capacity is None:
        return None
    # There may be more bookings than the capacity, if it was lowered later.
    return max(0, resource.capacity - _taken(resource, day))


@transaction.atomic
def book(resource: Resource, *, key: str, day: datetime.date, area: Area | None = None) -> ResourceBooking:
    """Hold one use of a resource in the month of `day`. The same key returns the same booking.

    Args:
        key: what it is for, like `dispatch:12`. A booking that was released can be held again.
        area: where it is needed; None if that does not matter.

    Raises `Refused` with a sentence: it is not open, not in its period, not for that area, or the month is full.
    """
    row = locked(resource)
    found = ResourceBooking.objects.filter(key=key).first()
    if found and found.resource_id != row.pk:
        raise Refused(_("这件事已安排另一项资源。"))
    if found and found.status != BookingStatus.RELEASED:
        return found
    _check(row, day, area)
    if found is None:
        return ResourceBooking.objects.create(resource=row, month=month_of(day), key=key)
    found.status, found.month = BookingStatus.HELD, month_of(day)
    found.save(update_fields=["status", "month"])
    return found


def _check(row: Resource, day: datetime.date, area: Area | None) -> None:
    words = {"resource": row}
    if not (row.is_open and row.provider.is_active):
        raise Refused(_("“%(resource)s”目前没有开放，不能安排。") % words)
    if row.starts_on and day < row.starts_on:
        raise Refused(_("“%(resource)s”从%(day)s起开放。") % (words | {"day": date_format(row.starts_on)}))
    if row.ends_on and day > row.ends_on:
        raise Refused(_("“%(resource)s”已于%(day)s截止，不能使用。") % (words | {"day": date_format(row.ends_on)}))
    if area is not None and not row.serves(area):
        raise Refused(_("“%(resource)s”的服务范围不包括%(area)s。") % (words | {"area": area}))
    if row.capacity is not None and _taken(row, day) >= row.capacity:
        text = ngettext(
            "“%(resource)s”%(month)s的 %(count)d 次已排满。",
            "“%(resource)s”%(month)s的 %(count)d 次已排满。",
            row.capacity,
        )
        month = date_format(month_of(day), "YEAR_MONTH_FORMAT")
        raise Refused(text % (words | {"count": row.capacity, "month": month}))


def _locked(booking: ResourceBooking) -> ResourceBooking:
    locked(booking.resource)
    return ResourceBooking.objects.select_for_update(of=("self",)).get(pk=booking.pk)


def _put(row: ResourceBooking, status: str) -> ResourceBooking:
    row.status = status
    row.save(update_fields=["status"])
    return row


@transaction.atomic
def use(booking: ResourceBooking) -> ResourceBooking:
    """Count the use once, however often this is called. Raises `Refused` for a released booking."""
    row = _locked(booking)
    if row.status == BookingStatus.USED:
        return row
    if row.status == BookingStatus.RELEASED:
        raise Refused(_("这次占用已经释放，不能记为已使用。"))
    # Without a new version, so that forms that somebody has open do not become stale.
    Resource.objects.filter(pk=row.resource_id).update(used_count=F("used_count") + 1)
    return _put(row, BookingStatus.USED)


@transaction.atomic
def release(booking: ResourceBooking) -> ResourceBooking:
    """Release a booking that is not needed. A used booking stays used."""
    row = _locked(booking)
    return _put(row, BookingStatus.RELEASED) if row.status == BookingStatus.HELD else row
