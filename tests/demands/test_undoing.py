"""A whole import taken back: what goes, what stays, and when it is refused."""

import datetime

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from consultation.models import Alert
from consultation.services.alerts import spread
from demands.models import Demand, DemandMessage, DemandTransition, Escalation, EscalationRule, ImportBatch, ImportRow
from demands.services import alerts, batches, handling, undoing
from demands.sheets.demands import DemandRow
from foundation import purging
from foundation.accounts import User
from foundation.audit import AuditEntry
from foundation.contacts import Contact
from foundation.errors import Refused
from foundation.outbox import OutboxMessage
from tests import factories

pytestmark = pytest.mark.django_db


def at(day: int) -> datetime.datetime:
    return timezone.make_aware(datetime.datetime(2025, 3, day))


def row(number: int, **values) -> DemandRow:
    defaults = {"category": factories.category(), "area": factories.tree().compound}
    return DemandRow(f"路灯 {number}", f"第 {number} 盏路灯坏了。", at(3), **(defaults | values))


def imported(*rows: DemandRow, digest: str = "d" * 64, publish_as: str = "") -> ImportBatch:
    user = factories.liaison_staff()
    batch = batches.stage(
        list(enumerate(rows, 2)), file_name="台账.csv", digest=digest, actor=user, publish_as=publish_as
    )
    batches.confirm(batch, actor=user, again=True)
    while batches.work():
        pass
    batch.refresh_from_db()
    return batch


def undo(batch: ImportBatch) -> int:
    return undoing.undo(batch, actor=factories.liaison_staff())


def test_all_that_an_import_brought_goes_and_all_else_stays(database):
    other = factories.demand()
    before = database()
    batch = imported(
        row(1, reply="已换新。", replied_at=at(20), source="城管", reference="17", notes={"note": "约了周五"}),
        row(2, called="王女士", phone="13912345678"),
    )
    assert undo(batch) == 2
    after = database()
    same = ("demand", "demandtransition", "demandmessage", "importrow", "trailentry")
    assert {name: after[f"demands_{name}"] for name in same} == {name: before[f"demands_{name}"] for name in same}
    assert after["foundation_contact"] == before["foundation_contact"]
    assert Demand.objects.get() == other
    batch.refresh_from_db()
    assert (batch.status, batch.done) == ("undone", 2)


def test_it_is_on_record_who_took_back_what():
    batch = imported(row(1), row(2))
    undo(batch)
    entries = AuditEntry.objects.filter(action="purged", subject=f"importbatch:{batch.pk}").order_by("pk")
    assert [(entry.actor and entry.actor.username, entry.detail) for entry in entries] == [
        (None, "undo: 6 rows"),
        ("liaison", "undo: 2 demands, NH-2025-00001–NH-2025-00002"),
    ]


def test_numbers_are_never_used_again_and_the_same_file_may_come_again():
    undo(imported(row(1), row(2)))
    again = batches.stage([(2, row(1))], file_name="a", digest="d" * 64, actor=factories.liaison_staff())
    assert batches.same_file(again) is None
    batches.confirm(again, actor=factories.liaison_staff())
    batches.work()
    assert Demand.objects.get().ref == "NH-2025-00003"


def accept(demand: Demand) -> None:
    handling.accept(demand, actor=factories.liaison_staff())


def note(demand: Demand) -> None:
    handling.note(demand, "已联系", actor=factories.liaison_staff())


def publish(demand: Demand) -> None:
    factories.publish(demand, title="路灯", summary="坏了", basis="nobody_concerned")


def ask_office(demand: Demand) -> None:
    factories.office_request(demand)


@pytest.mark.parametrize("act", [accept, note, publish, ask_office])
def test_what_somebody_has_worked_on_stays_with_all_that_came_with_it(act):
    batch = imported(row(1), row(2))
    act(Demand.objects.latest("pk"))
    with pytest.raises(Refused, match="不能整批撤销：NH-2025-00002。"):
        undo(batch)
    assert Demand.objects.count() == 2


def test_what_came_in_public_is_not_taken_back():
    with pytest.raises(Refused, match="公开过"):
        undo(imported(row(1), publish_as="already_public"))


def test_a_demand_that_came_back_keeps_the_earlier_one():
    batch = imported(row(1, reply="好了。", replied_at=at(20)))
    Demand.objects.filter(pk=factories.demand().pk).update(again_of=Demand.objects.earliest("pk"))
    with pytest.raises(Refused, match="不能整批撤销"):
        undo(batch)


def test_what_the_portal_did_by_the_clock_is_no_obstacle():
    batch = imported(row(1))
    demand = Demand.objects.get()
    rule = EscalationRule.objects.create(area=demand.area, when="before", user=factories.liaison_staff())
    Escalation.objects.create(demand=demand, rule=rule, due_on=datetime.date(2025, 3, 6))
    assert undo(batch) == 1


def test_what_staff_were_about_to_be_told_of_its_demands_goes_too():
    staff = factories.liaison_staff()
    User.objects.filter(pk=staff.pk).update(email="liaison@example.com")
    batch = imported(row(1), row(2))
    first, second = Demand.objects.order_by("pk")
    kept = factories.demand()
    for one in (first, kept):
        alerts.notify(alerts.DEADLINE, one, "near")
    spread()
    alerts.notify(alerts.DEADLINE, second, "near")
    assert OutboxMessage.objects.waiting_for_digest().filter(user=staff).count() == 2
    undo(batch)
    assert set(Alert.objects.values_list("ref", flat=True)) == {kept.ref}
    assert OutboxMessage.objects.waiting_for_digest().get().subject_ref == kept.ref


@pytest.mark.parametrize("status", ["checked", "queued", "dropped", "undone"])
def test_only_what_has_come_in_is_taken_back(status):
    batch = imported(row(1))
    ImportBatch.objects.filter(pk=batch.pk).update(status=status)
    with pytest.raises(Refused, match="只有已导入完的清单才能撤销"):
        undo(batch)


def test_demands_of_areas_that_one_no_longer_works_for_stay():
    batch = imported(row(1), row(2, area=factories.tree().other_compound))
    moved = factories.community_staff("moved", factories.tree().community)
    with pytest.raises(Refused, match="已不在您的工作范围里"):
        undoing.undo(batch, actor=moved)
    assert Demand.objects.count() == 2


def test_a_role_that_may_not_delete_says_what_to_do(monkeypatch):
    batch = imported(row(1))
    monkeypatch.setattr(purging, "is_possible", lambda: False)
    with pytest.raises(Refused, match=f"undo_import {batch.pk}"):
        undo(batch)
    assert Demand.objects.exists()


def test_who_owns_the_tables_may_delete_and_no_other_role():
    assert purging.is_possible()
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE portal_app NOLOGIN; SET LOCAL ROLE portal_app")
        assert not purging.is_possible()
        cursor.execute("RESET ROLE; DROP ROLE portal_app")


def test_the_command_does_the_same(capsys):
    batch = imported(row(1), row(2))
    call_command("undo_import", str(batch.pk))
    assert capsys.readouterr().out == "2 demands deleted. Their numbers are not used again.\n"
    assert not (Demand.objects.exists() or DemandTransition.objects.exists() or DemandMessage.objects.exists())
    assert not (ImportRow.objects.exists() or Contact.objects.exists())
    for number, words in ((str(batch.pk), "只有已导入完的"), ("999999", "There is no import 999999.")):
        with pytest.raises(CommandError, match=words):
            call_command("undo_import", number)
