"""Fill the text of the report in."""

import datetime
from collections.abc import Callable

from django.utils import translation

from consultation.models import Area, AreaLevel, PartnerSector, places
from consultation.models.papers import texts_of
from consultation.models.subdistricts import Voice, several
from demands.statistics import sums
from foundation import clock, paper_kinds, portal
from foundation.paper_kinds import Filling
from foundation.papers import Bar, Block, Chart, Paper, Table, day_words
from foundation.periods import Period
from nanhu_portal.staff_figures.columns import By
from nanhu_portal.staff_figures.sources import Scope, Share
from nanhu_portal.staff_figures.tables import Table as Figures
from nanhu_portal.staff_figures.tables import figures

from . import lists
from .kind import REPORT

# Placeholder → the figure that it is.
NUMBERS = {
    "收到": "received",
    "居民提出": "bottom_up",
    "部门提出": "top_down",
    "办结": "solved",
    "未予办理": "declined",
    "在办": "open",
    "超期": "overdue",
    "响应率": "response",
    "解决率": "resolution",
    "满意率": "result",
    "活动": "meetings",
    "服务人数": "served",
    "计划档期": "slots",
    "错过档期": "slots_missed",
    "约定": "made",
    "兑现": "kept",
    "未兑现": "missed",
    "落实中": "running",
    "过期": "late",
    "履职": "duties",
    "履职委员": "members",
    "资源服务": "used",
}
# The table of communities: headings, and figures.
OF_COMMUNITIES = {
    "收到": "received",
    "办结": "solved",
    "在办": "open",
    "超期": "overdue",
    "活动": "meetings",
    "约定": "made",
    "兑现": "kept",
    "资源服务": "used",
}
LISTS: dict[str, Callable[[Period, Scope], tuple[Block, ...]]] = {
    "办结清单": lists.solved,
    "活动清单": lists.held,
    "项目清单": lists.projects,
    "超期清单": lists.overdue,
    "错过清单": lists.missed,
    "未兑现清单": lists.unkept,
}
ONE_DAY = datetime.timedelta(days=1)
# Over fewer demands a rate is not worked out.
TOO_FEW = "（件数不足，不计算）"


def paper_of(period: Period, scope: Scope, subdistrict: Area | None) -> Paper:
    """Make the report on a period. At most twenty queries, however long it is and however many rows there are.

    Args:
        scope: the keys of the areas that count; None for all.
        subdistrict: which one reports; None for all.
    """
    # A report of all is written with the text of all, not with that of one of them.
    place = subdistrict or places.of_level(AreaLevel.DISTRICT)[0]
    voice = Voice(subdistrict and subdistrict.pk)
    with translation.override("zh-hans"), portal.showing(voice):
        table = figures(period, By.COMMUNITY, scope)
        texts = texts_of(REPORT, place.pk)
        uses = paper_kinds.used(texts)
        of_series = lists.series(period, scope)
        parts: dict[str, tuple[Block, ...]] = {
            "月度图": _by_month(period, scope),
            "社区图": _by_community(table),
            "社区表": _communities(table),
            "系列表": lists.series_table(of_series),
            "系列图": _chart("各系列举行的次数", ("次",), [(row.name, (row.held,)) for row in of_series]),
            "五方图": _chart(
                "五方到场的活动",
                ("场",),
                [(str(one.label), (table.total[f"meetings_{one.value}"],)) for one in PartnerSector],
            ),
            **{name: read(period, scope) for name, read in LISTS.items() if name in uses},
        }
        filling = Filling(_words(period, table, subdistrict), parts)
        code = f"-{subdistrict.code}" if subdistrict and several() else ""
        name = f"report-{period.first:%Y%m%d}-{period.last:%Y%m%d}{code}"
        return paper_kinds.compose(REPORT, texts, filling, name=name)


def _words(period: Period, table: Figures, subdistrict: Area | None) -> dict[str, str]:
    speaking = portal.shown()
    return {
        **{word: _written(table.total[figure]) for word, figure in NUMBERS.items()},
        "地区": str(subdistrict or speaking),
        "期间": str(period).replace(" ", ""),
        "落款": speaking.organiser or str(speaking),
        "日期": day_words(clock.today()),
    }


def _written(value) -> str:
    if isinstance(value, Share):
        return f"{value.percent}%" if value.percent else TOO_FEW
    return str(value)


# --- Charts and tables -----------------------------------------------------------------------------------------------


def _chart(title: str, series: tuple[str, ...], rows: list[tuple[str, tuple[int, ...]]]) -> tuple[Block, ...]:
    """Bars, or nothing where all of them are nought."""
    if not any(number for _name, numbers in rows for number in numbers):
        return ()
    return (Chart(title, series, tuple(Bar(name, numbers) for name, numbers in rows)),)


def _by_month(period: Period, scope: Scope) -> tuple[Block, ...]:
    """Months that have not begun are left out."""
    groups, _whole = sums.sums(clock.now(), "month", period.moments, scope)
    months, day = [], period.first
    while day <= min(period.last, clock.today()):
        month = Period.around(day, "month")
        found = groups.get(f"{day:%Y-%m}", {"received": 0, "solved": 0})
        months.append((f"{day.month}月", (found["received"], found["solved"])))
        day = month.last + ONE_DAY
    return _chart("每月收到的需求和其中已办结的", ("收到", "办结"), months)


def _by_community(table: Figures) -> tuple[Block, ...]:
    rows = [(row.name, (row["received"], row["solved"])) for row in table.rows if row["received"]]
    return _chart("各社区收到的需求和其中已办结的", ("收到", "办结"), rows)


def _communities(table: Figures) -> tuple[Block, ...]:
    rows = tuple(
        (row.name, *(str(row[figure]) for figure in OF_COMMUNITIES.values())) for row in (*table.rows, table.total)
    )
    return (Table(rows, ("社区", *OF_COMMUNITIES), (28, *[9] * len(OF_COMMUNITIES)), labelled=True),)
