"""Every move of every machine leaves a row that nobody changes, and is made in one way.

A trigger in the database refuses changes of these rows. They hold codes, never words: what somebody wrote lives in a
row that can be erased.
"""

import contextlib
from collections.abc import Iterator, Mapping

from django.conf import settings
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from . import audit, clock
from .actors import Party
from .audit import AuditAction
from .locking import locked, save
from .workflow import Requirement, Table, check_move, check_requirements


class Transition(models.Model):
    """One move of a row. A subclass adds the row itself, under the related name `transitions`."""

    at = models.DateTimeField(_("时间"), default=clock.now)
    from_status = models.CharField(_("从"), max_length=20, blank=True)
    to_status = models.CharField(_("到"), max_length=20)
    party = models.CharField(_("哪一方"), max_length=10, choices=Party)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("操作人")
    )
    reason = models.CharField(_("原因"), max_length=40, blank=True)

    class Meta:
        abstract = True
        ordering = ["at", "pk"]
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.from_status} → {self.to_status}"


def log_transition(
    row: models.Model, from_status: str, actor, party: str = "", *, reason: str = "", **more
) -> Transition:
    """Log that `row` moved to the status it has now.

    Args:
        from_status: empty for a row that has just been made.
        party: on whose side the actor acted; that of the actor unless said.
        reason: a code.
        more: further fields of this machine's log.
    """
    return row.transitions.create(
        at=clock.now(),
        from_status=from_status,
        to_status=row.status,
        party=party or actor.party,
        actor_id=actor.pk,
        reason=reason,
        **more,
    )


@contextlib.contextmanager
def moving(
    row: models.Model,
    to: str,
    table: Table,
    *,
    actor,
    party: str = "",
    version: int | None = None,
    given: Mapping[Requirement, object] | None = None,
) -> Iterator[models.Model]:
    """Move `row` to the status `to`: lock it, check, let the block change what else changes, save, log.

    Args:
        table: the machine's moves.
        actor: who moves it.
        party: on whose side they act; that of the actor unless said.
        version: the version that the page showed; None where there was no page.
        given: what comes with the move, by requirement.

    Yields the locked row, which has its new status already. Raises `TransitionNotAllowed`, or `Stale`. Whatever the
    block raises undoes everything.
    """
    with transaction.atomic():
        now = locked(row, version)
        move = check_move(table[now.status], now, to, actor, party)
        check_requirements(move, given or {})
        before = {field.attname: getattr(now, field.attname) for field in now._meta.concrete_fields}
        now.status = to
        yield now
        save(now, *(name for name, value in before.items() if getattr(now, name) != value and name != "version"))
        log_transition(now, before["status"], actor, party)
        audit.record_act(AuditAction.MOVED, now, actor=actor, party=party, detail=f"{before['status']} → {to}")
