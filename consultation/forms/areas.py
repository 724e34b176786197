"""Choices among areas, and among what belongs to them."""

from django import forms
from django.db.models import Q

from ..models import Area, AreaLevel, places


class AreaChoice(forms.ModelChoiceField):
    """Areas as residents call them."""

    def label_from_instance(self, area: Area) -> str:
        return area.place


def reach_of(user):
    """Where what an event refers to may belong: staff's own areas, and those above them.

    A community's event may be one of its subdistrict's series and stand in its subdistrict's venue. Returns a function
    from a lookup of an area to the condition on it.
    """
    if user.is_superuser:
        return lambda lookup: Q()
    keys = sorted({key for area in places.areas_of(user) for key in places.upwards(area)})
    return lambda lookup: Q(**{f"{lookup}__in": keys})


def around(area_id: int) -> list[int]:
    """Keys of the areas of the same subdistrict; of all below the district for an event of the whole district."""
    area = places.area(area_id)
    return places.within(area.up_to(AreaLevel.SUBDISTRICT) or area)
