"""Editions: which demands they count, what each counts as, that nothing personal is in them, and when they are made."""

import datetime
import zoneinfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from demands import services
from demands.models import Demand, DemandTransition, RatesEdition, Rating, Recheck
from demands.statistics import editions, rates
from demands.statistics import rows as rows_
from demands.workflow import DemandStatus as S
from foundation import clock
from foundation.actors import RESIDENT, SYSTEM
from tests import factories
from tests.pages import tells_digits
from tests.recount import Varied, recount

pytestmark = pytest.mark.django_db

SHANGHAI = zoneinfo.ZoneInfo("Asia/Shanghai")
DAY = datetime.timedelta(days=1)
# A Wednesday; the deadline to answer is the Monday after, three working days later.
RECEIVED = datetime.datetime(2025, 9, 10, 10, tzinfo=SHANGHAI)
NOW = datetime.datetime(2025, 10, 20, 0, 1, tzinfo=SHANGHAI)


def text_of(edition: RatesEdition) -> str:
    """All files of an edition."""
    return "".join(editions.content(edition, of).decode("utf-8-sig") for of in rates.SETS)


def rows(now=NOW) -> list[dict]:
    """The demands that count, each as the columns of its place, its flags, answers and numbers."""
    found = []
    for row in factories.acting_at(now, lambda: list(rows_.rows(now))):
        place = {"month": row.month, "category": row.category, "direction": row.direction}
        place |= dict(zip(("subdistrict", "community"), row.areas, strict=True))
        flags = {name: "yes" if name in row.flags else "no" for name in rates.FLAGS}
        numbers = {name: str(row.numbers.get(name, "")) for name in rates.NUMBERS}
        found.append({**place, **flags, **row.answers, **numbers})
    return sorted(found, key=lambda row: tuple(row.values()))


def only_row(**among) -> dict:
    """The one row, or the one of these; of flags only those that say yes."""
    [row] = [row for row in rows() if among.items() <= row.items()]
    return {name: value for name, value in row.items() if value not in ("", "no")}


def received(status=S.RECEIVED, **values) -> Demand:
    return factories.demand(status, at=RECEIVED, **values)


BESIDE = ("out_of_remit", "solved", "declined", "consulted", "open", "overdue")
PLACE = {
    "month": "2025-09",
    "subdistrict": "湖东街道",
    "community": "桂花社区",
    "category": "环境卫生",
    "direction": "bottom_up",
}
UNRATED = {"work": "no_answer", "result": "no_answer"}


def answer(found: Demand, at: datetime.datetime) -> None:
    factories.acting_at(at, services.handling.answer, found, "我们去看看。", actor=factories.liaison_staff())


# --- What a row says, case by case -----------------------------------------------------------------------------------


def test_just_received_and_the_deadline_has_not_passed():
    received()
    assert rows(RECEIVED + DAY)[0] == {
        **PLACE,
        **dict.fromkeys(rates.FLAGS, "no"),
        "open": "yes",
        **dict.fromkeys((*rates.ANSWERS, "days_to_answer", "days_to_resolve"), ""),
        "weeks_open": "0",
    }


def test_never_answered_and_the_deadline_has_passed():
    received()
    assert only_row() == {
        **PLACE,
        "response_overdue": "yes",
        "open": "yes",
        "overdue": "yes",
        "weeks_open": "5",
    }


@pytest.mark.parametrize(
    ("day", "hour", "in_time"), [(15, 23, True), (16, 0, False)], ids=["on the last day", "the day after"]
)
def test_the_deadline_ends_with_its_day_in_shanghai(day, hour, in_time):
    answer(received(), datetime.datetime(2025, 9, day, hour, 30, tzinfo=SHANGHAI))
    row = only_row()
    assert row["answered"] == "yes"
    assert ("answered_in_time" in row) is in_time
    assert "response_overdue" not in row
    assert row["days_to_answer"] == str(day - 10)


def test_the_month_is_that_of_shanghai():
    factories.demand(at=datetime.datetime(2025, 8, 31, 16, 30, tzinfo=datetime.UTC))
    assert [row["month"] for row in rows()] == ["2025-09"]


def test_withdrawn_before_the_deadline_no_answer_was_owed():
    found = received()
    factories.acting_at(RECEIVED + DAY, factories.make_move, found, S.WITHDRAWN, actor=RESIDENT)
    assert only_row() == PLACE


