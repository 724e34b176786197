"""周周学: a study note goes to the members, and each marks for themselves that they read it. No score."""

import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from consultation.models import StudyNote, places
from foundation import audit, outbox
from foundation.audit import AuditAction
from foundation.errors import Stale, TransitionNotAllowed
from foundation.locking import locked, save

from ..models import Member, StudyMark
from ..models.people import MemberQuerySet


def readers(note: StudyNote) -> MemberQuerySet:
    """The active members that a note is for: those of its series' subdistrict."""
    area = places.area(note.series.area_id)
    areas = [area.subdistrict.pk] if area.subdistrict else places.within(area)
    return Member.objects.public().filter(committee__area__in=areas)


def reachable(note: StudyNote) -> list[Member]:
    """Those of them with a phone or an e-mail, who get a message."""
    members = readers(note).filter(contact__isnull=False).select_related("contact")
    return [member for member in members if not member.contact.is_empty]


@transaction.atomic
def push(note: StudyNote, *, actor, version: int | None = None, at: datetime.datetime | None = None) -> StudyNote:
    """Publish a note and enqueue each member one message; a note that was pushed before stays as it is.

    Args:
        at: when it was pushed, for imports: what members got then is not sent again. Else now.

    Raises `TransitionNotAllowed`, or `Stale`.
    """
    row = locked(note)
    if actor is not None and not actor.has_perm("consultation.push_studynote"):
        raise TransitionNotAllowed(_("您的账号不能推送学习要点。"))
    if row.published_at is not None:
        return row
    if version is not None and row.version != version:
        raise Stale
    row.published_at = at or timezone.now()
    save(row, "published_at")
    told = [] if at else reachable(row)
    for member in told:
        outbox.enqueue(
            member.contact, "study", {"study": row.pk}, ref=f"study:{row.pk}", key=f"study:{row.pk}:{member.pk}"
        )
    audit.record(AuditAction.PUSHED, row, actor=actor, detail=f"{len(told)}")
    return row


def mark_read(note: StudyNote, member: Member) -> bool:
    """That a member read a published note; once marked it stays. Returns whether the mark is new."""
    _mark, is_new = StudyMark.objects.get_or_create(note=note, member=member)
    return is_new
