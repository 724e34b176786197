"""The file that `SETTINGS_FILE` names: lines KEY=value, as systemd reads an EnvironmentFile.

The environment takes precedence. `manage.py setup` and the first-run page write it; people may too. Nothing
here needs Django, because settings.py reads it.
"""

import contextlib
import fcntl
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

NAME = re.compile(r"[A-Z][A-Z0-9_]*")
# What systemd and a shell read as itself without quotes.
PLAIN = re.compile(r"[A-Za-z0-9_@%+=:,./-]*")
# What a backslash takes the meaning from inside double quotes.
ESCAPED = '"\\`$'
# A host of ALLOWED_HOSTS. They get into the configuration of nginx too, which root writes.
HOST = re.compile(r"\.?[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?|\[?[0-9A-Fa-f:.]+\]?")
HEADING = (
    "# Settings of the portal. `manage.py setup` and the first-run page write this file, without other comments;\n"
    "# the environment takes precedence. A running portal takes a change up by itself.\n"
)

# Stands in for what is set nowhere yet, while `manage.py setup` runs for the first time.
provisional: dict[str, str] = {}


def default_sender(login: str, host: str) -> str:
    """What `MAIL_FROM` is where it is empty: the login, as many mail servers refuse any other sender.

    Args:
        login: at the mail server; it may be no address.
        host: of `SITE_URL`.
    """
    return login if "@" in login else f"no-reply@{host}"


class SettingsFileError(Exception):
    """The file cannot be read, understood or written; the text says where and why, and shows no value."""


def path(environ: Mapping[str, str]) -> Path | None:
    """The file that the environment names, if it names one."""
    named = environ.get("SETTINGS_FILE", "").strip()
    return Path(named) if named else None


def merged(environ: Mapping[str, str], *lower: Mapping[str, str]) -> dict[str, str]:
    """The environment above what is lower, the nearest first; a variable that is set to nothing does not count."""
    found: dict[str, str] = {}
    for layer in (*reversed(lower), environ):
        found |= {name: value for name, value in layer.items() if value.strip() or name not in found}
    return found


def stamp(file: Path | None) -> tuple[int, int, int] | None:
    """Changes whenever the file does; None if there is none."""
    try:
        status = file.stat() if file else None
    except OSError:
        return None
    return status and (status.st_ino, status.st_mtime_ns, status.st_size)


# --- Reading ---------------------------------------------------------------------------------------------------------


def read(file: Path | None) -> dict[str, str]:
    """Its settings; none if no file is named or it is not there yet. Raises `SettingsFileError`."""
    if file is None:
        return {}
    try:
        return parse(file.read_text("utf-8"), str(file))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise SettingsFileError(f"{file} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise SettingsFileError(f"{file} cannot be read: it is not UTF-8.") from None


def parse(text: str, called: str = "SETTINGS_FILE") -> dict[str, str]:
    """The settings in a text. Raises `SettingsFileError`.

    What systemd passes over in silence is refused: a line without `=`, a name twice, a quote that does not end.
    """
    found: dict[str, str] = {}
    text, place = text.replace("\r\n", "\n"), 0
    while place < len(text):
        where = f"{called}, line {1 + text.count(chr(10), 0, place)}"
        end = text.find("\n", place) + 1 or len(text)
        line = text[place:end].strip()
        if not line or line[0] in "#;":
            place = end
            continue
        name, sign, rest = text[place:end].partition("=")
        if not sign or not NAME.fullmatch(name.strip()):
            raise SettingsFileError(f"{where} is not KEY=value.")
        name = name.strip()
        if name in found:
            raise SettingsFileError(f"{where}: {name} is there twice.")
        found[name], place = _value(text, end - len(rest), f"{where}: {name}")
    return found


def _value(text: str, place: int, where: str) -> tuple[str, int]:
    """The value that begins at a place, and where its line ends. Parts in quotes, and then perhaps one without."""
    value = ""
    while place < len(text) and text[place] != "\n":
        if text[place] in "'\"":
            part, place = _quoted(text, place, where)
            value += part
        elif text[place].isspace():
            place += 1
        else:
            part, place = _bare(text, place)
            return value + part, place
    return value, place + 1


def _quoted(text: str, place: int, where: str) -> tuple[str, int]:
    quote, value, place = text[place], "", place + 1
    while place < len(text) and text[place] != "\n":
        char, following = text[place], text[place + 1 : place + 2]
        if char == quote:
            return value, place + 1
        if char == "\\" and quote == '"':
            value += following if following in ESCAPED else "" if following == "\n" else char + following
            place += 2
        else:
            value += char
            place += 1
    raise SettingsFileError(f"{where}: a quote does not end on its line.")


def _bare(text: str, place: int) -> tuple[str, int]:
    """A value without quotes: to the end of the line, without spaces there; a backslash keeps what follows it."""
    value, kept = "", 0
    while place < len(text) and text[place] != "\n":
        escaped = text[place] == "\\"
        place += escaped
        char = text[place : place + 1]
        value += "" if escaped and char == "\n" else char
        if escaped or not char.isspace():
            kept = len(value)
        place += 1
    return value[:kept], place + 1


# --- Writing ---------------------------------------------------------------------------------------------------------


def line(name: str, value: str) -> str:
    """One setting as both systemd and a shell read it. Raises `SettingsFileError` for what no line can hold."""
    if any(char < " " or char == "\x7f" for char in value):
        raise SettingsFileError(f"{name} holds a line break or another control character.")
    if PLAIN.fullmatch(value):
        return f"{name}={value}"
    quoted = "".join(f"\\{char}" if char in ESCAPED else char for char in value)
    return f'{name}="{quoted}"'


def write(file: Path, changes: Mapping[str, str | None]) -> None:
    """Change settings in the file, None removes one; it appears whole or not at all, readable by its owner alone.

    Raises `SettingsFileError`.
    """
    try:
        with _alone_in(file.parent):
            values = {name: value for name, value in (read(file) | changes).items() if value is not None}
            text = HEADING + "".join(f"{line(name, value)}\n" for name, value in sorted(values.items()))
            replace(file, text)
    except OSError as error:
        raise SettingsFileError(f"{file} cannot be written: {error.strerror}.") from None


@contextlib.contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Nobody else writes settings in this folder meanwhile."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
        os.fsync(handle)
    finally:
        os.close(handle)


def replace(file: Path, text: str) -> None:
    """Put a text in the place of a file, of the mode 0600. Raises OSError."""
    handle, draft = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")
    try:
        with open(handle, "w", encoding="utf-8") as opened:
            if os.geteuid() == 0:
                # A portal that is set up by root runs as somebody else, who reads it.
                owner = file.stat() if file.exists() else file.parent.stat()
                os.fchown(opened.fileno(), owner.st_uid, owner.st_gid)
            opened.write(text)
            opened.flush()
            os.fsync(opened.fileno())
        os.replace(draft, file)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
