"""Several short lists read in one query are the same as read one by one."""

import pytest

from demands import services
from demands.workflow import DemandStatus
from foundation.unions import fetch, fetch_lists
from tests import factories

pytestmark = pytest.mark.django_db


def fields(rows) -> list[dict]:
    """Each row with every column, and its related rows by their columns."""
    return [
        {name: value for name, value in vars(row).items() if not name.startswith("_")}
        | {name: str(value) for name, value in row._state.fields_cache.items() if name != "demand"}
        for row in rows
    ]


@pytest.fixture
def demand():
    demand = factories.demand(DemandStatus.IN_PROGRESS)
    for number in range(3):
        services.handling.note(demand, f"备注“{number}” \\ '引号'\n第二行", actor=factories.liaison_staff())
    factories.photo(demand)
    factories.photo(demand)
    return demand


def lists(demand) -> dict:
    return {
        "transitions": demand.transitions.select_related("actor"),
        "messages": demand.messages.select_related("author").order_by("-at", "pk"),
        "photos": demand.photos.all(),
        "ratings": demand.ratings.all(),
    }


def test_lists_read_by_one_query_equal_lists_read_one_by_one(demand, django_assert_num_queries):
    with django_assert_num_queries(1):
        found = fetch_lists(*lists(demand).values())
    assert [len(rows) for rows in found] == [2 + 1, 3, 2, 0]
    assert [fields(rows) for rows in found] == [fields(rows) for rows in lists(demand).values()]


def test_rows_read_by_one_query_can_be_saved(demand):
    [[photo, _other]] = fetch_lists(demand.photos.all())
    photo.alt = "台阶"
    photo.save(update_fields=["alt"])
    assert demand.photos.first().alt == "台阶"


def test_prefetched_relations_need_no_query(demand, django_assert_num_queries):
    fetch(demand, **lists(demand))
    with django_assert_num_queries(0):
        assert len(demand.transitions.all()) == 3 and demand.transitions.all()[0].demand is demand
        assert {str(message.author) for message in demand.messages.all()} == {"李四"}
        assert not demand.ratings.all()
        assert demand.transitions.all()[0].actor is None
