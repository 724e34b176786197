"""Changes to demands. Each function is one atomic act: it locks the row, logs the move and enqueues the messages.

Staff acts take `version`, the one the page showed: where somebody else was faster, the act is refused and nothing is
overwritten. Each module imports only those before it in this order: lineage, supports, replies, trail,
transitions, recurrence, urgency, intake, deadlines, dispatches, consulting, handling, retention, merging, residents,
rechecks, publishing, offices, batches; then progress, search, synonyms and words.
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
    progress,
    publishing,
    rechecks,
    recurrence,
    replies,
    residents,
    retention,
    search,
    supports,
    synonyms,
    trail,
    transitions,
    urgency,
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
    "progress",
    "publishing",
    "rechecks",
    "recurrence",
    "replies",
    "residents",
    "retention",
    "search",
    "supports",
    "synonyms",
    "trail",
    "transitions",
    "urgency",
    "words",
]
