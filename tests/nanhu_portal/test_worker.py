"""The worker against a mail server that we hold in our hands, and what it tidies up; `tests/faults` kills it."""

import datetime
import os
import threading
import time
from unittest.mock import Mock

import environ
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.utils import timezone

from demands.models import Demand, WordCount
from demands.statistics import editions
from foundation import beats, clock, sending, sms
from foundation.audit import AuditEntry
from foundation.beats import WorkerBeat
from foundation.outbox import Channel, OutboxMessage
from foundation.sessions import Session
from foundation.throttle import Throttle
from foundation.uploads import StagedPhoto
from nanhu_portal import turns
from tests import factories
from tests.servers import MailServer


@pytest.fixture
def mail_server():
    made = []

    def make(hold: str = "") -> MailServer:
        made.append(MailServer(hold))
        return made[-1]

    yield make
    for server in made:
        server.go_on.set()
        server.shutdown()
        server.server_close()


@pytest.fixture
def send_all(transactional_db, settings):
    """What `manage.py worker --once` does, in this process: starting one takes seconds."""

    def run(server: MailServer) -> None:
        for name, value in environ.Env.email_url_config(server.address).items():
            setattr(settings, name, value)
        call_command("worker", "--once")

    return run


def enqueued() -> OutboxMessage:
    """A message that waits, by e-mail."""
    demand = factories.demand(phone="", email="wang@example.com")
    return OutboxMessage.objects.get(subject_ref=demand.ref)


def test_a_mail_server_that_is_not_there_loses_nothing(send_all, mail_server, capfd):
    message = enqueued()
    server = mail_server()
    server.shutdown()
    server.server_close()
    send_all(server)
    message.refresh_from_db()
    assert (message.status, message.attempts, message.failure) == ("waiting", 1, "ConnectionRefusedError")
    assert message.next_attempt_at > timezone.now()
    assert "wang@example.com" not in "".join(capfd.readouterr())


def test_the_mail_says_what_it_is_about_and_no_more(send_all, mail_server):
    message = enqueued()
    server = mail_server()
    send_all(server)
    [text] = server.received
    assert "To: wang@example.com" in text
    assert f"Message-ID: {message.message_id}" in text
    for secret in ("路灯", "王女士", "13912345678"):
        assert secret not in text


# --- A thread for each channel ---------------------------------------------------------------------------------------


def test_a_platform_that_takes_its_time_holds_up_no_mail(transactional_db, monkeypatch, mailoutbox):
    in_hand, go_on, stop = threading.Event(), threading.Event(), threading.Event()

    class Slow(sms.Console):
        def send(self, *args):
            in_hand.set()
            assert go_on.wait(30)

    monkeypatch.setattr(sms, "backend", Slow)
    factories.demand(phone="13912345678", email="")
    factories.demand(phone="", email="wang@example.com")
    senders = [turns.Sender(channel, stop) for channel in Channel]
    for sender in senders:
        sender.start()
    try:
        assert in_hand.wait(30)
        until = time.monotonic() + 30
        while not mailoutbox and time.monotonic() < until:
            time.sleep(0.02)
        assert [mail.to for mail in mailoutbox] == [["wang@example.com"]]
    finally:
        stop.set()
        go_on.set()
        for sender in senders:
            sender.join(30)
    # What it had in hand is finished.
    assert set(OutboxMessage.objects.values_list("status", flat=True)) == {"sent"}
    assert [sender.error for sender in senders] == [None, None, None]


def test_a_thread_that_cannot_go_on_stops_the_worker(monkeypatch):
    stop, error = threading.Event(), KeyError("a fault of ours")
    monkeypatch.setattr(sending, "send_next", Mock(side_effect=[OperationalError, False, error]))
    monkeypatch.setattr(turns, "IDLE_SECONDS", 0)
    monkeypatch.setattr(turns, "DATABASE_GONE_SECONDS", 0)
    sender = turns.Sender(Channel.SMS, stop)
    sender.run()
    assert (sender.error, stop.is_set()) == (error, True)


# --- Once, and tidying up --------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_once_sends_all_that_is_due_and_ends(mailoutbox, capsys):
    for number in range(3):
        factories.demand(phone="", email=f"wang{number}@example.com")
    late = OutboxMessage.objects.first()
    OutboxMessage.objects.filter(pk=late.pk).update(next_attempt_at=timezone.now() + datetime.timedelta(hours=1))
    call_command("worker", "--once")
    assert len(mailoutbox) == 2
    assert list(OutboxMessage.objects.filter(status="waiting")) == [late]
    assert "0 demands erased" in capsys.readouterr().out
    call_command("worker", "--once")
    assert len(mailoutbox) == 2


@pytest.mark.django_db
def test_personal_data_past_its_keeping_is_erased(subtests):
    cases = [
        ("resolved", 23, False),
        ("resolved", 25, True),
        ("confirmed", 25, True),
        ("declined", 25, True),
        ("withdrawn", 25, True),
        ("merged", 60, False),  # while what it leads to is open
        ("in_progress", 60, False),
        ("reopened", 60, False),
    ]
    now = timezone.now()
    demands = [
        factories.demand(status, at=now - datetime.timedelta(days=months * 30.44)) for status, months, _ in cases
    ]
    call_command("worker", "--once")
    for demand, (status, months, erased) in zip(demands, cases, strict=True):
        with subtests.test(f"{status} {months}"):
            demand.refresh_from_db()
            assert (demand.erased_at is not None) is erased
            assert (demand.description == "") is erased
            assert (demand.contact is None) is erased
            assert AuditEntry.objects.filter(action="erased", subject=demand.ref, actor=None).exists() is erased
    # Done is done.
    call_command("worker", "--once")
    assert AuditEntry.objects.filter(action="erased").count() == 4


