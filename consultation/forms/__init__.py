"""The forms of consultation, one module a subject."""

from . import agenda, agreements, areas, events, organisations, pictures, projects, rhythm, sign_ups, topics

__all__ = [
    "agenda",
    "agreements",
    "areas",
    "events",
    "organisations",
    "pictures",
    "projects",
    "rhythm",
    "sign_ups",
    "topics",
]
