"""Backups: everything comes back, into an empty database only, and what is not whole is refused before that."""

import contextlib
import dataclasses
import datetime
import errno
import hashlib
import io
import os
import stat
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from demands.models import Demand
from foundation import backups, clock, contacts, outbox, sealed_files, sending
from foundation.accounts import User, link_tokens
from foundation.backups import BackupAct, BackupRun
from foundation.outbox import OutboxMessage
from foundation.sessions import Session
from nanhu_portal.backups import (
    BackupError,
    after,
    archive,
    checking,
    keeping,
    making,
    manifest,
    nightly,
    postgres,
    restoring,
    snapshot,
    verifying,
)
from nanhu_portal.backups.keeping import Keep
from tests import factories
from tests.databases import connected_to

KEY = "only-for-tests-a-key-of-backups-0123456789"
PASSWORD = "a-long-password-of-the-tests"
TARGET = f"{os.environ['TEST_DATABASE']}_restored"


@pytest.fixture(autouse=True)
def key(settings):
    settings.BACKUP_KEY = KEY


def command(*arguments, **options) -> str:
    said = io.StringIO()
    call_command(*arguments, stdout=said, **options)
    return said.getvalue()


@pytest.fixture
def empty_database(transactional_db):
    """The name of an empty database beside the suite's own."""
    with connection.cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{TARGET}"')
        cursor.execute(f'CREATE DATABASE "{TARGET}" TEMPLATE template0')
    yield TARGET
    with connection.cursor() as cursor:
        cursor.execute(f'DROP DATABASE "{TARGET}" WITH (FORCE)')


def counts() -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(snapshot.TABLES)
        tables = [row[0] for row in cursor.fetchall()]
        found = {}
        for table in tables:
            cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608 - quoted by the server itself
            found[table] = cursor.fetchone()[0]
    return found


def definitions() -> list[str]:
    """Triggers, functions, indexes, constraints and generated columns; the server writes their conditions anew."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT concat(pg_get_triggerdef(oid), tgenabled) FROM pg_trigger WHERE NOT tgisinternal
            UNION ALL SELECT concat(oid::regprocedure, provolatile, proisstrict) FROM pg_proc
                WHERE pronamespace = 'public'::regnamespace
            UNION ALL SELECT concat(tablename, indexname) FROM pg_indexes WHERE schemaname = 'public'
            UNION ALL SELECT concat(conrelid::regclass, conname, convalidated) FROM pg_constraint
                WHERE connamespace = 'public'::regnamespace
            UNION ALL SELECT concat(attrelid::regclass, attname, attgenerated, attidentity, attnotnull)
                FROM pg_attribute WHERE attrelid IN (SELECT oid FROM pg_class
                    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r') AND NOT attisdropped
            """
        )
        return sorted(row[0] for row in cursor)


