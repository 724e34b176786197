"""Demands in the admin: what each role is offered, what each act leaves, and what is refused."""

import datetime
import re
import uuid

import pytest
from django.utils import timezone

from consultation.services import pictures
from consultation.workflow import EventStatus
from demands import services
from demands.models import Category, Demand, DemandPhoto, StandardReply
from demands.workflow import OPEN, DispatchStatus
from demands.workflow import DemandStatus as S
from foundation.actors import SYSTEM
from foundation.audit import AuditEntry
from foundation.outbox import OutboxMessage
from foundation.uploads import StagedPhoto
from tests import factories
from tests.pages import body, form, forms, told, words
from tests.rows import each_row

pytestmark = pytest.mark.django_db

LIST = "/admin/demands/demand/"


def url(demand, act: str = "change") -> str:
    return f"{LIST}{demand.pk}/{act}/"


def post(client, demand, act: str, *, version=None, **values):
    """Send an act's form, with the version that the page showed unless another is given."""
    demand.refresh_from_db()
    return client.post(url(demand, act), {"version": demand.version if version is None else version} | values)


def acts(demand=None) -> list[tuple[str, str, str]]:
    """(action, who, detail) of each audit entry, oldest first, sign-ins aside."""
    entries = AuditEntry.objects.exclude(action__startswith="sign").order_by("pk")
    if demand is not None:
        entries = entries.filter(subject=demand.ref)
    return [(entry.action, entry.actor.username if entry.actor else "", entry.detail) for entry in entries]


@pytest.fixture
def in_progress():
    return factories.demand(S.IN_PROGRESS)


# --- What is offered -------------------------------------------------------------------------------------------------

C, L, A, W = "community", "liaison", "auditor", "admin"
# Status → the moves that liaison staff are offered; the superuser the same, the auditor none.
MOVES = {
    "received": ["accepted", "declined", "merged", "split"],
    "accepted": ["in_consultation", "in_progress", "resolved", "declined", "merged", "split"],
    "in_consultation": ["in_progress", "resolved", "declined", "merged", "split"],
    "in_progress": ["in_consultation", "resolved", "declined", "merged", "split"],
    "resolved": ["reopened"],
    "confirmed": ["reopened"],
    "reopened": ["in_consultation", "in_progress", "resolved", "declined", "merged", "split"],
    "declined": ["reopened"],
    # Back to where it stood.
    "merged": ["received"],
    "split": ["accepted"],
    "withdrawn": [],
}
HANDLED = ("accepted", "in_consultation", "in_progress", "reopened")
# The buttons of a demand just received, which is not public; answering and assigning are in the form of several acts.
# Community staff accept and make no other move.
ALL = ["note", "reclassify", "publish", "erase", "reveal", *(f"move/{to}" for to in MOVES["received"])]
BUTTONS = {C: ["note", "reveal", "move/accepted"], L: ALL, A: [], W: ALL}
EVERY_MOVE = [f"move/{to}" for to in S.values]


def offered(client, demand, names) -> list[str]:
    html = client.get(url(demand)).content.decode()
    return [name for name in names if f'"{LIST}{demand.pk}/{name}/"' in html]


@each_row("status", MOVES, warm=True)
def test_the_buttons_are_what_the_status_allows(liaison_client, status):
    expected = [move for move in EVERY_MOVE if move.removeprefix("move/") in MOVES[status]]
    if status in HANDLED:
        expected += ["dispatch", "open"]
    if status in OPEN:
        expected += ["pause", "extend", "ask-office"]
    every = [*EVERY_MOVE, "dispatch", "open", "pause", "extend", "ask-office"]
    assert offered(liaison_client, factories.demand(status), every) == expected


@each_row("status", [S.IN_PROGRESS, S.MERGED], warm=True)
def test_the_buttons_are_the_moves_each_role_may_make(community_client, auditor_client, admin_client, status):
    demand = factories.demand(status)
    expected = [move for move in EVERY_MOVE if move.removeprefix("move/") in MOVES[status]]
    assert offered(admin_client, demand, EVERY_MOVE) == expected
    assert offered(community_client, demand, EVERY_MOVE) == []
    assert offered(auditor_client, demand, EVERY_MOVE) == []


@each_row("role", BUTTONS, warm=True)
def test_the_buttons_are_those_each_role_may_use(request, role):
    demand = factories.demand()
    photo = f"photos/{factories.photo(demand).pk}"
    others = ["answer", "note", "assign", "reclassify", "publish", "unpublish", "erase", "reveal"]
    found = offered(request.getfixturevalue(f"{role}_client"), demand, [*others, *EVERY_MOVE, photo])
    assert set(found) == {*BUTTONS[role], *([photo] if role in (L, W) else [])}


