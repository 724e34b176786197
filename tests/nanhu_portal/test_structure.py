"""A subdistrict from one workbook: every problem by sheet, row and column; a second import changes nothing."""

import datetime
import io
import time

import openpyxl
import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from consultation.models import Area, AreaLevel, Organisation, Platform, Series, Venue, VenueKind, places
from consultation.services.structure import Organisations
from foundation import contacts, structure, structure_books, structure_sheets
from foundation.accounts import Role, User
from foundation.actors import SYSTEM
from foundation.audit import AuditEntry
from foundation.contacts import Contact
from foundation.errors import Refused, Stale
from foundation.sheets import SheetError
from members.models import LiaisonCommittee, Member, Resource
from nanhu_portal import structure as pages
from tests import factories
from tests.pages import form, words
from tests.together import at_once

pytestmark = pytest.mark.django_db

TITLES = ["说明", "社区", "小区", "阵地", "平台", "单位", "委员", "账号", "资源", "系列"]


def book(**rows) -> io.BytesIO:
    """A workbook: the title of each sheet, and its rows from the headings on, cells separated by commas."""
    made = openpyxl.Workbook()
    made.remove(made.active)
    for title, lines in rows.items():
        sheet = made.create_sheet(title)
        for line in lines:
            sheet.append([cell or None for cell in line.split(",")] if isinstance(line, str) else line)
    return saved(made)


def saved(made: openpyxl.Workbook) -> io.BytesIO:
    output = io.BytesIO()
    made.save(output)
    output.seek(0)
    return output


def check(upload, user=None, home=None) -> structure.Plan:
    return structure.check(upload, actor=user or factories.liaison_staff(), home=home or factories.tree().subdistrict)


def carry(upload, user=None, home=None) -> structure.Plan:
    home = home or factories.tree().subdistrict
    plan = structure.import_at_once(upload, actor=user or factories.liaison_staff(), home=home)
    assert [str(problem) for problem in plan.problems] == []
    return plan


def counts(plan) -> dict[str, tuple[int, int, int]]:
    found = {one.sheet.name: (len(one.new), len(one.changed), len(one.same)) for one in plan.sheets}
    return {name: numbers for name, numbers in found.items() if any(numbers)}


def problems(user=None, home=None, **rows) -> list[str]:
    return [str(problem) for problem in check(book(**rows), user, home).problems]


def shown(plan) -> list[tuple[str, str, str]]:
    return [line for sheet in plan.sheets for change in sheet.changes for line in change.shown]


# --- The workbook ----------------------------------------------------------------------------------------------------


def test_the_workbook_says_what_goes_where_and_offers_what_may_be_chosen():
    factories.resource_category()
    made = openpyxl.load_workbook(io.BytesIO(structure.empty()))
    assert made.sheetnames == [*TITLES, "选项"]
    assert made["选项"].sheet_state == "hidden"
    sheet = made["小区"]
    assert sheet["A1"].value == "社区下的小区，居民提交需求时从中选择。"
    assert [cell.value for cell in sheet[2]][2:5] == [
        "选填，在英文页面显示",
        "“社区”工作表中的名称或代码",
        "数字小的排在前面",
    ]
    assert [cell.value for cell in sheet[3]] == ["名称（必填）", "代码", "英文名称", "所属社区（必填）", "排序"]
    [menu] = sheet.data_validations.dataValidation
    assert (str(menu.sqref), menu.formula1, menu.showErrorMessage) == ("D4:D1003", "'社区'!$A$4:$A$1003", False)
    menus = {str(one.sqref)[0]: one for one in made["资源"].data_validations.dataValidation}
    words = made["选项"][menus["B"].formula1.removeprefix("'选项'!").replace("$", "")]
    assert [row[0].value for row in words] == ["法律服务"]
    assert menus["B"].showErrorMessage
    told = [[cell.value for cell in row] for row in made["说明"].iter_rows()]
    assert [
        "类型",
        "是",
        "它决定阵地设在街道、社区还是小区（可填：政协委员之家、协商议事之家、协商工作室、小区云端工作站）",
    ] in [row[1:4] for row in told]
    with pytest.raises(SheetError, match="表头下面没有内容。"):
        check(io.BytesIO(structure.empty()))


def new_subdistrict() -> tuple[Area, User]:
    """A subdistrict without anything but its committee, and who sets it up."""
    district = factories.tree().district
    home = factories.area(2, district, code="lakeside", name="临湖街道")
    LiaisonCommittee.objects.create(area=home, name="政协临湖街道联络委", ref_prefix="LH")
    return home, factories.liaison_staff("lakeside", home)


