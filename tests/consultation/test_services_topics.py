"""What can be done with a topic: ordered once by each, put on an agenda, discussed, dropped, put back."""

import datetime

import pytest
from django.db import IntegrityError, connection
from django.utils import timezone

from consultation.models import AgendaItem, Topic, TopicOrder
from consultation.services import events, topics
from consultation.workflow import TopicStatus as T
from foundation import clock, contacts, outbox
from foundation.actors import SYSTEM
from foundation.audit import AuditAction, AuditEntry
from foundation.contacts import Contact
from foundation.errors import Refused, TransitionNotAllowed
from foundation.message_templates import render
from foundation.outbox import OutboxMessage
from tests import factories
from tests.together import at_once

pytestmark = pytest.mark.django_db

PHONE, OTHER_PHONE, EMAIL = "13912345678", "13887654321", "li@example.com"
YESTERDAY = datetime.timedelta(days=-1)


def fresh(topic: Topic) -> Topic:
    return Topic.objects.get(pk=topic.pk)


def topic_in(status: str, **values) -> Topic:
    """A topic that reached its status by allowed moves."""
    topic = factories.topic(**values)
    if status == T.DROPPED:
        topics.drop(topic, actor=SYSTEM, outcome="已经解决了。")
    if status in (T.SCHEDULED, T.DISCUSSED):
        event = factories.event()
        topics.schedule(topic, event, actor=SYSTEM)
        if status == T.DISCUSSED:
            hold(event)
    return fresh(topic)


def hold(event, *, agreements: int = 0, publish: bool = True):
    """Hold an event with this many agreements on its last agenda item, and publish its minutes."""
    after = event.starts_at + datetime.timedelta(hours=3)
    with clock.turned_to(after):
        event = events.record_held(event, actor=SYSTEM)
    item = event.agenda.last()
    for _number in range(agreements):
        factories.agreement(event, agenda_item=item)
    events.write_minutes(event, "大家商量了。", actor=SYSTEM)
    with clock.turned_to(after):
        return events.publish_minutes(event, actor=SYSTEM) if publish else event


def notified(topic: Topic) -> list[tuple[str, str]]:
    """(template, phone or e-mail) of each message about a topic, oldest first."""
    found = []
    for message in OutboxMessage.objects.filter(subject_ref=f"topic:{topic.pk}").order_by("pk"):
        plain = contacts.open_contact(message.contact)
        found.append((message.template, plain["phone"] or plain["email"]))
    return found


def counted(topic: Topic) -> int:
    """The counter, which is as many as there are rows."""
    number = fresh(topic).order_count
    assert number == topic.orders.count()
    return number


# --- Ordering --------------------------------------------------------------------------------------------------------


def test_an_order_counts_each_visitor_once():
    topic = factories.topic()
    assert topics.order(topic, "a") is True
    assert topics.order(topic, "b", sector="media") is True
    assert topics.order(topic, "a") is False
    assert topics.order(topic, "a", sector="school") is False
    assert counted(topic) == 2
    assert sorted(topic.orders.values_list("sector", flat=True)) == ["", "media"]
    assert topics.ordered_by(topic) in (
        [("居民", 1), ("媒体", 1)],
        [("媒体", 1), ("居民", 1)],
    )


def test_an_order_counts_for_its_own_topic_only():
    first, second = factories.topic(), factories.topic("老年食堂")
    topics.order(first, "a", phone=PHONE)
    assert topics.order(second, "a", phone=PHONE) is True
    assert (counted(first), counted(second)) == (1, 1)


def test_what_is_stored_of_a_visitor_is_a_hash():
    topic = factories.topic()
    topics.order(topic, "the cookie's name", phone=PHONE, email=EMAIL)
    order = TopicOrder.objects.get()
    assert len(order.visitor) == 64
    assert "cookie" not in order.visitor
    assert contacts.open_contact(order.contact) == {"called": "", "phone": PHONE, "email": EMAIL}
    with connection.cursor() as cursor:
        for table in ("consultation_topicorder", "foundation_contact"):
            cursor.execute(f"SELECT string_agg(t::text, '; ') FROM {table} t")  # noqa: S608 - two tables of ours
            assert PHONE not in cursor.fetchone()[0]


def test_an_order_does_not_make_a_colleagues_page_stale():
    topic = factories.topic()
    topics.order(topic, "a")
    assert fresh(topic).version == topic.version


