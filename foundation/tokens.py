"""Secret codes that people keep on paper, read aloud and type again."""

import hashlib
import secrets
import unicodedata

# Without 0/O, 1/I/L and U, which are easily confused on paper and by voice.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
GROUPS, GROUP = 7, 4  # 28 characters out of 30: 137 bits


def new_code() -> str:
    """A fresh code like `7KXM-…`, in groups."""
    return grouped("".join(secrets.choice(ALPHABET) for _ in range(GROUPS * GROUP)))


def grouped(code: str) -> str:
    return "-".join(code[start : start + GROUP] for start in range(0, len(code), GROUP))


def normal_code(text: str) -> str | None:
    """The characters of a code, however it was typed (full-width too); None if it cannot be a code."""
    bare = "".join(char for char in unicodedata.normalize("NFKC", text).upper() if char.isalnum())
    if len(bare) != GROUPS * GROUP or set(bare) - set(ALPHABET):
        return None
    return bare


def code_hash(text: str) -> str | None:
    """The hash to store of a code. With 137 random bits, a plain hash cannot be brute-forced."""
    bare = normal_code(text)
    return hashlib.sha256(bare.encode()).hexdigest() if bare else None