def test_the_example_sets_up_a_subdistrict_and_a_second_import_changes_nothing():
    factories.resource_category()
    home, user = new_subdistrict()
    plan = carry(io.BytesIO(structure.example()), user, home)
    expected = {"communities": 3, "compounds": 5, "venues": 5, "platforms": 2, "organisations": 4}
    expected |= {"members": 3, "accounts": 2, "resources": 2, "series": 3}
    assert counts(plan) == {name: (count, 0, 0) for name, count in expected.items()}
    assert sorted(account.username for account in plan.opened) == ["liming", "wangfang", "zhaoqiang", "zhoujing"]
    [entry] = AuditEntry.objects.filter(action="imported")
    assert (entry.actor, entry.subject) == (user, "structure")
    assert entry.detail.startswith("communities +3 ~0, compounds +5 ~0, venues +5 ~0")

    compound = Area.objects.get(code="sanhaoyuan")
    assert (compound.level, compound.parent.code, compound.parent.parent) == (4, "hetangshequ", home)
    venue = Venue.objects.get(slug="guihua-home")
    assert (venue.kind, venue.area.code, venue.step_free, len(venue.code)) == ("deliberation_home", "guihua", True, 8)
    assert Platform.objects.get(slug="xiangzhangshuxia").venue == venue
    partner = Organisation.objects.get(name="桂花物业服务有限公司")
    assert (partner.cooperation_since, partner.has_agreement) == (datetime.date(2023, 9, 1), True)
    assert contacts.open_contact(partner.contact)["phone"] == "02787654321"
    member = Member.objects.get(name="王芳")
    assert (member.committee.area, member.level, member.user.username) == (home, "district", "wangfang")
    staff = User.objects.get(username="zhoujing")
    assert [group.name for group in staff.groups.all()] == [Role.COMMUNITY_STAFF]
    assert {scope.area.name for scope in staff.scopes.all()} == {"柳园社区", "荷塘社区"}
    assert not staff.has_usable_password()
    first = Resource.objects.get(title="家门口的法律咨询")
    assert (first.area, first.member.name, first.status, first.capacity) == (home, "赵强", "open", 4)
    assert [one.to_status for one in first.transitions.all()] == ["offered", "reviewed", "open"]
    assert {area.name for area in first.areas.all()} == {"桂花社区", "柳园社区"}
    assert Resource.objects.get(title="周末图书角").status == "offered"
    assert Series.objects.get(code="linlijie").brand_set == "街道四大品牌活动"

    same = {name: (0, 0, count) for name, count in expected.items()}
    for again in (structure.example(), structure.export(actor=user)):
        plan = check(io.BytesIO(again), user, home)
        assert [str(problem) for problem in plan.problems] == []
        assert {name: numbers for name, numbers in counts(plan).items() if numbers[0] or numbers[1]} == {}
        assert counts(plan) == same
    with translation.override("en"):
        assert counts(check(io.BytesIO(structure.export(actor=user)), user, home)) == same


def test_what_is_stored_comes_back_from_an_export_unchanged_whatever_it_is():
    places = factories.tree()
    factories.area(4, places.other_community, code="twin", name="桂花苑")  # two of this name
    factories.venue(hours="周一\n周二", latitude="30.498700", longitude="114.389600", phone="027-1")
    factories.platform(summary="第一行\n\n=第三行")
    for name in ("=1+1", "+86 超市", "'=1", "＝全角"):
        factories.organisation(name, about="=HYPERLINK(1)", cooperation_since=datetime.date(2023, 9, 1))
    factories.organisation(
        "桂花合唱队", nurtured_years=[2023, 2024], contact=contacts.store(called="王女士", phone="13912345678")
    )
    factories.organisation("在小区", area=Area.objects.get(code="twin"))
    for _number in range(2):  # two members of one name
        Member.objects.create(name="陈敏", committee=places.committee)
    member = Member.objects.create(name="赵强", committee=places.committee, user=factories.member())
    factories.resource(member=member, areas=[places.compound], ends_on=datetime.date(2020, 1, 1))
    factories.resource("结束了的", member=member, status="ended")
    factories.series(by_venue=True)
    factories.community_staff("zhang", places.compound, places.other_community)
    factories.liaison_staff("far", places.far_subdistrict)
    for user in (factories.liaison_staff(), factories.superuser(), SYSTEM):
        content = structure.export(actor=user)
        cells = openpyxl.load_workbook(io.BytesIO(content))["单位"].iter_rows(values_only=True)
        assert not {"王女士", "13912345678"} & {cell for row in cells for cell in row}
        plan = check(io.BytesIO(content), user)
        assert [str(problem) for problem in plan.problems] == []
        assert shown(plan) == []
        assert plan.count("new") == 0
        assert counts(plan)["members"] == (0, 0, 3)
        assert counts(plan)["resources"] == (0, 0, 1)
    detail = AuditEntry.objects.filter(action="exported").latest("pk").detail
    assert detail.startswith(
        "communities 3, compounds 5, venues 2, platforms 1, organisations 6, members 3, accounts 3"
    )


# --- Finding rows again, and what changes ----------------------------------------------------------------------------


