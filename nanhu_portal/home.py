"""The home page: introduction, the two main actions, figures, resolved and open demands, coming events, and drawings of
how consultation works here.
"""

import datetime
from dataclasses import dataclass

from django.db.models import Count, Q
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from consultation.models import VENUE_LEVEL, Area, AreaLevel, Event, Series, Slot, SlotState, Venue, VenueKind, places
from consultation.selectors import rhythm, topics
from consultation.selectors.subdistricts import enter, here_of, limited, with_key
from demands.models import Demand
from demands.selectors.chain import SHORT
from demands.statistics import editions, rates
from demands.workflow import SOLVED
from foundation import portal
from foundation.cached import CachedBy
from foundation.links import absolute
from foundation.schema_org import document, hours, organiser, thing

from . import drawings
from .rates import Rate

# Rows in a section of the page; elder mode shows less on a page.
SHOWN, SHOWN_TO_ELDERS = 3, 2
# A series with more slots than this in a year is shown in numbers only.
MAX_SLOTS = 60


@require_safe
def home(request):
    return _page(request)


@require_safe
def subdistrict_home(request, code: str):
    """One of several subdistricts by itself. Where there is one alone, or it has this host to itself, that is `/`."""
    subdistrict = places.with_code(AreaLevel.SUBDISTRICT, code)
    if subdistrict is None:
        raise Http404
    enter(request, subdistrict.pk)
    return _page(request) if request.here.area != request.here.limit else redirect("home")


def _page(request):
    area = here_of(request).area
    key = area.pk if area else None
    number = SHOWN_TO_ELDERS if request.elder else SHOWN
    context = {
        "figures": _figures(key),
        "results": _results(area, number),
        "under_way": _under_way(area, number),
        "events": limited(Event.objects.public(), area).upcoming().with_place().with_taken()[:number],
        "topics": topics.most_ordered(number, topics.known_visitor(request), area),
        "levels": _levels(key),
        "venues": sum(level.venues for level in _levels(key)),
        "loop": list(zip(drawings.LOOP, SHORT.values(), strict=True)),
        "rhythm": _rhythm(key),
        "slot_states": SlotState,
        "data": _data(),
        "section": "home",
    }
    return render(request, "nanhu_portal/home.html", context)


# --- Figures ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Figures:
    """Figures of the newest edition of the rates, as on the page of the rates, and counts since it was made."""

    as_of: datetime.datetime
    received: int
    resolved: int | None  # None while there are too few to publish
    response: Rate
    result: Rate
    year: str  # the last in which demands were received; empty before the first
    # Of a subdistrict 0: a few acts of a few days in one place are no figures.
    received_since: int
    resolved_since: int


def _count(key: int | None) -> Figures:
    edition = editions.newest()
    area = with_key(key)
    everything = editions.figures_of(edition, "", area)["all"]
    years = [year for year in edition.figures if editions.figures_of(edition, year, area)["all"]["received"]]
    found = rates.rates(everything)
    since = {"received": 0, "resolved": 0} if key else _since(edition.as_of)
    return Figures(
        as_of=edition.as_of,
        received=everything["received"],
        resolved=everything["stands_resolved"] if everything["counted"] else None,
        response=Rate.of("response", found["response"]),
        result=Rate.of("result", found["result"]),
        year=max(years, default=""),
        received_since=since["received"],
        resolved_since=since["resolved"],
    )


def _since(moment: datetime.datetime) -> dict[str, int]:
    """The demands received, and those resolved and not reopened, since then; at most a day or so."""
    received = Q(received_at__gt=moment)
    resolved = Q(status__in=SOLVED, closed_at__gt=moment)
    return (
        Demand.objects.counted()
        .filter(received | resolved)
        .aggregate(received=Count("pk", filter=received), resolved=Count("pk", filter=resolved))
    )


_figures = CachedBy(_count)


# --- Demands ---------------------------------------------------------------------------------------------------------


