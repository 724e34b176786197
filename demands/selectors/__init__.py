"""Queries for pages, one module a subject."""

from . import (
    chain,
    deadlines,
    digests,
    finding,
    intake,
    lineage,
    lists,
    proposals,
    publishing,
    queues,
    search,
    staff,
    supports,
    thanks,
    timeline,
    tracking,
)

__all__ = [
    "chain",
    "deadlines",
    "digests",
    "finding",
    "intake",
    "lineage",
    "lists",
    "proposals",
    "publishing",
    "queues",
    "search",
    "staff",
    "supports",
    "thanks",
    "timeline",
    "tracking",
]
