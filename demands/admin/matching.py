"""Suggestions at the desk: who could help with a demand, why, and why others are not among them."""

from django.shortcuts import render
from django.urls import path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from foundation.modeladmin import act

from ..suggestions.matching import Offer, suggestions


class SuggestionActs:
    """What `DemandAdmin` adds to a demand's page: the ranked suggestions. Staff choose; nothing is sent by itself."""

    def suggestion_urls(self) -> list:
        return [
            path("<int:pk>/suggest/", self.admin_site.admin_view(self.suggest), name="demands_demand_suggest"),
        ]

    @act("demands.view_dispatch")
    def suggest(self, request, demand):
        ranking = suggestions(demand)
        may = request.user.has_perm("demands.dispatch_demand")
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("谁能帮上忙"),
            "demand": demand,
            "back": self.back_to(demand),
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
