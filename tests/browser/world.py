"""A small portal with everything that pages can show, for the tests of pages."""

import datetime
import io
from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import uuid4

from django.db import transaction
from django.utils import timezone

from consultation.models import (
    AgendaItem,
    Agreement,
    Event,
    Milestone,
    PartnerSector,
    Picture,
    Platform,
    Project,
    ProjectPartner,
    ProjectPlace,
    Series,
    Slot,
    StudyNote,
    Topic,
    Venue,
    VenueKind,
    VenueScan,
)
from consultation.services import agreements, pictures, projects, rhythm, topics
from consultation.services import events as meetings
from consultation.workflow import EventStatus
from demands import services
from demands.models import (
    CategoryMatch,
    Channel,
    Demand,
    Direction,
    Dispatch,
    DueErasure,
    EscalationRule,
    ImportBatch,
    MissedSearch,
    OfficeRequest,
    PhotoReview,
    SavedFilter,
    StandardReply,
)
from demands.services import batches, consulting, offices, rechecks, staging
from demands.sheets import mapping
from demands.sheets.demands import DemandRow
from demands.workflow import DemandStatus, DispatchStatus
from foundation import clock, contacts, raw_sheets
from foundation.accounts import User
from foundation.actors import SYSTEM
from foundation.subscriptions import Person
from foundation.tokens import new_code
from members.models import (
    AgreementMember,
    DutyKind,
    DutyRecord,
    Member,
    Presenter,
    ProfileChange,
    ProjectMember,
    Reception,
    Resource,
    Sector,
    Story,
    VenueHost,
)
from members.services import attendance, people, studies
from members.services.duties import evidence, records
from members.services.duties.activity import Activity
from members.workflow import ResourceStatus
from tests import factories

S = DemandStatus
DAY = datetime.timedelta(days=1)


@dataclass(frozen=True)
class World:
    venue: object
    public: Demand  # resolved, with a photo, supports, and everything its public page can show
    fresh: Demand
    fresh_code: str
    resolved: Demand
    resolved_code: str
    declined_code: str
    liaison: User
    admin: User
    member: User


@transaction.atomic
def build() -> World:
    liaison, community = factories.liaison_staff(), factories.community_staff()
    factories.category("facilities", name="设施维修", name_en="Repairs")
    StandardReply.objects.create(title="已转办", body="您反映的问题已转给照明单位。")
    for words in ("凉亭椅", "电瓶车"):
        MissedSearch.objects.create(words=words, month=datetime.date(2026, 3, 1), count=3)
    venue = factories.venue(VenueKind.CLOUD_STATION)
    codes = [new_code() for _ in range(3)]

    fresh = factories.demand(code=codes[0], venue=venue)
    factories.photo(fresh)
    resolved = factories.demand(S.IN_CONSULTATION, code=codes[1], public=True)
    factories.photo(resolved, review=PhotoReview.APPROVED)
    services.handling.note(resolved, "已电话联系物业。", actor=community)
    services.handling.assign(resolved, liaison, actor=liaison)
    factories.publish(resolved, result="灯已换好，线路一并检修。")
    services.supports.add(resolved, "a neighbour")
    factories.move(resolved, S.IN_PROGRESS)
    factories.move(resolved, S.RESOLVED)
    factories.demand(S.DECLINED, code=codes[2], public=True)

    for status in (S.ACCEPTED, S.IN_CONSULTATION, S.IN_PROGRESS, S.CONFIRMED, S.REOPENED, S.DECLINED):
        factories.demand(status, public=True)
    long_ago = timezone.now() - datetime.timedelta(days=200)
    factories.demand(S.ACCEPTED, public=True, at=long_ago)
    return World(
        venue=venue,
        public=Demand.objects.get(pk=resolved.pk),
        fresh=fresh,
        fresh_code=codes[0],
        resolved=Demand.objects.get(pk=resolved.pk),
        resolved_code=codes[1],
        declined_code=codes[2],
        liaison=liaison,
        admin=factories.superuser(),
        member=factories.member(),
    )


