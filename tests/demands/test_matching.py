"""Who could help with a demand: ranked by a pure function, each with its reason in words, on tables made by hand."""

import dataclasses

import pytest

from consultation.models import VenueKind
from demands.models import CategoryMatch
from demands.suggestions import matching
from demands.suggestions.matching import Need, Offer, suggestions
from demands.suggestions.synonyms import Synonyms
from demands.workflow import DemandStatus as S
from demands.workflow import DispatchStatus
from members.models import VenueHost
from members.workflow import ResourceStatus
from tests import factories

LEGAL, HEALTH = 1, 2
COMMUNITY, COMPOUND, SUBDISTRICT, ELSEWHERE = 30, 40, 20, 31
NEED = Need(
    text="想咨询租房合同，房东不退押金",
    categories=frozenset({LEGAL}),
    community=COMMUNITY,
    places=frozenset({COMPOUND, COMMUNITY, SUBDISTRICT}),
)


# What can be said to be alike, and in which words: one group a line.
WORDS = Synonyms(
    dict(
        enumerate(
            [("租房", "租赁"), ("合同",), ("押金",), ("咨询",), ("路灯", "照明"), ("路灯不亮", "灯坏了"), ("老年卡",)]
        )
    )
)


def rank(need, offers):
    return matching.rank(need, offers, WORDS)


def offer(title: str = "法律咨询", **values) -> Offer:
    defaults = {"member": 7, "resource": 9, "text": "", "category": LEGAL, "category_name": "法律服务"}
    return Offer(title=title, **(defaults | values))


# --- One offer at a time ---------------------------------------------------------------------------------------------

REASONS = [
    (offer(), ["类别匹配：法律服务"]),
    (offer(category=HEALTH, similar=1), ["办成同类需求 1 件"]),
    (offer(category=HEALTH, text="合同和押金"), ["内容相近：合同、押金"]),
    (offer(nearby=frozenset({COMMUNITY})), ["类别匹配：法律服务", "就在这个社区"]),
    (offer(nearby=frozenset({ELSEWHERE})), ["类别匹配：法律服务"]),
    (offer(free=3), ["类别匹配：法律服务", "本月还可服务 3 次"]),
    (offer(in_hand=2), ["类别匹配：法律服务", "在办 2 件"]),
    (
        offer(similar=4, free=1, in_hand=1, nearby=frozenset({COMMUNITY}), text="租房合同"),
        [
            "类别匹配：法律服务",
            "办成同类需求 4 件",
            "内容相近：租房、合同",
            "就在这个社区",
            "本月还可服务 1 次",
            "在办 1 件",
        ],
    ),
]


@pytest.mark.parametrize(("found", "expected"), REASONS)
def test_an_offer_is_listed_with_the_reasons_that_hold_for_it_and_no_others(found, expected):
    ranking = rank(NEED, [found])
    assert [list(suggestion.reasons) for suggestion in ranking.listed] == [expected]
    assert ranking.left_out == []


LEFT_OUT = [
    (offer(is_open=False), "没有开放"),
    (offer(in_period=False), "不在服务期内"),
    (offer(areas=frozenset({ELSEWHERE})), "不服务这个地方"),
    (offer(free=0), "本月次数已用完"),
    (offer(free=-1), "本月次数已用完"),
    (offer(dispatched=True), "这件需求曾派给该委员"),
    (offer(category=HEALTH), "类别、地点和内容都不匹配"),
    # Near and with time, yet with nothing to bring.
    (offer(category=None, nearby=frozenset({COMMUNITY}), free=5), "类别、地点和内容都不匹配"),
    # Whatever speaks for it.
    (offer(free=0, similar=9, nearby=frozenset({COMMUNITY}), text="租房合同"), "本月次数已用完"),
]


@pytest.mark.parametrize(("found", "why"), LEFT_OUT)
def test_an_offer_that_is_left_out_says_why(found, why):
    ranking = rank(NEED, [found])
    assert ranking.listed == []
    assert [(left.offer, left.why) for left in ranking.left_out] == [(found, why)]


