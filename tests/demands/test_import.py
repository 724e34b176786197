"""Demands from a table: with their own times, all of them or none, each bad row named."""

import datetime
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from demands.models import Demand, DemandMessage
from demands.services import batches
from demands.sheets import batches as list_sheets
from demands.sheets import demands as demand_list
from foundation import sheets
from foundation.outbox import OutboxMessage
from foundation.sheet_files import MAX_TEXT_BYTES
from tests import factories

pytestmark = pytest.mark.django_db

DATA = Path(__file__).parent / "data"
HEADING = "title,body,posted_at,reply,replied_at,category,area\n"
ROW = "标题,正文,2025-03-03 09:00:00,,,,\n"


@pytest.fixture(autouse=True)
def places():
    """What the files name; `other` is where a row without a category goes."""
    factories.category()
    factories.category("green", name="绿化", response_days=1, resolution_days=10)
    factories.category("other", name="其他")
    return factories.tree()


def run(path, *options) -> None:
    call_command("import_demands", str(path), "--area", "subdistrict", *options)


def file(tmp_path, content: str | bytes) -> Path:
    path = tmp_path / "needs.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def refused(capsys, path, *options) -> list[str]:
    """The lines that say what is wrong; nothing was imported."""
    with pytest.raises(CommandError) as error:
        run(path, *options)
    assert not Demand.objects.exists()
    lines = capsys.readouterr().err.splitlines()
    assert str(error.value) == f"{len(lines)} problems, nothing imported."
    return lines


def at(year, month, day, hour=0, minute=0, second=0) -> datetime.datetime:
    return timezone.make_aware(datetime.datetime(year, month, day, hour, minute, second))


# --- What comes in ---------------------------------------------------------------------------------------------------


def test_eight_rows_come_in_with_their_own_times(capsys, places):
    run(DATA / "needs.csv")
    assert "8 demands imported" in capsys.readouterr().out
    demands = {demand.public_title: demand for demand in Demand.objects.with_place()}
    table = [
        # title, received, answered and resolved, status, category, area
        ("路灯不亮", at(2025, 3, 3, 9, 5), at(2025, 3, 7, 16, 30), "resolved", "环境卫生", "桂花苑"),
        ("树枝遮窗", at(2025, 3, 4, 8), at(2025, 3, 4, 18, 20), "resolved", "绿化", "桂花新村"),
        ("电梯停运", at(2025, 3, 8, 10), None, "received", "其他", "柳园小区"),
        ("充电不便", at(2025, 3, 9), at(2025, 3, 20), "resolved", "其他", "湖东街道"),
        ('引号"里的"话', at(2025, 3, 10, 7), None, "received", "其他", "湖东街道"),
        ("噪音", at(2025, 3, 11, 21), at(2025, 3, 12, 9), "resolved", "其他", "柳园社区"),
        ("积水", at(2024, 2, 29, 12), at(2024, 3, 1, 12), "resolved", "环境卫生", "湖东街道"),
        ("停车", at(2025, 12, 31, 23, 59, 59), None, "received", "其他", "湖东街道"),
    ]
    assert len(demands) == len(table)
    for title, received, answered, status, category, area in table:
        demand = demands[title]
        assert (demand.received_at, demand.answered_at, demand.closed_at) == (received, answered, answered), title
        assert (demand.status, demand.category.name, demand.area.name) == (status, category, area), title
        moves = [(move.to_status, move.at, move.party) for move in demand.transitions.all()]
        expected = [("received", received, "resident")]
        if answered:
            expected += [("accepted", answered, "system"), ("resolved", answered, "system")]
        assert moves == expected, title
    assert demands["树枝遮窗"].description == "梧桐树枝遮住了窗户,\n下雨时还会打到玻璃。"
    assert demands['引号"里的"话'].description == '他说："等等"。'