# --- Consultation --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Consultation:
    """Venues, meetings, topics, agreements and projects in every state."""

    venue: Venue  # with photo, host, map, platform, scans, events, demands
    platform: Platform
    series: Series  # monthly, with held, missed and upcoming slots
    slot: Slot  # upcoming
    note: StudyNote
    draft: StudyNote
    open: Event  # with sign-ups, topic, presenter, platform
    full: Event
    now: Event  # taking place now
    cancelled: Event
    held: Event  # minutes not published yet
    published: Event  # minutes, corrected; agreements, photos, attendance, a demand
    place_code: str
    waiting_code: str
    topic: Topic
    scheduled: Topic
    agreement: Agreement  # done
    overdue: Agreement
    project: Project
    demand: Demand  # with a full chain
    plain: Demand
    member: Member
    liaison: User
    admin: User


@transaction.atomic
def consult() -> Consultation:
    """Build everything as staff do, through services."""
    liaison = factories.liaison_staff()
    factories.category("facilities", name="设施维修", name_en="Repairs")
    member = factories.committee_member(
        user=factories.member(),
        level="district",
        role="桂花医院院长",
        role_en="Head of Guihua Hospital",
        sector=Sector.objects.create(code="medicine", name="医药卫生界", name_en="Medicine and Health"),
    )
    venue = _venue(member)
    platform = factories.platform(venue=venue, summary="大家围坐在香樟树下，谁都能说，说了算数。")
    partners = [
        factories.organisation(),
        factories.organisation("桂花小学", kind="school", cooperation_since="2023-09-01"),
    ]
    factories.resource("每月一次义诊", member=member, about="内科、骨科医生坐诊，量血压，答疑。")
    series, slot, held_slot = _rhythm()
    note, draft = _studies(member)

    topic, scheduled = _topics(liaison)
    opened, place_code, waiting_code = _coming(series, platform, venue, member, scheduled)
    now = timezone.now()
    at_the_door = factories.event(
        EventStatus.OPEN, starts_at=now - datetime.timedelta(minutes=30), title="今天就谈停车"
    )
    full = Event.objects.get(title="名额已满的座谈")
    cancelled = factories.event(EventStatus.CANCELLED, starts_at=_on(5), title="露天电影夜", is_demo=True)
    held = factories.event(EventStatus.HELD, title="充电棚选址商量会", starts_at=_on(-7), venue=venue, is_demo=True)
    meetings.write_minutes(held, "大家先看了两个地点。\n\n下次再定。", actor=liaison)

    published = _published(series, held_slot, platform, venue, member, partners, liaison)
    agreement, overdue = _agreements(published, partners[0], liaison)
    project = _project(agreement, partners, venue, member, liaison)
    demand = _chain(published, agreement, overdue, liaison)
    plain = factories.demand(public=True, venue=venue)
    return Consultation(
        venue=venue,
        platform=platform,
        series=series,
        slot=slot,
        note=note,
        draft=draft,
        open=opened,
        full=full,
        now=at_the_door,
        cancelled=cancelled,
        held=held,
        published=Event.objects.get(pk=published.pk),
        place_code=place_code,
        waiting_code=waiting_code,
        topic=topic,
        scheduled=scheduled,
        agreement=agreement,
        overdue=overdue,
        project=project,
        demand=demand,
        plain=plain,
        member=member,
        liaison=liaison,
        admin=factories.superuser(),
    )


def _on(days: int) -> datetime.datetime:
    """The afternoon so many days from today."""
    return timezone.make_aware(datetime.datetime.combine(timezone.localdate() + days * DAY, datetime.time(14, 30)))


def _shown(alt: str, **owner) -> Picture:
    """A public photo."""
    picture = pictures.add(factories.jpeg(size=(640, 480), color="#597"), alt, actor=SYSTEM, **owner)
    return pictures.review(picture, PhotoReview.APPROVED, actor=SYSTEM)


def _venue(member: Member) -> Venue:
    venue = factories.venue(
        VenueKind.DELIBERATION_HOME,
        name="桂花社区协商议事之家",
        name_en="Guihua Deliberation Home",
        hours="周一至周五 9:00–17:00",
        hours_en="Monday to Friday, 9:00–17:00",
        phone="027-80000001",
        step_free=True,
        latitude="30.498700",
        longitude="114.412300",
    )
    factories.venue(VenueKind.CLOUD_STATION)
    factories.venue(VenueKind.CLOUD_STATION, factories.tree().second_compound, is_demo=True)
    factories.venue(VenueKind.MEMBERS_HOME)
    factories.venue(VenueKind.CONSULTATION_STUDIO)
    VenueHost.objects.create(member=member, venue=venue, times="每月第一个周三 14:30")
    VenueScan.objects.create(venue=venue, day=timezone.localdate(), count=7)
    _shown("议事之家的门口", venue=venue)
    return venue


