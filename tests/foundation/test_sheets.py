"""Spreadsheets: every bad file gets a message, within limits; written cells never run and are read back exactly."""

import datetime
import io
import re
import zipfile

import openpyxl
import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone, translation
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from foundation import sheet_files, sheets
from foundation.forms import PhoneField, TextField
from foundation.sheets import ChoiceCell, Column, DateCell, DateTimeCell, SheetError

KINDS = [("shop", "商户"), ("school", "学校")]
COLUMNS = [
    Column("name", "名称", TextField(max_length=20, missing="没有填写名称。")),
    Column("kind", "性质", ChoiceCell(choices=KINDS, required=False)),
    Column("since", "日期", DateCell(required=False)),
    Column("phone", "电话", PhoneField(max_length=30, required=False)),
]
HEAD = ["名称", "性质", "日期", "电话"]


def xlsx(*rows, head=HEAD, **settings) -> io.BytesIO:
    """A workbook with a header and rows."""
    book = openpyxl.Workbook()
    if settings.get("epoch"):
        book.epoch = settings["epoch"]
    sheet = book.active
    for row in [head, *rows] if head else rows:
        sheet.append(list(row))
    for area in settings.get("merge", []):
        sheet.merge_cells(area)
    output = io.BytesIO()
    book.save(output)
    output.seek(0)
    return output


def csv(*lines: str, encoding: str = "utf-8") -> io.BytesIO:
    return io.BytesIO("\r\n".join([",".join(HEAD), *lines]).encode(encoding))


def repacked(source: io.BytesIO, change=lambda name, content: content, **added: bytes) -> io.BytesIO:
    """The same workbook with changed and added parts; a double underscore in a name means a slash."""
    output = io.BytesIO()
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            new.writestr(part.filename, change(part.filename, old.read(part.filename)))
        for name, content in added.items():
            new.writestr(name.replace("__", "/"), content)
    output.seek(0)
    return output


def in_sheet(old: bytes, new: bytes):
    def change(name: str, content: bytes) -> bytes:
        if name != "xl/worksheets/sheet1.xml":
            return content
        assert old in content
        return content.replace(old, new)

    return change


def read(upload, **options):
    return sheets.read(upload, columns=COLUMNS, **options).rows


def refused(upload, **options) -> str:
    with pytest.raises(SheetError) as caught:
        read(upload, **options)
    return str(caught.value)


def values(upload, name: str) -> list:
    rows = read(upload)
    assert [problem for row in rows for problem in row.problems] == []
    return [row.values[name] for row in rows]


def problems(upload) -> list[str]:
    return [str(problem) for row in read(upload) for problem in row.problems]


# --- What is understood ----------------------------------------------------------------------------------------------


