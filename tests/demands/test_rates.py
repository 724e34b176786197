"""The rates counted from a CSV alone: no test of this module may touch a database."""

import io
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from demands.statistics import rates

PLACE = {
    "month": "2026-01",
    "subdistrict": "湖东街道",
    "community": "桂花社区",
    "category": "环境卫生",
    "direction": "bottom_up",
}
NOTHING = {**dict.fromkeys(rates.FLAGS, "no"), **dict.fromkeys((*rates.ANSWERS, *rates.NUMBERS), "")}


def row(**said) -> dict:
    return {**PLACE, **NOTHING, **said}


def sheet(rows, heads=rates.COLUMNS, mark="\ufeff", end="\r\n") -> str:
    lines = [",".join(heads), *(",".join(one[head] for head in heads) for one in rows)]
    return mark + end.join(lines) + end


RESOLVED = {
    "answered": "yes",
    "answered_in_time": "yes",
    "ended_in_remit": "yes",
    "stands_resolved": "yes",
    "work": "satisfied",
    "result": "no_answer",
    "days_to_answer": "1",
    "days_to_resolve": "9",
}
# Ten demands, from which every figure below was worked out by hand.
TEN = [
    *[row(**RESOLVED)] * 4,
    row(**RESOLVED | {"community": "柳园社区", "work": "unsatisfied", "result": "satisfied", "days_to_answer": "12"}),
    row(
        **RESOLVED
        | {"month": "2025-12", "stands_resolved": "no", "reopened": "yes", "days_to_resolve": "", "open": "yes"}
    ),
    row(answered="yes", answered_in_time="yes", out_of_remit="yes", work="unsure", result="unsure", days_to_answer="2"),
    row(answered="yes", open="yes", overdue="yes", days_to_answer="8", weeks_open="7"),
    row(response_overdue="yes", open="yes", overdue="yes", weeks_open="3", direction="top_down"),
    row(open="yes", weeks_open="0", community=""),
]


# --- Figures ---------------------------------------------------------------------------------------------------------


def test_the_rates_are_as_the_definitions_have_them():
    whole = rates.count(TEN)["all"]
    assert rates.rates(whole) == {"response": (7, 9), "resolution": (5, 6), "work": (5, 6), "result": (1, 1)}
    assert (whole["received"], whole["out_of_remit"], whole["open"], whole["overdue"]) == (10, 1, 4, 2)
    assert whole["result"] == {"satisfied": 1, "unsatisfied": 0, "unsure": 1, "no_answer": 5}
    assert whole["days_to_answer"] == {"count": 8, "median": 1, "percentile_90": 12}
    assert whole["weeks_open"] == {"count": 3, "median": 3, "percentile_90": 7}


def test_each_dimension_adds_up_to_the_whole():
    figures = rates.count(TEN)
    for dimension in rates.DIMENSIONS:
        for name in ("received", *rates.FLAGS):
            assert sum(cut[name] for cut in figures[dimension].values()) == figures["all"][name]
    assert list(figures["month"]) == ["2025-12", "2026-01"]
    assert figures["community"][""]["received"] == 1


def test_nothing_gives_no_rate_and_no_median():
    whole = rates.count([])["all"]
    assert rates.rates(whole) == dict.fromkeys(rates.NAMES, (0, 0))
    assert whole["days_to_answer"] == {"count": 0, "median": None, "percentile_90": None}
    assert list(rates.report(rates.count([])))[1] == "response rate: 0 of 0"


def test_of_rows_that_no_other_is_like_it_is_counted_how_many():
    assert rates.count(TEN)["alone"] == 4
    assert rates.count([*TEN, *TEN])["alone"] == 0


@pytest.mark.parametrize(
    ("numbers", "median", "percentile_90"),
    [
        ([], None, None),
        ([5], 5, 5),
        ([1, 9], 1, 9),
        ([3, 1, 2], 2, 3),
        (range(1, 11), 5, 9),
        (range(1, 101), 50, 90),
        (range(1, 102), 51, 91),
        ([0] * 9 + [100], 0, 0),
    ],
)
def test_percentiles_go_by_nearest_rank(numbers, median, percentile_90):
    counted = {number: list(numbers).count(number) for number in numbers}
    assert rates.nearest_rank(counted, 50) == median
    assert rates.nearest_rank(counted, 90) == percentile_90


