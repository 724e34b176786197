"""Sends queued messages and reminders, imports lists, and tidies up. Several workers may run at once.

SIGTERM ends it after what it does just now; SIGHUP, or a settings file that has changed, restarts it.
"""

import contextlib
import logging
import signal
import threading
import time

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import Error, InterfaceError, InternalError, OperationalError, close_old_connections, connections

from consultation.services import sign_ups, topics
from demands import services
from demands.services import batches, dispatches, rechecks, trail
from demands.statistics import editions
from foundation import (
    beats,
    bounces,
    closing,
    counts,
    devices,
    digests,
    drafts,
    outbox,
    policy_reports,
    receipts,
    sessions,
    setup_runs,
    storage,
    throttle,
    uploads,
)
from members.services.duties import evidence

from ... import patience, taking_up
from ...backups.nightly import Nightly
from ...checks import refuse_unsafe_start

logger = logging.getLogger("nanhu.worker")

IDLE_SECONDS = 2
DATABASE_GONE_SECONDS = 5
# Longer than the longest statement, the nightly edition's of ten minutes.
ANSWER_SECONDS = 11 * 60
ENQUEUE_SECONDS = 60
TIDY_SECONDS = 300


def enqueue(counter: services.words.Counter, tally: services.synonyms.Tally) -> dict[str, int]:
    """Do what time triggers: reminders, news of demands' topics, duties by evidence, ended pauses and so on.

    Args:
        counter, tally: what this worker remembers from one time to the next.
    """
    return {
        "reminders": sign_ups.remind(),
        "reporters notified of their topic": services.consulting.notify_reporters(),
        "duties written or voided": evidence.collect(),
        "dispatches lapsed": dispatches.lapse_unanswered(),
        "dispatch reminders": dispatches.remind(),
        "pauses ended": services.deadlines.end_pauses(),
        "staff notified of deadlines": services.deadlines.escalate(),
        "reporters asked again": rechecks.ask(),
        "evidence trails begun": trail.catch_up(),
        "words counted": counter.count_when_due(),
        "searches tallied": tally.collect(),
        "digests": digests.enqueue_due(),
        "messages no longer held for a digest": digests.release(),
    }


def tidy() -> dict[str, int]:
    """Delete expired data: staged photos, counters, sessions, personal data past its retention period.

    Once a day also delete files that no row names, count word frequencies, learn categories from words, and count the
    rates, if enough changed.
    """
    # Once a day in any case, so that nothing remains of what was erased.
    words_due = services.words.is_learning_due()
    return {
        "staged photos": uploads.sweep(),
        "files without a row": storage.sweep_orphans() if throttle.is_first_today("sweep orphans") else 0,
        "counters": throttle.sweep(),
        "drafts": drafts.sweep(),
        "sessions": sessions.sweep(),
        "first runs": setup_runs.sweep(),
        "known devices": devices.sweep(),
        "demands erased": services.retention.erase_due(settings.RETENTION_MONTHS),
        "supporters' contacts erased": services.supports.erase_old(settings.RETENTION_MONTHS),
        "names of closed accounts deleted": closing.forget_closed(settings.RETENTION_MONTHS),
        "sign-up contacts erased": sign_ups.erase_old(),
        "order contacts erased": topics.erase_old(),
        "import lists dropped": batches.sweep(),
        "editions of the rates made": editions.publish_when_due(),
        "words counted": services.words.count_words() if words_due else 0,
        "rows of the day's figures": counts.sweep() + beats.sweep() + policy_reports.sweep(),
        "texts learnt from": services.words.relearn(),
    }


def listen() -> None:
    """Ask others what became of messages; they may take seconds to answer."""
    receipts.ask()
    bounces.read()


def _summary(done: dict[str, int]) -> str:
    return ", ".join(f"{count} {what}" for what, count in done.items())


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("--once", action="store_true", help="enqueue and send what is due, tidy up, and end")
        parser.add_argument(
            "--is-alive", action="store_true", help="end with 1 unless a worker of this machine does its work"
        )

    def handle(self, *args, once: bool, **options):
        if options["is_alive"]:
            if not beats.is_alive_here():
                raise CommandError("No worker of this machine has given a sign of life for five minutes.")
            return
        refuse_unsafe_start()
        stop, restart = threading.Event(), threading.Event()
        remembered = services.words.Counter(), services.synonyms.Tally()
        if once:
            self.stdout.write(f"Enqueued: {_summary(enqueue(*remembered))}")
            while batches.work():
                pass
            while outbox.send_next():
                pass
            listen()
            self.stdout.write(f"Tidied up: {_summary(tidy())}")
            counts.flush()
            return
        patience.install(ANSWER_SECONDS)
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_args: stop.set())
        signal.signal(signal.SIGHUP, lambda *_args: restart.set())
        watch = taking_up.Watch()
        enqueued = tidied = beaten = float("-inf")
        nightly = Nightly()
        while not stop.is_set():
            if watch.look() or (restart.is_set() and taking_up.can_start()):
                break
            restart.clear()
            try:
                if time.monotonic() - beaten > beats.BEAT_SECONDS:
                    beats.beat()
                    beaten = time.monotonic()
                if time.monotonic() - enqueued > ENQUEUE_SECONDS:
                    enqueue(*remembered)
                    enqueued = time.monotonic()
                # Alternate messages and rows of a list, so that a long list does not delay messages.
                busy = outbox.send_next()
                busy = batches.work() or busy
                if time.monotonic() - tidied > TIDY_SECONDS:
                    nightly.look()
                    listen()
                    tidy()
                    tidied = time.monotonic()
            # InternalError: a statement after the one that failed, in a transaction that PostgreSQL has given up.
            except (OperationalError, InterfaceError, InternalError) as error:
                logger.warning("database unreachable: %s", type(error).__name__)
                connections.close_all()
                stop.wait(DATABASE_GONE_SECONDS)
                continue
            if not busy:
                close_old_connections()
                stop.wait(IDLE_SECONDS)
        nightly.stop()
        with contextlib.suppress(Error):
            beats.leave()
        if not stop.is_set():
            connections.close_all()
            taking_up.start_again()
