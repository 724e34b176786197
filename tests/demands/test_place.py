"""A demand beside the list from which it was opened: before, after, and where an act leads."""

import datetime
from urllib.parse import urlencode

import pytest
from django.utils import timezone

from demands.models import Demand
from demands.workflow import DemandStatus as S
from foundation.accounts import User
from tests import factories
from tests.rows import each_row

pytestmark = pytest.mark.django_db

LIST = "/admin/demands/demand/"
OPEN = urlencode({"_changelist_filters": "queue=open"})


@pytest.fixture
def three(liaison_client) -> list[Demand]:
    """Three open demands in the order of their deadlines."""
    found = [factories.demand(description=word) for word in ("甲路灯", "乙树枝", "丙电梯")]
    for days, demand in enumerate(found, -1):
        Demand.objects.filter(pk=demand.pk).update(response_due=timezone.localdate() + datetime.timedelta(days=days))
    return found


def address(demand: Demand, place: int, query: str = OPEN, page: str = "change") -> str:
    return f"{LIST}{demand.pk}/{page}/?{query}&place={place}"


def test_the_list_opens_its_demands_with_their_places(three, liaison_client):
    page = liaison_client.get(f"{LIST}?queue=open").content.decode()
    for number, demand in enumerate(three):
        assert f"{LIST}{demand.pk}/change/?_changelist_filters=queue%3Dopen&amp;place={number}" in page


def test_a_demand_is_shown_beside_its_list_with_what_comes_before_and_after(
    three, liaison_client, django_assert_max_num_queries
):
    for one in three:
        Demand.objects.filter(pk=one.pk).update(assignee=liaison_client.user)
    factories.dispatch(demand_=factories.move(three[1], S.ACCEPTED))
    liaison_client.get(address(three[1], 1))  # fills the caches of this process
    with django_assert_max_num_queries(19):
        context = liaison_client.get(address(three[1], 1)).context
    place = context["place"]
    assert (place.position, place.total, place.has_left) == (2, 3, False)
    assert (context["previous"], context["next"]) == (address(three[0], 0), address(three[2], 2))
    assert [(row.demand, row.is_current) for row in context["neighbours"]] == [
        (three[0], False),
        (three[1], True),
        (three[2], False),
    ]
    assert context["list_address"] == f"{LIST}?queue=open"
    assert all(button.address.endswith(f"?{OPEN}&place=1") for button in context["buttons"])
    # The first has none before it, the last none after it.
    assert not liaison_client.get(address(three[0], 0)).context["previous"]
    assert not liaison_client.get(address(three[2], 2)).context["next"]


@each_row(
    "query",
    ["", "_changelist_filters=queue%3Dopen", "place=x", "place=10000", "place=-1", "place=1&_changelist_filters=%00",
     "place=1&_changelist_filters=code_hash__startswith%3Da", f"place=1&_changelist_filters={'q' * 1001}"],
)  # fmt: skip
def test_an_address_that_names_no_list_of_ours_shows_the_demand_alone(three, liaison_client, query):
    response = liaison_client.get(f"{LIST}{three[0].pk}/change/?{query}")
    assert response.status_code == 200
    assert response.context["place"] is None


def test_a_list_shows_no_more_beside_a_demand_than_on_its_own_page(three, community_client):
    far = factories.demand(description="丁远处", area=factories.tree().far_compound)
    context = community_client.get(address(three[0], 0, "_changelist_filters=")).context
    assert far not in [row.demand for row in context["neighbours"]]
    assert context["place"].total == 3


@pytest.mark.parametrize(
    ("goes_on", "left", "then"),
    [(False, False, 0), (True, False, 1), (True, True, 1)],
    ids=["stays", "goes on", "has left the list"],
)
def test_after_an_act_the_next_one_opens_for_whoever_likes_that(three, liaison_client, goes_on, left, then):
    liaison_client.post("/admin/ways/", {"uses_keys": "on"} | ({"opens_next": "on"} if goes_on else {}))
    query = urlencode({"_changelist_filters": "queue=unassigned"}) if left else OPEN
    if left:
        page, data = "assign", {"assignee": liaison_client.user.pk}
    else:
        page, data = "move/accepted", {}
    response = liaison_client.post(address(three[0], 0, query, page), {"version": three[0].version, **data})
    # Where the first has left, the second has taken its place.
    place = 0 if left else then
    assert (response.status_code, response.url) == (302, address(three[then], place, query))
    if not goes_on:
        return
    # After the last one comes the list.
    last = three[2]
    if left:
        Demand.objects.filter(pk=three[1].pk).update(assignee=liaison_client.user)
    response = liaison_client.post(address(last, 0 if left else 2, query, page), {"version": last.version, **data})
    assert response.url == f"{LIST}?queue={'unassigned' if left else 'open'}"


def test_after_an_act_that_moves_it_down_the_list_none_is_skipped(three, liaison_client):
    User.objects.filter(pk=liaison_client.user.pk).update(opens_next=True)
    answer = {"version": three[0].version, "answers": "on", "answer": "已看。"}
    # Answered, it is next due when it is to be resolved: it comes last, and the second has taken its place.
    response = liaison_client.post(address(three[0], 0, OPEN, "combined"), answer)
    assert response.url == address(three[1], 0)


def test_a_note_and_a_button_stay_with_their_demand(three, liaison_client):
    User.objects.filter(pk=liaison_client.user.pk).update(opens_next=True)
    for page, data in (("note", {"body": "已看。"}), ("take", {})):
        demand = Demand.objects.get(pk=three[0].pk)
        response = liaison_client.post(address(demand, 0, OPEN, page), {"version": demand.version, **data})
        assert response.url == address(demand, 0)


def test_the_page_of_ones_own_ways_leads_back_only_to_this_portal(liaison_client):
    for back, then in (("/admin/demands/demand/", "/admin/demands/demand/"), ("https://elsewhere.example/", "/admin/")):
        response = liaison_client.post(f"/admin/ways/?{urlencode({'next': back})}", {"opens_next": "on"})
        assert response.url == then
    user = User.objects.get(pk=liaison_client.user.pk)
    assert (user.opens_next, user.uses_keys) == (True, False)
