"""Drafts of demands for `staff_acts`."""

from demands.models import Verdict
from demands.workflow import DemandStatus as S

from .drafts import Draft, draft
from .needs_staff_acts import AT_HOME, CALLING, CHARGING, DITCH, ENTRANCE, GARAGE, HANDRAIL, SWING, WALL, WATER
from .shapes import RATE, Need, Step

ACCEPTED = Step(1, S.ACCEPTED)

# These get as far as accepted or in progress.
TO_WORK_ON = [
    draft(
        16,
        ENTRANCE,
        "mufeng-yuan",
        ACCEPTED,
        publish_after=2,
        supports=13,
        assignee="liaison",
        contact=("何女士", "13800000003", ""),
    ),
    draft(
        24,
        GARAGE,
        "qinghe-yuan",
        ACCEPTED,
        Step(5, S.IN_PROGRESS),
        publish_after=2,
        supports=15,
        assignee="liaison",
    ),
    draft(23, CHARGING, "qinghe-yuan", ACCEPTED, contact=("", "", "driver@example.com")),
    draft(22, CALLING, "qinghe-yuan", ACCEPTED),
    draft(21, AT_HOME, "qinghe-yuan", ACCEPTED, assignee="liaison", contact=("冯先生", "13800000006", "")),
    draft(
        6,
        WATER,
        "qiulan-yuan",
        ACCEPTED,
        publish_after=2,
        supports=5,
        assignee="liaison",
        contact=("钱女士", "", "family@example.com"),
    ),
    draft(
        24,
        WALL,
        "tingyu-yuan",
        ACCEPTED,
        Step(5, S.IN_PROGRESS),
        publish_after=2,
        supports=19,
        assignee="liaison",
    ),
]


def _resolved(ago: int, need: Need, area: str, *rated: Step, supports: int) -> Draft:
    steps = (ACCEPTED, Step(4, S.IN_PROGRESS), Step(12, S.RESOLVED), *rated)
    return draft(ago, need, area, *steps, publish_after=2, supports=supports, assignee="liaison")


SATISFIED = (Verdict.SATISFIED, Verdict.SATISFIED)
# Resolved so long ago that their residents have since been asked again.
TO_ASK_AGAIN = [
    # 68 working days are more than 90 days, and 25 more than 30, holidays or not.
    _resolved(80, HANDRAIL, "xingying-yuan", Step(13, RATE, "老人上下稳当了。", *SATISFIED), supports=8),
    _resolved(38, SWING, "qiushi-yuan", Step(14, RATE, "换得很快，放心了。", *SATISFIED), supports=6),
    _resolved(37, DITCH, "fengqi-li", supports=4),
]
