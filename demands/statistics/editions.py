"""Editions of the rates: files of figures by one set of attributes each, and the figures counted from these files.

A job makes one at night; pages read the newest. `docs/rates.md` defines the figures and what is withheld of them, and
`docs/decisions/0011-rates-by-edition.md` explains why there are editions.
"""

import csv
import datetime
import io
import itertools
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterable

from django.db import connection, transaction
from django.utils import timezone

from consultation.models import Area
from foundation import clock
from foundation.keys import key_of
from foundation.sheets import guard

from ..models import Demand, DemandTransition, RatesEdition, Rating, Recheck
from . import rates, withholding
from .rates import REST, Line
from .rows import Row, rows

# The newest and the one before, whose page somebody may still have open and download the files of.
MAX_EDITIONS = 2
# Fewer changed demands than this wait for others, but no longer than a month.
FEWEST_CHANGED, LONGEST = withholding.FEWEST, datetime.timedelta(days=30)
MAX_LENGTH = "10min"  # the timeout of this one query, instead of that for pages
LOCK = 0x7261746573  # advisory lock of the process that makes the day's edition


def newest() -> RatesEdition:
    """Return the edition that pages show, without its files; where there is none yet, count one without saving it.

    In the latter nobody's answers are counted: it would show each of them at once.
    """
    return _stored().defer("csv").first() or count_now(with_answers=False)


def find(key: str) -> RatesEdition | None:
    """Return the edition with this key from a page's URL, without its files; None where it is no longer stored."""
    return _stored().defer("csv").filter(pk=key_of(key)).first()


def figures_of(edition: RatesEdition, year: str, subdistrict: Area | None) -> dict:
    """Return an edition's figures of a year, or of all with "", in a subdistrict or everywhere; zero if it has none."""
    scopes = edition.figures.get(year, {})
    name = guard(subdistrict.name) if subdistrict else ""
    if name and set(scopes.get("", {}).get("subdistrict", ())) - {""} == {name}:
        # Nothing is of another one yet, and then they are not listed one by one. The district's own counts with it.
        name = ""
    return scopes.get(name) or rates.count(())


def _stored():
    # A release before this one had a row for each demand in its editions; nothing reads these any more.
    return RatesEdition.objects.filter(answers__isnull=False)


def count_now(before: RatesEdition | None = None, *, with_answers: bool = True) -> RatesEdition:
    """Count the demands as they are now. Returns an unsaved edition.

    Args:
        before: the edition that readers have, from which no answer may follow.
        with_answers: whether to count what residents said.
    """
    now = clock.now()
    found = _Found()
    for row in rows(now):
        found.take(row)
    edition = RatesEdition(as_of=now, rows=found.number, answers={})
    lines = list(itertools.chain.from_iterable(withholding.lines(of, groups) for of, groups in found.groups.items()))
    if with_answers:
        published = {
            question: withholding.to_publish(
                question, _kept(before, question), found.voices[question], timezone.localdate(now)
            )
            for question in rates.ANSWERS
        }
        edition.answers = {
            question: [[*group, counts] for group, counts in groups.items()] for question, groups in published.items()
        }
        for question, groups in published.items():
            lines += withholding.answer_lines(question, groups, found.names)
    edition.csv = _pack(lines)
    # Count from the files themselves, so that anybody can recount from the very same downloads.
    files = [io.StringIO(content(edition, of).decode(), newline="") for of in rates.SETS]
    edition.figures = rates.count_scopes(itertools.chain.from_iterable(map(rates.read, files)))
    return edition


def _kept(edition: RatesEdition | None, question: str) -> withholding.Kept:
    """The answers to a question that an edition published."""
    groups = edition.answers.get(question, []) if edition else []
    return {tuple(group): counts for *group, counts in groups}


