"""Find demands about the same problem, and order them.

`demands.suggestions.similarity` measures how alike two texts are. It is applied to a few hundred candidates, however
many demands there are: those that contain a rare word of the text, and the newest of the same community.
"""

import datetime
import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import F, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from consultation.models import Area, AreaLevel, places
from foundation import clock, search
from foundation.cached import Cached
from foundation.personal_numbers import masked
from foundation.words import fold, pairs, shared

from ..models import Demand
from ..models.demand_sets import PUBLIC_WORDS, STAFF_WORDS
from ..workflow import GONE, OPEN, DemandStatus, shown, state_of
from . import vocabulary
from .similarity import (
    PARTICLES,
    SAME_TIME_WITHIN,
    SHOWN,
    Asked,
    Counts,
    Neighbourhood,
    Place,
    Situation,
    Text,
    pattern_of,
    without,
)
from .synonyms import Synonyms
from .vocabulary import counts_of

MAX_SHOWN = 5
# A lower threshold than for residents, because staff judge for themselves.
SHOWN_TO_STAFF = 0.3
# Characters of a text that are compared; the subject is usually named at the beginning.
MAX_LOOKED_AT = 600

# Candidates: those that contain a rare word, and the newest nearby.
MAX_WITH_WORDS, MAX_NEARBY = 160, 60
# Words count as rare while the demands that contain one of them add up to no more than this. Commoner words are
# searched for in pairs, at least `APART` characters apart in the text.
MAX_RARE = 300
MAX_UNHEARD, MAX_KNOWN, MAX_COMMON, MAX_TOGETHER = 20, 30, 8, 6
APART = 4

# Bonuses among similar demands: near (by `closeness`), open, recent.
NEAR = (0, 0.05, 0.1, 0.15)
LIVELY = 0.05
RECENT = datetime.timedelta(days=90)

# Demands that nobody can join any more, or that are handled under another number.
OVER = (*GONE, DemandStatus.SPLIT)


@dataclass(frozen=True)
class Similar:
    """A demand similar to a text. `words`: the most distinctive stretches they have in common."""

    pk: int
    ref: str
    title: str
    status: DemandStatus
    shown_status: str
    area: Area
    support_count: int
    likeness: float
    closeness: int
    words: Sequence[str]

    @property
    def label(self) -> str:
        return str(state_of(self.shown_status).label)

    @property
    def people(self) -> str:
        count = self.support_count
        return ngettext("%(count)d 人也需要", "%(count)d 人也需要", count) % {"count": count} if count else ""

    @property
    def reasons(self) -> list[str]:
        """The reasons why it is listed, in words, for staff."""
        nearby = ("", _("同一街道"), _("同一社区"), _("同一小区"))[self.closeness]
        said = _("都提到：%(words)s") % {"words": _("、").join(self.words)} if self.words else ""
        return [reason for reason in (said, nearby) if reason]


def closeness(one: Area | None, other: Area) -> int:
    """Return 3 in the same compound, 2 in the same community, 1 in the same subdistrict, else 0."""
    if one is None:
        return 0
    for value, level in ((3, AreaLevel.COMPOUND), (2, AreaLevel.COMMUNITY), (1, AreaLevel.SUBDISTRICT)):
        above = one.up_to(level)
        if above is not None and above == other.up_to(level):
            return value
    return 0


def place_in_order(likeness: float, near: int, *, is_open: bool, is_recent: bool) -> float:
    """Return the value that similar demands are ordered by, descending. Likeness alone decides which are shown."""
    return likeness + NEAR[near] + LIVELY * is_open + LIVELY * is_recent


# --- Finding ---------------------------------------------------------------------------------------------------------


class Where(NamedTuple):
    """The demands to search, and the fields to use.

    Args:
        column: the column of words to search.
        newest: the field with the time to order by.
        body: the fields whose texts are compared.
        least: the least likeness of a demand that is shown.
        anywhere: also look in other communities, by words alone.
    """

    rows: QuerySet
    column: str
    newest: str
    body: tuple[str, ...]
    least: float
    anywhere: bool = False


def for_resident(text: str, area: Area | None, category: int | None = None) -> list[Similar]:
    """Return public demands that a resident may support instead of submitting `text`, the best first.

    Args:
        area: the area of the problem, if known yet; otherwise the one that the text names, if it names one.
        category: the key of its category, if known yet.
    """
    text = text[:MAX_LOOKED_AT]
    public = Demand.objects.public().exclude(status__in=OVER)
    where = Where(public, PUBLIC_WORDS, newest="published_at", body=("public_summary",), least=SHOWN)
    about = About("", text, area or _named_in(text), category, clock.now())
    return _found(about, where)


