"""What is known of words: how many demands contain each, how they sound, and which mean the same; cached."""

import functools
from collections.abc import Collection
from pathlib import Path

from django.db.models import Q

from foundation.cached import Cached

from ..models import Synonym, WordCount
from ..models.synonyms import split
from .similarity import Counts
from .synonyms import Synonyms

# The most words of one sound that are tried, the commonest first.
MAX_SAME_SOUND = 6

_LINES = (Path(__file__).parent / "help_words.txt").read_text().splitlines()
# Words that say what help is about, and those of people, places, times and ways to ask: that a demand and an offer both
# name one of these does not say that the one helps with the other.
HELP = frozenset(word for line in _LINES if not line.startswith(("#", "-")) for word in line.split())
NOT_HELP = frozenset(word for line in _LINES if line.startswith("-") for word in line[1:].split())

# Counts that this process has read within the last minute, filled on demand.
counts: Cached[dict[str, int]] = Cached(dict)
synonyms: Cached[Synonyms] = Cached(
    lambda: _ordered(tuple(Synonym.objects.filter(is_active=True).values_list("pk", "words")))
)


@functools.lru_cache(maxsize=1)
def _ordered(rows: tuple[tuple[int, str], ...]) -> Synonyms:
    """Ordering a thousand groups takes five times as long as reading them, and they hardly ever change."""
    return Synonyms({key: split(words) for key, words in rows})


def help_words() -> Synonyms:
    """The words that say what help is about: the synonyms and `HELP`, without `NOT_HELP`."""
    return _help_words(synonyms())


@functools.lru_cache(maxsize=1)
def _help_words(groups: Synonyms) -> Synonyms:
    return groups.with_words(HELP, NOT_HELP)


def counts_of(words: Collection[str]) -> Counts:
    """Return the counts of these words, 0 for unknown ones. At most one query."""
    kept = counts()
    missing = [word for word in ("", *words) if word not in kept]
    if missing:
        kept.update(dict.fromkeys(missing, 0))
        kept.update(WordCount.objects.filter(word__in=missing).values_list("word", "texts"))
    return Counts(kept[""], {word: kept[word] for word in words})


def look_up(words: Collection[str], sounds: Collection[str]) -> tuple[Counts, dict[str, list[str]]]:
    """Return the counts of these words, and the words of demands with these sounds, by sound, the commonest first.

    The counts include those of the words found by sound. One query.
    """
    known = {"": 0, **dict.fromkeys(words, 0)}
    by_sound: dict[str, list[str]] = {sound: [] for sound in sounds}
    wanted = Q(word__in=known) | Q(sound__in=by_sound) | Q(other_sound__in=by_sound)
    rows = WordCount.objects.filter(wanted).order_by("-texts", "word")
    for word, texts, sound, other in rows.values_list("word", "texts", "sound", "other_sound"):
        chosen = [by_sound[one] for one in {sound, other} & by_sound.keys() if len(by_sound[one]) < MAX_SAME_SOUND]
        for one in chosen:
            one.append(word)
        if chosen or word in known:
            known[word] = texts
    return Counts(known[""], known), by_sound
