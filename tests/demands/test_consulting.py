"""A demand's links to agenda items and agreements, and how the pages that show them follow at once."""

import datetime

import pytest
from django.template import Context, Template
from django.utils import timezone

from consultation.services import agreements as promises
from consultation.services import events as meetings
from consultation.services import projects
from demands.models import DemandAgendaItem, DemandAgreement, DemandMessage, MessageKind
from demands.services import consulting
from foundation.actors import SYSTEM
from foundation.audit import AuditEntry
from foundation.errors import Refused, Stale, TransitionNotAllowed
from foundation.tokens import new_code
from tests import factories
from tests.pages import form, forms, words

pytestmark = pytest.mark.django_db

DONE = {"outcome": "照度 12 勒克斯", "evidence": "照度计记录", "measured_on": datetime.date(2026, 1, 5)}


def acts() -> list[tuple[str, str]]:
    linking = ("linked", "unlinked")
    return list(AuditEntry.objects.filter(action__in=linking).order_by("pk").values_list("action", "detail"))


def notes(demand) -> list[tuple[str, str]]:
    return list(DemandMessage.objects.filter(demand=demand).order_by("pk").values_list("kind", "body"))


# --- Linking ---------------------------------------------------------------------------------------------------------


def test_a_demand_is_put_on_an_agenda_and_its_status_stays():
    demand, item = factories.demand("accepted"), factories.event().agenda.get()
    staff = factories.liaison_staff()
    found = consulting.link_agenda_item(demand, item, actor=staff, version=demand.version)
    assert (found.status, found.version) == ("accepted", demand.version + 1)
    assert DemandAgendaItem.objects.get().agenda_item == item
    assert notes(demand) == [(MessageKind.NOTE, "已列入“加装门禁，大家一起商量”的议程：第 1 个议题")]
    assert acts() == [("linked", f"agendaitem:{item.pk}")]


def test_linked_twice_is_linked_once():
    demand, item = factories.demand(), factories.event().agenda.get()
    first = consulting.link_agenda_item(demand, item, actor=SYSTEM)
    assert consulting.link_agenda_item(demand, item, actor=SYSTEM).version == first.version
    assert len(notes(demand)) == 1


def test_a_demand_is_linked_to_an_agreement_and_let_go_again():
    demand, agreement = factories.demand(), factories.agreement()
    staff = factories.liaison_staff()
    consulting.link_agreement(demand, agreement, actor=staff)
    consulting.unlink_agreement(demand, agreement, actor=staff)
    consulting.unlink_agreement(demand, agreement, actor=staff)
    assert not DemandAgreement.objects.exists()
    assert [body for _kind, body in notes(demand)] == [
        "已关联“加装门禁，大家一起商量”的第 1 项约定：3 号门外加装两盏路灯",
        "不再关联“加装门禁，大家一起商量”的第 1 项约定：3 号门外加装两盏路灯",
    ]
    assert acts() == [("linked", f"agreement:{agreement.pk}"), ("unlinked", f"agreement:{agreement.pk}")]


def test_taken_off_an_agenda_too():
    demand, item = factories.demand(), factories.event().agenda.get()
    version = consulting.link_agenda_item(demand, item, actor=SYSTEM).version
    assert consulting.unlink_agenda_item(demand, item, actor=SYSTEM).version == version + 1
    assert not DemandAgendaItem.objects.exists()


def test_another_subdistrict_is_refused_and_the_districts_own_event_is_not():
    places = factories.tree()
    demand = factories.demand()
    far = factories.event("minutes_published", area=places.far_community)
    agreement = factories.agreement(far)
    with pytest.raises(Refused, match="不在需求所在的街道"):
        consulting.link_agenda_item(demand, far.agenda.get(), actor=SYSTEM)
    with pytest.raises(Refused, match="不在需求所在的街道"):
        consulting.link_agreement(demand, agreement, actor=SYSTEM)
    everybody = factories.event(area=places.district, starts_at=timezone.now() + datetime.timedelta(days=3))
    consulting.link_agenda_item(demand, everybody.agenda.get(), actor=SYSTEM)
    assert notes(demand) == [(MessageKind.NOTE, "已列入“加装门禁，大家一起商量”的议程：第 1 个议题")]


