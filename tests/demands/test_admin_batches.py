"""Lists in and out in the admin: pages, permissions, hostile files, what is recorded."""

import io
import zipfile
from pathlib import Path

import openpyxl
import pytest
from django.contrib.auth.models import Group, Permission
from django.core.files.uploadedfile import SimpleUploadedFile

from demands.admin import batches as admin_batches
from demands.models import Demand, ImportBatch, ImportRow
from demands.services import batches, handling, staging
from demands.workflow import DemandStatus
from foundation.accounts import Role
from foundation.audit import AuditEntry
from tests import factories
from tests.full import full_disk
from tests.pages import body, form, told, words
from tests.rows import each_row

pytestmark = pytest.mark.django_db

LIST = "/admin/demands/demand/"
DATA = Path(__file__).parent / "data"
IMPORT, EXPORT, TEMPLATE = f"{LIST}import/", f"{LIST}export/", f"{LIST}import/template.xlsx"
HEAD = ["标题", "内容", "提出时间"]
ROW = ["路灯不亮", "3 号门外路灯坏了。", "2025-03-03 09:05"]


@pytest.fixture(autouse=True)
def places():
    factories.category()
    factories.category("other", name="其他")
    return factories.tree()


def xlsx(*rows, head=HEAD, title="", merge="") -> bytes:
    book = openpyxl.Workbook()
    if title:
        book.active.title = title
    for row in (head, *rows):
        book.active.append(row)
    if merge:
        book.active.merge_cells(merge)
    output = io.BytesIO()
    book.save(output)
    return output.getvalue()


def csv(*rows, head=HEAD) -> bytes:
    return "\n".join(",".join(row) for row in (head, *rows)).encode()


def upload(client, content: bytes, name: str = "清单.xlsx", **values):
    """Upload a file and, with `values`, decide something for the whole of it on the page that follows."""
    response = client.post(IMPORT, {"file": SimpleUploadedFile(name, content)})
    if not values or response.status_code != 302:
        return response
    return form(client.get(response["Location"]), "area").send(client, **values)


def staged(client, *rows, head=HEAD) -> ImportBatch:
    response = upload(client, xlsx(*(rows or [ROW]), head=head))
    assert response.status_code == 302, words(response)
    return ImportBatch.objects.latest("pk")


def page(batch: ImportBatch, act: str = "") -> str:
    return f"{IMPORT}{batch.pk}/{act}"


# --- Who may ---------------------------------------------------------------------------------------------------------

# In the order of `ROLES`: not signed in is sent to sign in.
ROLES = ("resident", "member", "community", "liaison", "auditor", "admin")
ALLOWED = {
    ("GET", IMPORT): (302, 302, 403, 200, 403, 200),
    ("POST", IMPORT): (302, 302, 403, 422, 403, 422),
    ("GET", TEMPLATE): (302, 302, 403, 200, 403, 200),
    ("GET", f"{IMPORT}{{pk}}/"): (302, 302, 403, 200, 403, 200),
    ("POST", f"{IMPORT}{{pk}}/drop/"): (302, 302, 403, 302, 403, 302),
    ("GET", f"{IMPORT}{{pk}}/confirm/"): (302, 302, 405, 405, 405, 405),
    ("POST", f"{IMPORT}{{pk}}/confirm/"): (302, 302, 403, 302, 403, 302),
    ("GET", f"{IMPORT}{{pk}}/report.xlsx"): (302, 302, 403, 200, 403, 200),
    ("GET", f"{IMPORT}{{pk}}/undo/"): (302, 302, 403, 200, 403, 200),
    ("POST", f"{IMPORT}{{pk}}/undo/"): (302, 302, 403, 422, 403, 422),
    ("GET", EXPORT): (302, 302, 403, 200, 403, 200),
    ("POST", EXPORT): (302, 302, 403, 422, 403, 422),
    ("GET", "/admin/demands/importbatch/"): (302, 302, 403, 200, 403, 200),
}


@pytest.fixture
def lists(request):
    """A client of each role, and a list that is theirs."""
    factories.demand()
    clients = [request.getfixturevalue(role if role == "resident" else f"{role}_client") for role in ROLES]
    owners = [client.user or factories.liaison_staff() for client in clients]
    return [
        (client, batches.stage([], file_name="a.xlsx", digest="0" * 64, actor=owner))
        for client, owner in zip(clients, owners, strict=True)
    ]


