"""What staff do with a demand, apart from moving it."""

import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from consultation.models import Area
from foundation import audit, uploads
from foundation.audit import AuditAction
from foundation.errors import Refused
from foundation.locking import locked

from ..models import Category, Demand, DemandMessage, DemandPhoto, MessageKind, PhotoReview, PublicationBasis
from ..workflow import DemandStatus
from . import trail
from .deadlines import recalculate
from .dispatches import forget
from .lineage import enqueue, hold
from .replies import fill
from .transitions import answer_others, fitting, hide, save, say


@transaction.atomic
def answer(
    demand: Demand,
    body: str,
    *,
    actor,
    everybody: bool = True,
    version: int | None = None,
    at: datetime.datetime | None = None,
) -> DemandMessage:
    """Write to the resident. The first answer is what the response rate counts. Raises `Stale`, `Refused`.

    Args:
        everybody: write it to the reporters of the demands merged into this one too.
    """
    hold(demand)
    row = locked(demand, version)
    if not body.strip():
        raise Refused(_("请写下给居民的答复。"))
    message = say(row, MessageKind.ANSWER, fill(body, row, actor), actor, at=at)
    row.answered_at = row.answered_at or message.at
    save(row, "answered_at")
    audit.record(AuditAction.ANSWERED, row, actor=actor)
    others = answer_others(row, body, actor, at=message.at, everybody=everybody)
    for one in (row, *others):
        enqueue(one, "answered", row, f"answer:{message.pk}")
    return message


@transaction.atomic
def note(demand: Demand, body: str, *, actor) -> DemandMessage:
    """Leave a note that only staff read. Raises `Refused`."""
    if not body.strip():
        raise Refused(_("备注是空的。"))
    message = say(demand, MessageKind.NOTE, body, actor)
    audit.record(AuditAction.NOTED, demand, actor=actor)
    return message


@transaction.atomic
def assign(demand: Demand, assignee, *, actor, version: int | None = None) -> Demand:
    """Hand a demand to a member of staff, or to nobody. Raises `Stale`."""
    row = locked(demand, version)
    row.assignee = assignee
    save(row, "assignee")
    audit.record(AuditAction.ASSIGNED, row, actor=actor, detail=assignee.username if assignee else "")
    return row


@transaction.atomic
def reclassify(demand: Demand, *, category: Category, area: Area, actor, version: int | None = None) -> Demand:
    """Correct category or place. Deadlines follow the new category, and keep what pauses and extensions have moved."""
    row = locked(demand, version)
    changed = [name for name, new in (("category", category), ("area", area)) if getattr(row, name) != new]
    if not changed:
        return row
    if "category" in changed:
        recalculate(row, category)
    row.category, row.area = category, area
    save(row, "category", "area", "response_due", "resolution_due")
    audit.record(AuditAction.RECLASSIFIED, row, actor=actor, detail=", ".join(changed))
    return row


@transaction.atomic
def publish(
    demand: Demand,
    *,
    title: str,
    summary: str,
    basis: str,
    actor,
    result: str = "",
    version: int | None = None,
    at: datetime.datetime | None = None,
) -> Demand:
    """Show the public an edited summary, on a recorded basis. Raises `Stale`, `Refused`."""
    row = locked(demand, version)
    if row.status in (DemandStatus.WITHDRAWN, DemandStatus.MERGED) or row.erased_at:
        raise Refused(_("已撤回、已并入或已删除个人信息的需求不能公开。"))
    if not (title.strip() and summary.strip() and basis in PublicationBasis.values):
        raise Refused(_("公开需要标题、摘要和公开依据。"))
    if basis == PublicationBasis.WEB_CONSENT and not row.consent_publication:
        raise Refused(_("居民没有在网页上同意公开，不能以此为依据。"))
    row.public_title, row.public_summary, row.public_result = title.strip(), summary.strip(), result.strip()
    row.publication_basis = basis
    row.published_at = row.published_at or at or timezone.now()
    row.unpublished_at = None
    save(
        row,
        "public_title",
        "public_summary",
        "public_result",
        "publication_basis",
        "published_at",
        "unpublished_at",
    )
    trail.append(row)
    audit.record(AuditAction.PUBLISHED, row, actor=actor, detail=basis)
    return row


@transaction.atomic
def prepare_publication(demand: Demand, title: str, summary: str, basis: str = "") -> Demand:
    """Lay an imported demand's title and text ready for publication; with a `basis` that needs nobody's consent,
    publish them at once. Texts are cut to what a public page holds.
    """
    row = locked(demand)
    row.public_title = fitting("public_title", title)
    row.public_summary = fitting("public_summary", summary)
    row.publication_basis = basis
    if basis:
        row.published_at = timezone.now()
    save(row, "public_title", "public_summary", "publication_basis", "published_at")
    trail.append(row)
    return row


@transaction.atomic
def unpublish(demand: Demand, *, actor, version: int | None = None) -> Demand:
    """Take the public page down; its text stays at the desk. Raises `Stale`."""
    row = locked(demand, version)
    row.published_at, row.unpublished_at = None, timezone.now()
    save(row, "published_at", "unpublished_at")
    audit.record(AuditAction.UNPUBLISHED, row, actor=actor)
    return row


@transaction.atomic
def review_photo(photo: DemandPhoto, review: str, *, actor, alt: str | None = None) -> DemandPhoto:
    """Decide whether the public may see a photo, and describe it for those who cannot."""
    photo = DemandPhoto.objects.select_for_update(of=("self",)).select_related("demand").get(pk=photo.pk)
    photo.review = PhotoReview(review)
    if alt is not None:
        photo.alt = alt.strip()
    photo.save(update_fields=["review", "alt"])
    # The public page is kept by the demand's version.
    save(locked(photo.demand))
    audit.record(AuditAction.PHOTO_REVIEWED, photo.demand, actor=actor, detail=f"{photo.pk} {review}")
    return photo


@transaction.atomic
def erase(demand: Demand, *, actor=None) -> Demand:
    """Delete everything personal: contact, what the resident wrote, messages, photos; and what its parts took from it.
    Figures keep a tombstone.
    """
    hold(demand)
    row = locked(demand)
    if row.erased_at:
        return row
    contact, row.contact = row.contact, None
    row.description = row.place = ""
    row.code_hash = None
    row.erased_at = timezone.now()
    hide(row)
    row.public_title = row.public_summary = row.public_result = ""
    row.publication_basis = ""
    save(
        row,
        "contact",
        "description",
        "place",
        "code_hash",
        "erased_at",
        "consent_publication",
        "publication_basis",
        "published_at",
        "unpublished_at",
        "public_title",
        "public_summary",
        "public_result",
    )
    if contact:
        contact.delete()
    forget(row)
    row.office_requests.forget()
    row.messages.all().delete()
    row.ratings.update(comment="")
    uploads.drop(*(name for photo in row.photos.all() for name in (photo.full, photo.thumbnail)))
    row.photos.all().delete()
    audit.record(AuditAction.ERASED, row, actor=actor)
    for part in row.parts.order_by("pk"):
        erase(part, actor=actor)
    return row
