"""The duty record: written once by each piece of evidence, logged, confirmed, returned, corrected, voided."""

import datetime
import itertools
import uuid
from decimal import Decimal

import pytest
from django.db import InternalError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from consultation.services import agreements
from consultation.workflow import AgreementStatus, EventStatus
from foundation.acts import Refused, Stale, TransitionNotAllowed
from foundation.audit import AuditEntry
from foundation.outbox import OutboxMessage
from foundation.uploads import StagedPhoto
from members import messages
from members.models import AgreementMember, Attendance, CheckIn, DutyKind, DutyPhoto, DutyRecord, DutySource, Presenter
from members.services import attendance, duties, presenters
from members.workflow import DutyStatus
from tests import factories
from tests.rows import each_row
from tests.together import at_once

pytestmark = pytest.mark.django_db
K, S = DutyKind, DutyStatus


def begun(**values):
    """An event that began half an hour ago and ends in an hour and a half."""
    values.setdefault("starts_at", timezone.now() - datetime.timedelta(minutes=30))
    return factories.event(sign_up_until=values["starts_at"], **values)


def door(event, member, visitor="phone"):
    return attendance.check_in(event, door_key=event.door_key, visitor=visitor, member=member)[0]


def kept(event, member):
    """The records of an event and a member that count: kind and evidence."""
    return sorted(DutyRecord.objects.counted().filter(event=event, member=member).values_list("kind", "evidence"))


def statuses() -> list[str]:
    return list(DutyRecord.objects.order_by("pk").values_list("status", flat=True))


def logged(member=None, *, actor=None, **values):
    defaults = {
        "kind": K.VISIT,
        "day": timezone.localdate(),
        "hours": Decimal("1.5"),
        "place": "桂花苑",
        "people_served": 6,
        "text": "走访三户独居老人",
        "key": uuid.uuid4(),
    }
    return duties.log(member or factories.member_with_account(), actor=actor, **(defaults | values))


# --- By evidence -----------------------------------------------------------------------------------------------------


def test_a_check_in_of_a_member_is_a_duty_at_once_with_the_events_day_place_and_length():
    event, member = begun(), factories.committee_member()
    row = door(event, member)
    record = DutyRecord.objects.get()
    assert (record.member, record.kind, record.source, record.status) == (member, K.ATTENDANCE, "evidence", S.CONFIRMED)
    assert (record.evidence, record.event, record.text) == (f"attendance:{row.pk}", event, "加装门禁，大家一起商量")
    assert (record.day, record.hours, record.place) == (
        timezone.localdate(event.starts_at),
        Decimal("2.0"),
        "桂花路 1 号院内",
    )
    door(event, member)
    door(event, member, "another phone")
    assert DutyRecord.objects.count() == 1


def test_a_record_by_hand_is_a_duty_too_and_names_who_entered_it():
    event, member, staff = begun(), factories.committee_member(), factories.liaison_staff()
    row = attendance.record(event, actor=staff, member=member)
    record = DutyRecord.objects.get()
    assert (record.evidence, record.entered_by) == (f"attendance:{row.pk}", staff)


def test_residents_and_organisations_make_no_duty():
    event = begun()
    attendance.check_in(event, door_key=event.door_key, visitor="resident")
    attendance.record(event, actor=None, organisation=factories.organisation(), people=3)
    assert duties.collect() == 0
    assert not DutyRecord.objects.exists()


def test_an_attendance_taken_off_the_list_leaves_a_void_record_with_the_reason():
    event, member, staff = begun(), factories.committee_member(), factories.liaison_staff()
    row = door(event, member)
    attendance.remove(row, actor=staff)
    record = DutyRecord.objects.get()
    assert (record.status, record.reason) == (S.VOID, "到场记录已删去。")
    trace = record.corrections.get()
    assert (trace.field, trace.before, trace.after, trace.actor) == ("status", "confirmed", "void", staff)
    # Entered again, it is a duty again; the void one stays to be seen.
    door(event, member, "another phone")
    assert statuses() == [S.VOID, S.CONFIRMED]


