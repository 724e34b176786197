"""The annual showcase 年年展: figures of a year, counted from rows, each with its definition."""

import datetime
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import Case, Count, Exists, Max, Min, OuterRef, Q, Sum, Value, When
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from consultation.models import (
    Area,
    Cadence,
    Event,
    Milestone,
    Organisation,
    PartnerSector,
    Picture,
    Project,
    Series,
    StudyNote,
)
from consultation.models.organisations import OrganisationKind
from consultation.selectors import pictures
from consultation.selectors.subdistricts import here_of, limited
from consultation.workflow import COMING, TOOK_PLACE, ProjectStatus
from demands.models import Demand, Direction, Dispatch, RatesEdition
from demands.statistics import editions, withholding
from demands.workflow import SOLVED
from foundation.cached import Cached
from foundation.numbers import SMALLEST, is_small, people_words
from foundation.periods import Period
from foundation.sheets import CSV_TYPE, csv_lines
from members.models import Story

from . import sectors
from .figures import Figure, Panel

MAX_PICTURES = 6
BY_MONTH = ("received", "resolved")


def _years() -> list[int]:
    """The years of which there is an event, a study or a demand, latest first: one without any is not all zeros."""
    found = set()
    for rows, field in (
        (Event.objects.took_place(), "starts_at"),
        (StudyNote.objects.published(), "published_at"),
        (Demand.objects.counted(), "received_at"),
    ):
        ends = rows.aggregate(first=Min(field), last=Max(field))
        if ends["first"]:
            first, last = (timezone.localtime(moment).year for moment in (ends["first"], ends["last"]))
            found |= {first, last}
            # One look into the index for each year between: `dates()` would read every row.
            looks = [
                rows.filter(**_in(year, field)).order_by().annotate(year=Value(year)).values_list("year", flat=True)[:1]
                for year in range(first + 1, last)
            ]
            found |= set(looks[0].union(*looks[1:], all=True)) if looks else set()
    return sorted(found, reverse=True)


years = Cached(_years)


@dataclass(frozen=True)
class SeriesYear:
    """How often a series met, and how many people it served; 0 if that was not recorded.

    `shown_on`: of a yearly series, the day of its event, past or to come.
    """

    key: int
    name: str
    is_mechanism: bool
    held: int
    people: int
    honour: str = ""
    shown_on: datetime.datetime | None = None

    @property
    def served(self) -> str:
        return people_words(self.people) if self.people else ""


def _series(year: int, area: Area | None) -> list[SeriesYear]:
    """Events held in the year, by series, and the day of a yearly one; a study counts when its notes were pushed."""
    in_year = Q(events__starts_at__range=between(year))
    of_year = in_year & Q(events__status__in=TOOK_PLACE)
    shown = in_year & Q(cadence=Cadence.YEARLY, events__status__in=(*TOOK_PLACE, *COMING))
    found = (
        limited(Series.objects.all(), area)
        .annotate(
            held=Count("events", filter=of_year),
            served=Sum("events__people_served", filter=of_year),
            shown_on=Min("events__starts_at", filter=shown),
        )
        .order_by("order", "pk")
    )
    pushed = StudyNote.objects.published().filter(published_at__range=between(year))
    studies = dict(pushed.order_by().values_list("series").annotate(count=Count("pk")))
    return [
        SeriesYear(
            series.pk,
            str(series),
            series.kind == "mechanism",
            series.held + studies.get(series.pk, 0),
            series.served or 0,
            series.honour,
            series.shown_on,
        )
        for series in found
        if series.held or series.pk in studies or series.shown_on
    ]


def _in(year: int, field: str) -> dict:
    return {f"{field}__range": between(year)}


def between(year: int) -> tuple[datetime.datetime, datetime.datetime]:
    """The first and the last moment of a year, for `__range`, which includes both."""
    return Period(datetime.date(year, 1, 1), datetime.date(year, 12, 31)).moments


@dataclass(frozen=True)
class MonthOfYear:
    """The demands received in a month, and how many of them are resolved; None where these would be too few to publish.

    `after_gap`: nothing was received in the months just before.
    """

    value: str
    name: str
    after_gap: bool
    received: int
    resolved: int | None


def figures_of(edition: RatesEdition, year: int, area: Area | None) -> dict:
    """What an edition of the rates says of the demands received in a year; empty where that is nothing."""
    found = editions.figures_of(edition, str(year), area)
    return found if found["all"]["received"] else {}


