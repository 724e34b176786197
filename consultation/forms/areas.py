"""Form fields and conditions that limit choices to areas."""

from django import forms
from django.db.models import Q

from foundation.accounts import User

from ..models import Area, AreaLevel, places
from ..models.areas import AreaQuerySet


class AreaField(forms.ModelChoiceField):
    """An area, labelled with its full place. Offers none until `offer` is called with the form's user."""

    def __init__(self, **kwargs) -> None:
        super().__init__(queryset=Area.objects.none(), **kwargs)

    def offer(self, user: User) -> AreaQuerySet:
        """Offer the areas that a member of staff works for. Returns the queryset, to be narrowed or ordered."""
        self.queryset = Area.objects.within_scope_of(user).with_parents()
        return self.queryset

    def label_from_instance(self, area: Area) -> str:
        return area.place


def reach_of(user):
    """Limit what an event may refer to: rows of the user's areas, and of those above them.

    A community's event may belong to a series of its subdistrict and take place at a venue there. Returns a function
    that takes the lookup of an area and returns the condition on it.
    """
    if user.is_superuser:
        return lambda lookup: Q()
    keys = sorted({key for area in places.areas_of(user) for key in places.upwards(area)})
    return lambda lookup: Q(**{f"{lookup}__in": keys})


def around(area_id: int) -> list[int]:
    """Return the keys of all areas in the same subdistrict; for the district itself, those of every area."""
    area = places.area(area_id)
    return places.within(area.up_to(AreaLevel.SUBDISTRICT) or area)
