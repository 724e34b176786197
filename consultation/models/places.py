"""The tree of areas, cached in memory: a few dozen rows that nearly every page needs."""

import contextlib

from .areas import Area, AreaLevel, area, areas, areas_of, forget_areas_of, within

__all__ = [
    "area",
    "areas",
    "areas_of",
    "choices",
    "compounds_by_community",
    "forget_areas_of",
    "of_level",
    "read_again_without",
    "upwards",
    "with_code",
    "within",
]


def of_level(level: int) -> list[Area]:
    """Return all areas of a level, in their order."""
    return [area for area in areas().values() if area.level == level]


def choices(level: int) -> list[tuple[str, str]]:
    """Return the areas of a level as form choices, by code."""
    return [(area.code, str(area)) for area in of_level(level)]


def with_code(level: int, code: str | None) -> Area | None:
    """Return the area of that level with this code, or None."""
    return next((area for area in of_level(level) if area.code == code), None)


def upwards(pk: int) -> list[int]:
    """Return the keys of an area and of everything above it."""
    found, current = [], area(pk)
    while current is not None:
        found.append(current.pk)
        current = current.parent
    return found


def in_tree() -> list[Area]:
    """Return all areas, each followed by those that lie in it."""
    return sorted(areas().values(), key=lambda one: [(area(key).order, key) for key in reversed(upwards(one.pk))])


def read_again_without(key: str | None) -> None:
    """Read the areas again if none has this key: another process may have offered one that was added since."""
    with contextlib.suppress(KeyError, ValueError):
        area(int(key or ""))


def compounds_by_community(fresh: bool = False) -> list[tuple[Area, list[Area]]]:
    """Return each community with its compounds; `fresh` reads the areas again first."""
    if fresh:
        areas.forget()
    compounds = of_level(AreaLevel.COMPOUND)
    return [
        (community, [compound for compound in compounds if compound.parent_id == community.pk])
        for community in of_level(AreaLevel.COMMUNITY)
    ]
