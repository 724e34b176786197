"""The liaison committee, its members and what they bring; who was where and who read what, to look at."""

from django import forms
from django.contrib import admin
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from consultation import places
from consultation.contact_desk import WithContactAdmin, WithContactForm
from consultation.desk import ScopedAdmin
from consultation.models import Area, Organisation, Project, Venue
from foundation.accounts import Role, User
from foundation.desk import AuditedAdmin, ReadOnlyAdmin, VisibleAdmin

from .models import (
    Attendance,
    LiaisonCommittee,
    Member,
    ProjectMember,
    Resource,
    ResourceCategory,
    Sector,
    StudyMark,
    VenueHost,
)


def committees_of(user):
    areas = Area.objects.within_scope_of(user)
    return LiaisonCommittee.objects.filter(area__in=areas.values("pk"))


@admin.register(LiaisonCommittee)
class LiaisonCommitteeAdmin(ScopedAdmin):
    list_display = ("name", "area", "ref_prefix", "phone")
    list_select_related = ("area",)
    fixed_fields = ("area", "ref_prefix")

    def get_queryset(self, request):
        areas = Area.objects.within_scope_of(request.user)
        return super().get_queryset(request).filter(area__in=areas.values("pk"))


@admin.register(Sector)
class SectorAdmin(AuditedAdmin):
    list_display = ("name", "name_en", "code", "order")
    prepopulated_fields = {"code": ("name_en",)}


@admin.register(ResourceCategory)
class ResourceCategoryAdmin(AuditedAdmin):
    list_display = ("name", "name_en", "code", "order")
    prepopulated_fields = {"code": ("name_en",)}


# --- Members ---------------------------------------------------------------------------------------------------------


class MemberForm(WithContactForm):
    class Meta:
        model = Member
        fields = ["committee", "name", "name_en", "level", "sector", "role", "role_en", "user", "order", "is_active"]


class ScopedInline(admin.StackedInline):  # stacked, because Django's tabular one leaves its fields without labels
    """Link rows whose other end is chosen within one's areas. The choices are read once for all rows."""

    extra = 1
    fk_name = "member"

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.remote_field.model in (Venue, Project):
            kwargs["queryset"] = db_field.remote_field.model.objects.visible_to(request.user)
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name != self.fk_name:
            field.choices = [choice for choice in field.choices]  # noqa: C416 - list() would first count them
        return field


class VenueHostInline(ScopedInline):
    model = VenueHost
    fields = (("venue", "times"),)


class ProjectMemberInline(ScopedInline):
    model = ProjectMember
    fields = (("project", "part"),)


@admin.register(Member)
class MemberAdmin(WithContactAdmin, VisibleAdmin, ScopedAdmin):
    form = MemberForm
    list_display = ("name", "level", "sector", "role", "committee", "is_active")
    list_filter = ("level", "is_active")
    list_select_related = ("sector", "committee")
    ordering = ("order", "pk")
    sortable_by = ()
    search_fields = ("name", "name_en")
    search_help_text = _("姓名")
    inlines = (VenueHostInline, ProjectMemberInline)

    def get_fieldsets(self, request, obj=None):
        return [(None, {"fields": MemberForm.Meta.fields}), self.contact_fieldset(request, obj)]

    def get_form(self, request, obj=None, **kwargs):
        form = super().get_form(request, obj, **kwargs)
        if "user" in form.base_fields:
            # Accounts of members only, and none that signs in as somebody else.
            free = Q(member__isnull=True) | Q(member=obj) if obj else Q(member__isnull=True)
            accounts = User.objects.filter(free, groups__name=Role.COMMITTEE_MEMBER, is_active=True)
            form.base_fields["user"].queryset = accounts
        return form

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "committee":
            kwargs["queryset"] = committees_of(request.user)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


# --- Resources -------------------------------------------------------------------------------------------------------


class ResourceForm(forms.ModelForm):
    class Meta:
        model = Resource
        fields = ["title", "category", "about", "area", "member", "organisation", "is_open"]


@admin.register(Resource)
class ResourceAdmin(VisibleAdmin, ScopedAdmin):
    form = ResourceForm
    list_display = ("title", "category", "provider", "place", "is_open")
    list_filter = ("category", "is_open")
    list_select_related = ("category", "member", "organisation")
    ordering = ("-created_at", "-pk")
    sortable_by = ()
    search_fields = ("title",)
    search_help_text = _("名称")

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.remote_field.model in (Member, Organisation):
            kwargs["queryset"] = db_field.remote_field.model.objects.visible_to(request.user)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @admin.display(description=_("提供方"))
    def provider(self, resource):
        return resource.member.title if resource.member else resource.organisation

    @admin.display(description=_("服务区域"))
    def place(self, resource):
        return places.area(resource.area_id).place


# --- To look at ------------------------------------------------------------------------------------------------------


class OfEventsAdmin(ReadOnlyAdmin):
    """Rows that hang on something of an area."""

    area_lookup = ""

    def get_queryset(self, request):
        found = super().get_queryset(request)
        if request.user.is_superuser:
            return found
        return found.filter(**{f"{self.area_lookup}__in": places.areas_of(request.user)})


@admin.register(Attendance)
class AttendanceAdmin(OfEventsAdmin):
    area_lookup = "event__area"
    list_display = ("event", "member", "organisation", "sector", "people", "how", "at")
    list_filter = ("how", "sector")
    list_select_related = ("event", "member", "organisation")
    sortable_by = ()
    ordering = ("-at", "-pk")


@admin.register(StudyMark)
class StudyMarkAdmin(OfEventsAdmin):
    area_lookup = "member__committee__area"
    list_display = ("note", "member", "read_at")
    list_select_related = ("note", "member")
    sortable_by = ()
    ordering = ("-read_at", "-pk")
