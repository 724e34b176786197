"""Admin pages of duties: the queue, acts within one's own areas, a member's year for the office."""

import datetime
import io
from decimal import Decimal

import openpyxl
import pytest

from consultation.workflow import EventStatus
from foundation.actors import SYSTEM, Party
from foundation.audit import AuditEntry
from members.models import AgreementMember, DutyKind, DutyRecord, LiaisonCommittee, Member
from members.services import attendance
from members.services.duties import records
from members.workflow import DutyStatus
from tests import factories
from tests.pages import body, form, words

pytestmark = pytest.mark.django_db
LIST = "/admin/members/dutyrecord/"
K, S = DutyKind, DutyStatus


def far_member() -> Member:
    """In the other subdistrict."""
    place = factories.tree().far_subdistrict
    committee = LiaisonCommittee.objects.get_or_create(area=place, defaults={"name": "湖西联络委", "ref_prefix": "HX"})[
        0
    ]
    return Member.objects.get_or_create(name="远处的委员", committee=committee)[0]


def logged(member=None, *, status=S.SUBMITTED, **values):
    return factories.duty(member, status, **({"hours": Decimal("1.5"), "people_served": 6} | values))


def of(record, rest: str = "change/") -> str:
    return f"{LIST}{record.pk}/{rest}"


def state(record) -> str:
    return DutyRecord.objects.get(pk=record.pk).status


# --- The list --------------------------------------------------------------------------------------------------------


def test_the_queue_and_every_filter(liaison_client):
    waiting = logged(text="等着的")
    logged(status=S.CONFIRMED, kind=K.RESEARCH, text="确认了的", day=datetime.date(2025, 6, 1))
    other = factories.committee_member("王强")
    logged(other, text="别人的")
    said = words(liaison_client.get(LIST))
    assert all(text in said for text in ("等着的", "确认了的", "别人的", "待确认 2 条"))
    for query, there, gone in (
        ("status__exact=submitted", ["等着的", "别人的"], ["确认了的"]),
        ("kind__exact=research", ["确认了的"], ["等着的"]),
        ("source__exact=evidence", [], ["等着的", "确认了的"]),
        ("year=2025", ["确认了的"], ["等着的"]),
        (f"member={other.pk}", ["别人的"], ["等着的", "确认了的"]),
        ("q=王强", ["别人的"], ["等着的"]),
    ):
        said = words(liaison_client.get(f"{LIST}?{query}"))
        assert [text in said for text in (*there, *gone)] == [True] * len(there) + [False] * len(gone), query
    assert waiting.status == S.SUBMITTED


def test_filters_that_are_none_show_all(liaison_client):
    logged()
    for query in ("year=1", "year=x", "member=x", "member=999999", "year=%C2%B2"):
        response = liaison_client.get(f"{LIST}?{query}")
        assert response.status_code == 200, query
        assert "走访三户独居老人" in words(response), query


def test_out_of_scope_is_not_there_by_any_way(liaison_client):
    far = far_member()
    record = logged(far, photos=[factories.staged_photo().key])
    said = words(liaison_client.get(LIST))
    assert "走访三户独居老人" not in said
    assert "远处的委员" not in said
    photo = record.photos.get().pk
    acts = ("change/", "move/confirmed/", "move/returned/", "correct/", f"photos/{photo}.jpg")
    for address in (*(of(record, rest) for rest in acts), f"{LIST}member/{far.pk}/2025/sheet/"):
        assert liaison_client.get(address).status_code == 404, address
    assert liaison_client.post(f"{LIST}member/{far.pk}/2025.xlsx").status_code == 404
    liaison_client.post(of(record, "move/confirmed/"), {"version": 0})
    liaison_client.post(f"{LIST}confirm/", {"record": f"{record.pk}:0"})
    assert state(record) == S.SUBMITTED
    # Nor can anything be entered for them.
    page = form(liaison_client.get(f"{LIST}add/"), "key")
    response = page.send(liaison_client, f"{LIST}add/", member=far.pk, kind="visit", hours="1", text="走访")
    assert response.status_code == 422
    assert DutyRecord.objects.count() == 1


# --- Acts ------------------------------------------------------------------------------------------------------------


def test_one_is_confirmed_by_a_button(liaison_client):
    record = logged()
    page = form(liaison_client.get(of(record)), "version")
    assert page.action == of(record, "move/confirmed/")
    response = page.send(liaison_client)
    assert (response.status_code, response["Location"]) == (302, of(record))
    assert state(record) == S.CONFIRMED
    assert AuditEntry.objects.get(action="moved").detail == "submitted → confirmed"
    # Pressed again: a sentence, no second move.
    again = liaison_client.post(of(record, "move/confirmed/"), {"version": 0}, follow=True)
    assert "目前不能由您改为“已确认”" in words(again)
    assert record.transitions.count() == 1