def test_a_refused_removal_voids_nothing():
    row = door(begun(), factories.committee_member())
    with pytest.raises(TransitionNotAllowed):
        attendance.remove(row, actor=factories.auditor())
    assert statuses() == [S.CONFIRMED]


def test_who_presents_has_one_record_of_the_event_the_lecture_not_the_attendance():
    event, member = begun(agenda=2), factories.committee_member()
    for item in event.agenda.all():
        presenters.present(item, [member], actor=None)
    assert duties.collect() == 0  # not held yet, and nobody was there
    door(event, member)
    record = DutyRecord.objects.get()
    assert (record.kind, record.evidence) == (K.LECTURE, f"presenter:{event.pk}:{member.pk}")
    assert record.text == "第 1 个议题；第 2 个议题"
    assert duties.collect() == 0


def test_a_lecture_of_an_event_held_is_collected_also_without_a_check_in():
    event, member = factories.event(EventStatus.HELD), factories.committee_member()
    presenters.present(event.agenda.get(), [member], actor=None)
    assert duties.collect() == 1
    assert duties.collect() == 0
    assert kept(event, member) == [(K.LECTURE, f"presenter:{event.pk}:{member.pk}")]


@pytest.mark.parametrize("status", [EventStatus.PLANNED, EventStatus.OPEN, EventStatus.CANCELLED])
def test_a_lecture_of_an_event_that_was_not_held_is_none(status):
    event = factories.event(status)
    Presenter.objects.create(agenda_item=event.agenda.get(), member=factories.committee_member())
    assert duties.collect() == 0


def test_saving_the_agenda_item_anew_changes_no_record():
    event, member = factories.event(EventStatus.HELD), factories.committee_member()
    for _time in range(2):
        presenters.present(event.agenda.get(), [member], actor=None)
        duties.collect()
    assert statuses() == [S.CONFIRMED]


def test_a_presenter_named_afterwards_turns_the_attendance_into_a_lecture_and_back():
    event, member = factories.event(EventStatus.HELD), factories.committee_member()
    row = attendance.record(event, actor=None, member=member)
    item = event.agenda.get()
    assert kept(event, member) == [(K.ATTENDANCE, f"attendance:{row.pk}")]
    presenters.present(item, [member], actor=None)
    duties.collect()
    assert kept(event, member) == [(K.LECTURE, f"presenter:{event.pk}:{member.pk}")]
    presenters.present(item, [], actor=None)
    duties.collect()
    assert kept(event, member) == [(K.ATTENDANCE, f"attendance:{row.pk}")]
    assert [record.reason for record in DutyRecord.objects.order_by("pk")] == [
        "同一场活动已记为主讲。",
        "议程里已不是主讲，或活动没有举行。",
        "",
    ]


def test_the_check_in_of_a_presenter_taken_off_the_list_voids_the_lecture_until_the_event_is_held():
    event, member = begun(), factories.committee_member()
    presenters.present(event.agenda.get(), [member], actor=None)
    attendance.remove(door(event, member), actor=None)
    assert statuses() == [S.VOID]
    held = factories.event(EventStatus.HELD)
    presenters.present(held.agenda.get(), [member], actor=None)
    attendance.remove(attendance.record(held, actor=None, member=member), actor=None)
    assert statuses() == [S.VOID, S.CONFIRMED]


def test_an_agreement_met_is_a_duty_of_each_member_who_furthered_it():
    agreement = factories.agreement()
    members = [factories.committee_member(name) for name in ("陈敏", "王强")]
    for member in members:
        AgreementMember.objects.create(agreement=agreement, member=member)
    assert duties.collect() == 0
    measured = timezone.localdate() - datetime.timedelta(days=2)
    agreements.move(
        agreement, AgreementStatus.DONE, actor=None, outcome="照度 14 勒克斯", evidence="测量单", measured_on=measured
    )
    assert duties.collect() == 2
    assert duties.collect() == 0
    found = DutyRecord.objects.order_by("pk").values_list("member", "kind", "evidence", "day", "text", "event")
    assert list(found) == [
        (
            member.pk,
            "agreement",
            f"agreement:{agreement.pk}:{member.pk}",
            measured,
            "3 号门外加装两盏路灯",
            agreement.event_id,
        )
        for member in members
    ]
    AgreementMember.objects.filter(member=members[0]).delete()
    assert duties.collect() == 1
    assert statuses() == [S.VOID, S.CONFIRMED]
    # Named again by the desk: a duty again.
    AgreementMember.objects.create(agreement=agreement, member=members[0])
    assert duties.collect() == 1
    assert statuses() == [S.VOID, S.CONFIRMED, S.CONFIRMED]


