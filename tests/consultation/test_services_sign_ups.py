"""Signing up: places one after the other however many come at once, the waiting list, reminders, and forgetting."""

import contextlib
import datetime

import pytest
from django.core import signing
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from consultation.models import Event, SignUp
from consultation.services import events, sign_ups
from consultation.services.sign_ups import AlreadySignedUp
from foundation import clock, contacts
from foundation.actors import SYSTEM
from foundation.contacts import Contact
from foundation.errors import Refused
from foundation.outbox import OutboxMessage
from foundation.tokens import code_hash, new_code
from tests import factories
from tests.together import at_once

pytestmark = pytest.mark.django_db

HOUR = datetime.timedelta(hours=1)
DAY = datetime.timedelta(days=1)
PHONE = "13912345678"


def soon(hours: float) -> datetime.datetime:
    return timezone.now() + hours * HOUR


def phone(number: int) -> str:
    return f"139{number:08d}"


def signed_up(event: Event, number: int = 1, *, at: datetime.datetime | None = None, **values) -> SignUp:
    """Somebody's sign-up; made now, or at another time."""
    with clock.turned_to(at) if at else contextlib.nullcontext():
        return sign_ups.sign_up(event, code=new_code(), **({"phone": phone(number)} | values))[0]


def move_in_time(event: Event, starts_at: datetime.datetime, **values) -> Event:
    """As if it had stood at another time all along."""
    Event.objects.filter(pk=event.pk).update(starts_at=starts_at, ends_at=starts_at + 2 * HOUR, **values)
    return Event.objects.get(pk=event.pk)


def states(event: Event) -> list[tuple[int, str]]:
    return list(event.sign_ups.order_by("number").values_list("number", "status"))


def enqueued(template: str) -> list[int]:
    """The number of each sign-up to which this message was enqueued."""
    keys = OutboxMessage.objects.filter(template=template).order_by("pk").values_list("parameters__sign_up", flat=True)
    numbers = dict(SignUp.objects.values_list("pk", "number"))
    return [numbers[key] for key in keys]


# --- Signing up ------------------------------------------------------------------------------------------------------


def test_a_sign_up_holds_what_was_given_encrypted_and_owes_a_message():
    event, code = factories.event(capacity=10), new_code()
    found, new = sign_ups.sign_up(
        event, code=code, phone="139-1234-5678", email="wang@example.com", called="王女士", sector="enterprise"
    )
    assert new
    assert (found.event, found.number, found.status, found.sector) == (event, 1, "confirmed", "enterprise")
    assert found.code_hash == code_hash(code)
    assert contacts.open_contact(found.contact) == {
        "called": "王女士",
        "phone": "13912345678",
        "email": "wang@example.com",
    }
    assert PHONE not in found.contact.phone
    [message] = OutboxMessage.objects.all()
    assert (message.template, message.channel, message.subject_ref) == ("event_signed_up", "sms", f"event:{event.pk}")
    assert message.parameters == {"sign_up": found.pk}


def test_an_email_is_enough():
    found = signed_up(factories.event(), phone="", email="wang@example.com")
    assert found.status == "confirmed"
    assert OutboxMessage.objects.get().channel == "email"


def test_without_phone_and_email_it_is_refused():
    with pytest.raises(Refused, match="请填写电话或邮箱，至少一项。"):
        signed_up(factories.event(), phone="", called="王女士")
    assert not Contact.objects.exists()


def test_a_code_that_is_none_is_a_mistake_of_the_caller():
    with pytest.raises(ValueError, match="no code"):
        sign_ups.sign_up(factories.event(), code="1234", phone=PHONE)


