"""周周学: staff push a study note to the members, and each marks for themselves that they read it. No score."""

from django.db import transaction
from django.utils.translation import gettext as _

from consultation.models import StudyNote, places
from foundation import audit, clock, outbox
from foundation.audit import AuditAction
from foundation.errors import Stale, TransitionNotAllowed
from foundation.locking import locked, save

from ..models import Member, StudyMark
from ..models.people import MemberQuerySet

# The kind of digest that members may have.
DIGEST = "member"


def readers(note: StudyNote) -> MemberQuerySet:
    """The active members that a note is for: those of its series' subdistrict."""
    area = places.area(note.series.area_id)
    areas = [area.subdistrict.pk] if area.subdistrict else places.within(area)
    return Member.objects.public().filter(committee__area__in=areas)


def reachable(note: StudyNote) -> list[Member]:
    """Those of the readers with a phone number or e-mail address, who get a message."""
    members = readers(note).filter(contact__isnull=False).select_related("contact")
    return [member for member in members if not member.contact.is_empty]


@transaction.atomic
def push(note: StudyNote, *, actor, version: int | None = None) -> StudyNote:
    """Publish a note and enqueue a message to each member; does nothing if it was pushed before.

    Raises `TransitionNotAllowed`, or `Stale`.
    """
    row = locked(note)
    if not actor.has_perm("consultation.push_studynote"):
        raise TransitionNotAllowed(_("您的账号不能推送学习要点。"))
    if row.published_at is not None:
        return row
    if version is not None and row.version != version:
        raise Stale
    row.published_at = clock.now()
    save(row, "published_at")
    reached = reachable(row)
    for member in reached:
        key = f"study:{row.pk}:{member.pk}"
        outbox.enqueue(member.contact, "study", {"study": row.pk}, ref=f"study:{row.pk}", key=key, digest=DIGEST)
    audit.record_act(AuditAction.PUSHED, row, actor=actor, detail=f"{len(reached)}")
    return row


def mark_read(note: StudyNote, member: Member) -> bool:
    """Mark a published note as read by a member, permanently. Returns whether the mark is new."""
    _mark, is_new = StudyMark.objects.get_or_create(note=note, member=member)
    return is_new
