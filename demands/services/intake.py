"""Submitting demands, idempotent by the form's code, and attaching staged photos to them."""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction

from consultation.models import Area, Venue
from foundation import audit, clock, contacts, outbox, uploads
from foundation.actors import Party
from foundation.audit import AuditAction
from foundation.consent import NOTHING, Purpose, Shown
from foundation.errors import Refused
from foundation.tokens import code_hash
from foundation.transitions import log_transition
from members.models import Resource
from members.selectors.committees import committee_of

from ..models import Category, Channel, Demand, DemandPhoto, Direction, Urgency
from ..models.deadlines import due_dates
from . import alerts, recurrence, urgency


@dataclass(frozen=True)
class Submission:
    """A submission by a resident or a member of staff, validated by the forms."""

    code: str
    description: str
    category: Category
    area: Area
    place: str = ""
    venue: Venue | None = None
    resource: Resource | None = None  # the resource that is asked for directly
    again_of: Demand | None = None  # the finished demand whose trouble has come back
    called: str = ""
    phone: str = ""
    email: str = ""
    consent_handling: bool = False
    consent_publication: bool = False
    for_other: bool = False  # submitted by somebody for a relative or neighbour
    urgent: bool = False  # so decided by the member of staff who takes it down
    shown: Shown = NOTHING  # the consent texts beside the boxes
    direction: str = Direction.BOTTOM_UP
    channel: str = Channel.WEB
    photos: list[str] = field(default_factory=list)  # keys of staged photos
    alts: dict[str, str] = field(default_factory=dict)  # by key


def submit(submission: Submission, *, actor) -> tuple[Demand, bool]:
    """Create a demand from a submission, or return the one it has created already.

    Idempotent by the form's code: sent twice, or twenty times at once, it makes one demand, reference and message.

    Args:
        actor: `RESIDENT`, or the member of staff who enters it for somebody.

    Returns the demand, and whether it is new. Raises `contacts.PhoneError` for a phone that the forms failed to refuse.
    """
    digest = code_hash(submission.code)
    if digest is None:
        raise ValueError("the form's code is no code")
    sent = Demand.objects.filter(form_hash=digest)
    if not sent.exists():
        try:
            with transaction.atomic():
                return _create(submission, digest, actor), True
        except IntegrityError:
            # A parallel request with the same form was faster.
            if not sent.exists():
                raise
    return sent.get(), False


def _create(submission: Submission, digest: str, actor) -> Demand:
    response_due, resolution_due = due_dates(submission.category, clock.today())
    demand = Demand(
        form_hash=digest,
        code_hash=digest,
        direction=submission.direction,
        channel=submission.channel,
        category=submission.category,
        area=submission.area,
        venue=submission.venue,
        resource=submission.resource,
        description=submission.description,
        place=submission.place,
        contact=contacts.store(called=submission.called, phone=submission.phone, email=submission.email),
        consent_handling=submission.consent_handling,
        consent_publication=submission.consent_publication,
        for_other=submission.for_other,
        **_agreed(submission, spoken=actor.party == Party.STAFF),
        received_at=clock.now(),
        urgency=_urgency(submission, actor),
        response_due=response_due,
        resolution_due=resolution_due,
    )
    insert(demand)
    log_transition(demand, "", actor, office=actor.office)
    attach(demand, submission.photos, submission.alts)
    if submission.again_of:
        _link(demand, submission.again_of, actor)
    decided = ", urgency: urgent" if submission.urgent else ""
    audit.record_act(AuditAction.INTAKE, demand, actor=actor, detail=f"{submission.channel}{decided}")
    outbox.enqueue(demand.contact, "received", {"ref": demand.ref}, ref=demand.ref, key=f"{demand.ref}:received")
    alerts.notify(alerts.NEW, demand, "received", actor=actor)
    return demand


def _urgency(submission: Submission, actor) -> str:
    """Return what staff decided, or else what the words suggest. Raises `PermissionDenied` for who may not decide."""
    if not submission.urgent:
        return urgency.suggested(f"{submission.description} {submission.place}")
    if not actor.has_perm(urgency.PERMISSION):
        raise PermissionDenied
    return Urgency.URGENT


def _link(demand: Demand, earlier: Demand, actor) -> None:
    # The earlier one may have been reopened meanwhile. Then this one is on its own, and staff link it if need be.
    with contextlib.suppress(Refused):
        recurrence.link(demand, earlier, actor=actor)


def _agreed(submission: Submission, *, spoken: bool) -> dict[str, object]:
    """Return the consent texts agreed to; with `spoken`, orally to the member of staff who ticked the box."""
    purpose = Purpose.HANDLING_FOR_OTHER if submission.for_other else Purpose.HANDLING
    if spoken:
        purpose = Purpose.INTAKE
    return submission.shown.values(
        handling_text=purpose if submission.consent_handling else "",
        publication_text=Purpose.PUBLICATION if submission.consent_publication else "",
    )


# --- Numbers --------------------------------------------------------------------------------------------------------


def insert(demand: Demand) -> None:
    """Save a new demand under the next number of its subdistrict and the current year."""
    prefix, year = prefix_of(demand.area), clock.today().year
    demand.ref = ref_of(prefix, year, next_number(prefix, year))
    demand.save(force_insert=True)


def prefix_of(area: Area) -> str:
    committee = committee_of(area)
    return committee.ref_prefix if committee else "QS"  # 区属: the district itself belongs to no committee


def ref_of(prefix: str, year: int, number: int) -> str:
    return f"{prefix}-{year}-{number:05d}"


def next_number(prefix: str, year: int, count: int = 1) -> int:
    """Take the next `count` numbers, and return the first. Locking the counter's row serialises simultaneous calls."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO demands_demandcounter (prefix, year, last) VALUES (%s, %s, %s)
            ON CONFLICT (prefix, year) DO UPDATE SET last = demands_demandcounter.last + excluded.last
            RETURNING last
            """,
            [prefix, year, count],
        )
        return cursor.fetchone()[0] - count + 1


# --- Photos ---------------------------------------------------------------------------------------------------------


def attach(demand: Demand, keys: Sequence[str], alts: dict[str, str], party: str = Party.RESIDENT, **more) -> None:
    """Turn staged photos into photos of the demand.

    Args:
        keys: of the staged photos.
        alts: descriptions, by key.
        more: further fields of each photo.

    Raises `uploads.PhotosGone` where one has expired, so that no photo is lost silently.
    """
    if not keys:
        return
    DemandPhoto.objects.bulk_create(
        DemandPhoto(
            demand=demand,
            full=staged.full,
            thumbnail=staged.thumbnail,
            width=staged.width,
            height=staged.height,
            alt=alts.get(staged.key, ""),
            party=party,
            **more,
        )
        for staged in uploads.claim(keys)
    )
