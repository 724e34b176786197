"""The rates counted from files alone: no test of this module may touch a database."""

import io
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from demands.statistics import rates
from tests.rates_lines import lines

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


def sheet(rows: list[dict], of: str = "year-community", mark="\ufeff", end="\r\n") -> str:
    found = [[*line.group, line.figure, line.value, str(line.count)] for line in lines(rows, of)]
    return mark + end.join(",".join(cells) for cells in ([*rates.SETS[of], *rates.TAIL], *found)) + end


def counted(rows: list[dict], *files: str) -> dict:
    return rates.count(line for of in files or rates.SETS for line in lines(rows, of))


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
    whole = counted(TEN)["all"]
    assert rates.rates(whole) == {"response": (7, 9), "resolution": (5, 6), "work": (5, 6), "result": (1, 1)}
    assert (whole["received"], whole["out_of_remit"], whole["open"], whole["overdue"]) == (10, 1, 4, 2)
    assert whole["result"] == {"satisfied": 1, "unsatisfied": 0, "unsure": 1, "no_answer": 5}
    assert whole["reopened"] == {"yes": 1, "no": 0}
    assert whole["days_to_answer"] == {"count": 8, "median": 1, "percentile_90": 12}
    assert whole["weeks_open"] == {"count": 3, "median": 3, "percentile_90": 7}


def test_each_dimension_adds_up_to_the_whole():
    figures = counted(TEN)
    for dimension in rates.DIMENSIONS:
        for name in (*rates.COUNTS,):
            assert sum(cut[name] for cut in figures[dimension].values()) == figures["all"][name]
    assert list(figures["month"]) == ["2025-12", "2026-01"]
    assert figures["community"][""]["received"] == 1


@pytest.mark.parametrize("of", rates.SETS)
def test_each_file_alone_adds_up_to_the_same_and_one_says_what_residents_said(of):
    figures = counted(TEN, of)
    told = rates.rates(figures["all"])
    assert (told["response"], told["resolution"], figures["all"]["days_to_answer"]["count"]) == ((7, 9), (5, 6), 8)
    assert told["work"] == ((5, 6) if of == "year-community" else None)
    assert {name for name in rates.DIMENSIONS if figures[name]} == {
        name for name, file in rates.DIMENSIONS.items() if file == of
    }


def test_what_is_withheld_of_a_group_is_none_and_not_zero():
    figures = rates.count([rates.Line("year-community", ("2026", "湖东街道", "桂花社区"), "received", "", 3)])
    assert rates.rates(figures["community"]["桂花社区"]) == dict.fromkeys(rates.NAMES)
    assert "satisfied with the work: withheld" in list(rates.report(figures))
    assert "reopened at least once: withheld" in list(rates.report(figures))


def test_the_groups_together_count_for_the_whole_and_are_none_of_the_values():
    small, rest = ("2026", "湖东街道", "桂花社区"), ("2026", "湖东街道", rates.REST)
    found = [
        *[rates.Line("year-community", small, "received", "", 7)],
        *[rates.Line("year-community", rest, figure, "", 7) for figure in ("counted", "answered", "answered_in_time")],
        *[rates.Line("year-community", rest, "result", word, 2) for word in rates.VERDICTS],
        rates.Line("month", ("2026-*", "湖东街道"), "counted", "", 7),
    ]
    figures = rates.count(found)
    assert rates.rates(figures["all"])["response"] == (7, 7) and rates.rates(figures["all"])["result"] == (2, 4)
    assert list(figures["community"]) == ["桂花社区"] and figures["month"] == {}
    assert rates.rates(figures["subdistrict"]["湖东街道"])["result"] == (2, 4)


def test_nothing_gives_no_rate_and_no_median():
    whole = rates.count([])["all"]
    assert rates.rates(whole) == {"response": (0, 0), "resolution": (0, 0), "work": None, "result": None}
    assert whole["days_to_answer"] == {"count": 0, "median": None, "percentile_90": None}
    assert list(rates.report(rates.count([])))[1] == "response rate: 0 of 0"


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


