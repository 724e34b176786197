"""Loops deep in the stack do not map memory at each call."""

import resource

import pytest

from nanhu_portal.frames import in_one_piece

DEPTH, CALLS = 300, 500


def inner():
    return 1


def _most_faults(depth: int = DEPTH) -> int:
    """The most page faults of `CALLS` calls at any depth from here down to `depth`."""
    before = resource.getrusage(resource.RUSAGE_THREAD).ru_minflt
    for _ in range(CALLS):
        inner()
    faults = resource.getrusage(resource.RUSAGE_THREAD).ru_minflt - before
    return max(faults, _most_faults(depth - 1)) if depth else faults


def test_a_loop_at_any_depth_maps_no_memory():
    _most_faults()  # the interpreter's own memory grows the first time
    assert in_one_piece(_most_faults) < CALLS / 10


def test_a_call_in_one_piece_returns_and_raises_what_it_does_otherwise():
    assert in_one_piece(sorted, [1, 2], reverse=True) == [2, 1]
    with pytest.raises(ZeroDivisionError):
        in_one_piece(divmod, 1, 0)