def test_taking_down_is_offered_while_public_and_nothing_personal_after_erasure(liaison_client):
    demand = factories.demand(public=True)
    assert offered(liaison_client, demand, ["publish", "unpublish"]) == ["publish", "unpublish"]
    services.handling.erase(demand, actor=liaison_client.user)
    assert offered(liaison_client, demand, ["publish", "unpublish", "answer", "erase", "reveal"]) == []
    assert "个人信息已按规定删除。" in words(liaison_client.get(url(demand)))


def test_nothing_is_edited_in_place(liaison_client, admin_client):
    demand = factories.demand()
    before = Demand.objects.filter(pk=demand.pk).values().get()
    for client in (liaison_client, admin_client):
        response = client.post(url(demand), {"status": "resolved", "description": "x", "ref": "NH-2026-00099"})
        assert response.status_code == 403
        assert client.post(url(demand, "delete"), {"post": "yes"}).status_code == 403
        data = {"action": "delete_selected", "_selected_action": demand.pk, "post": "yes"}
        client.post(LIST, data)
    assert Demand.objects.filter(pk=demand.pk).values().get() == before


# --- Acts ------------------------------------------------------------------------------------------------------------


def test_a_demand_is_looked_up_without_the_order_of_the_list(liaison_client, django_assert_max_num_queries):
    address = url(factories.demand())
    with django_assert_max_num_queries(30) as queries:
        assert liaison_client.get(address).status_code == 200
    assert not [query["sql"] for query in queries.captured_queries if "ORDER BY CASE" in query["sql"]]


def test_accepting_is_one_click_and_leaves_its_traces(community_client):
    demand = factories.demand()
    page = community_client.get(url(demand))
    [button] = [one for one in forms(page) if one.action.endswith("/move/accepted/")]
    response = button.send(community_client)
    assert told(response) == [f"{demand.ref}：已受理。"]
    demand.refresh_from_db()
    assert (demand.status, demand.version) == ("accepted", 1)
    assert acts(demand) == [("moved", "community", "received → accepted")]
    move = demand.transitions.get(to_status="accepted")
    assert (move.actor.username, move.office, move.party) == ("community", "桂花社区居委会", "staff")
    assert OutboxMessage.objects.filter(template="accepted").count() == 1
    # Pressed twice, it is done once.
    again = button.send(community_client)
    assert again.status_code == 302
    assert "目前不能由您改为“已受理”" in words(community_client.get(again["Location"]))
    assert acts(demand) == [("moved", "community", "received → accepted")]


# Act, what is typed, what the audit says; each by liaison staff on a demand being worked on.
ACTS = {
    "move/in_consultation": ({}, ("moved", "in_progress → in_consultation")),
    "move/resolved": ({"answer": "路灯已修好。"}, ("moved", "in_progress → resolved")),
    "move/declined": (
        {"answer": "做不到。", "decline_reason": "not_feasible"},
        ("moved", "in_progress → declined"),
    ),
    "answer": ({"answer": "明天来看。"}, ("answered", "")),
    "note": ({"body": "已电话联系。"}, ("noted", "")),
    "assign": ({}, ("assigned", "")),
    "publish": (
        {"title": "路灯", "summary": "路灯不亮。", "basis": "nobody_concerned"},
        ("published", "nobody_concerned"),
    ),
    "erase": ({}, ("erased", "")),
    "reveal": ({"reason": "约时间上门"}, ("contact_revealed", "约时间上门")),
}


@each_row("act", ACTS)
def test_every_act_is_audited_and_extra_keys_change_nothing(liaison_client, in_progress, act):
    demand = in_progress
    typed, (action, detail) = ACTS[act]
    extra = {
        "area": factories.tree().far_compound.pk,
        "ref": "NH-2026-00099",
        "consent_publication": "on",
        "received_at": "2020-01-01",
        "support_count": "500",
        "is_demo": "on",
        "actor": "1",
        "is_staff": "on",
    }
    response = post(liaison_client, demand, act, **(extra | typed))
    assert response.status_code == (200 if act == "reveal" else 302)
    assert acts(demand) == [(action, "liaison", detail)]
    fresh = Demand.objects.get(pk=demand.pk)
    for name in ("area_id", "ref", "received_at", "support_count", "is_demo"):
        assert getattr(fresh, name) == getattr(demand, name), name
    liaison_client.user.refresh_from_db()
    assert not liaison_client.user.is_superuser


@pytest.fixture
def answered_meanwhile():
    """A public demand that a colleague answered, and its version before."""
    demand = factories.demand(S.IN_PROGRESS, public=True)
    services.handling.answer(demand, "同事先写了答复。", actor=factories.community_staff())
    return demand, demand.version


