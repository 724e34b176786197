"""Lists that come in: staged, confirmed, made into demands once, whatever happens to the worker."""

import datetime

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.utils import timezone

from consultation.models import Area, StaffScope
from demands import sheets
from demands.models import BatchStatus, Category, Demand, ImportBatch, ImportRow, Unit, UnitKind
from demands.services import batches, staging
from foundation.audit import AuditEntry
from foundation.cached import forget_all
from foundation.errors import Refused
from foundation.outbox import OutboxMessage
from tests import factories
from tests.together import at_once

pytestmark = pytest.mark.django_db

DIGEST = "d" * 64


def row(number: int = 1, **values) -> sheets.demands.DemandRow:
    defaults = {
        "title": f"路灯 {number}",
        "body": f"3 号门外第 {number} 盏路灯坏了。",
        "posted_at": timezone.make_aware(datetime.datetime(2025, 3, 3, 9, 5)),
        "category": factories.category(),
        "area": factories.tree().compound,
        "direction": "top_down",
        "channel": "department",
    }
    return sheets.demands.DemandRow(**(defaults | values))


def staged(*rows: sheets.demands.DemandRow, user=None, digest: str = DIGEST) -> ImportBatch:
    user = user or factories.liaison_staff()
    return batches.stage(list(enumerate(rows, 2)), file_name="清单.xlsx", digest=digest, actor=user)


def confirmed(*rows: sheets.demands.DemandRow, user=None, **options) -> ImportBatch:
    batch = staged(*rows, user=user, **options)
    return batches.confirm(batch, actor=user or factories.liaison_staff(), again=True)


def work(most: int = batches.CHUNK) -> int:
    """Until nothing is left; how many times."""
    times = 0
    while batches.work(most):
        times += 1
        assert times < 100
    return times


def state(batch: ImportBatch) -> tuple[str, int, int]:
    batch.refresh_from_db()
    return batch.status, batch.done, batch.failed


def imported_entries() -> list[tuple[str, str, str]]:
    entries = AuditEntry.objects.filter(action="imported")
    return [(entry.subject, entry.actor.username, entry.detail) for entry in entries]


# --- From staging to demands -----------------------------------------------------------------------------------------


def test_nothing_is_a_demand_before_it_is_confirmed():
    batch = staged(row(1), row(2))
    assert state(batch) == ("checked", 0, 0)
    assert work() == 0
    assert not Demand.objects.exists()


def test_confirmed_rows_become_demands_in_their_order_and_only_once():
    batch = confirmed(*(row(number) for number in range(5)))
    assert state(batch) == ("queued", 0, 0)
    assert work(most=2) == 3
    assert state(batch) == ("done", 5, 0)
    assert batch.finished_at
    assert list(Demand.objects.order_by("ref").values_list("public_title", flat=True)) == [
        f"路灯 {number}" for number in range(5)
    ]
    assert work() == 0
    assert Demand.objects.count() == 5
    demand = Demand.objects.earliest("pk")
    assert (demand.direction, demand.channel, demand.status) == ("top_down", "department", "received")
    assert imported_entries() == [(f"importbatch:{batch.pk}", "liaison", "rows 5, done 5, failed 0")]


def test_a_list_of_just_so_many_rows_comes_to_its_end():
    batch = confirmed(row(1), row(2))
    assert work(most=2) == 2
    assert state(batch) == ("done", 2, 0)


def test_nobody_is_written_to_and_nothing_is_public():
    confirmed(row(reply="已修好。", replied_at=timezone.now()), row(2))
    work()
    assert not OutboxMessage.objects.exists()
    assert not Demand.objects.public().exists()
    assert Demand.objects.filter(public_title="路灯 2", public_summary="3 号门外第 2 盏路灯坏了。").exists()


def test_a_staged_text_cannot_be_read_in_the_database():
    batch = staged(row())
    with connection.cursor() as cursor:
        cursor.execute("SELECT t::text FROM demands_importrow t UNION ALL SELECT t::text FROM demands_importbatch t")
        assert not [text for (text,) in cursor.fetchall() if "路灯" in text]
    assert staging.packed_of(batch.rows.get())["title"] == "路灯 1"


def test_rows_that_the_release_before_staged_still_come_in():
    batch = confirmed(row())
    left = batch.rows.get()
    batch.rows.update(values=staging.packed_of(left), sealed="")
    work()
    assert Demand.objects.get().description == "3 号门外第 1 盏路灯坏了。"


def test_a_row_whose_key_is_lost_says_so_and_the_others_come_in():
    batch = confirmed(row(1), row(2))
    batch.rows.filter(number=2).update(sealed="nonsense")
    work()
    assert state(batch) == ("done", 1, 1)
    assert problems(batch) == {2: "这一行的内容已无法读取，请重新上传。"}


def test_once_a_row_is_a_demand_its_staged_text_is_gone():
    batch = confirmed(row())
    work()
    left = batch.rows.get()
    assert (left.values, left.sealed) == ({}, "")
    assert left.demand.description == "3 号门外第 1 盏路灯坏了。"