def _months(figures: dict) -> list[MonthOfYear]:
    """The months in which demands were received, from the first: months without any have no rows, as in the rates."""
    cuts = figures.get("month", {})
    months = [datetime.date.fromisoformat(f"{value}-01") for value in cuts]
    return [
        MonthOfYear(
            value,
            date_format(month, "YEAR_MONTH_FORMAT"),
            after_gap=before is not None and before.month + 1 < month.month,
            received=cut["received"],
            resolved=cut["solved"] if cut["counted"] else None,
        )
        for before, month, (value, cut) in zip([None, *months], months, cuts.items(), strict=False)
    ]


def demands_of(figures: dict) -> dict[str, int | None]:
    """The figures of the year; None what is withheld."""
    if not figures:
        return {"received": 0}
    whole, directions = figures["all"], figures["direction"]
    counted = {
        "received": whole["received"],
        "resolved": whole["solved"],
        **{name: whole[name] for name in ("consulted", "declined", "open")},
    }
    if not whole["counted"]:
        counted = dict.fromkeys(counted) | {"received": whole["received"]}
    counted["confirmed"] = whole["result"] and whole["result"]["satisfied"]
    for direction in Direction.values:
        counted[direction] = directions[direction]["received"] if direction in directions else 0
    return counted


def figure_of_demands(months: list[MonthOfYear], all_of: dict[str, int | None]) -> Figure:
    """Demands received month by month, and how many of them are resolved."""
    most = max(months, key=lambda month: month.received)
    notes = []
    if any(month.after_gap for month in months):
        notes.append(_("“…”处的月份没有收到需求。"))
    if any(month.resolved is None for month in months):
        notes.append(_("“未公布”：当月不足 %(fewest)d 件，办结件数只计入全年。") % {"fewest": withholding.FEWEST})
    words = {"month": most.name, "most": most.received, "received": all_of["received"], "resolved": all_of["resolved"]}
    if words["resolved"] is None:
        summary = _("收到最多的是%(month)s，%(most)d 件；本年共收到 %(received)d 件。") % words
    else:
        summary = _("收到最多的是%(month)s，%(most)d 件；本年收到的 %(received)d 件中，%(resolved)d 件已办结。") % words
    return Figure(
        summary,
        [Panel("column", ("received", "resolved"))],
        _("需求按收到的月份统计，与三率同时更新。"),
        notes=tuple(notes),
    )


def figure_of_themes(themes: list[SeriesYear]) -> Figure:
    """How often each kind of themed activity was held."""
    most = max(themes, key=lambda row: row.held)
    return Figure(
        _("举办最多的是%(name)s，%(count)d 次。") % {"name": most.name, "count": most.held},
        [Panel("bar", ("held",), _("次数"))],
        _("次数只统计已举行的活动；服务人数由主办方在活动后登记，没有登记的不计。"),
    )


def used_in(year: int):
    """The dispatches with a resource that were reported done in the year."""
    return Dispatch.objects.with_resource_done(between(year))


def _resources(year: int, area: Area | None) -> dict[str, int]:
    """Dispatches with a resource that were reported done in the year, and the demands resolved by them."""
    return limited(used_in(year), area, "demand__area").aggregate(
        used=Count("pk"),
        resolved=Count("demand", filter=Q(demand__status__in=SOLVED), distinct=True),
        resources=Count("resource", distinct=True),
    )


def _sectors(year: int, series: list[SeriesYear], area: Area | None):
    return sectors.in_year(between(year), {row.key: row.name for row in series}, area)


def _agreements(of_sectors: list[sectors.SectorYear]) -> dict[str, int]:
    """The sums over the sectors: each agreement is one's."""
    return {name: sum(getattr(row, name) for row in of_sectors) for name in ("made", "kept", "missed")}


def _partners(year: int, area: Area | None) -> dict[str, int]:
    """Enterprises with an agreement by the end of the year; associations on the list of that year, if there is one."""
    by_then = Organisation.objects.cooperating_by(year).values("pk")
    nurtured = Organisation.objects.nurtured_in(year).values("pk")
    found = limited(Organisation.objects.public(), area).aggregate(
        enterprises=Count("pk", filter=Q(sector=PartnerSector.ENTERPRISE, pk__in=by_then)),
        associations=Count("pk", filter=Q(kind=OrganisationKind.ASSOCIATION, pk__in=nurtured)),
    )
    return {name: count for name, count in found.items() if count or name == "enterprises"}


