"""Forms, one module for each subject."""

from . import accounts, attendance, duties, profiles, receptions, resources

__all__ = [
    "accounts",
    "attendance",
    "duties",
    "profiles",
    "receptions",
    "resources",
]