def hashes(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


# --- There and back --------------------------------------------------------------------------------------------------


def test_everything_comes_back_into_an_empty_database(empty_database, settings, tmp_path):
    """One way there and back, because it takes seconds: rows, files, sign-in, messages and numbers are compared."""
    staff = factories.liaison_staff()
    staff.set_password(PASSWORD)
    staff.save()
    client = Client()
    client.force_login(staff)
    staff.refresh_from_db()
    token = link_tokens.make_token(staff)
    demand = factories.demand("accepted", phone="13912345678", email="", public=True)
    with transaction.atomic():
        photo = factories.photo(demand)
    waiting = OutboxMessage.objects.filter(status="waiting").count()
    assert waiting
    settings.BACKUP_DIR = tmp_path / "backups"
    settings.BACKUP_DIR.mkdir()
    before, laid_down, files = counts(), definitions(), hashes(settings.MEDIA_ROOT)
    assert files[photo.full]

    command("backup")
    [path] = settings.BACKUP_DIR.iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert backups.last_backup() == BackupRun.objects.get(act=BackupAct.MADE).state_at
    with pytest.raises(CommandError, match="There is something already"):
        command("restore", path)

    media, settings.MEDIA_ROOT = settings.MEDIA_ROOT, tmp_path / "restored"
    with connected_to(empty_database):
        said = command("restore", path)
        restored = counts()
        before |= {"public.foundation_session": 0}
        changed = {table for table in restored if restored[table] != before[table]}
        assert changed <= {"public.foundation_backuprun", "public.demands_wordcount", "public.django_content_type"}
        assert definitions() == laid_down
        assert hashes(settings.MEDIA_ROOT) == files
        assert not list(settings.MEDIA_ROOT.glob(".*"))
        again = Demand.objects.get(ref=demand.ref)
        assert contacts.open_contact(again.contact)["phone"] == "13912345678"
        with default_storage.open(again.photos.get().full) as file:
            assert hashlib.sha256(file.read()).hexdigest() == files[photo.full]
        # Whoever was signed in is not any more, and signs in with the same password.
        assert not Session.objects.exists()
        assert client.get("/admin/", follow=False).status_code == 302
        assert link_tokens.check_token(staff, token)
        assert not link_tokens.check_token(User.objects.get(pk=staff.pk), token), "used since, perhaps"
        form = {"username": staff.username, "password": PASSWORD}
        assert Client().post("/accounts/login/", form).status_code == 302
        # What waited is sent by nobody until staff say so.
        assert {(row.status, row.failure, bool(row.started_at)) for row in OutboxMessage.objects.all()} == {
            ("undeliverable", outbox.MAY_BE_SENT, True)
        }
        assert not sending.send_next()
        assert f"{waiting} messages may have been sent" in said
        # A new demand and a new message take numbers far from those that the lost portal may have given out.
        new = factories.demand(phone="13912345678", email="")
        assert int(new.ref[-5:]) > after.SKIPPED_NUMBERS
        assert OutboxMessage.objects.get(subject_ref=new.ref).pk > after.SKIPPED_KEYS
        assert new.pk > demand.pk + after.SKIPPED_KEYS - 1
    settings.MEDIA_ROOT = media


# --- What is refused, before anything is touched ---------------------------------------------------------------------


def told(**values) -> manifest.Manifest:
    """The manifest of an empty backup of this very portal."""
    made = manifest.Manifest(
        format=manifest.FORMAT,
        portal="0.1.0",
        at=datetime.datetime(2026, 3, 1, 2, tzinfo=datetime.UTC),
        postgresql=15,
        pg_dump="15.6",
        migrations=["foundation.0001_initial"],
        rows={"public.demands_demand": 0},
        extensions=[],
        roles=[],
        privileges=[],
        database_size=4,
        database_sha256=hashlib.sha256(b"dump").hexdigest(),
        media_files=1,
        media_size=5,
        media_gone=[],
        secret_key=manifest.own_secret_key(),
        contact_keys=manifest.own_contact_keys(),
    )
    return dataclasses.replace(made, **values)


SUM = f"{hashlib.sha256(b'photo').hexdigest()}  photos/a.jpg\n".encode()
WHOLE = [("database", b"dump"), ("media/photos/a.jpg", b"photo"), ("media.sha256", SUM)]


def written(path: Path, entries=WHOLE, made: manifest.Manifest | None = None, key: str = KEY) -> Path:
    """A small backup, put together by hand."""
    with path.open("wb") as file:
        target = sealed_files.Writer(file, key)
        for name, content in [*entries, ("manifest.json", (made or told()).to_json())]:
            archive.add(target, name, io.BytesIO(content))
        archive.finish(target)
    return path


def test_a_whole_one_is_read(tmp_path):
    assert checking.check(written(tmp_path / "x")) == told()


@pytest.mark.parametrize(
    "entries",
    [
        WHOLE[1:],
        WHOLE[:2],
        [*WHOLE[:2], ("media.sha256", SUM.replace(b"a.jpg", b"b.jpg"))],
        [WHOLE[0], ("media/photos/a.jpg", b"other"), WHOLE[2]],
        [*WHOLE, ("more", b"")],
        [WHOLE[0], ("media/../../etc/passwd", b"photo"), WHOLE[2]],
        [WHOLE[0], ("media//etc/passwd", b"photo"), WHOLE[2]],
    ],
)
def test_one_put_together_otherwise_is_refused(tmp_path, entries):
    with pytest.raises(BackupError, match="is damaged"):
        checking.check(written(tmp_path / "x", entries))


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda file: file[:-1], "is damaged: a part is missing or was changed"),
        (lambda file: file[:100] + bytes([file[100] ^ 1]) + file[101:], "is damaged"),
        (lambda file: b"PGDMP" + file, "is not a backup of this portal"),
    ],
)
def test_a_spoilt_file_is_refused_in_a_sentence(tmp_path, spoil, sentence):
    path = written(tmp_path / "x")
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(CommandError, match=sentence):
        command("restore", path)


