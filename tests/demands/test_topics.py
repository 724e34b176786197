"""Demands that become one topic, what their residents hear of it, and how the topic's page shows them."""

import datetime

import pytest
from django.db import DatabaseError
from django.template import Context, Template
from django.utils import timezone

from consultation.models import AreaLevel, Topic
from consultation.services import events
from consultation.services import topics as menu
from demands import services
from demands.models import Demand, DemandAgendaItem, DemandMessage, TopicDemand
from demands.services import consulting
from demands.workflow import DemandStatus as S
from foundation import clock, contacts
from foundation.actors import SYSTEM
from foundation.audit import AuditEntry
from foundation.errors import Refused, TransitionNotAllowed
from foundation.outbox import OutboxMessage
from tests import factories
from tests.pages import form, words
from tests.together import at_once

pytestmark = pytest.mark.django_db

LIST = "/admin/demands/demand/"
BUNDLE = f"{LIST}bundle/"
WORDS = {"title": "电动车在哪里充电", "summary": "好几个小区的居民反映充电位不够。"}


def bundle(demands, *, area=None, actor=SYSTEM, **values) -> Topic:
    area = area or factories.tree().community
    return consulting.bundle(demands, area=area, actor=actor, **(WORDS | values))


def messages_of(demand) -> list[tuple[str, str]]:
    found = OutboxMessage.objects.filter(subject_ref=demand.ref).exclude(template="received").order_by("pk")
    return [
        (message.template, contacts.open_contact(message.contact)["phone"])
        for message in found
        if message.template in ("in_topic", "in_agenda", "talked_over", "moved") and ":topic:" in message.key
    ]


def progress_of(demand) -> list[str]:
    return list(demand.messages.filter(kind="progress").order_by("pk").values_list("body", flat=True))


# --- Bundling --------------------------------------------------------------------------------------------------------


def test_similar_demands_become_one_topic_with_a_trace_at_each():
    places, staff = factories.tree(), factories.liaison_staff()
    first, second = factories.demand(), factories.demand(S.IN_PROGRESS, area=places.second_compound)
    closes_on = timezone.localdate() + datetime.timedelta(days=14)
    topic = bundle([second, first], actor=staff, closes_on=closes_on)
    assert (topic.title, topic.summary, topic.area, topic.closes_on, topic.status, topic.order_count) == (
        "电动车在哪里充电",
        "好几个小区的居民反映充电位不够。",
        places.community,
        closes_on,
        "open",
        0,
    )
    links = topic.demand_links.order_by("pk")
    assert list(links.values_list("demand", "notified_status")) == [(first.pk, ""), (second.pk, "")]
    for demand in (first, second):
        note = demand.messages.get(kind="note")
        assert (note.body, note.author) == ("合成征集议题：电动车在哪里充电", staff)
    entries = AuditEntry.objects.filter(action="bundled").order_by("pk")
    assert [(entry.subject, entry.actor, entry.detail) for entry in entries] == [
        (first.ref, staff, f"topic:{topic.pk}"),
        (second.ref, staff, f"topic:{topic.pk}"),
        (f"topic:{topic.pk}", staff, f"{first.ref}, {second.ref}"),
    ]


# Status → whether a demand in it may grow into a topic.
FIT = {
    S.RECEIVED: True,
    S.ACCEPTED: True,
    S.IN_CONSULTATION: True,
    S.IN_PROGRESS: True,
    S.RESOLVED: True,
    S.CONFIRMED: True,
    S.REOPENED: True,
    S.DECLINED: False,
    S.MERGED: False,
    S.WITHDRAWN: False,
}


@pytest.mark.parametrize("status", FIT)
def test_a_demand_grows_into_a_topic_unless_it_was_refused_or_is_gone(status):
    good, asked = factories.demand(), factories.demand(status)
    if FIT[status]:
        assert bundle([good, asked]).demand_links.count() == 2
        return
    with pytest.raises(Refused, match=f"已撤回、已并入或未予办理的需求不能合成议题：{asked.ref}。"):
        bundle([good, asked])
    assert Topic.objects.count() == TopicDemand.objects.count() == 0
    assert not good.messages.exists()


