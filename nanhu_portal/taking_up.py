"""How a running portal takes up a changed settings file: what cannot start is refused, and nothing that runs is lost.

Web processes look at the file in a thread of their own. The first to find it changed asks its server, granian, to
replace its processes one after the other. A worker ends what it does and starts again in its place.
"""

import logging
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from django.conf import settings
from django.db import Error, connection

from foundation import throttle

from . import settings_file

logger = logging.getLogger("nanhu.settings")

LOOK_SECONDS = 3
START_SECONDS = 60


# --- Trying ----------------------------------------------------------------------------------------------------------


def why_not(values: Mapping[str, str]) -> str:
    """Why the portal would not start with these lines in its settings file; empty if it would."""
    with tempfile.TemporaryDirectory(prefix="nanhu-settings-") as folder:
        file = Path(folder) / "settings.env"
        try:
            settings_file.write(file, dict(values))
        except settings_file.SettingsFileError as error:
            return str(error)
        return why_not_with(file)


def why_not_with(file: Path | None) -> str:
    """The same of a file. A process of its own reads it, as at a start."""
    named = {"SETTINGS_FILE": str(file)} if file else {}
    try:
        done = subprocess.run(
            [sys.executable, "manage.py", "check", "--database", "default"],
            cwd=settings.BASE_DIR,
            env=os.environ | named | {"PYTHONWARNINGS": "ignore"},
            capture_output=True,
            text=True,
            timeout=START_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"The check did not end within {START_SECONDS} s."
    return "" if done.returncode == 0 else sentence_in(done.stderr)


def sentence_in(said: str) -> str:
    """What a start that failed has said, in a sentence or two."""
    if found := re.search(r"^Cannot start: (.+)$", said, re.MULTILINE):
        return found[1]
    if errors := re.findall(r"^\S+: \((?:\w+\.)?E\d+\) (.+)$", said, re.MULTILINE):
        return " ".join(errors)
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return lines[-1][:300] if lines else "The check ended without a word."


# --- Watching --------------------------------------------------------------------------------------------------------


class Watch:
    """Says once of each change of the settings file whether it is to be taken up."""

    def __init__(self) -> None:
        self.seen = settings.SETTINGS_STAMP

    def look(self) -> bool:
        """Whether the file has changed since the last look, into one with which the portal starts."""
        now = settings_file.stamp(settings.SETTINGS_FILE)
        if now == self.seen:
            return False
        self.seen = now
        return can_start()


def can_start() -> bool:
    """Whether the portal would start now; if not, the log says why."""
    if why := why_not_with(settings.SETTINGS_FILE):
        logger.warning("the settings are not taken up: %s", why)
    return not why


def start_again() -> None:
    """Replace this process by a new start of its program, with the settings as they are now."""
    logger.info("taking up changed settings")
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # nosec B606 # noqa: S606 - what runs here already


# --- Web processes ---------------------------------------------------------------------------------------------------

_watching: threading.Thread | None = None


def keep_watching() -> None:
    """Watch the file from a thread; to be called by a web process once it is loaded."""
    global _watching
    if settings.SETTINGS_FILE and _watching is None:
        _watching = threading.Thread(target=_watch_for_ever, args=(Watch(),), name="settings", daemon=True)
        _watching.start()


def _watch_for_ever(watch: Watch) -> None:
    while True:
        time.sleep(LOOK_SECONDS)
        if watch.look():
            replace_processes(watch)


def replace_processes(watch: Watch) -> None:
    """Ask our server to replace its processes, unless one of them already has."""
    server = os.getppid()
    if not is_granian(server):
        logger.warning("the settings have changed; start the web server again to take them up")
    elif is_first(f"{socket.gethostname()} {server} {watch.seen}"):
        logger.info("taking up changed settings")
        os.kill(server, signal.SIGHUP)


def is_granian(pid: int) -> bool:
    try:
        return b"granian" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def is_first(change: str) -> bool:
    """Whether no other process of this server has asked for this change. A database that is away settles nothing."""
    try:
        return not throttle.is_over("settings", change, 1, 3600)
    except Error:
        return True
    finally:
        connection.close()
