"""Contacts: encrypted, shown masked, revealed only with a recorded reason, found by exact values."""

import threading

import pytest
from django.db import connection, transaction

from foundation import contacts
from foundation.audit import AuditAction, AuditEntry
from foundation.contacts import Contact, PhoneError
from tests import factories
from tests.pages import tells_digits
from tests.together import await_a_waiting_lock

OLD, NEW = "an-old-key-of-contacts-0123456789ab", "a-new-key-of-contacts-0123456789ab"


def whole_table() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(row_to_json(c)::text, ' ') FROM foundation_contact c")
        return cursor.fetchone()[0]


# --- Phone numbers ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "digits"),
    [
        ("13912345678", "13912345678"),
        ("139 1234 5678", "13912345678"),
        ("139-1234-5678", "13912345678"),
        (" 13912345678 ", "13912345678"),
        ("+8613912345678", "13912345678"),
        ("+86 139 1234 5678", "13912345678"),
        ("＋86 139-1234-5678", "13912345678"),
        ("0086 139 1234 5678", "13912345678"),
        ("8613912345678", "13912345678"),
        ("(86) 13912345678", "13912345678"),
        ("１３９１２３４５６７８", "13912345678"),
        ("＋８６　１３９－１２３４－５６７８", "13912345678"),
        ("19912345678", "19912345678"),
        ("027-87654321", "02787654321"),
        ("(027)87654321", "02787654321"),
        ("（027）8765 4321", "02787654321"),
        ("０２７－８７６５４３２１", "02787654321"),
        ("0731-8765432", "07318765432"),
        ("0717-87654321", "071787654321"),
        ("+86 27 8765 4321", "02787654321"),
        ("+86 027 8765 4321", "02787654321"),
        ("0086-27-87654321", "02787654321"),
        ("86 027 87654321", "02787654321"),
        ("+86 10 1234 5678", "01012345678"),
    ],
)
def test_a_number_is_taken_as_people_write_it(typed, digits):
    assert contacts.normal_phone(typed) == digits


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "   ",
        "12345",
        "1391234567",  # one digit short
        "139123456789",  # one too many
        "12912345678",  # no such mobile prefix
        "87654321",  # a landline without its area code
        "0000000000",
        "+1 415 555 0100",
        "+852 2345 6789",
        "139x2345678",
        "电话13912345678",
        "13912345678 转 3",
        "13912345678 13812345678",
        "1391234567²",
        "13912345678\x00",
        "13912345678;DROP",
    ],
)
def test_what_is_no_mainland_number_is_refused(typed):
    with pytest.raises(PhoneError):
        contacts.normal_phone(typed)


# --- At rest ---------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_row_holds_no_plaintext():
    contacts.store(called="王女士", phone="139 1234 5678", email="Wang@Example.com")
    table = whole_table()
    for plain in ("王女士", "13912345678", "12345678", "Wang", "wang", "example.com", "Example"):
        assert plain not in table.replace("\\u", ""), plain
    assert not tells_digits(table, "5678")


@pytest.mark.django_db
def test_a_stored_contact_opens_to_what_was_typed():
    contact = contacts.store(called="王女士", phone="139-1234-5678", email=" Wang@Example.com ")
    assert contacts.open_contact(Contact.objects.get(pk=contact.pk)) == {
        "called": "王女士",
        "phone": "13912345678",
        "email": "Wang@Example.com",
    }


@pytest.mark.django_db
def test_the_same_phone_twice_is_encrypted_differently():
    first, second = contacts.store(phone="13912345678"), contacts.store(phone="13912345678")
    assert first.phone != second.phone
    assert first.phone_hash == second.phone_hash


@pytest.mark.django_db
def test_nothing_to_store_makes_no_row():
    assert contacts.store() is None
    assert Contact.objects.count() == 0


@pytest.mark.django_db
def test_a_phone_that_is_none_stores_nothing():
    with pytest.raises(PhoneError):
        contacts.store(called="王女士", phone="12345")
    assert Contact.objects.count() == 0


# --- Masked and revealed ---------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("values", "masked"),
    [
        ({"phone": "13912345678"}, "139****5678"),
        ({"phone": "027-87654321"}, "027****4321"),
        ({"email": "wang@example.com"}, "w***@example.com"),
        ({"phone": "13912345678", "email": "wang@example.com"}, "139****5678 · w***@example.com"),
        ({"called": "王女士"}, "未留联系方式"),
    ],
)
def test_masked_shows_the_kind_and_no_more(values, masked):
    contact = contacts.store(**values)
    assert contact.masked == masked
    assert str(contact) == masked


