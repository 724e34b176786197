"""The three rates 三率 and their accompanying figures, counted from the rows of `/rates/demands.csv` and nothing else.

Needs only Python: `python demands/statistics/rates.py FILE` counts a downloaded file on any machine, as
`manage.py rates` does. `docs/rates.md` defines the rates; `demands.statistics.editions` makes the rows.
"""

import csv
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TextIO

# The columns by which rows are grouped, each on its own.
DIMENSIONS = ("month", "subdistrict", "community", "category", "direction")
# Columns with yes or no.
FLAGS = (
    "answered",
    "answered_in_time",
    "response_overdue",
    "ended_in_remit",
    "stands_resolved",
    "out_of_remit",
    "open",
    "overdue",
    "reopened",
)
# Values of the columns with words; they are empty where nothing was asked yet.
VERDICTS = ("satisfied", "unsatisfied", "unsure", "no_answer")
RECHECKS = ("still_solved", "not_solved", "no_answer")
ANSWERS = {"work": VERDICTS, "result": VERDICTS, "recheck": RECHECKS}
# Columns with whole numbers, or empty.
NUMBERS = ("days_to_answer", "days_to_resolve", "weeks_open")
COLUMNS = (*DIMENSIONS, *FLAGS, *ANSWERS, *NUMBERS)

SMALLEST = 10  # over fewer demands, a rate is shown as counts only
MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])", re.ASCII)
NUMBER = re.compile(r"\d{1,6}", re.ASCII)


class NotRates(ValueError):
    """The file does not hold rows of the rates; the message says why."""


def read(file: TextIO) -> Iterator[dict[str, str]]:
    """Yield the rows of a CSV, with or without a byte order mark. Raises `NotRates`."""
    rows = csv.DictReader(file)
    heads = [head.removeprefix("\ufeff") for head in rows.fieldnames or ()]
    missing = [name for name in COLUMNS if name not in heads]
    if missing:
        raise NotRates(f"These columns are missing: {', '.join(missing)}.")
    rows.fieldnames = heads
    allowed = {name: frozenset(("yes", "no")) for name in FLAGS}
    allowed |= {name: frozenset(("", *words)) for name, words in ANSWERS.items()}
    for row in rows:
        if None in row or None in row.values():
            raise NotRates(f"Row {rows.line_num} has not as many cells as there are columns.")
        if not MONTH.fullmatch(row["month"]):
            raise NotRates(f"Row {rows.line_num}, month: {row['month']!r} is none like 2026-01.")
        for name, words in allowed.items():
            if row[name] not in words:
                known = ", ".join(sorted(filter(None, words)))
                raise NotRates(f"Row {rows.line_num}, {name}: {row[name]!r} is none of {known}.")
        for name in NUMBERS:
            if row[name] and not NUMBER.fullmatch(row[name]):
                raise NotRates(f"Row {rows.line_num}, {name}: {row[name]!r} is no whole number.")
        yield row