def test_withdrawn_after_the_deadline_it_stays_late():
    found = received()
    factories.acting_at(RECEIVED + 9 * DAY, factories.make_move, found, S.WITHDRAWN, actor=RESIDENT)
    assert only_row() == {**PLACE, "response_overdue": "yes"}


def test_while_it_waits_for_the_resident_no_deadline_passes():
    found = received()
    factories.acting_at(
        RECEIVED + DAY, services.deadlines.pause, found, "请问是哪一盏路灯？", actor=factories.liaison_staff()
    )
    assert only_row() == {**PLACE, "open": "yes", "weeks_open": "5"}
    answer(found, RECEIVED + 20 * DAY)
    assert {"answered": "yes", "answered_in_time": "yes", "days_to_answer": "20"}.items() <= only_row().items()


def test_resolved_and_nobody_has_rated():
    found = received(S.ACCEPTED)
    factories.move(found, S.RESOLVED, at=RECEIVED + 2 * DAY)
    assert only_row() == {
        **PLACE,
        "answered": "yes",
        "answered_in_time": "yes",
        "ended_in_remit": "yes",
        "stands_resolved": "yes",
        "solved": "yes",
        **UNRATED,
        "days_to_answer": "2",
        "days_to_resolve": "2",
    }


def test_satisfied_with_the_result_is_said_by_the_resident_only():
    found = received(S.RESOLVED)
    factories.acting_at(RECEIVED + DAY, services.residents.rate, found, work="unsure", result="satisfied")
    row = only_row()
    assert (row["work"], row["result"], row["stands_resolved"]) == ("unsure", "satisfied", "yes")


def test_reopened_it_stands_resolved_no_more():
    received(S.REOPENED)
    row = only_row()
    assert row["ended_in_remit"] == row["reopened"] == row["open"] == "yes"
    assert "stands_resolved" not in row
    assert "work" not in row


def test_of_two_ratings_the_later_speaks():
    found = received(S.RESOLVED)
    factories.acting_at(RECEIVED + DAY, services.residents.rate, found, work="satisfied", result="unsatisfied")
    factories.move(found, S.REOPENED, at=RECEIVED + 2 * DAY)
    assert only_row()["result"] == "unsatisfied"
    factories.move(found, S.RESOLVED, at=RECEIVED + 3 * DAY)
    factories.acting_at(RECEIVED + 4 * DAY, services.residents.rate, found, work="unsure", result="satisfied")
    row = only_row()
    assert (row["work"], row["result"], row["reopened"]) == ("unsure", "satisfied", "yes")


def test_who_rates_the_result_alone_gave_no_answer_about_the_work():
    factories.acting_at(RECEIVED + DAY, services.residents.rate, received(S.RESOLVED), result="unsatisfied")
    row = only_row()
    assert (row["work"], row["result"]) == ("no_answer", "unsatisfied")


@pytest.mark.parametrize(("reason", "flag"), [("not_feasible", "ended_in_remit"), ("out_of_remit", "out_of_remit")])
def test_declined_it_ended_in_remit_or_is_counted_apart(reason, flag):
    factories.move(received(), S.DECLINED, decline_reason=reason, responsible="市水务局", at=RECEIVED + DAY)
    assert only_row() == {
        **PLACE,
        "answered": "yes",
        "answered_in_time": "yes",
        "declined": "yes",
        flag: "yes",
        **UNRATED,
        "days_to_answer": "1",
    }


def test_what_was_resolved_once_is_not_left_out_by_declaring_it_out_of_remit():
    found = received(S.REOPENED)
    factories.move(found, S.DECLINED, decline_reason="out_of_remit", responsible="市水务局", at=RECEIVED + 2 * DAY)
    row = only_row()
    assert row["ended_in_remit"] == "yes"
    assert "stands_resolved" not in row
    assert "out_of_remit" not in row


def test_asked_again_no_counts_and_reopens():
    found = received(S.RESOLVED)
    closing = found.transitions.get(to_status=S.RESOLVED)
    for day, said in ((30, "still_solved"), (90, "not_solved")):
        Recheck.objects.create(demand=found, closing=closing, day=day, answer=said, answered_at=RECEIVED + day * DAY)
    factories.move(found, S.REOPENED, at=RECEIVED + 30 * DAY)
    row = only_row()
    assert row["recheck"] == "not_solved"
    assert "stands_resolved" not in row


