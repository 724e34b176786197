"""Macros: what they fill in, for whom, and what they say of what is gone."""

import pytest

from demands.models import Demand, Macro, StandardReply, Unit, UnitKind
from demands.workflow import DemandStatus as S
from foundation.accounts import User
from foundation.cached import forget_all
from tests import factories
from tests.pages import form, words

pytestmark = pytest.mark.django_db

LIST = "/admin/demands/demand/"
MACROS = "/admin/demands/macro/"


def reply(**values) -> StandardReply:
    return StandardReply.objects.create(**({"title": "受理告知", "body": "{称呼}：{编号} 已受理。"} | values))


def unit(**values) -> Unit:
    return Unit.objects.create(**({"name": "供电公司", "kind": UnitKind.UTILITY} | values))


def macro(**values) -> Macro:
    found = Macro.objects.create(**({"name": "受理告知", "accepts": True} | values))
    forget_all()
    return found


def page(client, demand: Demand, chosen: Macro):
    return client.get(f"{LIST}{demand.pk}/change/?macro={chosen.pk}")


def test_a_macro_fills_the_form_in_and_one_press_does_it_all(liaison_client):
    demand = factories.demand()
    parts = dict.fromkeys(("accepts", "assigns", "sets_unit", "answers", "publishes"), True)
    chosen = macro(**parts, unit=unit(), reply=reply())
    response = page(liaison_client, demand, chosen)
    assert "已按“受理告知”填好，请核对后办理。" in words(response)
    filled_in = form(response, "summary")
    assert (
        filled_in.values
        | {
            "accepts": "on",
            "assignee": str(liaison_client.user.pk),
            "unit": str(chosen.unit_id),
            "answer": f"{{称呼}}：{demand.ref} 已受理。",
            "basis": "web_consent",
        }
        == filled_in.values
    )
    assert filled_in.send(liaison_client).status_code == 302
    now = Demand.objects.get(pk=demand.pk)
    assert (now.status, now.assignee, now.unit) == (S.ACCEPTED, liaison_client.user, chosen.unit)
    assert now.answered_at and now.is_public


GONE = {
    "unit off": (
        {"sets_unit": True, "unit": lambda: unit(is_active=False)},
        "unit",
        "“供电公司”已停用，请另选责任单位。",
    ),
    "unit deleted": ({"sets_unit": True}, "unit", "原来的责任单位已删除，请另选责任单位。"),
    "unit elsewhere": (
        {"sets_unit": True, "unit": lambda: unit(subdistrict=factories.tree().far_subdistrict)},
        "unit",
        "“供电公司”不负责这个街道，请另选责任单位。",
    ),
    "reply off": (
        {"answers": True, "reply": lambda: reply(is_active=False)},
        "answer",
        "“受理告知”已停用，请另选标准答复，或直接写答复。",
    ),
    "reply deleted": ({"answers": True}, "answer", "原来的标准答复已删除，请另选标准答复，或直接写答复。"),
    "reply elsewhere": (
        {"answers": True, "reply": lambda: reply(subdistrict=factories.tree().far_subdistrict)},
        "answer",
        "“受理告知”不用于这个街道，请另选标准答复，或直接写答复。",
    ),
    "account closed": (
        {"assigns": True, "assignee": lambda: factories.user("gone", name="王五", is_active=False)},
        "",
        "“王五”的账号已停用，请另选经办人。",
    ),
    "account elsewhere": (
        {"assigns": True, "assignee": lambda: factories.liaison_staff("far", factories.tree().far_subdistrict)},
        "",
        "李四不负责这里的需求，请另选经办人。",
    ),
}


def test_what_is_gone_is_said_and_left_open(liaison_client):
    demand = factories.demand()
    for name, (values, field, sentence) in GONE.items():
        made = {key: value() if callable(value) else value for key, value in values.items()}
        response = page(liaison_client, demand, macro(name=name, **made))
        assert response.context["chosen_macro"].problems == [sentence], name
        assert sentence in response.content.decode(), name
        if field and "deleted" in name:
            # The act stays ticked: without another choice it is refused at its field.
            refused = form(response, "title").send(liaison_client)
            assert (refused.status_code, list(refused.context["combined"].errors)) == (422, [field]), name
        for row in (*made.values(),):
            if hasattr(row, "is_active") and not isinstance(row, User):
                row.delete()
    # A template that is deleted later leaves the macro as it is.
    assert Macro.objects.get(name="reply off").answers


def test_a_basis_that_only_staff_can_choose_is_said(liaison_client):
    demand = factories.demand(consent_publication=False)
    found = page(liaison_client, demand, macro(publishes=True)).context["chosen_macro"]
    assert found.problems == ["居民没有在网页上同意公开，请另选公开依据。"]


def test_what_the_account_may_not_do_is_said(community_client):
    demand, chosen = factories.demand(), macro(assigns=True, publishes=True)
    response = page(community_client, demand, chosen)
    assert response.context["chosen_macro"].problems == ["您的账号不能办理：分派、公开。"]
    assert response.context["chosen_macro"].values == {"accepts": True}


def test_what_a_demand_does_not_need_any_more_is_left_out_without_a_word(liaison_client):
    demand = factories.demand(S.ACCEPTED, public=True)
    chosen, nothing = macro(publishes=True, answers=True, reply=reply()), macro(name="受理")
    response = page(liaison_client, demand, chosen)
    assert [one.macro for one in response.context["macros"]] == [chosen]
    assert set(response.context["chosen_macro"].values) == {"answers", "answer"}
    assert response.context["chosen_macro"].problems == []
    assert page(liaison_client, demand, nothing).context["chosen_macro"] is None


def test_everybody_has_their_own_macros_and_those_shared_where_they_work(liaison_client):
    tree, demand = factories.tree(), factories.demand()
    mine = macro(name="我的", owner=liaison_client.user)
    here = macro(name="这里的", subdistrict=tree.subdistrict)
    everywhere = macro(name="都有的")
    macro(name="别人的", owner=factories.community_staff())
    there = macro(name="那里的", subdistrict=tree.far_subdistrict)
    shown = liaison_client.get(f"{LIST}{demand.pk}/change/").context["macros"]
    assert [one.macro for one in shown] == [mine, here, everywhere]
    listed = set(liaison_client.get(MACROS).context["cl"].result_list)
    assert listed == {mine, here, everywhere}
    assert liaison_client.get(f"{MACROS}{there.pk}/change/").status_code == 404
    assert page(liaison_client, demand, there).context["chosen_macro"] is None
