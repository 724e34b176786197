"""What can be done with a demand. Each function is one act: atomic, the row locked, a trace left, messages owed.

Staff acts take `version`, the number the page was made with: when somebody else was faster, the act is refused and
nothing is written over.
"""

import datetime
import hashlib
import uuid
from dataclasses import dataclass, field

from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from consultation.models import Area, Venue
from foundation import audit, contacts, outbox, uploads, workdays
from foundation.audit import AuditAction
from foundation.tokens import code_hash
from members.models import LiaisonCommittee

from .models import (
    Category,
    Channel,
    Demand,
    DemandMessage,
    DemandPhoto,
    DemandTransition,
    Direction,
    MessageKind,
    PhotoReview,
    PublicationBasis,
    Rating,
    Support,
    Verdict,
)
from .workflow import (
    CLOSED,
    TRANSITIONS,
    DeclineReason,
    DemandStatus,
    Move,
    Owed,
    Party,
    TransitionNotAllowed,
)

CONSENT_VERSION = "2026-11"
MOST_PHOTOS = 3
MOST_PHOTOS_IN_ALL = 12

# Status → template of the message its resident gets.
TOLD = {
    DemandStatus.ACCEPTED: "accepted",
    DemandStatus.IN_CONSULTATION: "moved",
    DemandStatus.IN_PROGRESS: "moved",
    DemandStatus.RESOLVED: "resolved",
    DemandStatus.DECLINED: "declined",
    DemandStatus.MERGED: "merged",
    DemandStatus.REOPENED: "moved",
}


class Stale(Exception):
    """Somebody changed the demand meanwhile; the text says so to the person."""

    def __init__(self) -> None:
        super().__init__(_("这件需求刚刚被别人改动过。您的操作没有保存，请看过最新情况后再做一次。"))


class Refused(Exception):
    """The act does not fit the demand as it stands; the text says why to the person."""


class PhotosGone(Refused):
    """Photos wait an hour for the rest of the form."""

    def __init__(self) -> None:
        super().__init__(_("照片保存已超过 1 小时，请重新选择照片。您填写的其他内容都还在。"))


# --- Submitting ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Submission:
    """What a resident or a member of staff sends in, checked by the forms."""

    code: str
    description: str
    category: Category
    area: Area
    place: str = ""
    venue: Venue | None = None
    called: str = ""
    phone: str = ""
    email: str = ""
    consent_handling: bool = False
    consent_publication: bool = False
    direction: str = Direction.BOTTOM_UP
    channel: str = Channel.WEB
    photos: list[str] = field(default_factory=list)  # keys of staged photos
    alts: dict[str, str] = field(default_factory=dict)  # by key
    at: datetime.datetime | None = None


def submit(submission: Submission, *, actor=None) -> tuple[Demand, bool]:
    """Make a demand of a submission, or come back to the one it made already.

    The form's code decides: sent twice, or twenty times at once, it is one demand, one reference, one message.

    Args:
        actor: the member of staff who enters it for somebody, else None.

    Returns the demand, and whether it is new. Raises `contacts.PhoneError` for a phone the forms let through.
    """
    digest = code_hash(submission.code)
    if digest is None:
        raise ValueError("the form's code is no code")
    earlier = Demand.objects.filter(code_hash=digest).first()
    if earlier:
        return earlier, False
    try:
        with transaction.atomic():
            return _create(submission, digest, actor), True
    except IntegrityError:
        # The same form, sent in parallel, was faster.
        earlier = Demand.objects.filter(code_hash=digest).first()
        if earlier is None:
            raise
        return earlier, False


def _create(submission: Submission, digest: str, actor) -> Demand:
    at = submission.at or timezone.now()
    day = timezone.localdate(at)
    category = submission.category
    response_due, resolution_due = workdays.add_workdays(day, category.response_days, category.resolution_days)
    demand = Demand(
        code_hash=digest,
        direction=submission.direction,
        channel=submission.channel,
        category=category,
        area=submission.area,
        venue=submission.venue,
        description=submission.description,
        place=submission.place,
        contact=contacts.store(called=submission.called, phone=submission.phone, email=submission.email),
        consent_handling=submission.consent_handling,
        consent_publication=submission.consent_publication,
        consent_version=CONSENT_VERSION if submission.consent_handling else "",
        received_at=at,
        response_due=response_due,
        resolution_due=resolution_due,
    )
    _insert(demand, day.year)
    _trace(demand, "", DemandStatus.RECEIVED, Party.STAFF if actor else Party.RESIDENT, actor, at=at)
    _attach(demand, submission.photos, submission.alts)
    if actor:
        audit.record(AuditAction.INTAKE, demand, actor=actor, detail=submission.channel)
    outbox.owe(demand.contact, "received", {"ref": demand.ref}, ref=demand.ref, key=f"{demand.ref}:received")
    return demand