def test_a_row_is_known_by_its_code_or_its_name_and_an_empty_cell_changes_nothing():
    places = factories.tree()
    venue = factories.venue(VenueKind.DELIBERATION_HOME, address="桂花路 8 号")
    upload = {
        "社区": ["名称,代码,英文名称", "桂花社区（新）,COMMUNITY,", " 柳园 社区,,Liuyuan"],
        "阵地": ["名称,类型,区域,地址,启用", f"{venue.name},协商议事之家,community,,否"],
    }
    plan = carry(book(**upload))
    assert counts(plan) == {"communities": (0, 2, 0), "venues": (0, 1, 0)}
    assert shown(plan) == [("名称", "桂花社区", "桂花社区（新）"), ("英文名称", "", "Liuyuan"), ("启用", "是", "否")]
    places.community.refresh_from_db()
    venue.refresh_from_db()
    assert (places.community.name, places.community.name_en) == ("桂花社区（新）", "Guihua Community")
    assert (venue.address, venue.is_open) == ("桂花路 8 号", False)
    assert Area.objects.count() == 10  # those left out are still there
    assert AuditEntry.objects.get().detail == "communities +0 ~2, venues +0 ~1"
    assert counts(check(book(**upload))) == {"communities": (0, 0, 2), "venues": (0, 0, 1)}


def test_rows_may_name_rows_of_the_sheets_before_them_in_any_way():
    rows = {
        "小区": ["名称,所属社区", "柳岸,柳堤", "桂花里,Guihua Community"],
        "社区": ["名称,代码", "柳堤,liu-di"],
        "阵地": ["名称,类型,区域", "柳岸站,小区云端工作站,柳堤 · 柳岸", "柳堤之家,协商议事之家,liu-di"],
        "平台": ["名称,常驻议事点,风格", "柳下谈,柳堤之家,树下谈"],
    }
    rows["平台"][0] = "名称,常驻阵地,风格"
    plan = carry(book(**rows))
    assert counts(plan) == {
        "communities": (1, 0, 0),
        "compounds": (2, 0, 0),
        "venues": (2, 0, 0),
        "platforms": (1, 0, 0),
    }
    assert Venue.objects.get(name="柳岸站").area.parent.code == "liu-di"
    assert Area.objects.get(name="桂花里").parent == factories.tree().community


def test_codes_are_made_from_names_and_never_twice():
    rows = [
        "名称,所属社区,英文名称",
        "三号院,桂花社区,",
        "三 号 苑（北）,桂花社区,No. 3 North",
        "叁号院,柳园社区,",
        "三号院,柳园社区,",
    ]
    plan = carry(book(小区=rows))
    assert [change.notes for change in plan.sheets[1].changes] == [
        [f"代码由系统生成：{code}"] for code in ("sanhaoyuan", "no-3-north", "sanhaoyuan-2", "sanhaoyuan-3")
    ]


