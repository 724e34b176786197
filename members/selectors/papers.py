"""The papers of one event: 会议通知, 签到表 with names, 会议纪要 with the agreements.

Members and organisations are named, as on public pages. Residents who signed up are numbers, unless their forms of
address were revealed for this paper; phones are in none.
"""

from collections.abc import Iterable, Mapping

from django.db.models import Prefetch, prefetch_related_objects
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consultation.models import Event
from consultation.models.papers import texts_of
from consultation.models.subdistricts import Voice
from foundation import clock, paper_kinds, portal
from foundation.numbers import people_words
from foundation.paper_kinds import Filling, PaperKind
from foundation.papers import Block, Paper, Table, Text, day_words

from ..models import Attendance, Member, Presenter
from .people import members_around

# Empty rows of a sign-in sheet, for those who come without signing up.
SPARE_ROWS = 8

WORDS = {
    "活动": gettext_lazy("活动的标题"),
    "系列": gettext_lazy("所属系列"),
    "时间": gettext_lazy("开始和结束的时间"),
    "会议日期": gettext_lazy("活动的日期"),
    "地点": gettext_lazy("议事点或其他地点，有地址的写地址"),
    "介绍": gettext_lazy("活动的介绍"),
    "报名截止": gettext_lazy("报名截止的时间"),
    "线上链接": gettext_lazy("线上链接，没有的为空"),
    "到场情况": gettext_lazy("到场的委员、单位和居民人数"),
    "纪要": gettext_lazy("写好的纪要"),
    "办公电话": gettext_lazy("联系电话"),
    "落款": gettext_lazy("主办单位"),
    "日期": gettext_lazy("今天"),
}
AGENDA, NAMES, AGREEMENTS = "议程", "签到名单", "约定事项"
PARTS = {
    AGENDA: gettext_lazy("议题、时间和主讲的表格"),
    NAMES: gettext_lazy("委员、报名人和空白行的签到表格"),
    AGREEMENTS: gettext_lazy("约定内容、负责单位和期限的表格"),
}


# --- The sample ------------------------------------------------------------------------------------------------------


def _sample() -> Filling:
    words = {
        "活动": "小区加装充电棚议事会",
        "系列": "小区治理月月谈",
        "时间": "2026年3月14日（星期六）14:30至16:00",
        "会议日期": "2026年3月14日",
        "地点": "桂花社区协商议事室（桂花路 1 号）",
        "介绍": "商量充电棚建在哪里、费用怎么出。",
        "报名截止": "2026年3月13日 18:00",
        "线上链接": "",
        "到场情况": "委员：张三、李四；单位：桂花苑物业（2 人）；居民：12 人。",
        "纪要": "会议听取了物业关于选址的说明，居民代表发表了意见。",
        "办公电话": "027-80000000",
        "落款": "政协湖东街道联络委",
        "日期": "2026年3月10日",
    }
    agenda = Table((("1", "14:30", "充电棚选址", "政协委员 张三"),), AGENDA_HEADS, AGENDA_WIDTHS)
    names = _sheet([("张三", "政协委员"), ("报名第 1 号", "居民")])
    agreed = Table((("1", "在 3 栋东侧建充电棚", "桂花苑物业", "2026年4月30日"),), AGREED_HEADS, AGREED_WIDTHS)
    return Filling(words, {AGENDA: (agenda,), NAMES: (names,), AGREEMENTS: (agreed,)})


AGENDA_HEADS, AGENDA_WIDTHS = ("序号", "时间", "议题", "主讲"), (10, 14, 46, 30)
AGREED_HEADS, AGREED_WIDTHS = ("序号", "约定内容", "负责单位", "完成期限"), (10, 42, 23, 25)

NOTICE = PaperKind(
    name="notice",
    label=gettext_lazy("会议通知"),
    title="关于召开“{活动}”的通知",
    body=(
        "各位委员、各有关单位：\n"
        "为听取意见、共同商量，定于近期召开“{活动}”，有关事项通知如下。\n"
        "一、时间\n"
        "{时间}\n"
        "二、地点\n"
        "{地点}\n"
        "{线上链接}\n"
        "三、议程\n"
        "{议程}\n"
        "四、有关要求\n"
        "请准时参加，不能参加的请提前告知。报名截止时间为{报名截止}。联系电话：{办公电话}。"
    ),
    words=WORDS,
    parts=PARTS,
    sample=_sample,
)
SIGN_IN = PaperKind(
    name="sign-in",
    label=gettext_lazy("签到表"),
    title="“{活动}”签到表",
    body="时间：{时间}\n地点：{地点}\n{签到名单}",
    signature="",
    words=WORDS,
    parts=PARTS,
    sample=_sample,
    is_dense=True,
)
MINUTES = PaperKind(
    name="minutes",
    label=gettext_lazy("会议纪要"),
    title="“{活动}”会议纪要",
    body=(
        "{时间}，“{活动}”在{地点}举行。\n{到场情况}\n一、议程\n{议程}\n二、会议情况\n{纪要}\n三、约定事项\n{约定事项}"
    ),
    words=WORDS,
    parts=PARTS,
    sample=_sample,
)
KINDS = (NOTICE, SIGN_IN, MINUTES)


# --- Of one event ----------------------------------------------------------------------------------------------------


