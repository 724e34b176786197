"""Texts cut into words without a dictionary."""

import pytest

from foundation.words import pairs, runs, shared


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("路灯坏了", ["路灯坏了"]),
        ("3 号楼 WiFi 坏了！", ["3", "号楼", "wifi", "坏了"]),
        ("，。！", []),
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
    ],
)
def test_han_runs_are_cut_into_overlapping_pairs_and_others_stay_whole(text, expected):
    assert pairs(text) == expected


def test_what_two_texts_share_is_told_in_whole_stretches_longest_first():
    need, offer = "想咨询租房合同和劳动合同", "合同纠纷和劳动合同咨询"
    assert shared(need, pairs(need) & pairs(offer)) == ["和劳动合同", "咨询", "合同"]
    assert shared("WiFi 坏了", {"wifi"}) == ["wifi"]
    assert shared("路灯", set()) == []
