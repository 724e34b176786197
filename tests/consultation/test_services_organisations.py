"""Organisations from a spreadsheet: looked at first, carried out exactly as shown, all or nothing."""

import datetime
import io

import openpyxl
import pytest

from consultation import sheets
from consultation.admin.organisations import success_message
from consultation.models import Organisation
from consultation.services import organisations as importing
from foundation import contacts, sealed
from foundation.audit import AuditEntry
from foundation.contacts import Contact
from foundation.errors import Refused, Stale, TransitionNotAllowed
from foundation.sheets import SheetError
from tests import factories
from tests.together import at_once

pytestmark = pytest.mark.django_db

HEAD = "名称,性质,区域,合作开始日期,联系电话"


def table(*lines: str, head: str = HEAD) -> io.BytesIO:
    return io.BytesIO("\n".join([head, *lines]).encode())


def look(upload, user=None, area=None) -> importing.Plan:
    user = user or factories.liaison_staff()
    return importing.check(upload, area=area or factories.tree().subdistrict, user=user)


def carry(plan, user=None) -> importing.Plan:
    user = user or factories.liaison_staff()
    return importing.carry_out(importing.seal(plan, user=user), actor=user)


def states(plan) -> list[tuple[int, str, str]]:
    return [(change.row, change.name, change.state) for change in plan.changes]


def problems(*lines: str, **options) -> list[str]:
    return [str(problem) for problem in look(table(*lines, **options)).problems]


# --- Looking ---------------------------------------------------------------------------------------------------------


def test_a_look_tells_new_changed_and_same_and_saves_nothing():
    factories.organisation("桂花物业", kind="property_manager")
    factories.organisation("桂花小学", kind="school", cooperation_since=datetime.date(2022, 3, 1))
    plan = look(table("桂花物业,物业公司,,,", "桂花小学,学校,,2023-9-1,", "湖东超市,商户,桂花社区,,13912345678"))
    assert states(plan) == [(2, "桂花物业", "same"), (3, "桂花小学", "changed"), (4, "湖东超市", "new")]
    assert plan.changed[0].shown == [("合作开始日期", "2022-03-01", "2023-09-01")]
    assert plan.new[0].place == "桂花社区"
    assert [(label, after) for label, _before, after in plan.new[0].shown] == [
        ("性质", "商户"),
        ("联系电话", "（已填写，此处不显示）"),
    ]
    assert Organisation.objects.count() == 2
    assert not Contact.objects.exists()


def test_an_empty_cell_changes_nothing():
    factories.organisation("桂花物业", about="管三个小区。", cooperation_since=datetime.date(2022, 3, 1))
    assert states(look(table("桂花物业,物业公司,,,"))) == [(2, "桂花物业", "same")]


@pytest.mark.parametrize("written", ["桂花物业（南）", "桂花物业(南)", " 桂花 物业（南） ", "桂花物业（南）　"])
def test_a_name_is_known_again_whatever_its_blanks_and_brackets(written):
    factories.organisation("桂花物业（南）")
    assert states(look(table(f"{written},物业公司,,,"))) == [(2, "桂花物业（南）", "same")]


def test_without_an_area_the_one_below_the_chosen_area_is_meant():
    places = factories.tree()
    factories.organisation("桂花物业", area=places.compound)
    assert states(look(table("桂花物业,物业公司,,,"))) == [(2, "桂花物业", "same")]
    assert states(look(table("桂花物业,物业公司,柳园社区,,"))) == [(2, "桂花物业", "new")]
    factories.organisation("桂花物业", area=places.other_compound)
    assert problems("桂花物业,物业公司,,,") == ["第 2 行“名称”：有多家同名单位，请在“区域”一列写明是哪一家。"]


@pytest.mark.parametrize("name", ["桂花社区", "Guihua Community", "桂花社区 · 桂花苑", "桂花苑"])
def test_an_area_is_known_by_its_name_in_both_languages_and_with_its_community(name):
    [change] = look(table(f"湖东超市,商户,{name},,")).new
    assert change.area in (factories.tree().community.pk, factories.tree().compound.pk)


