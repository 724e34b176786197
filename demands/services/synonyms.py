"""What searches find by synonyms, and what they do not find; the worker is notified and keeps a tally of each month.

A page that is read changes no row, so it only notifies the worker through PostgreSQL; without a worker it is forgotten.
"""

import datetime
import json
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field

from django.db import connection, transaction
from django.db.models import F

from foundation import clock
from foundation.words import fold

from ..models import MissedSearch, Synonym, SynonymUse
from ..models.synonyms import MAX_WORD

CHANNEL = "nanhu_searches"
# What was searched for in vain is kept once so many searches of the same month had it.
LEAST = 3
# The most different words that a worker counts before any of them is frequent enough.
MAX_TALLIED = 10_000
# A notification holds 8,000 bytes.
MAX_GROUPS = 50


def notify_worker(typed: str, *, found: bool, synonyms: Collection[int]) -> None:
    """Notify the worker of what a search found by synonyms, or that it found nothing. At most one query.

    Args:
        typed: what was searched for; forgotten at once where it has digits or is long, since it may name somebody.
        synonyms: the keys of the groups by which something was found.
    """
    words = fold(" ".join(typed.split()))
    missed = "" if found or len(words) > MAX_WORD or any(char.isdigit() for char in words) else words
    if not missed and not synonyms:
        return
    with connection.cursor() as cursor:
        payload = json.dumps({"missed": missed, "synonyms": sorted(synonyms)[:MAX_GROUPS]})
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, payload])


@dataclass
class Tally:
    """What one worker knows of searches. `rare`: how often each was in vain this month, until that is often enough."""

    rare: Counter[tuple[datetime.date, str]] = field(default_factory=Counter)

    def collect(self) -> int:
        """Write down the notifications since the last call, and return how many; the first call only listens."""
        with connection.cursor() as cursor:
            cursor.execute(f"LISTEN {CHANNEL}")
        line = connection.connection
        line.poll()
        received = [json.loads(one.payload) for one in line.notifies if one.channel == CHANNEL]
        line.notifies.clear()
        self._write_down(received)
        return len(received)

    @transaction.atomic
    def _write_down(self, received: list[dict]) -> None:
        month = clock.today().replace(day=1)
        uses = Counter(key for one in received for key in one["synonyms"])
        for key in Synonym.objects.filter(pk__in=uses).values_list("pk", flat=True):
            row, _made = SynonymUse.objects.get_or_create(synonym_id=key, month=month)
            SynonymUse.objects.filter(pk=row.pk).update(count=F("count") + uses[key])
        missed = Counter(one["missed"] for one in received if one["missed"])
        for words, count in missed.items():
            kept = MissedSearch.objects.filter(words=words, month=month)
            if kept.update(count=F("count") + count):
                continue
            total = self.rare.pop((month, words), 0) + count
            if total >= LEAST:
                MissedSearch.objects.create(words=words, month=month, count=total)
            elif len(self.rare) < MAX_TALLIED:
                self.rare[month, words] = total
        for key in [key for key in self.rare if key[0] != month]:
            del self.rare[key]
