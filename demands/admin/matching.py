"""Suggestions for staff: who could help with a demand, and which demands are about the same trouble."""

from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from ..suggestions import similar
from ..suggestions.matching import Offer, suggestions
from ..workflow import OPEN, DemandStatus
from .acts import DEMAND_ACTS


def panel(model_admin, request, demand) -> dict:
    """Demands that may be about the same trouble, and whether one may be chosen to merge this one into it."""
    return {
        "similar": similar.for_staff(demand, request.user),
        "merge_status": DemandStatus.MERGED,
        "may_merge": demand.status in OPEN and request.user.has_perm("demands.merge_demand"),
    }


@DEMAND_ACTS.page("<int:pk>/suggest/", "demands.view_dispatch")
def suggest(model_admin, request, demand):
    """The ranked suggestions, each with its reason. Staff choose; nothing is sent by itself."""
    ranking = suggestions(demand)
    may = request.user.has_perm("demands.dispatch_demand")
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "title": _("谁能帮上忙"),
        "demand": demand,
        "back": model_admin.back_to(demand),
        "listed": [(found, _dispatch_to(demand, found.offer) if may else "") for found in ranking.listed],
        # What serves elsewhere, or is not open, is for the office that dispatches.
        "left_out": ranking.left_out if may else (),
    }
    return render(request, "admin/demands/demand/suggest.html", context)


def _dispatch_to(demand, offer: Offer) -> str:
    """The page that dispatches to this member with this resource; none for an organisation's, which a member brings."""
    if offer.member is None:
        return ""
    chosen = {name: key for name, key in (("member", offer.member), ("resource", offer.resource)) if key}
    return f"{reverse('admin:demands_demand_dispatch', args=[demand.pk])}?{urlencode(chosen)}"
