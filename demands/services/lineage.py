"""Which demands belong together by merging and splitting: what decides a demand, and whose reporters follow it.

Demands are related by `merged_into` and `split_from`. An act that writes to several of them first locks them all, in
order of their keys, so that two such acts never wait for each other crosswise.
"""

from django.db import connection
from django.db.models import prefetch_related_objects

from foundation import outbox
from foundation.errors import Stale

from ..models import Demand, DemandTransition
from ..workflow import DemandStatus

S = DemandStatus
# One merges at a time: else a ring could be closed from two sides at once.
MERGING_LOCK = 0x74696573

# Everything that is related. UNION, not UNION ALL: each demand is met once, whatever leads to it.
_RELATED = """
WITH RECURSIVE related(id) AS (
    SELECT unnest(%(given)s::bigint[])
    UNION
    SELECT near.id FROM related CROSS JOIN LATERAL (
        SELECT merged_into_id AS id FROM demands_demand WHERE id = related.id AND merged_into_id IS NOT NULL
        UNION ALL
        SELECT split_from_id FROM demands_demand WHERE id = related.id AND split_from_id IS NOT NULL
        UNION ALL
        SELECT id FROM demands_demand WHERE merged_into_id = related.id
        UNION ALL
        SELECT id FROM demands_demand WHERE split_from_id = related.id
    ) near
)
SELECT id FROM related
"""
# What decides a demand: a merged one is decided by its target, a split one by its parts.
_DECIDING = """
WITH RECURSIVE deciding(id) AS (
    SELECT %(given)s::bigint
    UNION
    SELECT further.id FROM deciding JOIN demands_demand here ON here.id = deciding.id CROSS JOIN LATERAL (
        SELECT here.merged_into_id AS id WHERE here.status = %(merged)s
        UNION ALL
        SELECT part.id FROM demands_demand part
        WHERE here.status = %(split)s AND part.split_from_id = here.id AND part.merged_into_id IS DISTINCT FROM here.id
    ) further
)
SELECT id FROM deciding
"""


def _keys(sql: str, given) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"given": given, "merged": S.MERGED.value, "split": S.SPLIT.value})
        return [key for (key,) in cursor.fetchall()]


def lock_merging() -> None:
    """Let nobody else merge, or undo a merger, until the transaction ends. Call it before any other lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [MERGING_LOCK])


def lock_related(demand: Demand, *others: Demand, version: int | None = None) -> Demand:
    """Lock a demand, others, and all that are related to them until the transaction ends. Call it before any other
    lock but `lock_merging`.

    Returns the demand as it is now. Raises `Stale` when `version` is not its version.
    """
    keys = _keys(_RELATED, [one.pk for one in (demand, *others)])
    # Without joins: see `foundation.locking`.
    found = {row.pk: row for row in Demand.objects.select_for_update().filter(pk__in=keys).order_by("pk")}
    row = found[demand.pk]
    if version is not None and row.version != version:
        raise Stale
    return row


# --- What decides it ------------------------------------------------------------------------------------------------


def deciding(demand: Demand) -> dict[int, Demand]:
    """All demands on which it depends how this one ends, by their keys, itself first. Two queries; none where it is
    neither merged nor split.
    """
    if demand.status not in (S.MERGED, S.SPLIT):
        return {demand.pk: demand}
    found = Demand.objects.in_bulk([key for key in _keys(_DECIDING, demand.pk) if key != demand.pk])
    return {demand.pk: demand} | dict(sorted(found.items()))


def effective(demand: Demand, among: dict[int, Demand] | None = None) -> Demand:
    """The demand that this one was finally merged into, or itself.

    Args:
        among: its `deciding` demands, where they have been read.
    """
    among = deciding(demand) if among is None else among
    # Where the merger is undone while a page is made, the target is not among them.
    while demand.status == S.MERGED and demand.merged_into_id in among:
        demand = among[demand.merged_into_id]
    return demand


def handled(among: dict[int, Demand]) -> list[Demand]:
    """Of deciding demands, those that are handled themselves: neither merged nor split."""
    return [one for one in among.values() if one.status not in (S.MERGED, S.SPLIT)]


def parts_of(whole: Demand, among: dict[int, Demand]) -> list[Demand]:
    """The parts of a demand that was split, without those that were merged back into it."""
    return [one for one in among.values() if one.split_from_id == whole.pk and one.merged_into_id != whole.pk]


def closing_of(demand: Demand, among: dict[int, Demand] | None = None) -> DemandTransition | None:
    """The transition by which it was resolved or declined, which its reporter rates; none while it is not.

    A merged demand has that of the one it was merged into, a split one the last of its parts'.
    """
    closings = (S.RESOLVED, S.DECLINED)
    ends = handled(deciding(demand) if among is None else among)
    if not ends or any(one.status not in (*closings, S.CONFIRMED) for one in ends):
        return None
    prefetch_related_objects(ends, "transitions")
    moves = [move for one in ends for move in one.transitions.all() if move.to_status in closings]
    return max(moves, key=lambda move: (move.at, move.pk), default=None)


# --- Who follows it -------------------------------------------------------------------------------------------------


def followers(demand: Demand) -> list[Demand]:
    """The demands whose reporters follow this one: itself first, then those merged into it at any depth, and where it
    is a part, the one it was split from with those merged into that. An erased demand follows nothing any more, and a
    part has no reporter of its own.

    The attribute `of_part` of each says whether it follows this one as a part of what its reporter wrote.
    """
    demand.of_part = False
    keys = [key for key in _keys(_RELATED, [demand.pk]) if key != demand.pk]
    if not keys:
        return [demand]
    # Their texts are not needed here.
    others = Demand.objects.filter(pk__in=keys).select_related("contact").defer("description", "public_summary")
    found, rest = {demand.pk: demand}, list(others.order_by("pk"))
    while near := [one for one in rest if _follows(one, found)]:
        found |= {one.pk: one for one in near}
        rest = [one for one in rest if one.pk not in found]
    return [demand, *(one for one in list(found.values())[1:] if one.tracking_open and not one.split_from_id)]


def _follows(one: Demand, found: dict[int, Demand]) -> bool:
    """Whether it follows one of those found by one step more; note whether as a part."""
    if one.status == S.SPLIT:
        one.of_part = True
        return any(part.split_from_id == one.pk and part.merged_into_id != one.pk for part in found.values())
    if one.merged_into_id not in found:
        return False
    one.of_part = found[one.merged_into_id].of_part
    return True


def notify(demand: Demand, template: str, key: str) -> None:
    """Enqueue a message to everybody who follows the demand, each about their own.

    Args:
        key: what happened, after the demand's reference.
    """
    for one in followers(demand):
        enqueue(one, template, demand, key)


def enqueue(one: Demand, template: str, demand: Demand, key: str) -> None:
    """Enqueue a message to one of a demand's followers about their own; `key` as for `notify`."""
    own = "" if one.pk == demand.pk else f":{one.ref}"
    outbox.enqueue(one.contact, template, {"ref": one.ref}, ref=one.ref, key=f"{demand.ref}:{key}{own}")
