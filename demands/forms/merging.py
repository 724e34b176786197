"""The form in which staff split a demand."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consultation.models import AreaLevel, places
from foundation.accounts import User
from foundation.forms import TextField

from ..models.categories import active, category
from ..models.staff import staff_of
from ..services.merging import MAX_DESCRIPTION, MAX_PARTS, MIN_PARTS, Part
from .base import DemandForm

PARTS_OF_A_PART = ("title", "description", "category", "area", "assignee")
MISSING = {"title": gettext_lazy("请填写标题"), "description": gettext_lazy("请填写办理事项")}


class SplitForm(DemandForm):
    """Two to ten parts. A button, which needs no JavaScript, adds a part and keeps what was typed."""

    count = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        # Query once for all parts.
        mine = places.areas_of(self.user)
        self.areas = [area for area in places.areas().values() if area.pk in mine]
        self.staff = {str(user.pk): user for user in _staff_around(self.demand)}
        self.make_room_for(self.data)

    def make_room_for(self, posted) -> None:
        """Have fields for as many parts as a form has that was sent, or kept as a draft."""
        self._grow(self._sent(posted))

    def _sent(self, posted) -> int:
        sent = posted.get("count", "")
        return min(max(int(sent), MIN_PARTS), MAX_PARTS) if sent.isdecimal() and len(sent) < 3 else MIN_PARTS

    def _grow(self, count: int) -> None:
        self.size = self.initial["count"] = count
        for number in range(1, count + 1):
            for name, field in self._fields_of(number).items():
                self.fields.setdefault(f"{name}_{number}", field)

    def _fields_of(self, number: int) -> dict[str, forms.Field]:
        which, needed = _("第 %(number)d 件：") % {"number": number}, number <= MIN_PARTS
        too_long = f"{which}{_('最多 %(limit_value)d 个字，现在有 %(show_value)d 个字。')}"
        chosen = {"required": which + _("请选择"), "invalid_choice": which + _("请选择列表中的一项")}
        categories = [(str(one.pk), str(one)) for one in active()]
        areas = [(str(area.pk), area.place) for area in self.areas]
        staff = [("", _("未分派")), *((key, str(user)) for key, user in self.staff.items())]
        return {
            "title": TextField(
                label=_("标题"),
                goes_out=True,
                max_length=60,
                required=needed,
                too_long=too_long,
                missing=which + MISSING["title"],
            ),
            "description": TextField(
                label=_("办理事项"),
                lines=True,
                rows=3,
                max_length=MAX_DESCRIPTION,
                required=needed,
                too_long=too_long,
                missing=which + MISSING["description"],
            ),
            "category": forms.TypedChoiceField(
                label=_("类别"),
                choices=categories,
                coerce=lambda key: category(int(key)),
                initial=str(self.demand.category_id),
                error_messages=chosen,
            ),
            "area": forms.TypedChoiceField(
                label=_("地点"),
                choices=areas,
                coerce=lambda key: places.area(int(key)),
                initial=str(self.demand.area_id),
                error_messages=chosen,
            ),
            "assignee": forms.TypedChoiceField(
                label=_("经办人"),
                choices=staff,
                coerce=self.staff.get,
                empty_value=None,
                required=False,
                initial=str(self.demand.assignee_id or ""),
                error_messages=chosen,
            ),
        }

    @property
    def may_grow(self) -> bool:
        return self.size < MAX_PARTS

    @property
    def groups(self) -> list[tuple[int, list[forms.BoundField]]]:
        """Return the fields of each part, with its number."""
        return [(number, [self[f"{name}_{number}"] for name in PARTS_OF_A_PART]) for number in range(1, self.size + 1)]

    def add_one(self) -> None:
        """Add fields for one more part. What was typed stays, and the form is not validated yet."""
        typed = {name: self.data.get(name, "") for name in self.fields}
        self.initial, self.is_bound = self.initial | typed, False
        self._grow(min(self.size + 1, MAX_PARTS))

    def clean(self) -> dict:
        cleaned = super().clean()
        cleaned["parts"] = [
            Part(**{name: cleaned.get(f"{name}_{number}") for name in PARTS_OF_A_PART})
            for number in range(1, self.size + 1)
            if self._is_meant(number)
        ]
        return cleaned

    def _is_meant(self, number: int) -> bool:
        """Whether a part is filled in; the first two are required. Adds an error for each of its missing texts."""
        empty = [
            name
            for name in MISSING
            if not self.cleaned_data.get(f"{name}_{number}") and f"{name}_{number}" not in self.errors
        ]
        if number > MIN_PARTS and len(empty) == len(MISSING):
            return False
        which = _("第 %(number)d 件：") % {"number": number}
        for name in empty:
            self.add_error(f"{name}_{number}", f"{which}{MISSING[name]}")
        return True


def _staff_around(demand) -> list[User]:
    """Return staff to whom a part may be assigned: those whose scope overlaps the demand's subdistrict."""
    subdistrict = places.area(demand.area_id).up_to(AreaLevel.SUBDISTRICT) or places.area(demand.area_id)
    near = {*places.upwards(demand.area_id), *places.within(subdistrict)}
    return list(staff_of(near).order_by("pk"))
