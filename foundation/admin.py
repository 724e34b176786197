"""Accounts, portal, calendar, messages and the audit."""

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminSplitDateTime
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import UserChangeForm
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from . import audit, clock, outbox, qr
from .accounts import Role, User, give_role, one_time_path
from .audit import AuditAction, AuditEntry
from .consent import ConsentText
from .links import absolute
from .modeladmin import AuditedAdmin, ReadOnlyAdmin
from .outbox import OutboxMessage, SendStatus
from .portal import Portal
from .queues import Queue, QueueList, Tile, register
from .sign_ins_admin import SignInsAdmin
from .workdays import CalendarDay

admin.site.unregister(Group)  # roles come from a sync, see nanhu_portal.roles


class NewUserForm(forms.ModelForm):
    """Create an account without a password; its holder sets one with the link on the printed slip."""

    role = forms.ChoiceField(label=gettext_lazy("角色"), choices=Role.choices)

    class Meta:
        model = User
        fields = ("username", "name", "office", "email", "role")

    def save(self, commit=True):
        user = super().save(commit=False)
        user.set_unusable_password()
        if commit:
            user.save()
        return user


class AccountForm(UserChangeForm):
    """Drops the password's help text: the admin gives it no id, so `aria-describedby` would point nowhere."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "password" in self.fields:
            self.fields["password"].help_text = ""


class RoleField(forms.ModelMultipleChoiceField):
    """Groups, labelled by role."""

    def label_from_instance(self, group: Group) -> str:
        return str(Role(group.name).label) if group.name in Role.values else group.name


@admin.register(User)
class UserAdmin(SignInsAdmin, AuditedAdmin, DjangoUserAdmin):
    """Accounts, for the superuser."""

    change_form_template = "admin/foundation/user/change_form.html"
    form = AccountForm
    add_form = NewUserForm
    add_form_template = "admin/change_form.html"
    add_fieldsets = ((None, {"fields": ("username", "name", "office", "email", "role")}),)
    fieldsets = (
        (None, {"fields": ("username", "name", "office", "email", "password")}),
        (gettext_lazy("权限"), {"fields": ("is_active", "is_staff", "is_superuser", "groups")}),
        (gettext_lazy("时间"), {"fields": ("last_login", "date_joined")}),
    )
    readonly_fields = ("last_login", "date_joined")
    list_display = ("username", "name", "office", "is_active", "is_staff", "last_login")
    list_filter = ("is_active", "is_staff", "groups")
    search_fields = ("username", "name", "office")

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        if db_field.name == "groups":
            return RoleField(
                queryset=Group.objects.order_by("name"),
                widget=forms.CheckboxSelectMultiple,
                required=False,
                label=gettext_lazy("角色"),
            )
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def get_urls(self):
        link = self.admin_site.admin_view(self.one_time_link)
        return [path("<int:pk>/link/", link, name="foundation_user_link"), *super().get_urls()]

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        if not change:
            give_role(form.instance, Role(form.cleaned_data["role"]))

    def response_add(self, request, obj, post_url_continue=None):
        self.message_user(request, _("账号已开通。请生成一次性链接，或打印纸条交给本人。"), messages.SUCCESS)
        return redirect("admin:foundation_user_change", obj.pk)

    def one_time_link(self, request, pk: int):
        """Show a one-time password link, on a page to print as a slip. Requires POST, because each link is recorded."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        user = get_object_or_404(User, pk=pk, is_active=True)
        if request.method != "POST":
            return redirect("admin:foundation_user_change", pk)
        address = absolute(one_time_path(user))
        audit.record(AuditAction.ACCOUNT_LINK_MADE, user, actor=request.user)
        context = {
            **self.admin_site.each_context(request),
            "title": _("开户纸条"),
            "holder": user,
            "address": address,
            "code": qr.drawn(address, error="q"),
        }
        response = render(request, "admin/foundation/user/slip.html", context)
        response["Cache-Control"] = "no-store"
        return response


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
class CalendarDayAdmin(AuditedAdmin):
    list_display = ("date", "is_workday", "note")
    date_hierarchy = "date"


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ("at", "actor", "action", "subject", "detail")
    list_filter = ("action",)
    list_select_related = ("actor",)
    search_fields = ("subject",)


# The address of Django's own filter on the field.
register(
    QueueList(
        "foundation.OutboxMessage",
        (
            Queue(
                SendStatus.UNDELIVERABLE.value,
                SendStatus.UNDELIVERABLE.label,
                lambda rows, user: rows.undeliverable(),
                Tile(gettext_lazy("消息未送达"), 190, is_alarm=True),
            ),
        ),
        parameter="status__exact",
        permission="foundation.view_outboxmessage",
    )
)


@admin.register(OutboxMessage)
class OutboxMessageAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "subject_ref", "template", "channel", "to", "status", "attempts", "failure")
    list_filter = ("status", "channel")
    list_select_related = ("contact", "user")
    search_fields = ("subject_ref",)
    fields = ("subject_ref", "template", "channel", "to", "status", "attempts", "created_at", "sent_at", "failure")
    readonly_fields = fields
    actions = ("try_again",)

    def get_queryset(self, request):
        return super().get_queryset(request).visible_to(request.user)

    @admin.display(description=gettext_lazy("收信人"))
    def to(self, message):
        return message.contact.masked if message.contact else str(message.user)

    @admin.action(description=gettext_lazy("重新发送所选"), permissions=["resend"])
    def try_again(self, request, queryset):
        waiting = queryset.undeliverable()
        for message in waiting:
            outbox.retry(message)
            audit.record(AuditAction.RESENT, message.subject_ref, actor=request.user, detail=message.template)
        self.message_user(request, _("已安排重新发送。"), messages.SUCCESS)

    def has_resend_permission(self, request):
        return request.user.has_perm("foundation.change_outboxmessage")
