"""How far staff reach with the accounts of others."""

from django.db.models import Exists, OuterRef, Q

from ..models import StaffScope, places


def near(actor) -> list[int]:
    """Return the keys of the areas that an actor works for, and of those above, whose staff work for them too."""
    return sorted({key for area in places.areas_of(actor) for key in places.upwards(area)})


def working_near(actor) -> Q:
    """The condition that an account is the actor's own, a superuser's, or works for one of the actor's areas."""
    working = Exists(StaffScope.objects.filter(user=OuterRef("pk"), area__in=near(actor)))
    return Q(working) | Q(pk=actor.pk) | Q(is_superuser=True)


def within_areas(actor) -> Q:
    """The condition that an account works in the actor's areas, and nowhere else."""
    scopes, mine = StaffScope.objects.filter(user=OuterRef("pk")), places.areas_of(actor)
    return Q(Exists(scopes.filter(area__in=mine)), ~Exists(scopes.exclude(area__in=mine)))


def nowhere_else(actor) -> Q:
    """The condition that an account works in no area outside the actor's, perhaps in none."""
    return Q(~Exists(StaffScope.objects.filter(user=OuterRef("pk")).exclude(area__in=places.areas_of(actor))))


def names_by_code() -> dict[str, str]:
    """The names of all areas by their codes, for the history of an account."""
    return {area.code: str(area) for area in places.areas().values()}
