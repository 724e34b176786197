"""What members do, and what is recorded of them, one module a subject."""

from . import attendance, bookings, duties, people, resources, studies

__all__ = [
    "attendance",
    "bookings",
    "duties",
    "people",
    "resources",
    "studies",
]
