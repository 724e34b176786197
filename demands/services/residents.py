"""What residents do with their own demand, and others with a public one."""

import uuid

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from foundation import clock, contacts, outbox
from foundation.actors import RESIDENT, SYSTEM
from foundation.errors import Refused
from foundation.locking import locked
from foundation.tokens import code_hash
from foundation.visitors import visitor_hash

from ..models import Demand, DemandMessage, MessageKind, Rating, Support, Verdict
from ..workflow import CONFIRM, WITHDRAW, DemandStatus
from . import deadlines, handling, lineage, merging
from .intake import attach
from .replies import write_message
from .transitions import moving, save

MAX_PHOTOS_IN_ALL = 12


@transaction.atomic
def add_information(demand: Demand, body: str, *, key: uuid.UUID, photos: list[str] | None = None) -> DemandMessage:
    """Add a resident's text or photos; sent twice with the same `key`, it is there once.

    Args:
        photos: keys of staged photos.

    Raises `Refused` with a sentence.
    """
    row = lineage.lock_related(demand)  # who follows it is notified too when its deadlines are resumed
    if not row.tracking_open:
        raise Refused(_("这件需求已结束，不能再补充。"))
    if not body.strip() and not photos:
        raise Refused(_("请写下要补充的内容，或选择照片。"))
    earlier = DemandMessage.objects.filter(key=key).first()
    if earlier:
        return earlier
    if photos and row.photos.count() + len(photos) > MAX_PHOTOS_IN_ALL:
        raise Refused(_("一件需求最多 %(most)s 张照片。") % {"most": MAX_PHOTOS_IN_ALL})
    message = write_message(row, MessageKind.ADDITION, body.strip() or _("补充了照片"), RESIDENT, key=key)
    attach(row, photos or [], {})
    deadlines.on_reply(row)
    save(row)
    _note_addition(row)
    return message


def _note_addition(row: Demand) -> None:
    """Note for staff, where the demand is handled, that a reporter has added something to their own page."""
    for one in lineage.handled(lineage.deciding(row)):
        if one.pk != row.pk:
            words = _("%(ref)s 的提出人补充了情况，请打开那一件看。") % {"ref": row.ref}
            write_message(one, MessageKind.NOTE, words, SYSTEM)


@transaction.atomic
def rate(demand: Demand, *, work: str, result: str, comment: str = "") -> Rating:
    """Rate the work and the result once for each closing. "Satisfied with the result" confirms it; silence never does.

    Who raised a demand that was merged rates for themselves and confirms nothing for the others; who raised one that
    was split rates all its parts at once, when the last is done.

    Raises `Refused` when there is nothing to rate, or it was rated already.
    """
    row = lineage.lock_related(demand)
    if row.status == DemandStatus.CONFIRMED:
        raise Refused(_("您已经评价过了，谢谢。"))
    among = lineage.deciding(row)
    closing = lineage.closing_of(row, among)
    if closing is None:
        raise Refused(_("这件需求还没有办结，暂时不能评价。"))
    if Rating.objects.filter(demand=row, closing=closing).exists():
        raise Refused(_("您已经评价过了，谢谢。"))
    verdict = {"work": Verdict(work), "result": Verdict(result), "at": clock.now()}
    rating = Rating.objects.create(demand=row, closing=closing, comment=comment.strip(), **verdict)
    parts = lineage.parts_of(row, among)
    for part in parts:
        # It is the parts that the rates count.
        Rating.objects.get_or_create(demand=part, closing=lineage.closing_of(part), defaults=verdict)
    if result == Verdict.SATISFIED:
        for one in (row, *parts):
            if one.status == DemandStatus.RESOLVED:
                confirm(one)
    return rating


def confirm(demand: Demand, *, actor=RESIDENT) -> Demand:
    """Confirm that a demand is solved; whoever raised it, or was split from it, has said so."""
    with moving(demand, DemandStatus.CONFIRMED, CONFIRM, actor=actor) as row:
        pass
    return row


@transaction.atomic
def reopen(demand: Demand, reason: str, *, part: Demand | None = None) -> Demand:
    """Reopen what its resident says is not solved.

    Args:
        demand: their own; where it was merged, what it was merged into is reopened.
        part: which of the parts is not solved, where it was split.

    Returns what was reopened. Raises `Refused` with a sentence.
    """
    row = lineage.lock_related(demand)
    subject = lineage.effective(locked(part) if part else row)
    if subject.status == DemandStatus.SPLIT:
        raise Refused(_("这件需求拆成了几件，请选择是哪一件没有解决。"))
    if subject.pk == row.pk:
        return handling.reopen(row, reason, actor=RESIDENT)
    if not reason.strip():
        raise Refused(_("请写明理由。"))
    # What one reporter writes is not for the others; staff read it where it was written.
    write_message(row, MessageKind.REASON, reason, RESIDENT)
    note = _("%(ref)s 的提出人写了理由，请打开那一件看。") % {"ref": row.ref}
    write_message(subject, MessageKind.NOTE, note, SYSTEM)
    words = _("提出人说这一件没有解决。") if part else _("一并办理的另一位提出人说没有解决。")
    return handling.reopen(subject, words, actor=RESIDENT, reporter=row)


@transaction.atomic
def withdraw(demand: Demand, *, actor=RESIDENT) -> Demand:
    """Withdraw a demand, with its public page; what was merged into it goes on by itself.

    Raises `TransitionNotAllowed`.
    """
    lineage.lock_merging()  # since mergers are undone
    with handling.closing(demand, DemandStatus.WITHDRAWN, WITHDRAW, actor=actor) as row:
        handling.hide(row)
    merging.release(row)
    return row


@transaction.atomic
def withdraw_publication(demand: Demand) -> Demand:
    """The resident no longer agrees to publication: the page with its photos, and those of parts, are gone at once."""
    row = lineage.lock_related(demand)
    for one in (row, *row.parts.order_by("pk")):
        handling.hide(one)
        save(one, "consent_publication", "publication_basis", "published_at", "unpublished_at")
    return row


@transaction.atomic
def request_deletion(demand: Demand) -> Demand:
    """The resident asks for their data to be deleted; staff see it in their queue."""
    row = locked(demand)
    row.deletion_requested_at = row.deletion_requested_at or clock.now()
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
    hour = clock.now().strftime("%Y%m%d%H")
    with transaction.atomic():
        outbox.enqueue(contact, "link", {"ref": ref}, ref=ref, key=f"{ref}:link:{hour}")


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