BAD = [
    (",商户,,,", ["第 2 行“名称”：没有填写名称。"]),
    ("湖东超市,,,,", ["第 2 行“性质”：没有填写性质。"]),
    ("湖东超市,商户,松林社区,,", ["第 2 行“区域”：您的工作范围里没有“松林社区”。"]),
    ("湖东超市,商户,月亮,,", ["第 2 行“区域”：您的工作范围里没有“月亮”。"]),
    ("湖东超市,商户,,2023年9月,", ["第 2 行“合作开始日期”：“2023年9月”不是完整的日期，请按 2023-9-1 的格式填写。"]),
    ("桂\x00花,商户,,,", ["第 2 行“名称”：文字中有无法保存的字符，请删除后再试。"]),
    ("字" * 10_000 + ",商户,,,", ["第 2 行“名称”：最多 80 个字，现在有 10000 个字。"]),
    (
        "湖东超市,公司,,,110",
        [
            "第 2 行“性质”：不能填写“公司”。可填写：政府部门、事业单位、社区居委会、企业、金融机构、物业公司、"
            "商户、备案社团、社会组织、媒体、学校、幼儿园。",
            "第 2 行“联系电话”：请核对电话号码：手机号 11 位，座机须带区号，如 027-87654321。",
        ],
    ),
]


@pytest.mark.parametrize(("line", "sentences"), BAD)
def test_each_bad_row_is_named(line, sentences):
    plan = look(table(line, "好单位,商户,,,"))
    assert [str(problem) for problem in plan.problems] == sentences
    assert states(plan) == [(3, "好单位", "new")]
    assert not plan.is_ready


def test_two_rows_of_one_organisation_are_named():
    factories.organisation("桂花物业")
    assert problems(
        "湖东超市,商户,,,", "湖东 超市,商户,,,", "桂花物业,物业公司,,,", "桂花物业,物业公司,湖东街道,,"
    ) == [
        "第 3 行“名称”：与第 2 行是同一家单位，请合并为一行。",
        "第 5 行“名称”：与第 4 行是同一家单位，请合并为一行。",
    ]
    assert problems("湖东超市,商户,,,", "湖东超市,商户,柳园社区,,") == []


def test_an_area_whose_name_two_areas_bear_must_be_written_with_its_community():
    places = factories.tree()
    factories.area(4, places.other_community, code="twin", name="桂花苑")
    assert problems("湖东超市,商户,桂花苑,,") == ["第 2 行“区域”：名为“桂花苑”的区域不止一个，请写成“社区 · 小区”。"]
    assert problems("湖东超市,商户,桂花社区 · 桂花苑,,") == []


def test_another_subdistricts_organisation_is_neither_found_nor_changed():
    far = factories.organisation("松林超市", area=factories.tree().far_community, kind="shop")
    assert states(look(table("松林超市,企业,,,"))) == [(2, "松林超市", "new")]
    assert states(look(table("松林超市,企业,松林社区,,"), user=factories.superuser())) == [(2, "松林超市", "changed")]
    far.refresh_from_db()
    assert far.kind == "shop"


# --- Carrying out ----------------------------------------------------------------------------------------------------


def test_what_was_shown_is_written_with_one_line_in_the_audit():
    places = factories.tree()
    school = factories.organisation("桂花小学", kind="school")
    factories.organisation("桂花物业", kind="property_manager")
    plan = look(
        table("桂花物业,物业公司,,,", "桂花小学,学校,,2023/9/1,027-87654321", "湖东超市,商户,桂花社区,,13912345678.0")
    )
    done = carry(plan)
    assert (len(done.new), len(done.changed), len(done.same)) == (1, 1, 1)
    assert success_message(done) == "已导入：新增 1 家，更新 1 家，1 家没有变化。"
    school.refresh_from_db()
    assert school.cooperation_since == datetime.date(2023, 9, 1)
    assert contacts.open_contact(school.contact)["phone"] == "02787654321"
    shop = Organisation.objects.get(name="湖东超市")
    assert (shop.kind, shop.sector, shop.area) == ("shop", "enterprise", places.community)
    assert contacts.open_contact(shop.contact)["phone"] == "13912345678"
    assert "13912345678" not in shop.contact.phone
    [entry] = AuditEntry.objects.all()
    assert (entry.action, entry.subject, entry.detail) == (
        "imported",
        "organisation",
        "new 1, changed 1, same 1",
    )


def test_a_contact_keeps_what_the_file_says_nothing_of_and_the_old_one_is_gone():
    row = factories.organisation("桂花物业", contact=contacts.store(called="王女士", phone="13912345678"))
    plan = look(table("桂花物业,物业公司,13800000000,a@b.example", head="名称,性质,联系电话,联系邮箱"))
    carry(plan)
    row.refresh_from_db()
    assert contacts.open_contact(row.contact) == {"called": "王女士", "phone": "13800000000", "email": "a@b.example"}
    assert Contact.objects.count() == 1
    again = look(table("桂花物业,物业公司,138 0000 0000,", head="名称,性质,联系电话,联系邮箱"))
    assert states(again) == [(2, "桂花物业", "same")]


