"""Lists that are imported or exported as spreadsheets."""

from . import demands

__all__ = ["demands"]
