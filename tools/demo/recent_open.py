"""Drafts of the last weeks whose demands are still open."""

from demands.models import Channel, Verdict
from demands.workflow import DemandStatus as S

from .drafts import draft, from_department
from .needs_recent import DRAIN, GATE, LIFT, SLIDE, UNLOADING
from .shapes import ANSWER, RATE, Step

# A first answer is due after three days; resolving takes up to 30, or 10 for fire safety.
ANSWER_DUE_TODAY, ANSWER_OVERDUE = 3, 6
FIRE_DUE_TODAY, RESOLUTION_OVERDUE = 10, 34

RECEIVED = [
    draft(0, SLIDE, "qinglu-yuan", consents=True, contact=("李女士", "13800000001", "")),
    draft(0, DRAIN, "tongyin-yuan", channel=Channel.VENUE_QR),
    draft(1, UNLOADING, "guiyu-ting", consents=True, contact=("", "", "reader@example.com")),
    draft(
        ANSWER_DUE_TODAY,
        "{place}单元门禁损坏，外人随意进出",
        "mufeng-yuan",
        consents=True,
        contact=("陈师傅", "13800000002", ""),
    ),
    draft(ANSWER_OVERDUE, "{place}楼道保洁次数少", "chunhe-yuan", contact=("", "13800000003", "")),
    from_department(2, "{place}志愿服务供需对接不畅", "yulan"),
]

# Its resident agreed to publication, which nobody has reviewed yet; a duplicate was merged into it.
CHARGERS = draft(
    6,
    "{place}电动自行车充电位不够，存在飞线充电",
    "yeyu-yuan",
    Step(2, S.ACCEPTED),
    consents=True,
    assignee="liaison",
)
CHARGERS_TOO = draft(4, "{place}电动自行车充电位不够，存在飞线充电", "yeyu-yuan", Step(1, S.MERGED))

ACCEPTED = [
    draft(
        4,
        "{place}北门内侧路灯整段不亮",
        "tinghe-yuan",
        Step(1, S.ACCEPTED),
        publish_after=2,
        supports=9,
        assignee="community",
        contact=("赵女士", "13800000004", ""),
        picture="lamps",
    ),
    draft(
        8,
        "希望{place}附近有老年食堂",
        "qiushi-yuan",
        Step(1, S.ACCEPTED),
        channel=Channel.PHONE,
        publish_after=2,
        supports=23,
        assignee="community",
    ),
    draft(3, "{place}灭火器过期、消火栓箱上锁", "zhiqiu-ting", Step(1, S.ACCEPTED)),
]

IN_CONSULTATION = [
    draft(
        14,
        LIFT,
        "yeyu-yuan",
        Step(1, S.ACCEPTED),
        Step(3, S.IN_CONSULTATION),
        Step(9, ANSWER, "一楼住户最关心采光。设计单位已按两种井道方案算出遮挡时间，结果会在下次议事会上当面讲。"),
        publish_after=2,
        supports=31,
        assignee="liaison",
        contact=("孙先生", "13800000005", "neighbour@example.com"),
        note="一楼两户已分别谈过，同意看方案后再表态。下次议事会请设计单位带模型来。",
    ),
    draft(
        12,
        GATE,
        "xiaofeng-yuan",
        Step(2, S.ACCEPTED),
        Step(6, S.IN_CONSULTATION),
        channel=Channel.VENUE_QR,
        publish_after=3,
        supports=18,
        assignee="liaison",
    ),
    draft(
        15,
        "{place}小广场晚间音乐声音大",
        "zhangying-yuan",
        Step(1, S.ACCEPTED),
        Step(4, S.IN_CONSULTATION),
        Step(
            9, ANSWER, "第一次商量定了音箱背向住宅楼、晚八点半前结束，先试行；试得怎样、时间合不合适，下次议事会再谈。"
        ),
        publish_after=2,
        supports=14,
        assignee="liaison",
    ),
    from_department(
        10,
        "{place}早餐摊点需要规范疏导",
        "wutong",
        Step(1, S.ACCEPTED),
        Step(4, S.IN_CONSULTATION),
        publish_after=2,
        supports=6,
    ),
]

IN_PROGRESS = [
    draft(
        RESOLUTION_OVERDUE,
        "{place}顶楼外墙渗水，雨天墙面发霉",
        "jinye-yuan",
        Step(2, S.ACCEPTED),
        Step(6, S.IN_PROGRESS),
        Step(20, ANSWER, "业主表决还差两户签字，社区正上门说明，施工单位已报价。"),
        publish_after=3,
        supports=5,
        assignee="liaison",
    ),
    draft(
        FIRE_DUE_TODAY,
        "{place}楼道堆放杂物，堵住逃生通道",
        "fengqi-li",
        Step(1, S.ACCEPTED),
        Step(2, S.IN_PROGRESS),
        channel=Channel.VENUE_QR,
        publish_after=1,
        supports=12,
    ),
    draft(
        11,
        "{place}主路雨后积水难以通行",
        "lanting-yuan",
        Step(1, S.ACCEPTED),
        Step(4, S.IN_PROGRESS),
        publish_after=2,
        supports=16,
        assignee="liaison",
        contact=("周女士", "13800000006", ""),
        picture="puddle",
    ),
    from_department(
        9,
        "{place}楼道和外墙小广告反复张贴",
        "zhongyang-huayuan",
        Step(2, S.ACCEPTED),
        Step(5, S.IN_PROGRESS),
        publish_after=3,
        supports=8,
        assignee="community",
    ),
    draft(
        7,
        "{place}合唱队需要固定的排练场地",
        "nuanyang-li",
        Step(1, S.ACCEPTED),
        Step(2, S.IN_CONSULTATION),
        Step(5, S.IN_PROGRESS),
        channel=Channel.MEETING,
        publish_after=2,
        supports=4,
    ),
]

REOPENED = [
    draft(
        26,
        "{place}电梯频繁停运",
        "tingyu-yuan",
        Step(1, S.ACCEPTED),
        Step(3, S.IN_PROGRESS),
        Step(14, S.RESOLVED),
        Step(16, RATE, "换了配件以后又停过一次。", Verdict.SATISFIED, Verdict.UNSATISFIED),
        Step(17, S.REOPENED),
        publish_after=2,
        supports=20,
        assignee="liaison",
        contact=("吴先生", "13800000007", ""),
    ),
    draft(
        22,
        "{place}垃圾投放点气味大、清运不及时",
        "guiying-li",
        Step(1, S.ACCEPTED),
        Step(3, S.IN_PROGRESS),
        Step(10, S.RESOLVED),
        Step(18, S.REOPENED),
        publish_after=2,
        supports=7,
    ),
]
