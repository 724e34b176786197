"""Files whose columns are called otherwise than ours: what each column is taken for, by its heading and its content."""

import io
from pathlib import Path

import openpyxl
import pytest

from demands import services, suggestions
from demands.sheets import batches as list_sheets
from demands.sheets import mapping
from foundation import raw_sheets
from foundation.actors import SYSTEM
from foundation.sheets import SheetError
from tests import factories

DATA = Path(__file__).parent / "data"


def table(*lines: str) -> raw_sheets.RawTable:
    return raw_sheets.read(io.BytesIO("\n".join(lines).encode()), known=mapping.meanings())


def guessed(*lines: str, named: dict[str, str] | None = None) -> dict[str, str]:
    """What each column of a file is taken for, by its heading."""
    found = table(*lines)
    return {found.headings[place]: name for name, place in mapping.guess(found, named).where.items()}


# --- By the heading --------------------------------------------------------------------------------------------------


def test_a_platforms_messages_are_read_as_they_are():
    with open(DATA / "messages.csv", "rb") as file:
        found = raw_sheets.read(file, known=mapping.meanings())
    assert len(found.rows) == 5
    assert mapping.guess(found).where == {
        **{"reference": 0, "title": 2, "posted_at": 3, "body": 4, "reply": 5, "replied_at": 6},
    }
    assert mapping.missing(mapping.guess(found).where) == []


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("主题,留言详情,留言时间,答复意见,答复时间", ["title", "body", "posted_at", "reply", "replied_at"]),
        ("工单号,诉求内容,来电时间,所属社区,详细地址", ["reference", "body", "posted_at", "area", "place"]),
        ("事项名称,内容（必填）,登记日期,部门,类型", ["title", "body", "posted_at", "source", "category"]),
        ("Subject,Message,Date,Address,Answer", ["title", "body", "posted_at", "place", "reply"]),
    ],
)
def test_columns_are_known_by_what_others_call_them(head, expected):
    assert list(guessed(head, "甲,乙,丙,丁,戊").values()) == expected


def test_our_own_name_of_a_column_goes_before_what_others_call_it():
    assert guessed("日期,提出时间,正文,内容", "2025-03-01,2025-03-02,甲,乙") == {
        "提出时间": "posted_at",
        "内容": "body",
    }


def test_who_wrote_it_is_left_out():
    found = guessed("author,网民昵称,序号,标题,内容,提出时间", "甲,乙,1,丙,丁,2025-03-01")
    assert list(found) == ["标题", "内容", "提出时间"]


def test_what_somebody_said_goes_before_any_guess():
    lines = ("标题,备注,内容,提出时间", "甲,乙,丙,2025-03-01")
    assert guessed(*lines, named={"body": "备注"}) == {"备注": "body", "标题": "title", "提出时间": "posted_at"}


# --- By the content --------------------------------------------------------------------------------------------------


def test_dates_and_long_texts_are_recognised_where_the_heading_says_nothing():
    line = "3 号门外的路灯坏了两周，晚上看不清台阶。,{},{},已经换新了。"
    lines = ("某列,甲列,乙列,答复", *(line.format(f"2025-03-0{day + 2}", f"2025-03-0{day}") for day in range(1, 6)))
    found = table(*lines)
    guess = mapping.guess(found)
    assert guess.where == {"reply": 3, "posted_at": 2, "replied_at": 1, "body": 0}
    assert guess.by_content == {"posted_at", "replied_at", "body"}


def test_a_column_with_few_dates_is_none_of_dates():
    assert "posted_at" not in guessed("内容,甲列", "甲,2025-03-01", "乙,昨天", "丙,不详", "丁,2025-03-02").values()


def test_what_is_left_out_by_its_heading_is_not_guessed_by_its_content():
    found = guessed("作者,提出时间", "这位网民的昵称有二十多个字那么长长长长长长,2025-03-01")
    assert list(found) == ["提出时间"]


# --- The header ------------------------------------------------------------------------------------------------------


def test_the_header_is_the_row_with_the_most_known_names_in_any_sheet():
    book = openpyxl.Workbook()
    book.active.append(["说明", "填法"])
    sheet = book.create_sheet("台账")
    for row in (["湖东街道 2025 年台账"], ["主题", "内容", "留言时间"], ["路灯", "路灯不亮。", "2025-03-03"]):
        sheet.append(row)
    output = io.BytesIO()
    book.save(output)
    found = raw_sheets.read(output, known=mapping.meanings())
    assert found.headings == ["主题", "内容", "留言时间"]
    assert [(row.number, row.cells) for row in found.rows] == [(3, ["路灯", "路灯不亮。", "2025-03-03"])]


def test_columns_without_a_name_are_there_and_empty_rows_are_not():
    found = table("内容,提出时间", "路灯不亮,2025-03-03,,多一格", ",,", "井盖松动,2025-03-04")
    assert found.headings == ["内容", "提出时间", "", ""]
    assert [row.number for row in found.rows] == [2, 4]
    assert [str(problem) for problem in raw_sheets.nameless(found)] == ["第 2 行：D 列有内容，但表头没有列名。"]


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (["只有一列", "甲"], "没有找到表头。前 10 行中须有一行是各列的名称，至少两列。"),
        (["内容,提出时间"], "表头下面没有内容。"),
        (["内容,提出时间", *["甲,2025-03-01"] * 5001], "表格过长：一次最多 5000 行，请分几份上传。"),
    ],
)
def test_a_file_without_header_or_rows_is_refused_with_a_sentence(lines, sentence):
    with pytest.raises(SheetError) as error:
        table(*lines)
    assert str(error.value) == sentence


# --- Categories ------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_row_without_a_category_gets_the_one_that_its_words_suggest():
    lamps, cars = factories.category("lamps", name="照明"), factories.category("cars", name="停车")
    for category, words in ((lamps, "路灯不亮"), (cars, "停车位不够")):
        for _number in range(6):
            factories.demand("accepted", description=words, category=category)
    services.words.learn(actor=SYSTEM)
    other = factories.category("other", name="其他")
    defaults = list_sheets.Defaults(factories.tree().subdistrict, other, suggest=suggestions.categories.suggester())
    file = io.BytesIO(
        "标题,内容,提出时间,类别\n,路灯不亮,2025-03-03,\n,路灯不亮,2025-03-03,停车\n,天气,2025-03-03,".encode()
    )
    rows = list_sheets.read(file, defaults).rows
    assert [row.category for _number, row in rows] == [lamps, cars, other]
    assert suggestions.categories.suggest("路灯不亮") == lamps


@pytest.mark.django_db
def test_where_nothing_was_learnt_nothing_is_suggested():
    assert suggestions.categories.suggester()("路灯不亮", "") is None
