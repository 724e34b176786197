"""The admin of demands, one module a subject."""

from . import (  # noqa: F401 - they register themselves
    batches,
    bulk,
    consulting,
    conversation,
    deadlines,
    demands,
    dispatches,
    handling,
    intake,
    matching,
    merging,
    offices,
    publishing,
    queues,
    retention,
    search,
    settings,
    synonyms,
    topics,
    venues,
)