def _rhythm() -> tuple[Series, Slot, Slot]:
    """A monthly series of this year and the next, with one slot that its event will hold."""
    series = factories.series(
        about="每月一次，谈一件大家都关心的事。", about_en="Once a month, one matter that concerns us all."
    )
    today = timezone.localdate()
    new_year = timezone.make_aware(datetime.datetime(today.year, 1, 1))
    with clock.turned_to(new_year):
        rhythm.plan_year(series, today.year, datetime.date(today.year, 1, 10), actor=SYSTEM)
    following = rhythm.plan_year(series, today.year + 1, datetime.date(today.year + 1, 1, 10), actor=SYSTEM)
    by_venue = factories.series(
        "quarterly-talk", name="季季讲", name_en="Quarterly Talk", cadence="quarterly", by_venue=True
    )
    venue = Venue.objects.get(kind=VenueKind.DELIBERATION_HOME)
    with clock.turned_to(new_year):
        rhythm.plan_year(by_venue, today.year, datetime.date(today.year, 2, 14), venues=[venue], actor=SYSTEM)
    factories.series("neighbours", name="邻里节", name_en="Neighbours' Day", cadence="none", kind="brand")
    last_week = timezone.localdate() - 7 * DAY
    held = series.slots.filter(planned_on__year=last_week.year, planned_on__month=last_week.month).first()
    return series, following[3], held or following[0]


def _studies(member: Member) -> tuple[StudyNote, StudyNote]:
    weekly = factories.series("weekly-study", name="周周学", name_en="Weekly Study", cadence="weekly")
    body = "一是听得见，二是说得清。\n\n三是办得成，办不成的说明原因。"
    values = {"body": body, "link": "https://www.example.org/study"}
    earlier = factories.study_note(weekly, "怎样听居民说", **values)
    note = factories.study_note(weekly, "怎样写好一条约定", **values)
    draft = factories.study_note(weekly, "怎样量结果", published=False, **values)
    studies.mark_read(earlier, member)
    return note, draft


def _topics(liaison: User) -> tuple[Topic, Topic]:
    """An open topic of demands, and one in each other state; returns the open one and one to be scheduled."""
    alike = [factories.demand(public=True), factories.demand()]
    today = timezone.localdate()
    words = {"summary": "充电位不够，有人飞线充电。", "area": factories.tree().community}
    topic = consulting.bundle(alike, title="小区里加装电动车充电棚", closes_on=today + 20 * DAY, actor=liaison, **words)
    for number in range(6):
        topics.order(topic, f"visitor {number}", sector=PartnerSector.ENTERPRISE if number == 5 else "")
    factories.topic("垃圾房早开半小时", closes_on=today - DAY)
    dropped = factories.topic("开个露天集市")
    topics.drop(dropped, outcome="场地要留作消防通道。", actor=liaison)
    scheduled = factories.topic("孩子放学后去哪里", is_demo=True)
    topics.order(scheduled, "visitor 1", phone="13912340001")
    discussed = factories.topic("楼道里的旧家具怎么清")
    held = factories.event(EventStatus.OPEN, starts_at=_on(-40), title="清理楼道座谈")
    topics.schedule(discussed, held, actor=SYSTEM)
    held = meetings.record_held(held, people_served=3, actor=SYSTEM)
    held = meetings.write_minutes(held, "每月最后一个周六统一清运。", actor=SYSTEM)
    meetings.publish_minutes(held, actor=SYSTEM)
    return Topic.objects.get(pk=topic.pk), Topic.objects.get(pk=scheduled.pk)


