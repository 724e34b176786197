"""Who was at an event: the code at the door, each once, by hand, and the balance of the five sectors."""

import datetime
import re

import pytest
from django.db import transaction
from django.template import Context, Template
from django.utils import timezone

from consultation.models import Organisation, OrganisationKind
from consultation.services import events, sign_ups
from consultation.workflow import EventStatus
from foundation import clock
from foundation.actors import SYSTEM
from foundation.audit import AuditEntry
from foundation.errors import Refused, TransitionNotAllowed
from foundation.tokens import new_code
from members import selectors, services
from members.models import Attendance, CheckIn
from members.services import attendance
from tests import factories
from tests.pages import flat
from tests.together import at_once

pytestmark = pytest.mark.django_db

SCAN = "请用手机扫现场张贴的二维码签到。"
GONE = "这个签到码已失效，请扫现场最新的二维码。"
EARLY = "未到签到时间，活动开始前 30 分钟起可以签到。"
LATE = "签到已经结束。如需补登到场，请联系工作人员。"
CANCELLED = "活动已取消，无需签到。"


def now_on(status=EventStatus.OPEN, **values):
    """An event that began half an hour ago."""
    return factories.event(status, starts_at=timezone.now() - datetime.timedelta(minutes=30), **values)


def come(event, visitor="phone", **values):
    return attendance.check_in(event, **({"door_key": event.door_key, "visitor": visitor} | values))


def rows(event) -> list[tuple]:
    """(member, organisation, sector, people, number of the sign-up), oldest first."""
    found = event.attendances.order_by("pk").select_related("member", "organisation", "sign_up")
    return [
        (
            str(row.member or ""),
            str(row.organisation or ""),
            row.sector,
            row.people,
            row.sign_up.number if row.sign_up else None,
        )
        for row in found
    ]


def record(event, *, actor, **who) -> Attendance:
    """By hand, through the service for what `who` names."""
    for name in ("member", "organisation", "sign_up"):
        if name in who:
            return getattr(attendance, f"record_{name}")(event, who.pop(name), **who, actor=actor)
    return attendance.record_people(event, **who, actor=actor)


def signed_up(event, phone="13912345678", **values):
    return sign_ups.sign_up(event, code=new_code(), phone=phone, **values)[0]


# --- The door --------------------------------------------------------------------------------------------------------


def test_the_doors_code_opens_from_half_an_hour_before_till_two_hours_after():
    event = factories.event()
    key = event.door_key
    for minutes, expected in {-31: EARLY, -30: None, 0: None, 119: None, 240: None, 241: LATE}.items():
        with clock.turned_to(event.starts_at + datetime.timedelta(minutes=minutes)):  # it lasts two hours
            if expected is None:
                attendance.check_door(event, key)
                continue
            with pytest.raises(Refused) as refusal:
                attendance.check_door(event, key)
            assert str(refusal.value) == expected


@pytest.mark.parametrize(
    ("key", "expected"), [("", SCAN), ("wrong", GONE), ("\x00", GONE), ("锁" * 10_000, GONE), ("\ud800", GONE)]
)
def test_a_missing_or_forged_code_is_refused_and_counts_nobody(key, expected):
    event = now_on()
    with pytest.raises(Refused) as refusal:
        come(event, door_key=key)
    assert str(refusal.value) == expected
    assert rows(event) == []


def test_a_renewed_code_is_refused_like_a_forged_one():
    event = now_on()
    old = event.door_key
    event = events.renew_door_key(event, actor=SYSTEM)
    with pytest.raises(Refused) as refusal:
        come(event, door_key=old)
    assert str(refusal.value) == GONE
    assert come(event)[1] is True


def test_another_events_code_opens_nothing():
    event, other = now_on(), now_on(title="另一场", place="别处")
    with pytest.raises(Refused):
        come(event, door_key=other.door_key)


def test_a_cancelled_event_takes_nobody_in():
    event = events.cancel(now_on(), actor=SYSTEM, reason="下大雨")
    with pytest.raises(Refused) as refusal:
        come(event)
    assert str(refusal.value) == CANCELLED


# --- Each once -------------------------------------------------------------------------------------------------------


def test_one_phone_checks_in_once():
    event = now_on()
    first, created = come(event)
    assert created
    again, created = come(event, sector="media")
    assert (again, created) == (first, False)
    assert rows(event) == [("", "", "", 1, None)]
    assert first.how == CheckIn.DOOR


