"""Check-in at the door, on a visitor's phone: every kind of code, every kind of visitor, each once."""

import datetime
import re

import pytest
from django.utils import timezone

from consultation.models import OrganisationKind
from consultation.services import events, sign_ups
from foundation.actors import SYSTEM
from foundation.throttle import Throttle
from foundation.tokens import new_code
from members.models import Attendance
from members.views import attendance
from tests import factories
from tests.pages import form, forms, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def event():
    """It began half an hour ago."""
    return factories.event(
        starts_at=timezone.now() - datetime.timedelta(minutes=30),
        sign_up_until=timezone.now() + datetime.timedelta(minutes=30),
    )


def address(event, door=None) -> str:
    return f"/events/{event.pk}/checkin/?door={event.door_key if door is None else door}"


def press(client, event, **answers):
    return form(client.get(address(event))).send(client, **answers)


def rows(event) -> list[tuple]:
    found = event.attendances.order_by("pk").select_related("member", "organisation", "sign_up")
    return [
        (
            str(row.member or ""),
            str(row.organisation or ""),
            row.sector,
            row.sign_up.number if row.sign_up else None,
        )
        for row in found
    ]


def test_a_resident_checks_in_with_one_button(resident, event):
    response = press(resident, event)
    assert (response.status_code, response["Location"]) == (302, address(event))
    page = resident.get(address(event))
    assert "您已签到" in words(page)
    # Of the forms of a page, only the header's are left.
    assert [one for one in forms(page) if "checkin" in one.action] == []
    assert rows(event) == [("", "", "", None)]


def test_looking_changes_nothing_and_leaves_no_cookie(resident, event):
    for door in (None, "", "wrong"):
        response = resident.get(address(event, door))
        assert response.status_code == 200
        assert "visitor" not in response.cookies
    assert resident.head(address(event)).status_code == 200
    assert not Attendance.objects.exists()


def test_pressed_again_the_phone_hears_that_it_is_checked_in(resident, event):
    page = resident.get(address(event))
    for _time in range(3):
        response = form(page).send(resident, sector="media")
        assert (response.status_code, response["Location"]) == (302, address(event))
    assert "您已签到" in words(resident.get(address(event)))
    assert rows(event) == [("", "", "media", None)]


@pytest.mark.parametrize("sector", ["government", "enterprise", "society", "media", "school"])
def test_somebody_comes_for_one_of_the_five_sectors(resident, event, sector):
    press(resident, event, sector=sector)
    assert rows(event) == [("", "", sector, None)]


def test_a_few_partners_are_offered_by_name_and_their_sector_counts(resident, event):
    school = factories.organisation("桂花小学", kind=OrganisationKind.SCHOOL)
    hidden = factories.organisation("停用单位", is_active=False)
    far = factories.organisation("远处单位", area=factories.tree().far_subdistrict)
    page = resident.get(address(event)).content.decode()
    assert "桂花小学" in page
    assert "停用单位" not in page and "远处单位" not in page
    for other in (hidden, far):
        assert press(resident, event, organisation=other.pk).status_code == 422
    press(resident, event, organisation=school.pk, sector="media")
    assert rows(event) == [("", "桂花小学", "school", None)]


def test_of_many_partners_none_is_offered_and_the_sector_is_enough(resident, event):
    for number in range(21):
        factories.organisation(f"单位 {number}")
    page = resident.get(address(event))
    assert "organisation" not in form(page, "address").values
    assert "单位 3" not in words(page)


def test_who_signed_up_is_linked_and_the_answer_looks_alike(resident, community_client, event):
    place = sign_ups.sign_up(event, code=new_code(), phone="13912345678")[0]
    answers = []
    for client, typed in ((resident, "139 1234 5678"), (community_client, "13900000000")):
        assert press(client, event, address=typed).status_code == 302
        answers.append(client.get(address(event)).content.decode().partition("<main")[2].partition("</main>")[0])
    # The minute may have turned between the two.
    assert re.sub(r"（\d\d:\d\d）", "", answers[0]) == re.sub(r"（\d\d:\d\d）", "", answers[1])
    assert [row[3] for row in rows(event)] == [place.number, None]
    assert "13900000000" not in answers[1]


