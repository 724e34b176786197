"""Figures that the database sums, against an independent count of the same demands."""

import datetime
import itertools
import zoneinfo

import pytest

from demands.models import Demand, Unit
from demands.statistics import rates, sums
from foundation.periods import Period
from tests import factories, recount
from tests.rows import each_row

pytestmark = pytest.mark.django_db

SHANGHAI = zoneinfo.ZoneInfo("Asia/Shanghai")
NOW = datetime.datetime(2025, 10, 20, 0, 1, tzinfo=SHANGHAI)
SUMMER = Period(datetime.date(2025, 5, 10), datetime.date(2025, 9, 20)).moments
BESIDE = ("out_of_remit", "solved", "declined", "consulted", "open", "overdue")


def shaped(figures: dict) -> dict:
    """Figures in the shape of `recount.figures`."""
    shares = rates.rates(figures)
    return {
        "received": figures["received"],
        **{name: shares[name] for name in ("response", "resolution")},
        **{name: figures[name] for name in rates.ANSWERS},
        "beside": {name: figures[name] for name in BESIDE},
        "times": {name: tuple(figures[name].values()) for name in rates.NUMBERS},
    }


def place(demand: Demand) -> int:
    return (demand.area.community or demand.area).pk


@pytest.fixture
def varied(db) -> list[Demand]:
    """All demands that count, of which half have a unit."""
    recount.Varied(NOW).make(160)
    unit = Unit.objects.create(name="区城管局", kind="department")
    Demand.objects.filter(pk__in=Demand.objects.order_by("pk").values("pk")[:80]).update(unit=unit)
    return [demand for demand in recount.everything() if recount.is_counted(demand)]


KEYS = {"place": place, "unit": lambda demand: demand.unit_id, "category": lambda demand: demand.category_id}


@each_row(("grouping", "received"), itertools.product(KEYS, [None, SUMMER]))
def test_the_sums_of_each_group_are_those_of_a_count_by_hand(varied, grouping, received):
    key = KEYS[grouping]
    among = [demand for demand in varied if received is None or received[0] <= demand.received_at <= received[1]]
    assert 20 < len(among) <= len(varied) and (received is None or len(among) < len(varied))
    groups, whole = factories.acting_at(NOW, sums.sums, NOW, grouping, received)
    assert shaped(whole) == recount.figures(among, NOW)
    assert {group: shaped(found) for group, found in groups.items()} == {
        group: recount.figures([demand for demand in among if key(demand) == group], NOW)
        for group in {key(demand) for demand in among}
    }
    assert len(groups) > 1


def test_only_the_areas_asked_for_count(varied):
    tree = factories.tree()
    areas = [tree.community.pk, tree.compound.pk]
    among = [demand for demand in varied if demand.area_id in areas]
    groups, whole = factories.acting_at(NOW, sums.sums, NOW, "place", SUMMER, areas)
    assert groups.keys() == {tree.community.pk}
    summer = [demand for demand in among if SUMMER[0] <= demand.received_at <= SUMMER[1]]
    assert shaped(whole) == recount.figures(summer, NOW) and len(summer) > 5
    assert sums.sums(NOW, "place", SUMMER, [])[1]["received"] == 0


@each_row("figure", ["received", "overdue", "response_overdue", "result:unsatisfied", "reopened:yes"])
def test_the_demands_that_a_figure_counts_are_as_many_as_it_says(varied, figure):
    whole = factories.acting_at(NOW, sums.sums, NOW, "place", SUMMER)[1]
    column, _colon, word = figure.partition(":")
    found = Demand.objects.filter(pk__in=sums.counted_in(figure, NOW, SUMMER))
    assert found.count() == (whole[column][word] if word else whole[column]) > 0
