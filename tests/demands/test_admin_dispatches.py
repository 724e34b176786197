"""Dispatching in the admin: the panel on a demand's page, its acts, and the list of all dispatches."""

import datetime

import pytest
from django.test import Client
from django.utils import timezone

from demands import services
from demands.models import Dispatch
from demands.workflow import DemandStatus as S
from demands.workflow import DispatchStatus as D
from demands.workflow import Party
from foundation.workdays import add_workdays
from members.models import DutyRecord
from tests import factories
from tests.pages import form, words
from tests.rows import each_row

pytestmark = pytest.mark.django_db

DEMANDS, LIST = "/admin/demands/demand/", "/admin/demands/dispatch/"


def page(demand) -> str:
    return f"{DEMANDS}{demand.pk}/change/"


def acts_of(row) -> list[str]:
    return [f"{LIST}{row.pk}/{act}/" for act in ("accept", "cancel", "complete", "reassign")]


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def panel(client, demand) -> str:
    """The part of the demand's page that is about dispatches."""
    content = client.get(page(demand)).content.decode()
    return content.partition('<h2 id="dispatches">')[2].partition("<h2")[0]


# --- The panel -------------------------------------------------------------------------------------------------------


BUTTONS = {
    D.OPEN: {"cancel", "reassign"},
    D.OFFERED: {"accept", "cancel", "reassign"},
    D.ACCEPTED: {"cancel", "complete", "reassign"},
    D.DECLINED: set(),
    D.LAPSED: set(),
    D.CANCELLED: set(),
    D.DONE: set(),
}


def test_the_panel_shows_who_is_asked_how_it_stands_and_what_may_be_done(liaison_client):
    demand = factories.demand(S.IN_PROGRESS)
    rows = {
        status: factories.dispatch(
            status, demand_=demand, member=factories.committee_member(f"委员{number}"), ask="请看看图纸"
        )
        for number, status in enumerate(BUTTONS)
    }
    text = panel(liaison_client, demand)
    for status, row in rows.items():
        found = {act for act in ("accept", "cancel", "complete", "reassign") if f"/{row.pk}/{act}/" in text}
        assert found == BUTTONS[status], status
    for said in (
        "委员1",
        "待答复",
        "请看看图纸",
        "委员2",
        "办理中",
        "委员3",
        "已谢绝",
        "这段时间不在武汉",
        "委员6",
        "已完成",
    ):
        assert said in text
    assert "到现场看过，已帮助办好。" in text and "等待认领" in text
    # What is open is not opened again.
    assert f"{demand.pk}/dispatch/" in text and f"{demand.pk}/open/" not in text


def test_others_see_the_panel_without_buttons(community_client, auditor_client):
    row = factories.dispatch(D.OFFERED, ask="请看看图纸")
    for client in (community_client, auditor_client):
        text = panel(client, row.demand)
        assert "请看看图纸" in text and "button" not in text


@pytest.mark.parametrize("many", [2, 4], ids=["2 rows", "4 rows"])
def test_the_demands_page_keeps_within_its_budget(liaison_client, many, django_assert_num_queries):
    demand = factories.demand(S.IN_PROGRESS, public=True)
    for number in range(many):
        factories.dispatch(D.DONE, demand_=demand, member=factories.committee_member(f"委员{number}"))
    liaison_client.get(page(demand))
    with django_assert_num_queries(18):
        assert liaison_client.get(page(demand)).status_code == 200


# --- Dispatching -----------------------------------------------------------------------------------------------------