def test_liaison_staff_import_into_their_own_subdistrict_only():
    places = factories.tree()
    factories.venue(VenueKind.DELIBERATION_HOME, places.far_community)
    rows = {
        "社区": ["名称,代码,所属街道", "松林社区,far-community,", "东湖社区,,湖西街道"],
        "小区": ["名称,所属社区", "松林里,松林社区"],
        "阵地": ["名称,代码,类型,区域", "之家,deliberation-home-far-community,协商议事之家,桂花社区"],
    }
    unknown = "请填写“社区、小区”中已有的名称或代码；您只能填写自己工作范围内的。"
    assert problems(**rows) == [
        "工作表“社区”第 2 行“代码”：代码“far-community”已被使用，请换一个。",
        f"工作表“社区”第 3 行“所属街道”：没有找到“湖西街道”。{unknown}",
        "工作表“阵地”第 2 行“代码”：代码“deliberation-home-far-community”已被使用，请换一个。",
    ]
    assert problems(小区=rows["小区"]) == [f"工作表“小区”第 2 行“所属社区”：没有找到“松林社区”。{unknown}"]
    plan = carry(book(小区=rows["小区"], 社区=rows["社区"][::2]), factories.superuser())
    assert counts(plan) == {"communities": (1, 0, 0), "compounds": (1, 0, 0)}
    assert Area.objects.get(name="东湖社区").parent == places.far_subdistrict


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (
            {"社区": ["名称,代码,排序", "电话13912345678,Ü,-1", ",,3"]},
            [
                "“社区”第 2 行“名称”：有手机号",
                "“社区”第 2 行“代码”：只能用小写字母、数字和连字符",
                "“社区”第 2 行“排序”：请填写 0 到 32767 的整数。",
                "“社区”第 3 行“名称”：没有填写。",
            ],
        ),
        (
            {"小区": [["名称", "所属社区"], [datetime.date(2026, 5, 3), "桂花社区"], ["甲", "湖东街道"], ["乙", None]]},
            [
                "“小区”第 2 行“名称”：单元格里是日期或时间。请把单元格设为文本格式，重新填写。",
                "“小区”第 3 行“所属社区”：上级必须是社区。",
                "“小区”第 4 行“所属社区”：没有填写。",
            ],
        ),
        (
            # The compound names a row that has a problem of its own, which is the only one to be mended.
            {"社区": ["名称,排序", "新社区,x"], "小区": ["名称,所属社区", "新小区,新社区"]},
            ["“社区”第 2 行“排序”：请填写 0 到 32767 的整数。"],
        ),
        (
            {
                "小区": [
                    "名称,代码,所属社区",
                    "桂花苑,other,桂花社区",
                    "丙,,桂花社区",
                    "丙,,桂花社区",
                    "丁,compound,柳园社区",
                ]
            },
            [
                "“小区”第 2 行“代码”：“桂花苑”已有，代码是“compound”，不能通过表格改动。",
                "“小区”第 4 行“名称”：与第 3 行是同一项，请合并为一行。",
                "“小区”第 5 行“所属社区”：已有的这一项不能通过表格改动，请在它的页面上修改。",
            ],
        ),
        (
            {
                "阵地": [
                    "名称,类型,区域,纬度,经度,二维码编号,无台阶通行",
                    "甲,协商议事之家,桂花苑,30.5,,ab-1,也许",
                    "乙,协商议事之家,桂花社区,114.4,30.5,ZZ1,是",
                    "丙,小区云端工作站,桂花新村,,,zz1,否",
                    "丁,小区云端工作站,桂花新村,x,,,",
                ]
            },
            [
                "“阵地”第 2 行“无台阶通行”：不能填写“也许”。可填写：是、否。",
                "“阵地”第 3 行“纬度”：请填写数字，最多 6 位小数。",
                "“阵地”第 5 行“纬度”：请填写数字，最多 6 位小数。",
            ],
        ),
        (
            {
                "阵地": [
                    "名称,类型,区域,纬度,经度,二维码编号",
                    "甲,协商议事之家,桂花苑,30.5,,ab-1",
                    "乙,协商议事之家,桂花社区,60,114.5,ZZ1",
                    "丙,小区云端工作站,桂花新村,,,zz1",
                    "丁,小区云端工作站,桂花新村,,,",
                ]
            },
            [
                "“阵地”第 2 行“区域”：协商议事之家只能设在社区一级。",
                "“阵地”第 2 行“经度”：经度和纬度须同时填写。",
                "“阵地”第 2 行“二维码编号”：二维码编号只能用大写字母和数字。",
                "“阵地”第 3 行“纬度”：经度和纬度应在中国境内；请核对是否填反。",
                "“阵地”第 4 行“二维码编号”：二维码编号“ZZ1”已被使用，请换一个。",
                "“阵地”第 5 行“区域”：每个小区只设一个云端工作站。",
            ],
        ),
        (
            {"单位": ["名称,性质,签有合作协议,合作开始日期", "甲,公司,,", "乙,商户,否,2023-9-1", "丙,商户,,2023年9月"]},
            [
                "“单位”第 2 行“性质”：不能填写“公司”。可填写：",
                "“单位”第 3 行“签有合作协议”：有合作开始日期的单位签有协议，不能填“否”。",
                "“单位”第 4 行“合作开始日期”：“2023年9月”不是完整的日期",
            ],
        ),
        (
            {"系列": ["名称,类别,节奏", "甲,工作机制,不定期"]},
            ["“系列”第 2 行“节奏”：工作机制应有周期：每周、每月、每季度或每年。"],
        ),
        (
            {
                "委员": [
                    "姓名,界别,账号,开通账号,在任",
                    "甲,火星界,,,",
                    "乙,,member,是,",
                    "丙,,bing,,",
                    "丁,,ding,是,否",
                ],
                "账号": [
                    "姓名,账号,角色,工作范围",
                    "戊,admin,社区工作人员,桂花社区",
                    "己,,联络委工作人员,湖东街道",
                    "庚,community,社区工作人员,柳园社区",
                    "辛,a b,社区工作人员,松林社区",
                ],
            },
            [
                "“委员”第 2 行“界别”：没有找到“火星界”。",
                "“委员”第 3 行“账号”：账号“member”已有人使用，请换一个。",
                "“委员”第 4 行“开通账号”：“丙”还没有账号。要开通，请填“是”。",
                "“委员”第 5 行“开通账号”：离任的委员不能开通账号。",
                "“账号”第 2 行“账号”：账号“admin”已有人使用，或已停用，或不归您管理，请换一个。",
                "“账号”第 3 行“角色”：您不能开通这个角色的账号。",
                "“账号”第 4 行“工作范围”：已有账号的角色和工作范围请在账号页面更改。",
                "“账号”第 5 行“账号”：账号只能用字母、数字和 @ . + - _ 。",
            ],
        ),
        (
            {
                "资源": [
                    "名称,类别,提供的委员,提供的单位,服务内容,每月可服务次数,开始日期,截止日期,服务区域",
                    "甲,法律服务,,,内容,,,,",
                    "乙,法律服务,陈敏,桂花物业,内容,,,,",
                    "丙,法律服务,陈敏,,内容,0,,,",
                    "丁,法律服务,陈敏,,内容,,2020-2-1,2020-1-1,",
                    "戊,法律服务,陈敏,,内容,,,,南湖区",
                ]
            },
            [
                "“资源”第 2 行“提供的委员”：请填写由哪位委员或哪家单位提供，二者填一。",
                "“资源”第 3 行“提供的委员”：请填写由哪位委员或哪家单位提供，二者填一。",
                "“资源”第 4 行“每月可服务次数”：请填写 1 到 999 的整数。",
                "“资源”第 5 行“截止日期”：截止日期不能早于开始日期。",
                "“资源”第 5 行“截止日期”：截止日期已过，请核对。",
                "“资源”第 6 行“服务区域”：没有找到“南湖区”。",
            ],
        ),
    ],
)
def test_each_problem_is_named_by_sheet_row_and_column(rows, expected):
    factories.superuser()
    factories.member()
    factories.community_staff()
    factories.committee_member()
    factories.organisation()
    factories.resource_category()
    found = [sentence.removeprefix("工作表") for sentence in problems(**rows)]
    assert len(found) == len(expected), found
    assert [sentence[: len(begin)] for sentence, begin in zip(found, expected, strict=True)] == expected


