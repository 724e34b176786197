"""Nobody's rating follows from all files and pages of two successive editions; from exact tables it does."""

import datetime
import zoneinfo
from collections import defaultdict

import pytest
from django.test import Client

from consultation.models import Area, AreaLevel
from demands.models import Rating, Recheck
from demands.statistics import editions, rates
from foundation.cached import forget_all
from tests import factories
from tests.differencing import Told, singled_out
from tests.recount import (
    BAD,
    DAY,
    Varied,
    ends_of,
    everything,
    is_counted,
    place_of,
    reopening,
    said_of,
    was_joined_too_late,
)

pytestmark = pytest.mark.django_db

NOW = datetime.datetime(2025, 10, 20, 0, 1, tzinfo=zoneinfo.ZoneInfo("Asia/Shanghai"))
PLACE = ("year", "subdistrict", "community")


class Household:
    """What a demand is known by, and what its resident said: the word, and which answer it was."""

    def __init__(self, demand) -> None:
        self.place = place_of(demand) | {"ref": demand.ref}
        self.place["year"] = self.place["month"][:4]
        self.is_public = demand.status == "confirmed" and demand.published_at is not None
        ends = ends_of(demand)
        counts = not was_joined_too_late(demand, ends)
        asked = (
            counts
            and demand.imported_at is None
            and all(end.status in ("resolved", "confirmed", "declined") for end in ends)
        )
        self.said: dict[str, tuple] = {}
        self.is_asked = dict.fromkeys(("work", "result"), asked)
        ratings = sorted(said_of(demand, Rating), key=lambda rating: (rating.at, rating.pk))
        for question in ("work", "result"):
            if ratings and getattr(ratings[-1], question):
                self.said[question] = getattr(ratings[-1], question), ratings[-1].pk
        if rechecks := said_of(demand, Recheck):
            self.is_asked["recheck"] = True
            if given := [one for one in rechecks if one.answer]:
                self.said["recheck"] = min(one.answer for one in given), max(one.pk for one in given)
        if counts and reopening(ends):
            self.said["reopened"] = reopening(ends), demand.pk

    def answer(self, question: str) -> tuple | None:
        return (self.place["ref"], *self.said[question]) if question in self.said else None


def households() -> list[Household]:
    return [Household(demand) for demand in everything() if is_counted(demand)]


def told_of(name: str, question: str, group: list[Household]) -> Told:
    """What an exact number about these would tell."""
    answers = [one.answer(question) for one in group if one.answer(question)]
    silent = [(one.place["ref"],) for one in group if one.is_asked.get(question) and not one.answer(question)]
    return Told(name, sum(word == BAD[question] for _ref, word, _pk in answers), frozenset(answers), frozenset(silent))