@each_row("act", [act for act in ACTS if act not in ("note", "erase", "reveal")] + ["unpublish", "reclassify"])
def test_an_act_on_a_page_that_is_old_is_refused_and_keeps_what_was_typed(liaison_client, answered_meanwhile, act):
    demand, old = answered_meanwhile
    reclassified = {"category": demand.category_id, "area": factories.tree().second_compound.pk}
    typed = {"unpublish": {}, "reclassify": reclassified}.get(act) or ACTS.get(act, ({},))[0]
    before = Demand.objects.filter(pk=demand.pk).values().get()
    response = post(liaison_client, demand, act, version=old, **typed)
    assert response.status_code == 409
    assert "内容刚刚被他人修改，您的操作没有保存。请查看最新内容后再操作一次。" in words(response)
    shown = form(response, "version").values
    assert int(shown["version"]) == before["version"]
    for name, value in typed.items():
        assert shown[name] == str(value), name
    assert Demand.objects.filter(pk=demand.pk).values().get() == before
    # The same click once more, now knowing, is done.
    assert form(response, "version").send(liaison_client, url(demand, act)).status_code == 302


@each_row(
    ("act", "typed", "why"),
    [
        ("move/resolved", {}, "请填写给居民的答复，或选择一条标准答复"),
        ("move/resolved", {"answer": "字" * 2001}, "最多 2000 个字，现在有 2001 个字"),
        ("move/resolved", {"answer": "a\x00b"}, "无法保存的字符"),
        ("move/declined", {"answer": "不行。"}, "这个字段是必填项"),
        ("move/declined", {"answer": "不行。", "decline_reason": "out_of_remit"}, "应写明由谁负责"),
        ("move/declined", {"answer": "不行。", "decline_reason": "nonsense"}, "nonsense"),
        ("move/merged", {}, "请填写编号"),
        ("move/merged", {"target": "NH-2026-09999"}, "没有找到这个编号的需求"),
        ("move/merged", {"target": "\x00"}, "无法保存的字符"),
        ("answer", {"answer": " "}, "请填写给居民的答复"),
        ("note", {"body": " "}, "请填写备注"),
        ("assign", {"assignee": "999999"}, "选择"),
        ("reclassify", {"category": "999999", "area": "999999"}, "选择"),
        ("publish", {"title": "", "summary": "x", "basis": "nobody_concerned"}, "请填写公开标题"),
        ("publish", {"title": "x", "summary": "", "basis": "nobody_concerned"}, "请填写公开摘要"),
        ("publish", {"title": "x", "summary": "x", "basis": ""}, "请选择公开依据"),
        ("publish", {"title": "字" * 61, "summary": "x", "basis": "nobody_concerned"}, "最多 60 个字"),
        ("reveal", {"reason": ""}, "请填写理由"),
        ("answer", {"answer": "好", "version": ""}, "这个字段是必填项"),
        ("answer", {"answer": "好", "version": "x"}, "输入整数"),
        ("answer", {"answer": "好", "version": "99999999999999999999"}, ""),
    ],
    warm=True,
)
def test_what_is_missing_is_said_and_nothing_is_done(liaison_client, in_progress, act, typed, why):
    demand = in_progress
    before = Demand.objects.filter(pk=demand.pk).values().get()
    response = liaison_client.post(url(demand, act), {"version": before["version"]} | typed)
    assert response.status_code in (422, 409)
    assert why in words(response)
    for name, value in typed.items():
        if name in ("answer", "body", "title", "summary", "target", "reason"):
            assert form(response, name).values[name].strip() == value.strip()
    assert Demand.objects.filter(pk=demand.pk).values().get() == before
    assert acts(demand) == []


def test_a_standard_reply_answers_when_nothing_was_written(liaison_client):
    reply = StandardReply.objects.create(title="已收到", body="已收到，谢谢您。")
    demand = factories.demand(S.IN_PROGRESS)
    post(liaison_client, demand, "answer", standard=reply.pk)
    post(liaison_client, demand, "answer", standard=reply.pk, answer="另外，明天来看。")
    assert [message.body for message in demand.messages.all()] == ["已收到，谢谢您。", "另外，明天来看。"]
    reply.is_active = False
    reply.save()
    assert post(liaison_client, demand, "answer", standard=reply.pk).status_code == 422


def test_merging_takes_only_what_one_may_see(liaison_client):
    demand, target = factories.demand(), factories.demand(description="先提出的")
    far = factories.demand(area=factories.tree().far_compound)
    assert "没有找到这个编号的需求" in words(post(liaison_client, demand, "move/merged", target=far.ref))
    assert "不能并入它自己" in words(post(liaison_client, demand, "move/merged", target=demand.ref))
    assert post(liaison_client, demand, "move/merged", target=f" {target.ref.lower()} ").status_code == 302
    demand.refresh_from_db()
    assert demand.merged_into == target


