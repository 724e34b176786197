"""Work waiting for staff: queues are choices of a list's filter, and tiles on the admin's home page.

Each app's admin registers its queues once; the home page and the filter read them at request time.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.db.models import Count, QuerySet, Value
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Tile:
    """A queue's tile on the home page. Tiles of all apps are sorted by `position`."""

    label: Any
    position: int
    is_alarm: bool = False  # shown in red unless empty
    is_rare: bool = False  # shown only while something waits


@dataclass(frozen=True)
class Queue:
    """A queue. `rows` filters the rows of the list, for a member of staff."""

    name: str
    label: Any
    rows: Callable[[QuerySet, Any], QuerySet]
    tile: Tile | None = None


@dataclass(frozen=True)
class QueueList:
    """The queues of one model, whose default manager has `visible_to`.

    `parameter` is the filter's name in the query string; `permission`, if set, is required to see the tiles.
    """

    model: str
    queues: tuple[Queue, ...]
    parameter: str = "queue"
    permission: str = ""

    def address(self, queue: Queue) -> str:
        app, model = self.model.lower().split(".")
        return f"{reverse(f'admin:{app}_{model}_changelist')}?{self.parameter}={queue.name}"

    def rows(self, queue: Queue, user) -> QuerySet:
        return queue.rows(apps.get_model(self.model).objects.visible_to(user), user)


_lists: dict[str, QueueList] = {}


def register(queues: QueueList) -> QueueList:
    if queues.model in _lists:
        raise ValueError(f"the queues of {queues.model} are registered already")
    _lists[queues.model] = queues
    return queues


def list_of(model: str) -> QueueList:
    """Return the queues of a model, such as `demands.Demand`."""
    return _lists[model]


def tiles(user) -> list[dict]:
    """The tiles for a member of staff, each with a count and a link to its list. One query counts all."""
    shown = [
        (of, queue)
        for of in _lists.values()
        if not of.permission or user.has_perm(of.permission)
        for queue in of.queues
        if queue.tile
    ]
    shown.sort(key=lambda pair: pair[1].tile.position)
    counts = _count([of.rows(queue, user) for of, queue in shown])
    return [
        {"label": queue.tile.label, "count": count, "url": of.address(queue), "alarm": queue.tile.is_alarm}
        for (of, queue), count in zip(shown, counts, strict=True)
        if count or not queue.tile.is_rare
    ]


def _count(querysets: list[QuerySet]) -> list[int]:
    """The number of rows of each queryset, in one query."""
    # Django leaves a queryset that it knows to be empty (staff without any place) out of the union.
    counts = dict(counted_by(None, querysets))
    return [counts.get(number, 0) for number in range(len(querysets))]


def counted_by(field: str | None, querysets: list[QuerySet]) -> list[tuple]:
    """For each queryset its number in the list, the value of a field, if one is given, and how many rows have that.

    One query.
    """
    if not querysets:
        return []
    names = ("queue_number", field) if field else ("queue_number",)
    first, *rest = (
        rows.order_by().annotate(queue_number=Value(number)).values(*names).annotate(count=Count("pk"))
        for number, rows in enumerate(querysets)
    )
    return list(first.union(*rest, all=True).values_list(*names, "count"))


class QueueFilter(admin.SimpleListFilter):
    """Filters a list by its queues."""

    title = _("待办")
    queues: QueueList

    def __init_subclass__(cls, **kwargs) -> None:
        super().__init_subclass__(**kwargs)
        cls.parameter_name = cls.queues.parameter

    def lookups(self, request, model_admin):
        return [(queue.name, queue.label) for queue in self.queues.queues]

    def queryset(self, request, queryset):
        chosen = next((queue for queue in self.queues.queues if queue.name == self.value()), None)
        return chosen.rows(queryset, request.user) if chosen else queryset
