"""The filter bars of the public lists: venues, topics, projects, agreements, partners and events."""

import datetime
import re
from urllib.parse import urlencode

from django.db.models import Exists, F, Func, IntegerField, Min, OuterRef, Q
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_filters.fields import ChoiceField

from foundation import clock
from foundation.cached import Cached
from foundation.filters import SelectFilter, TextFilter
from foundation.keys import key_of
from foundation.paging import PARAMETERS
from foundation.search import MAX_TYPED

from . import selectors
from .forms.subdistricts import AreaFilter, PlaceBar
from .models import (
    Agreement,
    AreaLevel,
    Event,
    Organisation,
    OrganisationKind,
    PartnerSector,
    Platform,
    Project,
    ProjectPartner,
    Series,
    Slot,
    Topic,
    Venue,
    VenueKind,
    places,
)
from .workflow import AgreementStatus, ProjectStatus, TopicStatus

# --- Venues and topics -----------------------------------------------------------------------------------------------

LEVELS = (AreaLevel.SUBDISTRICT, AreaLevel.COMMUNITY, AreaLevel.COMPOUND)


class VenueFilter(PlaceBar):
    q = TextFilter(label=_("名称"), method="named", max_length=60)
    level = SelectFilter(
        label=_("层级"), field_name="area_level", choices=[(level.value, level.label) for level in LEVELS]
    )
    kind = SelectFilter(label=_("类型"), choices=VenueKind.choices)
    community = AreaFilter(AreaLevel.COMMUNITY, label=_("社区"))
    step_free = SelectFilter(label=_("无障碍"), choices=[("yes", _("无台阶通行"))], method="without_steps")

    class Meta:
        model = Venue
        fields: list[str] = []

    def named(self, queryset, name, value):
        return queryset.filter(Q(name__icontains=value) | Q(name_en__icontains=value))

    def without_steps(self, queryset, name, value):
        return queryset.filter(step_free=True)

    @property
    def asks_of_venues(self) -> bool:
        """Whether a filter other than the place is set. Without one, the whole tree of the place is shown."""
        return not self.form.is_valid() or any(self.asked(name) for name in ("q", "level", "kind", "step_free"))

    def areas(self) -> set[int]:
        """Return the keys of the chosen area and of those below it, or of all areas where none is chosen."""
        place = places.with_code(AreaLevel.COMMUNITY, self.asked("community")) or self.place
        return set(places.within(place) if place else places.areas())


class TopicFilter(PlaceBar):
    community = AreaFilter(AreaLevel.COMMUNITY, label=_("社区"))
    # The page shows topics of several statuses one below the other until one is chosen.
    status = SelectFilter(label=_("进展"), choices=TopicStatus.choices, method="keep")

    class Meta:
        model = Topic
        fields: list[str] = []


# --- Projects, agreements and partners -------------------------------------------------------------------------------


class OfPartnerBar(PlaceBar):
    """A list that a partner's page leads to. Partners are too many for a menu: only the one asked for is offered."""

    partner = SelectFilter(label=pgettext_lazy("one", "合作单位"))

    def __init__(self, data, **kwargs) -> None:
        super().__init__(data, **kwargs)
        asked = data.get("partner", "")
        if asked:
            found = Organisation.objects.public().filter(pk=key_of(asked))
            self.filters["partner"].extra["choices"] = [(str(partner.pk), str(partner)) for partner in found]
        else:
            del self.filters["partner"]


class ProjectFilter(OfPartnerBar):
    status = SelectFilter(label=_("进展"), choices=ProjectStatus.choices)
    community = AreaFilter(AreaLevel.COMMUNITY, label=_("社区"))
    sector = SelectFilter(label=_("哪一方参与"), choices=PartnerSector.choices, method="with_sector")
    partner = SelectFilter(label=pgettext_lazy("one", "合作单位"), method="with_partner")

    class Meta:
        model = Project
        fields: list[str] = []

    def with_sector(self, queryset, name, value):
        return self._with(queryset, organisation__sector=value)

    def with_partner(self, queryset, name, value):
        return self._with(queryset, organisation=value)

    @staticmethod
    def _with(projects, **partner):
        return projects.filter(Exists(ProjectPartner.objects.filter(project=OuterRef("pk"), **partner)))


def _years_met() -> list[tuple[str, str]]:
    years = sorted({month.year for month in selectors.events.months()}, reverse=True)
    return [(str(year), _("%(year)d 年") % {"year": year}) for year in years if year <= clock.today().year]