def _coming(series, platform, venue, member, scheduled) -> tuple[Event, str, str]:
    """An open event with everything, and a full one. Returns the codes of a confirmed and of a waiting sign-up."""
    opened = factories.event(
        title="放学后，孩子去哪里",
        starts_at=_on(8),
        summary="家长、学校、社区一起商量课后两小时。\n\n带孩子来的，现场有志愿者照看。",
        series=series,
        platform=platform,
        venue=venue,
        capacity=30,
        online_url="https://meeting.example.org/1",
        agenda=2,
    )
    topics.schedule(scheduled, opened, actor=SYSTEM)
    item = opened.agenda.first()
    AgendaItem.objects.filter(pk=item.pk).update(starts_at=datetime.time(14, 30), presenter="桂花小学刘老师")
    Presenter.objects.create(agenda_item=item, member=member)
    full = factories.event(title="名额已满的座谈", starts_at=_on(9), capacity=1)
    place, waiting = new_code(), new_code()
    factories.sign_up(opened, phone="13912340002", called="李师傅", sector=PartnerSector.SCHOOL)
    factories.sign_up(full, place)
    factories.sign_up(full, waiting, email="waits@portal.example")
    return Event.objects.get(pk=opened.pk), place, waiting


def _published(series, slot, platform, venue, member, partners, liaison) -> Event:
    event = factories.event(
        title="3 号门外的路灯，怎么修、谁来修",
        starts_at=_on(-14),
        series=series,
        slot=slot if slot.planned_on < timezone.localdate() else None,
        platform=platform,
        venue=venue,
        capacity=40,
        agenda=2,
    )
    sign_up = factories.sign_up(event, phone="13912340004", called="赵阿姨", at=timezone.now() - 20 * DAY)
    Presenter.objects.create(agenda_item=event.agenda.first(), member=member)
    event = meetings.record_held(event, people_served=42, actor=SYSTEM)
    event = meetings.write_minutes(event, "大家看了现场，商定先修路灯，再铺台阶。\n\n每月报一次进展。", actor=SYSTEM)
    event = meetings.publish_minutes(event, actor=SYSTEM)
    event = meetings.write_minutes(event, event.minutes + "\n\n更正：每两周报一次。", actor=liaison)
    attendance.record_member(event, member, actor=liaison)
    for partner in partners:
        attendance.record_organisation(event, partner, 2, actor=liaison)
    attendance.record_people(event, 3, sector=PartnerSector.GOVERNMENT, actor=liaison)
    attendance.record_people(event, 12, actor=liaison)
    attendance.record_sign_up(event, sign_up, actor=liaison)
    _shown("居民和物业在路灯下商量", event=event)
    pictures.add(factories.jpeg(), "还没有审的照片", event=event, actor=liaison)
    return event


def _agreements(event, partner, liaison) -> tuple[Agreement, Agreement]:
    today = timezone.localdate()
    item = event.agenda.first()
    done = factories.agreement(event, agenda_item=item, due_on=today - DAY)
    _shown("亮起来的新路灯", agreement=done)
    overdue = factories.agreement(
        event, what="台阶边加装扶手", organisation=partner, office="", due_on=today - 3 * DAY, is_demo=True
    )
    agreements.start(overdue, actor=liaison)
    missed = factories.agreement(event, what="每两周公布一次进展", due_on=today - 2 * DAY)
    agreements.miss(missed, reason="负责的人调走了，没有人接。", actor=liaison)
    done = agreements.fulfil(
        done,
        outcome="两盏路灯已亮，照度 12 勒克斯。",
        evidence="照度计测量记录",
        measured_on=today,
        actor=liaison,
    )
    return done, Agreement.objects.get(pk=overdue.pk)


def _project(agreement, partners, venue, member, liaison) -> Project:
    today = timezone.localdate()
    project = factories.project(
        "点亮桂花路",
        summary="从 3 号门到公交站，路灯、台阶、扶手一起改。\n分两段做。",
        sum_yuan="186000.50",
        sum_note="合作协议金额",
        starts_on=today - 12 * DAY,
        baseline="夜间照度不足 2 勒克斯",
        target="照度不低于 10 勒克斯",
    )
    project = projects.grow([agreement], project, actor=liaison)
    for title, due, done in (("换灯", -9, -9), ("铺台阶", -4, None), ("装扶手", 20, None)):
        Milestone.objects.create(
            project=project, title=title, due_on=today + due * DAY, done_on=done and today + done * DAY
        )
    for partner in partners:
        ProjectPartner.objects.create(project=project, organisation=partner, part="出钱出力")
    ProjectPlace.objects.create(project=project, name="3 号门", venue=venue, note="到公交站 120 米")
    ProjectMember.objects.create(project=project, member=member, part="联系照明单位")
    _shown("改好的台阶", project=project)
    factories.project("口袋公园", is_demo=True)
    project = projects.start(project, actor=liaison)
    return projects.complete(
        project,
        result="两盏路灯、十二级台阶。",
        evidence="验收单",
        ends_on=today,
        actor=liaison,
    )