def test_members_of_one_name_are_told_apart_by_their_accounts():
    places = factories.tree()
    first = Member.objects.create(name="陈敏", committee=places.committee, user=factories.member("chen1"))
    Member.objects.create(name="陈敏", committee=places.committee, user=factories.member("chen2"))
    head = "姓名,账号,开通账号,职务"
    carry(book(委员=[head, "陈敏,chen1,,律师", "陈敏,chen3,是,医生"]))
    first.refresh_from_db()
    assert first.role == "律师"
    assert Member.objects.get(user__username="chen3").role == "医生"
    assert problems(委员=[head, "陈敏,,,教师"]) == ["工作表“委员”第 2 行“姓名”：同名的有 3 个，分不清是哪一个。"]


def test_an_account_is_opened_for_a_member_who_has_none_and_no_account_is_changed_in_its_rights():
    member = factories.committee_member("王芳", contact=contacts.store(phone="13912345678"))
    staff = factories.community_staff("zhang")
    rows = {
        "委员": ["姓名,开通账号,联系电话", "王芳,是,027-87654321"],
        "账号": ["账号,姓名,角色,工作范围,对外显示的部门", "zhang,张三丰,社区工作人员,桂花社区,办公室"],
    }
    plan = carry(book(**rows))
    assert shown(plan) == [
        ("联系电话", "", "（已填写，此处不显示）"),
        ("开通账号", "", "wangfang"),
        ("姓名", "张三", "张三丰"),
        ("对外显示的部门", "桂花社区居委会", "办公室"),
    ]
    member.refresh_from_db()
    staff.refresh_from_db()
    assert (member.user.username, contacts.open_contact(member.contact)["phone"]) == ("wangfang", "02787654321")
    assert Contact.objects.count() == 1
    assert (staff.name, staff.office) == ("张三丰", "办公室")
    assert counts(check(book(**rows))) == {"members": (0, 0, 1), "accounts": (0, 0, 1)}
    assert list(AuditEntry.objects.order_by("pk").values_list("action", "detail")) == [
        ("added", f"role committee_member, member {member.pk}"),
        ("changed", "name, office"),
        ("imported", "members +0 ~1, accounts +0 ~1"),
    ]


def test_a_resource_is_edited_by_its_own_rules_and_a_planned_series_keeps_its_rhythm():
    places = factories.tree()
    resource = factories.resource(areas=[places.community])
    series = factories.series()
    series.slots.create(period=datetime.date(2026, 3, 1), planned_on=datetime.date(2026, 3, 14))
    rows = ["名称,类别,提供的委员,服务内容,服务区域,直接开放"]
    plan = carry(book(资源=[*rows, f"{resource.title},法律服务,陈敏,新的内容,柳园社区、桂花苑,是"]))
    assert shown(plan) == [("服务内容", resource.about, "新的内容"), ("服务区域", "桂花社区", "柳园社区、桂花苑")]
    resource.refresh_from_db()
    assert (resource.about, resource.version) == ("新的内容", 3)
    assert set(resource.areas.all()) == {places.other_community, places.compound}
    assert problems(系列=["名称,代码,类别,节奏", "月月谈,monthly-talk,工作机制,每周"]) == [
        "工作表“系列”第 2 行“节奏”：已经排了日期，这一项不能再改。"
    ]


# --- Files -----------------------------------------------------------------------------------------------------------


def test_one_list_alone_is_known_by_its_headings():
    partners = "名称,性质,区域,联系电话\n桂花物业,物业公司,桂花社区,13912345678\n".encode("gb18030")
    assert counts(check(io.BytesIO(partners))) == {"organisations": (1, 0, 0)}
    titled = book(数据=["名称,性质", "桂花物业,物业公司"], 其他=["随便,写写"])
    assert counts(check(titled)) == {"organisations": (1, 0, 0)}
    with pytest.raises(SheetError, match="没有找到可以导入的工作表"):
        check(io.BytesIO("甲,乙\n1,2\n".encode()))


def test_without_an_area_the_partner_below_the_chosen_subdistrict_is_meant():
    places = factories.tree()
    factories.organisation("桂花物业", area=places.compound)
    assert counts(check(book(单位=["名称,性质", "桂花 物业,物业公司"]))) == {"organisations": (0, 0, 1)}
    factories.organisation("桂花物业", area=places.other_compound)
    assert problems(单位=["名称,性质", "桂花物业,商户"]) == [
        "工作表“单位”第 2 行“名称”：同名的有 2 个，分不清是哪一个。"
    ]
    superuser = factories.superuser()
    plan = structure.check(book(单位=["名称,性质", "新单位,商户"]), actor=superuser, home=None)
    assert [str(one) for one in plan.problems] == ["工作表“单位”第 2 行“区域”：没有填写，上传时也没有选择街道。"]


