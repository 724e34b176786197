"""The Atom feed of public demands."""

import datetime
from xml.etree import ElementTree

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from demands import services
from demands.models import Demand
from demands.workflow import DemandStatus as S
from tests import factories
from tests.pages import tells_digits

pytestmark = pytest.mark.django_db

FEED = "/feeds/demands/"
ATOM = "{http://www.w3.org/2005/Atom}"
HOSTILE = "</script><script>alert(1)</script>]]>&\"'"


def published(title: str, summary: str = "摘要。", **values) -> Demand:
    return factories.publish(factories.demand(**values), title=title, summary=summary)


def atom(response) -> ElementTree.Element:
    assert response.status_code == 200
    assert response["Content-Type"] == "application/atom+xml; charset=utf-8"
    return ElementTree.fromstring(response.content)  # noqa: S314 - our own


def told(root, name: str) -> list[str]:
    return [entry.findtext(f"{ATOM}{name}") for entry in root.findall(f"{ATOM}entry")]


def test_the_newest_public_demands_are_told_with_their_status(resident):
    first = published("路灯不亮", "夜间通行不便。")
    published("电梯停运")
    factories.demand(description="没有公开的")
    factories.move(first, S.ACCEPTED)
    root = atom(resident.get(FEED))
    assert told(root, "title") == ["电梯停运", "路灯不亮"]
    assert told(root, "id") == [
        f"http://portal.example/demands/{ref}/"
        for ref in Demand.objects.public().order_by("-published_at").values_list("ref", flat=True)
    ]
    assert "已受理" in told(root, "summary")[1]
    assert "夜间通行不便。" in told(root, "summary")[1]
    assert root.find(f"{ATOM}link[@rel='self']").get("href") == f"http://portal.example{FEED}"
    for name in ("id", "title", "updated"):
        assert len(root.findall(f"{ATOM}{name}")) == 1
    assert root.findtext(f"{ATOM}author/{ATOM}name") == "一线协商"
    assert "没有公开的" not in resident.get(FEED).content.decode()


def test_a_move_is_a_change(resident):
    demand = published("路灯不亮")
    before = atom(resident.get(FEED))
    tag = resident.get(FEED)["ETag"]
    assert resident.get(FEED, headers={"if-none-match": tag}).status_code == 304
    factories.move(demand, S.ACCEPTED, at=demand.published_at + datetime.timedelta(hours=1))
    response = resident.get(FEED, headers={"if-none-match": tag})
    after = atom(response)
    assert told(after, "id") == told(before, "id")
    hours = [datetime.datetime.fromisoformat(told(root, "updated")[0]) for root in (before, after)]
    assert hours[1] - hours[0] == datetime.timedelta(hours=1)


def test_what_was_taken_down_is_gone_at_once(resident, liaison_client):
    demand = published("路灯不亮")
    tag = resident.get(FEED)["ETag"]
    services.publishing.unpublish(demand, actor=liaison_client.user)
    response = resident.get(FEED, headers={"if-none-match": tag})
    assert told(atom(response), "id") == []


def test_residents_own_words_names_and_phones_are_nowhere(resident):
    published("路灯不亮", description="金丝雀原话", called="金丝雀", phone="18657396482", place="金丝雀窝旁")
    text = resident.get(FEED).content.decode()
    for secret in ("金丝雀", "186573", "96482"):
        assert secret not in text
    assert not tells_digits(text, "6482")


def test_hostile_text_is_text(resident):
    published(HOSTILE, HOSTILE)
    root = atom(resident.get(FEED))
    assert told(root, "title") == [HOSTILE]
    (summary,) = told(root, "summary")
    assert "<script" not in summary
    assert "&lt;script&gt;" in summary


def test_the_host_asked_for_decides_nothing(resident):
    published("路灯不亮")
    assert "localhost" not in resident.get(FEED, headers={"host": "localhost"}).content.decode()


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_the_feed_is_for_reading(resident, method):
    assert getattr(resident, method)(FEED).status_code == 405


@pytest.mark.parametrize(("count", "queries"), [(1, 2), (31, 1)])
def test_one_query_for_thirty_entries_at_most_and_one_for_history_where_they_are_fewer(resident, count, queries):
    for number in range(count):
        published(f"{number}")
    resident.get(FEED)
    with CaptureQueriesContext(connection) as made:
        response = resident.get(FEED)
    assert len(made) == queries
    assert len(told(atom(response), "id")) == min(count, 30)
