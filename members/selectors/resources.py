"""How often resources are used each month, and one resource as schema.org data."""

import datetime

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse

from consultation.models import places
from consultation.selectors.areas import area_data
from consultation.selectors.organisations import organisation_data
from foundation import clock
from foundation.links import absolute
from foundation.names import in_language
from foundation.schema_org import document, thing

from ..models import BookingStatus, Resource, ResourceBooking


def _in_month(bookings: QuerySet, day: datetime.date | None) -> Coalesce:
    """How many of these bookings a resource has in the calendar month of `day`."""
    month = (day or clock.today()).replace(day=1)
    rows = bookings.filter(resource=OuterRef("pk"), month=month).order_by().values("resource")
    return Coalesce(Subquery(rows.annotate(count=Count("pk")).values("count")), 0)


def with_taken(resources: QuerySet, day: datetime.date | None = None) -> QuerySet:
    """Annotate `taken`: how often each is held or used in the calendar month of `day`, by default today."""
    return resources.annotate(taken=_in_month(ResourceBooking.objects.counted(), day))


def with_month(resources: QuerySet, day: datetime.date | None = None) -> QuerySet:
    """Annotate `taken`, and `held`: how many of those are not used yet."""
    held = ResourceBooking.objects.filter(status=BookingStatus.HELD)
    return with_taken(resources, day).annotate(held=_in_month(held, day))


def with_room(resources: QuerySet, day: datetime.date | None = None) -> QuerySet:
    """The resources that can still be used in that month."""
    return with_taken(resources, day).filter(Q(capacity__isnull=True) | Q(capacity__gt=F("taken")))


def resource_data(resource: Resource) -> dict:
    """Return a resource, whose area is one of the cached tree, with the organisation that offers it.

    A member who offers one is a person, and left out.
    """
    offered_by = resource.organisation
    served = [places.area(area.pk) for area in resource.areas.all()] or [resource.area]
    return document(
        thing(
            "Service",
            name=str(resource),
            description=in_language(resource, "about"),
            url=absolute(reverse("resource_detail", args=[resource.pk])),
            serviceType=str(resource.category),
            provider=organisation_data(offered_by) if offered_by else None,
            areaServed=[area_data(area) for area in served],
            is_demo=resource.is_demo,
        )
    )
