"""Tries a backup: restores it into a database of its own and compares, without touching the portal's."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from psycopg2 import sql

from foundation import backups
from foundation.backups import BackupAct

from .. import embedded
from . import BackupError, checking, filling, postgres
from .manifest import Manifest

# Owns all in the scratch cluster. The cluster's own owner has a name that a role of the backup may have.
OWNER = "verifying"


def verify(path: Path) -> Manifest:
    """Read all of a backup, restore its database into an empty cluster, and bring it up to this release there.

    So it is known before an upgrade that its migrations come to terms with these very rows. Raises `BackupError`.
    """
    made = checking.check(path)
    try:
        with embedded.scratch(Path(tempfile.gettempdir())) as sockets:
            first, address = (
                postgres.address_of({"host": str(sockets), "user": user, "dbname": "postgres"})
                for user in (embedded.OWNER, OWNER)
            )
            with postgres.session(first) as connection, connection.cursor() as cursor:
                if made.postgresql > connection.server_version // 10000:
                    raise BackupError(
                        f"The backup comes from PostgreSQL {made.postgresql}, and the one to try it with is older."
                    )
                cursor.execute(f"CREATE ROLE {OWNER} SUPERUSER LOGIN")
                for role in set(made.roles) - {embedded.OWNER, OWNER}:
                    cursor.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(role)))
                connection.commit()
            filling.fill(path, made, address)
            _migrate(sockets)
    except embedded.EmbeddedError as error:
        raise BackupError(str(error)) from None
    backups.record(BackupAct.VERIFIED, state_at=made.at, file=path.name, size=path.stat().st_size)
    return made


def _migrate(sockets: Path) -> None:
    """In a process of its own: this one's connection is the portal's database."""
    url = f"postgres://{OWNER}@{quote(str(sockets), safe='')}/postgres"
    done = subprocess.run(
        [sys.executable, "manage.py", "migrate", "--no-input", "--verbosity=0"],
        # As a person at a terminal reads what is wrong.
        env=os.environ | {"DATABASE_URL": url, "DATABASE_OWNER_URL": "", "LOG_FORMAT": "plain"},
        cwd=settings.BASE_DIR,
        text=True,
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise BackupError(f"The backup is whole, but its tables cannot be brought up to this release: {done.stderr}")