def for_staff(demand: Demand, user) -> list[Similar]:
    """Return demands visible to the user that may be about the same problem, by residents' own texts too."""
    # Without numbers: the page shows what texts have in common.
    text = masked(f"{demand.description}\n{demand.place}\n{demand.public_summary}"[:MAX_LOOKED_AT])
    # Leave out the demand's parts, which the page lists anyway, and parts of the same whole, which differ by design.
    whole = demand.split_from_id or demand.pk
    others = Demand.objects.visible_to(user).exclude(pk=demand.pk).exclude(split_from=whole)
    about = About(demand.public_title, text, places.area(demand.area_id), demand.category_id, demand.received_at)
    return _found(about, _among(others))


def for_intake(text: str, area: Area | None, category: int | None, user) -> list[Similar]:
    """Return demands visible to the user that may be about the same problem as a text that they take down.

    Args: as of `for_resident`.
    """
    text = masked(text[:MAX_LOOKED_AT])
    about = About("", text, area or _named_in(text), category, clock.now())
    return _found(about, _among(Demand.objects.visible_to(user)))


def _among(visible: QuerySet) -> Where:
    """Where staff look: at all that they may see and that is not over, in every community."""
    rows = visible.exclude(status__in=OVER)
    return Where(rows, STAFF_WORDS, "received_at", ("description", "place"), SHOWN_TO_STAFF, anywhere=True)


class About(NamedTuple):
    """What demands are compared with: a text, and what is known of it."""

    title: str
    body: str
    area: Area | None
    category: int | None
    at: datetime.datetime

    @property
    def text(self) -> str:
        return f"{self.title}\n{self.body}".strip()


def _found(about: About, where: Where) -> list[Similar]:
    names, synonyms = names_of_places(), vocabulary.synonyms()
    asked = Text.of(without(about.title, names), without(about.body, names), synonyms)
    if not asked.words:
        return []
    known = counts_of(asked.words)
    candidates = _candidates(where, _distinctive(without(about.text, names), known), about.area)
    wanted = synonyms.only(asked.synonyms)
    texts = {row.pk: _text_of(row, where, names, wanted) for row in candidates}
    titles = {word for text in texts.values() for word in text.title}
    counted = counts_of(asked.words | titles)
    # A word that has not been counted yet, but occurs in a candidate, counts once.
    uncounted = {word for word, count in counted.of.items() if not count}
    present = set().union(*(uncounted & text.words for text in texts.values()))
    compared = Asked(asked, Counts(counted.texts, {**counted.of, **dict.fromkeys(present, 1)}))
    ranked = _ranked(about, compared, candidates, texts, where)
    return [
        Similar(
            pk=row.pk,
            ref=row.ref,
            title=row.public_title or _headline(row),
            status=DemandStatus(row.status),
            shown_status=shown(row.status, is_imported=row.imported_at is not None),
            area=places.area(row.area),
            support_count=row.support_count,
            likeness=likeness,
            closeness=closeness(about.area, places.area(row.area)),
            words=in_common(about.text, asked.words & texts[row.pk].words, compared.weights),
        )
        for _value, _pk, likeness, row in ranked[:MAX_SHOWN]
    ]


def _ranked(about: About, compared: Asked, candidates: list, texts: dict[int, Text], where: Where) -> list[tuple]:
    """Return those of the candidates that are shown, the best first: value, key, likeness and row."""
    here = [row for row in candidates if not _is_elsewhere(about, row)]
    around = Neighbourhood(compared, [texts[row.pk] for row in here])
    above = dict(
        zip((row.pk for row in here), around.above(_situation(about, row, where) for row in here), strict=True)
    )
    recent, ranked = clock.now() - RECENT, []
    for row in candidates:
        likeness, area = compared.likeness(texts[row.pk]), places.area(row.area)
        margin = above.get(row.pk, -1.0)
        if row.pk not in above or _place(about.area, area) is None:
            # By the words alone, if they are many.
            margin = max(margin, likeness - where.least)
        if margin >= 0:
            near, is_recent = closeness(about.area, area), getattr(row, where.newest) >= recent
            value = place_in_order(margin, near, is_open=row.status in OPEN, is_recent=is_recent)
            ranked.append((value, row.pk, likeness, row))
    return sorted(ranked, key=lambda found: found[:2], reverse=True)


def _is_elsewhere(about: About, row) -> bool:
    """Whether it lies in another community, which only staff look at."""
    there = places.area(row.area).community
    return None not in (about.area and about.area.community, there) and there != about.area.community


def _text_of(row, where: Where, names: re.Pattern, synonyms: Synonyms) -> Text:
    body = " ".join(getattr(row, name) for name in where.body)[:MAX_LOOKED_AT]
    return Text.of(without(row.public_title, names), without(body, names), synonyms)