@pytest.mark.parametrize("status", ["merged", "withdrawn"])
def test_a_demand_that_is_gone_is_not_linked(status):
    demand = factories.demand(status)
    with pytest.raises(Refused, match="已并入或已撤回"):
        consulting.link_agenda_item(demand, factories.event().agenda.get(), actor=SYSTEM)
    assert not DemandAgendaItem.objects.exists()


def test_a_cancelled_event_takes_no_new_demand():
    with pytest.raises(Refused, match="已取消"):
        consulting.link_agenda_item(factories.demand(), factories.event("cancelled").agenda.get(), actor=SYSTEM)


def test_a_stale_page_and_a_missing_permission_are_refused():
    demand, item = factories.demand("accepted"), factories.event().agenda.get()
    with pytest.raises(Stale):
        consulting.link_agenda_item(demand, item, actor=factories.liaison_staff(), version=demand.version - 1)
    for actor in (factories.community_staff(), factories.auditor(), factories.member()):
        for act, what in (
            (consulting.link_agenda_item, item),
            (consulting.unlink_agenda_item, item),
            (consulting.link_agreement, factories.agreement(factories.event("held"))),
        ):
            with pytest.raises(TransitionNotAllowed):
                act(demand, what, actor=actor)
    assert notes(demand) == []


# --- The public page follows -----------------------------------------------------------------------------------------


def story(**values):
    demand = factories.demand("in_progress", public=True)
    event = factories.event("minutes_published")
    agreement = factories.agreement(event, **values)
    consulting.link_agenda_item(demand, event.agenda.get(), actor=SYSTEM)
    consulting.link_agreement(demand, agreement, actor=SYSTEM)
    return demand, event, agreement


def page(client, demand) -> str:
    response = client.get(f"/demands/{demand.ref}/")
    assert response.status_code == 200
    return words(response)


def test_the_page_tells_the_whole_story(resident):
    demand, event, agreement = story(organisation=factories.organisation(), office="")
    project = projects.grow([agreement], factories.project(sum_yuan=125000), actor=SYSTEM)
    html = resident.get(f"/demands/{demand.ref}/").content.decode()
    text = page(resident, demand)
    for word in (
        "加装门禁，大家一起商量",
        "桂花路 1 号院内",
        "约定第 1 项",
        "3 号门外加装两盏路灯",
        "桂花物业",
        "企业",
        "夜间照度不足 2 勒克斯",
        "照度不低于 10 勒克斯",
        "桂花苑电动车充电棚",
        "12.5 万元",
    ):
        assert word in text, word
    assert f'href="/events/{event.pk}/"' in html
    assert f'href="/events/{event.pk}/#agreement-1"' in html
    assert f'href="/projects/{project.pk}/"' in html


def test_a_promise_that_was_kept_shows_at_once(resident):
    demand, _event, agreement = story()
    assert "照度 12 勒克斯" not in page(resident, demand)
    promises.fulfil(agreement, actor=SYSTEM, **DONE)
    assert "照度 12 勒克斯" in page(resident, demand)
    assert "已兑现" in page(resident, demand)


def test_so_does_an_event_that_was_cancelled(resident):
    demand, event = factories.demand("in_consultation", public=True), factories.event("open")
    consulting.link_agenda_item(demand, event.agenda.get(), actor=SYSTEM)
    assert "将于" in page(resident, demand)
    meetings.cancel(event, actor=SYSTEM, reason="下大雨")
    text = page(resident, demand)
    assert "，已取消" in text
    assert "取消原因：下大雨" in text


def test_so_do_minutes_published_with_the_agreements(resident):
    demand, event = factories.demand("in_consultation", public=True), factories.event("held")
    consulting.link_agreement(demand, factories.agreement(event), actor=SYSTEM)
    assert "加装两盏路灯" not in page(resident, demand)
    meetings.write_minutes(event, "大家商量了。", actor=SYSTEM)
    event.refresh_from_db()
    meetings.publish_minutes(event, actor=SYSTEM)
    assert "加装两盏路灯" in page(resident, demand)


def test_so_do_a_project_and_its_result(resident):
    demand, _event, agreement = story()
    assert "桂花苑电动车充电棚" not in page(resident, demand)
    project = projects.grow([agreement], factories.project(), actor=SYSTEM)
    assert "桂花苑电动车充电棚" in page(resident, demand)
    owed = {"result": "20 个充电位全部启用", "evidence": "验收单", "ends_on": datetime.date(2026, 1, 5)}
    projects.complete(project, actor=SYSTEM, **owed)
    assert "20 个充电位全部启用" in page(resident, demand)


