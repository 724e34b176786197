"""Staff by the areas they work for."""

from collections.abc import Iterable

from foundation.accounts import Role, User


def staff_of(areas: Iterable[int] | None):
    """Return staff, each once, who work for one of these areas (keys), or for any area where `areas` is None."""
    staff = User.objects.filter(is_active=True, groups__name__in=(Role.LIAISON_STAFF, Role.COMMUNITY_STAFF))
    return (staff if areas is None else staff.filter(scopes__area__in=areas)).distinct()
