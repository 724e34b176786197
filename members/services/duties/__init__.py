"""The duty record 履职: written by evidence, or logged by a member and confirmed by staff.

No points and no ranking are made of it.
"""

from . import activity, evidence, records

__all__ = [
    "activity",
    "evidence",
    "records",
]
