"""The topics 议题征集 as visitors meet them: what is shown, one tap to order, a contact for those who want to hear."""

import datetime

import pytest
from django.test import Client
from django.utils import timezone

from consultation.models import Topic, TopicOrder
from consultation.services import events, topics
from consultation.views import topics as views
from consultation.workflow import TopicStatus as T
from demands.services.consulting import bundle
from foundation import clock, consent
from foundation.actors import SYSTEM
from foundation.consent import Purpose
from foundation.contacts import Contact
from tests import factories
from tests.pages import form, forms, words

pytestmark = pytest.mark.django_db

MENU = "/topics/"
PHONE = "13912345678"


def contact_form(**values) -> dict[str, str]:
    """What the form for a contact sends, with the consent text that it showed."""
    return {"notify": "1", "consent": "on", "shown": consent.show(Purpose.TOPIC_ORDER).signed()} | values


def page_of(topic) -> str:
    return f"{MENU}{topic.pk}/"


def ordered(topic: Topic, people: int, **values) -> Topic:
    for number in range(people):
        topics.order(topic, f"{topic.pk} {number}", **values)
    return Topic.objects.get(pk=topic.pk)


def scheduled(title: str, *, days: int = 8, **values) -> Topic:
    topic = factories.topic(title, **values)
    starts_at = timezone.now() + datetime.timedelta(days=days)
    topics.schedule(topic, factories.event(title=f"活动：{title}", starts_at=starts_at), actor=SYSTEM)
    return Topic.objects.get(pk=topic.pk)


def discussed(title: str, *, days: int = 8, agreements: int = 0) -> Topic:
    topic = scheduled(title, days=days)
    item = topic.agenda_item
    at = item.event.starts_at + datetime.timedelta(hours=3)
    with clock.turned_to(at):
        event = events.record_held(item.event, actor=SYSTEM)
    for _number in range(agreements):
        factories.agreement(event, agenda_item=item)
    events.write_minutes(event, "大家商量了。", actor=SYSTEM)
    with clock.turned_to(at):
        events.publish_minutes(event, actor=SYSTEM)
    return Topic.objects.get(pk=topic.pk)


def dropped(title: str) -> Topic:
    return topics.drop(factories.topic(title), actor=SYSTEM, outcome="已经解决了。")


def titles(response, *names: str) -> list[str]:
    assert response.status_code == 200
    return [topic.title for name in names or ("items",) for topic in response.context[name]]


# --- The menu --------------------------------------------------------------------------------------------------------


def test_where_more_are_scheduled_than_are_shown_the_menu_leads_to_all(resident, monkeypatch):
    factories.one_subdistrict()
    monkeypatch.setattr("consultation.views.topics.PER_PAGE", 2)
    for number in range(2):
        factories.topic(f"排上 {number}", status="scheduled")
    assert "看全部列入议程的议题" not in words(resident.get(MENU))
    factories.topic("排上 2", status="scheduled")
    page = resident.get(f"{MENU}?community=community")
    assert len(titles(page, "scheduled")) == 2
    html = " ".join(page.content.decode().split())
    assert 'href="/topics/?status=scheduled&amp;community=community" >看全部列入议程的议题' in html


def test_the_menu_shows_open_topics_then_scheduled_then_discussed_ones(resident):
    ordered(factories.topic("点得少"), 1)
    ordered(factories.topic("关心人数多"), 6)
    factories.topic("没有人关心")
    scheduled("后开的", days=12)
    scheduled("先开的", days=5)
    discussed("早先商量的", days=2)
    discussed("刚刚商量的", days=3)
    dropped("不再列入的")
    response = resident.get(MENU)
    assert titles(response) == ["关心人数多", "点得少", "没有人关心"]
    assert titles(response, "scheduled") == ["先开的", "后开的"]
    assert titles(response, "discussed") == ["刚刚商量的", "早先商量的"]
    text = words(response)
    assert "不再列入的" not in text
    assert "6 人关心" in text
    assert "不足 5 人关心" in text
    assert "还没有人关心" in text
    assert "活动：先开的" in text
    assert "已经商量，详见活动纪要。" in text


