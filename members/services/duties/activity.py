"""The content of a duty record, and its limits."""

import datetime
from dataclasses import dataclass
from decimal import Decimal

from django.db import IntegrityError
from django.utils.translation import gettext as _

from foundation import clock
from foundation.errors import Refused

from ...models import LOGGED, DutyRecord

STEP = Decimal("0.5")
MAX_HOURS = Decimal(24)
MAX_PEOPLE = 100_000
MAX_TEXT = 500
MAX_PLACE = 80
OLDEST = datetime.timedelta(days=365)

# Fields that can be changed later, except that evidence determines the kind and day of its record.
FIELDS = ("kind", "day", "hours", "place", "people_served", "text")
FIELDS_BY_EVIDENCE = ("hours", "place", "people_served", "text")


@dataclass(frozen=True)
class Activity:
    """What a member did.

    Args:
        kind: one of `DutyKind`.
        hours: in steps of half an hour, up to 24.
    """

    kind: str
    day: datetime.date
    text: str
    hours: Decimal | None = None
    place: str = ""
    people_served: int | None = None


def check(row: DutyRecord, *, any_day: bool) -> None:
    """Strip the texts, and check the content against its limits. Raises `Refused` with a sentence."""
    row.text, row.place = row.text.strip(), row.place.strip()
    if not row.is_by_evidence and row.kind not in LOGGED:
        raise Refused(_("请选择类型。"))
    if not row.text:
        raise Refused(_("请填写做了什么。"))
    if len(row.text) > MAX_TEXT:
        raise Refused(_("“做了什么”最多 %(most)d 个字。") % {"most": MAX_TEXT})
    if len(row.place) > MAX_PLACE:
        raise Refused(_("地点最多 %(most)d 个字。") % {"most": MAX_PLACE})
    _check_day(row.day, any_day=any_day)
    if row.hours is not None and (not 0 < row.hours <= MAX_HOURS or row.hours % STEP):
        raise Refused(_("时长应在 0.5 到 24 小时之间，以半小时为单位。"))
    if row.people_served is not None and not 0 <= row.people_served <= MAX_PEOPLE:
        raise Refused(_("请核对服务人数：最多 %(most)d 人。") % {"most": MAX_PEOPLE})


def _check_day(day: datetime.date, *, any_day: bool) -> None:
    today = clock.today()
    if day > today:
        raise Refused(_("日期晚于今天，请核对。"))
    if not any_day and day < today - OLDEST:
        raise Refused(_("日期早于一年前，请联系工作人员登记。"))


def in_words(error: IntegrityError) -> Exception:
    """A `Refused` if the error means that the same thing was logged twice; any other error as it is."""
    constraint = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "")
    return Refused(_("这一条已经登记。")) if constraint == "duty_logged_once" else error
