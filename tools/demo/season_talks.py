"""Which demands of the season a talk discusses: those of its own community that are open by then."""

import datetime
from dataclasses import dataclass

from demands.models import Direction
from foundation.workdays import workdays_between

from . import meetings
from .agreements import WORDINGS
from .needs_departments import DEPARTMENTS
from .places import community_of_venue
from .shapes import Need

# Working days from a demand to the talk: enough to answer it, and few enough to be done in time; fewer for fire safety.
SOONEST, LATEST = 6, 16
QUICK = 5
# Demands of a monthly talk, besides what it is about. Not all of them are published.
SEATS = 6
SOLVED = ("confirmed", "reopened", "unsatisfied", "unsure", "silent")


@dataclass(frozen=True)
class Talk:
    day: datetime.date
    community: str


@dataclass
class Planned:
    """A demand of the season before it has a need and an area. `title`: of the need that its talk is about."""

    day: datetime.date
    direction: str
    outcome: str
    talk: Talk | None = None
    title: str = ""

    def suits(self, need: Need) -> bool:
        if self.title:
            return need.title == self.title
        if self.talk and (need.category == "fire-safety" or need.title not in WORDINGS):
            return False  # cannot wait for a talk, or is not settled by an agreement
        return not need.months or self.day.month in need.months


def put_on_agendas(planned: list[Planned]) -> None:
    """Give each talk what it is about, from the demands received nearest to its day, and then others of these weeks."""
    talks = [meeting for meeting in (*meetings.TALKS, *meetings.MEMBERS_TALKS) if not meeting.cancelled]
    for meeting in talks:
        for title in meeting.about:
            _bring(planned, meeting, title)
    for meeting in talks:
        if meeting.only:
            continue
        here = [one for one in planned if one.talk is None and one.outcome in SOLVED and _in_time(one, meeting)]
        for one in here[:SEATS]:
            one.talk = _talk(meeting)


def _talk(meeting: meetings.Meeting) -> Talk:
    return Talk(meeting.day, community_of_venue(meeting.venue))


def _in_time(one: Planned, meeting: meetings.Meeting) -> bool:
    return SOONEST <= workdays_between(one.day, meeting.day) <= LATEST


def _bring(planned: list[Planned], meeting: meetings.Meeting, title: str) -> None:
    """Let the demand of the nearest day be the one that the talk is about, received in time for it."""
    departments = {need.title for need in DEPARTMENTS}
    direction = Direction.TOP_DOWN if title in departments else Direction.BOTTOM_UP
    before = QUICK if "消防" in title else SOONEST + 1
    day = meeting.day
    while workdays_between(day, meeting.day) < before:
        day -= datetime.timedelta(days=1)
    free = [one for one in planned if one.talk is None and one.direction == direction and one.outcome == "confirmed"]
    nearest = min(free, key=lambda one: abs((one.day - day).days))
    nearest.day, nearest.talk, nearest.title = day, _talk(meeting), title