def _insert(demand: Demand, year: int) -> None:
    """Give the demand the next number of its subdistrict and year. The counter's row orders those who come at once."""
    subdistrict = demand.area.subdistrict
    prefix = (
        LiaisonCommittee.objects.filter(area=subdistrict).values_list("ref_prefix", flat=True).first()
        if subdistrict
        else None
    ) or "QS"  # 区属: a demand of the district itself belongs to no committee
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO demands_demandcounter (prefix, year, last) VALUES (%s, %s, 1)
            ON CONFLICT (prefix, year) DO UPDATE SET last = demands_demandcounter.last + 1
            RETURNING last
            """,
            [prefix, year],
        )
        demand.ref = f"{prefix}-{year}-{cursor.fetchone()[0]:05d}"
    demand.save(force_insert=True)


def _attach(demand: Demand, keys: list[str], alts: dict[str, str]) -> None:
    """Turn staged photos into the demand's own. Raises `PhotosGone` when one expired: no photo is lost silently."""
    if not keys:
        return
    staged = {
        photo.key: photo for photo in uploads.StagedPhoto.objects.waiting().select_for_update().filter(key__in=keys)
    }
    if len(staged) < len(keys):
        raise PhotosGone
    DemandPhoto.objects.bulk_create(
        DemandPhoto(
            demand=demand,
            full=staged[key].full,
            thumbnail=staged[key].thumbnail,
            width=staged[key].width,
            height=staged[key].height,
            alt=alts.get(key, ""),
        )
        for key in keys
    )
    uploads.StagedPhoto.objects.filter(key__in=staged).delete()


# --- Moving --------------------------------------------------------------------------------------------------------


def _locked(demand: Demand, version: int | None = None) -> Demand:
    """The demand as it is now, locked until the transaction ends. Raises `Stale` when `version` is not its version."""
    # Without joins: where somebody just gave it another category, PostgreSQL would compare the new row with the old
    # category and find nothing.
    row = Demand.objects.select_for_update().get(pk=demand.pk)
    if version is not None and row.version != version:
        raise Stale
    return row


def _save(demand: Demand, *fields: str) -> None:
    demand.version = F("version") + 1
    demand.save(update_fields=[*fields, "version"])
    demand.refresh_from_db(fields=["version", "due_on"])


def _trace(demand, from_status, to_status, party, actor, *, reason="", at=None) -> DemandTransition:
    return DemandTransition.objects.create(
        demand=demand,
        from_status=from_status,
        to_status=to_status,
        party=party,
        actor=actor,
        office=getattr(actor, "office", ""),
        reason=reason,
        at=at or timezone.now(),
    )


def _say(demand, kind, body, actor=None, *, at=None, key=None) -> DemandMessage:
    return DemandMessage.objects.create(
        demand=demand,
        kind=kind,
        body=body.strip(),
        author=actor,
        office=getattr(actor, "office", ""),
        at=at or timezone.now(),
        key=key,
    )


def allowed_moves(demand: Demand, user) -> dict[str, Move]:
    """The moves this member of staff may make now, by target status."""
    return {
        to: move
        for to, move in TRANSITIONS[demand.status].items()
        if move.permission and user.has_perm(move.permission)
    }


def _check_move(demand: Demand, to: str, party: str, actor) -> Move:
    move = TRANSITIONS[demand.status].get(to)
    if move is None:
        raise TransitionNotAllowed(
            _("“%(from)s”的需求不能改为“%(to)s”。")
            % {"from": demand.get_status_display(), "to": DemandStatus(to).label}
        )
    if party == Party.RESIDENT and not move.resident:
        raise TransitionNotAllowed(_("这一步由工作人员来做。"))
    if party == Party.STAFF and not (move.permission and actor.has_perm(move.permission)):
        raise TransitionNotAllowed(_("您的账号不能做“%(move)s”。") % {"move": move.label})
    return move


