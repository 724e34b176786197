"""The annual showcase 年年展: figures of a year, counted from rows, each with its definition."""

import datetime
from dataclasses import dataclass, fields

from django.db.models import Case, Count, Max, Min, Q, Sum, When
from django.db.models.functions import ExtractMonth
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from consultation.models import Agreement, Event, Organisation, PartnerSector, Picture, Project, Series, StudyNote
from consultation.models.organisations import OrganisationKind
from consultation.workflow import TOOK_PLACE, AgreementStatus, ProjectStatus
from demands.models import Demand, Direction, Dispatch
from demands.workflow import OPEN, SOLVED, DemandStatus, DispatchStatus
from foundation.cached import Cached
from foundation.numbers import SMALLEST, is_small, people_words
from foundation.sheets import CSV_TYPE, csv_lines
from members.models import Story

from .figures import Figure, Panel

MAX_PICTURES = 6
BY_MONTH = ("received", "resolved", "confirmed")


def _years() -> list[int]:
    """The years from the first event or demand to the last, latest first."""
    events = Event.objects.took_place().aggregate(first=Min("starts_at"), last=Max("starts_at"))
    demands = Demand.objects.aggregate(first=Min("received_at"), last=Max("received_at"))
    moments = [moment for ends in (events, demands) for moment in ends.values() if moment]
    if not moments:
        return []
    first, last = (timezone.localtime(moment).year for moment in (min(moments), max(moments)))
    return list(range(last, first - 1, -1))


years = Cached(_years)


@dataclass(frozen=True)
class SeriesYear:
    """How often a series met, and how many people it served; 0 if that was not recorded."""

    name: str
    is_mechanism: bool
    held: int
    people: int

    @property
    def served(self) -> str:
        return people_words(self.people) if self.people else ""


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
            series.served or 0,
        )
        for series in found
        if series.held or series.pk in studies
    ]


def _between(year: int) -> tuple[datetime.datetime, datetime.datetime]:
    """The first and the last moment of a year, for `__range`, which includes both."""
    first, after = (timezone.make_aware(datetime.datetime(start, 1, 1)) for start in (year, year + 1))
    return first, after - datetime.timedelta(microseconds=1)


@dataclass(frozen=True)
class MonthOfYear:
    """Counts of the demands received in a month, and of their outcomes up to today."""

    value: str
    name: str
    received: int = 0
    resolved: int = 0
    confirmed: int = 0
    consulted: int = 0
    declined: int = 0
    open: int = 0
    bottom_up: int = 0
    top_down: int = 0


def _months(year: int) -> list[MonthOfYear]:
    """The months of the year that have begun, from January."""
    received = Demand.objects.counted().filter(received_at__range=_between(year))
    counted = {
        row.pop("month"): row
        for row in received.order_by()
        .annotate(month=ExtractMonth("received_at"))
        .values("month")
        .annotate(
            received=Count("pk"),
            resolved=Count("pk", filter=Q(status__in=SOLVED)),
            confirmed=Count("pk", filter=Q(status=DemandStatus.CONFIRMED)),
            consulted=Count("pk", filter=Q(status__in=SOLVED, consulted_at__isnull=False)),
            declined=Count("pk", filter=Q(status=DemandStatus.DECLINED)),
            open=Count("pk", filter=Q(status__in=OPEN)),
            bottom_up=Count("pk", filter=Q(direction=Direction.BOTTOM_UP)),
            top_down=Count("pk", filter=Q(direction=Direction.TOP_DOWN)),
        )
    }
    today = timezone.localdate()
    return [
        MonthOfYear(f"{year}-{month:02}", date_format(first, "YEAR_MONTH_FORMAT"), **counted.get(month, {}))
        for month in range(1, 13)
        if (first := datetime.date(year, month, 1)) <= today
    ]


def _demands(months: list[MonthOfYear]) -> dict[str, int]:
    """The sums over the months of the year."""
    names = [field.name for field in fields(MonthOfYear) if field.type is int]
    return {name: sum(getattr(month, name) for month in months) for name in names}


