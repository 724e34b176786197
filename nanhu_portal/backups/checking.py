"""Reads a backup: first all of it, to know that it is whole, then what is asked of it."""

import itertools
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from django.conf import settings

from foundation.sealed_files import Damaged, NotSealed, OtherKey, Reader, fingerprint

from . import BackupError, archive, manifest
from .manifest import Manifest

MAX_MANIFEST = 64 * 1024 * 1024


def check(path: Path) -> Manifest:
    """Read the whole file and compare every hash in it. Raises `BackupError` unless all of it is as it was written."""
    with opened(path) as entries, tempfile.TemporaryFile("w+b") as found:
        dump = next(entries, None)
        if dump is None or dump.name != manifest.DATABASE:
            raise Damaged
        database = dump.sum()
        files = size = 0
        for entry in entries:
            if not entry.name.startswith(manifest.MEDIA):
                break
            name, file = media_name(entry.name), entry.sum()
            found.write(f"{file.sha256}  {name}\n".encode())
            files, size = files + 1, size + file.size
        else:
            raise Damaged
        found.seek(0)
        if entry.name != manifest.SUMS or not _same(entry, found):
            raise Damaged
        made = _manifest(next(entries, None))
        if next(entries, None) is not None:
            raise Damaged
    recorded = (made.database_size, made.database_sha256, made.media_files, made.media_size)
    if recorded != (database.size, database.sha256, files, size):
        raise BackupError(f"{path}: its manifest does not match its content.")
    return made


@contextmanager
def opened(path: Path) -> Iterator[Iterator[archive.Entry]]:
    """The entries of a backup. Whatever is wrong with the file becomes a `BackupError` with a sentence."""
    if not settings.BACKUP_KEY:
        raise BackupError("BACKUP_KEY is not set: the key that the backup was encrypted with.")
    try:
        with open(path, "rb") as file:
            yield archive.entries(Reader(file, settings.BACKUP_KEY))
    except NotSealed:
        raise BackupError(f"{path} is not a backup of this portal.") from None
    except OtherKey as error:
        own = fingerprint(settings.BACKUP_KEY).hex()
        raise BackupError(
            f"{path} was made with another BACKUP_KEY: fingerprint {error}, and that of ours is {own}."
        ) from None
    except Damaged:
        raise BackupError(f"{path} is damaged: a part is missing or was changed. Take another backup.") from None
    except OSError as error:
        raise BackupError(f"{path} cannot be read: {error.strerror or error}.") from None


def media_name(entry: str) -> str:
    """The name of a file in storage. Raises `Damaged` for one that would lead out of it."""
    name = entry.removeprefix(manifest.MEDIA)
    path = PurePosixPath(name)
    if not name or path.is_absolute() or ".." in path.parts or not name.isprintable():
        raise Damaged
    return name


def _same(entry: archive.Entry, found) -> bool:
    """Whether an entry has these bytes."""
    blocks = iter(lambda: entry.read(), b"")
    return all(block == found.read(len(block)) for block in blocks) and not found.read(1)


def _manifest(entry: archive.Entry | None) -> Manifest:
    if entry is None or entry.name != manifest.MANIFEST:
        raise Damaged
    text = b"".join(itertools.takewhile(bool, (entry.read() for _block in range(MAX_MANIFEST // archive.BLOCK))))
    try:
        return Manifest.from_json(text)
    except ValueError as error:
        raise BackupError(
            f"The manifest of this backup cannot be read ({error}): it was made by another release of the portal."
        ) from None