@transaction.atomic
def change_status(
    demand: Demand,
    to: str,
    *,
    party: str,
    actor=None,
    version: int | None = None,
    answer: str = "",
    reason: str = "",
    decline_reason: str = "",
    responsible: str = "",
    target: Demand | None = None,
    at: datetime.datetime | None = None,
) -> Demand:
    """The one door: every move of a demand goes through here.

    Args:
        party: who moves it; `Party.SYSTEM` for imports and jobs, which no permission binds.
        actor: the member of staff; must hold the move's permission.
        version: the version the page showed; None where there was no page.
        answer: text to the resident; owed for resolving and declining.
        reason: why it is reopened, in the resident's or the office's words.
        decline_reason: one of `DeclineReason`; `responsible` names who is, when it is out of remit.
        target: the demand that this one is the same as.
        at: when it happened, for imports; else now.

    Returns the demand as it is after the move. Raises `TransitionNotAllowed` with a sentence, or `Stale`.
    """
    if target is not None:
        # Both in one order, so that two demands merged into each other at once do not wait for each other.
        list(Demand.objects.select_for_update(of=("self",)).filter(pk__in=(demand.pk, target.pk)).order_by("pk"))
    row = _locked(demand, version)
    move = _check_move(row, to, party, actor)
    if Owed.ANSWER in move.owes and not answer.strip():
        raise TransitionNotAllowed(_("“%(move)s”需要写给居民的答复。") % {"move": move.label})
    if Owed.TARGET in move.owes:
        target = _check_target(row, target)
    if to == DemandStatus.DECLINED:
        if decline_reason not in DeclineReason.values:
            raise TransitionNotAllowed(_("请选择不予办理的原因。"))
        if decline_reason == DeclineReason.OUT_OF_REMIT and not responsible.strip():
            raise TransitionNotAllowed(_("不在职责范围的，要写明应由谁负责。"))
    elif Owed.REASON in move.owes and not reason.strip():
        raise TransitionNotAllowed(_("请写明理由。"))

    at = at or timezone.now()
    came_from, row.status = row.status, to
    row.closed_at = (row.closed_at or at) if to in CLOSED else None
    row.decline_reason = decline_reason if to == DemandStatus.DECLINED else ""
    row.responsible = responsible.strip() if to == DemandStatus.DECLINED else ""
    row.merged_into = target if to == DemandStatus.MERGED else None
    if to == DemandStatus.REOPENED:
        days = row.category.resolution_days
        (row.resolution_due,) = workdays.add_workdays(timezone.localdate(at), days)
    if to == DemandStatus.WITHDRAWN:
        _hide(row)
    if answer.strip():
        _say(row, MessageKind.ANSWER, answer, actor, at=at)
        row.answered_at = row.answered_at or at
    if reason.strip():
        _say(row, MessageKind.REASON if party == Party.RESIDENT else MessageKind.NOTE, reason, actor, at=at)
    step = _trace(row, came_from, to, party, actor, reason=row.decline_reason, at=at)
    _save(
        row,
        "status",
        "closed_at",
        "decline_reason",
        "responsible",
        "merged_into",
        "resolution_due",
        "answered_at",
        "consent_publication",
        "publication_basis",
        "published_at",
        "unpublished_at",
    )
    if party == Party.STAFF:
        audit.record(AuditAction.MOVED, row, actor=actor, detail=f"{came_from} → {to}")
        outbox.owe(row.contact, TOLD[to], {"ref": row.ref}, ref=row.ref, key=f"{row.ref}:move:{step.pk}")
    return row


def _check_target(row: Demand, target: Demand | None) -> Demand:
    if target is None:
        raise TransitionNotAllowed(_("请写明并入哪一件需求的编号。"))
    if target.pk == row.pk:
        raise TransitionNotAllowed(_("不能并入它自己。"))
    target.refresh_from_db(fields=["status"])
    if target.status in (DemandStatus.MERGED, DemandStatus.WITHDRAWN):
        raise TransitionNotAllowed(_("%(ref)s 已并入别处或已撤回，不能再并入它。") % {"ref": target.ref})
    return target


# --- Staff ---------------------------------------------------------------------------------------------------------


@transaction.atomic
def answer(
    demand: Demand, body: str, *, actor, version: int | None = None, at: datetime.datetime | None = None
) -> DemandMessage:
    """Write to the resident. The first answer is what the response rate counts. Raises `Stale`, `Refused`."""
    row = _locked(demand, version)
    if not body.strip():
        raise Refused(_("请写下给居民的答复。"))
    message = _say(row, MessageKind.ANSWER, body, actor, at=at)
    row.answered_at = row.answered_at or message.at
    _save(row, "answered_at")
    audit.record(AuditAction.ANSWERED, row, actor=actor)
    outbox.owe(row.contact, "answered", {"ref": row.ref}, ref=row.ref, key=f"{row.ref}:answer:{message.pk}")
    return message


