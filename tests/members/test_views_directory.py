"""The directory of members, a member's page, the committees: public role only, contacts never."""

import datetime
import re

import pytest
from django.template import Context, Template
from django.test import TestCase
from django.utils import timezone

from consultation.models import VenueKind
from consultation.workflow import EventStatus
from demands.workflow import DispatchStatus
from foundation import contacts
from foundation.actors import SYSTEM
from foundation.cached import forget_all
from members import services
from members.models import (
    AgreementMember,
    Attendance,
    DutyRecord,
    LiaisonCommittee,
    Member,
    Presenter,
    ProjectMember,
    Sector,
    VenueHost,
)
from members.workflow import ResourceStatus
from tests import factories
from tests.pages import body, flat, words

pytestmark = pytest.mark.django_db

LIST, COMMITTEE = "/members/", "/members/committee/"


def page(member) -> str:
    return f"/members/{member.pk}/"


def main(response) -> str:
    """The page's own part, without header and footer."""
    return flat(response.content.decode()).partition("<main")[2].partition("</main>")[0]


def host(member, kind=VenueKind.MEMBERS_HOME, times="每月第一个周三 14:00", **values) -> VenueHost:
    return VenueHost.objects.create(member=member, venue=factories.venue(kind, **values), times=times)


def present(member, event) -> None:
    Presenter.objects.create(member=member, agenda_item=event.agenda.first())


def with_portrait(member) -> Member:
    with TestCase.captureOnCommitCallbacks(execute=True):
        return services.people.set_portrait(member, factories.jpeg(size=(300, 400)), actor=SYSTEM)


# --- The directory ---------------------------------------------------------------------------------------------------


@pytest.fixture
def six():
    education = Sector.objects.create(code="education", name="教育界")
    health = Sector.objects.create(code="health", name="医药卫生界")
    for name, level, sector, order in (
        ("区乙", "district", education, 2),
        ("未详", "", None, 1),
        ("市甲", "city", health, 5),
        ("省甲", "province", education, 9),
        ("区甲", "district", health, 1),
    ):
        factories.committee_member(name, level=level, sector=sector, order=order)
    factories.committee_member("退任", level="province", sector=education, is_active=False)
    host(Member.objects.get(name="市甲"))
    host(Member.objects.get(name="区乙"))
    host(Member.objects.get(name="区乙"), VenueKind.DELIBERATION_HOME)
    host(Member.objects.get(name="退任"), VenueKind.CONSULTATION_STUDIO)


def names(response) -> list[str]:
    assert response.status_code == 200
    return [member.name for member in response.context["members"]]


def test_members_in_office_are_found_by_level_sector_venue_and_subdistrict(resident, six, subtests):
    for query, found in (
        ("", ["省甲", "市甲", "区甲", "区乙", "未详"]),
        ("?level=province", ["省甲"]),
        ("?level=city", ["市甲"]),
        ("?level=district", ["区甲", "区乙"]),
        ("?level=unknown", ["未详"]),
        ("?sector=education", ["省甲", "区乙"]),
        ("?venue=members-home-subdistrict", ["市甲", "区乙"]),
        ("?venue=deliberation-home-community", ["区乙"]),
        ("?subdistrict=subdistrict", ["省甲", "市甲", "区甲", "区乙", "未详"]),
        ("?subdistrict=far-subdistrict", []),
        ("?level=district&sector=health", ["区甲"]),
        ("?level=province&venue=members-home-subdistrict", []),
        # Where only somebody out of office received, nobody is to be found.
        ("?venue=consultation-studio-community", []),
        ("?level=governor", []),
        ("?level=%00", []),
        ("?sector=" + "x" * 10_000, []),
    ):
        with subtests.test(query[:100]):
            assert names(resident.get(f"{LIST}{query}")) == found


