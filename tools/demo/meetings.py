"""The events of 2023: nine monthly talks, three lectures and 42 themed activities, as many as were reported.

Names follow the report where it gives them; days, hours, places and attendance are invented.
"""

import calendar
import datetime
from dataclasses import dataclass

YEAR = 2023


@dataclass(frozen=True)
class Meeting:
    """One event. `wants`: the most demands of its community to discuss. `served`: people served, as counted there.

    `about`: titles of needs that it discusses; the season brings one demand for each. `only`: and nothing else.
    `venue`: a slug; empty for `place`. `presenters`: names of members. `partners`: how many organisations come.
    """

    series: str
    title: str
    day: datetime.date
    start: str = "14:30"
    hours: float = 2
    venue: str = ""
    place: str = ""
    platform: str = ""
    summary: str = ""
    agenda: tuple[str, ...] = ()
    presenters: tuple[str, ...] = ()
    minutes: str = ""
    served: int | None = None
    residents: int = 0
    partners: int = 0
    wants: int = 0
    about: tuple[str, ...] = ()
    only: bool = False
    cancelled: str = ""


def _day(month: int, day: int) -> datetime.date:
    return datetime.date(YEAR, month, day)


CAMPHOR, FLOWING = "under-the-camphor", "flowing-council"
HOUSEHOLD, GOVERNANCE = "household-council", "compound-governance-talk"
AT = {
    CAMPHOR: "deliberation-home-xiangzhang",
    FLOWING: "deliberation-home-guihua",
    HOUSEHOLD: "deliberation-home-zhongyang-huayuan",
    GOVERNANCE: "consultation-studio-yulan",
}

# From these two, projects grew.
CHARGING, STEPS = "{place}电动自行车充电位不够，存在飞线充电", "{place}单元门口台阶高，希望加装扶手和坡道"
# Month, day, platform, residents who came, partners, needs discussed. One of ten was called off in the hottest week.
_TALKS = [
    (3, 11, HOUSEHOLD, 26, 5, CHARGING),
    (4, 8, CAMPHOR, 31, 5, STEPS),
    (5, 13, FLOWING, 18, 4),
    (6, 10, GOVERNANCE, 24, 5),
    (7, 8, CAMPHOR, 0, 0),
    (8, 12, HOUSEHOLD, 22, 4),
    (9, 9, GOVERNANCE, 29, 5),
    (10, 14, CAMPHOR, 35, 5),
    (11, 11, FLOWING, 21, 4),
    (12, 9, HOUSEHOLD, 33, 5),
]
TALKS = [
    Meeting(
        "monthly-talk",
        f"月月谈 · {month} 月",
        _day(month, day),
        "9:30",
        2.5,
        venue=AT[platform],
        platform=platform,
        summary="一件一件商量：先听提出的人说，再听受影响的人说，能定的当场约定。",
        residents=residents,
        partners=partners,
        wants=6,
        about=tuple(about),
        cancelled="连日高温，多数居民代表不便出门，所列事项并入下月。" if month == 7 else "",
    )
    for month, day, platform, residents, partners, *about in _TALKS
]

LECTURES = [
    Meeting(
        "quarterly-lecture",
        "季季讲 · 邻里之间的法律",
        _day(5, 20),
        venue="members-home-nanhu",
        summary="噪声、漏水、停车、宠物，常见的邻里纠纷怎样依法商量。",
        agenda=("相邻权从哪里来", "调解协议怎样才有效"),
        presenters=("林知夏",),
        minutes="讲了相邻关系的几条规定，用三个小区里的例子说明怎样留证据、怎样请调解。现场回答提问 12 个。",
        served=64,
        residents=52,
        partners=2,
    ),
    Meeting(
        "quarterly-lecture",
        "季季讲 · 老人用药十问",
        _day(8, 26),
        venue="members-home-nanhu",
        summary="降压药、降糖药、保健品，什么能一起吃，什么不能。",
        agenda=("常用药的时间和剂量", "体检报告怎样看"),
        presenters=("周望春",),
        minutes="逐条回答了事先收集的十个问题，并为带药来的老人现场核对。建议每户备一张用药卡。",
        served=71,
        residents=66,
        partners=1,
    ),
    Meeting(
        "quarterly-lecture",
        "季季讲 · 老楼怎样安全过冬",
        _day(11, 25),
        venue="members-home-nanhu",
        summary="外墙、屋面、水管、电线，入冬前要看的四处地方。",
        agenda=("渗水和开裂怎样区分", "冬季用电用气"),
        presenters=("沈嘉木",),
        minutes="用照片讲解哪些裂缝要紧、哪些不要紧，发放自查表 80 份，约定对三栋楼的屋面作一次看诊。",
        served=58,
        residents=49,
        partners=2,
    ),
]

