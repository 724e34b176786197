"""Filters lists by what a figure counts: the page of figures links each number to its rows."""

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy, pgettext_lazy

from foundation.periods import Period

from ..models import SlotState
from ..selectors import counted


class CountedFilter(admin.SimpleListFilter):
    """There only while an address brings it, as a chip that can be taken away.

    `figures` are those of the list, with their names; `field` is the lookup of the area.
    """

    title = gettext_lazy("统计")
    parameter_name = "counted"
    figures: Mapping[str, Any] = {}
    field = "area"

    def rows(self, queryset: QuerySet, figure: str, period: Period) -> QuerySet:
        raise NotImplementedError

    def lookups(self, request, model_admin):
        asked = self._asked()
        if asked is None:
            return []
        words = (self.figures[asked.figure], asked.period, asked.area)
        return [(self.value(), " · ".join(str(word) for word in words if word))]

    def queryset(self, request, queryset):
        asked = self._asked()
        if asked is None:
            return queryset
        rows = self.rows(queryset, asked.figure, asked.period)
        return rows if asked.areas is None else rows.filter(**{f"{self.field}__in": asked.areas})

    def _asked(self) -> counted.Counted | None:
        asked = counted.Counted.read(self.value())
        return asked if asked and asked.figure in self.figures else None


class CountedEvents(CountedFilter):
    figures = {
        "meetings": gettext_lazy("举行"),
        "minutes": gettext_lazy("已公布纪要"),
        "cancelled": pgettext_lazy("figures", "取消"),
    }

    def rows(self, queryset, figure, period):
        return queryset.filter(counted.EVENTS[figure], starts_at__range=period.moments)


class CountedSlots(CountedFilter):
    """Of a list whose rows have their state."""

    figures = {"slots": gettext_lazy("计划档期"), "slots_missed": gettext_lazy("错过的档期")}
    field = "at"

    def rows(self, queryset, figure, period):
        due = queryset.public().filter(planned_on__range=period.days).with_place()
        return due.filter(state=SlotState.MISSED) if figure == "slots_missed" else due


class CountedAgreements(CountedFilter):
    figures = {
        "made": gettext_lazy("达成"),
        "kept": gettext_lazy("已兑现"),
        "missed": gettext_lazy("未兑现"),
        "running": gettext_lazy("落实中"),
        "late": gettext_lazy("其中已过期限"),
    }
    field = "event__area"

    def rows(self, queryset, figure, period):
        return queryset.public().filter(counted.agreements()[figure], event__starts_at__range=period.moments)
