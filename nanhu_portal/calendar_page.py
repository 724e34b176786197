"""The staff's calendar: a month as a grid or, on a phone, as a list from today on; one day; a month on paper."""

import calendar
import datetime
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from consultation.filters import read_month, written
from consultation.selectors.events import months_on
from foundation import calendar_sources, clock, workdays
from foundation.calendar_sources import Entry, Found, Source

# How many entries of a kind a day shows in a month, on paper, and by itself; and how many a month shows of what belongs
# to no day.
OF_DAY, ON_PAPER, ALONE, OF_MONTH = 3, 4, 100, 12
ONE = datetime.timedelta(days=1)


@dataclass(frozen=True)
class Kind:
    """A kind of entries as a choice above the calendar, and the query string that chooses it, or no longer does."""

    source: Source
    is_chosen: bool
    query: str


@dataclass
class Day:
    date: datetime.date
    today: datetime.date
    in_month: bool = True
    found: list[Found] = field(default_factory=list)

    @property
    def is_today(self) -> bool:
        return self.date == self.today

    @property
    def is_past(self) -> bool:
        return self.date < self.today

    @property
    def is_free(self) -> bool:
        """Whether nobody works on it."""
        return not workdays.is_workday(self.date)

    @property
    def entries(self) -> list[tuple[Source, Entry]]:
        """What has a time of day by that, then the rest by kind."""
        pairs = [(found.source, entry) for found in self.found for entry in found.entries]
        return sorted(pairs, key=lambda pair: (pair[1].at is None, pair[1].at or datetime.time()))

    @property
    def count(self) -> int:
        return sum(found.count for found in self.found)

    @property
    def left(self) -> int:
        return sum(found.left for found in self.found)


class Calendar:
    """What a member of staff sees: the kinds that they may see, and those of them that they chose; none means all."""

    def __init__(self, request: HttpRequest) -> None:
        self.user, self.today = request.user, clock.today()
        self.sources = calendar_sources.of_user(request.user)
        asked = request.GET.getlist("kind")
        self.chosen = [source.name for source in self.sources if source.name in asked]

    @property
    def shown(self) -> list[Source]:
        return [source for source in self.sources if not self.chosen or source.name in self.chosen]

    def query(self, *, but: str = "", **more: str) -> str:
        """Return a query string with the chosen kinds. `but`: the kind that changes sides."""
        names = [name for name in self.chosen if name != but]
        if but and but not in self.chosen:
            names.append(but)
        return urlencode([*more.items(), *(("kind", name) for name in names)])

    def kinds(self, sources: Iterable[Source], **more: str) -> list[Kind]:
        return [Kind(source, source.name in self.chosen, self.query(but=source.name, **more)) for source in sources]

    def days(self, first: datetime.date, last: datetime.date, most: int) -> list[Day]:
        """Return the days from the first to the last. A query for each kind."""
        sources = [source for source in self.shown if not source.of_month]
        found = calendar_sources.read(self.user, sources, first, last, most=most)
        span = (first + datetime.timedelta(days=number) for number in range((last - first).days + 1))
        return [Day(day, self.today, found=found.get(day, [])) for day in span]

    def of_month(self, month: datetime.date) -> list[Found]:
        """Return what belongs to the whole month."""
        sources = [source for source in self.shown if source.of_month]
        found = calendar_sources.read(self.user, sources, month, month, most=OF_MONTH)
        return found.get(month, [])


def _weeks(month: datetime.date, days: Iterable[Day]) -> list[list[Day]]:
    """Return the weeks of a month, Monday to Sunday, filled up with the empty days around it."""
    known = {day.date: day for day in days}
    today = next(iter(known.values())).today
    return [
        [known.get(date) or Day(date, today, in_month=False) for date in week]
        for week in calendar.Calendar().monthdatescalendar(month.year, month.month)
    ]


def _month_asked(request: HttpRequest, today: datetime.date) -> tuple[datetime.date, str]:
    """Return the month asked for, and a sentence where the address names none."""
    this, asked = today.replace(day=1), request.GET.get("month", "")
    month = read_month(asked) if asked else this
    if month is None:
        return this, _("网址中的月份无效，以下为%(month)s。") % {"month": date_format(this, "YEAR_MONTH_FORMAT")}
    return month, ""


@require_safe
def month_page(request: HttpRequest, context: dict) -> HttpResponse:
    """The month in `?month=`, by default this one. `context` is what every page of the admin has."""
    page = Calendar(request)
    month, puzzled = _month_asked(request, page.today)
    return render(request, "admin/calendar/month.html", context | _month(page, month, OF_DAY) | {"puzzled": puzzled})


@require_safe
def paper(request: HttpRequest, context: dict) -> HttpResponse:
    """The same month as a sheet of A4. `context` is what every page of the admin has."""
    page = Calendar(request)
    month, _puzzled = _month_asked(request, page.today)
    return render(request, "admin/calendar/paper.html", context | _month(page, month, ON_PAPER))


def _month(page: Calendar, month: datetime.date, most: int) -> dict:
    days = page.days(month, months_on(month, 1) - ONE, most)
    filled = [day for day in days if day.count]
    this = page.today.replace(day=1)
    return {
        "title": date_format(month, "YEAR_MONTH_FORMAT"),
        "month": month,
        "weeks": _weeks(month, days),
        # What is to come first; in a month that is over, everything.
        "coming": [day for day in filled if month < this or not day.is_past],
        "over": [day for day in filled if month == this and day.is_past],
        "of_month": page.of_month(month),
        "kinds": page.kinds(page.sources, month=written(month)),
        "all_query": urlencode({"month": written(month)}),
        "is_narrowed": bool(page.chosen),
        "kept": page.query(),
        "query": page.query(month=written(month)),
        "beside": _beside(page, month),
        "is_this_month": month == this,
    }


def _beside(page: Calendar, month: datetime.date) -> list[tuple[str, datetime.date, str]]:
    """Return the month before and the next one, with their query strings, where an address can name them."""
    months = (("prev", months_on(month, -1)), ("next", months_on(month, 1)))
    return [(rel, other, page.query(month=written(other))) for rel, other in months if read_month(written(other))]


@require_safe
def day_page(request: HttpRequest, context: dict, day: str) -> HttpResponse:
    """One day with all that a month leaves out. `context` is what every page of the admin has."""
    try:
        date = datetime.date.fromisoformat(day)
    except ValueError:
        raise Http404 from None
    if read_month(written(date)) is None or date.isoformat() != day:
        raise Http404
    page = Calendar(request)
    [only] = page.days(date, date, ALONE)
    kinds = page.kinds(source for source in page.sources if not source.of_month)
    return render(
        request,
        "admin/calendar/day.html",
        {
            **context,
            "title": date_format(date, "DATE_FORMAT"),
            "day": only,
            "kinds": kinds,
            "all_query": "",
            "is_narrowed": bool(page.chosen),
            "month": date.replace(day=1),
            "month_query": page.query(month=written(date.replace(day=1))),
            "kept": page.query(),
            "beside": [
                (rel, other, reverse("admin:calendar_day", args=[other.isoformat()]))
                for rel, other in (("prev", date - ONE), ("next", date + ONE))
                if read_month(written(other))
            ],
        },
    )
