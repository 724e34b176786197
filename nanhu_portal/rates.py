"""The public page of the three rates 三率, with their definitions and the files they are computed from."""

import datetime
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from django import forms
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from consultation.models import Area, AreaLevel, places, subdistricts
from consultation.selectors.subdistricts import Here, here_of
from demands.models import Direction, RatesEdition
from demands.models.categories import active
from demands.statistics import editions, rates, withholding
from foundation.filters import SelectField, chosen
from foundation.sheets import unguard

from . import rates_files
from .figures import Figure, Panel

MONTHS = 24  # if all years are shown; a year shows its own
# The full title, and the column header.
TITLES = {
    "response": (gettext_lazy("响应率"), gettext_lazy("响应率")),
    "resolution": (gettext_lazy("解决率"), gettext_lazy("解决率")),
    "work": (gettext_lazy("满意率：办理过程"), gettext_lazy("对过程满意")),
    "result": (gettext_lazy("满意率：办理结果"), gettext_lazy("对结果满意")),
}
TIMES = {
    "days_to_answer": (gettext_lazy("收到至首次答复（天）"), gettext_lazy("首次答复（天）")),
    "days_to_resolve": (gettext_lazy("收到至办结（天）"), gettext_lazy("办结（天）")),
    "weeks_open": (gettext_lazy("未结束需求的历时（整周）"), gettext_lazy("未结束（周）")),
}
TABLES = {
    "month": gettext_lazy("按收到的月份"),
    "subdistrict": gettext_lazy("按街道"),
    "community": gettext_lazy("按社区"),
    "category": gettext_lazy("按类别"),
    "direction": gettext_lazy("按方向"),
}
# What residents said is published by place alone: by month or category too, one could work out who said it.
BY_ALL, BY_PLACE = ("response", "resolution"), rates.SETS["year-community"]


class ScopeForm(forms.Form):
    """The demands to show figures for: all, or those of a year or a subdistrict."""

    year = SelectField(label=gettext_lazy("收到的年份"))
    subdistrict = SelectField(label=gettext_lazy("街道"))

    def __init__(self, data, figures: dict, here: Here) -> None:
        super().__init__(data)
        self.limit = here.limit
        self.fields["year"].offer([(year, year) for year in sorted(figures, reverse=True) if year])
        if self.limit or not subdistricts.several():
            del self.fields["subdistrict"]
        else:
            self.fields["subdistrict"].offer(places.choices(AreaLevel.SUBDISTRICT))

    def scope(self) -> tuple[str, Area | None]:
        """Year and subdistrict; empty, for all, if the query string is invalid, which is then a field error."""
        if not self.is_valid():
            return "", self.limit
        asked = self.cleaned_data.get("subdistrict")
        return self.cleaned_data["year"], self.limit or places.with_code(AreaLevel.SUBDISTRICT, asked)


@dataclass(frozen=True)
class Rate:
    """A rate as shown: a percentage with its denominator, or only counts if there are too few.

    `whole` is None where the rate is withheld.
    """

    key: str
    part: int
    whole: int | None

    @classmethod
    def of(cls, key: str, pair: tuple[int, int] | None) -> "Rate":
        return cls(key, *(pair or (0, None)))

    @property
    def title(self) -> str:
        return str(TITLES[self.key][0])

    @property
    def head(self) -> str:
        return str(TITLES[self.key][1])

    @property
    def percent(self) -> str:
        return rates.percent(self.part, self.whole or 0)

    @property
    def counts(self) -> str:
        if self.whole is None:
            return _("未公布")
        if not self.whole:
            return _("暂无数据")
        return _("%(whole)d 件中 %(part)d 件") % {"whole": self.whole, "part": self.part}


@dataclass(frozen=True)
class Time:
    """The median and 90th percentile of a time; only the count is shown if there are too few."""

    key: str
    title: str
    head: str
    count: int
    median: int | None
    percentile_90: int | None

    @property
    def has_enough(self) -> bool:
        return self.count >= rates.SMALLEST

    @property
    def in_days(self) -> bool:
        return self.key.startswith("days_")


