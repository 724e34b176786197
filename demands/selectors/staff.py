"""The colleagues of a member of staff."""

from consultation.models import places
from foundation.accounts import User
from foundation.cached import CachedBy

from ..models.staff import staff_of


def colleagues(user: User):
    """Return staff who work for one of the user's areas, or for one above."""
    if user.is_superuser:
        return staff_of(None)
    return staff_of({key for area in places.areas_of(user) for key in places.upwards(area)})


# By the key of the area.
_staff_by_area = CachedBy(lambda area: list(staff_of(places.upwards(area)).only("name", "username", "is_active")))


def assignees_in(area: int) -> list[User]:
    """Staff to whom demands of an area can be assigned, from the cache."""
    return _staff_by_area(area)
