"""Invented demands of the last weeks, in every status, so that the desk has something to do on the day of the demo."""

import datetime
import random

from django.utils import timezone

from demands.models import Channel, Direction, Verdict
from demands.workflow import DemandStatus as S
from foundation.workdays import workdays_between

from .needs_around import AROUND
from .needs_departments import DEPARTMENTS, DEPARTMENTS_DECLINED
from .needs_people import PEOPLE
from .needs_recent import ADVERTISEMENT, BARRIER, DRAIN, GATE, HOARDING, LIFT, SLIDE, UNLOADING
from .needs_staff_acts import AT_HOME, CALLING, CHARGING, DITCH, ENTRANCE, GARAGE, HANDRAIL, SWING, WALL, WATER
from .places import COMMUNITY_OF
from .shapes import ANSWER, RATE, Need, Step, Story

_BY_TITLE = {need.title: need for need in AROUND + PEOPLE + DEPARTMENTS + DEPARTMENTS_DECLINED}

SATISFIED, UNSATISFIED, UNSURE = Verdict.SATISFIED, Verdict.UNSATISFIED, Verdict.UNSURE


def stories(now: datetime.datetime) -> list[Story]:
    """What came in during the last weeks before `now`, in no order of time.

    Two fall due today; on a day off nothing does, and these are then overdue.
    """
    when = When(now)
    chargers = _chargers(when)
    return [
        *_received(when),
        chargers,
        _story(when, 4, "{place}电动自行车充电位不够，存在飞线充电", "yeyu-yuan", Step(1, S.MERGED), same_as=chargers),
        *_accepted(when),
        *_in_consultation(when),
        *_in_progress(when),
        *_reopened(when),
        *_resolved(when),
        *_confirmed(when),
        *_declined(when),
        *_withdrawn(when),
        *_for_desk(when),
        *_to_ask_again(when),
    ]


def titles(told: list[Story]) -> set[tuple[str, str]]:
    """Title and community of each, so that the season does not repeat them."""
    return {(story.need.title, COMMUNITY_OF[story.area]) for story in told}