def test_silence_when_asked_again_is_told_as_such():
    found = received(S.RESOLVED)
    Recheck.objects.create(demand=found, closing=found.transitions.get(to_status=S.RESOLVED), day=30)
    assert only_row()["recheck"] == "no_answer"


def test_erased_it_counts_as_before():
    found = received(S.RESOLVED)
    before = rows()
    services.handling.erase(found, actor=SYSTEM)
    assert rows() == before


def test_of_a_department_and_of_the_whole_subdistrict():
    found = received(area=factories.tree().subdistrict, direction="top_down", channel="department")
    assert only_row()["direction"] == "top_down"
    assert rows()[0]["community"] == ""
    assert found.area.level == 2


# --- Merged and split ------------------------------------------------------------------------------------------------


def split(whole: Demand, *parts: Demand) -> None:
    """As splitting leaves the rows."""
    Demand.objects.filter(pk=whole.pk).update(status=S.SPLIT, closed_at=RECEIVED + DAY)
    Demand.objects.filter(pk__in=[part.pk for part in parts]).update(split_from=whole)


def test_merged_each_counts_with_the_outcome_of_the_one():
    target = received(S.IN_PROGRESS, area=factories.tree().other_compound)
    merged = received()
    factories.move(merged, S.MERGED, target=target, at=RECEIVED + 9 * DAY)
    # Late by itself, it has the outcome of the other now.
    factories.move(target, S.RESOLVED, at=RECEIVED + 3 * DAY)
    one, other = rows()
    assert {one["community"], other["community"]} == {"桂花社区", "柳园社区"}
    # All but what is counted for the one alone.
    by_place = sorted((one, other), key=lambda row: row["community"])
    assert [row.pop("solved") for row in by_place] == [
        "yes",
        "no",
    ]
    assert one | {"community": ""} == other | {"community": ""}
    assert one["stands_resolved"] == one["answered_in_time"] == "yes"
    assert one["days_to_resolve"] == "3"


def test_merged_into_one_that_had_ended_it_has_no_outcome():
    """As earlier releases allowed it: what nobody worked on must not count as resolved."""
    target = received(S.CONFIRMED, area=factories.tree().other_compound)
    merged = received()
    Demand.objects.filter(pk=merged.pk).update(status=S.MERGED, merged_into=target, closed_at=RECEIVED + DAY)
    DemandTransition.objects.create(
        demand=merged, from_status=S.RECEIVED, to_status=S.MERGED, at=RECEIVED + DAY, party="staff"
    )
    assert only_row(community="桂花社区") == PLACE
    assert only_row(community="柳园社区")["stands_resolved"] == "yes"
    # Reopened and resolved again, it was worked on for both.
    for to in (S.REOPENED, S.RESOLVED):
        factories.move(target, to, at=RECEIVED + 2 * DAY)
    assert only_row(community="桂花社区")["stands_resolved"] == "yes"


def test_nobody_has_rated_what_was_imported():
    with clock.turned_to(RECEIVED + 2 * DAY):
        factories.imported(RECEIVED, reply="好了。", replied_at=RECEIVED + DAY)
    assert only_row() == {
        **PLACE,
        **dict.fromkeys(("answered", "answered_in_time", "ended_in_remit", "stands_resolved", "solved"), "yes"),
        **{"days_to_answer": "1", "days_to_resolve": "1"},
    }


def test_merged_each_reporter_rates_for_themselves():
    target = received(S.IN_PROGRESS)
    merged = received(area=factories.tree().other_compound)
    factories.move(merged, S.MERGED, target=target, at=RECEIVED)
    factories.move(target, S.RESOLVED, at=RECEIVED + DAY)
    closing = target.transitions.get(to_status=S.RESOLVED)
    Rating.objects.create(demand=merged, closing=closing, work="satisfied", result="unsatisfied", at=RECEIVED + DAY)
    assert only_row(community="柳园社区")["result"] == "unsatisfied"
    assert only_row(community="桂花社区")["result"] == "no_answer"


def test_of_a_split_demand_the_parts_count():
    whole, parts = received(S.ACCEPTED), [received(S.RESOLVED), received(area=factories.tree().other_compound)]
    split(whole, *parts)
    found = rows()
    assert len(found) == 2
    assert sorted(row["stands_resolved"] for row in found) == ["no", "yes"]