def test_by_year_and_subdistrict_it_counts_what_a_filter_of_the_lines_would():
    rows = [*TEN, row(subdistrict="湖西街道", open="yes"), row(subdistrict="", month="2025-01")]
    found = [line for of in rates.SETS for line in lines(rows, of)]
    scopes = rates.count_scopes(found)
    assert {year: list(one) for year, one in scopes.items()} == {
        year: ["", "湖东街道", "湖西街道"] for year in ("", "2025", "2026")
    }
    for year, one in scopes.items():
        for subdistrict, figures in one.items():
            wanted = [line for line in found if year in ("", line.year) and subdistrict in ("", line.subdistrict)]
            assert figures == rates.count(wanted), (year, subdistrict)


def test_one_subdistrict_is_nothing_to_choose_from():
    assert {year: list(found) for year, found in rates.count_scopes(lines(TEN)).items()} == {
        "": [""],
        "2025": [""],
        "2026": [""],
    }
    assert list(rates.count_scopes([])) == [""]


# --- Reading ---------------------------------------------------------------------------------------------------------


def read(text: str) -> list[rates.Line]:
    return list(rates.read(io.StringIO(text, newline="")))


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("of", rates.SETS)
def test_it_reads_what_spreadsheets_write(of, mark, end):
    assert read(sheet(TEN, of, mark, end)) == lines(TEN, of)


def test_columns_may_stand_in_any_order_and_others_among_them():
    turned = "\r\n".join(",".join([*reversed(line.split(",")), "x"]) for line in sheet(TEN, mark="").splitlines())
    assert read(turned) == lines(TEN)


FIRST = "month,subdistrict,figure,value,count\r\n"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "The columns are those of none of these files: year-community,"),
        ("a,b\r\n1,2\r\n", "The columns are those of none"),
        (sheet(TEN).replace("community", "village", 1), "The columns are those of none"),
        (FIRST + "Jan-26,,open,,1", "Row 2, month: 'Jan-26' is none like 2026-01."),
        (FIRST + "2026-13,,open,,1", "Row 2, month"),
        ("year,subdistrict,community,figure,value,count\r\n26,,,open,,1", "Row 2, year: '26' is none like 2026."),
        (FIRST + "2026-01,,open,,1\r\n2026-01,,shut,,1", "Row 3, figure: 'shut' is unknown."),
        (FIRST + "2026-01,,open,yes,1", "Row 2, open: 'yes' should be empty."),
        (FIRST + "2026-01,,open,,-1", "Row 2, count: '-1' is no whole number."),
        (FIRST + "2026-01,,open,,9999999999", "Row 2, count"),
        (FIRST + "2026-01,,weeks_open,٣,1", "Row 2, weeks_open: '٣' is no whole number."),
        (FIRST + "2026-01,,days_to_answer,1.5,1", "Row 2, days_to_answer: '1.5' is no whole number."),
        (FIRST + "2026-01,,work,fine,1", "work: 'fine' is none of no_answer, satisfied, unsatisfied, unsure."),
        (FIRST + "2026-01,,recheck,satisfied,1", "Row 2, recheck:"),
        (FIRST + "2026-01,,open,1", "Row 2 has not as many cells as there are columns."),
        (FIRST + "2026-01,,open,,1,7", "Row 2 has not as many cells as there are columns."),
    ],
)
def test_what_is_no_file_of_rates_is_refused_in_words(text, why):
    with pytest.raises(rates.NotRates) as refused:
        read(text)
    assert why in str(refused.value)