def test_so_does_a_link_that_is_taken_back(resident):
    demand, _event, agreement = story()
    assert "加装两盏路灯" in page(resident, demand)
    consulting.unlink_agreement(demand, agreement, actor=SYSTEM)
    assert "加装两盏路灯" not in page(resident, demand)


def test_a_promise_is_overdue_from_the_next_midnight_on(resident, monkeypatch):
    due = timezone.localdate() + datetime.timedelta(days=1)
    demand, _event, _agreement = story(due_on=due)
    assert "已超期" not in page(resident, demand)
    monkeypatch.setattr(timezone, "localdate", lambda value=None, zone=None: due + datetime.timedelta(days=1))
    assert "已超期" in page(resident, demand)


def test_warm_the_page_asks_once_and_the_list_twice(resident, django_assert_num_queries):
    demand, _event, _agreement = story()
    for _ in range(3):
        consulting.link_agenda_item(factories.demand(public=True), _event.agenda.get(), actor=SYSTEM)
    for address, expected in ((f"/demands/{demand.ref}/", 1), ("/demands/", 2)):
        resident.get(address)
        with django_assert_num_queries(expected):
            assert resident.get(address).status_code == 200


def test_the_list_draws_the_same_states(resident):
    story()
    html = resident.get("/demands/").content.decode()
    # d d n t t t
    assert [html.count(f'<li class="{state}"><span class="dot"') for state in ("done", "now", "todo")] == [2, 1, 3]


def test_hostile_text_is_inert(resident):
    hostile = "<script>alert(1)</script>"
    demand, event, agreement = story(what=hostile, office=hostile, baseline=hostile, target=hostile)
    projects.grow([agreement], factories.project(hostile, sum_yuan=1, sum_note=hostile), actor=SYSTEM)
    agreement.refresh_from_db()
    promises.miss(agreement, actor=SYSTEM, reason=hostile)
    for address in (f"/demands/{demand.ref}/", f"/events/{event.pk}/", "/projects/agreements/", "/projects/"):
        html = resident.get(address).content.decode()
        assert "<script>alert(1)" not in html
        assert "&lt;script&gt;alert(1)" in html


def test_the_resident_sees_the_chain_on_their_own_page(resident):
    code = new_code()
    demand = factories.demand("in_progress", code=code)
    event = factories.event("minutes_published")
    consulting.link_agreement(demand, factories.agreement(event), actor=SYSTEM)
    text = words(resident.get(f"/demands/track/{code}/"))
    assert "约定第 1 项" in text
    assert "3 号门外加装两盏路灯" in text


# --- Back from events, agreements and projects -----------------------------------------------------------------------


def drawn(tag: str, **context) -> str:
    return Template("{% load demand_links %}{% " + tag + " %}").render(Context(context))


def test_the_event_names_its_public_demands_and_no_other(django_assert_num_queries):
    demand, event, agreement = story()
    hidden = factories.demand("in_progress")
    consulting.link_agenda_item(hidden, event.agenda.get(), actor=SYSTEM)
    consulting.link_agreement(hidden, agreement, actor=SYSTEM)
    with django_assert_num_queries(2):
        html = drawn("demands_of_event event", event=event)
    assert html.count("/demands/NH") == 1
    assert f'href="/demands/{demand.ref}/"' in html
    assert "议题：第 1 个议题、约定第 1 项" in html
    assert hidden.ref not in html


def test_an_agreement_leads_to_its_demands_only_with_the_minutes():
    demand, agreement = factories.demand(public=True), factories.agreement(factories.event("held"))
    consulting.link_agreement(demand, agreement, actor=SYSTEM)
    assert demand.ref not in drawn("demands_of_event event", event=agreement.event)
    assert demand.ref not in drawn("demands_of_agreements agreements", agreements=[agreement])


def test_agreements_and_projects_lead_back_too(django_assert_num_queries):
    demand, _event, agreement = story()
    project = projects.grow([agreement], factories.project(), actor=SYSTEM)
    with django_assert_num_queries(1):
        assert demand.ref in drawn("demands_of_agreements agreements", agreements=[agreement])
    with django_assert_num_queries(1):
        assert demand.ref in drawn("demands_of_project project", project=project)
    assert drawn("demands_of_project project", project=factories.project("另一个")).strip() == ""