def test_staff_dispatch_to_several_members_on_one_page(liaison_client):
    demand = factories.demand(S.ACCEPTED)
    first, second = factories.member_with_account(), factories.committee_member("李委员")
    resource = factories.resource(member=second)
    address = f"{DEMANDS}{demand.pk}/dispatch/"
    shown = liaison_client.get(address)
    (day,) = add_workdays(timezone.localdate(), 3)
    assert form(shown, "ask").values["reply_by"] == day.isoformat()
    response = form(shown, "ask").send(
        liaison_client, address, to=[str(first.pk), f"{second.pk}-{resource.pk}"], ask="请一起看看。"
    )
    assert response["Location"] == page(demand)
    rows = Dispatch.objects.order_by("pk")
    assert [(row.member, row.resource, row.status, row.ask, row.reply_by) for row in rows] == [
        (first, None, D.OFFERED, "请一起看看。", day),
        (second, resource, D.OFFERED, "请一起看看。", day),
    ]
    assert {row.made_by for row in rows} == {liaison_client.user}


def test_a_suggestion_leads_to_a_page_where_it_is_chosen(liaison_client):
    demand, member = factories.demand(S.ACCEPTED), factories.committee_member()
    resource = factories.resource(member=member)
    address = f"{DEMANDS}{demand.pk}/dispatch/?member={member.pk}&resource={resource.pk}"
    assert form(liaison_client.get(address), "ask").values["to"] == f"{member.pk}-{resource.pk}"
    # What is odd chooses nothing.
    for query in ("member=x", "member=%00", f"resource={resource.pk}", "member=" + "9" * 10_000):
        shown = liaison_client.get(f"{DEMANDS}{demand.pk}/dispatch/?{query}")
        assert shown.status_code == 200 and "to" not in form(shown, "ask").values


def test_only_those_who_can_be_asked_are_offered(liaison_client):
    demand = factories.demand(S.ACCEPTED)
    busy = factories.committee_member("在办的委员")
    factories.dispatch(D.ACCEPTED, demand_=demand, member=busy)
    gone = factories.committee_member("离任的委员", is_active=False)
    free = factories.committee_member("可派的委员")
    paused = factories.resource("暂停的资源", member=free, status="paused")
    elsewhere = factories.resource("别处的资源", member=free, areas=[factories.tree().other_community])
    text = words(liaison_client.get(f"{DEMANDS}{demand.pk}/dispatch/")).partition("派给谁")[2]
    assert "可派的委员" in text
    for row in (busy, gone, paused, elsewhere):
        assert str(row) not in text
    response = liaison_client.post(
        f"{DEMANDS}{demand.pk}/dispatch/",
        {"version": fresh(demand).version, "to": str(gone.pk), "ask": "请看看", "reply_by": timezone.localdate()},
    )
    assert response.status_code == 422 and "请选择列表中的委员" in words(response)


def test_one_of_several_that_cannot_be_asked_stops_them_all(liaison_client):
    demand, member = factories.demand(S.ACCEPTED), factories.committee_member()
    other = factories.committee_member("李委员")
    resource = factories.resource(member=other, capacity=1)
    factories.dispatch(D.OFFERED, member=other, resource=resource)
    address = f"{DEMANDS}{demand.pk}/dispatch/"
    response = form(liaison_client.get(address), "ask").send(
        liaison_client, address, to=[str(member.pk), f"{other.pk}-{resource.pk}"], ask="请看看。"
    )
    assert response.status_code == 422 and "已排满" in words(response)
    assert not demand.dispatches.exists()


@pytest.fixture
def filled_in(liaison_client):
    """The form that dispatches a demand, with a member chosen, and its address."""
    demand, member = factories.demand(S.ACCEPTED), factories.committee_member()
    address = f"{DEMANDS}{demand.pk}/dispatch/"
    shown = form(liaison_client.get(address), "ask")
    return address, shown.values | {"to": [str(member.pk)], "ask": "请看看。"}


