"""The season of 2023: 126 demands from January to December, 93 of them resolved.

The numbers follow the report of that year; each demand is invented. A seeded generator composes them, so that every
load gives the same season.
"""

import datetime
import random
from collections import Counter

from django.utils import timezone

from demands.models import Channel, Direction, Verdict
from demands.workflow import DemandStatus as S
from foundation.workdays import is_workday, workdays_between

from . import season_talks
from .needs_around import AROUND
from .needs_declined import OTHERWISE_DECLINED, OUT_OF_REMIT
from .needs_departments import DEPARTMENTS, DEPARTMENTS_DECLINED
from .needs_people import PEOPLE
from .places import COMMUNITY_OF
from .season_talks import Planned
from .shapes import RATE, Need, Step, Story

YEAR = 2023
FIRST, LAST = datetime.date(YEAR, 1, 3), datetime.date(YEAR, 12, 14)
# All demands are closed by then; the rest of the year is for ratings.
ENDED = datetime.date(YEAR, 12, 28)

# Outcomes: 94 from residents and 32 from departments; from confirmed to silent are the 93 resolved now.
FROM_RESIDENTS = {
    "confirmed": 48,
    "reopened": 5,
    "unsatisfied": 5,
    "unsure": 4,
    "silent": 7,
    "out_of_remit": 10,
    "otherwise_declined": 5,
    "withdrawn": 5,
}
FROM_DEPARTMENTS = {"confirmed": 12, "unsure": 1, "silent": 11, "declined": 6}
MERGED = {Direction.BOTTOM_UP: 5, Direction.TOP_DOWN: 2}

# Comments with ratings; departments write in a different style.
COMMENTS = {
    (Direction.BOTTOM_UP, Verdict.SATISFIED): (
        "很快就有人来看了，谢谢。",
        "说到做到，邻居们都看得见。",
        "每一步都告诉我了，心里有数。",
        "",
        "",
    ),
    (Direction.BOTTOM_UP, Verdict.UNSATISFIED): (
        "等的时间长，中间没人告诉我进展。",
        "当时管用，过了一阵又和原来差不多。",
        "只解决了一小部分，希望接着做。",
        "答复写得很详细，现场变化不大。",
        "还可以再好一点，约定要有人盯着。",
    ),
    (Direction.BOTTOM_UP, Verdict.UNSURE): (
        "刚弄好，还要再看一段时间。",
        "比以前强，但还说不上满意。",
        "要等过一阵才知道能不能坚持。",
        "",
    ),
    (Direction.TOP_DOWN, Verdict.SATISFIED): ("复查时情况良好。", "", ""),
    (Direction.TOP_DOWN, Verdict.UNSURE): ("还要再观察一个季度。",),
}


def stories(taken: set[tuple[str, str]]) -> list[Story]:
    """The stories of the season, unordered.

    Args:
        taken: titles and communities already in use, so that none appears twice.
    """
    rng = random.Random(YEAR)  # nosec B311 # noqa: S311 - invents content, not a secret
    use = _Use(rng, taken)
    planned = []
    for direction, endings in ((Direction.BOTTOM_UP, FROM_RESIDENTS), (Direction.TOP_DOWN, FROM_DEPARTMENTS)):
        outcomes = [outcome for outcome, count in endings.items() for _number in range(count)]
        rng.shuffle(outcomes)
        days = _days(len(outcomes), rng)
        planned += [Planned(day, direction, outcome) for day, outcome in zip(days, outcomes, strict=True)]
    season_talks.put_on_agendas(planned)
    # Those that a talk is about choose first.
    planned.sort(key=lambda one: not one.title)
    originals = [_story(one, *use.pick(one), rng) for one in planned]
    return originals + _merged(originals, rng)


def _days(count: int, rng: random.Random) -> list[datetime.date]:
    """Days spread over the season, a little unevenly."""
    span = (LAST - FIRST).days
    places = (number * span / (count - 1) + rng.uniform(-2, 2) for number in range(count))
    return [FIRST + datetime.timedelta(days=min(max(round(place), 0), span)) for place in places]


