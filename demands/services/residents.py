"""Acts of residents on their own demand."""

import uuid

from django.db import transaction
from django.utils.translation import gettext as _

from foundation import clock, contacts, outbox
from foundation.actors import RESIDENT, SYSTEM
from foundation.errors import Refused
from foundation.locking import locked
from foundation.tokens import code_hash

from ..models import Demand, DemandMessage, MessageKind, Rating, Verdict
from ..workflow import CONFIRM, WITHDRAW, DemandStatus
from . import alerts, deadlines, handling, lineage, merging, supports
from .intake import attach
from .replies import write_message
from .transitions import moving, save

MAX_PHOTOS_IN_ALL = 12


@transaction.atomic
def add_information(demand: Demand, body: str, *, key: uuid.UUID, photos: list[str] | None = None) -> DemandMessage:
    """Add a resident's text or photos. Idempotent by `key`.

    Args:
        photos: keys of staged photos.

    Raises `Refused` with a sentence.
    """
    row = lineage.lock_related(demand)  # resumed deadlines notify all followers
    if not row.tracking_open:
        raise Refused(_("这件需求已结束，不能再补充。"))
    if not body.strip() and not photos:
        raise Refused(_("请填写要补充的内容，或选择照片。"))
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
    alerts.notify(alerts.ADDITION, row, message.pk)
    return message


def _note_addition(row: Demand) -> None:
    """Write a note for staff, on the demand that is handled, that a reporter added something on their own page."""
    for one in lineage.handled(lineage.deciding(row)):
        if one.pk != row.pk:
            words = _("%(ref)s 的提出人补充了情况，请打开该需求查看。") % {"ref": row.ref}
            write_message(one, MessageKind.NOTE, words, SYSTEM)


@transaction.atomic
def rate(demand: Demand, *, result: str, work: str = "", comment: str = "") -> Rating:
    """Rate the result and, unless it is empty, the work, once for each closing. "Satisfied with the result" confirms
    it; silence does not.

    The reporter of a merged demand rates for themselves, and confirms nothing for others. The reporter of a split one
    rates all its parts at once, when the last is done.

    Raises `Refused` where there is nothing to rate, or it was rated already.
    """
    row = lineage.lock_related(demand)
    if row.status == DemandStatus.CONFIRMED:
        raise Refused(_("您已经评价，谢谢。"))
    among = lineage.deciding(row)
    closing = lineage.closing_of(row, among)
    if closing is None:
        raise Refused(_("这件需求还没有办结，暂时不能评价。"))
    if Rating.objects.filter(demand=row, closing=closing).exists():
        raise Refused(_("您已经评价，谢谢。"))
    verdict = {"work": Verdict(work) if work else "", "result": Verdict(result), "at": clock.now()}
    rating = Rating.objects.create(demand=row, closing=closing, comment=comment.strip(), **verdict)
    parts = lineage.parts_of(row, among)
    for part in parts:
        # The rates count the parts.
        Rating.objects.get_or_create(demand=part, closing=lineage.closing_of(part), defaults=verdict)
    if Verdict.UNSATISFIED in (result, work):
        alerts.notify(alerts.UNSATISFIED, row, rating.pk)
    if result == Verdict.SATISFIED:
        for one in (row, *parts):
            if one.status == DemandStatus.RESOLVED:
                confirm(one)
    return rating


@transaction.atomic
def rate_and_reopen(demand: Demand, *, result: str, reason: str, work: str = "", part: Demand | None = None) -> Demand:
    """Rate a closing and reopen the demand, for a reason that is given once and kept with the reopening.

    Returns the reopened demand. Raises `Refused` like `rate` and `reopen`, and then does neither.
    """
    rate(demand, result=result, work=work)
    return reopen(demand, reason, part=part)