@pytest.mark.parametrize("capacity", [1, 2, None])
def test_past_the_last_place_one_waits_in_order(capacity):
    event = factories.event(capacity=capacity)
    found = [signed_up(event, number) for number in range(1, 5)]
    places = 4 if capacity is None else capacity
    assert [row.status for row in found] == ["confirmed"] * places + ["waiting"] * (4 - places)
    assert [row.number for row in found] == [1, 2, 3, 4]
    assert enqueued("event_signed_up") == list(range(1, places + 1))
    assert enqueued("event_waiting") == list(range(places + 1, 5))


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        ("planned", "这场活动还没有开放报名。"),
        ("held", "这场活动已经举行，不能报名。"),
        ("minutes_published", "这场活动已经举行，不能报名。"),
        ("cancelled", "这场活动已取消，不能报名。"),
    ],
)
def test_only_an_open_event_takes_sign_ups(status, sentence):
    event = factories.event(status)
    with pytest.raises(Refused) as refused:
        signed_up(event)
    assert str(refused.value) == sentence
    assert not SignUp.objects.exists()
    assert not Contact.objects.exists()
    assert not OutboxMessage.objects.exists()


def test_the_page_of_an_event_cancelled_meanwhile_signs_nobody_up():
    event = factories.event()
    events.cancel(event, actor=SYSTEM, reason="下大雨")
    assert event.status == "open"  # as the page still has it
    with pytest.raises(Refused, match="这场活动已取消"):
        signed_up(event)


@pytest.mark.parametrize(
    ("until", "late", "refused"),
    [
        (-1, 0, True),
        (1, 0, False),
        (None, 0, False),
        (None, 8 * 24 + 0.1, True),  # without a deadline of its own, until it begins
        (1, 1.1, True),
    ],
)
def test_past_the_deadline_it_is_refused(until, late, refused):
    event = factories.event()
    if until is not None:
        Event.objects.filter(pk=event.pk).update(sign_up_until=soon(until))
    at = soon(late)
    if refused:
        with pytest.raises(Refused, match="报名已经截止。"):
            signed_up(event, at=at)
    else:
        assert signed_up(event, at=at).at == at


def test_the_deadline_itself_is_too_late():
    event = factories.event()
    with pytest.raises(Refused, match="报名已经截止。"):
        signed_up(event, at=event.starts_at)


# --- The same form, the same contact ---------------------------------------------------------------------------------


def test_the_same_form_sent_again_is_the_same_sign_up():
    event, code = factories.event(), new_code()
    first, new = sign_ups.sign_up(event, code=code, phone=PHONE)
    again, anew = sign_ups.sign_up(event, code=code.lower().replace("-", " "), phone=PHONE)
    assert (new, anew, again) == (True, False, first)
    assert SignUp.objects.count() == Contact.objects.count() == OutboxMessage.objects.count() == 1


def test_a_form_sent_again_after_its_sign_up_was_cancelled_does_not_bring_it_back():
    event, code = factories.event(), new_code()
    first, _new = sign_ups.sign_up(event, code=code, phone=PHONE)
    sign_ups.cancel(first)
    again, new = sign_ups.sign_up(event, code=code, phone=PHONE)
    assert (again.status, new) == ("cancelled", False)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"phone": PHONE}, {"phone": "139 1234 5678"}),
        ({"phone": PHONE}, {"phone": "+86 139-1234-5678", "email": "other@example.com"}),
        ({"phone": "", "email": "wang@example.com"}, {"phone": "", "email": "Wang@Example.com"}),
        ({"phone": PHONE, "email": "wang@example.com"}, {"phone": "13800000000", "email": "wang@example.com"}),
    ],
)
def test_one_contact_signs_up_once_and_gets_its_link_again(first, second):
    event = factories.event(capacity=1)
    signed_up(event, 99)
    mine = signed_up(event, **first)
    with pytest.raises(AlreadySignedUp) as refused:
        signed_up(event, **second)
    # Whether it has a place or waits is nobody's business who knows a number.
    assert str(refused.value) == (
        "这个电话或邮箱已报名这场活动，查看和取消的链接已重新发送。替他人报名，请填写另一个电话或邮箱。"
    )
    assert SignUp.objects.count() == Contact.objects.count() == 2
    assert enqueued("event_link") == [mine.number]