def test_a_reply_is_a_message_at_its_time():
    run(DATA / "needs.csv")
    message = DemandMessage.objects.get(demand__public_title="路灯不亮")
    assert (message.kind, message.body, message.at) == ("answer", "路灯已换新。", at(2025, 3, 7, 16, 30))
    assert DemandMessage.objects.count() == 5


def test_deadlines_count_from_the_day_it_was_posted():
    run(DATA / "needs.csv")
    demand = Demand.objects.get(public_title="路灯不亮")
    # A Monday: three working days later is Thursday; thirty, with 清明 on 4 April, is 15 April.
    assert demand.response_due == datetime.date(2025, 3, 6)
    assert demand.resolution_due == datetime.date(2025, 4, 15)
    # A Saturday: the first working day counted is Monday.
    assert Demand.objects.get(public_title="电梯停运").response_due == datetime.date(2025, 3, 12)
    assert Demand.objects.get(public_title="树枝遮窗").response_due == datetime.date(2025, 3, 5)


def test_references_carry_the_year_it_was_posted():
    run(DATA / "needs.csv")
    refs = Demand.objects.order_by("pk").values_list("ref", flat=True)
    assert list(refs) == [*(f"NH-2025-{number:05d}" for number in range(1, 7)), "NH-2024-00001", "NH-2025-00007"]


def test_nobody_is_written_to_and_nothing_is_public():
    run(DATA / "needs.csv")
    assert not OutboxMessage.objects.exists()
    assert not Demand.objects.public().exists()
    assert not Demand.objects.filter(contact__isnull=False).exists()
    # Title and text lie ready for staff.
    assert Demand.objects.get(public_title="路灯不亮").public_summary == "3 号门外路灯坏了两周。"


@pytest.mark.parametrize("basis", ["already_public", "nobody_concerned"])
def test_with_a_basis_they_are_published_as_they_stand(basis, resident):
    run(DATA / "needs.csv", "--publish-as", basis)
    assert Demand.objects.public().filter(publication_basis=basis).count() == 8
    assert "路灯不亮" in resident.get("/demands/").content.decode()
    assert not OutboxMessage.objects.exists()


def test_published_as_it_stands_the_answer_is_public_and_the_dates_are_its_own(resident):
    run(DATA / "needs.csv", "--publish-as", "already_public")
    demand = Demand.objects.get(public_title="路灯不亮")
    assert (demand.public_result, demand.published_at) == ("路灯已换新。", at(2025, 3, 7, 16, 30))
    assert "路灯已换新。" in resident.get(f"/demands/{demand.ref}/").content.decode()
    assert "待居民确认" not in resident.get(f"/demands/{demand.ref}/").content.decode()
    assert Demand.objects.get(public_title="停车").published_at == at(2025, 12, 31, 23, 59, 59)


def test_published_each_row_of_an_export_needs_a_title(tmp_path, capsys):
    path = file(tmp_path, "标题,内容,提出时间\n,路灯不亮,2025-03-03\n")
    assert refused(capsys, path, "--publish-as", "already_public") == ["第 2 行“标题”：没有填写标题。"]


def test_the_numbers_are_told_year_by_year(capsys):
    run(DATA / "needs.csv")
    assert capsys.readouterr().out.splitlines()[-1] == (
        "8 demands imported: NH-2024-00001, NH-2025-00001 to NH-2025-00007."
    )


@pytest.mark.parametrize("dry", [("--dry-run",), ()])
def test_how_many_rows_fall_under_retention_is_said_before(capsys, settings, dry):
    settings.RETENTION_MONTHS = 30
    erased = "5 of 8 rows fall under retention: erased 30 months after this import, once staff have seen them listed."
    stays = "0 of 8 rows fall under retention: what was public before stays for as long as it is published."
    for options, words in [
        ((), erased),
        (("--publish-as", "nobody_concerned"), erased),
        (("--publish-as", "already_public"), stays),
    ]:
        run(DATA / "needs.csv", *options, *dry)
        assert capsys.readouterr().out.splitlines()[0] == words


