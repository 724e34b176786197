"""Services of members, one module for each subject."""

from . import accounts, attendance, bookings, duties, people, profiles, receptions, resources, studies

__all__ = [
    "accounts",
    "attendance",
    "bookings",
    "duties",
    "people",
    "profiles",
    "receptions",
    "resources",
    "studies",
]
