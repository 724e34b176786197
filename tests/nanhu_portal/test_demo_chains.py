"""Every chain of the demo makes sense: one community, one subject, people who know about it, and days in order."""

import datetime
from collections import Counter

import pytest
from django.db.models.functions import TruncMonth
from django.utils import timezone

from consultation.models import Agreement, Area, AreaLevel, Event, Project, Topic
from demands.models import CategoryMatch, Demand, DemandAgendaItem, DemandAgreement, Dispatch, OfficeRequest
from demands.workflow import DemandStatus
from members.models import AgreementMember, Attendance, Presenter

pytestmark = pytest.mark.usefixtures("demo")

# Categories of needs about which each member who is named in the demo knows something.
KNOWS = {
    "林知夏": {"noise", "property", "employment"},
    "周望春": {"elderly"},
    "许清和": {"education"},
    "沈嘉木": {"facilities", "parking", "environment", "fire-safety", "elderly"},
    "陆听荷": {"culture"},
    "顾行舟": {"employment", "noise", "environment"},
    "何素心": {"elderly"},
}
# Of talks about one matter: the category of what they discuss.
MATTERS = {
    "晚间停车": "parking",
    "孩子放学后去哪里": "education",
    "广场上的音乐": "noise",
    "店铺和楼上住户": "noise",
    "老人的一顿午饭": "elderly",
    "消防通道": "fire-safety",
    "路边的早餐摊": "environment",
}
# Of projects: the end of the title, and the category of the need that they grew from.
SUBJECTS = {"集中充电棚": "parking", "单元出入口无障碍改造": "elderly"}


def community(area: Area) -> int | None:
    """The community in which an area lies; None for the subdistrict."""
    found = Area.objects.with_parents().get(pk=area.pk).community
    return found and found.pk


def day(moment: datetime.datetime) -> datetime.date:
    return timezone.localdate(moment)


def test_a_talk_discusses_open_demands_of_its_own_community():
    links = DemandAgendaItem.objects.select_related("demand__area", "agenda_item__event__area")
    assert links.count() > 35
    for link in links.prefetch_related("demand__transitions"):
        demand, event = link.demand, link.agenda_item.event
        assert community(demand.area) == community(event.area), (demand.ref, event.title)
        assert event.venue is None or community(event.venue.area) == community(event.area), event.title
        ends = [step.at for step in demand.transitions.all() if step.to_status in ("resolved", "declined")]
        assert day(demand.received_at) < day(demand.consulted_at) <= day(event.starts_at), demand.ref
        assert not ends or day(event.starts_at) < day(min(ends)), demand.ref


def test_a_talk_about_one_matter_discusses_one_demand_of_that_matter():
    talks = Event.objects.took_place().filter(series__code="members-monthly-talk")
    found = {talk.title.split(" · ")[1]: talk for talk in talks}
    assert found.keys() == MATTERS.keys()
    for title, talk in found.items():
        assert [link.demand.category.code for link in DemandAgendaItem.objects.filter(agenda_item__event=talk)] == [
            MATTERS[title]
        ], title
        [presenter] = Presenter.objects.filter(agenda_item__event=talk)
        assert MATTERS[title] in KNOWS[presenter.member.name], title


def test_an_agreement_is_about_the_demand_that_was_discussed_and_of_those_concerned():
    links = DemandAgreement.objects.select_related("demand__area", "agreement__event", "agreement__organisation__area")
    assert links.count() > 35
    for link in links:
        agreement, demand = link.agreement, link.demand
        assert DemandAgendaItem.objects.filter(demand=demand, agenda_item=agreement.agenda_item).exists(), demand.ref
        owner = agreement.organisation
        if owner and owner.kind == "property_manager":
            assert community(owner.area) == community(demand.area), demand.ref
    for helper in AgreementMember.objects.select_related("member", "agreement").filter(member__name__in=KNOWS):
        for link in DemandAgreement.objects.filter(agreement=helper.agreement):
            assert link.demand.category.code in KNOWS[helper.member.name], link.demand.ref


