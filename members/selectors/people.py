"""Which members a page offers."""

from django.db.models import QuerySet

from consultation.models import Event, places

from ..models import Member


def members_around(event: Event) -> QuerySet:
    """Members in office whose committee's place holds the event's, or lies within it: who may present or attend."""
    around = {*places.upwards(event.area_id), *places.within(places.area(event.area_id))}
    return Member.objects.public().filter(committee__area__in=around)
