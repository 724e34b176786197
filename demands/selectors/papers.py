"""The papers about one demand: 转办单 and 交办函 to a unit, 答复函 to its resident.

Contacts and the numbers in residents' own words are masked, unless they were revealed for this paper.
"""

import contextlib
from collections.abc import Mapping

from django.core.files.storage import default_storage
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consultation.models.papers import texts_of
from consultation.models.subdistricts import Voice
from foundation import clock, paper_kinds, portal
from foundation.paper_kinds import Filling, PaperKind
from foundation.papers import Block, Paper, Photo, Style, Table, Text, day_words
from foundation.personal_numbers import masked
from foundation.portal import PortalTexts
from foundation.uploads import PhotoReview

from ..models import Demand, DemandMessage, DemandPhoto, MessageKind, OfficeRequest
from ..models.categories import placed
from ..services.replies import addressed_as

# To be written by hand.
BLANK, BLANK_DAY = "＿＿＿＿＿＿＿＿", "＿＿＿年＿＿月＿＿日"
MAX_PHOTOS = 4

WORDS = {
    "编号": gettext_lazy("需求编号"),
    "类别": gettext_lazy("需求类别"),
    "地点": gettext_lazy("社区和小区"),
    "具体位置": gettext_lazy("居民写的具体位置，其中的个人号码已遮盖"),
    "收到日期": gettext_lazy("收到需求的日期"),
    "来源": gettext_lazy("需求从哪里来，如网页、窗口"),
    "诉求": gettext_lazy("居民原话，其中的个人号码已遮盖"),
    "承办单位": gettext_lazy("责任单位；没有确定的留空手写"),
    "答复期限": gettext_lazy("请其答复的期限，没有的用办结期限；已过的留空手写"),
    "请答复的问题": gettext_lazy("最近一次请外部单位答复时写的问题"),
    "答复": gettext_lazy("最近一次给居民的答复"),
    "称呼": gettext_lazy("居民的称呼；不含联系方式时为“居民朋友”"),
    "联系方式": gettext_lazy("居民的电话和邮箱，不含联系方式时遮盖"),
    "门户": gettext_lazy("门户名称"),
    "办公电话": gettext_lazy("联系电话"),
    "落款": gettext_lazy("主办单位"),
    "日期": gettext_lazy("今天"),
}
PARTS = {
    "需求情况表": gettext_lazy("编号、类别、地点、时间、内容和联系方式的表格"),
    "回执表": gettext_lazy("由对方填写办理结果的空白表格"),
    "照片": gettext_lazy("审核为可公开的照片，最多 4 张"),
}


# --- The sample ------------------------------------------------------------------------------------------------------


def _sample() -> Filling:
    words = {
        "编号": "NH20260314001",
        "类别": "设施维修",
        "地点": "桂花社区 桂花苑",
        "具体位置": "3 栋东侧楼梯口",
        "收到日期": "2026年3月14日",
        "来源": "窗口",
        "诉求": "楼梯口的灯坏了半个多月，晚上老人上下楼看不清。",
        "承办单位": "桂花苑物业服务中心",
        "答复期限": "2026年3月28日",
        "请答复的问题": "能否在本月内修复，由谁承担费用？",
        "答复": "楼梯灯已于3月20日修复，并检查了同一单元的其他照明。",
        "称呼": "居民朋友",
        "联系方式": "138****0000",
        "门户": "一线协商",
        "办公电话": "027-80000000",
        "落款": "政协湖东街道联络委",
        "日期": "2026年3月15日",
    }
    return Filling(words, {"需求情况表": (_facts(words),), "回执表": RECEIPT, "照片": ()})


def _facts(words: Mapping[str, str]) -> Table:
    where = "\n".join(filter(None, (words["地点"], words["具体位置"])))
    rows = [
        ("需求编号", words["编号"]),
        ("类别", words["类别"]),
        ("地点", where),
        ("收到时间", f"{words['收到日期']}（{words['来源']}）"),
        ("反映内容", words["诉求"]),
        ("联系方式", words["联系方式"]),
    ]
    if words["请答复的问题"]:
        rows.append(("请答复的问题", words["请答复的问题"]))
    return Table(tuple(rows), widths=(22, 78), labelled=True)


RECEIPT = (
    Text("回执", Style.CENTRE),
    Table(
        (("办理结果", "\n\n\n"), ("未办结的原因和下一步", "\n\n"), ("承办人和电话", ""), ("单位（盖章）和日期", "")),
        widths=(28, 72),
        labelled=True,
        height=14,
    ),
)