def test_each_open_topic_has_its_own_button_and_the_others_have_none(resident):
    topic = factories.topic()
    factories.topic("截止了的", closes_on=timezone.localdate() - datetime.timedelta(days=1))
    scheduled("排上的")
    discussed("已商量的")
    response = resident.get(MENU)
    sent = [one for one in forms(response) if one.method == "post"]
    assert [(one.action, one.values["topic"]) for one in sent] == [(MENU, str(topic.pk))]
    assert "我关心：小区里加装电动车充电棚" in words(response).replace(" ", "")
    assert "征集已截止 桂花社区 · 还没有人关心 · 等待列入议程" in words(response)


FOUND = [
    ("", ["点", "远", "街"]),
    ("community=community", ["点"]),
    ("community=far-community", ["远"]),
    ("community=other-community", []),
    ("status=open", ["点", "远", "街"]),
    ("status=scheduled", ["排"]),
    ("status=discussed", ["商"]),
    ("status=dropped", ["弃"]),
    ("status=scheduled&community=community", ["排"]),
    ("status=scheduled&community=far-community", []),
    ("page=2", ["点", "远", "街"]),
    ("page=x", ["点", "远", "街"]),
    ("page=99999999999999999999", ["点", "远", "街"]),
    ("page=%00", ["点", "远", "街"]),
    ("order_count__gte=3", ["点", "远", "街"]),
    # What no choice is finds nothing, and says so.
    ("status=nonsense", []),
    ("status=%00", []),
    ("community=nowhere", []),
    ("community=compound", []),
    ("community=%00", []),
    ("community=" + "长" * 10_000, []),
]


def test_filters_find_what_they_say(resident, subtests):
    places = factories.tree()
    ordered(factories.topic("点", area=places.compound), 2)
    ordered(factories.topic("远", area=places.far_community), 1)
    factories.topic("街", area=places.subdistrict)
    scheduled("排")
    discussed("商")
    dropped("弃")
    for query, expected in FOUND:
        with subtests.test(query[:60]):
            response = resident.get(f"{MENU}?{query}")
            assert titles(response) == expected
            assert ("没有符合这些条件的议题" in words(response)) is (not expected)


def test_an_empty_menu_says_how_topics_come_about(resident):
    assert "现在没有正在征集的议题" in words(resident.get(MENU))


def test_long_menus_have_pages_and_what_follows_stands_on_the_first(resident, monkeypatch):
    monkeypatch.setattr(views, "PER_PAGE", 2)
    for number in range(5):
        factories.topic(f"议题 {number}")
    scheduled("排上的")
    first, last = resident.get(MENU), resident.get(f"{MENU}?page=3")
    assert titles(first) == ["议题 4", "议题 3"]
    assert titles(first, "scheduled") == ["排上的"]
    assert titles(last) == ["议题 0"]
    assert titles(last, "scheduled") == []
    assert f'href="{MENU}"' in first.content.decode()
    assert "?page=2" in first.content.decode()


def test_a_visitor_sees_what_they_ordered(resident):
    topic, other = factories.topic(), factories.topic("老年食堂")
    resident.post(MENU, {"topic": topic.pk})
    response = resident.get(MENU)
    assert [one.values["topic"] for one in forms(response) if one.method == "post"] == [str(other.pk)]
    assert "您已关心" in words(response)
    assert "您已关心" not in words(Client().get(MENU))


def test_demo_topics_are_marked(resident):
    topic = factories.topic(is_demo=True)
    assert "演示 ·" in words(resident.get(MENU))
    assert "演示 ·" in words(resident.get(page_of(topic)))
    Topic.objects.update(is_demo=False)
    assert "演示 ·" not in words(resident.get(MENU))


# --- Ordering --------------------------------------------------------------------------------------------------------


