"""Asking an outside office from a demand's page, and what becomes of its answer."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from demands import services
from demands.models import OfficeRequest
from demands.services import offices
from demands.workflow import DemandStatus as S
from foundation.audit import AuditEntry
from tests import factories
from tests.demands.addresses import LIST, address
from tests.pages import form, forms, told, words
from tests.rows import each_row

pytestmark = pytest.mark.django_db

ASKED = {"office": "区供电公司", "background": "小区门外一盏路灯不亮。", "question": "什么时候能修？", "days": "10"}


@pytest.fixture
def demand():
    return factories.demand(S.IN_PROGRESS)


def ask(demand, actor, **changes) -> OfficeRequest:
    return offices.ask(demand, **(ASKED | {"days": 10} | changes), actor=actor)


def answered(demand, actor) -> OfficeRequest:
    return offices.answer(ask(demand, actor), "周五前修好。", by="李工，运维部")


def panel(client, demand) -> str:
    html = client.get(address(demand, "change")).content.decode()
    return html.partition('id="offices"')[2]


def acts() -> list[tuple[str, str]]:
    entries = AuditEntry.objects.exclude(action__startswith="sign").order_by("pk")
    return [(entry.action, entry.actor.username if entry.actor else "") for entry in entries]


# --- Asking ----------------------------------------------------------------------------------------------------------


def test_staff_ask_and_copy_the_link_which_opens(demand, liaison_client, resident):
    typed = form(liaison_client.get(address(demand, "ask-office")), "background")
    assert typed.values["background"] == "" and typed.values["days"] == ""
    response = typed.send(liaison_client, address(demand, "ask-office"), **ASKED)
    assert response["Location"] == f"{address(demand, 'change')}#offices"
    [asked] = OfficeRequest.objects.all()
    link = offices.link(asked)
    shown = panel(liaison_client, demand)
    assert f'value="{link}" readonly' in shown and "mailto:?subject=" in shown
    assert resident.get(link.removeprefix("http://portal.example")).status_code == 200
    assert acts() == [("office_asked", "liaison")]


def test_what_is_public_already_is_laid_ready(liaison_client):
    demand = factories.demand(S.IN_PROGRESS, public=True)
    typed = form(liaison_client.get(address(demand, "ask-office")), "background")
    assert typed.values["background"] == f"{demand.public_title}\n{demand.public_summary}"


@each_row(
    ("changes", "why"),
    [
        ({"office": ""}, "请选择责任单位，或填写单位名称"),
        ({"office": "长" * 61}, "最多 60 个字"),
        ({"background": ""}, "请填写向对方说明的情况"),
        ({"background": "找王女士 13912345678"}, "有手机号 139****5678"),
        ({"question": ""}, "请填写请对方答复的问题"),
        ({"question": "打 13912345678 说？"}, "有手机号 139****5678"),
        ({"days": "0"}, "至少 1 天"),
        ({"days": "31"}, "最多 30 天"),
        ({"days": "十"}, "请填写整数"),
    ],
    warm=True,
)
def test_what_is_missing_or_too_much_is_said(demand, liaison_client, changes, why):
    response = liaison_client.post(address(demand, "ask-office"), ASKED | {"version": demand.version} | changes)
    assert response.status_code == 422 and why in words(response)
    assert not OfficeRequest.objects.exists()


def test_an_old_page_is_refused_and_keeps_what_was_typed(demand, liaison_client):
    typed = form(liaison_client.get(address(demand, "ask-office")), "background")
    services.handling.assign(demand, None, actor=liaison_client.user)
    response = typed.send(liaison_client, address(demand, "ask-office"), **ASKED)
    assert response.status_code == 409 and form(response, "background").values["background"] == ASKED["background"]
    assert not OfficeRequest.objects.exists()


@each_row("status", [S.RESOLVED, S.DECLINED, S.WITHDRAWN], warm=True)
def test_of_a_closed_demand_nobody_is_asked(liaison_client, status):
    closed = factories.demand(status)
    response = liaison_client.post(address(closed, "ask-office"), ASKED | {"version": closed.version})
    assert response.status_code == 422 and "已经结束" in words(response)


# --- The answer ------------------------------------------------------------------------------------------------------


def test_the_answer_waits_in_its_queue_and_is_counted(demand, liaison_client):
    factories.demand()
    answered(demand, liaison_client.user)
    listed = liaison_client.get(f"{LIST}?queue=office").context["cl"].result_list
    assert [one.ref for one in listed] == [demand.ref]
    [tile] = [one for one in liaison_client.get("/admin/").context["tiles"] if one["url"].endswith("queue=office")]
    assert tile["count"] == 1
    text = words(liaison_client.get(address(demand, "change")))
    assert "已答复，待处理" in text and "—— 李工，运维部" in text


def test_it_is_put_into_an_answer_to_the_resident(demand, liaison_client):
    asked = answered(demand, liaison_client.user)
    typed = form(liaison_client.get(address(demand, "pass-on", asked)), "answer")
    assert typed.values["answer"] == "区供电公司：周五前修好。"
    response = typed.send(liaison_client, address(demand, "pass-on", asked), answer="供电公司周五前来修。")
    assert told(response)[-1] == "已转告，居民会收到通知。"
    assert demand.messages.get(kind="answer").body == "供电公司周五前来修。"
    assert liaison_client.get("/admin/demands/demand/?queue=office").context["cl"].result_count == 0
    # Sent twice, it is written once.
    again = typed.send(liaison_client, address(demand, "pass-on", asked), answer="继续。")
    assert again.status_code in (409, 422)
    assert demand.messages.filter(kind="answer").count() == 1


def test_it_is_set_aside(demand, liaison_client):
    asked = answered(demand, liaison_client.user)
    [button] = [one for one in forms(liaison_client.get(address(demand, "change"))) if "/set-aside/" in one.action]
    assert told(button.send(liaison_client))[-1] == "这份答复已标为已处理。"
    assert told(button.send(liaison_client))[-1] == "这份答复已经处理。"
    asked.refresh_from_db()
    assert asked.handled_at is not None and not demand.messages.filter(kind="answer").exists()


def test_a_link_is_taken_back(demand, liaison_client, resident):
    asked = ask(demand, liaison_client.user)
    [button] = [one for one in forms(liaison_client.get(address(demand, "change"))) if "/revoke/" in one.action]
    assert told(button.send(liaison_client))[-1] == "链接已收回，不能再打开。"
    assert resident.get(offices.link(asked).removeprefix("http://portal.example")).status_code == 410
    assert "已收回" in words(liaison_client.get(address(demand, "change")))
    assert ("office_revoked", "liaison") in acts()


@pytest.mark.parametrize("act", ["set-aside", "revoke"])
def test_looking_at_the_address_does_nothing(demand, liaison_client, act):
    asked = answered(demand, liaison_client.user) if act == "set-aside" else ask(demand, liaison_client.user)
    assert liaison_client.get(address(demand, act, asked)).status_code == 302
    asked.refresh_from_db()
    assert (asked.handled_at, asked.revoked_at) == (None, None)


# --- Who may ---------------------------------------------------------------------------------------------------------

PAGES = ("ask-office",)
ACTS = ("pass-on", "set-aside", "revoke")


@pytest.mark.parametrize("role", ["community", "auditor"])
def test_others_read_the_answer_and_see_neither_link_nor_button(request, demand, role):
    liaison = factories.liaison_staff()
    waiting, done = ask(demand, liaison), answered(demand, liaison)
    client = request.getfixturevalue(f"{role}_client")
    shown = panel(client, demand)
    assert "周五前修好。" in shown and "什么时候能修？" in shown
    assert offices.link(waiting) not in shown and "/offices/" not in shown and "ask-office" not in shown
    assert client.post(address(demand, "ask-office"), ASKED).status_code == 403
    for act in ACTS:
        assert client.post(address(demand, act, done), {"answer": "x"}).status_code == 403
    done.refresh_from_db()
    assert done.handled_at is None


def test_out_of_scope_looks_like_not_there(liaison_client, admin_client):
    far = factories.demand(S.ACCEPTED, area=factories.tree().far_compound)
    asked = answered(far, admin_client.user)
    assert liaison_client.get(address(far, "ask-office")).status_code == 404
    for act in ACTS:
        assert liaison_client.post(address(far, act, asked), {"answer": "x"}).status_code == 404


def test_the_request_of_another_demand_is_not_there(demand, liaison_client):
    asked = answered(factories.demand(S.ACCEPTED), liaison_client.user)
    for act in ACTS:
        assert liaison_client.post(address(demand, act, asked), {"answer": "x"}).status_code == 404


def test_the_panel_costs_the_same_for_one_and_for_many(demand, liaison_client):
    costs = []
    for many in (1, 3):
        while demand.office_requests.count() < many:
            ask(demand, liaison_client.user)
        liaison_client.get(address(demand, "change"))
        with CaptureQueriesContext(connection) as queries:
            liaison_client.get(address(demand, "change"))
        costs.append(len(queries))
    assert costs[0] == costs[1]