def test_demands_beyond_the_scope_are_refused_by_name():
    places = factories.tree()
    near, far = factories.demand(), factories.demand(area=places.far_compound)
    with pytest.raises(Refused, match=f"不在您工作范围里的需求：{far.ref}。"):
        bundle([near, far], area=places.district, actor=factories.liaison_staff())
    assert Topic.objects.count() == 0


def test_a_demand_is_in_one_living_topic_at_a_time():
    demand = factories.demand()
    topic = bundle([demand])
    with pytest.raises(Refused, match=f"已在另一个进行中的议题里的需求：{demand.ref}。"):
        bundle([demand])
    menu.drop(topic, actor=SYSTEM, outcome="没有人点。")
    assert bundle([demand]).pk != topic.pk


def test_the_topics_area_holds_all_its_demands_and_lies_in_the_scope():
    places = factories.tree()
    demands = [factories.demand(), factories.demand(area=places.other_compound)]
    assert [area.level for area in consulting.common_areas(demands)] == [AreaLevel.SUBDISTRICT, AreaLevel.DISTRICT]
    assert [area.code for area in consulting.common_areas(demands[:1])] == [
        "compound",
        "community",
        "subdistrict",
        "district",
    ]
    assert consulting.common_areas([]) == []
    staff = factories.liaison_staff()
    with pytest.raises(Refused, match="议题的区域要包含所选的全部需求"):
        bundle(demands, area=places.community, actor=staff)
    with pytest.raises(Refused, match="“南湖区”不在您的工作范围里"):
        bundle(demands, area=places.district, actor=staff)
    assert bundle(demands, area=places.subdistrict, actor=staff).area == places.subdistrict


@pytest.mark.parametrize("role", ["community_staff", "auditor", "member"])
def test_only_who_may_publish_topics_bundles(role):
    with pytest.raises(TransitionNotAllowed, match="您的账号不能发布议题"):
        bundle([factories.demand()], actor=getattr(factories, role)())
    assert Topic.objects.count() == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": " "},
        {"title": "长" * 81},
        {"summary": ""},
        {"summary": "长" * 1001},
        {"closes_on": datetime.date(2020, 1, 1)},
    ],
)
def test_a_topic_without_its_words_is_refused(wrong):
    with pytest.raises(Refused):
        bundle([factories.demand()], **wrong)
    assert Topic.objects.count() == 0


def test_nothing_and_too_much_are_refused():
    with pytest.raises(Refused, match="请先勾选"):
        bundle([])
    demand = factories.demand()
    with pytest.raises(Refused, match="最多由 50 件"):
        consulting._check_demands([demand] * 51, SYSTEM)


def test_a_failure_at_the_last_write_leaves_nothing(database, monkeypatch):
    demand = factories.demand()
    before = database()

    def broken(*args, **kwargs):
        raise DatabaseError

    monkeypatch.setattr(consulting.audit, "record", broken)
    with pytest.raises(DatabaseError):
        bundle([demand])
    assert database() == before


@pytest.mark.django_db(transaction=True)
def test_the_same_demands_bundled_twice_at_once_make_one_topic():
    demands = [factories.demand(), factories.demand()]
    factories.tree()
    results = at_once(lambda: bundle(demands), lambda: bundle(demands[::-1]))
    assert sorted(type(result).__name__ for result in results) == ["Refused", "Topic"]
    assert Topic.objects.count() == 1


# --- Telling ---------------------------------------------------------------------------------------------------------