def test_one_is_returned_with_a_reason(liaison_client):
    record = logged()
    address = of(record, "move/returned/")
    page = form(liaison_client.get(address), "version")
    assert page.send(liaison_client, address, reason=" ").status_code == 422
    assert page.send(liaison_client, address, reason="字" * 201).status_code == 422
    assert page.send(liaison_client, address, reason="a\x00b").status_code == 422
    assert state(record) == S.SUBMITTED
    assert page.send(liaison_client, address, reason="请写明是哪几户").status_code == 302
    assert state(record) == S.RETURNED
    assert "请写明是哪几户" in words(liaison_client.get(of(record)))


def test_one_is_voided_with_a_reason_and_stays_to_be_seen(liaison_client):
    record = logged(status=S.CONFIRMED)
    address = of(record, "move/void/")
    form(liaison_client.get(address), "version").send(liaison_client, address, reason="记错了人")
    assert state(record) == S.VOID
    said = words(liaison_client.get(of(record)))
    assert "记错了人" in said
    assert "作废…" not in said


def test_a_stale_page_confirms_nothing(liaison_client):
    member = factories.member_with_account()
    record = logged(member)
    page = form(liaison_client.get(of(record)), "version")
    records.resubmit(record, {"text": "别的话"}, actor=member.user, party=Party.MEMBER)
    response = page.send(liaison_client)
    assert response.status_code == 409
    assert "刚刚被他人修改" in words(response)
    assert state(record) == S.SUBMITTED


def test_looking_at_an_act_changes_nothing(liaison_client):
    record = logged()
    for rest in ("move/confirmed/", "move/returned/", "change/"):
        assert liaison_client.get(of(record, rest)).status_code == 200
    assert liaison_client.get(of(record, "move/nonsense/")).status_code == 404
    assert liaison_client.post(of(record), {"text": "x"}).status_code == 403
    record.refresh_from_db()
    assert (record.status, record.version) == (S.SUBMITTED, 0)


def test_a_correction_with_a_reason(liaison_client):
    record = logged(status=S.CONFIRMED)
    address = of(record, "correct/")
    page = form(liaison_client.get(address), "version", "reason")
    assert (page.values["kind"], page.values["hours"]) == ("visit", "1.5")
    assert page.send(liaison_client, address, hours="2").status_code == 422
    assert page.send(liaison_client, address, hours="25", reason="核对").status_code == 422
    assert page.send(liaison_client, address, reason="核对").status_code == 422  # nothing changed
    assert page.send(liaison_client, address, hours="2", kind="research", reason="核对").status_code == 302
    record.refresh_from_db()
    assert (record.hours, record.kind, record.status) == (Decimal(2), "research", S.CONFIRMED)
    assert "类型：由“走访”改为“调研”" in words(liaison_client.get(of(record)))


def test_a_correction_of_long_ago_keeps_its_day(liaison_client):
    record = logged(status=S.CONFIRMED, day=datetime.date(2023, 3, 1))
    address = of(record, "correct/")
    page = form(liaison_client.get(address), "version", "reason")
    assert page.send(liaison_client, address, day="2023-03-02", reason="核对").status_code == 422
    assert page.send(liaison_client, address, text="走访四户", reason="核对").status_code == 302
    record.refresh_from_db()
    assert (record.text, record.day) == ("走访四户", datetime.date(2023, 3, 1))


def test_a_record_by_evidence_is_corrected_without_kind_and_day(liaison_client):
    event = factories.event(EventStatus.HELD)
    attendance.record_member(event, factories.committee_member(), actor=SYSTEM)
    record = DutyRecord.objects.get()
    address = of(record, "correct/")
    page = form(liaison_client.get(address), "version", "reason")
    assert not {"kind", "day"} & set(page.values)
    sent = {"kind": "visit", "day": "2025-01-01", "hours": "1", "reason": "提前离开"}
    assert page.send(liaison_client, address, **sent).status_code == 302
    record.refresh_from_db()
    assert (record.kind, record.hours) == ("attendance", Decimal(1))


def test_only_a_confirmed_record_is_corrected(liaison_client):
    for status in (S.SUBMITTED, S.RETURNED, S.VOID):
        record = logged(status=status, text=f"走访 {status}")
        assert liaison_client.get(of(record, "correct/")).status_code == 302, status
        assert "更正…" not in words(liaison_client.get(of(record))), status


# --- For a member who does not use the portal ------------------------------------------------------------------------