def test_the_same_confirmation_twice_imports_once():
    user = factories.liaison_staff()
    confirmed = importing.seal(look(table("湖东超市,商户,,,")), user=user)
    importing.carry_out(confirmed, actor=user)
    with pytest.raises(Stale):
        importing.carry_out(confirmed, actor=user)
    assert Organisation.objects.count() == 1
    assert AuditEntry.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_confirmation_pressed_six_times_at_once_imports_once():
    user = factories.superuser()
    factories.organisation("桂花物业")
    lines = [
        "桂花物业,物业公司,,2023-9-1,027-87654321",
        *(f"湖东 {number} 号,商户,,,13912345678" for number in range(5)),
    ]
    confirmed = importing.seal(look(table(*lines), user=user), user=user)
    results = at_once(*[lambda: importing.carry_out(confirmed, actor=user)] * 6)
    assert sorted(type(result).__name__ for result in results) == ["Plan"] + ["Stale"] * 5
    assert (Organisation.objects.count(), Contact.objects.count(), AuditEntry.objects.count()) == (6, 6, 1)


def test_what_changed_since_the_look_is_not_overwritten_and_nothing_else_is_saved():
    row = factories.organisation("桂花物业", cooperation_since=datetime.date(2020, 1, 1))
    plan = look(table("桂花物业,物业公司,,2023-9-1,", "湖东超市,商户,,,13912345678"))
    Organisation.objects.filter(pk=row.pk).update(cooperation_since=datetime.date(2021, 1, 1))
    with pytest.raises(Stale):
        carry(plan)
    row.refresh_from_db()
    assert row.cooperation_since == datetime.date(2021, 1, 1)
    assert Organisation.objects.count() == 1
    assert not Contact.objects.exists()
    assert not AuditEntry.objects.exists()


def test_a_contact_renewed_since_the_look_is_not_overwritten():
    row = factories.organisation("桂花物业")
    plan = look(table("桂花物业,物业公司,,,13912345678"))
    row.contact = contacts.store(phone="13800000000")
    row.save(update_fields=["contact"])
    with pytest.raises(Stale):
        carry(plan)


def test_a_name_entered_since_the_look_stops_the_whole_import():
    plan = look(table("湖东超市,商户,,,", "湖东银行,金融机构,,,"))
    factories.organisation("湖东银行")
    with pytest.raises(Stale):
        carry(plan)
    assert Organisation.objects.count() == 1


def test_who_lost_the_area_since_the_look_imports_nothing():
    user = factories.liaison_staff()
    confirmed = importing.seal(look(table("湖东超市,商户,,,")), user=user)
    user.scopes.all().delete()
    user = type(user).objects.get(pk=user.pk)
    with pytest.raises(Stale):
        importing.carry_out(confirmed, actor=user)
    assert not Organisation.objects.exists()


@pytest.mark.parametrize("forged", ["", "x", "\ud800", "gAAAAA=="])
def test_a_forged_confirmation_is_refused(forged):
    with pytest.raises(Refused, match="确认页已失效，没有导入任何内容。请重新上传文件。"):
        importing.carry_out(forged, actor=factories.liaison_staff())


def test_a_changed_another_persons_or_an_expired_confirmation_is_refused(monkeypatch):
    user = factories.liaison_staff()
    confirmed = importing.seal(look(table("湖东超市,商户,,,")), user=user)
    middle = len(confirmed) // 2
    changed = confirmed[:middle] + ("A" if confirmed[middle] != "A" else "B") + confirmed[middle + 1 :]
    with pytest.raises(Refused):
        importing.carry_out(changed, actor=user)
    with pytest.raises(Refused):
        importing.carry_out(confirmed, actor=factories.superuser())
    monkeypatch.setitem(sealed.unseal.__kwdefaults__, "seconds", -1)
    with pytest.raises(Refused):
        importing.carry_out(confirmed, actor=user)
    assert not Organisation.objects.exists()


def test_nobody_reads_a_contact_out_of_the_confirmation():
    confirmed = importing.seal(look(table("湖东超市,商户,,,13912345678")), user=factories.liaison_staff())
    with pytest.raises(sealed.Broken):
        sealed.unseal(confirmed, purpose="organisations")
    assert "13912345678" not in confirmed


