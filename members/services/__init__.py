"""Services of members, one module for each subject."""

from . import attendance, bookings, duties, people, profiles, resources, studies

__all__ = [
    "attendance",
    "bookings",
    "duties",
    "people",
    "profiles",
    "resources",
    "studies",
]