def test_residents_hear_each_step_of_their_topic_once():
    demand = factories.demand(public=True)
    topic = bundle([demand])
    assert consulting.notify_reporters() == 1
    assert consulting.notify_reporters() == 0
    event = factories.event(starts_at=datetime.datetime.fromisoformat("2099-03-02T15:30:00+08:00"))
    item = menu.schedule(topic, event, actor=SYSTEM)
    version = Demand.objects.get(pk=demand.pk).version
    assert consulting.notify_reporters() == 1
    assert consulting.notify_reporters() == 0
    assert DemandAgendaItem.objects.filter(demand=demand, agenda_item=item).count() == 1
    assert Demand.objects.get(pk=demand.pk).version > version, "its public page is kept by its version"
    at = event.starts_at + datetime.timedelta(hours=3)
    with clock.turned_to(at):
        event = events.record_held(event, actor=SYSTEM)
    factories.agreement(event, agenda_item=item)
    events.write_minutes(event, "大家商量了。", actor=SYSTEM)
    with clock.turned_to(at):
        events.publish_minutes(event, actor=SYSTEM)
    assert consulting.notify_reporters() == 1
    assert messages_of(demand) == [
        ("in_topic", "13912345678"),
        ("in_agenda", "13912345678"),
        ("talked_over", "13912345678"),
    ]
    said = [text.replace(" ", "") for text in progress_of(demand)]
    assert said == [
        "这件需求与相近的需求合成了征集议题“电动车在哪里充电”，关心的人多，就列入议程商量。",
        "议题“电动车在哪里充电”已列入2099年3月2日星期一“加装门禁，大家一起商量”的议程。",
        "议题“电动车在哪里充电”已经商量过。达成1项约定。",
    ]
    assert Demand.objects.get(pk=demand.pk).answered_at is None, "none of it is an answer"


def test_a_job_that_missed_steps_tells_how_it_stands_now_and_still_links_the_agenda():
    demand = factories.demand()
    topic = bundle([demand])
    event = factories.event()
    item = menu.schedule(topic, event, actor=SYSTEM)
    at = event.starts_at + datetime.timedelta(hours=3)
    with clock.turned_to(at):
        event = events.record_held(event, actor=SYSTEM)
    events.write_minutes(event, "大家商量了。", actor=SYSTEM)
    with clock.turned_to(at):
        events.publish_minutes(event, actor=SYSTEM)
    assert consulting.notify_reporters() == 1
    assert [template for template, _to in messages_of(demand)] == ["talked_over"]
    assert DemandAgendaItem.objects.filter(demand=demand, agenda_item=item).exists()


def test_residents_hear_that_a_topic_is_put_back_or_dropped():
    demand = factories.demand()
    topic = bundle([demand])
    event = factories.event()
    menu.schedule(topic, event, actor=SYSTEM)
    consulting.notify_reporters()
    events.cancel(event, actor=SYSTEM, reason="下大雨")
    consulting.notify_reporters()
    menu.drop(topic, actor=SYSTEM, outcome="已经解决了。")
    consulting.notify_reporters()
    assert [template for template, _to in messages_of(demand)] == ["in_agenda", "moved", "moved"]
    assert progress_of(demand)[1:] == [
        "议题“电动车在哪里充电”重新开放征集，等待再次列入议程。",
        "议题“电动车在哪里充电”不再列入：已经解决了。",
    ]


@pytest.mark.parametrize("gone", ["withdrawn", "erased"])
def test_nobody_is_told_of_a_demand_that_is_gone(gone):
    demand = factories.demand(S.ACCEPTED)
    bundle([demand])
    if gone == "erased":
        services.handling.erase(demand, actor=SYSTEM)
    else:
        factories.move(demand, gone)
    assert consulting.notify_reporters() == 1
    assert consulting.notify_reporters() == 0
    assert messages_of(demand) == []
    assert progress_of(demand) == []


def test_who_is_merged_into_a_demand_is_told_of_its_topic_too():
    root, other = factories.demand(S.ACCEPTED), factories.demand(phone="13911112222")
    factories.move(other, "merged", target=root)
    bundle([root])
    assert consulting.notify_reporters() == 1
    for demand in (root, other):
        assert [template for template, _to in messages_of(demand)] == ["in_topic"]
        assert "合成了征集议题" in progress_of(demand)[-1]


def test_a_resident_without_contact_reads_it_on_the_tracking_page(resident):
    code = factories.new_code()
    demand = factories.demand(code=code, called="", phone="")
    bundle([demand])
    consulting.notify_reporters()
    assert OutboxMessage.objects.count() == 0
    page = words(resident.get(f"/demands/track/{code}/"))
    assert "合成了征集议题“电动车在哪里充电”" in page
    assert "合成征集议题：" not in page, "the note is for staff"


