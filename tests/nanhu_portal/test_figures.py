"""The figures of what was reported, counted from rows of the demo. The numbers are written by hand from the report."""

import datetime

import pytest
from django.db.models import Count, Sum
from django.test import Client
from django.utils import timezone
from django.utils.formats import date_format

from consultation.models import (
    Agreement,
    Event,
    Milestone,
    Organisation,
    Platform,
    Project,
    Series,
    SlotState,
    StudyNote,
    Topic,
    Venue,
)
from consultation.selectors.rhythm import with_state
from consultation.workflow import AgreementStatus, EventStatus
from demands.models import Demand, DemandAgreement, Dispatch
from demands.workflow import DemandStatus
from members.models import Attendance, Member, Presenter
from tests.pages import words

pytestmark = pytest.mark.usefixtures("demo")


def held(code: str, year: int = 2023) -> int:
    return Event.objects.took_place().filter(series__code=code, starts_at__year=year).count()


def test_venues_are_1_3_3_and_28():
    assert dict(Venue.objects.order_by().values_list("kind").annotate(Count("pk"))) == {
        "members_home": 1,
        "deliberation_home": 3,
        "consultation_studio": 3,
        "cloud_station": 28,
    }


def test_24_studies_9_talks_and_3_lectures_were_held():
    assert StudyNote.objects.published().filter(series__code="weekly-study", published_at__year=2023).count() == 24
    assert held("monthly-talk") == 9
    assert held("quarterly-lecture") == 3


def test_42_themed_activities_were_held_in_2023():
    assert Event.objects.took_place().filter(series__kind="brand", starts_at__year=2023).count() == 42


def test_each_year_of_the_demo_has_a_day_for_its_exhibition():
    shows = Event.objects.public().filter(series__code="annual-showcase")
    assert sorted({show.starts_at.year for show in shows}) == [2023, timezone.localdate().year]
    assert held("annual-showcase") == 1
    for show in shows:
        assert show.slot.planned_on == timezone.localdate(show.starts_at)
        page = words(Client().get(f"/annual/{show.starts_at.year}/"))
        assert f"本年成果展：{date_format(timezone.localtime(show.starts_at), 'DATE_FORMAT')}" in page


def test_family_and_school_is_marked_as_one_of_the_four_brand_activities_and_no_other_is():
    chosen = Series.objects.exclude(brand_set="")
    assert list(chosen.values_list("code", "brand_set")) == [("family-and-school", "南湖四大品牌活动")]
    session = Event.objects.took_place().filter(series__code="family-and-school")[0]
    for address in ("/annual/2023/", "/members/committee/", f"/events/{session.pk}/"):
        assert "家校共育大家谈 南湖四大品牌活动" in words(Client().get(address)), address


def test_family_and_school_met_16_times_and_served_over_1000():
    sessions = Event.objects.took_place().filter(series__code="family-and-school")
    assert sessions.count() == 16
    assert sessions.aggregate(served=Sum("people_served"))["served"] > 1000
    presenters = set(Presenter.objects.filter(agenda_item__event__in=sessions).values_list("member__name", flat=True))
    assert presenters == {"鲍菁", "操志兵"}


def test_the_neighbours_festival_had_two_editions_and_the_named_events_took_place():
    assert held("neighbours-festival") == 2
    assert held("consumption-festival") == 1
    titles = set(Event.objects.filter(series__code="business-environment").values_list("title", flat=True))
    assert {"优化营商环境座谈会", "政银企融资对接会", "产业发展定位研讨会"} <= titles
    assert any("招商引资" in title for title in titles)


