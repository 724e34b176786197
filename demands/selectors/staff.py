"""Which staff work for an area, or beside somebody."""

from collections.abc import Iterable

from consultation.models import places
from foundation.accounts import Role, User


def staff_of(areas: Iterable[int] | None):
    """Staff, once each, who work for one of these areas, by key; None: for any."""
    staff = User.objects.filter(is_active=True, groups__name__in=(Role.LIAISON_STAFF, Role.COMMUNITY_STAFF))
    return (staff if areas is None else staff.filter(scopes__area__in=areas)).distinct()


def colleagues(user: User):
    """Staff who work for some of the areas that this one works for, or for one above."""
    if user.is_superuser:
        return staff_of(None)
    return staff_of({key for area in places.areas_of(user) for key in places.upwards(area)})
