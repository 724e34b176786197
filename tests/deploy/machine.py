"""A Debian machine made from nothing: a root by mmdebstrap, booted with its own systemd and without any network."""

import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

PATIENCE = 120  # seconds until a machine that does not boot fails
CLONE_NEWNET = 0x40000000
# Debian's package of each program that is needed.
PROGRAMS = {"mmdebstrap": "mmdebstrap", "systemd-nspawn": "systemd-container", "nsenter": "util-linux"}
CLEAN = ("env", "-i", "PATH=/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "TERM=dumb")


class Failed(Exception):
    """A command did not end well; the text is what it said."""


def missing() -> list[str]:
    """What this machine lacks for making others; root is one of it."""
    lacking = [package for program, package in PROGRAMS.items() if not shutil.which(program)]
    return lacking + ([] if os.geteuid() == 0 else ["root"])


def run(*command, **options) -> str:
    done = subprocess.run(
        list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **options
    )
    if done.returncode:
        raise Failed(f"{' '.join(map(str, command))}\n{done.stdout[-6000:]}")
    return done.stdout


class Machine:
    """One of them, below a folder of its own; other folders are seen in it, below /mnt."""

    def __init__(self, suite: str, folder: Path, **seen: Path) -> None:
        self.suite, self.folder, self.seen = suite, folder, seen
        self.root = folder / "root"
        self._boot: subprocess.Popen | None = None
        self.pid = 0

    def make(self) -> None:
        """An empty Debian: what a server has that was installed a minute ago, and less."""
        packages = "systemd,systemd-sysv,dbus,ca-certificates"
        run("mmdebstrap", "--quiet", "--variant=minbase", f"--include={packages}", self.suite, self.root)

    def boot(self) -> None:
        """Start its systemd, until that says that it is up. It has a loopback and no other network."""
        binds = [f"--bind-ro={path}:/mnt/{name}" for name, path in self.seen.items()]
        command = ["systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--private-network", "--boot"]
        # A name of its own: a machine of another run, or one that was killed, has the mount points of its name.
        command += ["--console=pipe", f"--directory={self.root}", f"--machine=trial-{os.getpid()}", *binds]
        with open(self.folder / "boot.log", "wb") as log:
            self._boot = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        end = time.monotonic() + PATIENCE
        while not self._is_up():
            if self._boot.poll() is not None or time.monotonic() > end:
                raise Failed(f"{self.suite} does not boot: {(self.folder / 'boot.log').read_text()[-2000:]}")
            time.sleep(0.2)

    def _is_up(self) -> bool:
        children = Path(f"/proc/{self._boot.pid}/task/{self._boot.pid}/children")
        with contextlib.suppress(OSError, Failed):
            self.pid = int((children.read_text().split() or ["0"])[0])
            return bool(self.pid) and "running" in self.run("systemctl", "is-system-running", "--wait")
        return False

    def run(self, *command: str) -> str:
        """Run a command in it as root, and return what it said. Raises `Failed`."""
        return run("nsenter", f"--target={self.pid}", "--all", "--wdns=/", "--", *CLEAN, *command)

    @contextlib.contextmanager
    def network(self) -> Iterator[None]:
        """In this block, and this thread, connections are those of a program in the machine."""
        libc = ctypes.CDLL(None, use_errno=True)
        with open("/proc/self/ns/net") as own, open(f"/proc/{self.pid}/ns/net") as its:
            if libc.setns(its.fileno(), CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), "setns")
            try:
                yield
            finally:
                libc.setns(own.fileno(), CLONE_NEWNET)

    def stop(self) -> None:
        """Power off, and pull the plug from one that does not."""
        if self._boot is None:
            return
        self._boot.send_signal(signal.SIGTERM)
        try:
            self._boot.wait(30)
        except subprocess.TimeoutExpired:
            self._boot.kill()
            self._boot.wait(30)

    def remove(self) -> None:
        if self._boot is not None and self._boot.poll() is None:
            # A second one pulls the plug: nothing in it is needed any more.
            self._boot.send_signal(signal.SIGTERM)
            time.sleep(0.1)
        self.stop()
        subprocess.run(["rm", "-rf", "--one-file-system", self.folder], check=False)
