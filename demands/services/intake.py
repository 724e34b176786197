"""A need comes in: once, however often its form is sent."""

import datetime
from dataclasses import dataclass, field

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from consultation.models import Area, Venue
from foundation import audit, contacts, outbox, workdays
from foundation.audit import AuditAction
from foundation.consent import NOTHING, Purpose, Shown
from foundation.tokens import code_hash
from members.models import Resource
from members.selectors.committees import committee_of

from ..models import Category, Channel, Demand, Direction
from ..workflow import DemandStatus, Party
from .transitions import attach, trace


@dataclass(frozen=True)
class Submission:
    """What a resident or a member of staff sends in, checked by the forms."""

    code: str
    description: str
    category: Category
    area: Area
    place: str = ""
    venue: Venue | None = None
    resource: Resource | None = None  # what is asked for directly, order-style
    called: str = ""
    phone: str = ""
    email: str = ""
    consent_handling: bool = False
    consent_publication: bool = False
    shown: Shown = NOTHING  # the consent texts beside the boxes
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
    earlier = Demand.objects.filter(form_hash=digest).first()
    if earlier:
        return earlier, False
    try:
        with transaction.atomic():
            return _create(submission, digest, actor), True
    except IntegrityError:
        # The same form, sent in parallel, was faster.
        earlier = Demand.objects.filter(form_hash=digest).first()
        if earlier is None:
            raise
        return earlier, False


def _create(submission: Submission, digest: str, actor) -> Demand:
    at = submission.at or timezone.now()
    day = timezone.localdate(at)
    category = submission.category
    response_due, resolution_due = workdays.add_workdays(day, category.response_days, category.resolution_days)
    demand = Demand(
        form_hash=digest,
        code_hash=digest,
        direction=submission.direction,
        channel=submission.channel,
        category=category,
        area=submission.area,
        venue=submission.venue,
        resource=submission.resource,
        description=submission.description,
        place=submission.place,
        contact=contacts.store(called=submission.called, phone=submission.phone, email=submission.email),
        consent_handling=submission.consent_handling,
        consent_publication=submission.consent_publication,
        **_agreed(submission, spoken=actor is not None),
        received_at=at,
        response_due=response_due,
        resolution_due=resolution_due,
    )
    insert(demand, day.year)
    trace(demand, "", DemandStatus.RECEIVED, Party.STAFF if actor else Party.RESIDENT, actor, at=at)
    attach(demand, submission.photos, submission.alts)
    if actor:
        audit.record(AuditAction.INTAKE, demand, actor=actor, detail=submission.channel)
    outbox.enqueue(demand.contact, "received", {"ref": demand.ref}, ref=demand.ref, key=f"{demand.ref}:received")
    return demand


def _agreed(submission: Submission, *, spoken: bool) -> dict[str, object]:
    """The texts that were agreed to. `spoken`: to a member of staff, who ticked the box."""
    purpose = Purpose.INTAKE if spoken else Purpose.HANDLING
    return submission.shown.values(
        handling_text=purpose if submission.consent_handling else "",
        publication_text=Purpose.PUBLICATION if submission.consent_publication else "",
    )


def insert(demand: Demand, year: int) -> None:
    """Give the demand the next number of its subdistrict and year."""
    prefix = prefix_of(demand.area)
    demand.ref = ref_of(prefix, year, next_number(prefix, year))
    demand.save(force_insert=True)


def prefix_of(area: Area) -> str:
    committee = committee_of(area)
    return committee.ref_prefix if committee else "QS"  # 区属: the district itself belongs to no committee


def ref_of(prefix: str, year: int, number: int) -> str:
    return f"{prefix}-{year}-{number:05d}"


def next_number(prefix: str, year: int, count: int = 1) -> int:
    """Take the next `count` numbers; returns the first. The counter's row orders those who come at once."""
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
