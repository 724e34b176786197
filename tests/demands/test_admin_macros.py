"""Keeping macros: one's own, and those that are shared where one works."""

import pytest
from django.core.exceptions import ValidationError

from demands.models import Macro, StandardReply
from tests import factories
from tests.pages import form, words

pytestmark = pytest.mark.django_db

MACROS = "/admin/demands/macro/"


def reply(**values) -> StandardReply:
    return StandardReply.objects.create(**({"title": "受理告知", "body": "{称呼}：{编号} 已受理。"} | values))


def macro(**values) -> Macro:
    return Macro.objects.create(**({"name": "受理告知", "accepts": True} | values))


def add(client, **values):
    return form(client.get(f"{MACROS}add/"), "name").send(client, f"{MACROS}add/", **values)


def test_community_staff_keep_their_own(community_client):
    assert add(community_client, name="告知", accepts="on", is_shared="on").status_code == 302
    mine = Macro.objects.get()
    assert (mine.owner, mine.subdistrict) == (community_client.user, None)
    sent = form(community_client.get(f"{MACROS}{mine.pk}/change/"), "_shown")
    assert sent.send(community_client, f"{MACROS}{mine.pk}/change/", name="受理告知").status_code == 302
    assert Macro.objects.get().name == "受理告知"
    shared = macro(name="同事的")
    assert "同事共用" in words(community_client.get(f"{MACROS}{shared.pk}/change/"))
    response = community_client.post(f"{MACROS}{shared.pk}/change/", {"name": "改"})
    assert response.status_code == 403


def test_liaison_staff_share_in_their_subdistrict(liaison_client):
    tree = factories.tree()
    values = {"name": "告知", "answers": "on", "reply": reply().pk, "is_shared": "on"}
    refused = add(liaison_client, **values, subdistrict="")  # one of two has to be chosen
    assert refused.status_code == 200
    assert "请选择街道。" in words(refused)
    assert add(liaison_client, **values).status_code == 302
    shared = Macro.objects.get()
    assert (shared.owner, shared.subdistrict) == (None, tree.subdistrict)
    # Taken back, it is one's own, and of no subdistrict.
    address = f"{MACROS}{shared.pk}/change/"
    sent = form(liaison_client.get(address), "_shown")
    assert sent.send(liaison_client, address, is_shared=None).status_code == 302
    taken = Macro.objects.get()
    assert (taken.owner, taken.subdistrict) == (liaison_client.user, None)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"name": "空的"}, "请至少勾选一步。"),
        ({"name": "无模板", "answers": "on"}, "请选择标准答复。"),
        ({"name": "无单位", "sets_unit": "on"}, "请选择责任单位。"),
        ({"name": "受理告知", "accepts": "on"}, "已有同名的常用办法。"),
    ],
)
def test_a_mistake_in_a_macro_is_said(liaison_client, values, sentence):
    macro(owner=liaison_client.user)
    response = add(liaison_client, **values)
    assert response.status_code == 200
    assert sentence in words(response)
    assert Macro.objects.count() == 1


def test_the_list_says_which_macros_must_be_changed(liaison_client):
    macro(answers=True, reply=reply(is_active=False), assigns=True)
    text = words(liaison_client.get(MACROS))
    assert "受理、分派、答复居民" in text
    assert "“受理告知”已停用，请另选标准答复，或直接写答复。" in text


def test_a_macro_that_does_nothing_is_no_macro():
    with pytest.raises(ValidationError, match="请至少勾选一步。"):
        Macro(name="空的").full_clean()
