"""What can be done with a demand. Each function is one act: atomic, the row locked, the move logged, messages enqueued.

Staff acts take `version`, the number the page was made with: when somebody else was faster, the act is refused and
nothing is written over. Each module imports only those before it in this order: lineage, replies, trail, transitions,
intake, deadlines, dispatches, consulting, handling, merging, residents, rechecks, publishing, offices, batches; then
search and words.
"""

from . import (
    batches,
    consulting,
    deadlines,
    dispatches,
    handling,
    intake,
    lineage,
    merging,
    offices,
    publishing,
    rechecks,
    replies,
    residents,
    search,
    trail,
    transitions,
    words,
)

__all__ = [
    "batches",
    "consulting",
    "deadlines",
    "dispatches",
    "handling",
    "intake",
    "lineage",
    "merging",
    "offices",
    "publishing",
    "rechecks",
    "replies",
    "residents",
    "search",
    "trail",
    "transitions",
    "words",
]
