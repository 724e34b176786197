"""Suggestions for staff: who could help with a demand, and which demands are about the same problem."""

from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from ..suggestions import similar
from ..suggestions.matching import Offer, suggestions
from ..workflow import OPEN, DemandStatus
from .acts import DEMAND_ACTS


def panel(model_admin, request, demand) -> dict:
    """Return demands that may be about the same problem, and whether the user may merge this one into another."""
    return {
        "similar": similar.for_staff(demand, request.user),
        "merge_status": DemandStatus.MERGED,
        "may_merge": demand.status in OPEN and request.user.has_perm("demands.merge_demand"),
        # The others have ended, and the same trouble has come again.
        "mergeable": (*OPEN, DemandStatus.SPLIT),
    }


@DEMAND_ACTS.page("<int:pk>/suggest/", "demands.view_dispatch")
def suggest(model_admin, request, demand):
    """Show the ranked suggestions with their reasons. Staff choose; nothing is sent automatically."""
    ranking = suggestions(demand)
    may = request.user.has_perm("demands.dispatch_demand")
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "title": _("可协助的资源和委员"),
        "demand": demand,
        "back": model_admin.back_to(demand),
        "listed": [(found, _dispatch_to(demand, found.offer) if may else "") for found in ranking.listed],
        # Only users who dispatch see the offers that do not serve the area or are not open.
        "left_out": ranking.left_out if may else (),
    }
    return render(request, "admin/demands/demand/suggest.html", context)


def _dispatch_to(demand, offer: Offer) -> str:
    """Return the address of the form that dispatches to this member with this resource; empty for an organisation's
    resource, which needs a member to bring it.
    """
    if offer.member is None:
        return ""
    chosen = {name: key for name, key in (("member", offer.member), ("resource", offer.resource)) if key}
    return f"{reverse('admin:demands_demand_dispatch', args=[demand.pk])}?{urlencode(chosen)}"
