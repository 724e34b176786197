"""The desk for topics: what each role is offered, what each act leaves, and what is refused."""

import datetime

import pytest
from django.utils import timezone

from consultation.models import AgendaItem, Topic
from consultation.services import events, topics
from consultation.workflow import TopicStatus as T
from demands.services.consulting import bundle
from foundation import clock
from foundation.actors import SYSTEM
from foundation.audit import AuditEntry
from foundation.outbox import OutboxMessage
from tests import factories
from tests.pages import form, words

pytestmark = pytest.mark.django_db

LIST = "/admin/consultation/topic/"
PHONE = "13912345678"


def desk(topic, act: str = "change") -> str:
    return f"{LIST}{topic.pk}/{act}/"


def fresh(topic) -> Topic:
    return Topic.objects.get(pk=topic.pk)


def acts() -> list[tuple[str, str, str]]:
    entries = AuditEntry.objects.exclude(action__startswith="sign").order_by("pk")
    return [(entry.action, entry.actor.username if entry.actor else "", entry.detail) for entry in entries]


def in_status(status: str) -> Topic:
    topic = factories.topic()
    if status == T.DROPPED:
        topics.drop(topic, actor=SYSTEM, outcome="已经解决了。")
    if status in (T.SCHEDULED, T.DISCUSSED):
        event = factories.event()
        topics.schedule(topic, event, actor=SYSTEM)
        if status == T.DISCUSSED:
            event = hold(event)
            events.write_minutes(event, "大家商量了。", actor=SYSTEM)
            events.publish_minutes(event, actor=SYSTEM)
    return fresh(topic)


def hold(event):
    at = event.starts_at + datetime.timedelta(hours=3)
    with clock.turned_to(at):
        return events.record_held(event, actor=SYSTEM)


# --- The list and the form -------------------------------------------------------------------------------------------


def test_the_list_shows_ones_own_areas_the_most_ordered_first(liaison_client, community_client, admin_client):
    places = factories.tree()
    few, many = factories.topic("少"), factories.topic("多", area=places.other_community)
    far = factories.topic("远", area=places.far_community)
    for number, topic in enumerate((few, many, many, far)):
        topics.order(topic, f"{number}")
    for client, expected in (
        (liaison_client, ["多", "少"]),
        (community_client, ["少"]),
        (admin_client, ["多", "远", "少"]),
    ):
        assert [topic.title for topic in client.get(LIST).context["cl"].result_list] == expected
    filtered = liaison_client.get(f"{LIST}?community=community&status__exact=open&q=少")
    assert [topic.title for topic in filtered.context["cl"].result_list] == ["少"]


def test_staff_publish_a_topic_in_their_own_areas(liaison_client):
    places = factories.tree()
    page = liaison_client.get(f"{LIST}add/")
    offered = {area.code for area in page.context["adminform"].form.fields["area"].queryset}
    assert offered == {
        "subdistrict",
        "community",
        "compound",
        "second-compound",
        "other-community",
        "other-compound",
    }
    data = {"area": places.community.pk, "title": "老年食堂", "summary": "想在社区里吃上热饭。", "closes_on": ""}
    liaison_client.post(f"{LIST}add/", data | {"status": "discussed", "order_count": "99", "is_demo": "on"})
    topic = Topic.objects.get()
    assert (topic.title, topic.area, topic.status, topic.order_count, topic.is_demo) == (
        "老年食堂",
        places.community,
        "open",
        0,
        False,
    )
    assert acts() == [("added", "liaison", "")]


def test_a_topic_without_its_words_is_not_published(liaison_client, subtests):
    places = factories.tree()
    data = {"area": places.community.pk, "title": "老年食堂", "summary": "想吃上热饭。", "closes_on": ""}
    for wrong in (
        {"title": ""},
        {"title": "长" * 10_000},
        {"title": "a\x00b"},
        {"summary": ""},
        {"summary": "长" * 1001},
        {"area": "999999999"},
        {"area": "far"},
        {"closes_on": "2020-01-01"},
        {"closes_on": "tomorrow"},
    ):
        if wrong.get("area") == "far":
            wrong = {"area": places.far_community.pk}
        response = liaison_client.post(f"{LIST}add/", data | wrong)
        with subtests.test(str(wrong)[:100]):
            assert response.status_code == 200
            assert response.context["adminform"].form.errors
            assert Topic.objects.count() == 0


