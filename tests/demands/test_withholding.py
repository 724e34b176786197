"""What is told of small groups, by hand and as an attacker sees it. No test of this module needs a database."""

import datetime
from collections import Counter

import pytest

from demands.statistics import rates
from demands.statistics.rates import REST
from demands.statistics.withholding import SHOWN, changed, is_enough, lines, pooled, to_publish
from tests.differencing import Told, met, singled_out, solved

SUMMER, SPRING = datetime.date(2026, 7, 1), datetime.date(2027, 4, 1)
ONE, TWO, THREE = (("2026", "1", str(number)) for number in (11, 12, 13))
TOGETHER = ("2026", "1", REST)


def said(satisfied: int = 0, unsatisfied: int = 0, unsure: int = 0, no_answer: int = 0, shown: int = 0) -> Counter:
    return Counter(satisfied=satisfied, unsatisfied=unsatisfied, unsure=unsure, no_answer=no_answer, shown=shown)


# --- What the office did ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sizes", "small"),
    [
        ("", ""),
        ("a5 b9", ""),
        ("a4 b9", "a b"),
        ("a4 b9 c6", "a c"),
        ("a1 b1 c1 d9", "a b c d"),
        ("a3 b2 c9", "a b"),
        ("a4 b4 c9", "a b"),
        ("a3", "a"),
        ("a1 b5 c5", "a b"),
    ],
)
def test_small_groups_are_shown_together_and_never_so_that_a_few_remain(sizes, small):
    found = {(size[0],): int(size[1:]) for size in sizes.split()}
    assert pooled(found) == {(name,) for name in small.split()}


def test_of_small_groups_the_number_is_told_and_the_rest_of_a_year_together():
    def group(size: int, **counts: int) -> Counter:
        return Counter({("received", ""): size, **{(name, ""): count for name, count in counts.items()}})

    groups = {
        ("2026-01", "湖东街道"): group(7, answered=6, open=1),
        ("2026-02", "湖东街道"): group(3, answered=1),
        ("2026-03", "湖东街道"): group(2, answered=2),
        ("2025-12", "湖东街道"): group(4, answered=4),
    }
    told = [(line.group[0], line.figure, line.count) for line in lines("month", groups) if line.count]
    assert told == [
        ("2025-12", "received", 4),
        ("2026-01", "received", 7),
        ("2026-01", "counted", 7),
        ("2026-01", "answered", 6),
        ("2026-01", "open", 1),
        ("2026-02", "received", 3),
        ("2026-03", "received", 2),
        ("2026-*", "counted", 5),
        ("2026-*", "answered", 3),
    ]


# --- What residents said ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("counts", "enough"),
    [
        (said(4), False),
        (said(5), True),
        (said(4, no_answer=20), False),
        (said(2, 2, 1), True),
        # All whom it could be about were dissatisfied.
        (said(unsatisfied=5), False),
        (said(unsatisfied=5, no_answer=1), True),
        # A public page tells of all but a few that they are satisfied.
        (said(9, 1, shown=6), False),
        (said(9, 1, no_answer=1, shown=6), True),
        (said(6, 5, shown=6), False),
    ],
)
def test_answers_are_enough_where_nobody_can_be_made_out(counts, enough):
    assert is_enough("result", counts) is enough


@pytest.mark.parametrize(
    ("before", "now", "number"),
    [
        (said(5), said(5), 0),
        (said(5), said(5, no_answer=9), 0),
        (said(5), said(7, 3), 5),
        (said(5), said(2, 3), 3),
        (said(9), said(4, 5), 5),
        (said(9), said(6), 3),
        (said(5, no_answer=5), said(7, 2), 4),
    ],
)
def test_answers_that_changed_are_counted_by_residents(before, now, number):
    assert changed("result", before, now) == number


def test_a_community_is_told_of_once_five_answered_and_again_once_five_changed():
    history = []
    before = {}
    for counts in (said(4), said(4, 1, no_answer=2), said(6, 3), said(6, 4), said(9, 1), said(1, 9), said()):
        before = to_publish("result", before, {ONE: counts}, SUMMER)
        history.append([before[ONE][word] for word in rates.VERDICTS] if before else [])
    assert history == [
        [],
        [4, 1, 0, 2],
        [4, 1, 0, 2],
        [6, 4, 0, 0],
        [6, 4, 0, 0],
        [1, 9, 0, 0],
        [],
    ]


def test_those_with_too_few_are_told_together_after_the_year_and_stay_together():
    voices = {ONE: said(6), TWO: said(2, 1), THREE: said(1, 1)}
    assert set(to_publish("result", {}, voices, SUMMER)) == {ONE}
    assert set(to_publish("result", {}, voices, datetime.date(2027, 3, 31))) == {ONE}
    first = to_publish("result", {}, voices, SPRING)
    assert (set(first), first[TOGETHER]["satisfied"], first[TOGETHER]["unsatisfied"]) == ({ONE, TOGETHER}, 3, 2)
    # Else what the third said would follow from what is left of the sum.
    later = to_publish("result", first, voices | {TWO: said(7, 1)}, SPRING)
    assert (set(later), later[TOGETHER]["satisfied"]) == ({ONE, TOGETHER}, 8)


def test_fewer_than_five_are_not_told_of_even_together():
    voices = {ONE: said(2, 1), TWO: said(1)}
    assert to_publish("result", {}, voices, SPRING) == {}
    assert set(to_publish("result", {}, {ONE: said(2, 1), TWO: said(5)}, SPRING)) == {TWO}


def test_another_question_has_words_of_its_own():
    voices = {ONE: Counter(still_solved=4, not_solved=1, no_answer=3)}
    assert to_publish("recheck", {}, voices, SUMMER) == {ONE: {"still_solved": 4, "not_solved": 1, "no_answer": 3}}
    assert to_publish("reopened", {}, {ONE: Counter(yes=4)}, SUMMER) == {}
    assert SHOWN not in to_publish("result", {}, {ONE: said(9, shown=1)}, SUMMER)[ONE]


# --- The attack itself -----------------------------------------------------------------------------------------------


def told(name: str, answers: str, dissatisfied: int = 1, silent: str = "") -> Told:
    return Told(name, dissatisfied, frozenset(answers), frozenset(silent))


def test_the_attack_finds_what_follows_from_a_total_and_the_others():
    total, one, two = told("total", "abcdefghijklmno"), told("one", "abcdef"), told("two", "ghijk")
    assert singled_out([total, one, two]) == ["a sum of figures is about 4"]
    assert solved([total, one, two]) == [frozenset("lmno")]
    assert singled_out([total, one]) == []


def test_the_attack_finds_what_changed_between_two_days():
    assert singled_out([told("monday", "abcdefgh"), told("tuesday", "abcdefghi")]) == [
        "monday and tuesday differ by 1",
        "a sum of figures is about 1",
    ]


def test_the_attack_finds_where_a_row_and_a_column_meet():
    tables = [
        *[told("plum street", "abcdef"), told("willow street", "ghijkl", 0)],
        *[told("lamps", "abcghi", 0), told("noise", "defjkl")],
        *[told("may", "adgjbh", 0), told("june", "ebhkcf", 1), told("july", "filcke", 1)],
    ]
    assert met([table for table in tables if table.name != "june"]) == set()
    assert met([*tables, told("august", "dfl", 0)]) == {"e"}


def test_the_attack_finds_that_all_were_dissatisfied_but_not_who_answered():
    assert met([told("one", "abcde", 5)]) == set("abcde")
    assert met([told("one", "abcde", 5, silent="f")]) == set()