def test_a_link_is_sent_again_once_an_hour():
    event = factories.event()
    signed_up(event)
    first = timezone.now().replace(minute=10)
    for at in (first, first + 0.5 * HOUR, first + HOUR, first + 1.2 * HOUR):
        with pytest.raises(AlreadySignedUp):
            signed_up(event, at=at)
    assert enqueued("event_link") == [1, 1]


def test_who_cancelled_may_sign_up_again_and_stands_at_the_end():
    event = factories.event(capacity=1)
    mine = signed_up(event, 1)
    signed_up(event, 2)
    sign_ups.cancel(mine)
    again = signed_up(event, 1)
    assert (again.number, again.status) == (3, "waiting")
    assert states(event) == [(1, "cancelled"), (2, "confirmed"), (3, "waiting")]


def test_one_contact_may_sign_up_for_two_events():
    assert signed_up(factories.event()).number == 1
    assert signed_up(factories.event(place="别处")).number == 1


# --- Many at once ----------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_for_five_places_are_five_in_and_fifteen_waiting_in_one_order():
    event = factories.event(capacity=5)
    results = at_once(*(lambda number=number: signed_up(event, number) for number in range(20)))
    assert [result for result in results if isinstance(result, Exception)] == []
    assert states(event) == [(n, "confirmed") for n in range(1, 6)] + [(n, "waiting") for n in range(6, 21)]
    assert sorted(enqueued("event_signed_up")) == list(range(1, 6))
    assert sorted(enqueued("event_waiting")) == list(range(6, 21))
    # And each heard what became of them: the answers are the rows.
    assert sorted((row.number, row.status) for row in results) == states(event)


@pytest.mark.django_db(transaction=True)
def test_the_last_place_taken_twice_at_once_is_one_in_and_one_waiting():
    for round in range(5):
        event = factories.event(capacity=3, place=f"第 {round} 次")
        signed_up(event, 1)
        signed_up(event, 2)
        pair = at_once(lambda event=event: signed_up(event, 3), lambda event=event: signed_up(event, 4))
        assert sorted((row.number, row.status) for row in pair) == [(3, "confirmed"), (4, "waiting")]


@pytest.mark.django_db(transaction=True)
def test_the_same_form_sent_twenty_times_at_once_is_one_sign_up():
    event, code = factories.event(capacity=10), new_code()
    results = at_once(*(lambda: sign_ups.sign_up(event, code=code, phone=PHONE) for _place in range(20)))
    assert sum(new for _found, new in results) == 1
    assert len({found.pk for found, _new in results}) == 1
    assert SignUp.objects.count() == Contact.objects.count() == OutboxMessage.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_contact_on_two_forms_at_once_is_one_sign_up():
    event = factories.event(capacity=10)
    results = at_once(*(lambda: signed_up(event) for _place in range(6)))
    assert sum(isinstance(result, AlreadySignedUp) for result in results) == 5
    assert states(event) == [(1, "confirmed")]
    assert enqueued("event_link") == [1]


@pytest.mark.django_db(transaction=True)
def test_places_given_back_at_once_each_go_to_the_next_who_waits():
    event = factories.event(capacity=5)
    rows = [signed_up(event, number) for number in range(1, 13)]
    results = at_once(*(lambda row=row: sign_ups.cancel(row) for row in rows[:4]))
    assert [result for result in results if isinstance(result, Exception)] == []
    assert states(event) == (
        [(number, "cancelled") for number in range(1, 5)]
        + [(number, "confirmed") for number in range(5, 10)]
        + [(number, "waiting") for number in range(10, 13)]
    )
    assert sorted(enqueued("event_moved_up")) == [6, 7, 8, 9]


@pytest.mark.django_db(transaction=True)
def test_one_sign_up_cancelled_many_times_at_once_frees_one_place():
    event = factories.event(capacity=1)
    rows = [signed_up(event, number) for number in range(1, 4)]
    at_once(*(lambda: sign_ups.cancel(rows[0]) for _place in range(6)))
    assert states(event) == [(1, "cancelled"), (2, "confirmed"), (3, "waiting")]
    assert enqueued("event_moved_up") == [2]


