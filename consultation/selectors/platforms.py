"""What a platform has held and agreed, for its card."""

from collections.abc import Sequence

from django.db.models import Count, Q

from ..models import Agreement, Event, Platform
from ..workflow import AgreementStatus
from . import pictures


def put_figures(platforms: Sequence[Platform]) -> None:
    """Set `held`, `agreed` and `kept`, and `next` and `picture`, which may be None. Four queries."""
    held = Event.objects.took_place().filter(platform__in=platforms).order_by()
    times = dict(held.values_list("platform").annotate(Count("pk")))
    made = Agreement.objects.public().filter(event__platform__in=platforms).order_by()
    kept = Count("pk", filter=Q(status=AgreementStatus.DONE))
    agreed = {row[0]: row[1:] for row in made.values_list("event__platform").annotate(made=Count("pk"), kept=kept)}
    coming = Event.objects.public().upcoming().filter(platform__in=platforms)
    nearest = {
        event.platform_id: event for event in coming.order_by("platform_id", "starts_at", "pk").distinct("platform_id")
    }
    photos = pictures.latest_of(platforms)
    for platform in platforms:
        platform.held = times.get(platform.pk, 0)
        platform.agreed, platform.kept = agreed.get(platform.pk, (0, 0))
        platform.next, platform.picture = nearest.get(platform.pk), photos.get(platform.pk)
