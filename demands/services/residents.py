"""What residents do with their own demand, and others with a public one."""

import datetime
import uuid

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from foundation import contacts, outbox
from foundation.acts import Refused, locked
from foundation.tokens import code_hash
from foundation.visitors import visitor_hash

from ..models import Demand, DemandMessage, MessageKind, Rating, Support, Verdict
from ..workflow import DemandStatus, Party
from .core import attach, change_status, hide, save, say

MOST_PHOTOS_IN_ALL = 12


@transaction.atomic
def add_information(demand: Demand, body: str, *, key: uuid.UUID, photos: list[str] | None = None) -> DemandMessage:
    """The resident adds text or photos; sent twice with the same `key`, it is there once.

    Args:
        photos: keys of staged photos.

    Raises `Refused` with a sentence.
    """
    row = locked(demand)
    if not row.tracking_open:
        raise Refused(_("这件需求已结束，不能再补充。"))
    if not body.strip() and not photos:
        raise Refused(_("请写下要补充的内容，或选择照片。"))
    earlier = DemandMessage.objects.filter(key=key).first()
    if earlier:
        return earlier
    if photos and row.photos.count() + len(photos) > MOST_PHOTOS_IN_ALL:
        raise Refused(_("一件需求最多 %(most)s 张照片。") % {"most": MOST_PHOTOS_IN_ALL})
    message = say(row, MessageKind.ADDITION, body.strip() or _("补充了照片"), key=key)
    attach(row, photos or [], {})
    save(row)
    return message


@transaction.atomic
def rate(demand: Demand, *, work: str, result: str, comment: str = "", at: datetime.datetime | None = None) -> Rating:
    """Rate the work and the result once for each closing. "Satisfied with the result" confirms it; silence never does.

    Raises `Refused` when there is nothing to rate, or it was rated already.
    """
    row = locked(demand)
    if row.status == DemandStatus.CONFIRMED:
        raise Refused(_("您已经评价过了，谢谢。"))
    if row.status not in (DemandStatus.RESOLVED, DemandStatus.DECLINED):
        raise Refused(_("这件需求还没有办结，暂时不能评价。"))
    closing = row.transitions.filter(to_status=row.status).order_by("-at", "-pk").first()
    if Rating.objects.filter(closing=closing).exists():
        raise Refused(_("您已经评价过了，谢谢。"))
    rating = Rating.objects.create(
        demand=row,
        closing=closing,
        work=Verdict(work),
        result=Verdict(result),
        comment=comment.strip(),
        at=at or timezone.now(),
    )
    if result == Verdict.SATISFIED and row.status == DemandStatus.RESOLVED:
        change_status(row, DemandStatus.CONFIRMED, party=Party.RESIDENT, at=at)
    return rating


@transaction.atomic
def withdraw_publication(demand: Demand) -> Demand:
    """The resident no longer agrees to publication: the page and its photos are gone at once."""
    row = locked(demand)
    hide(row)
    save(row, "consent_publication", "publication_basis", "published_at", "unpublished_at")
    return row


@transaction.atomic
def request_deletion(demand: Demand) -> Demand:
    """The resident asks for their data to be deleted; staff see it at the desk."""
    row = locked(demand)
    row.deletion_requested_at = row.deletion_requested_at or timezone.now()
    save(row, "deletion_requested_at")
    return row


@transaction.atomic
def replace_code(demand: Demand, code: str) -> Demand:
    """Give the demand a new code; the old one opens nothing any more."""
    row = locked(demand)
    row.code_hash = code_hash(code)
    save(row, "code_hash")
    return row


def send_link(ref: str, address: str) -> None:
    """Send a signed link to the stored contact, if `address` is that contact; else do nothing, and look alike."""
    contact = contacts.Contact.objects.reached_by(address).filter(demand__ref=ref).first()
    # One link an hour for a demand: asking again and again floods nobody's phone.
    hour = timezone.now().strftime("%Y%m%d%H")
    with transaction.atomic():
        outbox.owe(contact, "link", {"ref": ref}, ref=ref, key=f"{ref}:link:{hour}")


@transaction.atomic
def support(demand: Demand, visitor: str) -> bool:
    """附议: count a visitor once for a public demand. Returns whether it counted anew. Raises `Refused`."""
    row = locked(demand)
    if not row.is_public:
        raise Refused(_("这件需求没有公开。"))
    _support, created = Support.objects.get_or_create(demand=row, visitor=visitor_hash("support", visitor))
    if created:
        # Not `version`: a resident's tap must not make a colleague's form stale.
        row.support_count = F("support_count") + 1
        row.save(update_fields=["support_count"])
    return created
