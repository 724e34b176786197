"""Forms, one module for each subject."""

from . import attendance, duties, profiles, resources

__all__ = [
    "attendance",
    "duties",
    "profiles",
    "resources",
]
