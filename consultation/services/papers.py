"""Changing the text of a kind of paper, and giving it back the portal's own."""

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from foundation import audit, clock
from foundation.audit import AuditAction
from foundation.errors import Refused, Stale, TransitionNotAllowed
from foundation.installation import works_for_all
from foundation.locking import locked, save

from ..models import PaperTemplate, places

TEXTS = ("title", "body", "signature")


def may_change(user, subdistrict: int | None) -> bool:
    """Whether somebody keeps the texts of a subdistrict or, for None, those of all."""
    if not user.has_perm("consultation.change_papertemplate"):
        return False
    return works_for_all(user) or (subdistrict is not None and subdistrict in places.areas_of(user))


@transaction.atomic
def write(template: PaperTemplate, *, title: str, body: str, signature: str, actor, version: int) -> PaperTemplate:
    """Store the text of a kind, whether or not it had a row.

    Args:
        version: of the row that the form showed; 0 where there was none.

    Raises `TransitionNotAllowed`, `Refused` with a sentence, or `Stale`.
    """
    _check(actor, template)
    row = locked(template, version) if template.pk else template
    row.title, row.body, row.signature, row.changed_at = title, body, signature, clock.now()
    try:
        row.clean()
    except ValidationError as error:
        raise Refused(" ".join(error.messages)) from None
    if row.pk:
        save(row, *TEXTS, "changed_at")
    else:
        row.version = 1
        try:
            with transaction.atomic():
                row.save(force_insert=True)
        except IntegrityError:
            # Somebody else was the first to change it.
            raise Stale from None
    audit.record_act(AuditAction.CHANGED, row, actor=actor, detail=row.kind)
    return row


@transaction.atomic
def restore(template: PaperTemplate, *, actor) -> None:
    """Give a kind the portal's own text back; it follows the portal's later releases from then on.

    Raises `TransitionNotAllowed`, or `Refused` where it has none of its own.
    """
    _check(actor, template)
    row = PaperTemplate.objects.select_for_update().filter(pk=template.pk).first()
    if row is None:
        raise Refused(_("这份模板没有改动过。"))
    audit.record_act(AuditAction.DELETED, row, actor=actor, detail=row.kind)
    row.delete()


def _check(actor, template: PaperTemplate) -> None:
    if not may_change(actor, template.subdistrict_id):
        raise TransitionNotAllowed(_("您的账号不能修改这份模板。"))
