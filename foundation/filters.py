"""The filter bar above a public list: its choices, and those in effect."""

import django_filters
from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .forms import TextField
from .paging import PARAMETERS

ALL = pgettext_lazy("filter", "全部")
NO_SUCH_CHOICE = {"invalid_choice": _("没有这个选项，请重新选择。")}


class SelectField(forms.ChoiceField):
    """One of the choices, or empty for all; an unknown choice is a field error, and the list is empty."""

    default_error_messages = NO_SUCH_CHOICE

    def __init__(self, *, choices=(), **kwargs) -> None:
        super().__init__(required=False, **kwargs)
        self.offer(choices)

    def offer(self, choices) -> None:
        self.choices = [("", ALL), *choices]


class SelectFilter(django_filters.ChoiceFilter):
    """`SelectField` for filter sets."""

    def __init__(self, **kwargs) -> None:
        super().__init__(**{"empty_label": ALL, "error_messages": NO_SUCH_CHOICE} | kwargs)


class TextFilter(django_filters.Filter):
    """Words to search for."""

    field_class = TextField


class Bar(django_filters.FilterSet):
    """A filter set whose active filters can be removed one by one."""

    # Fields that sort and do not filter.
    sorts: tuple[str, ...] = ()

    def found(self):
        """The filtered rows; none if the query string has a value that is not among the choices."""
        return self.qs if self.form.is_valid() else self.queryset.none()

    def chosen(self) -> list[tuple[str, str, str]]:
        return chosen(self.form, self.data, but=self.sorts)

    def keep(self, queryset, name, value):
        """The method of a filter that the view carries out."""
        return queryset

    def asked(self, name: str) -> str:
        """What was chosen for a filter; empty for all, and where the query string is invalid."""
        return (self.form.cleaned_data.get(name) or "") if self.form.is_valid() else ""


def chosen(form, asked, *, but=()) -> list[tuple[str, str, str]]:
    """The active filters, as (label, value in words, query string without it); none if the form has errors."""
    if not form.is_valid():
        return []
    return [
        (field.label, _in_words(field, form.cleaned_data[name]), without(asked, name))
        for name, field in form.fields.items()
        if form.cleaned_data[name] and name not in but
    ]


def _in_words(field: forms.Field, value: str) -> str:
    # Keys of choices may be numbers; query strings are text.
    return {str(key): label for key, label in getattr(field, "choices", ())}.get(value, value)


def without(asked, *names: str) -> str:
    """The current query string without these parameters, from the first page on."""
    rest = asked.copy()
    for name in (*PARAMETERS, *names):
        rest.pop(name, None)
    return rest.urlencode()