@pytest.mark.parametrize("basis", ["web_consent", "oral_consent", "nonsense"])
def test_a_basis_that_needs_somebodys_consent_is_no_option(basis):
    with pytest.raises(CommandError):
        run(DATA / "needs.csv", "--publish-as", basis)
    assert not Demand.objects.exists()


def test_a_dry_run_checks_and_imports_nothing(capsys):
    run(DATA / "needs.csv", "--dry-run")
    assert "8 rows are fine; nothing imported (--dry-run)." in capsys.readouterr().out
    assert not Demand.objects.exists()


def test_options_hold_for_rows_that_do_not_say(places):
    run(
        DATA / "needs.csv",
        *("--category", "green", "--direction", "top_down", "--channel", "department"),
    )
    assert Demand.objects.get(public_title="停车").category.code == "green"
    assert Demand.objects.get(public_title="积水").category.code == "environment"
    assert Demand.objects.filter(direction="top_down", channel="department").count() == 8


def test_columns_of_other_names_are_mapped(tmp_path):
    path = file(tmp_path, "甲,乙,丙,编号\n路灯,不亮,2025-03-03 09:00:00,17\n")
    run(path, "--map", "title=甲", "--map", "body=乙", "--map", "posted_at=丙")
    demand = Demand.objects.get()
    assert (demand.public_title, demand.description) == ("路灯", "不亮")


def test_columns_are_known_without_a_map_and_it_is_said(tmp_path, capsys):
    run(file(tmp_path, "主题,留言,留言时间,作者\n路灯,不亮,2025-03-03 09:00:00,甲\n"))
    assert capsys.readouterr().out.splitlines()[:4] == [
        "“主题” is read as “标题”.",
        "“留言” is read as “内容”.",
        "“留言时间” is read as “提出时间”.",
        "以下列没有读取：作者。",
    ]
    demand = Demand.objects.get()
    assert (demand.public_title, demand.description) == ("路灯", "不亮")


@pytest.mark.parametrize("option", ["title", "nonsense=x", "=x"])
def test_a_mapping_that_is_none_is_refused(option):
    with pytest.raises(CommandError, match="write FIELD=COLUMN"):
        run(DATA / "needs.csv", "--map", option)


def test_long_titles_are_cut_for_the_public_and_texts_and_answers_kept_whole(tmp_path):
    texts = f"{'题' * 100},{'文' * 20_000},2025-03-03,{'答' * 20_000},2025-03-04,,\n"
    run(file(tmp_path, f"{HEADING}{texts}"))
    demand = Demand.objects.get()
    assert demand.public_title == "题" * 59 + "…"
    assert demand.public_summary == demand.description == "文" * 20_000
    assert demand.public_result == "答" * 20_000


def test_a_byte_order_mark_is_no_part_of_the_heading(tmp_path):
    run(file(tmp_path, b"\xef\xbb\xbf" + (HEADING + ROW).encode()))
    assert Demand.objects.count() == 1


def test_line_ends_of_windows_do_no_harm(tmp_path):
    run(file(tmp_path, (HEADING + ROW).replace("\n", "\r\n")))
    assert Demand.objects.get().description == "正文"


def test_a_table_of_headings_alone_is_refused(tmp_path, capsys):
    assert refused(capsys, file(tmp_path, HEADING)) == ["表头下面没有内容。"]


@pytest.mark.parametrize("encoding", ["gbk", "utf-16"])
def test_a_file_as_chinese_spreadsheets_save_it_is_read(tmp_path, encoding):
    run(file(tmp_path, (HEADING + ROW).encode(encoding)))
    assert Demand.objects.get().description == "正文"


