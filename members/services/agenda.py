"""Which members present an agenda item."""

from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from consultation.models import AgendaItem, Event, places
from foundation import audit
from foundation.audit import AuditAction
from foundation.errors import TransitionNotAllowed
from foundation.locking import locked, save

from ..models import Member, Presenter


def members_around(event: Event):
    """Members in office whose committee's place holds the event's, or lies within it: who may present or attend."""
    around = {*places.upwards(event.area_id), *places.within(places.area(event.area_id))}
    return Member.objects.public().filter(committee__area__in=around)


@transaction.atomic
def present(item: AgendaItem, members: Iterable[Member], *, actor, version: int | None = None) -> None:
    """Let exactly these members present the item, in this order.

    Args:
        actor: the member of staff; None for imports.
        version: the version of its event that the page showed. Raises `Stale`, `TransitionNotAllowed`.
    """
    event = locked(item.event, version)
    if actor is not None and not actor.has_perm("members.add_presenter"):
        raise TransitionNotAllowed(_("您的账号不能修改议程。"))
    save(event)
    item.presenters.all().delete()
    Presenter.objects.bulk_create(Presenter(agenda_item=item, member=member) for member in members)
    if actor is not None:
        audit.record(AuditAction.CHANGED, event, actor=actor, detail=f"presenters {item.pk}")