def test_a_contact_may_be_left_later_and_stays_what_it_was():
    topic = factories.topic()
    topics.order(topic, "a")
    assert topics.order(topic, "a", phone=PHONE) is False
    assert topics.order(topic, "a", phone=OTHER_PHONE) is False
    assert contacts.open_contact(TopicOrder.objects.get().contact)["phone"] == PHONE
    assert Contact.objects.count() == 1
    assert counted(topic) == 1


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"phone": PHONE}, {"phone": "+86 139-1234-5678"}),
        ({"phone": PHONE}, {"phone": PHONE, "email": EMAIL}),
        ({"email": EMAIL}, {"email": "LI@Example.com"}),
        ({"phone": PHONE, "email": EMAIL}, {"phone": OTHER_PHONE, "email": EMAIL}),
    ],
)
def test_the_same_contact_from_another_device_counts_once(first, second):
    topic = factories.topic()
    assert topics.order(topic, "a", **first) is True
    assert topics.order(topic, "b", **second) is False
    assert counted(topic) == 1
    assert Contact.objects.count() == 1
    # Known by the device used last.
    assert topics.order(topic, "b") is False
    assert counted(topic) == 1


def test_two_orders_that_turn_out_to_be_one_persons_become_one():
    topic = factories.topic()
    topics.order(topic, "a", phone=PHONE)
    assert topics.order(topic, "b") is True
    assert counted(topic) == 2
    assert topics.order(topic, "b", phone=PHONE) is False
    assert counted(topic) == 1
    assert topics.order(topic, "b") is False, "this device is known as theirs now"


def test_an_order_with_a_contact_of_its_own_is_not_taken_over():
    topic = factories.topic()
    topics.order(topic, "a", phone=PHONE)
    topics.order(topic, "b", phone=OTHER_PHONE)
    topics.order(topic, "b", phone=PHONE)
    assert counted(topic) == 2


def test_different_contacts_count_each():
    topic = factories.topic()
    assert [topics.order(topic, f"v{n}", phone=f"1391234567{n}") for n in range(3)] == [True] * 3
    assert counted(topic) == 3


CLOSED = {
    T.SCHEDULED: "这个议题已经列入议程，不用再表示关心。",
    T.DISCUSSED: "这个议题已经商量过，不用再表示关心。",
    T.DROPPED: "这个议题不再列入，不能再表示关心。",
}


@pytest.mark.parametrize("status", CLOSED)
def test_a_topic_that_is_not_open_takes_no_orders(status):
    topic = topic_in(status)
    for values in ({}, {"phone": PHONE}):
        with pytest.raises(Refused, match=CLOSED[status]):
            topics.order(topic, "a", **values)
    assert counted(topic) == 0
    assert Contact.objects.count() == 0


def test_orders_are_taken_up_to_the_closing_day_and_no_longer():
    today = timezone.localdate()
    assert topics.order(factories.topic(closes_on=today), "a") is True
    late = factories.topic(closes_on=today + YESTERDAY)
    with pytest.raises(Refused, match="这个议题的征集已经截止。"):
        topics.order(late, "a")
    assert counted(late) == 0


def test_who_ordered_may_leave_a_contact_until_the_topic_has_ended():
    topic = factories.topic()
    for visitor in ("a", "b", "c"):
        topics.order(topic, visitor)
    event = factories.event()
    topics.schedule(topic, event, actor=SYSTEM)
    topics.order(topic, "a", phone=PHONE)
    hold(event)
    with pytest.raises(Refused, match="已经有了结果"):
        topics.order(topic, "b", phone=OTHER_PHONE)
    assert topics.order(topic, "c") is False
    assert notified(topic) == [("topic_discussed", PHONE)]


def test_hostile_input_is_refused_before_anything_is_written():
    topic = factories.topic()
    with pytest.raises(ValueError, match="not a valid PartnerSector"):
        topics.order(topic, "a", sector="everybody")
    with pytest.raises(contacts.PhoneError):
        topics.order(topic, "a", phone="1; DROP TABLE")
    assert counted(topic) == 0
    assert Contact.objects.count() == 0


def test_an_erased_contact_leaves_the_order_counted_and_is_told_nothing():
    topic = factories.topic()
    topics.order(topic, "a", phone=PHONE)
    Contact.objects.all().delete()
    assert counted(topic) == 1
    topics.schedule(topic, factories.event(), actor=SYSTEM)
    assert notified(topic) == []
    # Nothing tells the two apart or together any more.
    open_topic = factories.topic("老年食堂")
    topics.order(open_topic, "a", phone=PHONE)
    Contact.objects.all().delete()
    assert topics.order(open_topic, "b", phone=PHONE) is True
    assert counted(open_topic) == 2


