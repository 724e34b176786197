"""Dataclasses of the content modules. Days are working days."""

import datetime
from dataclasses import dataclass

from demands.models import Channel, Direction

# The steps that are not moves to a status.
ANSWER = "answer"
RATE = "rate"


@dataclass(frozen=True)
class Need:
    """Something people need, and its result. `{place}` in the title becomes the name of the area.

    `also`: how a second resident describes the same. `again`: why it was reopened, and then `again_result`.
    `months`: when in the year it may come up; empty for any time.
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

    `act`: a status to move to, `ANSWER` or `RATE`. An empty `text` means the text of the need.
    `work`, `result`: the verdicts of a rating.
    """

    after: int
    act: str
    text: str = ""
    work: str = ""
    result: str = ""


@dataclass(frozen=True, eq=False)
class Story:
    """One demand, from the day it was received until now.

    `consents`: whether its resident agreed to publication. `publish_after`: days until it was published; None if it was
    not. `supports`: how many pressed 我也需要. `same_as`: what it is merged into; its text is then `Need.also`.
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
