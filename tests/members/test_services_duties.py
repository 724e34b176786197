"""The duty record: written once by each piece of evidence, logged, confirmed, returned, corrected, voided."""

import datetime
import uuid
from decimal import Decimal

import pytest
from django.db import InternalError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from consultation.services import agreements, events
from consultation.workflow import EventStatus
from foundation.actors import SYSTEM, Party
from foundation.audit import AuditEntry
from foundation.errors import Refused, RequirementMissing, Stale, TransitionNotAllowed
from foundation.outbox import OutboxMessage
from foundation.uploads import PhotosGone, StagedPhoto
from members import messages, selectors, services
from members.models import (
    AgreementMember,
    Attendance,
    CheckIn,
    DutyKind,
    DutyPhoto,
    DutyReason,
    DutyRecord,
    DutySource,
    Presenter,
)
from members.services import attendance
from members.services.duties import evidence, records
from members.services.duties.activity import Activity
from members.workflow import DutyStatus
from tests import factories
from tests.rows import each_row
from tests.together import at_once

pytestmark = pytest.mark.django_db
K, S = DutyKind, DutyStatus


def begun(status=EventStatus.HELD, **values):
    """An event that began half an hour ago and ends in an hour and a half, and that staff already marked as held."""
    values.setdefault("starts_at", timezone.now() - datetime.timedelta(minutes=30))
    return factories.event(status, sign_up_until=values["starts_at"], **values)


def door(event, member, visitor="phone"):
    return attendance.check_in(event, door_key=event.door_key, visitor=visitor, member=member)[0]


def counted(event, member):
    """The records of an event and a member that count: kind and evidence."""
    return sorted(DutyRecord.objects.counted().filter(event=event, member=member).values_list("kind", "evidence"))


def statuses() -> list[str]:
    return list(DutyRecord.objects.order_by("pk").values_list("status", flat=True))


def logged(member=None, **values):
    activity = {
        "kind": K.VISIT,
        "day": timezone.localdate(),
        "hours": Decimal("1.5"),
        "place": "桂花苑",
        "people_served": 6,
        "text": "走访三户独居老人",
    }
    given = {"key": uuid.uuid4(), "actor": SYSTEM} | {
        name: values.pop(name) for name in ("key", "photos", "actor", "party") if name in values
    }
    return records.log(member or factories.member_with_account(), Activity(**(activity | values)), **given)


def own(member, **values) -> dict:
    """As the member whose account it is."""
    return {"actor": member.user, "party": Party.MEMBER, **values}


# --- By evidence -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("presents", [False, True])
def test_a_check_in_is_a_duty_once_the_event_is_held_and_never_if_it_is_cancelled(presents):
    member = factories.committee_member()
    event, cancelled = begun(EventStatus.OPEN), begun(EventStatus.OPEN, title="另一场", place="别处")
    for one in (event, cancelled):
        if presents:
            services.people.present(one.agenda.get(), [member], actor=SYSTEM)
        door(one, member)
    events.cancel(cancelled, actor=SYSTEM, reason="下大雨")
    assert evidence.collect() == 0
    assert statuses() == []
    events.record_held(event, actor=SYSTEM)
    assert [evidence.collect() for _time in range(2)] == [1, 0]
    record = DutyRecord.objects.get()
    assert (record.event, record.kind, record.status) == (event, K.LECTURE if presents else K.ATTENDANCE, S.CONFIRMED)


def test_staff_who_record_it_days_later_make_a_duty_at_once():
    event = factories.event(EventStatus.HELD, starts_at=timezone.now() - datetime.timedelta(days=9))
    attendance.record_member(event, factories.committee_member(), actor=factories.liaison_staff())
    assert statuses() == [S.CONFIRMED]


def test_a_check_in_at_an_event_held_is_a_duty_at_once_with_its_day_place_and_length():
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
    row = attendance.record_member(event, member, actor=staff)
    record = DutyRecord.objects.get()
    assert (record.evidence, record.entered_by) == (f"attendance:{row.pk}", staff)


