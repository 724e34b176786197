"""The admin of consultation, one module a subject."""

from . import (  # noqa: F401 - registers them
    agreements,
    alerts,
    areas,
    audit,
    calendar,
    events,
    organisations,
    papers,
    pictures,
    projects,
    rhythm,
    start,
    subdistricts,
    topics,
    venues,
)
