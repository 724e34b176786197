"""Create rows for the facts from the article, beside what every portal begins with. Nothing is created twice."""

from consultation.models import Area, Milestone, Organisation, Project, ProjectPartner, ProjectPlace, Series
from consultation.services import projects as project_services
from foundation.actors import SYSTEM
from foundation.portal import Portal
from members.models import LiaisonCommittee, Member, ProjectMember, Story
from nanhu_portal import beginning
from nanhu_portal.beginning.rows import Report, counted, ensure, numbered

from . import english, members, organisations, places, portal, projects, series
from .rows import ensure_areas, ensure_venues


def load(report: Report) -> None:
    report("Loading the structure of Nanhu; rows that exist stay as they are.")
    beginning.load(report)
    for what, create in (
        ("portal", _portal),
        ("areas", _areas),
        ("venues", _venues),
        ("committee", _committee),
        ("series", _series),
        ("members named in the article", _members),
        ("members' stories", _stories),
        ("partners named in the article", _organisations),
        ("projects named in the article", _projects),
    ):
        report(counted(what, create()))


# Each of these returns for every row whether it was created.


def _portal() -> list[bool]:
    """The portal's row; one that `manage.py setup` made gets the story, and keeps all else."""
    if not ensure(Portal, {"pk": 1}, portal.PORTAL):
        story = {field: text for field, text in portal.PORTAL.items() if field.startswith("story")}
        return [bool(Portal.objects.filter(story="", story_title="").update(**story))]
    return [True]


def _areas() -> list[bool]:
    return ensure_areas(places.areas())


def _venues() -> list[bool]:
    return ensure_venues(places.venues())


def subdistrict() -> Area:
    return Area.objects.get(code=places.SUBDISTRICT[0])


def _committee() -> list[bool]:
    return [ensure(LiaisonCommittee, {"area": subdistrict()}, portal.COMMITTEE)]


def _series() -> list[bool]:
    area = subdistrict()
    names = ("name", "name_en", "kind", "cadence", "about", "about_en")
    return [
        ensure(
            Series,
            {"area": area, "code": code},
            dict(zip(names, values, strict=True)) | series.CHOSEN.get(code, {}) | {"order": number},
        )
        for number, (code, *values) in numbered(series.SERIES)
    ]


def _members() -> list[bool]:
    committee = LiaisonCommittee.objects.get(area=subdistrict())
    names = ("name_en", "level", "role", "role_en")
    return [
        ensure(
            Member, {"name": name, "committee": committee}, dict(zip(names, values, strict=True)) | {"order": number}
        )
        for number, (name, *values) in numbered(members.NAMED)
    ]


def _stories() -> list[bool]:
    return [
        ensure(
            Story,
            {"member": Member.objects.get(name=name), "year": members.STORIES_OF},
            dict(zip(("title_en", "body_en"), english.STORIES.get(title, english.NONE), strict=True))
            | {"title": title, "body": body, "is_chosen": True, "order": number},
        )
        for number, (name, title, body) in numbered(members.STORIES)
    ]


def _organisations() -> list[bool]:
    area = subdistrict()
    return [
        ensure(
            Organisation,
            {"name": name, "area": area},
            {"name_en": name_en, "kind": kind, "about": about, "has_agreement": name in organisations.SIGNED},
        )
        for name, name_en, kind, about in organisations.NAMED
    ]


def _projects() -> list[bool]:
    return [_project(built, Area.objects.get(code=built.area)) for built in projects.NAMED]


def _project(built: projects.Built, area: Area) -> bool:
    if Project.objects.filter(title=built.title, area=area).exists():
        return False
    project = Project(title=built.title, area=area, summary=built.summary)
    project.title_en, project.summary_en = english.PROJECTS.get(built.title, english.NONE)
    project.sum_yuan, project.sum_note = built.sum_yuan, built.sum_note
    project = project_services.add_reported(project, projects.SOURCE, actor=SYSTEM)
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
    Milestone.objects.bulk_create(
        Milestone(project=project, title=title, done_on=month, by_month=True) for title, month in built.reached
    )
    return True