def test_one_is_entered_for_a_member(liaison_client):
    member = factories.committee_member()
    page = form(liaison_client.get(f"{LIST}add/"), "key")
    answers = {"member": member.pk, "kind": "reception", "hours": "2", "text": "接待居民", "place": "协商家"}
    response = page.send(liaison_client, f"{LIST}add/", **answers)
    record = DutyRecord.objects.get()
    assert response["Location"] == of(record)
    assert (record.member, record.source, record.status, record.entered_by) == (
        member,
        "staff",
        S.CONFIRMED,
        liaison_client.user,
    )
    assert AuditEntry.objects.filter(action="duty_entered", subject=f"dutyrecord:{record.pk}").count() == 1
    # The same form again is the same record; the same thing anew is refused.
    assert page.send(liaison_client, f"{LIST}add/", **answers)["Location"] == of(record)
    again = form(liaison_client.get(f"{LIST}add/"), "key").send(liaison_client, f"{LIST}add/", **answers)
    assert again.status_code == 422
    assert "已经登记" in words(again)
    assert DutyRecord.objects.count() == 1


def test_what_is_entered_wrong_is_named(liaison_client, subtests):
    good = {"member": factories.committee_member().pk, "kind": "visit", "hours": "1", "text": "走访"}
    page = form(liaison_client.get(f"{LIST}add/"), "key")
    for answers in (
        {"member": ""},
        {"member": "x"},
        {"member": "9" * 30},
        {"kind": "lecture"},
        {"hours": "0"},
        {"text": "a\x00b"},
        {"text": "字" * 10_000},
        {"day": "2031-01-01"},
    ):
        response = page.send(liaison_client, f"{LIST}add/", **(good | answers))
        with subtests.test(str(answers)[:100]):
            assert response.status_code == 422
            assert not DutyRecord.objects.exists()


# --- Several at once -------------------------------------------------------------------------------------------------


def test_several_are_confirmed_after_being_shown(liaison_client):
    waiting = [logged(text=f"第 {number} 件") for number in range(3)]
    settled = logged(status=S.RETURNED, text="退回了的")
    chosen = {"action": "confirm_chosen", "_selected_action": [row.pk for row in (*waiting, settled)]}
    response = liaison_client.post(LIST, chosen)
    ids = "%2C".join(str(row.pk) for row in waiting)
    assert response["Location"] == f"{LIST}confirm/?ids={ids}"
    page = liaison_client.get(response["Location"])
    said = words(page)
    assert "确认这 3 条？" in said
    assert "退回了的" not in said
    assert [state(row) for row in waiting] == [S.SUBMITTED] * 3
    # One changes meanwhile: the page says so, and the others are confirmed.
    records.send_back(waiting[0], reason="请写明", actor=SYSTEM)
    sent = {"record": [f"{row.pk}:0" for row in waiting]}
    said = words(liaison_client.post(f"{LIST}confirm/", sent, follow=True))
    assert "已确认 2 条" in said
    assert "刚刚被他人修改" in said
    assert [state(row) for row in waiting] == [S.RETURNED, S.CONFIRMED, S.CONFIRMED]


def test_confirming_nothing_goes_back(liaison_client):
    for ids in ("", "x", "1,x", "999999", "9" * 30, "²"):
        assert liaison_client.get(f"{LIST}confirm/", {"ids": ids})["Location"] == LIST, ids


def test_a_forged_confirmation_confirms_nothing(liaison_client):
    record = logged()
    for pair in ("", "x", "1", "1:", ":1", "1:x", "²:0", f"{'9' * 30}:0"):
        assert liaison_client.post(f"{LIST}confirm/", {"record": pair})["Location"] == LIST, pair
        assert state(record) == S.SUBMITTED, pair


# --- A member's year, and photos -------------------------------------------------------------------------------------


def test_the_office_has_a_members_sheet_and_a_spreadsheet_that_is_audited(liaison_client):
    record = logged(status=S.CONFIRMED, day=datetime.date(2025, 6, 1))
    html = liaison_client.get(of(record)).content.decode()
    sheet, export = (f"{LIST}member/{record.member_id}/{rest}" for rest in ("2025/sheet/", "2025.xlsx"))
    assert sheet in html
    assert export in html
    page = liaison_client.get(sheet)
    assert "2025 年委员履职表" in words(page)
    assert "no-store" in page["Cache-Control"]
    assert liaison_client.get(export).status_code == 405
    assert not AuditEntry.objects.filter(action="exported").exists()
    book = openpyxl.load_workbook(io.BytesIO(body(liaison_client.post(export))))
    assert [cell.value for cell in book.worksheets[0][2]][:3] == [
        datetime.datetime(2025, 6, 1),
        "走访",
        "走访三户独居老人",
    ]
    entries = AuditEntry.objects.filter(action="exported").order_by("pk").values_list("subject", "detail")
    assert list(entries) == [(f"member:{record.member_id}", "duties 2025")]


