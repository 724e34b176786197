"""Papers as Word, read back with the library that writes them."""

import io
import re

from docx import Document
from docx.oxml.ns import qn

from foundation import paper_word
from foundation.papers import Paper, Text

from .test_papers import LIST, everything


def opened(*papers: Paper):
    return Document(io.BytesIO(paper_word.write(papers, author="联络委")))


def font(run) -> str:
    return run._r.rPr.rFonts.get(qn("w:eastAsia"))


def test_word_is_set_like_an_official_document():
    document = opened(everything())
    [section] = document.sections
    sides = (section.page_width, section.page_height)
    margins = (section.top_margin, section.right_margin, section.bottom_margin, section.left_margin)
    assert ([round(side.mm) for side in sides], [round(side.mm) for side in margins]) == ([210, 297], [37, 26, 35, 28])
    shown = {p.text: (font(p.runs[0]), p.runs[0].font.size.pt) for p in document.paragraphs if p.text}
    assert shown == {
        "关于楼梯灯的函": ("宋体", 22),
        "第 1 号": ("仿宋", 16),
        "物业公司：": ("仿宋", 16),
        "一、情况": ("黑体", 16),
        "灯坏了。": ("仿宋", 16),
        "收到和办结（收到 / 办结）": ("仿宋", 16),
        "数据截至今天。": ("仿宋", 10.5),
        "联络委": ("仿宋", 16),
        "2026年3月1日": ("仿宋", 16),
    }
    indents = {p.text: p.paragraph_format.first_line_indent for p in document.paragraphs}
    assert (indents["物业公司："], indents["灯坏了。"].pt) == (None, 32)
    assert section.footer.paragraphs[0].text == "—  —"
    properties = document.core_properties
    assert (properties.title, properties.author, properties.comments) == ("关于楼梯灯的函", "联络委", "")


def test_word_has_the_tables_and_pictures():
    document = opened(everything())
    first, second, chart = document.tables
    assert [[cell.text for cell in row.cells] for row in first.rows] == [
        ["序号", "事项"],
        ["1", "楼梯灯"],
        ["2", "充电棚"],
    ]
    # The heads stand again on the next page.
    assert first.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
    assert second.cell(0, 1).text == "甲\n乙"
    assert [row.cells[0].text for row in chart.rows] == ["3月", "4月", "5月"]
    described = re.findall(r'descr="([^"]*)"', document.element.xml)
    bars = ["3月：8 / 4", "3月：8 / 4", "4月：2 / —"]
    assert described == ["http://portal.example/demands/NH1/", *bars, "楼梯口"]
    # One picture for each shade, however many bars.
    pictures = [part for part in document.part.package.iter_parts() if part.partname.startswith("/word/media/")]
    assert len(pictures) == 4


def test_several_papers_begin_on_pages_of_their_own():
    dense = Paper("公示", (LIST,), is_dense=True)
    document = opened(dense, everything(), dense)
    assert [round(section.left_margin.mm) for section in document.sections] == [18, 28, 18]


def test_characters_that_no_document_can_hold_are_left_out():
    [title, *_rest] = opened(Paper("楼\x0b梯\x00灯\ufffe", ())).paragraphs
    assert title.text == "楼梯灯"


def test_the_signature_stands_alone_on_no_page():
    kept = {p.text: bool(p.paragraph_format.keep_with_next) for p in opened(everything()).paragraphs if p.text}
    last = [kept[text] for text in ("灯坏了。", "数据截至今天。", "联络委", "2026年3月1日")]
    assert last == [False, True, True, False]
    [table] = opened(Paper("公示", (LIST,), ("联络委",))).tables
    firsts = [row.cells[0].paragraphs[0] for row in table.rows]
    assert [bool(first.paragraph_format.keep_with_next) for first in firsts] == [False, False, True]
    assert opened(Paper("公示", (), ("联络委",))).paragraphs[-1].text == "联络委"


def test_words_of_others_are_no_markup_in_word():
    assert "<i>" in [paragraph.text for paragraph in opened(Paper("<b>", (Text("<i>"),))).paragraphs]