@each_row("act", ALLOWED, warm=True)
def test_who_may_open_what(lists, act):
    method, address = act
    found = [getattr(client, method.lower())(address.format(pk=batch.pk)).status_code for client, batch in lists]
    assert tuple(found) == ALLOWED[act]


def test_another_ones_list_is_not_there(liaison_client, admin_client):
    batch = batches.stage([], file_name="a.xlsx", digest="0" * 64, actor=factories.liaison_staff("other"))
    assert liaison_client.get(f"/admin/demands/importbatch/{batch.pk}/change/").status_code == 404
    listed = liaison_client.get("/admin/demands/importbatch/")
    assert "a.xlsx" not in words(listed) and 'href="/admin/demands/demand/import/"' in listed.content.decode()
    for act in ("", "report.xlsx", "undo/", "confirm/", "drop/"):
        method = "post" if act in ("confirm/", "drop/") else "get"
        assert getattr(liaison_client, method)(page(batch, act)).status_code == 404
        assert getattr(admin_client, method)(page(batch, act)).status_code in (200, 302)


def test_the_list_offers_what_each_role_may_do(liaison_client, community_client, auditor_client):
    factories.demand()
    for client, offered in ((liaison_client, True), (community_client, False), (auditor_client, False)):
        html = client.get(LIST).content.decode()
        assert (IMPORT in html) == offered
        assert (EXPORT in html) == offered
    assert (
        f'"{EXPORT}?direction__exact=bottom_up"'
        in liaison_client.get(f"{LIST}?direction__exact=bottom_up").content.decode()
    )


def test_adding_extra_keys_changes_nothing(liaison_client):
    response = upload(liaison_client, xlsx(ROW), status="done", made_by=factories.superuser().pk, direction="bottom_up")
    assert response.status_code == 302
    batch = ImportBatch.objects.get()
    assert (batch.status, batch.made_by) == ("checked", liaison_client.user)


# --- In, from the file to the report ---------------------------------------------------------------------------------


def test_a_list_comes_in_after_its_check_was_confirmed(liaison_client):
    response = upload(liaison_client, xlsx(ROW, ["", "井盖松动。", "2025/3/4"]), source="城管执法中心")
    batch = ImportBatch.objects.get()
    assert response["Location"] == page(batch)
    shown = liaison_client.get(page(batch))
    assert "no-store" in shown["Cache-Control"]
    assert "共 2 行，目前尚未导入。2 行可以导入。" in words(shown)
    assert "3 号门外路灯坏了。" in words(shown)
    assert not Demand.objects.exists()
    response = liaison_client.post(page(batch, "confirm/"))
    assert response["Location"] == page(batch)
    assert "正在导入" in words(liaison_client.get(page(batch)))
    while batches.work():
        pass
    shown = liaison_client.get(page(batch))
    assert "共 2 行，导入了 2 行。" in words(shown)
    demand = Demand.objects.earliest("pk")
    assert (demand.direction, demand.channel, demand.category.code) == ("top_down", "department", "other")
    assert (demand.area.code, demand.public_title, demand.status) == ("subdistrict", "路灯不亮", "received")
    report = liaison_client.get(page(batch, "report.xlsx"))
    assert 'filename="import-' in report["Content-Disposition"]
    table = list(openpyxl.load_workbook(io.BytesIO(report.content)).active.iter_rows(values_only=True))
    assert table == [
        ("行", "来源部门", "来源编号", "需求编号", "未导入的原因"),
        (2, "城管执法中心", None, "NH-2025-00001", None),
        (3, "城管执法中心", None, "NH-2025-00002", None),
    ]
    entry = AuditEntry.objects.get(action="imported")
    assert (entry.actor, entry.detail) == (liaison_client.user, "rows 2, done 2, failed 0")


def test_progress_is_shown_with_and_without_a_script(liaison_client):
    batch = staged(liaison_client, *[ROW] * 3)
    liaison_client.post(page(batch, "confirm/"))
    batches.work(most=2)
    html = liaison_client.get(page(batch)).content.decode()
    assert '<progress id="done" max="3" value="2"></progress>' in html
    assert "2 / 3 行" in html
    assert 'role="status"' in html
    assert 'src="/static/js/progress.js"' in html
    assert f'href="{page(batch)}"' in html
    assert "http-equiv" not in html
    batches.work()
    assert "<progress" not in liaison_client.get(page(batch)).content.decode()