class Reader:
    """Downloads the files and opens the pages, and knows whom each number is about."""

    def __init__(self, question: str) -> None:
        self.question = question
        self.counts: dict[tuple, dict[str, int]] = {}
        self.about: dict[tuple, Told] = {}

    def read(self, known: list[Household]) -> list[Told]:
        file = Client().get("/rates/year-community.csv").content.decode("utf-8-sig").splitlines(keepends=True)
        before, self.counts = self.counts, defaultdict(dict)
        for line in rates.read(file):
            if line.figure == self.question:
                self.counts[line.group][line.value] = line.count
        for of in ("year-category-direction", "month"):
            text = Client().get(f"/rates/{of}.csv").content.decode()
            assert not [name for name in rates.ANSWERS if f",{name}," in text]
        self.about = {group: self._about(group, before, known) for group in self.counts}
        return list(self.about.values())

    def _about(self, group: tuple, before: dict, known: list[Household]) -> Told:
        if self.counts[group] == before.get(group):
            return self.about[group]
        alone = {other[2] for other in self.counts if other[:2] == group[:2]} - {rates.REST}
        mine = [
            one
            for one in known
            if (one.place["year"], one.place["subdistrict"]) == group[:2]
            and (one.place["community"] == group[2] or (group[2] == rates.REST and one.place["community"] not in alone))
        ]
        told = told_of(" ".join(group), self.question, mine)
        # These, and nobody else.
        assert told.dissatisfied == self.counts[group][BAD[self.question]]
        assert len(told.answers) == sum(count for word, count in self.counts[group].items() if word != "no_answer")
        return told

    def check_pages(self) -> None:
        """Every number of the pages is a sum of the file, so that it tells nothing more."""
        forget_all()
        codes = {"": ""} | dict(Area.objects.filter(level=AreaLevel.SUBDISTRICT).values_list("name", "code"))
        pages = [("/", "", ""), ("/rates/", "", "")]
        for year, scopes in editions.newest().figures.items():
            pages += [(f"/rates/?year={year}&subdistrict={codes[scope]}", year, scope) for scope in scopes]
        pages += [(f"/s/{codes[scope]}/", "", scope) for scope in editions.newest().figures[""] if scope]
        for address, year, scope in pages:
            context = Client().get(address).context
            is_home = not address.startswith("/rates/")
            shown = context["figures"].result if is_home else context["rates"][self.question]
            assert (shown.part, shown.whole) == self._sum(year, scope), address
            for table in () if is_home else context["tables"]:
                for line in table["lines"]:
                    for rate in line.rates:
                        assert rate.key in ("response", "resolution") or table["key"] in PLACE
                        if rate.key == self.question and table["key"] == "community":
                            assert (rate.part, rate.whole) == self._sum(year, scope, line.value)
        for year in {group[0] for group in self.counts}:
            for scope in editions.newest().figures[year]:
                demands = Client().get(f"/annual/{year}/?subdistrict={codes[scope]}").context["demands"]
                assert (demands.get("confirmed") or 0) == self._sum(year, scope)[0]

    def _sum(self, year: str, scope: str, community: str | None = None) -> tuple[int, int | None]:
        found = [
            counts
            for group, counts in self.counts.items()
            if year in ("", group[0]) and scope in ("", group[1]) and community in (None, group[2])
        ]
        part = sum(counts["satisfied"] for counts in found)
        return (part, part + sum(counts["unsatisfied"] for counts in found)) if found else (0, None)


def a_night_later() -> None:
    """Some rate who had not, or rate again."""
    waiting = [
        one
        for one in sorted(everything(), key=lambda one: one.pk)
        if one.closed_at and one.status in ("resolved", "declined")
    ]
    for number, demand in enumerate(waiting[::2]):
        closing = [move for move in demand.its_moves if move.to_status in ("resolved", "declined")][-1]
        verdict = ("satisfied", "unsatisfied", "unsure")[number % 3]
        Rating.objects.update_or_create(
            demand=demand, closing=closing, defaults={"work": verdict, "result": verdict, "at": NOW}
        )


def tables(known: list[Household], question: str, *dimensions: str) -> list[Told]:
    """Exact tables of all answers, each by one dimension of a year."""
    found = []
    for dimension in dimensions:
        groups = defaultdict(list)
        for one in known:
            groups[one.place["year"], one.place[dimension]].append(one)
        found += [told_of(" ".join(group), question, mine) for group, mine in groups.items()]
    return found


def test_nobody_is_singled_out_by_the_files_and_pages_of_two_editions():
    Varied(NOW, seed=3).make(150)
    readers = {question: Reader(question) for question in rates.ANSWERS}
    seen, known = defaultdict(list), {}
    for night in range(2):
        factories.acting_at(NOW + night * DAY, editions.publish)
        known[night] = households()
        for question, reader in readers.items():
            seen[question] += reader.read(known[night])
        readers["result"].check_pages()
        a_night_later()
    public = frozenset(one.answer("result") for one in known[1] if one.is_public)
    for question, told in seen.items():
        assert len(told) >= 4, question
        assert singled_out(told, public if question == "result" else frozenset()) == [], question
    # Something is withheld, and something changed. The attack finds plenty where nothing is withheld.
    first, second = (tables(known[night], "result", "community") for night in range(2))
    published = {f"{year} {community}" for year, _subdistrict, community in readers["result"].counts}
    assert {told.name for told in first} - published
    assert len({told.answers for told in seen["result"]}) > len(readers["result"].counts)
    assert singled_out([*first, *second])
    assert singled_out(tables(known[0], "result", "month", "category"))