def _chain(event, agreement, overdue, liaison) -> Demand:
    """A demand that passed all six stations."""
    demand = factories.demand(S.IN_CONSULTATION, public=True)
    demand = consulting.link_agenda_item(demand, event.agenda.first(), actor=liaison)
    for agreed in (agreement, overdue):
        demand = consulting.link_agreement(demand, agreed, actor=liaison)
    for status in (S.IN_PROGRESS, S.RESOLVED, S.CONFIRMED):
        demand = factories.move(demand, status)
    return Demand.objects.get(pk=demand.pk)


# --- Members -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Members:
    """What members offer, do and record; `meetings` are the events they take part in."""

    meetings: Consultation
    member: Member  # with portrait, resources, events, agreements, projects, demands
    lead: Resource  # open, used and graded
    own: Resource  # in each state except open and ended, with a reason if it has one
    offered: Resource
    full: Resource  # of an organisation, nothing left this month
    asked: Dispatch  # not answered yet
    in_hand: Dispatch
    to_claim: Dispatch
    done: Dispatch
    submitted: DutyRecord  # with a photo
    returned: DutyRecord
    corrected: DutyRecord
    evident: DutyRecord  # from evidence
    profile: ProfileChange  # waits for its review
    digest: str  # the token of the member's digest
    reception: Reception  # of the member, with a turn that is booked


@transaction.atomic
def bring() -> Members:
    """Add members to everything from `consult`."""
    meetings = consult()
    member, liaison = meetings.member, meetings.liaison
    member = people.set_portrait(member, factories.jpeg(size=(640, 800), color="#865"), actor=SYSTEM)
    Member.objects.filter(pk=member.pk).update(about="心内科医生，从医三十年。\n\n每月第一个周三在议事之家坐诊。")
    for level, name in (("province", "周敏"), ("city", "李强"), ("", "王芳")):
        factories.committee_member(name, level=level, is_demo=True)
    for agreed in (meetings.agreement, meetings.overdue):
        AgreementMember.objects.create(agreement=agreed, member=member)
    year = timezone.localdate().year
    story = {"title": "一张处方背后的路", "body": "老人说来一趟要走二十级台阶。\n后来台阶边装上了扶手。"}
    Story.objects.create(member=member, year=year, is_chosen=True, **story)
    asked, in_hand, to_claim, done, lead = _dispatches(member, liaison)
    own = _resources(member)
    submitted, returned, corrected = _duties(member, liaison)
    evidence.collect()
    reception = factories.reception(member, about="慢性病用药")
    factories.booking(reception, 2)
    return Members(
        meetings=meetings,
        member=Member.objects.get(pk=member.pk),
        lead=lead,
        own=own[ResourceStatus.PAUSED],
        offered=own[ResourceStatus.OFFERED],
        full=own["full"],
        asked=asked,
        in_hand=in_hand,
        to_claim=to_claim,
        done=done,
        submitted=submitted,
        returned=returned,
        corrected=corrected,
        evident=member.duties.get(kind=DutyKind.AGREEMENT),
        profile=factories.profile_change(
            member, about="心内科医生，周末坐诊。", contact=contacts.store(email="wang@example.com")
        ),
        digest=Person("member", contacts.store(email="wang@example.com")).token,
        reception=reception,
    )


