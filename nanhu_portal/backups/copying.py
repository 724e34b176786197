"""Takes a backup to another machine, by a command of the operator's (BACKUP_COPY)."""

import subprocess
from pathlib import Path

from django.conf import settings

from foundation import backups
from foundation.backups import BackupAct

from . import BackupError
from .manifest import Manifest

# The night's work may take six hours in all. One that hangs would keep all later backups from being made.
MAX_SECONDS = 4 * 3600


def copy(path: Path, made: Manifest) -> None:
    """Run BACKUP_COPY with this file. Raises `BackupError` if it fails; the backup itself is there all the same."""
    command = [part.replace("{}", str(path)) for part in settings.BACKUP_COPY]
    # Nothing of the portal's settings is handed on; programs find their own keys at home.
    environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": str(Path.home())}
    try:
        subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=MAX_SECONDS,
            check=True,
        )
    except OSError as error:
        raise _failed(path, str(error)) from None
    except subprocess.TimeoutExpired:
        raise _failed(path, f"it did not end within {MAX_SECONDS} s.") from None
    except subprocess.CalledProcessError as error:
        raise _failed(path, f"it ended with {error.returncode}. {error.stderr}".strip()) from None
    backups.record(BackupAct.COPIED, state_at=made.at, file=path.name, size=path.stat().st_size)


def _failed(path: Path, why: str) -> BackupError:
    return BackupError(f"{path} is made, but BACKUP_COPY did not take it to the other machine: {why}")
