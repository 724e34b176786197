"""Organisations as a spreadsheet: its columns, the empty table, import and export."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation import contact_forms, sheets
from foundation.forms import TextField, WebsiteField, YearsField, years_in_words
from foundation.sheets import ChoiceCell, Column, DateCell, Table

from ..models import OrganisationKind, PartnerSector, places
from ..models.organisations import SECTOR_OF, OrganisationQuerySet

_called, _phone, _email = contact_forms.contact_fields().values()
_private = gettext_lazy("不公开，加密保存")
COLUMNS = [
    Column(
        "name",
        gettext_lazy("名称"),
        TextField(max_length=80, missing=gettext_lazy("没有填写名称。"), goes_out=True),
        gettext_lazy("单位全称。同一区域已有同名单位的，更新该单位"),
        gettext_lazy("桂花物业服务有限公司"),
    ),
    Column("name_en", gettext_lazy("英文名称"), TextField(max_length=120, required=False, goes_out=True)),
    Column(
        "kind",
        gettext_lazy("性质"),
        ChoiceCell(choices=OrganisationKind.choices, error_messages={"required": gettext_lazy("没有填写性质。")}),
        gettext_lazy("填写“可填的性质”工作表中的词，由它确定属于政企社媒校哪一方"),
        OrganisationKind.PROPERTY_MANAGER.label,
    ),
    Column(
        "area",
        gettext_lazy("区域"),
        TextField(max_length=160, required=False),
        gettext_lazy("街道、社区或小区的名称；留空则使用上传时选择的区域"),
        gettext_lazy("桂花社区"),
    ),
    Column(
        "about",
        gettext_lazy("简介"),
        TextField(max_length=200, required=False, goes_out=True),
        gettext_lazy("一两句话，会公开"),
    ),
    Column(
        "website",
        gettext_lazy("网址"),
        WebsiteField(max_length=200, required=False),
        example="https://www.example.com",
    ),
    Column(
        "cooperation_since",
        gettext_lazy("合作开始日期"),
        DateCell(required=False),
        gettext_lazy("签有合作协议的填写；填写日期即视为签有协议"),
        "2023-9-1",
    ),
    Column(
        "has_agreement",
        gettext_lazy("签有合作协议"),
        ChoiceCell(choices=[(str(True), gettext_lazy("是"))], required=False),
        gettext_lazy("已签但签订日期不详的，填“是”"),
    ),
    Column(
        "nurtured_years",
        gettext_lazy("孵化培育年份"),
        YearsField(required=False),
        gettext_lazy("联络委孵化培育的社团填写，如 2023、2024"),
    ),
    Column("called", gettext_lazy("联系人"), _called, _private, gettext_lazy("王女士")),
    Column("phone", gettext_lazy("联系电话"), _phone, _private, "027-87654321"),
    Column("email", gettext_lazy("联系邮箱"), _email, _private),
]
LABELS = {column.name: column.label for column in COLUMNS}


def template() -> bytes:
    """Return the empty table, with a sheet on how to fill it in and one that lists the kinds."""
    kinds = ([label, PartnerSector(SECTOR_OF[value]).label] for value, label in OrganisationKind.choices)
    heads = [LABELS["kind"], _("所属方面")]
    return sheets.write(COLUMNS, [], title=_("合作单位"), notes=True, more=[(_("可填的性质"), heads, kinds)])


def export(organisations: OrganisationQuerySet) -> bytes:
    """Return organisations as a table that can be imported again. Contacts are left out."""
    rows = (
        [row.name, row.name_en, row.get_kind_display(), places.area(row.area_id).place]
        + [row.about, row.website, row.cooperation_since]
        + [_("是") if row.has_agreement else "", years_in_words(row.nurtured_years)]
        for row in organisations.iterator(chunk_size=500)
    )
    return sheets.write([column for column in COLUMNS if column.name not in contact_forms.FIELDS], rows)


def read(upload) -> Table:
    """Return the rows of a file. Raises `SheetError` for a file that cannot be read at all."""
    return sheets.read(upload, columns=COLUMNS)
