"""Photos of venues, events, agreements and projects: taken in, reviewed, removed."""

from collections.abc import Iterable

from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from foundation import audit, uploads
from foundation.audit import AuditAction
from foundation.errors import Refused, TransitionNotAllowed
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
    """Take in one photo of exactly one of these. See `add_all`."""
    owner = {"venue": venue, "event": event, "agreement": agreement, "project": project}
    [picture] = add_all([(upload, alt)], actor=actor, **{name: row for name, row in owner.items() if row})
    return picture


def add_all(photos: Iterable[tuple[UploadedFile, str]], *, actor, **owner) -> list[Picture]:
    """Take in several photos, all of them or none; each waits for its review.

    All are decoded and written anew before anything is kept, which leaves location and camera behind. Files cannot be
    rolled back: call it outside a transaction, or one that fails later leaves them orphaned.

    Args:
        photos: pairs of an upload and its description, which is owed.
        owner: one of `venue`, `event`, `agreement`, `project`.

    Raises `TransitionNotAllowed`, or `Refused` with a sentence.
    """
    photos = list(photos)
    if not actor.has_perm("consultation.add_picture"):
        raise TransitionNotAllowed(_("您的账号不能上传照片。"))
    if not all(alt.strip() for _upload, alt in photos):
        raise Refused(_("请写图片说明：照片上是什么，一句话即可。"))
    try:
        read = [uploads.read_photo(upload) for upload, _alt in photos]
    except uploads.PhotoError as error:
        raise Refused(str(error)) from None
    kept: list[str] = []
    try:
        with transaction.atomic():
            rows = []
            for image, (_upload, alt) in zip(read, photos, strict=True):
                full, thumbnail = uploads.keep(image, FOLDER)
                kept += [full, thumbnail]
                rows.append(
                    Picture.objects.create(
                        full=full,
                        thumbnail=thumbnail,
                        width=image.width,
                        height=image.height,
                        alt=alt.strip(),
                        uploaded_by=actor.user,
                        **owner,
                    )
                )
                audit.record_act(AuditAction.ADDED, rows[-1], actor=actor)
    except BaseException as error:
        for name in kept:
            default_storage.delete(name)
        if isinstance(error, OSError):
            raise Refused(_("照片暂时存不下，请稍后再试。")) from error
        raise
    return rows


def _locked(picture: Picture) -> Picture:
    row = Picture.objects.select_for_update().filter(pk=picture.pk).first()
    if row is None:
        raise Refused(_("这张照片已经删去。"))
    return row


@transaction.atomic
def review(picture: Picture, review: str, *, actor, alt: str | None = None) -> Picture:
    """Decide whether the public may see a photo, and describe it better where that is wanted.

    Raises `TransitionNotAllowed`, or `Refused` with a sentence.
    """
    if not actor.has_perm("consultation.change_picture"):
        raise TransitionNotAllowed(_("您的账号不能审核照片。"))
    row = _locked(picture)
    if alt is not None:
        row.alt = alt.strip()
    if not row.alt:
        raise Refused(_("请写图片说明：照片上是什么，一句话即可。"))
    row.review = PhotoReview(review)
    row.save(update_fields=["review", "alt"])
    audit.record_act(AuditAction.PHOTO_REVIEWED, row, actor=actor, detail=row.review)
    return row


@transaction.atomic
def remove(picture: Picture, *, actor) -> None:
    """Delete a photo; its files go once the transaction is through. Raises `TransitionNotAllowed` or `Refused`."""
    if not actor.has_perm("consultation.delete_picture"):
        raise TransitionNotAllowed(_("您的账号不能删去照片。"))
    row = _locked(picture)
    uploads.drop(row.full, row.thumbnail)
    audit.record_act(AuditAction.DELETED, row, actor=actor)
    row.delete()
