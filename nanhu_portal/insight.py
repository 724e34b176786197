"""The page in the admin on how the portal runs: how it is now, the last day by the hour, what the policy stopped."""

import datetime
from dataclasses import dataclass, field

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from foundation import clock, counts
from foundation.counts import InsightSlot
from foundation.installation import command, works_for_all
from foundation.policy_reports import PolicyViolation

from . import vitals
from .figures import Figure, Panel

HOURS = 24
MAX_VIOLATIONS = 20
# The same limits as those of deploy/prometheus/alerts.yml.
MAX_WAIT_SECONDS = 15 * 60
MAX_BACKUP_SECONDS = 26 * 3600
MIN_FREE_BYTES, MIN_FREE_SHARE = 2_000_000_000, 0.05

PANELS = [
    Panel("column", ("requests",), gettext_lazy("请求")),
    Panel("column", ("errors",), gettext_lazy("出错的请求")),
    Panel("column", ("p95", "p50"), gettext_lazy("用时（毫秒）")),
    Panel("column", ("waiting",), gettext_lazy("待发消息，最多时")),
    Panel("column", ("sent",), gettext_lazy("发出的消息")),
    Panel("column", ("failed",), gettext_lazy("未发出的消息")),
]


@dataclass(frozen=True)
class Tile:
    """A figure of this moment. `alarm`: what to do about it, if it is not as it should be."""

    label: str
    value: str
    alarm: str = ""
    url: str = ""


@dataclass
class Hour:
    """What happened in one hour. Times are in milliseconds; None if nothing was measured."""

    start: datetime.datetime
    requests: int = 0
    refused: int = 0
    errors: int = 0
    sent: int = 0
    failed: int = 0
    waiting: int | None = None
    buckets: list[int] = field(default_factory=lambda: counts.Count().buckets)

    def add(self, slot: InsightSlot) -> None:
        for name in ("requests", "refused", "errors", "sent", "failed"):
            setattr(self, name, getattr(self, name) + getattr(slot, name))
        self.buckets = counts.summed(self.buckets, slot.buckets)
        if slot.waiting is not None:
            self.waiting = max(self.waiting or 0, slot.waiting)

    @property
    def p50(self) -> int | None:
        return self._milliseconds(0.5)

    @property
    def p95(self) -> int | None:
        return self._milliseconds(0.95)

    def _milliseconds(self, share: float) -> int | None:
        seconds = counts.quantile(self.buckets, share)
        return None if seconds is None else round(seconds * 1000)


def may_view(user) -> bool:
    """Whether somebody may see how the portal runs. Its counts are of all subdistricts."""
    return user.has_perm("foundation.view_insightslot") and works_for_all(user)


@require_safe
def insight(request: HttpRequest, context: dict) -> HttpResponse:
    """For the superuser and the auditor of all of the installation. `context` is what every page of the admin has."""
    if not may_view(request.user):
        raise PermissionDenied
    hours = last_day()
    tiles = _tiles(vitals.read(), vitals.disk())
    found = {
        "title": _("运行情况"),
        "tiles": tiles,
        "notices": [tile.alarm for tile in tiles if tile.alarm],
        "hours": hours,
        "figure": _figure(hours),
        "violations": PolicyViolation.objects.order_by("-last_at", "-pk")[:MAX_VIOLATIONS],
    }
    return render(request, "admin/insight.html", context | found)


def last_day() -> list[Hour]:
    """The last 24 hours of the clock, the current one included, the oldest first. One query."""
    this_hour = _hour(clock.now())
    hours = {}
    for back in range(HOURS - 1, -1, -1):
        start = this_hour - datetime.timedelta(hours=back)
        hours[start] = Hour(start)
    for slot in InsightSlot.objects.filter(start__gte=min(hours)):
        if hour := hours.get(_hour(slot.start)):
            hour.add(slot)
    return list(hours.values())


def _hour(moment: datetime.datetime) -> datetime.datetime:
    return timezone.localtime(moment).replace(minute=0, second=0, microsecond=0)


def _figure(hours: list[Hour]) -> Figure:
    sums = {name: sum(getattr(hour, name) for hour in hours) for name in ("requests", "refused", "errors")}
    summary = _("过去 24 小时共收到 %(requests)d 次请求，其中 %(errors)d 次出错，%(refused)d 次被拒绝。") % sums
    definition = _(
        "按整点统计，最后一个小时尚未结束。出错，指系统故障（5xx）；被拒绝，指网址不存在、没有权限、操作过于频繁等（4xx）。"
        "静态文件和探测不计入。没有后台进程时，待发消息没有数字。"
    )
    return Figure(summary, PANELS, definition)


def _tiles(now: vitals.Vitals, disk: vitals.Disk) -> list[Tile]:
    undeliverable = f"{reverse('admin:foundation_outboxmessage_changelist')}?status__exact=undeliverable"
    overdue = f"{reverse('admin:demands_demand_changelist')}?queue=overdue"
    late = now.oldest_seconds > MAX_WAIT_SECONDS
    old = now.backup_seconds is None or now.backup_seconds > MAX_BACKUP_SECONDS
    full = disk.free < MIN_FREE_BYTES or disk.free < disk.size * MIN_FREE_SHARE
    return [
        Tile(
            _("后台进程"),
            str(now.workers),
            ""
            if now.workers
            else _("没有后台进程在运行：消息不会发出，期限提醒和统计也停了。请运行 %(command)s，不会漏发或重发。")
            % {"command": command("worker")},
        ),
        Tile(_("待发消息"), str(now.waiting)),
        Tile(
            _("最早一条已等待"),
            _duration(now.oldest_seconds) if now.waiting else "—",
            _("有消息很久没有发出。请检查邮件服务器和短信通道。") if late else "",
        ),
        Tile(
            _("无法送达"),
            str(now.undeliverable),
            _("有消息无法送达。请核对联系方式，或电话告知居民。") if now.undeliverable else "",
            undeliverable,
        ),
        Tile(_("已超期的需求"), str(now.overdue), _("有需求超过了办理期限。") if now.overdue else "", overdue),
        Tile(
            _("距最近一次备份"),
            "—" if now.backup_seconds is None else _duration(now.backup_seconds),
            _("最近一天没有可用的备份。请运行 %(command)s。") % {"command": command("backup")} if old else "",
        ),
        Tile(
            _("照片磁盘剩余"),
            filesizeformat(disk.free),
            _("存放照片的磁盘快满了。请清理或扩容。") if full else "",
        ),
    ]


def _duration(seconds: float) -> str:
    """A duration in its largest unit."""
    minutes = int(seconds // 60)
    if minutes < 60:
        return ngettext("%(count)d 分钟", "%(count)d 分钟", minutes) % {"count": minutes}
    hours = minutes // 60
    if hours < 48:
        return ngettext("%(count)d 小时", "%(count)d 小时", hours) % {"count": hours}
    return ngettext("%(count)d 天", "%(count)d 天", hours // 24) % {"count": hours // 24}