def test_members_are_listed_by_level_with_their_office_and_times(resident, six):
    member = Member.objects.get(name="市甲")
    member.role, member.is_demo = "校长", True
    member.save()
    text = words(resident.get(LIST))
    assert text.index("省甲") < text.index("市政协委员 市 市甲") < text.index("区甲") < text.index("级别未注明 未 未详")
    assert "市甲 演示 · 市政协委员 · 医药卫生界 · 校长 接待： 湖东街道政协委员之家 · 每月第一个周三 14:00" in text
    assert "共 5 位" in text
    assert "退任" not in text


def test_a_row_shows_the_portrait_or_the_first_character(resident):
    with_portrait(factories.committee_member("陈敏"))
    factories.committee_member("何素心", name_en="He Suxin")
    html = main(resident.get(LIST))
    member = Member.objects.get(name="陈敏")
    assert f'src="/members/{member.pk}/portrait.jpg?small" alt=""' in html
    assert '<span class="portrait" aria-hidden="true">何</span>' in html
    resident.cookies.load({"lang": "en"})
    assert '<span class="portrait" aria-hidden="true">H</span>' in main(resident.get(LIST))


def test_a_closed_venue_is_not_named(resident):
    member = factories.committee_member()
    host(member, is_open=False)
    for address in (LIST, page(member)):
        assert "政协委员之家" not in main(resident.get(address))


def test_the_filter_by_subdistrict_comes_with_the_second_one(resident):
    assert 'name="subdistrict"' not in resident.get(LIST).content.decode()
    factories.tree()
    forget_all()
    assert 'name="subdistrict"' in resident.get(LIST).content.decode()


def test_chosen_filters_are_shown_and_can_be_removed_one_by_one(resident, six):
    response = resident.get(f"{LIST}?level=unknown&sector=education")
    assert "级别：未注明" in words(response)
    assert 'href="/members/?level=unknown"' in response.content.decode()


def test_an_empty_directory_explains_itself(resident, six):
    assert "没有符合这些条件的委员，" in words(resident.get(f"{LIST}?level=province&sector=health"))
    VenueHost.objects.all().delete()
    Member.objects.all().delete()
    response = resident.get(LIST)
    assert "还没有登记委员。" in words(response)
    assert 'href="/demands/new/"' in main(response)


def test_the_directory_comes_in_pages_of_twenty(resident):
    for number in range(21):
        factories.committee_member(f"委员 {number}", order=number)
    assert len(names(resident.get(LIST))) == 20
    response = resident.get(f"{LIST}?page=2")
    assert names(response) == ["委员 20"]
    assert "<title>委员（第 2 页）" in response.content.decode()


# --- One member ------------------------------------------------------------------------------------------------------


def test_a_page_shows_the_public_role(resident):
    sector = Sector.objects.create(code="education", name="教育界")
    member = factories.committee_member(
        level="city", sector=sector, role="校长", about="在社区二十年。\n\n愿意一起商量。", is_demo=True
    )
    host(member, times="每周五上午")
    text = words(resident.get(page(member)))
    for part in (
        "陈敏 演示 · 市政协委员 · 教育界 · 校长 政协湖东街道联络委",
        "在社区二十年。 愿意一起商量。",
        "接待居民 湖东街道政协委员之家 每周五上午",
    ):
        assert part in text


def test_of_whom_nothing_is_known_nothing_is_made_up(resident):
    text = words(resident.get(page(factories.committee_member("鲍菁"))))
    for heading in ("能提供的帮助", "接待居民", "主讲", "推动的约定", "参与的项目", "演示 ·"):
        assert heading not in text.partition("鲍菁 政协湖东街道联络委")[2]


def test_only_open_resources_are_offered(resident):
    member = factories.committee_member()
    shown = factories.resource("法律咨询", member=member)
    for status in ("offered", "reviewed", "paused", "ended"):
        factories.resource(f"{status} 的", member=member, status=ResourceStatus(status))
    factories.resource("别人的", member=factories.committee_member("何素心"))
    html = main(resident.get(page(member)))
    assert re.findall(r'href="(/resources/\d+/)"', html) == [f"/resources/{shown.pk}/"]
    assert "法律服务" in html


