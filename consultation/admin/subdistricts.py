"""What each of several subdistricts says of itself."""

from django import forms
from django.contrib import admin
from django.db import models
from django.http import Http404
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from foundation import uploads
from foundation.forms import PlainForm
from foundation.modeladmin import ActingAdmin, PictureAdmin, act

from .. import services
from ..models import Area, SubdistrictProfile
from .bases import ScopedAdmin

# What a superuser decides: whose page it is, where it is found, and what was filed for it.
RESERVED = ("area", "host", "icp_record", "police_record", "site_code", "institution_mark_url")
# Who may do that, and change the logo.
RESERVED_TO = "consultation.add_subdistrictprofile"


class LogoForm(PlainForm):
    photo = forms.FileField(
        label=_("标志"),
        help_text=_("PNG、WebP 或 JPEG，最大 10 MB，宜用方形；透明处改为白底。显示在本街道各页的页首。"),
        widget=forms.FileInput(attrs={"accept": ",".join(uploads.TYPES), "required": True}),
        error_messages={"required": _("请选择一张图片。")},
    )


@admin.register(SubdistrictProfile)
class SubdistrictProfileAdmin(PictureAdmin, ActingAdmin, ScopedAdmin):
    list_display = ("area", "name", "phone", "host")
    list_select_related = ("area",)
    fixed_fields = RESERVED
    change_form_template = "admin/consultation/subdistrictprofile/change_form.html"
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}
    fieldsets = (
        (None, {"fields": ("area", ("name", "name_en"), ("organiser", "organiser_en"), "host")}),
        (
            _("联系方式"),
            {"fields": ("phone", "email", ("hours", "hours_en"), ("address", "address_en"), "report_errors_url")},
        ),
        (
            _("个人信息"),
            {
                "fields": (
                    ("privacy_contact", "privacy_contact_en"),
                    *("privacy_note", "privacy_note_en", "retention_note", "retention_note_en"),
                )
            },
        ),
        (_("备案和标识"), {"fields": ("icp_record", "police_record", "site_code", "institution_mark_url")}),
        (
            _("首页故事"),
            {
                "fields": ("story_title", "story", "story_source", "story_title_en", "story_en", "story_source_en"),
                "description": _("正文留空时，显示门户信息里的故事。引用文章数字的，请注明出处。"),
            },
        ),
    )

    def get_queryset(self, request):
        areas = Area.objects.within_scope_of(request.user)
        return super().get_queryset(request).filter(area__in=areas.values("pk"))

    def get_readonly_fields(self, request, obj=None):
        # A profile stays with its subdistrict.
        return (*super().get_readonly_fields(request, obj), *(["area"] if obj else []))

    # --- The logo ---

    def get_urls(self):
        return [
            self.page("<int:pk>/logo/", self.logo),
            self.page("<int:pk>/logo/remove/", self.remove_logo),
            *super().get_urls(),
        ]

    @act(RESERVED_TO)
    def logo(self, request, profile):
        return self.do(
            request,
            profile,
            LogoForm(self.data(request), request.FILES if request.method == "POST" else None),
            gettext("上传标志"),
            gettext("上传"),
            lambda given: services.subdistricts.set_logo(profile, given["photo"], actor=request.user),
            gettext("标志已更换。"),
        )

    @act(RESERVED_TO)
    def remove_logo(self, request, profile):
        if not profile.full:
            raise Http404
        return self.do(
            request,
            profile,
            PlainForm(self.data(request)),
            gettext("删除标志"),
            gettext("删除"),
            lambda given: services.subdistricts.remove_logo(profile, actor=request.user),
            gettext("标志已删除。"),
            warning=gettext("本街道各页的页首改用门户的标志，图片文件一并删除。"),
        )
