"""Relations between demands by merging and splitting: which demands decide an outcome, and whose reporters follow it.

Demands are related by `merged_into` and `split_from`. An act that writes to several of them first locks them all, in
order of their keys, so that two such acts never deadlock.
"""

import functools
from collections.abc import Collection

from django.db import connection, transaction
from django.db.models import prefetch_related_objects
from django.db.models.expressions import RawSQL

from foundation import outbox
from foundation.errors import Stale

from ..models import Demand, DemandTransition
from ..workflow import DemandStatus

S = DemandStatus
# Mergers are serialised, since two at once could form a cycle.
MERGING_LOCK = 0x74696573

# The kind of digest that residents may have of the news of all their demands.
DIGEST = "demands"
# The messages that can wait for it. Those that ask for an answer, or to a meeting, are sent at once.
CAN_WAIT = frozenset(
    {"accepted", "answered", "moved", "resolved", "declined", "merged", "in_topic", "talked_over", "extended"}
)

# All related demands. UNION instead of UNION ALL, so that each is visited once, by whatever path.
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
# The demands that decide another's outcome: its target where it was merged, its parts where it was split.
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

# Demands, and all that were merged into them at any depth.
_MERGED = """
WITH RECURSIVE merged(id) AS (
    SELECT unnest(%s::bigint[])
    UNION
    SELECT near.id FROM merged JOIN demands_demand near ON near.merged_into_id = merged.id
)
SELECT id FROM merged
"""


def _keys(sql: str, given) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"given": given, "merged": S.MERGED.value, "split": S.SPLIT.value})
        return [key for (key,) in cursor.fetchall()]


def lock_merging() -> None:
    """Block other mergers, and undoing them, until the transaction ends. Call it before any other lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [MERGING_LOCK])


def lock_related(demand: Demand, *others: Demand, version: int | None = None) -> Demand:
    """Lock a demand, `others`, and all demands related to them until the transaction ends. Call it before any other
    lock except `lock_merging`.

    Returns the demand as it is now. Raises `Stale` where `version` is not its version.
    """
    keys = _keys(_RELATED, [one.pk for one in (demand, *others)])
    if transaction.get_autocommit():
        raise transaction.TransactionManagementError("a lock outside of a transaction")
    # Without joins: see `foundation.locking`.
    rows = Demand.objects.raw(f"{_reading()} WHERE id = ANY(%s) ORDER BY id FOR UPDATE", [keys])
    row = {row.pk: row for row in rows}[demand.pk]
    if version is not None and row.version != version:
        raise Stale
    return row


@functools.cache
def _reading() -> str:
    """Return the SQL that reads all demands. Every move needs it, and built anew it takes a millisecond of CPU."""
    return str(Demand.objects.order_by().query)


# --- Deciding demands -----------------------------------------------------------------------------------------------


def deciding(demand: Demand) -> dict[int, Demand]:
    """Return all demands that decide how this one ends, itself first, by key. Two queries; none for a demand that is
    neither merged nor split.
    """
    if demand.status not in (S.MERGED, S.SPLIT):
        return {demand.pk: demand}
    found = Demand.objects.in_bulk([key for key in _keys(_DECIDING, demand.pk) if key != demand.pk])
    return {demand.pk: demand} | dict(sorted(found.items()))


def effective(demand: Demand, among: dict[int, Demand] | None = None) -> Demand:
    """Return the demand that this one was finally merged into, or itself.

    Args:
        among: its `deciding` demands, where they have been read.
    """
    among = deciding(demand) if among is None else among
    # The target is missing where the merger is undone while a page is being rendered.
    while demand.status == S.MERGED and demand.merged_into_id in among:
        demand = among[demand.merged_into_id]
    return demand


def handled(among: dict[int, Demand]) -> list[Demand]:
    """Return those of the deciding demands that are handled themselves, neither merged nor split."""
    return [one for one in among.values() if one.status not in (S.MERGED, S.SPLIT)]


def has_ended(among: dict[int, Demand]) -> bool:
    """Whether all of the deciding demands that are handled themselves have ended."""
    return not any(one.is_open for one in handled(among))


def parts_of(whole: Demand, among: dict[int, Demand]) -> list[Demand]:
    """Return the parts of a split demand, without those that were merged back into it."""
    return [one for one in among.values() if one.split_from_id == whole.pk and one.merged_into_id != whole.pk]


def closing_of(demand: Demand, among: dict[int, Demand] | None = None) -> DemandTransition | None:
    """Return the transition that closed the demand as resolved or declined, which its reporter rates, or None.

    For a merged demand, it is that of the target; for a split one, the last of its parts'.
    """
    closings = (S.RESOLVED, S.DECLINED)
    ends = handled(deciding(demand) if among is None else among)
    if not ends or any(one.status not in (*closings, S.CONFIRMED) for one in ends):
        return None
    prefetch_related_objects(ends, "transitions")
    moves = [move for one in ends for move in one.transitions.all() if move.to_status in closings]
    return max(moves, key=lambda move: (move.at, move.pk), default=None)


def with_merged(keys: Collection[int]) -> RawSQL:
    """Return a subquery of these keys and of those of all demands merged into them, at any depth."""
    return RawSQL(_MERGED, [list(keys)])  # nosec B611 # noqa: S611 - a constant; the keys are its parameter


# --- Followers ------------------------------------------------------------------------------------------------------


def followers(demand: Demand) -> list[Demand]:
    """Return the demands whose reporters follow this one: itself first, then those merged into it at any depth and, for
    a part, its whole with those merged into that. Erased demands do not follow, and parts have no reporters of their
    own.

    The attribute `of_part` of each is whether it follows this one as a part of what its reporter wrote.
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
    """Whether a demand directly follows one of those found; sets `of_part`."""
    if one.status == S.SPLIT:
        one.of_part = True
        return any(part.split_from_id == one.pk and part.merged_into_id != one.pk for part in found.values())
    if one.merged_into_id not in found:
        return False
    one.of_part = found[one.merged_into_id].of_part
    return True


def notify(demand: Demand, template: str, key: str) -> None:
    """Enqueue a message to all followers of the demand, each about their own.

    Args:
        key: identifies the event; it is appended to the demand's reference.
    """
    for one in followers(demand):
        enqueue(one, template, demand, key)


def enqueue(one: Demand, template: str, demand: Demand, key: str) -> None:
    """Enqueue a message to one of a demand's followers, about their own; `key` as for `notify`.

    Who came in with a list gets none: they have no code, and staff call them.
    """
    if one.imported_at:
        return
    own = "" if one.pk == demand.pk else f":{one.ref}"
    digest = DIGEST if template in CAN_WAIT else ""
    outbox.enqueue(one.contact, template, {"ref": one.ref}, ref=one.ref, key=f"{demand.ref}:{key}{own}", digest=digest)
