"""Characters and their sounds, numbers and their two ways to be written."""

import pytest

from foundation import numerals, pinyin


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("路灯", ["lu deng"]),
        ("银行", ["yin xing", "yin hang"]),
        ("绿化", ["lv hua", "lu hua"]),
        ("A区", []),
        ("𠮷野", []),
        ("", [""]),
    ],
)
def test_a_word_has_the_sounds_of_its_characters(word, expected):
    assert pinyin.sounds(word) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("ludeng", ["lu", "deng"]),
        ("gaopeizhongxuebuke", ["gao", "pei", "zhong", "xue", "bu", "ke"]),
        ("xian", ["xian"]),
        ("nvren", ["nv", "ren"]),
        ("wifi", []),
        ("a3", []),
        ("", []),
        ("zhuang" * 25, []),
    ],
)
def test_letters_are_cut_into_as_few_syllables_as_possible(typed, expected):
    assert pinyin.syllables(typed) == expected


def test_the_columns_for_counting_have_the_same_readings():
    characters, usual, other = pinyin.columns()
    assert len(characters) == len(usual) == len(other) == len(set(characters)) == 6763
    place = characters.index("行")
    assert (usual[place], other[place]) == ("xing", "hang")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("五号线", [(0, 2, "5号")]),
        ("12栋漏水", [(0, 3, "十二栋")]),
        ("二十一栋", [(0, 4, "21栋")]),
        ("十栋", [(0, 2, "10栋")]),
        ("3栋2单元", [(0, 2, "三栋"), (2, 4, "二单")]),
        ("0栋", [(0, 2, "零栋")]),
        ("第五", []),
        ("2019年", []),
        ("一百栋", []),
        ("路灯", []),
    ],
)
def test_numbers_are_rewritten_with_the_character_after_them(text, expected):
    assert numerals.rewritten(text) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("桂花苑", ["ghy", "guihuayuan"]),
        ("桂花社区 · 3 号院", ["ghsq", "guihuashequ", "ghso", "guihuasheou", "hy", "haoyuan"]),
        ("Guihua", []),
        ("", []),
    ],
)
def test_a_name_is_typed_by_its_initials_or_in_full(name, expected):
    assert pinyin.spellings(name) == expected
