"""Delete rows for good, those of append-only tables too: what was invented, or came with an import nobody touched.

The triggers of append-only tables refuse every other way. They let a DELETE pass in the transaction that is named in
the setting `portal.purging`, and only for the owner of the table; UPDATE and TRUNCATE they refuse even then. Where the
portal connects as another role than the owner, this has to be run as the owner.
"""

import contextlib
from collections import Counter
from collections.abc import Iterator

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from . import audit
from .actors import Party
from .audit import AuditAction
from .errors import TransitionNotAllowed


def purge(*querysets: QuerySet, actor, subject: str, reason: str) -> Counter[str]:
    """Delete the rows of these querysets, in this order, and all rows that hang on them.

    Args:
        subject: what is purged, for the audit: a batch, `demo`.
        reason: a code.

    Returns how many rows of each model were deleted. Raises `TransitionNotAllowed`, and `ProtectedError` where rows
    that stay refer to one of them; nothing is deleted then.
    """
    if actor.party != Party.SYSTEM and not (actor.user and actor.user.is_superuser):
        raise TransitionNotAllowed(_("您的账号不能清除数据。"))
    counts: Counter[str] = Counter()
    with transaction.atomic(), _open():
        for rows in querysets:
            counts.update(rows.delete()[1])
    total = sum(counts.values())
    audit.record(AuditAction.PURGED, subject, actor=actor, detail=f"{reason}: {total} rows")
    return counts


@contextlib.contextmanager
def _open() -> Iterator[None]:
    """Let DELETE pass in this block of this transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('portal.purging', pg_current_xact_id()::text, true)")
        yield
        cursor.execute("SELECT set_config('portal.purging', '', true)")