def test_other_keys_manifests_and_files_are_refused_in_a_sentence(tmp_path, settings):
    path = written(tmp_path / "x", key="another key of backups, as long as it has to be")
    with pytest.raises(BackupError, match=r"another BACKUP_KEY: fingerprint [0-9a-f]{16}, and that of ours is"):
        checking.check(path)
    with pytest.raises(BackupError, match="its manifest does not match its content"):
        checking.check(written(path, made=told(media_size=6)))
    with pytest.raises(BackupError, match="another release"):
        checking.check(written(path, made=told(format=2)))
    with pytest.raises(BackupError, match="cannot be read: No such file"):
        checking.check(tmp_path / "nowhere")
    settings.BACKUP_KEY = ""
    with pytest.raises(BackupError, match="BACKUP_KEY is not set"):
        checking.check(path)
    with pytest.raises(BackupError, match="BACKUP_KEY is not set"):
        making.make(tmp_path / "y")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"migrations": ["demands.9999_of_tomorrow"]}, "newer release .*demands.9999_of_tomorrow"),
        (
            {"portal": "99.0.1"},
            r"made by release 99\.0\.1 of the portal, and this is \d.*Install that release or a newer",
        ),
        ({"contact_keys": ["0" * 16]}, "CONTACT_KEYS lacks 1 of the 1 keys .*0000"),
        ({"postgresql": 99}, "comes from PostgreSQL 99; this one is older"),
        ({"roles": ["reader_of_another_server"]}, "lacks the role reader_of_another_server"),
        ({"extensions": ["no_such_extension"]}, "lacks the extension no_such_extension"),
        ({"media_size": 10**18}, "MEDIA_ROOT has not that much free"),
    ],
)
def test_what_this_portal_cannot_go_on_with_is_refused(values, sentence):
    with pytest.raises(BackupError, match=sentence):
        restoring.refuse_unless_fitting(told(**values), postgres.own_address(), lost_keys=False)


def test_the_newest_is_tried_and_one_to_restore_has_to_be_named(settings, tmp_path, monkeypatch):
    tried: list[Path] = []
    monkeypatch.setattr(verifying, "verify", lambda path: tried.append(path) or told())
    settings.BACKUP_DIR = None
    for settings.BACKUP_DIR in (None, tmp_path):
        with pytest.raises(CommandError, match="There is no backup in BACKUP_DIR yet"):
            command("restore", "--verify")
    settings.BACKUP_DIR = tmp_path / "not mounted"
    with pytest.raises(CommandError, match="BACKUP_DIR cannot be read"):
        command("restore", "--verify")
    settings.BACKUP_DIR = tmp_path
    for name in (*map(keeping.name_at, (night(3, 2), night(3, 1))), "whole.backup"):
        (tmp_path / name).write_bytes(sealed_files.MAGIC + b"0" * 40)
    assert "is whole: 0 rows and 1 files" in command("restore", "--verify")
    assert tried == [tmp_path / keeping.name_at(night(3, 2))]
    with pytest.raises(CommandError, match="Name the file of the backup"):
        command("restore")


@pytest.mark.django_db
def test_lost_keys_are_lost_only_if_somebody_says_so():
    made = told(contact_keys=["0" * 16], migrations=["an_app_that_is_gone.0001_initial"])
    restoring.refuse_unless_fitting(made, postgres.own_address(), lost_keys=True)


