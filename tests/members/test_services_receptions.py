"""Receptions: announced by members and staff, booked turn by turn however many come at once, reminders, forgetting."""

import datetime

import pytest
from django.core import signing
from django.db import IntegrityError, transaction
from django.utils import timezone

from foundation import clock, contacts
from foundation.actors import Party
from foundation.contacts import Contact
from foundation.errors import Refused, RequirementMissing, Stale, TransitionNotAllowed
from foundation.outbox import OutboxMessage
from foundation.tokens import new_code
from members import messages
from members.models import Reception, ReceptionBooking
from members.selectors.receptions import booked, free_turns
from members.services import receptions
from members.services.receptions import AlreadyBooked
from tests import factories
from tests.rows import each_row
from tests.together import at_once

pytestmark = pytest.mark.django_db

HOUR, DAY = datetime.timedelta(hours=1), datetime.timedelta(days=1)


def enqueued(template: str) -> list[int]:
    """The turn of each booking to which this message was enqueued."""
    rows = OutboxMessage.objects.filter(template=template).order_by("pk")
    turns = dict(ReceptionBooking.objects.values_list("pk", "turn"))
    return [turns[key] for key in rows.values_list("parameters__reception_booking", flat=True)]


def unsaved(**values) -> Reception:
    day = timezone.localtime(clock.now()) + 3 * DAY
    given = {"starts_at": day.replace(hour=9, minute=0, second=0, microsecond=0), "minutes": 20, "turns": 6}
    return Reception(**(given | {"place": "居委会"} | values))


# --- Announcing and cancelling ----------------------------------------------------------------------------------------


def test_a_member_announces_their_own_reception_whoever_it_names():
    person, other = factories.member_with_account(), factories.committee_member("王强")
    made = receptions.announce(unsaved(member=other), actor=person.user, party=Party.MEMBER)
    assert (made.member, made.ends_at - made.starts_at) == (person, 2 * HOUR)
    assert [timezone.localtime(made.time_of(turn)).strftime("%H:%M") for turn in (1, 2, 6)] == [
        "09:00",
        "09:20",
        "10:40",
    ]


def test_staff_announce_with_the_permission():
    person = factories.committee_member()
    assert receptions.announce(unsaved(member=person), actor=factories.liaison_staff()).member == person
    with pytest.raises(TransitionNotAllowed):
        receptions.announce(unsaved(member=person), actor=factories.community_staff())


@each_row(
    ("values", "words"),
    [
        ({"place": ""}, "请选择议事点，或填写其他地点，二者选一。"),
        ({"minutes": 4}, "每位应为 5 到 120 分钟，最多接待 40 位。"),
        ({"turns": 41}, "每位应为 5 到 120 分钟，最多接待 40 位。"),
        ({"turns": 40, "minutes": 120}, "接待要在同一天结束，请减少人数或每位的时间。"),
        ({"starts_at": timezone.now() - HOUR}, "开始时间已过，请核对日期和时间。"),
        ({"starts_at": timezone.now() + 400 * DAY}, "最多安排一年以内的接待。"),
    ],
)
def test_what_cannot_be_announced_is_refused_with_a_sentence(values, words):
    with pytest.raises(Refused, match=words):
        receptions.announce(unsaved(member=factories.committee_member(), **values), actor=factories.superuser())
    assert not Reception.objects.exists()


def test_a_member_receives_in_one_place_at_a_time():
    first = factories.reception()
    with pytest.raises(Refused, match="已有接待"):
        factories.reception(first.member, starts_at=first.starts_at + HOUR)
    factories.reception(first.member, starts_at=first.ends_at)
    factories.reception(factories.committee_member("王强"), starts_at=first.starts_at)
    # The database says so too.
    with pytest.raises(IntegrityError), transaction.atomic():
        Reception.objects.filter(starts_at=first.ends_at).update(starts_at=first.starts_at)
    receptions.cancel(first, reason="临时有会", actor=factories.superuser())
    factories.reception(first.member, starts_at=first.starts_at)


