"""Extensions of the project admin: the members who take part."""

from consultation.admin.projects import MilestoneInline, PartnerInline, PlaceInline, ProjectAdmin, ScopedInline
from consultation.models import Project
from foundation.modeladmin import extends

from ..models import Member, ProjectMember


class MemberInline(ScopedInline):
    model = ProjectMember
    limited_models = frozenset({Member})


@extends(Project)
class JoinedProjectAdmin(ProjectAdmin):
    inlines = (PartnerInline, MemberInline, MilestoneInline, PlaceInline)
