"""Admin of agreements: a form edits the details, buttons move the status, photos show the result."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from foundation.errors import Refused
from foundation.keys import key_of, keys_in
from foundation.modeladmin import ReadOnlyAdmin, TransitionAdmin, VisibleAdmin, act
from foundation.queues import Queue, QueueFilter, QueueList, Tile, register
from foundation.work_lists import WorkListAdmin

from .. import forms
from ..models import Agreement, Event
from ..models.agreements import WORK_ORDER
from ..services import agreements, projects
from ..templatetags.state_pill import state_pill
from ..workflow import AGREEMENT_MOVES
from .bases import PhotographedAdmin
from .counted import CountedAgreements

QUEUES = register(
    QueueList(
        "consultation.Agreement",
        (
            Queue(
                "overdue",
                gettext_lazy("已超期"),
                lambda rows, user: rows.overdue(),
                Tile(gettext_lazy("约定已超期"), 150, is_alarm=True),
            ),
        ),
        parameter="due",
    )
)


class OverdueFilter(QueueFilter):
    title = gettext_lazy("期限")
    queues = QUEUES


@admin.register(Agreement)
class AgreementAdmin(WorkListAdmin, TransitionAdmin, PhotographedAdmin, VisibleAdmin, ReadOnlyAdmin):
    """Agreements are added from the page of their event: `add/?event=`."""

    act_template = "admin/consultation/agreement/act.html"
    table = AGREEMENT_MOVES
    transition_form = forms.agreements.AgreementTransitionForm
    moved_by = agreements.MOVED_BY
    list_display = ("number", "agreed", "meeting", "responsible", "due", "state", "project")
    list_display_links = ("agreed",)
    list_filter = (OverdueFilter, "status", "sector", CountedAgreements)
    list_select_related = ("event", "organisation", "project")
    work_order = WORK_ORDER
    sortable_by = ("due", "state")
    search_fields = ("what",)
    search_help_text = gettext_lazy("约定内容")
    show_facets = admin.ShowFacets.NEVER
    actions = ("grow_chosen",)

    # --- The list ---

    @admin.display(description=gettext_lazy("约定内容"))
    def agreed(self, agreement):
        return agreement.what

    @admin.display(description=pgettext_lazy("one", "活动"))
    def meeting(self, agreement):
        return format_html("{}<br><small>{}</small>", agreement.event, date_format(agreement.event.starts_at.date()))

    @admin.display(description=gettext_lazy("由谁办理"))
    def responsible(self, agreement):
        return agreement.owner

    @admin.display(description=gettext_lazy("期限"), ordering="due_on")
    def due(self, agreement):
        day = date_format(agreement.due_on)
        return format_html('<span class="due over">{}</span>', day) if agreement.is_overdue else day

    @admin.display(description=gettext_lazy("状态"), ordering="status")
    def state(self, agreement):
        return state_pill(agreement.status, agreement.get_status_display())

    # --- One agreement ---

    def get_urls(self):
        return [
            self.page("add/", self.agree, "add"),
            self.page("grow/", self.grow),
            self.page("<int:pk>/edit/", self.edit),
            *super().get_urls(),
        ]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        if request.method not in ("GET", "HEAD"):
            raise PermissionDenied
        if not self.has_view_permission(request):
            raise PermissionDenied
        rows = self.get_queryset(request).select_related("event", "organisation", "project", "agenda_item")
        agreement = get_object_or_404(rows, pk=key_of(object_id))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": agreement.what,
            "agreement": agreement,
            "buttons": self.buttons(request, agreement),
            "transitions": list(agreement.transitions.select_related("actor")),
            "pictures": agreement.pictures.count(),
            "can": {
                "edit": agreement.is_open and request.user.has_perm("consultation.change_agreement"),
                "grow": agreement.project_id is None and self.has_grow_permission(request),
                "photos": request.user.has_perm("consultation.view_picture"),
            },
        }
        return render(request, "admin/consultation/agreement/detail.html", context)

    def has_add_permission(self, request):
        return "event" in request.GET and request.user.has_perm("consultation.add_agreement")

    def agree(self, request):
        """Record an agreement made at the event that `?event=` names."""
        if not request.user.has_perm("consultation.add_agreement"):
            raise PermissionDenied
        key = request.GET.get("event", "")
        if not key:
            self.message_user(request, _("约定在活动页面登记：先打开那场活动，再按“登记约定”。"), messages.WARNING)
            return redirect("admin:consultation_event_changelist")
        event = get_object_or_404(Event.objects.visible_to(request.user), pk=key_of(key))
        form = forms.agreements.AgreementForm(self.data(request), row=event, event=event, user=request.user)
        if request.method == "POST" and form.is_valid():
            try:
                agreement = agreements.agree(event, form.details, actor=request.user)
            except Refused as error:
                form.add_error(None, str(error))
            else:
                said = _("已保存第 %(number)d 项约定。") % {"number": agreement.number}
                self.message_user(request, said, messages.SUCCESS)
                return redirect(self.back_to(agreement))
        status = 422 if form.is_bound else 200
        heading = _("登记约定：%(event)s") % {"event": event}
        return self.act_page(request, None, form, heading, _("保存"), status=status)

    @act("consultation.change_agreement")
    def edit(self, request, agreement):
        form = forms.agreements.AgreementForm(
            self.data(request), row=agreement, event=agreement.event, user=request.user
        )
        return self.do(
            request,
            agreement,
            form,
            _("修改约定"),
            _("保存"),
            lambda data: agreements.edit(agreement, form.details, actor=request.user, version=data["version"]),
            _("已保存。"),
        )

    # --- Growing into a project ---

    def has_grow_permission(self, request):
        return all(request.user.has_perm(f"consultation.{name}") for name in ("add_project", "change_agreement"))

    @admin.action(description=gettext_lazy("生成项目…"), permissions=["grow"])
    def grow_chosen(self, request, queryset):
        keys = ",".join(str(key) for key in queryset.order_by("pk").values_list("pk", flat=True)[: self.list_per_page])
        return redirect(f"{self.address('grow')}?{urlencode({'ids': keys})}")

    def grow(self, request):
        """Turn the agreements that `?ids=` names into a new project, or add them to an existing one."""
        if not (self.has_view_permission(request) and self.has_grow_permission(request)):
            raise PermissionDenied
        keys = keys_in(request.GET.get("ids", "").split(","))
        chosen = self.get_queryset(request).filter(pk__in=keys).select_related("event").order_by("event", "number")
        if not chosen:
            self.message_user(request, _("请先选择约定。"), messages.WARNING)
            return redirect("admin:consultation_agreement_changelist")
        form = forms.projects.GrowForm(self.data(request), agreements=chosen, user=request.user)
        if request.method == "POST" and form.is_valid():
            try:
                project = projects.grow(chosen, form.chosen, actor=request.user)
            except Refused as error:
                form.add_error(None, str(error))
            else:
                self.message_user(request, _("已生成项目：%(title)s。") % {"title": project}, messages.SUCCESS)
                return redirect("admin:consultation_project_change", project.pk)
        status = 422 if form.is_bound else 200
        return self.act_page(request, None, form, _("生成项目"), _("生成项目"), status=status, chosen=chosen)
