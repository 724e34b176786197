"""Demands as spreadsheets: what is read and what is refused, and that what is written comes back unchanged."""

import datetime
import io

import openpyxl
import pytest
from django.utils import timezone, translation
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from demands import services, sheets
from demands.models import Demand, DemandMessage, ImportRow
from demands.services import batches
from demands.workflow import DemandStatus
from foundation.actors import RESIDENT
from foundation.sheets import SheetError
from tests import factories
from tests.pages import tells_digits

pytestmark = pytest.mark.django_db

HEAD = "标题,内容,提出时间,类别,地点,具体位置,来源部门,来源编号,答复,答复时间"
GOOD = "路灯不亮,3 号门外路灯坏了。,2025-03-03 09:05,绿化,桂花苑,3 号门,城管,17,已修好。,2025-03-04"


@pytest.fixture(autouse=True)
def places():
    factories.category()
    factories.category("green", name="绿化", name_en="Greenery")
    factories.category("other", name="其他")
    return factories.tree()


def at(*parts) -> datetime.datetime:
    return timezone.make_aware(datetime.datetime(*parts))


def csv(*lines: str, head: str = HEAD) -> io.BytesIO:
    return io.BytesIO("\n".join([head, *lines]).encode())


def xlsx(*rows, epoch=None) -> io.BytesIO:
    book = openpyxl.Workbook()
    if epoch:
        book.epoch = epoch
    for row in (HEAD.split(","), *rows):
        book.active.append(row)
    output = io.BytesIO()
    book.save(output)
    output.seek(0)
    return output


def read(upload, user=None, source=""):
    defaults = sheets.batches.Defaults(factories.tree().subdistrict, factories.category("other"), source)
    return sheets.batches.read(upload, defaults, user=user or factories.liaison_staff())


def problems(*lines: str, **options) -> list[str]:
    return [str(problem) for problem in read(csv(*lines), **options).problems]


def one(upload, **options) -> sheets.demands.DemandRow:
    found = read(upload, **options)
    assert found.problems == []
    [(_number, row)] = found.rows
    return row


# --- What is read ----------------------------------------------------------------------------------------------------


def test_a_row_is_read_with_all_it_says(places):
    assert one(csv(GOOD)) == sheets.demands.DemandRow(
        title="路灯不亮",
        body="3 号门外路灯坏了。",
        posted_at=at(2025, 3, 3, 9, 5),
        category=factories.category("green"),
        area=places.compound,
        reply="已修好。",
        replied_at=at(2025, 3, 4),
        place="3 号门",
        source="城管",
        reference="17",
        direction="top_down",
        channel="department",
    )


def test_what_a_row_does_not_say_holds_as_chosen_with_the_file(places):
    row = one(csv("x,2025-03-03", head="内容,posted_at"), source="民政")
    assert (row.title, row.body, row.category.code, row.area) == ("", "x", "other", places.subdistrict)
    assert (row.source, row.reference, row.reply, row.replied_at) == ("民政", "", "", None)


def test_rows_are_numbered_as_in_the_file():
    found, _wrong, *_rest = read(csv("", GOOD, "", GOOD.replace("17", "18")))
    assert [number for number, _row in found] == [3, 5]


@pytest.mark.parametrize("epoch", [None, CALENDAR_MAC_1904])
def test_dates_of_both_calendars_and_dates_as_text_are_the_same(epoch):
    moment = datetime.datetime(2025, 3, 3, 9, 5, 7)
    rows = [["a", "x", moment], ["b", "x", "2025/3/3 9:05:07"], ["c", "x", "2025年3月3日 9:05:07"]]
    found, wrong, *_rest = read(xlsx(*rows, epoch=epoch))
    assert wrong == []
    assert {row.posted_at for _number, row in found} == {at(2025, 3, 3, 9, 5, 7)}


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_places_and_categories_are_known_by_their_names_in_both_languages(places, language):
    for area, category in [("桂花社区 · 桂花苑", "绿化"), ("Guihua Community · 桂花苑", " greenery ")]:
        with translation.override(language):
            row = one(csv(f"a,x,2025-03-03,{category},{area}"))
        assert (row.area, row.category.code) == (places.compound, "green")