class AgreementFilter(OfPartnerBar):
    overdue = SelectFilter(label=_("期限"), choices=[("yes", _("已超期"))], method="past_due")
    status = SelectFilter(label=_("进展"), choices=AgreementStatus.choices)
    sector = SelectFilter(label=_("哪一方负责"), choices=PartnerSector.choices)
    year = SelectFilter(label=_("约定年份"), field_name="event__starts_at", lookup_expr="year", choices=_years_met)
    partner = SelectFilter(label=_("负责单位"), field_name="organisation")
    lies_in = "event__area"

    class Meta:
        model = Agreement
        fields: list[str] = []

    def past_due(self, queryset, name, value):
        return queryset.overdue()


SIGNED = "yes"
YEAR = re.compile(r"20\d\d", re.ASCII)
_first_cooperation = Cached(
    lambda: Organisation.objects.cooperating().aggregate(first=Min("cooperation_since"))["first"]
)


def _cooperations() -> list[tuple[str, str]]:
    first, this = _first_cooperation(), clock.today().year
    years = range(this, first.year - 1, -1) if first else ()
    by_then = [(str(year), _("%(year)d 年底前已签") % {"year": year}) for year in years]
    return [(SIGNED, _("签有协议")), *by_then]


class CooperationField(ChoiceField):
    """Any year is valid: some agreements are of a day that nobody knows, and count in each."""

    def valid_value(self, value) -> bool:
        return super().valid_value(value) or YEAR.fullmatch(value) is not None


class CooperationFilter(SelectFilter):
    field_class = CooperationField

    def filter(self, qs, value):
        if not value:
            return qs
        return qs.cooperating() if value == SIGNED else qs.cooperating_by(int(value))


_unnested = Func(F("nurtured_years"), function="unnest", output_field=IntegerField())
_nurtured = Cached(
    lambda: sorted(set(Organisation.objects.public().order_by().values_list(_unnested, flat=True).distinct()))[::-1]
)


class PartnerFilter(PlaceBar):
    q = TextFilter(label=_("名称"), method="search", max_length=MAX_TYPED)
    sector = SelectFilter(label=_("所属方面"), choices=PartnerSector.choices)
    kind = SelectFilter(label=_("性质"), choices=OrganisationKind.choices)
    community = AreaFilter(AreaLevel.COMMUNITY, label=_("社区"))
    cooperation = CooperationFilter(label=_("合作协议"), choices=_cooperations)
    nurtured = SelectFilter(
        label=_("孵化培育年份"), choices=lambda: [(str(y), str(y)) for y in _nurtured()], method="on_list"
    )

    class Meta:
        model = Organisation
        fields: list[str] = []

    def search(self, queryset, name, value):
        return queryset.matching(value)

    def on_list(self, queryset, name, value):
        return queryset.nurtured_in(int(value))


# --- Events ----------------------------------------------------------------------------------------------------------

MONTH = re.compile(r"(\d{4})-(\d{2})", re.ASCII)
# The menu offers the months in which there is something, from so long ago on. The calendar's arrows lead further.
MONTHS_BACK = 12

PAST = "past"
# The filters that a calendar subscription may use.
SUBSCRIBED = ("subdistrict", "series", "community", "venue", "platform")
# Rows by the value used in addresses. Two subdistricts may each have a series with the same code.
_ROWS = {
    "series": Cached(lambda: _by("code", Series.objects.public())),
    "venue": Cached(lambda: _by("slug", Venue.objects.public())),
    "platform": Cached(lambda: _by("slug", Platform.objects.public().select_related("venue"))),
}


def _by(field: str, rows) -> dict[str, list]:
    found: dict[str, list] = {}
    for row in rows:
        found.setdefault(getattr(row, field), []).append(row)
    return found


def _known(cached: Cached, asked: str) -> dict[str, list]:
    """Return the cached rows; reread them when `asked` is missing, since it may have been added a moment ago."""
    if asked and asked not in cached():
        cached.forget()
    return cached()


def read_month(text: str) -> datetime.date | None:
    """Return the first day of a month written like 2026-12; None for anything else."""
    found = MONTH.fullmatch(text)
    if not found:
        return None
    year, month = int(found[1]), int(found[2])
    return datetime.date(year, month, 1) if 2000 <= year <= 2100 and 1 <= month <= 12 else None


def written(month: datetime.date) -> str:
    return f"{month:%Y-%m}"


