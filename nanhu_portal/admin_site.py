"""The staff desk is Django's admin, under our name; it opens on what waits to be done."""

from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


class PortalAdminSite(AdminSite):
    site_title = gettext_lazy("工作台")
    site_header = gettext_lazy("工作台")
    index_title = gettext_lazy("工作台")
    index_template = "admin/desk.html"
    # Tables need the width, and the opening page leads everywhere.
    enable_nav_sidebar = False

    def index(self, request, extra_context=None):
        return super().index(request, {"tiles": _tiles(request.user), "notices": _notices(), **(extra_context or {})})


def _tiles(user) -> list[dict]:
    """What waits, each a count that leads to its list. One query for the open demands, one for each other queue."""
    from django.db.models import Count, Q  # this module is read before the apps are ready
    from django.utils import timezone

    from demands.models import Demand  # as above
    from foundation.outbox import OutboxMessage

    if not user.has_perm("demands.view_demand"):
        return []
    demands, today = Demand.objects.visible_to(user), timezone.localdate()
    counts = demands.open().aggregate(
        open=Count("pk"),
        overdue=Count("pk", filter=Q(due_on__lt=today)),
        today=Count("pk", filter=Q(due_on=today)),
        unassigned=Count("pk", filter=Q(assignee__isnull=True)),
        mine=Count("pk", filter=Q(assignee=user)),
    )
    counts["to_publish"] = demands.awaiting_publication().count()
    counts["photos"] = demands.with_photos_to_review().count()
    counts["deletion"] = demands.deletion_requested().count()
    labels = {
        "overdue": _("已超期"),
        "today": _("今天到期"),
        "unassigned": _("未分派"),
        "to_publish": _("待审公开"),
        "photos": _("照片待审"),
        "mine": _("我的"),
        "deletion": _("待删除信息"),
        "open": _("全部未结束"),
    }
    desk = reverse("admin:demands_demand_changelist")
    tiles = [
        {"label": label, "count": counts[queue], "url": f"{desk}?queue={queue}", "alarm": queue == "overdue"}
        for queue, label in labels.items()
    ]
    if user.has_perm("foundation.view_outboxmessage"):
        lost = OutboxMessage.objects.undeliverable().filter(contact__demand__in=demands.values("pk")).count()
        url = f"{reverse('admin:foundation_outboxmessage_changelist')}?status__exact=undeliverable"
        tiles.append({"label": _("消息未送达"), "count": lost, "url": url, "alarm": bool(lost)})
    return tiles


def _notices() -> list[str]:
    from foundation.workdays import unknown_year_ahead  # models are not ready when this module loads

    year = unknown_year_ahead()
    if year is None:
        return []
    text = _("%(year)d 年的节假日还不知道，期限暂按周一至周五计算。请在“节假日调整”里录入国务院办公厅的通知。")
    return [text % {"year": year}]


class PortalAdminConfig(AdminConfig):
    default_site = "nanhu_portal.admin_site.PortalAdminSite"
