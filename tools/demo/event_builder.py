"""Create the events of the demo through the real services, from planning to minutes, agreements and their results.

A meeting discusses demands of its community that were in consultation on its day, and agrees on what their result
reports.
"""

import datetime
import random
from collections.abc import Callable

from django.utils import timezone

from consultation.models import (
    AgendaItem,
    Agreement,
    Area,
    Event,
    Milestone,
    Organisation,
    PartnerSector,
    Platform,
    Project,
    Series,
    Slot,
    StudyNote,
    Venue,
)
from consultation.services import agreements, events, projects, sign_ups
from consultation.workflow import AgreementStatus, EventStatus
from demands.models import Demand
from demands.services import consulting
from demands.workflow import SOLVED, DemandStatus
from foundation import clock, consent
from foundation.actors import SYSTEM
from foundation.tokens import new_code
from members.models import Member, Presenter
from members.services import attendance

from . import meetings, meetings_around_today, studies
from . import organisations as partners
from .agreements import MANAGER, WORDINGS, Wording
from .demand_builder import DemandBuilder
from .places import COMMUNITY_OF

DAY = datetime.timedelta(days=1)
ENDED = (DemandStatus.RESOLVED, DemandStatus.DECLINED)
# Agreements about reopened demands were first missed and later fulfilled.
LATE = "天气和配件到货耽误了工期"


