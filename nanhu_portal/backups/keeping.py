"""Names of backups, and which of them are kept."""

import datetime
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from django.utils import timezone

from foundation import sealed_files

NAME = re.compile(r"portal-(\d{8}-\d{6})Z\.backup")
# Until it is complete, a backup has this name beside its own.
UNFINISHED = re.compile(r"\.portal-\d{8}-\d{6}Z\.backup\.unfinished")


class Keep(NamedTuple):
    """Of how many days, weeks and months the last backup is kept."""

    days: int
    weeks: int
    months: int


def name_at(at: datetime.datetime) -> str:
    return f"portal-{at.astimezone(datetime.UTC):%Y%m%d-%H%M%S}Z.backup"


def unfinished(path: Path) -> Path:
    return path.with_name(f".{path.name}.unfinished")


def kept(times: Iterable[datetime.datetime], keep: Keep) -> set[datetime.datetime]:
    """Of so many days, weeks and months that have a backup, the last one of each."""
    newest_first = sorted(times, reverse=True)
    periods: list[tuple[int, Callable[[datetime.datetime], tuple]]] = [
        (keep.days, lambda at: (at.year, at.month, at.day)),
        (keep.weeks, lambda at: tuple(at.isocalendar()[:2])),
        (keep.months, lambda at: (at.year, at.month)),
    ]
    found = set(newest_first[:1])
    for count, period_of in periods:
        last_of: dict[tuple, datetime.datetime] = {}
        for at in newest_first:
            last_of.setdefault(period_of(timezone.localtime(at)), at)
        found.update(list(last_of.values())[:count])
    return found


def complete(folder: Path) -> dict[datetime.datetime, Path]:
    """Our own complete backups in a folder, by the time in their names, the oldest first."""
    ours = {}
    for path in folder.iterdir():
        if (named := NAME.fullmatch(path.name)) and path.is_file() and not path.is_symlink() and _is_sealed(path):
            ours[datetime.datetime.strptime(named[1], "%Y%m%d-%H%M%S").replace(tzinfo=datetime.UTC)] = path
    return dict(sorted(ours.items()))


def prune(folder: Path, keep: Keep) -> list[str]:
    """Delete our own complete backups that are not kept. Returns their names."""
    ours = complete(folder)
    remaining = kept(ours, keep)
    gone = [path for at, path in ours.items() if at not in remaining]
    for path in gone:
        path.unlink()
    return [path.name for path in gone]


def sweep_unfinished(folder: Path) -> None:
    """Delete what killed runs left; to be called by the only one that is running."""
    for path in folder.iterdir():
        if UNFINISHED.fullmatch(path.name):
            path.unlink()


def _is_sealed(path: Path) -> bool:
    with path.open("rb") as file:
        return sealed_files.is_sealed(file.read(sealed_files.HEADER))