def test_rows_come_with_their_numbers_and_clean_values():
    rows = read(xlsx(["桂花超市", "商户", datetime.date(2023, 9, 1), "139 1234 5678"], [], ["桂花小学", "学校"]))
    assert [(row.number, row.values, row.problems) for row in rows] == [
        (
            2,
            {"name": "桂花超市", "kind": "shop", "since": datetime.date(2023, 9, 1), "phone": "13912345678"},
            [],
        ),
        (4, {"name": "桂花小学", "kind": "school", "since": None, "phone": ""}, []),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
def test_text_tables_are_read_in_the_encodings_of_this_country(encoding):
    assert values(csv("桂花超市,商户,2023-9-1,13912345678", encoding=encoding), "name") == ["桂花超市"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_text_tables_are_read_with_the_separators_that_programs_write(delimiter):
    upload = io.BytesIO(f'名称{delimiter}性质\n"桂花{delimiter}超市"{delimiter}商户\n'.encode())
    assert values(upload, "kind") == ["shop"]


STRINGS = (
    '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    '<si><r><t>桂花</t></r><r><rPr><b/></rPr><t>超市</t></r><rPh sb="0" eb="1"><t>ㄍ</t></rPh></si></sst>'
).encode()


def as_office_programs_write(strings: bytes = STRINGS) -> io.BytesIO:
    """A workbook with its text in a separate part."""
    kind = (
        b'<Override PartName="/xl/sharedStrings.xml" ContentType='
        b'"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/></Types>'
    )

    def change(name: str, content: bytes) -> bytes:
        if name == "[Content_Types].xml":
            return content.replace(b"</Types>", kind)
        return in_sheet(INLINE, b't="s"><v>0</v>')(name, content)

    return repacked(xlsx(["甲"]), change, **{"xl__sharedStrings.xml": strings})


def test_text_stored_apart_from_the_sheet_is_read():
    assert values(as_office_programs_write(), "name") == ["桂花超市"]


def test_columns_stand_in_any_order_below_a_title_and_optional_ones_may_be_left_out():
    upload = xlsx(["合作单位一览表"], [], ["性质", "名 称（必填）"], ["商户", "桂花超市"], head=None, merge=["A1:D1"])
    assert [(row.number, row.values["name"], row.values["since"]) for row in read(upload)] == [(4, "桂花超市", None)]


def test_the_sheet_that_has_the_header_is_found_and_hidden_ones_are_not_read():
    book = openpyxl.Workbook()
    book.active.append(["说明"])
    hidden = book.create_sheet("旧表")
    hidden.append(HEAD)
    hidden.append(["旧单位"])
    hidden.sheet_state = "hidden"
    wanted = book.create_sheet("单位")
    wanted.append(HEAD)
    wanted.append(["桂花超市"])
    output = io.BytesIO()
    book.save(output)
    assert values(output, "name") == ["桂花超市"]


@pytest.mark.parametrize(
    "written",
    [
        datetime.date(2023, 9, 1),
        datetime.datetime(2023, 9, 1, 8, 30),
        "2023-9-1",
        "2023-09-01",
        "2023/9/1",
        "2023.9.1",
        "2023年9月1日",
        "2023 年 9 月 1 日",
        "２０２３－９－１",
        "2023-09-01 00:00:00",
        "20230901",
        20230901,
    ],
)
def test_a_day_is_understood_however_it_is_written(written):
    assert values(xlsx(["a", "", written]), "since") == [datetime.date(2023, 9, 1)]


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("2023年9月", "不是完整的日期"),
        ("去年", "不是完整的日期"),
        (45170, "不是完整的日期"),
        ("2023-2-30", "没有“2023-2-30”这一天"),
        ("0202-9-1", "年份是 202"),
        ("9/1/2023", "不是完整的日期"),
        (datetime.time(8, 30), "不是完整的日期"),
    ],
)
def test_what_is_no_day_is_named(written, words):
    [problem] = problems(xlsx(["a", "", written]))
    assert problem.startswith("第 2 行“日期”：")
    assert words in problem


def test_dates_of_the_two_date_systems_are_the_same_days():
    rows = [["a", "", datetime.date(2023, 9, 1)], ["b", "", datetime.date(2024, 2, 29)]]
    days = [datetime.date(2023, 9, 1), datetime.date(2024, 2, 29)]
    assert values(xlsx(*rows), "since") == days
    assert values(xlsx(*rows, epoch=CALENDAR_MAC_1904), "since") == days


@pytest.mark.filterwarnings("ignore:Cell C2 is marked as a date")
def test_a_date_cell_beyond_all_dates_is_named():
    upload = repacked(xlsx(["a", "", datetime.date(2023, 9, 1)]), in_sheet(b"<v>45170</v>", b"<v>99999999999</v>"))
    assert problems(upload) == ["第 2 行“日期”：公式的结果是错误值 #VALUE!。"]


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        (13912345678, "13912345678"),
        (13912345678.0, "13912345678"),
        ("13912345678.0", "13912345678"),
        ("139-1234-5678", "13912345678"),
        ("+86 13912345678", "13912345678"),
        ("027-87654321", "02787654321"),
    ],
)
def test_phones_that_became_numbers_are_phones_again(written, kept):
    assert values(xlsx(["a", "", "", written]), "phone") == [kept]
    assert values(csv(f"a,,,{written}"), "phone") == [kept]


def test_a_phone_of_which_digits_are_lost_is_named():
    [problem] = problems(csv("a,,,1.39123E+10"))
    assert problem.startswith("第 2 行“电话”：请核对电话号码")


