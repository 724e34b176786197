"""An independent computation of the rates and of what is withheld: plain loops over demands, written from the published
definitions and without `demands/statistics`; and random demands varied enough to reveal differences.
"""

import datetime
import functools
import math
import random
from collections import defaultdict
from dataclasses import dataclass, field

from django.utils import timezone

from demands.models import Category, Demand, DemandTransition, Rating, Recheck
from tests import factories

DAY = datetime.timedelta(days=1)
ENDS = ("resolved", "confirmed", "declined")
VERDICTS = ("satisfied", "unsatisfied", "unsure", "no_answer")
WORDS = {
    "work": VERDICTS,
    "result": VERDICTS,
    "recheck": ("still_solved", "not_solved", "no_answer"),
    "reopened": ("yes", "no"),
}
FEW = 5  # nothing is told of fewer
BAD = {"work": "unsatisfied", "result": "unsatisfied", "recheck": "not_solved", "reopened": "yes"}
# The files, by what they group demands by within a year and a subdistrict.
FILES = {"places": ("community",), "kinds": ("category", "direction"), "months": ("month",)}
IN_FILE = {
    "subdistrict": "places",
    "community": "places",
    "category": "kinds",
    "direction": "kinds",
    "month": "months",
}
MORE_CATEGORIES = {"safety": "安全隐患", "parking": "=停车", "property": "物业服务"}


# --- Counted again ---------------------------------------------------------------------------------------------------


def everything() -> list[Demand]:
    """All demands with everything related prefetched, because the loops would need many queries otherwise."""
    found = {demand.pk: demand for demand in Demand.objects.select_related("category", "area__parent__parent")}
    for demand in found.values():
        demand.its_parts, demand.its_moves, demand.said = [], [], {Rating: [], Recheck: []}
    for demand in found.values():
        if demand.split_from_id:
            demand.split_from = found[demand.split_from_id]
            demand.split_from.its_parts.append(demand)
        if demand.merged_into_id:
            demand.merged_into = found[demand.merged_into_id]
    for move in DemandTransition.objects.all():
        found[move.demand_id].its_moves.append(move)
    for model in (Rating, Recheck):
        for one in model.objects.select_related("closing"):
            found[one.demand_id].said[model].append(one)
    return list(found.values())


def is_counted(demand: Demand) -> bool:
    """The parts of a split demand count instead of the whole; a part merged back into its whole does not."""
    if demand.status == "split":
        return False
    whole = demand.split_from
    return whole is None or (whole.status == "split" and demand.merged_into_id != whole.pk)


def way(demand: Demand) -> list[Demand]:
    """The demand, all it was merged into, and the parts those were split into."""
    if demand.status == "merged":
        return [demand, *way(demand.merged_into)]
    if demand.status == "split":
        parts = [part for part in demand.its_parts if part.merged_into_id != demand.pk]
        return [demand, *(step for part in parts for step in way(part))]
    return [demand]


def ends_of(demand: Demand) -> list[Demand]:
    """The demands that decide its outcome: those of its way that are neither merged nor split."""
    return list({step.pk: step for step in way(demand) if step.status not in ("merged", "split")}.values())


def was_joined_too_late(demand: Demand, ends: list[Demand]) -> bool:
    """Merged into what had ended, and never worked on since."""
    merging = [move.pk for move in demand.its_moves if move.to_status == "merged"]
    if demand.status != "merged" or not merging or any(end.closed_at is None for end in ends):
        return False
    endings = [move.pk for end in ends for move in end.its_moves if move.to_status in ("resolved", "declined")]
    return bool(endings) and max(endings) < max(merging)


def day_of(moment: datetime.datetime) -> datetime.date:
    return timezone.localtime(moment).date()


def in_time(demand: Demand) -> bool:
    if demand.answered_at is None:
        return False
    waits = demand.paused_at is not None and demand.answered_at >= demand.paused_at
    return waits or day_of(demand.answered_at) <= demand.response_due


def is_late(demand: Demand, now: datetime.datetime) -> bool:
    """Never answered, and the deadline passed while the demand was open and not paused."""
    if demand.answered_at is not None:
        return False
    until = demand.closed_at or demand.paused_at or now
    return day_of(until) > demand.response_due


