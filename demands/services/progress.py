"""Progress 有进展: a member tells staff, not the resident, how an accepted dispatch is going before the report."""

import uuid

from django.db import transaction
from django.utils.translation import gettext as _

from foundation import audit
from foundation.actors import Party
from foundation.audit import AuditAction
from foundation.errors import Refused, TransitionNotAllowed
from foundation.locking import locked
from members.models import Member

from ..models import DemandMessage, Dispatch, MessageKind
from .replies import write_message

MAX_TEXT = 300


@transaction.atomic
def note(dispatch: Dispatch, text: str, *, key: uuid.UUID, member: Member, actor) -> DemandMessage:
    """Write a note on the timeline that staff see, as the member who has the dispatch in hand.

    Args:
        key: of the form, so that a form sent twice leaves one note.

    Raises `Refused` with a sentence.
    """
    row = locked(dispatch)
    if row.member_id != member.pk:
        raise TransitionNotAllowed(_("这件协助请求不是发给您的。"))
    earlier = DemandMessage.objects.filter(key=key, demand=row.demand_id).first()
    if earlier:
        return earlier
    if not row.is_accepted:
        raise Refused(_("这件需求目前不由您办理，不能报告进展。"))
    if not text.strip():
        raise Refused(_("请填写进展。"))
    if len(text.strip()) > MAX_TEXT:
        raise Refused(_("进展最多 %(most)d 个字。") % {"most": MAX_TEXT})
    message = write_message(row.demand, MessageKind.MEMBER, text, actor, key=key)
    audit.record_act(AuditAction.NOTED, row.demand, actor=actor, party=Party.MEMBER, detail=f"dispatch:{row.pk}")
    return message
