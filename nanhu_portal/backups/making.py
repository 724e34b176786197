"""Makes a backup: the database of one moment, the files, and what there is to compare them with."""

import contextlib
import dataclasses
import io
import os
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from foundation import backups, storage
from foundation.backups import BackupAct
from foundation.sealed_files import Writer

from .. import __version__
from . import BackupError, archive, copying, keeping, manifest, postgres, snapshot
from .manifest import Manifest

# Folders in MEDIA_ROOT that are no part of what the portal keeps: those of a restoring at work, and a disk's own.
RESTORING, REPLACED = ".restoring", ".replaced"
NOT_KEPT = (RESTORING, REPLACED, "lost+found")


@dataclass(frozen=True)
class Made:
    """A backup that is complete on the disk."""

    path: Path
    size: int
    manifest: Manifest
    pruned: list[str]


def make(place: Path | None = None) -> Made:
    """Save everything. Raises `BackupError`; then nothing is left of it, unless the text says that it is made.

    Args:
        place: a new file, or a folder that gets one named after the time; by default BACKUP_DIR, which then also
            loses what BACKUP_KEEP does not keep, and BACKUP_COPY takes it to another machine.
    """
    if not settings.BACKUP_KEY:
        raise BackupError("BACKUP_KEY is not set: the key that encrypts backups, at least 32 random characters.")
    folder = _folder(place)
    address = postgres.own_address()
    try:
        with snapshot.taken(address) as now:
            path = folder / keeping.name_at(now.at) if place is None or place.is_dir() else place
            made = _written(path, address, now)
            pruned = []
            if place is None:
                keeping.sweep_unfinished(folder)
                pruned = keeping.prune(folder, keeping.Keep(*settings.BACKUP_KEEP))
    except OSError as error:
        raise BackupError(f"The backup could not be written: {error}.") from error
    size = path.stat().st_size
    backups.record(BackupAct.MADE, state_at=made.at, file=path.name, size=size)
    if place is None and settings.BACKUP_COPY:
        copying.copy(path, made)
    return Made(path, size, made, pruned)


def _folder(place: Path | None) -> Path:
    if place is None and not settings.BACKUP_DIR:
        raise BackupError("Name a file or folder, or set BACKUP_DIR.")
    place = place or settings.BACKUP_DIR
    folder = (place if place.is_dir() or place == settings.BACKUP_DIR else place.parent).resolve()
    if not folder.is_dir():
        # Not made by us: where a disk is not mounted, the backup would stand on the wrong one.
        raise BackupError(f"The folder {folder} does not exist.")
    if folder.is_relative_to(Path(settings.MEDIA_ROOT).resolve()):
        raise BackupError(f"{folder} is inside MEDIA_ROOT, whose files are part of the backup.")
    if place.exists() and not place.is_dir():
        raise BackupError(f"{place} exists already.")
    return folder


def _written(path: Path, address: postgres.Address, now: snapshot.Snapshot) -> Manifest:
    """Write the file under another name, and give it its own when all of it is on the disk."""
    draft = keeping.unfinished(path)
    tools = postgres.tools(now.postgresql)
    try:
        with open(draft, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            made = _save(Writer(file, settings.BACKUP_KEY), address, now, tools)
            file.flush()
            storage.sync(file.fileno())
        draft.rename(path)
        storage.sync_folder(path.parent)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    return made


def _save(target: Writer, address: postgres.Address, now: snapshot.Snapshot, tools: postgres.Tools) -> Manifest:
    root = Path(settings.MEDIA_ROOT)
    before = set(_names(root))
    dump = _save_database(target, address, now, tools)
    files, size, gone = _save_media(target, root, before)
    found = dataclasses.asdict(now)
    del found["key"]
    made = Manifest(
        format=manifest.FORMAT,
        portal=__version__,
        pg_dump=tools.version,
        database_size=dump.size,
        database_sha256=dump.sha256,
        media_files=files,
        media_size=size,
        media_gone=gone,
        secret_key=manifest.own_secret_key(),
        contact_keys=manifest.own_contact_keys(),
        **found,
    )
    archive.add(target, manifest.MANIFEST, io.BytesIO(made.to_json()))
    archive.finish(target)
    return made


def _save_database(
    target: Writer, address: postgres.Address, now: snapshot.Snapshot, tools: postgres.Tools
) -> archive.Sum:
    command = tools.command("pg_dump", "--format=custom", "--no-owner", "--no-comments", f"--snapshot={now.key}")
    command += ["--lock-wait-timeout=60s"]
    command += [f"--exclude-table-data={table}" for table in snapshot.NOT_SAVED] + [f"--dbname={address.dsn}"]
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said, env=address.environment)
        try:
            found = archive.add(target, manifest.DATABASE, process.stdout)
            failed = process.wait()
        except BaseException:
            process.kill()
            raise
        finally:
            process.stdout.close()
            process.wait()
        if failed:
            said.seek(0)
            raise BackupError(f"pg_dump failed: {said.read().strip()}")
    return found


def _names(root: Path) -> Iterator[str]:
    """The files of the portal, by their names in storage."""
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in NOT_KEPT or Path(folder) != root)
        for name in sorted(files):
            path = Path(folder, name)
            # Our names are plain; what else lies there is not ours.
            if name.isprintable() and path.is_file() and not path.is_symlink():
                yield path.relative_to(root).as_posix()


def _save_media(target: Writer, root: Path, before: set[str]) -> tuple[int, int, list[str]]:
    """Append every file, and a line for each with its hash. Returns how many, of what size, and which went meanwhile.

    Files never change, so each is as good as any snapshot. What appears or is renamed during the first round is found
    in the second.
    """
    saved: set[str] = set()
    size = 0
    with tempfile.TemporaryFile("w+b") as sums:
        for _round in range(2):
            for name in _names(root):
                if name in saved:
                    continue
                # Deleted since it was listed, by its owner's wish or because its time was over.
                with contextlib.suppress(FileNotFoundError), open(root / name, "rb") as file:
                    found = archive.add(target, manifest.MEDIA + name, file)
                    sums.write(f"{found.sha256}  {name}\n".encode())
                    saved.add(name)
                    size += found.size
        sums.seek(0)
        archive.add(target, manifest.SUMS, sums)
    return len(saved), size, sorted(before - saved)
