"""The papers of an event: notice, sign-in sheet with names, minutes with agreements; whom they name."""

import datetime
import io

import pytest
from docx import Document

from consultation.models import EventTransition
from consultation.workflow import EventStatus
from foundation.audit import AuditEntry
from members.services import attendance
from members.services.people import present
from tests import factories
from tests.pages import form, words

pytestmark = pytest.mark.django_db

STARTS = datetime.datetime(2027, 3, 13, 6, 30, tzinfo=datetime.UTC)


@pytest.fixture
def liaison(liaison_client):
    factories.one_subdistrict()
    return liaison_client


def address(event, path: str = "") -> str:
    return f"/admin/consultation/event/{event.pk}/papers/{path}"


def page(client, event, kind: str) -> str:
    return words(client.get(address(event, f"{kind}/")))


def rows_of(response) -> list[list[str]]:
    [table] = Document(io.BytesIO(response.content)).tables
    return [[cell.text for cell in row.cells] for row in table.rows]


def test_the_papers_of_an_event_are_listed(liaison, django_assert_max_num_queries):
    event = factories.event()
    assert address(event) in liaison.get(f"/admin/consultation/event/{event.pk}/change/").content.decode()
    with django_assert_max_num_queries(12):
        text = words(liaison.get(address(event)))
    assert "会议通知 Word 文件 打印页 签到表 Word 文件 打印页 会议纪要 还没有纪要。" in text
    cancelled = factories.event(EventStatus.CANCELLED)
    assert "会议通知 活动已取消。 签到表 活动已取消。" in words(liaison.get(address(cancelled)))
    assert liaison.get(address(cancelled, "notice/")).status_code == 404
    assert EventTransition.objects.filter(event=event).count() == 2  # reading moves nothing


def test_a_notice_says_when_where_and_what(liaison, django_assert_max_num_queries):
    member = factories.committee_member("陈敏")
    event = factories.event(starts_at=STARTS, agenda=2)
    present(event.agenda.first(), [member], actor=factories.liaison_staff(), version=event.version)
    with django_assert_max_num_queries(12):
        text = page(liaison, event, "notice")
    assert "关于召开“加装门禁，大家一起商量”的通知 各位委员、各有关单位：" in text
    assert "2027年3月13日（星期六）14:30至16:30" in text and "桂花路 1 号院内" in text
    assert "报名截止时间为2027年3月13日 14:30。" in text
    assert "政协委员 陈敏" in text
    [_heads, first, _second] = rows_of(liaison.get(address(event, "notice.docx")))
    assert first[0] == "1" and first[3] == "政协委员 陈敏"


def test_the_sign_in_sheet_names_members_and_numbers_residents(liaison, django_assert_max_num_queries):
    speaker, other = factories.committee_member("陈敏"), factories.committee_member("李强")
    event = factories.event(series=factories.series(), venue=factories.venue("deliberation_home"))
    present(event.agenda.first(), [other], actor=factories.liaison_staff(), version=event.version)
    for name in ("王女士", "赵先生"):
        factories.sign_up(event, called=name, phone="13912345678" if name == "王女士" else "13912345679")
    with django_assert_max_num_queries(12):
        response = liaison.get(address(event, "sign-in.docx"))
    rows = rows_of(response)
    assert rows[:5] == [
        ["序号", "姓名或单位", "身份", "签名", "备注"],
        ["1", "李强", "政协委员", "", ""],
        ["2", "陈敏", "政协委员", "", ""],
        ["3", "报名第 1 号", "居民", "", ""],
        ["4", "报名第 2 号", "居民", "", ""],
    ]
    assert rows[5:] == [[str(number), "", "", "", ""] for number in range(5, 13)]
    assert speaker.pk and "王女士" not in page(liaison, event, "sign-in")


def test_residents_are_named_for_a_reason_that_is_recorded_for_each(liaison):
    event = factories.event()
    first, second = (
        factories.sign_up(event, called=name, phone=phone)
        for name, phone in (("王女士", "13912345678"), ("赵先生", "13912345679"))
    )
    asked = address(event, "sign-in/reveal/")
    assert asked in liaison.get(address(event)).content.decode()
    typed = form(liaison.get(asked), "reason")
    assert typed.send(liaison, asked, reason="").status_code == 422
    rows = rows_of(typed.send(liaison, asked, reason="按姓名签到", format="word"))
    assert [row[1] for row in rows[1:3]] == ["王女士", "赵先生"]
    shown = typed.send(liaison, asked, reason="按姓名签到", format="page").content.decode()
    assert "王女士" in shown and "13912345678" not in shown
    entries = AuditEntry.objects.filter(action="contact_revealed").order_by("pk")
    assert [(one.subject, one.detail) for one in entries] == [
        (f"signup:{first.pk}", "按姓名签到"),
        (f"signup:{second.pk}", "按姓名签到"),
    ] * 2
    # Nobody is named on a notice.
    assert liaison.get(address(event, "notice/reveal/")).status_code == 404


def test_minutes_say_who_came_and_what_was_agreed(liaison, django_assert_max_num_queries):
    more = {"series": factories.series(), "venue": factories.venue("deliberation_home")}
    event = factories.event(EventStatus.MINUTES_PUBLISHED, **more)
    staff = factories.liaison_staff()
    attendance.record_member(event, factories.committee_member("陈敏"), actor=staff)
    attendance.record_organisation(event, factories.organisation(name="桂花物业"), 6, actor=staff)
    attendance.record_people(event, 3, key="residents", actor=staff)
    factories.agreement(event, what="加装路灯", due_on=datetime.date(2027, 4, 30))
    with django_assert_max_num_queries(12):
        text = page(liaison, event, "minutes")
    assert "会议纪要" in text and "草稿" not in text and event.minutes in text
    assert "到场的有委员：陈敏；单位：桂花物业（6 人）；居民：不足 5 人。" in text
    assert "加装路灯" in text and "2027年4月30日" in text


def test_minutes_that_are_not_public_say_so(liaison):
    here = factories.neighbourhood()
    text = page(liaison, here.held, "minutes")
    assert "（草稿，尚未公布）" in text and "车棚的事商量好了。" in text and "本次没有形成约定事项。" in text


def test_who_may(auditor_client, member_client, community_client):
    event = factories.event()
    factories.sign_up(event)
    far = factories.event(area=factories.tree().far_community)
    assert auditor_client.get(address(event, "sign-in/")).status_code == 200
    assert "含个人信息…" not in words(auditor_client.get(address(event)))
    assert auditor_client.post(address(event, "sign-in/reveal/"), {"reason": "看看"}).status_code == 403
    assert member_client.get(address(event)).status_code == 302
    for path in ("", "notice/", "notice.docx", "sign-in/reveal/"):
        assert community_client.get(address(far, path)).status_code == 404
