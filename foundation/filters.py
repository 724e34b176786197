"""The bar of filters above a public list: what can be chosen in it, and what is."""

import django_filters
from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

ALL = pgettext_lazy("filter", "全部")
NO_SUCH_CHOICE = {"invalid_choice": _("没有这个选项，请重新选择。")}


class SelectField(forms.ChoiceField):
    """One of some choices, or all; one that does not exist finds nothing, and the field says so."""

    default_error_messages = NO_SUCH_CHOICE

    def __init__(self, *, choices=(), **kwargs) -> None:
        super().__init__(required=False, **kwargs)
        self.offer(choices)

    def offer(self, choices) -> None:
        self.choices = [("", ALL), *choices]


class SelectFilter(django_filters.ChoiceFilter):
    """The same for a set of filters over rows."""

    def __init__(self, **kwargs) -> None:
        super().__init__(**{"empty_label": ALL, "error_messages": NO_SUCH_CHOICE} | kwargs)


class Bar(django_filters.FilterSet):
    """Filters over rows, each chosen one of which can be taken off by itself."""

    # Fields that order rows and leave none out.
    sorts: tuple[str, ...] = ()

    def found(self):
        """The rows; none where the address holds what no select offers."""
        return self.qs if self.form.is_valid() else self.queryset.none()

    def chosen(self) -> list[tuple[str, str, str]]:
        return chosen(self.form, self.data, but=self.sorts)


def chosen(form, asked, *, but=()) -> list[tuple[str, str, str]]:
    """The filters in force, as (label, value in words, the query string without it); none of a form with errors."""
    if not form.is_valid():
        return []
    return [
        (field.label, _in_words(field, form.cleaned_data[name]), without(asked, name, "page"))
        for name, field in form.fields.items()
        if form.cleaned_data[name] and name not in but
    ]


def _in_words(field: forms.Field, value: str) -> str:
    # Choices may be numbers; what a browser sends is text.
    return {str(key): label for key, label in getattr(field, "choices", ())}.get(value, value)


def without(asked, *names: str) -> str:
    """The query string as asked for, without these."""
    rest = asked.copy()
    for name in names:
        rest.pop(name, None)
    return rest.urlencode()
