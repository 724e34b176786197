"""Make rows of what was reported by name: members, partners, projects. Nothing is invented, and nothing made twice."""

from consultation.models import Area, Organisation, Project, ProjectPartner, ProjectPlace
from consultation.services import projects as building
from consultation.workflow import ProjectStatus
from foundation.actors import SYSTEM
from members.models import LiaisonCommittee, Member, ProjectMember

from . import partners, people, projects


def members(committee: LiaisonCommittee) -> list[bool]:
    """Whether each had to be created."""
    return [
        Member.objects.get_or_create(
            name=name,
            committee=committee,
            defaults={"name_en": name_en, "level": level, "role": role, "role_en": role_en, "order": number * 10},
        )[1]
        for number, (name, name_en, level, role, role_en) in enumerate(people.NAMED, 1)
    ]


def organisations(area: Area) -> list[bool]:
    return [
        Organisation.objects.get_or_create(
            name=name, area=area, defaults={"name_en": name_en, "kind": kind, "about": about}
        )[1]
        for name, name_en, kind, about in partners.NAMED
    ]


def built(areas: dict[str, Area]) -> list[bool]:
    return [_build(project, areas[project.area]) for project in projects.NAMED]


def _build(built: projects.Built, area: Area) -> bool:
    if Project.objects.filter(title=built.title, area=area).exists():
        return False
    money = {"sum_yuan": built.sum_yuan, "sum_note": built.sum_note}
    project = building.add(Project(title=built.title, area=area, summary=built.summary, **money), actor=SYSTEM)
    ProjectPartner.objects.bulk_create(
        ProjectPartner(project=project, organisation=Organisation.objects.get(name=name), part=part)
        for name, part in built.partners
    )
    ProjectMember.objects.bulk_create(
        ProjectMember(project=project, member=Member.objects.get(name=name), part=part) for name, part in built.members
    )
    ProjectPlace.objects.bulk_create(
        ProjectPlace(project=project, name=name, note=note, order=number)
        for number, (name, note) in enumerate(built.places)
    )
    project = building.start(project, actor=SYSTEM)
    if built.status == ProjectStatus.DONE:
        outcome = {"result": built.result, "evidence": built.evidence, "ends_on": built.ends_on}
        building.complete(project, actor=SYSTEM, **outcome)
    return True