def test_residents_and_organisations_make_no_duty():
    event = begun()
    attendance.check_in(event, door_key=event.door_key, visitor="resident")
    attendance.record_organisation(event, factories.organisation(), 3, actor=SYSTEM)
    assert evidence.collect() == 0
    assert not DutyRecord.objects.exists()


def test_an_attendance_taken_off_the_list_leaves_a_void_record_with_the_reason():
    event, member, staff = begun(), factories.committee_member(), factories.liaison_staff()
    row = door(event, member)
    attendance.remove(row, actor=staff)
    record = DutyRecord.objects.get()
    assert (record.status, record.reason) == (S.VOID, "到场记录已删除，或活动没有举行。")
    move = record.transitions.get()
    assert (move.from_status, move.to_status, move.actor, move.party) == ("confirmed", "void", staff, "system")
    assert move.words.text == "到场记录已删除，或活动没有举行。"
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
        services.people.present(item, [member], actor=SYSTEM)
    door(event, member)
    record = DutyRecord.objects.get()
    assert (record.kind, record.evidence) == (K.LECTURE, f"presenter:{event.pk}:{member.pk}")
    assert record.text == "第 1 个议题；第 2 个议题"
    assert evidence.collect() == 0


def test_a_lecture_of_an_event_held_is_collected_also_without_a_check_in():
    event, member = factories.event(EventStatus.HELD), factories.committee_member()
    services.people.present(event.agenda.get(), [member], actor=SYSTEM)
    assert evidence.collect() == 1
    assert evidence.collect() == 0
    assert counted(event, member) == [(K.LECTURE, f"presenter:{event.pk}:{member.pk}")]


@pytest.mark.parametrize("status", [EventStatus.PLANNED, EventStatus.OPEN, EventStatus.CANCELLED])
def test_a_lecture_of_an_event_that_was_not_held_is_none(status):
    event = factories.event(status)
    Presenter.objects.create(agenda_item=event.agenda.get(), member=factories.committee_member())
    assert evidence.collect() == 0


def test_saving_the_agenda_item_again_changes_no_record():
    event, member = factories.event(EventStatus.HELD), factories.committee_member()
    for _time in range(2):
        services.people.present(event.agenda.get(), [member], actor=SYSTEM)
        evidence.collect()
    assert statuses() == [S.CONFIRMED]


def test_a_presenter_named_afterwards_turns_the_attendance_into_a_lecture_and_back():
    event, member = factories.event(EventStatus.HELD), factories.committee_member()
    row = attendance.record_member(event, member, actor=SYSTEM)
    item = event.agenda.get()
    assert counted(event, member) == [(K.ATTENDANCE, f"attendance:{row.pk}")]
    services.people.present(item, [member], actor=SYSTEM)
    evidence.collect()
    assert counted(event, member) == [(K.LECTURE, f"presenter:{event.pk}:{member.pk}")]
    services.people.present(item, [], actor=SYSTEM)
    evidence.collect()
    assert counted(event, member) == [(K.ATTENDANCE, f"attendance:{row.pk}")]
    assert [record.reason for record in DutyRecord.objects.order_by("pk")] == [
        "同一场活动已记为主讲。",
        "已不在议程主讲之列，或活动没有举行。",
        "",
    ]


def test_a_presenter_taken_off_the_list_of_those_there_still_gave_the_lecture():
    event, member = begun(), factories.committee_member()
    services.people.present(event.agenda.get(), [member], actor=SYSTEM)
    attendance.remove(door(event, member), actor=SYSTEM)
    assert statuses() == [S.CONFIRMED]