def test_a_workbook_is_read_too(tmp_path):
    columns = [column for column in demand_list.COLUMNS if column.name in ("title", "body", "posted_at")]
    run(file(tmp_path, sheets.write(columns, [["路灯", "不亮", "2025-03-03"]])))
    assert Demand.objects.get().received_at == at(2025, 3, 3)


def test_more_rows_and_bytes_than_an_upload_may_have_are_read(tmp_path, capsys):
    lines = (f"标题 {number},{'文' * 1400},2025-03-03 09:00:00,,,,\n" for number in range(sheets.MAX_ROWS + 1))
    path = file(tmp_path, HEADING + "".join(lines))
    assert path.stat().st_size > MAX_TEXT_BYTES
    run(path, "--dry-run")
    assert "5001 rows are fine" in capsys.readouterr().out


# --- What is refused -------------------------------------------------------------------------------------------------


def test_each_bad_row_is_named_with_its_column_and_the_reason(capsys):
    assert refused(capsys, DATA / "bad.csv") == [
        "第 2 行“title”：没有填写标题。",
        "第 3 行“body”：没有填写内容。",
        "第 4 行“posted_at”：没有填写提出时间。",
        "第 5 行“posted_at”：“上周三”不是完整的日期，请按 2023-9-1 的格式填写。",
        "第 6 行“posted_at”：没有“2025-02-30”这一天，请核对。",
        "第 7 行“posted_at”：时间晚于现在，请核对。",
        "第 8 行“replied_at”：有答复的，须填写答复时间。",
        "第 9 行“replied_at”：答复时间早于提出时间，请核对。",
        "第 10 行“category”：没有“没有的类”这个类别，可填写的类别见模板。",
        "第 11 行“area”：没有找到“没有的小区”这个地点。",
    ]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            HEADING + "标题,正\x00文,2025-03-03 09:00:00,,,,\n",
            ["第 2 行“body”：文字中有无法保存的字符，请删除后再试。"],
        ),
        (HEADING + ROW + '标题,"没有关上的引号,2025-03-03 09:00:00,,,,\n', ["第 3 行"]),
        (HEADING + ROW + '标题,"引号"后面,2025-03-03 09:00:00,,,,\n', ["第 3 行"]),
        (HEADING + ROW + "标题,正文,2025-03-03 09:00:00,,,,,多一格\n", ["第 3 行：H 列有内容，但表头没有列名。"]),
        (HEADING + "标题,正文\n", ["第 2 行“posted_at”：没有填写提出时间。"]),
        ("title,body\n标题,正文\n", ["目前缺少：提出时间。", "编码不对"]),
        ("主题,留言\n路灯,不亮\n", ["目前缺少：提出时间。", "编码不对"]),
        (HEADING + f"{'题' * 241},正文,2025-03-03 09:00:00,,,,\n", ["第 2 行“title”：最多 240 个字"]),
        (HEADING + f"标题,{'文' * 20001},2025-03-03 09:00:00,,,,\n", ["第 2 行“body”：最多 20000 个字"]),
        (b"PK\x03\x04" + bytes(range(256)), ["表格文件已损坏，无法打开。"]),
    ],
    ids=[
        *("nul", "open quote", "broken quote", "too many cells", "too few cells", "no time", "no columns"),
        *("long title", "long text", "spreadsheet"),
    ],
)
def test_a_file_that_is_not_right_is_refused_with_the_place_and_the_reason(tmp_path, capsys, content, expected):
    lines = refused(capsys, file(tmp_path, content))
    assert len(lines) == len(expected)
    for line, part in zip(lines, expected, strict=True):
        assert part in line


def test_a_mapped_column_that_is_missing_is_named_as_the_file_would_have_it(tmp_path, capsys):
    lines = refused(capsys, file(tmp_path, HEADING + ROW), "--map", "title=主题")
    assert lines == [
        "没有找到表头。前 10 行中须有一行是列名，目前缺少：主题。请使用模板，不要修改列名。",
        "如果用表格软件能看到这些列名，说明编码不对，请另存为 .xlsx 再上传。",
    ]


