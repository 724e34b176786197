"""Photos are opened by another process, which refuses by the header alone, and whose end costs a sentence."""

import os
import signal
import sys
import threading

import pytest

from foundation import decoder, decoding
from foundation.decoding import Busy, Decoder, Died, Shape, Unreadable
from tests import bombs
from tests.factories import image_bytes

SHAPE = Shape(side=100, small=20)


def admitted(pixels: int) -> None:
    """Let every photo through."""


@pytest.fixture(autouse=True)
def own_limits(monkeypatch):
    """As in `main`: Pillow has no say in what is too large."""
    monkeypatch.setattr(decoder.Image, "MAX_IMAGE_PIXELS", None)


@pytest.fixture
def opened():
    """A function that starts a decoder, and has it ended with the test."""
    started = []

    def start(*program, **options) -> Decoder:
        started.append(Decoder(*program, **options))
        return started[-1]

    yield start
    for one in started:
        one.stop()


def changed(code: str) -> tuple[str, ...]:
    """A program like the decoder's, in which `code` has changed something."""
    start = (
        "import importlib.util as u, os, sys, time\n"
        f"spec = u.spec_from_file_location('decoder', {decoder.__file__!r})\n"
        "decoder = sys.modules['decoder'] = u.module_from_spec(spec)\n"
        "spec.loader.exec_module(decoder)\n"
    )
    return (sys.executable, "-I", "-c", f"{start}{code}\ndecoder.main()")


# --- By the header ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        bombs.png_header(4097, 4096),
        bombs.png_header(7070, 7070),
        bombs.png_header(1_000_000, 100),
        bombs.jpeg_header(8200, 8000),
        bombs.jpeg_header(8160, 6144, progressive=True, subsampling=0),
        bombs.webp_header(4097, 4096, "VP8 "),
        bombs.webp_header(4097, 4096, "VP8L"),
        bombs.webp_header(16_000, 16_000, "VP8X"),
        bombs.heic_header(8200, 8000),
    ],
)
def test_what_would_take_too_much_is_refused_by_its_header(content):
    with pytest.raises(decoder.Refused, match="pixels"):
        decoder.look(content)


@pytest.mark.parametrize(
    ("content", "pixels"),
    [
        (bombs.png_header(4096, 4096), 4096 * 4096),
        (bombs.jpeg_header(4032, 3024), 4032 * 3024),
        # 50 and 64 million pixels, and a panorama, at a half, a quarter and an eighth of their sides.
        (bombs.jpeg_header(8160, 6144), 4080 * 3072),
        (bombs.jpeg_header(8160, 6144, progressive=True), 4080 * 3072),
        (bombs.jpeg_header(9248, 6944), 2312 * 1736),
        (bombs.jpeg_header(20_000, 2400), 2500 * 300),
        (bombs.heic_header(8064, 6048), 8064 * 6048),
        (image_bytes("WEBP", size=(640, 480)), 640 * 480),
    ],
)
def test_photos_of_phones_are_let_through_with_what_they_take(content, pixels):
    assert decoder.look(content).pixels == pixels
    assert decoder.webp_size(image_bytes("WEBP", size=(30, 40), lossless=True)) == (30, 40)


@pytest.mark.parametrize("content", [b"RIFF\x00\x00\x00\x00WEBPnone", b"", b"GIF89a", b"\x00\x00\x00\x18ftypavif"])
def test_what_is_no_photo_is_not_opened(content):
    with pytest.raises(decoder.Refused, match="unknown"):
        decoder.look(content)


# --- The other process -----------------------------------------------------------------------------------------------

FAULTS = """
def fault(image):
    if image.width == 1:
        os.kill(os.getpid(), 11)
    if image.width == 2:
        time.sleep(60)
    if image.width == 3:
        bytearray(decoder.MEMORY)
    if image.width == 4:
        os.kill(os.getppid(), 9)
        time.sleep(1)
    return image.convert("RGB")
decoder._decoded, decoder.SECONDS = fault, 0.3
"""


def test_whatever_happens_to_a_photo_the_next_one_is_decoded(opened):
    """One ends its process, one hangs, one takes too much memory, one ends the process that forks."""
    photos = opened(changed(FAULTS))
    for width, problem in [(1, Died), (2, Died), (3, Unreadable), (4, Died), (50, None)]:
        content = image_bytes(size=(width, 40))
        if problem:
            with pytest.raises(problem):
                photos.open(content, SHAPE, admitted)
        else:
            assert photos.open(content, SHAPE, admitted).width == width


def test_one_that_does_not_answer_is_killed(opened):
    photos = opened((sys.executable, "-I", "-c", "import time; time.sleep(60)"), seconds=0.1)
    with pytest.raises(Died):
        photos.open(image_bytes(), SHAPE, admitted)
    assert photos.stop() is None, "it has ended already"


@pytest.mark.parametrize(
    "reply", ["{}", "[]", "no JSON", "x" * 1000, '{"pixels": 1}\n{"full": 99999999, "thumbnail": 1}', '{"pixels": "?"}']
)
def test_one_that_talks_nonsense_is_not_believed(opened, reply):
    script = f"import os\nos.write(0, {(reply + chr(10)).encode()!r})\nwhile os.read(0, 9999): pass"
    photos = opened((sys.executable, "-I", "-S", "-c", script))
    with pytest.raises(Died):
        photos.open(image_bytes(), SHAPE, admitted)


def test_one_that_was_killed_while_idle_is_started_again(opened):
    photos = opened()
    photos.open(image_bytes(), SHAPE, admitted)
    first = photos._process
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    assert photos.open(image_bytes(), SHAPE, admitted)
    assert photos._process.pid != first.pid


def test_it_knows_no_secrets(opened):
    photos = opened()
    photos.open(image_bytes(), SHAPE, admitted)
    with open(f"/proc/{photos._process.pid}/environ") as file:
        assert file.read() == "MALLOC_ARENA_MAX=1\0"


def test_what_is_not_admitted_is_not_decoded_and_the_next_one_is(opened):
    photos, seen = opened(), []

    def refuse(pixels: int) -> None:
        seen.append(pixels)
        raise PermissionError

    with pytest.raises(PermissionError):
        photos.open(image_bytes(), SHAPE, refuse)
    process = photos._process
    assert photos.open(image_bytes(), SHAPE, seen.append)
    assert (seen, photos._process) == ([64 * 48] * 2, process)


def test_one_is_decoded_one_waits_and_the_others_are_told_to_come_back(opened, monkeypatch):
    photos, may_go_on, is_first = opened(), threading.Event(), threading.Event()
    done = []

    def first(pixels: int) -> None:
        is_first.set()
        may_go_on.wait(30)

    def send(admit) -> None:
        done.append(photos.open(image_bytes(), SHAPE, admit).width)

    threads = [threading.Thread(target=send, args=(admit,)) for admit in (first, admitted)]
    threads[0].start()
    assert is_first.wait(30)
    monkeypatch.setattr(decoding, "PATIENCE", 0)
    with pytest.raises(Busy):
        send(admitted)
    monkeypatch.setattr(decoding, "PATIENCE", 30)
    threads[1].start()
    while photos._places._value:
        assert threads[1].is_alive()
    with pytest.raises(Busy):
        send(admitted)
    may_go_on.set()
    for thread in threads:
        thread.join(30)
    assert done == [64, 64]