@pytest.mark.django_db(transaction=True)
def test_twenty_visitors_at_once_count_twenty():
    topic = factories.topic()
    results = at_once(*(lambda n=n: topics.order(topic, f"visitor {n}") for n in range(20)))
    assert results == [True] * 20
    assert counted(topic) == 20


@pytest.mark.django_db(transaction=True)
def test_one_visitor_twenty_times_at_once_counts_one():
    topic = factories.topic()
    results = at_once(*(lambda: topics.order(topic, "the same") for _ in range(20)))
    assert sorted(results) == [False] * 19 + [True]
    assert counted(topic) == 1


@pytest.mark.django_db(transaction=True)
def test_one_phone_from_twenty_devices_at_once_counts_one():
    topic = factories.topic()
    results = at_once(*(lambda n=n: topics.order(topic, f"device {n}", phone=PHONE) for n in range(20)))
    assert sorted(results) == [False] * 19 + [True]
    assert counted(topic) == 1
    assert Contact.objects.count() == 1


# --- Moves -----------------------------------------------------------------------------------------------------------


def hold_unpublished(topic: Topic) -> None:
    hold(AgendaItem.objects.get(topic=topic).event, publish=False)


def test_a_move_is_audited_and_raises_the_version():
    topic, staff = factories.topic(), factories.liaison_staff()
    topics.drop(topic, actor=staff, version=0, outcome=" 路灯已经装好。 ")
    topic = fresh(topic)
    assert (topic.status, topic.outcome, topic.version) == ("dropped", "路灯已经装好。", 1)
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.subject, entry.actor, entry.detail) == (
        AuditAction.MOVED,
        f"topic:{topic.pk}",
        staff,
        "open → dropped",
    )
    topics.put_back(topic, actor=staff)
    assert fresh(topic).outcome == "", "the reason goes with what it explained"


def test_a_reason_too_long_is_refused_in_words():
    topic = factories.topic()
    with pytest.raises(TransitionNotAllowed, match="最多 300 个字"):
        topics.drop(topic, outcome="长" * 301, actor=SYSTEM)
    assert fresh(topic).status == T.OPEN
    assert topics.drop(topic, outcome="长" * 300, actor=SYSTEM).status == T.DROPPED


# --- Onto an agenda, and off it --------------------------------------------------------------------------------------


def test_a_scheduled_topic_is_the_next_item_of_the_agenda_and_orderers_are_told_once():
    topic, event = factories.topic(), factories.event(agenda=2)
    topics.order(topic, "a", phone=PHONE)
    topics.order(topic, "b", email=EMAIL)
    topics.order(topic, "c")
    item = topics.schedule(topic, event, actor=factories.liaison_staff())
    assert (item.event, item.order, item.title, item.topic) == (event, 3, "小区里加装电动车充电棚", topic)
    assert notified(topic) == [("topic_scheduled", PHONE), ("topic_scheduled", EMAIL)]
    with pytest.raises(TransitionNotAllowed):
        topics.schedule(topic, event, actor=SYSTEM)
    assert len(notified(topic)) == 2
    assert AgendaItem.objects.filter(topic=topic).count() == 1


@pytest.mark.parametrize(
    ("status", "fits"),
    [("planned", True), ("open", True), ("held", False), ("minutes_published", False), ("cancelled", False)],
)
def test_a_topic_goes_only_onto_an_event_still_to_come(status, fits):
    topic, event = factories.topic(), factories.event(status, agenda=0)
    if fits:
        assert topics.schedule(topic, event, actor=SYSTEM).order == 1
        return
    with pytest.raises(Refused, match="已经举行或取消"):
        topics.schedule(topic, event, actor=SYSTEM)
    assert fresh(topic).status == T.OPEN
    assert not AgendaItem.objects.filter(topic=topic).exists()


