"""Dispatching demands to members: acts on a demand, acts on a dispatch, and the list of all dispatches."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from foundation.acts import Act, ActTable, ActTableAdmin
from foundation.keys import key_of
from foundation.modeladmin import ReadOnlyAdmin
from foundation.queues import Queue, QueueFilter, QueueList, Tile, register
from foundation.work_lists import WorkListAdmin
from members.models import Member

from .. import forms
from ..models import Dispatch
from ..models.dispatches import WORK_ORDER
from ..services import dispatches
from ..templatetags.dispatch_marks import dispatch_pill
from ..workflow import DISPATCHABLE, DispatchStatus
from .acts import DEMAND_ACTS
from .counted import CountedDispatches

PERMISSION = dispatches.PERMISSION
D = DispatchStatus


# --- On a demand's page ----------------------------------------------------------------------------------------------


def panel(model_admin, request, demand) -> dict:
    """Return the dispatches with their answers. `chain.links_of` has fetched the rows already."""
    rows = list(demand.dispatches.all())
    may = request.user.has_perm(PERMISSION) and demand.status in DISPATCHABLE and not demand.erased_at
    return {
        "dispatches": [(row, dispatches.allowed_moves(row, request.user)) for row in rows],
        "may_dispatch": may,
        "may_open": may and not any(row.is_open for row in rows),
    }


def _dispatch(demand, *, to, ask, reply_by, actor, version, organisation_resource=None):
    """Dispatch to each member chosen in a `DispatchForm`, with the resource chosen for each; all or none."""
    with transaction.atomic():
        for member, resource in to:
            dispatches.dispatch(
                demand,
                member=member,
                resource=resource,
                ask=ask,
                reply_by=reply_by,
                actor=actor,
                version=version,
            )
            version = None  # the first dispatch has incremented it


def _open_for_claim(demand, *, organisation_resource, ask, actor, version):
    return dispatches.open_for_claim(demand, resource=organisation_resource, ask=ask, actor=actor, version=version)


def _chosen(request, demand) -> dict:
    """Preselect the member and resource of the suggestion that linked here."""
    chosen = "-".join(filter(None, (request.GET.get("member"), request.GET.get("resource"))))
    return {"initial": {"to": [chosen]}}


DEMAND_ACTS.add(
    Act(
        name="dispatch",
        permission=PERMISSION,
        form=forms.dispatches.DispatchForm,
        form_arguments=_chosen,
        service=_dispatch,
        heading=gettext_lazy("派单"),
        button=gettext_lazy("派单"),
        success_message=gettext_lazy("已派单，将通知委员。"),
    ),
    Act(
        name="open",
        permission=PERMISSION,
        form=forms.dispatches.OpenForm,
        service=_open_for_claim,
        heading=gettext_lazy("开放认领"),
        button=gettext_lazy("开放认领"),
        success_message=gettext_lazy("已开放认领，本街道委员都可以看到。"),
    ),
)


# --- Acts on a dispatch ----------------------------------------------------------------------------------------------

DISPATCH_ACTS = ActTable()


def _cannot(to: str):
    """Return a function that explains in a sentence why a dispatch can no longer be moved to `to`."""

    def why_not(user, dispatch) -> str:
        if to in dispatches.allowed_moves(dispatch, user):
            return ""
        text = _("这件派单目前是“%(status)s”，不能这样操作。可能刚刚有人处理过。")
        return text % {"status": dispatch.get_status_display()}

    return why_not


def _complete(dispatch, *, report, photos, hours, people_served, actor, version):
    done = dispatches.Report(report, photos, hours, people_served)
    return dispatches.complete(dispatch, done, actor=actor, version=version)


def _reassign(dispatch, *, reason, actor, version, **chosen):
    """Cancel a dispatch and dispatch the demand to somebody else, both or neither."""
    with transaction.atomic():
        dispatches.cancel(dispatch, reason=reason, actor=actor, version=version)
        _dispatch(dispatch.demand, actor=actor, version=None, **chosen)


def _given_before(request, dispatch) -> dict:
    return {"demand": dispatch.demand, "but": dispatch.member, "initial": {"ask": dispatch.ask}}


DISPATCH_ACTS.add(
    # For a member who accepted on the phone.
    Act(
        name="accept",
        permission=PERMISSION,
        form=forms.dispatches.AcceptForm,
        service=dispatches.accept,
        why_not=_cannot(D.ACCEPTED),
        heading=gettext_lazy("代委员接受"),
        button=gettext_lazy("代委员接受"),
        success_message=gettext_lazy("已登记委员接受。"),
    ),
    Act(
        name="cancel",
        permission=PERMISSION,
        form=forms.dispatches.CancelForm,
        service=dispatches.cancel,
        why_not=_cannot(D.CANCELLED),
        heading=gettext_lazy("收回派单"),
        button=gettext_lazy("收回"),
        success_message=gettext_lazy("已收回。"),
    ),
    # The report of a member who does not use the portal.
    Act(
        name="complete",
        permission=PERMISSION,
        form=forms.dispatches.StaffReportForm,
        service=_complete,
        why_not=_cannot(D.DONE),
        heading=gettext_lazy("代委员报告完成"),
        button=gettext_lazy("报告完成"),
        success_message=gettext_lazy("已保存。核实后请办结需求。"),
    ),
    Act(
        name="reassign",
        permission=PERMISSION,
        form=forms.dispatches.ReassignForm,
        form_arguments=_given_before,
        service=_reassign,
        why_not=_cannot(D.CANCELLED),
        heading=gettext_lazy("改派"),
        button=gettext_lazy("改派"),
        success_message=gettext_lazy("已改派，双方委员都会收到消息。"),
    ),
)


# --- The list --------------------------------------------------------------------------------------------------------


QUEUES = register(
    QueueList(
        "demands.Dispatch",
        (
            Queue("active", gettext_lazy("进行中"), lambda rows, user: rows.active()),
            Queue("overdue", gettext_lazy("已过答复期限"), lambda rows, user: rows.unanswered()),
            Queue(
                "back",
                gettext_lazy("派单待处理"),
                lambda rows, user: rows.awaiting_staff(),
                Tile(gettext_lazy("派单待处理"), 160),
            ),
        ),
    )
)


class DispatchQueueFilter(QueueFilter):
    queues = QUEUES


class MemberFilter(admin.SimpleListFilter):
    title = gettext_lazy("委员")
    parameter_name = "member"

    def lookups(self, request, model_admin):
        members = Member.objects.visible_to(request.user).filter(dispatches__isnull=False).distinct()
        return [(str(member.pk), str(member)) for member in members]

    def queryset(self, request, queryset):
        key = key_of(self.value())
        return queryset if key is None else queryset.filter(member=key)


@admin.register(Dispatch)
class DispatchAdmin(WorkListAdmin, ActTableAdmin, ReadOnlyAdmin):
    """All dispatches. Each is shown on its demand's page, and its acts return there."""

    act_table = DISPATCH_ACTS
    act_template = "admin/demands/dispatch/act.html"
    list_display = ("need", "state", "given_to", "resource", "answered_by", "made")
    list_display_links = None
    list_filter = (DispatchQueueFilter, "status", MemberFilter, CountedDispatches)
    list_select_related = ("demand", "member", "resource")
    list_per_page = 20
    work_order = WORK_ORDER
    sortable_by = ("state", "answered_by", "made")
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

    @admin.display(description=gettext_lazy("状态"), ordering="status")
    def state(self, dispatch):
        return dispatch_pill(dispatch)

    @admin.display(description=gettext_lazy("委员"))
    def given_to(self, dispatch):
        return dispatch.member or _("等待认领")

    @admin.display(description=gettext_lazy("答复期限"), ordering="reply_by")
    def answered_by(self, dispatch):
        if not dispatch.is_offered:
            return "—"
        day = date_format(dispatch.reply_by)
        return (
            format_html('<span class="due over">{}</span>', _("%(day)s，已过") % {"day": day})
            if (dispatch.is_unanswered)
            else day
        )

    @admin.display(description=gettext_lazy("派出"), ordering="made_at")
    def made(self, dispatch):
        return date_format(timezone.localtime(dispatch.made_at), "DATE_FORMAT")

    def change_view(self, request, object_id, form_url="", extra_context=None):
        dispatch = self.get_object(request, object_id)
        if dispatch is None:
            raise Http404
        if request.method not in ("GET", "HEAD") or not self.has_view_permission(request, dispatch):
            raise PermissionDenied
        return redirect(self.back_to(dispatch))