def test_numbers_and_truths_in_a_column_of_text_look_as_they_did():
    assert values(xlsx([1978], [3.5], [True], [datetime.date(2023, 9, 1)]), "name") == [
        "1978",
        "3.5",
        "True",
        "2023-09-01",
    ]


# --- What is wrong with a row ----------------------------------------------------------------------------------------


def test_each_bad_cell_is_named_by_row_and_column():
    upload = xlsx(["", "商户"], ["二" * 21, "公司", "后天", "110"], ["好的"])
    assert problems(upload) == [
        "第 2 行“名称”：没有填写名称。",
        "第 3 行“名称”：最多 20 个字，现在有 21 个字。",
        "第 3 行“性质”：不能填写“公司”。可填写：商户、学校。",
        "第 3 行“日期”：“后天”不是完整的日期，请按 2023-9-1 的格式填写。",
        "第 3 行“电话”：请核对电话号码：手机号 11 位，座机须带区号，如 027-87654321。",
    ]


def test_nul_in_a_cell_is_named():
    assert problems(csv("桂\x00花,商户")) == ["第 2 行“名称”：文字中有无法保存的字符，请删除后再试。"]


def test_a_value_in_a_column_without_a_name_is_named():
    assert problems(csv("桂花超市,商户,,,多出来的")) == ["第 2 行：E 列有内容，但表头没有列名。"]


def test_a_formula_counts_with_its_result_and_is_named_without_one():
    upload = xlsx(['="桂花"&"超市"'], ["=A2"])
    assert problems(upload) == [
        "第 2 行“名称”：公式没有结果。请用表格软件打开并保存一次，或直接填写内容。",
        "第 3 行“名称”：公式没有结果。请用表格软件打开并保存一次，或直接填写内容。",
    ]
    with_result = in_sheet(b"<f>A2</f><v />", b"<f>A2</f><v>42</v>")
    rows = read(repacked(xlsx(["甲"], ["=A2"]), with_result))
    assert [(row.values["name"], row.problems) for row in rows] == [("甲", []), ("42", [])]


def test_cells_that_do_not_say_where_they_stand_are_counted():
    def bare(name: str, content: bytes) -> bytes:
        if name != "xl/worksheets/sheet1.xml":
            return content
        return re.sub(rb'(<(?:c|row)) r="\w+"', rb"\1", content)

    rows = read(repacked(xlsx(["甲", "商户"], ["乙", "=B2"]), bare))
    assert [(row.number, row.values["name"], len(row.problems)) for row in rows] == [(2, "甲", 0), (3, "乙", 1)]


def test_an_error_value_is_named():
    assert problems(xlsx(["#REF!"])) == ["第 2 行“名称”：公式的结果是错误值 #REF!。"]


# --- What is wrong with a file ---------------------------------------------------------------------------------------


def lengthened(count: int) -> io.BytesIO:
    """A workbook with so many rows, written without openpyxl, which would take long."""
    rows = b"".join(b'<row r="%d"><c r="A%d"><v>%d</v></c></row>' % ((row,) * 3) for row in range(3, count + 2))
    return repacked(xlsx(["甲"]), in_sheet(b"</sheetData>", rows + b"</sheetData>"))


def test_a_table_may_have_so_many_rows_and_no_more():
    assert len(read(lengthened(5000))) == 5000
    for count in (5001, 20_000):
        assert refused(lengthened(count)) == "表格过长：一次最多 5000 行，请分几份上传。"
    assert refused(csv(*(f"单位 {number}" for number in range(5001)))) == "表格过长：一次最多 5000 行，请分几份上传。"


def test_merged_cells_are_named():
    assert refused(xlsx(["甲"], [None], merge=["A2:A3"])).startswith("有合并的单元格（A2:A3）。")


def test_a_formula_for_dimensions_does_not_hide_rows():
    """The dimensions stated in a file are ignored."""
    upload = repacked(xlsx(["甲"], ["乙"]), in_sheet(b'ref="A1:D3"', b'ref="A1:A1"'))
    assert values(upload, "name") == ["甲", "乙"]


