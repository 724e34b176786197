"""Papers as Word: A4, set like an official document (GB/T 9704), with 仿宋 and 宋体 by name.

Fonts are named, not embedded: offices here have them, and elsewhere Word takes the nearest.
"""

import io
import re
from collections.abc import Sequence

import segno
from docx import Document
from docx.enum.section import WD_SECTION
from docx.enum.table import WD_ALIGN_VERTICAL, WD_ROW_HEIGHT_RULE, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from PIL import Image

from . import clock
from .papers import Block, Chart, Code, Paper, Photo, Style, Table, Text

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
# XML holds none of them.
UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
LATIN = "Times New Roman"
SONG, FANG_SONG, HEI = "宋体", "仿宋", "黑体"
# Margins in millimetres: top, right, bottom, left.
LETTER, DENSE = (37, 26, 35, 28), (20, 18, 18, 18)
PAGE = (210, 297)
# Sizes in points.
TITLE, BODY, SMALL = 22, 16, 10.5
DENSE_TITLE, DENSE_BODY, CELL = 20, 12, 12
# The bars of a chart: shades that differ in print, and millimetres.
SHADES = ((10, 63, 76), (160, 190, 196))
BAR_HEIGHT, BAR_WIDTH = 3.2, 82


def write(papers: Sequence[Paper], *, author: str = "") -> bytes:
    """Return a .docx with these papers, each on a page of its own.

    Args:
        author: whose papers they are, in the properties of the file.
    """
    document = Document()
    _prepare(document, papers[0], author)
    for number, paper in enumerate(papers):
        if number:
            document.add_section(WD_SECTION.NEW_PAGE)
        _Writer(document, paper).write()
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def _prepare(document, paper: Paper, author: str) -> None:
    now = clock.now()
    properties = document.core_properties
    properties.title, properties.author = _writable(paper.title)[:255], _writable(author)[:255]
    properties.comments = ""
    properties.language, properties.created, properties.modified = "zh-CN", now, now
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = LATIN, Pt(BODY)
    fonts = normal.element.get_or_add_rPr().get_or_add_rFonts()
    fonts.set(qn("w:eastAsia"), FANG_SONG)
    language = OxmlElement("w:lang")
    for name, value in (("val", "en-US"), ("eastAsia", "zh-CN")):
        language.set(qn(f"w:{name}"), value)
    normal.element.get_or_add_rPr().append(language)
    normal.paragraph_format.space_before = normal.paragraph_format.space_after = Pt(0)