@transaction.atomic
def note(demand: Demand, body: str, *, actor) -> DemandMessage:
    """Leave a note that only staff read. Raises `Refused`."""
    if not body.strip():
        raise Refused(_("备注是空的。"))
    message = _say(demand, MessageKind.NOTE, body, actor)
    audit.record(AuditAction.NOTED, demand, actor=actor)
    return message


@transaction.atomic
def assign(demand: Demand, assignee, *, actor, version: int | None = None) -> Demand:
    """Hand a demand to a member of staff, or to nobody. Raises `Stale`."""
    row = _locked(demand, version)
    row.assignee = assignee
    _save(row, "assignee")
    audit.record(AuditAction.ASSIGNED, row, actor=actor, detail=assignee.username if assignee else "")
    return row


@transaction.atomic
def reclassify(demand: Demand, *, category: Category, area: Area, actor, version: int | None = None) -> Demand:
    """Correct category or place. Deadlines follow the new category, counted from the day it was received."""
    row = _locked(demand, version)
    changed = [name for name, new in (("category", category), ("area", area)) if getattr(row, name) != new]
    if not changed:
        return row
    if "category" in changed:
        row.response_due, row.resolution_due = workdays.add_workdays(
            timezone.localdate(row.received_at), category.response_days, category.resolution_days
        )
    row.category, row.area = category, area
    _save(row, "category", "area", "response_due", "resolution_due")
    audit.record(AuditAction.RECLASSIFIED, row, actor=actor, detail=", ".join(changed))
    return row


@transaction.atomic
def publish(
    demand: Demand,
    *,
    title: str,
    summary: str,
    basis: str,
    actor,
    result: str = "",
    version: int | None = None,
    at: datetime.datetime | None = None,
) -> Demand:
    """Show the public an edited summary, on a recorded basis. Raises `Stale`, `Refused`."""
    row = _locked(demand, version)
    if row.status in (DemandStatus.WITHDRAWN, DemandStatus.MERGED) or row.erased_at:
        raise Refused(_("已撤回、已并入或已删除个人信息的需求不能公开。"))
    if not (title.strip() and summary.strip() and basis in PublicationBasis.values):
        raise Refused(_("公开需要标题、摘要和公开依据。"))
    if basis == PublicationBasis.WEB_CONSENT and not row.consent_publication:
        raise Refused(_("居民没有在网页上同意公开，不能以此为依据。"))
    row.public_title, row.public_summary, row.public_result = title.strip(), summary.strip(), result.strip()
    row.publication_basis = basis
    row.published_at = row.published_at or at or timezone.now()
    row.unpublished_at = None
    _save(
        row,
        "public_title",
        "public_summary",
        "public_result",
        "publication_basis",
        "published_at",
        "unpublished_at",
    )
    audit.record(AuditAction.PUBLISHED, row, actor=actor, detail=basis)
    return row


@transaction.atomic
def prepare_publication(demand: Demand, title: str, summary: str, basis: str = "") -> Demand:
    """Lay an imported demand's title and text ready for publication; with a `basis` that needs nobody's consent,
    publish them at once. Texts are cut to what a public page holds.
    """
    row = _locked(demand)
    row.public_title = Truncator(title).chars(row._meta.get_field("public_title").max_length)
    row.public_summary = Truncator(summary).chars(row._meta.get_field("public_summary").max_length)
    row.publication_basis = basis
    if basis:
        row.published_at = timezone.now()
    _save(row, "public_title", "public_summary", "publication_basis", "published_at")
    return row


@transaction.atomic
def unpublish(demand: Demand, *, actor, version: int | None = None) -> Demand:
    """Take the public page down; its text stays at the desk. Raises `Stale`."""
    row = _locked(demand, version)
    row.published_at, row.unpublished_at = None, timezone.now()
    _save(row, "published_at", "unpublished_at")
    audit.record(AuditAction.UNPUBLISHED, row, actor=actor)
    return row


@transaction.atomic
def review_photo(photo: DemandPhoto, review: str, *, actor, alt: str | None = None) -> DemandPhoto:
    """Decide whether the public may see a photo, and describe it for those who cannot."""
    photo = DemandPhoto.objects.select_for_update(of=("self",)).select_related("demand").get(pk=photo.pk)
    photo.review = PhotoReview(review)
    if alt is not None:
        photo.alt = alt.strip()
    photo.save(update_fields=["review", "alt"])
    audit.record(AuditAction.PHOTO_REVIEWED, photo.demand, actor=actor, detail=f"{photo.pk} {review}")
    return photo


