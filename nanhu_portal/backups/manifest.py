"""The last entry of a backup: what it holds, and of which portal."""

import dataclasses
import datetime
import hashlib
import json
from dataclasses import dataclass

from django.conf import settings

FORMAT = 1
# Entries of an archive: the dump, one for each file, a line for each file's hash, and the manifest.
DATABASE, MEDIA, SUMS, MANIFEST = "database", "media/", "media.sha256", "manifest.json"


@dataclass(frozen=True)
class Manifest:
    """What a backup holds.

    Attributes:
        portal: the release that made it.
        at: the time whose state it has.
        migrations: every migration that was applied, as `app.name`.
        rows: how many each table has.
        roles: the database's roles that its privileges name.
        privileges: who but the owner may do what, as `object role privilege`.
        media_gone: files that were deleted while the backup ran.
        contact_keys: fingerprints of the keys that encrypted contacts.
    """

    format: int
    portal: str
    at: datetime.datetime
    postgresql: int
    pg_dump: str
    migrations: list[str]
    rows: dict[str, int]
    extensions: list[str]
    roles: list[str]
    privileges: list[str]
    database_size: int
    database_sha256: str
    media_files: int
    media_size: int
    media_gone: list[str]
    secret_key: str
    contact_keys: list[str]

    def to_json(self) -> bytes:
        values = dataclasses.asdict(self) | {"at": self.at.isoformat()}
        return json.dumps(values, ensure_ascii=False, indent=1).encode()

    @classmethod
    def from_json(cls, text: bytes) -> "Manifest":
        """Raises `ValueError` where it is not one of ours, or of another format."""
        values = json.loads(text)
        if values.get("format") != FORMAT:
            raise ValueError(f"format {values.get('format')}")
        try:
            return cls(**values | {"at": datetime.datetime.fromisoformat(values["at"])})
        except (KeyError, TypeError) as error:
            raise ValueError(str(error)) from None


def fingerprint(key: str) -> str:
    """A digest by which two portals can compare a key without revealing it."""
    return hashlib.sha256(f"fingerprint of a portal's key\n{key}".encode()).hexdigest()[:16]


def own_secret_key() -> str:
    return fingerprint(settings.SECRET_KEY)


def own_contact_keys() -> list[str]:
    return [fingerprint(key) for key in settings.CONTACT_KEYS]