def test_what_the_reporter_of_a_split_demand_says_of_a_part_counts_for_that_part():
    whole = received(S.ACCEPTED)
    first, second = received(S.RESOLVED), received(S.RESOLVED, area=factories.tree().other_compound)
    split(whole, first, second)
    closing = second.transitions.get(to_status=S.RESOLVED)
    Rating.objects.create(demand=whole, closing=closing, work="satisfied", result="satisfied", at=RECEIVED + DAY)
    Recheck.objects.create(demand=whole, closing=closing, day=30, answer="still_solved", answered_at=RECEIVED)
    assert only_row(community="桂花社区")["result"] == "no_answer"
    said = only_row(community="柳园社区")
    assert (said["result"], said["recheck"]) == ("satisfied", "still_solved")


def test_a_part_that_went_back_into_its_whole_counts_no_more():
    whole, part = received(S.ACCEPTED), received()
    split(whole, part)
    Demand.objects.filter(pk=whole.pk).update(status=S.ACCEPTED, closed_at=None)
    Demand.objects.filter(pk=part.pk).update(status=S.MERGED, merged_into=whole, closed_at=RECEIVED + 2 * DAY)
    assert len(rows()) == 1


def test_merged_into_a_split_demand_it_stands_resolved_once_all_parts_do():
    whole, merged = received(S.ACCEPTED), received(area=factories.tree().other_compound)
    factories.move(merged, S.MERGED, target=whole, at=RECEIVED)
    first, second = received(S.RESOLVED), received(S.ACCEPTED)
    split(whole, first, second)
    assert "stands_resolved" not in only_row(community="柳园社区")
    factories.move(second, S.DECLINED, decline_reason="out_of_remit", responsible="市水务局", at=RECEIVED + DAY)
    # What is out of remit of it is left out.
    assert only_row(community="柳园社区")["stands_resolved"] == "yes"
    factories.move(first, S.REOPENED, at=RECEIVED + DAY)
    row = only_row(community="柳园社区")
    assert row["ended_in_remit"] == row["open"] == "yes"
    assert "stands_resolved" not in row


def test_merged_into_a_split_demand_it_took_as_long_as_the_part_that_took_longest():
    whole, merged = received(S.ACCEPTED), received(area=factories.tree().other_compound)
    factories.move(merged, S.MERGED, target=whole, at=RECEIVED)
    parts = [received(S.ACCEPTED), received(S.ACCEPTED)]
    split(whole, *parts)
    for part, days in zip(parts, (5, 2), strict=True):
        factories.move(part, S.RESOLVED, at=RECEIVED + days * DAY)
    row = only_row(community="柳园社区")
    assert (row["days_to_answer"], row["days_to_resolve"]) == ("5", "5")


def split_at_the_desk() -> Demand:
    place, whole = factories.tree(), received(S.ACCEPTED)
    parts = [
        services.merging.Part("换路灯", "3 号门外的路灯要换。", factories.category(), place.compound),
        services.merging.Part("修台阶", "3 号门外的台阶要修。", factories.category(), place.other_compound),
    ]
    return factories.acting_at(RECEIVED, factories.make_move, whole, S.SPLIT, parts=parts)


def test_through_the_services_a_split_demand_counts_by_its_parts_and_is_rated_by_its_reporter():
    whole = split_at_the_desk()
    for part in whole.parts.order_by("pk"):
        factories.move(part, S.RESOLVED, at=RECEIVED + DAY)
    factories.acting_at(RECEIVED + 2 * DAY, services.residents.rate, whole, work="satisfied", result="unsatisfied")
    found = rows()
    assert {row["community"] for row in found} == {"桂花社区", "柳园社区"}
    for row in found:
        assert (row["stands_resolved"], row["days_to_resolve"]) == ("yes", "1")
        assert (row["work"], row["result"]) == ("satisfied", "unsatisfied")


def test_through_the_services_a_split_that_was_undone_counts_as_before():
    received(S.ACCEPTED)
    like_any_other = rows(RECEIVED + DAY)
    whole = split_at_the_desk()
    factories.acting_at(RECEIVED + DAY, factories.make_move, whole, S.ACCEPTED)
    assert rows(RECEIVED + DAY) == like_any_other * 2


# --- Counted a second time -------------------------------------------------------------------------------------------


def told(figures: dict) -> dict:
    """The figures of an edition in the shape of `recount`."""
    shares = rates.rates(figures)
    return {
        "received": figures["received"],
        **{name: shares[name] for name in ("response", "resolution")},
        **{name: figures[name] for name in rates.ANSWERS},
        "beside": {name: figures[name] for name in BESIDE},
        "times": {name: tuple(figures[name].values()) for name in rates.NUMBERS},
    }


