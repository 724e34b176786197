"""Who is responsible for putting a demand right."""

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from consultation.models import places
from foundation import audit
from foundation.audit import AuditAction
from foundation.errors import Refused
from foundation.locking import locked

from ..models import Demand, Direction, Unit, UnitKind
from ..sheets.demands import DemandRow
from .transitions import save


def named(name: str, area: int) -> Unit | None:
    """Return the unit of this name for demands of an area; its subdistrict's own one, where all have one too."""
    return Unit.objects.usable_in(area).filter(name=name.strip()).order_by("subdistrict").first()


def reporting(rows: Sequence[DemandRow]) -> list[Unit | None]:
    """Return for each row of a list who reported it; None for residents' rows."""
    return _registered([row.source if row.direction == Direction.TOP_DOWN else "" for row in rows], rows)


def responsible(rows: Sequence[DemandRow]) -> list[Unit | None]:
    """Return for each row of a list who is responsible for it, where it says so."""
    return _registered([row.unit for row in rows], rows)


def _registered(names: Sequence[str], rows: Sequence[DemandRow]) -> list[Unit | None]:
    """Return the unit of each name, in the row's subdistrict; None for no name. One that is new is registered there, as
    a department.
    """
    keys = [(name, _subdistrict_of(row)) if name else None for name, row in zip(names, rows, strict=True)]
    wanted = sorted({key for key in keys if key}, key=str)
    if not wanted:
        return [None for _row in rows]
    known = {
        (unit.name, unit.subdistrict_id): unit
        for unit in Unit.objects.filter(name__in={name for name, _place in wanted})
    }
    found = {}
    for name, place in wanted:
        unit = known.get((name, place)) or known.get((name, None))
        if unit is None:
            kind = {"kind": UnitKind.DEPARTMENT}
            unit, _made = Unit.objects.get_or_create(subdistrict_id=place, name=name, defaults=kind)
        found[name, place] = unit
    return [found.get(key) for key in keys]


def _subdistrict_of(row: DemandRow) -> int | None:
    subdistrict = places.area(row.area.pk).subdistrict
    return subdistrict.pk if subdistrict else None


@transaction.atomic
def set_unit(demand: Demand, unit: Unit | None, *, actor, version: int | None = None) -> Demand:
    """Say which unit is responsible, or that this is open. Raises `Stale`, or `Refused` for another subdistrict's."""
    if unit and not Unit.objects.usable_in(demand.area_id).filter(pk=unit.pk).exists():
        raise Refused(_("“%(unit)s”不负责这个街道，请另选责任单位。") % {"unit": unit})
    row = locked(demand, version)
    if row.unit_id == (unit and unit.pk):
        return row
    row.unit = unit
    save(row, "unit")
    audit.record(AuditAction.RECLASSIFIED, row, actor=actor, detail="unit")
    return row
