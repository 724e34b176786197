"""The forms of demands, one module a subject."""

from . import (
    base,
    batches,
    bulk,
    consulting,
    conversation,
    deadlines,
    dispatches,
    handling,
    intake,
    merging,
    offices,
    publishing,
    residents,
    search,
    supports,
    units,
)

__all__ = [
    "base",
    "batches",
    "bulk",
    "consulting",
    "conversation",
    "deadlines",
    "dispatches",
    "handling",
    "intake",
    "merging",
    "offices",
    "publishing",
    "residents",
    "search",
    "supports",
    "units",
]
