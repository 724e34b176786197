"""The duty record 履职: created from evidence, or logged by a member and confirmed by staff.

There are no points and no rankings.
"""

from . import activity, evidence, records

__all__ = [
    "activity",
    "evidence",
    "records",
]
