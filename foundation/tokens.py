"""Secret codes that people keep on paper, read aloud and type again."""

import hashlib
import secrets
import unicodedata

# Without 0/O, 1/I/L and U, which are told apart badly on paper and by voice.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
GROUPS, GROUP = 7, 4  # 28 characters of 30 kinds: 137 bits


def new_code() -> str:
    """A fresh code like `7KXM-…`, in groups."""
    return grouped("".join(secrets.choice(ALPHABET) for _ in range(GROUPS * GROUP)))


def grouped(code: str) -> str:
    return "-".join(code[start : start + GROUP] for start in range(0, len(code), GROUP))


def normal_code(text: str) -> str | None:
    """The code's bare characters, however it was typed, full-width letters too; None when it cannot be one."""
    bare = "".join(char for char in unicodedata.normalize("NFKC", text).upper() if char.isalnum())
    if len(bare) != GROUPS * GROUP or set(bare) - set(ALPHABET):
        return None
    return bare


def code_hash(text: str) -> str | None:
    """What is stored of a code. The code has 137 random bits, so a plain hash cannot be searched through."""
    bare = normal_code(text)
    return hashlib.sha256(bare.encode()).hexdigest() if bare else None
