"""The agenda of an event, always written as a whole."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from foundation import audit
from foundation.audit import AuditAction
from foundation.errors import Refused, TransitionNotAllowed
from foundation.locking import locked, save

from ..models import AgendaItem, Event

# Positions are unique within an event, so the old ones are moved out of the way while new ones are assigned.
ASIDE = 10_000


@dataclass(frozen=True)
class Line:
    """One item of the new agenda; `item` is the key of the item it replaces, None for a new one."""

    title: str
    starts_at: datetime.time | None = None
    presenter: str = ""
    item: int | None = None


@transaction.atomic
def write(event: Event, lines: Iterable[Line], *, actor, version: int | None = None) -> bool:
    """Replace the agenda with these lines in this order; items not among them are removed.

    Args:
        version: the version the page showed.

    Returns whether anything changed. Raises `Stale`, `TransitionNotAllowed`, or `Refused` for removing an item that
    comes from an ordered topic: only the topic's own moves take it off the agenda.
    """
    row = locked(event, version)
    lines = list(lines)
    items = {item.pk: item for item in row.agenda.all()}
    if _as_lines(items.values()) == lines:
        return False
    if not actor.has_perm("consultation.change_agendaitem"):
        raise TransitionNotAllowed(_("您的账号不能修改议程。"))
    if row.is_cancelled:
        raise Refused(_("活动已取消，不能再修改；如需重新举办，请另行安排。"))
    remaining = {line.item for line in lines}
    for item in [item for item in items.values() if item.pk not in remaining]:
        if item.topic_id:
            raise Refused(_("“%(title)s”来自议题征集，不能在这里删除；请到征集议题里修改。") % {"title": item})
        item.delete()
    row.agenda.update(order=F("order") + ASIDE)
    for order, line in enumerate(lines, start=1):
        item = items.get(line.item) or AgendaItem(event=row)
        item.order, item.title, item.starts_at, item.presenter = order, line.title, line.starts_at, line.presenter
        item.save()
    save(row)
    audit.record_act(AuditAction.CHANGED, row, actor=actor, detail="agenda")
    return True


def _as_lines(items: Iterable[AgendaItem]) -> list[Line]:
    return [Line(item.title, item.starts_at, item.presenter, item.pk) for item in items]
