"""Turn stories into demands through the real services, each act at its own time."""

import datetime
import random
from collections import defaultdict
from collections.abc import Callable

from django.db.models import F
from django.utils import timezone

from consultation.models import Alert, Area, Venue
from demands.models import Category, Channel, Demand, PhotoReview, PublicationBasis, Support
from demands.services import handling, merging, publishing, residents
from demands.services.intake import Submission, submit
from demands.workflow import DemandStatus
from foundation import clock, consent, uploads
from foundation.accounts import User
from foundation.actors import RESIDENT
from foundation.outbox import OutboxMessage, SendStatus
from foundation.tokens import new_code
from foundation.visitors import visitor_hash
from foundation.workdays import add_workdays

from . import pictures
from .member_help import MemberHelp
from .shapes import ANSWER, RATE, Step, Story

STAFF_STARTS, STAFF_ENDS = 9 * 60, 16 * 60
EVENING = 19 * 60
BETWEEN_ACTS = datetime.timedelta(minutes=25)
REPORT_EVERY = 40
VISITORS = 400

BASIS = {
    Channel.WEB: PublicationBasis.WEB_CONSENT,
    Channel.VENUE_QR: PublicationBasis.WEB_CONSENT,
    Channel.WINDOW: PublicationBasis.ORAL_CONSENT,
    Channel.PHONE: PublicationBasis.ORAL_CONSENT,
    Channel.MEETING: PublicationBasis.ALREADY_PUBLIC,
    Channel.DEPARTMENT: PublicationBasis.NOBODY_CONCERNED,
}
CONSULTING = (
    "这件事牵涉的住户比较多，已列入社区议事会，请居民代表、物业和有关单位一起商量，时间会提前贴在单元门口。",
    "已约双方当面商量，社区和委员一起参加，商量的结果会写在这里。",
    "先由楼栋长收集大家的意见，再开一次议事会逐条商量，欢迎您到场。",
)
RESOLVED = "您反映的事情已经办完：{result}是否真的解决了由您来说，没有解决可以要求重新办理。"
MERGED = "您反映的和 {ref} 是同一件事，已并在一起办理，您提供的情况也一并记下了。"


# What staff do with a press.
MOVES = {
    DemandStatus.ACCEPTED: handling.accept,
    DemandStatus.IN_CONSULTATION: handling.consult,
    DemandStatus.IN_PROGRESS: handling.start,
}