def test_an_agreement_met_is_a_duty_of_each_member_who_furthered_it():
    agreement = factories.agreement()
    members = [factories.committee_member(name) for name in ("陈敏", "王强")]
    for member in members:
        AgreementMember.objects.create(agreement=agreement, member=member)
    assert evidence.collect() == 0
    measured = timezone.localdate() - datetime.timedelta(days=2)
    agreements.fulfil(agreement, actor=SYSTEM, outcome="照度 14 勒克斯", evidence="测量单", measured_on=measured)
    assert evidence.collect() == 2
    assert evidence.collect() == 0
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
    assert evidence.collect() == 1
    assert statuses() == [S.VOID, S.CONFIRMED]
    # Named again by staff: a duty again.
    AgreementMember.objects.create(agreement=agreement, member=members[0])
    assert evidence.collect() == 1
    assert statuses() == [S.VOID, S.CONFIRMED, S.CONFIRMED]


def test_what_staff_found_void_is_not_written_again():
    event, member = begun(), factories.committee_member()
    door(event, member)
    records.void(DutyRecord.objects.get(), reason="人没有到", actor=factories.liaison_staff())
    assert evidence.collect() == 0
    assert statuses() == [S.VOID]


def test_the_job_writes_rows_that_came_in_by_other_ways_a_batch_at_a_time(monkeypatch):
    event = factories.event(EventStatus.HELD)
    for number in range(5):
        member = factories.committee_member(f"委员{number}")
        Attendance.objects.create(event=event, member=member, how=CheckIn.IMPORT)
    monkeypatch.setattr("members.services.duties.evidence.BATCH", 3)
    assert [evidence.collect() for _time in range(3)] == [3, 2, 0]


def test_the_job_leaves_what_an_import_wrote_by_evidence_of_its_own():
    member, day = factories.committee_member(), datetime.date(2023, 3, 1)
    for kind in (K.ATTENDANCE, K.LECTURE, K.AGREEMENT):
        evidence.record(member, Activity(kind, day, "见报道"), f"article:{kind}", actor=SYSTEM)
    assert evidence.collect() == 0
    assert statuses() == [S.CONFIRMED] * 3


def test_the_job_with_nothing_to_do_asks_six_times_however_many_there_are():
    counts = []
    for number in range(2):
        event = factories.event(EventStatus.HELD, starts_at=timezone.now() - datetime.timedelta(days=10 + number))
        for member in range(1 if number == 0 else 20):
            attendance.record_member(event, factories.committee_member(f"委员{member}"), actor=SYSTEM)
        with CaptureQueriesContext(connection) as queries:
            assert evidence.collect() == 0
        counts.append(len(queries))
    assert counts == [6, 6]


def evident(member, text="帮助办好"):
    return evidence.record(member, Activity(K.DISPATCH, timezone.localdate(), text), "dispatch:7", actor=SYSTEM)


def test_one_piece_of_evidence_makes_one_record():
    member = factories.committee_member()
    first, new = evident(member)
    again, also = evident(member, text="别的话")
    assert (first, new, also) == (again, True, False)
    assert DutyRecord.objects.get().text == "帮助办好"
    assert evidence.collect() == 0  # what demands recorded is theirs to withdraw


@pytest.mark.parametrize(("kind", "name"), [(K.VISIT, "dispatch:7"), (K.DISPATCH, "")])
def test_a_record_by_evidence_needs_evidence_and_its_kind(kind, name):
    activity = Activity(kind, timezone.localdate(), "帮助办好")
    with pytest.raises(ValueError, match="evidence"):
        evidence.record(factories.committee_member(), activity, name, actor=SYSTEM)


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
    results = at_once(*phones, *[evidence.collect] * 4)
    assert not [result for result in results if isinstance(result, Exception)]
    assert statuses() == [S.CONFIRMED]


# --- Logged ----------------------------------------------------------------------------------------------------------


def test_what_a_member_logs_waits_for_staff():
    member = factories.member_with_account()
    record = logged(member, **own(member))
    assert (record.source, record.status, record.entered_by) == (DutySource.MEMBER, S.SUBMITTED, member.user)
    assert selectors.duties.overview(member, record.day.year).count == 0
    records.confirm(record, actor=factories.liaison_staff(), version=record.version)
    assert selectors.duties.overview(member, record.day.year).count == 1


