"""Similar demands over HTTP: as JSON while a resident types, on "check answers", and beside a demand at the desk."""

import pytest
from django.test import Client

from demands import services
from demands.models import Demand
from demands.views import search as views
from demands.workflow import DemandStatus as S
from foundation.throttle import Throttle
from tests import factories
from tests.pages import flat, form, words
from tests.rows import each_row

pytestmark = pytest.mark.django_db

SIMILAR = "/demands/similar/"
LIFT = "3 号楼电梯又停了，老人下不了楼"
TITLE = "3 号楼电梯经常停运"
PANEL = "可能是同一件事"
HEADING = "已有人提过相近的需求"


@pytest.fixture
def lift():
    """A public demand that others have too."""
    factories.category()
    found = factories.demand(description="公开前的原话，不给人看", place="不公开的位置")
    found = factories.publish(found, title=TITLE, summary="电梯停了，老人下楼不便。")
    found = factories.move(found, S.ACCEPTED)
    for visitor in range(3):
        services.supports.add(found, f"visitor {visitor}")
    return Demand.objects.get(pk=found.pk)


# --- JSON ------------------------------------------------------------------------------------------------------------


def test_what_a_script_reads(resident, lift):
    response = resident.post(SIMILAR, {"text": LIFT, "area": lift.area_id})
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    assert response.json()["similar"] == [
        {
            "ref": lift.ref,
            "title": TITLE,
            "status": "已受理",
            "place": "桂花社区 · 桂花苑",
            "support_count": 3,
            "people": "3 人也需要",
            "url": f"/demands/{lift.ref}/",
            "support_url": f"/demands/{lift.ref}/support/",
        }
    ]


def test_nothing_private_is_in_it(resident, lift):
    factories.demand(description=LIFT)
    text = resident.post(SIMILAR, {"text": LIFT}).content.decode()
    assert "原话" not in text
    assert "不公开" not in text
    assert text.count('"ref"') == 1


def test_it_keeps_nothing_of_what_was_typed(resident, lift, database):
    before = database()
    resident.post(SIMILAR, {"text": LIFT})
    changed = {table for table, content in database().items() if content != before[table]}
    # The count of this visitor's questions, under a hash.
    assert changed == {"foundation_throttle"}


@each_row(
    "asked",
    [
        {"text": ""},
        {"text": "\x00"},
        {"text": "想学太极拳"},
        {"text": "电" * 100_000},
        {"text": "' OR 1=1 --"},
        {"text": "a'b\\c & | ! :* <script>"},
        {"text": ["一", "二"], "area": ["1", "x"]},
    ],
    warm=True,
)
def test_other_and_hostile_text_is_like_nothing(resident, lift, asked):
    response = resident.post(SIMILAR, asked)
    assert (response.status_code, response.json()["similar"]) == (200, [])


@each_row("area", ["", "0", "-1", "x", "９", "9" * 30, "1; DROP", "999999999", "\x00"], warm=True)
def test_an_area_that_is_none_is_passed_over(resident, lift, area):
    response = resident.post(SIMILAR, {"text": LIFT, "area": area})
    assert [found["ref"] for found in response.json()["similar"]] == [lift.ref]


def test_only_by_post_and_from_our_own_pages(resident, lift):
    assert resident.get(SIMILAR).status_code == 405
    assert Client(enforce_csrf_checks=True).post(SIMILAR, {"text": LIFT}).status_code == 403


def test_asked_too_often(resident, lift, monkeypatch):
    monkeypatch.setattr(views, "ASKED_AN_HOUR", 2)
    for _time in range(2):
        assert resident.post(SIMILAR, {"text": LIFT}).status_code == 200
    response = resident.post(SIMILAR, {"text": LIFT})
    assert (response.status_code, response.json()) == (429, {"similar": [], "category": None})
    assert not Throttle.objects.filter(key__contains="127.0.0.1").exists()


def test_queries_do_not_grow(resident, lift, django_assert_num_queries):
    services.words.count_words()
    for _more in range(2):
        factories.publish(factories.demand(), title=TITLE, summary="电梯停了，老人下楼不便。")
        resident.post(SIMILAR, {"text": LIFT, "area": lift.area_id})
        # The visitor's count, and the candidates.
        with django_assert_num_queries(2):
            resident.post(SIMILAR, {"text": LIFT, "area": lift.area_id})


