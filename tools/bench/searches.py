"""How long searches take by themselves, one at a time, from the words to the first rows, without a page."""

import statistics
import time
from collections.abc import Callable

from demands.models import Demand
from demands.selectors import finding
from foundation import search
from foundation.paging import MAX_COUNTED

# One of each kind, as in the filled database.
WORDS = {
    "nearly everywhere": "居民",
    "common": "路灯",
    "one character": "灯",
    "traditional": "路燈不亮",
    "a sentence": "希望公布处理时间",
    "mixed": "3 号楼旁 电梯",
    "rare": "老年食堂排队久 公交站旁",
    "nowhere": "从来没有的事",
}
COLUMNS = ("words", "", "found", "newest 20, ms", "best 20, ms", "staff, best 20, ms")
SHOWN = 20
TIMES = 7
NEWEST = ("-published_at", "-pk")


def measure(words: dict[str, str]) -> list[dict]:
    """For each search, the number of public demands found, up to a thousand, and the median milliseconds.

    `words`: the search terms, by their names in the table.
    """
    return [_measure(name, typed) for name, typed in words.items()]


def _measure(name: str, typed: str) -> dict:
    public, staff = Demand.objects.public(), Demand.objects.select_related("assignee")

    def newest():
        return list(Demand.objects.matching(typed).order_by(*NEWEST).rows("public_summary")[:SHOWN])

    def matches():
        return finding.for_residents(public, typed, newest=NEWEST)

    def best():
        return list(search.in_order(public, matches().keys[:SHOWN]).rows("public_summary"))

    def best_for_staff():
        found = finding.for_staff(Demand.objects.all(), typed)
        return list(search.in_order(staff, found.keys[:SHOWN]))

    found = len(matches().exact)
    return {
        "name": name,
        "typed": typed,
        "found": min(found, MAX_COUNTED),
        "capped": found > MAX_COUNTED,
        "newest_ms": _milliseconds(newest),
        "best_ms": _milliseconds(best),
        "staff_ms": _milliseconds(best_for_staff),
    }


def _milliseconds(ask: Callable[[], list]) -> float:
    times = []
    for _time in range(TIMES):
        start = time.perf_counter()
        ask()
        times.append(time.perf_counter() - start)
    return round(statistics.median(times) * 1000, 1)


def table(figures: list[dict]) -> list[str]:
    """The lines of the table."""
    cells = [
        [
            figure["name"],
            figure["typed"],
            f"{'over ' if figure['capped'] else ''}{figure['found']:,}",
            *(f"{figure[key]:.1f}" for key in ("newest_ms", "best_ms", "staff_ms")),
        ]
        for figure in figures
    ]
    # The search terms come last, because Chinese characters are wider than others.
    rows = [[*row[:1], *row[2:], row[1]] for row in (COLUMNS, *cells)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(COLUMNS) - 1)]

    def line(row) -> str:
        numbers = [text.rjust(width) for text, width in zip(row[1:-1], widths[1:], strict=True)]
        return "  ".join([row[0].ljust(widths[0]), *numbers, row[-1]]).rstrip()

    return [line(rows[0]), "  ".join("-" * width for width in widths), *map(line, rows[1:])]
