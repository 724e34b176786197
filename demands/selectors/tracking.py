"""Access to a resident's own demand by its secret code, or by a signed link that expires."""

from django.core import signing
from django.urls import reverse

from foundation.links import absolute, signed
from foundation.tokens import code_hash

from ..models import Demand
from ..models.categories import placed
from ..models.demand_sets import DemandQuerySet

SALT = "demands.selectors.tracking"
LINK_SECONDS = 7 * 24 * 3600


def signed_link(ref: str, page: str = "tracking") -> str:
    """Return the full URL of the tracking page, or of one below, valid for a week; messages carry it, not the code."""
    return absolute(reverse(page, args=[signed(ref, salt=SALT)]))


def draft_key(code: str) -> str:
    """Return the key under which the browser stores a form's draft; empty for a signed link.

    It grants no access: the code cannot be derived from it.
    """
    return (code_hash(code) or "")[:16]


def find(code: str, demands: DemandQuerySet | None = None) -> Demand | None:
    """Return the demand that a code or a signed link opens, or None.

    Args:
        demands: what to find it among, with annotations that are wanted.
    """
    demands = Demand.objects.all() if demands is None else demands
    if ":" in code:
        try:
            ref = signing.loads(code, salt=SALT, max_age=LINK_SECONDS)
        except signing.BadSignature:
            return None
        found = demands.filter(ref=ref).first()
    else:
        digest = code_hash(code)
        found = demands.filter(code_hash=digest).first() if digest else None
    return placed(found) if found else None