def test_the_words_of_an_open_topic_can_be_edited_and_a_stale_page_writes_nothing_over(liaison_client):
    topic = factories.topic()
    first = form(liaison_client.get(desk(topic)), "title", "summary")
    second = form(liaison_client.get(desk(topic)), "title", "summary")
    assert first.send(liaison_client, desk(topic), title="充电棚建在哪里").status_code == 302
    topic = fresh(topic)
    assert (topic.title, topic.version) == ("充电棚建在哪里", 1)
    assert acts() == [("changed", "liaison", "议题")]
    response = second.send(liaison_client, desk(topic), summary="别的说明")
    assert response.status_code == 409
    assert "刚刚被他人修改" in words(response)
    assert fresh(topic).summary == "充电位不够，有人飞线充电。"


def test_an_old_closing_day_does_not_stand_in_the_way_of_other_edits(liaison_client):
    topic = factories.topic(closes_on=datetime.date(2020, 1, 1))
    sent = form(liaison_client.get(desk(topic)), "title")
    assert sent.send(liaison_client, desk(topic), title="充电棚建在哪里").status_code == 302
    assert fresh(topic).title == "充电棚建在哪里"


def test_a_topic_that_is_not_open_keeps_its_words(liaison_client, admin_client):
    for status in ("scheduled", "discussed", "dropped"):
        topic = in_status(status)
        for client in (liaison_client, admin_client):
            page = client.get(desk(topic))
            assert page.status_code == 200
            assert topic.title in words(page)
            response = client.post(desk(topic), {"title": "x", "summary": "x", "area": topic.area_id, "seen": "1"})
            assert response.status_code == 403
        assert fresh(topic).title == topic.title


def test_who_may_only_look_changes_nothing(community_client, auditor_client):
    topic = factories.topic()
    for client in (community_client, auditor_client):
        assert client.get(desk(topic)).status_code == 200
        assert client.post(desk(topic), {"title": "x"}).status_code == 403
        assert client.get(f"{LIST}add/").status_code == 403
        assert client.post(f"{LIST}add/", {"title": "x"}).status_code == 403
    assert fresh(topic).title == topic.title


def test_nobody_deletes_a_topic(liaison_client, admin_client):
    topic = factories.topic()
    for client in (liaison_client, admin_client):
        assert client.post(desk(topic, "delete"), {"post": "yes"}).status_code == 403
        client.post(LIST, {"action": "delete_selected", "_selected_action": topic.pk, "post": "yes"})
    assert Topic.objects.count() == 1


def test_the_form_tells_who_ordered_and_what_it_grew_from(liaison_client):
    demand = factories.demand()
    topic = bundle([demand], title="充电", summary="不够。", area=factories.tree().community, actor=SYSTEM)
    assert "还没有人关心" in words(liaison_client.get(desk(topic)))
    topics.order(topic, "a", phone=PHONE)
    topics.order(topic, "b", sector="media")
    page = liaison_client.get(desk(topic))
    text = words(page)
    assert "共 2 人" in text
    assert "其中 1 人留了联系方式" in text
    assert demand.ref in text
    assert PHONE not in page.content.decode()


# --- What is offered -------------------------------------------------------------------------------------------------

MOVES = {
    "open": ["schedule", "move/dropped"],
    "scheduled": ["move/discussed", "move/open", "move/dropped"],
    "discussed": [],
    "dropped": ["move/open"],
}
EVERY = ["schedule", "move/scheduled", "move/discussed", "move/open", "move/dropped"]


def offered(client, topic) -> list[str]:
    html = client.get(desk(topic)).content.decode()
    return [act for act in EVERY if f'"{desk(topic, act)}"' in html]


def test_the_buttons_are_the_moves_each_role_may_make(
    liaison_client, admin_client, community_client, auditor_client, subtests
):
    for status in MOVES:
        topic = in_status(status)
        expected = [act for act in EVERY if act in MOVES[status]]
        with subtests.test(status):
            assert offered(liaison_client, topic) == expected
            assert offered(admin_client, topic) == expected
            assert offered(community_client, topic) == []
            assert offered(auditor_client, topic) == []