def test_the_hash_of_a_phone_differs_at_each_event():
    kept = {come(now_on(title=title, place=title))[0].visitor for title in ("甲", "乙")}
    assert len(kept) == 2
    assert "phone" not in kept


def test_a_member_checks_in_once_from_two_phones_and_after_staff_recorded_them():
    event, member = now_on(), factories.committee_member()
    assert come(event, member=member)[1] is True
    assert come(event, "second phone", member=member)[1] is False
    other = factories.committee_member("林岚")
    record(event, actor=factories.community_staff(), member=other)
    assert come(event, "third phone", member=other)[1] is False
    assert rows(event) == [("陈敏", "", "", 1, None), ("林岚", "", "", 1, None)]


def test_an_organisation_is_named_once_and_each_of_its_people_counts():
    event, company = now_on(), factories.organisation()
    assert [come(event, phone, organisation=company)[1] for phone in ("a", "b", "b", "c")] == [True, True, False, True]
    assert rows(event) == [
        ("", "桂花物业", "enterprise", 1, None),
        ("", "", "enterprise", 1, None),
        ("", "", "enterprise", 1, None),
    ]


def test_a_sign_up_is_found_by_phone_or_e_mail_and_linked():
    event = now_on()
    place = signed_up(factories_open(event), phone="139 1234 5678", email="wang@example.com")
    assert selectors.attendance.sign_up_of(event, "+86 13912345678") == place
    assert selectors.attendance.sign_up_of(event, "WANG@example.com") == place
    for address in ("", "  ", "13900000000", "nobody@example.com", "x" * 10_000):
        assert selectors.attendance.sign_up_of(event, address) is None
    come(event, sign_up=place)
    assert rows(event) == [("", "", "", 1, 1)]
    assert selectors.attendance.sign_up_of(event, "13912345678") is None


def factories_open(event):
    """The same event as one that may still be signed up for: its deadline lies ahead."""
    event.sign_up_until = event.ends_at
    return events.change(event, ["sign_up_until"], actor=SYSTEM)


def test_somebody_ticked_off_by_staff_who_scans_the_code_counts_once():
    event = now_on()
    place = signed_up(factories_open(event))
    record(event, actor=factories.community_staff(), sign_up=place)
    row, created = come(event, sign_up=selectors.attendance.sign_up_of(event, "13912345678"))
    assert created is False
    assert row.visitor
    assert rows(event) == [("", "", "", 1, 1)]
    # The phone is known from now on.
    assert come(event)[1] is False


def test_a_second_phone_with_the_same_sign_up_counts_as_another_person():
    event = now_on()
    place = signed_up(factories_open(event))
    come(event, "a", sign_up=place)
    come(event, "b", sign_up=place)
    assert rows(event) == [("", "", "", 1, 1), ("", "", "", 1, None)]


# --- By hand ---------------------------------------------------------------------------------------------------------


def test_staff_record_members_organisations_sign_ups_and_numbers_of_people():
    event, staff = now_on(), factories.community_staff()
    place = signed_up(factories_open(event), sector="school")
    record(event, actor=staff, member=factories.committee_member())
    record(event, actor=staff, organisation=factories.organisation(), people=6)
    record(event, actor=staff, sign_up=place)
    record(event, actor=staff, people=20)
    record(event, actor=staff, sector="media", people=2)
    assert rows(event) == [
        ("陈敏", "", "", 1, None),
        ("", "桂花物业", "enterprise", 6, None),
        ("", "", "school", 1, 1),
        ("", "", "", 20, None),
        ("", "", "media", 2, None),
    ]
    assert {row.how for row in event.attendances.all()} == {CheckIn.HAND}
    member, company, place, _residents, _media = event.attendances.order_by("pk")
    entries = AuditEntry.objects.filter(action="attendance").order_by("pk")
    assert [(entry.subject, entry.detail) for entry in entries] == [
        (f"event:{event.pk}", f"+ member:{member.member_id}"),
        (f"event:{event.pk}", f"+ organisation:{company.organisation_id} x6"),
        (f"event:{event.pk}", f"+ sign_up:{place.sign_up_id}"),
        (f"event:{event.pk}", "+ residents x20"),
        (f"event:{event.pk}", "+ media x2"),
    ]


