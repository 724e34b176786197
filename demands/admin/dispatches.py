"""Dispatching at the desk: on a demand's page who is asked and how it stands, and the list of all dispatches."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from foundation.modeladmin import ActingAdmin, ReadOnlyAdmin, act
from members.models import Member

from ..forms.dispatches import AcceptForm, CancelForm, DeskReportForm, DispatchForm, OpenForm, ReassignForm
from ..models import Dispatch
from ..services import dispatches
from ..templatetags.dispatch_marks import dispatch_pill
from ..workflow import DISPATCHABLE, DispatchStatus

MAY = dispatches.PERMISSION
D = DispatchStatus


def to_members(demand, data: dict, *, actor, version: int | None) -> None:
    """Dispatch to each member chosen in a `DispatchForm`, all or none."""
    with transaction.atomic():
        for member, resource in data["to"]:
            dispatches.dispatch(
                demand,
                member=member,
                resource=resource,
                ask=data["ask"],
                reply_by=data["reply_by"],
                actor=actor,
                version=version,
            )
            version = None  # which the first has raised


class DispatchActs:
    """What `DemandAdmin` adds to a demand's page: dispatching it to members, and opening it to be claimed."""

    def dispatch_urls(self) -> list:
        def to(route: str, view, name: str):
            return path(f"<int:pk>/{route}", self.admin_site.admin_view(view), name=f"demands_demand_{name}")

        return [to("dispatch/", self.dispatch_to, "dispatch"), to("open/", self.open_for_claim, "open")]

    def dispatch_context(self, request, demand) -> dict:
        """For the panel. Its rows are those that `chain.links_of` has fetched."""
        rows = list(demand.dispatches.all())
        may = request.user.has_perm(MAY) and demand.status in DISPATCHABLE and not demand.erased_at
        return {
            "dispatches": [(row, dispatches.allowed_moves(row, request.user)) for row in rows],
            "may_dispatch": may,
            "may_open": may and not any(row.is_open for row in rows),
        }

    @act(MAY)
    def dispatch_to(self, request, demand):
        chosen = "-".join(filter(None, (request.GET.get("member"), request.GET.get("resource"))))
        form = DispatchForm(self.data(request), row=demand, initial={"to": [chosen]})
        return self.do(
            request,
            demand,
            form,
            _("派单"),
            _("派单"),
            lambda data: to_members(demand, data, actor=request.user, version=data["version"]),
            _("已派单，委员会收到消息。"),
        )

    @act(MAY)
    def open_for_claim(self, request, demand):
        form = OpenForm(self.data(request), row=demand)
        return self.do(
            request,
            demand,
            form,
            _("开放认领"),
            _("开放认领"),
            lambda data: dispatches.open_for_claim(
                demand,
                resource=data["organisation_resource"],
                ask=data["ask"],
                actor=request.user,
                version=data["version"],
            ),
            _("已开放认领，本街道的委员都能看到。"),
        )


class DueFilter(admin.SimpleListFilter):
    """What the office has to look at."""

    title = gettext_lazy("待办")
    parameter_name = "queue"
    QUEUES = {
        "active": (gettext_lazy("进行中"), lambda rows: rows.active()),
        "overdue": (gettext_lazy("已过答复期限"), lambda rows: rows.unanswered()),
        "back": (gettext_lazy("派单待处理"), lambda rows: rows.awaiting_staff()),
    }

    def lookups(self, request, model_admin):
        return [(key, label) for key, (label, _queue) in self.QUEUES.items()]

    def queryset(self, request, queryset):
        return self.QUEUES[self.value()][1](queryset) if self.value() in self.QUEUES else queryset


class MemberFilter(admin.SimpleListFilter):
    title = gettext_lazy("委员")
    parameter_name = "member"

    def lookups(self, request, model_admin):
        members = Member.objects.visible_to(request.user).filter(dispatches__isnull=False).distinct()
        return [(str(member.pk), str(member)) for member in members]

    def queryset(self, request, queryset):
        key = self.value() or ""
        return queryset.filter(member=int(key)) if key.isascii() and key.isdecimal() and len(key) < 10 else queryset