def test_each_bad_cell_is_named_and_the_other_rows_can_come_in(liaison_client):
    batch = staged(liaison_client, ROW, ["", "", "昨天"], ["a", "b", "2099-01-01"])
    text = words(liaison_client.get(page(batch)))
    assert "1 行可以导入。2 行须先修改，列在最前面" in text
    assert "“内容”：没有填写内容。 “提出时间”：“昨天”不是完整的日期" in text
    assert "“提出时间”：时间晚于现在，请核对。" in text
    assert text.index("时间晚于现在") < text.rindex("3 号门外路灯坏了。")
    assert not Demand.objects.exists()


def test_columns_that_are_not_ours_are_not_read_and_the_preview_names_them(liaison_client):
    batch_head = [*HEAD, "网民昵称", "具体在哪"]
    response = upload(liaison_client, xlsx([*ROW, "A00045581", "3 号门"], head=batch_head))
    shown = words(liaison_client.get(response["Location"]))
    assert "以下列没有读取：网民昵称、具体在哪（是不是“具体位置”？）。" in shown
    assert Demand.objects.count() == 0
    assert (
        "具体在哪" not in words(form_sent(liaison_client, response, column_4="place")).split("以下列没有读取")[1][:20]
    )


def form_sent(client, response, **values):
    """The page after something was decided on it."""
    sent = form(client.get(response["Location"]), "area").send(client, **values)
    assert sent.status_code == 302, words(sent)
    return client.get(sent["Location"])


ANSWERED = [*HEAD, "答复", "答复时间"]


def test_a_list_may_be_published_as_it_comes_in(liaison_client, resident):
    content = xlsx([*ROW, "灯已换新。", "2025-03-05"], head=ANSWERED)
    response = upload(liaison_client, content, publish_as="already_public")
    batch = ImportBatch.objects.get()
    shown = words(liaison_client.get(response["Location"]))
    assert "导入后即公开，依据是“原本就已公开”：标题、内容和答复按原文公开，日期以各行所填为准。" in shown
    assert "公开期间一直保存，不会到期删除" in shown
    liaison_client.post(page(batch, "confirm/"))
    assert not Demand.objects.public().exists()
    while batches.work():
        pass
    demand = Demand.objects.public().get()
    assert "灯已换新。" in words(resident.get(f"/demands/{demand.ref}/"))
    assert "编号：NH-2025-00001" in words(liaison_client.get(page(batch)))
    entry = AuditEntry.objects.get(action="imported")
    assert entry.detail == "rows 1, done 1, failed 0, published as already_public"


def test_what_is_published_needs_a_title(liaison_client):
    response = upload(liaison_client, xlsx(ROW, ["", *ROW[1:]]), publish_as="already_public")
    assert "“标题”：没有填写标题。" in words(liaison_client.get(response["Location"]))


def test_a_basis_that_needs_somebodys_consent_is_no_choice(liaison_client):
    batch = staged(liaison_client)
    shown = form(liaison_client.get(page(batch)), "area")
    for basis in ("web_consent", "oral_consent", "nonsense"):
        assert shown.send(liaison_client, page(batch), publish_as=basis).status_code == 422
        assert ImportBatch.objects.get().publish_as == ""


def test_off_by_default_and_only_for_who_may_publish(liaison_client):
    batch = staged(liaison_client)
    assert form(liaison_client.get(page(batch)), "area").values["publish_as"] == ""
    Group.objects.get(name=Role.LIAISON_STAFF).permissions.remove(Permission.objects.get(codename="publish_demand"))
    assert "publish_as" not in liaison_client.get(page(batch)).content.decode()
    liaison_client.post(
        page(batch), form(liaison_client.get(page(batch)), "area").values | {"publish_as": "already_public"}
    )
    assert ImportBatch.objects.get().publish_as == ""


