"""Form fields and conditions that limit choices to areas."""

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from foundation.account_forms import AccountActForm
from foundation.accounts import User

from ..models import Area, AreaLevel, places
from ..models.areas import AreaQuerySet
from ..services.areas import scope_of, scope_version


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


def choices_of(user: User) -> list[tuple[str, str]]:
    """Return the areas that a member of staff works for, each followed by those that lie in it; from the cache."""
    mine = places.areas_of(user)
    return [(str(one.pk), one.place) for one in places.in_tree() if one.pk in mine]


class ScopeForm(AccountActForm):
    """The areas that an account works for."""

    areas = forms.ModelMultipleChoiceField(
        label=_("工作范围"),
        queryset=Area.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("勾选一个区域，即包括它下面的所有区域。"),
    )
    field_order = ("areas", "reason")

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["areas"]
        field.queryset = Area.objects.within_scope_of(self.user)
        # From the cache: the label of each names the areas above it.
        mine = set(field.queryset.values_list("pk", flat=True))
        field.choices = [(area.pk, area.place) for area in places.in_tree() if area.pk in mine]
        self.initial["areas"] = scope_of(self.row)

    def version_of(self, row: User) -> str:
        return scope_version(row)


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
