"""Everything the portal keeps, in one encrypted file, and back from it (docs/backup.md)."""


class BackupError(Exception):
    """A backup cannot be made, read or restored; the text says why and what to do."""


class AlreadyRunning(BackupError):
    """Another process is making a backup of the same database."""


# How the command ends then: nothing failed, and there is nothing to do.
ALREADY_RUNNING = 75