def test_a_place_out_of_scope_cannot_be_chosen(liaison_client):
    demand = factories.demand(S.ACCEPTED)
    page = words(liaison_client.get(url(demand, "reclassify")))
    assert "柳园小区" in page
    assert "松林小区" not in page
    values = {"category": demand.category_id, "area": factories.tree().far_compound.pk}
    assert post(liaison_client, demand, "reclassify", **values).status_code == 422
    demand.refresh_from_db()
    assert demand.area == factories.tree().compound


def test_another_category_moves_the_deadlines_and_nothing_else(liaison_client):
    demand = factories.demand(S.ACCEPTED)
    slow = factories.category("slow", name="慢", response_days=10, resolution_days=60)
    response = post(liaison_client, demand, "reclassify", category=slow.pk, area=demand.area_id)
    assert told(response) == ["已调整，期限按新类别从收到之日重算。"]
    fresh = Demand.objects.get(pk=demand.pk)
    assert fresh.response_due > demand.response_due
    assert acts(demand) == [("reclassified", "liaison", "category")]


def test_demands_are_handed_to_staff_and_back(liaison_client, community_client):
    demand = factories.demand()
    factories.member()
    page = form(liaison_client.get(url(demand, "assign")), "assignee")
    assert page.values["assignee"] == ""
    page.send(liaison_client, url(demand, "assign"), assignee=community_client.user.pk)
    demand.refresh_from_db()
    assert demand.assignee == community_client.user
    # A member is no member of staff.
    member = factories.member()
    assert post(liaison_client, demand, "assign", assignee=member.pk).status_code == 422
    post(liaison_client, demand, "assign", assignee="")
    demand.refresh_from_db()
    assert demand.assignee is None
    assert [entry[2] for entry in acts(demand)] == [f"user:{community_client.user.pk}", ""]


def test_only_staff_who_may_see_a_demand_are_offered_it(liaison_client):
    demand = factories.demand()
    far = factories.liaison_staff("far", factories.tree().far_subdistrict)
    html = liaison_client.get(url(demand, "assign")).content.decode()
    assert f'value="{far.pk}"' not in html
    assert post(liaison_client, demand, "assign", assignee=far.pk).status_code == 422


# --- Publication -----------------------------------------------------------------------------------------------------


def test_a_preview_shows_the_public_page_and_publishes_nothing(liaison_client, resident):
    demand = factories.demand()
    values = {"title": "预览的标题", "summary": "预览的摘要", "basis": "web_consent", "preview": "预览"}
    response = post(liaison_client, demand, "publish", **values)
    assert response.status_code == 200
    assert "预览的摘要" in words(response)
    assert form(response, "title").values["title"] == "预览的标题"
    assert resident.get(f"/demands/{demand.ref}/").status_code == 404
    assert acts(demand) == []
    assert post(liaison_client, demand, "publish", **(values | {"title": ""})).status_code == 422


def test_web_consent_is_a_basis_only_where_it_was_given(liaison_client):
    demand = factories.demand(consent_publication=False)
    assert 'value="web_consent"' not in liaison_client.get(url(demand, "publish")).content.decode()
    values = {"title": "标题", "summary": "摘要", "basis": "web_consent"}
    assert post(liaison_client, demand, "publish", **values).status_code == 422
    assert post(liaison_client, demand, "publish", **(values | {"basis": "oral_consent"})).status_code == 302


def test_published_changed_and_taken_down(liaison_client, resident):
    demand = factories.demand()
    values = {"title": "标题一", "summary": "摘要", "basis": "web_consent"}
    post(liaison_client, demand, "publish", **values)
    first = Demand.objects.get(pk=demand.pk).published_at
    post(liaison_client, demand, "publish", **(values | {"title": "标题二", "result": "修好了"}))
    demand.refresh_from_db()
    assert demand.published_at == first
    assert "标题二" in words(resident.get(f"/demands/{demand.ref}/"))
    page = liaison_client.get(url(demand, "unpublish"))
    form(page, "version").send(liaison_client, url(demand, "unpublish"))
    assert resident.get(f"/demands/{demand.ref}/").status_code == 404
    assert form(liaison_client.get(url(demand, "publish")), "title").values["title"] == "标题二"
    assert [entry[0] for entry in acts(demand)] == ["published", "published", "unpublished"]


@pytest.mark.parametrize("status", ["withdrawn", "merged"])
def test_what_is_over_is_not_published(liaison_client, status):
    demand = factories.demand(status)
    response = post(liaison_client, demand, "publish", title="标题", summary="摘要", basis="nobody_concerned")
    assert response.status_code == 422
    assert "不能公开" in words(response)


# --- Contacts --------------------------------------------------------------------------------------------------------


