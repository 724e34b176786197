"""Several demands at once: a page that asks first, and one service call for each."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from demands import services
from demands.admin import bulk
from demands.models import Demand, StandardReply
from demands.workflow import DeclineReason
from demands.workflow import DemandStatus as S
from foundation import audit
from foundation.audit import AuditEntry
from foundation.outbox import OutboxMessage
from tests import factories
from tests.pages import form, forms, told, words
from tests.rows import OWN_OF_DEMANDS, copies, each_row

pytestmark = pytest.mark.django_db

LIST = "/admin/demands/demand/"
# Act in the address → the permission it needs, told by role: community, liaison, auditor, admin.
MAY = {
    "accept": (True, True, False, True),
    "assign": (False, True, False, True),
    "reclassify": (False, True, False, True),
    "answer": (True, True, False, True),
    "consult": (False, True, False, True),
    "start": (False, True, False, True),
    "resolve": (False, True, False, True),
    "decline": (False, True, False, True),
    "publish": (False, True, False, True),
}
ROLES = ("community", "liaison", "auditor", "admin")


def address(act: str, *demands, back: str = "") -> str:
    keys = "&".join(f"demand={demand.pk}" for demand in demands)
    return f"{LIST}bulk/{act}/?{keys}&_changelist_filters={back}"


def ticked(*demands) -> list[str]:
    return [f"{demand.pk}-{Demand.objects.get(pk=demand.pk).version}" for demand in demands]


def confirm(client, act: str, *demands, one=None, back: str = "", **values):
    """Press the last button, knowing the demands as they are now."""
    data = {"one": ticked(*demands) if one is None else one, "confirm": "1"} | values
    return client.post(address(act, *demands, back=back), data)


def statuses(*demands) -> list[str]:
    return [Demand.objects.get(pk=demand.pk).status for demand in demands]


@pytest.fixture
def received():
    return factories.demand()


@pytest.fixture
def accepted():
    return factories.demand(S.ACCEPTED)


def rows(response) -> tuple[list[str], list[tuple[str, str]]]:
    """References of those it is done with, and reference with reason of those left out."""
    context = response.context
    return (
        [row.demand.ref for row in context["rows"]],
        [(row.demand.ref, row.why_not) for row in context["left_out"]],
    )


# --- From the list ---------------------------------------------------------------------------------------------------


def offered(client) -> list[str]:
    return re.findall(r'<option value="bulk_(\w+)"', client.get(LIST).content.decode())


@pytest.mark.parametrize("role", ROLES)
def test_the_list_offers_what_each_role_may_do(request, role):
    factories.demand()
    client = request.getfixturevalue(f"{role}_client")
    assert offered(client) == [act for act, may in MAY.items() if may[ROLES.index(role)]]


@each_row("act", MAY, warm=True)
def test_the_pages_are_for_who_may(community_client, liaison_client, auditor_client, admin_client, received, act):
    demand = received
    clients = (community_client, liaison_client, auditor_client, admin_client)
    for role, client, may in zip(ROLES, clients, MAY[act], strict=True):
        assert client.get(address(act, demand)).status_code == (200 if may else 403), role
        response = confirm(client, act, demand, one=["0-0"])
        assert response.status_code == (403 if not may else 422 if bulk.ACTS[act].asks else 302), role
    assert statuses(demand) == ["received"]


def test_the_table_above_is_whole():
    assert list(MAY) == list(bulk.ACTS)


def test_chosen_rows_come_to_the_page_in_the_lists_order_and_one_returns_to_the_same_list(liaison_client):
    first, second, third = (factories.demand() for _ in range(3))
    query = f"{LIST}?queue=open&direction__exact=bottom_up"
    data = {"action": "bulk_accept", "_selected_action": [first.pk, third.pk], "index": "0"}
    response = liaison_client.post(query, data)
    page = liaison_client.get(response["Location"])
    assert rows(page) == ([third.ref, first.ref], [])
    assert page.context["back"] == query
    done = form(page, "one").send(liaison_client, response["Location"], one=ticked(first, third), confirm="1")
    assert done["Location"] == query
    assert told(done) == ["已受理 2 件。"]
    assert statuses(first, second, third) == ["accepted", "received", "accepted"]


def test_all_that_the_filter_finds_need_no_script_and_no_tick(liaison_client):
    first = factories.demand()
    demands = [first, *copies(first, 24, **OWN_OF_DEMANDS)]
    factories.demand(S.ACCEPTED)
    data = {"action": "bulk_accept", "select_across": "on", "index": "0"}
    response = liaison_client.post(f"{LIST}?status__exact=received", data)
    page = liaison_client.get(response["Location"])
    found, left_out = rows(page)
    assert (sorted(found), left_out) == (sorted(demand.ref for demand in demands), [])


def test_without_a_tick_nothing_is_chosen(liaison_client):
    factories.demand()
    response = liaison_client.post(LIST, {"action": "bulk_accept", "index": "0"})
    assert response["Location"] == LIST


def test_more_than_the_most_are_cut_and_told(liaison_client, monkeypatch):
    monkeypatch.setattr(bulk, "MAX_DEMANDS", 3)
    demands = [factories.demand() for _ in range(5)]
    response = liaison_client.post(LIST, {"action": "bulk_accept", "select_across": "on", "index": "0"})
    page = liaison_client.get(response["Location"])
    assert rows(page)[0] == [demand.ref for demand in demands[:1:-1]]
    assert "一次最多处理 3 件" in words(page)
    # Nobody writes more into the address either.
    assert liaison_client.get(address("accept", *demands)).status_code == 404


@each_row("query", ["", "demand=", "demand=x", "demand=%00", "demand=-1", "demand=999999", "demand=1e9"], warm=True)
def test_an_address_without_demands_is_none(liaison_client, query):
    assert liaison_client.get(f"{LIST}bulk/accept/?{query}").status_code == 404


def test_an_act_that_is_none_is_not_found(liaison_client):
    assert liaison_client.get(address("delete", factories.demand())).status_code == 404


def test_out_of_scope_looks_like_not_there(community_client):
    mine, other = factories.demand(), factories.demand(area=factories.tree().other_compound)
    assert rows(community_client.get(address("accept", mine, other))) == ([mine.ref], [])
    assert community_client.get(address("accept", other)).status_code == 404
    confirm(community_client, "accept", mine, other)
    assert statuses(mine, other) == ["accepted", "received"]


def test_looking_at_it_changes_nothing(liaison_client):
    demand = factories.demand()
    assert liaison_client.get(address("accept", demand) + f"&confirm=1&one={demand.pk}-0").status_code == 200
    assert statuses(demand) == ["received"]


@each_row("back", ["//evil.example", "https://evil.example", "%2F..%2F..%2F", "queue=open%0d%0aX: 1"], warm=True)
def test_one_returns_to_the_list_and_nowhere_else(liaison_client, received, back):
    response = confirm(liaison_client, "accept", received, back=back)
    assert response["Location"].startswith(f"{LIST}?") and "\n" not in response["Location"]


# --- Which, and which not --------------------------------------------------------------------------------------------


def test_those_left_out_are_named_with_the_reason(liaison_client):
    fresh, done, merged = factories.demand(), factories.demand(S.RESOLVED), factories.demand()
    accepted = factories.demand(S.ACCEPTED)
    factories.make_move(merged, S.MERGED, actor=liaison_client.user, target=fresh)
    page = liaison_client.get(address("accept", fresh, done, merged, accepted))
    assert rows(page) == (
        [fresh.ref],
        [
            (done.ref, "“已办结，待居民确认”的需求不能“受理”"),
            # To accept it would undo the merger.
            (merged.ref, "“已并入相同需求”的需求不能“受理”"),
            (accepted.ref, "已经是“已受理”"),
        ],
    )
    assert "已收到 → 已受理" in words(page) and "选了 1 件，另有 3 件将跳过。" in words(page)


def test_where_all_are_left_out_there_is_nothing_to_press(liaison_client):
    page = liaison_client.get(address("accept", factories.demand(S.RESOLVED)))
    assert page.status_code == 200
    assert not [name for one in forms(page) for name, _label in one.buttons if name == "confirm"]


def test_a_tick_taken_off_leaves_the_demand_alone(liaison_client):
    first, second = factories.demand(), factories.demand()
    confirm(liaison_client, "accept", first, second, one=ticked(second))
    assert statuses(first, second) == ["received", "accepted"]


@each_row("one", [[], [""], ["x"], ["1"], ["1-"], ["-1"], ["１-０"], ["9" * 30 + "-0"]], warm=True)
def test_nothing_ticked_is_said(liaison_client, received, one):
    response = confirm(liaison_client, "accept", received, one=one)
    assert response.status_code == 422 and "请至少勾选一件。" in words(response)
    assert statuses(received) == ["received"]


def test_one_that_was_changed_meanwhile_is_named_and_the_others_are_done(liaison_client):
    first, second, third = (factories.demand() for _ in range(3))
    one = ticked(first, second, third)
    services.handling.assign(second, None, actor=liaison_client.user)
    factories.make_move(third, S.ACCEPTED, actor=liaison_client.user)
    response = confirm(liaison_client, "accept", first, second, third, one=one)
    assert told(response) == [
        "已受理 1 件。",
        f"1 件未能“受理”：{second.ref}。原因：内容刚刚被他人修改，您的操作没有保存。请查看最新内容后再操作一次。",
        f"1 件未能“受理”：{third.ref}。原因：已经是“已受理”",
    ]
    assert statuses(first, second, third) == ["accepted", "received", "accepted"]


def test_each_is_done_by_itself_and_leaves_its_own_traces(liaison_client):
    demands = [factories.demand() for _ in range(3)]
    confirm(liaison_client, "accept", *demands)
    assert sorted(AuditEntry.objects.filter(action="moved").values_list("subject", "actor__username")) == sorted(
        (demand.ref, "liaison") for demand in demands
    )
    assert OutboxMessage.objects.filter(template="accepted").count() == 3
    # The same page sent again does nothing twice.
    again = confirm(liaison_client, "accept", *demands, one=[f"{demand.pk}-0" for demand in demands])
    assert AuditEntry.objects.filter(action="moved").count() == 3
    assert "3 件未能“受理”" in told(again)[-1]


def test_an_error_in_one_leaves_those_before_it_done(liaison_client, monkeypatch):
    """Each is its own transaction: what was done stays done, and nothing of the broken one is saved."""
    first, second = factories.demand(), factories.demand()
    record = audit.record

    def broken(action, subject, **more):
        if subject == second:
            raise RuntimeError("broken")
        return record(action, subject, **more)

    monkeypatch.setattr(audit, "record", broken)
    with pytest.raises(RuntimeError):
        confirm(liaison_client, "accept", first, second)
    assert statuses(first, second) == ["accepted", "received"]


# --- Acts with something to fill in ----------------------------------------------------------------------------------


def test_what_is_filled_in_is_shown_for_each_before_it_is_done(liaison_client):
    lamp = factories.demand(S.ACCEPTED)
    far = factories.demand(
        S.ACCEPTED, area=factories.tree().other_compound, phone="", called="", consent_handling=False
    )
    page = liaison_client.get(address("answer", lamp, far))
    response = form(page, "answer").send(
        liaison_client, address("answer", lamp, far), answer="{称呼}：{编号}在{地点}。", one=ticked(lamp, far), look="1"
    )
    assert response.status_code == 200
    text = words(response)
    assert (
        f"{{称呼}}：{lamp.ref}在桂花社区 · 桂花苑。" in text and f"{{称呼}}：{far.ref}在柳园社区 · 柳园小区。" in text
    )
    assert "未留联系方式" in text
    assert not lamp.messages.filter(kind="answer").exists()
    sure = form(response, "answer")
    assert sure.values["answer"] == "{称呼}：{编号}在{地点}。"
    done = sure.send(liaison_client, address("answer", lamp, far), one=ticked(lamp, far), confirm="1")
    assert told(done) == ["已答复 2 件。"]
    assert lamp.messages.get(kind="answer").body == f"{{称呼}}：{lamp.ref}在桂花社区 · 桂花苑。"


def test_one_may_go_back_and_change_it(liaison_client):
    demand = factories.demand(S.ACCEPTED)
    here = address("answer", demand)
    response = liaison_client.post(here, {"answer": "已转交。", "one": ticked(demand), "again": "1"})
    typed = form(response, "answer")
    assert typed.values["answer"] == "已转交。" and ("look", "下一步：核对每件的处理结果") in typed.buttons
    assert not demand.messages.filter(kind="answer").exists()


def test_a_standard_reply_is_laid_in_unfilled(liaison_client):
    reply = StandardReply.objects.create(title="已转交", body="{编号}已转交物业。")
    first, second = factories.demand(S.ACCEPTED), factories.demand(S.ACCEPTED)
    here = address("resolve", first, second)
    response = liaison_client.post(here, {"standard": reply.pk, "answer": "", "one": ticked(second), "fill": "1"})
    typed = form(response, "answer")
    assert typed.values["answer"] == "{编号}已转交物业。"
    # The ticks stay as they were.
    assert typed.values["one"] == ticked(second)[0]
    confirm(liaison_client, "resolve", first, second, answer="", standard=reply.pk)
    assert second.messages.get(kind="answer").body == f"{second.ref}已转交物业。"
    assert statuses(first, second) == ["resolved", "resolved"]


@each_row(
    ("act", "values", "why"),
    [
        ("answer", {}, "请填写给居民的答复，或选择一条标准答复"),
        ("answer", {"answer": "字" * 2001}, "最多 2000 个字"),
        ("answer", {"answer": "{姓名}"}, "不能使用 {姓名}"),
        ("resolve", {"answer": " "}, "请填写给居民的答复"),
        ("decline", {"answer": "无法办理。"}, "请选择原因"),
        ("decline", {"answer": "无法办理。", "decline_reason": "x"}, "选择一个有效的选项"),
        ("decline", {"answer": "无法办理。", "decline_reason": "out_of_remit"}, "不在职责范围的，应写明由谁负责"),
        ("assign", {}, "请选择经办人"),
        ("assign", {"assignee": "0"}, "选择一个有效的选项"),
        ("reclassify", {}, "请至少选择一项"),
        ("reclassify", {"area": "{far}"}, "选择一个有效的选项"),
    ],
    warm=True,
)
def test_what_is_missing_is_said_and_nothing_is_done(liaison_client, accepted, act, values, why):
    before = Demand.objects.filter(pk=accepted.pk).values().get()
    far = factories.tree().far_compound.pk
    values = {name: value.replace("{far}", str(far)) for name, value in values.items()}
    response = confirm(liaison_client, act, accepted, **values)
    assert response.status_code == 422 and why in words(response)
    assert Demand.objects.filter(pk=accepted.pk).values().get() == before


def test_demands_are_handed_to_one_colleague(liaison_client):
    colleague = factories.community_staff()
    mine, far = factories.demand(), factories.demand(area=factories.tree().other_compound)
    theirs = factories.demand()
    services.handling.assign(theirs, colleague, actor=liaison_client.user)
    shown = liaison_client.post(
        address("assign", mine, far, theirs), {"assignee": colleague.pk, "one": ticked(mine, far, theirs), "look": "1"}
    )
    assert rows(shown) == (
        [mine.ref],
        [(far.ref, "柳园社区 · 柳园小区不在张三的工作范围内"), (theirs.ref, "已经由张三经办")],
    )
    assert "未分派 → 张三" in words(shown)
    done = confirm(liaison_client, "assign", mine, far, assignee=colleague.pk)
    assert told(done) == [
        "已分派 1 件。",
        f"1 件未能“分派经办人”：{far.ref}。原因：柳园社区 · 柳园小区不在张三的工作范围内",
    ]
    assert [Demand.objects.get(pk=demand.pk).assignee for demand in (mine, far)] == [colleague, None]


def test_colleagues_are_those_of_ones_own_places(liaison_client):
    factories.community_staff()
    factories.community_staff("far", factories.tree().far_community)
    shown = liaison_client.get(address("assign", factories.demand())).context["form"]
    names = [user.username for user in shown.fields["assignee"].queryset]
    assert sorted(names) == ["community", "liaison"]


def test_category_and_place_are_set_for_several(liaison_client):
    green, places = factories.category("green", name="绿化"), factories.tree()
    first, second = factories.demand(), factories.demand(category=green, area=places.other_compound)
    shown = liaison_client.post(
        address("reclassify", first, second), {"category": green.pk, "area": "", "one": ticked(first, second)}
    )
    assert rows(shown) == ([first.ref], [(second.ref, "无需改动")])
    assert "环境卫生 → 绿化" in words(shown)
    confirm(liaison_client, "reclassify", first, second, category=green.pk, area=places.community.pk)
    assert list(Demand.objects.order_by("pk").values_list("category__code", "area__code")) == [
        ("green", "community"),
        ("green", "community"),
    ]


def test_several_are_declined_with_a_reason_and_an_answer(liaison_client):
    demands = [factories.demand() for _ in range(2)]
    values = {
        "decline_reason": DeclineReason.OUT_OF_REMIT,
        "responsible": "区水务局",
        "answer": "{编号}请向{部门}以外的水务局反映。",
    }
    shown = liaison_client.post(address("decline", *demands), values | {"one": ticked(*demands)})
    assert "不在职责范围" in words(shown) and "区水务局" in words(shown)
    confirm(liaison_client, "decline", *demands, **values)
    assert statuses(*demands) == ["declined", "declined"]
    assert {demand.responsible for demand in Demand.objects.all()} == {"区水务局"}


def test_consulting_and_starting_take_one_click_each(liaison_client):
    demands = [factories.demand(S.ACCEPTED) for _ in range(2)]
    confirm(liaison_client, "consult", *demands)
    assert statuses(*demands) == ["in_consultation"] * 2
    confirm(liaison_client, "start", *demands)
    assert statuses(*demands) == ["in_progress"] * 2


def test_what_is_published_together_is_read_before(liaison_client, resident):
    ready, bare, public = factories.demand(), factories.demand(), factories.demand(public=True)
    texts = {"public_title": "路灯不亮", "public_summary": "居民反映路灯不亮。"}
    Demand.objects.filter(pk=ready.pk).update(publication_basis="nobody_concerned", **texts)
    erased = factories.demand()
    services.handling.erase(erased, actor=liaison_client.user)
    shown = liaison_client.get(address("publish", ready, bare, public, erased))
    assert rows(shown) == (
        [ready.ref],
        [
            (bare.ref, "标题、摘要和依据尚未填写，请打开这一件填写"),
            (public.ref, "已经公开"),
            (erased.ref, "已撤回、已并入或已删除个人信息的需求不能公开"),
        ],
    )
    assert "居民反映路灯不亮。" in words(shown) and "不涉及任何个人" in words(shown)
    confirm(liaison_client, "publish", ready, bare)
    assert resident.get(f"/demands/{ready.ref}/").status_code == 200
    published = AuditEntry.objects.filter(action="published", subject=ready.ref)
    assert [(entry.actor.username, entry.detail) for entry in published] == [("liaison", "nobody_concerned")]
    assert resident.get(f"/demands/{bare.ref}/").status_code == 404


def test_what_was_erased_or_taken_back_is_not_answered(liaison_client):
    erased, withdrawn = factories.demand(), factories.demand(S.WITHDRAWN)
    services.handling.erase(erased, actor=liaison_client.user)
    assert rows(liaison_client.get(address("answer", erased, withdrawn))) == (
        [],
        [(erased.ref, "个人信息已删除"), (withdrawn.ref, "“居民已撤回”的需求不能在这里答复")],
    )


def test_words_of_residents_are_escaped(liaison_client):
    demand = factories.demand(description="<script>alert(1)</script>")
    html = liaison_client.get(address("accept", demand)).content.decode()
    assert "<script>alert" not in html and "&lt;script&gt;alert" in html


# --- What it costs ---------------------------------------------------------------------------------------------------


@pytest.fixture
def four():
    return [factories.demand(phone="") for _ in range(4)]


@each_row("act", MAY)
def test_the_page_costs_the_same_for_two_and_for_four(liaison_client, four, act):
    costs = []
    liaison_client.get(address(act, *four))
    for many in (2, 4):
        with CaptureQueriesContext(connection) as queries:
            assert liaison_client.get(address(act, *four[:many])).status_code == 200
        costs.append(len(queries))
    assert costs[0] == costs[1] <= 8