def test_the_preview_says_how_many_rows_fall_under_retention(liaison_client, settings):
    settings.RETENTION_MONTHS = 30
    rows = [[*ROW, "好了。", "2025-03-05"], [*ROW, "", ""], [*ROW, "好了。", "2011-03-05"]]
    rows[2][2] = "2011-03-01"
    response = upload(liaison_client, xlsx(*rows, head=ANSWERED))
    text = "其中 2 行已办结，自导入之日起保存 30 个月；到期后先列入“到期待删除”，工作人员核对后删除。"
    assert text in words(liaison_client.get(response["Location"]))
    shown = words(liaison_client.get(page(staged(liaison_client))))
    assert "自导入之日起保存" not in shown
    assert "导入后不公开，由工作人员逐件审核后公开。" in shown


def test_the_numbers_of_a_list_are_told_year_by_year(liaison_client):
    batch = staged(liaison_client, ROW, ["旧", "井盖松动。", "2024-03-04"], ROW)
    liaison_client.post(page(batch, "confirm/"))
    while batches.work():
        pass
    assert "编号：NH-2024-00001、NH-2025-00001 至 NH-2025-00002" in words(liaison_client.get(page(batch)))


def test_the_same_file_again_is_told_before_and_asked_for(liaison_client):
    first = staged(liaison_client)
    liaison_client.post(page(first, "confirm/"))
    content = xlsx(ROW)
    again = staged(liaison_client)
    ImportBatch.objects.filter(pk=again.pk).update(digest=ImportBatch.objects.get(pk=first.pk).digest)
    shown = liaison_client.get(page(again))
    assert "导入 1 行。再次导入" in words(shown)
    # Whoever confirmed a page that did not tell yet is told.
    assert "导入" in told(liaison_client.post(page(again, "confirm/")))[-1]
    liaison_client.post(page(again, "confirm/"), form(shown, "again").values)
    again.refresh_from_db()
    assert again.status == "queued"
    assert content


def test_the_same_bytes_have_the_same_digest(liaison_client):
    content = xlsx(ROW)
    for _time in range(2):
        assert upload(liaison_client, content).status_code == 302
    digests = set(ImportBatch.objects.values_list("digest", flat=True))
    assert len(digests) == 1
    assert len(digests.pop()) == 64


def test_confirming_twice_imports_once(liaison_client):
    batch = staged(liaison_client)
    liaison_client.post(page(batch, "confirm/"))
    assert "已确认或已放弃" in told(liaison_client.post(page(batch, "confirm/")))[-1]
    while batches.work():
        pass
    assert Demand.objects.count() == 1


def test_a_list_that_is_dropped_leaves_nothing(liaison_client):
    batch = staged(liaison_client)
    assert told(liaison_client.post(page(batch, "drop/")))[-1] == "已放弃，没有导入任何内容。"
    assert "这份清单已放弃" in words(liaison_client.get(page(batch)))
    assert not ImportRow.objects.exists()


def test_rows_that_failed_are_listed_with_their_reason(liaison_client):
    batch = staged(liaison_client, *[ROW] * 2)
    liaison_client.post(page(batch, "confirm/"))
    row = batch.rows.last()
    ImportRow.objects.filter(pk=row.pk).update(sealed="nonsense")
    while batches.work():
        pass
    text = words(liaison_client.get(page(batch)))
    assert "共 2 行，导入了 1 行。" in text
    assert "第 3 行：这一行的内容已无法读取，请重新上传。" in text
    table = openpyxl.load_workbook(io.BytesIO(liaison_client.get(page(batch, "report.xlsx")).content)).active
    assert [cell.value for cell in table[3]] == [3, None, None, None, "这一行的内容已无法读取，请重新上传。"]


def test_places_out_of_scope_are_refused_in_the_form_and_in_the_file(liaison_client):
    far = factories.tree().far_community
    assert upload(liaison_client, xlsx(ROW), area=far.pk).status_code == 422
    response = upload(liaison_client, xlsx([*ROW, "松林社区"], head=[*HEAD, "地点"]))
    text = words(liaison_client.get(response["Location"]))
    assert "您的工作范围里没有“松林社区”。" in text
    assert "“地点”一列中的这些词，对应什么？" in text


