"""Choices among areas, and among what belongs to them."""

from django import forms
from django.db.models import Q

from foundation.accounts import User

from ..models import Area, AreaLevel, places
from ..models.areas import AreaQuerySet


class AreaField(forms.ModelChoiceField):
    """An area by its whole place. It offers none until `offer` is called; a form is made for one member of staff."""

    def __init__(self, **kwargs) -> None:
        super().__init__(queryset=Area.objects.none(), **kwargs)

    def offer(self, user: User) -> AreaQuerySet:
        """Offer the areas that a member of staff works for. Returns them, to be narrowed or ordered."""
        self.queryset = Area.objects.within_scope_of(user).with_parents()
        return self.queryset

    def label_from_instance(self, area: Area) -> str:
        return area.place


def reach_of(user):
    """Where what an event refers to may belong: staff's own areas, and those above them.

    A community's event may belong to a series of its subdistrict, and take place in a venue there. Returns a function
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