def _dispatches(member: Member, liaison: User) -> tuple[Dispatch, Dispatch, Dispatch, Dispatch, Resource]:
    """One dispatch in each status. Of those done with a resource, one was graded good, one not, one not yet."""
    legal = factories.resource_category()
    CategoryMatch.objects.create(demand_category=factories.category(), resource_category=legal)
    lead = factories.resource(
        "家门口的心脏病咨询",
        member=member,
        areas=[factories.tree().community],
        about="看化验单，说用药，教家人怎样急救。\n\n每次半小时。",
        for_whom="60 岁以上老人",
        languages="普通话、本地话",
        capacity=6,
        starts_on=timezone.localdate().replace(day=1),
        ends_on=timezone.localdate() + 90 * DAY,
    )

    def given(status: str, **values) -> Dispatch:
        demand = factories.demand(S.ACCEPTED, public=True)
        words = {"ask": "请到现场看一次，告诉居民怎么办。"} if status != DispatchStatus.LAPSED else {}
        return factories.dispatch(status, demand_=demand, **({"member": member} | words | values))

    asked = given(DispatchStatus.OFFERED, resource=lead)
    in_hand = given(DispatchStatus.ACCEPTED, resource=lead)
    factories.photo(in_hand.demand)
    to_claim = given(DispatchStatus.OPEN, member=None)
    for status in (DispatchStatus.DECLINED, DispatchStatus.LAPSED, DispatchStatus.CANCELLED):
        given(status)
    done = [given(DispatchStatus.DONE, resource=lead) for _ in range(3)]
    for one, verdict in zip(done, ("satisfied", "unsatisfied"), strict=False):
        resolved = factories.move(Demand.objects.get(pk=one.demand_id), S.RESOLVED)
        services.residents.rate(resolved, work="satisfied", result=verdict)
    # Another member's dispatch of the same demand, so that the admin's panel shows several.
    other = Member.objects.get(name="周敏")
    factories.dispatch(DispatchStatus.DECLINED, demand_=asked.demand, member=other)
    factories.dispatch(DispatchStatus.OPEN, demand_=asked.demand)
    return asked, in_hand, to_claim, done[0], Resource.objects.get(pk=lead.pk)


def _resources(member: Member) -> dict[str, Resource]:
    """The member's resources in each status, and one of an organisation that has nothing left this month."""
    titles = {
        ResourceStatus.OFFERED: "开学第一课",
        ResourceStatus.REVIEWED: "义写春联",
        ResourceStatus.PAUSED: "周末会议室",
        ResourceStatus.ENDED: "夏令营名额",
    }
    found = {status: factories.resource(title, member=member, status=status) for status, title in titles.items()}
    full = factories.resource("免费体检", organisation=factories.organisation(), capacity=1, is_demo=True)
    helped = factories.demand(S.ACCEPTED, public=True)
    factories.dispatch(DispatchStatus.ACCEPTED, demand_=helped, member=member, resource=full)
    return found | {"full": full}


def _duties(member: Member, liaison: User) -> tuple[DutyRecord, DutyRecord, DutyRecord]:
    today = timezone.localdate()

    def logged(kind: str, text: str, days: int, photos=(), **values) -> DutyRecord:
        details = {"hours": Decimal("1.5"), "place": "桂花社区", "people_served": 6} | values
        activity = Activity(kind, today - days * DAY, text, **details)
        return records.log(member, activity, key=uuid4(), photos=photos, actor=SYSTEM)

    photo = factories.staged_photo().key
    submitted = logged(DutyKind.VISIT, "走访三户独居老人，量了血压，记下要换的药。", 0, [photo])
    returned = logged(DutyKind.RECEPTION, "接待居民。", 1, hours=Decimal(24))
    returned = records.send_back(returned, reason="请写明接待了几位，说了什么。", actor=liaison)
    corrected = records.confirm(logged(DutyKind.SERVICE, "义诊。", 2, people_served=None), actor=liaison)
    corrected = records.correct(corrected, {"people_served": 32}, reason="人数核对过签到表。", actor=liaison)
    void = records.confirm(logged(DutyKind.OTHER, "重复登记的。", 3), actor=liaison)
    records.void(void, reason="与义诊是同一件事。", actor=liaison)
    return submitted, returned, corrected


# --- The admin in full ----------------------------------------------------------------------------------------------

LIFT = "3 号楼电梯又停了，老人下不了楼，急救也上不去。"