def test_programs_that_do_not_fit_are_named(monkeypatch):
    found = postgres.tools(15)
    assert found.major >= 15
    with pytest.raises(BackupError, match=r"version 99 or newer are needed; here: .*Install postgresql-client-99"):
        postgres.tools(99)
    monkeypatch.setattr(postgres, "_folders", lambda: iter([]))
    with pytest.raises(BackupError, match="here: none"):
        postgres.tools(15)


# --- Making ----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_run_that_fails_leaves_nothing(tmp_path, settings, monkeypatch):
    def full(*args):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(making, "_save_media", full)
    settings.BACKUP_DIR = tmp_path
    with pytest.raises(CommandError, match=r"could not be written: .*No space left"):
        command("backup")
    assert list(tmp_path.iterdir()) == []
    assert backups.last_backup() is None


@pytest.mark.django_db
def test_places_that_would_be_a_mistake_are_refused(tmp_path, settings):
    taken = tmp_path / "taken"
    taken.write_text("something else")
    media = tmp_path / "media"
    media.mkdir()
    settings.MEDIA_ROOT, settings.BACKUP_DIR = media, None
    for place, sentence in (
        (None, "Name a file or folder, or set BACKUP_DIR"),
        (taken, "exists already"),
        (tmp_path / "not mounted" / "x", "does not exist"),
        (media, "is inside MEDIA_ROOT"),
    ):
        with pytest.raises(BackupError, match=sentence):
            making.make(place)
    assert taken.read_text() == "something else"


def test_a_file_deleted_or_renamed_meanwhile_is_told_and_no_failure(tmp_path, monkeypatch):
    (tmp_path / "stays.jpg").write_bytes(b"photo")
    rounds = iter([["stays.jpg", "deleted.jpg", "draft.tmp"], ["stays.jpg", "draft.jpg"]])
    monkeypatch.setattr(making, "_names", lambda root: iter(next(rounds)))
    (tmp_path / "draft.jpg").write_bytes(b"renamed")
    target = sealed_files.Writer(io.BytesIO(), KEY)
    assert making._save_media(target, tmp_path, {"stays.jpg", "deleted.jpg", "earlier.jpg"}) == (
        2,
        12,
        ["deleted.jpg", "earlier.jpg"],
    )


@pytest.mark.django_db
def test_the_nightly_backup_is_taken_to_another_machine_and_a_failure_is_told(tmp_path, settings, monkeypatch):
    settings.BACKUP_DIR, elsewhere = tmp_path / "here", tmp_path / "elsewhere"
    settings.BACKUP_DIR.mkdir()
    made = told()
    monkeypatch.setattr(making.snapshot, "taken", lambda address: contextlib.nullcontext(made))
    monkeypatch.setattr(making, "_written", lambda path, address, now: path.write_bytes(b"sealed") and made)
    monkeypatch.setenv("BACKUP_KEY", KEY)
    settings.BACKUP_COPY = ["sh", "-c", "cp $0 $1 && env > $1.environment", "{}", str(elsewhere)]
    command("backup")
    assert elsewhere.read_bytes() == b"sealed"
    assert KEY not in elsewhere.with_suffix(".environment").read_text()
    assert backups.last_copy() == made.at
    monkeypatch.setattr(making.copying, "MAX_SECONDS", 0.5)
    for settings.BACKUP_COPY, why in (
        (["sh", "-c", "echo no route >&2; exit 3", "{}"], r"ended with 3\. no route"),
        (["no-such-program", "{}"], "No such file"),
        (["sh", "-c", r"printf 'kein Platz f\374r mehr' >&2; exit 4", "{}"], r"ended with 4\. kein Platz f.r mehr"),
        (["sh", "-c", "exec sleep 60", "{}"], r"did not end within 0\.5 s\."),
    ):
        with pytest.raises(CommandError, match=f"is made, but BACKUP_COPY did not take it .*{why}"):
            command("backup")
    assert BackupRun.objects.filter(act=BackupAct.MADE).count() == 5
    assert BackupRun.objects.filter(act=BackupAct.COPIED).count() == 1
    # One that somebody makes by hand somewhere stays there.
    command("backup", tmp_path / "by-hand")


