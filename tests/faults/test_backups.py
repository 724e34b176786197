"""A backup of the portal in use, and the way back: onto a server that has nothing but roles, and over what is there."""

import dataclasses
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from nanhu_portal.backups import BackupError, checking, filling, keeping, postgres
from tests.faults.cluster import PATIENCE, Cluster, until
from tests.faults.portal import ROOT, Crowd, Portal, running, stored
from tests.servers import free_port

pytestmark = pytest.mark.faults

KEY = "only-for-tests-a-key-of-backups-0123456789"
ROLES = "CREATE ROLE app LOGIN; CREATE ROLE reader LOGIN;"
GRANTS = """
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO app;
    GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO app;
    REVOKE UPDATE, DELETE ON foundation_auditentry FROM app;
    GRANT SELECT (id, ref) ON demands_demand TO reader;
    ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO app;
"""
RIGHTS = """
    SELECT has_table_privilege('app', 'demands_demand', 'UPDATE'),
        has_table_privilege('app', 'foundation_auditentry', 'INSERT'),
        has_table_privilege('app', 'foundation_auditentry', 'UPDATE'),
        has_table_privilege('app', 'foundation_auditentry', 'TRUNCATE'),
        has_column_privilege('reader', 'demands_demand', 'ref', 'SELECT'),
        has_column_privilege('reader', 'demands_demand', 'description', 'SELECT')
"""


def command(portal: Portal, *arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        env=portal.environment,
        cwd=ROOT,
        text=True,
        capture_output=True,
        check=False,
    )


@pytest.fixture(scope="module")
def saved(cluster, installed, tmp_path_factory):
    """A backup made while residents submit: its file, their mark, what was acknowledged before it began, and they."""
    cluster.ask(ROLES + GRANTS)
    mark = "备份当中"
    folder = tmp_path_factory.mktemp("saved")
    path = folder / "whole.backup"
    portal = Portal(cluster, folder, free_port(), BACKUP_KEY=KEY)
    try:
        with running(portal, "web"), Crowd(portal, mark, residents=2) as crowd:
            crowd.wait_for(3)
            before = list(crowd.acknowledged)
            portal.manage("backup", str(path))
            crowd.wait_for(2)
    finally:
        portal.close()
    return path, mark, before, crowd


@pytest.fixture
def blank(tmp_path):
    """Another server, on which somebody has created the roles, and default privileges of their own."""
    cluster = Cluster(tmp_path / "blank")
    cluster.ask(ROLES + "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON TABLES TO app, reader;")
    yield cluster
    cluster.kill()


def test_a_portal_saved_in_use_goes_on_elsewhere(saved, blank, mail, tmp_path):
    path, mark, before, crowd = saved
    other = Portal(blank, tmp_path / "blank", free_port(), EMAIL_URL=mail.address, BACKUP_KEY=KEY)
    try:
        said = other.manage("restore", str(path))
        assert "may have been sent since" in said
        found = stored(other, mark)
        assert set(before) <= set(found) <= set(crowd.acknowledged)
        assert blank.ask(RIGHTS) == [["t", "t", "f", "f", "t", "f"]]
        mail.received.clear()
        other.manage("worker", "--once")
        assert mail.received == []
        with running(other, "web"):
            assert other.answers("/readyz")
            with Crowd(other, f"{mark} 恢复之后", residents=1) as after:
                after.wait_for(2)
            assert after.odd == []
        # Whoever restores over it says so, and stops the portal first.
        refused = command(other, "restore", str(path))
        assert (refused.returncode, "There is something already" in refused.stderr) == (1, True), refused.stderr
        with running(other, "web"):
            refused = command(other, "restore", str(path), "--replace", "postgres")
            assert "stop the web server" in refused.stderr
        other.manage("restore", str(path), "--replace", "postgres", "--resume-outbox")
        assert stored(other, mark) == found
        assert blank.number("SELECT count(*) FROM foundation_outboxmessage WHERE status = 'waiting'") >= len(before)
    finally:
        other.close()


def test_a_backup_is_tried_in_a_scratch_cluster(portal, saved):
    path, *_ = saved
    portal.environment["BACKUP_KEY"] = KEY
    assert "is whole" in portal.manage("restore", "--verify", str(path))
    verified = "SELECT count(*) FROM foundation_backuprun WHERE act = 'verified'"
    assert portal.cluster.number(verified) == 1
    # By a release whose migrations fail on these rows.
    portal.cluster.ask(
        "INSERT INTO django_migrations (app, name, applied) VALUES ('demands', '0002_of_another_time', now())"
    )
    try:
        portal.manage("backup", str(other := path.with_name("other.backup")))
        refused = command(portal, "restore", "--verify", str(other))
        assert "its tables cannot be brought up to this release" in refused.stderr
        assert portal.cluster.number(verified) == 1
    finally:
        portal.cluster.ask("DELETE FROM django_migrations WHERE name = '0002_of_another_time'")


def test_a_difference_found_at_the_end_leaves_the_database_as_it_was(saved, blank, settings):
    path, *_ = saved
    settings.BACKUP_KEY = KEY
    address = postgres.address_of({"host": str(blank.sockets), "user": "nanhu", "dbname": "postgres"})
    blank.ask("CREATE TABLE precious (id int); INSERT INTO precious VALUES (1)")
    made = checking.check(path)
    count = made.rows["public.demands_demand"]
    for told, sentence in (
        (dataclasses.replace(made, rows=made.rows | {"public.demands_demand": count + 1}), f"{count} are restored"),
        (dataclasses.replace(made, privileges=made.privileges[1:]), "privileges are not as they were saved"),
    ):
        with pytest.raises(BackupError, match=sentence):
            filling.fill(path, told, address)
        assert blank.ask("SELECT count(*) FROM precious") == [["1"]]
        assert blank.number("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 1
    # And with nothing but the truth it is filled, in one go with the messages held.
    filling.fill(path, made, address)
    assert blank.number("SELECT count(*) FROM demands_demand") == count
    assert blank.number("SELECT count(*) FROM foundation_outboxmessage WHERE status IN ('waiting', 'held')") == 0


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_an_interrupted_backup_is_none(portal, tmp_path, how):
    folder = tmp_path / "backups"
    folder.mkdir()
    portal.environment |= {"BACKUP_KEY": KEY, "BACKUP_DIR": str(folder)}
    # A file so large, though it takes no room, that the backup is long in the middle of its work.
    media = Path(portal.environment["MEDIA_ROOT"])
    media.mkdir(parents=True)
    with (media / "large.jpg").open("wb") as large:
        large.truncate(40 * 1024**3)
    process = subprocess.Popen([sys.executable, "manage.py", "backup"], env=portal.environment, cwd=ROOT)
    until(lambda: any(path.stat().st_size > 10**7 for path in folder.iterdir()), "the backup is under way")
    process.send_signal(how)
    process.wait(PATIENCE)
    left = list(folder.iterdir())
    assert all(keeping.UNFINISHED.fullmatch(path.name) for path in left)
    assert len(left) == (how == signal.SIGKILL)
    os.truncate(media / "large.jpg", 10)
    portal.manage("backup")
    [path] = folder.iterdir()
    assert keeping.NAME.fullmatch(path.name)
