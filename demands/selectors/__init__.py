"""Queries for pages, one module a subject."""

from . import chain, deadlines, finding, lineage, lists, publishing, queues, search, staff, supports, timeline, tracking

__all__ = [
    "chain",
    "deadlines",
    "finding",
    "lineage",
    "lists",
    "publishing",
    "queues",
    "search",
    "staff",
    "supports",
    "timeline",
    "tracking",
]