def _pool(direction: str, outcome: str) -> list[Need]:
    if direction == Direction.TOP_DOWN:
        return DEPARTMENTS_DECLINED if outcome == "declined" else DEPARTMENTS
    if outcome == "out_of_remit":
        return OUT_OF_REMIT
    if outcome == "otherwise_declined":
        return OTHERWISE_DECLINED
    return [need for need in AROUND + PEOPLE if need.again or outcome != "reopened"]


class _Use:
    """Tracks which need was used where, so that they alternate and no title appears twice in a community."""

    def __init__(self, rng: random.Random, taken: set[tuple[str, str]]) -> None:
        self.rng, self.taken = rng, set(taken)
        self.needs, self.areas = Counter(), Counter()

    def pick(self, planned: Planned) -> tuple[Need, str]:
        """The least used need and area, where its talk is; random among equals."""
        whole_community = planned.direction == Direction.TOP_DOWN
        areas = [area for area, community in COMMUNITY_OF.items() if (area == community) == whole_community]
        if planned.talk:
            areas = [area for area in areas if COMMUNITY_OF[area] == planned.talk.community]
        free = [
            (need, area)
            for need in _pool(planned.direction, planned.outcome)
            if planned.suits(need)
            for area in areas
            if (need.title, COMMUNITY_OF[area]) not in self.taken
        ]
        need, area = min(free, key=lambda pair: (self.needs[pair[0].title], self.areas[pair[1]], self.rng.random()))
        self.needs[need.title] += 1
        self.areas[area] += 1
        self.taken.add((need.title, COMMUNITY_OF[area]))
        return need, area


def _story(planned: Planned, need: Need, area: str, rng: random.Random) -> Story:
    day, direction, outcome = planned.day, planned.direction, planned.outcome
    channel = Channel.DEPARTMENT if direction == Direction.TOP_DOWN else _channel(rng)
    if channel == Channel.DEPARTMENT:
        # Departments write on working days.
        while not is_workday(day):
            day += datetime.timedelta(days=1)
    talk_after = workdays_between(day, planned.talk.day) if planned.talk else 0
    steps = _fitted(_steps(need, planned, talk_after, rng), workdays_between(day, ENDED))
    online = channel in (Channel.WEB, Channel.VENUE_QR)
    consents = online and (bool(planned.title) or rng.random() < 0.68)
    shown = outcome != "withdrawn" and (consents or (not online and (bool(planned.title) or rng.random() < 0.88)))
    return Story(
        need=need,
        area=area,
        received_at=_moment(day, rng, office_hours=not online),
        steps=steps,
        direction=direction,
        channel=channel,
        consents=consents,
        publish_after=steps[0].after + 1 if shown else None,
        supports=rng.choice((0, 1, 2, 3, 3, 5, 6, 8, 11, 15, 24)) if shown else 0,
    )


def _channel(rng: random.Random) -> str:
    kinds = (Channel.WEB, Channel.VENUE_QR, Channel.WINDOW, Channel.PHONE, Channel.MEETING)
    return rng.choices(kinds, (34, 24, 16, 12, 14))[0]