@transaction.atomic
def erase(demand: Demand, *, actor=None) -> Demand:
    """Delete everything personal: contact, what the resident wrote, messages, photos. Figures keep a tombstone."""
    row = _locked(demand)
    if row.erased_at:
        return row
    contact, row.contact = row.contact, None
    row.description = row.place = ""
    row.code_hash = None
    row.erased_at = timezone.now()
    _hide(row)
    row.public_title = row.public_summary = row.public_result = ""
    row.publication_basis = ""
    _save(
        row,
        "contact",
        "description",
        "place",
        "code_hash",
        "erased_at",
        "consent_publication",
        "publication_basis",
        "published_at",
        "unpublished_at",
        "public_title",
        "public_summary",
        "public_result",
    )
    if contact:
        contact.delete()
    row.messages.all().delete()
    row.ratings.update(comment="")
    uploads.drop(*(name for photo in row.photos.all() for name in (photo.full, photo.thumbnail)))
    row.photos.all().delete()
    audit.record(AuditAction.ERASED, row, actor=actor)
    return row


# --- Residents -----------------------------------------------------------------------------------------------------


def _hide(row: Demand) -> None:
    """Take a demand off the public pages because its resident wants so; the caller saves."""
    row.consent_publication = False
    if row.publication_basis == PublicationBasis.WEB_CONSENT:
        row.publication_basis = ""
    if row.published_at:
        row.published_at, row.unpublished_at = None, timezone.now()


@transaction.atomic
def add_information(demand: Demand, body: str, *, key: uuid.UUID, photos: list[str] | None = None) -> DemandMessage:
    """The resident adds text or photos; sent twice with the same `key`, it is there once.

    Args:
        photos: keys of staged photos.

    Raises `Refused` with a sentence.
    """
    row = _locked(demand)
    if not row.tracking_open:
        raise Refused(_("这件需求已结束，不能再补充。"))
    if not body.strip() and not photos:
        raise Refused(_("请写下要补充的内容，或选择照片。"))
    earlier = DemandMessage.objects.filter(key=key).first()
    if earlier:
        return earlier
    if photos and row.photos.count() + len(photos) > MOST_PHOTOS_IN_ALL:
        raise Refused(_("一件需求最多 %(most)s 张照片。") % {"most": MOST_PHOTOS_IN_ALL})
    message = _say(row, MessageKind.ADDITION, body.strip() or _("补充了照片"), key=key)
    _attach(row, photos or [], {})
    _save(row)
    return message


@transaction.atomic
def rate(demand: Demand, *, work: str, result: str, comment: str = "", at: datetime.datetime | None = None) -> Rating:
    """Rate the work and the result once for each closing. "Satisfied with the result" confirms it; silence never does.

    Raises `Refused` when there is nothing to rate, or it was rated already.
    """
    row = _locked(demand)
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
    row = _locked(demand)
    _hide(row)
    _save(row, "consent_publication", "publication_basis", "published_at", "unpublished_at")
    return row


@transaction.atomic
def request_deletion(demand: Demand) -> Demand:
    """The resident asks for their data to be deleted; staff see it at the desk."""
    row = _locked(demand)
    row.deletion_requested_at = row.deletion_requested_at or timezone.now()
    _save(row, "deletion_requested_at")
    return row


@transaction.atomic
def replace_code(demand: Demand, code: str) -> Demand:
    """Give the demand a new code; the old one opens nothing any more."""
    row = _locked(demand)
    row.code_hash = code_hash(code)
    _save(row, "code_hash")
    return row


def send_link(ref: str, address: str) -> None:
    """Send a signed link to the stored contact, if `address` is that contact; else do nothing, and look alike."""
    contact = contacts.Contact.objects.reached_by(address).filter(demand__ref=ref).first()
    # One link an hour for a demand: asking again and again floods nobody's phone.
    hour = timezone.now().strftime("%Y%m%d%H")
    with transaction.atomic():
        outbox.owe(contact, "link", {"ref": ref}, ref=ref, key=f"{ref}:link:{hour}")


def visitor_hash(visitor: str) -> str:
    return hashlib.sha256(f"support:{visitor}".encode()).hexdigest()


@transaction.atomic
def support(demand: Demand, visitor: str) -> bool:
    """附议: count a visitor once for a public demand. Returns whether it counted anew. Raises `Refused`."""
    row = _locked(demand)
    if not row.is_public:
        raise Refused(_("这件需求没有公开。"))
    _support, created = Support.objects.get_or_create(demand=row, visitor=visitor_hash(visitor))
    if created:
        # Not `version`: a resident's tap must not make a colleague's form stale.
        row.support_count = F("support_count") + 1
        row.save(update_fields=["support_count"])
    return created
