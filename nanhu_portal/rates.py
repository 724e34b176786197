"""The three rates 三率 for everybody: each with its definition, and the rows they are counted from."""

import datetime
import re
from collections.abc import Callable
from dataclasses import dataclass

from django import forms
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from consultation import places
from demands import editions, rates
from demands.categories import active
from demands.models import Direction, RatesEdition
from foundation.feeds import unless_known
from foundation.filters import SelectField, chosen
from foundation.sheets import unguard

MONTHS = 24  # of all years together; each year shows its own
# In full, and as the head of a column.
TITLES = {
    "response": (gettext_lazy("响应率"), gettext_lazy("响应率")),
    "resolution": (gettext_lazy("解决率"), gettext_lazy("解决率")),
    "work": (gettext_lazy("满意率：办理过程"), gettext_lazy("对过程满意")),
    "result": (gettext_lazy("满意率：办理结果"), gettext_lazy("对结果满意")),
}
TIMES = {
    "days_to_answer": (gettext_lazy("从收到到首次答复（天）"), gettext_lazy("首次答复（天）")),
    "days_to_resolve": (gettext_lazy("从收到到办结（天）"), gettext_lazy("办结（天）")),
    "weeks_open": (gettext_lazy("还没有结束的，已收到多久（整周）"), gettext_lazy("未结束（周）")),
}
TABLES = {
    "month": gettext_lazy("按收到的月份"),
    "subdistrict": gettext_lazy("按街道"),
    "community": gettext_lazy("按社区"),
    "category": gettext_lazy("按类别"),
    "direction": gettext_lazy("按方向"),
}


class ScopeForm(forms.Form):
    """Of which demands the figures are told: of all, or those of a year or a subdistrict."""

    year = SelectField(label=gettext_lazy("收到的年份"))
    subdistrict = SelectField(label=gettext_lazy("街道"))

    def __init__(self, data, figures: dict, names: dict[str, str]) -> None:
        super().__init__(data)
        self.fields["year"].offer([(year, year) for year in sorted(figures, reverse=True) if year])
        subdistricts = [scope for scope in figures[""] if scope]
        if subdistricts:
            self.fields["subdistrict"].offer([(scope, _name(scope, names)) for scope in sorted(subdistricts)])
        else:
            del self.fields["subdistrict"]

    def scope(self) -> tuple[str, str]:
        """Year and subdistrict; all of them where the address holds what no select offers, and the field says so."""
        if not self.is_valid():
            return "", ""
        return self.cleaned_data["year"], self.cleaned_data.get("subdistrict", "")


@dataclass(frozen=True)
class Rate:
    """A rate as it is shown: a percentage with what it is of, or counts where there are too few."""

    key: str
    part: int
    whole: int

    @property
    def title(self) -> str:
        return str(TITLES[self.key][0])

    @property
    def head(self) -> str:
        return str(TITLES[self.key][1])

    @property
    def percent(self) -> str:
        return rates.percent(self.part, self.whole)

    @property
    def counts(self) -> str:
        if not self.whole:
            return _("还没有可以算的")
        return _("%(whole)d 件中 %(part)d 件") % {"whole": self.whole, "part": self.part}


@dataclass(frozen=True)
class Time:
    """A time's median and 90th percentile; only of how many where they are too few."""

    title: str
    head: str
    count: int
    median: int | None
    percentile_90: int | None

    @property
    def is_told(self) -> bool:
        return self.count >= rates.SMALLEST


@dataclass(frozen=True)
class Line:
    """A row of a table."""

    name: str
    received: int
    rates: list[Rate]
    times: list[Time]


def _rates(figures: dict) -> list[Rate]:
    return [Rate(key, *pair) for key, pair in rates.rates(figures).items()]


def _times(figures: dict) -> list[Time]:
    return [Time(str(title), str(head), **figures[name]) for name, (title, head) in TIMES.items()]