def test_script_in_a_cell_never_runs(liaison_client):
    batch = staged(liaison_client, ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "2025-03-03"])
    html = liaison_client.get(page(batch)).content.decode()
    assert "<script>alert" not in html
    assert "<img src=x" not in html
    response = upload(liaison_client, xlsx(ROW), name="<script>alert(1)</script>.xlsx")
    assert "<script>alert" not in liaison_client.get(response["Location"]).content.decode()
    assert "<script>alert" not in liaison_client.get("/admin/demands/importbatch/").content.decode()


def test_the_template_is_a_file_to_download(liaison_client):
    response = liaison_client.get(TEMPLATE)
    assert response["Content-Disposition"] == 'attachment; filename="demands-template.xlsx"'
    # As it is, it can be uploaded.
    assert upload(liaison_client, response.content).status_code == 302


# --- From a platform, as it is ---------------------------------------------------------------------------------------


def test_a_platforms_messages_come_in_with_four_clicks(liaison_client):
    """The list, 导入清单, the file with 检查, and 确认导入."""
    shown = liaison_client.get(LIST)
    assert IMPORT in shown.content.decode()
    response = upload(liaison_client, (DATA / "messages.csv").read_bytes(), name="messages.csv")
    shown = liaison_client.get(response["Location"])
    assert 'value="确认导入 5 行"' in shown.content.decode()
    given = form(shown, "area")
    assert [given.values[f"column_{place}"] for place in range(7)] == [
        *("reference", "", "title", "posted_at", "body", "reply", "replied_at"),
    ]
    assert given.values["direction"] == "bottom_up"
    batch = ImportBatch.objects.get()
    liaison_client.post(page(batch, "confirm/"), given.values)
    while batches.work():
        pass
    assert "共 5 行，导入了 5 行。" in words(liaison_client.get(page(batch)))


def test_what_was_changed_and_not_checked_yet_is_checked_before_it_is_confirmed(liaison_client, places):
    batch = staged(liaison_client)
    given = form(liaison_client.get(page(batch)), "area").values | {"area": places.compound.pk}
    assert "请看过后再确认" in told(liaison_client.post(page(batch, "confirm/"), given))[-1]
    batch.refresh_from_db()
    assert batch.status == "checked"
    assert "桂花社区 · 桂花苑 1" in words(liaison_client.get(page(batch)))
    refused = liaison_client.post(page(batch, "confirm/"), given | {"column_0": "body"})
    assert refused.status_code == 422
    assert "“内容”已对应“标题”一列，请只选一列。" in words(refused)
    liaison_client.post(page(batch, "confirm/"), given)
    batch.refresh_from_db()
    assert batch.status == "queued"


def test_what_was_guessed_by_its_content_says_so(liaison_client):
    batch = staged(liaison_client, ["路灯", "路灯坏了。", "2025-03-03"], head=["标题", "内容", "甲"])
    assert words(liaison_client.get(page(batch))).count("按内容推测，请核对") == 1
    batch = staged(liaison_client, ["路灯", "路灯坏了。", "三月"], head=["标题", "内容", "甲"])
    text = words(liaison_client.get(page(batch)))
    assert "请在下面指出哪一列是这些内容：提出时间。" in text
    assert "确认导入" not in text


def test_words_of_the_file_are_mapped_on_the_page(liaison_client):
    lines = [[*ROW, "市政"], [*ROW, "其他"]]
    batch = staged(liaison_client, *lines, head=[*HEAD, "类别"])
    given = form(liaison_client.get(page(batch)), "area")
    assert given.values["word_category_0"] == ""
    given.send(liaison_client, word_category_0="环境卫生")
    shown = liaison_client.get(page(batch))
    assert "环境卫生 1" in words(shown)
    assert form(shown, "area").values["word_category_0"] == "环境卫生"
    form(shown, "area").send(liaison_client, word_category_0="-")
    assert "其他 2" in words(liaison_client.get(page(batch)))


def test_a_row_is_edited_and_says_what_is_wrong_beside_each_field(liaison_client):
    batch = staged(liaison_client, ROW, ["井盖", "", "昨天"])
    address = page(batch, "rows/3/")
    shown = liaison_client.get(address)
    assert "没有填写内容。" in words(shown)
    assert form(shown, "body").values["posted_at"] == "昨天"
    response = form(shown, "body").send(liaison_client, address, body="井盖松动。")
    assert response.status_code == 422
    assert form(response, "body").values["body"] == "井盖松动。"
    response = form(response, "body").send(liaison_client, address, posted_at="2025-03-04")
    assert told(response)[-1] == "已保存，这一行可以导入。"
    assert "2 行可以导入。" in words(liaison_client.get(page(batch)))
    form(liaison_client.get(address), "body").send(liaison_client, address, leave_out="1")
    assert "已选择不导入。" in words(liaison_client.get(page(batch)))


