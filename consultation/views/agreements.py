"""What was promised, and what was built: agreements and projects as anybody may read them."""

from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from foundation.filters import without
from foundation.paging import page_of

from ..filters import AgreementFilter, ProjectFilter
from ..models import Agreement, Project, places

PER_PAGE = 20


def _list(request, filters, rows) -> dict:
    """One page of a filtered list."""
    page = page_of(request, rows, PER_PAGE)
    context = {
        "page": page,
        "items": list(page.object_list),
        "filter": filters,
        "chosen": filters.chosen(),
        "query": without(request.GET, "page"),
        "section": "projects",
    }
    return context


@require_safe
def project_list(request):
    filters = ProjectFilter(request.GET, queryset=Project.objects.public())
    rows = filters.found().order_by("-starts_on", "-pk").prefetch_related("partnerships__organisation")
    context = _list(request, filters, rows)
    for project in context["items"]:
        project.area = places.area(project.area_id)
    return render(request, "consultation/project_list.html", context)


@require_safe
def project_detail(request, pk: int):
    project = get_object_or_404(Project.objects.public(), pk=pk)
    project.area = places.area(project.area_id)
    context = {
        "project": project,
        "partnerships": list(project.partnerships.select_related("organisation")),
        "places": list(project.places.select_related("venue")),
        "milestones": list(project.milestones.all()),
        "agreements": list(project.agreements.public().drawn().order_by("event__starts_at", "number")),
        "pictures": list(project.pictures.public()),
        "section": "projects",
    }
    return render(request, "consultation/project_detail.html", context)


@require_safe
def agreement_list(request):
    """Overdue ones first: of the open ones, those whose day came earliest."""
    filters = AgreementFilter(request.GET, queryset=Agreement.objects.public())
    rows = filters.found().open_first().drawn()
    return render(request, "consultation/agreement_list.html", _list(request, filters, rows))
