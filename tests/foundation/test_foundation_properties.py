"""What holds of any text, day and table of moves. No test of this module needs a database."""

import csv
import datetime
import html
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation import numerals, sheets, tokens, words, workdays
from foundation.actors import Party
from foundation.errors import RequirementMissing, TransitionNotAllowed
from foundation.workflow import Move, Requirement, allowed_moves, check_move, check_requirements
from tests.properties import examples

days = st.dates(datetime.date(2024, 1, 1), datetime.date(2030, 12, 31))
overrides = st.dictionaries(days, st.booleans(), max_size=40)
# With what means something to a spreadsheet, to HTML and to the search.
texts = st.text(st.one_of(st.characters(codec="utf-8"), st.sampled_from("'=+-@\t\r<&>路灯電梯ＡｂC12 ")), max_size=40)


# --- Working days ----------------------------------------------------------------------------------------------------


@given(overrides, days, days, st.integers(0, 70), st.integers(0, 70))
@examples(40)
def test_a_deadline_is_a_working_day_so_many_on_and_never_earlier_for_a_later_start(changed, start, other, count, more):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(workdays, "_overrides", lambda: changed)
        first, last = workdays.add_workdays(start, count, count + more)
        assert start <= first <= last
        assert count == 0 or workdays.is_workday(first)
        assert workdays.workdays_between(start, first) == count
        assert workdays.workdays_between(start, last) == -workdays.workdays_between(last, start) == count + more
        early, late = sorted((start, other))
        assert workdays.add_workdays(early, count) <= workdays.add_workdays(late, count)


# --- The workflow engine ---------------------------------------------------------------------------------------------


class Staff:
    """An actor with some permissions."""

    def __init__(self, party: str, permissions: set[str]) -> None:
        self.party, self.permissions = party, permissions

    def has_perm(self, name: str) -> bool:
        return name in self.permissions


class Row:
    """Of a model whose states are unknown."""

    class _meta:
        verbose_name = "需求"

        @staticmethod
        def get_field(_name):
            return type("Field", (), {"flatchoices": []})

    def get_status_display(self) -> str:
        return "待受理"


moves = st.builds(
    Move,
    st.just("办结"),
    st.sampled_from(["", "one", "two"]),
    st.frozensets(st.sampled_from(list(Party))),
    st.frozensets(st.sampled_from(list(Requirement))),
)


@given(
    st.dictionaries(st.sampled_from("abcd"), moves),
    st.sampled_from(list(Party)),
    st.sets(st.sampled_from(["one", "two"])),
    st.dictionaries(st.sampled_from(list(Requirement)), st.sampled_from(["", " ", "好了。"])),
)
@examples(60)
def test_a_move_is_made_where_it_is_offered_with_all_that_it_requires_and_nowhere_else(table, party, may, given_):
    actor = Staff(party, may)
    offered = allowed_moves(table, actor)
    for to in "abcd":
        if to not in offered:
            with pytest.raises(TransitionNotAllowed):
                check_move(table, Row(), to, actor)
            continue
        move = check_move(table, Row(), to, actor)
        assert move is table[to]
        assert party != Party.STAFF or move.permission in may
        if all(given_.get(requirement, "").strip() for requirement in move.requires):
            check_requirements(move, given_)
        else:
            with pytest.raises(RequirementMissing):
                check_requirements(move, given_)


# --- Texts -----------------------------------------------------------------------------------------------------------


@given(st.lists(texts, min_size=1, max_size=4))
@examples(80)
def test_a_guarded_cell_is_not_run_and_comes_back_as_it_was(cells):
    for cell in cells:
        guarded = sheets.guard(cell)
        assert sheets.unguard(guarded) == cell
        assert guarded[:1] not in ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
    file = io.StringIO("".join(sheets.csv_lines(cells, [cells])).removeprefix("\ufeff"), newline="")
    rows = list(csv.reader(file))
    assert [sheets.unguard(cell) for cell in rows[1]] == cells


@given(texts, texts, st.integers(1, 30))
@examples(80)
def test_marking_changes_no_text_and_a_cut_is_a_part_of_it(text, typed, length):
    def plain(marked: str) -> str:
        return html.unescape(re.sub("</?mark>", "", marked))

    assert plain(words.marked(text, typed)) == html.unescape(html.escape(text))
    cut = words.excerpt(text, typed, length)
    if cut:
        assert "<mark>" in cut
        assert plain(cut).removeprefix("…").removesuffix("…") in text
    found = words.excerpt(text, text, length)
    assert bool(found) == bool(words.runs(text))


@given(texts)
@examples(60)
def test_folding_twice_is_folding_once_and_the_fast_way_finds_the_same_words(text):
    folded = words.fold(text)
    assert words.fold(folded) == folded
    assert words.pairs(text) == words.pairs_of_folded(words.fold_words(text))


@given(st.integers(1, 99))
@examples(99)
def test_a_number_is_written_in_characters_and_back(number):
    [(_start, _end, characters)] = numerals.rewritten(f"{number}号")
    assert numerals.rewritten(characters) == [(0, len(characters), f"{number}号")]


@given(texts, st.sampled_from([str.lower, str.upper, lambda code: code.replace("-", " "), lambda code: f" {code}。"]))
@examples(40)
def test_a_code_is_read_however_it_was_typed_and_other_texts_are_none(text, typed):
    code = tokens.new_code()
    assert tokens.normal_code(typed(code)) == code.replace("-", "")
    read = tokens.normal_code(text)
    assert (read is not None) == (tokens.shape_of(text) == tokens.Shape(0, ""))
