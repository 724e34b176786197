"""The demands that the rates count, each with its outcome, as one query. `docs/rates.md` defines them."""

import datetime
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from ..workflow import DeclineReason, DemandStatus
from . import rates

# `each` has one row for each demand that counts: the parts of a split demand instead of the whole, or the whole where
# the split was undone. A merged demand has the outcome of its final target, or of all the parts of a target that was
# split. A reporter's verdict counts for their own demand; that of a whole's reporter on a part, for the part.
EACH = """
WITH RECURSIVE counted AS (
    SELECT demand.id, demand.status, demand.merged_into_id, demand.split_from_id, demand.received_at, demand.area_id,
        demand.category_id, demand.unit_id, demand.direction, demand.imported_at IS NULL AS has_reporter,
        -- A public page shows that its reporter is satisfied.
        demand.status = %(confirmed)s AND demand.published_at IS NOT NULL AS is_shown
    FROM demands_demand demand
    WHERE demand.status <> %(split)s
        -- Few are parts. Without the first condition PostgreSQL expects that hardly any demand counts, and loops.
        AND (demand.split_from_id IS NULL OR NOT EXISTS (
            SELECT FROM demands_demand whole
            WHERE whole.id = demand.split_from_id AND (whole.status <> %(split)s OR demand.merged_into_id = whole.id)
        ))
        AND (%(first)s IS NULL OR demand.received_at BETWEEN %(first)s AND %(last)s)
        AND (%(areas)s IS NULL OR demand.area_id = ANY(%(areas)s))
), leads (demand, leaf) AS (
    SELECT id, merged_into_id FROM counted WHERE status = %(merged)s
    UNION
    SELECT leads.demand, coalesce(part.id, there.merged_into_id)
    FROM leads
    JOIN demands_demand there ON there.id = leads.leaf
    LEFT JOIN demands_demand part
        ON there.status = %(split)s AND part.split_from_id = there.id AND part.merged_into_id IS DISTINCT FROM there.id
    WHERE there.status = %(merged)s OR part.id IS NOT NULL
), concerned AS (
    SELECT id FROM counted
    UNION
    SELECT leaf FROM leads
), moved AS (
    SELECT demand_id,
        bool_or(to_status = %(resolved)s OR (to_status = %(declined)s AND reason <> %(out_of_remit)s))
            AS ended_in_remit,
        bool_or(to_status = %(reopened)s AND from_status IN (%(resolved)s, %(confirmed)s, %(declined)s)) AS reopened,
        -- In the order of the log, since an import brings its own times.
        max(id) FILTER (WHERE to_status IN (%(resolved)s, %(declined)s)) AS ending,
        max(id) FILTER (WHERE to_status = %(merged)s) AS merging
    FROM demands_demandtransition
    WHERE to_status IN (%(resolved)s, %(declined)s, %(reopened)s, %(merged)s)
        AND demand_id IN (SELECT id FROM concerned)
    GROUP BY demand_id
), fate AS (
    SELECT id,
        answered_at IS NOT NULL AS answered,
        -- While it waits for its resident no deadline passes; afterwards both have moved on.
        coalesce((answered_at AT TIME ZONE %(zone)s)::date <= response_due OR answered_at >= paused_at, false)
            AS answered_in_time,
        answered_at IS NULL AND (coalesce(closed_at, paused_at, %(now)s) AT TIME ZONE %(zone)s)::date > response_due
            AS response_overdue,
        status IN (%(resolved)s, %(confirmed)s) OR coalesce(ended_in_remit, false) AS ended_in_remit,
        status IN (%(resolved)s, %(confirmed)s) AS stands_resolved,
        status IN (%(resolved)s, %(confirmed)s) AS solved,
        status IN (%(resolved)s, %(confirmed)s) AND consulted_at IS NOT NULL AS consulted,
        status = %(declined)s AS declined,
        decline_reason = %(out_of_remit)s AND NOT coalesce(ended_in_remit, false) AS out_of_remit,
        closed_at IS NULL AS open,
        closed_at IS NULL AND coalesce(due_on < %(today)s, false) AS overdue,
        coalesce(reopened, false) AS reopened,
        status IN (%(resolved)s, %(confirmed)s, %(declined)s) AS to_rate,
        CASE WHEN answered_at IS NOT NULL
            THEN greatest((answered_at AT TIME ZONE %(zone)s)::date - received_on, 0) END AS days_to_answer,
        CASE WHEN status IN (%(resolved)s, %(confirmed)s)
            THEN greatest((closed_at AT TIME ZONE %(zone)s)::date - received_on, 0) END AS days_to_resolve,
        CASE WHEN closed_at IS NULL THEN greatest(%(today)s - received_on, 0) / 7 END AS weeks_open,
        ending
    FROM concerned
    JOIN demands_demand USING (id)
    LEFT JOIN moved ON moved.demand_id = id
    CROSS JOIN LATERAL (SELECT (received_at AT TIME ZONE %(zone)s)::date AS received_on) AS day
    WHERE status NOT IN (%(merged)s, %(split)s)
), outcome AS (
    SELECT * FROM fate
    UNION ALL
    SELECT leads.demand, bool_and(answered), bool_and(answered_in_time), bool_or(response_overdue),
        -- What is out of remit of a whole is left out of it, too.
        bool_and(ended_in_remit OR out_of_remit) AND bool_or(ended_in_remit),
        bool_and(stands_resolved OR out_of_remit) AND bool_or(stands_resolved),
        false, false, false,  -- counted once, for the one it was merged into
        bool_and(out_of_remit), bool_or(open), bool_or(overdue),
        bool_or(reopened), bool_and(to_rate),
        CASE WHEN bool_and(answered) THEN max(days_to_answer) END,
        CASE WHEN bool_and(stands_resolved OR out_of_remit) THEN max(days_to_resolve) END,
        max(weeks_open),
        max(fate.ending)
    FROM leads
    JOIN fate ON fate.id = leads.leaf
    LEFT JOIN (SELECT demand_id, merging FROM moved) merger ON merger.demand_id = leads.demand
    GROUP BY leads.demand
    -- Merged into what had ended, as earlier releases allowed, it was not worked on, and has no outcome.
    HAVING bool_or(open) OR coalesce(max(fate.ending) > max(merging), true)
), voices (demand, reporter) AS (
    SELECT id, split_from_id FROM counted WHERE split_from_id IS NOT NULL
    UNION
    SELECT voices.demand, whole.split_from_id
    FROM voices JOIN demands_demand whole ON whole.id = voices.reporter
    WHERE whole.split_from_id IS NOT NULL
), subjects (demand, subject) AS (
    SELECT demand, demand FROM voices
    UNION
    SELECT leads.demand, leads.leaf FROM leads JOIN voices ON voices.demand = leads.demand
), rated AS (
    SELECT DISTINCT ON (demand) demand, work, result
    FROM (
        SELECT demand_id AS demand, work, result, at, id FROM demands_rating
        WHERE demand_id IN (SELECT id FROM counted)
        UNION ALL
        SELECT voices.demand, rating.work, rating.result, rating.at, rating.id
        FROM voices
        JOIN demands_rating rating ON rating.demand_id = voices.reporter
        JOIN demands_demandtransition closing ON closing.id = rating.closing_id
        JOIN subjects ON subjects.demand = voices.demand AND subjects.subject = closing.demand_id
    ) said
    ORDER BY demand, at DESC, id DESC
), rechecked AS (
    SELECT demand, CASE WHEN bool_or(answer = 'not_solved') THEN 'not_solved'
        WHEN bool_or(answer = 'still_solved') THEN 'still_solved' ELSE 'no_answer' END AS recheck
    FROM (
        SELECT demand_id AS demand, answer FROM demands_recheck
        WHERE demand_id IN (SELECT id FROM counted)
        UNION ALL
        SELECT voices.demand, question.answer
        FROM voices
        JOIN demands_recheck question ON question.demand_id = voices.reporter
        JOIN demands_demandtransition closing ON closing.id = question.closing_id
        JOIN subjects ON subjects.demand = voices.demand AND subjects.subject = closing.demand_id
    ) said
    GROUP BY demand
), each AS (
    SELECT
        counted.id,
        to_char(received_at AT TIME ZONE %(zone)s, 'YYYY-MM') AS month,
        -- The community, or the larger area that it is about.
        CASE area.level WHEN 4 THEN above.id ELSE area.id END AS place,
        CASE area.level WHEN 2 THEN area.id WHEN 3 THEN above.id WHEN 4 THEN highest.id END AS subdistrict,
        CASE area.level WHEN 3 THEN area.id WHEN 4 THEN above.id END AS community,
        coalesce(CASE area.level WHEN 2 THEN area.name WHEN 3 THEN above.name WHEN 4 THEN highest.name END, '')
            AS subdistrict_name,
        coalesce(CASE area.level WHEN 3 THEN area.name WHEN 4 THEN above.name END, '') AS community_name,
        counted.category_id AS category,
        category.name AS category_name,
        counted.unit_id AS unit,
        counted.direction,
        is_shown,
        coalesce(answered, false) AS answered,
        coalesce(answered_in_time, false) AS answered_in_time,
        coalesce(response_overdue, false) AS response_overdue,
        coalesce(ended_in_remit, false) AS ended_in_remit,
        coalesce(stands_resolved, false) AS stands_resolved,
        coalesce(solved, false) AS solved,
        coalesce(consulted, false) AS consulted,
        coalesce(declined, false) AS declined,
        coalesce(out_of_remit, false) AS out_of_remit,
        coalesce(open, false) AS open,
        coalesce(overdue, false) AS overdue,
        CASE WHEN reopened THEN 'yes' WHEN ended_in_remit OR out_of_remit THEN 'no' ELSE '' END AS reopened,
        coalesce(nullif(work, ''), CASE WHEN to_rate AND has_reporter THEN 'no_answer' ELSE '' END) AS work,
        coalesce(result, CASE WHEN to_rate AND has_reporter THEN 'no_answer' ELSE '' END) AS result,
        coalesce(recheck, '') AS recheck,
        days_to_answer,
        days_to_resolve,
        weeks_open
    FROM counted
    JOIN consultation_area area ON area.id = counted.area_id
    LEFT JOIN consultation_area above ON above.id = area.parent_id
    LEFT JOIN consultation_area highest ON highest.id = above.parent_id
    JOIN demands_category category ON category.id = counted.category_id
    LEFT JOIN outcome ON outcome.id = counted.id
    LEFT JOIN rated ON rated.demand = counted.id
    LEFT JOIN rechecked ON rechecked.demand = counted.id
)
"""
ROWS = (
    EACH
    + """
SELECT month, subdistrict, community, subdistrict_name, community_name, category_name, direction, is_shown,
    answered, answered_in_time, response_overdue, ended_in_remit, stands_resolved, solved, consulted, declined,
    out_of_remit, open, overdue, reopened, work, result, recheck, days_to_answer, days_to_resolve, weeks_open
FROM each
"""  # nosec B608 - constants of ours
)


