"""The three rates 三率 and their accompanying figures, counted from the files of `/rates/` and nothing else.

Needs only Python: `python demands/statistics/rates.py FILE…` counts downloaded files on any machine, as
`manage.py rates` does. `docs/rates.md` defines the rates; `demands.statistics.editions` makes the files.
"""

import csv
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple, TextIO

# Each file has the demands by one set of attributes, so that no file tells all that is known of one demand. The first
# is the only one with what residents said, and its year and subdistrict lead every other.
SETS = {
    "year-community": ("year", "subdistrict", "community"),
    "year-category-direction": ("year", "subdistrict", "category", "direction"),
    "month": ("month", "subdistrict"),
}
# What the figures are grouped by, each on its own, and the file that says it.
DIMENSIONS = {
    "month": "month",
    "subdistrict": "year-community",
    "community": "year-community",
    "category": "year-category-direction",
    "direction": "year-category-direction",
}
# The groups too small to be shown one by one, together. Of months, `2026-*`.
REST = "*"
# Counts of demands. `counted` is how many of those received the others and the times are about.
FLAGS = (
    "answered",
    "answered_in_time",
    "response_overdue",
    "ended_in_remit",
    "stands_resolved",
    "solved",
    "consulted",
    "declined",
    "out_of_remit",
    "open",
    "overdue",
)
COUNTS = ("received", "counted", *FLAGS)
# What residents said, in words. A group has all the words of a question or, where they are withheld, none.
VERDICTS = ("satisfied", "unsatisfied", "unsure", "no_answer")
RECHECKS = ("still_solved", "not_solved", "no_answer")
ANSWERS = {"work": VERDICTS, "result": VERDICTS, "recheck": RECHECKS, "reopened": ("yes", "no")}
# Whole numbers, and how many demands have each.
NUMBERS = ("days_to_answer", "days_to_resolve", "weeks_open")
TAIL = ("figure", "value", "count")

SMALLEST = 10  # over fewer demands, a rate is shown as counts only
YEAR = re.compile(r"\d{4}", re.ASCII)
MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2]|\*)", re.ASCII)
NUMBER = re.compile(r"\d{1,9}", re.ASCII)


class NotRates(ValueError):
    """The file does not hold figures of the rates; the message says why."""


class Line(NamedTuple):
    """A line of a file: how many demands of a group have a value.

    Args:
        of: the name of the file.
        group: the values of its attributes; the first is the year or month, the second the subdistrict.
    """

    of: str
    group: tuple[str, ...]
    figure: str
    value: str
    count: int

    @property
    def year(self) -> str:
        return self.group[0][:4]

    @property
    def subdistrict(self) -> str:
        return self.group[1]


def read(file: TextIO) -> Iterator[Line]:
    """Yield the lines of a CSV, with or without a byte order mark. Raises `NotRates`."""
    rows = csv.DictReader(file)
    heads = [head.removeprefix("\ufeff") for head in rows.fieldnames or ()]
    of = next((name for name, columns in SETS.items() if {*columns, *TAIL} <= {*heads}), None)
    if of is None:
        raise NotRates(f"The columns are those of none of these files: {', '.join(SETS)}.")
    rows.fieldnames = heads
    for row in rows:
        if None in row or None in row.values():
            raise NotRates(f"Row {rows.line_num} has not as many cells as there are columns.")
        if problem := _problem(row):
            raise NotRates(f"Row {rows.line_num}, {problem}")
        group = tuple([row[name] for name in SETS[of]])
        yield Line(of, group, row["figure"], row["value"], int(row["count"]))


