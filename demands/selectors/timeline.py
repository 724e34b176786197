"""A demand's timeline: transitions, messages and ratings as one list, newest first."""

import datetime
from dataclasses import dataclass, replace

from django.db.models import Prefetch, prefetch_related_objects
from django.utils.translation import gettext as _

from foundation.accounts import User
from foundation.actors import Party
from foundation.audit import AuditAction, AuditEntry
from foundation.personal_numbers import masked

from ..models import DeadlineChange, Demand, DemandMessage, DemandTransition, MessageKind, OfficeRequest
from ..services.replies import addressed
from ..workflow import DEMAND_MOVES, DemandStatus


@dataclass(frozen=True)
class Entry:
    at: datetime.datetime
    title: str
    who: str = ""
    text: str = ""
    kind: str = "move"


# Acts of staff that leave neither a transition nor a message.
STAFF_ACTS = (
    AuditAction.CONTACT_REVEALED,
    AuditAction.ASSIGNED,
    AuditAction.RECLASSIFIED,
    AuditAction.PUBLISHED,
    AuditAction.UNPUBLISHED,
)


def entries(demand: Demand, *, for_staff: bool = False) -> list[Entry]:
    """Return a demand's timeline. Residents see offices instead of persons, and no internal acts; staff see numbers
    in texts masked, until they give a reason.

    Three queries; nine for staff, which also fetch the other short lists of the admin's page.
    """
    acts = _read(demand) if for_staff else []
    found = [_move(move, for_staff) for move in demand.transitions.all()]
    messages = demand.messages.all() if for_staff else demand.messages.for_resident()
    found += [_message(message, demand, for_staff) for message in messages]
    if for_staff:
        names = _names(demand, acts)
        found += [
            Entry(act.at, act.get_action_display(), str(act.actor or _("系统")), _detail(act, names), "act")
            for act in acts
        ]
        found += [entry for asked in demand.office_requests.all() for entry in _office(asked)]
    for rating in demand.ratings.all():
        words = {"work": rating.get_work_display(), "result": rating.get_result_display()}
        verdicts = _("过程：%(work)s；结果：%(result)s") if rating.work else _("结果：%(result)s")
        text = f"{verdicts % words}\n{rating.comment}".strip()
        found.append(Entry(rating.at, _("居民评价"), _("居民"), text, "rating"))
    if for_staff:
        found = [replace(entry, text=masked(entry.text)) for entry in found]
    # Sort ascending and reverse, so that of entries at the same moment the later one comes first.
    return sorted(found, key=lambda entry: entry.at)[::-1]


def masked_texts(demand: Demand) -> list[str]:
    """Return the texts about a demand that staff see masked, as they were written. One query, or none if its messages
    were prefetched.
    """
    texts = [demand.description, demand.place, *(message.body for message in demand.messages.all())]
    return [text for text in texts if masked(text) != text]


def _who(office: str, person, party_is_resident: bool, for_staff: bool) -> str:
    if party_is_resident:
        return _("居民")
    if for_staff and person:
        return str(person)
    return office or _("联络委")


def _move(move, for_staff: bool) -> Entry:
    title = DemandStatus(move.to_status).label
    if move.from_status in (DemandStatus.MERGED, DemandStatus.SPLIT):
        # Name the move that was undone, which says more than the status it went back to.
        title = DEMAND_MOVES[move.from_status][move.to_status].label
    who = _("系统") if move.party == Party.SYSTEM else ""
    return Entry(
        move.at,
        str(title),
        who or _who(move.office, move.actor if for_staff else None, move.party == Party.RESIDENT, for_staff),
    )


def _message(message: DemandMessage, demand: Demand, for_staff: bool) -> Entry:
    by_resident = message.kind in (MessageKind.ADDITION, MessageKind.REASON)
    person = message.author if for_staff else None
    who = _who(message.office, person, by_resident, for_staff)
    # Only the resident's own page fills in the form of address: staff see no names without giving a reason.
    text = message.body if for_staff or message.kind != MessageKind.ANSWER else addressed(message.body, demand)
    return Entry(message.at, str(message.get_kind_display()), who, text, message.kind)


# --- For staff -------------------------------------------------------------------------------------------------------


def _read(demand: Demand) -> list[AuditEntry]:
    """Fetch the short lists of the admin's page, most of which the timeline shows too; return the acts."""
    prefetch_related_objects(
        [demand],
        Prefetch("transitions", DemandTransition.objects.select_related("actor")),
        Prefetch("messages", DemandMessage.objects.select_related("author")),
        "ratings",
        "photos",
        Prefetch("merged", Demand.objects.order_by("pk")),
        Prefetch("parts", Demand.objects.order_by("pk")),
        Prefetch("office_requests", OfficeRequest.objects.select_related("made_by")),
        Prefetch("deadline_changes", DeadlineChange.objects.select_related("actor")),
    )
    return list(AuditEntry.objects.filter(subject=demand.ref, action__in=STAFF_ACTS).select_related("actor"))


def _names(demand: Demand, acts: list[AuditEntry]) -> dict[str, str]:
    """Return the full names of the staff involved, as the audit names them: by key, in older rows by username."""
    people = {person for person in (demand.assignee, *(act.actor for act in acts)) if person}
    people |= {move.actor for move in demand.transitions.all() if move.actor}
    named = {act.detail for act in acts if act.action == AuditAction.ASSIGNED}
    if keys := {int(name[5:]) for name in named if name.startswith("user:")} - {person.pk for person in people}:
        people |= set(User.objects.filter(pk__in=keys))
    return {name: str(person) for person in people for name in (f"user:{person.pk}", person.username)}


def _detail(act: AuditEntry, names: dict[str, str]) -> str:
    """Return an audit entry's detail in words: why a contact was viewed, or to whom the demand was assigned."""
    if act.action == AuditAction.ASSIGNED:
        return names.get(act.detail, act.detail) or _("未分派")
    if act.action == AuditAction.RECLASSIFIED:
        names = {"category": _("类别"), "area": _("地点")}
        return _("、").join(names.get(name, name) for name in act.detail.split(", "))
    return act.detail if act.action == AuditAction.CONTACT_REVEALED else ""


def _office(asked: OfficeRequest) -> list[Entry]:
    who = str(asked.made_by or _("系统"))
    text = _("%(office)s：%(question)s") % {"office": asked.office, "question": asked.question}
    found = [Entry(asked.made_at, _("请外部单位答复"), who, text, "office")]
    if asked.answered_at:
        found.append(Entry(asked.answered_at, _("外部单位答复"), asked.office, asked.answer, "office"))
    return found