@each_row(
    ("changes", "said"),
    [
        ({"to": []}, "请选择委员"),
        ({"to": ["0"]}, "请选择列表中的委员"),
        ({"to": ["1\x00"]}, "请选择列表中的委员"),
        ({"ask": ""}, "请填写请委员协助的内容"),
        ({"ask": "长" * 301}, "最多 300 个字"),
        ({"reply_by": ""}, "请选择答复期限"),
        ({"reply_by": "昨天"}, "请按 2026-01-31 的格式填写日期"),
        ({"reply_by": "2020-01-01"}, "答复期限应在今天起一个月之内"),
        ({"reply_by": "2999-01-01"}, "答复期限应在今天起一个月之内"),
    ],
    warm=True,
)
def test_what_is_wrong_is_said_in_words(liaison_client, filled_in, changes, said):
    address, values = filled_in
    response = liaison_client.post(address, values | changes)
    assert response.status_code == 422 and said in words(response)
    assert not Dispatch.objects.exists()


def test_one_member_comes_with_one_thing(liaison_client):
    demand, member = factories.demand(S.ACCEPTED), factories.committee_member()
    other = factories.committee_member("李委员")
    resource = factories.resource(member=member)
    shared = factories.resource("社区食堂", organisation=factories.organisation())
    address = f"{DEMANDS}{demand.pk}/dispatch/"

    def send(**values):
        return form(liaison_client.get(address), "ask").send(liaison_client, address, ask="请看看。", **values)

    assert "每位委员只能选择一行" in words(send(to=[str(member.pk), f"{member.pk}-{resource.pk}"]))
    for to in ([str(member.pk), str(other.pk)], [f"{member.pk}-{resource.pk}"]):
        assert "只能选择一位委员，且不使用委员本人的资源" in words(send(to=to, organisation_resource=shared.pk))
    assert send(to=[str(member.pk)], organisation_resource=shared.pk).status_code == 302
    assert (Dispatch.objects.get().member, Dispatch.objects.get().resource) == (member, shared)


def test_a_stale_page_shows_what_was_typed_and_dispatches_with_the_next_press(liaison_client):
    demand, member = factories.demand(S.ACCEPTED), factories.committee_member()
    address = f"{DEMANDS}{demand.pk}/dispatch/"
    shown = liaison_client.get(address)
    services.handling.answer(demand, "已联系。", actor=factories.community_staff())
    late = form(shown, "ask").send(liaison_client, address, to=[str(member.pk)], ask="请看看。")
    assert late.status_code == 409 and "您的操作没有保存" in words(late)
    assert not Dispatch.objects.exists()
    assert form(late, "ask").send(liaison_client, address).status_code == 302
    assert Dispatch.objects.get().ask == "请看看。"


def test_staff_open_a_demand_to_be_claimed(liaison_client):
    demand = factories.demand(S.ACCEPTED)
    address = f"{DEMANDS}{demand.pk}/open/"
    response = form(liaison_client.get(address), "ask").send(liaison_client, address, ask="懂电路的委员最好。")
    assert response["Location"] == page(demand)
    assert (Dispatch.objects.get().status, Dispatch.objects.get().ask) == (D.OPEN, "懂电路的委员最好。")
    again = liaison_client.post(address, {"version": fresh(demand).version, "ask": "再来"})
    assert again.status_code == 422 and "已经开放认领" in words(again)


# --- Acts on one -----------------------------------------------------------------------------------------------------


def test_staff_enter_what_a_member_said_on_the_phone(liaison_client):
    row = factories.dispatch(D.OFFERED, member=factories.committee_member("不上网的委员"))
    address = f"{LIST}{row.pk}/accept/"
    response = form(liaison_client.get(address), "version").send(liaison_client, address)
    assert response["Location"] == f"{page(row.demand)}#dispatches"
    assert fresh(row).status == D.ACCEPTED
    address = f"{LIST}{row.pk}/complete/"
    form(liaison_client.get(address), "report").send(
        liaison_client, address, report="已经办好。", hours="2", people_served="6", photo_2=factories.jpeg()
    )
    done = fresh(row)
    assert (done.status, done.report, done.duty_record.people_served) == (D.DONE, "已经办好。", 6)
    assert done.duty_record.status == "confirmed"  # staff wrote it themselves
    assert [photo.party for photo in row.demand.photos.all()] == [Party.MEMBER]
    assert done.transitions.order_by("-pk").first().actor == liaison_client.user


