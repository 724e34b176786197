"""The worker's nightly backup into BACKUP_DIR, in a process of its own, so that messages go on meanwhile."""

import datetime
import logging
import subprocess
import sys

from django.conf import settings
from django.utils import timezone

from foundation import backups, clock

from . import ALREADY_RUNNING

logger = logging.getLogger("nanhu.backups")

# By the portal's own time: the hour when least is going on.
HOUR = 2
PAUSE_AFTER_FAILURE = datetime.timedelta(hours=1)


def is_due() -> bool:
    """Whether none was made since the last night began, by whoever and wherever."""
    if not settings.BACKUP_DIR:
        return False
    now = timezone.localtime(clock.now())
    night = now.replace(hour=HOUR, minute=0, second=0, microsecond=0)
    if night > now:
        night -= datetime.timedelta(days=1)
    last = backups.last_backup()
    return last is None or last < night


class Nightly:
    """What a worker remembers of the backup that it has started."""

    def __init__(self) -> None:
        self._process: subprocess.Popen | None = None
        self._not_before = clock.now()

    def look(self) -> None:
        """Start a backup that is due, or note how the one that was started went."""
        if self._process is not None:
            failed = self._process.poll()
            if failed is None:
                return
            self._process = None
            if failed not in (0, ALREADY_RUNNING):
                # The command has said why.
                logger.error("the nightly backup failed")
            if failed:
                self._not_before = clock.now() + PAUSE_AFTER_FAILURE
        if clock.now() >= self._not_before and is_due():
            self._process = subprocess.Popen([sys.executable, "manage.py", "backup"], cwd=settings.BASE_DIR)

    def stop(self) -> None:
        """End an unfinished one; it leaves nothing."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