def test_an_agenda_of_another_subdistrict_is_told_and_not_linked():
    places = factories.tree()
    demand = factories.demand()
    topic = bundle([demand], area=places.district)
    menu.schedule(topic, factories.event(area=places.far_community), actor=SYSTEM)
    assert consulting.notify_reporters() == 1
    assert [template for template, _to in messages_of(demand)] == ["in_agenda"]
    assert not DemandAgendaItem.objects.exists()


def test_a_failure_tells_nothing_and_is_made_good_later(monkeypatch):
    demand = factories.demand()
    topic = bundle([demand])
    with monkeypatch.context() as patch:

        def broken(*args, **kwargs):
            raise DatabaseError

        patch.setattr(consulting.lineage, "notify", broken)
        with pytest.raises(DatabaseError):
            consulting.notify_reporters()
    assert topic.demand_links.get().notified_status == ""
    assert progress_of(demand) == []
    assert consulting.notify_reporters() == 1
    assert [template for template, _to in messages_of(demand)] == ["in_topic"]


def test_one_call_tells_no_more_than_its_batch(monkeypatch):
    monkeypatch.setattr(consulting, "MAX_AT_ONCE", 2)
    bundle([factories.demand() for _ in range(3)])
    assert [consulting.notify_reporters(), consulting.notify_reporters(), consulting.notify_reporters()] == [2, 1, 0]


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_tell_each_resident_once():
    demands = [factories.demand() for _ in range(6)]
    bundle(demands)
    results = at_once(*[consulting.notify_reporters] * 3)
    assert sum(results) == 6
    assert DemandMessage.objects.filter(kind="progress").count() == 6
    assert [len(messages_of(demand)) for demand in demands] == [1] * 6


# --- The desk --------------------------------------------------------------------------------------------------------


def choose(client, *demands):
    """Tick demands on the list and choose the action."""
    data = {"action": "bundle_chosen", "_selected_action": [demand.pk for demand in demands]}
    return client.post(LIST, data)


def test_staff_tick_demands_and_publish_one_topic(liaison_client):
    first = factories.demand(description="小区里没有充电的地方。")
    second = factories.demand(area=factories.tree().second_compound)
    response = choose(liaison_client, first, second)
    assert response["Location"] == f"{BUNDLE}?demand={first.pk}&demand={second.pk}"
    page = liaison_client.get(response["Location"])
    assert page.status_code == 200
    for shown in (first.ref, second.ref, "小区里没有充电的地方。", "桂花社区 · 桂花新村"):
        assert shown in words(page)
    filled = form(page, "title", "summary", "area", "closes_on")
    assert filled.values["title"] == filled.values["summary"] == "", "public words are never the resident's own"
    made = filled.send(liaison_client, response["Location"], area=factories.tree().community.pk, **WORDS)
    topic = Topic.objects.get()
    assert made["Location"] == f"/admin/consultation/topic/{topic.pk}/change/"
    assert set(topic.demand_links.values_list("demand", flat=True)) == {first.pk, second.pk}
    page = liaison_client.get(made["Location"])
    assert "议题已发布" in words(page)
    assert first.ref in words(page)


def test_the_areas_offered_hold_all_the_demands_and_lie_in_the_scope(liaison_client):
    places = factories.tree()
    demands = [factories.demand(), factories.demand(area=places.second_compound)]
    page = liaison_client.get(choose(liaison_client, *demands)["Location"])
    offered = [area.code for area in page.context["form"].fields["area"].queryset]
    assert offered == ["community", "subdistrict"]


