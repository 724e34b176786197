"""Placeholders in answers: what each becomes, who reads it, and what is no placeholder."""

import datetime

import pytest
from django.core.exceptions import ValidationError

from demands import services
from demands.forms.conversation import AnswerForm
from demands.models import Demand, StandardReply
from demands.selectors.timeline import entries
from demands.services import replies
from demands.workflow import DemandStatus as S
from tests import factories
from tests.pages import form, words
from tests.rows import each_row

pytestmark = pytest.mark.django_db

ALL = "{称呼}：您反映的{类别}问题（{编号}，{地点}）由{部门}在{期限}前办结。"


@pytest.fixture
def demand():
    found = factories.demand(S.ACCEPTED)
    Demand.objects.filter(pk=found.pk).update(resolution_due=datetime.date(2036, 12, 1))
    found.refresh_from_db()
    return found


@pytest.fixture
def staff():
    return factories.liaison_staff()


def test_each_placeholder_becomes_what_it_stands_for(demand, staff):
    assert replies.fill(ALL, demand, staff) == (
        f"{{称呼}}：您反映的环境卫生问题（{demand.ref}，桂花社区 · 桂花苑）"
        "由湖东街道联络委在2036年12月1日 星期一前办结。"
    )


def test_in_english_words_it_is_english(demand, staff):
    assert replies.fill("{place} {ref}", demand, staff) == f"Guihua Community · 桂花苑 {demand.ref}"


def test_only_the_resident_reads_the_form_of_address(demand, staff):
    message = services.handling.answer(demand, "{称呼}您好。", actor=staff)
    assert message.body == "{称呼}您好。"
    assert [entry.text for entry in entries(demand) if entry.kind == "answer"] == ["王女士您好。"]
    assert [entry.text for entry in entries(demand, for_staff=True) if entry.kind == "answer"] == ["{称呼}您好。"]


def test_who_gave_no_name_is_called_all_the_same(staff):
    demand = factories.demand(called="")
    services.handling.answer(demand, "{称呼}您好。", actor=staff)
    assert entries(demand)[0].text == "居民朋友您好。"


def test_a_resident_cannot_plant_a_placeholder(staff):
    """What they call themselves is not read once more."""
    demand = factories.demand(called="{编号}")
    services.handling.answer(demand, "{称呼}您好。", actor=staff)
    assert entries(demand)[0].text == "{编号}您好。"


def test_a_paused_clock_has_no_day_to_name(demand, staff):
    services.deadlines.pause(demand, "请补充楼栋号。", actor=staff)
    demand.refresh_from_db()
    assert replies.fill("{期限}", demand, staff) == "恢复计时后重新计算的期限"


def test_a_colleague_without_an_office_is_the_committee(demand):
    assert replies.fill("{部门}", demand, factories.superuser()) == "联络委"


@each_row("text", ["{}", "{编 号}", "{{", "}{", "{编号", "{姓名}", "{a\nb}", "{" + "长" * 30 + "}"])
def test_what_is_no_placeholder_stays(demand, staff, text):
    assert replies.fill(text, demand, staff) == text


def test_answers_that_moves_owe_are_filled_too(demand, staff):
    factories.make_move(demand, S.RESOLVED, actor=staff, answer="{编号}已办好。")
    assert demand.messages.get(kind="answer").body == f"{demand.ref}已办好。"


# --- Standard replies ------------------------------------------------------------------------------------------------


def test_a_standard_reply_with_an_unknown_placeholder_is_refused():
    reply = StandardReply(title="已转交", body="{姓名}您好，{编号}已转交{单位}。")
    with pytest.raises(ValidationError) as caught:
        reply.full_clean()
    [why] = caught.value.message_dict["body"]
    assert why == "不能使用 {姓名}{单位}，可以使用的有 {编号}{称呼}{类别}{地点}{期限}{部门}。"
    StandardReply(title="已转交", body=ALL).full_clean()


def test_the_desk_says_which_placeholder_it_does_not_know(liaison_client):
    values = {"title": "已转交", "body": "{姓名}您好。", "order": "1", "is_active": "on"}
    response = liaison_client.post("/admin/demands/standardreply/add/", values)
    assert response.status_code == 200 and "不能使用 {姓名}" in words(response)
    assert not StandardReply.objects.exists()


def test_a_mistyped_placeholder_does_not_reach_the_resident(demand, liaison_client):
    address = f"/admin/demands/demand/{demand.pk}/answer/"
    response = liaison_client.post(address, {"version": demand.version, "answer": "{编好}已收到。"})
    assert response.status_code == 422 and "不能使用 {编好}" in words(response)
    assert not demand.messages.filter(kind="answer").exists()


# --- Laying one in ---------------------------------------------------------------------------------------------------


def test_a_standard_reply_is_laid_in_and_edited_before_it_is_sent(demand, liaison_client):
    reply = StandardReply.objects.create(title="已转交", body="{编号}已转交物业。")
    address = f"/admin/demands/demand/{demand.pk}/answer/"
    typed = form(liaison_client.get(address), "answer")
    assert ("fill", "填入标准答复") in typed.buttons
    response = typed.send(liaison_client, address, standard=reply.pk, answer="您好。", fill="1")
    assert response.status_code == 200
    laid = form(response, "answer")
    assert laid.values["answer"] == f"您好。\n\n{demand.ref}已转交物业。" and laid.values["standard"] == ""
    assert not demand.messages.filter(kind="answer").exists()
    assert laid.send(liaison_client, address, answer=laid.values["answer"] + "请留意。").status_code == 302
    assert demand.messages.get(kind="answer").body == f"您好。\n\n{demand.ref}已转交物业。请留意。"


@pytest.mark.parametrize("standard", ["", "999", "x", "%00"])
def test_nothing_is_laid_in_where_none_was_chosen(demand, liaison_client, standard):
    address = f"/admin/demands/demand/{demand.pk}/answer/"
    values = {"version": demand.version, "standard": standard, "answer": "您好。", "fill": "1"}
    response = liaison_client.post(address, values)
    assert response.status_code == 200 and "请先选择一条标准答复" in words(response)
    assert form(response, "answer").values["answer"] == "您好。"


def test_a_reply_that_is_switched_off_is_not_offered(demand, liaison_client):
    StandardReply.objects.create(title="旧的", body="旧的。", is_active=False)
    assert "旧的" not in words(liaison_client.get(f"/admin/demands/demand/{demand.pk}/answer/"))


def test_to_several_reporters_it_is_laid_in_unfilled(demand, staff):
    other = factories.demand()
    factories.make_move(other, S.MERGED, actor=staff, target=demand)
    assert AnswerForm(row=demand, user=staff).worded("{编号}") == "{编号}"
    assert AnswerForm(row=other, user=staff).worded("{编号}") == other.ref
