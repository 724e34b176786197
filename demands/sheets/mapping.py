"""Which column of a file holds what: guessed by its heading, and else by what is in it. A person decides."""

import contextlib
import datetime
import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache

from django.core.exceptions import ValidationError

from foundation import contacts
from foundation.raw_sheets import RawTable
from foundation.sheets import DateTimeCell, find_unread, in_languages, key, plain_heading, without_decimals

from .demands import LABELS, OURS, SHOWN

# What others call our columns. Their labels here, in any language, and their names need not be listed.
SYNONYMS: dict[str, tuple[str, ...]] = {
    "title": ("主题", "题目", "事项", "事项名称", "需求标题", "诉求标题", "留言主题", "留言标题", "subject", "heading"),
    "body": (
        *(
            "留言",
            "留言详情",
            "留言内容",
            "需求内容",
            "诉求内容",
            "反映内容",
            "事项内容",
            "问题描述",
            "具体内容",
            "详情",
        ),
        *("内容描述", "需求描述", "正文", "content", "text", "message", "description", "details"),
    ),
    "posted_at": (
        *(
            "留言时间",
            "提交时间",
            "反映时间",
            "反映日期",
            "诉求时间",
            "来电时间",
            "登记时间",
            "登记日期",
            "受理登记时间",
        ),
        *("提出日期", "收到时间", "收到日期", "日期", "时间", "created_at", "submitted_at", "received_at", "date"),
    ),
    "category": ("分类", "类型", "需求类别", "诉求类别", "问题类别", "一级分类", "所属类别", "type"),
    "area": ("社区", "小区", "所属社区", "所属小区", "所在社区", "区域", "所属区域", "community", "district"),
    "place": ("地址", "详细地址", "具体地址", "地点描述", "发生地址", "address", "location"),
    "source": ("部门", "提出部门", "来源单位", "提出单位", "交办部门", "department"),
    "reference": ("编号", "工单号", "工单编号", "留言编号", "事项编号", "受理编号", "message_id", "ticket", "case_id"),
    "reply": (
        *("答复意见", "答复内容", "回复", "回复内容", "办理结果", "办理情况", "处理结果", "处理情况", "反馈内容"),
        *("answer", "response", "result"),
    ),
    "state": ("状态", "当前状态", "处理状态", "办理进度", "处理进度", "办结情况", "state"),
    "accepted_at": ("受理日期", "接收时间", "立案时间", "accepted_at"),
    "consulted_at": ("协商日期", "议事时间", "议事日期", "consulted_at"),
    "consultation": ("协商结果", "协商过程", "议事情况", "协商记录", "consultation"),
    "closed_at": ("办结日期", "完成时间", "完成日期", "结案时间", "结案日期", "closed_at"),
    "owner": ("承办人", "办理人", "责任人", "负责人", "owner", "assignee"),
    "unit": ("承办单位", "办理单位", "主办单位", "处理单位", "责任部门", "unit"),
    "note": ("内部备注", "note", "notes", "remark", "remarks"),
    "called": ("姓名", "联系人", "反映人", "来电人", "诉求人", "居民姓名", "name", "contact"),
    "phone": ("电话", "手机", "手机号", "手机号码", "电话号码", "来电号码", "联系方式", "phone", "mobile", "tel"),
    "replied_at": ("答复日期", "回复时间", "回复日期", "反馈时间", "反馈日期", "answered_at", "response_time"),
}
# Left out unless somebody chooses otherwise: who wrote it, and what numbers the rows of the file itself.
AUTHORS = (
    *("作者", "网民", "网民昵称", "昵称", "用户", "用户名", "留言用户", "留言人", "发帖人"),
    *("author", "user", "username", "openid"),
)
NUMBERS = ("序号", "行号", "id", "no", "no.", "身份证", "身份证号", "证件号码")
SAMPLE = 50  # rows
# A column is one of dates if so many of its cells are, and one of texts if they have so many characters on average.
MOSTLY, LONG = 0.8, 15


@dataclass
class Guess:
    """Where a file has our columns, by their names; those in `by_content` were recognised by what is in them."""

    where: dict[str, int]
    by_content: set[str] = field(default_factory=set)


@cache
def _labels() -> dict[str, str]:
    return {head: column.name for column in OURS for head in column.heads}


@cache
def meanings() -> dict[str, str]:
    """Headings, as `sheets.key` normalises them, with the column that each means; "" for what is left out, such as
    the status in an export, which is that of another portal.
    """
    others = {key(word): name for name, words in SYNONYMS.items() for word in words}
    return {key(word): "" for word in (*AUTHORS, *NUMBERS, *in_languages(SHOWN[0].label))} | others | _labels()


def _plain(heading: str) -> str:
    return key(plain_heading(heading, meanings()))


