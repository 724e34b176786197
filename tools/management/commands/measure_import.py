"""Measures the import of a department's list, from upload to last demand, and rolls everything back."""

import datetime
import io
import resource
import time
from collections.abc import Iterable

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from consultation.models import places
from demands.models import categories
from demands.services import batches, staging
from demands.sheets import demands as demand_list
from demands.sheets import mapping
from foundation import raw_sheets, sheets
from foundation.accounts import User

BODY = "雨后积水溅人，老人容易绊倒，附近居民多次反映，希望尽快修整。"  # 30 characters
REPLY = "已派人现场查看，三个工作日内修整完毕。" * 4


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("--rows", type=int, default=sheets.MAX_ROWS)
        parser.add_argument("--suggest", action="store_true", help="no row has a category, so each is suggested one")
        parser.add_argument("--replies", action="store_true", help="every row has an answer and comes in resolved")
        parser.add_argument("--length", type=int, default=300, help="characters of a text (default: 300)")
        parser.add_argument("--csv", action="store_true", help="a .csv instead of an .xlsx")

    def handle(self, *args, rows: int, replies: bool, suggest: bool, length: int, csv: bool, **options):
        areas, kinds = list(places.areas().values()), categories.active()
        if not (areas and kinds):
            raise CommandError("There are no areas or categories; load the structure first: manage.py load_nanhu.")
        now, body = timezone.localtime(), (BODY * (length // len(BODY) + 1))[:length]
        named = [""] if suggest else [str(kind) for kind in kinds]
        cells = (self._row(number, body, replies, areas, named, now) for number in range(rows))
        file = io.BytesIO(self._file(cells, csv))
        before = _peak()
        with transaction.atomic():
            # An account of its own, so that it also works in an empty portal.
            user = User.objects.create_superuser("measure-import", password=None, name="")
            start = time.perf_counter()
            table = raw_sheets.read(file, known=mapping.meanings())
            batch = staging.receive(table, file_name="list", digest="", actor=user)
            if failing := batch.rows.failing().first():
                raise CommandError(failing.problem)
            checked = time.perf_counter()
            memory = _peak() - before
            batches.confirm(batch, actor=user, again=True)
            while batches.work():
                pass
            done = time.perf_counter()
            batch.refresh_from_db()
            transaction.set_rollback(True)
        self.stdout.write(
            f"{batch.done:,} of {rows:,} rows ({len(file.getvalue()) / 1e6:.1f} MB): "
            f"checked in {checked - start:.1f} s with {memory:.0f} MB more, imported in {done - checked:.1f} s, "
            f"together {done - start:.1f} s"
        )

    def _file(self, rows: Iterable[list[str]], csv: bool) -> bytes:
        if csv:
            return "".join(sheets.as_csv(demand_list.COLUMNS, rows)).encode()
        return sheets.write(demand_list.COLUMNS, rows)

    def _row(
        self, number: int, body: str, replies: bool, areas: list, kinds: list[str], now: datetime.datetime
    ) -> list[str]:
        cells = {
            "title": f"第 {number} 处人行道地砖松动",
            "body": f"{number}：{body}",
            "posted_at": f"{now - datetime.timedelta(hours=1 + number % 8000):%Y-%m-%d %H:%M:%S}",
            "category": kinds[number % len(kinds)],
            "area": areas[number % len(areas)].place,
            "place": f"{number} 号",
            "source": "measure-import",
            "reference": str(number),
            "reply": REPLY if replies else "",
            "replied_at": f"{now:%Y-%m-%d %H:%M:%S}" if replies else "",
        }
        return [cells[column.name] for column in demand_list.COLUMNS]


def _peak() -> float:
    """The most memory that the process has taken so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
