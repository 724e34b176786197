"""Demands in the admin: Django's pages show the state, buttons move it. Nothing is edited in place."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch
from django.http import Http404, HttpResponse
from django.shortcuts import render

from consultation.selectors.events import count_taken
from foundation.keys import key_of
from foundation.modeladmin import Button, ReadOnlyAdmin

from .. import services
from ..models import Demand
from ..models.demand_sets import DemandQuerySet
from ..selectors.chain import links_of, stations
from ..selectors.deadlines import deadline
from ..selectors.lineage import with_recurrence
from ..selectors.proposals import with_links
from ..selectors.timeline import entries, masked_texts
from . import combined, deadlines, dispatches, matching, merging, offices, place, proposals, urgency
from .queues import DemandListAdmin

# The panels of a demand's page.
PANELS = (
    *(place.panel, urgency.panel, deadlines.panel, merging.panel, offices.panel, matching.panel, dispatches.panel),
    *(combined.panel, proposals.panel),
)

# Name of a button or part of a demand's page → the permission it requires.
PERMISSIONS = {
    "answer": "demands.answer_demand",
    "note": "demands.note_demand",
    "assign": "demands.assign_demand",
    "reclassify": "demands.handle_demand",
    "publish": "demands.publish_demand",
    "reveal": "foundation.reveal_contact",
    "erase": "demands.erase_demand",
    "photos": "demands.change_demandphoto",
    "link": "demands.handle_demand",
    "handle": "demands.handle_demand",
}


@admin.register(Demand)
class DemandAdmin(DemandListAdmin, ReadOnlyAdmin):
    act_template = "admin/demands/demand/act.html"
    change_form_template = "admin/demands/demand/detail.html"

    def has_add_permission(self, request):
        return request.user.has_perm("demands.add_demand")

    def change_view(self, request, object_id, form_url="", extra_context=None):
        if request.method not in ("GET", "HEAD"):
            raise PermissionDenied
        demand = self.get_object(request, object_id)
        if demand is None:
            raise Http404
        if not self.has_view_permission(request, demand):
            raise PermissionDenied
        return self.demand_page(request, demand)

    def demand_page(self, request, demand: Demand, *, status: int = 200, **more) -> HttpResponse:
        """Render the demand's page. `more`: further context, such as the form that was refused."""
        return render(request, self.change_form_template, self._context(request, demand) | more, status=status)

    def _context(self, request, demand: Demand) -> dict:
        # First, since it prefetches rows that the rest of the page uses too.
        timeline = entries(demand, for_staff=True)
        moves = services.transitions.allowed_moves(demand, request.user)
        buttons = [
            Button(self.address("move", demand.pk, to), move.label, bool(move.requires) or move.confirm)
            for to, move in moves.items()
        ]
        buttons += merging.again_button(self, request, demand)
        at = place.carried(request)
        links = links_of(demand)
        count_taken(link.agenda_item.event for link in links.items)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": demand.ref,
            "demand": demand,
            "due": deadline(demand),
            "buttons": [button._replace(address=f"{button.address}{at}") for button in buttons],
            "entries": timeline,
            "masked_texts": masked_texts(demand),
            "photos": demand.photos.all(),
            "stations": stations(demand, demand.transitions.all(), links, draft=True),
            "links": links,
            "can": {name: request.user.has_perm(permission) for name, permission in PERMISSIONS.items()},
        }
        for panel in PANELS:
            context |= panel(self, request, demand)
        return context

    def get_object(self, request, object_id, from_field=None):
        # Without an order: to find out that it sorts by none of its 200 columns takes Django a quarter of the page.
        return next(iter(self.with_all(request).filter(pk=key_of(object_id)).order_by()), None)

    def with_all(self, request) -> DemandQuerySet:
        """The demands that the user may see, each with what its page shows beside it.

        Those that it was merged into, split from or follows are read where they are shown: few have any, and their
        columns would take most of the time of the query.
        """
        return (
            with_links(with_recurrence(self.get_queryset(request)))
            .with_place()
            .select_related("assignee", "contact", "venue", "resource", "unit", "reported_by")
            .select_related("handling_text", "publication_text")
            .prefetch_related(Prefetch("merged", Demand.objects.order_by("pk")))
        )

    # --- Its place in a list ---

    def back_from(self, request, row=None):
        return f"{super().back_from(request, row)}{place.carried(request) if row else ''}"

    def after_act(self, request, row=None):
        """The next one of the list from which the row was opened, for whoever likes to go on; else the row."""
        if row is None or not request.user.opens_next:
            return self.back_from(request, row)
        found = place.place_of(self, request, row)
        if found is None:
            return self.back_from(request, row)
        return place.address_of(self, found, found.next_after_act) or place.list_address(self, found)

    def act_page(self, request, row, form, heading, button, *, status=200, **more):
        return super().act_page(request, row, form, heading, button, status=status, demand=row, **more)
