"""A member's year as a spreadsheet: the records, and their sums."""

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation import sheets

from ..models import DutyRecord, Member

COLUMNS = [
    sheets.Column(name, label, forms.CharField())
    for name, label in (
        ("day", gettext_lazy("日期")),
        ("kind", gettext_lazy("类型")),
        ("text", gettext_lazy("做了什么")),
        ("place", gettext_lazy("地点")),
        ("hours", gettext_lazy("时长（小时）")),
        ("people_served", gettext_lazy("服务人数")),
        ("source", gettext_lazy("来源")),
        ("status", gettext_lazy("状态")),
        ("reason", gettext_lazy("退回或作废的原因")),
    )
]


def _number(value):
    return None if value is None else float(value)


def export(member: Member, year: int, overview) -> bytes:
    """Write an .xlsx: every record of the year with its status, and a second sheet with the sums of what counts.

    Args:
        overview: the sums, in total and as `kinds`, from `selectors.duties.overview`.
    """
    rows = (
        (
            record.day,
            record.get_kind_display(),
            record.text,
            record.place,
            _number(record.hours),
            record.people_served,
            record.get_source_display(),
            record.get_status_display(),
            record.reason,
        )
        for record in DutyRecord.objects.filter(member=member).of_year(year).order_by("day", "pk")
    )
    sums = [(row.kind.label, row.count, _number(row.hours), row.people) for row in overview.kinds]
    total = (_("合计"), overview.count, _number(overview.hours), overview.people)
    heads = [_("类型"), _("次数"), _("时长（小时）"), _("服务人数")]
    title = _("%(year)d 年履职") % {"year": year}
    return sheets.write(COLUMNS, rows, title=title, more=[(_("按类型"), heads, [*sums, total])])


def download(member: Member, year: int, overview) -> HttpResponse:
    response = HttpResponse(export(member, year, overview), content_type=sheets.CONTENT_TYPE)
    response["Content-Disposition"] = f'attachment; filename="duties-{member.pk}-{year}.xlsx"'
    response["Cache-Control"] = "no-store"
    return response