def test_a_bad_photo_or_report_is_said_and_nothing_is_done(liaison_client):
    row = factories.dispatch(D.ACCEPTED)
    address = f"{LIST}{row.pk}/complete/"
    for sent, said in (
        ({"report": ""}, "请填写办理情况"),
        ({"report": "好了", "photo_1": factories.upload(b"no photo")}, "这不是能识别的照片"),
        ({"report": "好了", "hours": "25"}, "0.5 到 24"),
    ):
        response = form(liaison_client.get(address), "report").send(liaison_client, address, **sent)
        assert response.status_code == 422 and said in words(response)
    assert fresh(row).status == D.ACCEPTED and not DutyRecord.objects.exists()


def test_staff_take_back_with_a_reason(liaison_client):
    row = factories.dispatch(D.OFFERED)
    address = f"{LIST}{row.pk}/cancel/"
    empty = form(liaison_client.get(address), "reason").send(liaison_client, address)
    assert empty.status_code == 422 and "请写明原因" in words(empty)
    form(empty, "reason").send(liaison_client, address, reason="物业已经修好。")
    assert (fresh(row).status, fresh(row).reason) == (D.CANCELLED, "物业已经修好。")
    again = liaison_client.post(address, {"version": row.version, "reason": "再收"}, follow=True)
    assert "不能这样操作" in words(again)


def test_staff_take_back_and_give_on_in_one_act(liaison_client):
    row = factories.dispatch(D.OFFERED, ask="请看看图纸。")
    other = factories.committee_member("李委员")
    address = f"{LIST}{row.pk}/reassign/"
    shown = liaison_client.get(address)
    assert form(shown, "reason").values["ask"] == "请看看图纸。"
    assert str(row.member) not in words(shown).partition("派给谁")[2]
    form(shown, "reason").send(liaison_client, address, to=[str(other.pk)], reason="改请李委员。")
    assert fresh(row).status == D.CANCELLED
    given_on = Dispatch.objects.exclude(pk=row.pk).get()
    assert (given_on.member, given_on.status, given_on.ask) == (other, D.OFFERED, "请看看图纸。")


def test_given_on_to_somebody_who_cannot_it_is_not_taken_back_either(liaison_client):
    row = factories.dispatch(D.OFFERED)
    other = factories.committee_member("李委员")
    resource = factories.resource(member=other, capacity=1)
    factories.dispatch(D.OFFERED, member=other, resource=resource)
    address = f"{LIST}{row.pk}/reassign/"
    response = form(liaison_client.get(address), "reason").send(
        liaison_client, address, to=[f"{other.pk}-{resource.pk}"], reason="改请李委员。", ask="请看看"
    )
    assert response.status_code == 422 and "已排满" in words(response)
    assert fresh(row).status == D.OFFERED


def test_a_stale_act_is_refused(liaison_client):
    row = factories.dispatch(D.OFFERED)
    member = factories.member_with_account()
    shown = liaison_client.get(f"{LIST}{row.pk}/cancel/")
    factories.move_dispatch(row, D.ACCEPTED, actor=member.user, member=member)
    late = form(shown, "reason").send(liaison_client, f"{LIST}{row.pk}/cancel/", reason="不用了。")
    assert late.status_code == 409
    assert fresh(row).status == D.ACCEPTED


# --- Who may ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def accepted():
    return factories.dispatch(D.ACCEPTED)


@each_row(
    ("who", "status"),
    {"liaison": 200, "community": 403, "auditor": 403, "member": 302, "resident": 302}.items(),
    warm=True,
)
def test_acts_are_the_liaison_staffs(request, accepted, who, status):
    row = accepted
    client = request.getfixturevalue("resident" if who == "resident" else f"{who}_client")
    for address in (
        f"{DEMANDS}{row.demand_id}/dispatch/",
        f"{DEMANDS}{row.demand_id}/open/",
        f"{LIST}{row.pk}/complete/",
        f"{LIST}{row.pk}/cancel/",
        f"{LIST}{row.pk}/reassign/",
    ):
        assert client.get(address).status_code == status, address
        if status != 200:
            assert client.post(address, {"version": row.version, "reason": "我要"}).status_code == status
    assert fresh(row).status == D.ACCEPTED


