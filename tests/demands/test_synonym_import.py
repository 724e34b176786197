"""Synonyms in and out as spreadsheets: all of a file or nothing, and twice is the same as once."""

import io

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from demands.models import Synonym, SynonymUse
from demands.services import synonym_import
from demands.suggestions import vocabulary
from foundation import clock
from foundation.audit import AuditEntry
from foundation.errors import TransitionNotAllowed
from tests import factories
from tests.pages import words
from tests.rows import each_row

pytestmark = pytest.mark.django_db

LIST = "/admin/demands/synonym/"
IMPORT, TEMPLATE, EXPORT = f"{LIST}import/", f"{LIST}import/template.xlsx", f"{LIST}export/"
HEAD = ["意思相同的词", "启用"]
FIRST = [("电瓶车、电动车", True), ("噪音、噪声", False), ("漏水、渗水", True)]


@pytest.fixture(autouse=True)
def groups() -> list[Synonym]:
    """Three groups instead of the first set; and what other tests cached is forgotten."""
    Synonym.objects.all().delete()
    vocabulary.synonyms.forget()
    yield [Synonym.objects.create(words=text, is_active=is_active) for text, is_active in FIRST]
    vocabulary.synonyms.forget()


def xlsx(*rows, head=HEAD) -> bytes:
    book = openpyxl.Workbook()
    for row in (head, *rows):
        book.active.append(list(row))
    output = io.BytesIO()
    book.save(output)
    return output.getvalue()


def upload(client, content: bytes, name: str = "synonyms.xlsx"):
    return client.post(IMPORT, {"file": SimpleUploadedFile(name, content)})


def kept() -> list[tuple[str, bool]]:
    return list(Synonym.objects.order_by("pk").values_list("words", "is_active"))


def acts() -> list[tuple[str, str]]:
    entries = AuditEntry.objects.exclude(action__startswith="sign").order_by("pk")
    return [(f"{entry.action} {entry.subject}", entry.detail) for entry in entries]


def cells(content: bytes, sheet: int = 0) -> list[list]:
    return [[cell.value for cell in row] for row in openpyxl.load_workbook(io.BytesIO(content)).worksheets[sheet].rows]


# --- What an import does ---------------------------------------------------------------------------------------------


@each_row(
    ("row", "expected", "counts"),
    [
        # New: in use unless the row says otherwise.
        (["乒乓球台 乒乓球桌"], [*FIRST, ("乒乓球台、乒乓球桌", True)], "新增 1 组，替换 0 组，0 组没有变化"),
        (["乒乓球台/乒乓球桌", "否"], [*FIRST, ("乒乓球台、乒乓球桌", False)], "新增 1 组，替换 0 组，0 组没有变化"),
        # A group that shares a word is replaced, and stays in use or not where the row says nothing.
        (["噪声，吵闹"], [FIRST[0], ("噪声、吵闹", False), FIRST[2]], "新增 0 组，替换 1 组，0 组没有变化"),
        (["噪音、噪声", "是"], [FIRST[0], ("噪音、噪声", True), FIRST[2]], "新增 0 组，替换 1 组，0 组没有变化"),
        (["噪音、噪声", "Yes"], [FIRST[0], ("噪音、噪声", True), FIRST[2]], "新增 0 组，替换 1 组，0 组没有变化"),
        (["噪音、噪聲"], [FIRST[0], ("噪音、噪聲", False), FIRST[2]], "新增 0 组，替换 1 组，0 组没有变化"),
        # The same, however the words are separated.
        (["噪音 噪声"], FIRST, "新增 0 组，替换 0 组，1 组没有变化"),
    ],
)
def test_a_row_adds_a_group_or_replaces_the_one_it_shares_words_with(district_client, row, expected, counts):
    response = upload(district_client, xlsx(row))
    assert response.status_code == 302
    assert kept() == expected
    assert f"已导入：{counts}。" in words(district_client.get(LIST))


def test_a_replaced_group_keeps_its_tally_and_the_import_is_audited(district_client, groups):
    SynonymUse.objects.create(synonym=groups[0], month=clock.today().replace(day=1), count=5)
    upload(district_client, xlsx(["电动车、电瓶车、电驴"], ["乒乓球台、乒乓球桌"], ["漏水、渗水"]))
    groups[0].refresh_from_db()
    assert (groups[0].words, groups[0].uses.get().count) == ("电动车、电瓶车、电驴", 5)
    assert acts() == [("imported synonym", "new 1, changed 1, same 1")]


def test_what_was_imported_counts_at_the_next_search(district_client, django_capture_on_commit_callbacks):
    assert vocabulary.synonyms().found_in("乒乓球台") == []
    with django_capture_on_commit_callbacks(execute=True):
        upload(district_client, xlsx(["乒乓球台、乒乓球桌"]))
    assert [variant.texts for variant in vocabulary.synonyms().found_in("乒乓球台")] == [("乒乓球桌",)]


def test_a_csv_file_will_do_and_twice_is_the_same_as_once(district_client):
    content = "意思相同的词\n乒乓球台、乒乓球桌\n电瓶车、电动车、电驴\n".encode()
    for _time in range(2):
        assert upload(district_client, content, "synonyms.csv").status_code == 302
        assert kept() == [("电瓶车、电动车、电驴", True), *FIRST[1:], ("乒乓球台、乒乓球桌", True)]
    assert [detail for _act, detail in acts()] == ["new 1, changed 1, same 0", "new 0, changed 0, same 2"]


# --- What is refused -------------------------------------------------------------------------------------------------


