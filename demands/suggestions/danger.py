"""Which words of danger a text contains."""

from foundation.cached import Cached
from foundation.words import fold

from ..models import DangerWord

# The longest first, so that a text is said to contain “燃气泄漏” rather than “泄漏”.
_words: Cached[list[tuple[str, str]]] = Cached(
    lambda: sorted(
        ((fold(word), word) for word in DangerWord.objects.values_list("word", flat=True)),
        key=lambda pair: (-len(pair[0]), pair[0]),
    )
)


def found_in(text: str) -> list[str]:
    """Return the words of danger in a text, as staff wrote them; none that is part of another one found."""
    folded, found = fold(text), []
    for word, written in _words():
        if word in folded:
            folded = folded.replace(word, " ")
            found.append(written)
    return found
