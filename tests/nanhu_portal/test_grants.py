"""Database roles: the portal has no more rights than it uses, and the reader counts without reading about anybody."""

import pytest
from django.apps import apps
from django.db import ProgrammingError, connection, transaction

from demands.models import Category, Demand, DemandMessage, Support
from foundation.accounts import User
from nanhu_portal import grants

pytestmark = pytest.mark.django_db
ROLE, READER = "trial_portal", "trial_portal_reader"


@pytest.fixture
def granted(settings, monkeypatch):
    """Both roles, in this transaction alone."""
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE ROLE {ROLE}; CREATE ROLE {READER}; GRANT SELECT ON foundation_user TO {READER}")
    monkeypatch.setitem(settings.DATABASES["default"], "USER", ROLE)
    grants.apply(connection)


def refuses(role: str, sql: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {role}")
        try:
            with transaction.atomic():
                cursor.execute(sql)
        except ProgrammingError as error:
            assert "permission denied" in str(error) or "must be owner" in str(error), error
            return True
        finally:
            cursor.execute("RESET ROLE")
    return False


def test_each_role_may_do_what_it_needs_and_no_more(granted):
    for sql in (
        "INSERT INTO foundation_throttle (key, count, expires_at) VALUES ('x', 1, now())",
        "UPDATE demands_demand SET version = version + 1",
        "DELETE FROM foundation_session",
        "SELECT count(*) FROM django_migrations",
    ):
        assert not refuses(ROLE, sql), sql
    for sql in (
        "INSERT INTO django_migrations (app, name, applied) VALUES ('x', 'x', now())",
        "TRUNCATE foundation_session",
        "ALTER TABLE demands_demand DROP COLUMN description",
        "CREATE TABLE mine (id int)",
    ):
        assert refuses(ROLE, sql), sql
    assert not refuses(READER, "SELECT count(*), max(received_at) FROM demands_demand GROUP BY status")
    assert not refuses(READER, "SELECT name FROM consultation_area")
    for sql in (
        "SELECT description FROM demands_demand",
        "SELECT * FROM demands_support",
        "SELECT count(*) FROM foundation_contact",
        "SELECT username FROM foundation_user",
        "DELETE FROM demands_demand",
    ):
        assert refuses(READER, sql), sql


def test_the_reader_sees_numbers_dates_and_choices():
    assert grants.counted_columns(Category) == ["id", "name", "response_days", "resolution_days", "order", "is_active"]
    assert grants.counted_columns(DemandMessage) == ["id", "demand_id", "kind", "at"]
    assert grants.counted_columns(Support) == ["id", "consent_shown_at", "demand_id", "at"]
    assert {"status", "received_at", "area_id"} <= set(grants.counted_columns(Demand))
    assert not {"description", "place", "code_hash", "contact_id"} & set(grants.counted_columns(Demand))
    assert grants.counted_columns(User) == []
    foreign = {model._meta.app_label for model in apps.get_models() if grants.counted_columns(model)}
    assert foreign == {"consultation", "members", "demands"}


def test_rights_that_cannot_all_be_given_stay_as_they_were(granted, monkeypatch):
    monkeypatch.setattr(
        grants, "_reader", lambda *_args: iter([f"REVOKE ALL ON demands_demand FROM {READER}", "GRANT"])
    )
    with pytest.raises(ProgrammingError):
        grants.apply(connection)
    assert not refuses(READER, "SELECT count(*), max(received_at) FROM demands_demand GROUP BY status")


def test_a_portal_that_owns_its_tables_is_granted_nothing(django_assert_num_queries):
    with django_assert_num_queries(1):
        grants.apply(connection)