@dataclass(frozen=True)
class Busy:
    """Staff in the middle of their work: demands merged, split, paused and rechecked, and imports in progress."""

    full: Demand  # whose page has every panel filled
    merged: Demand  # into it
    merged_code: str
    split: Demand  # public, as its parts are
    split_code: str
    part: Demand  # resolved
    paused: Demand
    paused_code: str
    asked_code: str  # of one resolved 31 days ago, whose resident is asked again
    waiting: OfficeRequest  # of `full`, like the two others
    answered: OfficeRequest
    revoked: OfficeRequest
    checked: ImportBatch
    queued: ImportBatch
    done: ImportBatch  # one of its rows could not be imported
    kept: SavedFilter
    to_accept: list[Demand]
    liaison: User


@transaction.atomic
def busy() -> Busy:
    liaison, community = factories.liaison_staff(), factories.community_staff()
    factories.category("other", name="其他", name_en="Other")
    factories.category("facilities", name="设施维修", name_en="Repairs", hint="电梯停了老人下不了楼、路灯坏了")
    factories.category(hint="垃圾没人清、树枝伸到窗前")
    services.words.learn(actor=SYSTEM)
    body = "{称呼}：您反映的{类别}问题（{编号}）已转给维保单位，{期限}前给您结果。"
    StandardReply.objects.create(title="已转办", body=body)
    EscalationRule.objects.create(area=factories.tree().subdistrict, when="before", days=1, user=liaison)
    _told_in_rates()
    full, merged, merged_code = _lift(liaison, community)
    waiting, answered, revoked = _asked_outside(full, liaison)
    split, split_code, part = _split(liaison)
    paused_code, asked_code = new_code(), new_code()
    paused = factories.demand(S.ACCEPTED, code=paused_code, description="楼道里的灯一闪一闪的。")
    factories.publish(paused, title="楼道灯闪个不停", summary="楼道里的灯一闪一闪的，晚上上楼看不清。")
    services.deadlines.pause(paused, "请说明是几号楼几单元、第几层的灯。", actor=liaison)
    month_ago = timezone.now() - 31 * DAY
    factories.demand(S.RESOLVED, code=asked_code, at=month_ago, description="垃圾桶满了没人清。")
    rechecks.ask()
    checked, queued, done = _lists(liaison)
    old = timezone.now() - 900 * DAY
    for _time in range(2):
        DueErasure.objects.create(demand=factories.imported(old, reply="已清运。", replied_at=old + 3 * DAY))
    services.search.keep("等我处理的路灯", "q=路灯&status__exact=received", is_shared=False, actor=liaison)
    kept = services.search.keep("电梯", "q=电梯", is_shared=True, actor=liaison)
    texts = ("健身器材的螺丝松了。", "3 号门外的路灯不亮。", "楼下晚上很吵，睡不着。")
    return Busy(
        full=Demand.objects.get(pk=full.pk),
        merged=Demand.objects.get(pk=merged.pk),
        merged_code=merged_code,
        split=Demand.objects.get(pk=split.pk),
        split_code=split_code,
        part=part,
        paused=paused,
        paused_code=paused_code,
        asked_code=asked_code,
        waiting=waiting,
        answered=answered,
        revoked=revoked,
        checked=checked,
        queued=queued,
        done=done,
        kept=kept,
        to_accept=[factories.demand(description=text) for text in texts],
        liaison=liaison,
    )


def _told_in_rates() -> None:
    """Enough demands for percentages, some rated, in two months and two communities."""
    said = ("satisfied", "satisfied", "unsatisfied", "unsure")
    for number in range(12):
        area = factories.tree().compound if number % 3 else factories.tree().other_compound
        at = timezone.now() - (50 if number % 2 else 10) * DAY
        found = factories.demand(
            S.RESOLVED, public=number < 2, at=at, area=area, description="绿化带的树枝伸到窗前了。"
        )
        if number < 10:
            services.residents.rate(found, work=said[number % 4], result=said[(number + 1) % 4])