def test_cancelling_tells_those_who_booked_why():
    reception = factories.reception()
    gone = factories.booking(reception, 1)
    receptions.cancel_booking(gone)
    factories.booking(reception, 2, phone="13912345679")
    staff = factories.liaison_staff()
    with pytest.raises(RequirementMissing):
        receptions.cancel(reception, reason=" ", actor=staff)
    with pytest.raises(Stale):
        receptions.cancel(reception, reason="临时有会", actor=staff, version=reception.version + 1)
    row = receptions.cancel(reception, reason=" 临时有会 ", actor=staff, version=reception.version)
    assert (row.is_cancelled, row.cancel_reason, row.version) == (True, "临时有会", reception.version + 1)
    assert enqueued("reception_cancelled") == [2]
    with pytest.raises(Refused, match="已经取消"):
        receptions.cancel(row, reason="再取消", actor=staff)
    assert enqueued("reception_cancelled") == [2]


def test_nobody_cancels_what_is_somebody_elses_or_over():
    reception, other = factories.reception(), factories.member_with_account("other", name="王强")
    with pytest.raises(TransitionNotAllowed, match="这不是您的接待"):
        receptions.cancel(reception, reason="不去了", actor=other.user, party=Party.MEMBER)
    with pytest.raises(TransitionNotAllowed):
        receptions.cancel(reception, reason="不去了", actor=factories.community_staff())
    with clock.turned_to(reception.ends_at), pytest.raises(Refused, match="已经结束"):
        receptions.cancel(reception, reason="不去了", actor=factories.superuser())


# --- Booking ----------------------------------------------------------------------------------------------------------


def test_a_booking_holds_what_was_given_encrypted_and_is_told_once():
    reception, code = factories.reception(), new_code()
    found, is_new = receptions.book(reception, 2, code=code, phone="139-1234-5678", called="王女士")
    again, is_new_again = receptions.book(reception, 3, code=code, phone="139-1234-5678", called="王女士")
    assert (is_new, is_new_again, found == again, found.turn) == (True, False, True, 2)
    assert contacts.open_contact(found.contact) == {"called": "王女士", "phone": "13912345678", "email": ""}
    assert "13912345678" not in found.contact.phone
    [message] = OutboxMessage.objects.all()
    assert (message.template, message.subject_ref) == ("reception_booked", f"reception:{reception.pk}")
    assert (free_turns(reception), [row.turn for row in booked(reception)]) == ([1, 3, 4, 5, 6], [2])
    assert receptions.find(code) == found
    assert receptions.find(receptions.signed_link(found).split("/")[-2]) == found
    assert receptions.find(signing.dumps(found.pk, salt="another")) is None


def test_a_turn_is_given_once():
    reception = factories.reception()
    factories.booking(reception, 1)
    with pytest.raises(Refused, match="刚刚被别人约走了"):
        factories.booking(reception, 1, phone="13912345679")
    with pytest.raises(IntegrityError), transaction.atomic():
        ReceptionBooking.objects.create(reception=reception, turn=1, code_hash="x")
    for turn in (0, 7):
        with pytest.raises(Refused, match="请选择列表中的时间"):
            factories.booking(reception, turn, phone="13912345679")


@pytest.mark.django_db(transaction=True)
def test_of_many_who_book_a_turn_at_once_one_gets_it():
    reception = factories.reception()

    def book(number: int) -> bool:
        try:
            factories.booking(reception, 1, phone=f"139{number:08d}")
        except Refused:
            return False
        return True

    assert sorted(at_once(*(lambda number=number: book(number) for number in range(4)))) == [False] * 3 + [True]
    assert (ReceptionBooking.objects.count(), Contact.objects.count()) == (1, 1)


def test_a_contact_has_one_turn_of_a_reception_and_three_ahead():
    first = factories.reception()
    booking = factories.booking(first, 1)
    with pytest.raises(AlreadyBooked):
        factories.booking(first, 2)
    with pytest.raises(AlreadyBooked):
        factories.booking(first, 2)
    assert enqueued("reception_link") == [1]  # once an hour
    later = [factories.reception(factories.committee_member(f"委员{number}")) for number in range(3)]
    for reception in later[:2]:
        factories.booking(reception, 1)
    with pytest.raises(Refused, match="已预约 3 次接待"):
        factories.booking(later[2], 1)
    receptions.cancel_booking(booking)
    assert factories.booking(later[2], 1).turn == 1


@pytest.mark.django_db(transaction=True)
def test_a_contact_who_books_at_several_receptions_at_once_has_three_ahead():
    several = [factories.reception(factories.committee_member(f"委员{number}")) for number in range(6)]
    results = at_once(*(lambda reception=reception: factories.booking(reception, 1) for reception in several))
    assert sorted(type(result).__name__ for result in results) == ["ReceptionBooking"] * 3 + ["Refused"] * 3
    assert (ReceptionBooking.objects.count(), Contact.objects.count()) == (3, 3)


