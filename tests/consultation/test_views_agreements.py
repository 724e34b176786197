"""Projects and agreements as anybody reads them: lists with filters, one project with its whole story."""

import datetime
from decimal import Decimal

import pytest
from django.utils import timezone

from consultation.models import Milestone, OrganisationKind, Picture, Project, ProjectPartner, ProjectPlace
from consultation.services import agreements as services
from consultation.services import projects
from consultation.views import agreements as views
from demands.services import consulting
from foundation.actors import SYSTEM
from members.models import ProjectMember
from tests import factories
from tests.pages import flat, words

pytestmark = pytest.mark.django_db

PROJECTS, AGREEMENTS = "/projects/", "/projects/agreements/"
TODAY = datetime.date(2026, 11, 24)
DONE = {"outcome": "照度 12 勒克斯", "evidence": "照度计记录", "measured_on": datetime.date(2026, 1, 5)}


def titles(response) -> list[str]:
    assert response.status_code == 200
    return [project.title for project in response.context["items"]]


def whats(response) -> list[str]:
    assert response.status_code == 200
    return [agreement.what for agreement in response.context["items"]]


def partner(project, name: str, kind: str, part: str = "") -> None:
    organisation = factories.organisation(name, kind=kind)
    ProjectPartner.objects.create(project=project, organisation=organisation, part=part)


def picture(review: str = "approved", **owner) -> Picture:
    return Picture.objects.create(
        full="a.jpg", thumbnail="a-s.jpg", width=64, height=48, alt="建好的车棚", review=review, **owner
    )


# --- The list of projects --------------------------------------------------------------------------------------------


@pytest.fixture
def four():
    places = factories.tree()
    one = factories.project("车棚", starts_on=datetime.date(2026, 3, 1))
    two = factories.project("食堂", area=places.other_community, starts_on=datetime.date(2026, 5, 1))
    three = factories.project("步道", area=places.compound, starts_on=datetime.date(2026, 4, 1))
    four = factories.project("夜市", area=places.subdistrict, starts_on=datetime.date(2026, 2, 1))
    partner(one, "桂花物业", OrganisationKind.PROPERTY_MANAGER)
    partner(two, "柳园小学", OrganisationKind.SCHOOL)
    partner(two, "湖东商会", OrganisationKind.ASSOCIATION)
    partner(two, "湖西商会", OrganisationKind.ASSOCIATION)
    projects.start(one, actor=SYSTEM)
    owed = {"result": "建好了", "evidence": "验收单", "ends_on": datetime.date(2026, 6, 1)}
    projects.complete(three, actor=SYSTEM, **owed)
    projects.stop(four, actor=SYSTEM, reason="没有场地")


def test_projects_are_found(four, resident, subtests):
    for query, found in (
        ("", ["食堂", "步道", "车棚", "夜市"]),
        ("status=planned", ["食堂"]),
        ("status=under_way", ["车棚"]),
        ("status=done", ["步道"]),
        ("status=stopped", ["夜市"]),
        ("community=community", ["步道", "车棚"]),
        ("community=other-community", ["食堂"]),
        ("community=far-community", []),
        ("sector=society", ["食堂"]),
        ("sector=enterprise", ["车棚"]),
        ("sector=media", []),
        ("community=other-community&sector=school&status=planned", ["食堂"]),
        ("status=burnt", []),
        ("community=%00", []),
        ("sector=" + "x" * 10000, []),
        ("page=2", ["食堂", "步道", "车棚", "夜市"]),
        ("page=%00", ["食堂", "步道", "车棚", "夜市"]),
        ("unknown=1", ["食堂", "步道", "车棚", "夜市"]),
    ):
        with subtests.test(query[:100]):
            assert titles(resident.get(f"{PROJECTS}?{query}")) == found


def test_a_filter_can_be_taken_off_and_an_empty_list_says_why(four, resident):
    response = resident.get(f"{PROJECTS}?community=far-community&status=planned")
    text = words(response)
    assert "没有符合这些条件的项目" in text
    assert "社区：湖西街道 · 松林社区" in text
    assert "进展：筹备中" in text
    assert 'href="/projects/?status=planned"' in response.content.decode()


def test_without_any_project_the_list_says_so(resident):
    assert "还没有项目" in words(resident.get(PROJECTS))
    assert "还没有公布约定" in words(resident.get(AGREEMENTS))


def test_the_list_goes_by_pages(resident):
    for number in range(views.PER_PAGE + 1):
        factories.project(f"项目 {number}", starts_on=datetime.date(2026, 1, 1))
    assert len(titles(resident.get(PROJECTS))) == views.PER_PAGE
    second = resident.get(f"{PROJECTS}?page=2")
    assert titles(second) == ["项目 0"]
    assert "项目（第 2 页）" in second.content.decode()


