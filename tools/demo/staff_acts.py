"""Split, merge, pause and extend some demands of the last months, and ask offices and residents, through the real
services, each act at its own time.
"""

import datetime
import hashlib

from consultation.models import Area
from demands.models import Channel, Demand, Direction, EscalationRule, PublicationBasis, Recheck, Verdict
from demands.services import (
    batches,
    deadlines,
    handling,
    merging,
    offices,
    publishing,
    rechecks,
    residents,
    search,
)
from demands.sheets.demands import DemandRow
from demands.workflow import DemandStatus as S
from foundation import clock

from . import needs_staff_acts as needs
from .demand_builder import MERGED, DemandBuilder, drop_messages, resolved
from .drafts import When
from .shapes import RATE, Need, Story

HOUR = datetime.timedelta(hours=1)
DAY = datetime.timedelta(days=1)


def do_staff_acts(builder: DemandBuilder) -> None:
    """Do everything, after all demands exist, because replies to one also go to those merged into it."""
    acts = StaffActs(builder)
    acts.split()
    acts.merge()
    acts.change_deadlines()
    acts.ask_offices()
    acts.ask_again()
    acts.bring_list()
    acts.save_filters()
    acts.escalate()
    drop_messages(Demand.objects.filter(is_demo=True))


class StaffActs:
    """Finds demands by need, and acts on them a number of working days after they were received."""

    def __init__(self, builder: DemandBuilder) -> None:
        self.builder, self.staff = builder, builder.staff
        self.by_need = {(story.need.title, story.area): (story, demand) for story, demand in builder.demands.items()}

    def _find(self, need: Need | str, area: str) -> tuple[Story, Demand]:
        return self.by_need[need if isinstance(need, str) else need.title, area]

    def _do(self, at: datetime.datetime, act, demand: Demand, *args, **values):
        """An act by the staff, at its own time."""
        with clock.turned_to(at):
            return act(demand, *args, actor=self.staff, **values)

    def _publish(self, at: datetime.datetime, demand: Demand, summary: str, result: str, basis: str) -> None:
        publication = publishing.Publication(demand.public_title, summary, basis, result)
        self._do(at, publishing.publish, demand, publication)

    def split(self) -> None:
        """Split a demand: one part is resolved, one in progress, one accepted."""
        story, whole = self._find(needs.ENTRANCE, "mufeng-yuan")
        area, users = self.builder.areas[story.area], self.builder.users
        categories = self.builder.categories
        parts = [
            merging.Part(title, text, categories[category], area, users[owner])
            for category, title, text, owner in needs.ENTRANCE_PARTS
        ]
        at = self.builder.moment(story, 3)
        whole = self._do(at, merging.split, whole, parts)
        road, parking, _bus = made = list(whole.parts.order_by("pk"))
        at = self.builder.moment(story, 6)
        self._do(at, handling.start, parking)
        self._do(at, handling.answer, parking, needs.PARKING_MEASURED)
        self._do(self.builder.moment(story, 5), handling.start, road)
        self._do(self.builder.moment(story, 10), handling.resolve, road, resolved(needs.ROAD_MENDED))
        for part in made:
            result, at = needs.ROAD_MENDED if part == road else "", self.builder.moment(story, 11)
            self._publish(at, part, part.description, result, PublicationBasis.WEB_CONSENT)

    def merge(self) -> None:
        """Merge three demands into a fourth, and undo one of them, which is about something else."""
        story, root = self._find(needs.GARAGE, "qinghe-yuan")
        others = [self._find(need, "qinghe-yuan") for need in (needs.CHARGING, needs.CALLING, needs.AT_HOME)]
        for original, other in others:
            at = self.builder.moment(original, 2)
            self._do(at, merging.merge, other, root)
            self._do(at, handling.answer, other, MERGED.format(ref=root.ref))
        [(_charging, charging), _calling, (at_home, own)] = others
        at = self.builder.moment(at_home, 4)
        self._do(at, merging.unmerge, own)
        self._do(at, handling.answer, own, needs.NOT_THE_SAME)
        root = self._do(self.builder.moment(story, 15), handling.resolve, root, resolved(needs.GARAGE.result))
        at = self.builder.moment(story, 16)
        self._publish(at, root, root.public_summary, needs.GARAGE.result, root.publication_basis)
        for demand, after, result, comment in (
            (charging, 16, Verdict.UNSATISFIED, needs.RATED_OTHERWISE),
            (root, 17, Verdict.SATISFIED, needs.RATED_WELL),
        ):
            with clock.turned_to(self.builder.moment(story, after, RATE)):
                residents.rate(demand, work=Verdict.SATISFIED, result=result, comment=comment)

    def change_deadlines(self) -> None:
        """Pause one until its resident answers, and extend another."""
        story, demand = self._find(needs.WATER, "qiulan-yuan")
        self._do(self.builder.moment(story, 3), deadlines.pause, demand, needs.WATER_ASKED)
        story, demand = self._find(needs.WALL, "tingyu-yuan")
        self._do(self.builder.moment(story, 20), deadlines.extend, demand, needs.WALL_DAYS, needs.WALL_REASON)

    def ask_offices(self) -> None:
        """Ask two offices: one has not answered yet, the other's answer waits to be passed on."""
        story, demand = self._find("{place}主路雨后积水难以通行", "lanting-yuan")
        self._ask(demand, needs.DRAINAGE_ASKED, self.builder.moment(story, 9))
        story, demand = self._find("希望{place}开一扇通往公园的小门", "xiaofeng-yuan")
        asked = self._ask(demand, needs.PARK_ASKED, self.builder.moment(story, 8))
        with clock.turned_to(self.builder.moment(story, 11)):
            offices.answer(asked, needs.PARK_ANSWERED, by=needs.PARK_BY)

    def _ask(self, demand: Demand, words: tuple[str, str, str], at: datetime.datetime):
        office, background, question = words
        return self._do(at, offices.ask, demand, office=office, background=background, question=question, days=14)

    def ask_again(self) -> None:
        """Recheck after 30 and 90 days: two are still solved, one of them asked twice; one is not."""
        _story, handrail = self._find(needs.HANDRAIL, "xingying-yuan")
        _story, swing = self._find(needs.SWING, "qiushi-yuan")
        _story, ditch = self._find(needs.DITCH, "fengqi-li")
        still, not_so = Recheck.Answer.STILL_SOLVED, Recheck.Answer.NOT_SOLVED
        for demand, day, result in ((handrail, 30, still), (swing, 30, still), (ditch, 30, not_so), (handrail, 90, "")):
            asked_at = demand.transitions.get(to_status=S.RESOLVED).at + day * DAY + HOUR
            with clock.turned_to(asked_at):
                rechecks.ask()
            if result:
                reason = needs.DITCH.again if result == not_so else ""
                with clock.turned_to(asked_at + 5 * HOUR):
                    rechecks.answer(demand, result, reason=reason)

    def bring_list(self) -> None:
        """Import a department's list, today."""
        when = When(self.builder.now)
        rows = []
        for number, (days, category, area, title, body, place, *ended) in enumerate(needs.LIST, 1):
            posted_at = when.ago(days, office_hours=True)
            replied_at, reply = (when.ago(ended[0], office_hours=True), ended[1]) if ended else (None, "")
            row = DemandRow(
                title,
                body,
                posted_at,
                self.builder.categories[category],
                self.builder.areas[area],
                reply,
                replied_at,
                place,
                needs.LIST_SOURCE,
                f"CG-{posted_at.year}-{40 + number:03d}",
                Direction.TOP_DOWN,
                Channel.DEPARTMENT,
            )
            rows.append((number + 1, row))  # the first row of a sheet is the header
        digest = hashlib.sha256(needs.LIST_FILE.encode()).hexdigest()
        batch = batches.stage(rows, file_name=needs.LIST_FILE, digest=digest, actor=self.staff)
        batches.confirm(batch, actor=self.staff)
        while batches.work():
            pass
        Demand.objects.filter(import_row__batch=batch).update(is_demo=True)

    def save_filters(self) -> None:
        for name, query in needs.FILTERS:
            search.keep(name, query, is_shared=True, actor=self.staff)

    def escalate(self) -> None:
        """Notify committee staff on the working day before a deadline, and when it has passed."""
        area = Area.objects.get(code="nanhu")
        for when, days in ((EscalationRule.When.BEFORE, 1), (EscalationRule.When.AFTER, 0)):
            EscalationRule.objects.create(area=area, when=when, days=days, user=self.staff)
        with clock.turned_to(self.builder.now):
            deadlines.escalate()