def test_dispatches_of_another_subdistrict_are_not_there():
    places = factories.tree()
    row = factories.dispatch(D.OFFERED)
    client = Client()
    client.force_login(
        factories.liaison_staff("far", places.far_subdistrict), backend="foundation.backends.RoleBackend"
    )
    for address in [*acts_of(row), f"{DEMANDS}{row.demand_id}/dispatch/", f"{LIST}{row.pk}/change/"]:
        assert client.get(address).status_code == 404, address
        assert client.post(address, {"version": row.version, "reason": "我要"}).status_code == 404
    assert row.demand.ref not in words(client.get(LIST))
    assert fresh(row).status == D.OFFERED


# --- The list --------------------------------------------------------------------------------------------------------


def test_the_list_shows_them_all_and_leads_to_the_demand(liaison_client):
    row = factories.dispatch(D.OFFERED)
    text = liaison_client.get(LIST).content.decode()
    assert row.demand.ref in text and "陈委员" in text and "待答复" in text
    assert f"{page(row.demand)}#dispatches" in text
    assert liaison_client.get(f"{LIST}{row.pk}/change/")["Location"] == f"{page(row.demand)}#dispatches"


def test_the_list_is_narrowed(liaison_client):
    late, waiting, declined = (factories.dispatch(status) for status in (D.OFFERED, D.OFFERED, D.DECLINED))
    other = factories.dispatch(D.OFFERED, member=factories.committee_member("李委员"))
    Dispatch.objects.filter(pk=late.pk).update(reply_by=timezone.localdate() - datetime.timedelta(days=1))
    refs = {row: row.demand.ref for row in (late, waiting, declined, other)}
    for query, found in (
        ("queue=active", {late, waiting, other}),
        ("queue=overdue", {late}),
        ("queue=back", {declined}),
        ("status__exact=declined", {declined}),
        (f"member={other.member_id}", {other}),
        ("queue=nonsense", set(refs)),
        ("member=x", set(refs)),
        ("member=" + "9" * 50, set(refs)),
    ):
        text = words(liaison_client.get(f"{LIST}?{query}"))
        assert {row for row, ref in refs.items() if ref in text} == found, query


def test_the_list_is_to_be_read_only(liaison_client, admin_client):
    row = factories.dispatch(D.OFFERED)
    for client in (liaison_client, admin_client):
        assert client.get(f"{LIST}add/").status_code == 403
        assert client.post(f"{LIST}{row.pk}/delete/", {"post": "yes"}).status_code == 403
    assert client.get(f"{LIST}999999/change/").status_code == 404
    assert client.get(f"{LIST}x/change/").status_code == 404


@pytest.mark.parametrize("many", [2, 4], ids=["2 rows", "4 rows"])
def test_the_list_and_the_acts_cost_the_same_however_many(liaison_client, many, django_assert_num_queries):
    people = [factories.committee_member(f"委员{number}") for number in range(many)]
    factories.resource(member=factories.committee_member("还有一位"))
    for person in people:
        factories.resource(member=person)
        row = factories.dispatch(D.OFFERED, member=person)
    for address, queries in (
        (LIST, 7),
        (f"{LIST}?queue=back", 7),
        (f"{DEMANDS}{row.demand_id}/dispatch/", 8),
        (f"{LIST}{row.pk}/reassign/", 8),
        (f"{LIST}{row.pk}/cancel/", 5),
    ):
        liaison_client.get(address)
        with django_assert_num_queries(queries):
            assert liaison_client.get(address).status_code == 200