def test_the_phone_is_nowhere_but_on_the_page_that_was_asked_with_a_reason(liaison_client, community_client):
    demand = factories.demand(phone="13987654321", email="wang@secret.example", called="王女士")
    addresses = [LIST, f"{LIST}?q=4321", url(demand), url(demand, "answer"), url(demand, "reveal")]
    addresses += ["/admin/", "/admin/foundation/outboxmessage/", url(demand, "history")]
    pages = {address: liaison_client.get(address) for address in addresses}
    for address, page in pages.items():
        for secret in ("13987654321", "wang@secret.example", "王女士"):
            assert secret not in page.content.decode(), address
    assert "139****4321 · w***@secret.example" in words(pages[url(demand)])
    # Without a reason nothing is shown and nothing recorded.
    response = post(community_client, demand, "reveal", reason=" ")
    assert response.status_code == 422
    assert "13987654321" not in response.content.decode()
    assert acts(demand) == []
    response = post(community_client, demand, "reveal", reason="约时间上门查看")
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    text = words(response)
    for shown in ("王女士", "13987654321", "wang@secret.example"):
        assert shown in text
    assert acts(demand) == [("contact_revealed", "community", "约时间上门查看")]
    # Asked again, it is recorded again.
    post(community_client, demand, "reveal", reason="再约一次")
    assert len(acts(demand)) == 2


def test_the_auditor_reveals_nothing(auditor_client):
    demand = factories.demand()
    for response in (auditor_client.get(url(demand, "reveal")), post(auditor_client, demand, "reveal", reason="想看")):
        assert response.status_code == 403
        assert "13912345678" not in response.content.decode()
    assert acts(demand) == []


def test_there_is_nothing_to_reveal_where_nothing_was_left(liaison_client):
    demand = factories.demand(called="", phone="", email="")
    assert liaison_client.get(url(demand, "reveal")).status_code == 404
    assert "未留联系方式" in words(liaison_client.get(url(demand)))


def test_a_contact_whose_key_is_lost_is_a_sentence(liaison_client, settings):
    demand = factories.demand("accepted", phone="13812345678")
    settings.CONTACT_KEYS = ["another-key-of-contacts-0123456789-0123456789"]
    assert "联系方式无法读取" in words(liaison_client.get(url(demand)))
    page = liaison_client.post(f"{LIST}{demand.pk}/reveal/", {"reason": "约时间上门"})
    assert page.status_code == 422 and "联系方式无法读取" in words(page)
    assert services.replies.addressed("{称呼}您好。", demand) == "居民朋友您好。"


# --- Photos ----------------------------------------------------------------------------------------------------------


def test_a_photo_is_looked_at_and_released(liaison_client, resident):
    demand = factories.demand(public=True)
    photo = factories.photo(demand)
    for size in ("", "?small"):
        response = liaison_client.get(f"{LIST}{demand.pk}/photos/{photo.pk}.jpg{size}")
        assert (response.status_code, body(response)[:2]) == (200, b"\xff\xd8")
        assert "no-store" in response["Cache-Control"]
    address = f"{LIST}{demand.pk}/photos/{photo.pk}/"
    assert liaison_client.get(address).status_code == 302
    response = liaison_client.post(address, {"review": "approved", "alt": "不亮的路灯", "seen": photo.review_version})
    assert told(response) == ["照片已审核。"]
    assert 'alt="不亮的路灯"' in resident.get(f"/demands/{demand.ref}/").content.decode()
    page = form(liaison_client.get(url(demand)), "seen", "alt")
    page.send(liaison_client, address, review="rejected", alt="")
    # A colleague's page still shows it as public: their press would bring it back.
    assert "内容刚刚被他人修改" in told(page.send(liaison_client, address, review="approved"))[-1]
    photo.refresh_from_db()
    assert (photo.review, photo.alt) == ("rejected", "")
    assert acts(demand)[-2:] == [
        ("photo_reviewed", "liaison", f"{photo.pk} approved"),
        ("photo_reviewed", "liaison", f"{photo.pk} rejected"),
    ]


def test_a_review_that_is_none_is_said(liaison_client):
    photo = factories.photo(factories.demand())
    for values in ({}, {"review": "maybe"}, {"review": "approved", "alt": "字" * 81}, {"review": "\x00"}):
        response = liaison_client.post(f"{LIST}{photo.demand.pk}/photos/{photo.pk}/", values)
        assert response.status_code == 302
        assert told(response)
        assert DemandPhoto.objects.get().review == "pending"


def test_community_staff_see_photos_and_review_none(community_client):
    photo = factories.photo(factories.demand())
    base = f"{LIST}{photo.demand.pk}/photos/{photo.pk}"
    response = community_client.get(f"{base}.jpg")
    assert (response.status_code, body(response)[:2]) == (200, b"\xff\xd8")
    assert community_client.post(f"{base}/", {"review": "approved"}).status_code == 403


# --- Erasing ---------------------------------------------------------------------------------------------------------


