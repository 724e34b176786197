"""Services of members: their portrait, and the presenters of an agenda item."""

from collections.abc import Iterable

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from consultation.models import AgendaItem
from foundation import audit, uploads
from foundation.audit import AuditAction
from foundation.errors import TransitionNotAllowed
from foundation.locking import locked, save

from ..models import Member, Presenter

FOLDER = "portraits"
# Squares. Faces are closer to the top of a picture than to the bottom.
PORTRAIT = uploads.Shape(side=640, small=192, centre=(0.5, 0.35))


# --- The portrait ----------------------------------------------------------------------------------------------------


def set_portrait(member: Member, upload: UploadedFile, *, actor) -> Member:
    """Give a member a portrait, cut to a square; the files of an earlier one are deleted on commit.

    Files cannot be rolled back: call it outside a transaction, or one that fails later leaves them orphaned.

    Raises `TransitionNotAllowed`, or `Refused` with a sentence.
    """
    _check(actor)
    names = store(upload)
    with uploads.discarded_on_error(*names):
        return _replace(member, *names, actor=actor)


def store(upload: UploadedFile) -> tuple[str, str]:
    """Write the files of a portrait and return their names in storage. Raises `Refused` with a sentence."""
    return uploads.store(upload, FOLDER, PORTRAIT)[1]


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