@transaction.atomic
def confirm(demand: Demand, *, actor=RESIDENT) -> Demand:
    """Confirm that a demand is solved, on the word of its reporter or, for a part, that of its whole's reporter."""
    with moving(demand, DemandStatus.CONFIRMED, CONFIRM, actor=actor) as row:
        pass
    return row


@transaction.atomic
def reopen(demand: Demand, reason: str, *, part: Demand | None = None) -> Demand:
    """Reopen a demand that its resident reports as not solved.

    Args:
        demand: the resident's own; where it was merged, its target is reopened.
        part: the part that is not solved, where the demand was split.

    Returns the reopened demand. Raises `Refused` with a sentence.
    """
    row = lineage.lock_related(demand)
    subject = lineage.effective(locked(part) if part else row)
    if subject.status == DemandStatus.SPLIT:
        raise Refused(_("这件需求已拆分为几件，请选择没有解决的一件。"))
    if subject.pk == row.pk:
        return handling.reopen(row, reason, actor=RESIDENT)
    if not reason.strip():
        raise Refused(_("请填写理由。"))
    # One reporter's reason is not shown to the others; staff read it on the reporter's own demand.
    write_message(row, MessageKind.REASON, reason, RESIDENT)
    note = _("%(ref)s 的提出人说明了理由，请打开该需求查看。") % {"ref": row.ref}
    write_message(subject, MessageKind.NOTE, note, SYSTEM)
    words = _("提出人反映这一件没有解决。") if part else _("一并办理的另一位提出人反映没有解决。")
    return handling.reopen(subject, words, actor=RESIDENT, reporter=row)


@transaction.atomic
def withdraw(demand: Demand, *, actor=RESIDENT) -> Demand:
    """Withdraw a demand with its public page; demands merged into it are handled separately again.

    Raises `TransitionNotAllowed`.
    """
    lineage.lock_merging()  # because mergers are undone
    with handling.closing(demand, DemandStatus.WITHDRAWN, WITHDRAW, actor=actor) as row:
        handling.hide(row)
    supports.forget(row)
    merging.release(row)
    return row


@transaction.atomic
def withdraw_publication(demand: Demand) -> Demand:
    """Withdraw the consent to publication: unpublish the demand and its parts, with their photos, at once."""
    row = lineage.lock_related(demand)
    for one in (row, *row.parts.order_by("pk")):
        handling.hide(one)
        save(one, "consent_publication", "publication_basis", "published_at", "unpublished_at")
    return row


@transaction.atomic
def request_deletion(demand: Demand) -> Demand:
    """Request the deletion of the resident's data; the demand appears in a queue of staff."""
    row = locked(demand)
    row.deletion_requested_at = row.deletion_requested_at or clock.now()
    save(row, "deletion_requested_at")
    return row


@transaction.atomic
def replace_code(demand: Demand, code: str) -> Demand:
    """Replace the demand's code; the old one stops working."""
    row = locked(demand)
    row.code_hash = code_hash(code)
    save(row, "code_hash")
    return row


def send_link(ref: str, address: str) -> None:
    """Send a signed link to the stored contact of a demand, if `address` belongs to it; otherwise do nothing, silently.

    Args:
        address: the last four digits of the phone, the whole number, or the e-mail address.
    """
    known = contacts.Contact.objects
    found = known.phone_ends_with(address) if len(address) == 4 else known.reached_by(address)
    outbox.enqueue_to_found(found.filter(demand__ref=ref), "link", {"ref": ref}, ref=ref, key=_link_key(ref))


def send_own_link(demand: Demand) -> None:
    """Send a signed link to the demand's contact, at the request of who has the code."""
    with transaction.atomic():
        outbox.enqueue(demand.contact, "link", {"ref": demand.ref}, ref=demand.ref, key=_link_key(demand.ref))


def _link_key(ref: str) -> str:
    """One link an hour for each demand, whoever asks for it, so that repeated requests flood nobody's phone."""
    return f"{ref}:link:{clock.now():%Y%m%d%H}"