def projects_in(year: int):
    """The projects that ended or reached a milestone in the year, and those under way at its end."""
    first, last = datetime.date(year, 1, 1), datetime.date(year, 12, 31)
    came_on = Q(ends_on__range=(first, last)) | Q(
        Exists(Milestone.objects.filter(project=OuterRef("pk"), done_on__range=(first, last)))
    )
    under_way = Q(status__in=(ProjectStatus.UNDER_WAY, ProjectStatus.PLANNED)) & (
        Q(starts_on__isnull=True) | Q(starts_on__lte=last)
    )
    return Project.objects.public().filter(came_on | under_way)


def _projects(year: int, area: Area | None):
    finished_first = Case(When(status=ProjectStatus.DONE, then=0), default=1)
    found = limited(projects_in(year), area).prefetch_related("milestones")
    return found.order_by(finished_first, "-ends_on", "-pk")


def _recorded(counted: dict[str, int]) -> dict[str, int]:
    """Counts of one thing, or nothing where there is no record of it in the year."""
    return counted if any(counted.values()) else {}


@require_safe
def annual(request, year: int):
    if year not in years():
        raise Http404
    area = here_of(request).area
    edition_of_rates = editions.newest()
    series, figures = _series(year, area), figures_of(edition_of_rates, year, area)
    months, demands = _months(figures), demands_of(figures)
    themes = [row for row in series if not row.is_mechanism]
    of_sectors, of_series = _sectors(year, series, area)
    projects = list(_projects(year, area))
    pictures.put_beside(projects)
    named = {"subdistrict": here_of(request).code} if here_of(request).code else {}
    context = {
        "year": year,
        "years": years(),
        "today": timezone.localdate(),
        "mechanisms": [row for row in series if row.is_mechanism and row.held],
        "shown_on": next((row.shown_on for row in series if row.shown_on), None),
        "themes": themes,
        "themed": sum(row.held for row in themes),
        "figure_of_themes": figure_of_themes(themes) if themes else None,
        "demands": demands,
        "months": months,
        "figure_of_demands": figure_of_demands(months, demands) if demands["received"] else None,
        "counted_at": edition_of_rates.as_of,
        "resources": _resources(year, area),
        "agreements": _agreements(of_sectors),
        "promises": f"{reverse('agreement_list')}?{urlencode({'year': year} | named)}",
        "partners": _partners(year, area),
        "sectors": of_sectors,
        "sectors_of_series": of_series,
        "figure_of_sectors": sectors.figure_of_sectors(of_sectors) if of_series else None,
        "projects": projects,
        "stories": list(
            limited(Story.objects.public(), area, "member__committee__area").filter(year=year).select_related("member")
        ),
        "pictures": list(
            limited(Picture.objects.public(), area, "event__area")
            .filter(event__starts_at__range=between(year))
            .select_related("event")
            .order_by("-event__starts_at", "pk")[:MAX_PICTURES]
        ),
        "section": "annual",
    }
    return render(request, "nanhu_portal/annual.html", context)


@require_safe
def annual_csv(request, year: int):
    """The numbers of the page as CSV; what there is no record of has no line."""
    if year not in years():
        raise Http404
    area = here_of(request).area
    figures, series = figures_of(editions.newest(), year, area), _series(year, area)
    months = _months(figures)
    of_sectors, of_series = _sectors(year, series, area)
    demands = [("demands", name, count) for name, count in _recorded(demands_of(figures)).items()]
    demands += [(figure, month.value, getattr(month, figure)) for figure in BY_MONTH for month in months]
    # What is withheld has no line either.
    rows = [row for row in demands if row[2] is not None]
    for row in series:
        if row.held:
            rows.append(("held", row.name, row.held))
        if row.people:
            rows.append(("people", row.name, f"<{SMALLEST}" if is_small(row.people) else row.people))
    for figure, counted in (
        ("agreements", _agreements(of_sectors)),
        ("resources", _resources(year, area)),
        ("partners", _partners(year, area)),
    ):
        rows += [(figure, name, count) for name, count in _recorded(counted).items()]
    # Rows of a sector name it in a column of their own, after those that everything has.
    rows = [(*row, "") for row in rows]
    for one in of_sectors:
        counted = {name: getattr(one, name) for name in ("meetings", "made", "kept", "missed")}
        rows += [(name, "", count, one.sector.value) for name, count in _recorded(counted).items()]
    for row in of_series:
        rows += [
            ("meetings", row.name, number, sector.value)
            for sector, number in zip(PartnerSector, row.meetings, strict=True)
        ]
    response = HttpResponse(csv_lines(("figure", "of", "count", "sector"), rows), content_type=CSV_TYPE)
    response["Content-Disposition"] = f'attachment; filename="annual-{year}.csv"'
    return response