class EventBuilder:
    """Creates events from meetings, and looks up the rows and demands that meetings refer to."""

    def __init__(self, builder: DemandBuilder) -> None:
        self.now, self.today = builder.now, timezone.localdate(builder.now)
        self.rng = random.Random(9)  # nosec B311 # noqa: S311 - invents content, not a secret
        self.staff = builder.staff
        self.series = {series.code: series for series in Series.objects.all()}
        self.venues = {venue.slug: venue for venue in Venue.objects.select_related("area")}
        self.platforms = {platform.slug: platform for platform in Platform.objects.all()}
        self.areas = {area.code: area for area in Area.objects.with_parents()}
        self.members = {member.name: member for member in Member.objects.all()}
        self.partners = {partner.name: partner for partner in Organisation.objects.all()}
        self.stories = {demand.pk: story for story, demand in builder.demands.items()}
        self.free = list(
            Demand.objects.filter(pk__in=self.stories, consulted_at__isnull=False)
            .select_related("area")
            .prefetch_related("transitions")
            .order_by("consulted_at")
        )
        self.by_need = {(story.need.title, story.area): demand for story, demand in builder.demands.items()}

    def build(self, report: Callable[[str], None]) -> None:
        self._studies()
        season = [*meetings.TALKS, *meetings.LECTURES, *meetings.THEMED, meetings.showcase(meetings.YEAR)]
        report(f"Holding {len(season)} events of {meetings.YEAR}, and those around today.")
        self._slots("monthly-talk", [meeting.day for meeting in meetings.TALKS])
        self._slots("quarterly-lecture", [meeting.day for meeting in meetings.LECTURES])
        self._slots("annual-showcase", [meetings.showcase(year).day for year in (meetings.YEAR, self.today.year)])
        for number, meeting in enumerate(sorted(season, key=lambda meeting: meeting.day), 1):
            self._hold(meeting, EventStatus.CANCELLED if meeting.cancelled else EventStatus.MINUTES_PUBLISHED)
            if number % 20 == 0:
                report(f"  {number} of {len(season)} events")
        self._recent()
        self._projects()
        Event.objects.all().update(is_demo=True)
        Agreement.objects.all().update(is_demo=True)

    # --- Rhythm --------------------------------------------------------------------------------------------------

    def _slots(self, code: str, days: list[datetime.date]) -> None:
        """Create slots, including past ones, which staff could no longer plan."""
        months = {"quarterly-lecture": 3, "annual-showcase": 12}.get(code, 1)
        Slot.objects.bulk_create(
            Slot(
                series=self.series[code],
                period=day.replace(day=1, month=day.month - (day.month - 1) % months),
                planned_on=day,
                is_demo=True,
            )
            for day in days
        )

    def _studies(self) -> None:
        series = self.series["weekly-study"]
        weeks = [studies.FIRST_WEEK + 7 * DAY * week for week in range(studies.WEEKS)]
        held = [week for week in weeks if week not in studies.NOT_HELD]
        notes = list(zip(held, studies.NOTES, strict=True))
        this_week = self.today - DAY * self.today.weekday()
        recent = [this_week - 7 * DAY * back for back in range(5, 0, -1)]
        notes += zip([week for week in recent if week != this_week - 21 * DAY], studies.RECENT, strict=True)
        slots = {
            week: Slot(series=series, period=week, planned_on=week, is_demo=True)
            for week in (*weeks, *recent, this_week + 7 * DAY)
        }
        Slot.objects.bulk_create(slots.values())
        StudyNote.objects.bulk_create(
            StudyNote(
                series=series,
                slot=slots[week],
                title=title,
                body=body,
                published_at=self._moment(week, "8:30"),
                is_demo=True,
            )
            for week, (title, body) in notes
        )

    # --- One event -----------------------------------------------------------------------------------------------

    def _moment(self, day: datetime.date, clock: str) -> datetime.datetime:
        hour, minute = map(int, clock.split(":"))
        return timezone.make_aware(datetime.datetime.combine(day, datetime.time(hour, minute)))

    def _hold(self, meeting: meetings.Meeting, status: str, *, capacity=None, sign_ups=0, agenda_of=()) -> Event:
        venue = self.venues.get(meeting.venue)
        starts_at = self._moment(meeting.day, meeting.start)
        slot = Slot.objects.filter(series=self.series[meeting.series], planned_on=meeting.day).first()
        event = Event(
            area=venue.area if venue else self.areas["nanhu"],
            series=self.series[meeting.series],
            platform=self.platforms.get(meeting.platform),
            slot=slot,
            title=meeting.title,
            summary=meeting.summary,
            venue=venue,
            place=meeting.place,
            starts_at=starts_at,
            ends_at=starts_at + datetime.timedelta(hours=meeting.hours),
            capacity=capacity,
        )
        with clock.turned_to(min(starts_at - 14 * DAY, self.now - 6 * DAY)):
            event = events.plan(event, actor=SYSTEM)
        ended = event.ends_at
        demands = [] if meeting.cancelled else self._taken_up(meeting, agenda_of)
        items = self._agenda(event, meeting, demands)
        if status == EventStatus.CANCELLED:
            with clock.turned_to(min(starts_at - 2 * DAY, self.now - DAY)):
                return events.cancel(event, reason=meeting.cancelled, actor=SYSTEM)
        if status in (EventStatus.HELD, EventStatus.MINUTES_PUBLISHED):
            with clock.turned_to(ended):
                event = events.record_held(event, people_served=meeting.served, actor=SYSTEM)
            self._attend(event, meeting)
            made = [
                self._agree(event, item, demand)
                for item, demand in zip(items, demands, strict=False)
                if self._wording_of(demand)
            ]
            event = events.write_minutes(event, self._minutes(meeting, demands, made), actor=SYSTEM)
        if status == EventStatus.MINUTES_PUBLISHED:
            with clock.turned_to(min(ended + 2 * DAY, self.now)):
                event = events.publish_minutes(event, actor=SYSTEM)
        elif status == EventStatus.OPEN:
            with clock.turned_to(self.now - 5 * DAY):
                event = events.open_sign_up(event, actor=SYSTEM)
            self._sign_up(event, sign_ups)
        return event

    def _taken_up(self, meeting: meetings.Meeting, agenda_of) -> list[Demand]:
        """The demands of its community in consultation on that day, each at one meeting; first what it is about."""
        if agenda_of:
            return [self.by_need[title, area] for title, area in agenda_of]
        if not meeting.wants:
            return []
        community = COMMUNITY_OF[self.venues[meeting.venue].area.code]
        open_here = [
            demand
            for demand in self.free
            if COMMUNITY_OF[demand.area.code] == community
            and demand.is_public
            and timezone.localdate(demand.consulted_at) <= meeting.day < self._first_ended(demand)
        ]
        about = [demand for demand in open_here if self.stories[demand.pk].need.title in meeting.about]
        found = about if meeting.only else about + [demand for demand in open_here if demand not in about]
        found = found[: meeting.wants]
        self.free = [demand for demand in self.free if demand not in found]
        return found

    def _first_ended(self, demand: Demand) -> datetime.date:
        """The day on which it was first resolved or declined, or tomorrow."""
        ends = [move.at for move in demand.transitions.all() if move.to_status in ENDED]
        return timezone.localdate(min(ends)) if ends else self.today + DAY

    def _agenda(self, event: Event, meeting: meetings.Meeting, demands: list[Demand]) -> list[AgendaItem]:
        titles = [demand.public_title for demand in demands] or meeting.agenda or (meeting.title,)
        start, share = timezone.localtime(event.starts_at), (event.ends_at - event.starts_at) / len(titles)
        items = [
            AgendaItem(event=event, order=number + 1, title=title, starts_at=self._rounded(start + share * number))
            for number, title in enumerate(titles)
        ]
        AgendaItem.objects.bulk_create(items)
        Presenter.objects.bulk_create(
            Presenter(member=self.members[name], agenda_item=items[number % len(items)])
            for number, name in enumerate(meeting.presenters)
        )
        for item, demand in zip(items, demands, strict=False):
            with clock.turned_to(self._before(event)):
                consulting.link_agenda_item(demand, item, actor=self.staff)
        return items

    def _before(self, event: Event) -> datetime.datetime:
        """When the agenda was written."""
        return min(event.starts_at - 2 * DAY, self.now)

    def _rounded(self, moment: datetime.datetime) -> datetime.time:
        return moment.replace(minute=moment.minute // 5 * 5, second=0, microsecond=0).time()

    def _minutes(self, meeting: meetings.Meeting, demands: list[Demand], made: list[Agreement]) -> str:
        if not demands:
            return meeting.minutes or "逐项听取了大家的意见，没有形成需要跟进的约定。"
        lines = [f"到会居民 {meeting.residents} 人，另有委员和有关单位参加。逐件商量如下。"]
        for number, demand in enumerate(demands, 1):
            lines.append(f"{number}. {demand.public_title}。{demand.public_summary}")
        lines.append(
            f"达成约定 {len(made)} 项，负责单位、期限和目标见下。" if made else "本次没有达成约定，下次接着谈。"
        )
        return "\n".join(lines)

    def _attend(self, event: Event, meeting: meetings.Meeting) -> None:
        names = meeting.presenters or self.rng.sample([name for name in self.members if self.members[name].is_demo], 2)
        with clock.turned_to(event.starts_at):
            for name in names:
                attendance.record_member(event, self.members[name], actor=self.staff)
            if meeting.residents:
                attendance.record_people(event, meeting.residents, actor=self.staff)
            for name in self._who_came(event, meeting.partners):
                people = self.rng.randint(1, 4)
                attendance.record_organisation(event, self.partners[name], people, actor=self.staff)

    def _who_came(self, event: Event, count: int) -> list[str]:
        """One organisation of each sector, the media last, so that they are absent if fewer than five came."""
        manager = partners.property_manager(event.area.code) if event.area.code in COMMUNITY_OF else "樟叶餐饮店"
        choice = self.rng.choice
        club = choice(partners.clubs_around(event.area.code))
        return [choice(partners.OFFICES)[0], manager, club, choice(partners.SCHOOLS)[0], choice(partners.MEDIA)][:count]

    def _sign_up(self, event: Event, count: int) -> None:
        for number in range(count):
            at = self.now - 4 * DAY + datetime.timedelta(hours=number)
            shown = consent.show(consent.Purpose.SIGN_UP, at=at)
            email = f"neighbour-{event.pk}-{number}@example.com"
            with clock.turned_to(at):
                sign_ups.sign_up(event, code=new_code(), email=email, shown=shown)

    # --- Agreements ----------------------------------------------------------------------------------------------

    def _wording_of(self, demand: Demand) -> Wording | None:
        return WORDINGS.get(self.stories[demand.pk].need.title)

    def _agree(self, event: Event, item: AgendaItem, demand: Demand) -> Agreement:
        wording = self._wording_of(demand)
        name = partners.property_manager(demand.area.code) if wording.who == MANAGER else wording.who
        owner = self.partners.get(name)
        day = timezone.localdate(event.starts_at)
        closed = timezone.localdate(demand.closed_at) if demand.closed_at else None
        due = closed + datetime.timedelta(days=self.rng.randint(0, 9)) if closed else day + 30 * DAY
        details = agreements.Details(
            what=wording.what,
            organisation=owner,
            office="" if owner else name,
            sector=wording.sector,
            due_on=due,
            baseline=wording.baseline,
            target=wording.target,
            agenda_item=item,
        )
        with clock.turned_to(event.ends_at):
            agreement = agreements.agree(event, details, actor=SYSTEM)
        with clock.turned_to(event.ends_at):
            consulting.link_agreement(demand, agreement, actor=self.staff)
        return self._follow_up(agreement, wording, demand, closed)

    def _follow_up(self, agreement: Agreement, wording: Wording, demand: Demand, closed) -> Agreement:
        """Fulfil the agreement if its demand was solved; if that was reopened, first mark it as missed."""
        if demand.status == DemandStatus.RECEIVED or closed is None:
            if demand.status == DemandStatus.IN_PROGRESS:
                return agreements.start(agreement, actor=SYSTEM)
            return agreement
        at = self._moment(closed, "16:30")
        if demand.status not in SOLVED:
            with clock.turned_to(at):
                return agreements.drop(agreement, reason="条件不具备，已向居民说明", actor=SYSTEM)
        if demand.transitions.filter(to_status=DemandStatus.REOPENED).exists():
            with clock.turned_to(at - 7 * DAY):
                agreement = agreements.miss(agreement, reason=LATE, actor=SYSTEM)
        measured = {"outcome": wording.outcome, "evidence": wording.evidence, "measured_on": closed}
        with clock.turned_to(at):
            return agreements.fulfil(agreement, **measured, actor=SYSTEM)

    # --- Around today --------------------------------------------------------------------------------------------

    def _recent(self) -> None:
        ahead = [(row, row.meeting(self.today)) for row in meetings_around_today.EVENTS]
        talks = {meeting.day for _row, meeting in ahead if meeting.series == "monthly-talk"}
        months = {(day.year, day.month) for day in talks}
        # Planned, but not held.
        missed = self.today - 72 * DAY
        if (missed.year, missed.month) not in months:
            talks.add(missed)
        one_a_month = {(day.year, day.month): day for day in sorted(talks)}
        self._slots("monthly-talk", list(one_a_month.values()))
        lectures = [meeting.day for _row, meeting in ahead if meeting.series == "quarterly-lecture"]
        self._slots("quarterly-lecture", lectures)
        for row, meeting in ahead:
            self._hold(meeting, row.status, capacity=row.capacity, sign_ups=row.sign_ups, agenda_of=row.agenda_of)
        show = meetings.showcase(self.today.year)
        self._hold(show, EventStatus.PLANNED if show.day >= self.today else EventStatus.MINUTES_PUBLISHED)
        self._agree_in_vain()

    def _agree_in_vain(self) -> None:
        """One agreement that is overdue, and one that was missed."""
        talk = Event.objects.past().filter(series__code="monthly-talk", starts_at__lt=self.now - 30 * DAY).first()
        tiles, water = talk.agenda.all()

        def agree(**details) -> Agreement:
            details["sector"] = PartnerSector.GOVERNMENT
            return agreements.agree(talk, agreements.Details(**details), actor=SYSTEM)

        overdue = agree(
            agenda_item=tiles,
            what="补平小广场破损的地砖",
            office="街道公共管理办公室",
            due_on=self.today - 6 * DAY,
            baseline="破损 7 处",
            target="全部补平，轮椅推过不颠",
        )
        agreements.start(overdue, actor=SYSTEM)
        missed = agree(
            agenda_item=water,
            what="在小广场增设直饮水点",
            office="街道公共服务办公室",
            due_on=self.today - 10 * DAY,
            baseline="没有饮水点",
            target="每天 7 点到 21 点可用",
        )
        reason = "供水管线改造推迟到明年春天，届时重新约定"
        with clock.turned_to(self.now - 8 * DAY):
            agreements.miss(missed, reason=reason, actor=SYSTEM)

    def _projects(self) -> None:
        self._project(
            "充电位", "集中充电棚", "把分散的飞线充电集中到带自动断电的充电棚。", "充电位 32 个，飞线全部清理", 118000
        )
        self._project("扶手和缓坡", "单元出入口无障碍改造", "为台阶高的单元加装扶手和缓坡。", "轮椅可以推行出入", 26500)

    def _project(self, words: str, title: str, summary: str, result: str, yuan: int) -> None:
        """Add a project that grew out of a fulfilled agreement."""
        fulfilled = Agreement.objects.filter(what__contains=words, status=AgreementStatus.DONE)
        agreement = fulfilled.select_related("event__area").first()
        if agreement is None:
            return
        day = timezone.localdate(agreement.event.starts_at)
        project = Project(
            area=agreement.event.area,
            title=f"{agreement.event.area}{title}",
            summary=summary,
            sum_yuan=yuan,
            starts_on=day + 7 * DAY,
            baseline=agreement.baseline,
            target=agreement.target,
            is_demo=True,
        )
        with clock.turned_to(self._moment(day + 2 * DAY, "10:00")):
            project = projects.grow([agreement], project, actor=SYSTEM)
        ended = agreement.measured_on
        Milestone.objects.bulk_create(
            Milestone(project=project, title=step, due_on=on, done_on=on)
            for step, on in (("方案公示", day + 7 * DAY), ("施工", ended - DAY), ("验收", ended))
        )
        with clock.turned_to(self._moment(project.starts_on, "10:00")):
            project = projects.start(project, actor=SYSTEM)
        ended = max(ended, project.starts_on)
        with clock.turned_to(self._moment(ended, "16:00")):
            projects.complete(project, result=result, evidence=agreement.evidence, ends_on=ended, actor=SYSTEM)
