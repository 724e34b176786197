"""Admin pages of members, one module a subject."""

from . import (  # noqa: F401 - registers them
    accounts,
    attendance,
    audit,
    calendar,
    duties,
    events,
    papers,
    people,
    profiles,
    projects,
    receptions,
    resources,
    start,
    studies,
)