def test_a_category_no_longer_offered_is_still_known():
    category = factories.category("green")
    category.is_active = False
    category.save()
    assert one(csv(GOOD)).category == category


BAD = [
    ("a,,2025-03-03", ["第 2 行“内容”：没有填写内容。"]),
    ("a,x,", ["第 2 行“提出时间”：没有填写提出时间。"]),
    ("a,x,昨天", ["第 2 行“提出时间”：“昨天”不是完整的日期，请按 2023-9-1 的格式填写。"]),
    ("a,x,2025-02-30 09:00", ["第 2 行“提出时间”：没有“2025-02-30”这一天，请核对。"]),
    ("a,x,45719", ["第 2 行“提出时间”：“45719”不是完整的日期，请按 2023-9-1 的格式填写。"]),
    ("a,x,2099-01-01", ["第 2 行“提出时间”：时间晚于现在，请核对。"]),
    ("a,x,2025-03-03,没有的类", ["第 2 行“类别”：没有“没有的类”这个类别，可填写的类别见模板。"]),
    ("a,x,2025-03-03,,月亮", ["第 2 行“地点”：您的工作范围里没有“月亮”。"]),
    ("a,x,2025-03-03,,松林小区", ["第 2 行“地点”：您的工作范围里没有“松林小区”。"]),
    ("a,x,2025-03-03,,,,,,好了,", ["第 2 行“答复时间”：有答复的，须填写答复时间。"]),
    ("a,x,2025-03-03,,,,,,好了,2025-03-02", ["第 2 行“答复时间”：答复时间早于提出时间，请核对。"]),
    ("a,x\x00y,2025-03-03", ["第 2 行“内容”：文字中有无法保存的字符，请删除后再试。"]),
    ("字" * 241 + ",x,2025-03-03", ["第 2 行“标题”：最多 240 个字，现在有 241 个字。"]),
    ("a," + "字" * 20_001 + ",2025-03-03", ["第 2 行“内容”：最多 20000 个字，现在有 20001 个字。"]),
    (
        "a,,昨天,没有的类,月亮",
        [
            "第 2 行“内容”：没有填写内容。",
            "第 2 行“提出时间”：“昨天”不是完整的日期，请按 2023-9-1 的格式填写。",
            "第 2 行“类别”：没有“没有的类”这个类别，可填写的类别见模板。",
            "第 2 行“地点”：您的工作范围里没有“月亮”。",
        ],
    ),
]


@pytest.mark.parametrize(("line", "sentences"), BAD)
def test_each_bad_cell_is_named_by_row_and_column(line, sentences):
    assert problems(line, GOOD) == sentences


def test_a_formula_counts_as_what_it_came_to_and_is_named_where_it_came_to_nothing():
    _found, wrong, *_rest = read(xlsx(["a", "=1+1", "2025-03-03"]))
    assert [str(problem) for problem in wrong] == [
        "第 2 行“内容”：公式没有结果。请用表格软件打开并保存一次，或直接填写内容。"
    ]


def test_a_number_of_one_office_comes_once_in_a_file_and_another_office_may_have_the_same():
    line = "a,x,2025-03-03,,,,{},{}"
    assert problems(line.format("城管", 17), line.format("民政", 17), line.format("城管", 17)) == [
        "第 4 行“来源编号”：与第 2 行的编号相同，请只留一行。"
    ]


def test_a_number_that_came_before_is_refused_with_its_demand():
    user = factories.liaison_staff()
    found, _wrong, *_rest = read(csv(GOOD))
    batch = batches.stage(found, file_name="a.csv", digest="0" * 64, actor=user)
    assert problems(GOOD) == []  # nobody confirmed it
    batches.confirm(batch, actor=user)
    while batches.work():
        pass
    assert problems(GOOD, GOOD.replace("17", "18")) == ["第 2 行“来源编号”：这个编号已导入，编号为 NH-2025-00001。"]
    assert problems(GOOD.replace("城管", "民政")) == []