def test_recorded_twice_is_refused_with_a_sentence():
    event, staff = now_on(), factories.community_staff()
    place = signed_up(factories_open(event))
    for who, text in (
        ({"member": factories.committee_member()}, "陈敏已登记。"),
        ({"organisation": factories.organisation(), "people": 3}, "桂花物业已登记。如需修改人数，请先删除原记录。"),
        ({"sign_up": place}, "报名第 1 号已登记。"),
        ({"people": 9, "key": "the form"}, "刚才已经登记，没有重复计数。"),
    ):
        record(event, actor=staff, **who)
        with pytest.raises(attendance.AlreadyThere) as refusal:
            record(event, actor=staff, **who)
        assert str(refusal.value) == text
    assert len(rows(event)) == 4
    assert AuditEntry.objects.filter(action="attendance").count() == 4


@pytest.mark.parametrize("people", [0, -1, 10_001])
def test_a_number_that_cannot_be_is_refused(people):
    with pytest.raises(Refused) as refusal:
        record(now_on(), actor=SYSTEM, people=people)
    assert str(refusal.value) == "请核对人数：应在 1 到 10000 之间。"


def test_nobody_is_recorded_before_the_event_nor_at_a_cancelled_one_nor_for_a_cancelled_sign_up():
    for event, text in (
        (factories.event(), "活动还没有开始，开始前 30 分钟起可以登记到场。"),
        (factories.event(EventStatus.CANCELLED), "活动已取消，不能登记到场。"),
    ):
        with pytest.raises(Refused) as refusal:
            record(event, actor=SYSTEM, people=1)
        assert str(refusal.value) == text
    event = now_on()
    place = sign_ups.cancel(signed_up(factories_open(event)))
    with pytest.raises(Refused):
        record(event, actor=SYSTEM, sign_up=place)
    assert not Attendance.objects.exists()


def test_recording_and_removing_need_their_permissions():
    event = now_on()
    row, _created = come(event)
    for actor in (factories.auditor(), factories.member()):
        with pytest.raises(TransitionNotAllowed):
            record(event, actor=actor, people=1)
        with pytest.raises(TransitionNotAllowed):
            attendance.remove(row, actor=actor)
    attendance.remove(row, actor=factories.community_staff())
    assert rows(event) == []
    assert AuditEntry.objects.get(action="attendance").detail == "- residents x1"
    with pytest.raises(Refused) as refusal:
        attendance.remove(row, actor=factories.community_staff("another"))
    assert str(refusal.value) == "这条记录已经删除。"


def test_an_import_is_recorded_as_one():
    row = record(factories.event(EventStatus.HELD), actor=SYSTEM, people=60)
    assert (row.how, row.recorded_by) == (CheckIn.IMPORT, None)


# --- At the same moment ----------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_pressed_ten_times_at_once_one_phone_counts_once():
    event, member = now_on(), factories.committee_member()
    results = at_once(*[lambda: come(event)] * 10)
    assert sorted(created for _row, created in results) == [False] * 9 + [True]
    results = at_once(*[lambda: come(event, "the member's phone", member=member)] * 5)
    assert sorted(created for _row, created in results) == [False] * 4 + [True]
    assert rows(event) == [("", "", "", 1, None), ("陈敏", "", "", 1, None)]


@pytest.mark.django_db(transaction=True)
def test_five_of_one_organisation_at_once_name_it_once_and_count_five():
    event, company = now_on(), factories.organisation()
    results = at_once(*[lambda phone=phone: come(event, phone, organisation=company) for phone in "abcde"])
    assert [created for _row, created in results] == [True] * 5
    assert event.attendances.of_organisations().count() == 1
    assert selectors.attendance.balance(event).sectors["enterprise"] == 5


@pytest.mark.django_db(transaction=True)
def test_two_colleagues_who_record_the_same_member_at_once_do_so_once():
    event, member, staff = now_on(), factories.committee_member(), factories.community_staff()
    results = at_once(*[lambda: record(event, actor=staff, member=member)] * 2)
    assert sorted(type(result).__name__ for result in results) == ["AlreadyThere", "Attendance"]
    assert rows(event) == [("陈敏", "", "", 1, None)]
    assert AuditEntry.objects.filter(action="attendance").count() == 1


