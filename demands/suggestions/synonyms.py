"""Words that mean the same, found in a text: pure functions of plain values."""

from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from foundation.words import RUNS, fold

# What another word with the same meaning counts for in a search, where the word itself counts for 1.
SYNONYM = 0.85


@dataclass(frozen=True)
class Variant:
    """Another way to write the characters `start` to `end` of a search, any of `texts`, and what it counts for.

    `group` is the key of the synonyms that it comes from.
    """

    start: int
    end: int
    texts: tuple[str, ...]
    credit: float
    group: int | None = None


class Synonyms:
    """Groups of words that mean the same, by their keys."""

    def __init__(self, groups: Mapping[int, Sequence[str]]) -> None:
        self._groups = {key: tuple(dict.fromkeys(map(fold, words))) for key, words in groups.items()}
        # By the first two characters, so that most places of a text need one look; the longest word first.
        self._starting: dict[str, list[tuple[str, int]]] = {}
        for key, words in self._groups.items():
            for word in words:
                if len(word) > 1:
                    self._starting.setdefault(word[:2], []).append((word, key))
        for words in self._starting.values():
            words.sort(key=lambda pair: -len(pair[0]))
        # By the first of what `foundation.words` cuts them into.
        self._beginning: dict[str, list[tuple[str, int]]] = {}
        for key, words in self._groups.items():
            for word in words:
                run = RUNS.search(word)
                if run is not None:
                    first = run[0] if run[0].isascii() else run[0][:2]
                    self._beginning.setdefault(first, []).append((word, key))

    def _found(self, text: str) -> Iterator[tuple[int, str, int]]:
        """The longest words in a folded text, from left to right: where, which, and of which group."""
        start = 0
        while start < len(text) - 1:
            for word, key in self._starting.get(text[start : start + 2], ()):
                if text.startswith(word, start):
                    yield start, word, key
                    # The next may begin with the last character of this one.
                    start += len(word) - 2
                    break
            start += 1

    def found_in(self, text: str) -> list[Variant]:
        """The other words for those in a folded text."""
        return [
            Variant(start, start + len(word), tuple(one for one in self._groups[key] if one != word), SYNONYM, key)
            for start, word, key in self._found(text)
        ]

    def words_in(self, text: str) -> dict[str, int]:
        """Every word in a folded text, the longer before those that it contains, with the key of its group."""
        found: dict[str, int] = {}
        for start in range(len(text) - 1):
            for word, key in self._starting.get(text[start : start + 2], ()):
                if text.startswith(word, start):
                    found[word] = key
        return dict(sorted(found.items(), key=lambda pair: -len(pair[0])))

    def groups_in(self, text: str, pairs: Set[str]) -> frozenset[int]:
        """The keys of the groups with a word in a folded text.

        Args:
            pairs: what the text is cut into, so that only words that begin like one of these are looked for.
        """
        return frozenset(
            key for pair in self._beginning.keys() & pairs for word, key in self._beginning[pair] if word in text
        )

    def with_words(self, words: Collection[str], without: Set[str]) -> "Synonyms":
        """These groups and more words, each a group of its own where no group has it.

        Args:
            without: groups with one of these words are left out.
        """
        kept = {key: group for key, group in self._groups.items() if without.isdisjoint(group)}
        known = {word for group in self._groups.values() for word in group}
        new = sorted(set(map(fold, words)) - known)
        return Synonyms(kept | {-number: (word,) for number, word in enumerate(new, 1)})

    def only(self, groups: Collection[int]) -> "Synonyms":
        """Those of some groups."""
        return Synonyms({key: self._groups[key] for key in groups})
