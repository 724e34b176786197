"""Projects as schema.org data."""

from collections.abc import Iterable

from django.urls import reverse

from foundation.iso_time import iso_time
from foundation.links import absolute
from foundation.names import in_language
from foundation.schema_org import document, thing

from ..models import Project, ProjectPartner, ProjectPlace
from .areas import area_data
from .organisations import organisation_data


def project_data(project: Project, partnerships: Iterable[ProjectPartner], places: Iterable[ProjectPlace]) -> dict:
    """Return a project with its partners, the organisations that schema.org calls its members.

    Args:
        project: its area is one of the cached tree.
    """
    return document(
        thing(
            "Project",
            name=str(project),
            description=in_language(project, "summary"),
            url=absolute(reverse("project_detail", args=[project.pk])),
            foundingDate=iso_time(project.starts_on),
            dissolutionDate=iso_time(project.ends_on),
            areaServed=area_data(project.area),
            location=[thing("Place", name=place.name) for place in places],
            member=[organisation_data(partnership.organisation) for partnership in partnerships],
            is_demo=project.is_demo,
        )
    )