def test_a_row_is_there_for_whoever_may_see_its_list_and_until_it_is_confirmed(liaison_client, admin_client):
    batch = staged(liaison_client)
    assert liaison_client.get(page(batch, "rows/99/")).status_code == 404
    other = batches.stage([], file_name="a.xlsx", digest="0" * 64, actor=factories.liaison_staff("other"))
    assert liaison_client.get(page(other, "rows/2/")).status_code == 404
    assert admin_client.get(page(batch, "rows/2/")).status_code == 200
    liaison_client.post(page(batch, "confirm/"))
    assert liaison_client.get(page(batch, "rows/2/")).status_code == 302


def test_a_whole_import_is_taken_back_on_its_page(liaison_client):
    batch = staged(liaison_client, ROW, ROW)
    liaison_client.post(page(batch, "confirm/"))
    while batches.work():
        pass
    assert page(batch, "undo/") in liaison_client.get(page(batch)).content.decode()
    shown = liaison_client.get(page(batch, "undo/"))
    assert "将彻底删除这次导入的 2 件需求（NH-2025-00001 至 NH-2025-00002），不能恢复。" in words(shown)
    response = liaison_client.post(page(batch, "undo/"))
    assert told(response)[-1] == "已撤销，这次导入的需求都已删除。"
    assert "2 件需求都已删除。" in words(liaison_client.get(page(batch)))
    assert not Demand.objects.exists()
    assert page(batch, "undo/") not in liaison_client.get(page(batch)).content.decode()


def test_an_import_that_somebody_has_worked_on_says_so(liaison_client):
    batch = staged(liaison_client)
    liaison_client.post(page(batch, "confirm/"))
    while batches.work():
        pass
    handling.accept(Demand.objects.get(), actor=liaison_client.user)
    for response in (liaison_client.get(page(batch, "undo/")), liaison_client.post(page(batch, "undo/"))):
        assert "已有需求被办理过或公开过，不能整批撤销：NH-2025-00001。" in words(response)
    assert Demand.objects.exists()


# --- Hostile and broken files ----------------------------------------------------------------------------------------


def repacked(content: bytes, change=lambda name, content: content, **added: bytes) -> bytes:
    output = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            new.writestr(part.filename, change(part.filename, old.read(part.filename)))
        for name, more in added.items():
            new.writestr(name.replace("__", "/"), more)
    return output.getvalue()


def with_rows(count: int) -> bytes:
    """A small workbook whose sheet has very many rows."""
    row = b'<row><c t="inlineStr"><is><t>a</t></is></c><c t="inlineStr"><is><t>b</t></is></c></row>'

    def change(name: str, content: bytes) -> bytes:
        return content.replace(b"</sheetData>", row * count + b"</sheetData>") if "sheet1" in name else content

    return repacked(xlsx(ROW), change)


