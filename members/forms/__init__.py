"""The shape of what people fill in, one module a subject."""

from . import attendance, duties, resources

__all__ = [
    "attendance",
    "duties",
    "resources",
]