def nearest_rank(counted: Mapping[int, int], hundredths: int) -> int | None:
    """Return a percentile by nearest rank: the smallest number that at least `hundredths` % of all do not exceed.

    Args:
        counted: number → how often it occurs.
    """
    total = sum(counted.values())
    rank = -(-total * hundredths // 100)
    for number in sorted(counted):
        rank -= counted[number]
        if rank <= 0:
            return number
    return None


class _Tally:
    """The counters for a group of rows."""

    def __init__(self) -> None:
        self.said: Counter[tuple[str, ...]] = Counter()
        self.numbers: dict[str, Counter[int]] = {name: Counter() for name in NUMBERS}

    def add(self, other: "_Tally") -> None:
        self.said.update(other.said)
        for name, numbers in other.numbers.items():
            self.numbers[name].update(numbers)

    def figures(self) -> dict:
        columns = (*FLAGS, *ANSWERS)
        counted: dict[str, Counter[str]] = {name: Counter() for name in columns}
        for said, times in self.said.items():
            for name, word in zip(columns, said, strict=True):
                counted[name][word] += times
        return {
            "received": self.said.total(),
            **{name: counted[name]["yes"] for name in FLAGS},
            **{name: {word: counted[name][word] for word in words} for name, words in ANSWERS.items()},
            **{
                name: {
                    "count": numbers.total(),
                    "median": nearest_rank(numbers, 50),
                    "percentile_90": nearest_rank(numbers, 90),
                }
                for name, numbers in self.numbers.items()
            },
        }


class _Count:
    """The tally of all rows, and those by dimension."""

    def __init__(self) -> None:
        self.whole = _Tally()
        self.by: dict[str, dict[str, _Tally]] = {name: defaultdict(_Tally) for name in DIMENSIONS}
        self.alike: Counter[tuple[str, ...]] = Counter()

    def take(self, row: Mapping[str, str]) -> None:
        said = tuple([row[name] for name in (*FLAGS, *ANSWERS)])
        numbers = [(name, int(row[name])) for name in NUMBERS if row[name]]
        place = tuple([row[name] for name in DIMENSIONS])
        self.alike[place] += 1
        for tally in (self.whole, *[self.by[name][value] for name, value in zip(DIMENSIONS, place, strict=True)]):
            tally.said[said] += 1
            for name, number in numbers:
                tally.numbers[name][number] += 1

    def add(self, other: "_Count") -> None:
        self.whole.add(other.whole)
        self.alike.update(other.alike)
        for name, tallies in other.by.items():
            for value, tally in tallies.items():
                self.by[name][value].add(tally)

    def figures(self) -> dict:
        return {
            "all": self.whole.figures(),
            "alone": sum(times == 1 for times in self.alike.values()),
            **{name: {value: self.by[name][value].figures() for value in sorted(self.by[name])} for name in DIMENSIONS},
        }


def count(rows: Iterable[Mapping[str, str]]) -> dict:
    """Return the figures of all rows under "all", and under each dimension those of each of its values.

    "alone" is the number of rows whose month, place, category and direction no other row shares.
    """
    counted = _Count()
    for row in rows:
        counted.take(row)
    return counted.figures()


def count_scopes(rows: Iterable[Mapping[str, str]]) -> dict[str, dict[str, dict]]:
    """Return the result of `count` by year and subdistrict; "" is all of them. A single subdistrict is not listed."""
    cells: dict[tuple[str, str], _Count] = defaultdict(_Count)
    for row in rows:
        cells[year_of(row), row["subdistrict"]].take(row)
    subdistricts = sorted({subdistrict for _year, subdistrict in cells} - {""})
    scopes = ["", *(subdistricts if len(subdistricts) > 1 else ())]
    found: dict[str, dict[str, dict]] = {}
    for year in ("", *sorted({year for year, _subdistrict in cells})):
        found[year] = {}
        for scope in scopes:
            counted = _Count()
            for (of_year, of_subdistrict), cell in cells.items():
                if year in ("", of_year) and scope in ("", of_subdistrict):
                    counted.add(cell)
            found[year][scope] = counted.figures()
    return found


def year_of(row: Mapping[str, str]) -> str:
    return row["month"][:4]


def rates(figures: Mapping) -> dict[str, tuple[int, int]]:
    """Return each rate as (part, whole)."""
    work, result = figures["work"], figures["result"]
    return {
        "response": (figures["answered_in_time"], figures["answered"] + figures["response_overdue"]),
        "resolution": (figures["stands_resolved"], figures["ended_in_remit"]),
        "work": (work["satisfied"], work["satisfied"] + work["unsatisfied"]),
        "result": (result["satisfied"], result["satisfied"] + result["unsatisfied"]),
    }


def percent(part: int, whole: int) -> str:
    """Format a percentage with one decimal, rounding half up like a spreadsheet; empty where there are too few."""
    if whole < SMALLEST:
        return ""
    tenths = (2000 * part + whole) // (2 * whole)
    return f"{tenths // 10}.{tenths % 10}"


# --- Printing --------------------------------------------------------------------------------------------------------

NAMES = {
    "response": "response rate",
    "resolution": "resolution rate",
    "work": "satisfied with the work",
    "result": "satisfied with the result",
}


def share_words(part: int, whole: int) -> str:
    share = percent(part, whole)
    return f"{part} of {whole}" + (f" = {share} %" if share else "")


def report(figures: Mapping) -> Iterator[str]:
    """Yield the figures line by line, the same that the page shows."""
    whole = figures["all"]
    yield f"demands: {whole['received']}"
    for name, (part, of) in rates(whole).items():
        yield f"{NAMES[name]}: {share_words(part, of)}"
    yield f"out of remit, counted apart: {whole['out_of_remit']}"
    for name in ("work", "result"):
        yield f"{name}: {_list(whole[name])}"
    yield f"open: {whole['open']}, overdue among them: {whole['overdue']}"
    yield f"reopened at least once: {whole['reopened']}"
    yield f"asked again after 30 or 90 days: {_list(whole['recheck'])}"
    for name in NUMBERS:
        yield f"{name.replace('_', ' ')}: {spread(whole[name])}"
    for dimension in DIMENSIONS:
        yield f"by {dimension}:"
        for value in sorted(figures[dimension]):
            cut = figures[dimension][value]
            shares = "; ".join(f"{NAMES[name]} {share_words(*pair)}" for name, pair in rates(cut).items())
            times = "; ".join(f"{name.replace('_', ' ')} {spread(cut[name])}" for name in NUMBERS)
            yield f"  {value or '-'}: {cut['received']} demands; {shares}; {times}"
    yield (
        f"rows that share month, place, category and direction with no other: {figures['alone']} of {whole['received']}"
    )


def spread(numbers: Mapping) -> str:
    """Format median and 90th percentile, or only the count where there are too few."""
    if numbers["count"] < SMALLEST:
        return f"of {numbers['count']}"
    return f"median {numbers['median']}, 90th percentile {numbers['percentile_90']}, of {numbers['count']}"


def _list(counted: Mapping[str, int]) -> str:
    return ", ".join(f"{word.replace('_', ' ')} {counted[word]}" for word in sorted(counted))


def figures_of(name: str, wanted: Callable[[Mapping[str, str]], bool] = lambda row: True) -> dict:
    """Return the figures of a file; "-" reads standard input. Raises `NotRates`, `OSError`.

    Args:
        wanted: a function that selects the rows to count.
    """
    # Reopen standard input by its descriptor, to read UTF-8 whatever the locale.
    try:
        with open(0 if name == "-" else name, encoding="utf-8-sig", newline="", closefd=name != "-") as file:
            return count(row for row in read(file) if wanted(row))
    except (UnicodeDecodeError, csv.Error) as error:
        raise NotRates(f"This is no CSV in UTF-8: {error}.") from None


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Usage: python rates.py FILE")
    try:
        print(*report(figures_of(sys.argv[1])), sep="\n")
    except (NotRates, OSError) as problem:
        sys.exit(f"{sys.argv[1]}: {problem}")
