"""The portrait of a member: taken in at the desk, cut to a square, replaced, removed."""

import io

from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from foundation import audit, uploads
from foundation.audit import AuditAction
from foundation.errors import Refused, TransitionNotAllowed
from foundation.locking import locked

from ..models import Member

FOLDER = "portraits"
SIDE = 640
SMALL_SIDE = 192
# Faces are nearer the top of a picture than its bottom.
CENTRE = (0.5, 0.35)


def put(member: Member, upload: UploadedFile, *, actor) -> Member:
    """Give a member a portrait; the files of an earlier one go once the transaction is through.

    Files cannot be rolled back: call it outside a transaction, or one that fails later leaves them orphaned.

    Raises `TransitionNotAllowed`, or `Refused` with a sentence.
    """
    _check(actor)
    try:
        square = _square(uploads.read_photo(upload))
    except uploads.PhotoError as error:
        raise Refused(str(error)) from None
    try:
        names = uploads.keep(square, FOLDER)
    except OSError as error:
        raise Refused(_("照片暂时存不下，请稍后再试。")) from error
    try:
        return _replace(member, *names, actor=actor)
    except BaseException:
        for name in names:
            default_storage.delete(name)
        raise


def remove(member: Member, *, actor) -> Member:
    """Take the portrait away; without one, nothing happens. Raises `TransitionNotAllowed`."""
    _check(actor)
    return _replace(member, "", "", actor=actor)


def _check(actor) -> None:
    if actor is not None and not actor.has_perm("members.change_member"):
        raise TransitionNotAllowed(_("您的账号不能更换委员的照片。"))


@transaction.atomic
def _replace(member: Member, full: str, thumbnail: str, *, actor) -> Member:
    row = locked(member)
    if not full and not row.full:
        return row
    uploads.drop(row.full, row.thumbnail)
    row.full, row.thumbnail = full, thumbnail
    row.save(update_fields=["full", "thumbnail"])
    audit.record(AuditAction.CHANGED, row, actor=actor, detail="portrait" if full else "portrait removed")
    return row


def _square(picture: uploads.Picture) -> uploads.Picture:
    """The middle of a picture, in the two sizes that pages show; a small one is not blown up."""
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
