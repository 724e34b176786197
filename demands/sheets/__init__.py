"""Lists that are imported or exported as spreadsheets."""

from . import batches, demands, mapping

__all__ = ["batches", "demands", "mapping"]
