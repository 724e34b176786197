"""Problems that come up again and again 反复出现的问题, from which a proposal can be made. Only suggests.

The newest demands are compared with each other within their category, in memory: one query, and work that depends on
`POOL` alone, not on how many demands there are; half a second for 500 of them. Each is compared with those that share
its rarest words.
"""

import datetime
import heapq
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Q

from consultation.models import Area, places
from foundation import clock
from foundation.personal_numbers import masked

from ..models import Category, Demand, ProposalDemand
from ..models.categories import category
from ..workflow import ENDED_UNFILED, OPEN
from .similar import MAX_LOOKED_AT, OVER, SHOWN_TO_STAFF, in_common, names_of_places
from .similarity import Asked, Counts, Text, without

# The newest demands that are compared, of how long ago at most; with how many others each one is.
POOL, SINCE, MAX_COMPARED = 500, datetime.timedelta(days=365), 50
# Words of more demands than this say nothing about the problem.
MAX_COMMON = 200
# Words are weighed as if there were at least so many texts: in a small pool, too, rare ones differ from common ones.
LEAST_TEXTS = 200
# Two demands are about the same kind of problem from this likeness on; so many of them come up again and again.
ALIKE, LEAST = SHOWN_TO_STAFF, 3
MAX_SHOWN = 20


class Row(NamedTuple):
    """A demand of the pool, with the place where it arose."""

    demand: Demand
    area: Area
    text: Text


@dataclass(frozen=True)
class Problem:
    """Demands that are about the same kind of problem, by time. `words`: what they say alike."""

    category: Category
    demands: tuple[Demand, ...]
    words: tuple[str, ...]

    @property
    def first(self) -> datetime.datetime:
        return self.demands[0].received_at

    @property
    def last(self) -> datetime.datetime:
        return self.demands[-1].received_at

    @property
    def supporters(self) -> int:
        return sum(demand.support_count for demand in self.demands)

    @property
    def unfinished(self) -> int:
        return sum(demand.status in OPEN for demand in self.demands)

    @property
    def places(self) -> list[tuple[Area, int]]:
        """The communities where it arose, and how often, the most often first."""
        return Counter(demand.area.community or demand.area for demand in self.demands).most_common()


def recurring(user, *, within: Area | None = None, subject: Category | None = None) -> list[Problem]:
    """Return the problems that come up most often among the newest demands that the user may see. One query.

    Leaves out demands that nobody works on and nobody may read, and those that are in a proposal already.

    Args:
        within: only demands of this area.
        subject: only those of this category.
    """
    rows = Demand.objects.visible_to(user).exclude(status__in=OVER).filter(received_at__gte=clock.now() - SINCE)
    if within:
        rows = rows.filter(area__in=places.within(within))
    if subject:
        rows = rows.filter(category=subject)
    written = ProposalDemand.objects.filter(demand=OuterRef("pk")).exclude(proposal__status__in=ENDED_UNFILED)
    rows = rows.filter(Q(published_at__isnull=False) | Q(status__in=OPEN)).filter(~Exists(written))
    fields = ("ref", "status", "imported_at", "area", "category", "received_at", "support_count")
    pool = rows.order_by("-received_at", "-pk").only(*fields, "public_title", "description")[:POOL]
    by_category: dict[int, list[Row]] = defaultdict(list)
    for demand in pool:
        demand.area, demand.category = places.area(demand.area_id), category(demand.category_id)
        by_category[demand.category_id].append(Row(demand, demand.area, _text_of(demand)))
    counts = _counts(row.text for found in by_category.values() for row in found)
    problems = [problem for found in by_category.values() for problem in _problems(found, counts)]
    problems.sort(key=lambda one: (len(one.demands), one.supporters, one.last), reverse=True)
    return problems[:MAX_SHOWN]


def _text_of(demand: Demand) -> Text:
    names = names_of_places()
    # Without numbers: the page shows what texts have in common.
    return Text.of(without(demand.public_title, names), without(masked(demand.description[:MAX_LOOKED_AT]), names))


def _counts(texts: Iterable[Text]) -> Counts:
    number, found = 0, Counter()
    for number, text in enumerate(texts, start=1):  # noqa: B007 - the last one is how many
        found.update(text.words)
    return Counts(max(number, LEAST_TEXTS), found)


def _problems(rows: list[Row], counts: Counts) -> Iterator[Problem]:
    """Yield groups of rows that are alike, each around one row, so that no chain leads from lamps to lifts."""
    near = _near(rows, counts)
    left = set(near)
    for number in sorted(near, key=lambda one: (len(near[one]), sum(near[one].values()), one), reverse=True):
        around = [other for other in near[number] if other in left]
        if number not in left or len(around) + 1 < LEAST:
            continue
        left -= {number, *around}
        members = sorted(
            (rows[one] for one in (number, *around)), key=lambda row: (row.demand.received_at, row.demand.pk)
        )
        demands = tuple(row.demand for row in members)
        yield Problem(demands[0].category, demands, _words(rows[number], members, counts))


def _near(rows: list[Row], counts: Counts) -> dict[int, dict[int, float]]:
    """For each row those that are about the same kind of problem, with their likeness."""
    having: dict[str, list[int]] = defaultdict(list)
    for number, row in enumerate(rows):
        for word in row.text.words:
            having[word].append(number)
    asked = [Asked(row.text, counts) for row in rows]
    near: dict[int, dict[int, float]] = {number: {} for number in range(len(rows))}
    for number, one in enumerate(asked):
        shared: Counter[int] = Counter()
        for word, weight in one.weights.items():
            if len(having[word]) <= MAX_COMMON:
                shared.update(dict.fromkeys((other for other in having[word] if other != number), weight))
        for other in heapq.nlargest(MAX_COMPARED, shared, key=shared.__getitem__):
            likeness = one.likeness(rows[other].text)
            if likeness >= ALIKE:
                near[number][other] = max(likeness, near[number].get(other, 0.0))
                near[other][number] = max(likeness, near[other].get(number, 0.0))
    return near


def _words(middle: Row, members: list[Row], counts: Counts) -> tuple[str, ...]:
    """What most of the members say alike, in the words of the one in the middle."""
    said = Counter(word for row in members for word in row.text.words & middle.text.words)
    common = {word for word, number in said.items() if number * 2 > len(members)}
    text = f"{middle.demand.public_title}\n{masked(middle.demand.description[:MAX_LOOKED_AT])}"
    weights: Mapping[str, float] = {word: counts.weight(word) * said[word] for word in common}
    return tuple(in_common(text, common, weights))
