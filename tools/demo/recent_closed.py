"""Drafts of the last weeks whose demands have ended."""

from demands.models import Channel, Verdict
from demands.workflow import DemandStatus as S

from .drafts import draft, from_department
from .needs_recent import ADVERTISEMENT, BARRIER, HOARDING
from .shapes import RATE, Step

SATISFIED, UNSATISFIED, UNSURE = Verdict.SATISFIED, Verdict.UNSATISFIED, Verdict.UNSURE

RESOLVED = [
    draft(
        20,
        "希望{place}球场晚上开灯",
        "xingying-yuan",
        Step(1, S.ACCEPTED),
        Step(4, S.IN_CONSULTATION),
        Step(9, S.IN_PROGRESS),
        Step(18, S.RESOLVED),
        publish_after=2,
        supports=11,
        contact=("", "", "player@example.com"),
    ),
    draft(
        18,
        "希望{place}有孩子们活动的角落",
        "qinghe-yuan",
        Step(2, S.ACCEPTED),
        Step(5, S.IN_PROGRESS),
        Step(15, S.RESOLVED),
        Step(16, RATE, "刚开放，去的孩子还不多，再看看。", SATISFIED, UNSURE),
        publish_after=3,
        supports=10,
    ),
    draft(
        16,
        "{place}健身器材松动，孩子玩耍有危险",
        "wangchun-yuan",
        Step(1, S.ACCEPTED),
        Step(3, S.IN_PROGRESS),
        Step(11, S.RESOLVED),
        Step(13, RATE, "坏的拆掉了，新装的只有一件，不够用。", UNSATISFIED, UNSATISFIED),
        publish_after=2,
        supports=6,
        contact=("郑女士", "13800000008", ""),
    ),
    from_department(
        25,
        "{place}居家适老化改造知晓率不高",
        "xiangzhang",
        Step(2, S.ACCEPTED),
        Step(4, S.IN_PROGRESS),
        Step(21, S.RESOLVED),
        publish_after=3,
        supports=2,
    ),
]

CONFIRMED = [
    draft(
        15,
        "{place}门口井盖松动，车一压就响",
        "shuyu-yuan",
        Step(1, S.ACCEPTED),
        Step(2, S.IN_PROGRESS),
        Step(6, S.RESOLVED),
        Step(8, RATE, "夜里安静了，谢谢。", SATISFIED, SATISFIED),
        publish_after=2,
        supports=3,
        contact=("", "13800000009", ""),
        picture="cover",
    ),
    from_department(
        28,
        "{place}独居老人定期探访需要补充力量",
        "guihua",
        Step(1, S.ACCEPTED),
        Step(6, S.IN_CONSULTATION),
        Step(10, S.IN_PROGRESS),
        Step(20, S.RESOLVED),
        Step(22, RATE, "", SATISFIED, SATISFIED),
        publish_after=2,
        supports=9,
    ),
    draft(
        30,
        "{place}大门外没有人行横道，过街危险",
        "xiaofeng-yuan",
        Step(2, S.ACCEPTED),
        Step(6, S.IN_PROGRESS),
        Step(24, S.RESOLVED),
        Step(25, RATE, "老人过街放心多了。", SATISFIED, SATISFIED),
        publish_after=3,
        supports=27,
    ),
    draft(
        21,
        "{place}老人办事要跑几趟，希望代办",
        "changqing-ting",
        Step(1, S.ACCEPTED),
        Step(9, S.RESOLVED),
        Step(11, RATE, "工作人员上门核对材料，一次就办好了。", SATISFIED, SATISFIED),
        channel=Channel.WINDOW,
        publish_after=3,
        supports=5,
    ),
]

DECLINED = [
    draft(
        13,
        HOARDING,
        "yuejian-yuan",
        Step(1, S.ACCEPTED),
        Step(5, S.DECLINED),
        publish_after=2,
        supports=17,
    ),
    draft(
        19,
        BARRIER,
        "zhangyin-li",
        Step(2, S.ACCEPTED),
        Step(13, S.DECLINED),
        publish_after=3,
        supports=4,
    ),
    from_department(
        27,
        "打通{place}围墙，增设步行通道",
        "yinxing",
        Step(1, S.ACCEPTED),
        Step(6, S.IN_CONSULTATION),
        Step(20, S.DECLINED),
        publish_after=2,
        supports=1,
    ),
    draft(17, ADVERTISEMENT, "suxin-yuan", Step(1, S.DECLINED)),
]

WITHDRAWN = [
    draft(9, "{place}楼上装修不分时间", "shuyu-yuan", Step(1, S.ACCEPTED), Step(3, S.WITHDRAWN)),
    draft(5, "{place}树枝挡住窗户，屋里白天也要开灯", "tinghe-yuan", Step(1, S.WITHDRAWN)),
]
