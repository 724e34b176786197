"""Chinese search in PostgreSQL itself: pairs of characters, prefixes of words, all of them required."""

import random
import unicodedata

import pytest
from django.db import connection

from foundation.words import fold

pytestmark = pytest.mark.django_db

TITLE = "3号楼停车棚充电插座漏电"
BODY = "居民反映：WiFi 信号差，电动自行车（约20辆）没处充电。Nanhu Road 12号。"


def found(query: str, title: str = TITLE, body: str = BODY) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT search_tokens(%s, %s) @@ search_query(%s)", [title, body, query])
        return cursor.fetchone()[0]


@pytest.mark.parametrize(
    "query",
    [
        "充电",
        "漏电",  # at the end
        "停车棚",
        "电动自行车",
        "居民反映",
        "充电 插座",
        "插座 充电",  # in any order
        "充电，插座！",
        "充电插座漏电",
        "充电 自行车",  # one in the title, one in the body
        "  充电  ",
        "电",  # one character
        "棚",
        "差",  # one character, the last of its run
        "3",
        "20辆",
        "wifi",
        "WIFI",
        "WiFi信号",
        "ｗｉｆｉ",  # full-width
        "ＷｉＦｉ　信号",
        "wi",  # the beginning of a word
        "nanhu road",
        "Nanhu 充电",
        "12号",
        "１２号",
        "電動自行車",  # traditional
        "充電 插座",
        "信號差",
        "居民反映 電動自行车",  # both
    ],
)
def test_words_that_are_there_find_it(query):
    assert found(query)


@pytest.mark.parametrize(
    "query",
    [
        "路灯",
        "电充",  # the pair the other way round
        "充电 路灯",  # one of two
        "水",
        "fi",  # the end of a word
        "wifis",
        "nanhu street",
        "21辆",
        "应反",
        "路燈",
    ],
)
def test_words_that_are_not_there_do_not(query):
    assert not found(query)


@pytest.mark.parametrize("query", ["", " ", "　", "，。！？", "…", "()", "''", "!", "&|!", ":*", "🎉", "—", "%", "_"])
def test_punctuation_alone_finds_nothing(query):
    assert not found(query)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("'充电'", True),
        ('"充电"', True),
        ("充电'", True),
        ("充电\\", True),
        ("充电 & 路灯", False),
        ("充电 | 路灯", False),  # no operator: both are needed
        ("!路灯", False),
        ("充电:*", True),
        ("充电)(", True),
        ("<-> 充电", True),
        ("充电'; DROP TABLE demands_demand; --", False),
        ("充" * 500, False),
        ("$$充电$$", True),
        ("充电%s%d{0}", False),  # its letters are words too
    ],
)
def test_quotes_and_operators_are_harmless(query, expected):
    assert found(query) is expected


def test_nothing_is_found_in_nothing():
    assert not found("充电", "", "")


def test_a_long_text_is_searched_to_its_end():
    assert found("漏电", "题", "路灯" * 5000 + "漏电")


def test_letters_joined_to_chinese_are_words_of_their_own():
    assert found("5G", "5G基站", "")
    assert found("基站", "5G基站", "")
    assert found("5g基站", "5G基站", "")


def test_a_traditional_text_is_found_by_simplified_words():
    assert found("路灯", "路燈壞了", "")
    assert found("后面", "後面", "")
    assert found("wifi信号", "ＷＩＦＩ信號", "")


def test_of_a_very_long_word_the_beginning_counts():
    assert found("a" * 40, "", "a" * 5000)
    assert found("a" * 41, "", "a" * 5000)
    assert not found("a" * 39 + "b", "", "a" * 5000)


# --- The same in Python ----------------------------------------------------------------------------------------------


def folded(text: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT search_fold(%s)", [text])
        return cursor.fetchone()[0]


def test_sql_and_python_fold_every_character_alike():
    # Every seventh of the rarest.
    codes = [*range(1, 0x20000), *range(0x20000, 0x323B0, 7)]
    every = [chr(code) for code in codes if unicodedata.category(chr(code)) not in ("Cs", "Cn", "Co")]
    assert len(every) > 80_000
    # In parts, since long texts take PostgreSQL more than in proportion.
    for start in range(0, len(every), 1000):
        text = " ".join(every[start : start + 1000])
        assert folded(text) == fold(text)


def test_sql_and_python_fold_characters_that_meet_alike():
    draw = random.Random(5)
    kinds = ["e\u0301\u0308", "ｶﾞ", "ㄱㅏ", "ﬁＡＢ㎡①", "臺灣後裏麵", "İıẞÉ", "\u3099か", "　﹏…", "路灯 WiFi３号"]
    text = "".join(draw.choice("".join(kinds)) for _ in range(5000))
    assert folded(text) == fold(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("路燈壞了，請修", "路灯坏了,请修"),
        ("ＷｉＦｉ ３號樓", "wifi 3号楼"),
        ("後面裏面", "后面里面"),
        ("乾淨 著急 瞭解", "干净 着急 了解"),
        ("ÀÉ", "ÀÉ"),  # capitals of latin letters without marks only
        ("㎡", "m2"),
        ("", ""),
    ],
)
def test_both_fold_as_people_expect(text, expected):
    assert fold(text) == folded(text) == expected


# --- Ranking ---------------------------------------------------------------------------------------------------------


def ranked(query: str, texts: list[tuple[str, str]]) -> list[int]:
    """The indexes of the texts, in the order of `ts_rank`."""
    with connection.cursor() as cursor:
        ranks = []
        for title, body in texts:
            cursor.execute("SELECT ts_rank(search_tokens(%s, %s), search_query(%s))", [title, body, query])
            ranks.append(cursor.fetchone()[0])
    assert len(set(ranks)) == len(ranks)
    return sorted(range(len(texts)), key=ranks.__getitem__, reverse=True)


def test_a_word_in_the_title_fits_better_than_one_elsewhere():
    assert ranked("路灯", [("停车", "门口路灯坏了"), ("路灯坏了", "门口很黑")]) == [1, 0]


def test_words_side_by_side_fit_better_than_words_far_apart():
    apart = "电梯在东门" + "，居民等了很久也没有人来看" * 6 + "，现在停运"
    assert ranked("电梯 停运", [("题", apart), ("题", "电梯停运了")]) == [1, 0]
