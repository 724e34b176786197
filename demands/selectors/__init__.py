"""Queries for pages, one module a subject."""

from . import (
    chain,
    deadlines,
    digests,
    finding,
    lineage,
    lists,
    publishing,
    queues,
    search,
    staff,
    thanks,
    timeline,
    tracking,
)

__all__ = [
    "chain",
    "deadlines",
    "digests",
    "finding",
    "lineage",
    "lists",
    "publishing",
    "queues",
    "search",
    "staff",
    "thanks",
    "timeline",
    "tracking",
]