def test_over_60_enterprises_cooperate_and_123_associations_are_registered():
    cooperating = Organisation.objects.cooperating().filter(sector="enterprise")
    assert cooperating.count() == 65
    assert set(cooperating.filter(is_demo=False).values_list("name", "cooperation_since")) == {
        ("前包控股有限公司", None),
        ("武汉中商校园服务管理有限公司", None),
    }
    assert "签有合作协议的企业 65 家" in words(Client().get("/annual/2023/"))
    assert Organisation.objects.public().filter(kind="association").count() == 123
    assert set(Organisation.objects.values_list("sector", flat=True)) == {
        "government",
        "enterprise",
        "society",
        "media",
        "school",
    }


def test_123_associations_were_nurtured_in_the_year_reported_and_no_other_year_says_so():
    nurtured = Organisation.objects.filter(kind="association")
    assert nurtured.filter(nurtured_years=[2023]).count() == nurtured.count() == 123
    assert "孵化培育的备案社团 123 个" in words(Client().get("/annual/2023/"))
    this_year = timezone.localdate().year
    assert "备案社团 123" not in words(Client().get(f"/annual/{this_year}/"))
    assert "associations" not in Client().get(f"/annual/{this_year}/figures.csv").content.decode()


def test_members_resources_helped_to_resolve_over_50_demands():
    done = Dispatch.objects.filter(status="done", resource__isnull=False, ended_at__year=2023)
    assert done.values("demand").distinct().count() == 52
    assert set(done.values_list("demand__status", flat=True)) <= {DemandStatus.RESOLVED, DemandStatus.CONFIRMED}


def test_projects_of_the_article_do_not_say_more_than_it_does():
    reported = Project.objects.filter(is_demo=False)
    assert set(reported.values_list("status", "evidence", "starts_on", "ends_on", "result")) == {
        ("reported", "2024 年 1 月 27 日公开报道", None, None, "")
    }
    circle = Project.objects.get(title="中央花园社区一刻钟便民生活圈")
    assert list(Milestone.objects.filter(project__in=reported).values_list("project", "title", "by_month")) == [
        (circle.pk, "入选全国城市一刻钟便民生活圈典型案例", True)
    ]
    found = {address: words(Client().get(address)) for address in ("/projects/", f"/projects/{circle.pk}/")}
    for address, text in (found | {"": words(Client().get("/annual/2023/"))}).items():
        assert "2023年9月" in text, address
        assert "9月30日" not in text, address
    assert "据 2024 年 1 月 27 日公开报道" in found[f"/projects/{circle.pk}/"].replace("依据：", "据 ")
    festival = words(Client().get(f"/projects/{Project.objects.get(title='南湖邻里消费节').pk}/"))
    assert "进展未说明" in festival
    assert circle.title not in words(Client().get(f"/annual/{timezone.localdate().year}/"))


def test_the_story_quotes_what_comes_next_and_the_printed_total_with_the_difference():
    story = words(Client().get("/"))
    for word in (
        "共建美丽花园城 缔造南湖幸福里",
        "学习机制、协商机制、服务机制和长效机制",
        "品质南湖、人文南湖、活力南湖",
        "急难愁盼",
        "报道写的总数是“38个”，这四种加起来是35个",
        "孵化培育了123个备案社团",
        "超过60家企业",
        "南湖四大品牌活动",
    ):
        assert word in story, word
    assert sum(story.count(total) for total in ("38个", "38 个")) == 1
    assert Venue.objects.count() == 35
    client = Client()
    client.cookies["lang"] = "en"
    english = words(client.get("/"))
    for word in (
        "total as 38, while the four kinds add up to 35",
        "Four mechanisms",
        "of quality, of culture and of vitality",
    ):
        assert word in english, word


def test_the_named_platforms_members_and_projects_are_rows():
    assert set(Platform.objects.values_list("name", flat=True)) == {
        "香樟树下",
        "流水议事会",
        "家长里短议事会",
        "小区治理月月谈",
    }
    assert dict(Member.objects.filter(is_demo=False).values_list("name", "level")) == {
        "方朝晖": "province",
        "张万新": "city",
        "王志新": "city",
        "柏雨辰": "district",
        "黄秋莉": "district",
        "熊云": "district",
        "鲍菁": "",
        "操志兵": "",
    }
    assert {"南湖公益街", "南湖邻里消费节", "街道创业就业服务中心", "中央花园社区一刻钟便民生活圈"} <= set(
        Project.objects.filter(is_demo=False).values_list("title", flat=True)
    )


