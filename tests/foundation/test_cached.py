"""Rows cached in a process: read once, and again when they are old or forgotten."""

import itertools
import threading

import pytest
from django.db import transaction

from foundation import cached


@pytest.fixture
def value():
    numbers = itertools.count(1)
    one = cached.Cached(lambda: next(numbers))
    yield one
    cached._all.remove(one)


def test_it_is_read_once(value):
    assert [value(), value()] == [1, 1]


def test_it_is_read_again_when_old(value, monkeypatch):
    value()
    monkeypatch.setattr(cached, "SECONDS", -1)
    assert value() == 2


def test_it_is_read_again_when_forgotten(value):
    value()
    value.forget()
    assert value() == 2
    cached.forget_all()
    assert value() == 3


def test_what_is_forgotten_while_it_is_read_is_read_again():
    """An edit committed between the query and its last row would otherwise stay unseen for a minute."""
    numbers = itertools.count(1)

    def read():
        number = next(numbers)
        if number == 1:
            edited.forget()
        return number

    edited = cached.Cached(read)
    try:
        assert [edited(), edited(), edited()] == [1, 2, 2]
    finally:
        cached._all.remove(edited)


def test_an_edit_is_seen_at_once_and_again_when_it_is_committed(value, db, django_capture_on_commit_callbacks):
    value()
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        cached.forget_edited()
        assert value() == 2
    assert value() == 3


def test_a_row_made_since_is_found():
    rows = {}
    read = cached.Cached(lambda: dict(rows))
    try:
        assert read() == {}
        rows["new"] = 7
        assert read.row("new") == 7
        with pytest.raises(KeyError):
            read.row("none")
    finally:
        cached._all.remove(read)


def test_a_thread_that_reads_apart_hides_and_shows_nothing_to_others(value):
    assert value() == 1
    seen = []
    with cached.apart():
        assert [value(), value()] == [2, 2]
        value.forget()
        assert value() == 3
        other = threading.Thread(target=lambda: seen.append(value()))
        other.start()
        other.join()
        assert (seen, value()) == ([4], 3)
    assert value() == 4
