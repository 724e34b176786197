"""Columns of the workbook that sets up a subdistrict: communities, compounds, venues, platforms, partners, series."""

from django.utils.translation import gettext_lazy as _

from foundation.contact_forms import contact_fields
from foundation.forms import YearsField
from foundation.structure_columns import StructureColumn, TextCell, column, pointer

from ..models import Area, Organisation, Platform, Series, Venue

CODE = _("字母、数字和连字符；留空由系统按名称生成")
ENGLISH = _("选填，在英文页面显示")
ORDER = _("数字小的排在前面")
PRIVATE = _("不公开，加密保存；留空不改动")
IS_OPEN = _("不再使用的填“否”")


def code(model, name: str = "code") -> StructureColumn:
    return column(model, name, CODE, label=_("代码"), required=False)


def english(model, name: str) -> StructureColumn:
    return column(model, name, ENGLISH)


def order(model) -> StructureColumn:
    return column(model, "order", ORDER)


def contact_columns() -> tuple[StructureColumn, ...]:
    return tuple(
        StructureColumn(name, cell.label, cell, PRIVATE, is_private=True, is_stored=False)
        for name, cell in contact_fields().items()
    )


COMMUNITIES = (
    column(Area, "name", _("社区全称"), "桂花社区"),
    code(Area),
    english(Area, "name_en"),
    pointer("parent", _("所属街道"), "areas", _("留空则归入上传时选择的街道"), is_fixed=True),
    order(Area),
)
COMPOUNDS = (
    column(Area, "name", _("小区名称"), "桂花苑"),
    code(Area),
    english(Area, "name_en"),
    pointer(
        "parent",
        _("所属社区"),
        "areas",
        _("“社区”工作表中的名称或代码"),
        "桂花社区",
        menu_of="communities",
        is_fixed=True,
        required=True,
    ),
    order(Area),
)
VENUES = (
    column(Venue, "name", example="桂花社区协商议事之家"),
    code(Venue, "slug"),
    column(Venue, "kind", _("它决定阵地设在街道、社区还是小区"), is_fixed=True),
    pointer("area", _("区域"), "areas", _("街道、社区或小区的名称或代码"), "桂花社区", is_fixed=True, required=True),
    english(Venue, "name_en"),
    column(
        Venue,
        "code",
        _("已印好海报的填原来的编号；留空由系统生成"),
        "GH2026",
        field=TextCell(max_length=12, required=False),
        required=False,
        is_fixed=True,
    ),
    column(Venue, "address", _("会公开"), "桂花路 8 号一楼"),
    column(Venue, "hours", _("会公开"), "周一至周五 9:00—17:00"),
    english(Venue, "hours_en"),
    column(Venue, "phone", _("会公开，请填单位电话"), "027-87654321"),
    column(Venue, "step_free", _("轮椅能否进出")),
    column(Venue, "latitude", _("高德或腾讯地图上的坐标"), "30.498700"),
    column(Venue, "longitude", _("高德或腾讯地图上的坐标"), "114.389600"),
    column(Venue, "is_open", IS_OPEN),
)
PLATFORMS = (
    column(Platform, "name", example="香樟树下"),
    code(Platform, "slug"),
    pointer(
        "venue",
        _("常驻阵地"),
        "venues",
        _("“阵地”工作表中的名称或代码"),
        "桂花社区协商议事之家",
        menu_of="venues",
        required=True,
    ),
    column(Platform, "style", example="露天围坐，谁都能说"),
    english(Platform, "name_en"),
    english(Platform, "style_en"),
    column(Platform, "summary", _("会公开")),
    english(Platform, "summary_en"),
    order(Platform),
    column(Platform, "is_open", IS_OPEN),
)
ORGANISATIONS = (
    column(Organisation, "name", _("单位全称；同一区域已有同名单位的，更新该单位"), "桂花物业服务有限公司"),
    column(Organisation, "kind", _("由它确定属于政企社媒校哪一方")),
    pointer(
        "area",
        _("区域"),
        "areas",
        _("街道、社区或小区的名称或代码；留空则归入上传时选择的街道"),
        "桂花社区",
        is_fixed=True,
    ),
    english(Organisation, "name_en"),
    column(Organisation, "about", _("一两句话，会公开")),
    column(Organisation, "website", example="https://www.example.com"),
    column(Organisation, "has_agreement", _("已签但签订日期不详的，填“是”")),
    column(Organisation, "cooperation_since", _("签有合作协议的填写；填写日期即视为签有协议"), "2023-9-1"),
    column(
        Organisation,
        "nurtured_years",
        _("联络委孵化培育的社团填写，如 2023、2024"),
        field=YearsField(required=False),
        required=False,
    ),
    *contact_columns(),
    column(Organisation, "is_active", IS_OPEN),
)
SERIES = (
    column(Series, "name", example="月月谈"),
    code(Series),
    column(Series, "kind", _("有固定周期的是工作机制"), required=True),
    column(Series, "cadence", _("工作机制须有周期"), required=True),
    pointer("area", _("区域"), "areas", _("留空则归入上传时选择的街道"), is_fixed=True),
    english(Series, "name_en"),
    column(Series, "by_venue"),
    column(Series, "about", _("会公开")),
    english(Series, "about_en"),
    column(Series, "brand_set"),
    english(Series, "brand_set_en"),
    order(Series),
    column(Series, "is_active", IS_OPEN),
)
