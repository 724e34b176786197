"""What is published of small groups, so that no figure, and nothing that follows from several, is about one household.

`docs/rates.md` has the rules in words. Nothing here reads the database.
"""

import datetime
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

from foundation.numbers import SMALLEST

from . import rates
from .rates import REST, Line

# Nothing is said of fewer demands, or of fewer residents, than this.
FEWEST = SMALLEST
# In the year after, from this month on, the communities that were too few by themselves are put together.
TOGETHER_FROM = 4

# A group of demands by the attributes of a file → how many have each figure and value.
Groups = Mapping[tuple[str, ...], Counter[tuple[str, str]]]
# Year, subdistrict and community → how many residents said each word. `SHOWN` is how many of them a public page shows.
Voices = Mapping[tuple[str, str, str], Counter[str]]
# What was said as it is published, of a year, subdistrict and community, or of the rest of them.
Kept = dict[tuple[str, str, str], dict[str, int]]

SHOWN = "shown"
UNSAID = "no_answer"
DISSATISFIED = {"work": "unsatisfied", "result": "unsatisfied", "recheck": "not_solved", "reopened": "yes"}


# --- What the offices did --------------------------------------------------------------------------------------------


def pooled(sizes: Mapping[tuple, int]) -> set[tuple]:
    """Return the groups that are only shown together: all that are too small, and as many more as it takes for the sum
    of them, which follows from the total and the others, not to be too small either.
    """
    found = {group for group, size in sizes.items() if size < FEWEST}
    others = sorted((size, group) for group, size in sizes.items() if group not in found)
    while found and others and sum(sizes[group] for group in found) < FEWEST:
        found.add(others.pop(0)[1])
    return found


def lines(of: str, groups: Groups) -> Iterator[Line]:
    """Yield the lines of a file, without what residents said: of small groups, the number of demands alone."""
    together: dict[tuple[str, str], dict[tuple, Counter]] = defaultdict(dict)
    for group, counts in groups.items():
        together[group[0][:4], group[1]][group] = counts
    for (year, subdistrict), found in sorted(together.items()):
        small = pooled({group: counts["received", ""] for group, counts in found.items()})
        rest: Counter[tuple[str, str]] = Counter()
        for group, counts in sorted(found.items()):
            yield Line(of, group, "received", "", counts["received", ""])
            if group in small:
                rest.update(counts)
            else:
                yield from _counted(of, group, counts)
        if rest["received", ""] >= FEWEST:
            first = f"{year}-{REST}" if of == "month" else year
            yield from _counted(of, (first, subdistrict, *[REST] * (len(rates.SETS[of]) - 2)), rest)


def _counted(of: str, group: tuple[str, ...], counts: Counter[tuple[str, str]]) -> Iterator[Line]:
    yield Line(of, group, "counted", "", counts["received", ""])
    for name in rates.FLAGS:
        yield Line(of, group, name, "", counts[name, ""])
    for name in rates.NUMBERS:
        numbers = sorted(int(value) for figure, value in counts if figure == name)
        for number in numbers:
            yield Line(of, group, name, str(number), counts[name, str(number)])


# --- What residents said ---------------------------------------------------------------------------------------------


def said(question: str, counts: Mapping[str, int]) -> int:
    """How many residents gave an answer."""
    return sum(counts.get(word, 0) for word in rates.ANSWERS[question] if word != UNSAID)


def is_enough(question: str, counts: Mapping[str, int]) -> bool:
    """Whether the answers of a group may be published: there have to be enough, and enough residents, those without an
    answer included, whom no public page shows to be satisfied; not all of these may be dissatisfied.
    """
    unknown = sum(counts.get(word, 0) for word in rates.ANSWERS[question]) - counts.get(SHOWN, 0)
    return said(question, counts) >= FEWEST <= unknown > counts.get(DISSATISFIED[question], 0)


def changed(question: str, before: Mapping[str, int], now: Mapping[str, int]) -> int:
    """How many residents' answers changed at least."""
    words = [word for word in rates.ANSWERS[question] if word != UNSAID]
    changes = [now.get(word, 0) - before.get(word, 0) for word in words]
    return max(sum(change for change in changes if change > 0), -sum(change for change in changes if change < 0))


def to_publish(question: str, before: Kept, voices: Voices, today: datetime.date) -> Kept:
    """Return the answers to publish.

    A community's are published once there are enough, and again each time that enough have changed. Those of the
    communities of a year that never had enough are published together, after the year, by the same rule; which ones
    these are does not change any more, since otherwise what one of them said would follow from two editions. A total is
    the sum of what is published, so that nothing follows from it.

    Args:
        before: what the edition before published.
    """
    found: Kept = {}
    for year, subdistrict in sorted({group[:2] for group in voices}):
        mine = {group: counts for group, counts in voices.items() if group[:2] == (year, subdistrict)}
        rest = (year, subdistrict, REST)
        alone = {
            group
            for group, counts in mine.items()
            if group in before or (rest not in before and is_enough(question, counts))
        }
        for group in alone:
            found[group] = _renewed(question, before.get(group), mine[group])
        if rest in before or today >= datetime.date(int(year) + 1, TOGETHER_FROM, 1):
            others: Counter[str] = Counter()
            for group in mine.keys() - alone:
                others.update(mine[group])
            if rest in before or is_enough(question, others):
                found[rest] = _renewed(question, before.get(rest), others)
    return {group: counts for group, counts in found.items() if said(question, counts)}


def _renewed(question: str, before: Mapping[str, int] | None, now: Mapping[str, int]) -> dict[str, int]:
    """The answers of a group as they are now, or as before where too few of them changed."""
    may_change = before is None or not said(question, now) or is_enough(question, now)
    if before is not None and not (may_change and changed(question, before, now) >= FEWEST):
        now = before
    return {word: now.get(word, 0) for word in rates.ANSWERS[question]}


Names = Mapping[tuple[str, str], tuple[str, str]]


def answer_lines(question: str, published: Kept, names: Names) -> Iterator[Line]:
    """Yield lines of the first file.

    Args:
        names: those of each subdistrict and community.
    """
    for (year, *place), counts in published.items():
        for word in rates.ANSWERS[question]:
            yield Line("year-community", (year, *names[tuple(place)]), question, word, counts[word])