def test_one_that_fails_in_the_middle_leaves_none(monkeypatch, database):
    before = database()
    done = []

    def stumble(number):
        done.append(number)
        if number == 4:
            raise OSError("the terminal is gone")

    defaults = list_sheets.Defaults(factories.tree().subdistrict, factories.category("other"))
    with open(DATA / "needs.csv", "rb") as table:
        rows = list_sheets.read(table, defaults).rows
    monkeypatch.setattr(batches, "AT_ONCE", 2)
    with pytest.raises(OSError, match="the terminal is gone"):
        batches.load([row for _number, row in rows], progress=stumble)
    assert done == [2, 4]
    assert database() == before


def test_a_file_that_is_not_there_is_said():
    with pytest.raises(CommandError, match="No such file"):
        run("nowhere.csv")


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("--category", "nonsense"), "There is no category 'nonsense'"),
        (("--area", "nonsense"), "There is no area 'nonsense'"),
        (("--area", ""), "Name the area by its code"),  # there are two subdistricts
    ],
)
def test_options_that_name_nothing_are_said(options, why):
    with pytest.raises(CommandError, match=why):
        run(DATA / "needs.csv", *options)
    assert not Demand.objects.exists()


# --- What the desk wrote ---------------------------------------------------------------------------------------------


def test_what_the_desk_exported_comes_back_as_the_desk_reads_it(tmp_path):
    """Its headings, its guard before what a spreadsheet would run, its places and its directions."""
    head = "需求编号,标题,内容,提出时间,类别,地点,方向,来源,需求状态,当前期限,答复,答复时间"
    need = "NH-2020-00007,'=1+1,'-内容,2025-03-03 09:05:07,绿化,桂花社区 · 桂花苑"
    state = "自上而下（部门提出）,电话,已受理,,'@好,2025-03-04"
    run(file(tmp_path, f"\ufeff{head}\r\n{need},{state}\r\n"))
    demand = Demand.objects.with_place().get()
    assert (demand.public_title, demand.description) == ("=1+1", "-内容")
    assert (demand.ref, demand.received_at) == ("NH-2025-00001", at(2025, 3, 3, 9, 5, 7))
    assert (demand.category.name, demand.area.name) == ("绿化", "桂花苑")
    assert (demand.direction, demand.channel, demand.status) == ("top_down", "phone", "resolved")
    assert demand.messages.get().body == "@好"


def test_where_such_a_file_does_not_say_the_options_hold(tmp_path):
    path = file(tmp_path, "内容,提出时间\n路灯不亮,2025-03-03\n")
    run(path, "--category", "green", "--channel", "phone")
    demand = Demand.objects.get()
    assert (demand.category.code, demand.area.code, demand.public_title) == ("green", "subdistrict", "")
    assert (demand.direction, demand.channel) == ("bottom_up", "phone")


def test_in_such_a_file_each_bad_cell_is_named_too(tmp_path, capsys):
    assert refused(capsys, file(tmp_path, "内容,提出时间\n,昨天\n")) == [
        "第 2 行“内容”：没有填写内容。",
        "第 2 行“提出时间”：“昨天”不是完整的日期，请按 2023-9-1 的格式填写。",
    ]


def test_columns_that_are_not_ours_are_named_and_not_read(tmp_path, capsys):
    run(file(tmp_path, "内容,提出时间,说明,所在地点\nx,2025-03-03,y,z\n"), "--dry-run")
    assert capsys.readouterr().out.splitlines()[0] == "以下列没有读取：说明、所在地点（是不是“地点”？）。"
    run(file(tmp_path, "title,body,posted_at,author\n路灯,不亮,2025-03-03,A1\n"))
    assert capsys.readouterr().out.splitlines()[0] == "以下列没有读取：author。"
    assert Demand.objects.get().description == "不亮"