HOSTILE = [
    ("merged cells", lambda: xlsx(ROW, ROW, merge="A2:A3"), "有合并的单元格（A2:A3）"),
    ("the wrong sheet", lambda: xlsx(["x"], head=["说明"], title="说明"), "没有找到表头"),
    ("100,000 rows", lambda: with_rows(100_000), "文件内容过多"),
    ("5,001 rows", lambda: with_rows(5_000), "表格过长：一次最多 5000 行"),
    ("6,000 lines", lambda: csv(*[["a", "b", "2025-03-03"]] * 6_000), "表格过长：一次最多 5000 行"),
    ("a zip bomb", lambda: repacked(xlsx(ROW), **{"xl__media__b.bin": b"\0" * 41 * 2**20}), "文件内容过多"),
    ("a macro", lambda: repacked(xlsx(ROW), **{"xl__vbaProject.bin": b"x"}), "表格含有宏"),
    (
        "a document type",
        lambda: repacked(
            xlsx(ROW),
            lambda name, content: b"<!DOCTYPE x>" + content.partition(b"?>")[2] if "sheet1" in name else content,
        ),
        "不允许的内容",
    ),
    ("the wrong encoding", lambda: csv(ROW).decode().encode("big5", "ignore") + b"\xff\xff", "编码"),
    ("an old .xls", lambda: b"\xd0\xcf\x11\xe0" + b"x" * 600, "旧版 .xls 文件"),
    ("a web page", lambda: b"<html><table><tr><td>1</td></tr></table></html>", "是网页"),
    ("a picture", factories.image_bytes, "这不是表格文件"),
    ("a zip of something", lambda: repacked(b"PK\x05\x06" + b"\0" * 18, **{"a.txt": b"x"}), "这不是表格文件"),
    ("a broken zip", lambda: xlsx(ROW)[:-40], "表格文件已损坏"),
    ("nothing", lambda: b"", "文件是空的"),
    ("21 MB", lambda: csv(ROW) + b"\n" * 21 * 2**20, "文件超过 20 MB"),
    ("a workbook of 6 MB", lambda: xlsx(ROW) + b"\n" * 6 * 2**20, "工作簿超过 5 MB"),
    ("only a header", lambda: xlsx(), "没有内容"),
]


@each_row(("content", "sentence"), [case[1:] for case in HOSTILE], ids=[case[0] for case in HOSTILE], warm=True)
def test_a_file_that_is_no_list_is_refused_in_a_clear_sentence(liaison_client, content, sentence):
    response = upload(liaison_client, content())
    assert response.status_code == 422
    assert sentence in words(response)
    assert not ImportBatch.objects.exists()
    assert not Demand.objects.exists()


def test_lists_of_the_office_programs_own_encodings_are_read(liaison_client):
    for encoding in ("utf-8", "utf-8-sig", "gb18030", "utf-16"):
        assert upload(liaison_client, csv(ROW).decode().encode(encoding), name="清单.csv").status_code == 302
    for batch in ImportBatch.objects.all():
        assert staging.packed_of(batch.rows.get())["body"] == "3 号门外路灯坏了。"


def test_without_a_file_it_is_said(liaison_client):
    response = liaison_client.post(IMPORT)
    assert response.status_code == 422
    assert "请选择表格文件。" in words(response)


def test_no_upload_is_left_on_the_disk(liaison_client, settings, tmp_path):
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 10
    assert upload(liaison_client, xlsx(ROW)).status_code == 302
    assert upload(liaison_client, b"PK nothing").status_code == 422
    assert list(tmp_path.rglob("*.upload*")) == []


def test_a_list_for_which_there_is_no_room_is_refused_with_a_sentence(liaison_client, settings):
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 10
    file = xlsx(ROW)
    with full_disk():
        response = upload(liaison_client, file)
    assert response.status_code == 422
    assert "服务器暂时无法保存文件，请稍后再试。" in words(response)
    assert not ImportBatch.objects.exists()


# --- Out -------------------------------------------------------------------------------------------------------------


def export(client, query: str = "", **values):
    return client.post(f"{EXPORT}{query}", {"reason": "周例会研判", "format": "csv"} | values)


def lines(response) -> list[str]:
    return body(response).decode("utf-8-sig").splitlines()


def test_an_export_says_what_it_holds_and_asks_why(liaison_client):
    factories.demand()
    factories.demand(DemandStatus.ACCEPTED)
    shown = liaison_client.get(f"{EXPORT}?status__exact=accepted&q=路灯")
    text = words(shown)
    assert "将导出 1 件需求。" in text
    assert "状态 ： 已受理" in text.replace("：", " ： ").replace("  ", " ")
    assert "路灯" in text
    response = export(liaison_client, "?status__exact=accepted&q=路灯", reason="")
    assert response.status_code == 422
    assert "请填写理由，例如“周例会研判”" in words(response)
    assert not AuditEntry.objects.filter(action="exported").exists()


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_an_export_holds_what_the_filters_show_and_is_recorded(liaison_client, kind):
    factories.demand()
    wanted = factories.demand(DemandStatus.ACCEPTED)
    response = export(liaison_client, "?status__exact=accepted&q=路灯", format=kind)
    assert response.status_code == 200
    assert response["Content-Disposition"].endswith(f'.{kind}"')
    assert "no-store" in response["Cache-Control"]
    if kind == "csv":
        assert response.streaming
        assert len(lines(response)) == 2
    else:
        table = openpyxl.load_workbook(io.BytesIO(response.content)).active
        assert [cell.value for cell in table["A"]] == ["需求编号", wanted.ref]
    entry = AuditEntry.objects.get(action="exported")
    assert (entry.actor, entry.subject) == (liaison_client.user, "demand")
    assert entry.detail == f"1 {kind}: 周例会研判 (状态=已受理, 搜索)"
    assert "路灯" not in entry.detail