def test_the_event_page_carries_the_anchor_and_leads_back(resident):
    demand, event, _agreement = story()
    html = resident.get(f"/events/{event.pk}/").content.decode()
    assert 'id="agreement-1"' in html
    assert f'href="/demands/{demand.ref}/"' in html


# --- The three lists -------------------------------------------------------------------------------------------------


def test_the_three_lists_stand_side_by_side(resident):
    factories.demand(public=True)
    factories.demand()
    factories.project()
    factories.project("第二个")
    for address, here in (("/demands/", "需求清单"), ("/projects/", "项目清单")):
        html = " ".join(resident.get(address).content.decode().split())
        nav = html.partition('<nav class="lists"')[2].partition("</nav>")[0]
        assert nav.count("<a ") == 3
        assert "<b>需求清单</b> <span>1</span>" in nav
        assert "<b>资源清单</b> <span>0</span>" in nav
        assert "<b>项目清单</b> <span>2</span>" in nav
        assert f'aria-current="page"><b>{here}</b>' in nav
        assert nav.count("aria-current") == 1


# --- The desk --------------------------------------------------------------------------------------------------------


def desk(demand, act: str = "change") -> str:
    return f"/admin/demands/demand/{demand.pk}/{act}/"


def test_staff_put_a_demand_on_an_agenda(liaison_client):
    demand, event = factories.demand("accepted"), factories.event()
    address = desk(demand, "link-item")
    response = form(liaison_client.get(address), "item").send(liaison_client, address, item=event.agenda.get().pk)
    assert response.status_code == 302
    assert DemandAgendaItem.objects.get().demand == demand
    text = words(liaison_client.get(desk(demand)))
    assert "关联的议程和约定" in text
    assert "第 1 个议题" in text


def test_staff_link_an_agreement_and_let_it_go(liaison_client):
    demand, agreement = factories.demand("accepted"), factories.agreement(factories.event("held"))
    address = desk(demand, "link-agreement")
    form(liaison_client.get(address), "agreement").send(liaison_client, address, agreement=agreement.pk)
    link = DemandAgreement.objects.get()
    assert "纪要公布后公开" in words(liaison_client.get(desk(demand)))
    address = desk(demand, f"link-agreement/{link.pk}/remove")
    assert liaison_client.get(address).status_code == 200
    assert DemandAgreement.objects.exists()
    form(liaison_client.get(address), "version").send(liaison_client, address)
    assert not DemandAgreement.objects.exists()
    assert liaison_client.get(address).status_code == 404


def test_what_lies_elsewhere_is_neither_offered_nor_taken(liaison_client):
    demand = factories.demand("accepted")
    far = factories.event(area=factories.tree().far_community).agenda.get()
    address = desk(demand, "link-item")
    page = liaison_client.get(address)
    assert f'value="{far.pk}"' not in page.content.decode()
    for wrong in (far.pk, "", "abc", "\x00", "9" * 40, "x" * 10000):
        response = form(page, "item").send(liaison_client, address, item=wrong)
        assert response.status_code == 422
    assert not DemandAgendaItem.objects.exists()


def test_a_stale_page_is_refused_with_a_sentence(liaison_client):
    demand, event = factories.demand("accepted"), factories.event()
    address = desk(demand, "link-item")
    page = liaison_client.get(address)
    factories.move(demand, "in_consultation")
    response = form(page, "item").send(liaison_client, address, item=event.agenda.get().pk)
    assert response.status_code == 409
    assert not DemandAgendaItem.objects.exists()


def test_only_who_handles_demands_links_them(community_client, auditor_client, member_client, resident):
    demand, event = factories.demand("accepted"), factories.event()
    link = consulting.link_agenda_item(demand, event.agenda.get(), actor=SYSTEM).agenda_links.get()
    for client in (community_client, auditor_client, member_client, resident):
        for act in ("link-item", "link-agreement", f"link-item/{link.pk}/remove"):
            response = client.post(desk(demand, act), {"version": demand.version + 1, "item": 1})
            assert response.status_code in (302, 403), act
    assert DemandAgendaItem.objects.count() == 1
    page = community_client.get(desk(demand))
    assert "取消关联" not in words(page)
    assert not any("link" in one.action for one in forms(page))
