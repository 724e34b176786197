"""公示: which demands stand on the sheet of a community and month, and for whom it is made."""

import datetime
import io

import pytest
from docx import Document

from demands.workflow import DemandStatus as S
from foundation import clock
from tests import factories
from tests.pages import forms, words

pytestmark = pytest.mark.django_db

BOARD = "/admin/demands/demand/board/"
ZONE = datetime.timezone(datetime.timedelta(hours=8))
MARCH, APRIL = datetime.datetime(2026, 3, 20, tzinfo=ZONE), datetime.datetime(2026, 4, 20, tzinfo=ZONE)


@pytest.fixture
def april():
    factories.one_subdistrict()
    with clock.turned_to(APRIL):
        yield


def asked(area, month: str = "2026-03", **more) -> dict:
    return {"area": area.pk, "month": month, "format": "page", **more}


def of(client, area, month: str = "2026-03") -> str:
    return words(client.get(BOARD, asked(area, month)))


def test_public_demands_of_the_month_stand_on_the_sheet(april, liaison_client, django_assert_max_num_queries):
    places = factories.tree()
    solved = factories.demand(S.RESOLVED, public=True, at=MARCH, area=places.compound)
    type(solved).objects.filter(pk=solved.pk).update(public_title="楼梯灯", public_result="灯已换新。")
    private = factories.demand(S.RESOLVED, at=MARCH, area=places.compound, description="不公开的事")
    waiting = factories.demand(S.IN_CONSULTATION, public=True, at=APRIL, area=places.second_compound)
    elsewhere = factories.demand(S.RESOLVED, public=True, at=MARCH, area=places.other_compound)
    with django_assert_max_num_queries(12):
        response = liaison_client.get(BOARD, asked(places.community))
    text = words(response)
    assert "桂花社区2026年3月居民需求办理公示" in text
    assert "2026年3月收到已公开的需求1件，办结1件，现在还在办理的有1件。" in text
    assert f"{solved.ref} 楼梯灯 已办结，待居民确认 灯已换新。" in text
    assert f"{waiting.ref} " in text.partition("二、还在办理的")[2]
    assert private.ref not in text and "不公开的事" not in text and elsewhere.ref not in text
    shown = response.content.decode()
    for path in (f"/demands/{solved.ref}/", f"/demands/{waiting.ref}/", "/demands/?community=community"):
        assert f'aria-label="http://portal.example{path}"' in shown
    # What was closed in March is on March's sheet alone, what goes on is on each.
    april_text = of(liaison_client, places.community, "2026-04")
    assert solved.ref not in april_text and waiting.ref in april_text and "本月没有办结的公开需求。" in april_text


def test_a_sheet_for_each_compound_in_one_file(april, liaison_client):
    places = factories.tree()
    factories.demand(S.RESOLVED, public=True, at=MARCH, area=places.compound)
    response = liaison_client.get(BOARD, asked(places.community, each="on", format="word"))
    assert response["Content-Disposition"] == 'attachment; filename="board-community-2026-03.docx"'
    document = Document(io.BytesIO(response.content))
    titles = [one.text for one in document.paragraphs if one.text.endswith("居民需求办理公示")]
    assert titles == [
        f"{place}2026年3月居民需求办理公示" for place in ("桂花社区", "桂花社区 · 桂花苑", "桂花社区 · 桂花新村")
    ]
    assert len(document.sections) == 3 and len(document.tables) == 2


def test_the_form_offers_the_places_of_who_asks_and_the_last_month(april, community_client):
    page = community_client.get(BOARD)
    assert form_values(page) == {"month": "2026-03", "area": ""}
    text = words(page)
    assert "桂花苑" in text and "柳园社区" not in text
    elsewhere = community_client.get(BOARD, asked(factories.tree().other_community))
    assert elsewhere.status_code == 422 and "请选择社区或小区。" in words(elsewhere)


def form_values(response) -> dict[str, str]:
    [found] = [one for one in forms(response) if "month" in one.values]
    return found.values


@pytest.mark.parametrize(
    ("changes", "sentence"), [({"month": "2019-01"}, "请选择月份。"), ({"area": "x"}, "请选择社区")]
)
def test_what_cannot_be_chosen_is_said_at_the_field(april, liaison_client, changes, sentence):
    response = liaison_client.get(BOARD, asked(factories.tree().community) | changes)
    assert response.status_code == 422 and sentence in words(response)


def test_members_and_visitors_have_no_such_page(april, member_client, resident):
    assert member_client.get(BOARD).status_code == 302 and resident.get(BOARD).status_code == 302
