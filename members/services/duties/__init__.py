"""The duty record 履职: written by evidence, or logged by a member and confirmed by staff.

No points and no ranking are made of it.
"""

from .evidence import after_check_in, after_removal, collect, record_duty, void_evidence
from .logged import (
    FIELDS,
    FIELDS_BY_EVIDENCE,
    MAX_HOURS,
    MAX_PEOPLE,
    MAX_PHOTOS,
    MAX_PLACE,
    MAX_TEXT,
    OLDEST,
    STEP,
    PhotosGone,
    correct,
    log,
    resubmit,
)
from .transitions import MAX_REASON, allowed_moves, move
from .year import KindSum, Overview, overview

__all__ = [
    "FIELDS",
    "FIELDS_BY_EVIDENCE",
    "MAX_HOURS",
    "MAX_PEOPLE",
    "MAX_PHOTOS",
    "MAX_PLACE",
    "MAX_REASON",
    "MAX_TEXT",
    "OLDEST",
    "STEP",
    "KindSum",
    "Overview",
    "PhotosGone",
    "after_check_in",
    "after_removal",
    "allowed_moves",
    "collect",
    "correct",
    "log",
    "move",
    "overview",
    "record_duty",
    "resubmit",
    "void_evidence",
]
