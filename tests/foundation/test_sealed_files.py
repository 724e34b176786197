"""Sealed files: what is written comes back, and nothing else does."""

import io

import pytest

from foundation import sealed_files
from foundation.sealed_files import CHUNK, HEADER, TAG, Damaged, NotSealed, OtherKey, Reader, Writer

SECRET = "a secret of the tests, long enough to be one"
TEXT = b"".join(number.to_bytes(4, "big") for number in range(3 * CHUNK // 4)) + b"the end"


def sealed(text: bytes = TEXT, secret: str = SECRET) -> bytes:
    target = io.BytesIO()
    writer = Writer(target, secret)
    writer.write(text)
    writer.finish()
    return target.getvalue()


def opened(file: bytes, secret: str = SECRET) -> bytes:
    reader = Reader(io.BytesIO(file), secret)
    return b"".join(iter(lambda: reader.read(100_000), b""))


def chunks(file: bytes) -> list[bytes]:
    body = file[HEADER:]
    return [body[start : start + CHUNK + TAG] for start in range(0, len(body), CHUNK + TAG)]


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, len(TEXT)])
def test_what_is_written_comes_back(size):
    assert opened(sealed(TEXT[:size])) == TEXT[:size]


def test_small_writes_make_the_same_file_as_a_large_one():
    target = io.BytesIO()
    writer = Writer(target, SECRET)
    for start in range(0, len(TEXT), 77_777):
        writer.write(TEXT[start : start + 77_777])
    writer.finish()
    assert len(chunks(target.getvalue())) == len(chunks(sealed()))
    assert opened(target.getvalue()) == TEXT


def test_the_same_text_is_never_the_same_file_and_never_readable_in_it():
    one, other = sealed(), sealed()
    assert all(first != second for first, second in zip(chunks(one), chunks(other), strict=True))
    assert b"the end" not in one
    assert SECRET.encode() not in one


def swapped(file: bytes) -> bytes:
    first, second, *rest = chunks(file)
    return file[:HEADER] + b"".join([second, first, *rest])


def of_two(file: bytes) -> bytes:
    """The first chunks of another file of the same secret, and the rest of this one."""
    return file[:HEADER] + b"".join(chunks(sealed())[:1] + chunks(file)[1:])


def flipped(place: int):
    def flip(file: bytes) -> bytes:
        at = place if place >= 0 else len(file) + place
        return file[:at] + bytes([file[at] ^ 1]) + file[at + 1 :]

    return flip


ATTACKS = {
    "a byte of the salt": flipped(HEADER - 1),
    "a byte of the first chunk": flipped(HEADER + 5),
    "a byte of the last": flipped(-1),
    "cut in the middle of a chunk": lambda file: file[: HEADER + CHUNK],
    "cut between two chunks": lambda file: file[: HEADER + 2 * (CHUNK + TAG)],
    "without its last chunk": lambda file: file[: -len(chunks(file)[-1])],
    "nothing but its header": lambda file: file[:HEADER],
    "two chunks swapped": swapped,
    "a chunk twice": lambda file: file[:HEADER] + chunks(file)[0] + file[HEADER:],
    "a chunk left out": lambda file: file[:HEADER] + b"".join(chunks(file)[1:]),
    "chunks of two files": of_two,
    "something after the end": lambda file: file + b"more",
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_file_that_is_not_as_it_was_written_is_refused(attack):
    with pytest.raises(Damaged):
        opened(ATTACKS[attack](sealed()))


def test_a_writer_that_did_not_finish_leaves_no_whole_file():
    target = io.BytesIO()
    Writer(target, SECRET).write(TEXT)
    with pytest.raises(Damaged):
        opened(target.getvalue())


def test_another_secret_is_told_from_a_damage():
    with pytest.raises(OtherKey, match=sealed_files.fingerprint(SECRET).hex()):
        opened(sealed(), "another secret, just as long as the one it was")


@pytest.mark.parametrize("file", [b"", b"PGDMP", b"portal-sealed-file-1\nshort", b"x" * 1000])
def test_other_files_are_told_apart(file):
    with pytest.raises(NotSealed):
        opened(file)


def test_fewer_bytes_than_asked_for_are_a_damage():
    reader = Reader(io.BytesIO(sealed(b"four")), SECRET)
    assert reader.read_exactly(4) == b"four"
    with pytest.raises(Damaged):
        reader.read_exactly(1)
