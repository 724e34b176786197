"""Fields for references find demands by words, places and references, among those that their user may see."""

import pytest

from demands.models import Demand, Synonym
from demands.workflow import DemandStatus as S
from foundation import cached
from tests import factories
from tests.rows import each_row

pytestmark = pytest.mark.django_db

PICK = "/admin/demands/demand/pick/"


@pytest.fixture
def lamp(db):
    return factories.demand(S.ACCEPTED, description="3 号门外路灯不亮，电话 13912345678")


def picked(client, typed: str) -> list[dict]:
    response = client.get(PICK, {"q": typed})
    assert response.status_code == 200
    return response.json()["found"]


def test_a_demand_is_found_by_words_and_by_its_reference(lamp, liaison_client):
    factories.demand(S.ACCEPTED, description="楼道里堆满杂物")
    for typed in ("路灯", lamp.ref, lamp.ref.lower()):
        [found] = picked(liaison_client, typed)
        assert found["value"] == lamp.ref
        assert found["text"].startswith(f"{lamp.ref} 3 号门外路灯不亮")
        assert found["text"].endswith("桂花苑 · 环境卫生 · 已受理")
        assert "13912345678" not in found["text"]


def test_a_demand_is_found_by_what_means_the_same(lamp, liaison_client):
    assert picked(liaison_client, "电杆灯") == []
    Synonym.objects.create(words="路灯、电杆灯")
    cached.forget_all()
    assert [found["value"] for found in picked(liaison_client, "电杆灯")] == [lamp.ref]
    found = liaison_client.get("/admin/find/", {"q": "电杆灯"})
    assert (found.status_code, found.url) == (302, f"/admin/demands/demand/{lamp.pk}/change/")


@each_row("typed", ["", " ", "没有这样的事", "\x00", "长" * 900])
def test_what_is_not_there_or_cannot_be_looked_for_finds_nothing(typed, lamp, liaison_client):
    assert picked(liaison_client, typed) == []


def test_a_demand_elsewhere_is_not_found(lamp, community_client):
    there = factories.demand(S.ACCEPTED, description="路灯坏了", area=factories.tree().other_compound)
    assert [found["value"] for found in picked(community_client, "路灯")] == [lamp.ref]
    assert picked(community_client, there.ref) == []


def test_an_auditor_does_not_spell_out_a_number_digit_by_digit(lamp, auditor_client):
    assert picked(auditor_client, "139123") == []
    assert [found["value"] for found in picked(auditor_client, "路灯")] == [lamp.ref]


@pytest.mark.parametrize("rows", [1, 30])
def test_finding_takes_as_many_queries_for_one_and_for_many(rows, liaison_client, django_assert_num_queries):
    first = factories.demand(S.ACCEPTED, description="0 号门外路灯不亮")
    factories.alike(first, *({"description": f"{number} 号门外路灯不亮"} for number in range(1, rows)))
    picked(liaison_client, "路灯")
    with django_assert_num_queries(7):
        assert len(picked(liaison_client, "路灯")) == min(rows, 8)


def test_a_demand_is_merged_into_one_that_was_found(lamp, liaison_client):
    again = factories.demand(S.ACCEPTED, description="门口的灯坏了")
    page = f"/admin/demands/demand/{again.pk}/move/merged/"
    assert f'data-find="{PICK}"' in liaison_client.get(page).content.decode()
    response = liaison_client.post(
        page, {"version": again.version, "target": picked(liaison_client, "路灯不亮")[0]["value"]}
    )
    assert response.status_code == 302
    assert Demand.objects.get(pk=again.pk).merged_into == lamp
