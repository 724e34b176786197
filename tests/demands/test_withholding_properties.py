"""Whatever residents say in whatever order, an attacker with all editions finds nobody. Needs no database."""

import datetime
import random
from collections import Counter, defaultdict

from hypothesis import given
from hypothesis import strategies as st

from demands.statistics import rates
from demands.statistics.rates import REST
from demands.statistics.withholding import FEWEST, SHOWN, pooled, said, to_publish
from tests.differencing import Told, singled_out
from tests.properties import examples

WORDS = ("satisfied", "unsatisfied", "unsure")
# Households of five communities; every third one's demand is public.
COMMUNITIES = [name for name, size in zip("abcde", (9, 8, 7, 6, 3), strict=True) for _household in range(size)]
# Who says what by then (by a seed, since lists of Hypothesis are short), who moves, and days until the edition.
nights = st.tuples(st.integers(0, 9999), st.integers(0, 16), st.integers(0, 2), st.sampled_from((1, 1, 30, 400)))


class Year:
    """The households of a year, what each said last, and what was published of it."""

    def __init__(self) -> None:
        self.places = dict(enumerate(COMMUNITIES))
        self.answers: dict[int, tuple[str, int]] = {}  # with the number of the answer, since another is another one
        self.number = 0
        self.published: dict = {}
        self.about: dict[tuple, Told] = {}
        self.day = datetime.date(2026, 3, 1)

    def live(self, seed: int, answers: int, moves: int, days: int) -> None:
        draw = random.Random(seed)
        for _answer in range(answers):
            self.number += 1
            self.answers[draw.randrange(len(COMMUNITIES))] = draw.choice(WORDS), self.number
        for _move in range(moves):
            self.places[draw.randrange(len(COMMUNITIES))] = draw.choice("abcde")
        self.day += datetime.timedelta(days=days)

    @property
    def public(self) -> frozenset:
        return frozenset(
            (household, number)
            for household, (word, number) in self.answers.items()
            if household % 3 == 0 and word == "satisfied"
        )

    def publish(self) -> list[Told]:
        """Publish an edition, and return what it tells. Its totals are sums of this, and tell no more."""
        voices: dict[tuple, Counter] = defaultdict(Counter)
        for household, place in self.places.items():
            word, number = self.answers.get(household, ("no_answer", 0))
            voices["2026", "1", place][word] += 1
            voices["2026", "1", place][SHOWN] += (household, number) in self.public
        before, self.published = self.published, to_publish("result", self.published, voices, self.day)
        alone = {place for _year, _subdistrict, place in self.published} - {REST}
        about = {}
        for group, counts in self.published.items():
            if counts == before.get(group):
                about[group] = self.about[group]
                continue
            places = {group[2]} if group[2] != REST else {*"abcde"} - alone
            mine = [household for household, place in self.places.items() if place in places]
            about[group] = Told(
                f"{group[2]} on {self.day}",
                counts["unsatisfied"],
                frozenset((one, self.answers[one][1]) for one in mine if one in self.answers),
                frozenset((one, "silent") for one in mine if one not in self.answers),
            )
            assert said("result", counts) == len(about[group].answers)
        self.about = about
        return list(about.values())


@given(st.lists(nights, min_size=2, max_size=8))
@examples(60)
def test_no_answer_follows_from_two_editions(lived):
    year, before = Year(), []
    for night in lived:
        year.live(*night)
        told = year.publish()
        assert singled_out([*before, *told], year.public) == []
        before = told


@given(st.dictionaries(st.integers(0, 30), st.integers(1, 12)))
@examples(100)
def test_what_remains_of_a_year_is_enough_or_there_is_nothing_else(sizes):
    sizes = {(str(name),): size for name, size in sizes.items()}
    small = pooled(sizes)
    rest = sum(sizes[group] for group in small)
    assert small >= {group for group, size in sizes.items() if size < FEWEST}
    assert not small or rest >= FEWEST or small == sizes.keys()
    # No more than it takes.
    assert rest < 2 * FEWEST + max(sizes.values(), default=0) or all(sizes[group] < FEWEST for group in small)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 400)), max_size=60))
@examples(60)
def test_percentiles_are_those_of_the_sorted_list(pairs):
    numbers = sorted(number for _place, number in pairs)
    lines = [
        rates.Line("year-community", ("2026", "", place), "days_to_answer", str(number), times)
        for (place, number), times in Counter(pairs).items()
    ]
    found = rates.count(lines)["all"]["days_to_answer"]
    at = (lambda share: numbers[-(-len(numbers) * share // 100) - 1]) if numbers else lambda share: None
    assert found == {"count": len(numbers), "median": at(50), "percentile_90": at(90)}
