"""Choosing a responsible unit."""

from collections.abc import Iterable, Iterator
from itertools import groupby

from django import forms
from django.forms.models import ModelChoiceIterator
from django.utils.translation import gettext_lazy as _

from ..models import Unit
from .base import DemandForm


def by_kind(units: Iterable[Unit]) -> Iterator[tuple[str, list[Unit]]]:
    """Units in their order, grouped by their kind in words."""
    for kind, group in groupby(units, key=lambda unit: unit.get_kind_display()):
        yield kind, list(group)


class ByKind(ModelChoiceIterator):
    """Choices of units, grouped by their kind."""

    def __iter__(self):
        if self.field.empty_label is not None:
            yield "", self.field.empty_label
        for kind, units in by_kind(self.queryset):
            yield kind, [self.choice(unit) for unit in units]


class UnitField(forms.ModelChoiceField):
    iterator = ByKind

    def __init__(self, **kwargs) -> None:
        super().__init__(queryset=Unit.objects.none(), required=False, **({"label": _("责任单位")} | kwargs))

    def offer(self, area: int) -> None:
        """Offer the units in use for demands of this area."""
        self.queryset = Unit.objects.filter(is_active=True).usable_in(area)


class UnitForm(DemandForm):
    """Who is responsible for putting a demand right."""

    unit = UnitField(empty_label=_("未确定"), help_text=_("负责解决这件事的单位，只有工作人员可以看到。"))

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].offer(self.demand.area_id)
        self.initial.setdefault("unit", self.demand.unit_id)
