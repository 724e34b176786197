"""Three subdistricts with 300 demands each, made in a few statements: what staff of one must never see of the others.

The first is that of `factories.tree()`, the second its far one, the third is made here. All that has a name or a text
in the second and the third contains `WORD`, the name of the place, or begins with the letters of its references.
"""

import datetime
from dataclasses import dataclass

from django.utils import timezone

from consultation.models import Area, AreaLevel, StaffScope
from demands.models import Demand, DemandMessage, EscalationRule, MessageKind, SavedFilter, StandardReply
from demands.workflow import DemandStatus as S
from foundation import audit, cached, contacts
from foundation.accounts import Role, User
from foundation.actors import SYSTEM
from foundation.contacts import Contact
from foundation.outbox import Channel, OutboxMessage
from members.models import LiaisonCommittee
from tests import factories

DEMANDS = 300
WORD = "别处"
STATUSES = (S.RECEIVED, S.ACCEPTED, S.IN_PROGRESS, S.RESOLVED)
PHONES = {"NH": "13900001111", "XX": "13900002222", "YY": "13900003333"}


@dataclass(frozen=True)
class Part:
    """One subdistrict with what is in it."""

    subdistrict: Area
    community: Area
    compound: Area
    prefix: str  # of its references
    word: str  # in all of its texts

    @property
    def signs(self) -> tuple[str, ...]:
        """What no page shows to those who do not work here."""
        # Three letters of a reference alone also occur by chance, in some form's hash.
        references = (f"{self.prefix}-900", f"{self.prefix}-20")
        return (self.word, self.subdistrict.name, self.community.name, self.compound.name, *references)

    @property
    def demands(self):
        return Demand.objects.filter(ref__startswith=f"{self.prefix}-9")


def three() -> tuple[Part, Part, Part]:
    there = factories.tree()
    third = factories.area(AreaLevel.SUBDISTRICT, there.district, code="third-subdistrict", name="湖北街道")
    community = factories.area(AreaLevel.COMMUNITY, third, code="third-community", name="杉林社区")
    compound = factories.area(AreaLevel.COMPOUND, community, code="third-compound", name="杉林小区")
    parts = (
        Part(there.subdistrict, there.community, there.compound, "NH", "这里"),
        Part(there.far_subdistrict, there.far_community, there.far_compound, "XX", f"{WORD}湖西"),
        Part(third, community, compound, "YY", f"{WORD}湖北"),
    )
    for part in parts:
        LiaisonCommittee.objects.get_or_create(
            area=part.subdistrict, defaults={"name": f"{part.word}联络委", "ref_prefix": part.prefix}
        )
        _fill(part)
    cached.forget_all()
    return parts


def _fill(part: Part) -> None:
    """Demands with messages among staff, to residents and by them; and what staff of the place keep for themselves."""
    staff = User.objects.create_user(
        f"of-{part.prefix}", password=None, name=f"{part.word}小王", office=f"{part.word}办"
    )
    factories.give_role(staff, Role.LIAISON_STAFF)
    StaffScope.objects.create(user=staff, area=part.subdistrict)
    today, kind = timezone.localdate(), factories.category()
    contact = contacts.store(called=f"{part.word}的张女士", phone=PHONES[part.prefix])
    rows = Demand.objects.bulk_create(
        _demand(part, number, kind, today, staff, None if number else contact) for number in range(DEMANDS)
    )
    DemandMessage.objects.bulk_create(
        DemandMessage(demand=row, kind=kind, body=f"{part.word}的{kind}", author=staff)
        for row in rows[:40]
        for kind in (MessageKind.ANSWER, MessageKind.NOTE)
    )
    OutboxMessage.objects.bulk_create(
        OutboxMessage(
            user=staff, channel=Channel.EMAIL, template="escalation", subject_ref=row.ref, key=f"test {row.ref}"
        )
        for row in rows[:60]
    )
    StandardReply.objects.create(title=f"{part.word}收到", body=f"{part.word}收到。", subdistrict=part.subdistrict)
    SavedFilter.objects.create(owner=staff, name=f"{part.word}的筛选", query=f"q={part.word}", is_shared=True)
    EscalationRule.objects.create(area=part.subdistrict, when="after", user=staff)
    audit.record(audit.AuditAction.CHANGED, rows[0], actor=staff, detail=part.word)
    audit.record(audit.AuditAction.CHANGED, part.subdistrict, actor=staff, detail=part.word)
    audit.record(audit.AuditAction.ERASED, rows[1], actor=SYSTEM, detail=part.word)


def _demand(part: Part, number: int, kind, today: datetime.date, staff: User, contact: Contact | None) -> Demand:
    status = STATUSES[number % len(STATUSES)]
    received = timezone.now() - datetime.timedelta(hours=number)
    title = f"{part.word}第 {number} 件" if status == S.RESOLVED else ""
    return Demand(
        ref=f"{part.prefix}-{9000 + number // 100}-{number:05d}",
        form_hash=f"{part.prefix}{number}",
        code_hash=f"{part.prefix}{number}",
        status=status,
        category=kind,
        area=(part.compound, part.community, part.subdistrict)[number % 3],
        description=f"{part.word}的路灯不亮，第 {number} 件",
        place=f"{part.word}门外",
        contact=contact,
        received_at=received,
        answered_at=received if status != S.RECEIVED else None,
        closed_at=received if status == S.RESOLVED else None,
        response_due=today - datetime.timedelta(days=number % 7 - 3),
        resolution_due=today + datetime.timedelta(days=3),
        deletion_requested_at=received if number % 50 == 7 else None,
        assignee=staff if number % 2 else None,
        public_title=title,
        public_summary=title,
        publication_basis="nobody_concerned" if title else "",
        published_at=received if title else None,
    )
