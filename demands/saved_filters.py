"""Kept filters as the desk shows them: links to the list, and the form that names one."""

from dataclasses import dataclass

from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from foundation.forms import PlainForm, TextField

from .models import SavedFilter

# Above the list and on the opening page; the rest stands on a page of its own.
MOST_SHOWN = 60


@dataclass(frozen=True)
class Chip:
    """One kept filter: where it leads, and whether the list on the page is that one."""

    kept: SavedFilter
    address: str
    is_current: bool


def chips(user, query: str = "") -> list[Chip]:
    """One's own first, then those of all. One query.

    Args:
        query: what the list on the page is narrowed by, in the same order of names as it is kept.
    """
    desk = reverse("admin:demands_demand_changelist")
    found = SavedFilter.objects.of(user).select_related("owner")[:MOST_SHOWN]
    return [Chip(kept, f"{desk}?{kept.query}", kept.query == query) for kept in found]


class FilterForm(PlainForm):
    name = TextField(
        label=_("名称"),
        max_length=40,
        missing=_("请写名称"),
        help_text=_("例如“本周到期的停车问题”。请勿写人名和电话。"),
    )
    is_shared = forms.BooleanField(label=_("大家都能用"), required=False)

    def __init__(self, *args, may_share: bool, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if not may_share:
            del self.fields["is_shared"]

    def clean(self) -> dict:
        return {"is_shared": False} | super().clean()
