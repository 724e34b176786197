"""What happened is counted: in memory, added up over all processes, kept while the database is away."""

import datetime
import time

import pytest
from django.db import OperationalError, connection
from django.db.models.functions import Now
from django.utils import timezone

from foundation import beats, counts, sending
from foundation.beats import WorkerBeat
from foundation.counts import CountTotal, InsightSlot, Kind
from foundation.outbox import OutboxMessage
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_counted(monkeypatch):
    """Start from nothing, and stay in one slot."""
    counts._waiting.clear()
    monkeypatch.setattr(counts, "slot_start", lambda: 1_800_000_000)
    yield
    counts._waiting.clear()


def count_some() -> None:
    """What one process counts: two pages, one that was refused, one that failed, a static file and two messages."""
    counts.note(Kind.PAGE, "home", "200", 0.004)
    counts.note(Kind.PAGE, "home", "200", 0.2)
    counts.note(Kind.PAGE, "tracking", "404", 0.01)
    counts.note(Kind.PAGE, "home", "500", 99)
    counts.note(Kind.MACHINE, "static", "200", 0.001)
    counts.note(Kind.MESSAGE, "email", "sent", 1)
    counts.note(Kind.MESSAGE, "email", "failed", 20)


def totals() -> dict:
    rows = CountTotal.objects.values_list("kind", "label", "outcome", "count", "seconds")
    return {" ".join(row[:3]): (row[3], round(row[4], 3)) for row in rows}


def test_the_counts_of_all_processes_are_added_up():
    for _process in range(3):
        count_some()
        counts.flush()
    assert totals() == {
        "page home 200": (6, 0.612),
        "page tracking 404": (3, 0.03),
        "page home 500": (3, 297.0),
        "machine static 200": (3, 0.003),
        "message email sent": (3, 3.0),
        "message email failed": (3, 60.0),
    }
    home = CountTotal.objects.get(label="home", outcome="200")
    assert home.buckets == [3, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0]
    [slot] = InsightSlot.objects.values()
    assert slot == {
        "start": datetime.datetime.fromtimestamp(1_800_000_000, datetime.UTC),
        "requests": 12,
        "refused": 3,
        "errors": 3,
        "buckets": [6, 0, 0, 0, 3, 0, 0, 0, 0, 0, 3],
        "sent": 3,
        "failed": 3,
        "waiting": None,
        "oldest_seconds": None,
    }


def test_nothing_new_costs_no_query_and_a_flush_few(django_assert_num_queries):
    with django_assert_num_queries(0):
        counts.flush()
    counts.note(Kind.PAGE, "home", "200", 0.1)
    counts.note(Kind.PAGE, "home", "200", 0.1)
    with django_assert_num_queries(4):  # two statements between savepoint and release
        counts.flush()


def test_what_the_database_did_not_take_is_kept_with_its_time(monkeypatch):
    count_some()

    def away():
        raise OperationalError("away")

    with monkeypatch.context() as patch:
        patch.setattr(connection, "cursor", away)
        with pytest.raises(OperationalError):
            counts.flush()
    assert not CountTotal.objects.exists()
    monkeypatch.setattr(counts, "slot_start", lambda: 1_800_000_300)
    counts.note(Kind.PAGE, "home", "200", 0.1)
    counts.flush()
    assert list(InsightSlot.objects.order_by("start").values_list("requests", flat=True)) == [4, 1]
    assert totals()["page home 200"] == (3, 0.304)


def test_a_database_that_stays_away_does_not_fill_the_memory(monkeypatch):
    monkeypatch.setattr(counts, "MAX_WAITING", 2)
    count_some()
    monkeypatch.setattr(counts, "ADD_TO_TOTAL", "SELECT 1/0, %s, %s, %s, %s, %s, %s")
    for _time in range(2):
        with pytest.raises(counts.Error), counts.transaction.atomic():
            counts.flush()
    assert len(counts._waiting) == 2


def test_slots_are_deleted_after_a_month_and_totals_are_not():
    count_some()
    counts.flush()
    for days, kept in ((30, 1), (32, 0)):
        InsightSlot.objects.update(start=Now() - datetime.timedelta(days=days))
        assert (counts.sweep(), InsightSlot.objects.count()) == (1 - kept, kept)
    assert CountTotal.objects.count() == 6


def test_messages_are_counted_by_how_they_ended(monkeypatch, mailoutbox):
    factories.demand(phone="", email="wang@example.com")
    assert sending.send_next()
    factories.demand(phone="", email="wang@example.com")
    monkeypatch.setattr(sending, "_deliver", lambda *_args: 1 / 0)
    assert sending.send_next()
    OutboxMessage.objects.filter(status="waiting").update(attempts=7, next_attempt_at=timezone.now())
    assert sending.send_next()
    counts.flush()
    assert {name: count for name, (count, _seconds) in totals().items()} == {
        "message email sent": 1,
        "message email failed": 1,
        "message email undeliverable": 1,
    }
    assert list(InsightSlot.objects.values_list("requests", "sent", "failed")) == [(0, 1, 2)]


def test_the_thread_of_a_web_process_flushes_and_outlives_a_database_that_is_away(monkeypatch):
    """What the thread does, without one: the second round ends it."""
    done = []

    def flush():
        done.append("flush")
        if len(done) == 1:
            raise OperationalError("away")
        raise KeyboardInterrupt

    monkeypatch.setattr(counts, "flush", flush)
    monkeypatch.setattr(counts, "FLUSH_SECONDS", 0)
    monkeypatch.setattr(connection, "close", lambda: done.append("close"))
    with pytest.raises(KeyboardInterrupt):
        counts._flush_for_ever()
    assert done == ["flush", "close", "flush", "close"]


def test_one_thread_is_enough(monkeypatch):
    started = []
    monkeypatch.setattr(counts, "_flushing", None)
    monkeypatch.setattr(counts, "_flush_for_ever", lambda: (started.append(1), time.sleep(0.2)))
    for _request in range(3):
        counts.keep_flushing()
    assert started == [1]


# --- Workers ----------------------------------------------------------------------------------------------------------


def test_a_worker_that_beats_is_alive_and_notes_the_longest_queue():
    for _number in range(2):
        factories.demand(phone="", email="wang@example.com")
    OutboxMessage.objects.update(next_attempt_at=Now() - datetime.timedelta(seconds=90))
    beats.beat()
    OutboxMessage.objects.all().delete()
    beats.beat()
    assert list(WorkerBeat.objects.alive().values_list("name", flat=True)) == [beats.name()]
    slot = InsightSlot.objects.get()
    assert (slot.waiting, 90 <= slot.oldest_seconds < 100) == (2, True)
    beats.leave()
    assert not WorkerBeat.objects.exists()


def test_a_killed_worker_is_soon_not_alive_and_later_forgotten():
    beats.beat()
    for minutes, alive, kept in ((4, 1, 1), (6, 0, 1), (25 * 60, 0, 0)):
        WorkerBeat.objects.update(seen_at=Now() - datetime.timedelta(minutes=minutes))
        assert WorkerBeat.objects.alive().count() == alive
        assert (beats.sweep(), WorkerBeat.objects.count()) == (1 - kept, kept)