@each_row(
    ("rows", "problem"),
    [
        ([["", "是"]], "第 2 行“意思相同的词”：没有填写词语。"),
        ([["电瓶车"]], "第 2 行“意思相同的词”：请至少填写两个意思相同的词"),
        ([["电瓶车、车"]], "第 2 行“意思相同的词”：“车”不符合要求：每个词 2 到 12 个字。"),
        ([["、".join(f"甲乙{n}" for n in range(13))]], "第 2 行“意思相同的词”：一组最多 12 个词。"),
        ([["、".join(["甲乙"] * 60)]], "第 2 行“意思相同的词”：最多 160 个字，现在有 179 个字。"),
        ([["飞檐、翘角", "也许"]], "第 2 行“启用”：不能填写“也许”。可填写：是、否。"),
        ([["飞檐、翘角"], ["翘角、屋角"]], "第 3 行“意思相同的词”：“翘角”在第 2 行已有，请合并为一行。"),
        (
            [["电瓶车、电驴"], ["飞檐、翘角"], ["电动车、电单车"]],
            "第 4 行“意思相同的词”：与第 2 行修改的是同一组：电瓶车、电动车。请合并为一行，或先在系统中拆分。",
        ),
        (
            [["电瓶车、噪音"]],
            "第 2 行“意思相同的词”：与已有的几组有相同的词：电瓶车、电动车；噪音、噪声。请先在系统中合并为一组",
        ),
    ],
)
def test_one_bad_row_and_nothing_is_saved(district_client, rows, problem):
    # A good row beside it.
    response = upload(district_client, xlsx(*rows, ["乒乓球台、乒乓球桌"]))
    assert response.status_code == 422
    text = words(response)
    assert "处需要修改，没有保存任何内容" in text and problem in text
    assert kept() == FIRST
    assert acts() == []


def test_all_problems_are_on_one_page_a_hundred_of_them(district_client):
    text = words(upload(district_client, xlsx(*([f"词{number}"] for number in range(10, 111)))))
    assert "有 101 处需要修改" in text and "第 2 行" in text and "第 101 行" in text
    assert "第 102 行" not in text and "这里只列出前 100 处" in text


@each_row(
    ("content", "problem"),
    [
        (b"", "文件是空的"),
        (b"\x00\x01 no table", "表头"),
        (xlsx(["电瓶车"], head=["别的列"]), "缺少：意思相同的词"),
        (xlsx(), "表头下面没有内容"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_the_reason(district_client, content, problem):
    response = upload(district_client, content)
    assert response.status_code == 422
    assert "没有保存任何内容" in words(response) and problem in words(response)
    assert kept() == FIRST


def test_without_a_file_the_form_asks_for_one(district_client):
    response = district_client.post(IMPORT)
    assert response.status_code == 422
    assert "请选择表格文件。" in words(response)


def test_the_service_itself_refuses_those_who_may_not():
    file = SimpleUploadedFile("synonyms.xlsx", xlsx(["飞檐、翘角"]))
    with pytest.raises(TransitionNotAllowed, match="不能导入同义词"):
        synonym_import.import_file(file, actor=factories.community_staff())
    assert kept() == FIRST


# --- Export and template ---------------------------------------------------------------------------------------------


def test_an_export_that_is_imported_again_changes_nothing(district_client):
    # Typed before words were stored in one way, and what a spreadsheet would run.
    Synonym.objects.create(words="=飞檐 翘角")
    before = kept()
    response = district_client.post(EXPORT)
    assert "synonyms-" in response["Content-Disposition"]
    assert cells(response.content) == [
        HEAD,
        ["电瓶车、电动车", "是"],
        ["噪音、噪声", "否"],
        ["漏水、渗水", "是"],
        ["'=飞檐 翘角", "是"],
    ]
    assert upload(district_client, response.content).status_code == 302
    assert kept() == before
    assert acts() == [("exported synonym", "4"), ("imported synonym", "new 0, changed 0, same 4")]


def test_the_first_set_goes_out_and_in_again_in_few_queries(district_client, django_assert_max_num_queries):
    Synonym.objects.all().delete()
    Synonym.objects.bulk_create(Synonym(words=f"甲甲{n}、乙乙{n}") for n in range(900))
    content = district_client.post(EXPORT).content
    before = kept()
    with django_assert_max_num_queries(12):
        assert upload(district_client, content).status_code == 302
    assert kept() == before


def test_the_template_explains_each_column_and_its_example_can_be_imported(district_client):
    content = district_client.get(TEMPLATE).content
    assert cells(content) == [["意思相同的词（必填）", "启用"], ["电瓶车、电动车、电动自行车", "是"]]
    assert [row[0] for row in cells(content, 1)] == ["列", "意思相同的词", "启用"]
    assert upload(district_client, content).status_code == 302
    assert kept()[0] == ("电瓶车、电动车、电动自行车", True)


def test_an_english_export_is_read_again(district_client):
    district_client.cookies["lang"] = "en"
    content = district_client.post(EXPORT).content
    assert cells(content)[:2] == [["Words that mean the same", "In use"], ["电瓶车、电动车", "Yes"]]
    district_client.cookies["lang"] = "zh-hans"
    assert upload(district_client, content).status_code == 302
    assert kept() == FIRST


def test_the_list_offers_what_the_user_may_do(district_client, community_client):
    text = words(district_client.get(LIST))
    assert "无结果的搜索词" in text and "全部导出" in text and "从表格导入" in text
    text = words(community_client.get(LIST))
    assert "无结果的搜索词" in text and "全部导出" not in text and "从表格导入" not in text
