"""The order of lists from which staff work."""

from django.db.models import Case, F, When

from foundation.work_order import WorkOrder
from tests.rows import each_row

DUE = Case(When(status="open", then="due_on"))
ORDER = WorkOrder("due_on", DUE, ("-count", "-at", "-pk"))


@each_row(
    ("by", "expected"),
    [
        ("status", ["status", "-count", "-at", "-pk"]),
        ("-status", ["-status", "count", "at", "pk"]),
        ("-count", ["-count", "-at", "-pk"]),
        ("count", ["count", "at", "pk"]),
    ],
)
def test_a_heading_is_followed_by_the_newest_and_backwards_is_exactly_the_other_way(by, expected):
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