def figure_of_demands(months: list[MonthOfYear]) -> Figure:
    """Demands received month by month, and how many of them are resolved."""
    most, all_of = max(months, key=lambda month: month.received), _demands(months)
    return Figure(
        _("收到最多的是%(month)s，%(most)d 件；本年收到的 %(received)d 件中，%(resolved)d 件已办结。")
        % {"month": most.name, "most": most.received, "received": all_of["received"], "resolved": all_of["resolved"]},
        [Panel("column", ("received", "resolved"))],
        _("需求按收到的月份统计；办结和确认情况截至今天。"),
    )


def figure_of_themes(themes: list[SeriesYear]) -> Figure:
    """How often each kind of themed activity was held."""
    most = max(themes, key=lambda row: row.held)
    return Figure(
        _("举办最多的是%(name)s，%(count)d 次。") % {"name": most.name, "count": most.held},
        [Panel("bar", ("held",), _("次数"))],
        _("次数只统计已举行的活动；服务人数由主办方在活动后登记，没有登记的不计。"),
    )


def _resources(year: int) -> dict[str, int]:
    """Dispatches with a resource that were reported done in the year, and the demands resolved by them."""
    return Dispatch.objects.filter(
        status=DispatchStatus.DONE, resource__isnull=False, ended_at__range=_between(year)
    ).aggregate(
        used=Count("pk"),
        resolved=Count("demand", filter=Q(demand__status__in=SOLVED), distinct=True),
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
    """Partners at the end of the year: enterprises with an agreement by then, and associations registered now."""
    by_then = Q(cooperation_since__lte=datetime.date(year, 12, 31), sector=PartnerSector.ENTERPRISE)
    return Organisation.objects.public().aggregate(
        enterprises=Count("pk", filter=by_then),
        associations=Count("pk", filter=Q(kind=OrganisationKind.ASSOCIATION)),
    )


def _projects(year: int):
    """Projects that ended in the year, and those under way at its end."""
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
    series, months = _series(year), _months(year)
    demands, themes = _demands(months), [row for row in series if not row.is_mechanism]
    context = {
        "year": year,
        "years": years(),
        "today": timezone.localdate(),
        "mechanisms": [row for row in series if row.is_mechanism],
        "themes": themes,
        "themed": sum(row.held for row in themes),
        "figure_of_themes": figure_of_themes(themes) if themes else None,
        "demands": demands,
        "months": months,
        "figure_of_demands": figure_of_demands(months) if demands["received"] else None,
        "resources": _resources(year),
        "agreements": _agreements(year),
        "partners": _partners(year),
        "projects": list(_projects(year)),
        "stories": list(Story.objects.public().filter(year=year).select_related("member")),
        "pictures": list(
            Picture.objects.public()
            .filter(event__starts_at__range=_between(year))
            .select_related("event")
            .order_by("-event__starts_at", "pk")[:MAX_PICTURES]
        ),
        "section": "annual",
    }
    return render(request, "nanhu_portal/annual.html", context)


@require_safe
def annual_csv(request, year: int):
    """The numbers of the page as CSV."""
    if year not in years():
        raise Http404
    months = _months(year)
    rows = [("demands", name, count) for name, count in _demands(months).items()]
    rows += [(figure, month.value, getattr(month, figure)) for figure in BY_MONTH for month in months]
    for row in _series(year):
        rows.append(("held", row.name, row.held))
        if row.people:
            rows.append(("people", row.name, f"<{SMALLEST}" if is_small(row.people) else row.people))
    for figure, counted in (
        ("agreements", _agreements(year)),
        ("resources", _resources(year)),
        ("partners", _partners(year)),
    ):
        rows += [(figure, name, count) for name, count in counted.items()]
    response = HttpResponse(csv_lines(("figure", "of", "count"), rows), content_type=CSV_TYPE)
    response["Content-Disposition"] = f'attachment; filename="annual-{year}.csv"'
    return response