def why_not(event: Event, kind: PaperKind) -> str:
    """Why a paper cannot be made now, in a sentence; empty if it can."""
    if kind is MINUTES:
        return "" if event.minutes else _("还没有纪要。")
    if event.is_cancelled:
        return _("活动已取消。")
    return _("活动已经结束。") if kind is NOTICE and event.was_held else ""


def paper_of(event: Event, kind: PaperKind, *, called: Mapping[int, str] | None = None) -> Paper:
    """Make a paper about an event. Seven queries at most.

    Args:
        called: the forms of address of those who signed up, by the numbers of their sign-ups, where they were revealed.
    """
    with translation.override("zh-hans"), portal.showing(Voice(event.area_id)):
        texts = texts_of(kind, event.area_id)
        prefetch_related_objects([event], Prefetch("agenda__presenters", Presenter.objects.select_related("member")))
        uses = paper_kinds.used(texts)
        words = _words(event, uses)
        parts: dict[str, tuple[Block, ...]] = {AGENDA: _agenda(event)}
        if NAMES in uses:
            parts[NAMES] = (_names(event, called or {}),)
        if AGREEMENTS in uses:
            parts[AGREEMENTS] = _agreements(event)
        below = "" if kind is not MINUTES or event.minutes_are_public else "（草稿，尚未公布）"
        return paper_kinds.compose(
            kind, texts, Filling(words, parts), name=f"event-{event.pk}-{kind.name}", below=below
        )


def _words(event: Event, uses: set[str]) -> dict[str, str]:
    texts, starts = portal.shown(), timezone.localtime(event.starts_at)
    venue = event.venue
    return {
        "活动": event.title,
        "系列": str(event.series or ""),
        "时间": _time(event),
        "会议日期": day_words(starts.date()),
        "地点": f"{venue}（{venue.address}）" if venue and venue.address else event.where,
        "介绍": event.summary,
        "报名截止": _moment(event.last_sign_up),
        "线上链接": event.online_url,
        "到场情况": _present(event) if "到场情况" in uses else "",
        "纪要": event.minutes,
        "办公电话": texts.phone or "＿＿＿＿＿＿＿＿",
        "落款": texts.organiser or str(texts),
        "日期": day_words(clock.today()),
    }


def _moment(moment) -> str:
    local = timezone.localtime(moment)
    return f"{day_words(local.date())} {local:%H:%M}"


def _time(event: Event) -> str:
    starts, ends = timezone.localtime(event.starts_at), timezone.localtime(event.ends_at)
    until = f"{ends:%H:%M}" if ends.date() == starts.date() else _moment(event.ends_at)
    return f"{day_words(starts.date())}（{date_format(starts, 'l')}）{starts:%H:%M}至{until}"


def _agenda(event: Event) -> tuple[Block, ...]:
    rows = tuple(
        (
            str(number),
            f"{item.starts_at:%H:%M}" if item.starts_at else "",
            str(item),
            "、".join(filter(None, (*(row.member.title for row in item.presenters.all()), item.presenter))),
        )
        for number, item in enumerate(event.agenda.all(), 1)
    )
    return (Table(rows, AGENDA_HEADS, AGENDA_WIDTHS),) if rows else (Text("议程另行通知。"),)


def _agreements(event: Event) -> tuple[Block, ...]:
    rows = tuple(
        (str(one.number), one.what, one.owner, day_words(one.due_on))
        for one in event.agreements.select_related("organisation").order_by("number")
    )
    return (Table(rows, AGREED_HEADS, AGREED_WIDTHS),) if rows else (Text("本次没有形成约定事项。"),)


def _names(event: Event, called: Mapping[int, str]) -> Table:
    """Whoever presents comes first, then the other members around, then those who signed up."""
    presenting = [row.member for item in event.agenda.all() for row in item.presenters.all()]
    first = list(dict.fromkeys(presenting))
    others = [member for member in members_around(event).order_by("order", "pk") if member not in first]
    rows = [(str(member), member.position or "政协委员") for member in (*first, *others)]
    for sign_up in event.sign_ups.confirmed():
        name = called.get(sign_up.number) or f"报名第 {sign_up.number} 号"
        rows.append((name, sign_up.get_sector_display() or "居民"))
    return _sheet(rows)


def _sheet(people: Iterable[tuple[str, str]]) -> Table:
    rows = [*people, *[("", "")] * SPARE_ROWS]
    return Table(
        tuple((str(number), name, who, "", "") for number, (name, who) in enumerate(rows, 1)),
        heads=("序号", "姓名或单位", "身份", "签名", "备注"),
        widths=(9, 27, 24, 24, 16),
        height=9,
    )


def _present(event: Event) -> str:
    """Who came: members and organisations by name, residents as a number that names nobody."""
    members: list[Member] = []
    organisations, residents = [], 0
    rows = Attendance.objects.filter(event=event).select_related("member", "organisation").order_by("at", "pk")
    for row in rows:
        if row.member:
            members.append(row.member)
        elif row.organisation or row.sector:
            name = row.organisation or row.get_sector_display()
            organisations.append(f"{name}（{people_words(row.people)}）")
        else:
            residents += row.people
    found = (
        ("委员", "、".join(map(str, members))),
        ("单位", "、".join(organisations)),
        ("居民", people_words(residents) if residents else ""),
    )
    said = "；".join(f"{who}：{words}" for who, words in found if words)
    return f"到场的有{said}。" if said else ""