def test_sheets_and_cells_that_cannot_be_trusted_are_named(monkeypatch):
    made = openpyxl.load_workbook(book(社区=["名称", "新社区"], 小区=["名称,所属社区", "甲,桂花社区"], 备注=["x"]))
    made["社区"]["A2"] = "=[1]Sheet1!A2"
    made["小区"].merge_cells("A2:A3")
    plan = check(saved(made))
    assert [str(problem) for problem in plan.problems] == [
        "工作表“小区”：有合并的单元格（A2:A3）。请取消合并，填好每个单元格再上传。",
        "工作表“社区”第 2 行“名称”：公式引用了其他文件，结果可能已经过时。请直接填写内容。",
    ]
    assert plan.notes == ["没有读取的工作表：备注。"]
    twice = book(社区=["名称", "甲"], Communities=["名称", "乙"])
    with pytest.raises(SheetError, match="有两张“社区”工作表"):
        check(twice)
    monkeypatch.setattr("foundation.structure_books.MAX_ROWS", 2)
    too_long = check(book(社区=["名称", "甲"], 小区=["名称,所属社区", "乙,甲", "丙,甲"]))
    assert [str(problem) for problem in too_long.problems] == ["工作表“小区”：表格过长：一次最多 1 行，请分几份上传。"]


# --- Confirming ------------------------------------------------------------------------------------------------------

PARTNER = {"单位": ["名称,性质,联系电话", "湖东超市,商户,13912345678"]}


def sealed(user, **rows) -> str:
    home = factories.tree().subdistrict
    return structure.seal(check(book(**rows), user), actor=user, home=home)


def confirm(value: str, user) -> structure.Plan:
    return structure.carry_out(value, actor=user, homes=Area.objects.within_scope_of(user))


def test_what_was_shown_is_carried_out_once_and_by_whom_it_was_shown_to():
    user = factories.liaison_staff()
    value = sealed(user, **PARTNER)
    assert "13912345678" not in value
    for other in (factories.superuser(), factories.liaison_staff("other")):
        with pytest.raises(Refused, match="确认页已失效"):
            confirm(value, other)
    with pytest.raises(Refused, match="确认页已失效"):
        confirm("x", user)
    assert counts(confirm(value, user)) == {"organisations": (1, 0, 0)}
    with pytest.raises(Stale):
        confirm(value, user)
    shop = Organisation.objects.get()
    assert contacts.open_contact(shop.contact)["phone"] == "13912345678"


@pytest.mark.django_db(transaction=True)
def test_a_confirmation_pressed_four_times_at_once_imports_once():
    user = factories.liaison_staff()
    rows = PARTNER | {"社区": ["名称", "湖心社区"], "委员": ["姓名,开通账号", "王芳,是"]}
    factories.tree()
    value = sealed(user, **rows)
    results = at_once(*[lambda: confirm(value, User.objects.get(pk=user.pk))] * 4)
    assert sorted(type(result).__name__ for result in results) == ["Plan", "Stale", "Stale", "Stale"]
    assert (Organisation.objects.count(), Member.objects.count()) == (1, 1)
    assert Area.objects.filter(name="湖心社区").count() == 1


def test_what_changed_since_it_was_shown_is_not_overwritten_and_nothing_else_is_stored():
    user = factories.liaison_staff()
    row = factories.organisation("桂花物业", about="旧的")
    rows = {"单位": ["名称,性质,简介", "桂花物业,物业公司,新的", "湖东超市,商户,"]}
    value = sealed(user, **rows)
    Organisation.objects.filter(pk=row.pk).update(about="别人改的")
    with pytest.raises(Stale):
        confirm(value, user)
    assert list(Organisation.objects.values_list("about", flat=True)) == ["别人改的"]
    contact = {"单位": ["名称,性质,联系电话", "桂花物业,物业公司,13912345678"]}
    value = sealed(user, **contact)
    row.contact = contacts.store(phone="13800000000")
    row.save(update_fields=["contact"])
    with pytest.raises(Stale):
        confirm(value, user)
    value = sealed(user, **rows)
    user.scopes.all().delete()
    with pytest.raises(Stale):
        confirm(value, User.objects.get(pk=user.pk))
    assert not AuditEntry.objects.exists()


def test_what_the_database_refuses_is_named_in_the_log_and_leaves_no_trace_in_memory(monkeypatch, caplog):
    user = factories.liaison_staff()
    value = sealed(user, **PARTNER | {"社区": ["名称", "湖心社区"]})

    def write(sheet, changes, work):
        places.areas()  # as whatever is stored next does
        Area.objects.create(code="community", name="又一个", level=AreaLevel.DISTRICT)

    monkeypatch.setattr(Organisations, "write", write)
    with pytest.raises(Stale):
        confirm(value, user)
    assert "湖心社区" not in [area.name for area in places.areas().values()]
    assert "consultation_area_code_key" in caplog.text


def test_a_sheet_that_an_account_may_not_write_is_named():
    user = factories.liaison_staff()
    user.groups.get().permissions.remove(
        *user.groups.get().permissions.filter(codename__in=["add_series", "control_user"])
    )
    user = User.objects.get(pk=user.pk)
    rows = {"系列": ["名称,类别,节奏", "新系列,主题活动,不定期"], "委员": ["姓名,开通账号", "王芳,是"]}
    assert problems(user, **rows) == [
        "工作表“委员”第 2 行“开通账号”：您的账号不能开通委员的账号。",
        "工作表“系列”：您的账号不能导入这张工作表。",
    ]