# --- Keeping ---------------------------------------------------------------------------------------------------------


def night(month: int, day: int, hour: int = 2) -> datetime.datetime:
    return datetime.datetime(2026, month, day, hour, tzinfo=timezone.get_default_timezone())


@pytest.mark.parametrize(
    ("keep", "expected"),
    [
        # 31 March is a Tuesday, and the weeks end on 29, 22 and 15 March.
        (Keep(1, 0, 0), [night(3, 31)]),
        (Keep(3, 0, 0), [night(3, 29), night(3, 30), night(3, 31)]),
        (Keep(1, 3, 0), [night(3, 22), night(3, 29), night(3, 31)]),
        (Keep(1, 0, 3), [night(1, 31), night(2, 28), night(3, 31)]),
        (Keep(0, 0, 0), [night(3, 31)]),
    ],
)
def test_the_last_of_each_day_week_and_month_is_kept(keep, expected):
    start = night(1, 1)
    every_night = [start + datetime.timedelta(days=count) for count in range(90)]
    assert sorted(keeping.kept(every_night, keep)) == expected


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("last", "now", "due"),
    [
        (None, night(3, 31, 14), True),
        (night(3, 31, 2), night(3, 31, 23), False),
        (night(3, 31, 2), night(4, 1, 1), False),
        (night(3, 31, 2), night(4, 1, 2), True),
        # By hand in the evening: the night's own is made all the same.
        (night(3, 31, 20), night(4, 1, 2), True),
        (night(4, 1, 3), night(4, 1, 9), False),
    ],
)
def test_a_backup_is_due_once_a_night(settings, tmp_path, last, now, due):
    if last:
        backups.record(BackupAct.MADE, state_at=last, file="x", size=1)
    backups.record(BackupAct.VERIFIED, state_at=now, file="x", size=1)
    with clock.turned_to(now):
        assert not nightly.is_due(), "no BACKUP_DIR is set"
        settings.BACKUP_DIR = tmp_path
        assert nightly.is_due() is due


@pytest.mark.django_db
def test_the_worker_starts_one_backup_at_a_time_and_waits_after_a_failure(settings, tmp_path, monkeypatch):
    class Process:
        result = None

        def __init__(self, command, **options):
            started.append(command[1:])

        def poll(self):
            return Process.result

    started: list[list[str]] = []
    monkeypatch.setattr(nightly.subprocess, "Popen", Process)
    settings.BACKUP_DIR = tmp_path
    with clock.turned_to(night(3, 31)):
        worker = nightly.Nightly()
        for _time in range(3):
            worker.look()
        assert started == [["manage.py", "backup"]]
        Process.result = 1
        worker.look()
        worker.look()
        assert len(started) == 1
    with clock.turned_to(night(3, 31, 3)):
        worker.look()
        assert len(started) == 2
        backups.record(BackupAct.MADE, state_at=night(3, 31, 3), file="x", size=1)
        Process.result = 0
        worker.look()
        worker.look()
        assert len(started) == 2


def test_only_our_own_complete_files_are_deleted(tmp_path):
    header = sealed_files.MAGIC + b"0" * 40
    ours = [tmp_path / keeping.name_at(night(3, day)) for day in (1, 2, 3)]
    for path in ours:
        path.write_bytes(header)
    others = {
        "notes.txt": header,
        "portal-20260101-000000Z.backup.copy": header,
        "portal-20200101-000000Z.backup": b"?",
    }
    for name, content in others.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "portal-20210101-000000Z.backup").symlink_to(ours[0])
    assert keeping.prune(tmp_path, Keep(1, 0, 0)) == [path.name for path in ours[:2]]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        [*others, ours[2].name, "portal-20210101-000000Z.backup"]
    )
    killed = keeping.unfinished(ours[0])
    killed.touch()
    keeping.sweep_unfinished(tmp_path)
    assert not killed.exists()
    assert ours[2].exists()
