"""The public list of agreements."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from foundation.filters import without
from foundation.paging import page_of

from .. import selectors
from ..filters import AgreementFilter
from ..models import Agreement

PER_PAGE = 20


def list_context(request, filters, page) -> dict:
    """Return the context of one page of the filtered list."""
    return {
        "page": page,
        "items": list(page.object_list),
        "filter": filters,
        "chosen": filters.chosen(),
        "query": without(request.GET),
        "section": "projects",
    }


@require_safe
def agreement_list(request):
    """List agreements: the open ones first, by due date, so that overdue ones lead."""
    filters = AgreementFilter(request.GET, request=request, queryset=Agreement.objects.public())
    page = page_of(request, selectors.agreements.drawn(filters.found().open_first()), PER_PAGE)
    return render(request, "consultation/agreement_list.html", list_context(request, filters, page))
