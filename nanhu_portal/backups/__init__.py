"""Everything the portal keeps, in one encrypted file, and back from it (docs/backup.md)."""


class BackupError(Exception):
    """A backup cannot be made, read or restored; the text says why and what to do."""
