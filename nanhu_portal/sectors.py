"""How the five sectors 政企社媒校 took part in a year: meetings each was at, agreements it made and kept."""

from dataclasses import dataclass

from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consultation.models import Agreement, Area, PartnerSector
from consultation.selectors import counted
from consultation.selectors.subdistricts import limited
from consultation.workflow import TOOK_PLACE
from members.models import Attendance

from .figures import Figure, Panel

NO_SERIES = gettext_lazy("不属于任何系列的活动")


@dataclass(frozen=True)
class SectorYear:
    """One sector in a year. Meetings are counted and not people, from whose sums small numbers could be worked out."""

    sector: PartnerSector
    meetings: int
    made: int
    kept: int
    missed: int

    @property
    def label(self) -> str:
        return str(self.sector.label)


@dataclass(frozen=True)
class SeriesOfSectors:
    """At how many meetings of a series each sector was, in the order of the sectors."""

    name: str
    meetings: tuple[int, ...]


def attendances(moments: tuple) -> QuerySet:
    """Who was at the events that took place between the first and the last moment."""
    return Attendance.objects.filter(event__starts_at__range=moments, event__status__in=TOOK_PLACE).order_by()


def agreements(moments: tuple) -> QuerySet:
    """The published agreements of events between the first and the last moment."""
    return Agreement.objects.public().filter(event__starts_at__range=moments).order_by()


def in_year(
    moments: tuple, names: dict[int, str], area: Area | None = None
) -> tuple[list[SectorYear], list[SeriesOfSectors]]:
    """Return the five sectors, and the series at whose meetings any of them was. Two queries.

    Args:
        moments: the first and the last of the year.
        names: of the series that met in the year, in their order.
        area: where; None for everywhere.
    """
    present = limited(attendances(moments).filter(sector__in=PartnerSector.values), area, "event__area")
    met: dict[int | None, dict[str, int]] = {}
    for series, sector, number in present.values_list("event__series", "sector").annotate(
        number=Count("event", distinct=True)
    ):
        met.setdefault(series, {})[sector] = number
    none = {"made": 0, "kept": 0, "missed": 0}
    agreed = {
        row.pop("sector"): row
        for row in limited(agreements(moments), area, "event__area")
        .values("sector")
        .annotate(**{name: Count("pk", filter=found) for name, found in counted.agreements().items() if name in none})
    }
    sectors = [
        SectorYear(
            sector, sum(counted.get(sector.value, 0) for counted in met.values()), **agreed.get(sector.value, none)
        )
        for sector in PartnerSector
    ]
    # Events of no series come last.
    series = [
        SeriesOfSectors(str(name), tuple(met[key].get(sector.value, 0) for sector in PartnerSector))
        for key, name in [*names.items(), (None, NO_SERIES)]
        if key in met
    ]
    return sectors, series


def figure_of_sectors(sectors: list[SectorYear]) -> Figure:
    """The meetings and agreements of each sector."""
    most = max(sectors, key=lambda row: row.meetings)
    return Figure(
        _("到场最多的是%(sector)s，%(count)d 场。") % {"sector": most.label, "count": most.meetings},
        [Panel("bar", ("meetings",), _("到场的活动")), Panel("bar", ("made", "kept"), _("约定"))],
        _("一场活动有某一方人员到场，计该方到场一场。约定计入负责的一方，已兑现的截至今天。"),
    )
