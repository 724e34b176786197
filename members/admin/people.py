"""The liaison committee and its members."""

from django import forms
from django.contrib import admin
from django.db.models import Q
from django.http import Http404
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from consultation.admin.bases import ScopedAdmin
from consultation.models import Agreement, Area, Project, Venue, places
from foundation import uploads
from foundation.accounts import Role, User
from foundation.cached import Cached
from foundation.combobox import ManyRowsCombobox
from foundation.contact_forms import WithContactAdmin, WithContactForm
from foundation.forms import PlainForm
from foundation.modeladmin import AuditedAdmin, ManyRowsInline, PictureAdmin, act
from foundation.photos import photo_response

from .. import services
from ..models import AgreementMember, LiaisonCommittee, Member, ProjectMember, Sector, Story, VenueHost

# Rows that hardly change, cached for menus.
_committees = Cached(lambda: list(LiaisonCommittee.objects.order_by("area__order", "pk")))
_sectors = Cached(lambda: list(Sector.objects.all()))
_venues = Cached(lambda: list(Venue.objects.all()))


def committees_of(user):
    areas = Area.objects.within_scope_of(user)
    return LiaisonCommittee.objects.filter(area__in=areas.values("pk"))


def _in_scope(rows: list, user) -> list:
    mine = places.areas_of(user)
    return [row for row in rows if row.area_id in mine]


def _offer(field: forms.ModelChoiceField, rows: list) -> None:
    """Set the choices of a menu; the submitted value is still looked up in the field's queryset."""
    empty = [] if field.empty_label is None else [("", field.empty_label)]
    field.choices = [*empty, *((row.pk, str(row)) for row in rows)]


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


class MemberForm(WithContactForm):
    class Meta:
        model = Member
        fields = [
            *("committee", "name", "name_en", "level", "sector", "role", "role_en", "about"),
            *("user", "order", "is_active"),
        ]


class PortraitForm(PlainForm):
    photo = forms.FileField(
        label=_("照片"),
        help_text=_("本人同意公开的单人照，最大 10 MB；将裁成正方形，去除拍摄地点等信息，在任期间公开。"),
        widget=forms.FileInput(attrs={"accept": ",".join(uploads.TYPES), "required": True}),
        error_messages={"required": _("请选择一张照片。")},
    )


class ScopedInline(ManyRowsInline):
    """Links to rows within the user's areas. The choices are read once for all forms."""

    fk_name = "member"

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        kwargs["widget"] = ManyRowsCombobox
        if db_field.remote_field.model in (Venue, Project):
            kwargs["queryset"] = db_field.remote_field.model.objects.visible_to(request.user)
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.remote_field.model is Venue:
            _offer(field, _in_scope(_venues(), request.user))
        elif db_field.name != self.fk_name:
            field.choices = [choice for choice in field.choices]  # noqa: C416 - list() would first count them
        return field


class VenueHostInline(ScopedInline):
    model = VenueHost
    fields = (("venue", "times"),)


class ProjectMemberInline(ScopedInline):
    model = ProjectMember
    fields = (("project", "part"),)


class AgreementMemberInline(ScopedInline):
    """Agreements that the member supports; one that is kept creates a duty record."""

    model = AgreementMember
    fields = ("agreement",)

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "agreement":
            kwargs["queryset"] = Agreement.objects.visible_to(request.user).order_by("-pk")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class StoryInline(ScopedInline):
    """Stories for the annual showcase; the chosen ones are public."""

    model = Story
    fields = (("year", "order", "is_chosen"), "title", "title_en", "body", "body_en")


@admin.register(Member)
class MemberAdmin(PictureAdmin, WithContactAdmin, ScopedAdmin):
    form = MemberForm
    list_display = ("name", "level", "sector", "role", "committee", "is_active")
    list_filter = ("level", "is_active")
    list_select_related = ("sector", "committee")
    ordering = ("order", "pk")
    sortable_by = ()
    search_fields = ("name", "name_en")
    search_help_text = _("姓名")
    inlines = (VenueHostInline, ProjectMemberInline, AgreementMemberInline, StoryInline)

    def get_queryset(self, request):
        return super().get_queryset(request).visible_to(request.user)

    def get_fieldsets(self, request, obj=None):
        about = [*MemberForm.Meta.fields, "portrait"] if obj else MemberForm.Meta.fields
        return [(None, {"fields": about}), self.contact_fieldset(request, obj)]

    def get_readonly_fields(self, request, obj=None):
        # An account comes with its opening: whoever could choose one here could reach accounts of other places.
        fixed = () if request.user.is_superuser else ("user",)
        return (*super().get_readonly_fields(request, obj), *fixed, "portrait")

    def get_form(self, request, obj=None, **kwargs):
        form = super().get_form(request, obj, **kwargs)
        if "user" in form.base_fields:
            # Only accounts of members, and none that belongs to another member.
            free = Q(member__isnull=True) | Q(member=obj) if obj else Q(member__isnull=True)
            accounts = User.objects.filter(free, groups__name=Role.COMMITTEE_MEMBER, is_active=True)
            form.base_fields["user"].queryset = accounts
        return form

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "committee":
            kwargs["queryset"] = committees_of(request.user)
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "committee":
            _offer(field, _in_scope(_committees(), request.user))
        elif db_field.name == "sector":
            _offer(field, _sectors())
        return field

    # --- The portrait ---

    def get_urls(self):
        pages = {
            "<int:pk>/portrait.jpg": (self.portrait_file, "portrait_file"),
            "<int:pk>/portrait/": (self.put_portrait, "portrait"),
            "<int:pk>/portrait/remove/": (self.remove_portrait, "remove_portrait"),
        }
        urls = [
            path(route, self.admin_site.admin_view(view), name=f"members_member_{name}")
            for route, (view, name) in pages.items()
        ]
        return [*urls, *super().get_urls()]

    @admin.display(description=_("照片"))
    def portrait(self, member):
        if not member.full:
            return gettext("没有照片")
        address = reverse("admin:members_member_portrait_file", args=[member.pk])
        alt = gettext("%(member)s的照片") % {"member": member}
        return format_html('<img class="portrait" src="{}" alt="{}" width="96" height="96">', address, alt)

    @method_decorator(require_safe)
    @act("members.view_member")
    def portrait_file(self, request, member):
        """Serve the portrait; staff may see those of former members too."""
        if not member.full:
            raise Http404
        return photo_response(request, member, True)

    @act("members.change_member")
    def put_portrait(self, request, member):
        files = request.FILES if request.method == "POST" else None
        return self.do(
            request,
            member,
            PortraitForm(self.data(request), files),
            gettext("上传照片"),
            gettext("上传"),
            lambda given: services.people.set_portrait(member, given["photo"], actor=request.user),
            gettext("照片已更换。"),
        )

    @act("members.change_member")
    def remove_portrait(self, request, member):
        if not member.full:
            raise Http404
        return self.do(
            request,
            member,
            PlainForm(self.data(request)),
            gettext("删除照片"),
            gettext("删除"),
            lambda given: services.people.remove_portrait(member, actor=request.user),
            gettext("照片已删除。"),
            warning=gettext("公开页面不再显示这张照片，照片文件一并删除。"),
        )
