"""Create rows that may already exist; existing ones stay as they are."""

import hashlib
from collections.abc import Callable, Iterable

from django.db import models

from consultation.models import Area, Venue, VenueKind
from foundation.tokens import ALPHABET

CODE_LENGTH = 8

# Called with a line about what was done.
Report = Callable[[str], None]


def ensure(model: type[models.Model], key: dict, values: dict) -> bool:
    """Create the row unless there is one with this key. Returns whether it was created."""
    if model.objects.filter(**key).exists():
        return False
    model.objects.create(**key, **values)
    return True


def ensure_areas(rows: Iterable[dict]) -> list[bool]:
    """Create areas, whose `parent` is a code. Returns for each whether it was created."""
    areas = {area.code: area for area in Area.objects.all()}
    created = []
    for row in rows:
        values = row | {"parent": areas.get(row["parent"])}
        areas[row["code"]], new = Area.objects.get_or_create(code=values.pop("code"), defaults=values)
        created.append(new)
    return created


def ensure_venues(rows: Iterable[dict]) -> list[bool]:
    """Create venues, whose `area` is a code. Returns for each whether it was created."""
    areas = {area.code: area for area in Area.objects.all()}
    return [_ensure_venue(row, areas[row["area"]]) for row in rows]


def _ensure_venue(row: dict, area: Area) -> bool:
    values = row | {"area": area, "code": venue_code(row["slug"])}
    # A compound has one station, whatever its slug.
    names = ("area", "kind") if row["kind"] == VenueKind.CLOUD_STATION else ("slug",)
    return ensure(Venue, {name: values.pop(name) for name in names}, values)


def venue_code(slug: str) -> str:
    """The code in a venue's QR code: the same at every load, because it is printed on posters."""
    number = int.from_bytes(hashlib.sha256(slug.encode()).digest())
    code = ""
    for _place in range(CODE_LENGTH):
        number, rest = divmod(number, len(ALPHABET))
        code += ALPHABET[rest]
    return code


def numbered(rows: Iterable, start: int = 0) -> list[tuple[int, tuple]]:
    """Rows with a number to order them, in steps of ten to leave room between."""
    return [(start + 10 * number, row) for number, row in enumerate(rows, 1)]


def counted(what: str, created: list[bool]) -> str:
    """A line about how many rows were created and how many already existed."""
    new = sum(created)
    return f"  {what}: {new} created, {len(created) - new} there already"