def test_what_staff_found_void_is_not_written_again():
    event, member = begun(), factories.committee_member()
    door(event, member)
    duties.move(DutyRecord.objects.get(), S.VOID, actor=factories.liaison_staff(), reason="人没有到")
    assert duties.collect() == 0
    assert statuses() == [S.VOID]


def test_the_job_writes_rows_that_came_in_by_other_ways_a_batch_at_a_time(monkeypatch):
    event = factories.event(EventStatus.HELD)
    for number in range(5):
        member = factories.committee_member(f"委员{number}")
        Attendance.objects.create(event=event, member=member, how=CheckIn.IMPORT)
    monkeypatch.setattr("members.services.duties.evidence.BATCH", 3)
    assert [duties.collect() for _time in range(3)] == [3, 2, 0]


def test_the_job_leaves_what_an_import_wrote_by_evidence_of_its_own():
    member, day = factories.committee_member(), datetime.date(2023, 3, 1)
    for kind in (K.ATTENDANCE, K.LECTURE, K.AGREEMENT):
        duties.record_duty(member, kind, evidence=f"article:{kind}", day=day, text="见报道")
    assert duties.collect() == 0
    assert statuses() == [S.CONFIRMED] * 3


def test_the_job_with_nothing_to_do_asks_six_times_however_many_there_are():
    counts = []
    for number in range(2):
        event = factories.event(EventStatus.HELD, starts_at=timezone.now() - datetime.timedelta(days=10 + number))
        for member in range(1 if number == 0 else 20):
            attendance.record(event, actor=None, member=factories.committee_member(f"委员{member}"))
        with CaptureQueriesContext(connection) as queries:
            assert duties.collect() == 0
        counts.append(len(queries))
    assert counts == [6, 6]


def evident(member, **values):
    defaults = {"evidence": "dispatch:7", "day": timezone.localdate(), "text": "帮助办好"}
    return duties.record_duty(member, K.DISPATCH, **(defaults | values))


def test_one_piece_of_evidence_makes_one_record():
    member = factories.committee_member()
    first, new = evident(member)
    again, also = evident(member, text="别的话")
    assert (first, new, also) == (again, True, False)
    assert DutyRecord.objects.get().text == "帮助办好"
    assert duties.collect() == 0  # what demands recorded is theirs to withdraw


@pytest.mark.parametrize(("kind", "evidence"), [(K.VISIT, "dispatch:7"), (K.DISPATCH, "")])
def test_a_record_by_evidence_needs_evidence_and_its_kind(kind, evidence):
    with pytest.raises(ValueError, match="evidence"):
        duties.record_duty(
            factories.committee_member(), kind, evidence=evidence, day=timezone.localdate(), text="帮助办好"
        )


@pytest.mark.django_db(transaction=True)
def test_twenty_at_the_same_moment_make_one_record():
    member = factories.committee_member()
    results = at_once(*[lambda: evident(member) for _time in range(20)])
    assert sorted(new for _record, new in results) == [False] * 19 + [True]
    assert DutyRecord.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_twenty_check_ins_and_four_jobs_at_once_make_one_record():
    event, member = begun(), factories.committee_member()
    phones = [lambda number=number: door(event, member, f"phone {number}") for number in range(16)]
    results = at_once(*phones, *[duties.collect] * 4)
    assert not [result for result in results if isinstance(result, Exception)]
    assert statuses() == [S.CONFIRMED]


# --- Logged ----------------------------------------------------------------------------------------------------------


