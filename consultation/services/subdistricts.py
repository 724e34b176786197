"""The logo of a subdistrict."""

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from foundation import audit, cached, uploads
from foundation.audit import AuditAction
from foundation.errors import TransitionNotAllowed

from ..models import SubdistrictProfile

FOLDER = "logos"
LOGO = uploads.Shape(side=512, small=160)


def set_logo(profile: SubdistrictProfile, upload: UploadedFile, *, actor) -> SubdistrictProfile:
    """Give a subdistrict a logo; the files of an earlier one are deleted on commit.

    Files cannot be rolled back: call it outside a transaction, or one that fails later leaves them orphaned.

    Raises `TransitionNotAllowed`, or `Refused` with a sentence.
    """
    _check(actor)
    _picture, names = uploads.store(upload, FOLDER, LOGO, not_saved=_("图片暂时无法保存，请稍后再试。"))
    with uploads.discarded_on_error(*names):
        return _replace(profile, *names, actor=actor)


def remove_logo(profile: SubdistrictProfile, *, actor) -> SubdistrictProfile:
    """Remove the logo, if there is one. Raises `TransitionNotAllowed`."""
    _check(actor)
    return _replace(profile, "", "", actor=actor)


def _check(actor) -> None:
    if not actor.has_perm("consultation.add_subdistrictprofile"):
        raise TransitionNotAllowed(_("您的账号不能更换街道的标志。"))


@transaction.atomic
def _replace(profile: SubdistrictProfile, full: str, thumbnail: str, *, actor) -> SubdistrictProfile:
    row = SubdistrictProfile.objects.select_for_update().get(pk=profile.pk)
    if not full and not row.full:
        return row
    uploads.drop(row.full, row.thumbnail)
    row.full, row.thumbnail = full, thumbnail
    row.save(update_fields=["full", "thumbnail", "changed_at"])
    audit.record_act(AuditAction.CHANGED, row, actor=actor, detail="logo" if full else "logo removed")
    cached.forget_edited()
    return row
