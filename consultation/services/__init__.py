"""Changes to venues, events, topics, agreements and projects: one module a subject, one function an act."""

from . import (
    agenda,
    agreements,
    events,
    pictures,
    projects,
    rhythm,
    sign_ups,
    subdistricts,
    topics,
    venues,
)

__all__ = [
    "agenda",
    "agreements",
    "events",
    "pictures",
    "projects",
    "rhythm",
    "sign_ups",
    "subdistricts",
    "topics",
    "venues",
]
