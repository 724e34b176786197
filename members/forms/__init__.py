"""Forms, one module for each subject."""

from . import attendance, duties, resources

__all__ = [
    "attendance",
    "duties",
    "resources",
]