class When:
    """Moments that lie a number of working days before now."""

    def __init__(self, now: datetime.datetime) -> None:
        self.now = now
        self.rng = random.Random(36)  # noqa: S311 - invents content, guards nothing

    def ago(self, days: int, *, office_hours: bool) -> datetime.datetime:
        if days == 0:
            return self.now - datetime.timedelta(minutes=self.rng.randint(5, 90))
        today = timezone.localdate(self.now)
        day = today - datetime.timedelta(days=days)
        while workdays_between(day, today) < days:
            day -= datetime.timedelta(days=1)
        minutes = self.rng.randint(9 * 60, 16 * 60) if office_hours else self.rng.randint(8 * 60, 21 * 60)
        return timezone.make_aware(datetime.datetime.combine(day, datetime.time(minutes // 60, minutes % 60)))


def _story(when: When, ago: int, need: Need | str, area: str, *steps: Step, **more) -> Story:
    """A resident's story from the web unless `more` says otherwise; with a day of publication, its resident agreed."""
    need = _BY_TITLE[need] if isinstance(need, str) else need
    channel = more.setdefault("channel", Channel.WEB)
    online = channel in (Channel.WEB, Channel.VENUE_QR)
    more.setdefault("consents", online and "publish_after" in more)
    received_at = when.ago(ago, office_hours=not online)
    return Story(need=need, area=area, received_at=received_at, steps=steps, **more)


def _from_department(when: When, ago: int, title: str, community: str, *steps: Step, **more) -> Story:
    return _story(
        when,
        ago,
        title,
        community,
        *steps,
        direction=Direction.TOP_DOWN,
        channel=Channel.DEPARTMENT,
        **more,
    )


def _received(when: When) -> list[Story]:
    overdue, due_today = 6, 3  # a first answer is due after three days
    return [
        _story(when, 0, SLIDE, "qinglu-yuan", consents=True, contact=("李女士", "13800000001", "")),
        _story(when, 0, DRAIN, "tongyin-yuan", channel=Channel.VENUE_QR),
        _story(when, 1, UNLOADING, "guiyu-ting", consents=True, contact=("", "", "reader@example.com")),
        _story(
            when,
            due_today,
            "{place}单元门禁损坏，外人随意进出",
            "mufeng-yuan",
            consents=True,
            contact=("陈师傅", "13800000002", ""),
        ),
        _story(when, overdue, "{place}楼道保洁次数少", "chunhe-yuan", contact=("", "13800000003", "")),
        _from_department(when, 2, "{place}志愿服务供需对接不畅", "yulan"),
    ]


def _chargers(when: When) -> Story:
    """Its resident agreed to publication, and nobody has looked yet."""
    return _story(
        when,
        6,
        "{place}电动自行车充电位不够，存在飞线充电",
        "yeyu-yuan",
        Step(2, S.ACCEPTED),
        consents=True,
        assignee="liaison",
    )


def _accepted(when: When) -> list[Story]:
    return [
        _story(
            when,
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
        _story(
            when,
            8,
            "希望{place}附近有老年食堂",
            "qiushi-yuan",
            Step(1, S.ACCEPTED),
            channel=Channel.PHONE,
            publish_after=2,
            supports=23,
            assignee="community",
        ),
        _story(when, 3, "{place}灭火器过期、消火栓箱上锁", "zhiqiu-ting", Step(1, S.ACCEPTED)),
    ]


def _in_consultation(when: When) -> list[Story]:
    return [
        _story(
            when,
            14,
            LIFT,
            "chunhe-yuan",
            Step(1, S.ACCEPTED),
            Step(5, S.IN_CONSULTATION),
            Step(9, ANSWER, "一楼住户最关心采光。设计单位已按两种井道方案算出遮挡时间，结果会在下次议事会上当面讲。"),
            publish_after=2,
            supports=31,
            assignee="liaison",
            contact=("孙先生", "13800000005", "neighbour@example.com"),
            note="一楼两户已分别谈过，同意看方案后再表态。下次议事会请设计单位带模型来。",
        ),
        _story(
            when,
            12,
            GATE,
            "muxi-yuan",
            Step(2, S.ACCEPTED),
            Step(6, S.IN_CONSULTATION),
            channel=Channel.VENUE_QR,
            publish_after=3,
            supports=18,
            assignee="liaison",
        ),
        _story(
            when,
            15,
            "{place}小广场晚间音乐声音大",
            "zhangying-yuan",
            Step(1, S.ACCEPTED),
            Step(4, S.IN_CONSULTATION),
            Step(9, ANSWER, "第一次商量已约定音箱背向住宅楼，结束时间还有不同意见，下周再谈一次。"),
            publish_after=2,
            supports=14,
            assignee="liaison",
        ),
        _from_department(
            when,
            10,
            "{place}早餐摊点需要规范疏导",
            "wutong",
            Step(1, S.ACCEPTED),
            Step(4, S.IN_CONSULTATION),
            publish_after=2,
            supports=6,
        ),
    ]


def _in_progress(when: When) -> list[Story]:
    overdue, due_today = 34, 10  # to be resolved after 30 days, and after 10 where it is about fire
    return [
        _story(
            when,
            overdue,
            "{place}顶楼外墙渗水，雨天墙面发霉",
            "jinye-yuan",
            Step(2, S.ACCEPTED),
            Step(6, S.IN_PROGRESS),
            Step(20, ANSWER, "业主表决还差两户签字，社区正上门说明，施工单位已报价。"),
            publish_after=3,
            supports=5,
            assignee="liaison",
        ),
        _story(
            when,
            due_today,
            "{place}楼道堆放杂物，堵住逃生通道",
            "fengqi-li",
            Step(1, S.ACCEPTED),
            Step(2, S.IN_PROGRESS),
            channel=Channel.VENUE_QR,
            publish_after=1,
            supports=12,
        ),
        _story(
            when,
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
        _from_department(
            when,
            9,
            "{place}楼道和外墙小广告反复张贴",
            "zhongyang-huayuan",
            Step(2, S.ACCEPTED),
            Step(5, S.IN_PROGRESS),
            publish_after=3,
            supports=8,
            assignee="community",
        ),
        _story(
            when,
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


def _reopened(when: When) -> list[Story]:
    return [
        _story(
            when,
            26,
            "{place}电梯频繁停运",
            "tingyu-yuan",
            Step(1, S.ACCEPTED),
            Step(3, S.IN_PROGRESS),
            Step(14, S.RESOLVED),
            Step(16, RATE, "换了配件以后又停过一次。", SATISFIED, UNSATISFIED),
            Step(17, S.REOPENED),
            publish_after=2,
            supports=20,
            assignee="liaison",
            contact=("吴先生", "13800000007", ""),
        ),
        _story(
            when,
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


def _resolved(when: When) -> list[Story]:
    return [
        _story(
            when,
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
        _story(
            when,
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
        _story(
            when,
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
        _from_department(
            when,
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


def _confirmed(when: When) -> list[Story]:
    return [
        _story(
            when,
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
        _from_department(
            when,
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
        _story(
            when,
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
        _story(
            when,
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


def _declined(when: When) -> list[Story]:
    return [
        _story(
            when,
            13,
            HOARDING,
            "yuejian-yuan",
            Step(1, S.ACCEPTED),
            Step(5, S.DECLINED),
            publish_after=2,
            supports=17,
        ),
        _story(
            when,
            19,
            BARRIER,
            "zhangyin-li",
            Step(2, S.ACCEPTED),
            Step(13, S.DECLINED),
            publish_after=3,
            supports=4,
        ),
        _from_department(
            when,
            27,
            "打通{place}围墙，增设步行通道",
            "yinxing",
            Step(1, S.ACCEPTED),
            Step(6, S.IN_CONSULTATION),
            Step(20, S.DECLINED),
            publish_after=2,
            supports=1,
        ),
        _story(when, 17, ADVERTISEMENT, "suxin-yuan", Step(1, S.DECLINED)),
    ]


def _withdrawn(when: When) -> list[Story]:
    return [
        _story(when, 9, "{place}楼上装修不分时间", "shuyu-yuan", Step(1, S.ACCEPTED), Step(3, S.WITHDRAWN)),
        _story(when, 5, "{place}树枝挡住窗户，屋里白天也要开灯", "tinghe-yuan", Step(1, S.WITHDRAWN)),
    ]


def _for_desk(when: When) -> list[Story]:
    """Told as far as they were accepted or begun; `staff_acts` goes on with them."""
    accepted = Step(1, S.ACCEPTED)
    return [
        _story(
            when,
            16,
            ENTRANCE,
            "mufeng-yuan",
            accepted,
            publish_after=2,
            supports=13,
            assignee="liaison",
            contact=("何女士", "13800000003", ""),
        ),
        _story(
            when,
            24,
            GARAGE,
            "qinghe-yuan",
            accepted,
            Step(5, S.IN_PROGRESS),
            publish_after=2,
            supports=15,
            assignee="liaison",
        ),
        _story(when, 23, CHARGING, "qinghe-yuan", accepted, contact=("", "", "driver@example.com")),
        _story(when, 22, CALLING, "qinghe-yuan", accepted),
        _story(when, 21, AT_HOME, "qinghe-yuan", accepted, assignee="liaison", contact=("冯先生", "13800000006", "")),
        _story(
            when,
            6,
            WATER,
            "qiulan-yuan",
            accepted,
            publish_after=2,
            supports=5,
            assignee="liaison",
            contact=("钱女士", "", "family@example.com"),
        ),
        _story(
            when,
            24,
            WALL,
            "tingyu-yuan",
            accepted,
            Step(5, S.IN_PROGRESS),
            publish_after=2,
            supports=19,
            assignee="liaison",
        ),
    ]


def _to_ask_again(when: When) -> list[Story]:
    """Resolved so long ago that their residents were asked about it again since."""

    def resolved(ago: int, need: Need, area: str, *rated: Step, supports: int) -> Story:
        steps = (Step(1, S.ACCEPTED), Step(4, S.IN_PROGRESS), Step(12, S.RESOLVED), *rated)
        return _story(when, ago, need, area, *steps, publish_after=2, supports=supports, assignee="liaison")

    return [
        # 68 working days are more than 90 days, and 25 more than 30, holidays or not.
        resolved(80, HANDRAIL, "xingying-yuan", Step(13, RATE, "老人上下稳当了。", SATISFIED, SATISFIED), supports=8),
        resolved(38, SWING, "qiushi-yuan", Step(14, RATE, "换得很快，放心了。", SATISFIED, SATISFIED), supports=6),
        resolved(37, DITCH, "fengqi-li", supports=4),
    ]
