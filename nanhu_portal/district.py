"""The subdistricts of one installation side by side: counts of a year, in the subdistricts' own order, never ranked.

Each count is the one that the subdistrict's own annual page or its part of the list shows, so that anybody can add them
up again. What the rates withhold (docs/rates.md) is withheld here too.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django import forms
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_safe

from consultation.models import Agreement, Area, AreaLevel, Event, PartnerSector, places, subdistricts
from consultation.selectors.subdistricts import here_of
from consultation.workflow import AgreementStatus
from demands.models import RatesEdition
from demands.statistics import editions
from foundation import queues
from foundation.installation import works_for_all
from foundation.sheets import CSV_TYPE, csv_lines
from members.models import DutyRecord, Member

from .annual import between, demands_of, figures_of, projects_in, used_in, years

# A count by subdistrict, with the sum under None, which also has what is of the district itself; None is withheld.
Counts = Mapping[int | None, int | None]


@dataclass(frozen=True)
class Row:
    """The counts of a subdistrict, or of everywhere where `area` is None."""

    area: Area | None
    numbers: tuple[int | None, ...]


@dataclass(frozen=True)
class Table:
    """Some counts of all subdistricts. `heads` are the names of the counts, by their keys."""

    key: str
    title: str
    heads: Mapping[str, str]
    definition: str
    rows: tuple[Row, ...]


TABLES = {
    "needs": (
        _("需求"),
        {
            "received": _("收到"),
            "answered_in_time": _("按时答复"),
            "resolved": pgettext_lazy("annual", "办结"),
            "open": _("在办"),
        },
        _(
            "本年收到的需求，以及其中按时答复的、目前已办结的和正在办理的。与三率同时更新，不足五件的街道只公布收到件数。"
        ),
    ),
    "talks": (
        _("协商"),
        {
            "meetings": _("活动"),
            "made": pgettext_lazy("agreements", "约定"),
            "kept": _("已兑现"),
            "projects": pgettext_lazy("section", "项目"),
        },
        _("本年举行的活动；会上达成并已公开的约定，以及其中截至今天已兑现的；本年完成、有进展和在建的项目。"),
    ),
    "members": (
        pgettext_lazy("section", "委员"),
        {"members": _("现任委员"), "duties": _("履职"), "used": _("资源服务")},
        _("现任委员的人数；本年已确认的履职记录；委员和单位的资源本年完成服务的次数。"),
    ),
}


# --- Counting --------------------------------------------------------------------------------------------------------


def _summed(numbers: Iterable[tuple[int, int]]) -> Counter:
    """Add up the numbers of areas by the subdistricts in which they lie."""
    found: Counter = Counter()
    for key, number in numbers:
        subdistrict = places.area(key).subdistrict
        found[None] += number
        if subdistrict is not None:
            found[subdistrict.pk] += number
    return found


def _counted(rows: QuerySet, lookup: str) -> Counter:
    return _summed(rows.order_by().values_list(lookup).annotate(number=Count("pk")))


def _of_demands(edition: RatesEdition, year: int) -> dict[str, Counts]:
    found: dict[str, dict[int | None, int | None]] = {name: {} for name in TABLES["needs"][1]}
    for area in (None, *places.of_level(AreaLevel.SUBDISTRICT)):
        figures = figures_of(edition, year, area)
        counted = demands_of(figures)
        if figures:
            whole = figures["all"]
            counted["answered_in_time"] = whole["answered_in_time"] if whole["counted"] else None
        for name, counts in found.items():
            counts[area.pk if area else None] = counted.get(name, 0)
    return found


def _of_talks(year: int) -> dict[str, Counts]:
    of_year = Agreement.objects.public().filter(event__starts_at__range=between(year), sector__in=PartnerSector.values)
    agreed = list(of_year.order_by().values_list("event__area", "status").annotate(number=Count("pk")))
    return {
        "meetings": _counted(Event.objects.took_place().filter(starts_at__range=between(year)), "area"),
        "made": _summed((key, number) for key, _status, number in agreed),
        "kept": _summed((key, number) for key, status, number in agreed if status == AgreementStatus.DONE),
        "projects": _counted(projects_in(year), "area"),
    }


def _of_members(year: int) -> dict[str, Counts]:
    return {
        "members": _counted(Member.objects.public(), "committee__area"),
        "duties": _counted(DutyRecord.objects.counted().of_year(year), "member__committee__area"),
        "used": _counted(used_in(year), "demand__area"),
    }


def tables(edition: RatesEdition, year: int) -> list[Table]:
    """Return the counts of a year. The number of queries is constant."""
    counts = {**_of_demands(edition, year), **_of_talks(year), **_of_members(year)}
    shown = [*places.of_level(AreaLevel.SUBDISTRICT), None]
    return [
        Table(key, str(title), heads, str(definition), tuple(_row(area, heads, counts) for area in shown))
        for key, (title, heads, definition) in TABLES.items()
    ]


def _row(area: Area | None, names: Iterable[str], counts: Mapping[str, Counts]) -> Row:
    key = area.pk if area else None
    return Row(area, tuple(counts[name].get(key, 0) for name in names))


# --- The public page -------------------------------------------------------------------------------------------------


class YearForm(forms.Form):
    """A year of which there is something; the newest, where none is asked for."""

    year = forms.TypedChoiceField(coerce=int, required=False, empty_value=None)

    def __init__(self, data) -> None:
        super().__init__(data)
        self.years = years()
        self.fields["year"].choices = [(year, year) for year in self.years]

    def chosen(self) -> int:
        """Raises `Http404` for another year."""
        if not self.is_valid():
            raise Http404
        return self.cleaned_data["year"] or next(iter(self.years), timezone.localdate().year)


@require_safe
def district(request: HttpRequest) -> HttpResponse:
    if moved := _elsewhere(request):
        return redirect(moved)
    return render(request, "nanhu_portal/district.html", {**_context(request), "section": "annual"})


@require_safe
def district_csv(request: HttpRequest) -> HttpResponse:
    """The numbers of the page; what is withheld has no line, and the sum names no subdistrict."""
    if moved := _elsewhere(request):
        return redirect(moved)
    year, edition = YearForm(request.GET).chosen(), editions.newest()
    lines = [
        (name, row.area or "", number)
        for table in tables(edition, year)
        for row in table.rows
        for name, number in zip(table.heads, row.numbers, strict=True)
        if number is not None
    ]
    response = HttpResponse(csv_lines(("figure", "subdistrict", "count"), lines), content_type=CSV_TYPE)
    response["Content-Disposition"] = f'attachment; filename="district-{year}.csv"'
    return response


def _elsewhere(request: HttpRequest) -> str:
    """Where the page is found, if not here: not on the host of one subdistrict. Raises `Http404` while there is one."""
    if not subdistricts.several():
        raise Http404
    return f"{settings.SITE_URL}{request.get_full_path()}" if here_of(request).limit else ""


def _context(request: HttpRequest) -> dict:
    form, edition = YearForm(request.GET), editions.newest()
    year = form.chosen()
    return {
        "year": year,
        "years": form.years,
        "tables": tables(edition, year),
        "counted_at": edition.as_of,
        "today": timezone.localdate(),
    }


# --- In the admin ----------------------------------------------------------------------------------------------------

# The queues of demands that are shown for each subdistrict.
WAITING = ("open", "overdue", "today", "unassigned", "to_publish")


@dataclass(frozen=True)
class Waiting:
    """What waits in a subdistrict: for each queue the number, and the address of the list."""

    area: Area
    numbers: tuple[tuple[int, str], ...]


def may_view(user) -> bool:
    """Whether somebody sees what waits in each subdistrict: whoever works for all of several."""
    return subdistricts.several() and user.has_perm("demands.view_demand") and works_for_all(user)


@require_safe
def desk(request: HttpRequest, context: dict) -> HttpResponse:
    """What waits in each subdistrict now, and the counts of the public page. `context` is what every page has."""
    if not may_view(request.user):
        raise PermissionDenied
    heads, waiting = _waiting(request.user)
    found = {"title": _("各街道"), "heads": heads, "waiting": waiting}
    return render(request, "admin/district.html", context | _context(request) | found)


def _waiting(user) -> tuple[list[str], list[Waiting]]:
    """Return the names of the queues, and how many wait in each subdistrict. One query."""
    of = queues.list_of("demands.Demand")
    shown = [queue for queue in of.queues if queue.name in WAITING]
    counted = [Counter() for _queue in shown]
    rows = [of.rows(queue, user) for queue in shown]
    for number, key, count in queues.counted_by("area", rows):
        subdistrict = places.area(key).subdistrict
        counted[number][subdistrict.pk if subdistrict else None] += count
    return [str(queue.label) for queue in shown], [
        Waiting(
            area,
            tuple(
                (numbers[area.pk], f"{of.address(queue)}&subdistrict={area.code}")
                for queue, numbers in zip(shown, counted, strict=True)
            ),
        )
        for area in places.of_level(AreaLevel.SUBDISTRICT)
    ]