@pytest.mark.parametrize("act", ["schedule", "move/dropped", "move/open"])
def test_an_act_asks_for_permission_and_scope_anew(
    community_client, auditor_client, liaison_client, member_client, resident, act
):
    topic, far = factories.topic(), factories.topic(area=factories.tree().far_community)
    for send in ("get", "post"):
        for client in (community_client, auditor_client):
            assert getattr(client, send)(desk(topic, act)).status_code == 403
        for client in (member_client, resident):
            assert getattr(client, send)(desk(topic, act)).status_code in (302, 403, 404)
        assert getattr(liaison_client, send)(desk(far, act)).status_code == 404
    assert liaison_client.get(desk(far)).status_code == 404
    assert liaison_client.get(f"{LIST}999999/schedule/").status_code == 404
    assert [fresh(topic).status, fresh(far).status] == ["open", "open"]


def test_what_is_no_move_is_not_there(liaison_client):
    topic = factories.topic()
    for status in ("nonsense", "scheduled"):
        assert liaison_client.get(desk(topic, f"move/{status}")).status_code == 404
    for act in ("move/discussed", "move/open"):
        response = liaison_client.post(desk(topic, act), {"version": topic.version})
        assert response["Location"] == desk(topic)
        assert "目前不能由您改为" in words(liaison_client.get(desk(topic)))
    assert fresh(topic).status == "open"


# --- Acts ------------------------------------------------------------------------------------------------------------


def test_a_topic_goes_onto_a_coming_event_of_ones_own_areas(liaison_client):
    places = factories.tree()
    topic, event = factories.topic(), factories.event(title="月月谈", agenda=1)
    factories.event(title="别处的", area=places.far_community)
    factories.event("held", title="过去的")
    factories.event("cancelled", title="取消的")
    topics.order(topic, "a", phone=PHONE)
    page = liaison_client.get(desk(topic, "schedule"))
    assert [found.title for found in page.context["form"].fields["event"].queryset] == ["月月谈"]
    sent = form(page, "event")
    assert sent.send(liaison_client, desk(topic, "schedule"), event=event.pk)["Location"] == desk(topic)
    assert (fresh(topic).status, topic.agenda_item.order) == ("scheduled", 2)
    assert acts() == [("moved", "liaison", "open → scheduled")]
    assert OutboxMessage.objects.get().template == "topic_scheduled"
    again = sent.send(liaison_client, desk(topic, "schedule"), event=event.pk)
    assert again["Location"] == desk(topic)
    assert event.agenda.count() == 2


def test_an_event_that_does_not_fit_is_refused(liaison_client, subtests):
    topic = factories.topic()
    far = factories.event(area=factories.tree().far_community).pk
    held = factories.event("held").pk
    for wrong in ("", "999999999", "x", "\x00", far, held):
        response = liaison_client.post(desk(topic, "schedule"), {"version": topic.version, "event": wrong})
        with subtests.test(str(wrong)):
            assert response.status_code == 422
            assert fresh(topic).status == "open"
            assert not AgendaItem.objects.filter(topic=topic).exists()


def test_a_stale_page_is_shown_again_with_what_was_chosen(liaison_client):
    topic, event = factories.topic(), factories.event()
    sent = form(liaison_client.get(desk(topic, "schedule")), "event")
    Topic.objects.update(version=7)
    response = sent.send(liaison_client, desk(topic, "schedule"), event=event.pk)
    assert response.status_code == 409
    assert "刚刚被他人修改" in words(response)
    again = form(response, "event")
    assert (again.values["event"], again.values["version"]) == (str(event.pk), "7")
    assert again.send(liaison_client, desk(topic, "schedule")).status_code == 302


def test_dropping_owes_a_reason_and_shows_it(liaison_client):
    topic = factories.topic()
    page = form(liaison_client.get(desk(topic, "move/dropped")), "outcome")
    for wrong in ("", " ", "长" * 301, "长" * 10_000, "a\x00b"):
        assert page.send(liaison_client, desk(topic, "move/dropped"), outcome=wrong).status_code == 422
    assert fresh(topic).status == "open"
    page.send(liaison_client, desk(topic, "move/dropped"), outcome="已经解决了。")
    assert (fresh(topic).status, fresh(topic).outcome) == ("dropped", "已经解决了。")
    assert acts() == [("moved", "liaison", "open → dropped")]
    reopen = form(liaison_client.get(desk(topic, "move/open")), "version")
    assert "outcome" not in reopen.values
    reopen.send(liaison_client, desk(topic, "move/open"))
    assert fresh(topic).status == "open"