def unguarded(cuts: dict) -> dict:
    return {value.removeprefix("'"): told(figures) for value, figures in cuts.items()}


@pytest.mark.parametrize(("seed", "number"), [(3, 220), (11, 60)], ids=["many", "few"])
def test_an_independent_count_of_varied_demands_agrees_in_every_figure(seed, number):
    Varied(NOW, seed).make(number)
    figures = factories.acting_at(NOW, editions.count_now).figures
    again = recount(NOW)
    assert told(figures[""][""]["all"]) == again["all"]
    assert Demand.objects.counted().count() == again["all"]["received"] >= number
    for dimension in rates.DIMENSIONS:
        assert unguarded(figures[""][""][dimension]) == again[dimension], dimension
    for year in ("2024", "2025"):
        for subdistrict in ("湖东街道", "湖西街道"):
            cut = recount(NOW, year=year, subdistrict=subdistrict)
            assert told(figures[year][subdistrict]["all"]) == cut["all"]
            assert unguarded(figures[year][subdistrict]["community"]) == cut["community"]
    # Of many nothing of the comparison is empty, and of few something is withheld.
    if number > 100:
        statuses = set(Demand.objects.values_list("status", flat=True))
        assert statuses >= {"merged", "split", "withdrawn", "declined", "reopened", "confirmed", "resolved"}
        shares = (again["all"][name] for name in ("response", "resolution"))
        assert all(part and part < whole for part, whole in shares)
        assert all(again["all"]["beside"].values()) and all(all(again["all"][name].values()) for name in rates.ANSWERS)
    else:
        assert any(cut["response"] is None for cut in again["month"].values())
        assert {cut["result"] is None for cut in again["community"].values()} == {True, False}


def test_whatever_is_counted_hangs_together():
    Varied(NOW).make(220)
    for row in rows():
        said = {name for name, value in row.items() if value == "yes"}
        assert not {"answered_in_time", "stands_resolved"} & said or {"answered", "ended_in_remit"} & said
        assert not {"answered", "response_overdue"} <= said
        assert not {"ended_in_remit", "out_of_remit"} <= said
        assert ("answered" in said) == bool(row["days_to_answer"])
        assert ("stands_resolved" in said) == bool(row["days_to_resolve"])
        assert ("open" in said) == bool(row["weeks_open"])


# --- Nothing personal ------------------------------------------------------------------------------------------------


def test_nothing_of_a_demand_but_its_place_in_the_figures_is_in_the_file():
    found = received(
        S.RESOLVED,
        description="金丝雀描述",
        place="金丝雀位置",
        called="金丝雀女士",
        phone="13900001234",
    )
    factories.acting_at(
        RECEIVED + DAY, services.residents.rate, found, work="satisfied", result="satisfied", comment="金丝雀评语"
    )
    edition = factories.acting_at(NOW, editions.count_now)
    everything = text_of(edition) + repr(edition.figures)
    for secret in (found.ref, "金丝雀", "13900001234", found.area.name, found.area.code, "2025-09-"):
        assert secret not in everything
    assert not tells_digits(everything, "1234")


def test_names_that_a_spreadsheet_would_run_are_guarded():
    received(category=factories.category("evil", name="=1+1"))
    edition = factories.acting_at(NOW, editions.count_now)
    assert ",'=1+1," in text_of(edition)
    assert list(edition.figures[""][""]["category"]) == ["'=1+1"]


# --- Made and kept ---------------------------------------------------------------------------------------------------


def test_the_worker_makes_one_a_day_once_something_happened_to_five():
    for _number in range(4):
        received()
    assert factories.acting_at(NOW, editions.publish_when_due) == 1
    made = RatesEdition.objects.get()
    # Of four nobody hears, nor of five on the day itself, nor of many acts about one.
    late = NOW + 0.5 * DAY
    found = [factories.demand(S.RESOLVED, at=late) for _number in range(4)]
    factories.acting_at(late, services.residents.rate, found[0], result="satisfied")
    assert factories.acting_at(NOW + DAY, editions.publish_when_due) == 0
    factories.demand(at=NOW + DAY)
    assert factories.acting_at(NOW + 1.5 * DAY, editions.publish_when_due) == 0
    assert factories.acting_at(NOW + 2 * DAY, editions.publish_when_due) == 1
    assert factories.acting_at(NOW + 2.9 * DAY, editions.publish_when_due) == 0
    assert [edition.as_of for edition in RatesEdition.objects.all()] == [NOW + 2 * DAY, made.as_of]