# Month, day, what was talked about, people served.
_FAMILY = [
    (2, 25, "开学了，作息怎样调回来", 58),
    (3, 18, "写作业，陪还是不陪", 66),
    (4, 1, "孩子不爱说话怎么办", 61),
    (4, 22, "手机约定怎样定", 72),
    (5, 6, "老人带孩子，听谁的", 63),
    (5, 27, "小升初，别慌", 78),
    (6, 24, "暑假怎样安排", 69),
    (7, 15, "防溺水，讲给孩子听", 74),
    (8, 19, "幼小衔接准备什么", 81),
    (9, 2, "新学期，和老师怎样沟通", 67),
    (9, 23, "青春期的门，敲一敲", 70),
    (10, 21, "二孩家庭的公平", 59),
    (11, 4, "考试之后说什么", 64),
    (11, 18, "阅读从十分钟开始", 68),
    (12, 2, "爸爸在哪里", 62),
    (12, 16, "一年成长，一起说说", 73),
]
_FAMILY_AT = ("湖畔第一小学报告厅", "湖畔第二小学报告厅", "小樟树幼儿园活动室", "清禾中学阶梯教室")
FAMILY = [
    Meeting(
        "family-and-school",
        f"家校共育大家谈 · {title}",
        _day(month, day),
        "9:30",
        place=_FAMILY_AT[number % 4],
        summary="家长、老师和委员围坐，先说难处，再说办法。",
        agenda=("家长说", "老师说", "一起定一件这周能做的事"),
        presenters=("鲍菁", "操志兵"),
        minutes="家长分组说了各自的做法，老师补充了学校的安排。大家约定：每家选一件小事坚持一周，下次来说说结果。",
        served=served,
        residents=served - 6,
        partners=2,
    )
    for number, (month, day, title, served) in enumerate(_FAMILY)
]

FESTIVALS = [
    Meeting(
        "neighbours-festival",
        "首届邻里惠民节",
        _day(6, 17),
        "9:00",
        7,
        place="中央花园社区广场",
        summary="委员企业和街坊店铺把实惠、服务和体检送到家门口。",
        agenda=("惠民市集", "便民服务", "邻里节目"),
        presenters=("张万新",),
        minutes="设摊位 46 个，提供理发、磨刀、量血压、法律咨询等服务。居民建议每年固定时间举办，已采纳。",
        served=860,
        residents=600,
        partners=5,
    ),
    Meeting(
        "neighbours-festival",
        "第二届邻里惠民节",
        _day(12, 23),
        "9:00",
        7,
        place="中央花园社区广场",
        summary="省、市、区政协委员联合开展，增加了招聘和咨询专区。",
        agenda=("惠民市集", "招聘和咨询", "邻里节目"),
        minutes="设摊位 58 个，现场招聘意向 40 余人。上一届居民提出的雨棚、休息座位和无障碍通道都已配齐。",
        served=1120,
        residents=800,
        partners=5,
    ),
    Meeting(
        "consumption-festival",
        "南湖邻里消费节",
        _day(9, 29),
        "16:00",
        5,
        place="瑞安街、建安街沿线",
        summary="过早一条街、宵夜一条街和三个商圈一起参加。",
        agenda=("街坊美食", "商圈联动"),
        minutes="参加店铺 120 余家。摊位摆放、油烟和收摊时间事先与沿街居民约定，居民代表全程监督。",
        served=2300,
        residents=900,
        partners=5,
    ),
]

BUSINESS = [
    Meeting(
        "business-environment",
        "优化营商环境座谈会",
        _day(4, 21),
        venue="members-home-nanhu",
        summary="企业说难处，部门讲政策，委员提建议。",
        agenda=("企业反映的三件事", "惠企政策说明"),
        presenters=("顾行舟",),
        minutes="企业提出招工、停车、门头审批三件事，部门当场说明办理路径，约定一个月内逐件回复。",
        served=36,
        residents=0,
        partners=5,
    ),
    Meeting(
        "business-environment",
        "政银企融资对接会",
        _day(5, 26),
        venue="members-home-nanhu",
        summary="小微企业和银行面对面，政策一次讲清楚。",
        agenda=("小微企业融资政策", "一对一对接"),
        minutes="17 家企业与银行一对一交谈，其中 6 家进入授信流程。",
        served=42,
        residents=0,
        partners=5,
    ),
    Meeting(
        "business-environment",
        "产业发展定位研讨会",
        _day(7, 14),
        venue="members-home-nanhu",
        summary="片区适合发展什么，从居民需要和已有店铺说起。",
        agenda=("三圈两线的现状", "人力资源产业的机会"),
        minutes="与会者建议以人力资源服务、亲子消费和夜间经济为重点，形成书面建议报街道研究。",
        served=28,
        residents=0,
        partners=5,
    ),
    Meeting(
        "business-environment",
        "“一线协商·共同缔造·南湖发展”人力资源产业发展工作推进会",
        _day(8, 18),
        venue="members-home-nanhu",
        summary="省、区政协委员和企业一起商量人力资源产业怎样落地。",
        agenda=("落户企业的进展", "创业就业服务中心的安排"),
        presenters=("方朝晖", "黄秋莉", "熊云"),
        minutes="商定街道创业就业服务中心的服务内容和开放时间，企业提供岗位信息，每月更新。",
        served=31,
        residents=0,
        partners=4,
    ),
    Meeting(
        "business-environment",
        "“一线协商·共同缔造·招商引资”专场",
        _day(10, 20),
        venue="members-home-nanhu",
        summary="邀请企业看片区、谈合作。",
        agenda=("片区介绍", "意向洽谈"),
        minutes="到场企业 22 家，3 家表示继续洽谈。企业提出的停车和配套问题列入下月议程。",
        served=47,
        residents=0,
        partners=5,
    ),
]

