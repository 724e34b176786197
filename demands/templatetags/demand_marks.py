"""The drawings of a list: a status, a small chain, a row.

Each is a pure function of a few values and is drawn once a process for the same values, which a list repeats much.
"""

from functools import lru_cache

from django import template
from django.template.loader import render_to_string
from django.utils.translation import get_language

from consultation.models import places
from foundation import clock, words
from foundation.templatetags.marks import pill

from ..models.categories import category
from ..models.link_status import BASE
from ..selectors.chain import SHORT, states
from ..selectors.deadlines import overdue
from ..workflow import OPEN, TRAITS, DemandStatus

register = template.Library()


@register.simple_tag
def status_pill(status: str) -> str:
    """A status by shape, word and colour."""
    return pill(TRAITS[status].pill, DemandStatus(status).label)


@register.simple_tag
def overdue_words(demand) -> str:
    """How late a demand is and since when, for everybody; nothing where it is not."""
    return overdue(demand.due_on) if demand.is_overdue else ""


@register.simple_tag
def demand_row(row, level: int, typed: str = "", when: str = "") -> str:
    """A row of `DemandQuerySet.rows`, with its small chain. `level` is the heading's.

    `typed`: what was searched for, marked in the title and in an excerpt of the summary. `when`: a date in words.
    """
    is_open, today = row.status in OPEN, clock.today()
    is_overdue = is_open and row.due_on is not None and row.due_on < today
    return _row(
        row.ref,
        row.public_title,
        row.status,
        row.consulted_at is not None,
        places.area(row.area).place,
        str(category(row.category)),
        row.is_demo,
        # How late it is, is said in days, so it is drawn anew each day.
        (row.due_on, today) if is_overdue else None,
        # An open demand without a deadline is paused.
        is_open and row.due_on is None,
        row.support_count,
        # NULL where there are no links.
        (row.meeting or 0, *divmod(row.promised or 0, BASE)),
        _found(row.public_title, row.public_summary, typed) if typed else None,
        when,
        level,
        get_language(),
    )


@lru_cache(maxsize=1024)
def _found(title: str, summary: str, typed: str) -> tuple[str, str]:
    return words.marked(title, typed), words.excerpt(summary, typed)


@lru_cache(maxsize=4096)
def _row(
    ref,
    title,
    status,
    consulted,
    place,
    category,
    is_demo,
    late,
    is_paused,
    people,
    links,
    found,
    when,
    level,
    language,
) -> str:
    context = {
        "ref": ref,
        "title": found[0] if found else title,
        "excerpt": found[1] if found else "",
        "when": when,
        "status": status,
        "stations": list(zip(SHORT.values(), states(status, consulted, *links), strict=True)),
        "place": place,
        "category": category,
        "is_demo": is_demo,
        "overdue": overdue(late[0]) if late else "",
        "is_paused": is_paused,
        "people": people,
        "level": level,
    }
    return render_to_string("demands/_row.html", context)