@dataclass(frozen=True)
class Line:
    """A row of a table. `after_gap`: the months just before this one received nothing. `is_small`: too few demands to
    publish more than their number.
    """

    value: str
    name: str
    received: int
    rates: list[Rate]
    times: list[Time]
    after_gap: bool = False
    is_small: bool = False


def _rates(figures: dict) -> list[Rate]:
    return [Rate.of(key, pair) for key, pair in rates.rates(figures).items()]


def _times(figures: dict) -> list[Time]:
    return [Time(name, str(title), str(head), **figures[name]) for name, (title, head) in TIMES.items()]


def _month(value: str, _names: dict[str, str]) -> str:
    year, month = value.split("-")
    return date_format(datetime.date(int(year), int(month), 1), "YEAR_MONTH_FORMAT")


def _name(value: str, names: dict[str, str]) -> str:
    """The name of a value in the current language; a value no longer in use is shown as it is."""
    word = unguard(value)
    return str(names.get(word, word)) or _("未注明")


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
    """The values of a dimension that a table shows, in order; none if there is nothing to compare.

    Args:
        alone: whether all demands are of one subdistrict. Communities in several may have the same name.
    """
    if key == "month":
        return sorted(cuts, reverse=True)[: None if year else MONTHS]
    if (key == "subdistrict" and alone) or (key == "community" and not alone):
        return []
    return sorted(cuts, key=lambda value: (-cuts[value]["received"], value))


def _after_gap(months: list[str], place: int) -> bool:
    """Whether there are months between this one and the next in the list, which is older."""
    if place + 1 == len(months):
        return False
    newer, older = (int(month[:4]) * 12 + int(month[5:]) for month in months[place : place + 2])
    return newer - older > 1


def _tables(figures: dict, names: dict[str, dict[str, str]], year: str, edition: RatesEdition) -> list[dict]:
    alone = len([name for name in figures["subdistrict"] if name]) < 2
    tables = []
    for key, title in TABLES.items():
        cuts = figures[key]
        name_of: Callable[[str, dict], str] = _month if key == "month" else _name
        shown = _shown(key, cuts, year, alone)
        lines = [
            Line(
                value,
                name_of(value, names[key]),
                cuts[value]["received"],
                [rate for rate in _rates(cuts[value]) if rate.key in BY_ALL or key in BY_PLACE],
                _times(cuts[value]),
                key == "month" and _after_gap(shown, place),
                not cuts[value]["counted"],
            )
            for place, value in enumerate(shown)
        ]
        if lines:
            figure = figure_of_months(lines) if key == "month" else figure_of_cuts(lines)
            tables.append(
                {
                    "key": key,
                    "title": title,
                    "lines": lines,
                    "left_out": len(cuts) - len(lines),
                    "figure": figure,
                    "csv": rates_files.address(rates.DIMENSIONS[key], edition),
                }
            )
    return tables


# --- Figures ---------------------------------------------------------------------------------------------------------


def figure_of_months(lines: list[Line]) -> Figure:
    """The demands received and the rates, month by month.

    Args:
        lines: newest first, at least one.
    """
    newest, most = lines[0], max(lines, key=lambda line: line.received)
    words = {"month": newest.name, "count": newest.received, "most": most.name, "of_most": most.received}
    if newest == most:
        summary = _("最近的%(month)s收到 %(count)d 件，为各月最多。") % words
    else:
        summary = _("最近的%(month)s收到 %(count)d 件；最多的是%(most)s，%(of_most)d 件。") % words
    drawn = _drawn(lines)
    notes = []
    if any(line.after_gap for line in lines):
        notes.append(_("“…”处的月份没有收到需求。"))
    if any(not rate.percent for line in lines for rate in line.rates if rate.key in drawn):
        notes.append(_("折线中断的月份不足 %(smallest)d 件，件数只列在表中。") % {"smallest": rates.SMALLEST})
    return Figure(
        summary,
        [Panel("column", ("received",), _("收到的件数")), *_panels("line", lines, drawn)],
        _("需求按收到的月份统计，后来的答复、办结和评价也计入该月。"),
        "#response",
        (*notes, *_withheld(lines), *_not_drawn(lines, drawn)),
    )