@pytest.mark.parametrize(
    ("part", "whole", "words"),
    [
        (0, 0, ""),
        (9, 9, ""),
        (0, 10, "0.0"),
        (10, 10, "100.0"),
        (2, 3, ""),
        (20, 30, "66.7"),
        (1, 2000, "0.1"),  # 0.05 is rounded up, as a spreadsheet does
        (1, 2001, "0.0"),
        (1999, 2000, "100.0"),
        (125, 1000, "12.5"),
    ],
)
def test_a_percentage_has_one_decimal_and_needs_ten_demands(part, whole, words):
    assert rates.percent(part, whole) == words


def test_by_year_and_subdistrict_it_counts_what_a_filter_of_the_rows_would():
    rows = [*TEN, row(subdistrict="湖西街道", open="yes"), row(subdistrict="", month="2025-01")]
    scopes = rates.count_scopes(rows)
    assert {year: list(found) for year, found in scopes.items()} == {
        year: ["", "湖东街道", "湖西街道"] for year in ("", "2025", "2026")
    }
    for year, found in scopes.items():
        for subdistrict, figures in found.items():
            wanted = [one for one in rows if one["month"].startswith(year) and subdistrict in ("", one["subdistrict"])]
            assert figures == rates.count(wanted), (year, subdistrict)


def test_one_subdistrict_is_nothing_to_choose_from():
    assert {year: list(found) for year, found in rates.count_scopes(TEN).items()} == {
        "": [""],
        "2025": [""],
        "2026": [""],
    }
    assert list(rates.count_scopes([])) == [""]


# --- Reading ---------------------------------------------------------------------------------------------------------


def read(text: str) -> list[dict]:
    return list(rates.read(io.StringIO(text, newline="")))


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_it_reads_what_spreadsheets_write(mark, end):
    assert read(sheet(TEN, mark=mark, end=end)) == TEN


def test_columns_may_stand_in_any_order_and_others_among_them():
    turned = (*reversed(rates.COLUMNS), "notes")
    assert rates.count(read(sheet([one | {"notes": "x"} for one in TEN], turned))) == rates.count(TEN)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "These columns are missing: month, subdistrict"),
        ("a,b\r\n1,2\r\n", "These columns are missing"),
        (sheet(TEN, [head for head in rates.COLUMNS if head != "overdue"]), "These columns are missing: overdue."),
        (sheet([row(answered="ja")]), "Row 2, answered: 'ja' is none of no, yes."),
        (sheet([row(), row(work="fine")]), "Row 3, work: 'fine' is none of no_answer, satisfied, unsatisfied, unsure."),
        (sheet([row(recheck="satisfied")]), "Row 2, recheck:"),
        (sheet([row(days_to_answer="-1")]), "Row 2, days_to_answer: '-1' is no whole number."),
        (sheet([row(days_to_answer="1.5")]), "no whole number"),
        (sheet([row(weeks_open="٣")]), "no whole number"),
        (sheet([row(weeks_open="9999999")]), "no whole number"),
        (sheet([row(month="Jan-26")]), "Row 2, month: 'Jan-26' is none like 2026-01."),
        (sheet([row(month="2026-13")]), "Row 2, month"),
        (sheet([row()]).rstrip()[:-2] + "\r\n", "Row 2 has not as many cells as there are columns."),
        (sheet([row()]).rstrip() + ",7\r\n", "Row 2 has not as many cells as there are columns."),
    ],
)
def test_what_is_no_file_of_rates_is_refused_in_words(text, why):
    with pytest.raises(rates.NotRates) as refused:
        read(text)
    assert why in str(refused.value)


def test_the_documentation_names_every_column_where_the_spreadsheet_has_it():
    text = (settings.BASE_DIR / "docs" / "rates.md").read_text()
    for name in rates.COLUMNS:
        assert f"`{name}`" in text
    letters = dict(zip(rates.COLUMNS, "ABCDEFGHIJKLMNOPQRST", strict=True))
    formulas = {
        "response": '=COUNTIF({answered_in_time},"yes")/(COUNTIF({answered},"yes")+COUNTIF({response_overdue},"yes"))',
        "resolution": '=COUNTIF({stands_resolved},"yes")/COUNTIF({ended_in_remit},"yes")',
        "result": '=COUNTIF({result},"satisfied")/(COUNTIF({result},"satisfied")+COUNTIF({result},"unsatisfied"))',
        "time": "=SMALL({days_to_answer},ROUNDUP(COUNT({days_to_answer})*0.9,0))",
    }
    for formula in formulas.values():
        assert formula.format(**{name: f"{letter}:{letter}" for name, letter in letters.items()}) in text


