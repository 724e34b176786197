"""The annual showcase 年年展: a year counted from rows, each figure with what it counts."""

import datetime
from dataclasses import dataclass

from django.db.models import Case, Count, Max, Min, Q, Sum, When
from django.http import Http404
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from consultation.models import Agreement, Event, Organisation, PartnerSector, Picture, Project, Series, StudyNote
from consultation.models.organisations import OrganisationKind
from consultation.workflow import TOOK_PLACE, AgreementStatus, ProjectStatus
from demands.dispatching import DispatchStatus
from demands.models import Demand, Direction, Dispatch
from demands.workflow import OPEN, DemandStatus
from foundation.kept import Kept
from foundation.numbers import people_words
from members.models import Story

MOST_PICTURES = 6
RESOLVED = (DemandStatus.RESOLVED, DemandStatus.CONFIRMED)


def _years() -> list[int]:
    """The years of which there is anything to tell, the latest first."""
    events = Event.objects.took_place().aggregate(first=Min("starts_at"), last=Max("starts_at"))
    demands = Demand.objects.aggregate(first=Min("received_at"), last=Max("received_at"))
    moments = [moment for ends in (events, demands) for moment in ends.values() if moment]
    if not moments:
        return []
    first, last = (timezone.localtime(moment).year for moment in (min(moments), max(moments)))
    return list(range(last, first - 1, -1))


years = Kept(_years)


@dataclass(frozen=True)
class SeriesYear:
    """How often a series met, and how many people it served, in words."""

    name: str
    is_mechanism: bool
    held: int
    served: str


def _series(year: int) -> list[SeriesYear]:
    """Events held in the year, by series; a study counts when its notes were pushed."""
    of_year = Q(events__starts_at__range=_between(year), events__status__in=TOOK_PLACE)
    found = Series.objects.annotate(
        held=Count("events", filter=of_year), served=Sum("events__people_served", filter=of_year)
    ).order_by("order", "pk")
    pushed = StudyNote.objects.published().filter(published_at__range=_between(year))
    studies = dict(pushed.order_by().values_list("series").annotate(count=Count("pk")))
    return [
        SeriesYear(
            str(series),
            series.kind == "mechanism",
            series.held + studies.get(series.pk, 0),
            people_words(series.served) if series.served else "",
        )
        for series in found
        if series.held or series.pk in studies
    ]


def _between(year: int) -> tuple[datetime.datetime, datetime.datetime]:
    """The first and the last moment of a year, for `__range`, which includes both."""
    first, after = (timezone.make_aware(datetime.datetime(start, 1, 1)) for start in (year, year + 1))
    return first, after - datetime.timedelta(microseconds=1)


def _demands(year: int) -> dict[str, int]:
    """Of the demands received in the year: what became of them until today."""
    return (
        Demand.objects.counted()
        .filter(received_at__range=_between(year))
        .aggregate(
            received=Count("pk"),
            resolved=Count("pk", filter=Q(status__in=RESOLVED)),
            confirmed=Count("pk", filter=Q(status=DemandStatus.CONFIRMED)),
            consulted=Count("pk", filter=Q(status__in=RESOLVED, consulted_at__isnull=False)),
            declined=Count("pk", filter=Q(status=DemandStatus.DECLINED)),
            open=Count("pk", filter=Q(status__in=OPEN)),
            bottom_up=Count("pk", filter=Q(direction=Direction.BOTTOM_UP)),
            top_down=Count("pk", filter=Q(direction=Direction.TOP_DOWN)),
        )
    )


def _resources(year: int) -> dict[str, int]:
    """Dispatches reported done in the year with a resource, and demands that stand resolved thanks to one."""
    return Dispatch.objects.filter(
        status=DispatchStatus.DONE, resource__isnull=False, ended_at__range=_between(year)
    ).aggregate(
        used=Count("pk"),
        resolved=Count("demand", filter=Q(demand__status__in=RESOLVED), distinct=True),
        resources=Count("resource", distinct=True),
    )


def _agreements(year: int) -> dict[str, int]:
    made = Agreement.objects.public().filter(event__starts_at__range=_between(year))
    return made.aggregate(
        made=Count("pk"),
        kept=Count("pk", filter=Q(status=AgreementStatus.DONE)),
        missed=Count("pk", filter=Q(status=AgreementStatus.MISSED)),
    )


def _partners(year: int) -> dict[str, int]:
    """Partners by the end of the year: enterprises with an agreement by then, associations registered now."""
    by_then = Q(cooperation_since__lte=datetime.date(year, 12, 31), sector=PartnerSector.ENTERPRISE)
    return Organisation.objects.public().aggregate(
        enterprises=Count("pk", filter=by_then),
        associations=Count("pk", filter=Q(kind=OrganisationKind.ASSOCIATION)),
    )


def _projects(year: int):
    """Those that ended in the year, and those that were under way by its end."""
    first, last = datetime.date(year, 1, 1), datetime.date(year, 12, 31)
    ended = Q(ends_on__range=(first, last))
    under_way = Q(status__in=(ProjectStatus.UNDER_WAY, ProjectStatus.PLANNED)) & (
        Q(starts_on__isnull=True) | Q(starts_on__lte=last)
    )
    finished_first = Case(When(status=ProjectStatus.DONE, then=0), default=1)
    return Project.objects.public().filter(ended | under_way).order_by(finished_first, "-ends_on", "-pk")


@require_safe
def annual(request, year: int):
    if year not in years():
        raise Http404
    series = _series(year)
    context = {
        "year": year,
        "years": years(),
        "today": timezone.localdate(),
        "mechanisms": [row for row in series if row.is_mechanism],
        "themes": [row for row in series if not row.is_mechanism],
        "themed": sum(row.held for row in series if not row.is_mechanism),
        "demands": _demands(year),
        "resources": _resources(year),
        "agreements": _agreements(year),
        "partners": _partners(year),
        "projects": list(_projects(year)),
        "stories": list(Story.objects.public().filter(year=year).select_related("member")),
        "pictures": list(
            Picture.objects.public()
            .filter(event__starts_at__range=_between(year))
            .select_related("event")
            .order_by("-event__starts_at", "pk")[:MOST_PICTURES]
        ),
        "section": "annual",
    }
    return render(request, "nanhu_portal/annual.html", context)