def _situation(about: About, row, where: Where) -> Situation:
    return Situation(
        _place(about.area, places.area(row.area)),
        # Another category is no proof: residents choose it in passing, or it was only suggested.
        same_category=about.category == row.category or None,
        # What is still open goes on.
        same_time=row.status in OPEN or abs(getattr(row, where.newest) - about.at) <= SAME_TIME_WITHIN,
    )


def _place(one: Area | None, other: Area) -> Place | None:
    """Where the other lies from the first, in the same community if both have one."""
    if one is None or None in (one.community, other.community):
        return None
    if one == other:
        return Place.SAME
    return Place.AROUND if one.community in (one, other) else Place.BESIDE


names_of_places = Cached(lambda: pattern_of({name for area in places.areas().values() for name in _names_of(area)}))


def _names_of(area: Area) -> list[str]:
    """The name of a community or compound, with and without what such names end in."""
    if area.community is None:
        return []
    short = area.name.removesuffix("社区").removesuffix("小区")
    return [area.name, short] if len(short) > 1 else [area.name]


def _named_in(text: str) -> Area | None:
    """Return the only compound, or else the only community, that a text names."""
    found = [area for area in places.areas().values() if any(name in text for name in _names_of(area))]
    for level in (AreaLevel.COMPOUND, AreaLevel.COMMUNITY):
        named = [area for area in found if area.level == level]
        if len(named) == 1:
            return named[0]
    return None


def _headline(row) -> str:
    return Demand(description=row.description).headline


def in_common(text: str, words: set[str], weights: Mapping[str, float]) -> list[str]:
    """Return the three most distinctive stretches of `text` made of these words; none that is mere grammar."""
    stretches = [
        (sum(weights[word] for word in pairs(stretch)), stretch)
        for stretch in shared(text, words)
        if any(len(word) > 1 and PARTICLES.isdisjoint(word) for word in pairs(stretch))
    ]
    return [stretch for _weight, stretch in sorted(stretches, reverse=True)[:3]]


def _distinctive(text: str, known: Counts) -> list[list[str]]:
    """Return sets of words; a candidate contains all words of at least one set.

    Rare words form sets of their own, as long as they match few demands. Commoner words form pairs that should match
    few, from different places in the text, because parts of the same name occur together everywhere.
    """
    words = [word for word in known.of if PARTICLES.isdisjoint(word)]
    unheard = sorted(word for word in words if not known.of[word])[:MAX_UNHEARD]
    by_count = sorted((known.of[word], word) for word in words if known.of[word])
    rare, so_far = [], 0
    while by_count and len(rare) < MAX_KNOWN and so_far + by_count[0][0] <= MAX_RARE:
        count, word = by_count.pop(0)
        so_far += count
        rare.append(word)
    folded, common = fold(text), by_count[:MAX_COMMON]
    place = {word: folded.find(word) for _count, word in common}
    together = [
        [one, other]
        for (count, one), (other_count, other) in itertools.combinations(common, 2)
        if abs(place[one] - place[other]) >= APART and count * other_count <= MAX_RARE * known.texts
    ]
    return [[word] for word in (*unheard, *rare)] + together[:MAX_TOGETHER]


def _candidates(where: Where, sets, area: Area | None) -> list:
    """Return the candidates. A single query, because pages of staff have a limit of queries.

    Where a community is known, residents see none of others: there the same words mean another trouble.
    """
    shown_fields = ("ref", "public_title", "status", "imported_at", "area", "category", "support_count")
    fields = ("pk", *shown_fields, where.newest, *where.body)
    parts, rows, nearby = [], where.rows, None
    if area is not None:
        nearby = where.rows.filter(area__in=places.within(area.community or area))
        if area.community and not where.anywhere:
            # And what concerns the whole subdistrict, or more.
            rows = where.rows.filter(area__in=[*places.within(area.community), *places.upwards(area.community.pk)])
    if sets:
        # An expression without an index. With only a limit, or an indexed order, PostgreSQL would expect to find enough
        # rows soon, and scan the table for words that hardly any row contains.
        latest = (F("pk") + 0).desc()
        parts.append(rows.filter(search.holds_any(where.column, sets)).order_by(latest)[:MAX_WITH_WORDS])
    if nearby is not None:
        parts.append(nearby.order_by(f"-{where.newest}", "-pk")[:MAX_NEARBY])
    parts = [part.values_list(*fields, named=True) for part in parts]
    if not parts:
        return []
    found = parts[0].union(*parts[1:], all=True) if parts[1:] else parts[0]
    return list({row.pk: row for row in found}.values())