_MEMBERS_TALKS = [
    (3, 24, "consultation-studio-yinxing", "晚间停车", "沈嘉木", 17, "{place}外来车辆占用居民车位"),
    (5, 19, "consultation-studio-wutong", "孩子放学后去哪里", "许清和", 22, "{place}双职工家庭希望有放学托管"),
    (6, 30, "consultation-studio-yulan", "广场上的音乐", "林知夏", 19, "{place}小广场晚间音乐声音大"),
    (9, 15, "deliberation-home-guihua", "店铺和楼上住户", "顾行舟", 16, "{place}楼下餐馆收摊晚、油烟大"),
    (10, 27, "deliberation-home-xiangzhang", "老人的一顿午饭", "何素心", 24, "希望{place}附近有老年食堂"),
    (11, 24, "consultation-studio-yinxing", "消防通道", "沈嘉木", 18, "{place}消防车道常被私家车占用"),
]
MEMBERS_TALKS = [
    Meeting(
        "members-monthly-talk",
        f"委员月月谈 · {title}",
        _day(month, day),
        "19:00",
        venue=venue,
        summary="委员到小区来，只谈一件事，谈完定下谁来做。",
        presenters=(presenter,),
        residents=residents,
        partners=3,
        wants=1,
        about=(need,),
        only=True,
    )
    for month, day, venue, title, presenter, residents, need in _MEMBERS_TALKS
]

_STUDIO = [
    (3, 8, "consultation-studio-yulan", "法律接待", "林知夏"),
    (4, 15, "consultation-studio-yinxing", "健康接待", "周望春"),
    (5, 10, "consultation-studio-yulan", "法律接待", "林知夏"),
    (6, 3, "consultation-studio-yinxing", "健康接待", "周望春"),
    (8, 5, "consultation-studio-wutong", "家庭教育接待", "许清和"),
    (9, 13, "consultation-studio-yulan", "法律接待", "林知夏"),
    (10, 7, "consultation-studio-yinxing", "健康接待", "周望春"),
    (12, 13, "consultation-studio-wutong", "家庭教育接待", "许清和"),
]
STUDIO = [
    Meeting(
        "members-studio",
        f"委员工作室 · {title}",
        _day(month, day),
        venue=venue,
        summary="一对一接待，不用预约，先到先谈。",
        agenda=("一对一接待",),
        presenters=(presenter,),
        minutes="逐件听取来访居民的情况，能当场答复的已答复，需要部门办理的转入需求清单。",
        served=9 + number,
        residents=9 + number,
    )
    for number, (month, day, venue, title, presenter) in enumerate(_STUDIO)
]

CULTURE = [
    Meeting(
        "culture-and-education",
        title,
        _day(month, day),
        "15:00",
        place=place,
        summary="链接文联资源，为社区社团和孩子们提供文化教育服务。",
        agenda=("示范", "跟着学"),
        presenters=("王志新", "柏雨辰"),
        minutes="老师带着社团和孩子们练习，活动后留下教材和联系办法，便于以后继续。",
        served=served,
        residents=served,
        partners=2,
    )
    for month, day, title, place, served in (
        (4, 28, "书画进社区", "玉兰社区多功能室", 38),
        (6, 1, "童声里的南湖", "小樟树幼儿园活动室", 56),
        (9, 20, "戏曲小课堂", "香樟社区多功能室", 34),
        (11, 15, "社团联排指导", "桂花社区多功能室", 45),
    )
]


def showcase(year: int) -> Meeting:
    """The exhibition of a year, on its last Saturday but for New Year's Eve."""
    day = datetime.date(year, 12, 30)
    while day.weekday() != calendar.SATURDAY:
        day -= datetime.timedelta(days=1)
    return Meeting(
        "annual-showcase",
        f"年年展 · {year} 委员风采展",
        day,
        "9:30",
        6,
        venue="members-home-nanhu",
        summary="展出这一年的约定、项目和委员履职，没有办到的也写在板上，委员在场回答。",
        agenda=("这一年办成的事", "没有办到的事和下一年的打算"),
        minutes="展板 24 块。居民在意见簿上留言 37 条，问得最多的是停车和加装电梯，已转入需求清单和下一年的议程。",
        residents=180,
        partners=5,
    )


THEMED = [*FAMILY, *FESTIVALS, *BUSINESS, *MEMBERS_TALKS, *STUDIO, *CULTURE]