class DemandBuilder:
    """Creates demands from stories, and looks up the rows that stories refer to by code."""

    def __init__(self, now: datetime.datetime) -> None:
        self.now = now
        self.rng = random.Random(28)  # nosec B311 # noqa: S311 - invents content, not a secret
        self.areas = {area.code: area for area in Area.objects.with_parents()}
        self.venues = {venue.area_id: venue for venue in Venue.objects.all()}
        self.categories = {category.code: category for category in Category.objects.all()}
        self.users = {user.username: user for user in User.objects.all()}
        self.staff = self.users["liaison"]
        self.demands: dict[Story, Demand] = {}
        self.joining: dict[Story, list[Story]] = defaultdict(list)  # merged into it
        self.played: set[Story] = set()
        self.helping = MemberHelp(now)

    def build(self, stories: list[Story], photos: dict[str, str], report: Callable[[str], None]) -> None:
        """Create the demands of all stories, oldest first, so that their numbers are in order of time; then play each.

        Args:
            photos: name of a picture → key of its staged photo.
        """
        ordered = sorted(stories, key=lambda story: story.received_at)
        self.helping.choose(ordered)
        for story in ordered:
            self.demands[story] = self._submit(story, photos)
            if story.same_as:
                self.joining[story.same_as].append(story)
        for number, story in enumerate(ordered, 1):
            self._play(story)
            if number % REPORT_EVERY == 0:
                report(f"  {number} of {len(stories)} demands")
        self._support()
        keys = [demand.pk for demand in self.demands.values()]
        demands = Demand.objects.filter(pk__in=keys)
        demands.update(is_demo=True)
        drop_messages(demands)

    def _play(self, story: Story) -> None:
        """Make the steps of a story, once; those merged into it come before its end."""
        if story in self.played:
            return
        self.played.add(story)
        demand, days = self.demands[story], self._days(story)
        at = story.received_at
        for step in story.steps:
            at = max(self._moment(days[step.after], step.act), at + BETWEEN_ACTS)
            if step.act in (DemandStatus.RESOLVED, DemandStatus.DECLINED):
                for other in self.joining[story]:
                    self._play(other)
            if step.act == DemandStatus.RESOLVED:
                self.helping.finished(demand, at)
            demand = self._act(story, demand, step, at)
            if step.act == DemandStatus.ACCEPTED:
                self.helping.asked(story, demand, at)
        if story.publish_after is not None:
            demand = self._publish(story, demand, self._moment(days[story.publish_after], "publish"))
        if story.assignee:
            demand = handling.assign(demand, self.users[story.assignee], actor=self.staff)
        if story.note:
            handling.note(demand, story.note, actor=self.staff)
        self.demands[story] = demand

    def _submit(self, story: Story, photos: dict[str, str]) -> Demand:
        area = self.areas[story.area]
        by_staff = story.channel not in (Channel.WEB, Channel.VENUE_QR)
        called, phone, email = story.contact
        submission = Submission(
            code=new_code(),
            description=story.need.also if story.same_as else story.need.description,
            category=self.categories[story.need.category],
            area=area,
            place=story.need.place,
            venue=self.venues.get(area.pk) if story.channel == Channel.VENUE_QR else None,
            called=called,
            phone=phone,
            email=email,
            consent_handling=story.channel != Channel.DEPARTMENT,
            consent_publication=story.consents,
            shown=consent.show(*consent.Purpose, at=story.received_at),
            direction=story.direction,
            channel=story.channel,
            photos=[photos[story.picture]] if story.picture else [],
        )
        with clock.turned_to(story.received_at):
            demand, _new = submit(submission, actor=self.staff if by_staff else RESIDENT)
        return demand

    def _days(self, story: Story) -> dict[int, datetime.date]:
        """Number of working days after the demand was received → date."""
        counts = {step.after for step in story.steps} | {story.publish_after or 0}
        start = timezone.localdate(story.received_at)
        return dict(zip(counts, add_workdays(start, *counts), strict=True))

    def moment(self, story: Story, after: int, act: str = "") -> datetime.datetime:
        """A random time on the day so many working days after the story's demand was received; see `Step`."""
        (day,) = add_workdays(timezone.localdate(story.received_at), after)
        return self._moment(day, act)

    def _moment(self, day: datetime.date, act: str) -> datetime.datetime:
        """A random time of the day: office hours for staff, the evening for residents; never in the future."""
        by_resident = act in (RATE, DemandStatus.REOPENED, DemandStatus.WITHDRAWN)
        start, end = (EVENING, EVENING + 90) if by_resident else (STAFF_STARTS, STAFF_ENDS)
        minutes = self.rng.randint(start, end)
        moment = datetime.datetime.combine(day, datetime.time(minutes // 60, minutes % 60))
        return min(timezone.make_aware(moment), self.now)

    def _act(self, story: Story, demand: Demand, step: Step, at: datetime.datetime) -> Demand:
        with clock.turned_to(at):
            return self._act_now(story, demand, step)

    def _act_now(self, story: Story, demand: Demand, step: Step) -> Demand:
        need, act = story.need, step.act
        if act == ANSWER:
            handling.answer(demand, step.text, actor=self.staff)
            return demand
        if act == RATE:
            residents.rate(demand, work=step.work, result=step.result, comment=step.text)
            return demand
        if act == DemandStatus.WITHDRAWN:
            return residents.withdraw(demand)
        if act == DemandStatus.REOPENED:
            return residents.reopen(demand, need.again)
        words = step.text or self._words(story, demand, act)
        if act == DemandStatus.RESOLVED:
            return handling.resolve(demand, words, actor=self.staff)
        if act == DemandStatus.DECLINED:
            reason = {"decline_reason": need.decline_reason, "responsible": need.responsible}
            return handling.decline(demand, words, **reason, actor=self.staff)
        if act == DemandStatus.MERGED:
            moved = merging.merge(demand, self.demands[story.same_as], actor=self.staff)
        else:
            moved = MOVES[act](demand, actor=self.staff)
        if words:
            handling.answer(moved, words, actor=self.staff)
        return moved

    def _words(self, story: Story, demand: Demand, act: str) -> str:
        """What staff write to the resident with a transition."""
        if act == DemandStatus.ACCEPTED:
            return story.need.answer
        if act == DemandStatus.IN_CONSULTATION:
            return self.rng.choice(CONSULTING)
        if act == DemandStatus.RESOLVED:
            return resolved(self._result(story, demand))
        if act == DemandStatus.DECLINED:
            return story.need.result
        if act == DemandStatus.MERGED:
            return MERGED.format(ref=self.demands[story.same_as].ref)
        return ""

    def _result(self, story: Story, demand: Demand) -> str:
        reopened = demand.transitions.filter(to_status=DemandStatus.REOPENED).exists()
        return story.need.again_result if reopened else story.need.result

    def _publish(self, story: Story, demand: Demand, at: datetime.datetime) -> Demand:
        ended = story.steps[-1].act in (RATE, DemandStatus.RESOLVED, DemandStatus.DECLINED)
        publication = publishing.Publication(
            title=story.need.title.format(place=self.areas[story.area].name),
            summary=story.need.summary,
            result=self._result(story, demand) if ended else "",
            basis=BASIS[story.channel],
        )
        with clock.turned_to(at):
            demand = publishing.publish(demand, publication, actor=self.staff)
        if story.picture in pictures.REVIEWED:
            photo = demand.photos.get()
            publishing.review_photo(photo, PhotoReview.APPROVED, actor=self.staff, alt=pictures.ALTS[story.picture])
        return demand

    def _support(self) -> None:
        """附议 of several days, inserted in bulk: through the service, each would have today's date."""
        rows = []
        for story, demand in self.demands.items():
            since = demand.published_at
            until = demand.closed_at or self.now
            for visitor in self.rng.sample(range(VISITORS), story.supports if since else 0):
                at = since + (max(until, since) - since) * self.rng.random()
                rows.append(Support(demand=demand, visitor=visitor_hash("support", f"demo-{visitor}"), at=at))
        Support.objects.bulk_create(rows)
        for story, demand in self.demands.items():
            if story.supports and demand.published_at:
                Demand.objects.filter(pk=demand.pk).update(support_count=F("support_count") + story.supports)


def resolved(result: str) -> str:
    """The message with which a demand is resolved."""
    return RESOLVED.format(result=result)


def drop_messages(demands) -> None:
    """Delete waiting messages about these demands, to residents and staff: those of a demo are never sent."""
    OutboxMessage.objects.filter(status=SendStatus.WAITING, subject_ref__in=demands.values("ref")).delete()
    Alert.objects.filter(ref__in=demands.values("ref")).delete()


def stage(names) -> dict[str, str]:
    """Upload the pictures as a resident's form does; name → key of the staged photo."""
    return {name: uploads.stage(pictures.upload(name)).key for name in names}
