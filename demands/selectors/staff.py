"""The colleagues of a member of staff."""

from consultation.models import places
from foundation.accounts import User

from ..models.staff import staff_of


def colleagues(user: User):
    """Return staff who work for one of the user's areas, or for one above."""
    if user.is_superuser:
        return staff_of(None)
    return staff_of({key for area in places.areas_of(user) for key in places.upwards(area)})
