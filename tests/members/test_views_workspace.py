"""The workspace of a member: what waits, which events are theirs; nobody else's, and no score."""

import datetime
import re

import pytest
from django.utils import timezone

from consultation.models import StudyNote, VenueKind
from consultation.workflow import EventStatus
from demands.models import Demand, Rating
from demands.workflow import DispatchStatus as D
from members.models import Attendance, DutyRecord, LiaisonCommittee, Member, Presenter, StudyMark, VenueHost
from members.workflow import DutyStatus, ResourceStatus
from tests import factories
from tests.pages import flat, words

pytestmark = pytest.mark.django_db

MY, EVENTS = "/my/", "/my/events/"
DAY = datetime.timedelta(days=1)


@pytest.fixture
def member(member_client):
    return factories.member_with_account(level="city")


def main(response) -> str:
    return flat(response.content.decode()).partition("<main")[2].partition("</main>")[0]


def present(member, event) -> None:
    Presenter.objects.create(member=member, agenda_item=event.agenda.first())


def titles(response, *names: str) -> list[str]:
    assert response.status_code == 200
    return [event.title for name in names for event in response.context[name]]


def duty(member, text: str, status: str, reason: str = "") -> DutyRecord:
    return DutyRecord.objects.create(
        member=member, kind="visit", source="member", day=timezone.localdate(), text=text, status=status, reason=reason
    )


def note(title: str, **values) -> StudyNote:
    defaults = {"series": factories.series("weekly-study"), "body": "要点", "published_at": timezone.now() - DAY}
    return StudyNote.objects.create(title=title, **(defaults | values))


# --- Who comes in ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", [MY, EVENTS])
def test_only_members_in_office_come_in(resident, member_client, liaison_client, address):
    assert resident.get(address)["Location"] == f"/accounts/login/?next={address}"
    found = factories.member_with_account(is_active=False)
    for client in (member_client, liaison_client):
        response = client.get(address)
        assert response.status_code == 403
        assert "您的账号没有关联到在任的委员。" in words(response)
    found.is_active = True
    found.save()
    response = member_client.get(address)
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    assert 'name="robots" content="noindex"' in response.content.decode()


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_the_pages_are_only_read(member_client, member, method):
    for address in (MY, EVENTS):
        assert getattr(member_client, method)(address).status_code == 405


def test_signing_in_leads_a_member_to_their_work_and_others_elsewhere(resident):
    factories.member_with_account()
    factories.member("unlinked")
    factories.member_with_account("former", name="退任", is_active=False)
    factories.liaison_staff()
    factories.committee_member("兼任", user=factories.community_staff())
    for name, target in (
        ("member", "/my/"),
        ("unlinked", "/accounts/"),
        ("former", "/accounts/"),
        ("liaison", "/admin/"),
        ("community", "/admin/"),
    ):
        response = resident.post("/accounts/login/", {"username": name, "password": factories.PASSWORD})
        assert (response.status_code, response["Location"]) == (302, target)
        resident.logout()
    response = resident.post("/accounts/login/?next=/topics/", {"username": "member", "password": factories.PASSWORD})
    assert response["Location"] == "/topics/"


def test_the_account_leads_members_to_their_work(member_client, liaison_client):
    assert 'href="/my/"' not in main(member_client.get("/accounts/"))
    factories.member_with_account()
    assert 'class="btn go" href="/my/"' in main(member_client.get("/accounts/"))
    assert 'href="/my/"' not in main(liaison_client.get("/accounts/"))
    factories.committee_member("兼任", user=liaison_client.user)
    assert 'class="btn alt" href="/my/"' in main(liaison_client.get("/accounts/"))


# --- The first page --------------------------------------------------------------------------------------------------


def test_the_first_page_greets_and_has_one_main_button_and_six_rooms(member_client, member):
    response = member_client.get(MY)
    html = main(response)
    assert "陈委员，您好 市政协委员 陈委员 · 政协湖东街道联络委" in words(response)
    assert re.findall(r'class="btn go" href="([^"]+)"', html) == ["/my/duties/new/"]
    rooms = html.partition('<nav class="my-rooms"')[2].partition("</nav>")[0]
    assert re.findall(r'href="([^"]+)"[^>]*>([^<]+)<', rooms) == [
        ("/my/demands/", "需求"),
        ("/my/proposals/", "提案"),
        ("/my/duties/", "履职"),
        ("/my/resources/", "资源"),
        ("/my/receptions/", "接待"),
        ("/my/events/", "活动"),
    ]
    assert "aria-current" not in rooms


def test_nothing_is_scored_or_compared(member_client, member):
    factories.committee_member("何素心")
    for address in (MY, EVENTS):
        text = words(member_client.get(address))
        for word in ("积分", "得分", "排名", "第 1 名", "何素心", "%"):
            assert word not in text


def test_a_demand_that_waits_for_an_answer_is_shown(member_client, member):
    dispatch = factories.dispatch(member=member)
    html = main(member_client.get(MY))
    assert f'href="/my/demands/{dispatch.pk}/"' in html


