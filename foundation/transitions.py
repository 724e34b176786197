"""Change the status of a row, and log every move in an append-only row.

Database triggers refuse changes to the log. It contains codes and no free text: what somebody wrote is stored in
other rows, which can be erased.
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
    """One move of a row. A subclass adds a foreign key to the row, with the related name `transitions`."""

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
    """Log that `row` moved to its current status.

    Args:
        from_status: empty for a new row.
        party: the capacity in which the actor acted, by default the actor's own.
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


def stored_values(row: models.Model) -> dict[str, object]:
    """Return the values of all fields that a move may change, to compare them with later ones."""
    fields = (field for field in row._meta.concrete_fields if not field.generated and field.attname != "version")
    return {field.attname: getattr(row, field.attname) for field in fields}


def changed_fields(row: models.Model, before: dict[str, object]) -> list[str]:
    """Return the fields that differ from what `stored_values` returned before."""
    return [name for name, value in before.items() if getattr(row, name) != value]


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
    """Move `row` to the status `to`: lock it, check the move, let the block change other fields, save, log.

    Args:
        table: the moves allowed.
        actor: who moves it.
        party: the capacity in which they act, by default the actor's own.
        version: the version that the page showed; None if there was no page.
        given: what is given with the move, by requirement.

    Yields the locked row with its new status. Raises `TransitionNotAllowed` or `Stale`. An exception in the block rolls
    everything back.
    """
    with transaction.atomic():
        now = locked(row, version)
        move = check_move(table[now.status], now, to, actor, party)
        check_requirements(move, given or {})
        before = stored_values(now)
        now.status = to
        yield now
        save(now, *changed_fields(now, before))
        log_transition(now, before["status"], actor, party)
        audit.record_act(AuditAction.MOVED, now, actor=actor, party=party, detail=f"{before['status']} → {to}")