def test_erasing_asks_first_and_leaves_a_tombstone(liaison_client, resident, django_capture_on_commit_callbacks):
    demand = factories.demand(S.RESOLVED, public=True)
    services.residents.add_information(demand, "补充的话", key=uuid.uuid4())
    services.residents.request_deletion(demand)
    page = liaison_client.get(url(demand, "erase"))
    assert "删除后不能恢复" in words(page)
    assert demand.description in words(page)
    with django_capture_on_commit_callbacks(execute=True):
        response = form(page, "version").send(liaison_client, url(demand, "erase"))
    assert told(response) == ["联系方式、原话、往来和照片已删除，编号和统计数字保留。"]
    demand.refresh_from_db()
    assert (demand.description, demand.contact, demand.messages.count()) == ("", None, 0)
    assert demand.status == "resolved"
    html = liaison_client.get(url(demand)).content.decode()
    assert "路灯" not in html
    assert "13912345678" not in html
    assert resident.get(f"/demands/{demand.ref}/").status_code == 404
    # Once more changes nothing.
    post(liaison_client, demand, "erase")
    assert [entry[0] for entry in acts(demand)].count("erased") == 1
    assert not StagedPhoto.objects.exists()


# --- The list --------------------------------------------------------------------------------------------------------


def listed(client, query: str = "") -> list[str]:
    response = client.get(f"{LIST}?{query}")
    assert response.status_code == 200, query
    return [demand.description for demand in response.context["cl"].result_list]


@pytest.fixture
def five(liaison_client):
    """Five demands, oldest first, each of which some filter finds."""
    places, today = factories.tree(), timezone.localdate()
    green = factories.category("green", name="绿化")
    made = {
        "甲路灯": factories.demand(description="甲路灯", phone="13900001111"),
        "乙树枝": factories.demand(S.ACCEPTED, description="乙树枝", category=green, phone="13900002222"),
        "丙电梯": factories.demand(
            S.IN_PROGRESS, description="丙电梯", area=places.other_compound, phone="13900003333"
        ),
        "丁噪音": factories.demand(S.RESOLVED, description="丁噪音", consent_publication=False, phone="13900004444"),
        "戊远处": factories.demand(description="戊远处", area=places.far_compound, phone="13900005555"),
    }
    Demand.objects.filter(description="甲路灯").update(response_due=today - datetime.timedelta(days=1))
    Demand.objects.filter(description="乙树枝").update(response_due=today)
    services.handling.assign(made["丙电梯"], liaison_client.user, actor=liaison_client.user)
    factories.photo(made["丁噪音"])
    services.residents.request_deletion(made["乙树枝"])
    return made


@each_row(
    ("query", "expected"),
    [
        ("", ["甲路灯", "乙树枝", "丙电梯", "丁噪音"]),
        ("queue=open", ["甲路灯", "乙树枝", "丙电梯"]),
        ("queue=overdue", ["甲路灯"]),
        ("queue=today", ["乙树枝"]),
        ("o=-1", ["丙电梯", "乙树枝", "甲路灯", "丁噪音"]),
        ("o=6", ["甲路灯", "乙树枝", "丙电梯", "丁噪音"]),
        ("o=-6", ["丁噪音", "丙电梯", "乙树枝", "甲路灯"]),
        ("o=7.-1", ["甲路灯", "乙树枝", "丙电梯", "丁噪音"]),
        # A column that orders nothing, one that does not exist, and what is no column.
        ("o=2", ["甲路灯", "乙树枝", "丙电梯", "丁噪音"]),
        ("o=99", ["甲路灯", "乙树枝", "丙电梯", "丁噪音"]),
        ("o=x", ["甲路灯", "乙树枝", "丙电梯", "丁噪音"]),
        ("queue=unassigned", ["甲路灯", "乙树枝"]),
        ("queue=mine", ["丙电梯"]),
        ("queue=to_publish", ["甲路灯", "乙树枝", "丙电梯"]),
        ("queue=photos", ["丁噪音"]),
        ("queue=deletion", ["乙树枝"]),
        ("queue=nonsense", ["甲路灯", "乙树枝", "丙电梯", "丁噪音"]),
        ("status__exact=accepted", ["乙树枝"]),
        ("status__exact=resolved&queue=open", []),
        ("community=community", ["甲路灯", "乙树枝", "丁噪音"]),
        # Like one that does not exist, and so like a queue that does not.
        ("community=far-community", ["甲路灯", "乙树枝", "丙电梯", "丁噪音"]),
        ("subdistrict=far-subdistrict", ["甲路灯", "乙树枝", "丙电梯", "丁噪音"]),
        ("category=green", ["乙树枝"]),
        ("direction__exact=top_down", []),
        ("q={ref}", ["甲路灯"]),
        ("q={lower}", ["甲路灯"]),
        ("q={far}", []),
        ("q=2222", ["乙树枝"]),
        ("q=5555", []),
        ("q=路灯", ["甲路灯"]),
        ("q=电梯+丙", ["丙电梯"]),
        ("q=远处", []),
        ("q=%20", ["甲路灯", "乙树枝", "丙电梯", "丁噪音"]),
        ("q=13900002222", []),
    ],
    warm=True,
)
def test_the_list_finds_within_ones_own_places(five, liaison_client, query, expected):
    values = {
        "ref": five["甲路灯"].ref,
        "lower": five["甲路灯"].ref.lower(),
        "far": five["戊远处"].ref,
    }
    assert listed(liaison_client, query.format(**values)) == expected