def _month(value: str, _names: dict[str, str]) -> str:
    year, month = value.split("-")
    return date_format(datetime.date(int(year), int(month), 1), "YEAR_MONTH_FORMAT")


def _name(value: str, names: dict[str, str]) -> str:
    """What a word of the rows is called in the language of the page; one that nothing bears any more stays as it is."""
    word = unguard(value)
    return str(names.get(word, word)) or _("没有写明")


def _names() -> dict[str, dict[str, str]]:
    areas = {area.name: str(area) for area in places.areas().values()}
    return {
        "month": {},
        "subdistrict": areas,
        "community": areas,
        "category": {category.name: str(category) for category in active()},
        "direction": dict(Direction.choices),
    }


def _shown(key: str, cuts: dict[str, dict], year: str, alone: bool) -> list[str]:
    """Which values of a dimension a table has, in order; none where there is nothing to compare.

    Args:
        alone: whether all demands are of one subdistrict. Communities of several may bear one name.
    """
    if key == "month":
        return sorted(cuts, reverse=True)[: None if year else MONTHS]
    if (key == "subdistrict" and alone) or (key == "community" and not alone):
        return []
    return sorted(cuts, key=lambda value: (-cuts[value]["received"], value))


def _tables(figures: dict, names: dict[str, dict[str, str]], year: str) -> list[dict]:
    alone = len([name for name in figures["subdistrict"] if name]) < 2
    tables = []
    for key, title in TABLES.items():
        cuts = figures[key]
        told: Callable[[str, dict], str] = _month if key == "month" else _name
        lines = [
            Line(told(value, names[key]), cuts[value]["received"], _rates(cuts[value]), _times(cuts[value]))
            for value in _shown(key, cuts, year, alone)
        ]
        if lines:
            tables.append({"key": key, "title": title, "lines": lines, "left_out": len(cuts) - len(lines)})
    return tables


@require_safe
def rates_page(request):
    edition, names = editions.newest(), _names()
    form = ScopeForm(request.GET, edition.figures, names["subdistrict"])
    year, subdistrict = form.scope()
    figures = edition.figures[year][subdistrict]
    context = {
        "edition": edition,
        "form": form,
        "chosen": chosen(form, request.GET),
        "figures": figures["all"],
        "rates": {rate.key: rate for rate in _rates(figures["all"])},
        "times": _times(figures["all"]),
        "tables": _tables(figures, names, year),
        "smallest": rates.SMALLEST,
        "section": "rates",
    }
    return render(request, "nanhu_portal/rates.html", context)


@require_safe
def rates_csv(request):
    """The rows behind the page, those of the edition it showed; once that is gone, back to the page with the newest."""
    asked = request.GET.get("edition")
    edition = editions.newest() if asked is None else editions.kept(asked)
    if edition is None:
        return redirect("rates")
    packed = _takes_gzip(request)
    response = unless_known(request, lambda: _file(edition, packed), edition.pk, packed, changed_at=edition.as_of)
    patch_vary_headers(response, ["Accept-Encoding"])
    return response


def _takes_gzip(request) -> bool:
    found = re.search(
        r"(?:^|,)\s*gzip\s*(?:;\s*q=([\d.]+)\s*)?(?:,|$)", request.headers.get("Accept-Encoding", ""), re.I
    )
    return bool(found) and (found[1] is None or found[1].strip("0.") != "")


def _file(edition: RatesEdition, packed: bool) -> HttpResponse | FileResponse:
    """The edition's CSV as a file to save, packed on its way where the browser unpacks it."""
    name = f"rates-{timezone.localtime(edition.as_of):%Y-%m-%d-%H%M}.csv"
    if not packed:
        return FileResponse(
            editions.unpacked(edition), as_attachment=True, filename=name, content_type="text/csv; charset=utf-8"
        )
    headers = {"Content-Encoding": "gzip", "Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(bytes(edition.csv), content_type="text/csv; charset=utf-8", headers=headers)
