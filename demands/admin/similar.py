"""Demands that may be of the same trouble, beside the one on the desk."""

from foundation.modeladmin import ActingAdmin

from ..suggestions import similar
from ..workflow import OPEN


class Similar(ActingAdmin):
    def demand_context(self, request, demand) -> dict:
        """What the demand's page shows of it: the similar ones, and whether one may be chosen to merge it into."""
        return super().demand_context(request, demand) | {
            "similar": similar.at_desk(demand, request.user),
            "may_merge": demand.status in OPEN and request.user.has_perm("demands.merge_demand"),
        }
