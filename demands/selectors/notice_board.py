"""公示: what became of the demands of a community or compound in a month, as a sheet for its notice board.

Published rows and public texts alone, each with the QR code of its public page.
"""

from collections.abc import Iterable

from django.db.models import Q
from django.urls import reverse
from django.utils import translation
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy

from consultation.models import Area, places
from consultation.models.papers import texts_of
from consultation.models.subdistricts import Voice
from consultation.selectors.venues import FILTERS
from foundation import clock, paper_kinds, portal
from foundation.links import absolute
from foundation.paper_kinds import Filling, PaperKind
from foundation.papers import Block, Code, Paper, Style, Table, Text, day_words
from foundation.periods import Period

from ..models import Demand
from ..workflow import OPEN, SOLVED, DemandStatus

# Rows of a list on a sheet; the rest is on the page that the sheet's own code leads to.
MAX_ROWS = 40
MAX_RESULT = 80
CODE = 20  # millimetres

WORDS = {
    "地点": gettext_lazy("社区或小区"),
    "月份": gettext_lazy("公示的月份"),
    "收到件数": gettext_lazy("当月收到、已公开的需求件数"),
    "办结件数": gettext_lazy("当月办结、已公开的需求件数"),
    "在办件数": gettext_lazy("现在还在办理、已公开的需求件数"),
    "门户": gettext_lazy("门户名称"),
    "办公电话": gettext_lazy("联系电话"),
    "落款": gettext_lazy("主办单位"),
    "日期": gettext_lazy("今天"),
}
ENDED, GOING_ON, CODE_OF_LIST = "办结清单", "在办清单", "二维码"
PARTS = {
    ENDED: gettext_lazy("当月办结和未予办理的需求，每件有二维码"),
    GOING_ON: gettext_lazy("现在还在办理的需求，每件有二维码"),
    CODE_OF_LIST: gettext_lazy("这个社区或小区全部公开需求的二维码"),
}


def _sample() -> Filling:
    words = {
        "地点": "桂花社区 · 桂花苑",
        "月份": "2026年3月",
        "收到件数": "3",
        "办结件数": "1",
        "在办件数": "2",
        "门户": "一线协商",
        "办公电话": "027-80000000",
        "落款": "政协湖东街道联络委",
        "日期": "2026年4月1日",
    }
    code = Code("https://portal.example/demands/", CODE)
    ended = ("NH20260301001\n楼梯灯不亮", "已办结，待居民确认\n楼梯灯已修复。", code)
    going_on = ("NH20260309002\n加装充电棚", "协商中", code)
    return Filling(
        words, {ENDED: (_table([ended]),), GOING_ON: (_table([going_on]),), CODE_OF_LIST: (Code(code.address),)}
    )


NOTICE_BOARD = PaperKind(
    name="board",
    label=gettext_lazy("公示"),
    title="{地点}{月份}居民需求办理公示",
    body=(
        "{月份}收到已公开的需求{收到件数}件，办结{办结件数}件，现在还在办理的有{在办件数}件。扫每件的二维码可以看经过。\n"
        "一、{月份}办结的\n"
        "{办结清单}\n"
        "二、还在办理的\n"
        "{在办清单}\n"
        "全部公开的需求请扫下面的二维码，有需求也可以在“{门户}”提出，或拨打{办公电话}。\n"
        "{二维码}"
    ),
    words=WORDS,
    parts=PARTS,
    sample=_sample,
    is_dense=True,
)


def sheets(areas: Iterable[Area], month: Period) -> list[Paper]:
    """Make a sheet for each area, all areas of one subdistrict. The number of queries does not grow with the areas.

    Args:
        month: a calendar month.
    """
    areas = list(areas)
    within = {area.pk: frozenset(places.within(area)) for area in areas}
    keys = frozenset().union(*within.values())
    shown = list(
        Demand.objects.public()
        .filter(area__in=keys)
        .filter(Q(received_at__range=month.moments) | Q(closed_at__range=month.moments) | Q(status__in=OPEN))
        .exclude(status__in=(DemandStatus.MERGED, DemandStatus.WITHDRAWN, DemandStatus.SPLIT))
        .defer("description", "place")
        .order_by("received_at", "pk")
    )
    with translation.override("zh-hans"), portal.showing(Voice(areas[0].pk)):
        texts = texts_of(NOTICE_BOARD, areas[0].pk)
        return [
            _sheet(area, month, texts, [demand for demand in shown if demand.area_id in within[area.pk]])
            for area in areas
        ]


def _sheet(area: Area, month: Period, texts, demands: list[Demand]) -> Paper:
    first, last = month.moments
    ended = [one for one in demands if one.closed_at and first <= one.closed_at <= last]
    going_on = [one for one in demands if one.is_open]
    speaking = portal.shown()
    words = {
        "地点": area.place,
        "月份": f"{month.first.year}年{month.first.month}月",
        "收到件数": str(sum(first <= one.received_at <= last for one in demands)),
        "办结件数": str(sum(one.status in SOLVED for one in ended)),
        "在办件数": str(len(going_on)),
        "门户": str(speaking),
        "办公电话": speaking.phone or "＿＿＿＿＿＿＿＿",
        "落款": speaking.organiser or str(speaking),
        "日期": day_words(clock.today()),
    }
    parts: dict[str, tuple[Block, ...]] = {
        ENDED: _list(ended, "本月没有办结的公开需求。"),
        GOING_ON: _list(going_on, "没有在办的公开需求。"),
        CODE_OF_LIST: (Code(_address_of_list(area), 30),),
    }
    name = f"board-{area.code}-{month.first:%Y-%m}"
    return paper_kinds.compose(NOTICE_BOARD, texts, Filling(words, parts), name=name)


def _address_of_list(area: Area) -> str:
    return absolute(f"{reverse('demand_list')}?{FILTERS[area.level]}={area.code}")


def _list(demands: list[Demand], none: str) -> tuple[Block, ...]:
    if not demands:
        return (Text(none),)
    rows = [_row(demand) for demand in demands[:MAX_ROWS]]
    left = len(demands) - len(rows)
    rest = (Text(f"另有{left}件，请扫下面的二维码查看。", Style.NOTE),) if left else ()
    return (_table(rows), *rest)


def _row(demand: Demand) -> tuple:
    result = Truncator(demand.public_result.replace("\n", "")).chars(MAX_RESULT) if demand.closed_at else ""
    state = "\n".join(filter(None, (demand.get_status_display(), result)))
    address = absolute(reverse("demand_detail", args=[demand.ref]))
    return f"{demand.ref}\n{demand.public_title}", state, Code(address, CODE)


def _table(rows: list[tuple]) -> Table:
    return Table(tuple(rows), heads=("编号和事项", "进展和结果", "扫码看经过"), widths=(38, 42, 20))
