"""回访: 30 and 90 days after a closing, reporters are asked whether the problem is still solved. A "no" reopens the
demand; silence means nothing.
"""

import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from foundation import clock, outbox
from foundation.actors import RESIDENT
from foundation.errors import Refused
from foundation.locking import locked

from ..models import Channel, Demand, DemandTransition, MessageKind, Recheck
from ..workflow import SOLVED, DemandStatus
from . import lineage, residents
from .intake import attach
from .replies import write_message
from .transitions import save

DAYS = (30, 90)
# Closings that became due longer ago are skipped: those of imported demands, or after a long outage of the worker.
STILL_ASKED = datetime.timedelta(days=30)
MAX_AT_ONCE = 200
# Imported demands and those of a department have no reporting resident, and erased ones have no contact.
TO_ASK = Q(erased_at__isnull=True, imported_at__isnull=True) & ~Q(channel=Channel.DEPARTMENT)
Answer = Recheck.Answer


def ask() -> int:
    """Ask the reporters of demands resolved 30 or 90 days ago. Returns the number of reporters. For the worker; safe to
    run concurrently.
    """
    count = 0
    for day in DAYS:
        until = clock.now() - datetime.timedelta(days=day)
        asked = Recheck.objects.filter(closing__demand=OuterRef("pk"), closing__at=OuterRef("closed_at"), day=day)
        # Few demands are merged. Without this condition, PostgreSQL may scan all demands for them.
        joined = Demand.objects.filter(TO_ASK, merged_into__isnull=False, merged_into=OuterRef("pk"))
        rows = Demand.objects.filter(status__in=SOLVED, closed_at__range=(until - STILL_ASKED, until)).filter(
            ~Exists(asked), TO_ASK | Exists(joined)
        )
        for demand in rows.order_by("closed_at", "pk")[:MAX_AT_ONCE]:
            count += _ask(demand, day)
    return count


@transaction.atomic
def _ask(demand: Demand, day: int) -> int:
    row = lineage.lock_related(demand)
    if row.status not in SOLVED or row.closed_at != demand.closed_at:
        return 0  # reopened at this very moment
    closing = _closing(row)
    count = 0
    for one in lineage.followers(row):
        if one.erased_at or one.imported_at or one.channel == Channel.DEPARTMENT:
            continue
        question, new = Recheck.objects.get_or_create(demand=one, closing=closing, day=day)
        if one.status == DemandStatus.SPLIT:
            _note_parts(one, question)
        if one.split_from_id:
            continue  # parts count in the rates, but their reporter is asked about the whole
        count += new
        # No message about demo content, or to reporters who asked for deletion; the page still asks them.
        if new and not one.is_demo and one.deletion_requested_at is None:
            outbox.enqueue(one.contact, "recheck", {"ref": one.ref}, ref=one.ref, key=f"recheck:{question.pk}")
    return count


def _note_parts(whole: Demand, question: Recheck) -> None:
    """Copy the question to the parts it is about, because the rates count the parts of a split demand."""
    among = lineage.deciding(whole)
    for part in lineage.parts_of(whole, among):
        if lineage.effective(part, among).pk == question.closing.demand_id:
            Recheck.objects.get_or_create(
                demand=part, closing=question.closing, day=question.day, defaults={"asked_at": question.asked_at}
            )


def _closing(row: Demand) -> DemandTransition:
    """Return the transition that resolved the demand; the resident may have confirmed it since."""
    return row.transitions.filter(to_status=DemandStatus.RESOLVED).order_by("-at", "-pk")[0]


def may_have_asked(demand: Demand) -> bool:
    """Whether the reporter may have been asked by now; saves a query on the pages of all other demands."""
    if demand.status in (DemandStatus.MERGED, DemandStatus.SPLIT):
        return True  # it depends on the target, or on the parts
    return demand.status in SOLVED and demand.closed_at <= clock.now() - datetime.timedelta(days=min(DAYS))


def question(demand: Demand) -> Recheck | None:
    """Return the reporter's current question: the newest unanswered one about a closing still in effect. One query.

    A reporter has one question at a time; those about a split demand's parts come one after the other.
    """
    if demand.erased_at:
        return None
    seen = set()
    for row in demand.rechecks.select_related("closing__demand").order_by("-asked_at", "-pk"):
        subject = row.closing.demand
        in_effect = subject.status in SOLVED and subject.closed_at == row.closing.at
        if in_effect and not row.answer and row.closing_id not in seen:
            return row
        seen.add(row.closing_id)
    return None


def still_solved(demand: Demand) -> int:
    """Return after how many days a reporter last confirmed the current closing as still solved, or 0."""
    if demand.status not in SOLVED or not may_have_asked(demand):
        return 0
    rows = Recheck.objects.filter(closing__demand=demand, closing__at=demand.closed_at, answer=Answer.STILL_SOLVED)
    return rows.order_by("-day").values_list("day", flat=True).first() or 0


@transaction.atomic
def answer(demand: Demand, verdict: str, *, reason: str = "", photos: list[str] | None = None) -> Recheck:
    """Save the reporter's answer to their `question`, once. A "no" needs a reason, and reopens the demand.

    Args:
        verdict: one of `Recheck.Answer`.
        photos: keys of staged photos, to be attached with a "no".

    Raises `Refused` with a sentence.
    """
    own = lineage.lock_related(demand)
    found = question(own)
    if found is None:
        raise Refused(why_not(own))
    subject = own if found.closing.demand_id == own.pk else locked(found.closing.demand)
    names = {"days": found.day}
    if verdict == Answer.NOT_SOLVED and not reason.strip():
        raise Refused(_("请填写又出现了什么问题。"))
    same = Recheck.objects.filter(closing=found.closing, day=found.day)
    same.filter(Q(pk=found.pk) | Q(demand__split_from=own)).update(answer=Answer(verdict), answered_at=clock.now())
    found.refresh_from_db()
    if verdict == Answer.STILL_SOLVED:
        write_message(own, MessageKind.ADDITION, _("%(days)d 天回访：问题没有再出现。") % names, RESIDENT)
        save(subject)  # a new version, since the public page shows the answer
        return found
    if photos and own.photos.count() + len(photos) > residents.MAX_PHOTOS_IN_ALL:
        raise Refused(_("一件需求最多 %(most)s 张照片。") % {"most": residents.MAX_PHOTOS_IN_ALL})
    attach(own, photos or [], {})
    words = _("%(days)d 天回访：问题再次出现。") % names
    part = subject if lineage.effective(own).status == DemandStatus.SPLIT else None
    residents.reopen(own, f"{words}\n{reason.strip()}", part=part)
    return found


def why_not(demand: Demand) -> str:
    """Return a sentence on why the reporter has no question now."""
    if demand.erased_at:
        return _("这件需求的信息已经删除，不再回访。")
    latest = demand.rechecks.select_related("closing__demand").order_by("-asked_at", "-pk").first()
    if latest is None:
        return _("现在没有要您回答的回访。")
    subject = latest.closing.demand
    if subject.is_open:
        return _("这件需求正在重新办理，办结后再请您评价。")
    if subject.status in SOLVED and subject.closed_at == latest.closing.at:
        return _("您已经回答，谢谢。")
    return _("现在没有要您回答的回访。")
