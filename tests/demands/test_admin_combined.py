"""The form of several acts on a demand's page: what it offers, and each refusal at its field."""

from unittest import mock

import pytest

from demands import services
from demands.models import Demand, DemandMessage, StandardReply, Unit, UnitKind
from demands.workflow import DemandStatus as S
from demands.workflow import DispatchStatus as D
from foundation.errors import Refused
from tests import factories
from tests.pages import form, words
from tests.rows import each_row

pytestmark = pytest.mark.django_db

LIST = "/admin/demands/demand/"


def everything(**values) -> dict:
    """All acts, as the form sends them."""
    unit = Unit.objects.get_or_create(name="供电公司", defaults={"kind": UnitKind.UTILITY})[0]
    ticked = dict.fromkeys(("accepts", "assigns", "sets_unit", "answers", "publishes"), "on")
    return (
        ticked
        | {
            "assignee": factories.liaison_staff().pk,
            "unit": unit.pk,
            "answer": "{称呼}：灯已报修（{编号}）。",
            "title": "路灯不亮",
            "summary": "居民反映路灯不亮，夜间通行不便。",
            "basis": "web_consent",
        }
        | values
    )


def address(demand: Demand) -> str:
    return f"{LIST}{demand.pk}/combined/"


def send(client, demand: Demand, **values):
    return client.post(address(demand), {"version": demand.version} | values)


def test_one_submission_does_what_is_ticked_and_nothing_else(liaison_client):
    demand = factories.demand()
    response = send(liaison_client, demand, **everything())
    assert (response.status_code, response.url) == (302, f"{LIST}{demand.pk}/change/")
    now = Demand.objects.get(pk=demand.pk)
    assert (now.status, str(now.assignee), str(now.unit)) == (S.ACCEPTED, "李四", "供电公司")
    assert (now.is_public, now.publication_basis) == (True, "web_consent")
    assert DemandMessage.objects.get(demand=now).body == f"{{称呼}}：灯已报修（{now.ref}）。"
    text = words(liaison_client.get(response.url))
    assert f"{demand.ref} 已办理：受理、分派、确定责任单位、答复居民、公开。" in text
    # What is filled in but not ticked counts for nothing, even if it is wrong.
    other = factories.demand()
    filled_in = everything(answer="x" * 2001, title="x" * 61, assignee="none", accepts="")
    left = {name: filled_in[name] for name in filled_in if name not in ("answers", "assigns", "publishes")}
    assert send(liaison_client, other, **left).status_code == 302
    now = Demand.objects.get(pk=other.pk)
    assert (now.status, now.assignee, str(now.unit), now.is_public) == (S.RECEIVED, None, "供电公司", False)


def test_the_form_suggests_what_can_be_suggested(liaison_client):
    demand = factories.demand(description="您好，我姓王，电话 13912345678。3 号门外路灯坏了两周，晚上看不清台阶。")
    page = liaison_client.get(f"{LIST}{demand.pk}/change/")
    shown = form(page, "summary").values
    assert (shown["title"], shown["summary"]) == ("路灯坏了两周", "居民反映：路灯坏了两周，晚上看不清台阶。")
    assert (shown["basis"], shown["assignee"]) == ("web_consent", str(liaison_client.user.pk))
    assert not {"accepts", "assigns", "answers", "publishes"} & shown.keys()  # nothing is ticked
    silent = factories.demand(consent_publication=False)
    assert form(liaison_client.get(f"{LIST}{silent.pk}/change/"), "summary").values["basis"] == ""


WRONG = {
    "nothing ticked": ({}, None, "请至少勾选一步。"),
    "nobody chosen": ({"assigns": "on"}, "assignee", "请选择经办人"),
    "no unit": ({"sets_unit": "on"}, "unit", "请选择责任单位"),
    "no answer": ({"answers": "on"}, "answer", "请填写给居民的答复，或选择一条标准答复"),
    "an unknown placeholder": (
        {"answers": "on", "answer": "{姓名}：已报修。"},
        "answer",
        "不能使用 {姓名}，可以使用的有 {编号}{称呼}{类别}{地点}{期限}{部门}。",
    ),
    "a blank": ({"answers": "on", "answer": "已于【日期】转交。"}, "answer", "还有没填的地方：【日期】。"),
    "a number": (
        {"answers": "on", "answer": "请打 13812345678。"},
        "answer",
        "有手机号 138****5678。这里的文字会公开或发出，请删去，或改用单位的座机、热线。",
    ),
    "no title": ({"publishes": "on", "summary": "路灯不亮。", "basis": "nobody_concerned"}, "title", "请填写公开标题"),
    "no basis": ({"publishes": "on", "title": "路灯", "summary": "路灯不亮。"}, "basis", "请选择公开依据"),
}


def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_stays(liaison_client, database):
    StandardReply.objects.create(title="转交", body="已于【日期】转交。")
    demand = factories.demand(consent_publication=False)
    before = database()
    for name, (values, field, sentence) in WRONG.items():
        response = send(liaison_client, demand, accepts="on" if values else "", **values)
        assert response.status_code == 422, name
        refused = response.context["combined"]
        assert refused.errors == {field or "__all__": [sentence]}, name
        shown = form(response, "title", "answer").values
        assert {key: shown.get(key, "") for key in values} == values, name
        # The page around it is the demand's own.
        assert demand.description in words(response), name
    assert database() == before