def test_lists_are_worked_in_the_order_they_came():
    first, second = confirmed(row(1), digest="1" * 64), confirmed(row(2), digest="2" * 64)
    assert batches.work()
    assert [state(first)[0], state(second)[0]] == ["done", "queued"]


@pytest.mark.parametrize("rows", [2, 6])
def test_a_part_of_a_list_is_worked_by_its_number_of_queries(rows, django_assert_num_queries):
    Unit.objects.create(name="城管", kind=UnitKind.DEPARTMENT)
    confirmed(*(row(number, source="城管", reference=str(number)) for number in range(rows)))
    with django_assert_num_queries(22):
        assert batches.work()


# --- What is refused -------------------------------------------------------------------------------------------------


def test_confirming_twice_is_refused_and_so_is_dropping_afterwards():
    batch, user = staged(row()), factories.liaison_staff()
    batches.confirm(batch, actor=user)
    for act in (lambda: batches.confirm(batch, actor=user), lambda: batches.drop(batch)):
        with pytest.raises(Refused, match="清单已确认或已放弃"):
            act()
    assert work() == 1
    assert Demand.objects.count() == 1


def test_the_same_file_again_is_told_and_comes_only_if_wanted():
    user = factories.liaison_staff()
    first = confirmed(row())
    again = staged(row())
    assert batches.same_file(again) == first
    assert batches.same_file(first) is None
    with pytest.raises(Refused, match="导入"):
        batches.confirm(again, actor=user)
    assert state(again)[0] == "checked"
    batches.confirm(again, actor=user, again=True)
    assert state(again)[0] == "queued"


def test_a_file_that_was_dropped_is_not_one_that_came():
    batches.drop(staged(row()))
    assert batches.same_file(staged(row())) is None


def test_whoever_no_longer_works_for_a_place_does_not_bring_its_list_in():
    user = factories.liaison_staff()
    batch = staged(row(), row(2, area=factories.tree().other_compound))
    StaffScope.objects.filter(user=user).update(area=factories.tree().community)
    user = factories.liaison_staff()  # as the next request knows them
    with pytest.raises(Refused, match="不在您的工作范围内"):
        batches.confirm(batch, actor=user)
    assert state(batch)[0] == "checked"


def test_whoever_may_no_longer_publish_does_not_confirm_a_list_that_does(database):
    user = factories.liaison_staff()
    batch = staged(row(), user=user)
    ImportBatch.objects.filter(pk=batch.pk).update(publish_as="already_public")
    user.groups.clear()
    user = type(user).objects.get(pk=user.pk)  # as the next request knows them
    before = database()
    with pytest.raises(Refused, match="您的账号已不能公开需求"):
        batches.confirm(batch, actor=user)
    assert database() == before
    ImportBatch.objects.filter(pk=batch.pk).update(publish_as="")
    assert batches.confirm(batch, actor=user).status == "queued"


def test_dropping_forgets_the_rows():
    batch = staged(row())
    batches.drop(batch)
    assert state(batch)[0] == "dropped"
    assert not ImportRow.objects.exists()
    with pytest.raises(Refused):
        batches.confirm(batch, actor=factories.liaison_staff())


def test_what_nobody_confirms_in_two_weeks_is_dropped():
    old, young, queued = staged(row(1)), staged(row(2)), confirmed(row(3), digest="q" * 64)
    ImportBatch.objects.filter(pk__in=[old.pk, queued.pk]).update(made_at=timezone.now() - batches.WAITS_FOR)
    assert batches.sweep() == 1
    assert [state(batch)[0] for batch in (old, young, queued)] == ["dropped", "checked", "queued"]
    assert ImportRow.objects.filter(batch=old).count() == 0
    assert batches.sweep() == 0


# --- Rows that cannot come in any more -------------------------------------------------------------------------------


def problems(batch: ImportBatch) -> dict[int, str]:
    return dict(batch.rows.exclude(problem="").values_list("number", "problem"))


def test_a_row_whose_category_or_place_went_meanwhile_says_so_and_the_others_come_in():
    gone = factories.category("gone", name="临时")
    place = factories.area(4, factories.tree().community, code="gone", name="拆掉的小区")
    batch = confirmed(row(1), row(2, category=gone), row(3, area=place), row(4))
    Category.objects.filter(pk=gone.pk).delete()
    Area.objects.filter(pk=place.pk).delete()
    forget_all()
    work()
    assert state(batch) == ("done", 2, 2)
    assert problems(batch) == dict.fromkeys((3, 4), "填写的类别或地点已被删除。")
    assert not batch.rows.exclude(values={}).exists()
    assert imported_entries()[0][2] == "rows 4, done 2, failed 2"