def test_the_documentation_names_every_column_and_figure_and_the_spreadsheet_has_them():
    text = (settings.BASE_DIR / "docs" / "rates.md").read_text()
    for of, columns in rates.SETS.items():
        assert f"`{of}.csv`" in text
        for name in columns:
            assert f"`{name}`" in text
    for name in (*rates.COUNTS, *rates.ANSWERS, *rates.NUMBERS):
        assert f"`{name}`" in text
    letters = dict(zip((*rates.SETS["year-community"], *rates.TAIL), "ABCDEF", strict=True))
    said = 'SUMIFS({count},{figure},"%s",{value},"%s")'.format(**{name: f"{at}:{at}" for name, at in letters.items()})
    plain = 'SUMIFS({count},{figure},"%s")'.format(**{name: f"{at}:{at}" for name, at in letters.items()})
    good, bad = said % ("result", "satisfied"), said % ("result", "unsatisfied")
    for formula in (
        f"={plain % 'answered_in_time'}/({plain % 'answered'}+{plain % 'response_overdue'})",
        f"={plain % 'stands_resolved'}/{plain % 'ended_in_remit'}",
        f"={good}/({good}+{bad})",
    ):
        assert formula in text


# --- The command -----------------------------------------------------------------------------------------------------


@pytest.fixture
def file(tmp_path):
    def write(text: str = sheet(TEN), encoding: str = "utf-8", name: str = "one.csv") -> str:
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        return str(path)

    return write


def printed(*args, **options) -> list[str]:
    output = io.StringIO()
    call_command("rates", *args, stdout=output, **options)
    return output.getvalue().splitlines()


def test_the_command_prints_the_figures_of_a_file(file):
    found = printed(file())
    assert found[:11] == [
        "demands: 10, of which the figures count 10",
        "response rate: 7 of 9",
        "resolution rate: 5 of 6",
        "satisfied with the work: 5 of 6",
        "satisfied with the result: 1 of 1",
        "declined: 0; out of remit, counted apart: 1",
        "work: no answer 0, satisfied 5, unsatisfied 1, unsure 1",
        "result: no answer 5, satisfied 1, unsatisfied 0, unsure 1",
        "open: 4, overdue among them: 2",
        "resolved and merged into none: 0, after consultation among them: 0",
        "reopened at least once: no 0, yes 1",
    ]
    assert "by community:" in found and "by direction:" not in found
    assert any(line.startswith("  柳园社区: 1 demands; response rate 1 of 1; ") for line in found)


def test_of_several_files_it_prints_everything_that_they_say(file):
    found = printed(*[file(sheet(TEN, of), name=of) for of in rates.SETS])
    assert found[:11] == printed(file())[:11]
    assert [line for line in found if line.startswith("by ")] == [f"by {name}:" for name in rates.DIMENSIONS]
    assert any(line.startswith("  top_down: 1 demands; response rate 0 of 1; ") for line in found)


def test_of_ten_and_more_it_prints_percentages_and_medians(file):
    found = printed(file(sheet([*TEN, *TEN])))
    assert found[1] == "response rate: 14 of 18 = 77.8 %"
    assert "days to answer: median 1, 90th percentile 12, of 16" in found
    assert "weeks open: of 6" in found


def test_the_command_counts_a_part_of_a_file(file):
    assert printed(file(), year="2025")[0].startswith("demands: 1,")
    assert printed(file(), subdistrict="湖东街道", year="2026")[0].startswith("demands: 9,")
    assert printed(file(), subdistrict="湖西街道")[0].startswith("demands: 0,")


@pytest.mark.parametrize(
    ("text", "encoding", "why"),
    [
        ("月份\r\n", "utf-8", "The columns are those of none"),
        (sheet(TEN), "gb18030", "This is no CSV in UTF-8"),
        (sheet(TEN), "utf-16", "This is no CSV in UTF-8"),
        ('"' + "x" * 200_000 + '"', "utf-8", "This is no CSV in UTF-8"),
    ],
)
def test_a_file_that_is_none_of_ours_is_refused_in_words(file, text, encoding, why):
    with pytest.raises(CommandError) as refused:
        printed(file(text, encoding))
    assert why in str(refused.value) and "one.csv: " in str(refused.value)


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
    assert alone().stderr.decode().strip() == "Usage: python rates.py FILE..."
    done = alone(file("a\n"))
    assert done.returncode == 1
    assert "The columns are those of none" in done.stderr.decode()
