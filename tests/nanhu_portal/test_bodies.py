"""Bodies of requests: small ones in memory, large ones on the disk, and a few in memory while the disk is full."""

import io
import tempfile

import pytest

from nanhu_portal import bodies
from nanhu_portal.bodies import NoRoom, TooLarge, read_ahead
from tests.full import full_disk


@pytest.fixture(autouse=True)
def small_memory(settings):
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 1000


def no_file(**_options):
    raise OSError(28, "No space left on device")


def request(content: bytes) -> dict:
    return {"CONTENT_LENGTH": str(len(content)), "wsgi.input": io.BytesIO(content)}


@pytest.mark.parametrize("length", [1, 1000, 1001, 200_000])
def test_a_body_is_there_whole_wherever_it_is_kept(length):
    content = bytes(range(256)) * (length // 256 + 1)
    environ = request(content[:length])
    with read_ahead(environ):
        kept = environ["wsgi.input"]
        assert isinstance(kept, io.BytesIO) == (length <= 1000)
        assert kept.read() == content[:length]
    assert kept.closed or length <= 1000


def test_without_room_on_the_disk_it_is_whole_in_memory_for_a_few(monkeypatch):
    content = bytes(range(256)) * 1000
    # The limit falls into the middle of a block that is written.
    with full_disk(100_000):
        for _time in range(6):
            environ = request(content)
            with read_ahead(environ):
                assert environ["wsgi.input"].read() == content
        monkeypatch.setattr(tempfile, "TemporaryFile", no_file)
        environ = request(content)
        with read_ahead(environ):
            assert environ["wsgi.input"].read() == content


def test_where_memory_is_taken_too_it_is_read_to_its_end_and_refused():
    held = [bodies._memory.acquire(blocking=False) for _number in range(4)]
    try:
        assert held == [True] * 4
        environ = request(bytes(200_000))
        with full_disk(), pytest.raises(NoRoom), read_ahead(environ):
            raise AssertionError("it was taken in")
        assert environ["wsgi.input"].read() == b""
    finally:
        for _number in held:
            bodies._memory.release()


@pytest.mark.parametrize("length", ["", "0", "-1", "x"])
def test_what_says_no_length_is_left_alone(length):
    source = io.BytesIO(b"body")
    environ = {"CONTENT_LENGTH": length, "wsgi.input": source}
    with read_ahead(environ):
        assert environ["wsgi.input"] is source


def test_one_that_is_too_large_is_read_to_its_end_and_refused_before_a_page_is_made(monkeypatch):
    monkeypatch.setattr(bodies, "LARGEST", 200_000)
    environ = request(bytes(200_001))
    with pytest.raises(TooLarge), read_ahead(environ):
        raise AssertionError("it was taken in")
    assert environ["wsgi.input"].read() == b""