def test_a_row_exported_from_here_is_not_imported_into_the_same_portal():
    demand = factories.demand(description="路灯不亮")
    head, line = "需求编号,内容,提出时间", "{},{},2025-03-03"
    upload = csv(line.format(demand.ref, "路灯不亮"), line.format(demand.ref, "别处的同号"), head=head)
    assert [str(problem) for problem in read(upload).problems] == [
        f"第 2 行“需求编号”：{demand.ref} 已在系统中，无需再导入。"
    ]


@pytest.mark.parametrize(
    ("upload", "sentence"),
    [
        (lambda: csv(GOOD, head="甲,乙,丙,丁,戊,己,庚,辛,壬,癸"), "目前缺少：内容。"),
        (lambda: csv("x,2025-03-03,y", head="内容,提出时间,body"), "有重复的列名"),
        (lambda: csv(*[GOOD] * 5001), "一次最多 5000 行"),
    ],
)
def test_a_table_that_is_none_of_ours_is_refused_in_a_sentence(upload, sentence):
    with pytest.raises(SheetError, match=sentence):
        read(upload())


# --- The template ----------------------------------------------------------------------------------------------------


def test_the_template_has_an_example_that_can_be_read_and_the_words_that_may_be_filled_in():
    book = openpyxl.load_workbook(io.BytesIO(sheets.demands.template()))
    table, notes, categories, areas = book.worksheets
    assert [cell.value for cell in table[1]] == [
        *("标题", "内容（必填）", "提出时间（必填）", "类别", "地点", "具体位置", "来源部门", "来源编号"),
        *("答复", "答复时间"),
    ]
    assert notes.max_row == 11
    assert [cell.value for cell in categories["A"]] == ["类别", "环境卫生", "绿化", "其他"]
    assert [cell.value for cell in areas["A"]][:3] == ["地点", "南湖区", "湖东街道"]
    row = one(io.BytesIO(sheets.demands.template()), user=factories.superuser())
    assert (row.title, row.category.code, row.reply) == ("公交站旁人行道地砖松动", "environment", "")


# --- Demands of rows -------------------------------------------------------------------------------------------------


def content(demand: Demand) -> dict:
    """All a demand holds but its number, codes and version."""
    apart = {"id", "ref", "form_hash", "code_hash", "version", "imported_at"}
    values = Demand.objects.filter(pk=demand.pk).values().get()
    return {
        **{name: value for name, value in values.items() if name not in apart},
        "moves": list(demand.transitions.values_list("from_status", "to_status", "party", "at", "reason", "office")),
        "messages": list(demand.messages.values_list("kind", "body", "at", "office", "author")),
    }


@pytest.mark.parametrize("reply", ["", "已经修好。"])
def test_a_row_becomes_what_submitting_and_moving_it_would_have_made_of_it(places, reply):
    row = sheets.demands.DemandRow(
        title="路灯不亮" * 20,
        body="三号门外\n路灯坏了。" * 200,
        posted_at=at(2025, 3, 3, 9),
        category=factories.category("green"),
        area=places.compound,
        place="3 号门",
        reply=reply,
        replied_at=at(2025, 3, 5, 9) if reply else None,
    )
    [demand] = batches.bring_in([row], actor=RESIDENT)
    same, _created = factories.acting_at(
        row.posted_at,
        services.intake.submit,
        factories.submission(
            description=row.body,
            category=row.category,
            area=row.area,
            place=row.place,
            called="",
            phone="",
            consent_handling=False,
            consent_publication=False,
        ),
        actor=RESIDENT,
    )
    if reply:
        for to, owed in [(DemandStatus.ACCEPTED, {}), (DemandStatus.RESOLVED, {"answer": reply})]:
            same = factories.acting_at(row.replied_at, factories.make_move, same, to, **owed)
    prepared = {"public_title": f"{row.title[:59]}…", "public_summary": row.body, "public_result": reply}
    Demand.objects.filter(pk=same.pk).update(**prepared)
    assert content(demand) == content(same)