def figure_of_cuts(lines: list[Line]) -> Figure:
    """A comparison of the rates of communities, categories and the like.

    Args:
        lines: most demands first, at least one.
    """
    summary = _("收到最多的是%(name)s，%(count)d 件。") % {"name": lines[0].name, "count": lines[0].received}
    rated = [(rate, line) for line in lines for rate in line.rates if rate.key == "resolution" and rate.percent]
    if len(rated) > 1:
        (low, lowest), (high, highest) = (
            chosen_by(rated, key=lambda pair: pair[0].part / pair[0].whole) for chosen_by in (min, max)
        )
        summary += _("解决率最高的是%(highest)s，%(high)s%%；最低的是%(lowest)s，%(low)s%%。") % {
            "highest": highest.name,
            "high": high.percent,
            "lowest": lowest.name,
            "low": low.percent,
        }
    drawn = _drawn(lines)
    return Figure(
        summary,
        _panels("share", lines, drawn),
        _("不足 %(smallest)d 件的，只列件数，不列百分比。") % {"smallest": rates.SMALLEST},
        "#response",
        (*_withheld(lines), *_not_drawn(lines, drawn)),
    )


def figure_of_times(times: list[Time]) -> Figure:
    """How long it took. Weeks and days do not fit one chart, so only the days are drawn."""
    sentences = {
        "days_to_answer": _("首次答复用时：半数不超过 %(median)d 天，九成不超过 %(most)d 天。"),
        "days_to_resolve": _("办结用时：半数不超过 %(median)d 天，九成不超过 %(most)d 天。"),
    }
    summary = "".join(
        sentences[time.key] % {"median": time.median, "most": time.percentile_90}
        for time in times
        if time.in_days and time.has_enough
    )
    return Figure(
        summary or _("件数太少，暂不统计用时。"),
        [Panel("bar", ("median", "percentile_90"))] if summary else [],
        _(
            "均按自然日计算，下面各表相同。中位数：半数需求的用时不超过该值；90 百分位数："
            "九成需求的用时不超过该值。不足 %(smallest)d 件的不列。"
        )
        % {"smallest": rates.SMALLEST},
    )


def _drawn(lines: list[Line]) -> list[str]:
    """The rates worth a chart: at least a third of the rows have enough for a percentage."""
    enough = Counter(rate.key for line in lines for rate in line.rates if rate.percent)
    return [key for key in TITLES if enough[key] * 3 >= len(lines)]


def _panels(kind: str, lines: list[Line], drawn: list[str]) -> list[Panel]:
    return [Panel(kind, (rate.key,), rate.head) for rate in lines[0].rates if rate.key in drawn]


def _withheld(lines: list[Line]) -> tuple[str, ...]:
    """A note on what is not published, if anything is."""
    if not any(rate.whole is None for line in lines for rate in line.rates):
        return ()
    return (_("“未公布”：不足 %(fewest)d 件，或评价不足 %(fewest)d 人。") % {"fewest": withholding.FEWEST},)


def _not_drawn(lines: list[Line], drawn: list[str]) -> tuple[str, ...]:
    """Notes on which rates have no chart, and why."""
    names = [rate.head for rate in lines[0].rates if rate.key not in drawn]
    if not names:
        return ()
    words = {"names": _("、").join(names), "smallest": rates.SMALLEST}
    return (_("未列入图中的：%(names)s。多数不足 %(smallest)d 件，件数只列在表中。") % words,)


@require_safe
def rates_page(request):
    edition, names = editions.newest(), _names()
    form = ScopeForm(request.GET, edition.figures, here_of(request))
    year, subdistrict = form.scope()
    figures = editions.figures_of(edition, year, subdistrict)
    times = _times(figures["all"])
    context = {
        "edition": edition,
        "form": form,
        "chosen": chosen(form, request.GET),
        "figures": figures["all"],
        "rates": {rate.key: rate for rate in _rates(figures["all"])},
        "times": times,
        "figure_of_times": figure_of_times(times),
        "tables": _tables(figures, names, year, edition),
        "csv": rates_files.address("year-community", edition),
        "smallest": rates.SMALLEST,
        "fewest": withholding.FEWEST,
        "files": rates_files.listed(edition),
        "section": "rates",
    }
    return render(request, "nanhu_portal/rates.html", context)