def test_what_a_member_logs_waits_for_staff():
    member = factories.member_with_account()
    record = logged(member, actor=member.user)
    assert (record.source, record.status, record.entered_by) == (DutySource.MEMBER, S.SUBMITTED, member.user)
    assert duties.overview(member, record.day.year).count == 0
    duties.move(record, S.CONFIRMED, actor=factories.liaison_staff(), version=record.version)
    assert duties.overview(member, record.day.year).count == 1


def test_the_same_form_twice_is_one_record():
    member, key = factories.member_with_account(), uuid.uuid4()
    first = logged(member, actor=member.user, key=key)
    assert logged(member, actor=member.user, key=key, text="别的话") == first
    with pytest.raises(Refused, match="页面已失效"):
        logged(factories.committee_member("别人"), key=key)
    assert DutyRecord.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_form_twenty_times_at_once_is_one_record():
    member, key = factories.member_with_account(), uuid.uuid4()
    results = at_once(*[lambda: logged(member, actor=member.user, key=key) for _time in range(20)])
    assert {type(result) for result in results} == {DutyRecord}
    assert DutyRecord.objects.count() == 1


def test_the_same_thing_logged_twice_is_refused_in_words_until_the_first_is_void():
    member = factories.member_with_account()
    first = logged(member)
    with pytest.raises(Refused, match="已经登记过了"):
        logged(member)
    with pytest.raises(Refused, match="已经登记过了"):
        logged(member, text="  走访三户独居老人 ")
    duties.move(first, S.CONFIRMED, actor=None)
    duties.move(first, S.VOID, actor=None, reason="记错了人")
    assert logged(member).pk != first.pk


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"day": timezone.localdate() + datetime.timedelta(days=1)}, "今天以后"),
        ({"hours": Decimal(0)}, "0.5 到 24"),
        ({"hours": Decimal(-1)}, "0.5 到 24"),
        ({"hours": Decimal("24.5")}, "0.5 到 24"),
        ({"hours": Decimal("1.3")}, "半小时"),
        ({"people_served": 10**9}, "服务人数"),
        ({"people_served": -1}, "服务人数"),
        ({"kind": K.ATTENDANCE}, "类型"),
        ({"kind": "rest"}, "类型"),
        ({"text": "  "}, "做了什么"),
        ({"text": "字" * 501}, "500"),
        ({"place": "字" * 81}, "80"),
    ],
)
def test_what_cannot_be_is_refused_in_words_and_nothing_is_saved(wrong, words):
    with pytest.raises(Refused, match=words):
        logged(**wrong)
    assert not DutyRecord.objects.exists()


def test_a_year_is_the_oldest_a_member_logs_and_imports_may_be_older():
    member, today = factories.member_with_account(), timezone.localdate()
    logged(member, actor=member.user, day=today - datetime.timedelta(days=365))
    with pytest.raises(Refused, match="一年以前"):
        logged(member, actor=member.user, day=today - datetime.timedelta(days=366))
    logged(member, actor=None, day=datetime.date(2023, 3, 1))
    assert DutyRecord.objects.count() == 2


def test_nobody_logs_for_another_member():
    member, other = factories.member_with_account(), factories.member("other")
    with pytest.raises(TransitionNotAllowed, match="自己的"):
        logged(member, actor=other)
    with pytest.raises(TransitionNotAllowed, match="自己的"):
        logged(member, actor=factories.liaison_staff())


def test_photos_come_along_and_a_photo_gone_or_one_too_many_saves_nothing():
    keys = [factories.staged_photo().key for _number in range(4)]
    with pytest.raises(duties.PhotosGone):
        logged(photos=[keys[0], "gone"])
    with pytest.raises(Refused, match="最多 3 张"):
        logged(photos=keys)
    assert not DutyRecord.objects.exists()
    assert logged(photos=keys[:3]).photos.count() == 3
    assert list(StagedPhoto.objects.values_list("pk", flat=True)) == [keys[3]]