def test_rows_are_numbered_in_their_order_each_subdistrict_and_year_by_itself(places):
    factories.demand(at=at(2025, 1, 2))
    values = {"title": "", "body": "x", "category": factories.category("green")}
    rows = [
        sheets.demands.DemandRow(posted_at=at(2025, 3, 3), area=places.compound, **values),
        sheets.demands.DemandRow(posted_at=at(2024, 3, 3), area=places.community, **values),
        sheets.demands.DemandRow(posted_at=at(2025, 1, 1), area=places.subdistrict, **values),
        sheets.demands.DemandRow(posted_at=at(2025, 1, 1), area=places.district, **values),
    ]
    refs = [demand.ref for demand in batches.bring_in(rows, actor=RESIDENT)]
    assert refs == ["NH-2025-00002", "NH-2024-00001", "NH-2025-00003", "QS-2025-00001"]


def test_a_list_is_brought_in_by_its_number_of_queries(places, django_assert_num_queries):
    values = {"title": "", "body": "x", "category": factories.category("green"), "area": places.compound}
    row = sheets.demands.DemandRow(posted_at=at(2025, 3, 3), reply="好", replied_at=at(2025, 3, 4), **values)
    batches.bring_in([row], actor=RESIDENT)
    for count in (1, 60):
        with django_assert_num_queries(6):  # a savepoint and its end, numbers, demands, moves, messages
            batches.bring_in([row] * count, actor=RESIDENT)


def test_whose_list_it_was_stands_in_a_note(places):
    user = factories.liaison_staff()
    [demand] = batches.bring_in([one(csv(GOOD))], actor=user)
    note = DemandMessage.objects.get(demand=demand, kind="note")
    assert (note.body, note.author, note.office) == ("来源部门：城管；来源编号：17", user, "湖东街道联络委")
    received = demand.transitions.first()
    assert (received.party, received.actor, received.office) == ("staff", user, "湖东街道联络委")


# --- There and back --------------------------------------------------------------------------------------------------

NASTY = [
    "=1+1",
    '=HYPERLINK("http://evil.example","点")',
    "+86 139",
    "-1",
    "@SUM(A1)",
    "＝1＋1",
    "'=1+1",
    "''=1+1",
    "'已经有的撇号",
    "'\n=1",
    '他说："等等"，又说""。',
    "一行\n二行\n\n四行",
    "中间\t有制表符",
    "a,b;c|d",
    "007",
    "13912345678",
    "1e5",
    "2025-03-03",
    "TRUE",
    "😀👍🏽 表情和𠮷野家",
    "e\u0301 与 é 不同",
    "_x0041_ 和 &amp; <b>",
    "中间　全角空格",
    "很长" * 9_999,
]


def exported(kind: str, demands=None) -> io.BytesIO:
    rows = sheets.demands.exported(Demand.objects.all() if demands is None else demands, whole=True)
    made = sheets.demands.as_workbook(rows) if kind == "xlsx" else "".join(sheets.demands.as_csv(rows)).encode()
    return io.BytesIO(made)


def take_over(rows: list[tuple[int, sheets.demands.DemandRow]], user) -> None:
    """As the desk and the worker do."""
    batches.confirm(batches.stage(rows, file_name="a", digest="", actor=user), actor=user, again=True)
    while batches.work():
        pass