def test_a_page_with_errors_keeps_what_was_typed(liaison_client):
    demand = factories.demand()
    address = f"{BUNDLE}?demand={demand.pk}"
    for wrong in (
        {"title": ""},
        {"title": "长" * 10_000},
        {"title": "a\x00b"},
        {"summary": ""},
        {"area": "999999999"},
        {"area": "x\x00"},
        {"closes_on": "tomorrow"},
        {"closes_on": "2020-01-01"},
    ):
        data = WORDS | {"area": factories.tree().compound.pk, "closes_on": ""} | wrong
        response = liaison_client.post(address, data)
        assert response.status_code == 422, wrong
        if "summary" not in wrong:
            assert form(response, "title").values["summary"] == WORDS["summary"]
    assert Topic.objects.count() == 0


def test_a_refusal_names_the_demands_and_makes_nothing(liaison_client):
    demand, withdrawn = factories.demand(), factories.demand(S.WITHDRAWN)
    address = choose(liaison_client, demand, withdrawn)["Location"]
    response = liaison_client.post(address, WORDS | {"area": factories.tree().compound.pk})
    assert response.status_code == 422
    assert f"不能合成议题：{withdrawn.ref}。" in words(response)
    assert Topic.objects.count() == 0


def test_sent_twice_it_is_one_topic(liaison_client):
    demand = factories.demand()
    address, data = f"{BUNDLE}?demand={demand.pk}", WORDS | {"area": factories.tree().compound.pk}
    assert liaison_client.post(address, data).status_code == 302
    assert liaison_client.post(address, data).status_code == 422
    assert Topic.objects.count() == 1


def test_demands_out_of_scope_are_not_there(liaison_client):
    near, far = factories.demand(), factories.demand(area=factories.tree().far_compound)
    for asked in (
        f"demand={near.pk}&demand={far.pk}",
        "demand=999999999",
        "demand=x",
        "demand=%00",
        "demand=" + "9" * 40,
        "",
    ):
        for send in (liaison_client.get, liaison_client.post):
            assert send(f"{BUNDLE}?{asked}").status_code == 404, asked


def test_who_may_not_publish_topics_is_offered_none_of_it(community_client, auditor_client, resident, member_client):
    demand = factories.demand()
    for client in (community_client, auditor_client):
        assert "bundle_chosen" not in client.get(LIST).content.decode()
        choose(client, demand)
        assert client.get(f"{BUNDLE}?demand={demand.pk}").status_code == 403
        assert client.post(f"{BUNDLE}?demand={demand.pk}", WORDS).status_code == 403
    for client in (resident, member_client):
        assert client.get(f"{BUNDLE}?demand={demand.pk}").status_code in (302, 403, 404)
    assert Topic.objects.count() == 0


def test_more_than_fit_are_not_even_tried(liaison_client, monkeypatch):
    monkeypatch.setattr(consulting, "MAX_BUNDLED", 1)
    response = choose(liaison_client, factories.demand(), factories.demand())
    assert response["Location"] == LIST
    assert "一个议题最多由 1 件需求合成。" in words(liaison_client.get(LIST))


# --- The topic's page ------------------------------------------------------------------------------------------------


def drawn(topic) -> str:
    return Template("{% load demand_links %}{% demands_of_topic topic %}").render(Context({"topic": topic}))


def test_the_page_shows_public_demands_and_only_counts_the_others(django_assert_num_queries):
    public = factories.publish(factories.demand(), title="充电位不够")
    hidden = [factories.demand(description="不能公开的原话"), factories.demand()]
    topic = bundle([public, *hidden])
    drawn(topic)
    with django_assert_num_queries(2):
        html = drawn(topic)
    assert "充电位不够" in html
    assert "另有 2 件没有公开。" in html
    for secret in ("不能公开的原话", hidden[0].ref, hidden[1].ref):
        assert secret not in html


def test_the_page_says_nothing_of_demands_where_there_are_none():
    assert drawn(factories.topic()).strip() == ""
    assert "1 件没有公开的需求。" in drawn(bundle([factories.demand()]))


@pytest.mark.parametrize("rows", [2, 4])
def test_the_page_to_bundle_costs_the_same_for_many_demands(liaison_client, rows, django_assert_num_queries):
    address = choose(liaison_client, *[factories.demand() for _ in range(rows)])["Location"]
    liaison_client.get(address)
    with django_assert_num_queries(7):
        assert liaison_client.get(address).status_code == 200