def test_events_are_those_the_member_presents_at_and_not_where_they_only_were(resident):
    member = factories.committee_member()
    now = timezone.now()
    for title, status, days in (
        ("下周的课", EventStatus.OPEN, 7),
        ("明天的课", EventStatus.PLANNED, 1),
        ("上月的课", EventStatus.HELD, -30),
        ("上周的课", EventStatus.MINUTES_PUBLISHED, -7),
        ("取消的课", EventStatus.CANCELLED, 3),
    ):
        present(member, factories.event(status, title=title, starts_at=now + datetime.timedelta(days=days)))
    Attendance.objects.create(event=factories.event(EventStatus.HELD, title="只是到场"), member=member, how="door")
    text = words(resident.get(page(member)))
    places = [text.index(title) for title in ("即将主讲", "明天的课", "下周的课", "主讲过的", "上周的课", "上月的课")]
    assert places == sorted(places)
    assert "取消的课" not in text
    assert "只是到场" not in text


def test_an_event_presented_at_twice_is_listed_once_and_long_lists_are_cut(resident):
    member = factories.committee_member()
    for number in range(6):
        event = factories.event(EventStatus.HELD, agenda=2, title=f"第 {number} 场")
        for item in event.agenda.all():
            Presenter.objects.create(member=member, agenda_item=item)
    text = words(resident.get(page(member)))
    assert text.count(" 场 2") == 5
    assert "只列最近 5 场。" in text


def test_agreements_are_shown_once_the_minutes_are_public_and_with_their_status(resident):
    member = factories.committee_member()
    kept = factories.agreement(what="加装两盏路灯")
    hidden = factories.agreement(factories.event(EventStatus.HELD), what="还没公布的")
    for agreement in (kept, hidden):
        AgreementMember.objects.create(member=member, agreement=agreement)
    response = resident.get(page(member))
    assert "推动的约定 加装两盏路灯 已约定 湖东街道公共管理办公室" in words(response)
    assert f'href="/events/{kept.event_id}/#agreement-1"' in main(response)
    assert "还没公布的" not in words(response)


def test_projects_are_named_with_the_members_part(resident):
    member, project = factories.committee_member(), factories.project(is_demo=True)
    ProjectMember.objects.create(member=member, project=project, part="引进企业")
    response = resident.get(page(member))
    assert "参与的项目 桂花苑电动车充电棚 筹备中 演示 引进企业" in words(response)
    assert f'href="/projects/{project.pk}/"' in main(response)


def test_the_demands_a_member_helped_with_are_listed_when_public(resident):
    dispatch = factories.dispatch(DispatchStatus.DONE)
    factories.dispatch(DispatchStatus.ACCEPTED, demand_=factories.demand("accepted", public=True))
    html = main(resident.get(page(dispatch.member)))
    assert re.findall(r'href="(/demands/NH-[^"]+)"', html) == [f"/demands/{dispatch.demand.ref}/"]


def test_nothing_ranks_or_counts_members_and_no_contact_is_shown(resident, liaison_client):
    contact = contacts.store(called="联系人丙", phone="13912345678", email="hidden@a.example")
    member = factories.member_with_account(contact=contact, level="city")
    DutyRecord.objects.create(
        member=member, kind="visit", source="member", day=timezone.localdate(), text="走访三户", status="confirmed"
    )
    for client in (resident, liaison_client):
        for address in (LIST, page(member), COMMITTEE):
            html = client.get(address).content.decode()
            assert "陈委员" in html
            for secret in ("联系人丙", "13912345678", "hidden@a.example", contact.masked, "走访三户", "履职"):
                assert secret not in html


