"""Files in storage: each is there whole or not at all, and those that no row names are swept away."""

import logging
import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from django.apps import apps
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import models

logger = logging.getLogger("nanhu.photos")

PART = ".part"
# What `uploads.keep` writes, whole or in part; whatever else an operator puts there is none of our business.
OURS = re.compile(r"[a-z]+/\d{4}/\d{2}/[0-9a-f]{32}(-s)?\.jpg(\.part)?")
# A file is written before its row, and by then nobody waits for that any more.
GRACE_SECONDS = 24 * 3600
# More than this many, and more than a tenth of all, are no leftovers: it is the wrong folder, or the wrong database.
MOST_ORPHANS = 100


class WholeFileStorage(FileSystemStorage):
    """Writes under a temporary name, to the disk, and only then gives a file its name.

    So a full disk, a kill or a power cut leaves no truncated file that a row or a reader could take for a photo.
    """

    def _save(self, name, content):
        path = Path(self.path(name))
        self._make_folder(path.parent)
        part = path.with_name(path.name + PART)
        try:
            with open(part, "xb", opener=_privately) as file:
                for chunk in content.chunks():
                    file.write(chunk)
                file.flush()
                os.fchmod(file.fileno(), self.file_permissions_mode)
                sync(file.fileno())
            part.rename(path)
            sync_folder(path.parent)
        except BaseException:
            for left in (part, path):
                with suppress(OSError):
                    left.unlink()
            raise
        return name

    def _make_folder(self, folder: Path) -> None:
        if folder.is_dir():
            return
        self._make_folder(folder.parent)
        with suppress(FileExistsError):  # made by somebody else just now
            folder.mkdir()
            folder.chmod(self.directory_permissions_mode)
            sync_folder(folder.parent)


def _privately(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def sync(descriptor: int) -> None:
    """Wait until the file or folder is on the disk. Tests, which need no durability, replace it."""
    os.fsync(descriptor)


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        sync(descriptor)
    finally:
        os.close(descriptor)


def nearest(folder: Path) -> Path:
    """The folder, or the one above it in which it is going to be made."""
    return next(one for one in (folder, *folder.parents) if one.exists())


def space(folder: Path) -> tuple[int, int]:
    """The bytes that are free on the disk of a folder, and the size of that disk. The folder need not be there yet."""
    usage = shutil.disk_usage(nearest(folder))
    return usage.free, usage.total


# --- Files and rows --------------------------------------------------------------------------------------------------


class StoredName(models.CharField):
    """The name of a file in storage, or nothing. What such a field names is never swept away."""

    def __init__(self, *args, max_length: int = 120, **kwargs) -> None:
        super().__init__(*args, max_length=max_length, **kwargs)

    def deconstruct(self):
        name, _path, args, kwargs = super().deconstruct()
        # Migrations import no live code, and to the database it is nothing else.
        return name, "django.db.models.CharField", args, kwargs


def fields() -> list[StoredName]:
    """All fields that name files."""
    return [
        field
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, StoredName) and field.model is model
    ]


def names() -> Iterator[str]:
    """What all rows name, by one statement: a name that moves from one row to another meanwhile is not missed."""
    one, *others = [field.model._base_manager.order_by().values_list(field.name, flat=True) for field in fields()]
    return one.union(*others, all=True).iterator()


def sweep_orphans() -> int:
    """Delete files that no row names and that are older than a day. Returns how many. For the worker, once a day.

    They are left where a process was killed between a file and its row, or between a row and its file.
    """
    # The files before the names: a row that is written meanwhile is seen.
    found = list(_files())
    # By the true time, as the file system writes it.
    latest = time.time() - GRACE_SECONDS
    orphans = {name for name, modified in found if modified < latest}
    orphans.difference_update(names())
    if orphans and len(orphans) > max(MOST_ORPHANS, len(found) // 10):
        logger.error(
            "%s of %s photo files are named by no row; none deleted. Do MEDIA_ROOT and DATABASE_URL belong together?",
            len(orphans),
            len(found),
        )
        return 0
    for name in orphans:
        default_storage.delete(name)
    if orphans:
        logger.info("photo files that no row names deleted: %s", len(orphans))
    return len(orphans)


def _files() -> Iterator[tuple[str, float]]:
    """Our files in storage, and when each was written."""
    root = Path(default_storage.location)
    for folder, _folders, files in os.walk(root):
        for file in files:
            path = Path(folder, file)
            name = path.relative_to(root).as_posix()
            if OURS.fullmatch(name):
                with suppress(FileNotFoundError):  # deleted just now
                    yield name, path.stat().st_mtime