def _lift(liaison: User, community: User) -> tuple[Demand, Demand, str]:
    """A demand with another merged into it, a similar one, photos, a deadline moved twice, and questions to others."""
    code = new_code()
    full = factories.demand(S.ACCEPTED, description=LIFT)
    factories.publish(full, title="3 号楼电梯经常停运", summary="电梯停了，老人下楼不便。", result="")
    factories.photo(full)
    merged = factories.demand(code=code, description="电梯坏了好几天，我妈腿脚不好。")
    factories.publish(merged, title="电梯坏了几天没修", summary="电梯坏了几天，老人上下楼难。")
    factories.make_move(merged, S.MERGED, actor=liaison, target=full)
    factories.demand(S.IN_PROGRESS, public=True, description="3 号楼的电梯老是停，老人下楼难。", area=full.area)
    services.handling.note(full, "已电话联系维保单位。", actor=community)
    services.handling.assign(full, community, actor=liaison)
    services.deadlines.extend(full, 5, "配件要从厂里发来。", actor=liaison)
    services.deadlines.pause(full, "请说明停在几层。", actor=liaison)
    services.deadlines.resume(full, actor=liaison)
    factories.dispatch(DispatchStatus.ACCEPTED, demand_=Demand.objects.get(pk=full.pk))
    return full, merged, code


def _asked_outside(full: Demand, liaison: User) -> tuple[OfficeRequest, OfficeRequest, OfficeRequest]:
    words = {"background": "3 号楼的电梯一周停了三次。", "question": "什么时候能修好，由谁来修？", "days": 10}
    waiting, answered, revoked = (
        offices.ask(full, office=office, actor=liaison, **words)
        for office in ("区房管局", "安达电梯维保公司", "区市场监管局")
    )
    offices.answer(answered, "配件周五到，当天更换。", by="维保二组 周师傅")
    offices.revoke(revoked, actor=liaison)
    return waiting, OfficeRequest.objects.get(pk=answered.pk), revoked


def _split(liaison: User) -> tuple[Demand, str, Demand]:
    """A demand with three parts: resolved, declined, still open."""
    code = new_code()
    whole = factories.demand(S.ACCEPTED, code=code, description="门口灯不亮，台阶也破了，还想装扶手。")
    factories.publish(whole, title="楼门口进出不便", summary="楼门口灯不亮、台阶破损，居民还想装扶手。")
    parts = [factories.part(title, area=whole.area) for title in ("换门口的灯", "补台阶", "装扶手")]
    factories.make_move(whole, S.SPLIT, actor=liaison, parts=parts)
    found = [factories.publish(part, title=part.headline) for part in whole.parts.order_by("pk")]
    for status in (S.IN_PROGRESS, S.RESOLVED):
        found[0] = factories.move(found[0], status)
    factories.move(found[1], S.DECLINED)
    return whole, code, Demand.objects.get(pk=found[0].pk)


def _lists(liaison: User) -> tuple[ImportBatch, ImportBatch, ImportBatch]:
    """One import done, one in progress, one not confirmed."""
    at = timezone.now() - 2 * DAY

    def staged(name: str, count: int, **values) -> ImportBatch:
        rows = [
            DemandRow(
                title=f"第 {number} 处占道堆物",
                body="人行道上堆了旧家具，要清走。",
                posted_at=at,
                category=factories.category(),
                area=factories.tree().compound,
                source="城管执法中心",
                direction=Direction.TOP_DOWN,
                channel=Channel.DEPARTMENT,
                **values,
            )
            for number in range(1, count + 1)
        ]
        return batches.stage(list(enumerate(rows, 2)), file_name=f"{name}.xlsx", digest=name, actor=liaison)

    # Two rows with the same number: when the second is imported, it exists already.
    done = batches.confirm(staged("三月清单", 2, reference="CG-017"), actor=liaison)
    while batches.work(1):
        pass
    queued = batches.confirm(staged("四月清单", 60), actor=liaison)
    batches.work(20)
    return _uploaded(liaison), queued, ImportBatch.objects.get(pk=done.pk)


def _uploaded(liaison: User) -> ImportBatch:
    """A file with columns and words of its own, one row of which has to be edited."""
    lines = (f"第 {number} 处占道堆物,人行道上堆了旧家具。,2025-03-0{number},某类,甲" for number in range(1, 5))
    content = "\n".join(["事项,情况说明,反映时间,类型,作者", *lines, "井盖松动,,昨天,,乙"])
    table = raw_sheets.read(io.BytesIO(content.encode()), known=mapping.meanings())
    batch = staging.receive(table, file_name="五月清单.csv", digest="五月清单", actor=liaison)
    plan = staging.plan_of(batch)
    return staging.decide(batch, replace(plan, where=plan.where | {"body": 1}))