def guess(table: RawTable, named: Mapping[str, str] | None = None) -> Guess:
    """Guess where a table has our columns.

    Args:
        named: what the file calls a column, by its name, where somebody has said so.
    """
    headings = [_plain(heading) for heading in table.headings]
    found = Guess({name: table.headings.index(word) for name, word in (named or {}).items() if word in table.headings})
    taken = set(named or ())
    for meant in (_labels(), meanings()):
        for place, heading in enumerate(headings):
            name = meant.get(heading)
            if name and name not in taken and place not in found.where.values():
                found.where[name] = place
                taken.add(name)
    open_places = [
        place
        for place, heading in enumerate(headings)
        if place not in found.where.values() and heading not in meanings() and table.headings[place]
    ]
    _guess_by_content(table, found, open_places, taken)
    return replace(found, where=dict(sorted(found.where.items(), key=lambda pair: pair[1])))


def _guess_by_content(table: RawTable, found: Guess, places: list[int], taken: set[str]) -> None:
    samples = {place: _sample(table, place) for place in places}
    dates = {place: days for place in places if (days := _dates(samples[place]))}
    # The earlier one first: what was answered had been asked before.
    for name in ("posted_at", "replied_at"):
        if dates and name not in taken and (name == "posted_at" or "reply" in found.where):
            found.where[name] = min(dates, key=lambda place: (dates[place], place))
            found.by_content.add(name)
            del dates[found.where[name]]
    phones = [place for place in places if place not in dates and _are_phones(samples[place])]
    if phones and "phone" not in taken:
        found.where["phone"] = phones[0]
        found.by_content.add("phone")
    lengths = {
        place: sum(map(len, samples[place])) / len(samples[place])
        for place in places
        if samples[place] and place not in found.where.values() and place not in dates
    }
    if "body" not in taken and lengths and max(lengths.values()) >= LONG:
        found.where["body"] = max(lengths, key=lengths.__getitem__)
        found.by_content.add("body")


def _sample(table: RawTable, place: int) -> list[str]:
    return list(itertools.islice(filter(None, (row.cell(place) for row in table.rows)), SAMPLE))


def _dates(cells: list[str]) -> datetime.datetime | None:
    """The middle one of these dates; None where too few of them are dates."""
    cell, days = DateTimeCell(), []
    for text in cells:
        with contextlib.suppress(ValidationError):
            days.append(cell.clean(text))
    return sorted(days)[len(days) // 2] if days and len(days) >= MOSTLY * len(cells) else None


def _are_phones(cells: list[str]) -> bool:
    count = 0
    for text in cells:
        with contextlib.suppress(contacts.PhoneError):
            contacts.normal_phone(without_decimals(text))
            count += 1
    return bool(count) and count >= MOSTLY * len(cells)


def is_ours(table: RawTable) -> bool:
    """Whether a table has the headings of the template and of exports, in one of the site's languages."""
    headings = {_plain(heading) for heading in table.headings}
    return all(headings & {key(word) for word in in_languages(column.label)} for column in OURS if column.required)


def missing(where: Mapping[str, int], named: Mapping[str, str] | None = None) -> list[str]:
    """The columns that an import needs, or that somebody has named, and that a file lacks, as the file calls them."""
    named = named or {}
    needed = [column for column in OURS if column.name not in where and (column.required or column.name in named)]
    return [named.get(column.name, str(column.label)) for column in needed]


def is_ambiguous(table: RawTable) -> bool:
    """Whether two columns have our own name of the same column."""
    names = [name for heading in table.headings if (name := _labels().get(_plain(heading)))]
    return len(set(names)) < len(names)


def headings_of(table: RawTable, where: Mapping[str, int]) -> dict[str, str]:
    """How a file calls our columns, by their names; our own label where it lacks one."""
    own = {name: str(label) for name, label in LABELS.items()}
    return own | {name: table.headings[place] or own[name] for name, place in where.items()}


def unread(table: RawTable, where: Mapping[str, int]) -> list[tuple[str, str]]:
    """The columns that are not read, as `sheets.not_read` takes them."""
    by_name = {column.name: column for column in OURS}
    columns = {place: by_name[name] for name, place in where.items()}
    places = {place: (heading, columns.get(place)) for place, heading in enumerate(table.headings) if heading}
    return find_unread(places, OURS)


def guessed(table: RawTable, where: Mapping[str, int]) -> list[tuple[str, str]]:
    """The columns whose headings are not ours, as heading and the label of what they are read as."""
    read = [(table.headings[place], name) for name, place in where.items()]
    return [(heading, str(LABELS[name])) for heading, name in read if _labels().get(_plain(heading)) != name]


def is_of_residents(table: RawTable, where: Mapping[str, int]) -> bool:
    """Whether a table says who wrote its rows, as the messages of residents do."""
    headings = {_plain(heading) for heading in table.headings}
    return "called" in where or "phone" in where or not headings.isdisjoint(map(key, AUTHORS))
