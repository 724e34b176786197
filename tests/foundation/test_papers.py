"""Papers: made of a text and its values, and shown as a page."""

import re
from types import SimpleNamespace

import pytest
from django.template.loader import render_to_string

from foundation.paper_kinds import Filling, PaperKind, compose
from foundation.papers import Bar, Chart, Code, Paper, Photo, Style, Table, Text
from tests import factories

LIST = Table((("1", "楼梯灯"), ("2", "充电棚")), heads=("序号", "事项"), widths=(20, 80))
KIND = PaperKind(
    name="letter",
    label="函",
    title="关于{事由}的函",
    body="{单位}：\n一、情况\n{经过}\n{清单}\n一、这是一句编号的话，不是小标题。\n\n{不认识}",
    words={"单位": "收文单位", "事由": "什么事", "经过": "经过", "落款": "谁发的", "日期": "今天"},
    parts={"清单": "事项清单"},
    sample=lambda: Filling({}),
)
VALUES = {
    "单位": "物业公司",
    "事由": "楼梯灯",
    "经过": "灯坏了。\n\n没人修。",
    "落款": "联络委",
    "日期": "2026年3月1日",
}


def test_a_paper_made_of_a_text():
    paper = compose(KIND, KIND, Filling(VALUES, {"清单": (LIST,)}), name="NH1-letter", below="第 1 号")
    assert paper == Paper(
        title="关于楼梯灯的函",
        blocks=(
            Text("物业公司：", Style.FLUSH),
            Text("一、情况", Style.HEADING),
            Text("灯坏了。"),
            Text("没人修。"),
            LIST,
            Text("一、这是一句编号的话，不是小标题。"),
            Text("{不认识}"),
        ),
        signature=("联络委", "2026年3月1日"),
        name="NH1-letter",
        below="第 1 号",
    )


def test_a_value_is_not_filled_in_again():
    texts = SimpleNamespace(title="{事由}", body="{经过}", signature="")
    paper = compose(KIND, texts, Filling(VALUES | {"事由": "{落款}", "经过": "{清单}"}, {"清单": (LIST,)}))
    assert (paper.title, paper.blocks, paper.signature) == ("{落款}", (Text("{清单}"),), ())


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("{单位}：\n{清单}\n{经过}", ""),
        ("  {清单}  ", ""),
        ("{称呼}：", "不能使用 {称呼}，可以使用的有 {单位}{事由}{经过}{落款}{日期}{清单}。"),
        ("附：{清单}", "{清单} 是一整块内容，请单独放在一行。"),
    ],
)
def test_placeholders_of_a_body(body, problem):
    assert KIND.problem_of_body(body) == problem


def test_a_title_holds_words_alone():
    assert KIND.problem_of_line("关于{事由}的函") == ""
    assert KIND.problem_of_line("{清单}") == "不能使用 {清单}，可以使用的有 {单位}{事由}{经过}{落款}{日期}。"


CHART = Chart("收到和办结", ("收到", "办结"), (Bar("3月", (8, 4)), Bar("4月", (2, None)), Bar("5月", (0, 0))))


def test_bars_are_as_long_as_their_numbers():
    assert list(CHART.rows()) == [("3月", (100, 50), "8 / 4"), ("4月", (25, 0), "2 / —"), ("5月", (0, 0), "0 / 0")]
    assert list(Chart("无", ("收到",), (Bar("3月", (0,)),)).rows()) == [("3月", (0,), "0")]


def everything() -> Paper:
    photo = Photo(factories.image_bytes(), "楼梯口")
    blocks = (
        Text("物业公司：", Style.FLUSH),
        Text("一、情况", Style.HEADING),
        Text("灯坏了。"),
        LIST,
        Table((("结果", "甲\n乙"), ("扫码", Code("http://portal.example/demands/NH1/"))), labelled=True, height=14),
        CHART,
        photo,
        Text("数据截至今天。", Style.NOTE),
    )
    return Paper("关于楼梯灯的函", blocks, ("联络委", "2026年3月1日"), below="第 1 号")


def test_the_page_shows_the_same():
    page = render_to_string("papers/_paper.html", {"paper": everything()})
    assert '<p class="flush">物业公司：</p>' in page
    assert "<h3>一、情况</h3>" in page
    assert '<col class="of-20-4"><col class="of-20-16">' in page
    assert '<th scope="col">事项</th>' in page and '<th scope="row">结果</th>' in page and "甲<br>乙" in page
    assert '<svg viewBox="0 0 100 9"' in page and page.count("<rect") == 6
    assert 'aria-label="http://portal.example/demands/NH1/"' in page
    assert re.search(r'<img src="data:image/jpeg;base64,[^"]+" alt="楼梯口">', page)


def test_words_of_others_are_no_markup():
    paper = Paper("<b>", (Text("<i>"), Table((("<u>",),))), ("<s>",))
    page = render_to_string("papers/_paper.html", {"paper": paper})
    assert [tag for tag in ("<b>", "<i>", "<u>", "<s>") if tag in page] == []
