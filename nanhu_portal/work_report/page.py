"""The page that asks for which quarter or year a report is wanted, and shows it."""

import datetime

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from consultation.models import Area, AreaLevel, places, subdistricts
from consultation.models.subdistricts import Voice
from foundation import clock
from foundation.forms import PlainForm
from foundation.paper_pages import printed, word
from foundation.periods import Period
from nanhu_portal.annual import years
from nanhu_portal.staff_figures.columns import GROUPS
from nanhu_portal.staff_figures.tables import scope_of

from .making import paper_of

# What somebody needs to read all that a report counts.
PERMISSIONS = sorted({permission for group in GROUPS for permission in group.permissions})
ALL = "all"


def may_view(user) -> bool:
    """Whether a member of staff may make a report: whoever may read what it counts, in a whole subdistrict."""
    return user.has_perms(PERMISSIONS) and bool(reporting(user))


def reporting(user) -> list[Area]:
    """The subdistricts that somebody works for as a whole: a report of a part would pass for one of the whole."""
    mine = places.areas_of(user)
    return [area for area in places.of_level(AreaLevel.SUBDISTRICT) if area.pk in mine]


class ReportForm(PlainForm):
    """A quarter or a year of which there is something, by default the last whole quarter; and whose, of several."""

    period = forms.ChoiceField(
        label=gettext_lazy("期间"),
        error_messages={"required": gettext_lazy("请选择期间。"), "invalid_choice": gettext_lazy("请选择期间。")},
    )
    subdistrict = forms.ChoiceField(
        label=gettext_lazy("街道"),
        error_messages={"required": gettext_lazy("请选择街道。"), "invalid_choice": gettext_lazy("请选择街道。")},
    )

    def __init__(self, *args, user, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.periods = {_code(period): period for period in _periods(clock.today())}
        self.fields["period"].choices = [(code, str(period)) for code, period in self.periods.items()]
        last = _code(Period.before(clock.today(), "quarter"))
        self.initial.setdefault("period", last if last in self.periods else next(iter(self.periods)))
        if not subdistricts.several():
            del self.fields["subdistrict"]
            return
        mine = [(area.code, str(area)) for area in reporting(user)]
        everywhere = [(ALL, _("全部街道"))] if subdistricts.works_for_all(user) else []
        self.fields["subdistrict"].choices = [*mine, *everywhere]

    @property
    def chosen(self) -> Period:
        return self.periods[self.cleaned_data["period"]]

    @property
    def area(self) -> Area | None:
        """The subdistrict that reports; None for all of several."""
        code = self.cleaned_data.get("subdistrict")
        if code == ALL:
            return None
        return places.with_code(AreaLevel.SUBDISTRICT, code) if code else places.of_level(AreaLevel.SUBDISTRICT)[0]


def _periods(today: datetime.date) -> list[Period]:
    """The years of which there is something, each with those of its quarters that have begun, the latest first."""
    found = []
    for year in years() or [today.year]:
        quarters = [Period.around(datetime.date(year, month, 1), "quarter") for month in (10, 7, 4, 1)]
        found.append(Period.around(datetime.date(year, 1, 1), "year"))
        found += [quarter for quarter in quarters if quarter.first <= today]
    return found


def _code(period: Period) -> str:
    if period == Period.around(period.first, "year"):
        return f"{period.first.year}"
    return f"{period.first.year}-{(period.first.month + 2) // 3}"


@require_safe
def report(request: HttpRequest, context: dict) -> HttpResponse:
    """Ask for which period, and show the report. `context` is what every page of the admin has."""
    if not may_view(request.user):
        raise PermissionDenied
    form = ReportForm(request.GET if "period" in request.GET else None, user=request.user)
    if form.is_bound and form.is_valid():
        area = form.area
        made = [paper_of(form.chosen, scope_of(request.user, area), area)]
        if request.GET.get("format") == "word":
            return word(made, Voice(area and area.pk))
        query = request.GET.copy()
        query["format"] = "word"
        address = reverse("admin:report")
        return printed(request, made, title=_("工作报告"), back=address, word_address=f"{address}?{query.urlencode()}")
    context = {**context, "title": _("工作报告"), "form": form}
    return render(request, "admin/work_report.html", context, status=422 if form.errors else 200)
