"""Restores a backup: everything is checked before anything is touched, and the database changes in one transaction."""

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.db.migrations.loader import MigrationLoader

from foundation import backups, storage
from foundation.backups import BackupAct

from .. import __version__, releases
from . import BackupError, archive, checking, filling, manifest, postgres
from .making import NOT_KEPT, REPLACED, RESTORING
from .manifest import Manifest

# A database is empty if nobody has put anything there: these are filled by no migration.
FILLED_BY_PEOPLE = ("foundation_user", "consultation_area", "demands_demand")


def restore(
    path: Path, *, replace: str = "", resume_outbox: bool = False, lost_keys: bool = False, say: Callable[[str], None]
) -> Manifest:
    """Put back everything. Raises `BackupError`.

    Args:
        replace: the name of the database, if it and the files in MEDIA_ROOT are to be replaced.
        resume_outbox: nothing happened since the backup, so that messages that waited go out.
        lost_keys: go on without the keys of the contacts, which then nobody can read.
    """
    address = postgres.own_address()
    say(f"reading {path}")
    made = checking.check(path)
    refuse_unless_fitting(made, address, lost_keys=lost_keys)
    _refuse_unless_free(address, replace)
    root = Path(settings.MEDIA_ROOT)
    say(f"files: {made.media_files}")
    _put_files(path, made, root)
    say(f"database: {sum(made.rows.values())} rows in {len(made.rows)} tables")
    try:
        filling.fill(path, made, address, resume_outbox=resume_outbox)
    except BaseException:
        shutil.rmtree(root / RESTORING)
        raise
    try:
        _swap_files(root)
    except OSError as error:
        raise BackupError(
            f"The database is restored, but not all files: {error}. Repeat the command with --replace."
        ) from error
    return made


def record(path: Path, made: Manifest) -> None:
    backups.record(BackupAct.RESTORED, state_at=made.at, file=path.name, size=path.stat().st_size)


# --- Before anything is touched --------------------------------------------------------------------------------------


def refuse_unless_fitting(made: Manifest, address: postgres.Address, *, lost_keys: bool) -> None:
    """Raise `BackupError` unless this release, this server and these keys can go on with the backup."""
    if releases.order(made.portal) > releases.order(__version__):
        raise BackupError(
            f"The backup was made by release {made.portal} of the portal, and this is {__version__}. "
            "Install that release or a newer one first."
        )
    known = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}
    apps = {name.partition(".")[0] for name in known}
    newer = [name for name in made.migrations if name not in known and name.partition(".")[0] in apps]
    if newer:
        raise BackupError(
            f"The backup was made by a newer release of the portal ({made.portal}, with the migration {newer[0]}). "
            "Install that release first."
        )
    missing = set(made.contact_keys) - set(manifest.own_contact_keys())
    if missing and not lost_keys:
        raise BackupError(
            f"CONTACT_KEYS lacks {len(missing)} of the {len(made.contact_keys)} keys that contacts were encrypted "
            f"with (fingerprint {', '.join(sorted(missing))}): nobody could be reached. Take the keys that were kept "
            "apart, or, if they are lost, say so with --lost-keys."
        )
    with postgres.session(address) as connection, connection.cursor() as cursor:
        if made.postgresql > connection.server_version // 10000:
            raise BackupError(
                f"The backup comes from PostgreSQL {made.postgresql}; this one is older "
                f"({connection.server_version // 10000})."
            )
        for what, asked, needed in (
            ("role", "SELECT rolname::text FROM pg_roles", made.roles),
            ("extension", "SELECT name::text FROM pg_available_extensions", made.extensions),
        ):
            cursor.execute(asked)
            if lacking := set(needed) - {row[0] for row in cursor}:
                raise BackupError(f"The server lacks the {what} {', '.join(sorted(lacking))}. Create it first.")
    # Needed once more than the files have, because what is there is deleted only at the end.
    if storage.space(Path(settings.MEDIA_ROOT))[0] < made.media_size:
        raise BackupError(f"The files need {made.media_size / 1e6:.0f} MB, and MEDIA_ROOT has not that much free.")


def _refuse_unless_free(address: postgres.Address, replace: str) -> None:
    """Raise `BackupError` if the portal is running, or holds anything that is not to be replaced."""
    with postgres.session(address) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT current_database()")
        [name] = cursor.fetchone()
        if replace and replace != name:
            raise BackupError(f"--replace names the database {replace}, and this one is {name}.")
        filled = []
        for table in FILLED_BY_PEOPLE:
            cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [f"public.{table}"])
            if cursor.fetchone()[0]:
                cursor.execute(f"SELECT EXISTS (SELECT FROM public.{table})")  # nosec B608 # noqa: S608 - a name of ours
                filled += [table] if cursor.fetchone()[0] else []
        root = Path(settings.MEDIA_ROOT)
        filled += [str(root)] if root.is_dir() and any(each.name not in NOT_KEPT for each in root.iterdir()) else []
        if filled and not replace:
            raise BackupError(
                f"There is something already ({', '.join(filled)}). To replace the database and all files, "
                f"repeat the command with --replace {name}."
            )
        connection.rollback()
        connection.autocommit = True
        if not _alone(cursor):
            raise BackupError("Somebody is connected to the database: stop the web server and the worker first.")


def _alone(cursor) -> bool:
    """Whether nobody else is connected; what was closed just now may take a moment to go."""
    for _attempt in range(20):
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        if cursor.fetchone()[0] == 0:
            return True
        time.sleep(0.1)
    return False


# --- Files -----------------------------------------------------------------------------------------------------------


def _put_files(path: Path, made: Manifest, root: Path) -> None:
    """Write all files beside those that are there. Raises `BackupError`; then nothing is left of them."""
    place = root / RESTORING
    shutil.rmtree(place, ignore_errors=True)
    root.mkdir(parents=True, exist_ok=True)
    place.mkdir()
    try:
        with checking.opened(path) as entries:
            for entry in entries:
                if entry.name.startswith(manifest.MEDIA):
                    _put(entry, place / checking.media_name(entry.name))
        _give_to_owner_of(root, place)
        os.sync()
    except OSError as error:
        shutil.rmtree(place)
        raise BackupError(f"The files could not be written: {error}.") from error
    except BaseException:
        shutil.rmtree(place)
        raise


def _put(entry: archive.Entry, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    mode = settings.FILE_UPLOAD_PERMISSIONS
    with open(target, "xb", opener=lambda name, flags: os.open(name, flags, mode)) as file:
        while block := entry.read():
            file.write(block)


def _give_to_owner_of(root: Path, place: Path) -> None:
    """The portal has a user of its own, and the command may run as root."""
    owner = root.stat()
    for folder, folders, files in os.walk(place):
        for name in (*folders, *files):
            os.chown(Path(folder, name), owner.st_uid, owner.st_gid)
        for name in folders:
            os.chmod(Path(folder, name), settings.FILE_UPLOAD_DIRECTORY_PERMISSIONS)


def _swap_files(root: Path) -> None:
    """Take the new files in place of the old ones."""
    old, new = root / REPLACED, root / RESTORING
    shutil.rmtree(old, ignore_errors=True)
    old.mkdir()
    for each in list(root.iterdir()):
        if each.name not in NOT_KEPT:
            each.rename(old / each.name)
    for each in list(new.iterdir()):
        each.rename(root / each.name)
    new.rmdir()
    shutil.rmtree(old)