def test_staff_enter_one_for_a_member_confirmed_at_once_and_audited():
    member, staff = factories.committee_member(), factories.liaison_staff()
    record = logged(member, actor=staff, by_staff=True)
    assert (record.source, record.status, record.entered_by) == (DutySource.STAFF, S.CONFIRMED, staff)
    entry = AuditEntry.objects.get(action="duty_entered")
    assert (entry.subject, entry.detail) == (f"dutyrecord:{record.pk}", f"member:{member.pk} visit")


@pytest.mark.parametrize("who", [factories.community_staff, factories.auditor, factories.member])
def test_others_enter_none(who):
    with pytest.raises(TransitionNotAllowed, match="代录"):
        logged(factories.committee_member(), actor=who(), by_staff=True)


# --- Mending and correcting ------------------------------------------------------------------------------------------


def test_a_returned_one_is_told_to_the_member_mended_and_handed_in_again(db):
    from foundation import contacts  # only here

    member = factories.member_with_account(contact=contacts.store(phone="13912345678"))
    record = logged(member, actor=member.user, photos=[factories.staged_photo().key])
    returned = duties.move(record, S.RETURNED, actor=factories.liaison_staff(), reason="请写明走访了哪些户")
    message = OutboxMessage.objects.get()
    assert (message.template, message.parameters, message.contact) == (
        "duty_returned",
        {"duty": record.pk},
        member.contact,
    )
    assert returned.reason == "请写明走访了哪些户"
    text = messages.render(message.template, message.parameters)
    assert "走访" in text.subject
    assert f"http://portal.example/my/duties/{record.pk}/" in text.body
    assert "请写明" not in text.body  # what staff wrote stays on the portal
    old = record.photos.get()
    again = duties.resubmit(
        record,
        member=member,
        actor=member.user,
        version=returned.version,
        text="走访 2、3、5 栋三户独居老人",
        photos=[factories.staged_photo().key],
        without=[old.pk],
    )
    assert (again.status, again.reason, again.text) == (S.SUBMITTED, "", "走访 2、3、5 栋三户独居老人")
    assert (again.photos.count(), again.photos.filter(pk=old.pk).exists()) == (1, False)
    traces = again.corrections.values_list("field", "before", "after", "reason")
    assert list(traces) == [
        ("status", "submitted", "returned", "请写明走访了哪些户"),
        ("text", "走访三户独居老人", "走访 2、3、5 栋三户独居老人", ""),
        ("status", "returned", "submitted", ""),
    ]


def test_a_second_return_tells_the_member_again():
    from foundation import contacts  # only here

    member = factories.member_with_account(contact=contacts.store(email="chen@example.com"))
    record = logged(member)
    for reason in ("请写明", "还是不清楚"):
        duties.move(record, S.RETURNED, actor=None, reason=reason)
        duties.resubmit(record, member=member, actor=member.user)
    assert OutboxMessage.objects.filter(template="duty_returned").count() == 2


def test_one_that_nobody_confirmed_yet_is_mended_and_stays_in_the_queue():
    member = factories.member_with_account()
    record = logged(member)
    mended = duties.resubmit(record, member=member, actor=member.user, version=record.version, hours=Decimal(3))
    assert (mended.status, mended.hours) == (S.SUBMITTED, Decimal(3))
    assert list(mended.corrections.values_list("field", "before", "after")) == [("hours", "1.5", "3")]
    # Staff who still see the older page do not confirm what they did not read.
    with pytest.raises(Stale):
        duties.move(record, S.CONFIRMED, actor=factories.liaison_staff(), version=0)


@pytest.mark.parametrize("status", [S.CONFIRMED, S.VOID])
def test_what_staff_settled_is_not_mended(status):
    member = factories.member_with_account()
    record = logged(member)
    duties.move(record, S.CONFIRMED, actor=None)
    if status == S.VOID:
        duties.move(record, S.VOID, actor=None, reason="记错了人")
    with pytest.raises(TransitionNotAllowed):
        duties.resubmit(record, member=member, actor=member.user, text="别的话")
    assert DutyRecord.objects.get().text == "走访三户独居老人"