class MonthField(ChoiceField):
    """A month. Any month is valid, whether or not the menu offers it; the page says if there is nothing in it."""

    def valid_value(self, value) -> bool:
        return read_month(value) is not None


class MonthFilter(SelectFilter):
    """The month that a page shows as a calendar. It narrows no rows."""

    field_class = MonthField

    def filter(self, qs, value):
        return qs


class RowFilter(SelectFilter):
    """What belongs to one of the cached rows, or to any of those that share its value in addresses."""

    rows: dict[str, list]

    def offer(self, rows: dict[str, list]) -> None:
        self.rows = rows
        self.extra["choices"] = [(word, str(found[0])) for word, found in rows.items()]

    def filter(self, qs, value):
        return qs.filter(**{f"{self.field_name}__in": [row.pk for row in self.rows[value]]}) if value else qs


class EventFilter(PlaceBar):
    """The filter bar of events, and the addresses of the pages and the subscription that keep what is chosen in it."""

    series = RowFilter(label=_("系列"))
    community = AreaFilter(AreaLevel.COMMUNITY, label=_("社区"))
    venue = RowFilter(label=_("议事点"))
    platform = RowFilter(label=_("议事平台"))
    month = MonthFilter(label=_("月份"), error_messages={"invalid_choice": _("请按 2026-12 的格式填写月份。")})

    class Meta:
        model = Event
        fields: list[str] = []

    def __init__(self, data, **kwargs) -> None:
        super().__init__(data, **kwargs)
        for name, cached in _ROWS.items():
            rows = _known(cached, data.get(name, ""))
            self.filters[name].offer({word: found for word, found in rows.items() if self._has_any_here(found)})
        self.filters["month"].extra["choices"] = self._months(data.get("month", ""))

    def is_elsewhere(self, name: str, value: str) -> bool:
        if name not in _ROWS:
            return super().is_elsewhere(name, value)
        found = _known(_ROWS[name], value).get(value, [])
        return bool(found) and not self._has_any_here(found)

    def _has_any_here(self, rows: list) -> bool:
        """Whether one of the rows is of the subdistrict that is shown. Series of the whole district are of each."""
        return any(
            self.lies_here(row.venue.area_id if isinstance(row, Platform) else row.area_id)
            or (isinstance(row, Series) and places.area(row.area_id).level == AreaLevel.DISTRICT)
            for row in rows
        )

    @staticmethod
    def _months(asked: str) -> list[tuple[str, str]]:
        now = clock.today().replace(day=1)
        oldest = selectors.events.months_on(now, -MONTHS_BACK)
        months = {now, *(month for month in selectors.events.months() if month >= oldest)}
        if found := read_month(asked):
            months.add(found)
        return [(written(month), date_format(month, "YEAR_MONTH_FORMAT")) for month in sorted(months)]

    @property
    def month_shown(self) -> datetime.date | None:
        return read_month(self.asked("month"))

    @property
    def shows_past(self) -> bool:
        return self.data.get("when") == PAST

    def query(self, **changes) -> str:
        """Return the current query string from the first page on, with `changes` applied; None removes a parameter."""
        asked = self.data.copy()
        for name, value in (dict.fromkeys(PARAMETERS) | changes).items():
            asked.pop(name, None)
            if value is not None:
                asked[name] = value
        return asked.urlencode()

    @property
    def is_narrowed(self) -> bool:
        """Whether any filter but the month, which the page's heading names, is set."""
        return any(self.asked(name) for name in self.filters if name != "month")

    def subscription(self) -> str:
        """Return the query string of a calendar subscription with the chosen filters, without the month."""
        return urlencode({name: self.asked(name) for name in self._subscribed()})

    def subscribed(self) -> list[str]:
        """Return the filters of that subscription, in words."""
        fields = self.form.fields
        return [str(dict(fields[name].choices)[self.asked(name)]) for name in self._subscribed()]

    def _subscribed(self) -> list[str]:
        return [name for name in SUBSCRIBED if name in self.filters and self.asked(name)]


class SlotFilter(EventFilter):
    """The slots that stand beside events in the calendar: each has a series and perhaps a venue, never a platform."""

    community = AreaFilter(AreaLevel.COMMUNITY, field_name="venue__area")
    platform = RowFilter(method="of_no_platform")

    class Meta:
        model = Slot
        fields: list[str] = []

    def narrow(self, queryset, area):
        here = places.within(area)
        return queryset.filter(Q(venue__area__in=here) | Q(series__area__in=here))

    def of_no_platform(self, queryset, name, value):
        return queryset.none()
