"""The shapes that the content modules fill in. Days are working days."""

import datetime
from dataclasses import dataclass

from demands.models import Channel, Direction

# What a step can be besides a move to a status.
ANSWER = "answer"
RATE = "rate"


@dataclass(frozen=True)
class Need:
    """Something people need, and what came of it. `{place}` in the title becomes the name of the area.

    `also`: how a second resident puts the same. `again`: why it was reopened, and then `again_result`.
    `months`: when in the year it comes up; empty for any time.
    """

    category: str
    title: str
    description: str
    summary: str
    answer: str
    result: str
    place: str = ""
    also: str = ""
    again: str = ""
    again_result: str = ""
    months: tuple[int, ...] = ()
    decline_reason: str = ""
    responsible: str = ""


@dataclass(frozen=True)
class Step:
    """One act on a demand, `after` working days from the day it was received.

    `act`: a status to move to, `ANSWER` or `RATE`. An empty `text` means the need's own words.
    `work`, `result`: the verdicts of a rating.
    """

    after: int
    act: str
    text: str = ""
    work: str = ""
    result: str = ""


@dataclass(frozen=True, eq=False)
class Story:
    """One demand, from the day it came until now.

    `consents`: whether its resident ticked publication. `publish_after`: days until it was published; None: it is not.
    `supports`: how many pressed 我也需要. `same_as`: what it is merged into; its text is then `Need.also`.
    """

    need: Need
    area: str
    received_at: datetime.datetime
    steps: tuple[Step, ...] = ()
    direction: str = Direction.BOTTOM_UP
    channel: str = Channel.WEB
    consents: bool = False
    publish_after: int | None = None
    supports: int = 0
    assignee: str = ""
    contact: tuple[str, str, str] = ("", "", "")  # form of address, phone, e-mail
    note: str = ""
    picture: str = ""
    same_as: "Story | None" = None
