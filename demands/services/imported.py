"""Rows of a list become demands, with what already became of them: many at once, in a few statements.

Each comes out as if it had been submitted and moved by itself (a test compares). Nobody has seen them yet: there is no
row to lock, nobody to tell, and nothing public.
"""

import datetime
from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from foundation import workdays
from foundation.tokens import code_hash, new_code

from ..models import Demand, DemandMessage, DemandTransition, MessageKind
from ..sheets.demands import LABELS, DemandRow
from ..workflow import DemandStatus, Party
from .intake import next_number, prefix_of, ref_of
from .transitions import fitting


@transaction.atomic
def bring_in(rows: Sequence[DemandRow], *, actor=None) -> list[Demand]:
    """Demands of checked rows, with their own times: received when posted; accepted, answered and resolved when replied
    to. A title is laid ready for publication, with the text as summary; staff decide.

    Args:
        actor: the member of staff who brought the list in; none for the command.

    Returns them in the order of the rows, in which they are numbered too.
    """
    demands = [_demand(row) for row in rows]
    _number(demands)
    Demand.objects.bulk_create(demands)
    pairs = list(zip(demands, rows, strict=True))
    DemandTransition.objects.bulk_create(step for demand, row in pairs for step in _steps(demand, row, actor))
    DemandMessage.objects.bulk_create(message for demand, row in pairs for message in _messages(demand, row, actor))
    return demands


def _demand(row: DemandRow) -> Demand:
    digest = code_hash(new_code())
    days = row.category.response_days, row.category.resolution_days
    response_due, resolution_due = workdays.add_workdays(timezone.localdate(row.posted_at), *days)
    ended = row.replied_at if row.reply else None
    return Demand(
        form_hash=digest,
        code_hash=digest,
        status=DemandStatus.RESOLVED if ended else DemandStatus.RECEIVED,
        direction=row.direction,
        channel=row.channel,
        category=row.category,
        area=row.area,
        description=row.body,
        place=row.place,
        received_at=row.posted_at,
        answered_at=ended,
        closed_at=ended,
        response_due=response_due,
        resolution_due=resolution_due,
        public_title=fitting("public_title", row.title),
        public_summary=fitting("public_summary", row.body) if row.title else "",
    )


def _number(demands: list[Demand]) -> None:
    groups: dict[tuple[str, int], list[Demand]] = {}
    for demand in demands:
        year = timezone.localdate(demand.received_at).year
        groups.setdefault((prefix_of(demand.area), year), []).append(demand)
    # In one order, so that two lists that come in at once do not wait for each other.
    for (prefix, year), group in sorted(groups.items(), key=lambda pair: pair[0]):
        first = next_number(prefix, year, len(group))
        for number, demand in enumerate(group, first):
            demand.ref = ref_of(prefix, year, number)


def _steps(demand: Demand, row: DemandRow, actor) -> list[DemandTransition]:
    came = Party.STAFF if actor else Party.RESIDENT
    steps = [_step(demand, "", DemandStatus.RECEIVED, row.posted_at, party=came, actor=actor)]
    if row.reply:
        steps += [
            _step(demand, DemandStatus.RECEIVED, DemandStatus.ACCEPTED, row.replied_at),
            _step(demand, DemandStatus.ACCEPTED, DemandStatus.RESOLVED, row.replied_at),
        ]
    return steps


def _step(
    demand: Demand, came_from: str, to: str, at: datetime.datetime, *, party: str = Party.SYSTEM, actor=None
) -> DemandTransition:
    office = getattr(actor, "office", "")
    return DemandTransition(
        demand=demand, from_status=came_from, to_status=to, at=at, party=party, actor=actor, office=office
    )


def _messages(demand: Demand, row: DemandRow, actor) -> list[DemandMessage]:
    messages = []
    numbers = [(LABELS["source"], row.source), (LABELS["reference"], row.reference)]
    words = [_("%(label)s：%(value)s") % {"label": label, "value": value} for label, value in numbers if value]
    if words:
        note, office = _("；").join(words), getattr(actor, "office", "")
        messages.append(
            DemandMessage(
                demand=demand, kind=MessageKind.NOTE, body=note, at=row.posted_at, author=actor, office=office
            )
        )
    if row.reply:
        messages.append(DemandMessage(demand=demand, kind=MessageKind.ANSWER, body=row.reply, at=row.replied_at))
    return messages
