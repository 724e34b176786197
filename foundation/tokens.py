"""Secret codes that people keep on paper, read aloud and type again."""

import hashlib
import secrets
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from django.core import signing
from django.db.models import Model, QuerySet

# Without 0/O, 1/I/L and U, which are easily confused on paper and by voice.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
GROUPS, GROUP = 7, 4  # 28 characters out of 30: 137 bits


def new_code(groups: int = GROUPS) -> str:
    """A fresh code like `7KXM-…`, in groups."""
    return grouped("".join(secrets.choice(ALPHABET) for _ in range(groups * GROUP)))


def grouped(code: str) -> str:
    return "-".join(code[start : start + GROUP] for start in range(0, len(code), GROUP))


@dataclass(frozen=True)
class Shape:
    """How far a text is from being a code.

    Attributes:
        missing: how many characters it lacks; negative for how many there are too many.
        strange: the characters that no code has, each once.
    """

    missing: int
    strange: str


def shape_of(text: str) -> Shape:
    """Say how far a text is from a code, however it was typed."""
    bare = _bare(text)
    return Shape(GROUPS * GROUP - len(bare), "".join(dict.fromkeys(char for char in bare if char not in ALPHABET)))


def _bare(text: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFKC", text).upper() if char.isalnum())


def normal_code(text: str, groups: int = GROUPS) -> str | None:
    """The characters of a code, however it was typed (full-width too); None if it cannot be a code."""
    bare = _bare(text)
    if len(bare) != groups * GROUP or set(bare) - set(ALPHABET):
        return None
    return bare


def code_hash(text: str, groups: int = GROUPS) -> str | None:
    """The hash to store of a code. With 137 random bits, or 78 in four groups, a plain hash cannot be brute-forced."""
    bare = normal_code(text, groups)
    return hashlib.sha256(bare.encode()).hexdigest() if bare else None


def opened(rows: QuerySet, code: str, salt: str, is_valid: Callable[[Model], bool]) -> Model | None:
    """Return the row that a code or a signed link opens, or None.

    Args:
        code: as typed, or the key of a row that was signed with `salt`.
        is_valid: whether a link to this row is still good; a code is as long as its row has it.
    """
    if ":" not in code:
        digest = code_hash(code)
        return rows.filter(code_hash=digest).first() if digest else None
    try:
        found = rows.filter(pk=signing.loads(code, salt=salt)).first()
    except signing.BadSignature:
        return None
    return found if found and is_valid(found) else None
