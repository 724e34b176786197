"""The audit is append-only: nobody changes or deletes it, through Django or SQL."""

import pytest
from django.db import DatabaseError, connection, transaction

from foundation import audit
from foundation.audit import AuditAction, AuditEntry
from tests import factories
from tests.rows import each_row

pytestmark = pytest.mark.django_db


@pytest.fixture
def entry():
    return audit.record(AuditAction.PUBLISHED, "NH-2026-00001", actor=factories.liaison_staff(), detail="web_consent")


def change_by_queryset(entry):
    AuditEntry.objects.filter(pk=entry.pk).update(detail="")


def change_by_save(entry):
    entry.detail = ""
    entry.save()


def delete_by_queryset(entry):
    AuditEntry.objects.all().delete()


def delete_by_row(entry):
    entry.delete()


def change_by_sql(entry):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE foundation_auditentry SET detail = '' WHERE id = %s", [entry.pk])


def delete_by_sql(entry):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM foundation_auditentry")


@each_row(
    "act",
    [change_by_queryset, change_by_save, delete_by_queryset, delete_by_row, change_by_sql, delete_by_sql],
)
def test_an_entry_is_refused_every_change(entry, act):
    # A copy, because Django clears the key of a row that it deletes.
    copy = AuditEntry.objects.get(pk=entry.pk)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        act(copy)
    kept = AuditEntry.objects.get(pk=entry.pk)
    assert (kept.action, kept.subject, kept.detail) == (AuditAction.PUBLISHED, "NH-2026-00001", "web_consent")


def test_whoever_has_acted_cannot_be_deleted(entry):
    with pytest.raises(DatabaseError), transaction.atomic():
        entry.actor.delete()
    assert AuditEntry.objects.get(pk=entry.pk).actor is not None


def test_a_subject_is_named_by_its_reference_or_its_key():
    demand, staff = factories.demand(), factories.liaison_staff()
    assert audit.record(AuditAction.MOVED, demand).subject == demand.ref
    assert audit.record(AuditAction.CHANGED, staff).subject == f"user:{staff.pk}"
    assert audit.record(AuditAction.IMPORTED, "demands.csv").subject == "demands.csv"


def test_what_is_too_long_is_cut_and_not_refused():
    entry = audit.record(AuditAction.IMPORTED, "x" * 500, detail="y" * 500)
    entry.refresh_from_db()
    assert (len(entry.subject), len(entry.detail)) == (80, 200)


def test_an_entry_goes_with_the_transaction_of_its_act():
    with pytest.raises(RuntimeError), transaction.atomic():
        audit.record(AuditAction.MOVED, "NH-2026-00001")
        raise RuntimeError
    assert AuditEntry.objects.count() == 0


# --- Sign-ins --------------------------------------------------------------------------------------------------------


def test_signing_in_and_out_is_recorded(client):
    staff = factories.liaison_staff()
    client.post("/accounts/login/", {"username": "liaison", "password": factories.PASSWORD})
    client.post("/accounts/logout/")
    assert list(AuditEntry.objects.order_by("pk").values_list("action", "actor")) == [
        (AuditAction.SIGNED_IN, staff.pk),
        (AuditAction.SIGNED_OUT, staff.pk),
    ]


@pytest.mark.parametrize(("name", "subject"), [("liaison", "user:{}"), ("my-secret-password", "unknown")])
def test_a_failed_sign_in_keeps_no_name_that_does_not_exist(client, name, subject):
    staff = factories.liaison_staff()
    client.post("/accounts/login/", {"username": name, "password": "wrong"})
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.subject) == (AuditAction.SIGN_IN_FAILED, subject.format(staff.pk))
    assert "my-secret" not in f"{entry.subject} {entry.detail}"
