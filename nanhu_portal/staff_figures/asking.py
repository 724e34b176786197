"""What the page of figures is asked for: which period, by what, of whom and which figures.

Its bar is made of links, each of which changes one of these and keeps the others.
"""

from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from consultation.models import Area, AreaLevel, places, subdistricts
from foundation import clock
from foundation.filters import ALL, NO_SUCH_CHOICE
from foundation.forms import DayField, PlainForm
from foundation.periods import YEARS, Period

from .columns import GROUPS, By, Group
from .tables import Table, figures, groups_by, scope_of

# Choices of a period: the unit of the calendar, and whether it is the one before this one.
PERIODS = {
    "month": (gettext_lazy("本月"), "month", False),
    "last-month": (gettext_lazy("上月"), "month", True),
    "quarter": (gettext_lazy("本季度"), "quarter", False),
    "last-quarter": (gettext_lazy("上季度"), "quarter", True),
    "year": (gettext_lazy("今年"), "year", False),
    "last-year": (gettext_lazy("去年"), "year", True),
}
DEFAULT = "quarter"


def allowed(user) -> list[Group]:
    """The groups of figures that somebody may see: those whose rows they may see."""
    return [group for group in GROUPS if user.has_perms(group.permissions)]


@dataclass(frozen=True)
class Choice:
    """A link of the bar."""

    label: str
    query: str
    is_current: bool


@dataclass(frozen=True)
class Asked:
    """What is asked for. `preset` is the choice of `PERIODS` that was made, "" for days of one's own.

    `is_answered`: whether the query could be understood, so that its figures are shown.
    """

    user: object
    period: Period
    preset: str
    by: By
    subdistrict: Area | None
    groups: tuple[Group, ...]
    is_answered: bool = True

    def table(self) -> Table:
        """Count it. The figures are those of the areas that the user works for."""
        return figures(self.period, self.by, scope_of(self.user, self.subdistrict), self.shown)

    @cached_property
    def offered(self) -> list[Group]:
        """The groups that the user may see and that can be grouped so."""
        can_be = groups_by(self.by)
        return [group for group in allowed(self.user) if group in can_be]

    @cached_property
    def shown(self) -> list[Group]:
        """The groups chosen; all of them where none of the chosen ones can be grouped so."""
        return [group for group in self.offered if group in self.groups] or self.offered

    def query(self, **changes) -> str:
        """The query string that asks for this, with changes: a value, a list, or None to leave the parameter out."""
        first, last = self.period.days
        asked: dict[str, object] = {"period": self.preset} if self.preset else {"first": first, "last": last}
        asked |= {"by": self.by.value, "show": [group.name for group in self.groups]}
        if self.subdistrict:
            asked["subdistrict"] = self.subdistrict.code
        asked |= changes
        return urlencode({name: value for name, value in asked.items() if value is not None}, doseq=True)

    # --- The bar ---

    @property
    def periods(self) -> list[Choice]:
        return [
            Choice(
                str(label),
                self.query(period=name, first=None, last=None),
                self.is_answered and name == self.preset,
            )
            for name, (label, _unit, _before) in PERIODS.items()
        ]

    @property
    def groupings(self) -> list[Choice]:
        return [Choice(str(by.label), self.query(by=by.value), by == self.by) for by in By]

    @property
    def subdistricts(self) -> list[Choice]:
        """The subdistricts in which the user works, after all of them; nothing where there is one."""
        mine = subdistricts.of_staff(self.user)
        if len(mine) < 2:
            return []
        everywhere: list[Area | None] = [None, *mine]
        return [
            Choice(str(area or ALL), self.query(subdistrict=area.code if area else None), area == self.subdistrict)
            for area in everywhere
        ]

    @property
    def shows(self) -> list[Choice]:
        """All groups, then each of them: chosen ones are taken away by their links, others are added."""
        names = [group.name for group in self.offered if group in self.groups]
        found = [Choice(pgettext("filter", "全部"), self.query(show=None), not names)]
        for group in self.offered:
            without = [name for name in names if name != group.name]
            is_chosen = group.name in names
            found.append(
                Choice(str(group.title), self.query(show=without if is_chosen else [*names, group.name]), is_chosen)
            )
        return found

    @property
    def kept(self) -> list[tuple[str, str]]:
        """What the form of days keeps, as hidden fields."""
        found = [("by", self.by.value), *(("show", group.name) for group in self.groups)]
        return [*found, ("subdistrict", self.subdistrict.code)] if self.subdistrict else found


class FiguresForm(PlainForm):
    """The query string. Days of one's own come before a named period."""

    first = DayField(label=pgettext_lazy("period", "从"), required=False, missing="")
    last = DayField(label=pgettext_lazy("period", "至"), required=False, missing="")
    period = forms.ChoiceField(
        choices=[(name, label) for name, (label, _unit, _before) in PERIODS.items()],
        required=False,
        error_messages=NO_SUCH_CHOICE,
        label=gettext_lazy("期间"),
    )
    by = forms.ChoiceField(
        choices=By.choices, required=False, error_messages=NO_SUCH_CHOICE, label=gettext_lazy("分组")
    )
    subdistrict = forms.ChoiceField(required=False, error_messages=NO_SUCH_CHOICE, label=gettext_lazy("街道"))
    show = forms.MultipleChoiceField(
        choices=[(group.name, group.title) for group in GROUPS],
        required=False,
        error_messages=NO_SUCH_CHOICE,
        label=gettext_lazy("指标"),
    )

    def __init__(self, data, user) -> None:
        super().__init__(data)
        self.user = user
        self.fields["subdistrict"].choices = [(area.code, str(area)) for area in subdistricts.of_staff(user)]

    def clean(self) -> dict:
        cleaned = super().clean()
        first, last = cleaned.get("first"), cleaned.get("last")
        for name in ("first", "last"):
            if cleaned.get(name) and cleaned[name].year not in YEARS:
                self.add_error(name, _("请核对年份。"))
        if first and last and last < first:
            self.add_error("last", _("截止日期早于开始日期，请核对。"))
        for given, other, sentence in (
            (first, "last", _("请填写截止日期。")),
            (last, "first", _("请填写开始日期。")),
        ):
            if given and other in cleaned and not cleaned[other]:
                self.add_error(other, sentence)
        return cleaned

    def asked(self) -> Asked:
        """What is asked for by a valid query; what every page begins with where it is not valid."""
        cleaned = self.cleaned_data if self.is_valid() else {}
        days = cleaned.get("first"), cleaned.get("last")
        preset = "" if all(days) else cleaned.get("period") or DEFAULT
        if preset:
            _label, unit, before = PERIODS[preset]
            period = (Period.before if before else Period.around)(clock.today(), unit)
        else:
            period = Period(*days)
        return Asked(
            user=self.user,
            period=period,
            preset=preset,
            by=By(cleaned.get("by") or By.COMMUNITY),
            subdistrict=places.with_code(AreaLevel.SUBDISTRICT, cleaned.get("subdistrict")),
            groups=tuple(group for group in GROUPS if group.name in cleaned.get("show", ())),
            is_answered=self.is_valid(),
        )
