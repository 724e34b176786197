"""Append-only rows are deleted by the purge alone, in its own transaction, and counted in the audit."""

import pytest
from django.db import DatabaseError, connection, transaction

from demands.models import DemandTransition, TrailEntry
from foundation.actors import RESIDENT, SYSTEM
from foundation.audit import AuditEntry
from foundation.errors import TransitionNotAllowed
from foundation.purging import purge
from tests import factories
from tests.nanhu_portal.test_migrations import APPEND_ONLY
from tests.rows import each_row

pytestmark = pytest.mark.django_db


def run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def keys(rows) -> list:
    return list(rows.values_list("pk", flat=True))


def refused(sql: str) -> None:
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        run(sql)


@each_row("table", sorted(APPEND_ONLY))
def test_no_append_only_table_is_emptied_at_a_stroke(table):
    refused(f"TRUNCATE {table} CASCADE")


def test_nor_is_one_emptied_along_with_what_it_refers_to():
    refused("TRUNCATE foundation_user CASCADE")
    refused("TRUNCATE demands_demand CASCADE")


def test_what_is_purged_is_gone_and_counted_in_the_audit():
    demand, other = factories.demand("accepted", public=True), factories.demand("accepted", public=True)
    assert TrailEntry.objects.filter(demand=demand).exists()
    trail, moves = keys(TrailEntry.objects.filter(demand=demand)), keys(demand.transitions)
    rows = {TrailEntry: trail, DemandTransition: moves}
    counts = purge(rows, actor=factories.superuser(), subject="demo", reason="clear_demo")
    assert counts == {"demands.TrailEntry": 3, "demands.DemandTransition": 2}
    assert not demand.transitions.exists()
    assert other.transitions.count() == 2
    entry = AuditEntry.objects.get(action="purged")
    assert (entry.subject, entry.detail, entry.actor.username) == ("demo", "clear_demo: 5 rows", "admin")


def test_the_guard_ends_with_the_purge():
    demand, _other = factories.demand(), factories.demand()
    purge({DemandTransition: keys(demand.transitions)}, actor=SYSTEM, subject="demo", reason="clear_demo")
    refused("DELETE FROM demands_demandtransition")


@each_row("guard", ["'on'", "'1'", "(pg_current_xact_id()::text::bigint - 1)::text"])
def test_a_guard_that_names_another_transaction_opens_nothing(guard):
    factories.demand()
    run(f"SELECT set_config('portal.purging', {guard}, false)")
    refused("DELETE FROM demands_demandtransition")
    run("RESET portal.purging")


@each_row("sql", ["UPDATE demands_demandtransition SET reason = 'x'", "TRUNCATE demands_demandtransition CASCADE"])
def test_a_purge_changes_and_truncates_nothing(sql):
    factories.demand()
    run("SET CONSTRAINTS ALL IMMEDIATE")  # PostgreSQL truncates nothing that it still has to check
    run("SELECT set_config('portal.purging', pg_current_xact_id()::text, true)")
    refused(sql)


def test_another_role_than_the_owner_purges_nothing():
    factories.demand()
    with transaction.atomic():
        run("CREATE ROLE portal_app NOLOGIN; GRANT SELECT, DELETE ON demands_demandtransition TO portal_app")
        run("SET LOCAL ROLE portal_app")
        run("SELECT set_config('portal.purging', pg_current_xact_id()::text, true)")
        refused("DELETE FROM demands_demandtransition")
        run("RESET ROLE")
        transaction.set_rollback(True)
    assert DemandTransition.objects.exists()


@pytest.mark.parametrize("who", ["liaison", "resident"])
def test_who_is_no_superuser_purges_nothing(who):
    demand = factories.demand()
    actor = factories.liaison_staff() if who == "liaison" else RESIDENT
    with pytest.raises(TransitionNotAllowed):
        purge({DemandTransition: keys(demand.transitions)}, actor=actor, subject="demo", reason="clear_demo")
    assert demand.transitions.exists()
