"""Dispatch demands of the demo to members, who accept and report, through the real services."""

import datetime
import random
import uuid
from decimal import Decimal

from django.utils import timezone

from consultation.models import Agreement, Area
from demands.models import Demand, Dispatch
from demands.services import dispatches
from demands.workflow import DemandStatus
from foundation import clock
from foundation.actors import SYSTEM, Party
from members.models import AgreementMember, DutyKind, DutyRecord, Member, Resource, Story
from members.services import resources
from members.services.duties import evidence, records
from members.services.duties.activity import Activity
from nanhu_portal.beginning.rows import numbered

from . import helping, people
from .places import COMMUNITY_OF
from .season import YEAR
from .shapes import RATE
from .shapes import Story as Told

# Stories of members named in the article come before these.
FIRST_STORY = 100
HOUR = datetime.timedelta(hours=1)
DAY = datetime.timedelta(days=1)


class MemberHelp:
    """Gives demands of the season to members whose resource fits, and lets them report."""

    def __init__(self, now: datetime.datetime) -> None:
        self.now = now
        self.rng = random.Random(50)  # nosec B311 # noqa: S311 - invents content, not a secret
        self.resources = {resource.title: resource for resource in Resource.objects.select_related("member")}
        self.helped: frozenset[Told] = frozenset()
        self.open: dict[int, tuple[Dispatch, str]] = {}

    def choose(self, stories: list[Told]) -> None:
        """Choose the demands that are helped, among those of the season that were resolved."""
        fitting = [
            story
            for story in stories
            if story.received_at.year == YEAR
            and story.steps[-1].act in (RATE, DemandStatus.RESOLVED)
            and story.need.title in helping.HELP
            and _serves(helping.HELP[story.need.title][0], story.area)
        ]
        self.helped = frozenset(self.rng.sample(fitting, min(helping.HELPED, len(fitting))))

    def asked(self, story: Told, demand: Demand, at: datetime.datetime) -> None:
        """After a demand was accepted."""
        if story not in self.helped:
            return
        title, report = helping.HELP[story.need.title]
        resource = self.resources[title]
        with clock.turned_to(at + HOUR / 4):
            made = dispatches.dispatch(demand, member=resource.member, resource=resource, actor=SYSTEM)
        with clock.turned_to(at + HOUR / 3):
            self.open[demand.pk] = dispatches.accept(made, actor=SYSTEM), report

    def finished(self, demand: Demand, at: datetime.datetime) -> None:
        """Before a demand is resolved: the member reports."""
        made, text = self.open.pop(demand.pk, (None, ""))
        if made is None:
            return
        hours = Decimal(self.rng.choice(("1.0", "1.5", "2.0", "3.0")))
        with clock.turned_to(at - HOUR / 4):
            dispatches.complete(made, dispatches.Report(text, hours=hours), actor=SYSTEM)


def _serves(title: str, area: str) -> bool:
    """Whether the resource is for that area."""
    _capacity, served, _for_whom = people.TERMS.get(title, (None, (), ""))
    return not served or COMMUNITY_OF[area] in served


def add_duties(now: datetime.datetime, by_need: dict[tuple[str, str], Demand], staff) -> None:
    """Add the demo member's current dispatches and duties, all duties from evidence, and stories."""
    member = Member.objects.get(user__username="member")
    _set_terms()
    _dispatches(member, by_need, staff, now)
    _follow_agreements()
    while evidence.collect():
        pass
    _logged(member, now, staff)
    DutyRecord.objects.all().update(is_demo=True)
    Story.objects.bulk_create(
        Story(
            member=Member.objects.get(name=name),
            year=YEAR,
            title=title,
            body=body,
            is_chosen=True,
            order=number,
            is_demo=True,
        )
        for number, (name, title, body) in numbered(people.STORIES, FIRST_STORY)
    )


def _set_terms() -> None:
    """Set limits last: a resource says whom it serves from now on."""
    for title, (capacity, served, for_whom) in people.TERMS.items():
        resource = Resource.objects.get(title=title)
        areas = list(Area.objects.filter(code__in=served))
        terms = {"capacity": capacity, "for_whom": for_whom}
        resources.edit(resource, terms, areas=areas, actor=SYSTEM)


def _dispatches(member: Member, by_need, staff, now) -> None:
    waiting = by_need["希望{place}附近有老年食堂", "qiushi-yuan"]
    dispatches.dispatch(waiting, member=member, ask="请了解附近餐饮店能不能承接助餐点。", actor=staff)
    in_hand = by_need["{place}早餐摊点需要规范疏导", "wutong"]
    made = dispatches.dispatch(in_hand, member=member, ask="请走访早餐摊主，问清他们能接受的经营时间。", actor=staff)
    dispatches.accept(made, actor=SYSTEM, member=member)
    to_claim = by_need["{place}老楼加装电梯，希望一起商量", "yeyu-yuan"]
    dispatches.open_for_claim(to_claim, ask="请懂结构或法律的委员一起来商量。", actor=staff)


def _follow_agreements() -> None:
    """Let members support what was agreed where they presented."""
    for agreement in Agreement.objects.filter(event__agenda__presenters__isnull=False).distinct():
        presenter = agreement.event.agenda.exclude(presenters=None).first().presenters.first()
        AgreementMember.objects.get_or_create(agreement=agreement, member_id=presenter.member_id)


def _logged(member: Member, now: datetime.datetime, staff) -> None:
    """What the demo member logged, in every state."""
    today = timezone.localdate(now)
    logged = [
        records.log(
            member,
            Activity(kind, today - DAY * days, text, Decimal(hours), place, people_served),
            key=uuid.uuid4(),
            actor=member.user,
            party=Party.MEMBER,
        )
        for days, kind, hours, place, people_served, text in (
            (30, DutyKind.VISIT, "2.0", "秋实苑", 9, "走访独居老人 9 户，记下两户需要加装扶手。"),
            (
                18,
                DutyKind.SERVICE,
                "3.0",
                "中央花园社区广场",
                40,
                "在周末集市设咨询台，给小店主讲贴息贷款的条件和材料。",
            ),
            (9, DutyKind.RECEPTION, "1.5", "中央花园社区协商议事之家", 6, "接待居民 6 人，3 件转入需求清单。"),
            (4, DutyKind.RESEARCH, "2.5", "瑞安街", None, "走访沿街 11 家早餐店，了解收摊时间和垃圾清运。"),
            (1, DutyKind.OTHER, "1.0", "", None, "整理走访记录。"),
        )
    ]
    for record in logged[:3]:
        records.confirm(record, actor=staff)
    records.send_back(logged[4], reason="请写明整理的是哪几次走访。", actor=staff)
