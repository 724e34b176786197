"""What members do, and what is recorded of them, one module a subject."""

from . import agenda, attendance, bookings, duties, people, resources, studies

__all__ = [
    "agenda",
    "attendance",
    "bookings",
    "duties",
    "people",
    "resources",
    "studies",
]