def test_several_go_onto_one_agenda_the_most_ordered_first_or_none_of_them():
    event = factories.event(agenda=1)
    chosen = [factories.topic(title) for title in ("一", "二", "三")]
    for topic, orders in zip(chosen, (1, 3, 2), strict=True):
        for visitor in range(orders):
            topics.order(topic, f"{visitor}")
    topics.schedule_all(chosen, event, actor=factories.liaison_staff())
    assert list(event.agenda.values_list("order", "title")) == [(1, "第 1 个议题"), (2, "二"), (3, "三"), (4, "一")]
    with_one_done = [factories.topic("四"), chosen[0]]
    with pytest.raises(TransitionNotAllowed):
        topics.schedule_all(with_one_done, factories.event(agenda=0), actor=SYSTEM)
    assert fresh(with_one_done[0]).status == T.OPEN
    with pytest.raises(Refused, match="请先勾选"):
        topics.schedule_all([], event, actor=SYSTEM)


@pytest.mark.django_db(transaction=True)
def test_two_who_schedule_the_same_topic_at_once_put_it_on_one_agenda():
    topic = factories.topic()
    one, other = factories.event(), factories.event(title="另一场")
    results = at_once(
        lambda: topics.schedule(topic, one, actor=SYSTEM),
        lambda: topics.schedule(topic, other, actor=SYSTEM),
    )
    assert sorted(type(result).__name__ for result in results) == ["AgendaItem", "TransitionNotAllowed"]
    assert AgendaItem.objects.filter(topic=topic).count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_topic_does_not_stay_on_an_event_cancelled_at_the_same_moment():
    topic, event = factories.topic(), factories.event()
    at_once(
        lambda: topics.schedule(topic, event, actor=SYSTEM),
        lambda: events.cancel(event, actor=SYSTEM, reason="下大雨"),
    )
    assert fresh(topic).status == T.OPEN
    assert not AgendaItem.objects.filter(topic=topic).exists()


def test_a_cancelled_event_gives_its_topics_back_and_keeps_the_words():
    topic, event, other = factories.topic(), factories.event(agenda=0), topic_in(T.SCHEDULED, title="别的活动上的")
    topics.order(topic, "a", phone=PHONE)
    topics.schedule(topic, event, actor=SYSTEM)
    # Community staff cancel events, though they move no topics themselves.
    staff = factories.community_staff()
    events.cancel(event, actor=staff, reason="下大雨")
    topic = fresh(topic)
    assert (topic.status, topic.order_count, topic.takes_orders) == ("open", 1, True)
    assert list(event.agenda.values_list("title", "topic")) == [("小区里加装电动车充电棚", None)]
    assert fresh(other).status == T.SCHEDULED
    assert AuditEntry.objects.filter(subject=f"topic:{topic.pk}", actor=staff, detail="scheduled → open").exists()
    # And again onto another agenda: each time is told of its own.
    topics.schedule(topic, factories.event(), actor=SYSTEM)
    assert [template for template, _to in notified(topic)] == ["topic_scheduled", "topic_back", "topic_scheduled"]


def test_a_topic_put_back_by_hand_leaves_the_coming_agenda_and_may_come_again():
    event = factories.event(agenda=1)
    topic = factories.topic()
    topics.order(topic, "a", phone=PHONE)
    for _time in range(2):
        topics.schedule(topic, event, actor=SYSTEM)
        topics.put_back(topic, actor=factories.liaison_staff())
    assert list(event.agenda.values_list("title", flat=True)) == ["第 1 个议题"]
    assert [template for template, _to in notified(topic)] == ["topic_scheduled", "topic_back"] * 2


def test_a_topic_dropped_after_its_event_keeps_the_words_on_the_agenda():
    event = factories.event(agenda=0)
    topic = factories.topic()
    topics.schedule(topic, event, actor=SYSTEM)
    hold_unpublished(topic)
    topics.drop(topic, actor=SYSTEM, outcome="时间不够，没有谈到。")
    assert list(event.agenda.values_list("title", "topic")) == [("小区里加装电动车充电棚", None)]


def test_a_topic_whose_agenda_item_somebody_removed_can_be_put_back():
    topic = topic_in(T.SCHEDULED)
    AgendaItem.objects.filter(topic=topic).delete()
    with pytest.raises(Refused, match="举行以后"):
        topics.record_discussed(topic, actor=SYSTEM)
    topics.put_back(topic, actor=SYSTEM)
    assert fresh(topic).status == T.OPEN


