"""Invented demands of the last weeks, in every status, so that staff have something to do in the demo."""

import datetime

from . import recent_closed, recent_open, recent_staff_acts
from .drafts import When, stories_of
from .places import COMMUNITY_OF
from .shapes import Story


def stories(now: datetime.datetime) -> list[Story]:
    """The stories of the last weeks before `now`, unordered.

    Two are due today; on a day off nothing is due, and these are then overdue.
    """
    when = When(now)
    chargers = recent_open.CHARGERS.story(when)
    return [
        *stories_of(recent_open.RECEIVED, when),
        chargers,
        recent_open.CHARGERS_TOO.story(when, same_as=chargers),
        *stories_of(recent_open.ACCEPTED, when),
        *stories_of(recent_open.IN_CONSULTATION, when),
        *stories_of(recent_open.IN_PROGRESS, when),
        *stories_of(recent_open.REOPENED, when),
        *stories_of(recent_closed.RESOLVED, when),
        *stories_of(recent_closed.CONFIRMED, when),
        *stories_of(recent_closed.DECLINED, when),
        *stories_of(recent_closed.WITHDRAWN, when),
        *stories_of(recent_staff_acts.TO_WORK_ON, when),
        *stories_of(recent_staff_acts.TO_ASK_AGAIN, when),
    ]


def titles(stories: list[Story]) -> set[tuple[str, str]]:
    """Title and community of each, so that the season does not repeat them."""
    return {(story.need.title, COMMUNITY_OF[story.area]) for story in stories}