def listed() -> list[dict]:
    """Texts, times, categories and places of all demands, in their order."""
    names = ("description", "place", "public_title", "public_summary", "received_at", "answered_at", "closed_at")
    more = ("category__code", "area__code", "direction", "channel", "status", "response_due", "resolution_due")
    rows = list(Demand.objects.order_by("pk").values("pk", *names, *more))
    for row in rows:
        row["messages"] = list(
            DemandMessage.objects.filter(demand=row.pop("pk")).order_by("at", "pk").values_list("kind", "body", "at")
        )
    return rows


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_what_is_exported_comes_back_unchanged_however_nasty(places, kind):
    user = factories.superuser()
    areas = [places.district, places.subdistrict, places.community, places.compound, places.far_compound]
    categories = [factories.category(), factories.category("green"), factories.category("other")]
    rows = []
    for number, text in enumerate(NASTY):
        posted = at(2025, 3, 3, 9, 5, number % 60)
        rows.append(
            sheets.demands.DemandRow(
                title=text[:240] if number % 4 else "",
                body=text,
                posted_at=posted,
                category=categories[number % 3],
                area=areas[number % 5],
                reply=text if number % 2 else "",
                replied_at=posted + datetime.timedelta(days=1, seconds=1) if number % 2 else None,
                place=text[:100],
                source=text[:60] if number % 3 else "",
                reference=f"{text[:50]}{number}" if number % 3 else "",
                direction=["top_down", "bottom_up"][number % 2],
                channel=["department", "web", "phone"][number % 3],
            )
        )
    take_over(list(enumerate(rows, 2)), user)
    before = listed()
    assert [row["description"] for row in before] == NASTY
    table, first = exported(kind), list(sheets.demands.exported(Demand.objects.all(), whole=True))
    last = Demand.objects.latest("pk").pk
    # Elsewhere: a portal in which none of them is.
    ImportRow.objects.all().delete()
    Demand.objects.update(description="")
    found, wrong, *_rest = read(table, user=user)
    assert [str(problem) for problem in wrong] == []
    take_over(found, user)
    assert listed()[len(rows) :] == before
    again = list(sheets.demands.exported(Demand.objects.order_by("pk").filter(pk__gt=last), whole=True))
    assert [row[1:] for row in again] == [row[1:] for row in first]  # all but the new number


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_nothing_in_an_export_runs(places, kind):
    batches.bring_in(
        [
            sheets.demands.DemandRow(
                title=text[:240],
                body=text,
                posted_at=at(2025, 3, 3),
                category=factories.category(),
                area=places.compound,
            )
            for text in NASTY
        ],
        actor=RESIDENT,
    )
    upload = exported(kind)
    if kind == "csv":
        for text in ("=1+1", "+86 139", "-1", "@SUM(A1)", "＝1＋1"):
            assert f",'{text},'{text},2025-03-03 00:00:00," in upload.getvalue().decode()
        return
    for row in openpyxl.load_workbook(upload).active.iter_rows(min_row=2):
        for cell in row:
            assert cell.data_type in ("s", "n", "inlineStr")
            assert not str(cell.value or "").startswith(("=", "+", "-", "@", "＝"))


def test_two_code_points_that_xml_cannot_hold_are_left_out_of_a_workbook(places):
    factories.demand(description="前\ufffe后\uffff")
    assert "前后" in [cell.value for cell in openpyxl.load_workbook(exported("xlsx")).active[2]]


def test_a_demand_still_worked_on_is_not_exported_as_if_it_had_ended():
    demand = factories.demand(DemandStatus.IN_PROGRESS)
    services.handling.answer(demand, "正在看。", actor=factories.liaison_staff())
    done = factories.demand(DemandStatus.RESOLVED)
    [open_row, done_row] = sheets.demands.exported(Demand.objects.all())
    names = [column.name for column in sheets.demands.EXPORTED]
    assert open_row[names.index("reply")] == open_row[names.index("replied_at")] == ""
    assert open_row[names.index("status")] == "办理中"
    assert done_row[names.index("ref")] == done.ref
    assert done_row[names.index("reply")] == "路灯已修好。"


def test_an_export_holds_no_contact_and_no_name():
    factories.demand(called="欧阳女士", phone="13987654321", email="ouyang@example.com")
    words = exported("csv").getvalue().decode()
    assert "路灯" in words
    for secret in ("欧阳", "13987654321", "ouyang"):
        assert secret not in words
    assert not tells_digits(words, "4321")
    assert not {"phone", "email", "called", "contact", "assignee"} & {column.name for column in sheets.demands.EXPORTED}


@pytest.mark.parametrize("rows", [2, 4])
def test_an_export_makes_one_query(rows, django_assert_num_queries):
    for _number in range(rows):
        factories.demand(DemandStatus.RESOLVED)
    list(sheets.demands.exported(Demand.objects.all()))
    with django_assert_num_queries(1):
        assert len(list(sheets.demands.exported(Demand.objects.all()))) == rows
