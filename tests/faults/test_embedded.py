"""The embedded PostgreSQL, in processes and folders of their own."""

import os
import pwd
import stat
import subprocess
import sys
from pathlib import Path

import psycopg2
import pytest

from nanhu_portal import embedded

pytestmark = pytest.mark.faults

# Starts the cluster, prints its URL, and waits for a line or the end of its input.
USE = """
import sys
from pathlib import Path
from nanhu_portal import embedded
embedded.VAR = Path(sys.argv[1])
try:
    print(embedded.start("postgres", durable=False), flush=True)
except embedded.EmbeddedError as error:
    sys.exit(str(error))
sys.stdin.readline()
"""


class Process:
    """A process that uses the cluster in `var`."""

    def __init__(self, var: Path):
        self.process = subprocess.Popen(
            [sys.executable, "-c", USE, var],
            cwd=embedded.ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def address(self) -> str:
        line = self.process.stdout.readline().strip()
        if not line:
            error = self.process.stderr.read()
            if "closed to other users" in error:
                pytest.skip(f"no user namespaces here: {error}")
            raise AssertionError(error)
        return line

    def leave(self) -> None:
        _out, error = self.process.communicate("\n", timeout=60)
        assert (self.process.returncode, error) == (0, "")


def ask(address: str, sql: str):
    """Run a statement in a new connection."""
    from urllib.parse import unquote, urlsplit  # to parse the URL as the settings do

    parts = urlsplit(address)
    user, _at, host = parts.netloc.rpartition("@")
    connection = psycopg2.connect(user=user, host=unquote(host), dbname=parts.path.strip("/"))
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchone() if cursor.description else None
    finally:
        connection.close()


def modes(*folders: Path) -> dict[Path, tuple]:
    above = {parent for folder in folders for parent in (folder, *folder.parents)}
    return {folder: (stat.S_IMODE(folder.stat().st_mode), folder.stat().st_uid) for folder in sorted(above)}


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """Two clusters side by side, the second in a folder too long for a socket; and what was there before.

    Whoever asks leaves them running.
    """
    root = tmp_path_factory.mktemp("embedded")
    near, far = root / "near" / "var", root / ("far-" * 20) / ("away-" * 20) / "var"
    for folder in (near, far):
        folder.mkdir(parents=True)
    binaries = embedded._binaries()
    before = modes(near, far, binaries, embedded.ROOT), {entry.pw_name for entry in pwd.getpwall()}
    processes = [Process(near), Process(far)]
    addresses = [process.address() for process in processes]
    after = modes(near, far, binaries, embedded.ROOT), {entry.pw_name for entry in pwd.getpwall()}
    yield {"vars": (near, far), "addresses": addresses, "before": before, "after": after, "processes": processes}
    for process in processes:
        if process.process.poll() is None:
            process.leave()


def test_two_folders_are_two_clusters(two):
    near, far = two["addresses"]
    assert near != far
    ask(near, "CREATE TABLE only_here (id int)")
    assert ask(near, "SELECT to_regclass('only_here') IS NOT NULL") == (True,)
    assert ask(far, "SELECT to_regclass('only_here') IS NOT NULL") == (False,)


def test_a_folder_too_long_for_a_socket_works(two):
    _near, far = two["vars"]
    assert len(os.fsencode(far / "postgres")) > 100
    assert ask(two["addresses"][1], "SELECT 1") == (1,)


def test_it_opens_no_folder_and_makes_no_system_user(two):
    modes_before, users_before = two["before"]
    modes_after, users_after = two["after"]
    assert modes_after == modes_before
    assert users_after == users_before
    for var in two["vars"]:
        assert stat.S_IMODE((var / "postgres").stat().st_mode) & 0o077 == 0, "the data is its owner's alone"


def test_it_listens_on_no_network(two):
    for address in two["addresses"]:
        assert ask(address, "SHOW listen_addresses") == ("",)


def test_it_knows_chinese_letters_and_is_new_enough(two):
    address = two["addresses"][0]
    assert ask(address, r"SELECT '湖' ~ '\w'") == (True,)
    assert ask(address, "SELECT current_setting('server_version_num')::int >= 150000") == (True,)


def test_it_stops_with_its_last_user_and_keeps_the_data(tmp_path):
    near = tmp_path / "var"
    near.mkdir()
    first = Process(near)
    address = first.address()
    ask(address, "CREATE TABLE IF NOT EXISTS kept (id int)")
    second = Process(near)
    assert second.address() == address, "the second joins the first"
    first.leave()
    assert ask(address, "SELECT 1") == (1,), "the second still uses it"
    second.leave()
    with pytest.raises(psycopg2.OperationalError):
        ask(address, "SELECT 1")
    assert not (near / "postgres" / "postmaster.pid").exists()

    third = Process(near)
    assert ask(third.address(), "SELECT to_regclass('kept') IS NOT NULL") == (True,)
    third.leave()


def test_after_a_killed_process_the_cluster_is_joined_and_stopped(tmp_path):
    first = Process(tmp_path)
    address = first.address()
    first.process.kill()
    first.process.communicate()
    assert ask(address, "SELECT 1") == (1,), "the server outlives a killed process"
    second = Process(tmp_path)
    assert second.address() == address
    second.leave()
    with pytest.raises(psycopg2.OperationalError):
        ask(address, "SELECT 1")