# --- The command -----------------------------------------------------------------------------------------------------


@pytest.fixture
def file(tmp_path):
    def write(text: str = sheet(TEN), encoding: str = "utf-8") -> str:
        path = tmp_path / "demands.csv"
        path.write_bytes(text.encode(encoding))
        return str(path)

    return write


def printed(*args, **options) -> list[str]:
    output = io.StringIO()
    call_command("rates", *args, stdout=output, **options)
    return output.getvalue().splitlines()


def test_the_command_prints_the_figures_of_a_file(file):
    lines = printed(file())
    assert lines[:9] == [
        "demands: 10",
        "response rate: 7 of 9",
        "resolution rate: 5 of 6",
        "satisfied with the work: 5 of 6",
        "satisfied with the result: 1 of 1",
        "out of remit, counted apart: 1",
        "work: no answer 0, satisfied 5, unsatisfied 1, unsure 1",
        "result: no answer 5, satisfied 1, unsatisfied 0, unsure 1",
        "open: 4, overdue among them: 2",
    ]
    assert "by direction:" in lines
    assert any(line.startswith("  top_down: 1 demands; response rate 0 of 1; ") for line in lines)
    assert lines[-1] == "rows that share month, place, category and direction with no other: 4 of 10"


def test_of_ten_and_more_it_prints_percentages_and_medians(file):
    lines = printed(file(sheet([*TEN, *TEN])))
    assert lines[1] == "response rate: 14 of 18 = 77.8 %"
    assert "days to answer: median 1, 90th percentile 12, of 16" in lines
    assert "weeks open: of 6" in lines


def test_the_command_counts_a_part_of_a_file(file):
    assert printed(file(), year="2025")[0] == "demands: 1"
    assert printed(file(), subdistrict="湖东街道", year="2026")[0] == "demands: 9"
    assert printed(file(), subdistrict="湖西街道")[0] == "demands: 0"


@pytest.mark.parametrize(
    ("text", "encoding", "why"),
    [
        ("月份\r\n", "utf-8", "These columns are missing"),
        (sheet(TEN), "gb18030", "This is no CSV in UTF-8"),
        (sheet(TEN), "utf-16", "This is no CSV in UTF-8"),
        ('"' + "x" * 200_000 + '"', "utf-8", "This is no CSV in UTF-8"),
    ],
)
def test_a_file_that_is_none_of_ours_is_refused_in_words(file, text, encoding, why):
    with pytest.raises(CommandError) as refused:
        printed(file(text, encoding))
    assert why in str(refused.value)


@pytest.mark.parametrize(("name", "why"), [("none.csv", "No such file"), (".", "Is a directory")])
def test_a_file_that_is_not_there_is_refused_in_words(tmp_path, name, why):
    with pytest.raises(CommandError, match=why):
        printed(str(tmp_path / name))


def test_a_file_is_never_published(file):
    with pytest.raises(CommandError, match="from the database"):
        printed(file(), publish=True)


def alone(*args, text: str = "") -> subprocess.CompletedProcess:
    """The file run by itself: without Django, without the project, without what is installed."""
    script = str(settings.BASE_DIR / "demands" / "statistics" / "rates.py")
    return subprocess.run(
        [sys.executable, "-I", "-S", script, *args], input=text.encode(), capture_output=True, check=False
    )


def test_the_file_alone_prints_the_same_on_any_machine(file):
    done = alone(file())
    assert done.returncode == 0, done.stderr
    assert done.stdout.decode().splitlines() == printed(file())
    assert alone("-", text=sheet(TEN)).stdout == done.stdout


def test_the_file_alone_says_what_is_wrong(file):
    assert alone().stderr.decode().strip() == "Usage: python rates.py FILE"
    done = alone(file("a\n"))
    assert done.returncode == 1
    assert "These columns are missing" in done.stderr.decode()
