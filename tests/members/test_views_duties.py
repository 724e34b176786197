"""The duty record in a member's workspace: logged in a minute, mended when returned, seen by nobody else."""

import datetime
import io
import re
from decimal import Decimal

import openpyxl
import pytest
from django.utils import timezone

from consultation.workflow import EventStatus
from foundation.actors import SYSTEM
from foundation.throttle import Throttle
from foundation.uploads import StagedPhoto
from members.models import DutyKind, DutyPhoto, DutyRecord
from members.services import attendance
from members.services.duties import evidence, records
from members.services.duties.activity import Activity
from members.workflow import DutyStatus
from tests import factories
from tests.pages import body, form, words
from tests.rows import each_row

pytestmark = pytest.mark.django_db
NEW = "/my/duties/new/"
K, S = DutyKind, DutyStatus


@pytest.fixture
def member(member_client):
    return factories.member_with_account()


@pytest.fixture
def other(member):
    return factories.member_with_account("other", name="别人")


def logged(member, *, status=S.SUBMITTED, **values):
    return factories.duty(member, status, **({"hours": Decimal("1.5"), "people_served": 6} | values))


ANSWERS = {"kind": "visit", "text": "走访三户独居老人", "hours": "1.5"}


def send(client, **changes):
    return form(client.get(NEW), "key").send(client, NEW, **(ANSWERS | changes))


# --- Logging ---------------------------------------------------------------------------------------------------------