def test_a_member_out_of_office_or_unknown_is_not_found(resident):
    gone = with_portrait(factories.committee_member("退任", is_active=False))
    for key in (gone.pk, 999_999, 2**63):
        for address in (f"/members/{key}/", f"/members/{key}/portrait.jpg"):
            assert resident.get(address).status_code == 404


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_the_pages_are_only_read(resident, method):
    member = with_portrait(factories.committee_member())
    for address in (LIST, COMMITTEE, page(member), f"{page(member)}portrait.jpg"):
        assert getattr(resident, method)(address).status_code == 405


# --- Portraits -------------------------------------------------------------------------------------------------------


def test_the_page_shows_the_portrait_with_words(resident):
    member = with_portrait(factories.committee_member())
    assert f'src="/members/{member.pk}/portrait.jpg" alt="陈敏的照片"' in main(resident.get(page(member)))


def test_a_portrait_is_served_as_jpeg_and_revalidated(resident):
    member = with_portrait(factories.committee_member())
    address = f"{page(member)}portrait.jpg"
    whole, small = resident.get(address), resident.get(f"{address}?small")
    for response in (whole, small):
        assert (response.status_code, response["Content-Type"]) == (200, "image/jpeg")
        assert response["Cache-Control"] == "private, no-cache"
    assert len(body(small)) < len(body(whole))
    again = resident.get(address, headers={"If-None-Match": whole["ETag"]})
    assert again.status_code == 304


def test_a_member_without_a_portrait_has_no_picture(resident):
    assert resident.get(f"{page(factories.committee_member())}portrait.jpg").status_code == 404


# --- The committees --------------------------------------------------------------------------------------------------


def test_the_committee_page_shows_its_office_members_and_venues(resident):
    committee = factories.tree().committee
    committee.address, committee.hours = "桂花路 1 号", "工作日 9:00–17:00"
    committee.save()
    for name, level in (("区甲", "district"), ("省甲", "province"), ("未详", ""), ("区乙", "district")):
        factories.committee_member(name, level=level)
    factories.committee_member("退任", is_active=False)
    factories.venue(VenueKind.MEMBERS_HOME)
    factories.venue(VenueKind.CLOUD_STATION)
    factories.series()
    response = resident.get(COMMITTEE)
    text = words(response)
    for part in (
        "政协湖东街道联络委 服务区域 湖东街道 地址 桂花路 1 号 办公时间 工作日 9:00–17:00 电话 027-80000000",
        "委员 省政协委员 省甲 区政协委员 区甲 区乙 级别未注明 未详 活动系列 月月谈",
        "议事点 政协委员之家 1 · 小区云端工作站 1 湖东街道政协委员之家 看全部议事点",
    ):
        assert part in text
    assert 'href="tel:027-80000000"' in main(response)
    assert "退任" not in text


def test_what_was_not_entered_has_no_line(resident):
    committee = factories.tree().committee
    committee.phone = ""
    committee.save()
    text = words(resident.get(COMMITTEE)).partition("服务区域")[2]
    for line in ("地址", "办公时间", "电话", "tel:", "议事点 政协", "活动系列"):
        assert line not in text
    assert "还没有登记委员。" in text


def test_each_of_two_subdistricts_has_a_section_with_what_is_its_own(resident):
    places = factories.tree()
    far = LiaisonCommittee.objects.create(area=places.far_subdistrict, name="政协湖西街道联络委", ref_prefix="HX")
    Member.objects.create(name="远甲", committee=far)
    factories.committee_member("近甲")
    factories.venue(VenueKind.DELIBERATION_HOME)
    factories.venue(VenueKind.DELIBERATION_HOME, places.far_community)
    factories.series("district-show", name="全区年年展", area=places.district)
    near_part, _heading, far_part = words(resident.get(COMMITTEE)).rpartition("政协湖西街道联络委")
    for part, own, others in (
        (near_part, ("近甲", "桂花社区协商议事之家"), ("远甲", "松林社区")),
        (far_part, ("远甲", "松林社区协商议事之家"), ("近甲", "桂花社区")),
    ):
        assert all(word in part for word in (*own, "全区年年展"))
        assert not any(word in part for word in others)
    assert 'href="/venues/?subdistrict=far-subdistrict"' in main(resident.get(COMMITTEE))