class Row(NamedTuple):
    """A demand that counts.

    Args:
        area_keys, areas: subdistrict and community, by key and by name; empty where it is about a larger area.
        is_shown: whether a public page shows that its reporter is satisfied.
        flags: of `rates.FLAGS`, those that are true of it.
        answers: to each question of `rates.ANSWERS`; empty where it was not asked.
        numbers: of `rates.NUMBERS`, those that it has.
    """

    month: str
    area_keys: tuple[str, str]
    areas: tuple[str, str]
    category: str
    direction: str
    is_shown: bool
    flags: list[str]
    answers: dict[str, str]
    numbers: dict[str, int]


def values(
    now: datetime.datetime,
    received: tuple[datetime.datetime, datetime.datetime] | None = None,
    areas: Iterable[int] | None = None,
) -> dict:
    """Return the parameters of `EACH`.

    Args:
        received: the first and the last moment of those received in a period; None for all.
        areas: the keys of the areas whose demands count; None for all.
    """
    first, last = received or (None, None)
    return {
        **{status.value: status.value for status in DemandStatus},
        "out_of_remit": DeclineReason.OUT_OF_REMIT.value,
        "zone": settings.TIME_ZONE,
        "now": now,
        "today": timezone.localdate(now),
        "first": first,
        "last": last,
        "areas": None if areas is None else list(areas),
    }


def rows(now: datetime.datetime) -> Iterator[Row]:
    """Yield all demands that count, in no order, with one query."""
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(ROWS, values(now))
        for month, *areas, category, direction, is_shown, found in map(_split, cursor):
            subdistrict, community, *names = areas
            flags, answers, numbers = found
            keys = ("" if subdistrict is None else str(subdistrict), "" if community is None else str(community))
            yield Row(month, keys, tuple(names), category, direction, is_shown, flags, answers, numbers)


PLACED = 8  # columns before the flags


def _split(row: tuple) -> tuple:
    """Name the values of the last columns."""
    after = iter(row[PLACED:])
    flags = [name for name in rates.FLAGS if next(after)]
    answers = {name: next(after) for name in ("reopened", "work", "result", "recheck")}
    numbers = {name: number for name in rates.NUMBERS if (number := next(after)) is not None}
    return (*row[:PLACED], (flags, answers, numbers))