def test_one_tap_on_the_menu_orders_and_thanks(resident):
    topic = factories.topic()
    response = form(resident.get(MENU), "topic").send(resident)
    assert response["Location"] == page_of(topic)
    page = resident.get(page_of(topic))
    assert "已记录，谢谢您的关心。" in words(page)
    assert "您已关心这个议题" in words(page)
    assert "想知道结果吗？请留下电话或邮箱" in words(page)
    assert "我关心这个议题" not in words(page)
    assert Topic.objects.get().order_count == 1
    assert TopicOrder.objects.get().sector == ""
    cookie = response.cookies["visitor"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_partners_say_which_sector_they_are_of(resident):
    topic = factories.topic()
    form(resident.get(page_of(topic)), "topic", "sector").send(resident, sector="school")
    assert TopicOrder.objects.get().sector == "school"
    text = words(resident.get(page_of(topic)))
    assert "学校 不足 5 人" in text


def test_again_counts_nothing_and_says_so(resident):
    topic = factories.topic()
    for _time in range(3):
        resident.post(MENU, {"topic": topic.pk})
    assert "您已经关心过这个议题。" in words(resident.get(page_of(topic)))
    assert Topic.objects.get().order_count == TopicOrder.objects.count() == 1


def test_a_contact_is_left_after_the_order(resident):
    topic = factories.topic()
    resident.post(MENU, {"topic": topic.pk})
    notify = form(resident.get(page_of(topic)), "notify", "phone")
    response = notify.send(resident, phone="139 1234 5678", consent="on")
    assert response["Location"] == page_of(topic)
    page = resident.get(page_of(topic))
    assert "已保存。这个议题列入议程、有了结果，都会通知您。" in words(page)
    assert "想知道结果吗" not in words(page)
    assert PHONE not in words(page)
    assert TopicOrder.objects.get().contact.masked == "139****5678"


def test_a_known_contact_is_answered_like_an_unknown_one():
    topic = factories.topic()
    topics.order(topic, "somebody", phone=PHONE)
    said = []
    for phone in (PHONE, "13887654321"):
        visitor = Client()
        visitor.post(MENU, {"topic": topic.pk})
        visitor.post(MENU, contact_form(topic=topic.pk, phone=phone))
        page = visitor.get(page_of(topic))
        said.append((page.status_code, words(page)))
    assert said[0] == said[1]
    assert Topic.objects.get().order_count == TopicOrder.objects.count() == 2


BAD_CONTACTS = [
    ({"phone": "", "email": ""}, "请留一个电话或邮箱"),
    ({"phone": "12345"}, "请核对电话号码"),
    ({"phone": "1" * 10_000}, "请核对电话号码|最多 30 个字"),
    ({"phone": "139\x0012345678"}, "无法保存的字符"),
    ({"email": "nobody"}, "请核对电子邮箱"),
    ({"email": "a@" + "b" * 10_000 + ".cn"}, "请核对电子邮箱|最多|不超过"),
    ({"email": "a\x00@example.com"}, "请核对电子邮箱|无法保存|空字符"),
    ({"phone": PHONE, "consent": None}, "您同意后，才能留下联系方式"),
]


def test_a_contact_that_is_none_comes_back_with_a_sentence(resident, subtests):
    topic = factories.topic()
    resident.post(MENU, {"topic": topic.pk})
    for wrong, said in BAD_CONTACTS:
        data = contact_form(topic=topic.pk, phone="", email="") | wrong
        response = resident.post(MENU, {name: value for name, value in data.items() if value is not None})
        with subtests.test(str(wrong)[:100]):
            assert response.status_code == 422
            assert any(part in words(response) for part in said.split("|")), words(response)[:600]
            assert form(response, "notify").values["topic"] == str(topic.pk)
            assert Contact.objects.count() == 0
            assert Topic.objects.get().order_count == 1


def test_a_contact_that_comes_with_no_order_before_it_is_an_order(resident):
    topic = factories.topic()
    resident.post(MENU, contact_form(topic=topic.pk, phone=PHONE))
    assert Topic.objects.get().order_count == 1
    assert TopicOrder.objects.get().contact is not None


def test_a_sector_that_is_none_is_refused(resident):
    topic = factories.topic()
    for wrong in ("everybody", "\x00", "长" * 10_000):
        response = resident.post(MENU, {"topic": topic.pk, "sector": wrong})
        assert response.status_code == 422
        assert "请选择列表中的一项" in words(response)
    assert Topic.objects.get().order_count == 0


def test_what_is_no_topic_is_not_there(resident):
    factories.topic()
    for wrong in ("", "0", "-1", "x", "１", "9" * 18, "9" * 40, "1 OR 1=1", "\x00", None):
        data = {} if wrong is None else {"topic": wrong}
        assert resident.post(MENU, data).status_code == 404, wrong
    assert Topic.objects.get().order_count == 0


def test_extra_fields_change_nothing(resident):
    topic = factories.topic()
    resident.post(MENU, {"topic": topic.pk, "order_count": "99", "status": "dropped", "phone": PHONE, "visitor": "x"})
    topic.refresh_from_db()
    assert (topic.order_count, topic.status) == (1, "open")
    assert TopicOrder.objects.get().contact is None, "without the consent of its own form no contact is kept"


def test_a_forged_cookie_is_a_new_visitor(resident):
    topic = factories.topic()
    resident.post(MENU, {"topic": topic.pk})
    resident.cookies["visitor"] = resident.cookies["visitor"].value[:-1] + "x"
    assert "您已关心这个议题" not in words(resident.get(page_of(topic)))
    resident.post(MENU, {"topic": topic.pk})
    assert Topic.objects.get().order_count == 2


def test_whoever_throws_the_cookie_away_is_stopped_by_their_address(monkeypatch):
    monkeypatch.setattr(views, "ORDERS_OF_ONE_A_DAY", 3)
    topic, other = factories.topic(), factories.topic("老年食堂")
    answers = [Client().post(MENU, {"topic": topic.pk}) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [302, 302, 302, 429]
    assert "从您的网络提交的次数太多" in words(answers[-1])
    assert Client().post(MENU, {"topic": other.pk}).status_code == 302
    assert Topic.objects.get(pk=topic.pk).order_count == 3
    monkeypatch.setattr(views, "ORDERS_A_DAY", 5)
    assert Client().post(MENU, {"topic": other.pk}).status_code == 429


CLOSED = {
    T.SCHEDULED: (scheduled, "这个议题已经列入议程，不用再表示关心。"),
    T.DISCUSSED: (discussed, "这个议题已经商量过，不用再表示关心。"),
    T.DROPPED: (dropped, "这个议题不再列入，不能再表示关心。"),
}


@pytest.mark.parametrize("status", CLOSED)
def test_who_comes_too_late_is_told_why(resident, status):
    make, said = CLOSED[status]
    topic = make("迟了的")
    page = resident.get(page_of(topic))
    assert said in words(page)
    assert not [one for one in forms(page) if "topic" in one.values]
    assert resident.post(MENU, {"topic": topic.pk})["Location"] == page_of(topic)
    assert words(resident.get(page_of(topic))).count(said) == 2, "once as the answer, once as it stands"
    assert TopicOrder.objects.count() == 0


def test_past_the_closing_day_no_order_is_taken(resident):
    topic = factories.topic(closes_on=timezone.localdate() - datetime.timedelta(days=1))
    resident.post(MENU, {"topic": topic.pk})
    assert "这个议题的征集已经截止。" in words(resident.get(page_of(topic)))
    assert TopicOrder.objects.count() == 0


def test_an_order_needs_the_token_of_our_page():
    topic = factories.topic()
    assert Client(enforce_csrf_checks=True).post(MENU, {"topic": topic.pk}).status_code == 403
    assert TopicOrder.objects.count() == 0


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options"])
def test_wrong_methods_are_refused(resident, method):
    topic = factories.topic()
    assert getattr(resident, method)(MENU).status_code == 405
    assert getattr(resident, method)(page_of(topic)).status_code == 405
    assert resident.post(page_of(topic)).status_code == 405


def test_reading_changes_nothing(resident):
    topic = factories.topic()
    before = Topic.objects.values().get()
    resident.get(f"{MENU}?topic={topic.pk}")
    resident.get(f"{page_of(topic)}?topic={topic.pk}")
    resident.head(MENU)
    assert Topic.objects.values().get() == before
    assert TopicOrder.objects.count() == 0


def test_staff_order_like_anybody(liaison_client, member_client):
    topic = factories.topic()
    for client in (liaison_client, member_client):
        assert client.post(MENU, {"topic": topic.pk}).status_code == 302
    assert Topic.objects.get().order_count == 2


# --- One topic -------------------------------------------------------------------------------------------------------


def test_a_page_that_is_not_there(resident):
    for address in (f"{MENU}999999/", f"{MENU}{'9' * 30}/", f"{MENU}x/"):
        assert resident.get(address).status_code == 404


def test_the_page_shows_few_people_as_few(resident):
    topic = ordered(factories.topic(), 4)
    text = words(resident.get(page_of(topic)))
    assert "不足 5 人关心" in text
    assert "居民 不足 5 人" in text
    assert "4 人" not in text
    topic = ordered(topic, 5)
    assert "居民 5 人" in words(resident.get(page_of(topic)))


def test_the_page_names_the_event_and_when_it_is(resident):
    topic = factories.topic()
    starts_at = datetime.datetime.fromisoformat("2099-03-02T15:30:00+08:00")
    event = factories.event(title="月月谈", starts_at=starts_at)
    topics.schedule(topic, event, actor=SYSTEM)
    page = resident.get(page_of(topic))
    assert "列入哪场活动" in words(page)
    assert f'href="/events/{event.pk}/">月月谈' in page.content.decode()
    assert "桂花路 1 号院内" in words(page)
    assert "15:30" in words(page)


def test_the_page_tells_what_came_of_it(resident):
    topic = discussed("充电棚", agreements=2)
    text = words(resident.get(page_of(topic)))
    assert "达成 2 项约定。" in text
    assert text.count("3 号门外加装两盏路灯") == 2
    assert "湖东街道公共管理办公室" in text
    assert "已约定" in text


def test_agreements_wait_for_the_minutes(resident):
    topic = scheduled("充电棚")
    item = topic.agenda_item
    at = item.event.starts_at + datetime.timedelta(hours=3)
    with clock.turned_to(at):
        event = events.record_held(item.event, actor=SYSTEM)
    factories.agreement(event, agenda_item=item)
    assert "3 号门外加装两盏路灯" not in words(resident.get(page_of(topic)))


def test_the_page_says_why_a_topic_was_dropped(resident):
    text = words(resident.get(page_of(dropped("路灯"))))
    assert "为什么不再列入" in text
    assert "已经解决了。" in text


def test_staffs_words_are_shown_as_words(resident):
    topic = factories.topic("<script>alert(1)</script>", summary="<img src=x onerror=alert(1)>\n第二行")
    for address in (MENU, page_of(topic)):
        html = resident.get(address).content.decode()
        assert "<script>alert" not in html
        assert "<img src=x" not in html


def test_a_contact_is_on_no_page(resident):
    topic = factories.topic()
    topics.order(topic, "a", phone=PHONE, email="canary@example.com")
    for address in (MENU, page_of(topic)):
        html = resident.get(address).content.decode()
        assert PHONE not in html
        assert "canary" not in html


# --- Queries: literal, the same at 1 and at 4 rows ------------------------------------------------------------------


@pytest.mark.parametrize("rows", [1, 4])
def test_the_menu_costs_the_same_at_any_length(resident, rows, django_assert_num_queries):
    for number in range(rows):
        ordered(factories.topic(f"开放 {number}"), 1)
        scheduled(f"排上 {number}", days=number + 2)
        discussed(f"商量过 {number}", days=number + 2)
    resident.get(MENU)
    for query, expected in (("", 4), ("?status=scheduled", 2), ("?status=open&community=community", 2)):
        with django_assert_num_queries(expected):
            resident.get(f"{MENU}{query}")
    # Whoever ordered something is asked for at each list.
    resident.post(MENU, {"topic": Topic.objects.filter(status=T.OPEN).first().pk})
    resident.get(MENU)
    with django_assert_num_queries(5):
        resident.get(MENU)


@pytest.mark.parametrize("rows", [1, 4])
def test_one_topic_costs_the_same_with_many_orders_and_agreements(resident, rows, django_assert_num_queries):

    demands = [factories.publish(factories.demand(), title=f"充电 {number}") for number in range(rows)]
    topic = bundle(demands, title="充电棚", summary="充电位不够。", area=factories.tree().compound, actor=SYSTEM)
    ordered(topic, rows)
    resident.post(MENU, {"topic": topic.pk})
    event = factories.event()
    item = topics.schedule(topic, event, actor=SYSTEM)
    at = event.starts_at + datetime.timedelta(hours=3)
    with clock.turned_to(at):
        event = events.record_held(event, actor=SYSTEM)
    for _number in range(rows):
        factories.agreement(event, agenda_item=item)
    events.write_minutes(event, "大家商量了。", actor=SYSTEM)
    with clock.turned_to(at):
        events.publish_minutes(event, actor=SYSTEM)
    resident.get(page_of(topic))
    with django_assert_num_queries(6):
        resident.get(page_of(topic))