@pytest.mark.parametrize(
    ("head", "words"),
    [
        (["单位", "类型"], "没有找到表头。前 10 行中须有一行是列名，目前缺少：名称。"),
        (["性质", "日期"], "目前缺少：名称。"),
        (["名称", "名称"], "第 1 行：有重复的列名。"),
    ],
)
def test_wrong_columns_are_named(head, words):
    assert words in refused(xlsx(["甲", "商户"], head=head))


def test_a_header_too_far_down_is_not_found():
    assert "没有找到表头" in refused(xlsx(*[["标题"]] * 10, HEAD, ["甲"], head=None))


def test_a_table_without_rows_says_so():
    assert refused(xlsx()) == "表头下面没有内容。"
    assert refused(xlsx(["  "], [None])) == "表头下面没有内容。"


def test_text_in_another_encoding_is_refused_with_the_way_out():
    assert "编码不对" in refused(io.BytesIO("名稱,性質\r\n桂花超市,商店".encode("big5")))
    assert refused(io.BytesIO(b"\xff\xff\xff\x80\x80")) == "无法识别文件编码。请另存为 .xlsx 或“CSV UTF-8”。"


def plain_zip(**parts: bytes) -> io.BytesIO:
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/"), content)
    return output


INLINE = 't="inlineStr"><is><t>甲</t></is>'.encode()
BROKEN = "表格文件已损坏，无法打开。请用表格软件打开，另存为 .xlsx 再上传。"
OTHER = "这不是表格文件。请上传 .xlsx 或 .csv。"
MACRO = "表格含有宏，不能上传。请另存为 .xlsx（不带宏）。"


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: io.BytesIO(), "文件是空的，请重新选择。"),
        (lambda: io.BytesIO(b"a" * (20 * 1024 * 1024 + 1)), "文件超过 20 MB，请分几份上传。"),
        (lambda: io.BytesIO(b"PK" + b"a" * 5 * 1024 * 1024), "工作簿超过 5 MB，请分几份上传，或另存为“CSV UTF-8”"),
        (lambda: io.BytesIO(b"%PDF-1.7 ..."), OTHER),
        (lambda: io.BytesIO(b"\x89PNG\r\n\x1a\n"), OTHER),
        (lambda: plain_zip(word__document=b"<a/>"), OTHER),
        (lambda: io.BytesIO(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), "旧版 .xls 文件，或设有密码"),
        (lambda: io.BytesIO(b"  <html><table>"), "这个文件是网页，不是表格。"),
        (lambda: io.BytesIO(b"PK\x03\x04 and nothing of a zip"), BROKEN),
        (lambda: io.BytesIO(xlsx(["甲"]).getvalue()[:2000]), BROKEN),
        (lambda: repacked(xlsx(["甲"]), in_sheet(b"</row>", b"</wor>")), BROKEN),
        (lambda: repacked(xlsx(["甲"]), in_sheet(b'<row r="2"', b'<row r="999999999"')), BROKEN),
        (lambda: repacked(xlsx(["甲"]), in_sheet(b'r="A2"', b'r="nowhere"')), BROKEN),
        (lambda: repacked(xlsx(["甲"]), in_sheet(INLINE, b't="s"><v>777</v>')), BROKEN),
        (lambda: repacked(xlsx(["甲"]), xl__vbaProject=b""), None),
        (lambda: plain_zip(**{"mimetype": b"ods", "content.xml": b"<a/>"}), "另存为 .xlsx 再上传"),
    ],
)
def test_what_is_no_sound_spreadsheet_is_refused_with_a_sentence(make, words):
    if words is None:
        assert len(read(make())) == 1  # an unused part does no harm
    else:
        assert words in refused(make())


def test_the_longest_text_a_cell_holds_is_read():
    assert problems(xlsx(["字" * 32_767])) == ["第 2 行“名称”：最多 20 个字，现在有 32767 个字。"]


def test_macros_are_refused_by_their_part_and_by_the_kind_of_the_file():
    assert refused(repacked(xlsx(["甲"]), **{"xl__vbaProject.bin": b"macro"})) == MACRO
    renamed = repacked(
        xlsx(["甲"]),
        lambda name, content: content.replace(
            b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
            b"application/vnd.ms-excel.sheet.macroEnabled.main+xml",
        ),
    )
    assert refused(renamed) == MACRO


