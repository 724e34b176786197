"""Create areas and venues that may already exist; existing ones stay as they are."""

import hashlib
from collections.abc import Iterable

from consultation.models import Area, Venue, VenueKind
from foundation.tokens import ALPHABET
from nanhu_portal.beginning.rows import ensure

CODE_LENGTH = 8


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
