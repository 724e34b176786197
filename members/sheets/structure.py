"""Columns of the workbook that sets up a subdistrict: members, accounts of staff, resources."""

from django.contrib.auth.validators import UnicodeUsernameValidator
from django.utils.translation import gettext_lazy as _

from consultation.sheets.structure import ENGLISH, ORDER, contact_columns, english
from foundation.accounts import STAFF_ROLES, Role, User
from foundation.sheets import ChoiceCell
from foundation.structure_columns import (
    MISSING,
    StructureColumn,
    TextCell,
    WholeNumberCell,
    YesNoCell,
    column,
    pointer,
)

from ..models import Member, Resource
from ..models.resources import MAX_CAPACITY

USERNAME = _("登录用的名字，字母和数字；留空由系统按姓名生成")


def username(**more) -> StructureColumn:
    validators = [UnicodeUsernameValidator(message=_("账号只能用字母、数字和 @ . + - _ 。"))]
    cell = TextCell(max_length=150, required=False, validators=validators)
    return StructureColumn("username", _("账号"), cell, USERNAME, "wangfang", **more)


MEMBERS = (
    column(Member, "name", label=_("姓名"), example="王芳"),
    pointer(
        "committee", _("所属联络委"), "committees", _("联络委或街道的名称；留空则归入上传时选择的街道"), is_fixed=True
    ),
    column(Member, "level", _("不清楚的留空")),
    pointer("sector", _("界别"), "sectors", _("从列表中选择")),
    column(Member, "role", _("会公开"), "桂花中学教师"),
    english(Member, "name_en"),
    english(Member, "role_en"),
    column(Member, "about", _("会公开，请勿写电话")),
    *contact_columns(),
    username(is_stored=False),
    StructureColumn(
        "opens_account",
        _("开通账号"),
        YesNoCell(),
        _("填“是”即开通；导入后打印一次性链接交给本人"),
        is_stored=False,
    ),
    column(Member, "order", ORDER),
    column(Member, "is_active", _("离任的填“否”")),
)
ACCOUNTS = (
    column(User, "name", _("真实姓名，居民看不到"), "李明", required=True),
    username(),
    StructureColumn(
        "role",
        _("角色"),
        ChoiceCell(
            choices=[(role.value, role.label) for role in Role if role in STAFF_ROLES],
            error_messages={"required": MISSING},
        ),
        _("只能开通权限比您小的角色；委员的账号在“委员”工作表中开通"),
        is_stored=False,
    ),
    pointer(
        "areas",
        _("工作范围"),
        "areas",
        _("街道、社区或小区，包括它下面的所有区域；可填几个，用顿号隔开"),
        "桂花社区",
        many=True,
        required=True,
        is_stored=False,
    ),
    column(User, "office", _("答复时居民看到的部门"), "桂花社区居委会"),
    column(User, "email", _("可以自己找回密码；没有的留空")),
)
RESOURCES = (
    column(Resource, "title", _("用一句话说明能提供什么"), "家门口的法律咨询"),
    pointer("category", _("类别"), "resource_categories", _("从列表中选择"), required=True),
    pointer("member", _("提供的委员"), "members", _("委员和单位二者填一"), menu_of="members", is_fixed=True),
    pointer(
        "organisation",
        _("提供的单位"),
        "organisations",
        _("委员和单位二者填一"),
        menu_of="organisations",
        is_fixed=True,
    ),
    column(Resource, "about", _("会公开。写明做什么、怎样做、每次多长时间，请勿写电话")),
    column(Resource, "title_en", ENGLISH),
    column(Resource, "about_en", ENGLISH),
    column(Resource, "for_whom", example="60 岁以上老人"),
    column(Resource, "languages", example="普通话、本地话"),
    pointer("areas", _("服务区域"), "areas", _("可填几个，用顿号隔开；留空表示整个街道"), many=True),
    column(Resource, "capacity", _("留空表示不限"), "4", field=WholeNumberCell(smallest=1, largest=MAX_CAPACITY)),
    column(Resource, "starts_on"),
    column(Resource, "ends_on"),
    StructureColumn(
        "opens", _("直接开放"), YesNoCell(), _("填“是”即公开；留空则先待审核。只对新登记的有效"), is_stored=False
    ),
)
