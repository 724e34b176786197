"""What can be done with a demand. Each function is one act: atomic, the row locked, a trace left, messages owed.

Staff acts take `version`, the number the page was made with: when somebody else was faster, the act is refused and
nothing is written over.
"""

from foundation.errors import Refused, Stale

from .handling import answer, assign, erase, note, prepare_publication, publish, reclassify, review_photo, unpublish
from .intake import Submission, submit
from .residents import (
    add_information,
    rate,
    reopen,
    replace_code,
    request_deletion,
    send_link,
    support,
    withdraw_publication,
)
from .transitions import Part, PhotosGone, allowed_moves, change_status

__all__ = [
    "Part",
    "PhotosGone",
    "Refused",
    "Stale",
    "Submission",
    "add_information",
    "allowed_moves",
    "answer",
    "assign",
    "change_status",
    "erase",
    "note",
    "prepare_publication",
    "publish",
    "rate",
    "reclassify",
    "reopen",
    "replace_code",
    "request_deletion",
    "review_photo",
    "send_link",
    "submit",
    "support",
    "unpublish",
    "withdraw_publication",
]
