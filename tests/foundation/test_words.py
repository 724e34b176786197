"""Splitting texts into words without a dictionary."""

import re
from pathlib import Path

import pytest

import foundation
from foundation.words import excerpt, fold, fold_words, marked, pairs, runs, shared


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("路灯坏了", ["路灯坏了"]),
        ("3 号楼 WiFi 坏了！", ["3", "号楼", "wifi", "坏了"]),
        ("，。！", []),
        ("路燈，ＷＩＦＩ", ["路灯", "wifi"]),
        ("𠮷𠮷家", ["𠮷𠮷家"]),
    ],
)
def test_runs_are_unbroken(text, expected):
    assert runs(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("路灯坏了", {"路灯", "灯坏", "坏了"}),
        ("灯", {"灯"}),
        ("3 号楼 WiFi", {"3", "号楼", "wifi"}),
        ("路燈", {"路灯"}),
        ("x" * 50, {"x" * 40}),
    ],
)
def test_han_runs_are_cut_into_overlapping_pairs_and_others_stay_whole(text, expected):
    assert pairs(text) == expected


def test_shared_words_are_joined_to_stretches_longest_first():
    need, offer = "想咨询租房合同和劳动合同", "合同纠纷和劳动合同咨询"
    assert shared(need, pairs(need) & pairs(offer)) == ["和劳动合同", "咨询", "合同"]
    assert shared("WiFi 坏了", {"wifi"}) == ["wifi"]
    assert shared("路灯", set()) == []


# --- Traditional characters ------------------------------------------------------------------------------------------


def test_the_table_says_where_it_is_from_and_holds_each_character_once():
    lines = (Path(foundation.__file__).parent / "traditional.txt").read_text().splitlines()
    comments = " ".join(line for line in lines if line.startswith("#"))
    assert "OpenCC" in comments
    assert "Apache License 2.0" in comments
    found = [pair for line in lines if not line.startswith("#") for pair in line.split()]
    assert len(found) > 2500
    assert all(re.fullmatch(r"[\u3400-\u9fff]{2}", pair) for pair in found)
    traditional = [pair[0] for pair in found]
    assert len(set(traditional)) == len(traditional)
    # Folding twice is the same as folding once.
    assert not set(traditional) & {pair[1] for pair in found}


def test_what_is_folded_once_stays_as_it_is():
    text = "後臺裏麵乾濕ＡＢｃ㎡①々〇"
    assert fold(fold(text)) == fold(text)


# --- Highlighting ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "typed", "expected"),
    [
        ("门口路灯坏了", "路灯", "门口<mark>路灯</mark>坏了"),
        ("门口路灯坏了", "路燈", "门口<mark>路灯</mark>坏了"),  # traditional words mark simplified text
        ("門口路燈壞了", "路灯", "門口<mark>路燈</mark>壞了"),  # and the other way round
        ("路灯不亮，路灯", "路灯", "<mark>路灯</mark>不亮，<mark>路灯</mark>"),
        ("路灯不亮", "路灯 不亮", "<mark>路灯不亮</mark>"),
        ("路边的灯", "路灯", "路边的灯"),
        ("路，灯", "路灯", "路，灯"),  # no pair across a comma
        ("灯下", "灯", "<mark>灯</mark>下"),
        ("WiFi信号差", "wi", "<mark>Wi</mark>Fi信号差"),  # words by their beginning
        ("MyWiFi", "wifi", "MyWiFi"),
        ("ＷＩＦＩ 坏", "wifi", "<mark>ＷＩＦＩ</mark> 坏"),
        ("30㎡的房", "m2", "30㎡的房"),  # joined to the digits before it, it begins no word
        ("约㎡的房", "m", "约<mark>㎡</mark>的房"),
        ("𠮷𠮷家", "𠮷家", "𠮷<mark>𠮷家</mark>"),
        ("路灯", "", "路灯"),
        ("路灯", "！？", "路灯"),
        ("", "路灯", ""),
        ("<b>路灯</b>", "路灯", "&lt;b&gt;<mark>路灯</mark>&lt;/b&gt;"),
        ("<mark>路灯", "mark", "&lt;<mark>mark</mark>&gt;路灯"),
        ("a&b\"路灯'", "路灯", "a&amp;b&quot;<mark>路灯</mark>&#x27;"),
        ("路灯", "<script>路灯", "<mark>路灯</mark>"),
    ],
)
def test_what_is_found_is_marked_and_everything_escaped(text, typed, expected):
    assert marked(text, typed) == expected


@pytest.mark.parametrize(
    ("text", "typed", "expected"),
    [
        ("路灯坏了。", "路灯", "<mark>路灯</mark>坏了。"),
        ("停车难。", "路灯", ""),
        ("前" * 30 + "路灯" + "后" * 30, "路灯", "…" + "前" * 6 + "<mark>路灯</mark>" + "后" * 12 + "…"),
        ("路灯" + "后" * 30, "路灯", "<mark>路灯</mark>" + "后" * 18 + "…"),
        ("前" * 30 + "路灯", "路灯", "…" + "前" * 18 + "<mark>路灯</mark>"),
        # Around the longest stretch, not the first.
        ("路灯" + "中" * 30 + "路灯不亮", "路灯 不亮", "…" + "中" * 16 + "<mark>路灯不亮</mark>"),
        ("路灯" * 30, "路灯", "<mark>" + "路灯" * 10 + "</mark>…"),
        ("<" * 30 + "路灯", "路灯", "…" + "&lt;" * 18 + "<mark>路灯</mark>"),
    ],
)
def test_an_excerpt_lies_around_what_is_found(text, typed, expected):
    assert excerpt(text, typed, length=20) == expected


@pytest.mark.parametrize(
    "text",
    ["路灯不亮，晚上看不清。", "路燈不亮", "ＡＢ３区", "A3区", "㎡ 的面积", "㈱", "（一）“二”…—", "", "⼀"],
)
def test_words_are_folded_the_same_in_the_fast_way(text):
    assert pairs(fold_words(text)) == pairs(fold(text)) == pairs(text)
