"""Find demands by what people type: those that contain all of it, then those that come near."""

import datetime
import itertools
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import NamedTuple

from django.db.models import F, Q, QuerySet

from foundation import search
from foundation.words import fold_words, pairs

from ..models.demand_sets import PUBLIC_WORDS, STAFF_WORDS
from ..models.references import search_is_for_words
from ..suggestions import relevance, vocabulary
from ..suggestions.relevance import Relevance, Search
from ..suggestions.similarity import PARTICLES, Counts

# With fewer exact matches than these, which is one page, near ones follow.
FEW = 20
MAX_NEAR = 40
# The most demands whose relevance is measured, the newest.
MAX_CANDIDATES = 300
# Candidates contain one rare word of the search, or two commoner ones: see `_sets`.
MAX_RARE = 300
MAX_UNKNOWN, MAX_SETS, MAX_COMMON, MAX_TOGETHER = 12, 24, 5, 4
# Characters of a text that are compared.
MAX_LOOKED_AT = 1000


@dataclass
class Found:
    """The keys of the demands found: the exact matches, best first, then the near ones.

    `synonyms` are the keys of the groups of synonyms by which near ones were found.
    """

    exact: list[int]
    near: list[int] = field(default_factory=list)
    synonyms: set[int] = field(default_factory=set)

    @property
    def keys(self) -> list[int]:
        return self.exact + self.near


class Where(NamedTuple):
    """What is searched.

    Args:
        rows: the demands.
        column: the column of words.
        newest: the field with the time by which equally good ones are ordered.
        title: the field that names the subject, and counts for more; "" where many demands have none yet.
        body: the fields of the text.
    """

    rows: QuerySet
    column: search.Words
    newest: str
    title: str
    body: tuple[str, ...]


def for_residents(rows: QuerySet, typed: str, newest: tuple[str, ...]) -> Found:
    """Find public demands.

    Args:
        rows: the demands to search, already filtered.
        newest: the order of equally good ones.
    """
    where = Where(rows, PUBLIC_WORDS, "published_at", "public_title", ("public_summary",))
    return _found(
        where,
        typed,
        lambda: search.best(search.matching(rows, PUBLIC_WORDS, typed), PUBLIC_WORDS, typed, newest=newest),
    )


def for_staff(rows: QuerySet, typed: str) -> Found:
    """Find demands for staff: by number, by the last digits of a phone, and by residents' own words too."""
    if not search_is_for_words(typed):
        return Found(rows.search_for_staff(typed).best_for_staff(typed))
    where = Where(rows, STAFF_WORDS, "received_at", "", ("public_title", "description", "place"))
    return _found(where, typed, lambda: rows.search_for_staff(typed).best_for_staff(typed))


def _found(where: Where, typed: str, many: Callable[[], list[int]]) -> Found:
    """Find what contains all of `typed`, and if that is little, what comes near.

    Args:
        many: finds and ranks exact matches, however many there are.
    """
    asked = Search.of(typed, vocabulary.synonyms())
    if not asked.units:
        return Found(many())
    counts, by_sound = vocabulary.look_up(asked.words | _pairs_of_variants(asked), asked.sounds)
    asked.add_sounds(by_sound, counts)
    known = None
    if all(counts.of[word] > FEW or _is_beginning(word) for word in asked.words) and asked.words:
        known = many()
        if len(known) >= FEW:
            return Found(known)
    rows = _candidates(where, typed, _sets(asked, counts))
    measured = Relevance(asked, counts)
    near, ranked = [], {}
    for row in rows:
        value = measured.of(row.title, row.text) if where.title else measured.covered(row.text)
        ranked[row.pk] = value, row.at
        if not row.is_exact and value >= relevance.SHOWN:
            near.append(row)
    if known is None:
        known = [row.pk for row in rows if row.is_exact]
    near = sorted(near, key=lambda row: ranked[row.pk], reverse=True)[:MAX_NEAR]
    exact = _best_first(known, ranked)
    return Found(exact, [row.pk for row in near], measured.groups_in(row.text for row in near))


