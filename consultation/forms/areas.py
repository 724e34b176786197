"""The choice of an area by staff."""

from django import forms

from foundation.accounts import User

from ..models import Area
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