class _Writer:
    """Writes one paper at the end of a document, whose last section becomes the paper's."""

    def __init__(self, document, paper: Paper) -> None:
        self.document, self.paper = document, paper
        self.size = DENSE_BODY if paper.is_dense else BODY
        section = document.sections[-1]
        section.page_width, section.page_height = (Mm(side) for side in PAGE)
        top, right, bottom, left = DENSE if paper.is_dense else LETTER
        section.top_margin, section.right_margin = Mm(top), Mm(right)
        section.bottom_margin, section.left_margin = Mm(bottom), Mm(left)
        section.footer_distance = Mm(bottom / 2)
        self.width = PAGE[0] - left - right
        self._number_pages(section)

    def write(self) -> None:
        paper = self.paper
        title = self._paragraph(WD_ALIGN_PARAGRAPH.CENTER, after=6 if paper.below else 18)
        title.paragraph_format.keep_with_next = True
        _run(title, paper.title, SONG, DENSE_TITLE if paper.is_dense else TITLE, bold=True)
        if paper.below:
            _run(self._paragraph(WD_ALIGN_PARAGRAPH.CENTER, after=12), paper.below, FANG_SONG, self.size)
        for block in paper.blocks:
            self._block(block)
        if paper.signature:
            self._keep_last()
            self._sign(paper.signature)

    def _block(self, block: Block) -> None:
        if isinstance(block, Text):
            self._text(block)
        elif isinstance(block, Table):
            self._table(block)
        elif isinstance(block, Chart):
            self._chart(block)
        else:
            _picture(self._paragraph(WD_ALIGN_PARAGRAPH.CENTER, after=6), block)

    # --- Paragraphs ---

    def _paragraph(self, alignment=None, *, after: float = 0):
        paragraph = self.document.add_paragraph()
        paragraph.alignment = alignment
        paragraph.paragraph_format.space_after = Pt(after)
        return paragraph

    def _text(self, block: Text) -> None:
        paragraph = self._paragraph(WD_ALIGN_PARAGRAPH.CENTER if block.style == Style.CENTRE else None)
        layout = paragraph.paragraph_format
        size = SMALL if block.style == Style.NOTE else self.size
        layout.line_spacing = Pt(size * 1.75)
        layout.widow_control = True
        if block.style in (Style.BODY, Style.HEADING):
            layout.first_line_indent = Pt(size * 2)
        # A heading, and the title of a table or chart, stay with what follows.
        layout.keep_with_next = block.style in (Style.HEADING, Style.CENTRE)
        if block.style == Style.HEADING:
            layout.space_before = Pt(size / 2)
        _run(paragraph, block.words, HEI if block.style == Style.HEADING else FANG_SONG, size)

    def _keep_last(self) -> None:
        """Keep what comes last on the page of the signature, which is never alone there."""
        paragraphs = self.document.paragraphs[-1:]
        if any(isinstance(block, Table) for block in self.paper.blocks[-1:]):
            cells = self.document.tables[-1].rows[-1].cells
            paragraphs += [paragraph for cell in cells for paragraph in cell.paragraphs]
        for paragraph in paragraphs:
            paragraph.paragraph_format.keep_with_next = True

    def _sign(self, lines: Sequence[str]) -> None:
        """The last lines, together on a page, four characters from the right."""
        for number, line in enumerate(lines):
            paragraph = self._paragraph(WD_ALIGN_PARAGRAPH.RIGHT)
            layout = paragraph.paragraph_format
            layout.line_spacing, layout.right_indent = Pt(self.size * 1.75), Pt(self.size * 2)
            layout.space_before = Pt(0 if number else self.size * 2)
            layout.keep_with_next = number + 1 < len(lines)
            _run(paragraph, line, FANG_SONG, self.size)

    # --- Tables and charts ---

    def _table(self, block: Table) -> None:
        table = self._grid(len(block.rows) + bool(block.heads), block.shares, "Table Grid")
        rows = list(table.rows)
        if block.heads:
            _repeat(rows[0])
            for cell, words in zip(rows[0].cells, block.heads, strict=True):
                _fill_cell(cell, words, font=HEI, alignment=WD_ALIGN_PARAGRAPH.CENTER)
        for row, cells in zip(rows[bool(block.heads) :], block.rows, strict=True):
            _keep_whole(row)
            if block.height:
                row.height, row.height_rule = Mm(block.height), WD_ROW_HEIGHT_RULE.AT_LEAST
            for number, (cell, content) in enumerate(zip(row.cells, cells, strict=True)):
                _fill_cell(cell, content, font=HEI if block.labelled and number == 0 else FANG_SONG)
        self._paragraph(after=4).paragraph_format.line_spacing = Pt(8)

    def _chart(self, block: Chart) -> None:
        """Rows of name, bars and numbers. A bar is one small picture, stretched to its length."""
        self._text(Text(f"{block.title}（{' / '.join(block.series)}）", Style.CENTRE))
        table = self._grid(len(block.bars), (46, BAR_WIDTH + 4, 22), None)
        for row, (name, lengths, numbers) in zip(table.rows, block.rows(), strict=True):
            _keep_whole(row)
            label, drawn, counted = row.cells
            _fill_cell(label, name, alignment=WD_ALIGN_PARAGRAPH.RIGHT)
            _fill_cell(counted, numbers)
            _draw(drawn, lengths, f"{name}：{numbers}")
            for cell in row.cells:
                for paragraph in cell.paragraphs:
                    # The chart stays on one page, where it fits.
                    paragraph.paragraph_format.keep_with_next = row._index + 1 < len(block.bars)
        self._paragraph(after=4).paragraph_format.line_spacing = Pt(8)

    def _grid(self, rows: int, shares: Sequence[int], style: str | None):
        """A table across the page. LibreOffice takes widths from the cells, Word from the columns."""
        table = self.document.add_table(rows, len(shares), style)
        table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
        for column, share in zip(table.columns, shares, strict=True):
            column.width = Mm(self.width * share / sum(shares))
            for cell in column.cells:
                cell.width = column.width
        return table

    def _number_pages(self, section) -> None:
        section.footer.is_linked_to_previous = False
        paragraph = section.footer.paragraphs[0]
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        _run(paragraph, "— ", SONG, CELL)
        field = OxmlElement("w:fldSimple")
        field.set(qn("w:instr"), "PAGE")
        paragraph._p.append(field)
        _run(paragraph, " —", SONG, CELL)


