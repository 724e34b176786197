"""What pages read, one module a subject."""

from . import chain, deadlines, lineage, lists, search, staff, timeline, tracking

__all__ = [
    "chain",
    "deadlines",
    "lineage",
    "lists",
    "search",
    "staff",
    "timeline",
    "tracking",
]
