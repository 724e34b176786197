"""Tags that draw a demand in lists: its status, small chain and row.

Each is a pure function of a few values, which lists often repeat, and is cached in the process.
"""

import datetime
from functools import lru_cache
from typing import NamedTuple

from django import template
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from consultation.models import places
from foundation import clock, words
from foundation.templatetags.marks import pill_of

from ..models import Urgency
from ..models.categories import category
from ..models.link_status import BASE
from ..selectors.chain import SHORT, states
from ..selectors.deadlines import overdue
from ..workflow import OPEN, shown, state_of

register = template.Library()


@register.simple_tag
def status_pill(shown_status: str) -> str:
    """Draw a status by shape, word and colour."""
    return pill_of(state_of(shown_status))


@register.simple_tag
def urgent_mark(demand) -> str:
    """Mark an open demand as urgent, or as one about which that is to be decided; for staff."""
    if not demand.is_open:
        return ""
    if demand.urgency == Urgency.URGENT:
        return format_html('<span class="urgent">{}</span> ', _("紧急"))
    if demand.urgency == Urgency.SUGGESTED:
        return format_html('<span class="urgent maybe">{}</span> ', _("可能紧急"))
    return ""


@register.simple_tag
def overdue_words(demand) -> str:
    """Return how late a demand is and since when, or an empty string where it is not late."""
    return overdue(demand.due_on) if demand.is_overdue else ""


@register.simple_tag
def demand_row(row, level: int, typed: str = "", when: str = "") -> str:
    """Draw a row of `DemandQuerySet.rows`, with its small chain.

    Args:
        level: the level of the heading.
        typed: the search words, marked in the title and in an excerpt of the summary.
        when: a date in words.
    """
    is_open, today = row.status in OPEN, clock.today()
    is_overdue = is_open and row.due_on is not None and row.due_on < today
    return _row(
        Drawn(
            ref=row.ref,
            title=row.public_title,
            status=shown(row.status, is_imported=row.imported_at is not None),
            consulted=row.consulted_at is not None,
            place=places.area(row.area).place,
            category=str(category(row.category)),
            is_demo=row.is_demo,
            # The row says how many days it is late, so it changes every day.
            late=(row.due_on, today) if is_overdue else None,
            # An open demand without a deadline is paused.
            is_paused=is_open and row.due_on is None,
            people=row.support_count,
            # NULL where there are no links.
            links=(row.meeting or 0, *divmod(row.agreed or 0, BASE)),
            found=_found(row.public_title, row.public_summary, typed) if typed else None,
            when=when,
            level=level,
            language=get_language(),
        )
    )


@lru_cache(maxsize=1024)
def _found(title: str, summary: str, typed: str) -> tuple[str, str]:
    return words.marked(title, typed), words.excerpt(summary, typed)


class Drawn(NamedTuple):
    """All values that a row is drawn from."""

    ref: str
    title: str
    status: str
    consulted: bool
    place: str
    category: str
    is_demo: bool
    late: tuple[datetime.date, datetime.date] | None
    is_paused: bool
    people: int
    links: tuple[int, int, int]
    found: tuple[str, str] | None
    when: str
    level: int
    language: str


@lru_cache(maxsize=4096)
def _row(drawn: Drawn) -> str:
    title, excerpt = drawn.found or (drawn.title, "")
    stations = states(drawn.status, drawn.consulted, *drawn.links)
    context = drawn._asdict() | {
        "title": title,
        "excerpt": excerpt,
        "stations": list(zip(SHORT.values(), stations, strict=True)),
        "overdue": overdue(drawn.late[0]) if drawn.late else "",
    }
    return render_to_string("demands/_row.html", context)