# --- Parts of them ---------------------------------------------------------------------------------------------------


def _writable(words: str) -> str:
    return UNWRITABLE.sub("", words)


def _run(paragraph, words: str, font: str, size: float, *, bold: bool = False):
    run = paragraph.add_run(_writable(words))
    run.font.name, run.font.size, run.font.bold = LATIN, Pt(size), bold
    run._r.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)
    return run


def _fill_cell(cell, content, *, font: str = FANG_SONG, alignment=None) -> None:
    paragraph = cell.paragraphs[0]
    cell.vertical_alignment = WD_ALIGN_VERTICAL.CENTER
    if isinstance(content, Code | Photo):
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        _picture(paragraph, content)
        return
    for number, line in enumerate(content.splitlines() or [""]):
        if number:
            paragraph = cell.add_paragraph()
        paragraph.alignment = alignment
        _run(paragraph, line, font, CELL)


def _draw(cell, lengths: Sequence[int], alt: str) -> None:
    """Bars below each other, close together: the paragraph is no higher than the bar in it."""
    cell.vertical_alignment = WD_ALIGN_VERTICAL.CENTER
    for number, length in enumerate(lengths):
        paragraph = cell.add_paragraph() if number else cell.paragraphs[0]
        run = paragraph.add_run()
        run.font.size = Pt(4)
        _shrink(paragraph)
        if length:
            bar = run.add_picture(io.BytesIO(_shade(number)), Mm(BAR_WIDTH * length / 100), Mm(BAR_HEIGHT))
            _describe(bar, alt)


def _shrink(paragraph) -> None:
    """Make the mark at the end of a paragraph small, which would make its line as high as ordinary text."""
    mark, size = OxmlElement("w:rPr"), OxmlElement("w:sz")
    size.set(qn("w:val"), "8")
    mark.append(size)
    paragraph._p.get_or_add_pPr().append(mark)


def _picture(paragraph, block: Code | Photo) -> None:
    if isinstance(block, Code):
        file = io.BytesIO()
        segno.make(block.address, error="m", micro=False).save(file, kind="png", scale=8, border=4)
        alt = block.address
    else:
        file, alt = io.BytesIO(block.content), block.alt
    file.seek(0)
    _describe(paragraph.add_run().add_picture(file, Mm(block.width)), alt)


def _describe(shape, alt: str) -> None:
    shape._inline.docPr.set("descr", _writable(alt))


def _shade(number: int) -> bytes:
    """A picture of one colour. The document holds it once, however many bars are drawn with it."""
    file = io.BytesIO()
    Image.new("RGB", (8, 8), SHADES[number]).save(file, "PNG")
    return file.getvalue()


def _repeat(row) -> None:
    """The heads stand again on each page."""
    row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))


def _keep_whole(row) -> None:
    row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