def test_the_same_form_twice_is_one_record():
    member, key = factories.member_with_account(), uuid.uuid4()
    first = logged(member, **own(member), key=key)
    assert logged(member, **own(member), key=key, text="别的话") == first
    with pytest.raises(Refused, match="页面已失效"):
        logged(factories.committee_member("别人"), key=key)
    assert DutyRecord.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_form_twenty_times_at_once_is_one_record():
    member, key = factories.member_with_account(), uuid.uuid4()
    results = at_once(*[lambda: logged(member, **own(member), key=key) for _time in range(20)])
    assert {type(result) for result in results} == {DutyRecord}
    assert DutyRecord.objects.count() == 1


def test_the_same_thing_logged_twice_is_refused_in_words_until_the_first_is_void():
    member = factories.member_with_account()
    first = logged(member)
    with pytest.raises(Refused, match="已经登记"):
        logged(member)
    with pytest.raises(Refused, match="已经登记"):
        logged(member, text="  走访三户独居老人 ")
    records.confirm(first, actor=SYSTEM)
    records.void(first, reason="记错了人", actor=SYSTEM)
    assert logged(member).pk != first.pk


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"day": timezone.localdate() + datetime.timedelta(days=1)}, "晚于今天"),
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
    logged(member, **own(member), day=today - datetime.timedelta(days=365))
    with pytest.raises(Refused, match="早于一年前"):
        logged(member, **own(member), day=today - datetime.timedelta(days=366))
    logged(member, day=datetime.date(2023, 3, 1))
    assert DutyRecord.objects.count() == 2


def test_nobody_logs_for_another_member():
    member, other = factories.member_with_account(), factories.member("other")
    with pytest.raises(TransitionNotAllowed, match="自己的"):
        logged(member, actor=other, party=Party.MEMBER)
    with pytest.raises(TransitionNotAllowed, match="自己的"):
        logged(member, actor=factories.liaison_staff(), party=Party.MEMBER)


def test_photos_come_along_and_a_photo_gone_or_one_too_many_saves_nothing():
    keys = [factories.staged_photo().key for _number in range(4)]
    with pytest.raises(PhotosGone):
        logged(photos=[keys[0], "gone"])
    with pytest.raises(Refused, match="最多 3 张"):
        logged(photos=keys)
    assert not DutyRecord.objects.exists()
    assert logged(photos=keys[:3]).photos.count() == 3
    assert list(StagedPhoto.objects.values_list("pk", flat=True)) == [keys[3]]


def test_staff_enter_one_for_a_member_confirmed_at_once_and_audited():
    member, staff = factories.committee_member(), factories.liaison_staff()
    record = logged(member, actor=staff)
    assert (record.source, record.status, record.entered_by) == (DutySource.STAFF, S.CONFIRMED, staff)
    entry = AuditEntry.objects.get(action="duty_entered")
    assert (entry.subject, entry.detail) == (f"dutyrecord:{record.pk}", f"member:{member.pk} visit")


@pytest.mark.parametrize("who", [factories.community_staff, factories.auditor, factories.member])
def test_others_enter_none(who):
    with pytest.raises(TransitionNotAllowed, match="代录"):
        logged(factories.committee_member(), actor=who())


# --- Mending and correcting ------------------------------------------------------------------------------------------


