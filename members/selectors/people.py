"""Queries for the members that a page offers."""

from django.db.models import QuerySet

from consultation.models import Event, places

from ..models import Member


def members_around(event: Event) -> QuerySet:
    """Members who may present or attend: in office, of a committee whose area contains the event's or is in it."""
    around = {*places.upwards(event.area_id), *places.within(places.area(event.area_id))}
    return Member.objects.public().filter(committee__area__in=around)