def test_nobody_mends_anothers_record_or_a_stale_one():
    member = factories.member_with_account()
    other = factories.member_with_account("other", name="别人")
    record = logged(member)
    with pytest.raises(TransitionNotAllowed, match="自己的"):
        duties.resubmit(record, member=other, actor=other.user, text="别的话")
    with pytest.raises(TransitionNotAllowed, match="自己的"):
        duties.resubmit(record, member=member, actor=other.user, text="别的话")
    with pytest.raises(Stale):
        duties.resubmit(record, member=member, actor=member.user, version=7, text="别的话")


def test_a_failed_mend_leaves_photos_and_text_as_they_were():
    member = factories.member_with_account()
    record = logged(member, photos=[factories.staged_photo().key])
    with pytest.raises(duties.PhotosGone):
        duties.resubmit(
            record,
            member=member,
            actor=member.user,
            text="别的话",
            photos=["gone"],
            without=[record.photos.get().pk],
        )
    assert (DutyRecord.objects.get().text, DutyPhoto.objects.count()) == ("走访三户独居老人", 1)


def test_a_correction_leaves_what_stood_there_and_why():
    record, staff = logged(), factories.liaison_staff()
    duties.move(record, S.CONFIRMED, actor=None)
    record.refresh_from_db()
    values = {"hours": Decimal(2), "people_served": None, "text": "走访三户独居老人"}
    duties.correct(record, actor=staff, reason="与走访单核对", version=record.version, **values)
    record.refresh_from_db()
    assert (record.hours, record.people_served, record.status) == (Decimal("2.0"), None, S.CONFIRMED)
    traces = record.corrections.exclude(field="status").values_list("field", "before", "after", "reason", "actor")
    assert list(traces) == [
        ("hours", "1.5", "2", "与走访单核对", staff.pk),
        ("people_served", "6", "", "与走访单核对", staff.pk),
    ]
    assert AuditEntry.objects.get(action="corrected").detail == "hours, people_served"


def test_traces_are_never_changed_or_deleted():
    record = logged()
    duties.move(record, S.CONFIRMED, actor=None)
    for act in (lambda: record.corrections.update(reason=""), lambda: record.corrections.all().delete()):
        with pytest.raises(InternalError), transaction.atomic():
            act()


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"reason": "  ", "hours": Decimal(2)}, "原因"),
        ({"reason": "字" * 201, "hours": Decimal(2)}, "200"),
        ({"reason": "核对", "hours": Decimal(25)}, "24"),
        ({"reason": "核对", "hours": Decimal("1.5")}, "没有改动"),
    ],
)
def test_a_correction_needs_a_reason_a_change_and_what_can_be(values, words):
    record = logged()
    duties.move(record, S.CONFIRMED, actor=None)
    with pytest.raises(Refused, match=words):
        duties.correct(record, actor=factories.liaison_staff(), **values)


def test_a_record_by_evidence_keeps_its_kind_and_day():
    record, _new = evident(factories.committee_member())
    staff = factories.liaison_staff()
    with pytest.raises(Refused, match="自动形成"):
        duties.correct(record, actor=staff, reason="核对", day=timezone.localdate() - datetime.timedelta(days=1))
    with pytest.raises(Refused, match="自动形成"):
        duties.correct(record, actor=staff, reason="核对", kind=K.VISIT)
    assert duties.correct(record, actor=staff, reason="核对", hours=Decimal(1)).hours == Decimal(1)


@pytest.mark.parametrize("who", [factories.community_staff, factories.auditor, factories.member])
def test_others_correct_nothing(who):
    record, _new = evident(factories.committee_member())
    with pytest.raises(TransitionNotAllowed):
        duties.correct(record, actor=who(), reason="核对", hours=Decimal(1))


# --- The one door: every status × status × who -----------------------------------------------------------------------

FROM = {
    S.SUBMITTED: (),
    S.RETURNED: (S.RETURNED,),
    S.CONFIRMED: (S.CONFIRMED,),
    S.VOID: (S.CONFIRMED, S.VOID),
}
# Who may, by hand; every pair not named is refused to everybody, the system too.
MAY = {
    (S.SUBMITTED, S.CONFIRMED): {"liaison", "system"},
    (S.SUBMITTED, S.RETURNED): {"liaison", "system"},
    (S.RETURNED, S.SUBMITTED): {"own", "system"},
    (S.CONFIRMED, S.VOID): {"liaison", "system"},
}