def test_a_returned_one_is_notified_mended_and_submitted_again(db):
    from foundation import contacts  # only here

    member = factories.member_with_account(contact=contacts.store(phone="13912345678"))
    record = logged(member, **own(member), photos=[factories.staged_photo().key])
    returned = records.send_back(record, reason="请写明走访了哪些户", actor=factories.liaison_staff())
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
    again = records.resubmit(
        record,
        {"text": "走访 2、3、5 栋三户独居老人"},
        photos=[factories.staged_photo().key],
        without=[old.pk],
        **own(member, version=returned.version),
    )
    assert (again.status, again.reason, again.text) == (S.SUBMITTED, "", "走访 2、3、5 栋三户独居老人")
    assert (again.photos.count(), again.photos.filter(pk=old.pk).exists()) == (1, False)
    sent_back, mended, submitted = selectors.duties.history(again)
    assert (sent_back.from_status, sent_back.to_status, sent_back.party) == ("submitted", "returned", "staff")
    assert sent_back.words.text == "请写明走访了哪些户"
    assert (mended.field, mended.before, mended.after, mended.reason) == (
        *("text", "走访三户独居老人", "走访 2、3、5 栋三户独居老人"),
        "",
    )
    assert (submitted.from_status, submitted.to_status, submitted.party) == ("returned", "submitted", "member")
    assert not hasattr(submitted, "words")


def test_a_second_return_notifies_the_member_again():
    from foundation import contacts  # only here

    member = factories.member_with_account(contact=contacts.store(email="chen@example.com"))
    record = logged(member)
    for reason in ("请写明", "还是不清楚"):
        records.send_back(record, reason=reason, actor=SYSTEM)
        records.resubmit(record, {}, **own(member))
    assert OutboxMessage.objects.filter(template="duty_returned").count() == 2


def test_one_that_nobody_confirmed_yet_is_mended_and_stays_in_the_queue():
    member = factories.member_with_account()
    record = logged(member)
    mended = records.resubmit(record, {"hours": Decimal(3)}, **own(member, version=record.version))
    assert (mended.status, mended.hours) == (S.SUBMITTED, Decimal(3))
    assert list(mended.corrections.values_list("field", "before", "after")) == [("hours", "1.5", "3")]
    # Staff who still see the older page do not confirm what they did not read.
    with pytest.raises(Stale):
        records.confirm(record, actor=factories.liaison_staff(), version=0)


@pytest.mark.parametrize("status", [S.CONFIRMED, S.VOID])
def test_what_staff_settled_is_not_mended(status):
    member = factories.member_with_account()
    record = logged(member)
    records.confirm(record, actor=SYSTEM)
    if status == S.VOID:
        records.void(record, reason="记错了人", actor=SYSTEM)
    with pytest.raises(TransitionNotAllowed):
        records.resubmit(record, {"text": "别的话"}, **own(member))
    assert DutyRecord.objects.get().text == "走访三户独居老人"


def test_nobody_mends_anothers_record_or_a_stale_one():
    member = factories.member_with_account()
    other = factories.member_with_account("other", name="别人")
    record = logged(member)
    with pytest.raises(TransitionNotAllowed, match="自己的"):
        records.resubmit(record, {"text": "别的话"}, **own(other))
    with pytest.raises(TransitionNotAllowed, match="自己的"):
        records.resubmit(record, {"text": "别的话"}, actor=factories.liaison_staff())
    with pytest.raises(Stale):
        records.resubmit(record, {"text": "别的话"}, **own(member, version=7))


def test_a_failed_mend_leaves_photos_and_text_as_they_were():
    member = factories.member_with_account()
    record = logged(member, photos=[factories.staged_photo().key])
    with pytest.raises(PhotosGone):
        records.resubmit(record, {"text": "别的话"}, photos=["gone"], without=[record.photos.get().pk], **own(member))
    assert (DutyRecord.objects.get().text, DutyPhoto.objects.count()) == ("走访三户独居老人", 1)


def test_a_correction_leaves_what_stood_there_and_why():
    record, staff = logged(), factories.liaison_staff()
    records.confirm(record, actor=SYSTEM)
    record.refresh_from_db()
    values = {"hours": Decimal(2), "people_served": None, "text": "走访三户独居老人"}
    records.correct(record, values, reason="与走访单核对", actor=staff, version=record.version)
    record.refresh_from_db()
    assert (record.hours, record.people_served, record.status) == (Decimal("2.0"), None, S.CONFIRMED)
    corrections = record.corrections.values_list("field", "before", "after", "reason", "actor")
    assert list(corrections) == [
        ("hours", "1.5", "2", "与走访单核对", staff.pk),
        ("people_served", "6", "", "与走访单核对", staff.pk),
    ]
    assert AuditEntry.objects.get(action="corrected").detail == "hours, people_served"


