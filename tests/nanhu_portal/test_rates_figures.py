"""The figures of the rates: sentence, charts, and what charts leave out. Expected values are written by hand."""

import pytest

from nanhu_portal.figures import Panel
from nanhu_portal.rates import Line, Rate, Time, _after_gap, figure_of_cuts, figure_of_months, figure_of_times


def line(name: str, received: int, *pairs: tuple[int, int], after_gap: bool = False) -> Line:
    """A row with one rate for each pair of part and whole."""
    keys = ("response", "resolution", "work", "result")
    pairs += ((0, 0),) * (4 - len(pairs))
    found = [Rate(key, *pair) for key, pair in zip(keys, pairs, strict=True)]
    return Line(name, name, received, found, [], after_gap)


def test_months_are_summarised_by_the_newest_and_the_fullest():
    figure = figure_of_months([line("十一月", 3), line("十月", 12), line("九月", 5)])
    assert figure.summary == "最近的十一月收到 3 件；最多的是十月，12 件。"
    assert figure_of_months([line("十一月", 3)]).summary == "最近的十一月收到 3 件，为各月最多。"


def test_a_rate_is_drawn_where_a_third_of_the_rows_has_ten():
    enough, few = (9, 10), (9, 9)
    lines = [line("a", 10, enough, enough, few), line("b", 10, enough, few, few), line("c", 10, few, few, few)]
    figure = figure_of_cuts(lines)
    assert figure.panels == [
        Panel("share", ("response",), "响应率"),
        Panel("share", ("resolution",), "解决率"),
    ]
    assert figure.notes == ("未列入图中的：对过程满意、对结果满意。多数不足 10 件，件数只列在表中。",)
    fourth = figure_of_cuts([*lines, line("d", 1, few, few)])
    assert [panel.columns for panel in fourth.panels] == [("response",)]


def test_months_have_their_count_and_lines_and_say_where_a_line_breaks():
    whole = ((10, 10),) * 4
    figure = figure_of_months([line("b", 10, *whole), line("a", 10, *whole)])
    assert [(panel.kind, *panel.columns) for panel in figure.panels] == [
        ("column", "received"),
        ("line", "response"),
        ("line", "resolution"),
        ("line", "work"),
        ("line", "result"),
    ]
    assert figure.notes == ()
    broken = figure_of_months([line("b", 10, *whole, after_gap=True), line("a", 9, (9, 9))])
    assert broken.notes == ("“…”处的月份没有收到需求。", "折线中断的月份不足 10 件，件数只列在表中。")


def test_nothing_is_drawn_of_rates_that_nobody_could_count_yet():
    figure = figure_of_cuts([line("桂花社区", 3, (1, 3))])
    assert figure.panels == []
    assert figure.summary == "收到最多的是桂花社区，3 件。"


def test_the_best_and_the_least_resolved_are_named_where_there_are_two():
    lines = [line("甲", 40, (9, 10), (8, 10)), line("乙", 30, (9, 10), (19, 20)), line("丙", 9, (9, 9), (1, 9))]
    assert figure_of_cuts(lines).summary == ("收到最多的是甲，40 件。解决率最高的是乙，95.0%；最低的是甲，80.0%。")
    assert figure_of_cuts(lines[1:]).summary == "收到最多的是乙，30 件。"


@pytest.mark.parametrize(
    ("newer", "older", "gap"),
    [
        ("2026-03", "2026-02", False),
        ("2026-01", "2025-12", False),
        ("2026-03", "2026-01", True),
        ("2026-01", "2025-11", True),
        ("2026-05", "2025-05", True),
    ],
)
def test_months_between_two_rows_are_a_gap(newer, older, gap):
    assert _after_gap([newer, older], 0) is gap
    assert not _after_gap([newer, older], 1)


def test_times_are_in_days_and_weeks_are_not_drawn():
    answered = Time("days_to_answer", "收到至首次答复（天）", "首次答复（天）", 12, 2, 5)
    resolved = Time("days_to_resolve", "收到至办结（天）", "办结（天）", 9, 20, 30)
    weeks = Time("weeks_open", "未结束需求的历时（整周）", "未结束（周）", 30, 1, 4)
    figure = figure_of_times([answered, resolved, weeks])
    assert figure.summary == "首次答复用时：半数不超过 2 天，九成不超过 5 天。"
    assert figure.panels == [Panel("bar", ("median", "percentile_90"))]
    assert figure_of_times([resolved, weeks]).panels == []
    assert figure_of_times([resolved, weeks]).summary == "件数太少，暂不统计用时。"
    assert [time.in_days for time in (answered, resolved, weeks)] == [True, True, False]