def test_an_export_holds_only_ones_own_areas_and_no_contact(liaison_client):
    factories.demand(called="欧阳女士", phone="13987654321")
    far = factories.demand(area=factories.tree().far_compound)
    found = "\n".join(lines(export(liaison_client)))
    assert far.ref not in found
    for secret in ("欧阳", "13987654321", "联系", "电话"):
        assert secret not in found


def test_more_than_can_be_taken_out_at_once_is_refused_with_a_sentence(liaison_client, monkeypatch):
    monkeypatch.setattr(admin_batches, "MAX_EXPORTED", 1)
    for _number in range(2):
        factories.demand()
    for response, status in ((liaison_client.get(EXPORT), 200), (export(liaison_client), 422)):
        assert response.status_code == status
        assert "符合条件的需求超过 1 件。请回到列表缩小筛选范围，分几次导出。" in words(response)
    assert not AuditEntry.objects.filter(action="exported").exists()


def test_where_nothing_fits_nothing_is_exported(liaison_client):
    factories.demand()
    assert "没有符合条件的需求" in words(liaison_client.get(f"{EXPORT}?status__exact=withdrawn"))
    assert export(liaison_client, "?status__exact=withdrawn").status_code == 422


def test_a_filter_that_the_list_does_not_have_opens_nothing(liaison_client):
    factories.demand()
    for query in ("?contact__phone__startswith=1", "?nonsense=1", "?status__exact=nonsense&p=x"):
        assert export(liaison_client, query).status_code in (302, 400, 422)
    assert export(liaison_client, "?q=%00").status_code == 400
    assert not AuditEntry.objects.filter(action="exported").exists()


def test_an_export_can_be_imported_by_the_page(liaison_client, admin_client):
    demand = factories.demand(DemandStatus.RESOLVED, description="=1+1\n'二行", phone="")
    factories.publish(
        demand, title="-路灯", summary="-路灯", basis="nobody_concerned", actor=factories.superuser(), version=None
    )
    content = body(export(liaison_client))
    response = upload(liaison_client, content)
    assert f"{demand.ref} 已在系统中" in words(liaison_client.get(response["Location"]))
    Demand.objects.update(description="")
    assert upload(liaison_client, content).status_code == 302
    batch = ImportBatch.objects.latest("pk")
    liaison_client.post(page(batch, "confirm/"))
    while batches.work():
        pass
    same = batch.rows.get().demand
    assert (same.description, same.public_title, same.status) == ("=1+1\n'二行", "-路灯", "resolved")
    assert same.received_at == demand.received_at.replace(microsecond=0)


# --- Queries ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [2, 4])
def test_every_page_makes_its_number_of_queries(liaison_client, django_assert_num_queries, subtests, rows):
    for _number in range(rows):
        factories.demand(DemandStatus.RESOLVED)
    checked = staged(liaison_client, *[ROW] * rows)
    queued, done = (staged(liaison_client, *[ROW] * rows) for _time in range(2))
    for batch in (queued, done):
        batches.confirm(batch, actor=liaison_client.user, again=True)
    ImportBatch.objects.filter(pk=queued.pk).update(made_at="2030-01-01T00:00Z")
    batches.work(most=rows + 1)
    expected = [
        (IMPORT, 4),
        (page(checked), 10),
        (page(checked, "rows/2/"), 8),
        (page(queued), 4),
        (page(done), 6),
        (page(done, "report.xlsx"), 5),
        (EXPORT, 7),
        ("/admin/demands/importbatch/", 5),
    ]
    for address, count in expected:
        assert liaison_client.get(address).status_code == 200
        with subtests.test(address), django_assert_num_queries(count):
            liaison_client.get(address)
