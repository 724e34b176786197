"""Counting jobs: what suggestions read is learnt from demands here, a whole table at a time."""

import datetime

from django.db import connection, transaction

from foundation import audit, clock
from foundation.actors import SYSTEM
from foundation.audit import AuditAction, AuditEntry

from ..models import Category, CategoryWord, Demand
from ..suggestions import categories, similar
from ..suggestions.categories import TEXTS, WEIGHT, WORDS
from ..workflow import DeclineReason, DemandStatus

# --- Which words belong to which category ---------------------------------------------------------------------------

# The category of what nobody has classified, as the import leaves it. There is nothing to learn from it.
UNCLASSIFIED = "other"
# So many of the newest texts are read.
MAX_TEXTS = 20_000
# A category's name and examples count as so many texts, so that a new portal knows something from its first day.
OWN_TEXTS = 5
SUBJECT = "categories"
LEARNT_EVERY = datetime.timedelta(days=1)
LEARNING_LOCK = 5_001_003  # of the database's advisory locks


def examples() -> list[categories.Example]:
    """The newest demands that staff have looked at, each with its category: not those just received, or given up.

    What was erased is not among them, so that nothing of it is left when it has been learnt anew.
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
    """What categories in use say of themselves: their examples as text, their name as title."""
    rows = Category.objects.filter(is_active=True).exclude(code=UNCLASSIFIED).values_list("pk", "hint", "name")
    return [row for row in rows for _time in range(OWN_TEXTS)]


@transaction.atomic
def learn(*, actor) -> tuple[categories.Learnt, int]:
    """Learn anew; who asks meanwhile reads what was learnt before. Returns what, and from how many texts."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LEARNING_LOCK])
    return _learn(actor)


@transaction.atomic
def relearn() -> int:
    """For the worker: learn anew once a day. Returns from how many texts; 0 when it is not time, or there are none."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LEARNING_LOCK])
        (mine,) = cursor.fetchone()
    lately = AuditEntry.objects.filter(subject=SUBJECT, action=AuditAction.TRAINED, at__gt=clock.now() - LEARNT_EVERY)
    if not mine or lately.exists():
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

# Counting looks at the newest so many.
MAX_COUNTED = 200_000
COUNTING_MILLISECONDS = 300_000
COUNTING_LOCK = 5_612_012  # any number that no other advisory lock has


@transaction.atomic
def count_words() -> int:
    """Count again in how many demands each word occurs, residents' own words included. Returns how many words.

    The worker calls it once a day. Words of one demand only are left out, and numbers as long as a phone's: a
    count must identify nobody. Where another worker is counting already, nothing is done.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [COUNTING_LOCK])
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(COUNTING_MILLISECONDS)])
        cursor.execute("DELETE FROM demands_wordcount")
        cursor.execute(
            """
            INSERT INTO demands_wordcount (word, texts)
            SELECT word, ndoc
            FROM ts_stat(format('SELECT public_words || desk_words FROM demands_demand ORDER BY id DESC LIMIT %%s', %s))
            WHERE ndoc > 1 AND char_length(word) <= 40 AND word !~ '^[0-9]{5,}$'
            """,
            [MAX_COUNTED],
        )
        count = cursor.rowcount
        cursor.execute(
            """
            INSERT INTO demands_wordcount (word, texts)
            SELECT '', count(*) FROM (SELECT FROM demands_demand LIMIT %s) AS counted
            """,
            [MAX_COUNTED],
        )
    transaction.on_commit(similar.counts.forget)
    return count
