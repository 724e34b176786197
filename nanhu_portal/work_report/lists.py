"""What was done and what was missed in a period, as tables: by community or by series. One query each.

Demands are named by their public titles, or else by their categories: residents' own words are in no report.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet, Sum
from django.utils import timezone

from consultation.models import Agreement, Event, Project, Series, Slot, SlotState, StudyNote, places
from consultation.selectors.rhythm import with_state
from consultation.workflow import AGREEMENT_OPEN, TOOK_PLACE, AgreementStatus, ProjectStatus
from demands.models import Demand
from demands.models.categories import placed
from demands.workflow import SOLVED
from foundation import clock
from foundation.numbers import people_words
from foundation.papers import Block, Style, Table, Text, day_words
from foundation.periods import Period
from nanhu_portal.staff_figures.sources import Scope

# Rows of a list; the text below it says how many more there are.
MAX_ROWS = 200


@dataclass(frozen=True)
class OfSeries:
    """What became of a series in a period."""

    name: str
    planned: int
    held: int
    missed: int
    people: int


def _within(rows: QuerySet, scope: Scope, field: str = "area") -> QuerySet:
    return rows if scope is None else rows.filter(**{f"{field}__in": scope})


def series(period: Period, scope: Scope) -> list[OfSeries]:
    """The series with a slot, an event or a study in the period, in their order. Three queries.

    Those of areas above are among them, with what took place here or was for all, not with what took place elsewhere.
    A study is held when its notes are pushed.
    """
    around = None if scope is None else scope.union(*map(places.upwards, scope))
    slots: dict[int, dict[str, int]] = {}
    planned = _within(Slot.objects.public().filter(planned_on__range=period.days).with_place(), around, "at")
    for key, state, number in with_state(planned).order_by().values_list("series", "state").annotate(n=Count("pk")):
        slots.setdefault(key, {})[state] = number
    notes = StudyNote.objects.published().filter(published_at__range=period.moments)
    studies = dict(notes.order_by().values_list("series").annotate(n=Count("pk")))
    of_period = Q(events__starts_at__range=period.moments, events__status__in=TOOK_PLACE)
    if around is not None:
        of_period &= Q(events__area__in=around)
    found = _within(Series.objects.all(), around).annotate(
        held=Count("events", filter=of_period), people=Sum("events__people_served", filter=of_period, default=0)
    )
    rows = []
    for row in found.order_by("order", "pk"):
        states, held = slots.get(row.pk, {}), row.held + studies.get(row.pk, 0)
        if states or held:
            missed = states.get(SlotState.MISSED, 0)
            name = str(row) if scope is None or row.area_id in scope else f"{row}（{places.area(row.area_id)}）"
            rows.append(OfSeries(name, sum(states.values()), held, missed, row.people))
    return rows


def series_table(rows: Iterable[OfSeries]) -> tuple[Block, ...]:
    cells = [
        (row.name, str(row.planned), str(row.held), str(row.missed), people_words(row.people) if row.people else "")
        for row in rows
    ]
    heads, widths = ("系列", "计划档期", "举行次数", "错过档期", "服务人数"), (36, 15, 15, 15, 19)
    return (Table(tuple(cells), heads, widths),) if cells else ()


# --- Done ------------------------------------------------------------------------------------------------------------


def solved(period: Period, scope: Scope) -> tuple[Block, ...]:
    rows = (
        _within(Demand.objects.public().filter(status__in=SOLVED, closed_at__range=period.moments), scope)
        .defer("description", "place")
        .order_by("closed_at", "pk")
    )
    cells = [
        (demand.area.place, demand.ref, demand.public_title, day_words(timezone.localdate(demand.closed_at)))
        for demand in _by_place(rows)
    ]
    heads, widths = ("社区", "编号", "事项", "办结日期"), (22, 22, 30, 26)
    return _table("办结的需求（已公开的）", heads, widths, cells, "没有办结的公开需求。")


def held(period: Period, scope: Scope) -> tuple[Block, ...]:
    rows = (
        _within(Event.objects.took_place().filter(starts_at__range=period.moments), scope)
        .select_related("series", "venue")
        .order_by("series__order", "series", "starts_at", "pk")
    )
    cells = [
        (str(event.series or "其他"), event.title, day_words(timezone.localdate(event.starts_at)), event.where)
        for event in rows
    ]
    heads, widths = ("系列", "活动", "日期", "地点"), (20, 30, 26, 24)
    return _table("举行的活动", heads, widths, cells, "没有举行活动。")


def projects(period: Period, scope: Scope) -> tuple[Block, ...]:
    rows = _within(Project.objects.public().filter(status=ProjectStatus.DONE, ends_on__range=period.days), scope)
    cells = [(project.title, day_words(project.ends_on), project.result) for project in rows.order_by("ends_on", "pk")]
    return _table("完成的项目", ("项目", "完成日期", "成效"), (34, 26, 40), cells, "")


# --- Missed ----------------------------------------------------------------------------------------------------------


def overdue(period: Period, scope: Scope) -> tuple[Block, ...]:
    rows = (
        _within(Demand.objects.overdue().filter(received_at__range=period.moments), scope)
        .defer("description", "place")
        .order_by("due_on", "pk")
    )
    cells = [
        (
            demand.area.place,
            demand.ref,
            # Imported and split demands have a title before they are published, and others after they were taken down.
            demand.public_title if demand.is_public else str(demand.category),
            day_words(demand.due_on),
        )
        for demand in _by_place(rows)
    ]
    heads, widths = ("社区", "编号", "事项", "期限"), (22, 22, 30, 26)
    return _table("超期未办结的需求", heads, widths, cells, "没有超期的需求。")


def missed(period: Period, scope: Scope) -> tuple[Block, ...]:
    slots = _within(Slot.objects.public().filter(planned_on__range=period.days).with_place(), scope, "at")
    rows = with_state(slots).filter(state=SlotState.MISSED).select_related("series", "venue")
    cells = [
        (str(slot.series), day_words(slot.planned_on), str(slot.venue or ""))
        for slot in rows.order_by("series__order", "series", "planned_on", "pk")
    ]
    return _table("错过的档期", ("系列", "计划日期", "议事点"), (36, 26, 38), cells, "没有错过的档期。")


def unkept(period: Period, scope: Scope) -> tuple[Block, ...]:
    late = Q(status__in=AGREEMENT_OPEN, due_on__lt=clock.today())
    rows = (
        _within(Agreement.objects.public().filter(event__starts_at__range=period.moments), scope, "event__area")
        .filter(late | Q(status=AgreementStatus.MISSED))
        .select_related("event", "organisation")
        .order_by("due_on", "pk")
    )
    tree = _tree()
    cells = [
        (
            places.area(one.event.area_id).place,
            one.what,
            one.owner,
            day_words(one.due_on),
            one.reason or ("已过期限" if one.is_open else ""),
        )
        for one in sorted(rows, key=lambda one: tree[one.event.area_id])
    ]
    heads, widths = ("社区", "约定", "负责单位", "期限", "原因"), (16, 26, 16, 26, 16)
    return _table("未兑现和过期的约定", heads, widths, cells, "没有未兑现或过期的约定。")


# --- Parts of them ---------------------------------------------------------------------------------------------------


def _tree() -> dict[int, int]:
    """The key of each area and its place in the tree: a community before its compounds."""
    return {area.pk: number for number, area in enumerate(places.in_tree())}


def _by_place(rows: Iterable[Demand]) -> list[Demand]:
    tree = _tree()
    return sorted(map(placed, rows), key=lambda demand: tree[demand.area_id])


def _table(
    title: str, heads: tuple[str, ...], widths: tuple[int, ...], rows: list[tuple[str, ...]], none: str
) -> tuple[Block, ...]:
    """A list under its title; `none` is said where there is no row, or nothing if it is empty."""
    if not rows:
        return (Text(none),) if none else ()
    left = len(rows) - MAX_ROWS
    rest = (Text(f"另有{left}条，见门户。", Style.NOTE),) if left > 0 else ()
    return (Text(f"{title}，{len(rows)}条", Style.CENTRE), Table(tuple(rows[:MAX_ROWS]), heads, widths), *rest)
