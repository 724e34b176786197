"""Whom a demand is common to: the reporters of those merged into it, and the reporter of the one it is a part of.

Demands hang together by `merged_into` and `split_from`. An act that writes to several of them first holds them all, in
order of their keys, so that two such acts never wait for each other crosswise.
"""

from django.db import connection
from django.db.models import prefetch_related_objects

from foundation import outbox

from ..models import Demand, DemandTransition
from ..workflow import DemandStatus

S = DemandStatus
# Of whoever merges, one at a time: else a ring could be closed from two sides at once.
TIES = 0x74696573

# All that hang together. UNION, not UNION ALL: each demand is met once, whatever leads to it.
_FAMILY = """
WITH RECURSIVE family(id) AS (
    SELECT unnest(%s::bigint[])
    UNION
    SELECT near.id FROM family CROSS JOIN LATERAL (
        SELECT merged_into_id AS id FROM demands_demand WHERE id = family.id AND merged_into_id IS NOT NULL
        UNION ALL
        SELECT split_from_id FROM demands_demand WHERE id = family.id AND split_from_id IS NOT NULL
        UNION ALL
        SELECT id FROM demands_demand WHERE merged_into_id = family.id
        UNION ALL
        SELECT id FROM demands_demand WHERE split_from_id = family.id
    ) near
)
SELECT id FROM family
"""
# What decides what becomes of a demand: from one merged to where it went, from one split to its parts.
_WAY = """
WITH RECURSIVE way(id) AS (
    SELECT %s::bigint
    UNION
    SELECT further.id FROM way JOIN demands_demand here ON here.id = way.id CROSS JOIN LATERAL (
        SELECT here.merged_into_id AS id WHERE here.status = 'merged'
        UNION ALL
        SELECT part.id FROM demands_demand part
        WHERE here.status = 'split' AND part.split_from_id = here.id AND part.merged_into_id IS DISTINCT FROM here.id
    ) further
)
SELECT id FROM way
"""


def _keys(sql: str, given) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, [given])
        return [key for (key,) in cursor.fetchall()]


def hold_ties() -> None:
    """Let nobody else merge until the transaction ends. Call it before any other lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [TIES])


def hold(*demands: Demand) -> None:
    """Lock these and all that hang together with them until the transaction ends. Call it before any other lock."""
    keys = _keys(_FAMILY, [demand.pk for demand in demands])
    if len(keys) > 1:
        list(Demand.objects.select_for_update().filter(pk__in=keys).order_by("pk").values_list("pk"))


# --- What becomes of it ---------------------------------------------------------------------------------------------


def way_of(demand: Demand) -> dict[int, Demand]:
    """All the demands that decide what becomes of this one, by their keys, itself the first. Two queries; none where it
    is neither merged nor split.
    """
    if demand.status not in (S.MERGED, S.SPLIT):
        return {demand.pk: demand}
    found = Demand.objects.in_bulk([key for key in _keys(_WAY, demand.pk) if key != demand.pk])
    return {demand.pk: demand} | dict(sorted(found.items()))


def root_of(demand: Demand, way: dict[int, Demand] | None = None) -> Demand:
    """The demand that this one was merged into in the end, or itself."""
    way = way_of(demand) if way is None else way
    # Where the merge is undone while a page is made, the way knows no further.
    while demand.status == S.MERGED and demand.merged_into_id in way:
        demand = way[demand.merged_into_id]
    return demand


def leaves_of(way: dict[int, Demand]) -> list[Demand]:
    """Of a way, those that are dealt with themselves: neither merged nor split."""
    return [one for one in way.values() if one.status not in (S.MERGED, S.SPLIT)]


def parts_of(whole: Demand, way: dict[int, Demand]) -> list[Demand]:
    """The parts of a demand that was split, without those that went back into it."""
    return [one for one in way.values() if one.split_from_id == whole.pk and one.merged_into_id != whole.pk]


def closing_of(demand: Demand, way: dict[int, Demand] | None = None) -> DemandTransition | None:
    """The move by which it stands resolved or declined, which is what its reporter rates; none while it does not.

    Of a merged demand it is that of the one it was merged into; of a split one the last of its parts'.
    """
    closings = (S.RESOLVED, S.DECLINED)
    leaves = leaves_of(way_of(demand) if way is None else way)
    if not leaves or any(leaf.status not in (*closings, S.CONFIRMED) for leaf in leaves):
        return None
    prefetch_related_objects(leaves, "transitions")
    moves = [move for leaf in leaves for move in leaf.transitions.all() if move.to_status in closings]
    return max(moves, key=lambda move: (move.at, move.pk), default=None)


# --- Who is told ----------------------------------------------------------------------------------------------------


def followers(demand: Demand) -> list[Demand]:
    """The demands whose reporters follow this one: itself first, then those merged into it at any depth, and where it
    is a part, the one it was split from with those merged into that. What was erased follows nothing any more, and a
    part has no reporter of its own.

    Each tells by `of_part` whether it follows this one as a part of what its reporter wrote.
    """
    demand.of_part = False
    keys = [key for key in _keys(_FAMILY, [demand.pk]) if key != demand.pk]
    if not keys:
        return [demand]
    # What they are about is not needed here, and stays where it is.
    others = Demand.objects.filter(pk__in=keys).select_related("contact").defer("description", "public_summary")
    found, rest = {demand.pk: demand}, list(others.order_by("pk"))
    while near := [one for one in rest if _is_near(one, found)]:
        found |= {one.pk: one for one in near}
        rest = [one for one in rest if one.pk not in found]
    return [demand, *(one for one in list(found.values())[1:] if one.tracking_open and not one.split_from_id)]


def _is_near(one: Demand, found: dict[int, Demand]) -> bool:
    if one.status == S.SPLIT:
        one.of_part = True
        return any(part.split_from_id == one.pk and part.merged_into_id != one.pk for part in found.values())
    if one.merged_into_id not in found:
        return False
    one.of_part = found[one.merged_into_id].of_part
    return True


def tell(demand: Demand, template: str, key: str, *, of_part: str = "", but: Demand | None = None) -> None:
    """Owe everybody who follows the demand a message, each about their own.

    Args:
        key: what happened, after the demand's reference.
        of_part: the template for those who follow it as a part; the same unless said.
        but: the own demand of the reporter who did it themselves.
    """
    for one in followers(demand):
        if but is None or one.pk != but.pk:
            enqueue(one, (one.of_part and of_part) or template, demand, key)


def enqueue(one: Demand, template: str, demand: Demand, key: str) -> None:
    """Owe one of a demand's followers a message about their own; `key`: what happened, after the demand's reference."""
    own = "" if one.pk == demand.pk else f":{one.ref}"
    outbox.enqueue(one.contact, template, {"ref": one.ref}, ref=one.ref, key=f"{demand.ref}:{key}{own}")