def _moment(day: datetime.date, rng: random.Random, *, office_hours: bool) -> datetime.datetime:
    start, end = (9 * 60, 16 * 60) if office_hours else (7 * 60 + 30, 21 * 60 + 30)
    minutes = rng.randint(start, end)
    return timezone.make_aware(datetime.datetime.combine(day, datetime.time(minutes // 60, minutes % 60)))


def _steps(need: Need, planned: Planned, talk_after: int, rng: random.Random) -> list[Step]:
    """What becomes of it. `talk_after`: working days until the talk that discusses it; 0 without one."""
    outcome, direction = planned.outcome, planned.direction
    quick = need.category == "fire-safety"
    # About one in twelve is answered late.
    days = 1 if quick else rng.choice((1, 1, 1, 2, 2, 3))
    answered = days + (3 if rng.random() < 0.08 and not talk_after else 0)
    if outcome == "withdrawn":
        accepted = [Step(answered, S.ACCEPTED)] if rng.random() < 0.6 else []
        return [*accepted, Step(answered + 1, S.WITHDRAWN)]
    steps = [Step(answered, S.ACCEPTED)]
    if need.decline_reason:
        if need.decline_reason == "no_agreement":
            steps.append(Step(answered + 4, S.IN_CONSULTATION))
        return [*steps, Step(answered + rng.randint(8, 16), S.DECLINED)]
    done = answered + (rng.randint(4, 7) if quick else rng.randint(8, 17))
    if rng.random() < 0.08:
        done += 15  # past the deadline, for most categories
    if talk_after:
        # Something is agreed on there, and then takes its time.
        done = max(done, talk_after + (3 if quick else rng.randint(9, 12) if planned.title else rng.randint(3, 6)))
    if talk_after or rng.random() < 0.9:
        steps.append(Step(answered + 2, S.IN_CONSULTATION))
    if talk_after or rng.random() < 0.8:
        steps.append(Step(max((answered + 2 + done) // 2, talk_after + 1), S.IN_PROGRESS))
    steps.append(Step(done, S.RESOLVED))
    return steps + _afterwards(direction, outcome, done, rng)


def _afterwards(direction: str, outcome: str, done: int, rng: random.Random) -> list[Step]:
    """What the resident or the department does after it is resolved."""

    def rating(after: int, result: str, work: str = Verdict.SATISFIED) -> Step:
        return Step(after, RATE, rng.choice(COMMENTS[direction, result]), work, result)

    rated = done + rng.randint(1, 4)
    if outcome == "confirmed":
        return [rating(rated, Verdict.SATISFIED)]
    if outcome == "unsatisfied":
        return [rating(rated, Verdict.UNSATISFIED, rng.choice((Verdict.SATISFIED, Verdict.UNSATISFIED)))]
    if outcome == "unsure":
        return [rating(rated, Verdict.UNSURE)]
    if outcome == "reopened":
        end = rated + rng.randint(5, 9)
        return [
            # The reopening gives the reason.
            Step(rated, RATE, "", Verdict.SATISFIED, Verdict.UNSATISFIED),
            Step(rated, S.REOPENED),
            Step(rated + 2, S.IN_PROGRESS),
            Step(end, S.RESOLVED),
            rating(end + 2, Verdict.SATISFIED),
        ]
    return []


def _fitted(steps: list[Step], room: int) -> tuple[Step, ...]:
    """The same steps, compressed if they would go beyond the end of the season."""
    last = steps[-1].after
    if last <= room:
        return tuple(steps)
    return tuple(Step(max(step.after * room // last, 1), step.act, step.text, step.work, step.result) for step in steps)


def _merged(originals: list[Story], rng: random.Random) -> list[Story]:
    """Duplicates of needs that are already being handled, a few days after the original."""
    found = []
    for direction, count in MERGED.items():
        firsts = [
            story
            for story in originals
            if story.direction == direction
            and story.need.also
            and story.received_at.month < 12
            and story.steps[-1].act in (S.RESOLVED, RATE)
        ]
        for first in rng.sample(firsts, count):
            day = timezone.localdate(first.received_at) + datetime.timedelta(days=rng.randint(2, 4))
            by_department = direction == Direction.TOP_DOWN
            found.append(
                Story(
                    need=first.need,
                    area=first.area,
                    received_at=_moment(day, rng, office_hours=by_department),
                    steps=(Step(1, S.MERGED),),
                    direction=direction,
                    channel=Channel.DEPARTMENT if by_department else Channel.WEB,
                    same_as=first,
                )
            )
    return found
