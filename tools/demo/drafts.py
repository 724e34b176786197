"""Drafts of stories that began a number of working days ago, relative to today."""

import datetime
import random
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils import timezone

from demands.models import Channel, Direction
from foundation.workdays import workdays_between

from .needs_around import AROUND
from .needs_departments import DEPARTMENTS, DEPARTMENTS_DECLINED
from .needs_people import PEOPLE
from .shapes import Need, Step, Story

_BY_TITLE = {need.title: need for need in AROUND + PEOPLE + DEPARTMENTS + DEPARTMENTS_DECLINED}
ONLINE = (Channel.WEB, Channel.VENUE_QR)


class When:
    """Moments a number of working days before now."""

    def __init__(self, now: datetime.datetime) -> None:
        self.now = now
        self.rng = random.Random(36)  # nosec B311 # noqa: S311 - invents content, not a secret

    def ago(self, days: int, *, office_hours: bool) -> datetime.datetime:
        if days == 0:
            return self.now - datetime.timedelta(minutes=self.rng.randint(5, 90))
        today = timezone.localdate(self.now)
        day = today - datetime.timedelta(days=days)
        while workdays_between(day, today) < days:
            day -= datetime.timedelta(days=1)
        minutes = self.rng.randint(9 * 60, 16 * 60) if office_hours else self.rng.randint(8 * 60, 21 * 60)
        return timezone.make_aware(datetime.datetime.combine(day, datetime.time(minutes // 60, minutes % 60)))


@dataclass(frozen=True, eq=False)
class Draft:
    """A story without the moment when its demand was received. `values`: further fields of the story."""

    ago: int
    need: Need
    area: str
    steps: tuple[Step, ...]
    values: dict

    def story(self, when: When, **more) -> Story:
        online = self.values["channel"] in ONLINE
        received_at = when.ago(self.ago, office_hours=not online)
        return Story(need=self.need, area=self.area, received_at=received_at, steps=self.steps, **self.values, **more)


def draft(ago: int, need: Need | str, area: str, *steps: Step, **values) -> Draft:
    """A draft, by default submitted on the web; if it has a publication day, its resident agreed to publication.

    Args:
        need: itself, or its title.
    """
    need = _BY_TITLE[need] if isinstance(need, str) else need
    channel = values.setdefault("channel", Channel.WEB)
    values.setdefault("consents", channel in ONLINE and "publish_after" in values)
    return Draft(ago, need, area, steps, values)


def from_department(ago: int, title: str, community: str, *steps: Step, **values) -> Draft:
    return draft(ago, title, community, *steps, direction=Direction.TOP_DOWN, channel=Channel.DEPARTMENT, **values)


def stories_of(drafts: Iterable[Draft], when: When) -> list[Story]:
    return [draft.story(when) for draft in drafts]