def test_the_agreement_over_200_million_yuan_is_exact():
    assert str(Project.objects.get(sum_yuan__isnull=False, is_demo=False).sum_yuan) == "200000000.00"


def test_three_circles_and_two_lines_are_places_of_a_project():
    project = Project.objects.get(title="三圈两线商业新布局")
    assert list(project.places.values_list("name", "note")) == [
        ("地铁商圈", "区域亲子主题消费"),
        ("泛悦坊商圈", "全天候消费经济示范点"),
        ("泛悦MALL商圈", "沉浸式智慧商圈"),
        ("瑞安街", "过早一条街"),
        ("建安街", "宵夜一条街"),
    ]


def test_over_120_demands_were_collected_and_over_90_resolved_through_consultation():
    season = Demand.objects.filter(received_at__year=2023)
    resolved = season.filter(status__in=(DemandStatus.RESOLVED, DemandStatus.CONFIRMED))
    assert 120 < season.count() < 130
    assert 90 < resolved.count() < 100
    assert resolved.filter(consulted_at__isnull=False).count() > 70


def test_the_articles_members_carry_only_the_articles_deeds():
    deeds = dict(
        Presenter.objects.filter(member__is_demo=False)
        .order_by()
        .values_list("member__name")
        .annotate(series=Count("agenda_item__event__series", distinct=True))
    )
    assert deeds == {"鲍菁": 1, "操志兵": 1, "张万新": 1, "王志新": 1, "柏雨辰": 1, "方朝晖": 1, "黄秋莉": 1, "熊云": 1}
    assert set(Attendance.objects.filter(member__name="方朝晖").values_list("event__title", flat=True)) == {
        "“一线协商·共同缔造·南湖发展”人力资源产业发展工作推进会"
    }


def test_slots_show_what_was_planned_held_and_missed():
    def states(code: str, year: int) -> dict[str, int]:
        slots = with_state(Series.objects.get(code=code).slots.all()).filter(planned_on__year=year)
        found: dict[str, int] = {}
        for slot in slots:
            found[slot.state] = found.get(slot.state, 0) + 1
        return found

    assert states("weekly-study", 2023) == {SlotState.HELD: 24, SlotState.MISSED: 2}
    assert states("monthly-talk", 2023) == {SlotState.HELD: 9, SlotState.MISSED: 1}
    assert states("quarterly-lecture", 2023) == {SlotState.HELD: 3}


def test_a_chain_runs_from_a_need_to_what_was_measured():
    links = DemandAgreement.objects.filter(agreement__status=AgreementStatus.DONE).select_related("agreement__event")
    assert links.count() > 20
    for link in links:
        agreement, demand = link.agreement, link.demand
        assert agreement.outcome
        assert agreement.evidence
        assert timezone.localdate(demand.received_at) <= timezone.localdate(agreement.event.starts_at)
        assert timezone.localdate(agreement.event.starts_at) <= agreement.measured_on


def test_the_demo_is_alive_today():
    today = timezone.localdate()
    assert Event.objects.upcoming().count() >= 3
    assert Event.objects.filter(status=EventStatus.OPEN, starts_at__date=today).exists()
    assert Event.objects.awaiting_minutes().exists()
    assert Agreement.objects.public().overdue().exists()
    assert Topic.objects.open().count() >= 4
    full = Event.objects.get(title="委员工作室 · 家庭教育小组")
    assert (full.sign_ups.confirmed().count(), full.sign_ups.waiting().count()) == (10, 3)
    assert Event.objects.filter(is_demo=False).count() == 0
    assert full.starts_at - timezone.now() < datetime.timedelta(days=5)
