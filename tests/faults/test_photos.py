"""Pictures that are made to stop the portal cost their sender a sentence; processes that are killed come back."""

import contextlib
import io
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from PIL import Image

from foundation.decoder import MEMORY
from tests import bombs
from tests.factories import image_bytes
from tests.faults.cluster import alive, descendants, until
from tests.faults.photos import TEXT, kept_photos, memory, send_photos, takes_photos
from tests.faults.portal import ROOT, running
from tests.pages import form, words

pytestmark = pytest.mark.faults

WORKERS = 2
SENTENCES = r"照片尺寸过大|照片已损坏|现在上传照片的人较多|照片上传过于频繁"


class Watch:
    """Asks for /healthz over and over, and keeps the longest answer and the most memory."""

    def __init__(self, portal) -> None:
        self.portal, self.pid = portal, portal.processes["web"].pid
        self.slowest, self.most, self.enough = 0.0, 0, threading.Event()
        self.threads = [threading.Thread(target=act) for act in (self._ask, self._ask, self._weigh)]

    def _ask(self) -> None:
        visitor = self.portal.visitor("203.0.113.250")
        while not self.enough.is_set():
            begin = time.monotonic()
            assert visitor.get("/healthz").status == 200
            self.slowest = max(self.slowest, time.monotonic() - begin)

    def _weigh(self) -> None:
        while not self.enough.wait(0.05):
            self.most = max(self.most, memory(self.pid))

    def __enter__(self) -> "Watch":
        self.before = memory(self.pid)
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_exception) -> None:
        self.enough.set()
        for thread in self.threads:
            thread.join(60)


def together(portal, photos: list[bytes], visitors: int = 4) -> list[str]:
    """So many visitors send these photos at once, and have still to say where. Returns what each was told."""
    told: list[str] = []

    def send(number: int) -> None:
        answer = send_photos(portal.visitor(f"203.0.113.{number}"), photos)
        assert (answer.status, form(answer, "description").values["description"]) == (422, TEXT)
        sentence = re.search(SENTENCES, words(answer))
        told.append(sentence.group() if sentence else f"{kept_photos(answer)} kept")

    threads = [threading.Thread(target=send, args=(number,)) for number in range(visitors)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert len(told) == visitors
    return told


def transparent_webp() -> bytes:
    output = io.BytesIO()
    Image.new("RGBA", (4096, 4096), (10, 20, 30, 200)).save(output, "WEBP", lossless=True)
    return output.getvalue()


ATTACKS = [
    pytest.param(lambda: bombs.png(7070), 64 * 1024 * 1024, id="bombs"),
    # As much as is decoded at all, and what keeps a decoder busy until its time is over.
    pytest.param(transparent_webp, WORKERS * MEMORY, id="the largest admitted"),
    pytest.param(lambda: bombs.scans(4096, 3000), WORKERS * MEMORY, id="endless scans"),
]


@pytest.mark.parametrize(("picture", "more"), ATTACKS)
def test_pictures_that_take_much_stop_nobody_else(portal, picture, more):
    content = picture()
    with running(portal, "web"):
        together(portal, [image_bytes(size=(1200, 900))])  # every process has its decoder
        with Watch(portal) as watch:
            told = together(portal, [content] * 3)
        print(f"slowest /healthz {watch.slowest:.2f} s, memory {watch.before >> 20} → {watch.most >> 20} MB, {told}")
        assert watch.slowest < 1
        assert watch.most - watch.before < more
        assert "0 kept" not in told
        # And the next one is served as ever.
        assert takes_photos(portal.visitor("203.0.113.99"))


def test_a_decoder_killed_over_a_photo_costs_a_sentence_and_the_next_is_decoded(portal):
    with running(portal, "web"):
        visitor = portal.visitor()
        told = []
        sender = threading.Thread(target=lambda: told.append(send_photos(visitor, [bombs.scans(4096, 3000)])))
        sender.start()
        web = portal.processes["web"].pid
        at_work = until(lambda: _decoders(web)[1:], "a decoder has forked for the photo")
        os.kill(at_work[0], signal.SIGKILL)
        sender.join(60)
        assert "照片已损坏，无法打开，请换一张。" in words(told[0])
        assert form(told[0], "description").values["description"] == TEXT
        assert takes_photos(visitor)


def _decoders(pid: int) -> list[int]:
    """The processes below that run the decoder: the one that forks, and the one at work."""
    return [one for one in descendants(pid) if b"decoder.py" in commandline(one)]


# --- Processes that are killed ---------------------------------------------------------------------------------------


def commandline(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:  # it has just ended
        return b""


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def workers(pid: int) -> list[int]:
    """The web server's own workers."""
    return [child for child in children(pid) if b"resource_tracker" not in commandline(child)]


def test_the_web_server_replaces_workers_that_are_killed(portal):
    with running(portal, "web"):
        web = portal.processes["web"]
        before = workers(web.pid)
        assert len(before) == WORKERS
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        until(lambda: portal.answers("/demands/"), f"the web server answers again: {portal.said()}")
        assert web.poll() is None
        assert set(before).isdisjoint(until(lambda: workers(web.pid), "there are workers"))


def test_serving_goes_on_whichever_of_its_processes_is_killed(portal):
    serve = subprocess.Popen(
        [sys.executable, "-u", "manage.py", "serve"],
        env=portal.environment,
        cwd=ROOT,
        stdout=portal.log,
        stderr=portal.log,
        start_new_session=True,
    )
    try:
        until(lambda: portal.answers("/readyz"), f"it serves: {portal.said()}")
        for name, command in (("web server", b"granian"), ("worker", b"manage.py\0worker")):
            killed = next(child for child in children(serve.pid) if command in commandline(child))
            left = descendants(killed)
            os.kill(killed, signal.SIGKILL)
            said = f"the {name} ended by itself (exit code -9)"
            until(lambda text=said: text in portal.said(), "it says so")
            until(lambda old=killed: len(children(serve.pid)) == 2 and old not in children(serve.pid), "both run")
            until(lambda: portal.answers("/demands/"), f"it serves again: {portal.said()}")
            until(lambda pids=left: not any(alive(pid) for pid in pids), "what it left behind is gone")
        assert serve.poll() is None
        serve.terminate()
        assert serve.wait(60) == 0
    finally:
        for pid in descendants(serve.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        serve.wait()