def test_returned_duties_are_shown_with_the_reason(member_client, member):
    mine = duty(member, "走访三户", DutyStatus.RETURNED, "请补上小区")
    duty(member, "已确认的", DutyStatus.CONFIRMED)
    duty(member, "待确认的", DutyStatus.SUBMITTED)
    duty(factories.committee_member("何素心"), "别人的", DutyStatus.RETURNED, "不清楚")
    response = member_client.get(MY)
    assert "退回的履职记录 走访三户" in words(response)
    assert "退回原因：请补上小区" in words(response)
    assert f'href="/my/duties/{mine.pk}/"' in main(response)
    for other in ("已确认的", "待确认的", "别人的"):
        assert other not in words(response)


def test_resources_that_are_not_open_are_shown_and_ended_ones_are_not(member_client, member):
    for status in ("offered", "reviewed", "open", "paused", "ended"):
        factories.resource(f"资源 {status}", member=member, status=ResourceStatus(status))
    factories.resource("别人的", member=factories.committee_member("何素心"), status=ResourceStatus.PAUSED)
    text = words(member_client.get(MY))
    assert "资源 paused 暂停 · 出差一个月" in text
    assert "资源 reviewed 已审核" in text
    assert "资源 offered 待审核" in text
    for other in ("资源 open", "资源 ended", "别人的"):
        assert other not in text


@pytest.fixture
def events(member):
    """Those the member presents at or hosts, and others."""
    places = factories.tree()
    now = timezone.now()
    venue = factories.venue(VenueKind.MEMBERS_HOME)
    VenueHost.objects.create(member=member, venue=venue)
    present(member, factories.event(title="主讲的", starts_at=now + 3 * DAY))
    factories.event(EventStatus.PLANNED, title="驻点的", venue=venue, starts_at=now + 2 * DAY)
    factories.event(title="别人的", starts_at=now + 2 * DAY)
    present(member, factories.event(EventStatus.CANCELLED, title="取消的", starts_at=now + 4 * DAY))
    there = factories.event(title="正在开的", starts_at=now - DAY / 48)
    Attendance.objects.create(event=there, member=member, how="door")
    Attendance.objects.create(event=there, how="door")
    # Two hours long each; doors stay open for two hours more.
    factories.event(title="刚散的", starts_at=now - DAY / 8)
    factories.event(title="早散的", starts_at=now - DAY / 4)
    Attendance.objects.create(
        event=factories.event(title="别街道的", area=places.far_community, starts_at=now), member=member, how="door"
    )
    return now


def test_what_comes_next_is_what_the_member_presents_or_hosts(member_client, events):
    response = member_client.get(MY)
    assert titles(response, "coming") == ["驻点的", "主讲的"]
    assert "主讲的" in words(response)
    assert words(response).count("您主讲") == 1


def test_todays_events_are_shown_once_with_whether_one_checked_in(member_client, member, events):
    present(member, factories.event(title="也主讲的", starts_at=events))
    response = member_client.get(MY)
    assert titles(response, "today") == ["刚散的", "正在开的", "也主讲的"]
    assert [event.checked_in for event in response.context["today"]] == [False, True, False]
    assert words(response).count("已签到") == 1
    assert "也主讲的" not in titles(response, "coming")


def test_a_meeting_of_tomorrow_cannot_be_checked_in_to_today(member_client, member):
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    factories.event(title="明天零点", starts_at=midnight + DAY)
    factories.event(title="取消的", starts_at=timezone.now(), status=EventStatus.CANCELLED)
    factories.event(title="昨天的", starts_at=midnight - DAY)
    assert titles(member_client.get(MY), "today") == []


def test_unread_notes_of_the_last_months_for_the_member_are_shown(member_client, member):
    places = factories.tree()
    unread = note("没读的")
    StudyMark.objects.create(note=note("读过的"), member=member)
    StudyMark.objects.create(note=unread, member=factories.committee_member("何素心"))
    note("还没推送的", published_at=None)
    note("很久以前的", published_at=timezone.now() - 91 * DAY)
    note("全区的", series=factories.series("district-study", area=places.district))
    note("别街道的", series=factories.series("far-study", area=places.far_subdistrict))
    response = member_client.get(MY)
    assert {found.title for found in response.context["notes"]} == {"没读的", "全区的"}
    assert f'href="/events/studies/{unread.pk}/"' in main(response)


def test_the_first_page_shows_at_most_five_of_a_kind(member_client, member):
    now = timezone.now()
    for number in range(6):
        duty(member, f"走访 {number}", DutyStatus.RETURNED, "不清楚")
        factories.resource(f"资源 {number}", member=member, status=ResourceStatus.PAUSED)
        present(member, factories.event(starts_at=now + (number + 2) * DAY))
        factories.event(starts_at=now)
        note(f"要点 {number}")
    context = member_client.get(MY).context
    for kind in ("returned", "resources", "coming", "today", "notes"):
        assert len(context[kind]) == 5, kind


# --- Events ----------------------------------------------------------------------------------------------------------