def test_a_refusal_of_the_service_is_shown_at_its_field(liaison_client, database):
    demand, values = factories.demand(), everything()
    before = database()
    with mock.patch.object(services.publishing, "publish", side_effect=Refused("现在不能公开。")):
        response = send(liaison_client, demand, **values)
    assert response.status_code == 422
    assert response.context["combined"].errors == {"basis": ["现在不能公开。"]}
    assert form(response, "answer").values["answer"] == "{称呼}：灯已报修（{编号}）。"
    assert database() == before


def test_a_colleague_was_faster_and_the_next_press_does_the_rest(liaison_client):
    demand = factories.demand()
    factories.move(demand, S.ACCEPTED)
    response = send(liaison_client, demand, **everything())
    assert response.status_code == 409
    assert "内容刚刚被他人修改，您的操作没有保存。" in words(response)
    again = form(response, "answer")
    assert "accepts" not in again.values
    assert again.values["answer"] == "{称呼}：灯已报修（{编号}）。"
    assert again.send(liaison_client).status_code == 302
    assert Demand.objects.get(pk=demand.pk).is_public


def test_only_what_one_may_do_is_offered_and_done(community_client, auditor_client, database):
    demand = factories.demand()
    page = community_client.get(f"{LIST}{demand.pk}/change/")
    assert [part.tick.name for part in page.context["combined"].parts] == ["accepts", "answers"]
    assert send(community_client, demand, **everything()).status_code == 302
    now = Demand.objects.get(pk=demand.pk)
    assert (now.status, now.assignee, now.unit, now.is_public) == (S.ACCEPTED, None, None, False)
    assert now.answered_at
    far = factories.demand(area=factories.tree().far_compound)
    before = database()
    assert send(community_client, far, **everything()).status_code == 404
    assert send(auditor_client, demand, **everything()).status_code == 403
    assert auditor_client.get(f"{LIST}{demand.pk}/change/").context["combined"] is None
    assert database() == before


@each_row(
    ("status", "public", "offered"),
    [
        (S.RECEIVED, False, ["accepts", "assigns", "sets_unit", "answers", "publishes"]),
        (S.IN_PROGRESS, True, ["assigns", "sets_unit", "answers"]),
        (S.RESOLVED, False, ["answers", "publishes"]),
        (S.WITHDRAWN, False, []),
    ],
    warm=True,
)
def test_only_what_is_possible_now_is_offered(liaison_client, status, public, offered):
    demand = factories.demand(status, public=public)
    shown = liaison_client.get(f"{LIST}{demand.pk}/change/").context["combined"]
    assert [part.tick.name for part in shown.parts] == offered if shown else offered == []


def test_what_was_typed_is_kept_as_a_draft_until_it_is_submitted(liaison_client):
    demand = factories.demand()
    kept = send(liaison_client, demand, answers="on", answer="灯已报修，", _draft="1")
    assert kept.json()["kept"]
    liaison_client.user.refresh_from_db()
    page = liaison_client.get(f"{LIST}{demand.pk}/change/?_changelist_filters=queue%3Dopen&place=0")
    assert "这是您" in words(page)
    again = form(page, "answer")
    assert (again.values["answers"], again.values["answer"]) == ("on", "灯已报修，")
    # Whoever comes back from signing in is led to the demand.
    assert liaison_client.get(address(demand)).url == f"{LIST}{demand.pk}/change/"
    assert again.send(liaison_client, address(demand), answer="灯已报修。").status_code == 302
    assert not liaison_client.get(f"{LIST}{demand.pk}/change/").context["draft"]


def test_a_standard_reply_is_filled_in_without_a_script(liaison_client):
    demand = factories.demand()
    reply = StandardReply.objects.create(title="已报修", body="{编号} 已报修。")
    response = send(liaison_client, demand, answer="您好。", standard=reply.pk, accepts="on", fill="1")
    shown = form(response, "answer").values
    assert (shown["answer"], shown["accepts"], shown["answers"]) == (f"您好。\n\n{demand.ref} 已报修。", "on", "on")
    assert Demand.objects.get(pk=demand.pk).status == S.RECEIVED


def test_a_submission_makes_its_number_of_queries(liaison_client, django_assert_num_queries):
    values = everything()
    for number in range(2):
        demand = factories.demand()
        for _others in range(3 * number):
            factories.demand(description="3 号门外路灯不亮。")
        send(liaison_client, factories.demand(), **values)  # fills the caches of this process
        # Five acts, each with its lock, its log and its messages; what is listed elsewhere adds none.
        with django_assert_num_queries(49):
            assert send(liaison_client, demand, **values).status_code == 302


def test_a_refused_submission_keeps_to_the_budget_of_the_page(liaison_client, django_assert_max_num_queries):
    values, bare, full = everything(accepts="", answer=""), factories.demand(), factories.demand(S.ACCEPTED)
    factories.dispatch(D.OFFERED, demand_=full)
    factories.proposal("draft", full)
    for demand in (bare, full):
        send(liaison_client, demand, **values)  # fills the caches of this process
        with django_assert_max_num_queries(20):
            response = send(liaison_client, demand, **values)
        assert list(response.context["combined"].errors) == ["answer"]
