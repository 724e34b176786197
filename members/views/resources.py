"""Public pages of resources."""

from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from consultation.models import places
from consultation.selectors.subdistricts import enter
from foundation.filters import without
from foundation.paging import page_of

from .. import selectors
from ..filters import ResourceFilter
from ..models import Resource

PER_PAGE = 20


def _shown():
    return Resource.objects.public().select_related("category", "member", "organisation").prefetch_related("areas")


@require_safe
def resource_list(request):
    filters = ResourceFilter(request.GET, request=request, queryset=_shown())
    page = page_of(request, selectors.resources.with_taken(filters.found()), PER_PAGE)
    items = list(page.object_list)
    for resource in items:
        resource.area = places.area(resource.area_id)
    context = {
        "page": page,
        "items": items,
        "filter": filters,
        "chosen": filters.chosen(),
        "query": without(request.GET),
        "section": "resources",
    }
    return render(request, "members/resource_list.html", context)


@require_safe
def resource_detail(request, pk: int):
    """A resource that is open and within its period; 404 for others."""
    resource = get_object_or_404(selectors.resources.with_taken(_shown()), pk=pk)
    resource.area = places.area(resource.area_id)
    enter(request, resource.area_id)
    context = {"resource": resource, "data": selectors.resources.resource_data(resource), "section": "resources"}
    return render(request, "members/resource_detail.html", context)
