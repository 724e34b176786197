"""The public list and pages of projects."""

from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from foundation.paging import page_of

from .. import selectors
from ..filters import ProjectFilter
from ..models import Project, places
from .agreements import list_context

PER_PAGE = 20


@require_safe
def project_list(request):
    filters = ProjectFilter(request.GET, request=request, queryset=Project.objects.public())
    rows = filters.found().order_by("-starts_on", "-pk").prefetch_related("partnerships__organisation", "milestones")
    context = list_context(request, filters, page_of(request, rows, PER_PAGE))
    for project in context["items"]:
        project.area = places.area(project.area_id)
    selectors.pictures.put_beside(context["items"])
    return render(request, "consultation/project_list.html", context)


@require_safe
def project_detail(request, pk: int):
    project = get_object_or_404(Project.objects.public(), pk=pk)
    project.area = places.area(project.area_id)
    selectors.subdistricts.enter(request, project.area_id)
    agreements = project.agreements.public().order_by("event__starts_at", "number")
    partnerships = list(project.partnerships.select_related("organisation"))
    located = list(project.places.select_related("venue"))
    context = {
        "project": project,
        "partnerships": partnerships,
        "places": located,
        "data": selectors.projects.project_data(project, partnerships, located),
        "milestones": list(project.milestones.all()),
        "agreements": list(selectors.agreements.drawn(agreements)),
        "pictures": list(project.pictures.public()),
        "section": "projects",
    }
    return render(request, "consultation/project_detail.html", context)
