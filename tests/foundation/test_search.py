"""Search in Chinese, asked of PostgreSQL itself: pairs of characters, words by their beginning, all of them needed."""

import pytest
from django.db import connection

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
