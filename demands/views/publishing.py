"""The public pages of demands: the list and one demand."""

import functools

from django.http import JsonResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from consultation.selectors.subdistricts import enter, here_of
from foundation import clock, search
from foundation.filters import without
from foundation.paging import page_of

from .. import services
from ..filters import NEWEST, SORTS, PublicDemandFilter
from ..forms.supports import NotifyForm
from ..models import Demand, PhotoReview
from ..models.categories import placed
from ..selectors import finding, supports
from ..selectors.chain import links_of, stations
from ..selectors.lineage import lineage_of, same_trouble, with_recurrence
from ..selectors.lists import public_demands
from ..selectors.proposals import of_demand, with_proposals
from ..selectors.publishing import demand_data
from ..services import rechecks, trail
from ..workflow import SOLVED, DemandStatus

PER_PAGE = 20


@require_safe
def demand_list(request):
    public = Demand.objects.public()
    # Without a query there is nothing to filter. The bar depends on the query alone, and is cached for a minute.
    narrowed = request.GET or here_of(request).limit
    filters = PublicDemandFilter(request.GET, request=request, queryset=public) if narrowed else None
    found = filters.found() if filters else public
    typed, matches = filters.typed if filters else "", None
    if filters and filters.best_first:
        matches = finding.for_residents(found, typed, newest=SORTS[NEWEST][1])
        page = page_of(request, matches.keys, PER_PAGE)
        shown = search.in_order(public, page.object_list)
        if page.number == 1:
            helped = matches.exact or matches.synonyms
            services.synonyms.notify_worker(typed, found=bool(helped), synonyms=matches.synonyms)
    else:
        ordered = found.order_by(*(filters.sorting if filters else SORTS[NEWEST][1]))
        page = page_of(request, ordered, PER_PAGE, counted=None if filters else public_demands(None))
        shown = page.object_list
    items = list(shown.rows("public_summary") if typed else shown.rows())
    exact = max(len(matches.exact) + 1 - page.start_index(), 0) if matches else len(items)
    context = {
        "page": page,
        "filter": filters or (lambda: PublicDemandFilter({}, request=request, queryset=public)),
        "chosen": filters.chosen if filters else [],
        "query": without(request.GET),
        "section": "demands",
        "typed": typed,
        "matches": matches,
        "items": items,
        "total": len(matches.exact) if matches else page.paginator.count,
        # Those on this page that contain all that was typed, or all without a search; and those that come near.
        "exact_items": items[:exact],
        "near_items": items[exact:],
        "unsorted": without(request.GET, "sort"),
    }
    return render(request, "demands/demand_list.html", context)


@require_safe
def demand_detail(request, ref: str):
    return demand_page(request, public_demand(ref))


def public_demand(ref: str) -> Demand:
    """Return the public demand. Raises `Http404`."""
    rows = with_proposals(with_recurrence(Demand.objects.public().with_links_stamp()))
    return placed(get_object_or_404(rows, ref=ref))


def demand_page(request, demand: Demand, *, notify_form: NotifyForm | None = None, status: int = 200):
    """Show a public demand; with a form that has errors, where a contact could not be taken."""
    enter(request, demand.area_id)
    lineage = functools.cache(lambda: lineage_of(demand))
    mine = supports.mine(request, demand)
    if mine and not mine.contact_id and notify_form is None and services.supports.takes_contacts(demand):
        notify_form = NotifyForm()
    context = {
        "demand": demand,
        "data": demand_data(demand),
        # Deadlines pass at midnight.
        "today": clock.today(),
        # Callables, evaluated only when the page's body is not cached. The cache key holds the versions of the demand
        # and of all that it is linked to.
        "stations": lambda: stations(
            demand,
            demand.transitions.all(),
            links_of(demand),
            parts=lineage().words if demand.status == DemandStatus.SPLIT else "",
        ),
        # The part about related demands is not cached, since it changes with them.
        "has_lineage": demand.status in (DemandStatus.MERGED, DemandStatus.SPLIT) or bool(demand.split_from_id),
        "lineage": lineage,
        "same_trouble": same_trouble(demand),
        "proposals": of_demand(demand),
        "still_solved": lambda: rechecks.still_solved(demand),
        "photos": lambda: list(demand.photos.filter(review=PhotoReview.APPROVED)),
        # The visitor's own support, and the form for a contact beside it.
        "mine": mine,
        "notify_form": notify_form,
        "may_come_again": demand.status in SOLVED,
        "section": "demands",
    }
    return render(request, "demands/demand_detail.html", context, status=status)


@require_safe
def demand_trail(request, ref: str):
    """Download the whole evidence trail of a public demand, for verification."""
    demand = get_object_or_404(Demand.objects.public().only("ref"), ref=ref)
    response = JsonResponse(trail.document(demand), json_dumps_params={"ensure_ascii": False, "indent": 1})
    response["Content-Disposition"] = f'attachment; filename="{demand.ref}-trail.json"'
    # No cache may show a demand after it was unpublished.
    response["Cache-Control"] = "no-cache"
    return response
