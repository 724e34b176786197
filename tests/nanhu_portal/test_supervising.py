"""`manage.py serve` starts again what ends, and gives up only on what cannot start at all."""

import os
import re
import signal
import sys

import pytest

from nanhu_portal import supervising
from nanhu_portal.supervising import CannotStart, Kept
from tests.faults.cluster import alive, until

ENDS = "raise SystemExit(3)"
STAYS = "import time; time.sleep(600)"
LEAVES_ONE_BEHIND = "import os, time; left = os.fork(); left and print(left, flush=True); time.sleep(600)"


class Time:
    now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def kept(monkeypatch):
    """A function that starts a program; the pauses pass at once, unless a test holds the time."""
    held, said = Time(), []
    monkeypatch.setattr(supervising, "time", held)
    made = []

    def make(code: str, works=lambda _seconds: True) -> Kept:
        made.append(Kept("worker", [sys.executable, "-I", "-S", "-c", code], said.append, works))
        made[-1].said, made[-1].time = said, held
        return made[-1]

    yield make
    for one in made:
        one.terminate()
        one.wait()


def end(one: Kept) -> None:
    """Let the process end, and have it noticed."""
    one.process.wait(30)
    one.keep()
    assert one.process is None


def test_what_never_worked_is_given_up_with_its_name_and_exit_code(kept):
    one = kept(ENDS, works=lambda _seconds: False)
    for pause in (1, 2):
        one.keep()
        end(one)
        one.time.now += pause
        one.keep()
    with pytest.raises(CannotStart, match=re.escape("The worker cannot start: it ended 3 times (exit code 3).")):
        end(one)
    assert len(one.said) == 2


def test_what_has_worked_is_started_again_whenever_it_ends_each_time_later(kept):
    one = kept(STAYS)
    for pause in (1, 2, 5, 5, 5):
        first = one.process.pid
        one.keep()
        os.kill(first, signal.SIGKILL)
        end(one)
        assert one.said[-1] == f"the worker ended by itself (exit code -9); starting it again in {pause} s"
        one.time.now += pause - 0.1
        one.keep()
        assert one.process is None
        one.time.now += 0.2
        one.keep()
        assert one.process.pid != first
    one.time.now += 11
    one.keep()
    os.kill(one.process.pid, signal.SIGKILL)
    end(one)
    assert one.said[-1].endswith("starting it again in 1 s")


def test_what_it_left_behind_is_ended_first(kept, capfd):
    one = kept(LEAVES_ONE_BEHIND)
    one.keep()
    while not (printed := capfd.readouterr().out):
        assert one.process.poll() is None
    left = int(printed)
    os.kill(one.process.pid, signal.SIGKILL)
    end(one)
    until(lambda: not alive(left), "what it left behind is still running")


def test_stopping_ends_it_and_starts_nothing(kept):
    one = kept(STAYS)
    process = one.process
    one.terminate()
    one.wait()
    assert process.returncode == -signal.SIGTERM