def test_who_may_not_enter_organisations_imports_none():
    with pytest.raises(TransitionNotAllowed):
        importing.carry_out("", actor=factories.community_staff())


def test_more_than_a_form_carries_is_refused(monkeypatch):
    plan = look(table("湖东超市,商户,,,"))
    monkeypatch.setattr(sealed, "MAX_CHARACTERS", 50)
    with pytest.raises(SheetError, match="一次导入的文字过多，请分几份上传。"):
        importing.seal(plan, user=factories.liaison_staff())


def test_five_thousand_rows_fit_into_the_form_and_go_in_at_once():
    lines = [f"湖东商户{number}号,商户,,2023-9-1,139{number:08d}" for number in range(5000)]
    plan = look(table(*lines))
    assert len(importing.seal(plan, user=factories.liaison_staff())) < sealed.MAX_CHARACTERS


# --- Out -------------------------------------------------------------------------------------------------------------


def test_the_template_comes_back_empty_and_names_the_kinds():
    book = openpyxl.load_workbook(io.BytesIO(sheets.organisations.template()))
    assert book.sheetnames == ["合作单位", "填写说明", "可填的性质"]
    assert [cell.value for cell in book["合作单位"][1]] == [
        *["名称（必填）", "英文名称", "性质（必填）", "区域", "简介", "网址"],
        *["合作开始日期", "签有合作协议", "孵化培育年份"],
        *["联系人", "联系电话", "联系邮箱"],
    ]
    assert [row[0] for row in book["可填的性质"].iter_rows(min_row=2, values_only=True)][:3] == [
        "政府部门",
        "事业单位",
        "社区居委会",
    ]
    with pytest.raises(SheetError, match="表头下面没有内容。"):
        look(io.BytesIO(sheets.organisations.template()))


def test_a_filled_in_template_is_taken():
    book = openpyxl.load_workbook(io.BytesIO(sheets.organisations.template()))
    row = ["湖东超市", "Hudong Market", "商户", "", "", "hudong.example", datetime.date(2023, 9, 1)]
    book["合作单位"].append([*row, "", "2024, 2023", "王女士", 13912345678])
    output = io.BytesIO()
    book.save(output)
    carry(look(output))
    found = Organisation.objects.get()
    assert (found.name_en, found.website) == ("Hudong Market", "https://hudong.example")
    assert found.has_agreement  # because it has a day
    assert found.nurtured_years == [2023, 2024]


def test_an_agreement_may_come_without_its_day_and_years_are_checked():
    head = "名称,性质,签有合作协议,孵化培育年份"
    carry(look(table("湖东超市,商户,是,", "桂花合唱队,备案社团,,2023", head=head)))
    assert Organisation.objects.get(has_agreement=True).name == "湖东超市"
    assert Organisation.objects.get(nurtured_years__contains=[2023]).name == "桂花合唱队"
    again = look(table("湖东超市,商户,是,", "桂花合唱队,备案社团,,2023、2024", head=head))
    assert [change.name for change in again.same] == ["湖东超市"]
    assert again.changed[0].shown == [("孵化培育年份", "2023", "2023、2024")]
    assert "请填写四位数年份" in problems("桂花合唱队,备案社团,,去年", head=head)[0]


def test_an_export_brought_back_changes_nothing_whatever_its_cells_begin_with():
    names = ["=1+1", "+86 超市", "-减号", "@at", "'=1", "＝全角", "桂花物业"]
    for name in names:
        factories.organisation(name, about="=HYPERLINK(1)", cooperation_since=datetime.date(2023, 9, 1))
    factories.organisation("桂花合唱队", nurtured_years=[2023, 2024])
    factories.organisation("桂花苑物业", area=factories.tree().compound)
    content = sheets.organisations.export(Organisation.objects.all())
    plan = look(io.BytesIO(content))
    assert plan.problems == []
    assert sorted(change.name for change in plan.same) == sorted([*names, "桂花苑物业", "桂花合唱队"])


def test_an_export_holds_no_contact():
    factories.organisation(
        "桂花物业", contact=contacts.store(called="王女士", phone="13912345678", email="a@b.example")
    )
    sheet = openpyxl.load_workbook(io.BytesIO(sheets.organisations.export(Organisation.objects.all()))).active
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        ["名称", "英文名称", "性质", "区域", "简介", "网址", "合作开始日期", "签有合作协议", "孵化培育年份"],
        ["桂花物业", None, "物业公司", "湖东街道", None, None, None, None, None],
    ]