class _Found:
    """The sums of the demands by the attributes of each file, and the residents' answers by place."""

    def __init__(self) -> None:
        self.number = 0
        self.groups: dict[str, dict[tuple[str, ...], Counter[tuple[str, str]]]] = {
            of: defaultdict(Counter) for of in rates.SETS
        }
        self.voices: dict[str, dict[tuple[str, str, str], Counter[str]]] = {
            question: defaultdict(Counter) for question in rates.ANSWERS
        }
        self.names: dict[tuple[str, str], tuple[str, str]] = {}

    def take(self, row: Row) -> None:
        self.number += 1
        year, (subdistrict, community) = row.month[:4], map(guard, row.areas)
        values = {
            "year": year,
            "month": row.month,
            "subdistrict": subdistrict,
            "community": community,
            "category": guard(row.category),
            "direction": row.direction,
        }
        facts = [("received", ""), *[(flag, "") for flag in row.flags]]
        facts += [(name, str(number)) for name, number in row.numbers.items()]
        for of, columns in rates.SETS.items():
            self.groups[of][tuple([values[name] for name in columns])].update(facts)
        self.names[row.area_keys] = subdistrict, community
        self.names[row.area_keys[0], REST] = subdistrict, REST
        for question, answer in row.answers.items():
            if answer:
                voice = self.voices[question][year, *row.area_keys]
                voice[answer] += 1
                voice[withholding.SHOWN] += question == "result" and row.is_shown


# --- The files -------------------------------------------------------------------------------------------------------


def _pack(lines: Iterable[Line]) -> bytes:
    """The files in one archive, without times, so that the same figures are the same bytes."""
    by_file: dict[str, list[Line]] = {of: [] for of in rates.SETS}
    for line in lines:
        by_file[line.of].append(line)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for of, columns in rates.SETS.items():
            file = io.StringIO(newline="")
            file.write("\ufeff")  # byte order mark, by which spreadsheets recognise UTF-8
            out = csv.writer(file, lineterminator="\r\n")
            out.writerow((*columns, *rates.TAIL))
            for line in sorted(by_file[of], key=_order):
                out.writerow((*line.group, line.figure, line.value, line.count))
            archive.writestr(zipfile.ZipInfo(f"{of}.csv"), file.getvalue(), zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _order(line: Line) -> tuple:
    """By group, and within it by figure, in the order of the definitions."""
    figures = (*rates.COUNTS, *rates.NUMBERS, *rates.ANSWERS)
    words = rates.ANSWERS.get(line.figure)
    return line.group, figures.index(line.figure), words.index(line.value) if words else int(line.value or 0)


def content(edition: RatesEdition, of: str) -> bytes:
    """Return one of an edition's files."""
    with zipfile.ZipFile(io.BytesIO(edition.csv)) as archive:
        return archive.read(f"{of}.csv")


# --- Made and kept ---------------------------------------------------------------------------------------------------


@transaction.atomic
def publish() -> RatesEdition:
    """Count all demands and save the edition for pages to read. All older editions but one are deleted."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [MAX_LENGTH])
    made = count_now(_stored().defer("csv").first())
    made.save()
    kept = _stored().values_list("pk", flat=True)[:MAX_EDITIONS]
    RatesEdition.objects.exclude(pk__in=list(kept)).delete()
    return made


@transaction.atomic
def publish_when_due() -> int:
    """Make an edition, if there is none of today and enough changed since the last. Returns how many were made. For the
    worker; safe to run concurrently.
    """
    now = clock.now()
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return 0
    last = _stored().defer("csv").first()
    if last and (last.as_of >= midnight or (now - last.as_of < LONGEST and not _enough_changed(last.as_of, midnight))):
        return 0
    publish()
    return 1


def _enough_changed(since: datetime.datetime, until: datetime.datetime) -> bool:
    """Whether residents or staff did something about enough demands. What they do by day is published at night, since
    an edition that came with an act would reveal its hour.
    """
    acts = [
        model.objects.filter(**{f"{moment}__gt": since, f"{moment}__lte": until}).order_by().values_list(key)
        for model, moment, key in (
            (DemandTransition, "at", "demand"),
            (Rating, "at", "demand"),
            (Recheck, "answered_at", "demand"),
            (Demand, "answered_at", "pk"),
            (Demand, "imported_at", "pk"),
        )
    ]
    return len(acts[0].union(*acts[1:])[:FEWEST_CHANGED]) >= FEWEST_CHANGED