def test_a_member_who_is_signed_in_checks_in_as_one(member_client, event):
    factories.committee_member(user=member_client.user, level="district")
    page = member_client.get(address(event))
    assert "区政协委员 陈敏" in words(page)
    assert "address" not in form(page).values
    assert press(member_client, event, sector="media").status_code == 302
    assert rows(event) == [("陈敏", "", "", None)]
    assert "您已签到" in words(member_client.get(address(event)))


def test_staff_and_members_out_of_office_check_in_as_anybody(member_client, liaison_client, event):
    factories.committee_member(user=member_client.user, is_active=False)
    for client in (member_client, liaison_client):
        press(client, event)
    assert rows(event) == [("", "", "", None)] * 2


REFUSALS = {
    "missing": "请用手机扫现场张贴的二维码签到。",
    "forged": "这个签到码已失效，请扫现场最新的二维码。",
    "renewed": "这个签到码已失效，请扫现场最新的二维码。",
    "early": "未到签到时间，活动开始前 30 分钟起可以签到。",
    "late": "签到已经结束。如需补登到场，请联系工作人员。",
    "cancelled": "活动已取消，无需签到。",
}


@pytest.mark.parametrize("case", REFUSALS)
def test_a_code_that_opens_nothing_is_refused_in_words_and_counts_nobody(resident, event, case):
    page = resident.get(address(event))
    door = {"missing": "", "forged": "A" * 32}.get(case, event.door_key)
    hours = {"early": 5, "late": -5}.get(case)
    if hours:
        event.starts_at, event.ends_at = (
            moment + datetime.timedelta(hours=hours) for moment in (event.starts_at, event.ends_at)
        )
        event.sign_up_until = None
        event = events.change(event, ["starts_at", "ends_at", "sign_up_until"], actor=SYSTEM)
    if case == "renewed":
        events.renew_door_key(event, actor=SYSTEM)
    if case == "cancelled":
        events.cancel(event, actor=SYSTEM, reason="下大雨")
    for response, status in (
        (resident.get(address(event, door)), 200),
        (resident.post(address(event, door), form(page).values), 422),
    ):
        assert response.status_code == status
        assert REFUSALS[case] in words(response)
        assert "visitor" not in response.cookies
    assert not Attendance.objects.exists()


def test_a_strange_code_is_a_forged_one(resident, event):
    for door in ("%00", "%FF%FE", "x" * 10_000, "锁", "%ED%A0%80"):
        assert REFUSALS["forged"] in words(resident.get(address(event, door))), door[:100]


@pytest.mark.parametrize(
    ("answers", "text"),
    [
        ({"address": "a\x00b"}, "文字中有无法保存的字符，请删除后再试。"),
        ({"address": "长" * 10_000}, "最多 120 个字，现在有 10000 个字。"),
        ({"sector": "army"}, "请选择列表中的身份"),
    ],
)
def test_bad_input_gets_a_sentence_and_counts_nobody(resident, event, answers, text):
    response = press(resident, event, **answers)
    assert response.status_code == 422
    assert text in words(response)
    assert not Attendance.objects.exists()


def test_an_event_that_is_not_there_is_not_found(resident):
    assert resident.get("/events/999999/checkin/?door=x").status_code == 404
    assert resident.post("/events/999999/checkin/?door=x").status_code == 404


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options"])
def test_other_methods_are_not_allowed(resident, event, method):
    assert getattr(resident, method)(address(event)).status_code == 405


def test_a_forged_cookie_is_nobodys(resident, event):
    resident.cookies["visitor"] = "somebody-else:forged"
    press(resident, event)
    assert rows(event) == [("", "", "", None)]


def test_too_many_from_one_address_wait(resident, event, monkeypatch):
    monkeypatch.setattr(attendance, "CHECK_INS_AN_HOUR", 2)
    for _visitor in range(2):
        press(resident, event)
        resident.cookies.clear()
    response = press(resident, event)
    assert response.status_code == 429
    assert "从您的网络签到的次数太多" in words(response)
    assert len(rows(event)) == 2
    assert Throttle.objects.count() == 1


def test_the_page_is_neither_cached_nor_indexed(resident, event):
    response = resident.get(address(event))
    assert "no-store" in response["Cache-Control"]
    assert 'name="robots" content="noindex"' in response.content.decode()


def test_the_page_makes_its_number_of_queries(resident, member_client, event, django_assert_num_queries):
    factories.committee_member(user=member_client.user)
    for client, expected in ((resident, 3), (member_client, 5)):
        client.get(address(event))
        with django_assert_num_queries(expected):
            client.get(address(event))
