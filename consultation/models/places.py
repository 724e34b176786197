"""The tree of areas, cached in memory: a few dozen rows that nearly every page needs."""

from foundation.cached import Cached

from . import Area, AreaLevel, StaffScope


def _read() -> dict[int, Area]:
    areas = {area.pk: area for area in Area.objects.order_by("level", "order", "pk")}
    for area in areas.values():
        if area.parent_id:
            area.parent = areas[area.parent_id]
    return areas


areas = Cached(_read)


def area(pk: int) -> Area:
    """The area with its parents, without a query. Raises `KeyError` when there is none."""
    return areas.row(pk)


def of_level(level: int) -> list[Area]:
    """All areas of a level, in their order."""
    return [area for area in areas().values() if area.level == level]


def choices(level: int) -> list[tuple[str, str]]:
    """The areas of a level to choose among, by their codes."""
    return [(area.code, str(area)) for area in of_level(level)]


def with_code(level: int, code: str | None) -> Area | None:
    """The area of that level with this code."""
    return next((area for area in of_level(level) if area.code == code), None)


def within(area: Area) -> list[int]:
    """Keys of an area and of everything below it."""
    found = [area.pk]
    for other in areas().values():  # parents come before their children
        if other.parent_id in found:
            found.append(other.pk)
    return found


def upwards(pk: int) -> list[int]:
    """Keys of an area and of everything above it."""
    found, current = [], area(pk)
    while current is not None:
        found.append(current.pk)
        current = current.parent
    return found


def compounds_by_community() -> list[tuple[Area, list[Area]]]:
    compounds = of_level(AreaLevel.COMPOUND)
    return [
        (community, [compound for compound in compounds if compound.parent_id == community.pk])
        for community in of_level(AreaLevel.COMMUNITY)
    ]


def areas_of(user) -> list[int]:
    """Keys of the areas a member of staff works for: those of their scope rows and below. One query for each user."""
    if not hasattr(user, "_area_keys"):
        scope = StaffScope.objects.filter(user=user).values_list("area", flat=True)
        user._area_keys = sorted({key for pk in scope for key in within(area(pk))})
    return user._area_keys