@pytest.mark.parametrize(
    "areas", [frozenset(), frozenset({COMPOUND}), frozenset({COMMUNITY}), frozenset({SUBDISTRICT})]
)
def test_an_offer_serves_its_areas_and_what_lies_in_them(areas):
    assert len(rank(NEED, [offer(areas=frozenset(areas))]).listed) == 1


# --- Side by side ----------------------------------------------------------------------------------------------------

ORDER = [
    # Title, what it has, score: the category weighs 40, each similar one 6, near 20, capacity 8, words up to 20.
    ("同社区的律师", {"nearby": frozenset({COMMUNITY}), "free": 2, "similar": 3}, 40 + 18 + 20 + 8),
    ("同社区的律师，手上两件", {"nearby": frozenset({COMMUNITY}), "free": 2, "similar": 3, "in_hand": 2}, 86 - 8),
    ("讲租房合同的", {"text": "租房合同"}, 40 + 10),
    ("办过很多同类的", {"category": HEALTH, "similar": 12}, 30),
    ("只是同类", {}, 40),
    ("只是内容沾边", {"category": HEALTH, "text": "押金"}, 5),
]


def test_they_stand_in_the_order_of_what_speaks_for_them():
    offers = [offer(title, **values) for title, values, _score in ORDER]
    # Enough others that no word is common to most.
    offers += [offer(f"别的 {number}", category=None, is_open=False) for number in range(6)]
    found = {suggestion.offer.title: suggestion.score for suggestion in rank(NEED, offers).listed}
    assert found == {title: score for title, _values, score in ORDER}
    assert list(found) == [
        "同社区的律师",
        "同社区的律师，手上两件",
        "讲租房合同的",
        "只是同类",
        "办过很多同类的",
        "只是内容沾边",
    ]


def test_of_equals_who_has_less_in_hand_comes_first_and_then_the_name():
    offers = [offer("乙"), offer("甲"), offer("丙", similar=1, in_hand=1, category=LEGAL)]
    ranking = rank(dataclasses.replace(NEED), offers)
    assert [suggestion.offer.title for suggestion in ranking.listed] == ["丙", "乙", "甲"]
    assert [suggestion.score for suggestion in ranking.listed] == [42, 40, 40]


def test_a_word_that_most_offers_use_tells_nothing():
    offers = [offer(f"咨询 {number}", category=HEALTH, text="咨询") for number in range(5)]
    assert rank(NEED, offers).listed == []
    assert len(rank(NEED, offers[:1]).listed) == 1


# What the offer says, and the words it shares with a demand about a lamp.
SHARED = [
    ("为小区门口的晚上老人读报", []),
    ("爱护路面，点灯不亮", []),
    ("照明维修", ["路灯"]),
    ("路灯和照明", ["路灯"]),
    ("换灯，灯坏了找我", ["路灯不亮"]),
    ("老年卡", []),
]


@pytest.mark.parametrize(("text", "expected"), SHARED)
def test_a_reason_is_made_of_whole_words_alone(text, expected):
    need = dataclasses.replace(NEED, text="3 号门口的路灯不亮，晚上老人不敢走", categories=frozenset())
    listed = rank(need, [offer(category=None, text=text)]).listed
    assert [list(found.reasons) for found in listed] == [[f"内容相近：{'、'.join(expected)}"]] * bool(expected)


def test_it_is_a_pure_function():
    offers = [offer(title, **values) for title, values, _score in ORDER]
    assert rank(NEED, offers) == rank(NEED, list(offers))
    assert rank(NEED, []).listed == []


# --- From rows -------------------------------------------------------------------------------------------------------


@pytest.fixture
def need(db):
    places = factories.tree()
    demand = factories.demand(S.ACCEPTED, description="想咨询租房合同，房东不退押金。", area=places.compound)
    CategoryMatch.objects.create(demand_category=demand.category, resource_category=factories.resource_category())
    return demand


def told(demand) -> dict[str, list[str] | str]:
    ranking = suggestions(demand)
    return {found.offer.title: list(found.reasons) for found in ranking.listed} | {
        left.offer.title: left.why for left in ranking.left_out
    }


