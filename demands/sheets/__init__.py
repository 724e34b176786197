"""Lists that are imported or exported as spreadsheets."""

from . import batches, demands, history, mapping

__all__ = ["batches", "demands", "history", "mapping"]