# --- Bombs -----------------------------------------------------------------------------------------------------------

TOO_LARGE = "文件内容过多，请删除无关的工作表，或分几份上传。"


@pytest.fixture
def never_opened(monkeypatch):
    """Fail if openpyxl opens the file."""

    def opened(*args, **kwargs):
        raise AssertionError("opened")

    monkeypatch.setattr(sheet_files.openpyxl, "load_workbook", opened)


def test_a_zip_that_unpacks_to_much_is_refused_before_it_is_unpacked(never_opened, monkeypatch):
    bomb = repacked(xlsx(["甲"]), **{"xl__media__bomb.bin": b"\0" * (41 * 1024 * 1024)})
    assert len(bomb.getvalue()) < 100_000
    monkeypatch.setattr(sheet_files, "_look_through", None)
    assert refused(bomb) == TOO_LARGE


def test_a_zip_that_lies_about_its_size_is_broken():
    content = b" " * 1_000_000
    small = repacked(xlsx(["甲"]), **{"xl__lie.xml": content})
    lie = small.getvalue().replace(len(content).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    assert lie != small.getvalue()
    assert refused(io.BytesIO(lie)) == BROKEN


def test_a_zip_packed_in_another_way_is_refused(never_opened):
    """Only stored and deflated parts are unpacked in bounded steps."""
    output = io.BytesIO()
    with zipfile.ZipFile(xlsx(["甲"])) as old, zipfile.ZipFile(output, "w", zipfile.ZIP_LZMA) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
    assert "压缩方式特殊" in refused(output)


def test_a_zip_of_countless_parts_is_refused(never_opened):
    assert refused(repacked(xlsx(["甲"]), **{f"part-{number}": b"" for number in range(500)})) == TOO_LARGE


LAUGHS = b'<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;&b;&b;">]>'


@pytest.mark.parametrize(
    "part", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml", "xl/workbook.xml"]
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_xml_with_a_document_type_is_refused_in_every_part(never_opened, part, encoding):
    def with_entities(name: str, content: bytes) -> bytes:
        if name != part:
            return content
        body = re.sub(rb"^<\?xml[^>]*\?>\s*", b"", content)
        return (f'<?xml version="1.0" encoding="{encoding}"?>' + (LAUGHS + body).decode()).encode(encoding)

    assert "不允许的内容" in refused(repacked(as_office_programs_write(), with_entities))


@pytest.mark.parametrize(
    "inside",
    [
        b"<x/>" * 600_001,
        b"<x>" * 70 + b"</x>" * 70,
        b'<x a="' + b"a" * 500_000 + b'"/>',
        b"<x>" + b"a" * 500_000 + b"</x>",
    ],
    ids=["elements without number", "nested without end", "a tag without end", "a text without end"],
)
def test_xml_that_would_take_much_memory_is_refused(never_opened, inside):
    assert refused(repacked(xlsx(["甲"]), in_sheet(b"<sheetData>", b"<sheetData>" + inside))) == TOO_LARGE


# --- Writing ---------------------------------------------------------------------------------------------------------

RISKY = [
    *[
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "＝1+1",
        "＋1",
        "－1",
        "＠SUM",
        "﹦1",
        " =1",
        "\u200b=1",
        "\ufeff@a",
    ],
    *["'=1", "''+1"],
]
HARMLESS = ["", "桂花超市", "a=1", "1-2", "'tis", "' 好", "#REF!", "13912345678", "https://a.example"]


@pytest.mark.parametrize("text", RISKY)
def test_text_that_might_run_gets_an_apostrophe_and_loses_exactly_that_one(text):
    assert sheets.guard(text) == f"'{text}"
    assert sheets.unguard(sheets.guard(text)) == text


@pytest.mark.parametrize("text", HARMLESS)
def test_harmless_text_stays_as_it_is(text):
    assert sheets.guard(text) == text
    assert sheets.unguard(text) == text


def written(rows, **options):
    content = sheets.write(COLUMNS, rows, **options)
    return openpyxl.load_workbook(io.BytesIO(content)), content


def test_every_cell_that_is_written_is_text_a_date_or_a_number_and_none_a_formula():
    texts = RISKY + HARMLESS + ["bell\x07", "NUL\x00"]
    book, content = written([[text, datetime.date(2023, 9, 1), 3, None] for text in texts])
    kinds = [tuple(cell.data_type for cell in row) for row in book.active.iter_rows(min_row=2)]
    text_kinds = {"": "inlineStr"}  # a cell of no text
    assert kinds == [(text_kinds.get(text, "s"), "d", "n", "n") for text in texts]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert not any(b"<f>" in archive.read(name) for name in archive.namelist())


def test_what_is_written_is_read_back_exactly():
    texts = ["=1+1", "'=1", "＝cmd", "+86", "@a", "-", "桂花"]
    rows = [[text, "商户", datetime.date(2023, 9, 1), "13912345678"] for text in texts]
    upload = io.BytesIO(sheets.write(COLUMNS, rows))
    assert values(upload, "name") == texts
    assert values(upload, "phone") == ["13912345678"] * 7
    assert values(upload, "since") == [datetime.date(2023, 9, 1)] * 7


def test_phones_are_written_as_text():
    book, _content = written([["a", None, None, "13912345678"]])
    cell = book.active["D2"]
    assert (cell.value, cell.data_type, cell.number_format) == ("13912345678", "s", "@")


def test_a_template_says_what_is_required_and_is_read_with_its_own_heads():
    book, content = written([["桂花超市"]], notes=True, title="单位[1]", more=[("词", ["性质"], [["商户"]])])
    assert book.sheetnames == ["单位1", "填写说明", "词"]
    assert [cell.value for cell in book.active[1]] == ["名称（必填）", "性质", "日期", "电话"]
    assert values(io.BytesIO(content), "name") == ["桂花超市"]


def test_a_time_is_written_as_it_reads_here():
    at = datetime.datetime(2023, 9, 1, 1, 30, tzinfo=datetime.UTC)
    book, _content = written([[at]])
    assert book.active["A2"].value == "2023-09-01 09:30"


def test_heads_and_words_count_in_english_too():
    """A template downloaded in one language may be uploaded in the other."""
    label = translation.gettext_lazy("状态")
    with translation.override("en"):
        english = str(label)
    assert english != "状态"
    column = Column("state", label, ChoiceCell(choices=[("state", label)]))
    for cell, heading in ((english, "状态"), ("状态", english)):
        [row] = sheets.read(xlsx([cell], head=[heading]), columns=[column]).rows
        assert row.values == {"state": "state"}


# --- Moments ---------------------------------------------------------------------------------------------------------

MOMENTS = [
    # what the cell holds, the moment as the portal reads it
    ("2019/4/25 9:32:09", (2019, 4, 25, 9, 32, 9)),
    ("2026-03-01 09:30", (2026, 3, 1, 9, 30, 0)),
    ("2026-03-01T09:30:05.250", (2026, 3, 1, 9, 30, 5)),
    ("２０２６／３／１　９：３０", (2026, 3, 1, 9, 30, 0)),
    ("2026年3月1日 9:30", (2026, 3, 1, 9, 30, 0)),
    ("2026年3月1日9:30", (2026, 3, 1, 9, 30, 0)),
    ("2026-3-1", (2026, 3, 1, 0, 0, 0)),
    ("20260301", (2026, 3, 1, 0, 0, 0)),
    (datetime.date(2026, 3, 1), (2026, 3, 1, 0, 0, 0)),
    (datetime.datetime(2026, 3, 1, 9, 29, 59, 999_999), (2026, 3, 1, 9, 30, 0)),
]


@pytest.mark.parametrize(("cell", "moment"), MOMENTS)
def test_a_moment_is_read_to_the_second(cell, moment):
    found = DateTimeCell().clean(cell)
    assert timezone.localtime(found).timetuple()[:6] == moment
    assert timezone.is_aware(found)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("2026-03-01 24:00", "没有“2026-03-01 24:00”这个时间，请核对。"),
        ("2026-02-30 09:00", "没有“2026-02-30”这一天，请核对。"),
        ("9:30", "“9:30”不是完整的日期，请按 2023-9-1 的格式填写。"),
        ("去年三月", "“去年三月”不是完整的日期，请按 2023-9-1 的格式填写。"),
        ("1899-03-01 09:00", "年份是 1899，请核对。"),
        ("1 " * 20_000, "不是完整的日期"),
    ],
)
def test_a_moment_that_is_none_is_named(text, why):
    with pytest.raises(ValidationError) as caught:
        DateTimeCell().clean(text)
    assert why in caught.value.message