HANDOVER = PaperKind(
    name="handover",
    label=gettext_lazy("转办单"),
    title="居民需求转办单",
    body=(
        "{承办单位}：\n"
        "现将下列居民需求转请你单位办理。请于{答复期限}前办理，并填写回执书面答复；不属于你单位职责的，请说明理由并退回。\n"
        "{需求情况表}\n"
        "{照片}\n"
        "{回执表}"
    ),
    words=WORDS,
    parts=PARTS,
    sample=_sample,
    is_dense=True,
)
CHARGE = PaperKind(
    name="charge",
    label=gettext_lazy("交办函"),
    title="关于交办居民需求（{编号}）的函",
    body=(
        "{承办单位}：\n"
        "{收到日期}，我们收到居民反映的一件需求（编号{编号}，类别为{类别}，地点在{地点}）。居民反映：\n"
        "{诉求}\n"
        "经研究，现交你单位办理，有关要求如下。\n"
        "一、请尽快到现场核实，听取居民和所在社区的意见，提出办理方案。\n"
        "二、请于{答复期限}前书面答复办理情况。一时不能解决的，请说明原因、下一步措施和完成时间。\n"
        "三、办理结果由居民评价。居民反映没有解决的，将重新办理。\n"
        "联系电话：{办公电话}。"
    ),
    words=WORDS,
    parts=PARTS,
    sample=_sample,
)
REPLY = PaperKind(
    name="reply",
    label=gettext_lazy("答复函"),
    title="关于居民需求（{编号}）的答复函",
    body=(
        "{称呼}：\n"
        "您好。您于{收到日期}反映的需求（编号{编号}，类别为{类别}，地点在{地点}）已经收到，现答复如下：\n"
        "{答复}\n"
        "是否解决，由您评价：请用查询码打开“{门户}”的进度页，或拨打{办公电话}。没有解决的，可以要求重新办理。\n"
        "感谢您关心身边的事。"
    ),
    words=WORDS,
    parts=PARTS,
    sample=_sample,
)
KINDS = (HANDOVER, CHARGE, REPLY)


# --- Of one demand ---------------------------------------------------------------------------------------------------


def why_not(demand: Demand, kind: PaperKind) -> str:
    """Why a paper cannot be made now, in a sentence; empty if it can."""
    if demand.erased_at:
        return _("个人信息已按规定删除。")
    if kind is REPLY:
        return "" if _answers(demand).exists() else _("还没有答复居民。")
    return "" if demand.is_open else _("需求已经结束。")


def paper_of(demand: Demand, kind: PaperKind, *, shown: Mapping[str, str] | None = None) -> Paper:
    """Make a paper about a demand. Six queries at most.

    Args:
        shown: its contact and own words are shown whole; the contact as `contacts.reveal` returned it.
    """
    with translation.override("zh-hans"), portal.showing(Voice(demand.area_id)):
        texts = texts_of(kind, demand.area_id)
        words = _words(placed(demand), portal.shown(), shown)
        uses = paper_kinds.used(texts)
        if "答复" in uses:
            words["答复"] = _answer(demand, words["称呼"])
        parts: dict[str, tuple[Block, ...]] = {
            "需求情况表": (_facts(words),),
            "回执表": RECEIPT,
            "照片": tuple(_photos(demand)) if "照片" in uses else (),
        }
        return paper_kinds.compose(kind, texts, Filling(words, parts), name=f"{demand.ref}-{kind.name}")


def _answers(demand: Demand):
    return DemandMessage.objects.filter(demand=demand, kind=MessageKind.ANSWER).order_by("-at", "-pk")


def _answer(demand: Demand, called: str) -> str:
    """The latest answer, with this form of address."""
    body = _answers(demand).values_list("body", flat=True).first() or BLANK
    return addressed_as(body, lambda: called)


def _words(demand: Demand, texts: PortalTexts, shown: Mapping[str, str] | None) -> dict[str, str]:
    own = (lambda text: text) if shown is not None else masked
    called = (shown or {}).get("called") or "居民朋友"
    asked = OfficeRequest.objects.filter(demand=demand, revoked_at__isnull=True).order_by("-made_at", "-pk").first()
    return {
        "编号": demand.ref,
        "类别": str(demand.category),
        "地点": demand.area.place,
        "具体位置": own(demand.place),
        "收到日期": day_words(timezone.localdate(demand.received_at)),
        "来源": demand.get_channel_display(),
        "诉求": own(demand.description),
        "承办单位": str(demand.unit or (asked and asked.office) or BLANK),
        "答复期限": _until(demand, asked),
        "请答复的问题": asked.question if asked else "",
        "称呼": called,
        "联系方式": _contact(demand, shown),
        "门户": str(texts),
        "办公电话": texts.phone or BLANK,
        "落款": texts.organiser or str(texts),
        "日期": day_words(clock.today()),
    }


def _contact(demand: Demand, shown: Mapping[str, str] | None) -> str:
    if demand.contact is None:
        return "未留联系方式"
    if shown is None:
        return demand.contact.masked
    return "，".join(filter(None, (shown["called"], shown["phone"], shown["email"]))) or "未留联系方式"


def _until(demand: Demand, asked: OfficeRequest | None) -> str:
    """By when a unit answers: a day that is still to come, or a blank."""
    asked_until = asked and asked.answered_at is None and timezone.localdate(asked.expires_at)
    day = asked_until or (None if demand.is_paused else demand.resolution_due)
    return day_words(day) if day and day >= clock.today() else BLANK_DAY


def _photos(demand: Demand) -> list[Photo]:
    """Those that may be seen by others; one whose file is gone is left out."""
    rows = DemandPhoto.objects.filter(demand=demand, review=PhotoReview.APPROVED).order_by("pk")[:MAX_PHOTOS]
    found = []
    for row in rows:
        with contextlib.suppress(FileNotFoundError), default_storage.open(row.full) as file:
            found.append(Photo(file.read(), masked(row.alt) or row.whose))
    return found