def ever_ended_in_remit(demand: Demand) -> bool:
    for move in demand.its_moves:
        if move.to_status == "resolved" or (move.to_status == "declined" and move.reason != "out_of_remit"):
            return True
    return False


def stands_resolved(demand: Demand) -> bool:
    return demand.status in ("resolved", "confirmed")


def is_out_of_remit(demand: Demand) -> bool:
    return demand.decline_reason == "out_of_remit" and not ever_ended_in_remit(demand)


def said_of(demand: Demand, model) -> list:
    """The ratings or answers of the demand's reporter; for a part, those of the whole's reporter about the part."""
    found = list(demand.said[model])
    about = {step.pk for step in way(demand)}
    whole = demand.split_from
    while whole is not None:
        found += [one for one in whole.said[model] if one.closing.demand_id in about]
        whole = whole.split_from
    return found


def reopening(ends: list[Demand]) -> str:
    """Whether it was ever reopened; empty before it has ended."""
    if any(move.to_status == "reopened" and move.from_status in ENDS for end in ends for move in end.its_moves):
        return "yes"
    return "no" if ends and all(ever_ended_in_remit(end) or is_out_of_remit(end) for end in ends) else ""


def figures(demands: list[Demand], now: datetime.datetime) -> dict:
    """Each rate as (part, whole), other counts, what was said, and each time as (count, median, 90th percentile)."""
    found = defaultdict(int)
    times = {"days_to_answer": [], "days_to_resolve": [], "weeks_open": []}
    for demand in demands:
        ends = ends_of(demand)
        found["received"] += 1
        counts = not was_joined_too_late(demand, ends)
        ends = ends if counts else []
        answered = counts and all(end.answered_at for end in ends)
        if answered:
            found["answered"] += 1
            times["days_to_answer"].append(
                max(max(0, (day_of(end.answered_at) - day_of(end.received_at)).days) for end in ends)
            )
        if answered and all(in_time(end) for end in ends):
            found["in time"] += 1
        if any(is_late(end, now) for end in ends):
            found["late"] += 1
        in_remit = [end for end in ends if not is_out_of_remit(end)]
        if not in_remit:
            found["out of remit"] += counts
        elif all(ever_ended_in_remit(end) for end in in_remit):
            found["ended"] += 1
            if all(stands_resolved(end) for end in in_remit):
                found["stands"] += 1
                times["days_to_resolve"].append(
                    max(max(0, (day_of(end.closed_at) - day_of(end.received_at)).days) for end in in_remit)
                )
        found["solved"] += stands_resolved(demand)
        found["consulted"] += stands_resolved(demand) and demand.consulted_at is not None
        found["declined"] += demand.status == "declined"
        found["reopened", reopening(ends)] += 1
        still_open = [end for end in ends if end.closed_at is None]
        if still_open:
            found["open"] += 1
            times["weeks_open"].append(max((day_of(now) - day_of(end.received_at)).days // 7 for end in still_open))
        if any(end.due_on is not None and end.due_on < day_of(now) for end in still_open):
            found["overdue"] += 1
        ratings = sorted(said_of(demand, Rating), key=lambda rating: (rating.at, rating.pk))
        asked = counts and demand.imported_at is None and all(end.status in ENDS for end in ends)
        for what in ("work", "result"):
            if verdict := getattr(ratings[-1], what) if ratings else "":
                found[what, verdict] += 1
            elif asked:
                found[what, "no_answer"] += 1
        answers = [one.answer for one in said_of(demand, Recheck)]
        if answers:
            worst = next((word for word in ("not_solved", "still_solved") if word in answers), "no_answer")
            found["recheck", worst] += 1
    return {
        "received": found["received"],
        "response": (found["in time"], found["answered"] + found["late"]),
        "resolution": (found["stands"], found["ended"]),
        **{what: {word: found[what, word] for word in words} for what, words in WORDS.items()},
        "beside": {
            "out_of_remit": found["out of remit"],
            **{name: found[name] for name in ("solved", "declined", "consulted", "open", "overdue")},
        },
        "times": {name: spread(numbers) for name, numbers in times.items()},
    }


def spread(numbers: list[int]) -> tuple:
    if not numbers:
        return 0, None, None
    ordered = sorted(numbers)
    return len(ordered), *(ordered[math.ceil(len(ordered) * share) - 1] for share in (0.5, 0.9))


def place_of(demand: Demand) -> dict[str, str]:
    names = {}
    area = demand.area
    while area is not None:
        names[area.level] = area.name
        area = area.parent
    return {
        "month": timezone.localtime(demand.received_at).strftime("%Y-%m"),
        "subdistrict": names.get(2, ""),
        "community": names.get(3, ""),
        "category": demand.category.name,
        "direction": demand.direction,
    }


def recount(now: datetime.datetime, **only: str) -> dict:
    """What a first edition publishes of all demands under "all", and of each value under its dimension.

    What is withheld is None: outside of places, all that residents said.

    Args:
        only: year or subdistrict to restrict to.
    """
    places = [(place_of(demand), demand) for demand in everything() if is_counted(demand)]
    files = {name: groups_of(places, columns) for name, columns in FILES.items()}
    spoken = {what: those_told(what, files["places"], now) for what in WORDS}

    def among(wanted) -> list[tuple[dict, Demand]]:
        return [
            (place, demand)
            for place, demand in places
            if place["month"].startswith(only.get("year", ""))
            and only.get("subdistrict", place["subdistrict"]) == place["subdistrict"]
            and wanted(place)
        ]

    def published(wanted, file: str, *, one_by_one: bool) -> dict:
        found = among(wanted)
        shown = files[file].alone if one_by_one else files[file].alone | files[file].together
        cut = {**figures([demand for _place, demand in found if demand.pk in shown], now), "received": len(found)}
        if found and not any(demand.pk in shown for _place, demand in found):
            cut |= dict.fromkeys(("response", "resolution"))
        for what in WORDS:
            told = spoken[what].alone if one_by_one else spoken[what].alone | spoken[what].together
            said = [demand for _place, demand in found if demand.pk in told]
            cut[what] = figures(said, now)[what] if said and file == "places" else None
        return cut

    found = {"all": published(lambda place: True, "places", one_by_one=False)}
    for dimension, file in IN_FILE.items():
        values = {place[dimension] for place, _demand in among(lambda place: True)}
        found[dimension] = {}
        for value in values:
            is_of = functools.partial(_is_of, dimension, value)
            found[dimension][value] = published(is_of, file, one_by_one=dimension != "subdistrict")
    return found


def _is_of(dimension: str, value: str, place: dict) -> bool:
    return place[dimension] == value


@dataclass
class Shown:
    """Keys of the demands that are published in groups of their own, and of those in what remains of a year."""

    groups: dict[tuple, dict[tuple, list[Demand]]]
    alone: set[int] = field(default_factory=set)
    together: set[int] = field(default_factory=set)


def groups_of(places: list[tuple[dict, Demand]], columns: tuple[str, ...]) -> Shown:
    """Five are enough for a group of its own, unless what remains of the year would be fewer."""
    shown = Shown(defaultdict(lambda: defaultdict(list)))
    for place, demand in places:
        year = place["month"][:4], place["subdistrict"]
        shown.groups[year][tuple(place[name] for name in columns)].append(demand)
    for groups in shown.groups.values():
        by_size = sorted(groups, key=lambda group: (len(groups[group]), group))
        remain = [group for group in by_size if len(groups[group]) < FEW]
        while remain and len(remain) < len(by_size) and sum(len(groups[group]) for group in remain) < FEW:
            remain = by_size[: len(remain) + 1]
        rest = [demand for group in remain for demand in groups[group]]
        if len(rest) >= FEW:
            shown.together.update(demand.pk for demand in rest)
        for group in by_size[len(remain) :]:
            shown.alone.update(demand.pk for demand in groups[group])
    return shown


def those_told(what: str, places: Shown, now: datetime.datetime) -> Shown:
    """Whose answers to a question a first edition publishes: of communities with enough, and, when the year is over for
    three months, of the others together.
    """

    def is_enough(demands: list[Demand]) -> bool:
        said = figures(demands, now)[what]
        answered = sum(times for word, times in said.items() if word != "no_answer")
        known = sum(what == "result" and one.status == "confirmed" and one.published_at is not None for one in demands)
        unknown = sum(said.values()) - known
        return answered >= FEW and unknown >= FEW and said[BAD[what]] < unknown

    shown = Shown(places.groups)
    for (year, _subdistrict), groups in places.groups.items():
        others = []
        for demands in groups.values():
            if is_enough(demands):
                shown.alone.update(demand.pk for demand in demands)
            else:
                others += demands
        if day_of(now) >= datetime.date(int(year) + 1, 4, 1) and is_enough(others):
            shown.together.update(demand.pk for demand in others)
    return shown


# --- Varied demands --------------------------------------------------------------------------------------------------


class Varied:
    """Random demands of all kinds, from a seed: rows as the services would leave them, inserted in bulk."""

    def __init__(self, now: datetime.datetime, seed: int = 3) -> None:
        self.now, self.draw = now, random.Random(seed)
        tree = factories.tree()
        self.areas = [
            tree.subdistrict,
            tree.community,
            tree.compound,
            tree.second_compound,
            tree.other_compound,
            tree.far_community,
            tree.far_compound,
        ]
        self.categories = [factories.category()]
        for code, name in MORE_CATEGORIES.items():
            self.categories.append(Category.objects.get_or_create(code=code, defaults={"name": name})[0])
        self.number = 0
        self.made: list[Demand] = []
        self.moves: list[DemandTransition] = []
        self.ratings: dict[tuple[Demand, DemandTransition], Rating] = {}
        self.rechecks: list[Recheck] = []

    def make(self, count: int) -> None:
        for _number in range(count):
            self._one()
        Demand.objects.bulk_create(self.made)
        wholes = [demand for demand in self.made if demand.status == "in_progress"][: count // 8]
        for whole in wholes:
            self._split(whole)
        Demand.objects.bulk_create(self.made[count:])
        for demand in self.draw.sample(self.made, count // 3):
            if demand.status in ("received", "accepted", "resolved", "reopened"):
                self._merge(demand)
        changed = [demand for demand in self.made if demand.status in ("split", "merged")]
        Demand.objects.bulk_update(changed, self.JOINED)
        DemandTransition.objects.bulk_create(self.moves)
        found = {demand.pk: demand for demand in everything()}
        for demand in self.made:
            self._say(found[demand.pk])
        Rating.objects.bulk_create(self.ratings.values())
        Recheck.objects.bulk_create(self.rechecks)

    def _later(self, moment: datetime.datetime, most: int = 30) -> datetime.datetime:
        return min(moment + self.draw.random() * most * DAY, self.now)

    def _one(self, *, received_at=None, whole: Demand | None = None) -> Demand:
        draw = self.draw
        received_at = received_at or self.now - draw.random() * 500 * DAY
        self.number += 1
        demand = Demand(
            ref=f"VA-2026-{self.number:05d}",
            form_hash=f"varied-{self.number}",
            direction=draw.choice(["bottom_up", "bottom_up", "top_down"]),
            category=draw.choice(self.categories),
            area=draw.choice(self.areas),
            received_at=received_at,
            imported_at=self.now if draw.random() < 0.1 else None,
            response_due=day_of(received_at + draw.choice([3, 5, 9]) * DAY),
            split_from=whole,
        )
        demand.resolution_due = demand.response_due + draw.choice([20, 60]) * DAY
        moves, at = [("", "received", received_at, "")], received_at
        for to, reason in draw.choice(self.WAYS):
            at = self._later(at)
            moves.append((demand.status, to, at, reason))
            demand.status = to
            demand.decline_reason = reason
            demand.responsible = "市水务局" if reason == "out_of_remit" else ""
            if to == "confirmed":
                continue
            demand.closed_at = at if to in ("resolved", "declined", "withdrawn") else None
            if to in ("resolved", "declined") or draw.random() < 0.3:
                demand.answered_at = demand.answered_at or at
        if self.number % 3 == 0 and demand.status != "received":
            demand.consulted_at = received_at
        if self.number % 4 == 0 and demand.status == "confirmed":
            demand.public_title, demand.public_summary = "标题", "摘要"
            demand.publication_basis, demand.published_at = "already_public", received_at
        if demand.closed_at is None and day_of(at) <= demand.response_due and draw.random() < 0.5:
            demand.paused_at = at
            if draw.random() < 0.3:
                demand.answered_at = demand.answered_at or self._later(at)
        self.moves += [
            DemandTransition(demand=demand, from_status=was, to_status=to, at=moment, party="system", reason=reason)
            for was, to, moment, reason in moves
        ]
        self.made.append(demand)
        return demand

    WAYS = [
        [],
        [("accepted", "")],
        [("accepted", ""), ("in_progress", "")],
        [("accepted", ""), ("in_progress", "")],
        [("accepted", ""), ("resolved", "")],
        [("accepted", ""), ("resolved", "")],
        [("accepted", ""), ("resolved", ""), ("confirmed", "")],
        [("accepted", ""), ("resolved", ""), ("reopened", "")],
        [("accepted", ""), ("resolved", ""), ("reopened", ""), ("resolved", "")],
        [("accepted", ""), ("resolved", ""), ("reopened", ""), ("declined", "out_of_remit")],
        [("declined", "out_of_remit")],
        [("declined", "not_feasible")],
        [("declined", "out_of_remit"), ("reopened", ""), ("resolved", "")],
        [("withdrawn", "")],
        [("accepted", ""), ("withdrawn", "")],
    ]

    def _split(self, whole: Demand) -> None:
        parts = [self._one(received_at=whole.received_at, whole=whole) for _part in range(self.draw.choice([2, 3]))]
        fate = self.draw.choice(["split", "split", "split", "undone", "one back"])
        if fate != "undone":
            whole.status, whole.closed_at, whole.paused_at = "split", self._later(whole.received_at), None
        for part in parts if fate == "undone" else parts[:1] if fate == "one back" else []:
            self._into(part, whole)

    def _merge(self, demand: Demand) -> None:
        # Only into older rows, so that there are no circles; a split whole leads to its parts.
        older = [
            one for one in self.made if one.pk < demand.pk and one.status != "withdrawn" and one.split_from is None
        ]
        split = [one for one in older if one.status == "split"]
        if older:
            self._into(demand, self.draw.choice(split if split and self.draw.random() < 0.6 else older))
            if self.draw.random() < 0.2:
                # After all else in the log: too late where the other has ended.
                move = {"from_status": "received", "to_status": "merged", "at": self.now, "party": "staff"}
                self.moves.append(DemandTransition(demand=demand, **move))

    JOINED = ("status", "merged_into", "closed_at", "paused_at", "decline_reason", "responsible")

    def _into(self, demand: Demand, target: Demand) -> None:
        demand.status, demand.merged_into, demand.paused_at = "merged", target, None
        demand.closed_at = self._later(demand.received_at)
        demand.decline_reason = demand.responsible = ""

    def _say(self, demand: Demand) -> None:
        """Add ratings and recheck answers by the reporters of a demand about its outcome."""
        draw = self.draw
        about = way(demand)
        for subject in {step.pk: step for step in about}.values():
            for closing in subject.its_moves:
                if closing.to_status not in ("resolved", "declined"):
                    continue
                keys = {"demand": demand, "closing": closing}
                if draw.random() < 0.5:
                    words = ["satisfied", "satisfied", "unsatisfied", "unsure"]
                    at = self._later(closing.at)
                    said = {"at": at, "work": draw.choice(["", *words]), "result": draw.choice(words)}
                    self.ratings.setdefault((demand, closing), Rating(**keys, **said))
                if closing.to_status == "resolved" and draw.random() < 0.4:
                    answer = draw.choice(["", "still_solved", "not_solved"])
                    answered_at = closing.at + 31 * DAY if answer else None
                    said = {"asked_at": closing.at + 30 * DAY, "answer": answer, "answered_at": answered_at}
                    self.rechecks.append(Recheck(**keys, day=30, **said))
