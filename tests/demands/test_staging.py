"""Lists on their way in: guessed, decided for the whole file, checked anew, edited row by row, and then confirmed."""

import io
from dataclasses import replace
from pathlib import Path

import pytest

from demands import services
from demands.models import BatchStatus, Demand, ImportBatch, ImportRow
from demands.services import batches, staging
from demands.sheets import mapping
from foundation import raw_sheets
from foundation.actors import SYSTEM
from foundation.errors import Refused
from tests import factories

pytestmark = pytest.mark.django_db

DATA = Path(__file__).parent / "data"
HEAD = "事项,情况,日期,类型,社区"
LINE = "路灯不亮,3 号门外路灯坏了。,2025-03-03,,"


@pytest.fixture(autouse=True)
def places():
    factories.category()
    factories.category("lamps", name="照明")
    factories.category("other", name="其他")
    return factories.tree()


def receive(*lines: str, head: str = HEAD, user=None) -> ImportBatch:
    return received("\n".join([head, *lines]).encode(), user)


def received(content: bytes, user=None) -> ImportBatch:
    table = raw_sheets.read(io.BytesIO(content), known=mapping.meanings())
    batch = staging.receive(table, file_name="台账.csv", digest="d" * 64, actor=user or factories.liaison_staff())
    return ImportBatch.objects.get(pk=batch.pk)


def decided(batch: ImportBatch, *, publish_as: str = "", **changes) -> ImportBatch:
    staging.decide(batch, replace(staging.plan_of(batch), **changes), publish_as=publish_as)
    return ImportBatch.objects.get(pk=batch.pk)


def problems(batch: ImportBatch) -> dict[int, str]:
    return dict(batch.rows.failing().values_list("number", "problem"))


def imported(batch: ImportBatch) -> list[Demand]:
    batches.confirm(batch, actor=batch.made_by, again=True)
    while batches.work():
        pass
    return list(Demand.objects.filter(import_row__batch=batch).order_by("import_row__number"))


# --- As it comes -----------------------------------------------------------------------------------------------------


def test_a_platforms_messages_come_in_as_they_are(places):
    batch = received((DATA / "messages.csv").read_bytes())
    plan = staging.plan_of(batch)
    assert (plan.direction, plan.channel, plan.area) == ("bottom_up", "web", places.subdistrict.pk)
    assert batch.unread == [["author", ""]]
    assert problems(batch) == {}
    demands = imported(batch)
    assert [demand.status for demand in demands] == ["resolved"] * 5
    assert (demands[0].public_title, demands[0].direction) == ("桂花苑 3 栋门口路灯不亮", "bottom_up")
    assert demands[0].import_row.reference == "1001"


def test_a_departments_list_is_top_down():
    plan = staging.plan_of(receive(LINE, head="标题,内容,提出时间,类别,地点"))
    assert (plan.direction, plan.channel, plan.category) == ("top_down", "department", factories.category("other").pk)


@pytest.mark.parametrize("encoding", ["gbk", "utf-8-sig", "utf-16"])
def test_texts_as_chinese_programs_save_them_are_read(encoding):
    batch = received(f"主题,留言,日期\n{LINE}".encode(encoding))
    assert staging.packed_of(batch.rows.get())["body"] == "3 号门外路灯坏了。"


def test_no_cell_can_be_read_in_the_database():
    batch = receive("灯,3 号门外路灯坏了。,2025-03-03,没有的类别,", "灯,打 13912345678,昨天13912345678,,")
    stored = str(list(ImportRow.objects.values())) + str(batch.plan)
    assert "路灯" not in stored
    assert "13912345678" not in stored


def test_the_words_of_a_text_suggest_its_category():
    for number in range(6):
        factories.demand("accepted", description=f"路灯不亮了{number}", category=factories.category("lamps"))
        factories.demand("accepted", description="门口停车太乱", category=factories.category())
    services.words.learn(actor=SYSTEM)
    batch = receive(LINE, head="标题,内容,提出时间,类别,地点")
    assert batch.rows.get().values == {
        **{"category": factories.category("lamps").pk, "area": factories.tree().subdistrict.pk},
        **{"suggested": True, "status": "received"},
    }
    # A row by itself is suggested the same.
    row = batch.rows.get()
    assert staging.try_out(row, {}).row.category == factories.category("lamps")
    decided(batch, suggests=False)
    assert batch.rows.get().values["category"] == factories.category("other").pk


# --- Decided for the whole file --------------------------------------------------------------------------------------


def test_a_column_that_nobody_recognised_is_mapped_and_all_rows_are_checked_anew():
    batch = receive(LINE, LINE)
    assert problems(batch) == dict.fromkeys((2, 3), "“内容”：没有填写内容。")
    batch = decided(batch, where=staging.plan_of(batch).where | {"body": 1})
    assert problems(batch) == {}
    assert [demand.description for demand in imported(batch)] == ["3 号门外路灯坏了。"] * 2