def test_the_committee_page_without_a_committee(resident):
    assert "这里还没有登记政协联络委。" in words(resident.get(COMMITTEE))


# --- Names elsewhere lead here ---------------------------------------------------------------------------------------


def drawn(tag: str, **context) -> str:
    return Template(f"{{% load members %}}{{% {tag} %}}").render(Context(context))


def test_agenda_hosts_and_project_members_lead_to_the_page_of_those_in_office():
    event, venue, project = factories.event(), factories.venue(VenueKind.MEMBERS_HOME), factories.project()
    item = event.agenda.first()
    item.presenter = "<李> 教授"
    item.save()
    here = factories.committee_member("陈敏", level="city", order=1)
    gone = factories.committee_member("退任", level="city", order=2, is_active=False)
    for member in (here, gone):
        Presenter.objects.create(member=member, agenda_item=item)
        ProjectMember.objects.create(member=member, project=project)
    VenueHost.objects.create(member=here, venue=venue)
    link = f'<a href="/members/{here.pk}/">市政协委员 陈敏</a>'
    assert f"主讲：{link}、市政协委员 退任、&lt;李&gt; 教授" in drawn(
        "event_agenda event items", event=event, items=[item]
    )
    assert link in drawn("venue_hosts venue", venue=venue)
    html = drawn("project_members project", project=project)
    assert link in html
    assert f"/members/{gone.pk}/" not in html


# --- The header ------------------------------------------------------------------------------------------------------


def test_the_header_leads_everybody_to_members_and_a_member_to_their_work(resident, member_client, liaison_client):
    assert 'href="/members/" aria-current="page">委员</a>' in flat(resident.get(LIST).content.decode())
    for client, address, label in (
        (member_client, "/my/", "我的工作"),
        (liaison_client, "/accounts/", "我的账号"),
    ):
        # Each as the first to be read: the header is kept for a while.
        html = flat(client.get("/topics/" if client is member_client else "/projects/").content.decode())
        assert f'<a href="{address}">{label}</a>' in html
    assert "我的工作" not in resident.get("/").content.decode()


# --- Queries ---------------------------------------------------------------------------------------------------------


@pytest.fixture(params=[1, 4], ids=["1 row", "4 rows"])
def many(request):
    member = factories.committee_member("甲")
    now = timezone.now()
    committee = factories.tree().committee
    for number in range(request.param):
        other = factories.committee_member(f"委员 {number}", level=("city", "")[number % 2], order=number + 1)
        venue = factories.venue(VenueKind.DELIBERATION_HOME, slug=f"home-{number}")
        for one in (member, other):
            VenueHost.objects.create(member=one, venue=venue)
        factories.series(f"s{number}")
        factories.resource(f"资源 {number}", member=member)
        coming = factories.event(starts_at=now + datetime.timedelta(days=number + 1))
        held = factories.event(
            EventStatus.MINUTES_PUBLISHED, starts_at=now - datetime.timedelta(days=number + 1), area=committee.area
        )
        present(member, coming)
        present(member, held)
        AgreementMember.objects.create(member=member, agreement=factories.agreement(held))
        ProjectMember.objects.create(member=member, project=factories.project(f"项目 {number}"))
    return member


def test_the_pages_make_as_many_queries_at_one_row_and_at_four(resident, many, django_assert_num_queries):
    for address, count in (
        (LIST, 3),
        (f"{LIST}?level=city&venue=home-0", 3),
        (COMMITTEE, 4),
        ("/members/{pk}/", 9),
    ):
        address = address.format(pk=many.pk)
        resident.get(address)
        with django_assert_num_queries(count):
            resident.get(address)