@each_row(
    ("role", "expected"),
    [
        # Liaison staff are above.
        (C, ["甲路灯", "乙树枝", "丁噪音"]),
        (A, ["甲路灯", "乙树枝", "丙电梯", "丁噪音"]),
        (W, ["甲路灯", "乙树枝", "戊远处", "丙电梯", "丁噪音"]),
    ],
    warm=True,
)
def test_each_role_lists_its_own_places(five, request, role, expected):
    assert listed(request.getfixturevalue(f"{role}_client")) == expected


@each_row(
    "query",
    [
        "q=%00",
        "q=" + "长" * 3000,
        "q=%27%20OR%201=1--",
        "queue=%00",
        "community=%00",
        "status__exact=%00",
        "category__id__exact=x",
        "category__id__exact=%00",
        "p=abc",
        "p=99999999999",
        "o=1.2.-3",
        "contact__phone__startswith=139",
        "contact__phone_hash__exact=a",
        "assignee__password__startswith=a",
        "description__contains=x",
        "all=",
        "_popup=1",
        "e=1",
    ],
    warm=True,
)
def test_no_query_string_breaks_the_list_or_looks_into_what_is_no_filter(five, liaison_client, query):
    response = liaison_client.get(f"{LIST}?{query}")
    assert response.status_code in (200, 302, 400)


def test_a_row_says_its_deadline_how_long_ago_it_came_in_and_which_way(five, liaison_client):
    for name, days in {"甲路灯": 0, "乙树枝": 1, "丙电梯": 400}.items():
        received = timezone.now() - datetime.timedelta(days=days)
        Demand.objects.filter(pk=five[name].pk).update(received_at=received)
    html = liaison_client.get(LIST).content.decode()
    for word in ("今天到期（回应）", "已结束"):
        assert word in html
    ages, kinds = (
        re.findall(rf'<td[^>]*class="field-{name}"[^>]*>(.*?)</td>', html, re.DOTALL) for name in ("age", "kind")
    )
    assert ages == ["今天", "1 天前", "400 天前", "今天"]
    assert kinds[0] == "环境卫生<br><small>自下而上</small>"


def test_the_opening_page_counts_each_queue(five, liaison_client):
    yesterday, long_ago = (timezone.now() - datetime.timedelta(days=days) for days in (1, 90))
    factories.event(EventStatus.PLANNED, starts_at=yesterday)
    held = factories.event(EventStatus.HELD)
    factories.agreement(factories.event(EventStatus.HELD), due_on=timezone.localdate(long_ago))
    pictures.add(factories.jpeg(), "大家围坐", actor=SYSTEM, event=held)
    factories.resource(status="offered")
    factories.dispatch(DispatchStatus.DECLINED, demand_=five["丙电梯"])
    factories.duty()
    context = liaison_client.get("/admin/").context
    tiles = context["tiles"] + context["zeros"]
    counts = {tile["url"].removeprefix("/admin/"): tile["count"] for tile in tiles}
    assert counts == {
        "demands/demand/?queue=overdue": 1,
        "demands/demand/?queue=today": 1,
        "demands/demand/?queue=urgent": 0,
        "demands/demand/?queue=news": 0,
        "demands/demand/?queue=unassigned": 2,
        "demands/demand/?queue=to_publish": 3,
        "demands/demand/?queue=photos": 1,
        "demands/demand/?queue=mine": 1,
        "demands/demand/?queue=deletion": 1,
        "demands/demand/?queue=office": 0,
        "demands/demand/?queue=paused": 0,
        "demands/demand/?queue=escalated": 0,
        "demands/demand/?queue=open": 3,
        "consultation/event/?queue=record": 1,
        "consultation/event/?queue=minutes": 2,
        "consultation/picture/?review__exact=pending": 1,
        "consultation/agreement/?due=overdue": 1,
        "demands/dispatch/?queue=back": 1,
        "members/dutyrecord/?status__exact=submitted": 1,
        "members/profilechange/?status__exact=submitted": 0,
        "members/resource/?queue=offered": 1,
        "foundation/outboxmessage/?status__exact=undeliverable": 0,
    }
    for tile in tiles:
        assert len(liaison_client.get(tile["url"]).context["cl"].result_list) == tile["count"], tile["url"]