def _is_beginning(word: str) -> bool:
    """Whether a search finds every word that begins with this one, so that its own count says nothing."""
    return len(word) == 1 or word.isascii()


def _best_first(known: list[int], ranked: dict[int, tuple]) -> list[int]:
    """Order a few exact matches: those that name the subject in the title first, of about equal ones the newest.

    Those that were no candidates stay where they are, at the end.
    """
    candidates = [pk for pk in known if pk in ranked]
    candidates.sort(key=lambda pk: (round(ranked[pk][0], 2), ranked[pk][1]), reverse=True)
    return candidates + [pk for pk in known if pk not in ranked]


def _pairs_of_variants(asked: Search) -> set[str]:
    return {word for variant in asked.variants for text in variant.texts for word in pairs(text)}


@dataclass(frozen=True)
class Term:
    """Words that a candidate contains together, about how many demands do, and where in the search they come from."""

    words: tuple[str, ...]
    count: int
    start: int


def _sets(asked: Search, counts: Counts) -> list[tuple[str, ...]]:
    """Return sets of words; a candidate contains all words of at least one set.

    Rare terms form sets of their own, the rarest first, while the demands that contain them add up to no more than
    `MAX_RARE`. Commoner terms from different places of the search form pairs, those expected to be rarest first.
    """
    terms = [
        Term((unit.word,), counts.of[unit.word], unit.start)
        for unit in asked.units
        if unit.word and PARTICLES.isdisjoint(unit.word)
    ]
    terms += [
        Term(tuple(words), min(counts.of.get(word, 0) for word in words), variant.start)
        for variant in asked.variants
        for text in variant.texts
        # A character or a digit alone is in too many texts, or as a word of its own in none.
        if (words := [word for word in pairs(text) if len(word) > 1])
    ]
    terms = sorted({term.words: term for term in terms}.values(), key=lambda term: term.count)
    # Words that no count knows are in no text, or only in one that came in just now.
    unknown = [term.words for term in terms if not term.count][:MAX_UNKNOWN]
    terms = [term for term in terms if term.count]
    sets, so_far = [], 0
    while terms and len(sets) < MAX_SETS and so_far + terms[0].count <= MAX_RARE:
        term = terms.pop(0)
        so_far += term.count
        sets.append(term.words)
    apart = [
        (one.count * other.count, (*one.words, *other.words))
        for one, other in itertools.combinations(terms[:MAX_COMMON], 2)
        if abs(one.start - other.start) > 1
    ]
    together = [words for _expected, words in sorted(apart)[:MAX_TOGETHER]]
    # One common word alone: better than nothing.
    return unknown + (sets + together or [term.words for term in terms[:1]])


class Candidate(NamedTuple):
    """A demand that may match: whether it contains all that was typed, its time, its title and whole text, folded."""

    pk: int
    is_exact: bool
    at: datetime.datetime
    title: str
    text: str


def _candidates(where: Where, typed: str, sets: Collection[Collection[str]]) -> list[Candidate]:
    """Return the newest candidates. One query."""
    exact = search.matches(where.column, typed)
    wanted = Q(exact) | Q(search.holds_any(where.column, sets)) if sets else Q(exact)
    # An expression without an index: with only a limit, or an indexed order, PostgreSQL would expect to find enough
    # rows soon, and scan the table for words that hardly any row contains.
    latest = (F("pk") + 0).desc()
    found = where.rows.filter(wanted).order_by(latest)[:MAX_CANDIDATES]
    fields = [field for field in (where.title, *where.body) if field]
    return [
        Candidate(pk, is_exact, at, fold_words(text[0]), fold_words("\n".join(text)[:MAX_LOOKED_AT]))
        for pk, is_exact, at, *text in found.values_list("pk", exact, where.newest, *fields)
    ]
