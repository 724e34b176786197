"""The work of staff in a browser: a list imported and handled in bulk, and two demands merged."""

import io

import openpyxl
import pytest
from playwright.sync_api import Page, expect

from consultation.models import Area
from demands.models import Demand, StandardReply
from demands.services import batches
from demands.workflow import DemandStatus
from foundation.accounts import User
from foundation.tokens import new_code
from tests import factories

from .conftest import DESK, PHONE
from .test_main_job import heading, press

pytestmark = pytest.mark.browser

S = DemandStatus
LIST = "/admin/demands/demand/"
ROWS = [
    ("路口占道堆物", "桂花路路口堆了旧家具。"),
    ("井盖松动", "2 号门前的井盖松了。"),
    ("线缆垂落", "线缆垂到路上。"),
]
STANDARD = "{称呼}：您反映的{类别}问题（{编号}）已转给{部门}。"
LIFT, LIFT_TOO = "3 号楼电梯又停了，老人下不了楼。", "3 号楼电梯又停了，老人上不去。"
FIXED = "主板已经更换，运行正常。"


@pytest.fixture
def liaison(portal) -> User:
    return staff_of_the_desk()


def staff_of_the_desk() -> User:
    """Liaison staff, with a colleague and two categories."""
    factories.category()
    factories.category("other", name="其他")
    factories.community_staff()
    return factories.liaison_staff()


def _workbook() -> bytes:
    book = openpyxl.Workbook()
    for row in (("标题", "内容", "提出时间"), *((*words, "2025-03-03 09:05") for words in ROWS)):
        book.active.append(row)
    output = io.BytesIO()
    book.save(output)
    return output.getvalue()


def test_a_list_is_brought_in_and_worked_on_with_a_residents_need(liaison, window, sign_in):
    bring_in_and_work_on(liaison, window, sign_in)


def bring_in_and_work_on(liaison: User, window, sign_in, *, javascript: bool = True) -> None:
    """Import a list, accept and assign its rows together with a resident's need, and answer that."""
    code = new_code()
    own = factories.demand(code=code, description="楼下也堆了旧家具。")
    StandardReply.objects.create(title="已转办", body=STANDARD)
    page = sign_in(window(DESK, javascript=javascript), liaison)
    _bring_in(page, javascript)

    refs = list(Demand.objects.values_list("ref", flat=True))
    assert len(refs) == len(ROWS) + 1
    _choose(page, S.RECEIVED, refs, "受理…")
    press(page, "确认：受理")
    expect(page.get_by_text("已受理 4 件。")).to_be_visible()
    _choose(page, S.ACCEPTED, refs, "分派经办人…")
    page.get_by_label("经办人").select_option(label="张三")
    press(page, "下一步：核对每件的处理结果")
    assert not Demand.objects.filter(assignee__isnull=False).exists()
    press(page, "确认：分派经办人")
    expect(page.get_by_text("已分派 4 件。")).to_be_visible()
    assert set(Demand.objects.values_list("status", "assignee__name")) == {(S.ACCEPTED, "张三")}

    page.goto(f"{LIST}{own.pk}/answer/")
    page.get_by_label("标准答复").select_option(label="已转办")
    press(page, "发出答复")
    expect(page.locator(".timeline")).to_contain_text(f"（{own.ref}）")
    resident = window(PHONE, javascript=javascript)
    resident.goto(f"/demands/track/{code}/")
    answer = f"王女士：您反映的环境卫生问题（{own.ref}）已转给湖东街道联络委。"
    expect(resident.locator(".answer")).to_contain_text(answer)
    expect(resident.locator(".pill").first).to_have_text("已受理")


def _bring_in(page: Page, javascript: bool) -> None:
    """Upload, check, confirm, and see the result after the worker ran."""
    page.goto(LIST)
    page.get_by_role("link", name="导入清单…").click()
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    page.get_by_label("表格文件").set_input_files({"name": "三月.xlsx", "mimeType": kind, "buffer": _workbook()})
    press(page, "检查")
    page.get_by_label("来源部门").fill("城管执法中心")
    page.get_by_label("地点", exact=True).select_option(str(Area.objects.get(code="compound").pk))
    page.get_by_role("button", name="重新核对").first.click()
    expect(page.get_by_text("共 3 行，目前尚未导入。3 行可以导入。")).to_be_visible()
    assert Demand.objects.count() == 1
    press(page, "确认导入 3 行")
    expect(page.get_by_role("progressbar")).to_be_visible()
    expect(page.locator("[data-words]")).to_have_text("0 / 3 行")
    assert Demand.objects.count() == 1
    while batches.work():
        pass
    done = page.get_by_text("共 3 行，导入了 3 行。")
    if not javascript:
        page.get_by_role("link", name="查看最新进度").click()
    # The script polls every two seconds, and reloads the page.
    expect(done).to_be_visible(timeout=30_000)


def _choose(page: Page, status: str, refs: list[str], act: str) -> None:
    """Tick demands in the list of a status, and choose an action."""
    page.goto(f"{LIST}?status__exact={status}")
    for ref in refs:
        page.get_by_role("row").filter(has_text=ref).locator("[name=_selected_action]").check()
    page.locator("[name=action]").select_option(label=act)
    page.locator("[name=index]").click()
    for ref in refs:
        expect(page.locator("table.rows").first).to_contain_text(ref)


def test_two_needs_are_dealt_with_as_one_and_each_reporter_rates(liaison, window, sign_in, picture):
    codes = new_code(), new_code()
    root = factories.demand(S.ACCEPTED, code=codes[0], description=LIFT)
    other = factories.demand(code=codes[1], description=LIFT_TOO)
    page = sign_in(window(DESK), liaison)
    page.goto(f"{LIST}{other.pk}/change/")
    page.get_by_role("link", name=f"并入这一件… {root.ref}").click()
    expect(page.get_by_role("combobox", name="并入的需求")).to_have_value(root.ref)
    press(page, "并入相同需求")
    expect(page.locator("#together")).to_contain_text(root.ref)

    page.goto(f"{LIST}{root.pk}/change/")
    expect(page.locator("#together")).to_contain_text(other.ref)
    page.get_by_role("link", name="办结…").click()
    expect(page.get_by_label("同时答复一并办理的另外 1 位提出人")).to_be_checked()
    page.get_by_label("给居民的答复").fill(FIXED)
    press(page, "办结")
    expect(page.get_by_text(f"{root.ref}：已办结，待居民确认。")).to_be_visible()

    for code, result in zip(codes, ("满意", "不满意"), strict=True):
        resident = window(PHONE)
        resident.goto(f"/demands/track/{code}/")
        heading(resident, "已办结，待您确认")
        expect(resident.locator(".answer")).to_contain_text(FIXED)
        resident.get_by_text("说不清，或分别评价过程和结果").click()
        resident.get_by_role("group", name="对办理过程").get_by_label("满意", exact=True).check()
        resident.get_by_role("group", name="对办理结果").get_by_label(result, exact=True).check()
        press(resident, "提交评价")
        expect(resident.get_by_role("status")).to_contain_text("评价已提交")
        picture(resident, f"merged rated {result}")
    said = {demand.ref: list(demand.ratings.values_list("result", flat=True)) for demand in Demand.objects.all()}
    assert said == {root.ref: ["satisfied"], other.ref: ["unsatisfied"]}
