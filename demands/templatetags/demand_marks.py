"""The drawings of a list: a status, a small chain, a row, a menu's options.

Each is a pure function of a few values and is drawn once a process for the same values, which a list repeats much.
"""

from functools import lru_cache

from django import template
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.translation import get_language

from consultation import places
from demands.categories import category
from demands.chain import SHORT, states
from demands.workflow import OPEN, DemandStatus

register = template.Library()


@register.simple_tag
def status_pill(status: str) -> str:
    """A status by shape, word and colour."""
    return _pill(status, get_language())


@register.simple_tag
def demand_row(row, level: int) -> str:
    """A row of `DemandQuerySet.rows`, with its small chain. `level` is the heading's."""
    return _row(
        row.ref,
        row.public_title,
        row.status,
        row.consulted_at is not None,
        places.area(row.area).place,
        str(category(row.category)),
        row.is_demo,
        row.status in OPEN and row.due_on < timezone.localdate(),
        row.support_count,
        level,
        get_language(),
    )


@register.simple_tag
def options(choices, chosen) -> str:
    """The options of a select."""
    chosen = "" if chosen is None else str(chosen)
    return format_html_join(
        "",
        '<option value="{}"{}>{}</option>',
        ((value, " selected" if str(value) == chosen else "", label) for value, label in choices),
    )


@lru_cache(maxsize=64)
def _pill(status: str, language: str) -> str:
    return render_to_string("_status.html", {"status": status, "label": DemandStatus(status).label})


@lru_cache(maxsize=4096)
def _row(ref, title, status, consulted, place, category, is_demo, is_overdue, people, level, language) -> str:
    context = {
        "ref": ref,
        "title": title,
        "status": status,
        "stations": list(zip(SHORT.values(), states(status, consulted), strict=True)),
        "place": place,
        "category": category,
        "is_demo": is_demo,
        "is_overdue": is_overdue,
        "people": people,
        "level": level,
    }
    return render_to_string("demands/_row.html", context)