def test_after_a_month_it_makes_one_of_whatever_happened():
    assert factories.acting_at(NOW, editions.publish_when_due) == 1
    factories.demand(at=NOW + DAY)
    assert factories.acting_at(NOW + 29 * DAY, editions.publish_when_due) == 0
    assert factories.acting_at(NOW + 30 * DAY, editions.publish_when_due) == 1
    assert editions.newest().rows == 1


@pytest.mark.parametrize(("minute", "made"), [(-2, 1), (1, 0)], ids=["before midnight", "after it"])
def test_the_day_begins_at_midnight_in_shanghai(minute, made):
    midnight = datetime.datetime(2025, 10, 20, tzinfo=SHANGHAI)
    factories.acting_at(midnight - datetime.timedelta(minutes=5), editions.publish_when_due)
    for _number in range(5):
        factories.demand(at=midnight + datetime.timedelta(minutes=minute))
    assert factories.acting_at(midnight + datetime.timedelta(minutes=2), editions.publish_when_due) == made


def test_while_another_worker_counts_this_one_leaves_it_alone():
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [editions.LOCK])
            assert factories.acting_at(NOW, editions.publish_when_due) == 0
            cursor.execute("SELECT pg_advisory_unlock(%s)", [editions.LOCK])
        assert factories.acting_at(NOW, editions.publish_when_due) == 1
    finally:
        other.close()


def test_the_newest_and_the_one_before_are_kept():
    made = [factories.acting_at(NOW + number * DAY, editions.publish).pk for number in range(4)]
    assert set(RatesEdition.objects.values_list("pk", flat=True)) == set(made[2:])
    assert editions.newest().pk == made[3]
    assert editions.find(str(made[2])).pk == made[2]
    for key in (str(made[0]), "", "x", "-1", "9" * 40, "²"):
        assert editions.find(key) is None


def test_where_none_was_made_yet_it_is_counted_now_and_not_kept():
    for _number in range(5):
        factories.acting_at(NOW, services.residents.rate, received(S.RESOLVED), result="satisfied")
    for _public in range(5):
        received(S.RESOLVED)
    edition = factories.acting_at(NOW + 300 * DAY, editions.newest)
    # What residents said would change with each of them.
    assert (edition.rows, edition.figures[""][""]["all"]["result"]) == (10, None)
    assert factories.acting_at(NOW + 300 * DAY, editions.count_now).figures[""][""]["all"]["result"] is not None
    assert not RatesEdition.objects.exists()


def test_an_edition_of_an_earlier_release_with_a_row_for_each_demand_is_not_shown_and_deleted():
    old = RatesEdition.objects.create(rows=1, figures={}, csv=b"month,subdistrict")
    assert editions.newest().pk is None
    assert editions.find(str(old.pk)) is None
    assert factories.acting_at(NOW, editions.publish_when_due) == 1
    assert not RatesEdition.objects.filter(pk=old.pk).exists()


def test_without_any_demand_there_is_an_edition_of_nothing():
    edition = factories.acting_at(NOW, editions.count_now)
    assert edition.rows == 0
    assert text_of(edition).splitlines() == [
        "year,subdistrict,community,figure,value,count",
        "year,subdistrict,category,direction,figure,value,count",
        "month,subdistrict,figure,value,count",
    ]
    assert edition.figures[""][""]["all"]["received"] == 0


def test_the_same_demands_are_the_same_bytes():
    received(S.RESOLVED)
    assert factories.acting_at(NOW, editions.count_now).csv == factories.acting_at(NOW, editions.count_now).csv


def test_an_edition_outlives_the_change_of_its_demands():
    found = received()
    made = factories.acting_at(NOW, editions.publish)
    factories.move(found, S.DECLINED)
    assert editions.newest().figures == RatesEdition.objects.get(pk=made.pk).figures == made.figures


def test_all_is_counted_in_one_query():
    for _number in range(3):
        received()
    with CaptureQueriesContext(connection) as queries:
        factories.acting_at(NOW, editions.count_now)
    assert [query["sql"].split()[0] for query in queries if "SAVEPOINT" not in query["sql"]] == ["DECLARE"]
