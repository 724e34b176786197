"""What a demand came to in consultation: the agenda items it stands on and the agreements that answer it.

A link changes no status: that a meeting took place, or a promise was kept, is told by the event and the agreement.
"""

import datetime

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from consultation.models import AgendaItem, Agreement, AreaLevel, Event
from consultation.models.places import area
from foundation import audit
from foundation.audit import AuditAction
from foundation.errors import Refused, TransitionNotAllowed
from foundation.locking import locked

from ..models import Demand, DemandAgendaItem, DemandAgreement, MessageKind
from ..workflow import DemandStatus
from .transitions import save, say


def _open_to_links(demand: Demand, version: int | None, actor) -> Demand:
    """The demand, locked. Raises `Stale`, `TransitionNotAllowed`."""
    if actor is not None and not actor.has_perm("demands.handle_demand"):
        raise TransitionNotAllowed(_("您的账号不能关联议程和约定。"))
    return locked(demand, version)


def same_subdistrict(demand: Demand, event: Event) -> bool:
    """Whether an event lies in the demand's own subdistrict, or is held for the whole district."""
    theirs = area(event.area_id).up_to(AreaLevel.SUBDISTRICT)
    return theirs is None or theirs == area(demand.area_id).up_to(AreaLevel.SUBDISTRICT)


def _link(row: Demand, link: type[models.Model], said: str, actor, at, **what) -> Demand:
    (subject,) = what.values()
    if row.status in (DemandStatus.MERGED, DemandStatus.WITHDRAWN):
        raise Refused(_("已并入或已撤回的需求不再关联。"))
    _made, created = link.objects.get_or_create(demand=row, **what, defaults={"at": at or timezone.now()})
    if not created:
        return row
    say(row, MessageKind.NOTE, said, actor, at=at)
    save(row)
    if actor is not None:
        audit.record(AuditAction.LINKED, row, actor=actor, detail=f"{subject._meta.model_name}:{subject.pk}")
    return row


def _unlink(row: Demand, link: type[models.Model], said: str, actor, **what) -> Demand:
    (subject,) = what.values()
    gone, _rows = link.objects.filter(demand=row, **what).delete()
    if not gone:
        return row
    say(row, MessageKind.NOTE, said, actor)
    save(row)
    if actor is not None:
        audit.record(AuditAction.UNLINKED, row, actor=actor, detail=f"{subject._meta.model_name}:{subject.pk}")
    return row


def _named(item: AgendaItem) -> dict:
    return {"event": item.event.title, "title": item.title}


def _numbered(agreement: Agreement) -> dict:
    return {"event": agreement.event.title, "number": agreement.number, "what": agreement.what}


@transaction.atomic
def link_agenda_item(
    demand: Demand, item: AgendaItem, *, actor, version: int | None = None, at: datetime.datetime | None = None
) -> Demand:
    """Put a demand on an agenda item of its own subdistrict. Once linked, linking again changes nothing.

    Args:
        at: when it was put there, for imports; else now.

    Raises `Stale`, or `Refused` with a sentence.
    """
    row = _open_to_links(demand, version, actor)
    if not same_subdistrict(row, item.event):
        raise Refused(_("这场活动不在需求所在的街道。"))
    linked = DemandAgendaItem.objects.filter(demand=row, agenda_item=item).exists()
    if item.event.is_cancelled and not linked:
        raise Refused(_("这场活动已经取消，请另选一场。"))
    said = _("已列入“%(event)s”的议程：%(title)s") % _named(item)
    return _link(row, DemandAgendaItem, said, actor, at, agenda_item=item)


@transaction.atomic
def unlink_agenda_item(demand: Demand, item: AgendaItem, *, actor, version: int | None = None) -> Demand:
    """Take a demand off an agenda item. Raises `Stale`, `Refused`."""
    row = _open_to_links(demand, version, actor)
    said = _("不再列入“%(event)s”的议程：%(title)s") % _named(item)
    return _unlink(row, DemandAgendaItem, said, actor, agenda_item=item)


@transaction.atomic
def link_agreement(
    demand: Demand, agreement: Agreement, *, actor, version: int | None = None, at: datetime.datetime | None = None
) -> Demand:
    """Say that an agreement, made in the demand's own subdistrict, answers it. As `link_agenda_item`."""
    row = _open_to_links(demand, version, actor)
    if not same_subdistrict(row, agreement.event):
        raise Refused(_("这项约定不在需求所在的街道。"))
    said = _("已关联“%(event)s”的第 %(number)d 项约定：%(what)s") % _numbered(agreement)
    return _link(row, DemandAgreement, said, actor, at, agreement=agreement)


@transaction.atomic
def unlink_agreement(demand: Demand, agreement: Agreement, *, actor, version: int | None = None) -> Demand:
    """Say that an agreement does not answer a demand after all. Raises `Stale`, `Refused`."""
    row = _open_to_links(demand, version, actor)
    said = _("不再关联“%(event)s”的第 %(number)d 项约定：%(what)s") % _numbered(agreement)
    return _unlink(row, DemandAgreement, said, actor, agreement=agreement)
