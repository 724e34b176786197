"""The filter bars of the public lists: venues, topics, projects, agreements and events."""

import datetime
import re
from urllib.parse import urlencode

from django.db.models import Exists, OuterRef, Q
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from foundation import clock
from foundation.cached import Cached
from foundation.filters import Bar, SelectField, SelectFilter, chosen
from foundation.forms import PlainForm, TextField
from foundation.paging import PARAMETERS

from . import selectors
from .models import (
    Agreement,
    AreaLevel,
    Event,
    PartnerSector,
    Platform,
    Project,
    ProjectPartner,
    Series,
    Slot,
    Venue,
    VenueKind,
    places,
)
from .models.events import EventQuerySet
from .models.rhythm import SlotQuerySet
from .workflow import AgreementStatus, ProjectStatus, TopicStatus

# --- Venues and topics -----------------------------------------------------------------------------------------------

LEVELS = (AreaLevel.SUBDISTRICT, AreaLevel.COMMUNITY, AreaLevel.COMPOUND)
PLACE_FIELDS = (("subdistrict", AreaLevel.SUBDISTRICT), ("community", AreaLevel.COMMUNITY))


class VenueFilter(PlainForm):
    """The filter bar of venues; its choices come from the cached tree of areas."""

    q = TextField(label=_("名称"), required=False, max_length=60)
    level = SelectField(label=_("层级"))
    kind = SelectField(label=_("类型"))
    subdistrict = SelectField(label=_("街道"))
    community = SelectField(label=_("社区"))
    step_free = SelectField(label=_("无障碍"))

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        choices = {
            "level": [(level.value, level.label) for level in LEVELS],
            "kind": VenueKind.choices,
            "subdistrict": places.choices(AreaLevel.SUBDISTRICT),
            "community": places.choices(AreaLevel.COMMUNITY),
            "step_free": [("yes", _("无台阶通行"))],
        }
        for name, found in choices.items():
            self.fields[name].offer(found)
        if len(choices["subdistrict"]) < 2:
            del self.fields["subdistrict"]

    def found(self, venues):
        """Return the venues that match the valid form."""
        asked = self.cleaned_data
        if asked["q"]:
            venues = venues.filter(Q(name__icontains=asked["q"]) | Q(name_en__icontains=asked["q"]))
        if asked["level"]:
            venues = venues.filter(area_level=asked["level"])
        if asked["kind"]:
            venues = venues.filter(kind=asked["kind"])
        for name, level in PLACE_FIELDS:
            if asked.get(name):
                venues = venues.filter(area__in=places.within(places.with_code(level, asked[name])))
        if asked["step_free"]:
            venues = venues.filter(step_free=True)
        return venues

    @property
    def asks_of_venues(self) -> bool:
        """Whether a filter other than the place is set. Without one, the whole tree of the place is shown."""
        return not self.is_valid() or any(self.cleaned_data[name] for name in ("q", "level", "kind", "step_free"))

    def areas(self) -> set[int]:
        """Return the keys of the chosen area and of those below it, or of all areas where none is chosen."""
        chosen_here = [
            set(places.within(place))
            for name, level in PLACE_FIELDS
            if self.is_valid() and (place := places.with_code(level, self.cleaned_data.get(name)))
        ]
        return set(places.areas()).intersection(*chosen_here)


class TopicFilter(PlainForm):
    """The bar above the menu. An invalid choice finds nothing, and the field shows an error."""

    community = SelectField(label=_("社区"))
    status = SelectField(label=_("进展"), choices=TopicStatus.choices)

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["community"].offer(places.choices(AreaLevel.COMMUNITY))


# --- Projects and agreements -----------------------------------------------------------------------------------------


class ProjectFilter(Bar):
    status = SelectFilter(label=_("进展"), choices=ProjectStatus.choices)
    community = SelectFilter(label=_("社区"), method="in_community")
    sector = SelectFilter(label=_("哪一方参与"), choices=PartnerSector.choices, method="with_sector")

    class Meta:
        model = Project
        fields: list[str] = []

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.filters["community"].extra["choices"] = places.choices(AreaLevel.COMMUNITY)

    def in_community(self, queryset, name, value):
        return queryset.filter(area__in=places.within(places.with_code(AreaLevel.COMMUNITY, value)))

    def with_sector(self, queryset, name, value):
        partners = ProjectPartner.objects.filter(project=OuterRef("pk"), organisation__sector=value)
        return queryset.filter(Exists(partners))