def test_moves_and_corrections_are_never_changed_or_deleted():
    record = records.confirm(logged(), actor=SYSTEM)
    records.correct(record, {"hours": Decimal(2)}, reason="核对", actor=factories.liaison_staff())
    assert (record.transitions.count(), record.corrections.count()) == (1, 1)
    for act in (
        lambda: record.corrections.update(reason=""),
        lambda: record.corrections.all().delete(),
        lambda: record.transitions.update(to_status="void"),
        lambda: record.transitions.all().delete(),
    ):
        with pytest.raises(InternalError), transaction.atomic():
            act()


def test_the_words_of_a_reason_can_be_erased_and_the_move_stays():
    record = records.send_back(logged(), reason="王女士家去过了吗", actor=SYSTEM)
    DutyReason.objects.all().delete()
    (move,) = selectors.duties.history(record)
    assert (move.to_status, hasattr(move, "words")) == ("returned", False)


@pytest.mark.parametrize(
    ("reason", "values", "words"),
    [
        ("  ", {"hours": Decimal(2)}, "原因"),
        ("字" * 201, {"hours": Decimal(2)}, "200"),
        ("核对", {"hours": Decimal(25)}, "24"),
        ("核对", {"hours": Decimal("1.5")}, "没有改动"),
    ],
)
def test_a_correction_needs_a_reason_a_change_and_what_can_be(reason, values, words):
    record = logged()
    records.confirm(record, actor=SYSTEM)
    with pytest.raises(Refused, match=words):
        records.correct(record, values, reason=reason, actor=factories.liaison_staff())


def test_a_record_by_evidence_keeps_its_kind_and_day():
    record, _new = evident(factories.committee_member())
    staff = factories.liaison_staff()
    with pytest.raises(Refused, match="自动形成"):
        records.correct(record, {"day": timezone.localdate() - datetime.timedelta(days=1)}, reason="核对", actor=staff)
    with pytest.raises(Refused, match="自动形成"):
        records.correct(record, {"kind": K.VISIT}, reason="核对", actor=staff)
    assert records.correct(record, {"hours": Decimal(1)}, reason="核对", actor=staff).hours == Decimal(1)


@pytest.mark.parametrize("who", [factories.community_staff, factories.auditor, factories.member])
def test_others_correct_nothing(who):
    record, _new = evident(factories.committee_member())
    with pytest.raises(TransitionNotAllowed):
        records.correct(record, {"hours": Decimal(1)}, reason="核对", actor=who())


# --- The table: every act × status × who -----------------------------------------------------------------------------

ACTS = {
    "confirm": lambda record, who: records.confirm(record, **who),
    "send back": lambda record, who: records.send_back(record, reason="原因", **who),
    "void": lambda record, who: records.void(record, reason="原因", **who),
    "resubmit": lambda record, who: records.resubmit(record, {}, **who),
}
# Act → status before → status after and who may, by hand. L: liaison staff, O: the member whose it is, S: the system.
# What is not listed is refused to everybody.
TABLE = {
    "confirm": {"submitted": ("confirmed", "LS")},
    "send back": {"submitted": ("returned", "LS")},
    "void": {"confirmed": ("void", "LS")},
    "resubmit": {"returned": ("submitted", "OS")},
}
STATUSES = ("submitted", "returned", "confirmed", "void")
# C: community staff, A: the auditor, X: another member.
# Mending what nobody confirmed yet is no move; it has tests of its own.
CASES = [(act, status) for act in TABLE for status in STATUSES if (act, status) != ("resubmit", "submitted")]


