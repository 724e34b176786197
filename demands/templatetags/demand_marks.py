"""The drawings of a list: a status, a small chain, a row.

Each is a pure function of a few values and is drawn once a process for the same values, which a list repeats much.
"""

from functools import lru_cache

from django import template
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import get_language

from consultation import places
from demands.categories import category
from demands.chain import SHORT, states
from demands.standing import BASE
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
        # NULL where there are no links.
        (row.meeting or 0, *divmod(row.promised or 0, BASE)),
        level,
        get_language(),
    )


@lru_cache(maxsize=64)
def _pill(status: str, language: str) -> str:
    return render_to_string("_status.html", {"status": status, "label": DemandStatus(status).label})


@lru_cache(maxsize=4096)
def _row(ref, title, status, consulted, place, category, is_demo, is_overdue, people, links, level, language) -> str:
    context = {
        "ref": ref,
        "title": title,
        "status": status,
        "stations": list(zip(SHORT.values(), states(status, consulted, *links), strict=True)),
        "place": place,
        "category": category,
        "is_demo": is_demo,
        "is_overdue": is_overdue,
        "people": people,
        "level": level,
    }
    return render_to_string("demands/_row.html", context)