def test_a_row_tells_sum_partners_and_result(four, resident):
    Project.objects.filter(title="步道").update(sum_yuan=Decimal("200000000"), is_demo=True)
    text = words(resident.get(PROJECTS))
    for word in ("2 亿元", "演示", "结果： 建好了", "合作单位：桂花物业", "桂花社区 · 桂花苑"):
        assert word in text, word


@pytest.mark.parametrize("address", [PROJECTS, AGREEMENTS, "{project}"])
def test_the_pages_are_only_read(resident, address):
    address = address.format(project=f"{PROJECTS}{factories.project().pk}/")
    for method in (resident.post, resident.put, resident.delete):
        assert method(address).status_code == 405
    assert resident.head(address).status_code == 200


@pytest.mark.parametrize("key", ["0", "999999", "99999999999999999999", "abc", "-1"])
def test_a_project_that_is_not_there_is_not_found(resident, key):
    assert resident.get(f"{PROJECTS}{key}/").status_code == 404


# --- One project -----------------------------------------------------------------------------------------------------


def test_a_project_tells_its_whole_story(resident):
    demand = factories.demand("in_progress", public=True)
    hidden = factories.demand("in_progress")
    event = factories.event("minutes_published")
    agreement = factories.agreement(event)
    for one in (demand, hidden):
        consulting.link_agreement(one, agreement, actor=SYSTEM)
    project = factories.project(
        sum_yuan=Decimal("12345.67"),
        sum_note="社区公益金",
        starts_on=datetime.date(2026, 3, 1),
        baseline="没有充电位",
        target="20 个充电位",
    )
    projects.grow([agreement], project, actor=SYSTEM)
    partner(project, "桂花物业", OrganisationKind.PROPERTY_MANAGER, "日常管理")
    ProjectMember.objects.create(project=project, member=factories.committee_member(), part="牵线")
    ProjectPlace.objects.create(project=project, name="2 号门内", note="靠西墙", venue=factories.venue())
    Milestone.objects.create(
        project=project, title="选址", due_on=datetime.date(2026, 3, 5), done_on=datetime.date(2026, 3, 6)
    )
    Milestone.objects.create(project=project, title="验收", due_on=datetime.date(2026, 3, 9))
    approved, pending = picture(project=project), picture("pending", project=project)
    owed = {"result": "20 个充电位全部启用", "evidence": "验收单", "ends_on": datetime.date(2026, 6, 1)}
    projects.complete(project, actor=SYSTEM, **owed)
    response = resident.get(f"{PROJECTS}{project.pk}/")
    text, html = words(response), response.content.decode()
    for word in (
        "桂花苑电动车充电棚",
        "在 2 号门内建 20 个充电位。",
        "12,345.67 元",
        "社区公益金",
        "没有充电位",
        "20 个充电位全部启用",
        "依据：验收单",
        "桂花物业",
        "日常管理",
        "陈敏",
        "2 号门内",
        "2026年3月6日 星期五完成",
        "计划2026年3月9日 星期一",
        "已超期",
        "3 号门外加装两盏路灯",
        "加装门禁，大家一起商量",
        "3 号门外路灯不亮",
    ):
        assert word in text, word
    assert f'href="/demands/{demand.ref}/"' in html
    assert hidden.ref not in html
    assert f"/pictures/{approved.pk}-s.jpg" in html
    assert f"/pictures/{pending.pk}" not in html


def test_an_agreement_without_public_minutes_is_not_told(resident):
    agreement = factories.agreement(factories.event("held"), what="金丝雀的约定")
    project = projects.grow([agreement], factories.project(), actor=SYSTEM)
    for address in (f"{PROJECTS}{project.pk}/", AGREEMENTS, f"{AGREEMENTS}?status=agreed"):
        assert "金丝雀" not in resident.get(address).content.decode()


def test_a_project_of_which_only_a_month_is_reported_says_so_and_no_more(resident):
    project = Project(area=factories.tree().community, title="便民生活圈", summary="步行可到。")
    projects.add_reported(project, "一篇公开报道", actor=SYSTEM)
    Milestone.objects.create(project=project, title="入选典型案例", done_on=datetime.date(2023, 9, 1), by_month=True)
    page = resident.get(f"{PROJECTS}{project.pk}/")
    text = words(page)
    for word in ("进展未说明", "依据：一篇公开报道。其中没有说明项目进展", "入选典型案例 2023年9月"):
        assert word in text, word
    assert '<time datetime="2023-09">' in flat(page.content.decode())
    listed = words(resident.get(PROJECTS))
    assert "2023年9月 ：入选典型案例" in listed
    for other in (text, listed):
        assert "9月1日" not in other