@pytest.mark.django_db(transaction=True)
def test_cancelling_the_event_and_signing_up_at_once_leave_nobody_untold():
    for round in range(5):
        event = factories.event(place=f"第 {round} 次")
        _moved, found = at_once(
            lambda event=event: events.cancel(event, actor=SYSTEM, reason="下大雨"),
            lambda event=event: signed_up(event),
        )
        in_time = isinstance(found, SignUp)
        assert in_time or str(found) == "这场活动已取消，不能报名。"
        told = OutboxMessage.objects.filter(template="event_cancelled", subject_ref=f"event:{event.pk}")
        assert told.count() == event.sign_ups.count() == in_time


# --- Cancelling ------------------------------------------------------------------------------------------------------


def test_a_place_given_back_goes_to_the_first_who_waits():
    event = factories.event(capacity=1)
    mine, _second, _third = (signed_up(event, number) for number in (1, 2, 3))
    cancelled = sign_ups.cancel(mine)
    assert (cancelled.status, cancelled.cancelled_at is not None) == ("cancelled", True)
    assert states(event) == [(1, "cancelled"), (2, "confirmed"), (3, "waiting")]
    assert event.sign_ups.get(number=2).moved_up_at is not None
    assert enqueued("event_moved_up") == [2]


def test_who_waits_may_stop_waiting_and_nobody_moves():
    event = factories.event(capacity=1)
    rows = [signed_up(event, number) for number in (1, 2, 3)]
    sign_ups.cancel(rows[1])
    assert states(event) == [(1, "confirmed"), (2, "cancelled"), (3, "waiting")]
    assert enqueued("event_moved_up") == []
    assert sign_ups.place_in_line(event.sign_ups.get(number=3)) == 1


def test_cancelled_twice_it_is_cancelled_once():
    event = factories.event(capacity=1)
    mine = signed_up(event)
    first = sign_ups.cancel(mine).cancelled_at
    with clock.turned_to(soon(1)):
        assert sign_ups.cancel(mine).cancelled_at == first


def test_the_contact_of_a_cancelled_sign_up_is_gone_with_its_messages():
    event = factories.event()
    mine = signed_up(event)
    assert sign_ups.cancel(mine).contact is None
    assert SignUp.objects.get().contact is None
    assert not Contact.objects.exists()
    assert not OutboxMessage.objects.exists()


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        ("cancelled", "这场活动已取消，不用再取消报名。"),
        ("held", "活动已经结束，不用再取消报名。"),
    ],
)
def test_what_is_over_or_off_needs_no_cancelling(status, sentence):
    event = factories.event()
    mine = signed_up(event)
    if status == "held":
        move_in_time(event, soon(-3))
    if status == "held":
        events.record_held(event, actor=SYSTEM)
    else:
        events.cancel(event, reason="下大雨", actor=SYSTEM)
    with pytest.raises(Refused) as refused:
        sign_ups.cancel(mine)
    assert str(refused.value) == sentence
    assert SignUp.objects.get().status == "confirmed"


def test_an_event_past_its_end_that_nobody_recorded_is_over_too():
    event = factories.event()
    mine = signed_up(event)
    move_in_time(event, soon(-3))
    with pytest.raises(Refused, match="活动已经结束"):
        sign_ups.cancel(mine)


def test_once_it_has_begun_nobody_moves_up():
    event = factories.event(capacity=1)
    mine, _second = signed_up(event, 1), signed_up(event, 2)
    event = move_in_time(event, soon(-1))
    sign_ups.cancel(SignUp.objects.get(pk=mine.pk))
    assert states(event) == [(1, "cancelled"), (2, "waiting")]
    assert enqueued("event_moved_up") == []


# --- Codes and links -------------------------------------------------------------------------------------------------