def test_words_of_the_file_for_categories_and_places_are_offered_and_mapped(places):
    lines = ["a,b,2025-03-03,市政,一社区", "a,b,2025-03-03,市政,桂花苑", "a,b,2025-03-03,照明,"]
    batch = receive(*lines, head="标题,内容,日期,类型,社区")
    assert staging.plan_of(batch).unknown == {"category": [["市政", 2]], "area": [["一社区", 1]]}
    words = {"category": {"市政": "照明"}, "area": {"一社区": "桂花社区"}}
    batch = decided(batch, words=words)
    assert staging.plan_of(batch).unknown == {}
    assert [(demand.category.name, demand.area.name) for demand in imported(batch)] == [
        ("照明", "桂花社区"),
        ("照明", "桂花苑"),
        ("照明", "湖东街道"),
    ]


def test_a_column_of_very_many_words_is_not_one_of_categories():
    lines = [f"a,b,2025-03-03,{number}栋," for number in range(31)]
    assert staging.plan_of(receive(*lines, head="标题,内容,日期,类型,社区")).unknown == {}


def test_what_holds_for_the_whole_file_is_taken_for_rows_that_do_not_say(places):
    batch = decided(
        receive(LINE, head="标题,内容,提出时间,类别,地点"),
        **{"area": places.compound.pk, "category": factories.category("lamps").pk},
        **{"direction": "bottom_up", "channel": "phone", "source": "热线", "suggests": False},
    )
    [demand] = imported(batch)
    assert (demand.area, demand.category.name, demand.direction, demand.channel) == (
        *(places.compound, "照明", "bottom_up", "phone"),
    )
    assert demand.import_row.source == "热线"


def test_what_is_published_needs_a_title_and_no_number():
    lines = [",b,2025-03-03,,", "a,打 13912345678,2025-03-03,,", "a,b,2025-03-03,,"]
    batch = decided(receive(*lines, head="标题,内容,日期,类型,社区"), publish_as="already_public")
    assert sorted(problems(batch)) == [2, 3]
    [demand] = imported(batch)
    assert demand.is_public


def test_the_next_file_with_the_same_headings_is_read_like_the_last():
    batch = receive(LINE)
    where = staging.plan_of(batch).where | {"body": 1}
    imported(decided(batch, where=where, words={"category": {"市政": "照明"}}))
    plan = staging.plan_of(receive(LINE))
    assert (plan.where, plan.words) == (where, {"category": {"市政": "照明"}})
    other = receive(LINE, user=factories.liaison_staff("other"))
    assert staging.plan_of(other).where != where


# --- Row by row ------------------------------------------------------------------------------------------------------


def test_a_row_is_edited_and_stays_so_when_the_file_is_checked_anew():
    batch = receive("路灯,,昨天,,", LINE, head="标题,内容,提出时间,类别,地点")
    row = batch.rows.get(number=2)
    assert staging.try_out(row, {"body": "坏了。"}).problem.startswith("“提出时间”：“昨天”不是完整的日期")
    staging.edit(row, {"body": "坏了。", "posted_at": "2025-03-04"})
    assert problems(batch) == {}
    decided(batch, suggests=False)
    assert [demand.description for demand in imported(batch)] == ["坏了。", "3 号门外路灯坏了。"]


def test_a_row_that_is_left_out_becomes_no_demand():
    batch = receive(LINE, LINE, head="标题,内容,提出时间,类别,地点")
    staging.edit(batch.rows.get(number=2), {}, left_out=True)
    assert problems(batch) == {2: "已选择不导入。"}
    decided(batch)
    assert problems(batch) == {2: "已选择不导入。"}
    staging.edit(batch.rows.get(number=2), {})
    assert problems(batch) == {}


def test_rows_with_a_problem_are_named_and_the_others_come_in():
    batch = receive(LINE, "路灯,,2025-03-03,,", head="标题,内容,提出时间,类别,地点")
    assert len(imported(batch)) == 1
    batch.refresh_from_db()
    assert (batch.status, batch.done, batch.failed) == (BatchStatus.DONE, 1, 1)
    left = batch.rows.get(number=3)
    assert (left.problem, left.values, left.sealed) == ("“内容”：没有填写内容。", {}, "")


def test_where_no_row_is_sound_nothing_is_confirmed():
    with pytest.raises(Refused, match="没有可以导入的行"):
        batches.confirm(receive(LINE), actor=factories.liaison_staff())


def test_what_is_confirmed_is_not_changed_any_more():
    batch = receive(LINE, head="标题,内容,提出时间,类别,地点")
    batches.confirm(batch, actor=batch.made_by)
    for act in (lambda: decided(batch), lambda: staging.edit(batch.rows.get(), {"body": "x"})):
        with pytest.raises(Refused, match="清单已确认或已放弃"):
            act()


@pytest.mark.parametrize("rows", [2, 6])
def test_a_file_is_checked_by_its_number_of_queries(rows, django_assert_num_queries):
    batch = receive(*[LINE] * rows)
    staging.plan_of(batch)
    with django_assert_num_queries(11):
        decided(batch)