def test_a_stopped_project_says_why(resident):
    project = projects.stop(factories.project(), actor=SYSTEM, reason="场地没有谈成")
    assert "停止原因： 场地没有谈成" in words(resident.get(f"{PROJECTS}{project.pk}/"))


# --- The list of agreements ------------------------------------------------------------------------------------------


@pytest.fixture
def listed(monkeypatch):
    monkeypatch.setattr(timezone, "localdate", lambda value=None, zone=None: TODAY)
    event = factories.event("minutes_published")

    def agreed(what: str, days: int, **values):
        return factories.agreement(event, what=what, due_on=TODAY + datetime.timedelta(days=days), **values)

    agreed("以后", 9, sector="media")
    agreed("早过了", -9)
    agreed("今天", 0)
    services.start(agreed("刚过", -1, sector="school"), actor=SYSTEM)
    services.fulfil(agreed("办到了", -30), actor=SYSTEM, **DONE)
    services.miss(agreed("没办到", -3), actor=SYSTEM, reason="没有到货")
    services.drop(agreed("不办了", 30), actor=SYSTEM, reason="改由别处办")
    factories.agreement(factories.event("held", area=factories.tree().other_community), what="没有公布")
    return event


def test_agreements_are_found_overdue_ones_first(listed, resident, subtests):
    for query, found in (
        ("", ["早过了", "刚过", "今天", "以后", "不办了", "没办到", "办到了"]),
        ("overdue=yes", ["早过了", "刚过"]),
        ("overdue=no", []),
        ("status=agreed", ["早过了", "今天", "以后"]),
        ("status=under_way", ["刚过"]),
        ("status=done", ["办到了"]),
        ("status=missed", ["没办到"]),
        ("status=dropped", ["不办了"]),
        ("sector=media", ["以后"]),
        ("sector=school&overdue=yes", ["刚过"]),
        ("status=%00", []),
        ("sector=" + "x" * 10000, []),
    ):
        with subtests.test(query[:100]):
            assert whats(resident.get(f"{AGREEMENTS}?{query}")) == found


def test_overdue_is_said_in_words_and_each_leads_to_its_event(listed, resident):
    response = resident.get(AGREEMENTS)
    text, html = words(response), response.content.decode()
    assert html.count('<span class="due over">已超期</span>') == 2
    for number in range(1, 8):
        assert f'href="/events/{listed.pk}/#agreement-{number}"' in html
    for word in ("照度 12 勒克斯", "依据：照度计记录", "没有到货", "改由别处办"):
        assert word in text, word


def test_evidence_photos_are_shown_after_review(resident):
    agreement = factories.agreement()
    approved, pending = picture(agreement=agreement), picture("pending", agreement=agreement)
    html = resident.get(AGREEMENTS).content.decode()
    assert f"/pictures/{approved.pk}-s.jpg" in html
    assert f"/pictures/{pending.pk}" not in html


# --- Queries: the same at 1 and at 4 rows ---------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [1, 4])
def test_every_page_makes_its_number_of_queries(resident, django_assert_num_queries, rows):
    event = factories.event("minutes_published")
    project = factories.project(starts_on=datetime.date(2026, 1, 1))
    member = factories.committee_member()
    for number in range(rows):
        organisation = factories.organisation(f"单位 {number}")
        agreement = factories.agreement(event, organisation=organisation, office="")
        picture(agreement=agreement)
        projects.grow([agreement], project, actor=SYSTEM)
        consulting.link_agreement(factories.demand(public=True), agreement, actor=SYSTEM)
        other = factories.project(f"项目 {number}", starts_on=datetime.date(2026, 1, 1))
        for one in (project, other):
            ProjectPartner.objects.create(project=one, organisation=organisation)
        Milestone.objects.create(project=project, title="选址", due_on=TODAY)
        ProjectPlace.objects.create(project=project, name="门内", venue=factories.venue())
        picture(project=project)
    ProjectMember.objects.create(project=project, member=member)
    for address, expected in (
        (PROJECTS, 6),
        (f"{PROJECTS}?status=planned&community=community&sector=enterprise", 6),
        (AGREEMENTS, 3),
        (f"{AGREEMENTS}?status=agreed&sector=enterprise", 3),
        (f"{PROJECTS}{project.pk}/", 9),
    ):
        assert resident.get(address).status_code == 200
        with django_assert_num_queries(expected):
            resident.get(address)