def test_putting_back_warns_that_the_agenda_loses_it(liaison_client):
    topic = in_status(T.SCHEDULED)
    page = liaison_client.get(desk(topic, "move/open"))
    assert "议题会移出这场活动的议程" in words(page)
    form(page, "version").send(liaison_client, desk(topic, "move/open"))
    assert fresh(topic).status == "open"
    assert not AgendaItem.objects.filter(topic=topic).exists()


def test_discussed_by_hand_takes_words_or_counts_agreements(liaison_client):
    topic = in_status(T.SCHEDULED)
    page = form(liaison_client.get(desk(topic, "move/discussed")), "outcome")
    early = page.send(liaison_client, desk(topic, "move/discussed"))
    assert early.status_code == 422
    assert "举行以后" in words(early)
    hold(topic.agenda_item.event)
    page.send(liaison_client, desk(topic, "move/discussed"), outcome="先试点一个小区。")
    assert (fresh(topic).status, fresh(topic).outcome) == ("discussed", "先试点一个小区。")


# --- Several at once -------------------------------------------------------------------------------------------------


def choose(client, *chosen):
    return client.post(LIST, {"action": "schedule_chosen", "_selected_action": [topic.pk for topic in chosen]})


def test_several_topics_go_onto_one_agenda_in_order_of_their_orders(liaison_client):
    one, two = factories.topic("一"), factories.topic("二")
    event = factories.event(agenda=0)
    topics.order(two, "a")
    address = choose(liaison_client, one, two)["Location"]
    page = liaison_client.get(address)
    assert words(page).index("二 · 征集中") < words(page).index("一 · 征集中")
    response = form(page, "event").send(liaison_client, address, event=event.pk)
    assert response["Location"] == LIST
    assert list(event.agenda.values_list("order", "title")) == [(1, "二"), (2, "一")]
    assert "2 个议题已列入议程。" in words(liaison_client.get(LIST))


def test_one_that_does_not_fit_keeps_all_of_them_back(liaison_client):
    one, dropped = factories.topic(), in_status(T.DROPPED)
    event = factories.event(agenda=0)
    address = choose(liaison_client, one, dropped)["Location"]
    response = liaison_client.post(address, {"event": event.pk})
    assert response.status_code == 422
    assert "“不再列入”的征集议题不能改为“已列入议程”" in words(response)
    assert fresh(one).status == "open"
    assert event.agenda.count() == 0


def test_topics_out_of_scope_are_not_there(liaison_client, community_client, auditor_client):
    near, far = factories.topic(), factories.topic(area=factories.tree().far_community)
    base = f"{LIST}schedule/"
    for asked in (f"topic={near.pk}&topic={far.pk}", "topic=999999", "topic=x", "topic=%00", "topic=" + "9" * 40, ""):
        assert liaison_client.get(f"{base}?{asked}").status_code == 404, asked
        assert liaison_client.post(f"{base}?{asked}").status_code == 404, asked
    for client in (community_client, auditor_client):
        assert "schedule_chosen" not in client.get(LIST).content.decode()
        assert client.get(f"{base}?topic={near.pk}").status_code == 403
        assert client.post(f"{base}?topic={near.pk}").status_code == 403


# --- Queries ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [1, 4])
def test_the_desk_costs_the_same_at_any_length(liaison_client, rows, django_assert_num_queries):
    for number in range(rows):
        topic = factories.topic(f"议题 {number}", closes_on=timezone.localdate())
        topics.order(topic, "a", phone=f"139000000{number:02d}")
        topics.schedule(factories.topic(f"排上 {number}"), factories.event(), actor=SYSTEM)
    pages = {
        LIST: 6,
        f"{LIST}?status__exact=scheduled&community=community&q=排": 6,
        desk(topic): 12,
        desk(topic, "schedule"): 6,
        desk(topic, "move/dropped"): 5,
        f"{LIST}schedule/?topic={topic.pk}": 6,
    }
    for address, expected in pages.items():
        liaison_client.get(address)
        with django_assert_num_queries(expected):
            assert liaison_client.get(address).status_code == 200