@pytest.mark.django_db(transaction=True)
def test_without_the_tables_constraint_one_phone_would_count_twice():
    """That the once is kept by the database, not by looking first: past the look, the second insert is refused."""
    event = now_on()
    row, _created = come(event)
    copy = Attendance(event=event, visitor=row.visitor, how=CheckIn.DOOR)
    with pytest.raises(Exception, match="visitor_attends_once"), transaction.atomic():
        copy.save()


# --- The balance of sectors ------------------------------------------------------------------------------------------


def held(*records):
    event = factories.event(EventStatus.HELD)
    for values in records:
        record(event, actor=SYSTEM, **values)
    return event


def test_the_balance_counts_people_of_all_five_sectors_residents_and_members():
    school = factories.organisation("桂花小学", kind=OrganisationKind.SCHOOL)
    event = held(
        {"member": factories.committee_member()},
        {"member": factories.committee_member("林岚")},
        {"organisation": factories.organisation(), "people": 7},
        {"organisation": school, "people": 3},
        {"sector": "enterprise", "people": 2},
        {"people": 40},
        {"people": 5},
    )
    counted = selectors.attendance.balance(event)
    assert counted.sectors == {"government": 0, "enterprise": 9, "society": 0, "media": 0, "school": 3}
    assert (counted.residents, counted.members, counted.people) == (45, 2, 59)
    assert [str(row) for row in counted.organisations] == ["桂花小学", "桂花物业"]
    assert [sector.value for sector in counted.absent] == ["government", "society", "media"]


def draw(event) -> str:
    html = Template("{% load members %}{% event_attendance event %}").render(Context({"event": event}))
    return html


def test_the_public_table_hides_one_to_four_people_names_the_absent_and_gives_no_total(django_assert_num_queries):
    event = held(
        {"member": factories.committee_member()},
        {"organisation": factories.organisation(), "people": 10},
        {"sector": "school", "people": 4},
        {"people": 40},
    )
    with django_assert_num_queries(2):
        html = draw(event)
    cells = [part.split("</td>")[0] for part in html.split("<td>")[1:]]
    assert [cell.split("<meter")[0] for cell in cells] == [
        "无人到场",
        "10 人",
        "无人到场",
        "无人到场",
        "不足 5 人",
        "40 人",
        "不足 5 人",
    ]
    # Bars only for what is counted out, in proportion to the longest.
    assert [cell.partition('value="')[2].partition('"')[0] for cell in cells] == ["", "25", "", "", "", "100", ""]
    assert "55" not in html
    assert "媒体" in html
    assert "到场单位：桂花物业。" in re.sub(r"<[^>]*>", "", html)


def test_where_nobody_was_recorded_or_nothing_took_place_yet_nothing_is_drawn():
    assert draw(held()).strip() == ""
    event = now_on()
    come(event)
    assert draw(event).strip() == ""


def test_a_partner_that_is_no_longer_shown_is_not_named():
    company = factories.organisation()
    event = held({"organisation": company, "people": 10})
    Organisation.objects.filter(pk=company.pk).update(is_active=False)
    assert "桂花物业" not in draw(event)


# --- The agenda ------------------------------------------------------------------------------------------------------


def test_the_agenda_names_members_by_level_then_who_is_no_member_in_one_query(django_assert_num_queries):
    event = factories.event(agenda=3)
    items = list(event.agenda.all())
    items[0].presenter, items[0].starts_at = "物业经理周先生", datetime.time(14, 30)
    members = [factories.committee_member(level="district"), factories.committee_member("林岚")]
    services.people.present(items[0], members, actor=SYSTEM)
    services.people.present(items[1], [members[1]], actor=SYSTEM)
    with django_assert_num_queries(1):
        html = Template("{% load members %}{% event_agenda event items %}").render(
            Context({"event": event, "items": items})
        )
    html = flat(html)
    told = re.sub(r"<a href=\"/members/\d+/\">(.*?)</a>", r"[\1]", html)
    assert "主讲：[区政协委员 陈敏]、[政协委员 林岚]、物业经理周先生" in told
    assert '<time datetime="14:30">14:30</time>' in html
    assert html.index("第 1 个议题") < html.index("第 2 个议题") < html.index("第 3 个议题")
    assert html.count("主讲：") == 2
