"""Writes the database of this release: its schema, the demo content, and a row in each table that this leaves empty.

    make release-fixture        # at the commit that gets the release's tag

All of it is invented. Beside the dump stands what it holds, to compare with after an upgrade.
"""

import datetime
import json
import lzma
import re
import subprocess
import sys
import tempfile
import uuid
from pathlib import Path

from django.apps import apps
from django.core.management import call_command
from django.db import DatabaseError, connection, models, transaction
from django.test import override_settings

from consultation.models import Area, AreaLevel
from demands.statistics import editions
from foundation import clock
from foundation.accounts import User
from nanhu_portal import __version__
from nanhu_portal.backups import postgres

FOLDER = Path(__file__).parent
# Settings of newer servers, and a guard of newer psql, that older ones do not know.
TOO_NEW = re.compile(rb"^(SET transaction_timeout.*|\\(un)?restrict .*)\n", re.MULTILINE)
# Where any value will not do.
CHOSEN = {
    "consultation.SubdistrictProfile": lambda: {"area": Area.objects.filter(level=AreaLevel.SUBDISTRICT).first()},
    "foundation.CountTotal": lambda: {"buckets": [1, 0]},
    "foundation.DigestSubscription": lambda: {"user": User.objects.first()},
    "foundation.OutboxMessage": lambda: {"user": User.objects.first()},
}


def make() -> Path:
    """Fill the database that is connected, and write both files. Returns the dump's path."""
    call_command("migrate", verbosity=0)
    call_command("load_demo", stdout=sys.stderr)
    fill_empty()
    now = clock.now().replace(microsecond=0)
    with clock.turned_to(now):
        figures = editions.count_now().figures
    held = {"made_at": now.isoformat(), "rows": rows(), "figures": figures}
    address = postgres.own_address()
    command = postgres.tools(connection.pg_version // 10000).command(
        "pg_dump", "--no-owner", "--no-comments", "--no-privileges"
    )
    dump = subprocess.run(
        [*command, f"--dbname={address.dsn}"], env=address.environment, check=True, stdout=subprocess.PIPE
    ).stdout
    path = FOLDER / f"{__version__}.sql.xz"
    path.write_bytes(lzma.compress(TOO_NEW.sub(b"", dump), preset=9))
    path.with_name(f"{__version__}.json").write_text(json.dumps(held, ensure_ascii=False) + "\n")
    return path


def rows() -> dict[str, int]:
    found = {}
    with connection.cursor() as cursor:
        for table in sorted(connection.introspection.table_names(cursor)):
            cursor.execute(f'SELECT count(*) FROM "{table}"')  # noqa: S608
            found[table] = cursor.fetchone()[0]
    return found


def fill_empty() -> None:
    """A row in each table that has none. Raises `SystemExit` naming those for which a value has to be chosen."""
    failed = {}
    # Twice: a row may refer to one of a table that comes later.
    for _round in range(2):
        failed = {}
        for model in apps.get_models(include_auto_created=True):
            if not model._meta.managed or model._meta.proxy or model._base_manager.exists():
                continue
            try:
                with transaction.atomic():
                    model._base_manager.bulk_create([_row(model)])
            except (DatabaseError, ValueError, TypeError) as error:
                failed[model._meta.label] = str(error).strip().splitlines()[0]
    if failed:
        raise SystemExit("\n".join(["Choose values in CHOSEN for:", *map(" ".join, failed.items())]))


def _row(model: type[models.Model]) -> models.Model:
    chosen = CHOSEN.get(model._meta.label, dict)()
    values = {}
    for field in model._meta.local_concrete_fields:
        is_made = isinstance(field, models.AutoField) or field.generated
        if not is_made and field.name not in chosen and not field.has_default() and not field.null:
            values[field.attname] = _value(field)
    return model(**values | chosen)


def _value(field: models.Field):
    """Something that a field takes."""
    if isinstance(field, models.ForeignKey):
        return (
            field.related_model._base_manager.order_by("pk").values_list(field.target_field.attname, flat=True).first()
        )
    if field.choices:
        return next(value for value, _label in field.flatchoices if value not in ("", None))
    kinds = {
        models.DateTimeField: clock.now(),
        models.DateField: clock.now().date(),
        models.TimeField: datetime.time(9),
        models.DurationField: datetime.timedelta(minutes=5),
        models.BooleanField: False,
        models.IntegerField: 1,
        models.FloatField: 1.0,
        models.DecimalField: 1,
        models.JSONField: {},
        models.BinaryField: b"fixture",
        models.UUIDField: uuid.uuid4(),
        models.GenericIPAddressField: "192.0.2.1",
        models.CharField: "fixture"[: getattr(field, "max_length", None) or 7],
        models.TextField: "fixture",
    }
    return next((value for kind, value in kinds.items() if isinstance(field, kind)), None)


def main() -> None:
    with tempfile.TemporaryDirectory() as media, override_settings(MEDIA_ROOT=Path(media)):
        path = make()
    connection.close()
    print(f"→ {path.relative_to(FOLDER.parents[1])} and its .json: {path.stat().st_size / 1000:.0f} kB")