def test_years_that_are_none(liaison_client):
    member = factories.committee_member()
    for year in (1999, 3000, 99999999):
        address = f"{LIST}member/{member.pk}/{year}"
        assert liaison_client.get(f"{address}/sheet/").status_code == 404, year
        assert liaison_client.post(f"{address}.xlsx").status_code == 404, year


def test_only_who_keeps_the_records_exports_them(auditor_client, community_client, liaison_client):
    record = logged(status=S.CONFIRMED)
    export = f"{LIST}member/{record.member_id}/{record.day.year}.xlsx"
    assert [client.post(export).status_code for client in (auditor_client, community_client)] == [403, 403]
    assert export not in auditor_client.get(of(record)).content.decode()
    assert export in liaison_client.get(of(record)).content.decode()


def test_a_photo_is_asked_for_by_its_own_record(liaison_client):
    record, other = (logged(text=text, photos=[factories.staged_photo().key]) for text in ("甲", "乙"))
    photo = record.photos.get().pk
    response = liaison_client.get(of(record, f"photos/{photo}.jpg?small"))
    assert (response.status_code, response["Content-Type"]) == (200, "image/jpeg")
    assert body(response)
    assert liaison_client.get(of(other, f"photos/{photo}.jpg")).status_code == 404


# --- Who -------------------------------------------------------------------------------------------------------------

# By hand: page → what liaison staff, community staff, the auditor, a member and nobody get.
TABLE = {
    "": (200, 200, 200, 302, 302),
    "{pk}/change/": (200, 200, 200, 302, 302),
    "{pk}/move/confirmed/": (200, 403, 403, 302, 302),
    "{pk}/move/returned/": (200, 403, 403, 302, 302),
    "{pk}/correct/": (302, 403, 403, 302, 302),
    "{pk}/photos/{photo}.jpg": (200, 200, 200, 302, 302),
    "add/": (200, 403, 403, 302, 302),
    "confirm/?ids={pk}": (200, 403, 403, 302, 302),
    "member/{member}/2025/sheet/": (200, 200, 200, 302, 302),
    "member/{member}/2025.xlsx": (405, 405, 405, 302, 302),
}


def test_every_page_by_every_role(member_client, auditor_client, resident, liaison_client, subtests):
    from tests.conftest import _client_of  # a client of the whole subdistrict, for this table only

    community = _client_of(factories.community_staff("community", factories.tree().subdistrict))
    record = logged(photos=[factories.staged_photo().key])
    for page, expected in TABLE.items():
        address = LIST + page.format(pk=record.pk, photo=record.photos.get().pk, member=record.member_id)
        clients = (liaison_client, community, auditor_client, member_client, resident)
        answers = [client.get(address) for client in clients]
        for answer in answers:
            body(answer)  # closes the file
        with subtests.test(page):
            assert tuple(answer.status_code for answer in answers) == expected


def test_the_auditor_reads_and_presses_nothing(auditor_client):
    record = logged()
    said = words(auditor_client.get(of(record)))
    assert "走访三户独居老人" in said
    for button in ("确认：", "退回…", "更正…"):
        assert button not in said.replace("待确认", "")
    assert auditor_client.post(of(record, "move/confirmed/"), {"version": 0}).status_code == 403
    assert auditor_client.post(f"{LIST}confirm/", {"record": f"{record.pk}:0"}).status_code == 403
    assert state(record) == S.SUBMITTED


# --- Agreements a member furthers ------------------------------------------------------------------------------------


def test_on_a_members_page_one_names_the_agreements_they_further(liaison_client):
    agreement, member = factories.agreement(), factories.committee_member()
    address = f"/admin/members/member/{member.pk}/change/"
    page = form(liaison_client.get(f"{address}?rows"), "agreements-TOTAL_FORMS")
    response = page.send(liaison_client, address, **{"agreements-0-agreement": agreement.pk})
    assert response.status_code == 302
    assert AgreementMember.objects.get().agreement == agreement


# --- Queries ---------------------------------------------------------------------------------------------------------


@pytest.fixture(params=[1, 4])
def last(request):
    return [logged(text=f"第 {count} 件") for count in range(request.param)][-1]


def test_queries(liaison_client, django_assert_num_queries, last):
    for page, number in (("", 8), ("{}/change/", 8), ("confirm/?ids={}", 5)):
        address = LIST + page.format(last.pk)
        liaison_client.get(address)  # what is cached for all is read
        with django_assert_num_queries(number):
            assert liaison_client.get(address).status_code == 200