def test_an_empty_moment_is_none():
    assert DateTimeCell(required=False).clean("") is None


@pytest.mark.parametrize("epoch", [None, CALENDAR_MAC_1904])
def test_moments_of_both_calendars_of_workbooks_are_the_same(epoch):
    upload = xlsx(["2", datetime.datetime(2025, 3, 3, 9, 5, 7)], head=["名称", "时间"], epoch=epoch)
    columns = [COLUMNS[0], Column("at", "时间", DateTimeCell())]
    [row] = sheets.read(upload, columns=columns).rows
    assert timezone.localtime(row.values["at"]).timetuple()[:6] == (2025, 3, 3, 9, 5, 7)


# --- Heads -----------------------------------------------------------------------------------------------------------


def test_a_column_is_found_by_its_other_heads_but_only_once():
    columns = [Column("name", "名称", TextField(), also=("name",))]
    [row] = sheets.read(io.BytesIO("Name\n桂花超市\n".encode()), columns=columns).rows
    assert row.values == {"name": "桂花超市"}
    with pytest.raises(SheetError, match="有重复的列名"):
        sheets.read(io.BytesIO("名称,name\n桂花超市,柳园超市\n".encode()), columns=columns)


UNREAD = [
    # headings beside “名称”, what the preview says of them
    (["性质", "日期", "电话"], ""),
    (["编号", "备注（选填）"], "以下列没有读取：编号、备注。"),
    (["成立日期", "联系电话"], "以下列没有读取：成立日期（是不是“日期”？）、联系电话（是不是“电话”？）。"),
    # Where the file has that column already, nothing else was meant for it.
    (["电话", "联系电话"], "以下列没有读取：联系电话。"),
    (["（说明）", "长" * 30], f"以下列没有读取：（说明）、{'长' * 20}。"),
    ([f"列{number}" for number in range(12)], f"以下列没有读取：{'、'.join(f'列{n}' for n in range(10))} 等 12 列。"),
]


