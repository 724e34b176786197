"""The texts of papers: the list of kinds, changing one with a sample beside it, and giving it back the portal's own."""

import pytest

from consultation.models import PaperTemplate
from consultation.models.papers import texts_of
from demands.selectors.papers import HANDOVER
from foundation.audit import AuditEntry
from tests import factories
from tests.pages import form, forms, words

pytestmark = pytest.mark.django_db

LIST = "/admin/consultation/papertemplate/"
KIND = f"{LIST}kinds/handover/"
TYPED = {"title": "转办单", "body": "{承办单位}：\n请办理{编号}。\n{回执表}", "signature": "{落款}\n{日期}"}


@pytest.fixture
def one(db):
    return factories.one_subdistrict()


def stored() -> list[tuple]:
    return list(PaperTemplate.objects.values_list("kind", "subdistrict", "title", "version"))


def in_subdistrict(code: str) -> str:
    return f"{KIND}in/{code}/"


def test_all_kinds_are_listed_as_they_are(one, liaison_client, django_assert_max_num_queries):
    with django_assert_max_num_queries(8):
        page = liaison_client.get(LIST)
    text = words(page)
    assert "转办单 原样" in text and "答复函 原样" in text
    assert "街道" not in text.partition("种类")[2].partition("文字")[0]


def test_a_text_is_changed_and_given_back(one, liaison_client):
    page = liaison_client.get(KIND)
    typed = form(page, "title", "body", "signature")
    assert typed.values["title"] == "居民需求转办单" and "{需求情况表}" in typed.values["body"]
    assert "样张" in words(page) and "楼梯口的灯坏了半个多月" in words(page)
    assert typed.send(liaison_client, KIND, **TYPED)["Location"] == KIND
    assert stored() == [("handover", None, "转办单", 1)]
    assert texts_of(HANDOVER, one.compound.pk).title == "转办单"
    again = form(liaison_client.get(KIND), "title")
    assert again.values["title"] == "转办单"
    again.send(liaison_client, KIND, title="转办通知")
    assert stored() == [("handover", None, "转办通知", 2)]
    [restore] = [one for one in forms(liaison_client.get(KIND)) if one.action.endswith("/restore/")]
    assert restore.send(liaison_client)["Location"] == KIND
    assert stored() == [] and texts_of(HANDOVER, one.compound.pk) is HANDOVER
    entries = AuditEntry.objects.filter(subject__startswith="papertemplate:").order_by("pk")
    assert list(entries.values_list("action", "detail")) == [
        ("changed", "handover"),
        ("changed", "handover"),
        ("deleted", "handover"),
    ]


def test_a_sample_of_what_is_typed_is_shown_and_nothing_saved(one, liaison_client):
    page = form(liaison_client.get(KIND), "title").send(liaison_client, KIND, **TYPED, preview="预览")
    assert page.status_code == 200 and "请办理NH20260314001。" in words(page)
    assert form(page, "title").values["title"] == "转办单" and stored() == []


def test_what_cannot_be_used_is_said_at_the_field_and_what_was_typed_stays(one, liaison_client, subtests):
    filled = form(liaison_client.get(KIND), "title")
    for typed, sentence in (
        ({"body": "{单位}：请办理。"}, "不能使用 {单位}，可以使用的有 {编号}{类别}"),
        ({"body": "见{回执表}"}, "{回执表} 是一整块内容，请单独放在一行。"),
        ({"title": "{照片}"}, "不能使用 {照片}"),
        ({"signature": "{盖章}"}, "不能使用 {盖章}"),
        ({"title": ""}, "请填写标题"),
        ({"body": "请打 13812345678 联系。"}, "这里的文字会公开或发出"),
    ):
        page = filled.send(liaison_client, KIND, **(TYPED | typed))
        again = form(page, "title")
        with subtests.test(str(typed)):
            assert page.status_code == 422 and sentence in words(page)
            assert {name: again.values[name] for name in typed} == typed and stored() == []


def test_two_who_change_it_at_once(one, liaison_client, admin_client):
    mine, theirs = (form(client.get(KIND), "title") for client in (liaison_client, admin_client))
    theirs.send(admin_client, KIND, **TYPED)
    late = mine.send(liaison_client, KIND, **(TYPED | {"title": "我的标题"}))
    assert late.status_code == 409 and "内容刚刚被他人修改" in words(late)
    assert form(late, "title").values["title"] == "我的标题" and stored() == [("handover", None, "转办单", 1)]


def test_each_subdistrict_has_its_own_text_before_that_of_all(liaison_client, district_client, admin_client):
    places = factories.tree()
    form(district_client.get(KIND), "title").send(district_client, KIND, **TYPED)
    own, far = in_subdistrict("subdistrict"), in_subdistrict("far-subdistrict")
    form(liaison_client.get(own), "title").send(liaison_client, own, **(TYPED | {"title": "湖东转办单"}))
    assert texts_of(HANDOVER, places.compound.pk).title == "湖东转办单"
    assert texts_of(HANDOVER, places.far_compound.pk).title == "转办单"
    # Nobody of one subdistrict sees another's, nor changes what is of all.
    assert liaison_client.get(far).status_code == 404 and liaison_client.post(f"{far}restore/").status_code == 404
    shown = liaison_client.get(KIND)
    assert "您可以查看这份模板，不能修改。" in words(shown) and not any("title" in one.values for one in forms(shown))
    assert liaison_client.post(KIND, TYPED).status_code == 403
    assert liaison_client.post(f"{KIND}restore/").status_code == 403
    assert "湖西街道" not in words(liaison_client.get(LIST)) and "湖西街道" in words(admin_client.get(LIST))


def test_auditors_read_and_others_see_nothing(one, auditor_client, member_client):
    assert auditor_client.get(LIST).status_code == 200
    assert auditor_client.post(KIND, TYPED).status_code == 403
    assert member_client.get(KIND).status_code == 302


def test_unknown_kinds_are_not_there(one, liaison_client):
    assert liaison_client.get(f"{LIST}kinds/nothing/").status_code == 404
    # While there is one subdistrict, its text is that of all.
    assert liaison_client.get(in_subdistrict("subdistrict")).status_code == 404


def test_a_row_leads_to_its_form(one, liaison_client):
    row = PaperTemplate.objects.create(kind="handover", title="甲", body="乙", version=1)
    assert liaison_client.get(f"{LIST}{row.pk}/change/")["Location"] == KIND