@pytest.mark.django_db
def test_revealing_records_who_of_which_demand_and_why():
    demand, staff = factories.demand(), factories.liaison_staff()
    plain = contacts.reveal(demand.contact, subject=demand, actor=staff, reason=" 电话核实地点 ")
    assert plain["phone"] == "13912345678"
    entry = AuditEntry.objects.get(action=AuditAction.CONTACT_REVEALED)
    assert (entry.subject, entry.actor, entry.detail) == (demand.ref, staff, "电话核实地点")
    assert entry.at is not None


@pytest.mark.django_db
@pytest.mark.parametrize("reason", ["", "   ", "\n\t"])
def test_without_a_reason_nothing_is_revealed(reason):
    demand = factories.demand()
    with pytest.raises(ValueError, match="reason"):
        contacts.reveal(demand.contact, subject=demand, actor=factories.liaison_staff(), reason=reason)
    assert not AuditEntry.objects.filter(action=AuditAction.CONTACT_REVEALED).exists()


# --- Found again -----------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("13912345678", True),
        ("+86 139 1234 5678", True),
        ("wang@example.com", True),
        (" WANG@EXAMPLE.COM ", True),
        ("13912345679", False),
        ("1391234567", False),  # no search by the beginning
        ("wang", False),
        ("%", False),
        ("", False),
    ],
)
def test_a_contact_is_found_by_its_whole_address_only(address, found):
    contact = contacts.store(called="王女士", phone="13912345678", email="Wang@example.com")
    contacts.store(called="无电话")
    assert list(Contact.objects.reached_by(address)) == ([contact] if found else [])


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("digits", "found"), [("5678", True), ("4567", False), ("678", False), ("345678", False), ("", False)]
)
def test_a_phone_is_found_by_its_last_four_digits(digits, found):
    contact = contacts.store(phone="13912345678")
    contacts.store(email="wang@example.com")
    assert list(Contact.objects.phone_ends_with(digits)) == ([contact] if found else [])


# --- Keys ------------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_contacts_outlive_a_change_of_keys(settings):
    settings.CONTACT_KEYS = [OLD]
    old = contacts.store(called="王女士", phone="13912345678", email="wang@example.com")
    plain = contacts.open_contact(old)

    settings.CONTACT_KEYS = [NEW, OLD]
    new = contacts.store(phone="13912345678")
    assert contacts.open_contact(Contact.objects.get(pk=old.pk)) == plain
    assert set(Contact.objects.reached_by("13912345678")) == {old, new}
    assert set(Contact.objects.phone_ends_with("5678")) == {old, new}

    assert contacts.rotate() == 2

    settings.CONTACT_KEYS = [NEW]
    assert contacts.open_contact(Contact.objects.get(pk=old.pk)) == plain
    assert set(Contact.objects.reached_by("13912345678")) == {old, new}
    assert list(Contact.objects.reached_by("wang@example.com")) == [old]
    assert set(Contact.objects.phone_ends_with("5678")) == {old, new}


@pytest.mark.django_db(transaction=True)
def test_what_is_changed_or_deleted_meanwhile_outlives_a_change_of_keys():
    changed, deleted = contacts.store(phone="13912345678"), contacts.store(phone="13912345679")
    newer = contacts.store(phone="13800001111")

    def rotate() -> None:
        try:
            contacts.rotate()
        finally:
            connection.close()

    other = threading.Thread(target=rotate)
    with transaction.atomic():
        Contact.objects.filter(pk=changed.pk).update(phone=newer.phone)
        deleted.delete()
        other.start()
        await_a_waiting_lock(other)
    other.join(timeout=30)
    assert contacts.open_contact(Contact.objects.get(pk=changed.pk))["phone"] == "13800001111"
    assert Contact.objects.count() == 2


@pytest.mark.django_db
def test_a_lost_key_is_named_and_shows_nothing(settings):
    settings.CONTACT_KEYS = [OLD]
    contact = contacts.store(phone="13912345678")
    settings.CONTACT_KEYS = [NEW]
    with pytest.raises(RuntimeError, match="CONTACT_KEYS"):
        contacts.open_contact(contact)
    assert list(Contact.objects.reached_by("13912345678")) == []