def test_a_project_grows_from_a_need_of_its_subject_in_its_community():
    grown = Project.objects.filter(is_demo=True)
    assert grown.count() == len(SUBJECTS)
    for project in grown:
        [subject] = [category for title, category in SUBJECTS.items() if project.title.endswith(title)]
        [link] = DemandAgreement.objects.filter(agreement__project=project)
        assert link.demand.category.code == subject
        assert community(link.demand.area) == community(project.area) == community(link.agreement.event.area)
        assert project.title.startswith(str(project.area))


def test_days_follow_each_other_from_the_need_to_the_confirmation():
    for link in DemandAgreement.objects.select_related("demand", "agreement__event", "agreement__project"):
        demand, agreement, project = link.demand, link.agreement, link.agreement.project
        order = [day(demand.received_at), day(agreement.event.starts_at)]
        if project:
            order += [project.starts_on, *project.milestones.values_list("done_on", flat=True), project.ends_on]
            assert project.ends_on <= day(demand.closed_at), project.title
        if agreement.measured_on:
            order.append(agreement.measured_on)
        confirmed = demand.transitions.filter(to_status=DemandStatus.CONFIRMED).last()
        if confirmed:
            order.append(day(confirmed.at))
        assert order == sorted(order), (demand.ref, order)


def test_members_help_with_what_they_know_about_and_offer():
    matches = set(CategoryMatch.objects.values_list("demand_category", "resource_category"))
    done = Dispatch.objects.filter(resource__isnull=False).select_related("demand__category", "member", "resource")
    for dispatch in done.select_related("resource__member"):
        demand, resource = dispatch.demand, dispatch.resource
        assert dispatch.member == resource.member
        assert demand.category.code in KNOWS[dispatch.member.name], demand.ref
        assert (demand.category_id, resource.category_id) in matches, demand.ref
        assert "智能手机" not in demand.description, demand.ref
        served = {area.pk for area in resource.areas.all()}
        assert not served or community(demand.area) in served, demand.ref
    for name, words in (("陆听荷", ("合唱", "社会组织")), ("顾行舟", ("招聘",)), ("周望春", ("量血压", "独居老人"))):
        for dispatch in done.filter(member__name=name):
            assert any(word in dispatch.demand.description for word in words), dispatch.demand.ref
    assert done.values("member").distinct().count() > 4


def test_no_resource_was_used_more_often_in_a_month_than_it_can_be():
    used = Counter(
        Dispatch.objects.filter(resource__capacity__isnull=False)
        .annotate(month=TruncMonth("made_at"))
        .values_list("resource__title", "resource__capacity", "month")
    )
    assert used
    assert [use for use, times in used.items() if times > use[1]] == []


def test_those_who_come_to_a_community_s_event_are_from_there():
    came = Attendance.objects.filter(organisation__isnull=False).select_related("organisation__area", "event__area")
    local = [one for one in came if community(one.event.area) and community(one.organisation.area)]
    assert len(local) > 20
    for one in local:
        assert community(one.organisation.area) == community(one.event.area), (one.organisation, one.event)


def test_no_text_names_another_place():
    compounds = dict(Area.objects.filter(level=AreaLevel.COMPOUND).values_list("name", "pk"))

    def named(text: str) -> set[int]:
        return {pk for name, pk in compounds.items() if name in text}

    for demand in Demand.objects.select_related("area"):
        text = demand.public_title + demand.public_summary + demand.public_result + demand.description
        assert named(text) <= {demand.area_id}, demand.ref
    for asked in OfficeRequest.objects.select_related("demand"):
        assert named(asked.background + asked.question + asked.answer) <= {asked.demand.area_id}
    for agreement in Agreement.objects.all():
        assert not named(agreement.what + agreement.outcome), agreement.what


def test_a_topic_is_taken_up_in_its_own_community():
    scheduled = Topic.objects.filter(status="scheduled").select_related("area", "agenda_item__event__area")
    assert scheduled
    for topic in scheduled:
        assert community(topic.area) == community(topic.agenda_item.event.area)