# --- How long it takes -----------------------------------------------------------------------------------------------

SURNAMES, GIVEN = "赵钱孙李周吴郑王冯陈", "安邦成德恩方国海建康"
KINDS = ["物业公司", "商户", "备案社团", "学校", "社会组织", "企业"]


def subdistrict_book(members: int = 60) -> io.BytesIO:
    """A whole subdistrict, as its staff fill it in: 6 communities, 28 compounds, 35 venues, 120 partners and more."""
    communities = [f"{word}社区" for word in ("临江", "望湖", "松岭", "梅园", "竹苑", "荷塘")]
    compounds = [
        (f"{communities[number % 6][:2]}{number // 6 + 1}期花园", communities[number % 6]) for number in range(28)
    ]
    venues = [["临湖政协委员之家", "政协委员之家", "临湖街道"]]
    venues += [[f"{name}协商议事之家", "协商议事之家", name] for name in communities]
    venues += [[f"{name}云端工作站", "小区云端工作站", name] for name, _community in compounds]
    people = [f"{SURNAMES[number % 10]}{GIVEN[number // 10]}{'明' if number % 2 else ''}" for number in range(members)]
    partners = [
        [f"{communities[number % 6][:2]}第{number + 1}{KINDS[number % 6]}", KINDS[number % 6], communities[number % 6]]
        for number in range(2 * members)
    ]
    return book(
        社区=["名称,排序", *([name, number] for number, name in enumerate(communities))],
        小区=["名称,所属社区", *compounds],
        阵地=["名称,类型,区域", *venues],
        平台=["名称,常驻阵地,风格", *([f"{name}夜谈", f"{name}协商议事之家", "晚饭后谈"] for name in communities)],
        单位=["名称,性质,区域,联系人,联系电话", *([*row, "王女士", f"139{i:08d}"] for i, row in enumerate(partners))],
        委员=[
            "姓名,级别,职务,联系电话,开通账号",
            *([name, "区政协委员", "教师", f"138{i:08d}", "是" if i < 10 else None] for i, name in enumerate(people)),
        ],
        账号=[
            "姓名,角色,工作范围,对外显示的部门",
            *([f"工{name[0]}", "社区工作人员", name, f"{name}居委会"] for name in communities),
        ],
        资源=[
            "名称,类别,提供的单位,服务内容,服务区域,直接开放",
            *(
                [f"服务{i}", "法律服务", partners[i][0], "每周六上午", partners[i][2], "是"]
                for i in range(2 * members // 3)
            ),
        ],
        系列=["名称,类别,节奏", *([f"系列{number}", "工作机制", "每月"] for number in range(12))],
    )


def timed(act):
    """What an act returns, how many queries it takes, and how many seconds."""
    start = time.perf_counter()
    with CaptureQueriesContext(connection) as made:
        found = act()
    return found, len(made), time.perf_counter() - start


def test_a_whole_subdistrict_is_set_up_in_seconds():
    factories.resource_category()
    home, user = new_subdistrict()
    upload = subdistrict_book()
    (plan, checking, to_check) = timed(lambda: check(upload, user, home))
    assert [str(problem) for problem in plan.problems] == []
    value = structure.seal(plan, actor=user, home=home)
    homes = Area.objects.within_scope_of(user)
    (done, importing, to_import) = timed(lambda: structure.carry_out(value, actor=user, homes=homes))
    print(f"\nchecked in {to_check:.1f} s, {checking} queries; imported in {to_import:.1f} s, {importing} queries")
    made = {name: new for name, (new, _changed, _same) in counts(done).items()}
    expected = {"communities": 6, "compounds": 28, "venues": 35, "platforms": 6, "organisations": 120}
    assert made == expected | {"members": 60, "accounts": 6, "resources": 40, "series": 12}
    assert len(done.opened) == 16
    (again, checking_again, _seconds) = timed(lambda: check(upload, user, home))
    assert again.count("same") == sum(made.values())
    assert checking <= 40
    assert checking_again <= 40
    assert importing <= 100 + 14 * len(done.opened)


# --- Pages and commands ----------------------------------------------------------------------------------------------

PAGE = "/admin/structure/"


def upload(client, content: io.BytesIO, **values):
    file = SimpleUploadedFile("structure.xlsx", content.getvalue())
    return client.post(PAGE, {"file": file, **values})


def test_staff_download_upload_look_and_confirm(liaison_client, django_assert_max_num_queries):
    start = words(liaison_client.get(PAGE))
    assert "空白表格 填好的示例 含现有内容的表格" in start
    assert "选择街道" not in start
    for address, name in (("empty.xlsx", "structure-empty"), ("example.xlsx", "structure-example")):
        response = liaison_client.get(f"{PAGE}{address}")
        assert f'filename="{name}.xlsx"' in response["Content-Disposition"]
    rows = {"社区": ["名称", "湖心社区", "柳园社区"], "账号": ["姓名,角色,工作范围", "李明,社区工作人员,湖心社区"]}
    with django_assert_max_num_queries(30):
        page = upload(liaison_client, book(**rows))
    assert "no-store" in page["Cache-Control"]
    assert "社区 0 1 0 1 小区 0 0 0 0" in words(page)
    assert "代码由系统生成：huxinshequ" in words(page)
    assert not Area.objects.filter(name="湖心社区").exists()
    form(page, "confirmed").send(liaison_client, f"{PAGE}confirm/")
    done = liaison_client.get(PAGE)
    assert "已导入：新增 2 项，更改 0 项，开通 1 个账号。" in words(done)
    assert "李明（liming）" in words(done)
    slips = form(done, "_selected_action").send(liaison_client, "/admin/foundation/user/")
    assert (slips.status_code, "liming" in words(slips)) == (200, True)
    again = upload(liaison_client, book(**rows))
    assert "表格内容与系统中的完全一致，不需要导入。" in words(again)
    assert "没有变化的 2 项 湖心社区（湖东街道） 柳园社区（湖东街道）" in words(again)
    assert "确认导入" not in words(again)
    form(page, "confirmed").send(liaison_client, f"{PAGE}confirm/")
    assert "您的操作没有保存" in words(liaison_client.get(PAGE))
    out = liaison_client.post(f"{PAGE}export/")
    assert openpyxl.load_workbook(io.BytesIO(out.content)).sheetnames[:10] == TITLES


def test_what_was_imported_is_said_in_english_too():
    plan = structure.Plan([], {}, opened=[None])
    with translation.override("en"):
        assert pages.success_message(plan) == "Imported: 0 items added, 0 items changed, 1 account opened."


def test_problems_and_files_of_other_kinds_are_said_on_the_page(liaison_client):
    page = upload(liaison_client, book(社区=["名称,排序", "甲,x"], 备注=["y"]))
    assert page.status_code == 422
    assert "有 1 处需要修改，没有保存任何内容 工作表“社区”第 2 行“排序”：请填写 0 到 32767 的整数。" in words(page)
    assert "没有读取的工作表：备注。" in words(page)
    page = upload(liaison_client, io.BytesIO(b"%PDF-1.7"))
    assert (page.status_code, "这不是表格文件" in words(page)) == (422, True)


def test_the_superuser_chooses_the_subdistrict_of_rows_that_name_none(admin_client):
    places = factories.tree()
    rows = {"社区": ["名称,所属街道", "甲社区,", "乙社区,湖东街道"]}
    assert "没有填写，上传时也没有选择街道。" in words(upload(admin_client, book(**rows)))
    page = upload(admin_client, book(**rows), home=places.far_subdistrict.pk)
    form(page, "confirmed").send(admin_client, f"{PAGE}confirm/")
    assert Area.objects.get(name="甲社区").parent == places.far_subdistrict
    assert Area.objects.get(name="乙社区").parent == places.subdistrict


def test_the_commands_write_a_workbook_and_take_it_back(tmp_path, capsys):
    factories.resource_category()
    home, _user = new_subdistrict()
    file = tmp_path / "book.xlsx"
    call_command("export_structure", str(file), "--example")
    call_command("import_structure", str(file), "--dry-run", "--area", home.code)
    assert "communities: 3 new, 0 changed, 0 unchanged" in capsys.readouterr().out
    assert not Area.objects.filter(code="guihua").exists()
    call_command("import_structure", str(file), "--area", home.code)
    assert "Accounts opened: wangfang, zhaoqiang, liming, zhoujing." in capsys.readouterr().out
    assert AuditEntry.objects.get(action="imported").actor is None
    call_command("export_structure", str(file))
    call_command("import_structure", str(file))
    assert "members: 0 new, 0 changed, 3 unchanged" in capsys.readouterr().out
    with pytest.raises(CommandError, match="1 problems; nothing was imported"):
        file.write_bytes(book(小区=["名称,所属社区", "甲,月亮社区"]).getvalue())
        call_command("import_structure", str(file), "--as", "lakeside")
    assert "工作表“小区”第 2 行“所属社区”：没有找到“月亮社区”" in capsys.readouterr().err
    for wrong, sentence in (
        (["--area", "nowhere"], "there is no subdistrict with the code nowhere"),
        (["--as", "nobody"], "there is no active account nobody"),
    ):
        with pytest.raises(CommandError, match=sentence):
            call_command("import_structure", str(file), *wrong)
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_structure", str(tmp_path / "none.xlsx"))


def test_the_docs_list_the_columns_of_each_sheet():
    lines = []
    for sheet in structure_sheets.sheets():
        lines += [f"### {sheet.title} (`{sheet.name}`)", "", "| column | in English | what goes in |", "|---|---|---|"]
        for column in sheet.columns:
            label = f"**{column.label}**" if column.required else str(column.label)
            with translation.override("en"):
                hint = structure_books.hint_of(column, column.choices)
                lines.append(f"| {label} | {column.label} | {hint} |")
        lines.append("")
    text = (settings.BASE_DIR / "docs" / "importing.md").read_text()
    shown_there = text.partition("<!-- structure -->\n\n")[2].partition("\n<!-- /structure -->")[0]
    assert shown_there == "\n".join(lines)