@pytest.fixture
def everybody():
    member = factories.member_with_account()
    other = factories.member_with_account("other", name="别人")
    return {
        "liaison": {"actor": factories.liaison_staff()},
        "community": {"actor": factories.community_staff()},
        "auditor": {"actor": factories.auditor()},
        "own": {"actor": member.user, "member": member},
        "other": {"actor": other.user, "member": other},
        "system": {"actor": None},
    }


@pytest.fixture
def made(everybody, start):
    record = logged(everybody["own"]["member"])
    for step in FROM[start]:
        record = duties.move(record, step, actor=None, reason="原因")
    return record.pk


@pytest.mark.parametrize("start", list(S))
@each_row(("to", "who"), itertools.product(S, ["liaison", "community", "auditor", "own", "other", "system"]))
def test_every_move_by_everybody(made, everybody, start, to, who):
    record, acting = DutyRecord.objects.get(pk=made), everybody[who]
    traces = record.corrections.count()
    if who in MAY.get((start, to), ()):
        assert duties.move(record, to, reason="原因", **acting).status == to
        assert record.corrections.count() == traces + 1
    else:
        with pytest.raises(TransitionNotAllowed):
            duties.move(record, to, reason="原因", **acting)
        assert DutyRecord.objects.get().status == start
        assert record.corrections.count() == traces


@pytest.mark.parametrize(("start", "to"), [(S.SUBMITTED, S.RETURNED), (S.CONFIRMED, S.VOID)])
@pytest.mark.parametrize("reason", ["", "  ", "字" * 201])
def test_returning_and_voiding_owe_a_reason(start, to, reason):
    record = logged()
    for step in FROM[start]:
        record = duties.move(record, step, actor=None)
    with pytest.raises(Refused, match="原因"):
        duties.move(record, to, actor=factories.liaison_staff(), reason=reason)
    assert DutyRecord.objects.get().status == start


@pytest.mark.django_db(transaction=True)
def test_confirmed_and_returned_at_the_same_moment_one_wins():
    record, staff = logged(), factories.liaison_staff()
    acts = [
        lambda to=to: duties.move(record, to, actor=staff, version=record.version, reason="原因")
        for to in (S.CONFIRMED, S.RETURNED) * 5
    ]
    results = at_once(*acts)
    assert sum(isinstance(result, DutyRecord) for result in results) == 1
    assert sum(isinstance(result, Stale) for result in results) == 9


# --- The year --------------------------------------------------------------------------------------------------------


def test_the_year_sums_what_stands_by_kind_in_one_query():
    member = factories.member_with_account()
    day = datetime.date(2025, 6, 1)
    rows = [
        {"text": "甲", "hours": Decimal("1.5"), "people_served": 6},
        {"text": "乙", "hours": Decimal(2), "people_served": None},
        {"text": "丙", "kind": K.PROPOSAL, "hours": None, "people_served": None},
        {"text": "别的年", "day": datetime.date(2024, 12, 31)},
    ]
    for row in rows:
        duties.move(logged(member, **({"day": day} | row)), S.CONFIRMED, actor=None)
    logged(member, day=day, text="还没确认")
    void = duties.move(logged(member, day=day, text="作废"), S.CONFIRMED, actor=None)
    duties.move(void, S.VOID, actor=None, reason="记错了人")
    duties.move(logged(factories.committee_member("别人"), day=day), S.CONFIRMED, actor=None)
    with CaptureQueriesContext(connection) as queries:
        found = duties.overview(member, 2025)
    assert len(queries) == 1
    assert [(row.kind.value, row.count, row.hours, row.people) for row in found.kinds] == [
        ("visit", 2, Decimal("3.5"), 6),
        ("proposal", 1, Decimal(0), 0),
    ]
    assert (found.count, found.hours, found.people) == (3, Decimal("3.5"), 6)
    assert duties.overview(member, 2000).count == 0
