"""What is counted: the figures in their groups, each with its definition, and what may be grouped by."""

from dataclasses import dataclass
from enum import StrEnum

from django.db import models
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from consultation.models import PartnerSector

# What page and files say of all of them.
NOTE = _("这里是此刻的完整数字，包括公开页面因数目太小而不公布的，只供内部使用，请勿原样公开。")


class By(models.TextChoices):
    """What the rows are."""

    COMMUNITY = "community", _("社区")
    UNIT = "unit", pgettext_lazy("one", "责任单位")
    CATEGORY = "category", _("类别")


class Kind(StrEnum):
    """How a figure is written: a number, a share of a whole, or days, which are a median."""

    COUNT = "count"
    SHARE = "share"
    DAYS = "days"


@dataclass(frozen=True)
class Column:
    """A figure. `definition` is what its heading explains."""

    name: str
    title: str
    definition: str
    kind: Kind = Kind.COUNT


@dataclass(frozen=True)
class Group:
    """Figures that are shown together.

    Args:
        by: what these can be grouped by.
        permissions: what somebody needs to see them: to see the rows that they count.
        charts: the figures of each chart.
        note: what applies to all of them.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    by: tuple[By, ...]
    permissions: tuple[str, ...]
    charts: tuple[tuple[str, ...], ...]
    note: str = ""


DEMANDS = Group(
    "demands",
    pgettext_lazy("desk", "需求"),
    (
        Column(
            "received", _("收到"), _("期间内收到的需求，已撤回的也计入；并入其他需求的仍计一件，拆分的按各部分计。")
        ),
        Column("bottom_up", _("自下而上"), _("收到的当中，由居民提出的。")),
        Column("top_down", _("自上而下"), _("收到的当中，由部门清单提出的。")),
        Column("solved", pgettext_lazy("figures", "办结"), _("收到的当中，目前已办结的；并入其他需求的不重复计。")),
        Column("consulted", _("经协商"), _("办结的当中，转入过协商的。")),
        Column("declined", _("未予办理"), _("收到的当中，目前未予办理的。")),
        Column("open", pgettext_lazy("figures", "在办"), _("收到的当中，目前还没有结束的。")),
        Column("overdue", pgettext_lazy("figures", "超期"), _("在办的当中，已过当前期限的；暂停计时的不计。")),
        Column("reopened", pgettext_lazy("figures", "重新办理"), _("收到的当中，结束后至少重新办理过一次的。")),
    ),
    (By.COMMUNITY, By.UNIT, By.CATEGORY),
    ("demands.view_demand",),
    (("received", "solved"), ("overdue",)),
    _("按收到的日期统计，状态以现在为准。"),
)
RATES = Group(
    "rates",
    _("办理率"),
    (
        Column("response", _("响应率"), _("按时首次答复的 ÷（已答复的＋逾期未答复的）。"), Kind.SHARE),
        Column("response_overdue", _("逾期未答复"), _("没有首次答复、已过回应期限的。")),
        Column("resolution", _("解决率"), _("目前为办结的 ÷ 曾经办结或未予办理的，不在职责范围的不计。"), Kind.SHARE),
        Column("work", _("对过程满意"), _("最近一次评价对办理过程满意的 ÷（满意＋不满意）。"), Kind.SHARE),
        Column("result", _("对结果满意"), _("最近一次评价对办理结果满意的 ÷（满意＋不满意）。"), Kind.SHARE),
        Column(
            "days_to_answer", _("首次答复（天）"), _("收到至首次答复的自然日，中位数；不足 10 件的不列。"), Kind.DAYS
        ),
        Column("days_to_resolve", _("办结（天）"), _("收到至办结的自然日，中位数；不足 10 件的不列。"), Kind.DAYS),
    ),
    (By.COMMUNITY, By.UNIT, By.CATEGORY),
    ("demands.view_demand", "demands.view_rating"),
    (("response",), ("resolution",), ("result",)),
    _("期间内收到的需求，算法与公开的三率相同；不足 10 件的只列件数，不列百分比。"),
)
QUESTIONS = Group(
    "questions",
    _("外部答复"),
    (
        Column("asked", _("请其答复"), _("期间内发给责任单位的询问，已收回的不计。")),
        Column("replied", _("已答复"), _("其中已经答复的。")),
        Column("unanswered", _("逾期未答复"), _("其中过了期限、没有答复而需求尚未结束的。")),
    ),
    (By.UNIT,),
    ("demands.view_officerequest", "demands.view_demand"),
    (("asked", "replied"),),
    _("按发出的日期统计；答复以现在为准。没有选定责任单位的询问不列。"),
)
EVENTS = Group(
    "events",
    _("活动"),
    (
        Column("meetings", _("举行"), _("期间内举行的活动，按开始的日期。")),
        Column("minutes", _("已公布纪要"), _("举行的当中，纪要已公布的。")),
        Column("cancelled", pgettext_lazy("figures", "取消"), _("原定在期间内、已取消的活动。")),
        Column("slots", _("计划档期"), _("计划日期在期间内的档期。")),
        Column("slots_missed", _("错过的档期"), _("计划档期当中，日期已过而没有举行的。")),
    ),
    (By.COMMUNITY,),
    ("consultation.view_event", "consultation.view_slot"),
    (("meetings",), ("slots_missed",)),
    _("活动按其所属区域统计，档期按议事点所在的区域，没有议事点的按系列所属的区域。"),
)
PEOPLE = Group(
    "people",
    _("服务人数"),
    (
        Column("served", _("服务人数"), _("期间内举行的活动登记的服务人数之和。")),
        Column("served_at", _("有登记的活动"), _("举行的活动当中，登记了服务人数的场次。")),
        Column("attended", _("到场人次"), _("期间内举行的活动签到和登记的到场人次。")),
        Column("residents", _("其中居民"), _("到场人次当中，不代表委员、单位和五方的居民。")),
    ),
    (By.COMMUNITY,),
    ("consultation.view_event", "members.view_attendance"),
    (("served",), ("attended", "residents")),
    _("没有登记的活动不计。"),
)
AGREEMENTS = Group(
    "agreements",
    pgettext_lazy("agreements", "约定"),
    (
        Column("made", _("达成"), _("期间内的活动达成、纪要已公布的约定。")),
        Column("kept", _("已兑现"), _("达成的当中，现在已兑现的。")),
        Column("missed", _("未兑现"), _("达成的当中，现在记为未兑现的。")),
        Column("running", _("落实中"), _("达成的当中，还没有结果的。")),
        Column("late", _("其中已过期限"), _("落实中的当中，期限已过的。")),
    ),
    (By.COMMUNITY,),
    ("consultation.view_agreement",),
    (("made", "kept"),),
    _("按活动的日期和所属区域统计，兑现情况以现在为准。"),
)
RESOURCES = Group(
    "resources",
    pgettext_lazy("figures", "资源"),
    (
        Column("used", _("资源服务"), _("期间内用资源办理、已报告完成的派单。")),
        Column("helped", _("因此办结的需求"), _("这些派单的需求当中，现在已办结的，每件计一次。")),
        Column("resources", _("用到的资源"), _("这些派单用到的资源，每项在一行里计一次，合计也只计一次。")),
    ),
    (By.COMMUNITY, By.CATEGORY),
    ("demands.view_dispatch", "members.view_resource"),
    (("used",),),
    _("按完成的日期统计，按需求的地点和类别。"),
)
DUTIES = Group(
    "duties",
    pgettext_lazy("figures", "履职"),
    (
        Column("duties", _("履职记录"), _("日期在期间内、已确认的履职记录。")),
        Column("members", _("履职的委员"), _("有这些记录的委员，每人在一行里计一次，合计也只计一次。")),
        Column("hours", _("时长（小时）"), _("这些记录登记的时长之和。")),
        Column("duty_people", _("服务人数"), _("这些记录登记的服务人数之和。")),
    ),
    (By.COMMUNITY,),
    ("members.view_dutyrecord",),
    (("duties",),),
    _("在活动中或为需求履职的，计入活动或需求所在的社区；其余的计入联络委所在的街道。委员之间不作比较。"),
)
SECTORS = Group(
    "sectors",
    _("五方参与"),
    (
        *(
            Column(
                f"meetings_{sector.value}",
                format_lazy(_("{sector}到场"), sector=sector.label),
                _("期间内举行的活动当中，有这一方人员到场的场次。"),
            )
            for sector in PartnerSector
        ),
        *(
            Column(
                f"made_{sector.value}",
                format_lazy(_("{sector}约定"), sector=sector.label),
                _("期间内的活动达成、纪要已公布、由这一方负责的约定。"),
            )
            for sector in PartnerSector
        ),
    ),
    (By.COMMUNITY,),
    ("members.view_attendance", "consultation.view_agreement"),
    tuple((f"meetings_{sector}",) for sector in PartnerSector.values),
    _("一场活动有某一方人员到场，计该方到场一场。"),
)
GROUPS = (DEMANDS, RATES, QUESTIONS, EVENTS, PEOPLE, AGREEMENTS, RESOURCES, DUTIES, SECTORS)