def test_three_answers_log_an_activity_of_today(member, member_client):
    response = send(member_client)
    record = DutyRecord.objects.get()
    assert (response.status_code, response["Location"]) == (302, f"/my/duties/{record.pk}/")
    assert (record.member, record.kind, record.day, record.hours) == (
        member,
        K.VISIT,
        timezone.localdate(),
        Decimal("1.5"),
    )
    assert (record.source, record.status, record.entered_by) == ("member", S.SUBMITTED, member_client.user)
    page = member_client.get(response["Location"])
    assert "已提交，待工作人员确认" in words(page)
    assert page["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"


def test_all_answers_are_stored(member, member_client):
    day = timezone.localdate() - datetime.timedelta(days=3)
    photos = {f"photo_{number}": factories.jpeg() for number in (1, 2, 3)}
    answers = {"kind": "service", "day": day.isoformat(), "place": "桂花社区", "people_served": "30"}
    send(member_client, **answers, **photos)
    record = DutyRecord.objects.get()
    assert (record.kind, record.day, record.place, record.people_served) == ("service", day, "桂花社区", 30)
    assert record.photos.count() == 3
    assert not StagedPhoto.objects.exists()


def test_the_form_is_made_for_a_phone(member, member_client):
    venue = factories.venue()
    page = member_client.get(NEW)
    html = page.content.decode()
    assert 'name="photos" accept="image/jpeg,' in html
    assert "capture=" not in html  # which would hide the album
    assert 'inputmode="decimal"' in html
    assert 'type="date"' in html
    assert '<input type="text" name="place" list="duty-places"' in html
    assert f'<option value="{venue.name}">' in html
    assert form(page, "key").values["day"] == timezone.localdate().isoformat()
    # A module from here, nothing inline.
    assert '<script type="module" src="/static/js/draft.js">' in html
    assert "<script>" not in html


def test_sent_again_it_is_the_same_record(member, member_client):
    page = form(member_client.get(NEW), "key")
    addresses = {page.send(member_client, NEW, **ANSWERS)["Location"] for _time in range(3)}
    assert addresses == {f"/my/duties/{DutyRecord.objects.get().pk}/"}


def test_the_same_thing_in_a_new_form_is_refused_in_words(member, member_client):
    send(member_client)
    response = send(member_client)
    assert response.status_code == 422
    assert "这一条已经登记" in words(response)
    assert DutyRecord.objects.count() == 1


def tomorrow() -> str:
    return (timezone.localdate() + datetime.timedelta(days=1)).isoformat()


def test_wrong_answers_are_named_and_nothing_is_saved(member, member_client, subtests):
    page = form(member_client.get(NEW), "key")
    for answers, said in (
        ({"kind": None}, "请选择类型"),
        ({"kind": "attendance"}, "请选择类型"),
        ({"text": ""}, "请填写做了什么"),
        ({"text": "字" * 501}, "最多 500 个字"),
        ({"text": "字" * 10_000}, "最多 500 个字"),
        ({"text": "a\x00b"}, "无法保存的字符"),
        ({"place": "字" * 81}, "最多 80 个字"),
        ({"place": "a\x00b"}, "无法保存的字符"),
        ({"day": ""}, "请填写日期"),
        ({"day": "昨天"}, "请填写日期"),
        ({"day": "a\x00b"}, "请填写日期"),
        ({"day": "2023-02-01"}, "日期早于一年前"),
        ({"hours": ""}, "0.5 到 24"),
        ({"hours": "0"}, "0.5 到 24"),
        ({"hours": "25"}, "0.5 到 24"),
        ({"hours": "-1"}, "0.5 到 24"),
        ({"hours": "1.3"}, "半小时为单位"),
        ({"hours": "两个"}, "0.5 到 24"),
        ({"hours": "NaN"}, "0.5 到 24"),
        ({"hours": "1e400"}, "0.5 到 24"),
        ({"people_served": "1000000000"}, "请核对服务人数"),
        ({"people_served": "-1"}, "请核对服务人数"),
        ({"people_served": "很多"}, "请核对服务人数"),
        ({"key": "not-a-key"}, "UUID"),
    ):
        response = page.send(member_client, NEW, **(ANSWERS | answers))
        with subtests.test(str(answers)[:100]):
            assert response.status_code == 422
            assert said in words(response)
            assert not DutyRecord.objects.exists()


def test_tomorrow_is_refused(member, member_client):
    response = send(member_client, day=tomorrow())
    assert response.status_code == 422
    assert "日期晚于今天" in words(response)


def test_extra_keys_decide_nothing(member, other, member_client):
    extra = {"member": str(other.pk), "status": "confirmed", "source": "staff", "is_demo": "on", "evidence": "x:1"}
    send(member_client, **extra)
    record = DutyRecord.objects.get()
    assert (record.member, record.status, record.source, record.evidence) == (member, S.SUBMITTED, "member", "")


def test_photos_wait_while_an_answer_is_mended(member, member_client):
    response = send(member_client, text="", photo_1=factories.jpeg(), photo_3=factories.jpeg())
    assert response.status_code == 422
    keys = list(StagedPhoto.objects.values_list("pk", flat=True))
    assert len(keys) == 2
    html = response.content.decode()
    assert all(f'value="{key}"' in html for key in keys)
    assert re.findall(r'type="file" name="(\w+)"', html) == ["photos"]  # one place left
    again = form(response, "key")
    again.values.pop("kept")
    response = again.send(member_client, NEW, text="走访", kept=keys, photo_1=factories.jpeg())
    assert response.status_code == 302
    assert DutyPhoto.objects.count() == 3


def test_a_photo_unticked_is_left_out(member, member_client):
    response = send(member_client, text="", photo_1=factories.jpeg())
    assert form(response, "key").send(member_client, NEW, text="走访", kept=None).status_code == 302
    assert not DutyPhoto.objects.exists()


def test_a_file_that_is_no_photo_is_refused_and_the_good_ones_stay(member, member_client):
    response = send(member_client, photo_1=factories.upload(b"no picture"), photo_2=factories.jpeg())
    assert response.status_code == 422
    assert "这不是能识别的照片" in words(response)
    assert StagedPhoto.objects.count() == 1
    assert form(response, "key").send(member_client, NEW).status_code == 302
    assert DutyPhoto.objects.count() == 1


def test_the_error_of_a_photo_is_shown_at_the_field_for_more(member, member_client):
    photos = [factories.jpeg(), factories.upload(b"no picture", "letter.jpg")]
    text = send(member_client, photos=photos, photo_3=factories.jpeg()).content.decode()
    # Two are kept, so that one may come; the summary leads to its field, which says the same.
    assert re.findall(r'type="file" name="(\w+)"', text) == ["photos"]
    assert '<a href="#id_photos">letter.jpg：这不是能识别的照片' in text
    [field] = re.findall(r'<input type="file"[^>]+>', text)
    assert 'aria-invalid="true"' in field and "id_photos_error" in field
    assert text.partition('id="id_photos_error"')[2].partition("</p>")[0].count("这不是能识别的照片") == 1


def test_an_expired_photo_is_refused_and_nothing_is_lost(member, member_client):
    response = send(member_client, kept="x" * 43)
    assert response.status_code == 422
    assert "请重新选择" in words(response)
    assert form(response, "key").values["text"] == "走访三户独居老人"
    assert form(response, "key").send(member_client, NEW).status_code == 302


def test_more_photos_than_three_are_refused(member, member_client):
    keys = [factories.staged_photo().key for _number in range(3)]
    response = send(member_client, kept=keys, photo_1=factories.jpeg())
    assert response.status_code == 422
    assert "最多 3 张照片" in words(response)


def test_photos_are_throttled(member, member_client, monkeypatch):
    monkeypatch.setattr("foundation.photo_forms.PhotoFields.UPLOADS_AN_HOUR", 1)
    send(member_client, photo_1=factories.jpeg())
    response = send(member_client, text="别的事", photo_1=factories.jpeg())
    assert response.status_code == 422
    assert "照片上传过于频繁" in words(response)
    assert Throttle.objects.exists()


def test_what_evidence_recorded_today_is_listed(member, member_client):
    event = factories.event(EventStatus.HELD, starts_at=timezone.now() - datetime.timedelta(minutes=5))
    attendance.record_member(event, member, actor=SYSTEM)
    assert "已自动记录的，不用再登记" in words(member_client.get(NEW))
    # What stands on the page is not asked again.
    assert send(member_client).status_code == 302


def test_of_another_day_it_is_shown_before_anything_is_saved(member, member_client):
    event = factories.event(EventStatus.HELD, title="院落议事会")
    attendance.record_member(event, member, actor=SYSTEM)
    day = timezone.localdate(event.starts_at).isoformat()
    assert "院落议事会" not in words(member_client.get(NEW))
    response = send(member_client, day=day)
    assert response.status_code == 422
    assert "院落议事会" in words(response)
    assert not DutyRecord.objects.filter(evidence="").exists()
    assert form(response, "key").send(member_client, NEW).status_code == 302
    assert DutyRecord.objects.get(evidence="").day.isoformat() == day


def test_the_phone_learns_which_drafts_arrived(member, member_client):
    record = logged(member)
    for address in (NEW, "/my/duties/", f"/my/duties/{record.pk}/"):
        assert f'data-draft-arrived="{record.key}"' in member_client.get(address).content.decode()
    html = member_client.get(NEW).content.decode()
    assert f'data-draft="duty-{member.pk}"' in html
    assert "data-draft-keep" not in html
    assert "data-draft-keep" in send(member_client, text="").content.decode()


# --- A record, and mending it ----------------------------------------------------------------------------------------


def test_a_record_shows_its_status_reason_and_history(member, member_client, subtests):
    for status in list(S):
        record = logged(member, status=status, text=f"走访 {status}")
        said = words(member_client.get(f"/my/duties/{record.pk}/"))
        edit = member_client.get(f"/my/duties/{record.pk}/edit/")
        word = {"submitted": "待确认", "returned": "已退回", "confirmed": "已确认", "void": "已作废"}[status]
        with subtests.test(status):
            assert word in said
            assert ("请写明是哪几户" in said) == (status in (S.RETURNED, S.VOID))
            assert ("修改并重新提交" in said) == (status == S.RETURNED)
            assert edit.status_code == (200 if status in (S.SUBMITTED, S.RETURNED) else 302)


def test_a_correction_by_staff_is_seen_by_the_member(member, member_client):
    record = logged(member, status=S.CONFIRMED)
    changed = {"hours": Decimal(2), "kind": K.RESEARCH}
    records.correct(record, changed, reason="与走访单核对", actor=factories.liaison_staff())
    said = words(member_client.get(f"/my/duties/{record.pk}/"))
    assert "时长（小时）：由“1.5”改为“2”" in said
    assert "类型：由“走访”改为“调研”" in said
    assert "与走访单核对" in said


def test_a_returned_one_is_mended_and_handed_in_again(member, member_client):
    record = logged(member, status=S.RETURNED, photos=[factories.staged_photo().key])
    address = f"/my/duties/{record.pk}/edit/"
    page = member_client.get(address)
    assert "退回的原因：请写明是哪几户" in words(page)
    response = form(page, "version").send(member_client, address, text="走访 2、3、5 栋三户", photo_1=factories.jpeg())
    assert (response.status_code, response["Location"]) == (302, f"/my/duties/{record.pk}/")
    record.refresh_from_db()
    assert (record.status, record.text, record.photos.count()) == (S.SUBMITTED, "走访 2、3、5 栋三户", 2)


def test_the_hours_of_a_reported_dispatch_are_mended_but_not_what_it_was_and_when(member, member_client):
    done = Activity(K.DISPATCH, timezone.localdate(), "办理需求", hours=Decimal(8))
    record, _new = evidence.record(member, done, "dispatch:7", status=S.SUBMITTED, actor=member.user)
    record = records.send_back(record, reason="有八小时吗？", actor=factories.liaison_staff())
    address = f"/my/duties/{record.pk}/edit/"
    page = member_client.get(address)
    assert "有八小时吗？" in words(page)
    assert not {"kind", "day"} & set(form(page, "version").values)
    form(page, "version").send(member_client, address, hours="1.5", people_served="3", kind="visit", day="2020-01-01")
    record.refresh_from_db()
    assert (record.status, record.hours, record.people_served) == (S.SUBMITTED, Decimal("1.5"), 3)
    assert (record.kind, record.day) == (K.DISPATCH, timezone.localdate())


def test_a_photo_of_a_record_is_unticked_away(member, member_client):
    record = logged(member, photos=[factories.staged_photo().key])
    address = f"/my/duties/{record.pk}/edit/"
    form(member_client.get(address), "version").send(member_client, address, old=None)
    assert record.photos.count() == 0


def test_a_returned_one_of_long_ago_is_mended_on_its_day(member, member_client):
    record = logged(member, status=S.RETURNED, day=datetime.date(2023, 3, 1))
    address = f"/my/duties/{record.pk}/edit/"
    page = form(member_client.get(address), "version")
    assert page.send(member_client, address, day="2023-03-02").status_code == 422
    assert page.send(member_client, address, text="走访 2 栋").status_code == 302


def test_a_wrong_mend_keeps_what_was_typed(member, member_client):
    record = logged(member, status=S.RETURNED)
    address = f"/my/duties/{record.pk}/edit/"
    response = form(member_client.get(address), "version").send(member_client, address, hours="25", text="走访 2 栋")
    assert response.status_code == 422
    assert form(response, "version").values["text"] == "走访 2 栋"
    record.refresh_from_db()
    assert (record.status, record.text) == (S.RETURNED, "走访三户独居老人")


def test_a_stale_mend_is_refused_and_its_text_stays(member, member_client):
    record = logged(member)
    address = f"/my/duties/{record.pk}/edit/"
    page = form(member_client.get(address), "version")
    records.send_back(record, reason="请写明", actor=SYSTEM)
    response = page.send(member_client, address, text="走访 2 栋")
    assert response.status_code == 409
    assert "刚刚被他人修改" in words(response)
    again = form(response, "version")
    assert again.values["text"] == "走访 2 栋"
    assert again.send(member_client, address).status_code == 302
    assert DutyRecord.objects.get().status == S.SUBMITTED


def test_a_mend_that_comes_after_staff_confirmed_changes_nothing(member, member_client):
    record = logged(member)
    address = f"/my/duties/{record.pk}/edit/"
    page = form(member_client.get(address), "version")
    records.confirm(record, actor=SYSTEM)
    response = page.send(member_client, address, text="别的话")
    assert response.status_code == 302
    assert DutyRecord.objects.get().text == "走访三户独居老人"
    assert "目前是“已确认”，不能再修改" in words(member_client.get(response["Location"]))


# --- The year --------------------------------------------------------------------------------------------------------


def test_the_year_shows_sums_records_and_other_years(member, member_client):
    logged(member, status=S.CONFIRMED)
    logged(member, status=S.CONFIRMED, kind=K.RESEARCH, text="调研停车", hours=Decimal(2), people_served=None)
    logged(member, text="还没确认", people_served=99)
    logged(member, status=S.CONFIRMED, day=datetime.date(2023, 3, 1), text="那一年的事")
    year = timezone.localdate().year
    said = words(member_client.get("/my/duties/"))
    assert f"{year} 年履职" in said
    assert "走访 1 1.5 6 调研 1 2 — 合计 2 3.5 6" in said
    assert "还没确认" in said
    assert "那一年的事" not in said
    assert "2023 年" in said
    assert "那一年的事" in words(member_client.get("/my/duties/?year=2023"))


def test_nothing_is_scored_or_compared(member, other, member_client):
    logged(member, status=S.CONFIRMED)
    logged(other, status=S.CONFIRMED, text="别人的事")
    for address in ("/my/duties/", f"/my/duties/{timezone.localdate().year}/sheet/"):
        said = words(member_client.get(address))
        assert "别人" not in said
        assert "积分" not in said
        assert "名次" not in said


def test_a_year_that_is_none_is_not_there(member, member_client):
    for year in ("1999", "3000", "abc", "2023a", "２０２３", "\x00", "9" * 10_000):
        assert member_client.get("/my/duties/", {"year": year}).status_code == 404, year[:100]


def test_the_evidence_is_linked(member, member_client):
    event = factories.event(EventStatus.HELD)
    attendance.record_member(event, member, actor=SYSTEM)
    evidence.record(member, Activity(K.DISPATCH, timezone.localdate(), "帮助办好"), "dispatch:7", actor=SYSTEM)
    html = member_client.get("/my/duties/").content.decode()
    assert f'href="/events/{event.pk}/"' in html
    assert 'href="/my/demands/7/"' in html


def sheet_rows(response, place=0):
    book = openpyxl.load_workbook(io.BytesIO(body(response)))
    return [[cell.value for cell in row] for row in book.worksheets[place].iter_rows()]


def test_the_year_as_a_spreadsheet_in_which_nothing_runs(member, member_client):
    logged(member, status=S.CONFIRMED, day=datetime.date(2025, 6, 1), text="=1+1")
    logged(member, status=S.RETURNED, day=datetime.date(2025, 7, 1), hours=None, people_served=None, place="@桂花苑")
    response = member_client.get("/my/duties/2025.xlsx")
    assert response["Content-Disposition"] == f'attachment; filename="duties-{member.pk}-2025.xlsx"'
    assert "no-store" in response["Cache-Control"]
    heads, first, second = sheet_rows(response)
    assert heads == [
        *("日期", "类型", "做了什么", "地点", "时长（小时）", "服务人数", "来源", "状态", "退回或作废的原因"),
    ]
    day = datetime.datetime
    assert first == [day(2025, 6, 1), "走访", "'=1+1", "桂花苑", 1.5, 6, "委员登记", "已确认", None]
    assert second == [
        *(day(2025, 7, 1), "走访", "走访三户独居老人", "'@桂花苑", None, None, "委员登记", "已退回", "请写明是哪几户"),
    ]
    assert sheet_rows(response, 1) == [
        ["类型", "次数", "时长（小时）", "服务人数"],
        ["走访", 1, 1.5, 6],
        ["合计", 1, 1.5, 6],
    ]


def test_the_printed_sheet_lists_confirmed_records_and_has_lines_to_sign(member, member_client):
    logged(member, status=S.CONFIRMED, day=datetime.date(2025, 6, 1))
    logged(member, day=datetime.date(2025, 7, 1), text="还没确认")
    said = words(member_client.get("/my/duties/2025/sheet/"))
    assert "2025 年委员履职表" in said
    assert "走访三户独居老人" in said
    assert "还没确认" not in said
    for line in ("委员签名", "联络委核对", "签名日期"):
        assert line in said
    assert "还没有已确认的记录" in words(member_client.get("/my/duties/2024/sheet/"))


def test_sheets_of_years_that_are_none(member, member_client):
    for year in (1999, 3000, 0, 99999999):
        for address in (f"/my/duties/{year}/sheet/", f"/my/duties/{year}.xlsx"):
            assert member_client.get(address).status_code == 404, address


# --- Who, and how ----------------------------------------------------------------------------------------------------


def addresses(record) -> list[str]:
    photo = record.photos.get()
    return [f"/my/duties/{record.pk}/{rest}" for rest in ("", "edit/", f"photos/{photo.pk}.jpg")]


def test_another_members_record_is_not_there_by_any_method(other, member_client):
    record = logged(other, photos=[factories.staged_photo().key])
    for address in addresses(record):
        assert member_client.get(address).status_code == 404
    address = f"/my/duties/{record.pk}/edit/"
    assert member_client.post(address, ANSWERS | {"version": 0}).status_code == 404
    assert DutyRecord.objects.get().version == record.version


def test_a_photo_is_shown_to_its_member_only_with_its_own_record(member, other, member_client):
    record, foreign = (logged(one, photos=[factories.staged_photo().key]) for one in (member, other))
    for small in ("", "?small"):
        response = member_client.get(f"/my/duties/{record.pk}/photos/{record.photos.get().pk}.jpg{small}")
        assert (response.status_code, response["Content-Type"]) == (200, "image/jpeg")
        assert response["Cache-Control"].startswith("private")
        assert body(response)
    assert member_client.get(f"/my/duties/{record.pk}/photos/{foreign.photos.get().pk}.jpg").status_code == 404


def pages(record) -> list[str]:
    return ["/my/duties/", NEW, "/my/duties/2025/sheet/", "/my/duties/2025.xlsx", *addresses(record)]


def test_nobody_else_comes_in(member, resident, liaison_client, community_client, auditor_client):
    record = logged(member, photos=[factories.staged_photo().key])
    for address in pages(record):
        response = resident.get(address)
        assert (response.status_code, response["Location"]) == (302, f"/accounts/login/?next={address}")
        for client in (liaison_client, community_client, auditor_client):
            assert client.get(address).status_code == 403


def test_a_member_no_longer_in_office_reads_why(member, member_client):
    member.is_active = False
    member.save()
    for address in ("/my/duties/", NEW):
        assert member_client.get(address).status_code == 403


def test_wrong_methods(member, member_client):
    record = logged(member, photos=[factories.staged_photo().key])
    for address in pages(record):
        takes_posts = address in (NEW, f"/my/duties/{record.pk}/edit/")
        for method in ("put", "patch", "delete", *(() if takes_posts else ("post",))):
            assert getattr(member_client, method)(address).status_code == 405, (method, address)
    assert DutyRecord.objects.count() == 1


@pytest.fixture(params=[1, 4])
def many(request, member):
    for count in range(request.param):
        # By evidence, of today: each stands on the form's page too.
        activity = Activity(K.DISPATCH, timezone.localdate(), f"办好第 {count} 件")
        evidence.record(member, activity, f"dispatch:{count}", actor=SYSTEM)
    return logged(member)


@each_row(
    ("address", "number"),
    # session, account, member in office with committee and area, years, sums, count, rows, arrived forms
    [("/my/duties/", 8), ("/my/duties/{}/", 7), (NEW, 6), ("/my/duties/{}/edit/", 6), ("/my/duties/{}/sheet/", 5)],
)
def test_queries(many, member_client, django_assert_num_queries, address, number):
    member_client.get(NEW)  # what is cached for all is read
    given = timezone.localdate().year if "sheet" in address else many.pk
    with django_assert_num_queries(number):
        assert member_client.get(address.format(given)).status_code == 200