def test_nothing_is_booked_once_it_has_begun_or_was_cancelled():
    reception = factories.reception()
    with clock.turned_to(reception.starts_at), pytest.raises(Refused, match="预约已经截止"):
        factories.booking(reception)
    receptions.cancel(reception, reason="临时有会", actor=factories.superuser())
    with pytest.raises(Refused, match="这次接待已取消"):
        factories.booking(reception)
    with pytest.raises(Refused, match="至少一项"):
        receptions.book(reception, 1, code=new_code())


def test_giving_a_turn_back_deletes_the_contact_and_frees_the_turn():
    reception = factories.reception()
    booking = factories.booking(reception, 1)
    row = receptions.cancel_booking(receptions.cancel_booking(booking))
    assert (row.is_cancelled, row.contact, Contact.objects.exists(), OutboxMessage.objects.exists()) == (
        *(True, None, False, False),
    )
    assert factories.booking(reception, 1).turn == 1
    with clock.turned_to(reception.ends_at), pytest.raises(Refused, match="已经结束"):
        receptions.cancel_booking(reception.bookings.active().get())


# --- Reminders and forgetting -----------------------------------------------------------------------------------------


def test_those_who_come_are_reminded_once_the_day_before():
    reception = factories.reception()
    factories.booking(reception, 1)
    receptions.cancel_booking(factories.booking(reception, 2, phone="13912345679"))
    cancelled = factories.reception(factories.committee_member("王强"))
    factories.booking(cancelled, 3)
    receptions.cancel(cancelled, reason="临时有会", actor=factories.superuser())
    assert receptions.remind() == 0
    with clock.turned_to(reception.starts_at - DAY):
        assert (receptions.remind(), receptions.remind()) == (1, 0)
    assert enqueued("reception_reminder") == [1]


@pytest.mark.django_db(transaction=True)
def test_nobody_is_reminded_of_what_is_being_cancelled():
    reception, other = factories.reception(), factories.reception(factories.committee_member("王强"))
    factories.booking(reception, 1)
    given_back = factories.booking(other, 2)
    factories.booking(other, 3, phone="13912345679")

    def remind() -> int:
        with clock.turned_to(reception.starts_at - DAY):
            return receptions.remind()

    with transaction.atomic():
        receptions.cancel(reception, reason="临时有会", actor=factories.superuser())
        receptions.cancel_booking(given_back)
        assert at_once(remind) == [0]
    assert sum(at_once(remind, remind)) == 1
    assert enqueued("reception_reminder") == [3]


def test_contacts_are_erased_a_month_after_the_reception():
    reception = factories.reception()
    factories.booking(reception, 1)
    receptions.cancel_booking(factories.booking(reception, 2, phone="13912345679"))
    for days, erased in ((30, 0), (31, 1)):
        with clock.turned_to(reception.ends_at + datetime.timedelta(days=days) - HOUR):
            assert receptions.erase_old() == erased
    assert (Contact.objects.count(), ReceptionBooking.objects.count()) == (0, 2)
    assert not OutboxMessage.objects.exists()


@each_row(
    ("template", "subject", "body"),
    [
        (
            "reception_booked",
            "预约成功：政协委员 陈敏接待",
            "您已预约政协委员 陈敏的接待，时间：2099年1月5日 星期一 14:20，地点：居委会。",
        ),
        (
            "reception_cancelled",
            "接待已取消：政协委员 陈敏",
            "您预约的政协委员 陈敏接待（原定 2099年1月5日 星期一 14:20）已取消",
        ),
        (
            "reception_reminder",
            "接待提醒：政协委员 陈敏",
            "您预约了政协委员 陈敏的接待，时间：2099年1月5日 星期一 14:20",
        ),
        ("reception_link", "预约链接：政协委员 陈敏接待", "如非您本人操作，请忽略"),
    ],
)
def test_messages_say_whose_turn_when_and_where(template, subject, body):
    at = timezone.make_aware(datetime.datetime(2099, 1, 5, 14))
    with clock.turned_to(at - DAY):
        booking = factories.booking(factories.reception(starts_at=at, place="居委会"), 2)
        text = messages.render(template, {"reception_booking": booking.pk})
    assert (text.subject, body in text.body) == (subject, True)
    assert receptions.signed_link(booking).partition("booking/")[0] in text.body
