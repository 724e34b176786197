"""How far staff reach with the accounts of members."""

from django.db.models import Q

from consultation.models import places
from consultation.selectors.accounts import nowhere_else


def of_own_members(actor) -> Q:
    """The condition that an account is that of a member of the actor's areas, and works in no area outside them."""
    return Q(member__committee__area__in=places.areas_of(actor)) & nowhere_else(actor)