def test_a_code_finds_its_sign_up_however_it_is_typed():
    event, code = factories.event(), new_code()
    found, _new = sign_ups.sign_up(event, code=code, phone=PHONE)
    for typed in (code, code.lower(), code.replace("-", ""), code.replace("-", " ")):
        assert sign_ups.find(typed) == found


@pytest.mark.parametrize("code", ["", "x", "7KXM-2345", "7KXM-2345-ABCD-EFGH-JKMN-PQRS-TVWX", "\x00", ":", "a:b:c"])
def test_what_is_no_code_finds_nothing(code):
    signed_up(factories.event())
    assert sign_ups.find(code) is None


def path_of(sign_up: SignUp) -> str:
    link = sign_ups.signed_link(sign_up)
    assert link.startswith("http://portal.example/events/signup/")
    return link.removeprefix("http://portal.example/events/signup/").removesuffix("/")


def test_a_link_finds_its_sign_up_until_a_month_after_the_event():
    event = factories.event()
    found = signed_up(event)
    signed = path_of(found)
    assert sign_ups.find(signed) == found
    move_in_time(event, timezone.now() - 30 * DAY)
    assert sign_ups.find(signed) == found
    move_in_time(event, timezone.now() - 30 * DAY - 3 * HOUR)
    assert sign_ups.find(signed) is None


@pytest.mark.parametrize("change", ["key", "signature", "salt"])
def test_a_forged_link_finds_nothing(change):
    event = factories.event()
    first, second = signed_up(event, 1), signed_up(event, 2)
    parts = path_of(first).split(":")
    if change == "key":
        parts[0] = path_of(second).split(":")[0]
    elif change == "signature":
        parts[-1] = "A" * len(parts[-1])
    else:
        parts = signing.dumps(first.pk, salt="demands.selectors.tracking").split(":")
    assert sign_ups.find(":".join(parts)) is None


# --- Reminders -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("hours", "reminded"), [(0.2, True), (23.9, True), (24.1, False), (-0.1, False)])
def test_a_reminder_is_owed_within_the_day_before(hours, reminded):
    event = factories.event()
    signed_up(event)
    move_in_time(event, soon(hours))
    assert sign_ups.remind() == reminded
    assert enqueued("event_reminder") == [1] * reminded


def test_everybody_with_a_place_is_reminded_once():
    event = factories.event(capacity=2)
    for number in range(1, 5):
        signed_up(event, number)
    move_in_time(event, soon(20))
    assert [sign_ups.remind() for _time in range(3)] == [2, 0, 0]
    assert enqueued("event_reminder") == [1, 2]


def test_who_moves_up_after_that_is_reminded_too():
    event = factories.event(capacity=1)
    mine, _second = signed_up(event, 1), signed_up(event, 2)
    move_in_time(event, soon(20))
    assert sign_ups.remind() == 1
    sign_ups.cancel(mine)
    assert sign_ups.remind() == 1
    assert enqueued("event_reminder") == [2]  # the message to the first went with their contact


def test_a_moved_event_reminds_anew_and_a_renamed_one_does_not():
    event = factories.event()
    signed_up(event)
    event = move_in_time(event, soon(20))
    assert sign_ups.remind() == 1
    event.title = "换个名字"
    event = events.change(event, ["title"], actor=SYSTEM)
    assert sign_ups.remind() == 0
    event.starts_at, event.ends_at = event.starts_at + HOUR, event.ends_at + HOUR
    event = events.change(event, ["starts_at", "ends_at"], actor=SYSTEM)
    assert sign_ups.remind() == 1
    assert sign_ups.remind() == 0
    assert enqueued("event_reminder") == [1, 1]


@pytest.mark.django_db(transaction=True)
def test_nobody_is_reminded_of_an_event_that_changes_just_now():
    event = factories.event()
    mine, _other = signed_up(event, 1), signed_up(event, 2)
    move_in_time(event, soon(20))
    with transaction.atomic():
        sign_ups.cancel(mine)
        assert at_once(sign_ups.remind) == [0]
    assert at_once(sign_ups.remind) == [1]
    assert enqueued("event_reminder") == [2]