def test_a_number_that_another_list_brought_in_meanwhile_comes_once():
    numbered = {"source": "城管", "reference": "17"}
    first, second = confirmed(row(1, **numbered)), confirmed(row(2, **numbered), row(3, source="城管", reference="18"))
    work()
    assert state(first) == ("done", 1, 0)
    assert state(second) == ("done", 1, 1)
    assert problems(second) == {2: "这个来源编号已导入。"}


def test_rows_without_a_number_are_never_the_same():
    batch = confirmed(row(1, source="城管"), row(1, source="城管"))
    work()
    assert state(batch) == ("done", 2, 0)


def test_one_row_that_nobody_foresaw_keeps_no_other_out(monkeypatch, caplog):
    make = batches._demand

    def stumble(values, *more):
        if values.title == "路灯 2":
            raise ValueError("secret words of the row")
        return make(values, *more)

    monkeypatch.setattr(batches, "_demand", stumble)
    batch = confirmed(row(1), row(2), row(3))
    work()
    assert state(batch) == ("done", 2, 1)
    assert problems(batch) == {3: "系统无法处理这一行，请联系管理员。"}
    assert f"row 3 of batch {batch.pk}: ValueError" in caplog.text
    assert "secret" not in caplog.text


# --- Killed, and two at once -----------------------------------------------------------------------------------------


class Killed(BaseException):
    pass


def die(*_args, **_kwargs):
    raise Killed


@pytest.mark.parametrize("error", [Killed, OperationalError])
@pytest.mark.parametrize("where", [(batches, "bring_in"), (batches, "_bring_in_sound"), (batches.audit, "record")])
def test_killed_in_the_middle_each_row_still_comes_once(monkeypatch, database, where, error):
    batch = confirmed(*(row(number) for number in range(5)))
    assert batches.work(most=2)
    before, real = database(), getattr(*where)

    def late(*args, **kwargs):
        real(*args, **kwargs)  # done, and not yet committed
        raise error

    with monkeypatch.context() as patched, pytest.raises(error):
        patched.setattr(*where, late)
        batches.work(most=9)
    after = database()
    counters = {"demands_demandcounter"}
    assert {name: after[name] for name in after.keys() - counters} == {
        name: before[name] for name in before.keys() - counters
    }
    work()
    assert state(batch) == ("done", 5, 0)
    assert sorted(Demand.objects.values_list("public_title", flat=True)) == [f"路灯 {number}" for number in range(5)]
    assert len(imported_entries()) == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_bring_each_row_in_once():
    first = confirmed(*(row(number) for number in range(20)), digest="1" * 64)
    second = confirmed(*(row(number) for number in range(20, 40)), digest="2" * 64)
    results = at_once(*[lambda: work(most=3)] * 3)
    assert [result for result in results if isinstance(result, Exception)] == []
    while batches.work():
        pass
    assert state(first) == state(second) == ("done", 20, 0)
    assert Demand.objects.count() == 40
    assert ImportRow.objects.filter(demand__isnull=False).values("demand").distinct().count() == 40


@pytest.mark.django_db(transaction=True)
def test_two_lists_with_the_same_numbers_at_once_bring_each_number_in_once():
    numbered = [row(number, source="城管", reference=str(number)) for number in range(12)]
    confirmed(*numbered, digest="1" * 64)
    confirmed(*numbered, digest="2" * 64)
    results = at_once(*[lambda: work(most=4)] * 2)
    assert [result for result in results if isinstance(result, Exception)] == []
    while batches.work():
        pass
    assert Demand.objects.count() == 12
    assert sorted(ImportBatch.objects.values_list("status", flat=True)) == ["done", "done"]


def test_the_database_too_keeps_a_number_from_coming_twice():
    numbered = {"source": "城管", "reference": "17"}
    batch = confirmed(row(1, **numbered))
    work()
    names = [constraint.name for constraint in ImportRow._meta.constraints]
    assert "import_reference_once" in names
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = 'import_reference_once'")
        assert "UNIQUE" in cursor.fetchone()[0]
    assert batch.rows.get().demand


def test_the_worker_imports_lists_and_drops_old_ones(capsys):
    batch = confirmed(*(row(number) for number in range(3)))
    old = staged(row(9))
    ImportBatch.objects.filter(pk=old.pk).update(made_at=timezone.now() - batches.WAITS_FOR)
    call_command("worker", "--once")
    assert state(batch) == (BatchStatus.DONE, 3, 0)
    assert state(old)[0] == "dropped"
    assert "1 import lists dropped" in capsys.readouterr().out


@pytest.mark.parametrize("options", [[], ["--replies"], ["--csv", "--length", "1"]])
def test_measuring_imports_a_whole_list_and_leaves_nothing(capsys, database, options):
    row()
    before = database()
    call_command("measure_import", "--rows", "30", *options)
    assert capsys.readouterr().out.startswith("30 of 30 rows (0.0 MB): checked in ")
    assert database() == before


def test_measuring_without_places_says_what_is_missing():
    with pytest.raises(CommandError, match="load the structure first"):
        call_command("measure_import", "--rows", "1")
