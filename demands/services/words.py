"""Jobs that learn from all demands the word statistics that suggestions read."""

import datetime
import math
import time
from dataclasses import dataclass

from django.db import connection, transaction

from foundation import audit, clock, pinyin
from foundation.actors import SYSTEM
from foundation.audit import AuditAction, AuditEntry

from ..models import Category, CategoryWord, Demand
from ..suggestions import categories, vocabulary
from ..suggestions.categories import TEXTS, WEIGHT, WORDS
from ..workflow import DeclineReason, DemandStatus

# --- Which words belong to which category ---------------------------------------------------------------------------

# The category of demands that nobody has classified, such as imported ones. It is not learnt from.
UNCLASSIFIED = "other"
# The number of texts that are read, the newest first.
MAX_TEXTS = 20_000
# The number of texts that a category's own name and examples count as, so that a new portal can suggest at once.
OWN_TEXTS = 5
SUBJECT = "categories"
LEARNT_EVERY = datetime.timedelta(days=1)
LEARNING_LOCK = 5_001_003  # key of an advisory lock


def examples() -> list[categories.Example]:
    """Return the newest demands that staff have classified as examples: not those just received, or withdrawn.

    Erased demands are left out, so that nothing of them remains after the next run.
    """
    rows = (
        Demand.objects.filter(erased_at__isnull=True)
        .exclude(description="")
        .exclude(category__code=UNCLASSIFIED)
        .exclude(status__in=(DemandStatus.RECEIVED, DemandStatus.WITHDRAWN))
        .exclude(decline_reason=DeclineReason.NOT_A_DEMAND)
        .order_by("-received_at", "-pk")
    )
    return list(rows.values_list("category", "description", "public_title")[:MAX_TEXTS])


def own_words() -> list[categories.Example]:
    """Return an example for each active category: its examples as text, its name as title."""
    rows = Category.objects.filter(is_active=True).exclude(code=UNCLASSIFIED).values_list("pk", "hint", "name")
    return [row for row in rows for _time in range(OWN_TEXTS)]


@transaction.atomic
def learn(*, actor) -> tuple[categories.Learnt, int]:
    """Replace what was learnt; until then, readers use the old weights. Returns the result, and the number of texts."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LEARNING_LOCK])
    return _learn(actor)


def is_learning_due() -> bool:
    lately = AuditEntry.objects.filter(subject=SUBJECT, action=AuditAction.TRAINED, at__gt=clock.now() - LEARNT_EVERY)
    return not lately.exists()


@transaction.atomic
def relearn() -> int:
    """Learn again once a day, for the worker. Returns the number of texts; 0 where it is not due, or there are none."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LEARNING_LOCK])
        (mine,) = cursor.fetchone()
    if not mine or not is_learning_due():
        return 0
    return _learn(SYSTEM)[1]


def _learn(actor) -> tuple[categories.Learnt, int]:
    texts = examples()
    learnt = categories.Learnt.of([*own_words(), *texts])
    rows = [
        CategoryWord(word=word, category_id=category, count=weight)
        for word, by_category in learnt.weights.items()
        for category, weight in by_category.items()
    ]
    for category, number in learnt.texts.items():
        sums = ((TEXTS, number), (WEIGHT, learnt.totals[category]), (WORDS, learnt.size))
        for word, count in sums:
            rows.append(CategoryWord(word=word, category_id=category, count=count))
    CategoryWord.objects.all().delete()
    CategoryWord.objects.bulk_create(rows, batch_size=5000)
    detail = f"{len(texts)} texts, {len(learnt.texts)} categories, {learnt.size} words"
    audit.record(AuditAction.TRAINED, SUBJECT, actor=actor, detail=detail)
    transaction.on_commit(categories.trained.forget)
    return learnt, len(texts)


# --- In how many demands each word occurs ---------------------------------------------------------------------------

# The number of demands counted, the newest first.
MAX_COUNTED = 200_000
# Words of a single published demand are kept for the newest of these, so that a name or a place is found by its sound.
MAX_SINGLE = 20_000
COUNTING_MILLISECONDS = 300_000
COUNTING_LOCK = 5_612_012  # key of an advisory lock

_COUNT = """
INSERT INTO demands_wordcount (word, texts, sound, other_sound)
SELECT word, ndoc, coalesce(one.usual || ' ' || two.usual, ''), coalesce(one.other || ' ' || two.other, '')
FROM ts_stat({texts}) AS counted
LEFT JOIN unnest(%(characters)s, %(usual)s, %(other)s) AS one (character, usual, other)
    ON one.character = substr(word, 1, 1) AND char_length(word) = 2
LEFT JOIN unnest(%(characters)s, %(usual)s, %(other)s) AS two (character, usual, other)
    ON two.character = substr(word, 2, 1) AND char_length(word) = 2
WHERE {which} AND char_length(word) <= 40 AND word !~ '^[0-9]{{5,}}$'
ON CONFLICT DO NOTHING
"""
_ALL = "format('SELECT public_words || desk_words FROM demands_demand ORDER BY id DESC LIMIT %%s', %(most)s)"
_PUBLIC = (
    "format('SELECT public_words FROM demands_demand WHERE published_at IS NOT NULL ORDER BY id DESC LIMIT %%s',"
    " %(single)s)"
)


@transaction.atomic
def count_words() -> int:
    """Count in how many demands each word occurs, residents' own texts included. Returns the number of words.

    Words that a single demand contains are left out, unless they are published, and numbers as long as a phone's, since
    counts must not identify anybody. Does nothing where another worker is counting already.
    """
    characters, usual, other = pinyin.columns()
    given = {"characters": characters, "usual": usual, "other": other, "most": MAX_COUNTED, "single": MAX_SINGLE}
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [COUNTING_LOCK])
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(COUNTING_MILLISECONDS)])
        cursor.execute("DELETE FROM demands_wordcount")
        cursor.execute(_COUNT.format(texts=_ALL, which="ndoc > 1"), given)
        count = cursor.rowcount
        cursor.execute(_COUNT.format(texts=_PUBLIC, which="ndoc = 1"), given)
        count += cursor.rowcount
        cursor.execute(
            """
            INSERT INTO demands_wordcount (word, texts, sound, other_sound)
            SELECT '', count(*), '', '' FROM (SELECT FROM demands_demand LIMIT %s) AS counted
            """,
            [MAX_COUNTED],
        )
    transaction.on_commit(vocabulary.counts.forget)
    return count


# A count may take up so much of the worker's time.
SHARE_OF_TIME = 1 / 12


@dataclass
class Counter:
    """Counts the words again soon after demands came in or were published: within a minute, where counting takes up
    to five seconds. Each worker has its own.
    """

    seen: tuple = ()
    seconds: float = 0
    ended: float = -math.inf

    def count_when_due(self) -> int:
        """Count if anything changed since the last time, and that was long enough ago. Returns the number of words."""
        if time.monotonic() - self.ended < self.seconds / SHARE_OF_TIME:
            return 0
        newest = Demand.objects.order_by("-pk").values_list("pk")[:1]
        published = Demand.objects.public().order_by("-published_at").values_list("published_at")[:1]
        seen = (*newest, *published)
        if not seen or seen == self.seen:
            return 0
        begin = time.monotonic()
        count = count_words()
        if count:
            self.ended = time.monotonic()
            self.seen, self.seconds = seen, self.ended - begin
        return count