def test_the_category_that_fits_comes_along(resident, lift, monkeypatch):
    assert resident.post(SIMILAR, {"text": LIFT}).json()["category"] is None
    monkeypatch.setattr(
        views.suggestions.categories, "suggest", lambda text: factories.category() if text == LIFT else None
    )
    key = str(factories.category().pk)
    assert resident.post(SIMILAR, {"text": LIFT}).json()["category"] == {"key": key, "name": "环境卫生"}


# --- Submitting ------------------------------------------------------------------------------------------------------


def check_page(client, description: str, lift):
    response = client.get("/demands/new/")
    answers = {"description": description, "category": lift.category_id, "area": lift.area_id, "place": ""}
    response = form(response, "state").send(client, **answers)
    return form(response, "state").send(client, phone="", consent_handling="on")


def test_check_answers_offers_to_support_instead(resident, lift):
    response = check_page(resident, LIFT, lift)
    text = flat(response.content.decode())
    assert HEADING in text
    assert TITLE in text
    assert f'form="support" formaction="/demands/{lift.ref}/support/"' in text
    # The other way stays: the same page submits.
    assert form(response, "state").send(resident, go="submit").status_code == 302
    assert Demand.objects.filter(description=LIFT).count() == 1


def test_supporting_sends_nothing_of_the_answers(resident, lift):
    response = check_page(resident, LIFT, lift)
    support = response.content.decode().partition('<form id="support"')[2].partition("</form>")[0]
    assert "state" not in support
    assert resident.post(f"/demands/{lift.ref}/support/").status_code == 302
    lift.refresh_from_db()
    assert lift.support_count == 4
    assert not Demand.objects.filter(description=LIFT).exists()


def test_nothing_alike_nothing_said(resident, lift):
    text = check_page(resident, "想学太极拳，哪里报名", lift).content.decode()
    assert HEADING not in text
    assert 'id="support"' not in text


def test_asked_too_often_the_page_comes_without(resident, lift, monkeypatch):
    monkeypatch.setattr(views, "ASKED_AN_HOUR", 0)
    response = check_page(resident, LIFT, lift)
    assert response.status_code == 200
    assert HEADING not in response.content.decode()


def test_the_first_page_is_ready_for_the_script(resident, lift):
    text = resident.get("/demands/new/").content.decode()
    assert 'data-similar="/demands/similar/" hidden' in text
    assert "js/similar.js" in text


# --- At the desk -----------------------------------------------------------------------------------------------------


def desk(demand, rest: str = "change/") -> str:
    return f"/admin/demands/demand/{demand.pk}/{rest}"


@pytest.fixture
def twins():
    return [factories.demand(description=LIFT), factories.demand(description=f"{LIFT}，请来人看看")]


def panel(response) -> str:
    return words(response).partition(PANEL)[2].partition("办理进展")[0]


def test_the_desk_says_why_and_where_to_merge(liaison_client, auditor_client, twins):
    own, other = twins
    response = liaison_client.get(desk(own))
    shown = panel(response)
    for said in (other.ref, "电梯又停了", "同一小区"):
        assert said in shown
    link = desk(own, f"move/merged/?target={other.ref}")
    assert link in response.content.decode()
    assert f'value="{other.ref}"' in liaison_client.get(link).content.decode()
    # Who may not merge is not asked to.
    response = auditor_client.get(desk(own))
    assert other.ref in panel(response)
    assert "?target=" not in response.content.decode()


def test_a_closed_demand_is_not_offered_for_merging(liaison_client, twins):
    own = factories.move(factories.move(twins[0], S.ACCEPTED), S.DECLINED)
    response = liaison_client.get(desk(own))
    assert twins[1].ref in panel(response)
    assert "?target=" not in response.content.decode()


def test_staff_of_a_community_see_only_their_own(community_client, twins):
    far = factories.demand(description=LIFT, area=factories.tree().other_compound)
    assert far.ref not in words(community_client.get(desk(twins[0])))


def test_what_a_resident_wrote_is_escaped(liaison_client):
    own, _other = (factories.demand(description=f"<b>电梯又停了</b>，老人下不了楼 {number}") for number in range(2))
    assert "<b>电梯" not in liaison_client.get(desk(own)).content.decode()


def test_no_panel_without_similar_ones(liaison_client, lift):
    assert PANEL not in words(liaison_client.get(desk(lift)))
