"""The order of lists from which staff work."""

import pytest
from django.db.models import Case, F, When

from foundation.work_order import WorkOrder

DUE = Case(When(status="open", then="due_on"))
ORDER = WorkOrder("due_on", DUE, ("-count", "-at", "-pk"))


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("status", ["status", "-count", "-at", "-pk"]),
        ("-status", ["-status", "count", "at", "pk"]),
        ("-count", ["-count", "-at", "-pk"]),
        ("count", ["count", "at", "pk"]),
    ],
)
def test_a_heading_orders_either_way(by, expected):
    assert ORDER.by(by) == expected


def test_what_waits_comes_first_either_way():
    assert ORDER.first() == ORDER.by("due_on") == [DUE.asc(nulls_last=True), "-count", "-at", "-pk"]
    assert ORDER.by("-due_on") == [DUE.desc(nulls_last=True), "-count", "-at", "-pk"]


def test_both_ways_have_an_index():
    newest = (F("count").desc(), F("at").desc(), F("id").desc())
    found = {index.name: index.expressions for index in ORDER.indexes("work")}
    assert found == {
        "work": (DUE.asc(), *newest),
        "work_last": (DUE.desc(nulls_last=True), *newest),
    }
