"""Tries a backup: restores it into a database of its own and compares, without touching the portal's."""

import tempfile
from pathlib import Path

from psycopg2 import sql

from foundation import backups
from foundation.backups import BackupAct

from .. import embedded
from . import BackupError, checking, filling, postgres
from .manifest import Manifest


def verify(path: Path) -> Manifest:
    """Read all of a backup, and restore its database into an empty cluster. Raises `BackupError`."""
    made = checking.check(path)
    try:
        with embedded.scratch(Path(tempfile.gettempdir())) as sockets:
            address = postgres.address_of({"host": str(sockets), "user": embedded.OWNER, "dbname": "postgres"})
            with postgres.session(address) as connection, connection.cursor() as cursor:
                if made.postgresql > connection.server_version // 10000:
                    raise BackupError(
                        f"The backup comes from PostgreSQL {made.postgresql}, and the one to try it with is older."
                    )
                for role in set(made.roles) - {embedded.OWNER}:
                    cursor.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(role)))
                connection.commit()
            filling.fill(path, made, address)
    except embedded.EmbeddedError as error:
        raise BackupError(str(error)) from None
    backups.record(BackupAct.VERIFIED, state_at=made.at, file=path.name, size=path.stat().st_size)
    return made