class AgreementFilter(Bar):
    overdue = SelectFilter(label=_("期限"), choices=[("yes", _("已超期"))], method="past_due")
    status = SelectFilter(label=_("进展"), choices=AgreementStatus.choices)
    sector = SelectFilter(label=_("哪一方负责"), choices=PartnerSector.choices)

    class Meta:
        model = Agreement
        fields: list[str] = []

    def past_due(self, queryset, name, value):
        return queryset.overdue()


# --- Events ----------------------------------------------------------------------------------------------------------

MONTH = re.compile(r"(\d{4})-(\d{2})", re.ASCII)
# The menu offers the months in which there is something, from so long ago on. The calendar's arrows lead further.
MONTHS_BACK = 12

PAST = "past"
# The filters that a calendar subscription may use.
SUBSCRIBED = ("series", "community", "venue", "platform")
# Rows by the value used in addresses. Two subdistricts may each have a series with the same code.
_series = Cached(lambda: _by("code", Series.objects.public()))
_venues = Cached(lambda: _by("slug", Venue.objects.public()))
_platforms = Cached(lambda: _by("slug", Platform.objects.public()))


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


class MonthField(SelectField):
    """A month. Any month is valid, whether or not the menu offers it; the page says if there is nothing in it."""

    default_error_messages = {"invalid_choice": _("请按 2026-12 的格式填写月份。")}

    def valid_value(self, value) -> bool:
        return read_month(value) is not None


class EventFilters(PlainForm):
    """A plain GET form. An invalid choice finds nothing, and the field shows an error."""

    series = SelectField(label=_("系列"))
    community = SelectField(label=_("社区"))
    venue = SelectField(label=_("议事点"))
    platform = SelectField(label=_("议事平台"))
    month = MonthField(label=_("月份"))

    def __init__(self, data) -> None:
        super().__init__(data)
        self._rows = {
            name: _known(cached, data.get(name, ""))
            for name, cached in (("series", _series), ("venue", _venues), ("platform", _platforms))
        }
        for name, rows in self._rows.items():
            self.fields[name].offer([(word, str(found[0])) for word, found in rows.items()])
        self.fields["community"].offer(places.choices(AreaLevel.COMMUNITY))
        self.fields["month"].offer(self._months(data.get("month", "")))

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
        return read_month(self.cleaned_data["month"]) if self.is_valid() else None

    @property
    def shows_past(self) -> bool:
        return self.data.get("when") == PAST

    def events(self) -> EventQuerySet:
        """Return the events that match all filters but the month."""
        fields = {"community": "area", "series": "series", "venue": "venue", "platform": "platform"}
        return self._narrow(Event.objects.public(), fields)

    def slots(self) -> SlotQuerySet:
        """Return the slots that match all filters but the month. A slot has a series and a venue, never a platform."""
        if self.is_valid() and self.cleaned_data["platform"]:
            return Slot.objects.none()
        return self._narrow(Slot.objects.all(), {"community": "venue__area", "series": "series", "venue": "venue"})

    def _narrow(self, rows, fields: dict[str, str]):
        if not self.is_valid():
            return rows.none()
        for name, field in fields.items():
            if not (word := self.cleaned_data[name]):
                continue
            if name == "community":
                keys = places.within(places.with_code(AreaLevel.COMMUNITY, word))
            else:
                keys = [row.pk for row in self._rows[name][word]]
            rows = rows.filter(**{f"{field}__in": keys})
        return rows

    def query(self, **changes) -> str:
        """Return the current query string from the first page on, with `changes` applied; None removes a parameter."""
        asked = self.data.copy()
        for name, value in (dict.fromkeys(PARAMETERS) | changes).items():
            asked.pop(name, None)
            if value is not None:
                asked[name] = value
        return asked.urlencode()

    def chosen(self) -> list[tuple[str, str, str]]:
        return chosen(self, self.data)

    @property
    def is_narrowed(self) -> bool:
        """Whether any filter but the month, which the page's heading names, is set."""
        return any(name != "month" and self.cleaned_data[name] for name in self.fields) if self.is_valid() else False

    def subscription(self) -> str:
        """Return the query string of a calendar subscription with the chosen filters, without the month."""
        return urlencode({name: self.cleaned_data[name] for name in self._narrowing()})

    def subscribed(self) -> list[str]:
        """Return the filters of that subscription, in words."""
        return [str(dict(self.fields[name].choices)[self.cleaned_data[name]]) for name in self._narrowing()]

    def _narrowing(self) -> list[str]:
        return [name for name in SUBSCRIBED if self.is_valid() and self.cleaned_data[name]]
