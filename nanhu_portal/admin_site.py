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
        waiting = {"tiles": _tiles(request.user), "saved_filters": _filters(request.user), "notices": _notices()}
        return super().index(request, {**waiting, **(extra_context or {})})


def _filters(user) -> list:
    """One's kept filters of the demand list. One query."""
    from demands.selectors.search import chips  # this module is read before the apps are ready

    return chips(user) if user.has_perm("demands.view_demand") else []


def _tiles(user) -> list[dict]:
    """What waits, each a count that leads to its list. One query for the open demands, one for all other queues."""
    from django.db.models import Count, Q  # this module is read before the apps are ready
    from django.utils import timezone

    from consultation.models import Agreement, Event, Picture  # as above
    from demands.models import Demand, Dispatch
    from demands.selectors import queues
    from members.models import DutyRecord, Resource

    from . import messages

    if not user.has_perm("demands.view_demand"):
        return []
    demands, events, today = Demand.objects.visible_to(user), Event.objects.visible_to(user), timezone.localdate()
    counts = demands.open().aggregate(
        open=Count("pk"),
        overdue=Count("pk", filter=Q(due_on__lt=today)),
        today=Count("pk", filter=Q(due_on=today)),
        unassigned=Count("pk", filter=Q(assignee__isnull=True)),
        mine=Count("pk", filter=Q(assignee=user)),
    )
    counts |= _count_all(
        {
            "to_publish": demands.awaiting_publication(),
            "photos": queues.with_photos_to_review(demands),
            "deletion": demands.deletion_requested(),
            "office": queues.with_office_answers(demands),
            "paused": demands.paused(),
            "escalated": queues.escalated_to(demands, user),
            "record": events.awaiting_record(),
            "minutes": events.awaiting_minutes(),
            "pictures": Picture.objects.visible_to(user).pending(),
            "promises": Agreement.objects.visible_to(user).overdue(today),
            "dispatches": Dispatch.objects.visible_to(user).awaiting_staff(),
            "duties": DutyRecord.objects.visible_to(user).awaiting(),
            "resources": Resource.objects.visible_to(user).awaiting_review(),
            "lost": messages.visible_to(user).undeliverable(),
        }
    )
    desk = f"{reverse('admin:demands_demand_changelist')}?queue="
    meetings = f"{reverse('admin:consultation_event_changelist')}?queue="
    agreements = f"{reverse('admin:consultation_agreement_changelist')}?due=overdue"
    dispatches = f"{reverse('admin:demands_dispatch_changelist')}?queue=back"
    duties = f"{reverse('admin:members_dutyrecord_changelist')}?status__exact=submitted"
    resources = f"{reverse('admin:members_resource_changelist')}?queue=offered"
    pictures = f"{reverse('admin:consultation_picture_changelist')}?review__exact=pending"
    lost = f"{reverse('admin:foundation_outboxmessage_changelist')}?status__exact=undeliverable"
    tiles = [
        ("overdue", _("已超期"), f"{desk}overdue"),
        ("today", _("今天到期"), f"{desk}today"),
        ("unassigned", _("未分派"), f"{desk}unassigned"),
        ("to_publish", _("待审公开"), f"{desk}to_publish"),
        ("mine", _("我的"), f"{desk}mine"),
        ("photos", _("照片待审"), f"{desk}photos"),
        ("deletion", _("待删除信息"), f"{desk}deletion"),
        ("office", _("外部答复"), f"{desk}office"),
        ("escalated", _("我收到的期限提醒"), f"{desk}escalated"),
        ("paused", _("已暂停计时"), f"{desk}paused"),
        ("open", _("全部未结束"), f"{desk}open"),
        ("record", _("活动待记录"), f"{meetings}record"),
        ("minutes", _("待公布纪要"), f"{meetings}minutes"),
        ("pictures", _("现场照片待审"), pictures),
        ("promises", _("约定已超期"), agreements),
        ("dispatches", _("派单待处理"), dispatches),
        ("duties", _("履职待确认"), duties),
        ("resources", _("资源待审核"), resources),
    ]
    if user.has_perm("foundation.view_outboxmessage"):
        tiles.append(("lost", _("消息未送达"), lost))
    alarms = ("overdue", "promises", "lost")
    return [
        {"label": label, "count": counts[queue], "url": url, "alarm": queue in alarms} for queue, label, url in tiles
    ]


def _count_all(queues: dict) -> dict[str, int]:
    """How many rows each queue has, in one query."""
    from django.db.models import Count, Value  # this module is read before the apps are ready

    first, *rest = (
        rows.order_by().annotate(queue=Value(name)).values("queue").annotate(count=Count("pk"))
        for name, rows in queues.items()
    )
    # Of a queue that Django knows to be empty (staff without any place) it asks nothing.
    return dict.fromkeys(queues, 0) | dict(first.union(*rest, all=True).values_list("queue", "count"))


def _notices() -> list[str]:
    from foundation.workdays import unknown_year_ahead  # models are not ready when this module loads

    year = unknown_year_ahead()
    if year is None:
        return []
    text = _("%(year)d 年的节假日还不知道，期限暂按周一至周五计算。请在“节假日调整”里录入国务院办公厅的通知。")
    return [text % {"year": year}]


class PortalAdminConfig(AdminConfig):
    default_site = "nanhu_portal.admin_site.PortalAdminSite"
