"""Telephone numbers as links: which are recognised, and what is dialled."""

import pytest
from django.template import Context, Template

from foundation import portal
from foundation.templatetags.phones import dialled, first_number, hotlines, phones


@pytest.mark.parametrize(
    ("numbers", "links"),
    [
        ("027-80000000", ["027-80000000"]),
        ("027 8000 0000", ["02780000000"]),
        ("+86 27 80000000", ["+862780000000"]),
        ("027-80000000 / 027-80000001", ["027-80000000", "027-80000001"]),
        ("12345；13912345678", ["12345", "13912345678"]),
    ],
)
def test_every_number_of_a_field_is_dialled(numbers, links):
    shown = phones(numbers)
    assert [part.partition('"')[0] for part in shown.split('href="tel:')[1:]] == links
    assert first_number(numbers) == links[0]


def test_a_field_is_escaped_and_a_number_of_demos_is_marked():
    assert "<b>" not in phones('<b>"1')
    assert "演示" in phones("027-00000000")
    assert "演示" not in phones("027-80000000")


def test_hotlines_of_our_own_sentences_are_dialled():
    shown = hotlines("紧急请拨 110、119、120；其他请拨 12345。& 1100 号")
    assert shown.count("tel:") == 4
    assert 'href="tel:12345">12345</a>。&amp; 1100 号' in shown


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("请拨 027-80000000 转 2", 1),
        ("联系 13912345678，或 400-800-8820", 2),
        ("编号 NH-2026-00042，共 110 户，2026-03-14", 0),
        ("证号 420106199001011234", 0),
    ],
)
def test_only_full_numbers_in_texts_of_staff_are_dialled(text, links):
    assert dialled(text).count('href="tel:') == links
    assert "<b>" not in dialled(f"<b>{text}")


def test_an_error_page_has_the_number_that_was_last_read(monkeypatch, django_assert_num_queries):
    page = Template("{% load phones %}{% portal_without_database as portal %}{% include '_call.html' %}")
    monkeypatch.setattr(portal.current, "_value", portal.Portal(phone="027-80000000"), raising=False)
    portal.current.forget()
    assert 'href="tel:027-80000000"' in page.render(Context())
    monkeypatch.delattr(portal.current, "_value")
    assert "tel:" not in page.render(Context())