@pytest.mark.parametrize(
    ("agreements", "outcome"),
    [(0, "已经商量，详见活动纪要。"), (1, "达成 1 项约定。"), (3, "达成 3 项约定。")],
)
def test_published_minutes_say_what_came_of_its_topics(agreements, outcome):
    topic, event = factories.topic(), factories.event()
    topics.order(topic, "a", phone=PHONE)
    topics.schedule(topic, event, actor=SYSTEM)
    hold(event, agreements=agreements)
    topic = fresh(topic)
    assert (topic.status, topic.outcome) == ("discussed", outcome)
    assert [template for template, _to in notified(topic)] == ["topic_scheduled", "topic_discussed"]


def test_a_topic_is_discussed_only_once_its_event_was_held():
    topic = topic_in(T.SCHEDULED)
    with pytest.raises(Refused, match="举行以后"):
        topics.record_discussed(topic, actor=SYSTEM)
    hold_unpublished(topic)
    topics.record_discussed(topic, actor=factories.liaison_staff(), outcome="先试点一个小区。")
    assert (fresh(topic).status, fresh(topic).outcome) == ("discussed", "先试点一个小区。")


def test_dropping_tells_those_who_ordered():
    topic = factories.topic()
    topics.order(topic, "a", phone=PHONE)
    topics.order(topic, "b")
    topics.drop(topic, actor=SYSTEM, outcome="已经解决了。")
    assert notified(topic) == [("topic_dropped", PHONE)]


def test_nothing_is_half_done_when_a_message_cannot_be_owed(monkeypatch):
    topic, event = factories.topic(), factories.event(agenda=0)
    topics.order(topic, "a", phone=PHONE)

    def broken(*args, **kwargs):
        raise IntegrityError

    monkeypatch.setattr(outbox, "enqueue", broken)
    with pytest.raises(IntegrityError):
        topics.schedule(topic, event, actor=factories.liaison_staff())
    assert fresh(topic).status == T.OPEN
    assert event.agenda.count() == 0
    assert AuditEntry.objects.count() == 0


# --- Messages --------------------------------------------------------------------------------------------------------


def test_the_messages_name_the_topic_and_lead_to_it():
    topic = factories.topic()
    event = factories.event(starts_at=datetime.datetime.fromisoformat("2099-03-02T15:30:00+08:00"))
    topics.order(topic, "a", phone=PHONE)
    topics.schedule(topic, event, actor=SYSTEM)
    topics.drop(topic, actor=SYSTEM, outcome="已经解决了。")
    topics.put_back(topic, actor=SYSTEM)
    texts = {
        message.template: render(message.template, message.parameters)
        for message in OutboxMessage.objects.filter(subject_ref=f"topic:{topic.pk}")
    }
    assert set(texts) == {"topic_scheduled", "topic_dropped", "topic_back"}
    texts["topic_discussed"] = render("topic_discussed", {"topic": topic.pk})
    for text in texts.values():
        assert "小区里加装电动车充电棚" in text.subject
        assert text.body.count(f"http://portal.example/topics/{topic.pk}/") == 1
        assert "\n" not in text.subject
        assert PHONE not in f"{text}"
    assert "2099年3月2日" in texts["topic_scheduled"].body.replace(" ", "")
    assert "15:30" in texts["topic_scheduled"].body
    assert "桂花路 1 号院内" in texts["topic_scheduled"].body


# --- Erasing ---------------------------------------------------------------------------------------------------------


def test_contacts_go_a_month_after_the_end_was_told_and_orders_stay():
    ended, dropped, going_on = factories.topic("一"), factories.topic("二"), factories.topic("三")
    event = factories.event()
    for topic, phone in ((ended, "13900000001"), (dropped, "13900000002"), (going_on, "13900000003")):
        topics.order(topic, "a", phone=phone)
    topics.schedule(ended, event, actor=SYSTEM)
    hold(event)
    topics.drop(dropped, actor=SYSTEM, outcome="已经解决了。")
    topics.drop(going_on, actor=SYSTEM, outcome="已经解决了。")
    topics.put_back(going_on, actor=SYSTEM)
    assert topics.erase_old() == 0
    OutboxMessage.objects.update(created_at=timezone.now() - datetime.timedelta(days=29))
    assert topics.erase_old() == 0
    OutboxMessage.objects.update(created_at=timezone.now() - datetime.timedelta(days=31))
    assert topics.erase_old() == 2
    assert topics.erase_old() == 0
    left = [contacts.open_contact(contact)["phone"] for contact in Contact.objects.all()]
    assert left == ["13900000003"]
    assert [counted(topic) for topic in (ended, dropped, going_on)] == [1, 1, 1]