def test_my_events_are_those_to_come_and_those_of_the_year_with_whether_one_was_there(member_client, member, events):
    this_year = timezone.localtime().replace(month=1, day=1, hour=0, minute=30)
    there = factories.event(EventStatus.HELD, title="到场的", starts_at=this_year)
    Attendance.objects.create(event=there, member=member, how="hand", recorded_by=factories.liaison_staff())
    present(member, factories.event(EventStatus.HELD, title="主讲而没签到的", starts_at=this_year))
    factories.event(EventStatus.HELD, title="没去的", starts_at=this_year)
    present(member, factories.event(EventStatus.HELD, title="去年主讲的", starts_at=this_year - DAY))
    response = member_client.get(EVENTS)
    assert titles(response, "coming") == ["驻点的", "主讲的"]
    held = {event.title: (event.checked_in, event.presents) for event in response.context["held"]}
    assert held == {"到场的": (True, False), "主讲而没签到的": (False, True)}
    text = words(response)
    assert text.count("已签到") == 1
    assert "会自动形成履职记录，不用再填。" in text
    assert f'href="/events/?month={timezone.localdate():%Y-%m}"' in main(response)
    assert 'href="/my/events/" aria-current="page"' in main(response)
    before = member_client.get(f"{EVENTS}?year={this_year.year - 1}")
    assert titles(before, "coming", "held") == ["去年主讲的"]


def test_a_year_that_was_not_shows_this_one(member_client, member):
    for year in ("", "x", "%00", "1999", "9999", "0", "-2024", "２０２４", "2024.5", "9" * 10_000):
        response = member_client.get(f"{EVENTS}?year={year}")
        assert response.status_code == 200, year[:100]
        assert response.context["year"] == timezone.localdate().year, year[:100]


def test_past_events_come_in_pages_of_twenty_and_keep_the_year(member_client, member):
    last = timezone.localtime().replace(month=7, day=1) - 365 * DAY
    for _number in range(21):
        present(member, factories.event(EventStatus.HELD, starts_at=last))
    first = member_client.get(f"{EVENTS}?year={last.year}")
    assert len(titles(first, "held")) == 20
    assert f'href="?year={last.year}&amp;page=2"' in main(first)
    assert len(titles(member_client.get(f"{EVENTS}?year={last.year}&page=2"), "held")) == 1


def test_a_member_elsewhere_sees_their_own(member_client, member, events):
    far = LiaisonCommittee.objects.create(
        area=factories.tree().far_subdistrict, name="政协湖西街道联络委", ref_prefix="HX"
    )
    Member.objects.filter(pk=member.pk).update(committee=far)
    assert titles(member_client.get(MY), "today") == ["别街道的"]


# --- The year --------------------------------------------------------------------------------------------------------


def rated(row, result="satisfied", comment="", demand=None):
    """The demand of a dispatch is resolved and rated by its reporter, or by that of one merged into it."""
    closing = row.demand.transitions.filter(to_status="resolved").last()
    Rating.objects.create(demand=demand or row.demand, closing=closing, work=result, result=result, comment=comment)


def test_the_year_shows_what_is_confirmed_and_who_was_satisfied_without_a_word_of_theirs(member, member_client):
    text = words(member_client.get(MY))
    assert "今年还没有已确认的履职记录" in text and "表示满意" not in text
    duty(member, "走访", DutyStatus.CONFIRMED)
    duty(member, "还没确认", DutyStatus.SUBMITTED)
    helped = factories.dispatch(D.DONE, demand_=factories.publish(factories.demand("in_progress")), member=member)
    unhappy, others = (
        factories.dispatch(D.DONE, demand_=factories.demand("in_progress"), member=one)
        for one in (member, factories.committee_member("别人"))
    )
    joined = factories.joined(helped.demand)
    for row in (helped, unhappy, others):
        factories.move(Demand.objects.get(pk=row.demand_id), "resolved")
    rated(helped, comment="谢谢王女士，13987654321")
    rated(helped, demand=joined)
    rated(unhappy, "unsatisfied")
    rated(others)
    text = words(member_client.get(MY))
    assert "已确认履职 3 次" in text  # the visit, and two dispatches
    assert "有 2 位居民对您协助办理的结果表示满意" in text
    assert text.partition("表示满意")[2].count(helped.demand.public_title or helped.visible_title) == 1
    assert "王女士" not in text and "13987654321" not in text


# --- Queries ---------------------------------------------------------------------------------------------------------


@pytest.fixture(params=[1, 4], ids=["1 row", "4 rows"])
def many(request, member):
    now = timezone.now()
    for number in range(request.param):
        duty(member, f"走访 {number}", DutyStatus.RETURNED, "不清楚")
        factories.resource(f"资源 {number}", member=member, status=ResourceStatus.PAUSED)
        present(member, factories.event(starts_at=now + (number + 2) * DAY))
        present(member, factories.event(EventStatus.HELD, starts_at=now))
        note(f"要点 {number}")
        factories.dispatch(member=member)


def test_the_pages_make_as_many_queries_at_one_row_and_at_four(member_client, many, django_assert_num_queries):
    for address, expected in ((MY, 12), (EVENTS, 6)):
        member_client.get(address)
        with django_assert_num_queries(expected):
            member_client.get(address)
