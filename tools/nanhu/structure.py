"""Create rows for the facts from the article, and for the initial content. Nothing is created twice."""

from consultation.models import Area, Milestone, Organisation, Project, ProjectPartner, ProjectPlace, Series
from consultation.services import projects as project_services
from demands.models import Category, CategoryMatch, StandardReply
from foundation.actors import SYSTEM
from foundation.portal import Portal
from members.models import LiaisonCommittee, Member, ProjectMember, ResourceCategory, Sector, Story

from . import categories, english, members, organisations, places, portal, projects, replies, series
from .rows import Report, counted, ensure, ensure_areas, ensure_venues, numbered


def load(report: Report) -> None:
    report("Loading the structure of Nanhu; rows that exist stay as they are.")
    for what, create in (
        ("portal", _portal),
        ("areas", _areas),
        ("venues", _venues),
        ("committee", _committee),
        ("series", _series),
        ("members' sectors", _sectors),
        ("resource categories", _resource_categories),
        ("members named in the article", _members),
        ("members' stories", _stories),
        ("partners named in the article", _organisations),
        ("projects named in the article", _projects),
        ("categories", _demand_categories),
        ("category matches", _category_matches),
        ("standard replies", _replies),
    ):
        report(counted(what, create()))


# Each of these returns for every row whether it was created.


def _portal() -> list[bool]:
    return [ensure(Portal, {"pk": 1}, portal.PORTAL)]


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


def _sectors() -> list[bool]:
    return [
        ensure(Sector, {"code": code}, {"name": name, "name_en": name_en, "order": number})
        for number, (code, name, name_en) in numbered(members.SECTORS)
    ]


def _resource_categories() -> list[bool]:
    return [
        ensure(ResourceCategory, {"code": code}, {"name": name, "name_en": name_en, "order": number})
        for number, (code, name, name_en) in numbered(categories.RESOURCE_CATEGORIES)
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


def _demand_categories() -> list[bool]:
    names = ("name", "name_en", "hint", "hint_en", "response_days", "resolution_days")
    return [
        ensure(Category, {"code": code}, dict(zip(names, values, strict=True)) | {"order": number})
        for number, (code, *values) in numbered(categories.DEMAND_CATEGORIES)
    ]


def _category_matches() -> list[bool]:
    demands = {category.code: category for category in Category.objects.all()}
    resources = {category.code: category for category in ResourceCategory.objects.all()}
    return [
        ensure(CategoryMatch, {"demand_category": demands[category], "resource_category": resources[kind]}, {})
        for category, kind in categories.MATCHES
    ]


def _replies() -> list[bool]:
    return [
        ensure(StandardReply, {"title": title}, {"body": body, "order": number})
        for number, (title, body) in numbered(replies.STANDARD_REPLIES)
    ]