@pytest.fixture
def parties():
    """As whom they act, by letter."""
    return {
        "L": {"actor": factories.liaison_staff()},
        "C": {"actor": factories.community_staff()},
        "A": {"actor": factories.auditor()},
        "O": own(factories.member_with_account()),
        "X": own(factories.member_with_account("other", name="别人")),
        "S": {"actor": SYSTEM},
    }


@each_row(("act", "status"), CASES)
def test_a_record_moves_as_the_table_says_and_not_otherwise(parties, act, status):
    record = factories.duty(factories.member_with_account(), status)
    to, may = TABLE[act].get(status, ("", ""))
    before = (record.transitions.count(), AuditEntry.objects.count())
    for who, acting in parties.items():
        if who in may or (who in "OX" and act != "resubmit"):
            continue
        with pytest.raises(TransitionNotAllowed):
            ACTS[act](record, acting)
        assert DutyRecord.objects.get().status == status, who
        assert (record.transitions.count(), AuditEntry.objects.count()) == before, who
    for who in may:
        acting = parties[who]
        with transaction.atomic():
            assert ACTS[act](record, acting).status == DutyRecord.objects.get().status == to
            move = record.transitions.latest("pk")
            assert (move.from_status, move.to_status, move.actor) == (status, to, acting["actor"].user)
            assert move.party == {"L": "staff", "O": "member", "S": "system"}[who]
            assert record.transitions.count() == before[0] + 1
            # What staff do goes into the audit too.
            assert AuditEntry.objects.count() == before[1] + (who == "L")
            transaction.set_rollback(True)


@pytest.mark.parametrize(("act", "status"), [(records.send_back, "submitted"), (records.void, "confirmed")])
def test_returning_and_voiding_require_a_reason_of_some_length(act, status):
    record = factories.duty(status=status)
    for reason in ("", "  "):
        with pytest.raises(RequirementMissing, match="须写明原因。"):
            act(record, reason=reason, actor=factories.liaison_staff())
    with pytest.raises(Refused, match="原因最多 200 个字。"):
        act(record, reason="字" * 201, actor=factories.liaison_staff())
    assert DutyRecord.objects.get().status == status


@pytest.mark.django_db(transaction=True)
def test_confirmed_and_returned_at_the_same_moment_one_wins():
    record, staff = logged(), factories.liaison_staff()
    who = {"actor": staff, "version": record.version}
    acts = [lambda: records.confirm(record, **who), lambda: records.send_back(record, reason="原因", **who)] * 5
    results = at_once(*acts)
    assert sum(isinstance(result, DutyRecord) for result in results) == 1
    assert sum(isinstance(result, Stale) for result in results) == 9


# --- The year --------------------------------------------------------------------------------------------------------


def test_the_year_sums_confirmed_records_by_kind_in_one_query():
    member = factories.member_with_account()
    day = datetime.date(2025, 6, 1)
    rows = [
        {"text": "甲", "hours": Decimal("1.5"), "people_served": 6},
        {"text": "乙", "hours": Decimal(2), "people_served": None},
        {"text": "丙", "kind": K.PROPOSAL, "hours": None, "people_served": None},
        {"text": "别的年", "day": datetime.date(2024, 12, 31)},
    ]
    for row in rows:
        records.confirm(logged(member, **({"day": day} | row)), actor=SYSTEM)
    logged(member, day=day, text="还没确认")
    void = records.confirm(logged(member, day=day, text="作废"), actor=SYSTEM)
    records.void(void, reason="记错了人", actor=SYSTEM)
    records.confirm(logged(factories.committee_member("别人"), day=day), actor=SYSTEM)
    with CaptureQueriesContext(connection) as queries:
        found = selectors.duties.overview(member, 2025)
    assert len(queries) == 1
    assert [(row.kind.value, row.count, row.hours, row.people) for row in found.kinds] == [
        ("visit", 2, Decimal("3.5"), 6),
        ("proposal", 1, Decimal(0), 0),
    ]
    assert (found.count, found.hours, found.people) == (3, Decimal("3.5"), 6)
    assert selectors.duties.overview(member, 2000).count == 0
