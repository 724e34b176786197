"""The filter bar: the active filters, with their labels and the query strings that remove them."""

import pytest
from django import forms
from django.http import QueryDict

from foundation.filters import SelectField, chosen, without
from foundation.forms import PlainForm, TextField


class Filters(PlainForm):
    q = TextField(label="关键词", required=False, max_length=5)
    level = SelectField(label="层级", choices=[(1, "社区"), (2, "小区")])
    sort = SelectField(label="排序", choices=[("new", "最近")])


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", []),
        ("q=&level=", []),
        ("q=路灯&page=3", [("关键词", "路灯", "")]),
        ("q=a&level=2", [("关键词", "a", "level=2"), ("层级", "小区", "q=a")]),
        ("level=1&sort=new&when=past", [("层级", "社区", "sort=new&when=past")]),
        ("level=9&q=a", []),
        ("q=123456&level=1", []),
    ],
)
def test_chosen_filters_have_labels_and_an_address_without_them(query, found):
    asked = QueryDict(query)
    assert chosen(Filters(asked), asked, but=("sort",)) == found


def test_a_choice_that_does_not_exist_is_an_error():
    form = Filters(QueryDict("level=9"))
    assert form.errors == {"level": ["没有这个选项，请重新选择。"]}
    assert not Filters(QueryDict("level=")).errors


def test_all_comes_first():
    field = SelectField(choices=[("a", "甲")])
    assert isinstance(field, forms.ChoiceField)
    assert [(value, str(label)) for value, label in field.choices] == [("", "全部"), ("a", "甲")]
    field.offer([("b", "乙")])
    assert [value for value, _label in field.choices] == ["", "b"]


@pytest.mark.parametrize(
    ("query", "names", "rest"),
    [("", ["page"], ""), ("page=2&q=a", ["page"], "q=a"), ("q=a&q=b&page=1&x=1", ["q", "page"], "x=1")],
)
def test_names_are_left_out_of_a_query(query, names, rest):
    asked = QueryDict(query)
    assert without(asked, *names) == rest
    assert asked.urlencode() == query
