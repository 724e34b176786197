"""Services of members: their portrait, and the presenters of an agenda item."""

import io
from collections.abc import Iterable

from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from consultation.models import AgendaItem
from foundation import audit, uploads
from foundation.audit import AuditAction
from foundation.errors import Refused, TransitionNotAllowed
from foundation.locking import locked, save

from ..models import Member, Presenter

FOLDER = "portraits"
SIDE = 640
SMALL_SIDE = 192
# Faces are closer to the top of a picture than to the bottom.
CENTRE = (0.5, 0.35)


# --- The portrait ----------------------------------------------------------------------------------------------------


def set_portrait(member: Member, upload: UploadedFile, *, actor) -> Member:
    """Give a member a portrait, cut to a square; the files of an earlier one are deleted on commit.

    Files cannot be rolled back: call it outside a transaction, or one that fails later leaves them orphaned.

    Raises `TransitionNotAllowed`, or `Refused` with a sentence.
    """
    _check(actor)
    try:
        picture = square(uploads.read_photo(upload))
    except uploads.PhotoError as error:
        raise Refused(str(error)) from None
    try:
        names = uploads.keep(picture, FOLDER)
    except OSError as error:
        raise Refused(_("照片暂时无法保存，请稍后再试。")) from error
    try:
        return _replace(member, *names, actor=actor)
    except BaseException:
        for name in names:
            default_storage.delete(name)
        raise


def remove_portrait(member: Member, *, actor) -> Member:
    """Remove the portrait, if there is one. Raises `TransitionNotAllowed`."""
    _check(actor)
    return _replace(member, "", "", actor=actor)


def _check(actor) -> None:
    if not actor.has_perm("members.change_member"):
        raise TransitionNotAllowed(_("您的账号不能更换委员的照片。"))


@transaction.atomic
def _replace(member: Member, full: str, thumbnail: str, *, actor) -> Member:
    row = locked(member)
    if not full and not row.full:
        return row
    uploads.drop(row.full, row.thumbnail)
    row.full, row.thumbnail = full, thumbnail
    row.save(update_fields=["full", "thumbnail"])
    detail = "portrait" if full else "portrait removed"
    audit.record_act(AuditAction.CHANGED, row, actor=actor, detail=detail)
    return row


def square(picture: uploads.Picture) -> uploads.Picture:
    """Crop a picture to a square, in the two sizes that pages show; a small one is not enlarged."""
    with Image.open(io.BytesIO(picture.full)) as image:
        side = min(SIDE, *image.size)
        whole = ImageOps.fit(image, (side, side), centering=CENTRE)
    small = whole.copy()
    small.thumbnail((SMALL_SIDE, SMALL_SIDE))
    return uploads.Picture(_jpeg(whole), _jpeg(small), side, side)


def _jpeg(image: Image.Image) -> bytes:
    output = io.BytesIO()
    image.save(output, "JPEG", quality=85, optimize=True)
    return output.getvalue()


# --- The agenda ------------------------------------------------------------------------------------------------------


@transaction.atomic
def present(item: AgendaItem, members: Iterable[Member], *, actor, version: int | None = None) -> None:
    """Set the presenters of the item to these members, in this order.

    Args:
        version: the version of its event that the page showed.

    Raises `Stale` or `TransitionNotAllowed`.
    """
    event = locked(item.event, version)
    if not actor.has_perm("members.add_presenter"):
        raise TransitionNotAllowed(_("您的账号不能修改议程。"))
    save(event)
    item.presenters.all().delete()
    Presenter.objects.bulk_create(Presenter(agenda_item=item, member=member) for member in members)
    audit.record_act(AuditAction.CHANGED, event, actor=actor, detail=f"presenters {item.pk}")