def _results(area: Area | None, number: int) -> list[tuple]:
    """The most recently resolved public demands, each with the date as text."""
    found = limited(Demand.objects.public(), area).filter(status__in=SOLVED).order_by("-closed_at", "-pk")
    return [(row, _("办结：%(day)s") % {"day": _day(row.closed_at)}) for row in found.rows("closed_at")[:number]]


def _under_way(area: Area | None, number: int) -> list[tuple]:
    """The newest public demands that are still open, each with the date of its last step as text."""
    found = limited(Demand.objects.public(), area).open().with_last_move().order_by("-published_at", "-pk")
    return [(row, _("最近一步：%(day)s") % {"day": _day(row.moved_at)}) for row in found.rows("moved_at")[:number]]


def _day(moment: datetime.datetime) -> str:
    return date_format(timezone.localtime(moment), "DATE_FORMAT")


# --- How consultation works here -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Level:
    """A level of areas: how many there are, their venues by kind, and the level's ring in the drawing."""

    level: AreaLevel
    areas: int
    kinds: tuple[tuple[VenueKind, int], ...]
    ring: drawings.Ring

    @property
    def venues(self) -> int:
        return sum(number for _kind, number in self.kinds)

    @property
    def legend(self) -> list[tuple[VenueKind, int, str]]:
        """Each kind with its count and its shape."""
        return [(kind, number, drawings.SHAPES[kind]) for kind, number in self.kinds]


def _count_levels(key: int | None) -> list[Level]:
    """The levels that have venues, subdistrict first."""
    area = with_key(key)
    within = places.within(area) if area else places.areas()
    counted = dict(limited(Venue.objects.public(), area).order_by().values_list("kind").annotate(number=Count("pk")))
    found: list[Level] = []
    for level in dict.fromkeys(VENUE_LEVEL.values()):
        kinds = tuple((kind, counted[kind]) for kind in VenueKind if VENUE_LEVEL[kind] == level and kind in counted)
        if kinds:
            areas = sum(one.pk in within for one in places.of_level(level))
            found.append(Level(level, areas, kinds, drawings.ring(len(found), kinds)))
    return found


_levels = CachedBy(_count_levels)


@dataclass(frozen=True)
class Year:
    """The slots of a series in this year, by state and in order; `drawn` is empty if there are too many."""

    series: Series
    area: Area | None  # shown if there are series of several areas
    states: tuple[str, ...]

    @property
    def counts(self) -> dict[str, int]:
        return rhythm.counts_of(self.states)

    @property
    def drawn(self) -> tuple[str, ...]:
        return self.states if len(self.states) <= MAX_SLOTS else ()


def _count_rhythm(key: int | None) -> list[Year]:
    series = list(rhythm.series_of(with_key(key)).with_rhythm())
    slots = Slot.objects.public().of_year(timezone.localdate().year).order_by("planned_on", "pk")
    states: dict[int, list[str]] = {}
    for key, state in rhythm.with_state(slots).values_list("series", "state"):
        states.setdefault(key, []).append(state)
    several = len({one.area_id for one in series}) > 1
    return [Year(one, places.area(one.area_id) if several else None, tuple(states.get(one.pk, ()))) for one in series]


_rhythm = CachedBy(_count_rhythm)


# --- JSON-LD ---------------------------------------------------------------------------------------------------------


def _data() -> dict:
    """The site and who runs it, with the contacts that the footer shows."""
    running = portal.shown()
    contact = thing(
        "ContactPoint", telephone=running.phone, email=running.email, hoursAvailable=hours(running.opening_hours)
    )
    reachable = contact if running.phone or running.email else None
    return document(
        thing(
            "WebSite",
            name=str(running),
            url=absolute(running.home),
            inLanguage="en" if get_language() == "en" else "zh-Hans",
            publisher=organiser(contactPoint=reachable, address=running.place),
        )
    )