@admin.register(Dispatch)
class DispatchAdmin(ActingAdmin, ReadOnlyAdmin):
    """All dispatches; each is shown on its demand's page, where its acts lead back to."""

    act_template = "admin/demands/dispatch/act.html"
    list_display = ("need", "state", "given_to", "resource", "answered_by", "made")
    list_display_links = None
    list_filter = (DueFilter, "status", MemberFilter)
    list_select_related = ("demand", "member", "resource")
    list_per_page = 20
    ordering = ("-made_at", "-pk")
    sortable_by = ()
    show_facets = admin.ShowFacets.NEVER
    empty_value_display = "—"

    def get_queryset(self, request):
        return Dispatch.objects.visible_to(request.user).select_related("demand", "member", "resource")

    def back_to(self, row=None) -> str:
        if row is None:
            return super().back_to()
        return reverse("admin:demands_demand_change", args=[row.demand_id]) + "#dispatches"

    @admin.display(description=pgettext_lazy("one", "需求"))
    def need(self, dispatch):
        return format_html(
            '<strong><a href="{}">{}</a></strong><br><small>{}</small>',
            self.back_to(dispatch),
            dispatch.demand.ref,
            dispatch.demand.headline,
        )

    @admin.display(description=gettext_lazy("状态"))
    def state(self, dispatch):
        return dispatch_pill(dispatch)

    @admin.display(description=gettext_lazy("委员"))
    def given_to(self, dispatch):
        return dispatch.member or _("等待认领")

    @admin.display(description=gettext_lazy("答复期限"))
    def answered_by(self, dispatch):
        if not dispatch.is_offered:
            return "—"
        day = date_format(dispatch.reply_by)
        return (
            format_html('<span class="due over">{}</span>', _("%(day)s，已过") % {"day": day})
            if (dispatch.is_unanswered)
            else day
        )

    @admin.display(description=gettext_lazy("派出"))
    def made(self, dispatch):
        return date_format(timezone.localtime(dispatch.made_at), "DATE_FORMAT")

    def change_view(self, request, object_id, form_url="", extra_context=None):
        dispatch = self.get_object(request, object_id)
        if dispatch is None:
            raise Http404
        if request.method not in ("GET", "HEAD") or not self.has_view_permission(request, dispatch):
            raise PermissionDenied
        return redirect(self.back_to(dispatch))

    def get_urls(self):
        def to(route: str, view, name: str):
            return path(f"<int:pk>/{route}", self.admin_site.admin_view(view), name=f"demands_dispatch_{name}")

        return [
            to("accept/", self.accept, "accept"),
            to("cancel/", self.cancel, "cancel"),
            to("complete/", self.complete, "complete"),
            to("reassign/", self.reassign, "reassign"),
            *super().get_urls(),
        ]

    # --- Acts ---

    def _cannot(self, request, dispatch, to: str):
        """A way back with a sentence, where the move is not possible (any more)."""
        if to in dispatches.allowed_moves(dispatch, request.user):
            return None
        text = _("这件派单现在是“%(status)s”，不能再这样操作。可能刚刚有人处理过。")
        self.message_user(request, text % {"status": dispatch.get_status_display()}, messages.WARNING)
        return redirect(self.back_to(dispatch))

    @act(MAY)
    def accept(self, request, dispatch):
        """For a member who said yes on the phone."""
        form = AcceptForm(self.data(request), row=dispatch)
        return self._cannot(request, dispatch, D.ACCEPTED) or self.do(
            request,
            dispatch,
            form,
            _("代委员接受"),
            _("代委员接受"),
            lambda data: dispatches.accept(dispatch, actor=request.user, version=data["version"]),
            _("已记下委员接受。"),
        )

    @act(MAY)
    def cancel(self, request, dispatch):
        form = CancelForm(self.data(request), row=dispatch)
        return self._cannot(request, dispatch, D.CANCELLED) or self.do(
            request,
            dispatch,
            form,
            _("收回派单"),
            _("收回"),
            lambda data: dispatches.cancel(dispatch, data["reason"], actor=request.user, version=data["version"]),
            _("已收回。"),
        )

    @act(MAY)
    def complete(self, request, dispatch):
        """The report of a member who does not use the portal."""
        form = DeskReportForm(self.data(request), request.FILES or None, row=dispatch)
        return self._cannot(request, dispatch, D.DONE) or self.do(
            request,
            dispatch,
            form,
            _("代委员报告办好"),
            _("报告办好"),
            lambda data: dispatches.complete(
                dispatch,
                dispatches.Report(data["report"], form.stage(), data["hours"], data["people_served"]),
                actor=request.user,
                version=data["version"],
            ),
            _("已记下，核实后请办结需求。"),
        )

    @act(MAY)
    def reassign(self, request, dispatch):
        """Take it back and give it to somebody else, both or neither."""
        initial = {"ask": dispatch.ask}
        form = ReassignForm(
            self.data(request), row=dispatch, demand=dispatch.demand, but=dispatch.member, initial=initial
        )

        def do(data):
            with transaction.atomic():
                dispatches.cancel(dispatch, data["reason"], actor=request.user, version=data["version"])
                to_members(dispatch.demand, data, actor=request.user, version=None)

        return self._cannot(request, dispatch, D.CANCELLED) or self.do(
            request, dispatch, form, _("改派"), _("改派"), do, _("已改派，两边的委员都会收到消息。")
        )