def _problem(row: Mapping[str, str]) -> str:
    """What is wrong with a row; empty if nothing is."""
    for name, pattern, example in (("year", YEAR, "2026"), ("month", MONTH, "2026-01")):
        if name in row and not pattern.fullmatch(row[name]):
            return f"{name}: {row[name]!r} is none like {example}."
    if not NUMBER.fullmatch(row["count"]):
        return f"count: {row['count']!r} is no whole number."
    figure, value = row["figure"], row["value"]
    if figure in ANSWERS:
        known = ", ".join(sorted(ANSWERS[figure]))
        return "" if value in ANSWERS[figure] else f"{figure}: {value!r} is none of {known}."
    if figure in NUMBERS:
        return "" if NUMBER.fullmatch(value) else f"{figure}: {value!r} is no whole number."
    if figure in COUNTS:
        return "" if not value else f"{figure}: {value!r} should be empty."
    return f"figure: {figure!r} is unknown."


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
    """The sums of a group, or of several."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, str]] = Counter()

    def take(self, line: Line) -> None:
        self.counts[line.figure, line.value] += line.count

    def add(self, other: "_Tally") -> None:
        self.counts.update(other.counts)

    def figures(self) -> dict:
        return {
            **{name: self.counts[name, ""] for name in COUNTS},
            **{name: self._said(name) for name in ANSWERS},
            **{name: self._spread(name) for name in NUMBERS},
        }

    def _said(self, name: str) -> dict[str, int] | None:
        """How many residents said each word; nothing where that is withheld."""
        if not any((name, word) in self.counts for word in ANSWERS[name]):
            return None
        return {word: self.counts[name, word] for word in ANSWERS[name]}

    def _spread(self, name: str) -> dict[str, int | None]:
        numbers = {int(value): count for (figure, value), count in self.counts.items() if figure == name}
        return {
            "count": sum(numbers.values()),
            "median": nearest_rank(numbers, 50),
            "percentile_90": nearest_rank(numbers, 90),
        }


class _Count:
    """The tally of each file, and those by dimension."""

    def __init__(self) -> None:
        self.whole: dict[str, _Tally] = defaultdict(_Tally)
        self.by: dict[str, dict[str, _Tally]] = {name: defaultdict(_Tally) for name in DIMENSIONS}

    def take(self, line: Line) -> None:
        self.whole[line.of].take(line)
        for name, value in zip(SETS[line.of], line.group, strict=True):
            if DIMENSIONS.get(name) == line.of and value not in (REST, f"{line.year}-{REST}"):
                self.by[name][value].take(line)

    def add(self, other: "_Count") -> None:
        for name, tally in other.whole.items():
            self.whole[name].add(tally)
        for name, tallies in other.by.items():
            for value, tally in tallies.items():
                self.by[name][value].add(tally)

    def figures(self) -> dict:
        # All files add up to the same, but for what residents said, which is in the first alone.
        whole = next((self.whole[name] for name in SETS if name in self.whole), _Tally())
        return {
            "all": whole.figures(),
            **{name: {value: self.by[name][value].figures() for value in sorted(self.by[name])} for name in DIMENSIONS},
        }


def count(lines: Iterable[Line]) -> dict:
    """Return the figures of all lines under "all", and under each dimension those of each of its values."""
    counted = _Count()
    for line in lines:
        counted.take(line)
    return counted.figures()


def count_scopes(lines: Iterable[Line]) -> dict[str, dict[str, dict]]:
    """Return the result of `count` by year and subdistrict; "" is all of them. A single subdistrict is not listed."""
    cells: dict[tuple[str, str], _Count] = defaultdict(_Count)
    for line in lines:
        cells[line.year, line.subdistrict].take(line)
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


def rates(figures: Mapping) -> dict[str, tuple[int, int] | None]:
    """Return each rate as (part, whole), or None where it is withheld."""
    withheld = figures["received"] and not figures["counted"]
    return {
        "response": None
        if withheld
        else (figures["answered_in_time"], figures["answered"] + figures["response_overdue"]),
        "resolution": None if withheld else (figures["stands_resolved"], figures["ended_in_remit"]),
        "work": _satisfied(figures["work"]),
        "result": _satisfied(figures["result"]),
    }


def _satisfied(said: Mapping[str, int] | None) -> tuple[int, int] | None:
    return said and (said["satisfied"], said["satisfied"] + said["unsatisfied"])


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
WITHHELD = "withheld"


def share_words(pair: tuple[int, int] | None) -> str:
    if pair is None:
        return WITHHELD
    share = percent(*pair)
    return f"{pair[0]} of {pair[1]}" + (f" = {share} %" if share else "")


def report(figures: Mapping) -> Iterator[str]:
    """Yield the figures line by line, the same that the page shows."""
    whole = figures["all"]
    yield f"demands: {whole['received']}, of which the figures count {whole['counted']}"
    for name, pair in rates(whole).items():
        yield f"{NAMES[name]}: {share_words(pair)}"
    yield f"declined: {whole['declined']}; out of remit, counted apart: {whole['out_of_remit']}"
    for name in ("work", "result"):
        yield f"{name}: {_list(whole[name])}"
    yield f"open: {whole['open']}, overdue among them: {whole['overdue']}"
    yield f"resolved and merged into none: {whole['solved']}, after consultation among them: {whole['consulted']}"
    yield f"reopened at least once: {_list(whole['reopened'])}"
    yield f"asked again after 30 or 90 days: {_list(whole['recheck'])}"
    for name in NUMBERS:
        yield f"{name.replace('_', ' ')}: {spread(whole[name])}"
    for dimension in DIMENSIONS:
        if not figures[dimension]:
            continue
        yield f"by {dimension}:"
        for value in sorted(figures[dimension]):
            cut = figures[dimension][value]
            shares = "; ".join(f"{NAMES[name]} {share_words(pair)}" for name, pair in rates(cut).items())
            times = "; ".join(f"{name.replace('_', ' ')} {spread(cut[name])}" for name in NUMBERS)
            yield f"  {value or '-'}: {cut['received']} demands; {shares}; {times}"


def spread(numbers: Mapping) -> str:
    """Format median and 90th percentile, or only the count where there are too few."""
    if numbers["count"] < SMALLEST:
        return f"of {numbers['count']}"
    return f"median {numbers['median']}, 90th percentile {numbers['percentile_90']}, of {numbers['count']}"


def _list(counted: Mapping[str, int] | None) -> str:
    if counted is None:
        return WITHHELD
    return ", ".join(f"{word.replace('_', ' ')} {counted[word]}" for word in sorted(counted))


def lines_of(name: str) -> Iterator[Line]:
    """Yield the lines of a file; "-" reads standard input. Raises `NotRates`, `OSError`."""
    # Reopen standard input by its descriptor, to read UTF-8 whatever the locale.
    try:
        with open(0 if name == "-" else name, encoding="utf-8-sig", newline="", closefd=name != "-") as file:
            yield from read(file)
    except (UnicodeDecodeError, csv.Error) as error:
        raise NotRates(f"This is no CSV in UTF-8: {error}.") from None


def figures_of(names: Iterable[str], wanted: Callable[[Line], bool] = lambda line: True) -> dict:
    """Return the figures of files. Raises `NotRates`, `OSError`, with the name of the file.

    Args:
        wanted: a function that selects the lines to count.
    """
    counted = _Count()
    for name in names:
        try:
            for line in lines_of(name):
                if wanted(line):
                    counted.take(line)
        except NotRates as problem:
            raise NotRates(f"{name}: {problem}") from None
    return counted.figures()


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("Usage: python rates.py FILE...")
    try:
        print(*report(figures_of(sys.argv[1:])), sep="\n")
    except (NotRates, OSError) as problem:
        sys.exit(str(problem))