@pytest.mark.django_db
def test_the_office_says_how_long_data_is_kept(settings):
    demand = factories.demand("resolved", at=timezone.now() - datetime.timedelta(days=200))
    call_command("worker", "--once")
    assert Demand.objects.get(pk=demand.pk).erased_at is None
    settings.RETENTION_MONTHS = 6
    call_command("worker", "--once")
    assert Demand.objects.get(pk=demand.pk).erased_at is None  # after a change, staff see first what it erases
    with clock.turned_to(timezone.now() + datetime.timedelta(days=14)):
        call_command("worker", "--once")
    assert Demand.objects.get(pk=demand.pk).erased_at is not None


@pytest.mark.django_db
def test_a_night_after_an_import_of_old_answers_erases_nothing():
    posted = timezone.now() - datetime.timedelta(days=3650)
    for basis in ("", "already_public", "nobody_concerned"):
        factories.imported(posted, reply="好了。", replied_at=posted, publish_as=basis)
    call_command("worker", "--once")
    assert not Demand.objects.filter(erased_at__isnull=False).exists()
    assert Demand.objects.public().count() == 2


@pytest.mark.django_db
def test_trails_are_begun_and_categories_learnt():
    demand = factories.demand("accepted", public=True)
    # As written past the services: published, and nothing of it in the trail.
    bare = factories.demand("accepted")
    details = {"public_title": "标题", "public_summary": "摘要", "publication_basis": "already_public"}
    Demand.objects.filter(pk=bare.pk).update(published_at=timezone.now(), **details)
    call_command("worker", "--once")
    assert [Demand.objects.get(pk=one.pk).trail.count() for one in (demand, bare)] == [3, 3]
    assert AuditEntry.objects.filter(action="trained", detail__startswith="2 texts").exists()


@pytest.mark.django_db
def test_words_are_counted_though_today_s_edition_was_made_before():
    editions.publish_when_due()
    for _time in range(2):
        factories.demand(description="凉亭漏雨")
    call_command("worker", "--once")
    assert WordCount.objects.get(word="凉亭").texts == 2
    # And again as soon as there is another demand.
    factories.demand(description="凉亭漏雨")
    call_command("worker", "--once")
    assert WordCount.objects.get(word="凉亭").texts == 3


@pytest.mark.django_db
def test_photos_counters_and_sessions_that_had_their_time_are_swept(capsys, django_capture_on_commit_callbacks):
    now = timezone.now()
    fresh, old = factories.staged_photo(), factories.staged_photo()
    StagedPhoto.objects.filter(pk=old.pk).update(created_at=now - datetime.timedelta(minutes=61))
    for key, hours in (("gone", -1), ("running", 1)):
        Throttle.objects.create(key=key, count=1, expires_at=now + datetime.timedelta(hours=hours))
        Session.objects.create(session_key=key, session_data="", expire_date=now + datetime.timedelta(hours=hours))
    orphan = default_storage.save(f"photos/2026/07/{'0' * 32}.jpg", ContentFile(b"of a process that was killed"))
    os.utime(default_storage.path(orphan), (0, 0))
    with django_capture_on_commit_callbacks(execute=True):
        call_command("worker", "--once")
    assert capsys.readouterr().out.splitlines() == [
        "Enqueued: 0 reminders, 0 reminders of receptions, 0 reporters notified of their topic,"
        " 0 duties written or voided, 0 dispatches lapsed,"
        " 0 dispatch reminders, 0 pauses ended, 0 staff notified of deadlines, 0 deadlines near,"
        " 0 agreements due, 0 reporters asked again, 0 evidence trails begun, 0 words counted, 0 searches tallied,"
        " 0 digests, 0 messages no longer held for a digest",
        "Tidied up: 1 staged photos, 1 files without a row, 1 counters, 0 drafts, 0 alerts, 1 sessions, 0 first runs,"
        " 0 known devices, 0 demands erased, 0 supporters' contacts erased, 0 names of closed accounts deleted,"
        " 0 sign-up contacts erased, 0 reception contacts erased, 0 order contacts erased, 0 import lists dropped,"
        " 1 editions of the rates made, 0 words counted, 0 rows of the day's figures, 0 texts learnt from",
    ]
    assert list(StagedPhoto.objects.all()) == [fresh]
    assert list(Throttle.objects.filter(key__in=["gone", "running"]).values_list("key", flat=True)) == ["running"]
    assert list(Session.objects.values_list("session_key", flat=True)) == ["running"]
    for photo, kept in ((fresh, True), (old, False)):
        assert (default_storage.exists(photo.full), default_storage.exists(photo.thumbnail)) == (kept, kept)


@pytest.mark.django_db
def test_a_worker_that_no_longer_beats_is_known_by_whoever_asks_about_this_machine():
    def ends() -> bool:
        try:
            call_command("worker", "--is-alive")
        except CommandError:
            return True
        return False

    WorkerBeat.objects.create(name="elsewhere:1")
    assert ends()
    beats.beat()
    assert not ends()
    WorkerBeat.objects.update(seen_at=timezone.now() - beats.ALIVE)
    assert ends()
