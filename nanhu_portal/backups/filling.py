"""Fills a database from a backup: one transaction, committed only if everything in it is as it was saved."""

import contextlib
import subprocess
import tempfile
import threading
from pathlib import Path

from foundation.sealed_files import Damaged

from . import BackupError, after, archive, checking, manifest, postgres
from .manifest import Manifest

# A setting that pg_dump 17 and newer write at the beginning, and that older servers do not know.
TOO_NEW = b"SET transaction_timeout = 0;\n"
PREAMBLE = 8192
BEGIN = "SET client_min_messages = warning; SET statement_timeout = 0; SET lock_timeout = '30s';\nBEGIN;\n"


def fill(path: Path, made: Manifest, address: postgres.Address, *, resume_outbox: bool = False) -> None:
    """Replace all that the database holds. Raises `BackupError`; then it holds what it held.

    Args:
        resume_outbox: messages that waited go out, numbers go on, and links work: nothing happened since the backup.
    """
    with postgres.session(address) as connection:
        postgresql = connection.server_version // 10000
    # Whoever reads a dump must not be older than whoever wrote it.
    tools = postgres.tools(max(postgresql, int(made.pg_dump.split(".")[0])))
    with tempfile.TemporaryFile("w+") as said, checking.opened(path) as entries:
        psql = subprocess.Popen(
            tools.command("psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", f"--dbname={address.dsn}"),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=said,
            env=address.environment,
        )
        reader = subprocess.Popen(
            tools.command("pg_restore", "--no-owner", "--no-comments", "--file=-"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
            env=address.environment,
        )
        try:
            _pour(next(entries), made, reader, psql, postgresql)
            psql.stdin.write(_closing(made, resume_outbox).encode())
            psql.stdin.close()
            done = psql.wait() == 0
        except BrokenPipeError:
            done = False  # psql has ended at its first error, and says so
        finally:
            # Without COMMIT all is as before.
            for process in (reader, psql):
                process.kill()
                process.wait()
                _close(process)
        if not done:
            said.seek(0)
            raise BackupError(f"The database could not be restored, and is as it was: {said.read().strip()}")


def _close(process: subprocess.Popen) -> None:
    for pipe in (process.stdin, process.stdout):
        # What it no longer takes is of no use.
        with contextlib.suppress(BrokenPipeError):
            if pipe:
                pipe.close()


def _closing(made: Manifest, resume_outbox: bool) -> str:
    closing = [after.compare(made)]
    if not resume_outbox:
        closing += [after.SKIP, after.CLOSE_LINKS, after.HOLD_MESSAGES]
    # Without statistics the first pages would be slow.
    return "\n".join([*closing, "ANALYZE;", "COMMIT;\n"])


def _pour(dump: archive.Entry, made: Manifest, reader, psql, postgresql: int) -> None:
    """Pour the dump through pg_restore into psql. Raises unless all of it went."""
    failed: list[BaseException] = []

    def feed() -> None:
        try:
            while block := dump.read():
                reader.stdin.write(block)
            reader.stdin.close()
        except BaseException as error:
            failed.append(error)
            reader.kill()

    feeder = threading.Thread(target=feed, daemon=True)
    feeder.start()
    psql.stdin.write((BEGIN + after.EMPTY).encode())
    beginning = reader.stdout.read(PREAMBLE)
    psql.stdin.write(beginning.replace(TOO_NEW, b"") if postgresql < 17 else beginning)
    while block := reader.stdout.read(archive.BLOCK):
        psql.stdin.write(block)
    psql.stdin.flush()
    feeder.join()
    if failed and not isinstance(failed[0], BrokenPipeError):
        raise failed[0]
    if reader.wait() or failed:
        raise BrokenPipeError
    if (dump.name, dump.sum()) != (manifest.DATABASE, archive.Sum(made.database_size, made.database_sha256)):
        raise Damaged
