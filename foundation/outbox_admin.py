"""The messages in the admin: what became of each and why, sending again, and the texts that providers approve."""

from django.contrib import admin, messages
from django.core.exceptions import ImproperlyConfigured
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from . import failures, message_templates, outbox, receipts, template_sheet
from .links import on_main_host
from .modeladmin import ReadOnlyAdmin, check_permission
from .outbox import SendStatus
from .queues import Queue, QueueList, Tile, register

# The address of Django's own filter on the field.
register(
    QueueList(
        "foundation.OutboxMessage",
        (
            Queue(
                SendStatus.UNDELIVERABLE.value,
                SendStatus.UNDELIVERABLE.label,
                lambda rows, user: rows.undeliverable(),
                Tile(gettext_lazy("消息未送达"), 190),
            ),
        ),
        parameter="status__exact",
        permission="foundation.view_outboxmessage",
    )
)


class OutboxMessageAdmin(ReadOnlyAdmin):
    change_list_template = "admin/foundation/outboxmessage/change_list.html"
    change_form_template = "admin/foundation/outboxmessage/change_form.html"
    list_display = ("created_at", "subject_ref", "text_name", "channel", "to", "state", "attempts", "reason")
    list_filter = ("status", "receipt", "channel")
    list_select_related = ("contact", "user", "webhook")
    search_fields = ("subject_ref",)
    fields = (
        *("subject_ref", "text_name", "channel", "to", "state", "reason", "remedy", "other_channel", "attempts"),
        *("created_at", "sent", "receipt_at", "code"),
    )
    readonly_fields = fields
    actions = ("try_again",)

    def get_urls(self):
        page = self.admin_site.admin_view(self.templates_page)
        return [path("templates/", page, name="foundation_outboxmessage_templates"), *super().get_urls()]

    def get_queryset(self, request):
        return super().get_queryset(request).visible_to(request.user)

    @admin.display(description=gettext_lazy("收信人"))
    def to(self, message):
        return message.contact.masked if message.contact else str(message.user or message.webhook)

    @admin.display(description=gettext_lazy("消息"), ordering="template")
    def text_name(self, message):
        return template_sheet.name_of(message.template)

    @admin.display(description=gettext_lazy("状态"), ordering="status")
    def state(self, message):
        """What the receipt says is nearer to the person than that it was sent."""
        return message.get_receipt_display() if message.receipt else message.get_status_display()

    @admin.display(description=gettext_lazy("未送达原因"))
    def reason(self, message):
        return failures.in_words(message.failure).reason if message.failure else ""

    @admin.display(description=gettext_lazy("发出时间"))
    def sent(self, message):
        return message.sent_at

    @admin.display(description=gettext_lazy("原因代码"))
    def code(self, message):
        return message.failure or "—"

    @admin.display(description=gettext_lazy("怎么办"))
    def remedy(self, message):
        is_open = message.failure and message.status == SendStatus.UNDELIVERABLE
        return failures.in_words(message.failure).remedy if is_open else "—"

    @admin.display(description=gettext_lazy("另一渠道"))
    def other_channel(self, message):
        """The message that was sent instead, or that this one was sent instead of."""
        other = message.fallback_of or message.fallbacks.first()
        if other is None:
            return "—"
        address = reverse("admin:foundation_outboxmessage_change", args=[other.pk])
        text = f"{other.get_channel_display()} · {self.state(other)} · {_short(other.created_at)}"
        return format_html('<a href="{}">{}</a>', address, text)

    @admin.action(description=gettext_lazy("重新发送所选"), permissions=["resend"])
    def try_again(self, request, queryset):
        if outbox.retry(queryset, actor=request.user):
            self.message_user(request, _("已安排重新发送。"), messages.SUCCESS)
        else:
            self.message_user(request, _("所选的都不是无法送达的消息，没有重新发送。"), messages.WARNING)

    def has_resend_permission(self, request):
        return request.user.has_perm("foundation.change_outboxmessage")

    def render_change_form(self, request, context, *args, obj=None, **kwargs):
        context["may_resend"] = (
            obj is not None and obj.status == SendStatus.UNDELIVERABLE and self.has_resend_permission(request)
        )
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    def templates_page(self, request):
        """Every text that can be sent, as it is filed with a provider: a page to print."""
        check_permission(self, request)
        try:
            codes = message_templates.provider_codes()
        except ImproperlyConfigured:
            codes = {}
        address = on_main_host(reverse("sms_receipts", args=[receipts.key()])) if request.user.is_superuser else ""
        context = {
            **self.admin_site.each_context(request),
            "title": _("消息模板"),
            "opts": self.opts,
            "signature": template_sheet.signature(),
            "texts": template_sheet.rows(codes),
            "needs_codes": codes is not None,
            "mails": template_sheet.mails(),
            "receipts_address": address,
        }
        response = render(request, "admin/foundation/outboxmessage/templates.html", context)
        response["Cache-Control"] = "no-store"
        return response


def _short(moment) -> str:
    return date_format(localtime(moment), "SHORT_DATETIME_FORMAT")
