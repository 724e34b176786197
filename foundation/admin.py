"""Portal, calendar, messages and the audit; accounts are in `accounts_admin`."""

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminSplitDateTime
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from . import accounts_admin, clock
from .accounts import User
from .audit import AuditEntry
from .consent import ConsentText
from .modeladmin import AuditedAdmin, OfAllAdmin, ReadOnlyAdmin
from .outbox import OutboxMessage
from .outbox_admin import OutboxMessageAdmin
from .portal import Portal
from .workdays import CalendarDay

admin.site.register(OutboxMessage, OutboxMessageAdmin)
admin.site.unregister(Group)  # roles come from a sync, see nanhu_portal.roles
admin.site.register(User, accounts_admin.UserAdmin)


@admin.register(Portal)
class PortalAdmin(AuditedAdmin):
    fieldsets = (
        (None, {"fields": (("name", "name_en"), ("organiser", "organiser_en"))}),
        (
            gettext_lazy("联系方式"),
            {"fields": ("phone", "email", ("hours", "hours_en"), ("address", "address_en"), "report_errors_url")},
        ),
        (gettext_lazy("对居民的承诺"), {"fields": (("privacy_contact", "privacy_contact_en"), "reply_days")}),
        (
            gettext_lazy("备案和标识"),
            {"fields": ("icp_record", "police_record", "site_code", "institution_mark_url")},
        ),
        (
            gettext_lazy("首页故事"),
            {
                "fields": ("story_title", "story", "story_source", "story_title_en", "story_en", "story_source_en"),
                "description": gettext_lazy("正文留空时，首页不显示这一节。引用文章数字的，请注明出处。"),
            },
        ),
    )
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}

    def has_add_permission(self, request):
        return super().has_add_permission(request) and not Portal.objects.exists()

    def has_delete_permission(self, request, obj=None):
        return False

    def save_model(self, request, obj, form, change):
        obj.pk = 1
        super().save_model(request, obj, form, change)


class ConsentTextForm(forms.ModelForm):
    """A new version, which cannot start in the past."""

    starts_at = forms.SplitDateTimeField(
        label=gettext_lazy("开始使用"),
        required=False,
        widget=AdminSplitDateTime,
        help_text=gettext_lazy("留空表示立即开始。已经打开的表单仍以其显示的版本为准。"),
    )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        # Empty: the default, now, would be in the past by the time the form is submitted.
        self.initial["starts_at"] = None

    def clean_starts_at(self):
        now = clock.now()
        starts_at = self.cleaned_data["starts_at"] or now
        if starts_at < now:
            raise ValidationError(_("新版本不能从过去的时间开始。"))
        return starts_at


@admin.register(ConsentText)
class ConsentTextAdmin(AuditedAdmin):
    """Versions are added; none is changed or deleted."""

    form = ConsentTextForm
    fields = ("purpose", "version", "text", "text_en", "hint", "hint_en", "starts_at")
    list_display = ("purpose", "version", "starts_at", "text")
    list_filter = ("purpose",)

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(CalendarDay)
class CalendarDayAdmin(OfAllAdmin, AuditedAdmin):
    list_display = ("date", "is_workday", "note")
    date_hierarchy = "date"


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ("at", "actor", "action", "subject", "detail")
    list_filter = ("action",)
    list_select_related = ("actor",)
    search_fields = ("subject",)
