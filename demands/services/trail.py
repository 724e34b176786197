"""The public evidence trail: each published move of a demand, sealed with the hash of the one before.

It holds only what the public page shows: days, statuses, the acting party, coded reasons, and digests of published
texts. Nothing is written before a demand is public, and never anything personal, so the trail outlives erasure.
`docs/trail.md` explains what it proves and what it does not.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from django.db import transaction
from django.utils import timezone

from foundation import clock
from foundation.actors import Party

from ..models import Demand, DemandTransition, TrailEntry
from ..workflow import DeclineReason, DemandStatus

FORMAT = "demand-trail-1"
# How to compute a hash without our script. Part of every downloaded file.
RULE = "hash = SHA-256 of: previous, a line feed, payload (UTF-8); the first entry's previous is empty"
MOVED, PUBLISHED, EDITED = "moved", "published", "edited"
TEXTS = ("title", "summary", "result")


def canonical(body: dict) -> str:
    """Return the canonical JSON of an entry's body: sorted keys, no spaces, no escapes for non-ASCII letters."""
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def seal(previous: str, body: dict) -> str:
    return digest(f"{previous}\n{canonical(body)}")


def append(row: Demand) -> int:
    """Add what becomes public about a demand since its last entry: moves, publication, changed texts.

    Call it in each act on a demand, in its transaction and with its row locked, so that a chain never forks; the caller
    saves the head with the rest. Does nothing for a demand that is not public. Returns the number of entries added.
    """
    if not row.is_public:
        return 0
    entries = list(row.trail.all()) if row.trail_head else []
    new = _missing(row, entries, list(row.transitions.order_by("pk")), _merged_refs([row]))
    if new:
        TrailEntry.objects.bulk_create(new)
        row.trail_head = new[-1].hash
    return len(new)


def begin(row: Demand, moves: Sequence[DemandTransition], refs: Mapping[int, str] | None = None) -> list[TrailEntry]:
    """Return the first entries of a demand's trail, none for one that is not public; the caller saves them, and the
    head.

    Args:
        moves: in the order they were made.
        refs: as `_merged_refs` returns them.
    """
    if not row.is_public:
        return []
    entries = _missing(row, [], moves, refs or {})
    row.trail_head = entries[-1].hash
    return entries


@transaction.atomic
def catch_up(most: int = 1000) -> int:
    """Begin the trails of public demands without one, such as rows not written through the services.

    For the worker. Returns the number of demands; call it again while it returns `most`.
    """
    rows = list(
        Demand.objects.public()
        .filter(trail_head="")
        .order_by("published_at", "pk")
        .select_for_update(skip_locked=True, of=("self",))[:most]
    )
    moves, entries = defaultdict(list), []
    for move in DemandTransition.objects.filter(demand__in=rows).order_by("pk"):
        moves[move.demand_id].append(move)
    refs = _merged_refs(rows)
    for row in rows:
        entries += begin(row, moves[row.pk], refs)
    TrailEntry.objects.bulk_create(entries, batch_size=2000)
    Demand.objects.bulk_update(rows, ["trail_head"], batch_size=500)
    return len(rows)


def _merged_refs(rows: Iterable[Demand]) -> dict[int, str]:
    """Return the references of the public demands that these were merged into, by key."""
    keys = {row.merged_into_id for row in rows} - {None}
    return dict(Demand.objects.public().filter(pk__in=keys).values_list("pk", "ref")) if keys else {}


def _missing(
    row: Demand, entries: Sequence[TrailEntry], moves: Sequence[DemandTransition], refs: Mapping[int, str]
) -> list[TrailEntry]:
    """Return the entries missing from the trail: moves in the order they were made, then changed texts."""
    noted = sum(entry.body["act"] == MOVED for entry in entries)
    bodies = [_moved(row, move) for move in moves[noted:]]
    if bodies and row.status == DemandStatus.MERGED and row.merged_into_id in refs:
        bodies[-1]["merged_into"] = refs[row.merged_into_id]
    last = next((entry.body for entry in reversed(entries) if entry.body["act"] != MOVED), None)
    if texts := _texts(row, last):
        bodies.append(texts)
    previous, new = (entries[-1].hash if entries else ""), []
    for number, body in enumerate(bodies, len(entries) + 1):
        body |= {"ref": row.ref, "number": number}
        new.append(TrailEntry(demand=row, number=number, body=body, previous=previous, hash=seal(previous, body)))
        previous = new[-1].hash
    return new


def _moved(row: Demand, move: DemandTransition) -> dict:
    # The day without the time, as on the page: the exact time of a resident's acts is private.
    body = {"act": MOVED, "from": move.from_status, "to": move.to_status, "on": _day(move.at), "by": move.party}
    if move.party == Party.STAFF and move.office:
        body["office"] = move.office
    if move.reason in DeclineReason.values:
        body["reason"] = move.reason
    return body


def _texts(row: Demand, last: dict | None) -> dict | None:
    """Return an entry for the publication, or for texts edited since; None where nothing has changed."""
    digests = {name: digest(getattr(row, f"public_{name}")) for name in TEXTS}
    since = _day(row.published_at)
    if last is None or last["since"] != since:
        # An import has a date of its own, which is older than the act.
        return {"act": PUBLISHED, "on": _day(clock.now()) if row.imported_at else since, "since": since, **digests}
    if digests != {name: last[name] for name in TEXTS}:
        return {"act": EDITED, "on": _day(clock.now()), "since": since, **digests}
    return None


def _day(at) -> str:
    return timezone.localdate(at).isoformat()


def document(row: Demand) -> dict:
    """Return a public demand's whole trail, in the format of `docs/verify_trail.py`. One query."""
    entries = [
        {"number": entry.number, "previous": entry.previous, "payload": canonical(entry.body), "hash": entry.hash}
        for entry in row.trail.all()
    ]
    # From the entries, not from the row: a move may have been made between the two queries.
    head = entries[-1]["hash"] if entries else ""
    return {"format": FORMAT, "rule": RULE, "ref": row.ref, "head": head, "entries": entries}
