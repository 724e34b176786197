"""Adding, reviewing and removing photos of venues, events, agreements and projects."""

from collections.abc import Iterable, Mapping

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from foundation import audit, uploads
from foundation.audit import AuditAction
from foundation.errors import Refused, Stale, TransitionNotAllowed
from foundation.uploads import PhotoReview

from ..models import Agreement, Event, Picture, Project, Venue

FOLDER = "pictures"


def add(
    upload: UploadedFile,
    alt: str,
    *,
    actor,
    venue: Venue | None = None,
    event: Event | None = None,
    agreement: Agreement | None = None,
    project: Project | None = None,
) -> Picture:
    """Add a photo of exactly one venue, event, agreement or project; it then waits for review.

    The photo is re-encoded, which drops location and camera data. Files are not rolled back, so call this outside a
    transaction: one that fails later would leave them orphaned.

    Raises `TransitionNotAllowed`, or `Refused` with a sentence.
    """
    _check(actor, [alt])
    owner = {"venue": venue, "event": event, "agreement": agreement, "project": project}
    image, (full, thumbnail) = uploads.store(upload, FOLDER)
    with uploads.discarded_on_error(full, thumbnail), transaction.atomic():
        size = {"width": image.width, "height": image.height}
        return _create(alt, actor, full=full, thumbnail=thumbnail, **size, **owner)


@transaction.atomic
def add_staged(photos: Mapping[str, str], *, actor, **owner) -> list[Picture]:
    """Add staged photos, all of them or none; each then waits for review.

    Args:
        photos: key of each staged photo → its description, which is required.
        owner: one of `venue`, `event`, `agreement`, `project`.

    Raises `TransitionNotAllowed`, or `Refused` with a sentence.
    """
    _check(actor, photos.values())
    return [
        _create(
            photos[staged.key],
            actor,
            full=staged.full,
            thumbnail=staged.thumbnail,
            width=staged.width,
            height=staged.height,
            **owner,
        )
        for staged in uploads.claim(list(photos))
    ]


def _check(actor, alts: Iterable[str]) -> None:
    if not actor.has_perm("consultation.add_picture"):
        raise TransitionNotAllowed(_("您的账号不能上传照片。"))
    if not all(alt.strip() for alt in alts):
        raise Refused(_("请填写图片说明：用一句话说明照片内容。"))


def _create(alt: str, actor, **values) -> Picture:
    picture = Picture.objects.create(alt=alt.strip(), uploaded_by=actor.user, **values)
    audit.record_act(AuditAction.ADDED, picture, actor=actor)
    return picture


def _locked(picture: Picture) -> Picture:
    row = Picture.objects.select_for_update().filter(pk=picture.pk).first()
    if row is None:
        raise Refused(_("这张照片已经删除。"))
    return row


@transaction.atomic
def review(
    picture: Picture, review: str, *, actor, alt: str | None = None, moment: str | None = None, seen: str | None = None
) -> Picture:
    """Record whether the public may see a photo and, where they are given, a better description and its moment.

    `seen` is the `review_version` that the page showed. Raises `TransitionNotAllowed`, `Stale`, or `Refused` with a
    sentence.
    """
    if not actor.has_perm("consultation.change_picture"):
        raise TransitionNotAllowed(_("您的账号不能审核照片。"))
    row = _locked(picture)
    if seen is not None and seen != row.review_version:
        raise Stale
    if alt is not None:
        row.alt = alt.strip()
    if not row.alt:
        raise Refused(_("请填写图片说明：用一句话说明照片内容。"))
    if moment is not None:
        row.moment = moment
    row.review = PhotoReview(review)
    row.save(update_fields=["review", "alt", "moment"])
    audit.record_act(AuditAction.PHOTO_REVIEWED, row, actor=actor, detail=row.review)
    return row


@transaction.atomic
def remove(picture: Picture, *, actor) -> None:
    """Delete a photo, and its files once the transaction commits. Raises `TransitionNotAllowed` or `Refused`."""
    if not actor.has_perm("consultation.delete_picture"):
        raise TransitionNotAllowed(_("您的账号不能删除照片。"))
    row = _locked(picture)
    uploads.drop(row.full, row.thumbnail)
    audit.record_act(AuditAction.DELETED, row, actor=actor)
    row.delete()
