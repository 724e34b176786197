"""What members and partners can bring."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from consultation import places
from foundation.filters import without
from foundation.paging import CappedPaginator

from ..models import Resource
from ..resource_filters import ResourceFilter

PER_PAGE = 20


@require_safe
def resource_list(request):
    resources = Resource.objects.public().select_related("category", "member", "organisation")
    filters = ResourceFilter(request.GET, queryset=resources)
    page = CappedPaginator(filters.found(), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "items": [(resource, places.area(resource.area_id).place) for resource in page.object_list],
        "filter": filters,
        "chosen": filters.chosen(),
        "query": without(request.GET, "page"),
        "section": "resources",
    }
    return render(request, "members/resource_list.html", context)