# --- Categories and standard replies ---------------------------------------------------------------------------------


def test_liaison_staff_keep_the_standard_replies_and_each_change_is_audited(liaison_client):
    add = "/admin/demands/standardreply/add/"
    # With one subdistrict of their own, it is chosen already.
    page = form(liaison_client.get(add), "body")
    assert page.send(liaison_client, add, title="已转交", body="已转交物业。", order="1").status_code == 302
    reply = StandardReply.objects.get()
    assert reply.subdistrict == factories.tree().subdistrict
    address = f"/admin/demands/standardreply/{reply.pk}/change/"
    form(liaison_client.get(address), "body").send(liaison_client, address, body="已转交城管。")
    reply.refresh_from_db()
    assert reply.body == "已转交城管。"
    assert acts() == [("added", "liaison", ""), ("changed", "liaison", "正文")]


def test_each_subdistrict_has_standard_replies_of_its_own(liaison_client, community_client, district_client):
    there, list_ = factories.tree(), "/admin/demands/standardreply/"
    texts = {"本街道的": there.subdistrict, "湖西的": there.far_subdistrict, "共用的": None}
    own, far, shared = (
        StandardReply.objects.create(title=title, body=f"{title}答复。", subdistrict=place)
        for title, place in texts.items()
    )
    for client in (liaison_client, community_client):
        assert [one.title for one in client.get(list_).context["cl"].result_list] == ["本街道的", "共用的"]
        assert client.get(f"{list_}{far.pk}/change/").status_code == 404
        # Those of all are read by all, and changed by whoever works for all.
        assert client.post(f"{list_}{shared.pk}/change/", {"title": "改"}).status_code == 403
    assert own.title in words(district_client.get(list_)) and far.title in words(district_client.get(list_))
    # A reply is neither made for all nor for another subdistrict, nor moved there.
    for place in ("", there.far_subdistrict.pk, there.community.pk):
        new = {"title": "新的", "body": "新的答复。", "order": "1", "subdistrict": place}
        assert liaison_client.post(f"{list_}add/", new).status_code == 200
        page = form(liaison_client.get(f"{list_}{own.pk}/change/"), "body")
        assert page.send(liaison_client, f"{list_}{own.pk}/change/", subdistrict=place).status_code == 200
    assert StandardReply.objects.filter(subdistrict=there.subdistrict).count() == 1
    assert StandardReply.objects.count() == 3
    page = form(district_client.get(f"{list_}{shared.pk}/change/"), "body")
    assert page.send(district_client, f"{list_}{shared.pk}/change/", body="改过的答复。").status_code == 302
    # Who answers is offered those of the demand's subdistrict, also whoever works for all.
    here, elsewhere = factories.demand(), factories.demand(area=there.far_compound)
    for client, demand, mine, theirs in (
        (liaison_client, here, own, far),
        (district_client, here, own, far),
        (district_client, elsewhere, far, own),
    ):
        address = f"/admin/demands/demand/{demand.pk}/answer/"
        page = client.get(address)
        assert {str(one) for one in page.context["form"].fields["standard"].queryset} == {mine.title, shared.title}
        answer = form(page, "answer").send(client, address, standard=theirs.pk, answer="")
        assert (answer.status_code, theirs.body in words(answer)) == (422, False)
    bulk = f"/admin/demands/demand/bulk/answer/?demand={here.pk}"
    assert {str(one) for one in liaison_client.get(bulk).context["form"].fields["standard"].queryset} == {
        *(own.title, shared.title),
    }


def test_with_one_subdistrict_nobody_is_asked_whose_a_reply_is(liaison_client):
    factories.one_subdistrict()
    add = "/admin/demands/standardreply/add/"
    page = form(liaison_client.get(add), "body")
    assert "subdistrict" not in page.values
    assert page.send(liaison_client, add, title="已转交", body="已转交物业。", order="1").status_code == 302
    reply = StandardReply.objects.get()
    assert reply.subdistrict is None
    assert liaison_client.get(f"/admin/demands/standardreply/{reply.pk}/change/").status_code == 200
    assert "各街道共用" not in words(liaison_client.get("/admin/demands/standardreply/"))


def test_a_category_needs_deadlines_in_order(admin_client):
    values = {
        "name": "物业",
        "name_en": "",
        "code": "property",
        "hint": "",
        "hint_en": "",
        "response_days": "9",
        "resolution_days": "3",
        "order": "1",
        "is_active": "on",
        "matches-TOTAL_FORMS": "0",
        "matches-INITIAL_FORMS": "0",
    }
    response = admin_client.post("/admin/demands/category/add/", values)
    assert response.status_code == 200
    assert "不超过办结期限" in words(response)
    assert admin_client.post("/admin/demands/category/add/", values | {"response_days": "2"}).status_code == 302
    assert Category.objects.get(code="property").resolution_days == 3