@pytest.mark.parametrize(("heads", "sentence"), UNREAD)
def test_columns_that_are_not_ours_are_not_read_and_named_with_what_they_may_have_meant(heads, sentence):
    table = sheets.read(xlsx(["桂花超市", *["\N{BULLET}"] * len(heads)], head=["名称", *heads]), columns=COLUMNS)
    assert table.rows[0].values["name"] == "桂花超市"
    assert sheets.not_read(table.unread) == sentence


def test_what_is_written_as_csv_is_guarded_and_read_back():
    rows = [["=1+1", "商户", None, "13912345678"], ["桂花,超市\n二店", "", "2023-09-01", ""]]
    text = "".join(sheets.as_csv(COLUMNS, rows))
    assert text.startswith("\ufeff名称,性质,日期,电话\r\n'=1+1,商户,,13912345678\r\n")
    assert values(io.BytesIO(text.encode()), "name") == ["=1+1", "桂花,超市\n二店"]


def test_blanks_around_a_cell_go_and_a_guarded_tab_stays():
    columns = [Column("name", "名称", TextField(strip=False))]
    rows = sheets.read(io.BytesIO('名称\n"  桂花 "\n"\'\t=1"\n'.encode()), columns=columns).rows
    assert [row.values["name"] for row in rows] == ["桂花", "\t=1"]


def test_spreadsheets_are_read_and_written_without_lxml():
    """What python-docx brings along would replace the XML that our limits are made for."""
    assert openpyxl.LXML is False
