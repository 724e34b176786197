"""What happened to a demand, newest first: moves, messages and ratings as one list."""

import datetime
from dataclasses import dataclass

from django.db.models import Prefetch, prefetch_related_objects
from django.utils.translation import gettext as _

from .models import Demand, DemandMessage, DemandTransition, MessageKind
from .workflow import DemandStatus, Party


@dataclass(frozen=True)
class Entry:
    at: datetime.datetime
    title: str
    who: str = ""
    text: str = ""
    kind: str = "move"


def entries(demand: Demand, *, for_staff: bool = False) -> list[Entry]:
    """The demand's timeline. Residents see offices, not persons, and no internal notes. Three queries."""
    if for_staff:
        # Prefetched, since the chain on the same page goes through them too.
        prefetch_related_objects([demand], Prefetch("transitions", DemandTransition.objects.select_related("actor")))
    found = [_move(move, for_staff) for move in demand.transitions.all()]
    messages = demand.messages.select_related("author") if for_staff else demand.messages.for_resident()
    found += [_message(message, for_staff) for message in messages]
    for rating in demand.ratings.all():
        verdicts = _("过程：%(work)s；结果：%(result)s") % {
            "work": rating.get_work_display(),
            "result": rating.get_result_display(),
        }
        text = f"{verdicts}\n{rating.comment}".strip()
        found.append(Entry(rating.at, _("居民评价"), _("居民"), text, "rating"))
    # Turned round as a whole: of things at the same moment, the later in the list stands first.
    return sorted(found, key=lambda entry: entry.at)[::-1]


def _who(office: str, person, party_is_resident: bool, for_staff: bool) -> str:
    if party_is_resident:
        return _("居民")
    if for_staff and person:
        return str(person)
    return office or _("联络委")


def _move(move, for_staff: bool) -> Entry:
    title = DemandStatus(move.to_status).label
    who = _("系统") if move.party == Party.SYSTEM else ""
    return Entry(
        move.at,
        str(title),
        who or _who(move.office, move.actor if for_staff else None, move.party == Party.RESIDENT, for_staff),
    )


def _message(message: DemandMessage, for_staff: bool) -> Entry:
    by_resident = message.kind in (MessageKind.ADDITION, MessageKind.REASON)
    person = message.author if for_staff else None
    who = _who(message.office, person, by_resident, for_staff)
    return Entry(message.at, str(message.get_kind_display()), who, message.body, message.kind)
