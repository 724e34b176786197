"""What demands add to the admin of venues: how many scans of a venue's QR code led to a demand."""

import datetime

from django.contrib import admin
from django.db.models import Count, Q, Sum
from django.utils.translation import gettext_lazy

from consultation.admin import venues
from consultation.models import Venue, VenueScan
from foundation import clock
from foundation.modeladmin import extends

from ..models import Channel, Demand
from ..workflow import SOLVED

RECENT = datetime.timedelta(days=30)
RESOLVED = Q(status__in=SOLVED)


class VenueList(venues.VenueList):
    """The list's rows with what their QR codes led to: two queries for all of them."""

    def get_results(self, request):
        super().get_results(request)
        keys = [venue.pk for venue in self.result_list]
        since = clock.now() - RECENT
        scanned = _by_venue(
            VenueScan.objects.filter(venue__in=keys),
            all=Sum("count"),
            recent=Sum("count", filter=Q(day__gt=clock.today() - RECENT)),
        )
        raised = _by_venue(
            Demand.objects.filter(venue__in=keys, channel=Channel.VENUE_QR),
            all=Count("pk"),
            recent=Count("pk", filter=Q(received_at__gt=since)),
            resolved=Count("pk", filter=RESOLVED),
            resolved_recent=Count("pk", filter=RESOLVED & Q(received_at__gt=since)),
        )
        for venue in self.result_list:
            scans, demands = scanned.get(venue.pk, {}), raised.get(venue.pk, {})
            venue.led_to = [scans.get("all"), demands.get("all"), demands.get("resolved")]
            venue.led_to_lately = [scans.get("recent"), demands.get("recent"), demands.get("resolved_recent")]


def _by_venue(rows, **counts) -> dict[int, dict]:
    return {row["venue"]: row for row in rows.order_by().values("venue").annotate(**counts)}


def _steps(numbers: list[int | None]) -> str:
    return " → ".join(str(number or 0) for number in numbers)


@extends(Venue)
class ScannedVenueAdmin(venues.VenueAdmin):
    list_display = ("name", "kind", "place", "code", "led_to", "led_to_lately", "is_open", "is_demo")

    def get_changelist(self, request, **kwargs):
        return VenueList

    @admin.display(description=gettext_lazy("扫码 → 提出 → 办结"))
    def led_to(self, venue):
        return _steps(venue.led_to)

    @admin.display(description=gettext_lazy("其中近 30 天"))
    def led_to_lately(self, venue):
        return _steps(venue.led_to_lately)
