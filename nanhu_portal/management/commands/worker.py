"""Sends queued messages and reminders, imports lists, and tidies up. Several workers may run at once.

SIGTERM ends it after what it does just now; SIGHUP, or a settings file that has changed, restarts it.
"""

import contextlib
import signal
import threading
import time

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import Error, connections

from consultation.services import alerts, sign_ups, topics
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
    policy_reports,
    receipts,
    sending,
    sessions,
    setup_runs,
    storage,
    throttle,
    uploads,
)
from foundation.outbox import Channel
from members.services import receptions
from members.services.duties import evidence

from ... import patience, taking_up, turns
from ...backups.nightly import Nightly
from ...checks import refuse_unsafe_start

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
        "reminders of receptions": receptions.remind(),
        "reporters notified of their topic": services.consulting.notify_reporters(),
        "duties written or voided": evidence.collect(),
        "dispatches lapsed": dispatches.lapse_unanswered(),
        "dispatch reminders": dispatches.remind(),
        "pauses ended": services.deadlines.end_pauses(),
        "staff notified of deadlines": services.deadlines.escalate(),
        "deadlines near": services.alerts.deadlines_near(),
        "agreements due": alerts.agreements_due(),
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
        "alerts": alerts.sweep(),
        "sessions": sessions.sweep(),
        "first runs": setup_runs.sweep(),
        "known devices": devices.sweep(),
        "demands erased": services.retention.erase_due(settings.RETENTION_MONTHS),
        "supporters' contacts erased": services.supports.erase_old(settings.RETENTION_MONTHS),
        "names of closed accounts deleted": closing.forget_closed(settings.RETENTION_MONTHS),
        "sign-up contacts erased": sign_ups.erase_old(),
        "reception contacts erased": receptions.erase_old(),
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


class Turn:
    """What a worker does besides sending, each thing when it is due. Returns whether there was a row of a list to do.

    Attributes:
        begins_anew: whether it has stopped the worker so that it starts again with other settings.
    """

    def __init__(self, stop: threading.Event, restart: threading.Event) -> None:
        self.stop, self.restart, self.begins_anew = stop, restart, False
        self.remembered = services.words.Counter(), services.synonyms.Tally()
        self.watch, self.nightly = taking_up.Watch(), Nightly()
        self.beaten = self.enqueued = self.tidied = float("-inf")

    def __call__(self) -> bool:
        if self.watch.look() or (self.restart.is_set() and taking_up.can_start()):
            self.begins_anew = True
            self.stop.set()
            return True
        self.restart.clear()
        if time.monotonic() - self.beaten > beats.BEAT_SECONDS:
            beats.beat()
            self.beaten = time.monotonic()
        if time.monotonic() - self.enqueued > ENQUEUE_SECONDS:
            enqueue(*self.remembered)
            self.enqueued = time.monotonic()
        alerts.spread()
        is_busy = batches.work()
        if time.monotonic() - self.tidied > TIDY_SECONDS:
            self.nightly.look()
            listen()
            tidy()
            self.tidied = time.monotonic()
        return is_busy


def once() -> tuple[dict[str, int], dict[str, int]]:
    """Do all that is due, and return what was enqueued and what tidied up."""
    enqueued = enqueue(services.words.Counter(), services.synonyms.Tally())
    while batches.work():
        pass
    while alerts.spread():
        pass
    while sending.send_next():
        pass
    listen()
    tidied = tidy()
    counts.flush()
    return enqueued, tidied


def _summary(done: dict[str, int]) -> str:
    return ", ".join(f"{count} {what}" for what, count in done.items())


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("--once", action="store_true", help="enqueue and send what is due, tidy up, and end")
        parser.add_argument(
            "--is-alive", action="store_true", help="end with 1 unless a worker of this machine does its work"
        )

    def handle(self, *args, **options):
        if options["is_alive"]:
            if not beats.is_alive_here():
                raise CommandError("No worker of this machine has given a sign of life for five minutes.")
            return
        refuse_unsafe_start()
        if options["once"]:
            enqueued, tidied = once()
            self.stdout.write(f"Enqueued: {_summary(enqueued)}")
            self.stdout.write(f"Tidied up: {_summary(tidied)}")
            return
        patience.install(ANSWER_SECONDS)
        stop, restart = threading.Event(), threading.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_args: stop.set())
        signal.signal(signal.SIGHUP, lambda *_args: restart.set())
        turn = Turn(stop, restart)
        senders = [turns.Sender(channel, stop) for channel in Channel]
        for sender in senders:
            sender.start()
        try:
            turns.repeat(turn, stop)
        finally:
            stop.set()
            for sender in senders:
                sender.join()
            turn.nightly.stop()
            with contextlib.suppress(Error):
                beats.leave()
        for sender in senders:
            if sender.error:
                raise sender.error
        if turn.begins_anew:
            connections.close_all()
            taking_up.start_again()
