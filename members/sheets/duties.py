"""A member's year on paper and as a spreadsheet: what stands in the record, nothing computed of it but sums."""

from django import forms
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation import sheets

from ..models import DutyRecord, Member
from ..services.duties import overview

FIRST_YEAR = 2000
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


def is_year(year: int) -> bool:
    return FIRST_YEAR <= year <= timezone.localdate().year


def _number(value):
    return None if value is None else float(value)


def export(member: Member, year: int) -> bytes:
    """An .xlsx: every record of the year with its state, and a second sheet with the sums of what stands."""
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
    found = overview(member, year)
    sums = [(row.kind.label, row.count, _number(row.hours), row.people) for row in found.kinds]
    total = (_("合计"), found.count, _number(found.hours), found.people)
    heads = [_("类型"), _("次数"), _("时长（小时）"), _("服务人数")]
    title = _("%(year)d 年履职") % {"year": year}
    return sheets.write(COLUMNS, rows, title=title, more=[(_("按类型"), heads, [*sums, total])])


def download(member: Member, year: int) -> HttpResponse:
    response = HttpResponse(export(member, year), content_type=sheets.CONTENT_TYPE)
    response["Content-Disposition"] = f'attachment; filename="duties-{member.pk}-{year}.xlsx"'
    response["Cache-Control"] = "no-store"
    return response


def sheet(member: Member, year: int) -> dict:
    """What the printed sheet shows: the confirmed records of a year and their sums."""
    confirmed = DutyRecord.objects.counted().filter(member=member).of_year(year)
    return {
        "member": member,
        "year": year,
        "overview": overview(member, year),
        "records": list(confirmed.order_by("day", "pk")),
        "today": timezone.localdate(),
    }
