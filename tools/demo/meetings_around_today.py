"""Events of the past and the coming weeks, so that the demo looks current on any day."""

import datetime
from dataclasses import dataclass, field

from .meetings import AT, CAMPHOR, GOVERNANCE, Meeting


@dataclass(frozen=True)
class Ahead:
    """An event around today: `days` before or after it. `details`: further fields of the meeting.

    `{month}` in the title becomes the month of its day.
    """

    days: int
    status: str
    series: str
    title: str
    details: dict
    capacity: int | None = None
    sign_ups: int = 0
    agenda_of: tuple[tuple[str, str], ...] = field(default=())  # titles of needs with the code of their area

    def meeting(self, today: datetime.date) -> Meeting:
        day = today + datetime.timedelta(days=self.days)
        return Meeting(self.series, self.title.format(month=day.month), day, **self.details)


EVENTS = [
    Ahead(
        -40,
        "minutes_published",
        "monthly-talk",
        "月月谈 · {month} 月",
        {
            "start": "9:30",
            "venue": AT[GOVERNANCE],
            "platform": GOVERNANCE,
            "summary": "小广场的地砖和饮水，常来的老人、带孩子的家长和街道一起商量。",
            "agenda": ("补平小广场破损的地砖", "小广场能不能有直饮水"),
            "minutes": "先到小广场走了一圈，数出破损的地砖 7 处；饮水点要等供水管线的改造计划。两件事都有约定，见下。",
            "residents": 27,
            "partners": 5,
        },
    ),
    Ahead(
        -13,
        "minutes_published",
        "monthly-talk",
        "月月谈 · {month} 月",
        {
            "start": "9:30",
            "venue": AT[CAMPHOR],
            "platform": CAMPHOR,
            "residents": 31,
            "partners": 4,
            "wants": 4,
        },
    ),
    Ahead(
        -3,
        "held",
        "members-monthly-talk",
        "委员月月谈 · 路边的早餐摊",
        {
            "start": "19:00",
            "venue": "consultation-studio-wutong",
            "summary": "委员到小区来，只谈一件事，谈完定下谁来做。",
            "presenters": ("顾行舟",),
            "residents": 16,
            "partners": 3,
            "wants": 1,
            "about": ("{place}早餐摊点需要规范疏导",),
            "only": True,
        },
    ),
    Ahead(
        0,
        "open",
        "members-studio",
        "委员工作室 · 今天的接待",
        {
            "start": "9:00",
            "hours": 12,
            "venue": "consultation-studio-yinxing",
            "summary": "上午看健康，下午看房屋，来了就谈。",
            "agenda": ("健康接待", "房屋看诊"),
            "presenters": ("周望春", "沈嘉木"),
        },
    ),
    Ahead(
        4,
        "open",
        "members-studio",
        "委员工作室 · 家庭教育小组",
        {
            "start": "15:00",
            "venue": "consultation-studio-wutong",
            "summary": "十个家庭一组，带着问题来。",
            "agenda": ("分组说说", "老师和委员回应"),
            "presenters": ("许清和",),
        },
        capacity=10,
        sign_ups=13,
    ),
    Ahead(
        6,
        "cancelled",
        "culture-and-education",
        "露天书画市集",
        {
            "start": "14:00",
            "place": "香樟社区小广场",
            "summary": "社团现场写春联、画扇面。",
            "cancelled": "小广场正在更换地砖，改到下个月，时间另行通知。",
        },
    ),
    Ahead(
        9,
        "open",
        "monthly-talk",
        "月月谈 · 电梯、小门和广场",
        {
            "start": "9:30",
            "hours": 2.5,
            "venue": AT[CAMPHOR],
            "platform": CAMPHOR,
            "summary": "三件事都牵涉很多住户。请提出的人、受影响的人和物业一起来，能定的当场约定。",
        },
        capacity=40,
        sign_ups=12,
        agenda_of=(
            ("{place}老楼加装电梯，希望一起商量", "yeyu-yuan"),
            ("希望{place}开一扇通往公园的小门", "xiaofeng-yuan"),
            ("{place}小广场晚间音乐声音大", "zhangying-yuan"),
        ),
    ),
    Ahead(
        24,
        "planned",
        "quarterly-lecture",
        "季季讲 · 冬天的关节",
        {
            "venue": "members-home-nanhu",
            "summary": "怎样活动不伤膝，哪些情况要看医生。",
            "agenda": ("日常保养", "现场问答"),
            "presenters": ("周望春",),
        },
        capacity=80,
    ),
]