def test_nobody_is_reminded_of_what_is_cancelled_or_recorded_or_without_a_contact():
    off, held, erased = (factories.event(place=place) for place in ("甲", "乙", "丙"))
    for event in (off, held, erased):
        signed_up(event)
        move_in_time(event, soon(20))
    events.cancel(off, actor=SYSTEM, reason="下大雨")
    with clock.turned_to(soon(21)):
        events.record_held(held, actor=SYSTEM)
    Contact.objects.filter(sign_up__event=erased).delete()
    assert sign_ups.remind() == 0


@pytest.mark.django_db(transaction=True)
def test_several_workers_at_once_remind_once():
    event = factories.event()
    for number in range(1, 6):
        signed_up(event, number)
    move_in_time(event, soon(20))
    assert [result for result in at_once(*[sign_ups.remind] * 4) if isinstance(result, Exception)] == []
    assert enqueued("event_reminder") == [1, 2, 3, 4, 5]


def test_reminding_goes_by_batches_the_earliest_start_first(monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(sign_ups, "MAX_REMINDED", 2)
    late, early = factories.event(place="甲"), factories.event(place="乙")
    for number in (1, 2):
        signed_up(late, number)
    signed_up(early)
    move_in_time(late, soon(20))
    move_in_time(early, soon(10))
    assert sign_ups.remind() == 2
    assert OutboxMessage.objects.filter(template="event_reminder", subject_ref=f"event:{early.pk}").count() == 1
    assert sign_ups.remind() == 1
    with django_assert_num_queries(3):  # the savepoint, the one question, its release
        assert sign_ups.remind() == 0


# --- Forgetting ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("days", "erased"), [(29, 0), (30.2, 1)])
@pytest.mark.parametrize("status", ["open", "held"])
def test_contacts_are_erased_a_month_after_the_event(status, days, erased):
    event = factories.event()
    signed_up(event)
    event = move_in_time(event, timezone.now() - days * DAY)
    if status == "held":
        events.record_held(event, actor=SYSTEM)
    assert sign_ups.erase_old() == erased
    assert Contact.objects.count() == 1 - erased
    assert OutboxMessage.objects.count() == 1 - erased
    assert states(event) == [(1, "confirmed")]
    assert sign_ups.erase_old() == 0


@pytest.mark.parametrize(("days", "erased"), [(29, 0), (31, 1)])
def test_a_cancelled_event_counts_from_its_cancelling(days, erased):
    event = factories.event(starts_at=timezone.now() + 90 * DAY)
    signed_up(event)
    with clock.turned_to(timezone.now() - days * DAY):
        events.cancel(event, actor=SYSTEM, reason="下大雨")
    assert sign_ups.erase_old() == erased


def test_other_contacts_stay():
    factories.demand()
    signed_up(factories.event())
    assert sign_ups.erase_old() == 0
    assert Contact.objects.count() == 2


def test_erasing_goes_by_batches(monkeypatch):
    monkeypatch.setattr(sign_ups, "MAX_ERASED", 2)
    event = factories.event()
    for number in (1, 2, 3):
        signed_up(event, number)
    move_in_time(event, timezone.now() - 40 * DAY)
    assert [sign_ups.erase_old() for _time in range(3)] == [2, 1, 0]


def test_the_worker_reminds_and_erases(mailoutbox, capsys):
    past, coming = factories.event(place="甲"), factories.event(place="乙")
    for event in (past, coming):
        signed_up(event, phone="", email="wang@example.com")
    OutboxMessage.objects.all().delete()
    move_in_time(past, timezone.now() - 40 * DAY)
    move_in_time(coming, soon(20))
    call_command("worker", "--once")
    [mail] = mailoutbox
    assert mail.subject == "活动提醒：加装门禁，大家一起商量"
    said = capsys.readouterr().out
    assert "Enqueued: 1 reminders" in said
    assert "1 sign-up contacts erased" in said
    assert list(Contact.objects.values_list("sign_up__event", flat=True)) == [coming.pk]
