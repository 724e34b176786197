"""What stands in for settings that nobody has made yet, so that `manage.py setup` can start on an empty server.

It writes them into the settings file with all else. Read before the settings, so nothing here needs Django.
"""

import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from nanhu_portal import settings_file

KEYS = ("SECRET_KEY", "CONTACT_KEYS", "BACKUP_KEY")
# Set for this command alone, perhaps; with the keys they make a whole environment.
DATABASES = ("DATABASE_URL", "DATABASE_OWNER_URL")
NOWHERE = "http://localhost"


def values(found: Mapping[str, str], arguments: Sequence[str], folder: Path | None) -> dict[str, str]:
    """Settings to begin with, for those of them that `found` has not.

    Args:
        arguments: of the command; `--keys` makes keys, and `--site-url` is known before it is read in earnest.
        folder: of the settings file; photos are kept in a folder beside it.
    """
    site = _option(arguments, "--site-url") or NOWHERE
    begin = {"SITE_URL": site, "ALLOWED_HOSTS": _hosts(site), "EMAIL_URL": "off://", "SMS_BACKEND": "off://"}
    if folder:
        begin["MEDIA_ROOT"] = str(folder / "media")
    if "--keys" in arguments:
        begin |= {name: secrets.token_urlsafe(48) for name in KEYS}
    return {name: value for name, value in begin.items() if not found.get(name, "").strip()}


def _option(arguments: Sequence[str], name: str) -> str:
    """The value of an option, written in either way."""
    for place, argument in enumerate(arguments):
        if argument == name:
            return "".join(arguments[place + 1 : place + 2])
        if argument.startswith(f"{name}="):
            return argument.partition("=")[2]
    return ""


def _hosts(site: str) -> str:
    try:
        host = urlsplit(site).hostname
    except ValueError:
        host = None
    return ",".join(dict.fromkeys([host or "localhost", "127.0.0.1", "localhost"]))


def stand_in(environ: Mapping[str, str], below: Mapping[str, str], arguments: Sequence[str]) -> None:
    """Let what is set nowhere be read from here, in this process alone."""
    found = settings_file.merged(environ, below)
    file = settings_file.path(environ)
    if "--keys" in arguments:
        named = {name: found[name] for name in DATABASES if found.get(name, "").strip() and name not in below}
        settings_file.provisional.update(named)
    # A demo has defaults of its own.
    if found.get("DEMO", "").strip().lower() not in ("1", "yes", "on", "true"):
        settings_file.provisional.update(values(found, arguments, file.parent if file else None))
