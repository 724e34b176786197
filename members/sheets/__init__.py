"""Spreadsheets to import or export."""

from . import duties

__all__ = [
    "duties",
]
