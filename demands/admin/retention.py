"""Erasure of personal data: what is past its retention period and waits for staff to see it, and all deadlines."""

from django.conf import settings
from django.contrib import admin
from django.db.models import Count, Max
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from foundation.acts import ActTable, ActTableAdmin
from foundation.keys import key_of
from foundation.modeladmin import ReadOnlyAdmin, VisibleAdmin
from foundation.paging import page_of
from foundation.queues import Queue, QueueFilter, QueueList, Tile, register

from ..models import DueErasure
from ..selectors import erasures
from ..services import retention

PERMISSION = "demands.erase_demand"
ERASURE_ACTS = ActTable()
QUEUES = register(
    QueueList(
        "demands.DueErasure",
        (
            Queue(
                "waiting",
                gettext_lazy("待核对"),
                lambda rows, user: rows.waiting(),
                Tile(gettext_lazy("到期待删除"), 75, is_rare=True),
            ),
        ),
        permission=PERMISSION,
    )
)


class DueErasureQueueFilter(QueueFilter):
    queues = QUEUES


@ERASURE_ACTS.page("seen/", PERMISSION, methods=("POST",))
def seen(model_admin, request):
    """Record that the list was seen, up to the last row that the page knew of."""
    last = key_of(request.POST.get("last", "")) or 0
    return model_admin.press(
        request,
        None,
        lambda: retention.mark_seen(actor=request.user, last=last),
        _("已确认。这些需求的个人信息几分钟后开始删除。"),
    )


@ERASURE_ACTS.page("deadlines/", methods=("GET", "HEAD"))
def deadlines(model_admin, request):
    """Every deadline by which personal data is erased: asked for by residents, at the end of its period, and done."""
    chosen = request.GET.get("show", "")
    name = chosen if chosen in erasures.PARTS else "requested"
    part = erasures.PARTS[name]
    page = page_of(request, part.rows(request.user), 50)
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "title": _("个人信息删除期限"),
        "parts": [(key, one.label, key == name) for key, one in erasures.PARTS.items()],
        "is_done": name == "erased",
        "rows": part.shown(page),
        "page": page,
        "query": f"show={name}",
        "months": erasures.AHEAD_MONTHS,
    }
    return render(request, "admin/demands/dueerasure/deadlines.html", context)


@admin.register(DueErasure)
class DueErasureAdmin(VisibleAdmin, ActTableAdmin, ReadOnlyAdmin):
    """All that waits, in the order in which it is listed; one button for the whole list."""

    act_table = ERASURE_ACTS
    change_list_template = "admin/demands/dueerasure/change_list.html"
    list_display = ("need", "origin", "closed", "erased_on")
    list_display_links = None
    list_filter = (DueErasureQueueFilter,)
    list_select_related = ("demand", "seen_by")
    list_per_page = 50
    ordering = ("pk",)
    sortable_by = ()
    show_facets = admin.ShowFacets.NEVER

    def changelist_view(self, request, extra_context=None):
        waiting = DueErasure.objects.waiting().visible_to(request.user).aggregate(count=Count("pk"), last=Max("pk"))
        context = {
            "waiting": waiting,
            "may_confirm": request.user.has_perm(PERMISSION),
            "months": settings.RETENTION_MONTHS,
            "days": retention.WAITS_FOR.days,
        }
        return super().changelist_view(request, context | (extra_context or {}))

    @admin.display(description=pgettext_lazy("one", "需求"))
    def need(self, row):
        address = reverse("admin:demands_demand_change", args=[row.demand_id])
        return format_html(
            '<strong><a href="{}">{}</a></strong><br><small>{}</small>', address, row.demand.ref, row.demand.headline
        )

    @admin.display(description=gettext_lazy("来源"))
    def origin(self, row):
        if row.demand.imported_at is None:
            return row.demand.get_channel_display()
        return _("%(day)s导入") % {"day": _day(row.demand.imported_at)}

    @admin.display(description=gettext_lazy("结束时间"))
    def closed(self, row):
        return _day(row.demand.closed_at)

    @admin.display(description=gettext_lazy("删除时间"))
    def erased_on(self, row):
        if row.seen_at:
            return _("%(who)s已核对，即将删除") % {"who": row.seen_by}
        return _("核对后删除，最迟%(day)s") % {"day": _day(row.listed_at + retention.WAITS_FOR)}


def _day(moment) -> str:
    return date_format(timezone.localtime(moment), "DATE_FORMAT")
