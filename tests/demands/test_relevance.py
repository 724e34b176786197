"""How well a text answers a search: the words themselves, and other ways to write them."""

import pytest

from demands.suggestions.relevance import ACROSS, NUMBER, SHOWN, SOUND, Relevance, Search
from demands.suggestions.similarity import Counts
from demands.suggestions.synonyms import SYNONYM, Synonyms

GROUPS = {7: ["电动自行车", "电动车", "电瓶车"], 8: ["噪声", "噪音"], 9: ["车"]}
# All words are equally rare.
COUNTS = Counts(1000, dict.fromkeys(["电瓶", "瓶车", "噪音", "路灯", "不亮", "五号", "号线", "高沛", "中学"], 5))


def relevance(typed: str, heard: dict | None = None) -> Relevance:
    search = Search.of(typed, Synonyms(GROUPS))
    search.add_sounds(heard or {}, COUNTS)
    return Relevance(search, COUNTS)


def test_a_search_is_cut_into_pairs_and_words():
    units = Search.of("Wifi 路灯不亮 灯", Synonyms({})).units
    assert [(unit.start, unit.end, unit.word) for unit in units] == [
        (0, 4, "wifi"),
        (5, 7, "路灯"),
        (6, 8, "灯不"),
        (7, 9, "不亮"),
        (10, 11, "灯"),
    ]


@pytest.mark.parametrize(
    ("typed", "text", "expected"),
    [
        ("路灯", "门口的路灯坏了", 1.0),
        ("路灯", "门口的灯坏了", 0.0),
        ("路燈", "门口的路灯坏了", 1.0),
        ("噪音", "施工噪声", SYNONYM),
        ("噪音", "噪音和噪声", 1.0),
        ("电瓶车", "电动自行车充电", SYNONYM),
        ("五号线", "地铁5号线", (NUMBER + 1) / 2),
    ],
)
def test_a_text_covers_a_search_by_its_words_or_other_ways_to_write_them(typed, text, expected):
    assert relevance(typed).covered(text) == pytest.approx(expected)


def test_a_pair_across_the_edge_of_a_synonym_counts_half():
    # No text with 噪声 can have 音大.
    measured = relevance("噪音大")
    assert measured.covered("施工噪声") == pytest.approx(
        (COUNTS.weight("噪音") * SYNONYM + COUNTS.weight("音大") * SYNONYM * ACROSS)
        / (COUNTS.weight("噪音") + COUNTS.weight("音大"))
    )


def test_pinyin_finds_what_sounds_like_it():
    measured = relevance("ludeng", {"lu deng": ["路灯", "鹿等"]})
    assert measured.covered("门口的路灯坏了") == pytest.approx(SOUND)
    assert measured.covered("没有其他") == 0


def test_a_pair_that_no_text_has_may_be_a_typing_error():
    assert relevance("高佩", {"gao pei": ["高沛"]}).covered("高沛中学") == pytest.approx(SOUND)
    # A pair that texts have is meant as it is.
    assert relevance("高沛", {"gao pei": ["高佩"]}).covered("高佩中学") == 0


def test_the_title_weighs_more():
    measured = relevance("路灯")
    assert measured.of("路灯坏了", "路灯坏了\n晚上黑") == 1
    assert SHOWN < measured.of("晚上黑", "晚上黑\n路灯坏了") < 1


def test_the_groups_that_helped_are_named():
    assert relevance("电瓶车噪音").groups_in(["电动车多", "安静"]) == {7}


def test_a_synonym_of_one_character_is_never_looked_for():
    assert Search.of("车", Synonyms(GROUPS)).variants == []


def test_punctuation_alone_asks_for_nothing():
    assert Search.of("！？", Synonyms(GROUPS)).units == []