def test_rows_become_offers_with_what_was_done_and_what_is_free(need):
    places = factories.tree()
    lawyer, doctor = factories.committee_member("林律师"), factories.committee_member("周医生")
    VenueHost.objects.create(member=doctor, venue=factories.venue(VenueKind.DELIBERATION_HOME))
    health = factories.resource_category("health", name="健康服务")
    factories.resource("法律咨询", member=lawyer, areas=[places.community], capacity=2)
    factories.resource("量血压", member=doctor, category=health, about="上门量血压。")
    factories.resource("关着的法律咨询", member=lawyer, status=ResourceStatus.PAUSED)
    factories.resource("柳园的法律咨询", member=lawyer, areas=[places.other_community])
    factories.resource("待审的", member=lawyer, status=ResourceStatus.OFFERED)
    assert told(need) == {
        "法律咨询 · 政协委员 林律师": ["类别匹配：法律服务", "就在这个社区", "本月还可服务 2 次"],
        "量血压 · 政协委员 周医生": "类别、地点和内容都不匹配",
        "关着的法律咨询 · 政协委员 林律师": "没有开放",
        "柳园的法律咨询 · 政协委员 林律师": "不服务这个地方",
        "政协委员 林律师": "类别、地点和内容都不匹配",
        "政协委员 周医生": "类别、地点和内容都不匹配",
    }


def test_a_lawyer_is_not_suggested_for_a_lamp_because_both_speak_of_the_old(need):
    factories.committee_member("林律师", about="为小区门口的老人义务讲法律，晚上老人也可来电。")
    lamp = factories.demand(
        S.ACCEPTED, description="小区门口的路灯不亮，晚上老人不敢走。", area=factories.tree().compound
    )
    assert told(lamp)["政协委员 林律师"] == "类别、地点和内容都不匹配"


def test_what_somebody_did_and_has_in_hand_counts(need):
    lawyer = factories.committee_member("林律师")
    advice = factories.resource("法律咨询", member=lawyer, capacity=3)
    alike = factories.demand(S.ACCEPTED, category=need.category, area=factories.tree().other_compound)
    factories.dispatch(DispatchStatus.DONE, demand_=alike, member=lawyer, resource=advice)
    another = factories.demand(S.ACCEPTED, category=need.category)
    factories.dispatch(DispatchStatus.ACCEPTED, demand_=another, member=lawyer)
    reasons = told(need)
    assert reasons["法律咨询 · 政协委员 林律师"] == [
        "类别匹配：法律服务",
        "办成同类需求 1 件",
        "内容相近：合同",
        "本月还可服务 2 次",
        "在办 1 件",
    ]
    assert reasons["政协委员 林律师"] == ["办成同类需求 1 件", "在办 1 件"]


def test_who_was_asked_before_is_not_suggested_again(need):
    lawyer = factories.committee_member("林律师")
    advice = factories.resource("法律咨询", member=lawyer)
    factories.dispatch(DispatchStatus.DECLINED, demand_=need, member=lawyer, resource=advice)
    assert told(need) == {
        "法律咨询 · 政协委员 林律师": "这件需求曾派给该委员",
        "政协委员 林律师": "这件需求曾派给该委员",
    }


def test_another_subdistricts_members_and_resources_are_not_looked_at(need):
    places = factories.tree()
    factories.resource("湖西的法律咨询", area=places.far_subdistrict, organisation=factories.organisation("湖西律所"))
    assert told(need) == {}
    assert told(factories.demand(S.ACCEPTED, area=places.district)) == {}


@pytest.mark.parametrize("rows", [2, 4])
def test_the_queries_do_not_grow_with_the_rows(need, rows, django_assert_num_queries):
    for number in range(rows):
        member = factories.committee_member(f"委员 {number}")
        VenueHost.objects.create(member=member, venue=factories.venue(VenueKind.DELIBERATION_HOME))
        factories.resource(f"咨询 {number}", member=member, areas=[factories.tree().community], capacity=5)
    suggestions(need)
    with django_assert_num_queries(11):
        assert len(suggestions(need).listed) == rows
